"""The menus of the bar: data set, grain, and the lists of filters. Those of time are of_time's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.language import _, several
from analytics.selection import GRAIN_LABELS
from dashboard.components.controls import action_button, menu_button, menu_item
from dashboard.page.bar.controls import filter_fields
from dashboard.page.menus.items import done
from dashboard.page.menus.opened import Opened

MOST_NAMED = 3  # values of a filter that the list of filters names


def datasets(opened: Opened, _subject: str) -> list[Any]:
    """The data sets, with the reason where one could not be loaded."""
    items: list[Any] = []
    for d in opened.service.datasets():
        if d.error:
            items.append(html.Div([html.Strong(d.title), html.P(d.error)], className="menu-error"))
        else:
            items.append(menu_item(d.title, {"kind": "data", "value": d.name}, checked=d.name == opened.selection.data))
    if opened.service.viewer.may("upload"):
        items.append(
            html.A(html.Span(_("Add data…"), className="grow"), href="/add", className="menu-item", role="menuitem")
        )
    return items


def grains(opened: Opened, _subject: str) -> list[Any]:
    """By day, week, month and so on."""
    return _choices("grain", GRAIN_LABELS, opened.selection.grain)


def _choices(kind: str, labels: Mapping[str, str], chosen: str) -> list[Any]:
    return [menu_item(label, {"kind": kind, "value": v}, checked=v == chosen) for v, label in labels.items()]


def filters(opened: Opened, _subject: str) -> list[Any]:
    """All filters with what is chosen in each, and the grain: what a narrow screen has instead of their buttons. Each
    leads to its values, and they lead back."""
    first, others = filter_fields(opened.engine)
    clicked = [clause.field for clause in opened.selection.clauses]  # on charts, which filter by more than the bar does
    rows = [_filter(opened, name) for name in dict.fromkeys((*first, *others, *clicked))]
    clear = (
        [action_button(_("Clear all"), {"kind": "clear"}, className="text-button")] if opened.selection.clauses else []
    )
    head = html.Div([html.Strong(_("Filters")), *clear], className="menu-head")
    nothing = [html.P(_("There is nothing to filter by in this data."), className="hint")]
    grain = _line(_("Day, week or month"), str(GRAIN_LABELS[opened.selection.grain]))
    return [head, *(rows or nothing), menu_button("grain", grain, role="menuitem"), done()]


def _line(label: str, chosen: str) -> Component:
    return html.Span([html.Span(label), html.Span(chosen, className="hint")], className="filter-line")


def _filter(opened: Opened, name: str) -> Component:
    """A filter and the values that are chosen in it."""
    schema, clauses = opened.engine.schema, (opened.selection.clause(name), opened.selection.clause(name, True))
    chosen = [
        _("not {value}", value=schema.label(name, value)) if excluded else schema.label(name, value)
        for clause in clauses
        for excluded, values in ((False, clause.include), (True, clause.exclude))
        for value in values
    ]
    text = several(chosen[:MOST_NAMED]) + (" …" if len(chosen) > MOST_NAMED else "")
    return menu_button(f"filter:{name}", _line(schema[name].label, text), role="menuitem")


def more(opened: Opened, _subject: str) -> list[Any]:
    """Filters that have no button of their own in the bar."""
    return [
        menu_button(
            f"filter:{name}",
            str(opened.engine.schema[name].label) + (" ·" if opened.selection.clause(name) else ""),
            role="menuitem",
        )
        for name in filter_fields(opened.engine)[1]
    ]
