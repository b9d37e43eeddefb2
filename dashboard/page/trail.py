"""The breadcrumb of a card: the levels one may drill through, and the way back up."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import html

from analytics.calendar import Grain, TimeRange
from analytics.schema import FIELDS
from dashboard.chart import Chart
from dashboard.components.controls import action_button
from dashboard.context import Context

_LARGER: tuple[Grain, ...] = ("year", "quarter", "month")


def breadcrumb(chart: Chart, context: Context, drawn: str = "") -> list[Any] | None:
    """Levels of places or products, or the larger periods around the range; None where there is nothing to drill.
    `drawn`: the level that a map shows, where it is not the one asked for."""
    if chart.levels:
        return _levels(chart, context, drawn)
    return _periods(context) if context.emits == ("period",) else None


def _levels(chart: Chart, context: Context, drawn: str) -> list[Any] | None:
    """Country › Region › City: each a button; the present one is marked. Under one selected mark, a button drills into
    it."""
    levels = [x for x in chart.levels if x in context.schema]
    if len(levels) < 2:
        return None
    asked = drawn or context.options.get("level", "")
    now = asked if asked in levels else levels[-1]
    event = {"kind": "option", "chart": chart.name, "option": "level"}
    items = [
        action_button(
            FIELDS[x].label,
            {**event, "value": x},
            className="crumb" + (" now" if x == now else ""),
            checked=x == now,
            role="radio",
        )
        for x in levels
    ]
    chosen = [v for d in context.emits for v in context.selected(d)]
    if len(chosen) == 1 and now != levels[-1]:
        finer = levels[levels.index(now) + 1]
        items.append(
            action_button(f"Drill into {FIELDS[finer].plural} ↓", {**event, "value": finer}, className="drill")
        )
    return [html.Div(items, role="radiogroup", className="crumbs", title="Level")]


def _periods(context: Context) -> list[Any] | None:
    """All › 2019 › 2019-Q4 › 2019-12: the whole periods around the range, each a button to go back up to."""
    selection = context.selection
    span, calendar = selection.span, selection.calendar
    around = []
    for grain in _LARGER:
        start = calendar.floor(np.array([span.start]), grain)[0] if span.days else span.start
        period = calendar.period(start, grain).clipped(selection.bounds.span)
        if span.days and span.within(period) and span != period:
            around.append((calendar.name(start, grain), period))
    if not around:
        return None
    whole = selection.bounds.span
    steps: list[tuple[str, TimeRange | None]] = [("All time", whole), *around]
    crumbs = [
        action_button(name, {"kind": "range", "value": "all" if period is whole else str(period)}, className="crumb")
        for name, period in steps
    ]
    return [html.Div([*crumbs, html.Span(context.formats.span(span), className="crumb now")], className="crumbs")]
