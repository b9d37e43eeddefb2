"""Menus of notes: those of one mark on a time axis, and the form that adds one from a card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from analytics.errors import RequestError, UnknownName
from analytics.language import N_, _
from dashboard.chart import Chart
from dashboard.company.state import State, current_state
from dashboard.components.controls import attributes, menu_button
from dashboard.notes.draft import DECISION, KINDS, LONGEST_TEXT
from dashboard.notes.marks import named, of_chart
from dashboard.notes.scope import Shown, shown
from dashboard.notes.texts import parts_of
from dashboard.page.menus.items import here
from dashboard.page.menus.opened import Opened
from dashboard.pages import CHARTS

MOST_SHOWN = 30
_DAYS = re.compile(r"\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d")


def entry(opened: Opened, chart: Chart) -> list[Component]:
    """The entry of a card's menu that leads to the form, for people who sign in."""
    if chart.bare or _keeper(opened) is None:
        return []
    return [menu_button(f"note:{chart.name}", _("Add a note…"))]


def new(opened: Opened, name: str) -> list[Any]:
    """The form: days, kind, text, and who sees it. The note is about the filters that are set."""
    if name not in CHARTS:
        raise UnknownName("chart", name, CHARTS)
    if _keeper(opened) is None:
        return [html.P(_("Notes are kept for people who sign in."))]
    from dashboard.company import views  # needs packages that only a state store needs

    address = f"{opened.page.path}?{opened.selection.to_query()}"
    day = str(opened.now.span.start if opened.now.span.days == 1 else opened.now.span.last)
    kinds = [html.Option(label, value=kind) for kind, label in KINDS.items() if kind != DECISION]
    readers = [html.Option(views.audience_label(a), value=a) for a in views.audiences(opened.service.viewer)]
    fields = [
        dbc.Input(type="hidden", name="address", value=address),
        dbc.Input(type="hidden", name="chart", value=name),
        html.Textarea(
            name="text",
            placeholder=_("What happened?"),
            rows=3,
            maxLength=LONGEST_TEXT,
            required=True,
            **attributes(aria_label=_("Text")),
        ),
        html.Label([_("From"), " ", dbc.Input(type="date", name="first", value=day, required=True)]),
        html.Label([_("To"), " ", dbc.Input(type="date", name="last")]),
        html.Label([_("Kind"), " ", html.Select(kinds, name="kind")]),
        html.Label([_("Who sees it"), " ", html.Select(readers, name="audience")]),
        html.Button(_("Add note"), type="submit", className="apply"),
    ]
    query = urlencode({"address": address, "first": day})
    return [
        html.Form(fields, method="post", action="/notes", className="menu-form note-form"),
        here(_("A decision, with what you expect of it…"), f"/notes/new?{query}"),
    ]


def marked(opened: Opened, name: str) -> list[Any]:
    """The notes of one mark, named `chart:first..last`."""
    _, _, days = name.partition(":")
    if not _DAYS.fullmatch(days):
        raise RequestError(N_("a mark is named by its chart and its days."), where="menu")
    return _told(named(days, opened.now, shown(current_state(), opened.service, opened.engine)), opened)


def noted(opened: Opened, name: str) -> list[Any]:
    """The notes that were written on a chart."""
    if name not in CHARTS or not opened.service.viewer.reaches(name):
        raise RequestError(N_("no such chart is on this page."), where="menu")
    return _told(of_chart(name, opened.now, shown(current_state(), opened.service, opened.engine)), opened)


def _told(found: Sequence[Shown], opened: Opened) -> list[Any]:
    rows = [_row(note, opened) for note in found[:MOST_SHOWN]]
    more = len(found) - len(rows)
    rest = [html.P(_("and {more} more", more=opened.formats.number(more)), className="hint")] if more > 0 else []
    ways = [here(_("All notes"), "/notes")] if _keeper(opened) is not None else []
    return [*(rows or [html.P(_("No note."), className="hint")]), *rest, *ways]


def _row(note: Shown, opened: Opened) -> Component:
    head: list[Any] = [html.Strong(opened.formats.span(note.days)), f" · {KINDS.get(note.kind, note.kind)}"]
    by = [html.Span(f" · {note.author}", className="hint")] if note.author else []
    text: list[Any] = [
        html.A(part, href=part, rel="noopener noreferrer", target="_blank") if link else part
        for part, link in parts_of(note.text)
    ]
    ways = (
        [html.A(_("Open the note"), href=f"/notes/{note.id}", className="menu-item", role="menuitem")]
        if note.id
        else []
    )
    return html.Div([html.P([*head, *by]), html.P(text, className="note-text"), *ways], className="note-row")


def _keeper(opened: Opened) -> State | None:
    """The store that this viewer's notes are kept in; None where there is none."""
    return current_state() if opened.service.viewer.title else None
