"""Days and periods: which period a day falls in, what a period is called, how many days it has.

Days are numpy datetime64[D]; ranges do not include their end. Weeks begin on the data set's first weekday, quarters and
years in its fiscal month. Names of periods follow ISO 8601: 2019, 2019-Q1, 2019-01, 2019-01-07 (a week by its first
day, or a day), 2019-01-07T14 (an hour). A fiscal year that does not begin in January is named by the year in which it
ends: FY2020, FY2020-Q1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.language import N_
from analytics.schema import MONTHS

Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")

Day = np.datetime64
ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class TimeRange:
    """Days from `start` up to, not including, `end`."""

    start: Day
    end: Day

    @property
    def days(self) -> int:
        """Number of days, 0 for an empty range."""
        return max(0, int((self.end - self.start).astype(int)))

    @property
    def last(self) -> Day:
        """The last day; a range that is not empty has one."""
        return self.end - ONE_DAY

    def shifted(self, days: int) -> TimeRange:
        """The range so much later."""
        step = np.timedelta64(days, "D")
        return TimeRange(self.start + step, self.end + step)

    def within(self, other: TimeRange) -> bool:
        """Whether the other range has all of its days."""
        return bool(other.start <= self.start and self.end <= other.end)

    def clipped(self, other: TimeRange) -> TimeRange:
        """The days that both ranges have."""
        start = max(self.start, other.start)
        end = min(self.end, other.end)
        return TimeRange(start, max(start, end))

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


@dataclass(frozen=True)
class Calendar:
    """When a data set's weeks and years begin."""

    week_start: int = 0  # 0 Monday … 6 Sunday
    fiscal_start: int = 1  # month, 1–12
    weeks: str = ""  # of the retail calendar's periods, such as "4-4-5" (retail.py); empty: the company has none

    def floor(self, days: np.ndarray, grain: Grain) -> np.ndarray:
        """First day of the period of each day (datetime64[D]); for `hour` the day itself."""
        days = np.asarray(days, "datetime64[D]")
        if grain in ("day", "hour"):
            return days
        first: np.ndarray
        if grain == "week":
            number = days.astype("int64")  # since 1970-01-01, which was a Thursday
            first = (number - (number + 3 - self.week_start) % 7).astype("datetime64[D]")
            return first
        month = days.astype("datetime64[M]").astype("int64")
        size = {"month": 1, "quarter": 3, "year": 12}[grain]
        first = (month - (month - self.fiscal_start + 1) % size).astype("datetime64[M]").astype("datetime64[D]")
        return first

    def next(self, start: Day, grain: Grain, steps: int = 1) -> Day:
        """First day of the period `steps` after the one that begins on `start`."""
        if grain in ("day", "hour"):
            return start + np.timedelta64(steps, "D")
        if grain == "week":
            return start + np.timedelta64(7 * steps, "D")
        months = {"month": 1, "quarter": 3, "year": 12}[grain] * steps
        return add_months(start, months)

    def starts(self, span: TimeRange, grain: Grain) -> np.ndarray:
        """First days of all periods that touch the range, in order; empty for an empty range."""
        if span.days == 0:
            return np.empty(0, "datetime64[D]")
        return np.unique(self.floor(np.arange(span.start, span.end, dtype="datetime64[D]"), grain))

    def edges(self, span: TimeRange, grain: Grain) -> np.ndarray:
        """`starts`, and the end of the last period: between two neighbours lies one period."""
        starts = self.starts(span, grain)
        return np.append(starts, self.next(starts[-1], grain)) if len(starts) else starts

    def name(self, start: Day, grain: Grain) -> str:
        """The name, in frames and URLs, of the period that begins on `start`."""
        if grain in ("day", "hour", "week"):
            return str(start)
        month = start.astype("datetime64[M]")
        if grain == "month":
            return str(month)
        number = int(month.astype(int))
        fiscal = number - (self.fiscal_start - 1)
        year = 1970 + fiscal // 12 + (1 if self.fiscal_start > 1 else 0)
        label = f"FY{year}" if self.fiscal_start > 1 else str(year)
        return label if grain == "year" else f"{label}-Q{fiscal % 12 // 3 + 1}"

    def period(self, start: Day, grain: Grain) -> TimeRange:
        """The days of the period that begins on `start`."""
        return TimeRange(start, self.next(start, grain))


GREGORIAN = Calendar()  # weeks from Monday, years from January


def add_months(day: Day, months: int) -> Day:
    """The same day of the month `months` later; the month's last day where it is shorter (31 Jan + 1 → 28 Feb)."""
    month = day.astype("datetime64[M]")
    offset = day - month.astype("datetime64[D]")
    target = month + np.timedelta64(months, "M")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - ONE_DAY
    return min(target.astype("datetime64[D]") + offset, last)


def whole_months(span: TimeRange) -> int:
    """How many calendar months the range is; 0 where it is not made of whole ones."""
    first = span.start.astype("datetime64[M]")
    end = span.end.astype("datetime64[M]")
    whole = span.days > 0 and first.astype("datetime64[D]") == span.start and end.astype("datetime64[D]") == span.end
    return int((end - first).astype(int)) if whole else 0


def auto_grain(span: TimeRange) -> Grain:
    """The grain at which a range has a readable number of periods, at most about sixty."""
    if span.days <= 2:
        return "hour"
    if span.days <= 45:
        return "day"
    if span.days <= 182:
        return "week"
    return "month" if span.days <= 366 * 5 else "quarter"


def period_label(name: str) -> str:
    """'December 2019' for 2019-12, 'Q4 2019' for 2019-Q4, '7 January 2019' for a day or week; other names unchanged."""
    year, _, rest = name.partition("-")
    if rest.startswith("Q"):
        return N_("Q{number} {year}", number=rest[1:], year=year)
    if len(rest) == 2:
        return N_("{month} {year}", month=MONTHS[int(rest) - 1], year=year)
    return day_label(np.datetime64(name, "D")) if len(rest) == 5 else name


def day_label(day: Day) -> str:
    """'31 December 2019'."""
    year, month, number = str(day.astype("datetime64[D]")).split("-")
    return N_("{day} {month} {year}", day=int(number), month=MONTHS[int(month) - 1], year=year)
