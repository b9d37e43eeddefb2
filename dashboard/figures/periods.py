"""The periods of an answer along a time axis: where each begins, what it is called, whether the data fill it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.selection import Resolved
from dashboard.context import Context

MOST_TICKS = 8
_COARSE_FIRST: tuple[Grain, ...] = ("year", "quarter", "month", "week", "day")


@dataclass(frozen=True)
class Periods:
    """One entry a period, in order. `starts`: ISO days (hours for hours), the places on the axis; `labels`: for people;
    `partial`: whether the range or the data fill it only in part; `grain`: the length of each."""

    names: list[str]
    starts: list[str]
    labels: list[str]
    partial: np.ndarray
    grain: Grain


def periods_of(frame: pd.DataFrame, context: Context) -> Periods:
    """The periods of a frame that has one row for each (columns period and, where they may be partial, days and
    period_days)."""
    names: list[str] = frame["period"].tolist()
    grain = grain_of(names, context.selection)
    partial = np.zeros(len(names), bool)
    if {"days", "period_days"} <= set(frame.columns):
        partial = (frame["days"] < frame["period_days"]).to_numpy(bool)
    if grain == "hour":
        return Periods(names, names, [context.formats.hour(name) for name in names], partial, grain)
    known = _starts(context.selection.calendar, context.selection.span, grain)
    starts = [known.get(name) for name in names]
    labels = [
        name if start is None else context.formats.period(start, grain, name)
        for name, start in zip(names, starts, strict=True)
    ]
    places = [name if start is None else str(start) for name, start in zip(names, starts, strict=True)]
    return Periods(names, places, labels, partial, grain)


def base_labels(names: list[str], grain: Grain, context: Context) -> list[str]:
    """What the periods of the comparison are called, for people; a name that the comparison does not have stays."""
    base = context.selection.matched
    if grain == "hour":
        return [context.formats.hour(name) for name in names]
    if base is None:
        return names
    known = _starts(context.selection.calendar, base, grain)
    return [context.formats.period(known[name], grain, name) if name in known else name for name in names]


def grain_of(names: Iterable[str], selection: Resolved) -> Grain:
    """The grain at which the selection's calendar has periods of these names: the selection's own where it has them,
    else the coarsest. So an answer by month is drawn by month under a page by week."""
    wanted = set(names)
    if any("T" in name for name in wanted):
        return "hour"
    for grain in dict.fromkeys((selection.grain, *_COARSE_FIRST)):
        if grain != "hour" and wanted <= _starts(selection.calendar, selection.span, grain).keys():
            return grain
    return selection.grain


def every_period(found: Iterable[str], selection: Resolved) -> list[str]:
    """All periods that the range touches, at the grain of those found, with or without a sale; hours: those found."""
    names = sorted(found)
    grain = grain_of(names, selection)
    return names if grain == "hour" else list(_starts(selection.calendar, selection.span, grain))


HOVER_DATES = dict.fromkeys(("day", "week"), "%-d %b %Y")  # below a tooltip, as dates are written everywhere


def time_axis(periods: Periods, context: Context, most: int = MOST_TICKS) -> dict[str, Any]:
    """A date axis labelled at evenly spaced periods in the data set's own format."""
    step = max(1, -(-len(periods.labels) // most))
    starts = periods.starts[::step]
    labels = periods.labels[::step]
    if periods.grain in ("day", "week"):
        labels = day_labels(starts, context)
    elif periods.grain == "hour":
        labels = [f"{start[-2:]}:00<br>{context.formats.short_day(np.datetime64(start[:10]))}" for start in starts]
    hover = HOVER_DATES.get(periods.grain)
    return {"type": "date", "tickvals": starts, "ticktext": labels} | ({"hoverformat": hover} if hover else {})


def day_labels(days: Iterable[str], context: Context) -> list[str]:
    """Days for an axis; the year stands below the first day of each year."""
    dates = np.array([str(day) for day in days], dtype="datetime64[D]")
    labels = []
    before = ""
    for day, year in zip(dates, dates.astype("datetime64[Y]").astype(str), strict=True):
        label = context.formats.short_day(day)
        labels.append(label if year == before else f"{label}<br>{year}")
        before = year
    return labels


@lru_cache(maxsize=64)
def _starts(calendar: Calendar, span: TimeRange, grain: Grain) -> Mapping[str, np.datetime64]:
    """Name → first day of every period that the range touches: the same for all charts of a page."""
    return {calendar.name(start, grain): start for start in calendar.starts(span, grain)}
