"""The page "Digests" as HTML: a form, which needs no script, and one's digests with how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from dash import html
from markupsafe import Markup

from dashboard.administration.forms import button, told
from dashboard.digests.kept import FILES, LONGEST_TITLE, Digest
from dashboard.page.routes import standing_page
from dashboard.text.formats import Formats
from dashboard.text.moments import moment

RHYTHMS = {"daily": "Every day, about the day before", "weekly": "Every week", "monthly": "Every month"}
FILE_LABELS = {"report": "The whole report (one HTML file, about 5 MB)", "workbook": "The page as an Excel file"}
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
        parts.append(html.P(choices.no_mail, className="fault", role="alert"))
    if form is not None:
        title = "Change the digest" if form.number else "New digest"
        parts.append(html.Section([html.H2(title), *_form(form, choices)], className="card-plain"))
    own: list[Any] = [_row(row) for row in rows if row.own]
    others: list[Any] = [_row(row) for row in rows if not row.own]
    empty = [html.P("You have no digests yet.")]
    parts.append(html.Section([html.H2("Your digests"), *(own or empty)], className="card-plain"))
    if others:
        parts.append(html.Section([html.H2("Digests of others"), *others], className="card-plain"))
    return standing_page("Digests", html.Div(parts, className="adding"))


def leaving(title: str, mail: str, *, gone: bool) -> str:
    """The page behind the link "Unsubscribe"."""
    if gone:
        said = html.P([html.Strong(mail), " gets no more mails of “", title, "”."])
        buttons = button("again", "Send it again")
    else:
        said = html.P(["Shall “", title, "” no longer be sent to ", html.Strong(mail), "?"])
        buttons = Markup('<button class="apply" name="do" value="leave">Unsubscribe</button>')
    form = Markup('<form method="post" class="stacked alert-form"><p class="buttons">{}</p></form>').format(buttons)
    section = html.Section([html.H2("Unsubscribe"), said, form], className="card-plain")
    return standing_page("Digest", html.Div([section], className="adding"), linked=False)


def standing(state: str, ended: int, error: str) -> str:
    """What became of the newest job, in words."""
    if state == "done":
        return f"Last sent {moment(ended)} UTC."
    if state == "failed":
        return f"The last one could not be sent: {error}"
    return f"The last one waits to be sent again: {error}" if error else "One is being sent."


def coming(end: np.datetime64, hour: int, zone: str, waits: bool, through: np.datetime64, f: Formats) -> str:
    """When the next one comes, or for what it waits."""
    last = f.day(end - np.timedelta64(1, "D"))
    if waits:
        return f"Waits for the data to reach {last}; they reach {f.day(through)}."
    return f"Next on {f.day(end)} at {hour:02}:00 ({zone}), as soon as the data reach {last}."


def _form(form: Form, choices: Choices) -> list[Any]:
    note = Markup(
        '<p class="muted">A mail with key figures, stories and what changed since the one before, restated months '
        "included. It is sent when the data have the whole day, week or month, and never about a part of it. To "
        "tell about some rows only, set filters on a page, then “New digest of this page” in its menu “…”, or choose "
        "a saved view.</p>"
    )
    views = {**choices.views, form.texts.get("address", ""): form.about}
    fields = [
        Markup('<input type="hidden" name="number" value="{}">').format(form.number or ""),
        _labelled(
            "Name",
            Markup('<input name="title" value="{}" maxlength="{}" placeholder="Monday figures" required>').format(
                form.texts.get("title", ""), LONGEST_TITLE
            ),
        ),
        _labelled("About", _select("address", views, form.texts.get("address", ""))),
        Markup(
            '<fieldset class="rhythm"><legend>When, in the time zone of the data set</legend>{}{}</fieldset>'
        ).format(
            _select("rhythm", RHYTHMS, form.texts.get("rhythm", ""), label="How often"),
            _select(
                "hour",
                {str(h): f"at {h:02}:00" for h in range(24)},
                form.texts.get("hour", ""),
                label="Hour",
            ),
        ),
        _labelled("For", _select("for", choices.audiences, form.texts.get("for", ""))),
        *_mails(form, choices),
        Markup("<fieldset><legend>Attached</legend>{}</fieldset>").format(
            Markup("").join(_box(name, checked=name in form.files) for name in FILES)
        ),
        Markup(
            '<p class="muted">A group’s members each get the figures that they may see, at the address that names '
            "their account. Addresses get what you may see.</p>"
        ),
        Markup(
            '<p class="buttons"><button class="apply" name="do" value="save">Save the digest</button> '
            '<button name="do" value="preview" formtarget="_blank">Preview</button></p>'
        ),
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
    return [_labelled("Addresses, if it is for addresses", box)]


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
        name, Markup(" checked") if checked else "", FILE_LABELS[name]
    )


def _row(row: Row) -> Markup:
    digest, draft = row.digest, row.digest.draft
    number = f" ({row.people} address{'' if row.people == 1 else 'es'})" if row.people else ""
    whom = f"the group {draft.group}{number}" if draft.audience == "group" else ", ".join(draft.mails)
    about = [
        *([] if row.own else [f"by {digest.owner.subject}"]),
        f"{draft.rhythm} at {draft.hour:02}:00{f' ({row.zone})' if row.zone else ''}",
        row.about,
        f"to {whom}",
        *([f"with {' and '.join(draft.files)}"] if draft.files else []),
        *([f"{row.left} unsubscribed"] if row.left else []),
    ]
    status = f"{row.fault} {row.standing}".strip()
    problem = "paused" if not digest.active else "not sent"
    mark = Markup(' <em class="state-mark" data-state="{}">{}</em>').format(problem, problem)
    links = Markup('<a href="/digests/{}" target="_blank">Preview</a>').format(digest.id)
    if row.own:
        links += Markup('<a href="/digests?number={}">Change</a>').format(digest.id)
    buttons = [
        *([button("try", "Send it to me now")] if row.trial else []),
        button("pause", "Pause") if digest.active else button("resume", "Resume"),
        button("delete", "Delete", f"Delete the digest “{draft.title}”? Nobody gets it any more."),
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
