"""The menus of the bar: data set, grain, and the list of filters. Those of time are of_time's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from analytics.selection import GRAIN_LABELS
from dashboard.components.controls import menu_button, menu_item
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
