"""The menus of the bar: data set, dates, comparison, grain, and the list of filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from analytics.ranges import COMPARISONS, PRESETS
from analytics.selection import GRAIN_LABELS, Selection
from dashboard.components.controls import attributes, menu_button, menu_item
from dashboard.page.bar import filter_fields
from dashboard.page.menus.opened import Opened

MOST_OPTIONS = 100
FEW = 12  # up to this number of values, no search box is needed


def datasets(opened: Opened, _: str) -> list[Any]:
    """The data sets, with the reason where one could not be loaded."""
    items: list[Any] = []
    for d in opened.service.datasets():
        if d.error:
            items.append(html.Div([html.Strong(d.title), html.P(d.error)], className="menu-error"))
        else:
            items.append(menu_item(d.title, {"kind": "data", "value": d.name}, checked=d.name == opened.selection.data))
    if opened.service.viewer.may("upload"):
        items.append(
            html.A(html.Span("Add data…", className="grow"), href="/add", className="menu-item", role="menuitem")
        )
    return items


def ranges(opened: Opened, _: str) -> list[Any]:
    """Ranges in words, each with its days, and two fields for dates."""
    f, profile, bounds = opened.formats, opened.engine.profile, opened.engine.bounds
    presets = [
        menu_item(
            label,
            {"kind": "range", "value": preset},
            checked=preset == opened.selection.range,
            hint=f.span(Selection(range=preset).resolve(bounds, profile.calendar).span),
        )
        for preset, label in PRESETS.items()
    ]
    span = opened.now.span
    apply = html.Button("Apply", type="button", className="apply", **attributes(data_dates="1"))
    days = [_date("From", "range-from", str(span.start)), _date("to", "range-to", str(span.last))]
    return [*presets, html.Div([*days, apply], className="dates")]


def _date(label: str, ident: str, day: str) -> Component:
    """A field for a date."""
    return html.Label([label, dbc.Input(id=ident, type="text", value=day, placeholder="YYYY-MM-DD", maxlength=10)])


def comparison(opened: Opened, _: str) -> list[Any]:
    """What the range is compared with."""
    return _choices("compare", COMPARISONS, opened.selection.compare)


def grains(opened: Opened, _: str) -> list[Any]:
    """By day, week, month and so on."""
    return _choices("grain", GRAIN_LABELS, opened.selection.grain)


def _choices(kind: str, labels: Mapping[str, str], chosen: str) -> list[Any]:
    return [menu_item(label, {"kind": kind, "value": v}, checked=v == chosen) for v, label in labels.items()]


def more(opened: Opened, _: str) -> list[Any]:
    """Filters that have no button of their own in the bar."""
    return [
        menu_button(
            f"filter:{name}", opened.engine.schema[name].label + (" ·" if opened.selection.clause(name) else "")
        )
        for name in filter_fields(opened.engine)[1]
    ]
