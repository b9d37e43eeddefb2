"""The page "Digests" as HTML: a form, which needs no script, and one's digests with how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from dash import html
from markupsafe import Markup

from analytics.language import N_, _
from dashboard.administration.forms import button, told
from dashboard.digests.kept import FILES, LONGEST_TITLE, Digest
from dashboard.page.routes import standing_page
from dashboard.text.formats import Formats
from dashboard.text.moments import moment
from dashboard.text.told import said

RHYTHMS = {
    "daily": N_("Every day, about the day before"),
    "weekly": N_("Every week"),
    "monthly": N_("Every month"),
}
FILE_LABELS = {
    "report": N_("The full report (one HTML file, about 5 MB)"),
    "workbook": N_("The page as an Excel file"),
}
OFTEN = {
    "daily": N_("every day at {time}"),
    "weekly": N_("every week at {time}"),
    "monthly": N_("every month at {time}"),
}
OFTEN_IN = {
    "daily": N_("every day at {time} ({zone})"),
    "weekly": N_("every week at {time} ({zone})"),
    "monthly": N_("every month at {time} ({zone})"),
}
FIRST = {"rhythm": "weekly", "hour": "7", "for": "me"}  # what the form begins with


@dataclass(frozen=True)
class Form:
    """What the form holds: texts by field, the view in words, and why it was refused. `number`: the digest that it
    changes, 0 for a new one."""

    texts: Mapping[str, str]
    about: str
    files: Sequence[str] = ()
    number: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Row:
    """A digest of the list: what it tells, how it stands, why it is not sent ("" where it is), how many addresses
    unsubscribed, and how many get it."""

    digest: Digest
    about: str
    zone: str
    standing: str
    fault: str = ""
    own: bool = True
    trial: bool = False
    left: int = 0
    people: int = 0


@dataclass(frozen=True)
class Choices:
    """What a person may choose: whom a digest is for, by value; saved views by address; and why nothing can be sent
    ("" where it can)."""

    audiences: Mapping[str, str]
    views: Mapping[str, str] = field(default_factory=dict)
    no_mail: str = ""


def page(form: Form | None, rows: Sequence[Row], choices: Choices, message: str = "") -> str:
    """The whole page; without a form where there are no data."""
    parts: list[Any] = []
    if message:
        parts.append(html.P(message, role="status"))
    if choices.no_mail:
        parts.append(html.P(choices.no_mail, className="fault", role="status"))
    if form is not None:
        title = _("Edit digest") if form.number else _("New digest")
        parts.append(html.Section([html.H2(title), *_form(form, choices)], className="card-plain"))
    own: list[Any] = [_row(row) for row in rows if row.own]
    others: list[Any] = [_row(row) for row in rows if not row.own]
    empty = [html.P(_("You have no digests yet."))]
    parts.append(html.Section([html.H2(_("Your digests")), *(own or empty)], className="card-plain"))
    if others:
        parts.append(html.Section([html.H2(_("Other people’s digests")), *others], className="card-plain"))
    return standing_page(_("Digests"), html.Div(parts, className="adding"))


def leaving(title: str, mail: str, *, gone: bool) -> str:
    """The page behind the link "Unsubscribe"."""
    if gone:
        said = html.P(_("“{title}” is no longer sent to {mail}.", title=title, mail=mail))
        buttons = button("again", _("Subscribe again"))
    else:
        said = html.P(_("Stop sending “{title}” to {mail}?", title=title, mail=mail))
        buttons = Markup('<button class="apply" name="do" value="leave">{}</button>').format(_("Unsubscribe"))
    form = Markup('<form method="post" class="stacked alert-form"><p class="buttons">{}</p></form>').format(buttons)
    section = html.Section([html.H2(_("Unsubscribe")), said, form], className="card-plain")
    return standing_page(_("Digest"), html.Div([section], className="adding"), linked=False)


def standing(state: str, ended: int, error: str) -> str:
    """What became of the newest job, in words."""
    if state == "done":
        return _("Last sent {moment} UTC.", moment=moment(ended))
    if state == "failed":
        return _("The last one could not be sent: {reason}", reason=said(error))
    return _("The last one will be sent again soon: {reason}", reason=said(error)) if error else _("One is being sent.")


def coming(end: np.datetime64, hour: int, zone: str, waits: bool, through: np.datetime64, f: Formats) -> str:
    """When the next one comes, or for what it waits."""
    last = f.day(end - np.timedelta64(1, "D"))
    if waits:
        return _("Waiting for data up to {last}; so far they end on {through}.", last=last, through=f.day(through))
    return _(
        "Next: {day} at {time} ({zone}), as soon as there are data up to {last}.",
        day=f.day(end),
        time=f"{hour:02}:00",
        zone=zone,
        last=last,
    )


def _form(form: Form, choices: Choices) -> list[Any]:
    note = html.P(
        _(
            "An e-mail with key figures, what changed and why. It is sent once the data cover the whole day, week or "
            "month. To report on part of the data, filter a page and choose “New digest of this page” in its menu “…”, "
            "or pick a saved view."
        ),
        className="muted",
    )
    views = {**choices.views, form.texts.get("address", ""): form.about}
    fields = [
        Markup('<input type="hidden" name="number" value="{}">').format(form.number or ""),
        _labelled(
            _("Name"),
            Markup('<input name="title" value="{}" maxlength="{}" placeholder="{}" required>').format(
                form.texts.get("title", ""), LONGEST_TITLE, _("Monday figures")
            ),
        ),
        _labelled(_("View"), _select("address", views, form.texts.get("address", ""))),
        Markup('<fieldset class="rhythm"><legend>{}</legend>{}{}</fieldset>').format(
            _("When, in the time zone of the data set"),
            _select(
                "rhythm",
                {name: _(label) for name, label in RHYTHMS.items()},
                form.texts.get("rhythm", ""),
                label=_("How often"),
            ),
            _select(
                "hour",
                {str(h): _("at {time}", time=f"{h:02}:00") for h in range(24)},
                form.texts.get("hour", ""),
                label=_("Hour"),
            ),
        ),
        _labelled(_("Send to"), _select("for", choices.audiences, form.texts.get("for", ""))),
        *_mails(form, choices),
        Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(
            _("Attachments"), Markup("").join(_box(name, checked=name in form.files) for name in FILES)
        ),
        Markup('<p class="muted">{}</p>').format(
            _("Members of a group each get the figures that they may see. Other addresses get what you may see.")
        ),
        Markup(
            '<p class="buttons"><button class="apply" name="do" value="save">{}</button> '
            '<button name="do" value="preview" formtarget="_blank">{}</button></p>'
        ).format(_("Save digest"), _("Preview")),
    ]
    inside = Markup("").join(fields)
    body = Markup('<form method="post" action="/digests" class="stacked alert-form">{}</form>').format(inside)
    return [*told(form.fault, []), note, body]


def _mails(form: Form, choices: Choices) -> list[Markup]:
    if "mails" not in choices.audiences:
        return []
    box = Markup('<textarea name="mails" rows="2" maxlength="4000" placeholder="{}">{}</textarea>').format(
        "ann@example.com, bob@example.com", form.texts.get("mails", "")
    )
    return [_labelled(_("E-mail addresses (if sent to addresses)"), box)]


def _labelled(label: str, inside: Markup) -> Markup:
    return Markup("<label><span>{}</span>{}</label>").format(label, inside)


def _select(name: str, choices: Mapping[str, str], chosen: str, *, label: str = "") -> Markup:
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(value, Markup(" selected") if value == chosen else "", text)
        for value, text in choices.items()
    )
    spoken = Markup(' aria-label="{}"').format(label) if label else ""
    return Markup('<select name="{}"{}>{}</select>').format(name, spoken, options)


def _box(name: str, *, checked: bool) -> Markup:
    return Markup('<label class="tick"><input type="checkbox" name="files" value="{}"{}> {}</label>').format(
        name, Markup(" checked") if checked else "", _(FILE_LABELS[name])
    )


def _whom(row: Row) -> str:
    """To whom a digest goes, in words."""
    draft = row.digest.draft
    if draft.audience != "group":
        return ", ".join(draft.mails)
    if not row.people:
        return _("the group {group}", group=draft.group)
    return _("the group {group} ({people:address|addresses})", group=draft.group, people=row.people)


def _row(row: Row) -> Markup:
    digest, draft = row.digest, row.digest.draft
    time = f"{draft.hour:02}:00"
    often = _(OFTEN_IN[draft.rhythm], time=time, zone=row.zone) if row.zone else _(OFTEN[draft.rhythm], time=time)
    about = [
        *([] if row.own else [_("by {person}", person=digest.owner.subject)]),
        often,
        row.about,
        _("sent to {addresses}", addresses=_whom(row)),
        *(_(FILE_LABELS[name]) for name in draft.files),
        *([_("{number} unsubscribed", number=row.left)] if row.left else []),
    ]
    status = f"{row.fault} {row.standing}".strip()
    problem, said = ("paused", _("paused")) if not digest.active else ("not sent", _("not sent"))
    mark = Markup(' <em class="state-mark" data-state="{}">{}</em>').format(problem, said)
    links = Markup('<a href="/digests/{}" target="_blank">{}</a>').format(digest.id, _("Preview"))
    if row.own:
        links += Markup('<a href="/digests?number={}">{}</a>').format(digest.id, _("Edit"))
    buttons = [
        *([button("try", _("Send it to me now"))] if row.trial else []),
        button("pause", _("Pause")) if digest.active else button("resume", _("Resume")),
        button("delete", _("Delete"), _("Delete the digest “{name}”? Nobody gets it any more.", name=draft.title)),
    ]
    return Markup(
        '<form method="post" action="/digests/{}" class="saved-view digest-row"><span>{}{}<small>{}</small>'
        "<small>{}</small></span>{}{}</form>"
    ).format(
        digest.id,
        draft.title,
        mark if row.fault or not digest.active else "",
        " · ".join(filter(None, about)),
        status if digest.active else "",
        links,
        Markup("").join(buttons),
    )
