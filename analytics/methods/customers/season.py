"""The season as a clock: time that passes faster in the months in which customers buy more.

The purchase models know one rate for all weeks of the year. After a December they take its rate for the customer's own
and foresee too much; before one, too little. Measured in seasonal weeks, in which each day counts as much as its month
sells, a rate that follows the season is constant: the time change that makes a Poisson process even (Cox & Lewis 1966,
"The Statistical Analysis of Series of Events", chapter 3). A year has as many seasonal weeks as weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

FEWEST_MONTHS = 24  # whole months, so that each month of the year is seen once inside a centred year
LEAST_SPREAD = 0.05  # standard deviation of the months' factors below which no season is worth a clock
EVIDENCE = 3.0  # times the variance that chance gives the factors: one even company in several thousand has as much


@dataclass(frozen=True)
class SeasonClock:
    """How much a day of each month counts, 1 on average over a year."""

    january: float = 1.0
    february: float = 1.0
    march: float = 1.0
    april: float = 1.0
    may: float = 1.0
    june: float = 1.0
    july: float = 1.0
    august: float = 1.0
    september: float = 1.0
    october: float = 1.0
    november: float = 1.0
    december: float = 1.0

    @classmethod
    def of(cls, factors: Sequence[float]) -> SeasonClock:
        """The clock of these twelve factors, January first."""
        return cls(*(float(factor) for factor in factors))

    @property
    def factors(self) -> np.ndarray:
        """The twelve factors, January first."""
        return np.array([getattr(self, field.name) for field in fields(self)])

    @property
    def even(self) -> bool:
        """Whether all days count the same."""
        return bool((self.factors == 1.0).all())

    def days(self, days: np.ndarray) -> np.ndarray:
        """The seasonal days, as whole numbers, from 1970 up to each of these days (datetime64[D] or days since 1970).

        Whole, so that customers with like histories stay alike; a calendar day is a seasonal one where all count the
        same.
        """
        number = np.asarray(days).astype("datetime64[D]").astype("int64")
        if self.even or not number.size:
            return number
        first = int(number.min())
        every = np.arange(first, int(number.max()) + 1)
        month = every.astype("datetime64[D]").astype("datetime64[M]").astype("int64") % 12
        passed = np.cumsum(self.factors[month])
        return np.asarray(np.round(passed[number - first] - passed[0]).astype("int64") + first)

    def weeks_after(self, end: Any, weeks: float) -> float:
        """The seasonal weeks in the `weeks` weeks after the day `end`."""
        last = np.datetime64(pd.Timestamp(end).date(), "D")
        whole = round(weeks * 7)
        month = (last + 1 + np.arange(whole)).astype("datetime64[M]").astype("int64") % 12
        return float(self.factors[month].sum() / 7) if whole else 0.0


EVEN = SeasonClock()


def season_clock(customers: Any, dates: Any, end: Any) -> SeasonClock:
    """In which months do customers buy again more than in others?

    Purchase days after a customer's first, by day, against the mean of the year around each month (classical
    decomposition), averaged over the years, shrunk by the noise of such counts (James & Stein 1961). All days count
    the same where fewer than 24 whole months are known, or where the months hardly differ.
    """
    last = np.datetime64(pd.Timestamp(end).date(), "D")
    lines = pd.DataFrame({"customer": np.asarray(customers), "day": pd.to_datetime(np.asarray(dates))})
    lines["day"] = lines["day"].dt.normalize()
    bought = lines[lines["day"] <= pd.Timestamp(last)].drop_duplicates().sort_values("day", kind="stable")
    if bought.empty:
        return EVEN
    again = bought[bought["customer"].duplicated()]["day"].to_numpy("datetime64[D]")
    begin = bought["day"].iloc[0].to_datetime64().astype("datetime64[D]")
    first = (begin - 1).astype("datetime64[M]").astype("int64") + 1
    after = (last + 1).astype("datetime64[M]").astype("int64")
    if after - first < FEWEST_MONTHS:
        return EVEN
    month = again.astype("datetime64[M]").astype("int64") - first
    inside = (month >= 0) & (month < after - first)
    counts = np.bincount(month[inside], minlength=after - first).astype(float)
    return _clock(counts, np.arange(first, after))


def _clock(counts: np.ndarray, months: np.ndarray) -> SeasonClock:
    starts = np.append(months, months[-1] + 1).astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    length = np.diff(starts)
    rate = counts / length
    around = np.convolve(rate, np.r_[0.5, np.ones(11), 0.5] / 12, "valid")
    if not (around > 0).all():
        return EVEN
    ratio = rate[6:-6] / around
    of_year = months[6:-6] % 12
    seen = np.bincount(of_year, minlength=12)
    factor = np.bincount(of_year, ratio, 12) / seen
    apart = factor - factor.mean()
    noise = float((1 / (around * length[6:-6])).mean() / seen.mean())
    spread = float((apart**2).mean())
    if spread <= max(EVIDENCE * noise, LEAST_SPREAD**2):
        return EVEN
    factor = np.maximum(1 + apart * (1 - noise / spread), 0.05)
    days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    return SeasonClock.of(factor * days.sum() / (factor @ days))
