"""A dated series made ready for the methods of time: whole periods only, evenly spaced, what is unknown marked.

Shared by forecasts, anomalies and alerts, so that all three mean the same by "the last complete period".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Day, Grain, TimeRange
from analytics.errors import DataError
from analytics.language import N_, Message

COUNTED = {"day": N_("{n:day|days}"), "week": N_("{n:week|weeks}"), "month": N_("{n:month|months}")}
STEPS: tuple[Grain, ...] = ("day", "week", "month")


@dataclass(frozen=True)
class History:
    """Values of consecutive whole periods. `days`: their first days; NaN in `values` is unknown; `notes`: what was
    dropped or filled; `additive`: whether the periods of a coarser grain are sums; `orders`: the numbers of orders
    behind the values, where they are known.
    """

    days: np.ndarray
    values: np.ndarray
    grain: Grain
    calendar: Calendar
    notes: tuple[str, ...] = ()
    additive: bool = True
    orders: np.ndarray | None = None

    @property
    def known(self) -> np.ndarray:
        """Which values are known."""
        return np.asarray(~np.isnan(self.values))

    def ahead(self, periods: int) -> np.ndarray:
        """First days of the periods that follow the last one."""
        last = self.days[-1]
        return np.array([self.calendar.next(last, self.grain, k) for k in range(1, periods + 1)], dtype="datetime64[D]")

    def summed(self, grain: Grain) -> History:
        """The whole periods of a coarser grain; one with an unknown part is unknown. Weeks cannot be summed to months:
        left empty.
        """
        if grain == self.grain:
            return self
        if self.grain != "day" or not len(self.days):
            none = None if self.orders is None else self.orders[:0]
            return replace(self, days=self.days[:0], values=self.values[:0], grain=grain, orders=none)
        starts, place = np.unique(self.calendar.floor(self.days, grain), return_inverse=True)
        sums = np.bincount(place, self.values)
        orders = None if self.orders is None else np.bincount(place, self.orders)
        whole = np.ones(len(starts), dtype=bool)
        whole[0] = starts[0] == self.days[0]
        whole[-1] &= self.calendar.next(starts[-1], grain) == self.days[-1] + np.timedelta64(1, "D")
        orders = None if orders is None else orders[whole]
        return replace(self, days=starts[whole], values=sums[whole], grain=grain, orders=orders)


def history_of(
    series: pd.Series,
    *,
    spacing: Grain | None = None,
    partial: Iterable[bool] | None = None,
    data_until: date | Day | str | None = None,
    calendar: Calendar | None = None,
    additive: bool = True,
) -> History:
    """Which whole periods does this series know?

    `series`: numbers by the first day of each period. `spacing`: day, week or month; read off the index where None.
    Periods without a row between the first and the last (or `data_until`, the last day with complete data, inclusive)
    count as 0 (nothing was sold), or as unknown where the metric is not `additive` (a mean, a rate). NaN is unknown;
    unknown or `partial` periods at the ends are dropped, in the middle kept as unknown. An empty series gives an empty
    history.

    Raises DataError where the index is not dates, a date stands twice, a value is infinite or no number, `partial` has
    another length, or a date does not begin a period.
    """
    calendar = calendar or Calendar()
    days, values = _checked(series, partial)
    grain = spacing or _spacing(days)
    if grain not in STEPS:
        raise DataError(f"a series by {', '.join(STEPS)} was expected, not by {grain!r}.", where="spacing")
    odd = days != calendar.floor(days, grain)
    if odd.any():
        raise DataError(
            f"each date must begin a {grain}; {days[odd][0]} does not.",
            where="series",
            hint="Give the calendar with the right week start, or the spacing.",
        )
    if not len(days):
        return History(days, values, grain, calendar, additive=additive)
    end = calendar.next(days[-1], grain)
    until = end if data_until is None else days_of([data_until])[0] + np.timedelta64(1, "D")
    starts = calendar.starts(TimeRange(days[0], max(end, until)), grain)
    full = np.full(len(starts), 0.0 if additive else np.nan)
    place = np.searchsorted(starts, days)
    full[place] = values
    ends = np.append(starts[1:], calendar.next(starts[-1], grain))
    full[ends > until] = np.nan
    missing = len(starts) - len(days)
    notes: list[str] = []
    if missing and additive:
        notes.append(N_("Without orders: {periods}.", periods=counted(missing, grain)))
    known = np.flatnonzero(~np.isnan(full))
    inside = slice(known[0], known[-1] + 1) if len(known) else slice(0, 0)
    left_out = len(starts) - len(full[inside])
    if left_out:
        notes.append(N_("Incomplete at the ends, and left out: {periods}.", periods=counted(left_out, grain)))
    return History(starts[inside], full[inside], grain, calendar, tuple(notes), additive)


def days_of(dates: Iterable[date | Day | str] | None) -> np.ndarray:
    """The dates as sorted datetime64[D]; none for None. DataError for what is no date."""
    try:
        days = [pd.Timestamp(day).to_datetime64() for day in (() if dates is None else dates)]
    except (TypeError, ValueError) as error:
        raise DataError(f"dates were expected: {error}.", where="holidays") from error
    return np.sort(np.array(days, dtype="datetime64[D]"))


def _checked(series: pd.Series, partial: Iterable[bool] | None) -> tuple[np.ndarray, np.ndarray]:
    index = series.index
    if len(series) == 0:
        return np.empty(0, "datetime64[D]"), np.empty(0)
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(f"an index of dates was expected, not {type(index).__name__}.", where="series")
    days = (index.tz_localize(None) if index.tz is not None else index).to_numpy().astype("datetime64[D]")
    try:
        values = series.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"numbers were expected, not {series.dtype}.", where="series") from error
    if np.isinf(values).any():
        raise DataError(f"a finite number was expected on {days[np.isinf(values)][0]}.", where="series")
    if partial is not None:
        mask = np.asarray(list(partial), dtype=bool)
        if mask.shape != values.shape:
            raise DataError(f"one mark per period was expected: {len(values)}, not {len(mask)}.", where="partial")
        values = np.where(mask, np.nan, values)
    order = np.argsort(days, kind="stable")
    days = days[order]
    values = values[order]
    twice = days[1:][days[1:] == days[:-1]]
    if len(twice):
        raise DataError(f"one value per period was expected; {twice[0]} stands twice.", where="series")
    return days, values


def counted(number: int, grain: Grain) -> str:
    """1 day, 2 days."""
    return Message(COUNTED[grain].template, n=number)


def _spacing(days: np.ndarray) -> Grain:
    gaps = np.diff(days).astype(int)
    closest = int(gaps.min()) if len(gaps) else 1
    if closest < 7:
        return "day"
    return "week" if closest < 28 else "month"
