"""What will the days up to the end of a period bring, and how likely do they bring an amount?

The forecast by day is repeated with what its own past forecasts missed: a path for each of them. The days of a path
belong together, so that a level that was misjudged on one day is misjudged on the next. The chance is the share of
paths whose sum reaches the amount, those of recent forecasts counting more; half a path is added on either side, so
that it is never 0 or 1. No distribution is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.calendar import ONE_DAY, Calendar, Day, TimeRange
from analytics.language import N_
from analytics.methods.timeseries.annual import YEARS
from analytics.methods.timeseries.candidates import RULES
from analytics.methods.timeseries.forecast import Forecast, forecast

FEWEST_PATHS = 10  # of fewer, each would count for too much
FURTHEST = 364  # days ahead
USUAL = RULES["day"].longest  # days ahead that need no year before


@dataclass(frozen=True)
class Remainder:
    """What the days of a period that are still to come may bring. `sums`: one for each path, in the unit of the series;
    `weights`: how much each counts, of mean 1; `reason`: why it cannot be said, and then there are no sums.
    """

    sums: np.ndarray
    weights: np.ndarray
    reason: str = ""

    @property
    def expected(self) -> float:
        """The weighted mean of the sums; NaN where there are none."""
        return float(np.average(self.sums, weights=self.weights)) if len(self.sums) else np.nan


def remainder(
    series: pd.Series, span: TimeRange, *, holidays: Iterable[date | Day | str] = (), calendar: Calendar | None = None
) -> Remainder:
    """What may the days of `span` that come after the last one of the series bring, all together?

    `series`: a metric that adds up over days, by day (DatetimeIndex), ending with the last complete day. The span may
    begin before that day, or later: the days between are passed over. Refused, with the reason: where the forecast by
    day refuses, where it does not reach the end of the span (more than 28 days need last year's course, and nothing
    reaches further than 364), and where there are fewer than FEWEST_PATHS past forecasts. Nothing to come is the sum 0.
    """
    if series.empty:
        return _refused(N_("There is no history to forecast from."))
    last = series.index[-1].to_datetime64().astype("datetime64[D]")
    days = int((span.end - ONE_DAY - last).astype(int))
    if days <= 0:
        return Remainder(np.zeros(1), np.ones(1))
    if days > FURTHEST:
        return _refused(
            N_("The period ends {days:day|days} after the data; a forecast reaches {most}.", days=days, most=FURTHEST)
        )
    found = forecast(series, horizon=days, holidays=list(holidays), calendar=calendar, far=True)
    if found.refused:
        return _refused(found.reason)
    if len(found.frame) < days:
        return _refused(_too_far(found, days))
    if len(found.paths) < FEWEST_PATHS:
        few = N_(
            "A chance needs {least} past forecasts of {days:day|days}; there are {paths}.",
            least=FEWEST_PATHS,
            days=days,
            paths=len(found.paths),
        )
        return _refused(few)
    first = max(int((span.start - ONE_DAY - last).astype(int)), 0)
    return Remainder(found.paths[:, first:days].sum(axis=1), found.weights)


def chance(rest: Remainder, amount: float, *, at_most: bool = False) -> float:
    """How likely do the days to come bring this amount, or (`at_most`) no more than it? 0–1, neither of them quite; NaN
    where the remainder was refused.

    With ten paths of equal weight, seven of which reach the amount: (7 + 0.5) / (10 + 1) = 0.68.
    """
    if rest.reason:
        return np.nan
    reached = rest.sums <= amount if at_most else rest.sums >= amount
    return float((rest.weights[reached].sum() + 0.5) / (rest.weights.sum() + 1))


def shape(series: pd.Series, span: TimeRange) -> np.ndarray:
    """Which part of a period's sum usually falls on each of its days? One share per day, adding up to 1.

    The mean course of up to three years before (364 days earlier each, the mean over a week, over that year's level),
    times the weekday's usual part of a week by the eight weeks before the period or the end of the history. Without a
    year before it is the weekdays alone, and without eight weeks all days are equal. What was below zero counts as
    nothing. `series`: by day, none left out.
    """
    if not span.days:
        return np.empty(0)
    days = np.arange(span.start, span.end, dtype="datetime64[D]")
    known = series.index.to_numpy().astype("datetime64[D]") if len(series) else np.empty(0, "datetime64[D]")
    values = np.maximum(np.nan_to_num(series.to_numpy(float)), 0.0)
    end = int(np.searchsorted(known, span.start))
    share = _weekdays(known[:end], values[:end])[(days.astype("int64") + 3) % 7]
    share = share * _course(known, values, days)
    total = share.sum()
    return np.asarray(share / total) if total > 0 else np.full(span.days, 1 / span.days)


def _weekdays(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What each weekday (0 is Monday) sells over the mean day, by the last eight weeks."""
    weeks = 8
    if len(values) < 7 * weeks or not values[-7 * weeks :].sum() > 0:
        return np.ones(7)
    late = (known[-7 * weeks :].astype("int64") + 3) % 7
    return np.asarray(np.bincount(late, values[-7 * weeks :], minlength=7) / values[-7 * weeks :].mean() / weeks)


def _course(known: np.ndarray, values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The mean over a week around the same day of each year before, over the mean of that year's course, averaged over
    the years; 1 where no year is known for all days."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    courses = []
    for year in range(1, YEARS + 1):
        first = int((days[0] - known[0]).astype(int)) - 364 * year if len(known) else -1
        if first < 3 or first + len(days) + 3 > len(known):
            continue
        place = first + np.arange(len(days))
        course = (sums[place + 4] - sums[place - 3]) / 7
        if course.sum() > 0:
            courses.append(course / course.mean())
    return np.mean(courses, axis=0) if courses else np.ones(len(days))


def _too_far(found: Forecast, days: int) -> str:
    reach = len(found.frame)
    return N_(
        "The period ends {days:day|days} after the data; this history supports a forecast of {reach}.",
        days=days,
        reach=reach,
    )


def _refused(reason: str) -> Remainder:
    return Remainder(np.empty(0), np.empty(0), reason)
