"""The menus of the time that a page shows: its days, and what they are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
from dash import html

from analytics.calendar import Calendar, Grain, TimeRange, retail
from analytics.language import _
from analytics.ranges import base_of, offered
from analytics.selection import Selection
from dashboard.components.controls import action_button, attributes, menu_item
from dashboard.page.menus.opened import Opened
from dashboard.text.comparisons import comparison_labels

QUARTERS, YEARS, PERIODS = 4, 3, 4  # how many of the latest ones can be chosen by name


def ranges(opened: Opened, _subject: str) -> list[Any]:
    """Ranges in words, each with its days; quarters and years by name; a calendar of days, which the client draws
    (assets/js/calendar.js)."""
    f, calendar, bounds = opened.formats, opened.engine.profile.calendar, opened.engine.bounds
    presets = [
        menu_item(
            label,
            {"kind": "range", "value": preset},
            checked=preset == opened.selection.range,
            hint=f.span(Selection(range=preset).resolve(bounds, calendar).span),
        )
        for preset, label in offered(calendar).items()
    ]
    parts = [
        action_button(
            name,
            {"kind": "range", "value": str(span)},
            className="part",
            role="menuitemradio",
            checked=str(span) == opened.selection.range,
        )
        for name, span in named_parts(bounds.span, calendar)
    ]
    days = html.Div(className="calendar", **attributes(data_calendar=_days(opened)))
    side = [html.Div(parts, className="parts"), days, html.P(_about(opened), className="hint")]
    return [
        html.Div([html.Div(presets, className="presets"), html.Div(side, className="range-days")], className="ranges")
    ]


def named_parts(covered: TimeRange, calendar: Calendar) -> Iterator[tuple[str, TimeRange]]:
    """The latest quarters and years that the data touch, and periods where the data set has a retail calendar, by name.
    Where the fiscal year does not begin in January they are fiscal ones."""
    if not covered.days:
        return
    counts: tuple[tuple[Grain, int], ...] = (("quarter", QUARTERS), ("year", YEARS))
    for grain, count in counts:
        start = calendar.floor(np.array([covered.last]), grain)[0]
        for _step in range(count):
            if calendar.period(start, grain).clipped(covered).days:
                year, _dash, quarter = calendar.name(start, grain).partition("-")
                yield f"{quarter} {year}".strip(), calendar.period(start, grain)
            start = calendar.next(start, grain, -1)
    if calendar.weeks:
        number = retail.floor(calendar, covered.last, "period")
        for n in range(number, number - PERIODS, -1):
            span = retail.days_of(calendar, n, "period")
            if span.clipped(covered).days:
                yield retail.name(calendar, n, "period"), span


def _days(opened: Opened) -> str:
    """What the client needs to draw the calendar: the chosen days, those of the data, the last complete one."""
    bounds, requested = opened.engine.bounds, opened.now.requested
    shown = requested if requested.days else bounds.span
    return orjson.dumps(
        {
            "from": str(shown.start),
            "to": str(shown.last if shown.days else shown.start),
            "first": str(bounds.span.start),
            "last": str(bounds.span.last if bounds.span.days else bounds.span.start),
            "complete": str(bounds.complete.last),
            "week_start": opened.now.calendar.week_start,
        }
    ).decode()


def _about(opened: Opened) -> str:
    """Whose days they are, where ranges in words end, and which days are not complete."""
    f, bounds = opened.formats, opened.engine.bounds
    zone = _("Days in {time_zone}.", time_zone=opened.engine.profile.time_zone.replace("_", " "))
    if not bounds.span.days:
        return _("{zone} There are no orders that you may see.", zone=zone)
    text = _(
        "{zone} Ranges such as “Last 7 days” end on {day}, the last complete day.",
        zone=zone,
        day=f.day(bounds.complete.last),
    )
    running = TimeRange(bounds.complete.end, bounds.span.end)
    if not running.days:
        return text
    return _("{told} Not complete: {span}.", told=text, span=f.span(running))


def comparison(opened: Opened, _subject: str) -> list[Any]:
    """What the range is compared with, each with its days."""
    now, chosen = opened.now, opened.selection.compare
    return [
        menu_item(label, {"kind": "compare", "value": kind}, checked=kind == chosen, hint=_base(opened, kind))
        for kind, label in comparison_labels(opened.selection.range, now).items()
    ]


def _base(opened: Opened, kind: str) -> str:
    """The days of a comparison."""
    now = opened.now
    name, base = base_of(now.span, kind, now.bounds.span, opened.selection.range, now.calendar)
    if kind == "none":
        return ""
    return opened.formats.span(base) if base is not None and name == kind else _("not in the data")
