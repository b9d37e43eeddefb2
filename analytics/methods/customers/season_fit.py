"""In which months known customers buy again more than in others: the factors of the season's clock (season.py).

In turns, BG/NBD is fitted on the clock so far, and the clock to what that leaves unexplained: the repeat purchases of
each month against those that the model expects of all customers by their age. Growth of the customer base, and
customers who quit, are thereby no season; nor are the many new customers of a December, who do not count.

A month's factor is the effect of a Poisson regression (months of the year beside a trend), shrunk by how much months
vary from one year to the next: the more two years disagree, the less is followed. Source: McCullagh & Nelder 1989 for
the regression, with overdispersion; Laird & Ware 1982 (Biometrics 38) for the shrinkage, by EM.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.methods.customers.clv import BgNbd, summary
from analytics.methods.customers.season import EVEN, SeasonClock

Array = np.ndarray

FEWEST_MONTHS = 13  # of history: a year, and one month seen twice
FEWEST_PURCHASES = 200  # repeat purchases, below which months cannot be told apart
WORTH_FOLLOWING = 0.1  # factors that stay nearer to 1 all year are no season
STEPS = 3  # turns; the last changes a factor by less than a hundredth
MOST_CUSTOMERS = 20_000  # drawn evenly, that the turns rest on: factors are then off by about 0.02
TREND = 0.3  # usual change within a year, in logarithms, that is no season: the model's own misfit
ROUNDS = 60  # of the regression
USUAL_FREEDOM = 4.0  # degrees of freedom given to "months vary as counts do", so that two of them cannot say otherwise
POINTS = 256  # at which the expected purchases of a new customer are tabulated


def season_clock(customers: Any, dates: Any, end: Any) -> SeasonClock:
    """In which months do customers buy again more than in others, up to and including the day `end`?

    `customers` and `dates` of purchases, a row each; several on one day are one. All days count the same where fewer
    than FEWEST_MONTHS months or FEWEST_PURCHASES repeat purchases are known, where BG/NBD cannot be fitted, or where
    the months do not differ beyond what chance, a trend, and their own disagreement from year to year explain.
    """
    last = pd.Timestamp(end).normalize()
    bought = _some_customers(np.asarray(customers), pd.to_datetime(np.asarray(dates)), last + pd.Timedelta(days=1))
    bought = bought.assign(day=bought["day"].dt.normalize()).drop_duplicates().sort_values("day", kind="stable")
    first = ~bought["customer"].duplicated().to_numpy()
    day = bought["day"].to_numpy().astype("datetime64[D]").astype("int64")
    until = int(np.datetime64(last, "D").astype("int64"))
    if not len(day) or (~first).sum() < FEWEST_PURCHASES or until - day[0] + 1 < FEWEST_MONTHS * 30.25:
        return EVEN
    clock = EVEN
    for _ in range(STEPS):
        history = summary(bought["customer"], bought["day"], np.zeros(len(bought)), last, clock)
        try:
            model = BgNbd.fit(history["x"], history["t_x"], history["T"])
        except NotEnoughData:
            return EVEN
        clock = season_step(day[first], day[~first], until, model.new_customer, clock)
        if clock.even:
            return EVEN
    return clock


def _some_customers(customers: Array, days: pd.DatetimeIndex, end: pd.Timestamp) -> pd.DataFrame:
    """The purchases before `end`, by `customer` and `day`, of every second, third, … customer, where there are more
    than enough. Rows without a customer or a day are left out."""
    before = np.asarray(days < end)
    number, names = pd.factorize(customers[before], sort=True)
    every = max(1, -(-len(names) // MOST_CUSTOMERS))
    kept = (number >= 0) & (number % every == 0)
    return pd.DataFrame({"customer": customers[before][kept], "day": days[before][kept]})


def season_step(
    first: Array, again: Array, last: int, expected: Callable[[float], float], clock: SeasonClock
) -> SeasonClock:
    """One turn: repeat purchases of each month against those expected.

    `first`: the day (since 1970) of each customer's first purchase; `again`: the days of all repeat purchases; `last`:
    the last day known; `expected(weeks)`: purchases of a new customer in that number of weeks of `clock`.
    """
    begin = int(first.min())
    passed = np.cumsum(np.r_[0.0, clock.factors[_months(np.arange(begin + 1, last + 1)) % 12]]) / 7
    months = np.arange(int(_months(begin)), int(_months(last)) + 1)
    ends = np.minimum((months + 1).astype("datetime64[M]").astype("datetime64[D]").astype("int64") - 1, last)
    foreseen = np.diff(np.r_[0.0, _made_until(passed[ends - begin], passed, first - begin, expected)])
    even = foreseen / clock.factors[months % 12]
    came = np.bincount(_months(again) - months[0], minlength=len(months)).astype(float)
    seen = even > 0
    factors = np.exp(_month_effects(came[seen], even[seen], months[seen]))
    days = np.bincount(_months(np.arange(last - 364, last + 1)) % 12, minlength=12)
    factors /= np.average(factors, weights=days)
    return SeasonClock.of(factors) if np.abs(factors - 1).max() > WORTH_FOLLOWING else EVEN


def _months(days: Any) -> Array:
    """Months since 1970 of days since 1970."""
    return np.asarray(days, "int64").astype("datetime64[D]").astype("datetime64[M]").astype("int64")


def _made_until(at: Array, passed: Array, first: Array, expected: Callable[[float], float]) -> Array:
    """The purchases that all customers are expected to have made until each time `at` (weeks of the clock)."""
    weeks = np.linspace(0.0, float(passed[-1]), POINTS + 1)
    table = np.array([0.0, *(expected(float(w)) for w in weeks[1:])])
    days, count = np.unique(first, return_counts=True)
    age = np.maximum(at[:, None] - passed[days][None, :], 0.0)
    return np.asarray((np.interp(age, weeks, table) * count).sum(axis=1))


def _month_effects(came: Array, even: Array, months: Array) -> Array:
    """The effect of each month of the year, in logarithms; near 0 for one that tells little."""
    years = (months - months.mean()) / 12
    design = np.column_stack([np.ones(len(months)), years, np.eye(12)[months % 12]])
    values = np.zeros(14)
    values[0] = np.log(came.sum() / even.sum())
    spread = 0.25  # variance of the effects
    noise = 1.0  # variance of a month's purchases over their mean
    for _ in range(ROUNDS):
        mean = even * np.exp(design @ values)
        weighted = design * (mean / noise)[:, None]
        prior = np.r_[1e-9, 1 / TREND**2, np.full(12, 1 / spread)]
        inverse = np.linalg.inv(design.T @ weighted + np.diag(prior))
        step = inverse @ (design.T @ ((came - mean) / noise) - prior * values)
        values = values + np.clip(step, -1.0, 1.0)
        used = float((design @ inverse * weighted).sum())
        off = float(((came - mean) ** 2 / mean).sum())
        noise = max(1.0, (off + USUAL_FREEDOM) / (max(len(came) - used, 0.0) + USUAL_FREEDOM))
        spread = max(1e-6, float(np.mean(values[2:] ** 2 + np.diag(inverse)[2:])))
    return np.asarray(values[2:])
