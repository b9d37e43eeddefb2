"""The forms of notes as HTML, which need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from dash import html
from markupsafe import Markup

from dashboard.answers.viewers import Viewer
from dashboard.company.views import audience_label, audiences
from dashboard.notes.draft import DECISION, DIRECTIONS, KINDS, LONGEST_TEXT, METRICS, Draft
from dashboard.page.routes import standing_page

CHECK_AFTER = 28  # days after a decision that a check is proposed


def new(viewer: Viewer, address: str, about: str, first: str) -> str:
    """The page with the form of a new decision (or any other note) about the page of this address. `about`: its
    filters in words, "" for none."""
    hidden = Markup('<input type="hidden" name="address" value="{}">').format(address)
    inside = Markup("{}{}{}").format(hidden, fields(viewer, None, first), button("Add", "add", "apply"))
    told = about or "Everything. Nothing is left to compare with then: filter the page to what was touched first"
    link = Markup('<p class="muted">About: {}. <a href="{}">Open the page</a></p>').format(told, address)
    body = Markup('{}<form method="post" action="/notes" class="note-page-form">{}</form>').format(link, inside)
    card = html.Section([html.H2("What was decided?"), body], className="card-plain")
    return standing_page("Add a decision", html.Div(card, className="adding notes-page"))


def fields(viewer: Viewer, draft: Draft | None, first: str = "") -> Markup:
    """The fields of a draft, filled in."""
    day = first if draft is None else str(draft.days.start)
    last = "" if draft is None or draft.days.days == 1 else str(draft.days.last)
    check = str(draft.check) if draft is not None and draft.check is not None else _proposed(day)
    audience = "" if draft is None else draft.audience
    size = f"{abs(draft.percent):g}" if draft is not None and draft.percent else ""
    text = '<textarea name="text" rows="3" maxlength="{}" required>{}</textarea>'
    number = '<input name="percent" inputmode="decimal" value="{}" maxlength="10" aria-label="Percent"> %'
    readers = {a: audience_label(a) for a in dict.fromkeys((audience, *audiences(viewer)))}
    falls = draft is not None and draft.percent < 0
    effect = [
        _select("metric", METRICS, draft.metric if draft else "revenue", "Metric"),
        _select("direction", DIRECTIONS, "down" if falls else "up", "Direction"),
        Markup("by ") + Markup(number).format(size),
    ]
    parts = [
        _labelled("Text", Markup(text).format(LONGEST_TEXT, "" if draft is None else draft.text)),
        _labelled("From", _day("first", day, required=True)),
        _labelled("To (if more than a day)", _day("last", last)),
        _labelled("Kind", _select("kind", KINDS, draft.kind if draft else DECISION)),
        _labelled("Who sees it", _select("audience", readers, audience)),
        Markup("<fieldset><legend>{}</legend><div>{}</div>{}</fieldset>").format(
            "Of a decision: what do you expect?", Markup(" ").join(effect), _labelled("Check on", _day("check", check))
        ),
    ]
    return Markup("").join(parts)


def button(text: str, do: str, look: str = "") -> Markup:
    """A button that sends what it does."""
    return Markup('<button name="do" value="{}" class="{}">{}</button>').format(do, look or "menu-button", text)


def select(name: str, choices: Mapping[str, str], chosen: str, label: str) -> Markup:
    """A list of choices with a label for screen readers."""
    return _select(name, choices, chosen, label)


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


def _select(name: str, choices: Mapping[str, str], chosen: str, label: str = "") -> Markup:
    options: Sequence[Markup] = [
        Markup('<option value="{}"{}>{}</option>').format(value, Markup(" selected") if value == chosen else "", text)
        for value, text in choices.items()
    ]
    told = Markup(' aria-label="{}"').format(label) if label else ""
    return Markup('<select name="{}"{}>{}</select>').format(name, told, Markup("").join(options))
