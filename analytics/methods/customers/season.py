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
