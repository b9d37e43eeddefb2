"""The coverage guard: which periods, years and fields the data fill, so that no claim is made about those they do
not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.calendar import ONE_DAY, Calendar, Day, Grain, TimeRange
from analytics.selection import Bounds, Resolved

USUAL_GAP = 0.95  # a first order no later than most gaps between order days are long does not mean a late start
FILLED = 80.0  # % of revenue whose lines give a field, below which nothing is claimed about the field
MONTHS_A_YEAR = 12
YEARS_FOR_A_SEASON = 2  # a month seen only once cannot be told apart from an event of that year


@dataclass(frozen=True)
class Period:
    """A period that lies in the range: its name in frames, its days, and how many of them the data cover."""

    name: str
    span: TimeRange
    days: int

    @property
    def full(self) -> bool:
        """Whether the data cover all of it."""
        return self.days >= self.span.days

    @property
    def length(self) -> int:
        """Its number of days."""
        return self.span.days


@dataclass(frozen=True)
class Coverage:
    """Which parts of the calendar the data cover within a range. `quiet`: how many days without an order are usual,
    asked only where the edge of the data lies inside a period."""

    selection: Resolved
    declared_end: bool
    quiet: Callable[[], int]

    @property
    def calendar(self) -> Calendar:
        """The calendar of the data set."""
        return self.selection.calendar

    @cached_property
    def covered(self) -> TimeRange:
        """The range as far as data are complete in it. Where it begins with the data, and (unless the data's end is
        declared) ends with them, days without an order that are usual in these data count as covered.
        """
        span = self.selection.span
        bounds = self.selection.bounds
        start = span.start
        end = min(span.end, bounds.until) if span.end >= bounds.end else span.end
        if span.start == bounds.start and span.start != self.calendar.floor(np.array([start]), "month")[0]:
            start = start - np.timedelta64(self.quiet(), "D")
        if span.end == bounds.end:
            end = self._end(bounds)
        return TimeRange(start, max(start, end))

    def _end(self, bounds: Bounds) -> Day:
        if self.declared_end:
            return bounds.until
        month = self.calendar.floor(np.array([bounds.end - ONE_DAY]), "month")[0]
        open_month = self.calendar.next(month, "month") != bounds.end
        return bounds.end + np.timedelta64(self.quiet() if open_month else 0, "D")

    def periods(self, grain: Grain) -> list[Period]:
        """Every period that the range touches, in order."""
        found = []
        for start in self.calendar.starts(self.selection.span, grain):
            span = self.calendar.period(start, grain)
            found.append(Period(self.calendar.name(start, grain), span, span.clipped(self.covered).days))
        return found

    def full(self, grain: Grain) -> list[Period]:
        """The periods that the data fill."""
        return [p for p in self.periods(grain) if p.full]

    @cached_property
    def whole_years(self) -> dict[str, tuple[Period, ...]]:
        """The twelve months of each year that the data fill, by the year's name. A year of which the range does not
        touch every month is none, however usual days without an order are.
        """
        months = self.full("month")
        years = {y.name: tuple(m for m in months if m.span.within(y.span)) for y in self.full("year")}
        return {name: year for name, year in years.items() if len(year) == MONTHS_A_YEAR}

    @property
    def seasons_can_show(self) -> bool:
        """Whether two whole years are there: with fewer, a month that stands out is an event, not a season."""
        return len(self.whole_years) >= YEARS_FOR_A_SEASON
