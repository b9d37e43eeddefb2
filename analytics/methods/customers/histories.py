"""Customers' purchase histories, as the purchase models (clv.py, pareto_nbd.py) read them.

The unit of time is the week. A history is four numbers: `x` purchase days after the first, `t_x` weeks from the first
to the last of them, `T` weeks from the first to the end of the data, and `z`, the mean amount of a repeat day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import DataError, NotEnoughData
from analytics.language import N_
from analytics.methods.customers.season import EVEN, SeasonClock
from analytics.runtime.parallel import parallel_map

LEAST_REPEATERS = 20
PART = 1 << 15  # rows

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
    last = np.datetime64(pd.Timestamp(end).date(), "D")
    owner, bought_on, paid, labels = _purchase_days(customers, dates, amounts, last)
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


def _purchase_days(
    customers: Any, dates: Any, amounts: Any, last: np.datetime64
) -> tuple[Array, Array, Array, pd.Index | Array]:
    """The code of the customer, the day since 1970 and the amount of each purchase day, by customer and day, and what
    the codes stand for."""
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
    kept = known & (day <= last)
    day = day.view("int64")
    if not kept.all():
        codes, day, amount = codes[kept], day[kept], amount[kept]
    refund = amount < 0
    begun = int(day.min(initial=int(last.astype("int64"))))
    days = int(day.max(initial=begun)) - begun + 1
    key = (codes * days + (day - begun)) * 2 + refund  # on one day purchases come before refunds
    del codes, day

    order = _order(key)
    key, amount = key[order], amount[order]
    opens = amount >= 0  # first row of a purchase day; all up to the next such row belong to it
    opens[1:] &= key[1:] != key[:-1]
    purchase = np.cumsum(opens) - 1
    owner, bought_on = np.divmod(key[opens] // 2, days)
    if refund.any():  # one without an earlier purchase is left out
        belongs = purchase >= 0
        belongs[belongs] = key[belongs] // 2 // days == owner[purchase[belongs]]
        purchase, amount = purchase[belongs], amount[belongs]
    return owner, bought_on + begun, np.bincount(purchase, weights=amount, minlength=len(owner)), labels


def _order(key: Array) -> Array:
    """np.argsort(key, kind="stable"): what sorts numbers, a tenth of its time, sorts a key that ends with the row."""
    rows = len(key)
    if not rows or int(key.max()) >= np.iinfo("int64").max // rows:
        return np.argsort(key, kind="stable")
    ranked = key * rows + np.arange(rows)
    ranked.sort()
    return np.asarray(ranked % rows)


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


def total(weights: Array, values: Array) -> float:
    """Σ weights · values. Not `@`: a BLAS with many threads takes a hundred times longer for a product so short."""
    return float((weights * values).sum())


def in_parts(rows: int, work: Callable[[slice], Sequence[Array]]) -> list[Array]:
    """The arrays that `work` makes, each as one of all rows. It makes them of PART rows at a time, so that what it
    computes in between stays in the processor's cache, and on both cores where there are many."""
    parts = [slice(at, min(at + PART, rows)) for at in range(0, rows, PART)] or [slice(0, 0)]
    if len(parts) == 1:
        return list(work(parts[0]))
    return [np.concatenate(column) for column in zip(*parallel_map(work, parts), strict=True)]


def sums(rows: int, addends: Callable[[slice], Sequence[Array]]) -> list[float]:
    """The sums over all rows of what `addends` makes of some of them; each is added as one array, whatever the
    parts."""
    return [float(column.sum()) for column in in_parts(rows, addends)]


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
