"""Customers' purchase histories, as the purchase models (clv.py, pareto_nbd.py) read them.

The unit of time is the week. A history is four numbers: `x` purchase days after the first, `t_x` weeks from the first
to the last of them, `T` weeks from the first to the end of the data, and `z`, the mean amount of a repeat day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import DataError, NotEnoughData
from analytics.language import N_
from analytics.methods.customers.season import EVEN, SeasonClock

LEAST_REPEATERS = 20

Array = np.ndarray


def summary(customers: Any, dates: Any, amounts: Any, end: Any, clock: SeasonClock = EVEN) -> pd.DataFrame:
    """How often, how recently, over how long and for how much did each customer buy, up to and including the day `end`?

    Grain: one row per customer with a purchase by `end`; index `customer` as given, sorted. Columns: `x` distinct
    purchase days after the first; `t_x` weeks from first to last purchase day; `T` weeks from first purchase day to
    `end`; `z` mean amount of the repeat days (NaN where x = 0). With a `clock`, weeks are seasonal ones (season.py).
    Input: order lines as three equally long columns. Purchases of one day are one purchase. A negative amount is a
    refund: it makes no purchase day and lowers the purchase on or before its day; one without an earlier purchase is
    left out. Zero amounts are purchases. Rows without a customer and rows after `end` are left out.
    Empty input gives an empty frame. Raises DataError for columns of unequal length, a missing date or amount.
    Source: Fader, Hardie & Lee 2005, who build CDNOW so.
    """
    codes, labels = pd.factorize(_column(customers), sort=True)
    day = pd.to_datetime(_column(dates)).to_numpy().astype("datetime64[D]")
    amount = np.asarray(amounts, dtype=float)
    if not len(codes) == len(day) == len(amount):
        lengths = f"{len(codes)}, {len(day)} and {len(amount)}"
        raise DataError(f"expected columns of one length, got {lengths}.", where="summary")
    known = codes >= 0
    missing = int((known & (np.isnat(day) | ~np.isfinite(amount))).sum())
    if missing:
        raise DataError(f"{missing} rows lack a date or an amount.", where="summary", hint="Leave them out.")
    last = np.datetime64(pd.Timestamp(end).date(), "D")
    kept = known & (day <= last)
    codes = codes[kept]
    day = day[kept].astype("int64")
    amount = amount[kept]

    order = np.lexsort((amount < 0, day, codes))  # on one day purchases come before refunds
    codes = codes[order]
    day = day[order]
    amount = amount[order]
    same = np.r_[False, (codes[1:] == codes[:-1]) & (day[1:] == day[:-1])] if len(codes) else np.zeros(0, bool)
    opens = (amount >= 0) & ~same  # first row of a purchase day; all up to the next such row belong to it
    purchase = np.cumsum(opens) - 1
    owner = codes[opens]
    bought_on = day[opens]
    belongs = purchase >= 0
    belongs[belongs] = codes[belongs] == owner[purchase[belongs]]
    paid = np.bincount(purchase[belongs], weights=amount[belongs], minlength=len(owner))

    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, int)
    size = np.diff(np.r_[first, len(owner)])
    x = size - 1
    total = np.bincount(np.repeat(np.arange(len(first)), size), weights=paid, minlength=len(first))
    moment = clock.days(np.append(bought_on, last.astype("int64")))
    begin = moment[first]
    z = np.divide(total - paid[first], x, out=np.full(len(first), np.nan), where=x > 0)
    columns = {
        "x": x,
        "t_x": (moment[first + x] - begin) / 7,
        "T": (moment[-1] - begin) / 7,
        "z": z,
    }
    return pd.DataFrame(columns, index=pd.Index(labels[owner[first]], name="customer"))


def _column(values: Any) -> Any:
    return values if isinstance(values, pd.Series | pd.Index | np.ndarray) else pd.Series(values)


@dataclass(frozen=True)
class Histories:
    """Distinct (x, t_x, T) with their counts; `where` leads from customers to them, `levels`/`level` to distinct x."""

    x: Array
    t_x: Array
    T: Array
    count: Array
    where: Array
    levels: Array
    level: Array

    def by_x(self, function: Callable[[Array], Array]) -> Array:
        """function(x) per history, computed once per distinct x."""
        return np.asarray(function(self.levels)[self.level])

    def total(self, values: Array) -> float:
        """Sum over customers of a value per history."""
        return total(self.count, values)


def total(weights: Array, values: Array) -> float:
    """Σ weights · values. Not `@`: a BLAS with many threads takes a hundred times longer for a product so short."""
    return float((weights * values).sum())


def histories(x: Any, t_x: Any, T: Any) -> Histories:
    """Which different histories are there, and how many customers share each? Raises DataError for impossible ones."""
    columns = [np.asarray(c, dtype=float) for c in (x, t_x, T)]
    lived = np.isfinite(columns).all(axis=0) & (columns[0] >= 0) & (columns[1] >= 0) & (columns[2] >= columns[1])
    if not lived.all():
        raise DataError(
            f"{int((~lived).sum())} customers break 0 ≤ x, 0 ≤ t_x ≤ T.",
            where="histories",
            hint="Build them with clv.summary.",
        )
    key = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        values, code = np.unique(column, return_inverse=True)
        key = key * len(values) + code
    _, pick, where, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    levels, level = np.unique(columns[0][pick], return_inverse=True)
    return Histories(columns[0][pick], columns[1][pick], columns[2][pick], count.astype(float), where, levels, level)


def refuse_few_repeaters(h: Histories) -> None:
    """Raises NotEnoughData where too few customers came back for a purchase model to be identified."""
    repeaters = int(h.count[h.x > 0].sum())
    if repeaters < LEAST_REPEATERS:
        raise NotEnoughData(
            N_(
                "Only {count:customer|customers} bought again; {least} are needed.",
                least=LEAST_REPEATERS,
                count=repeaters,
            )
        )


def maximise(likelihood: Callable[[Array], tuple[float, Array]], start: Array, customers: int) -> Array:
    """Where the mean log-likelihood is highest, in the logarithms of the parameters.

    Bounded to e^±9 about the start, so that data without any dropout end on a bound instead of wandering off.
    """
    from scipy.optimize import minimize

    def cost(logs: Array) -> tuple[float, Array]:
        value, slope = likelihood(logs)
        return -value / customers, -slope / customers

    bounds = [(s - 9, s + 9) for s in start]
    options = {"ftol": 1e-15, "gtol": 1e-8, "maxiter": 1000, "maxcor": 20}
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    if not np.isfinite(found.fun):
        raise NotEnoughData(f"the likelihood has no maximum ({found.message}).", where="purchase model")
    return np.asarray(found.x)
