"""Ranges of days of a company, compared with the noise that all its days show.

company → here → kinds
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.calendar import TimeRange
from analytics.insights.company import Company
from analytics.insights.guard import Period
from analytics.methods.inference.day_noise import UNKNOWN, DayNoise, History, MeanChange, mean_change
from analytics.selection import Resolved

Array = np.ndarray

MOST_PERIODS = 400  # that are compared with each other: more are the work of a mistyped date, and take many seconds
LONGEST = 4 * 365 + 1  # days before the end of a range from which its noise is judged, if the ranges are not longer


@dataclass(frozen=True)
class ComparedDays:
    """The days that are known up to the end of a range, and which of them are the range and the one before."""

    span: TimeRange
    now: slice
    base: slice

    @classmethod
    def of(cls, selection: Resolved, now: TimeRange, base: TimeRange) -> ComparedDays:
        """The days of a range and of an earlier one, as far as the data cover them."""
        known = TimeRange(selection.bounds.start, now.end)
        base = base.clipped(known)
        start = max(known.start, min(known.end - np.timedelta64(LONGEST, "D"), base.start))
        span = TimeRange(start, known.end)
        return cls(span, places(span, now.clipped(known)), places(span, base))

    def change(self, values: Array, level: Array | None = None) -> MeanChange:
        """Whether the mean day of the range differs from that of the one before by more than chance makes it."""
        return mean_change(values, self.now, self.base, level)


def places(span: TimeRange, part: TimeRange) -> slice:
    """Which days of `span` a range within it has."""
    start = int((part.start - span.start).astype(int))
    return slice(start, start + part.days)


def range_change(
    company: Company, metric: str = "revenue", now: TimeRange | None = None, base: TimeRange | None = None
) -> MeanChange:
    """Does a metric's mean day of a range (the selection's) differ from that of an earlier one (the comparison's) by
    more than chance makes it? p is 1 without one."""
    now, base = now or company.now.span, base or company.now.base
    if base is None:
        return MeanChange(0.0, 1.0, UNKNOWN, np.empty(0))
    days = ComparedDays.of(company.now, now, base)
    key = ("range_change", metric, str(now), str(base))
    return company.once(key, lambda: days.change(company.history.daily(days.span, metric)))


@dataclass(frozen=True)
class PeriodDays:
    """The days of consecutive periods, with the noise that they and the days before them show."""

    history: History
    noise: DayNoise
    means: Array  # periods × days: the weights that make each period's mean day
    lengths: Array

    @classmethod
    def of(cls, company: Company, periods: Sequence[Period], *, alike: bool = False) -> PeriodDays:
        """`periods` lie in the range. Months have means of their own where fewer than two years are known, so that a
        season does not pass for noise. `alike`: the noise is that of one level for all, as it is if all periods are
        alike; otherwise it grows with the level."""
        first = max(company.history.now.span.start, company.now.span.end - np.timedelta64(LONGEST, "D"))
        span = TimeRange(min(first, periods[0].span.start), periods[-1].span.end)
        values = company.history.daily(span)
        history = History.of(values, np.full(len(values), values.mean()) if alike else None)
        noise = history.noise(np.empty((span.days, 0)) if history.knows_seasons else _months(company, span))
        lengths = np.array([p.span.days for p in periods], dtype=float)
        means = np.zeros((len(periods), span.days))
        for row, period in zip(means, periods, strict=True):
            row[places(span, period.span)] = 1 / period.span.days
        return cls(history, noise, means, lengths)

    def steps(self) -> Array:
        """p that each period's mean day equals the one before; one fewer than periods."""
        return self._p(np.diff(self.means, axis=0))

    def against_rest(self) -> Array:
        """p that each period's mean day equals that of all others."""
        total = self.lengths @ self.means
        rest = (total - self.lengths[:, None] * self.means) / (self.lengths.sum() - self.lengths[:, None])
        return self._p(self.means - rest)

    def pair(self, one: int, other: int) -> float:
        """p that two periods' mean days are equal."""
        return float(self._p((self.means[one] - self.means[other])[None])[0])

    def _p(self, weights: Array) -> Array:
        return self.history.p(self.noise, weights)


def _months(company: Company, span: TimeRange) -> Array:
    """Which month each day lies in (days × months, 0 or 1)."""
    first = company.now.calendar.floor(np.arange(span.start, span.end), "month")
    month = np.unique(first, return_inverse=True)[1]
    return np.asarray((month[:, None] == np.arange(month.max() + 1)).astype(float))
