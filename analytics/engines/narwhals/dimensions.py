"""Dimensions of a lazy frame: the code of each line as an expression, and the domain of the codes.

All dates are whole days and months since 1970, so every calendar field is arithmetic that each engine does alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

import narwhals as nw
import numpy as np

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.engines.common.dimensions import (
    CALENDAR,
    OF_LINES,
    Domain,
    calendar_domain,
    line_domain,
    period_domain,
    stored_domain,
)
from analytics.engines.narwhals.source import Lazy
from analytics.store import StoredDataset

DAY = 86_400_000_000  # microseconds
RUNS = (
    16  # with fewer runs than this, codes are compared, so that row groups can be skipped; otherwise they are looked up
)


@dataclass(frozen=True)
class LazyDimension:
    """The `codes` of lines, and their `domain`.

    The codes of a derived field are in a `table` that must be joined first, by the column `on`; `needs` is its name.
    """

    domain: Domain
    codes: nw.Expr
    needs: str = ""
    table: Callable[[], Lazy] | None = None
    on: str = "customer"

    @property
    def name(self) -> str:
        """The field's name."""
        return self.domain.name

    @property
    def by_line(self) -> bool:
        """Whether its values may differ within an order."""
        return self.domain.level == "line"

    def among(self, values: Iterable[str]) -> nw.Expr:
        """Whether a line has one of these values."""
        found = [self.domain.find(v) for v in values]
        wanted = np.unique(np.concatenate(found)) if found else np.empty(0, "int64")
        if not len(wanted):
            return nw.col("day") != nw.col("day")
        breaks = np.flatnonzero(np.diff(wanted) != 1) + 1
        if len(breaks) >= RUNS:
            return self.codes.is_in(wanted.tolist())
        runs = np.split(wanted, breaks)
        return reduce(or_, (_between(self.codes, int(run[0]), int(run[-1])) for run in runs))


def _between(codes: nw.Expr, low: int, high: int) -> nw.Expr:
    return codes == low if low == high else (codes >= low) & (codes <= high)


def lazy_dimension(data: StoredDataset, name: str) -> LazyDimension:
    """A stored field, or one of the calendar."""
    if name in OF_LINES:
        return LazyDimension(line_domain(data, name), _line_codes(data, name))
    if name not in CALENDAR:
        return LazyDimension(stored_domain(data, name), nw.col(name))
    day0 = data.facts.first_day
    month0 = _month(np.datetime64(day0, "D"))
    since = nw.col("month") - month0
    shift = data.profile.fiscal_start - 1
    codes = {
        "hour": nw.col("hour"),
        "part_of_day": nw.col("hour") // 6,
        "weekday": (nw.col("day") - day0 + (day0 + 3) % 7) % 7,
        "month": (since + month0 % 12) % 12,
        "quarter": (since + (month0 - shift) % 12) % 12 // 3,
    }
    return LazyDimension(calendar_domain(data, name), codes[name])


def _line_codes(data: StoredDataset, name: str) -> nw.Expr:
    """One of OF_LINES."""
    if name == "line_kind":
        return nw.when(nw.col("sale")).then(0).otherwise(1)
    first = int(data.posted_days[0].astype("int64"))
    own = (nw.col("posted_at") - first * DAY) // DAY
    return nw.when(nw.col("posted_at").is_null()).then(nw.col("day") - first).otherwise(own)


def lazy_period(data: StoredDataset, grain: Grain, span: TimeRange, calendar: Calendar) -> LazyDimension:
    """`period`: the periods that touch the span, in order."""
    begins = calendar.starts(span, grain)
    first = begins[0] if len(begins) else np.datetime64(0, "D")
    days = nw.col("day") - int(first.astype("int64"))
    months = nw.col("month") - _month(first)
    codes = {
        "hour": days * 24 + nw.col("hour"),
        "day": days,
        "week": days // 7,
        "month": months,
        "quarter": months // 3,
        "year": months // 12,
    }
    return LazyDimension(period_domain(data, grain, span, calendar), codes[grain])


def _month(day: np.datetime64) -> int:
    return int(day.astype("datetime64[M]").astype("int64"))
