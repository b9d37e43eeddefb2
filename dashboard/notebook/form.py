"""The forms of notes as HTML, which need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from dash import html
from markupsafe import Markup

from analytics.language import _
from dashboard.answers.viewers import Viewer
from dashboard.company.views import audience_label, audiences
from dashboard.components.controls import confirmed
from dashboard.components.refusals import refused
from dashboard.notes.draft import DECISION, DIRECTIONS, KINDS, LONGEST_TEXT, METRICS
from dashboard.page.routes import standing_page

CHECK_AFTER = 28  # days after a decision that a check is proposed


def new(viewer: Viewer, address: str, about: str, given: Mapping[str, str], fault: str = "") -> str:
    """The page with the form of a new decision (or any other note) about the page of this address. `about`: its
    filters in words, "" for none. `given`: fields that are filled in; `fault`: why they were refused."""
    hidden = Markup('<input type="hidden" name="address" value="{}">').format(address)
    inside = Markup("{}{}{}").format(hidden, fields(viewer, given), button(_("Add note"), "add", "apply"))
    told = about or _("Everything. To measure an outcome, first filter the page to what the decision affects.")
    link = Markup('<p class="muted">{} {} <a href="{}">{}</a></p>').format(_("About:"), told, address, _("Open page"))
    body = Markup('<form method="post" action="/notes" class="note-page-form">{}</form>').format(inside)
    card = html.Section([html.H2(_("What was decided?")), link, *refused(fault), body], className="card-plain")
    return standing_page(_("Add a decision"), html.Div(card, className="adding notes-page"))


def fields(viewer: Viewer, given: Mapping[str, str]) -> Markup:
    """The fields of a draft, those `given` filled in."""

    def told(name: str, default: str = "") -> str:
        return given.get(name, default)

    text = '<textarea name="text" rows="3" maxlength="{}" required>{}</textarea>'
    number = '<input name="percent" inputmode="decimal" value="{}" maxlength="10" aria-label="{}"> %'
    allowed, audience = audiences(viewer), told("audience")
    shown = (audience, *allowed) if audience in allowed or audience.isprintable() else allowed
    effect = [
        select("metric", METRICS, told("metric"), _("Metric")),
        select("direction", DIRECTIONS, told("direction"), _("Direction")),
        Markup(number).format(told("percent"), _("Percent")),
    ]
    check = _labelled(_("Check on"), _day("check", told("check", _proposed(told("first")))))
    parts = [
        _labelled(_("Text"), Markup(text).format(LONGEST_TEXT, told("text"))),
        _labelled(_("From"), _day("first", told("first"), required=True)),
        _labelled(_("To (if longer than a day)"), _day("last", told("last"))),
        _labelled(_("Kind"), select("kind", KINDS, told("kind", DECISION))),
        _labelled(_("Who sees it"), select("audience", {a: audience_label(a) for a in dict.fromkeys(shown)}, audience)),
        Markup("<fieldset><legend>{}</legend><div>{}</div>{}</fieldset>").format(
            _("For a decision: what do you expect?"), Markup(" ").join(effect), check
        ),
    ]
    return Markup("").join(parts)


def button(text: str, do: str, look: str = "", ask: str = "") -> Markup:
    """A button that sends what it does. `ask`: a question that comes first."""
    shown = Markup('<button name="do" value="{}" class="{}"{}>{}</button>')
    return shown.format(do, look or "menu-button", confirmed(ask), text)


def _proposed(day: str) -> str:
    try:
        return str(np.datetime64(day, "D") + CHECK_AFTER) if day else ""
    except ValueError:
        return ""


def _labelled(label: str, control: Markup) -> Markup:
    return Markup("<label><span>{}</span>{}</label>").format(label, control)


def _day(name: str, value: str, *, required: bool = False) -> Markup:
    more = Markup(" required") if required else ""
    return Markup('<input type="date" name="{}" value="{}"{}>').format(name, value, more)


def select(name: str, choices: Mapping[str, str], chosen: str, label: str = "") -> Markup:
    """A list of choices; `label` is what screen readers say where nothing else labels it."""
    options: Sequence[Markup] = [
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(" selected") if value == chosen else "", _(text)
        )
        for value, text in choices.items()
    ]
    told = Markup(' aria-label="{}"').format(label) if label else ""
    return Markup('<select name="{}"{}>{}</select>').format(name, told, Markup("").join(options))
