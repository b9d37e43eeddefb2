"""Customers who buy at rates of their own and may quit, more in some months than in others, and what they buy next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEASON = np.array([0.6, 0.7, 0.9, 0.9, 1.0, 1.0, 0.8, 0.9, 0.9, 1.0, 1.4, 1.9])  # of each month's daily rate


@dataclass(frozen=True)
class Bought:
    """Purchases up to `end`, a row each (customer, day, amount), and how many the same customers made in the weeks
    after it."""

    purchases: pd.DataFrame
    end: str
    made: int


def bought(seed: int, end: str, *, seasonal: bool = True, customers: int = 1_500, weeks: int = 13) -> Bought:
    """BG/NBD (r = 0.8, alpha = 12 weeks, a = 1, b = 5) with customers who come evenly over three years, its time
    running by the season; the purchases of the `weeks` after `end` are what is to be foreseen."""
    rng = np.random.default_rng(seed)
    last = pd.Timestamp(end)
    days = pd.date_range(last - pd.DateOffset(years=3), last + pd.Timedelta(weeks=weeks))
    factor = SEASON[days.month - 1] if seasonal else np.ones(len(days))
    passed = np.cumsum(factor / factor[-365:].mean()) / 7  # seasonal weeks
    known = int((days <= last).sum())
    rows = []
    for customer in range(customers):
        when = float(passed[int(rng.integers(known))])
        rate = rng.gamma(0.8, 1 / 12)
        leaves = rng.beta(1, 5)
        while when < passed[-1]:
            rows.append((customer, days[int(np.searchsorted(passed, when))]))
            if len(rows) > 1 and rows[-2][0] == customer and rng.random() < leaves:
                break
            when += rng.exponential(1 / rate)
    frame = pd.DataFrame(rows, columns=["customer", "day"]).drop_duplicates().assign(amount=10.0)
    before = frame["day"] <= last
    return Bought(frame[before], end, int((~before).sum()))
