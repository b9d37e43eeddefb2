"""Money of a whole order brought to its lines: to the cent, each line its share.

Platforms write such an amount once, on the first row of an order, or the same on each of them.
"""

from __future__ import annotations

import numpy as np


def once(values: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the value of its order, and which rows have another value than that.

    The value is the first that is neither missing nor zero; zero where there is only zero, NaN where all are missing.
    Orders 0 0 1 with values 5 NaN 0 give 5 5 0. Two values in one order may mean that each belongs to its line.
    """
    orders = int(order.max(initial=-1)) + 1
    found = np.full(orders, np.nan)
    known = np.flatnonzero(~np.isnan(values))[::-1]  # of several assignments the last wins: the first row
    found[order[known]] = values[known]
    filled = known[values[known] != 0]
    found[order[filled]] = values[filled]
    spread = found[order]
    return spread, ~np.isnan(values) & (values != 0) & (values != spread)


def first_of(times: np.ndarray, order: np.ndarray) -> np.ndarray:
    """For each row the first time of its order that is not missing; NaT where all are."""
    found = np.full(int(order.max(initial=-1)) + 1, np.datetime64("NaT", "us"))
    known = np.flatnonzero(~np.isnat(times))[::-1]  # of several assignments the last wins: the first row
    found[order[known]] = times[known]
    return np.asarray(found[order])


def shared(values: np.ndarray, weights: np.ndarray, order: np.ndarray, digits: int = 2) -> np.ndarray:
    """The share of each row in the value of its order, in proportion to its weight, in whole minor units of `digits`
    decimals that add up to the value rounded to them. NaN where the order has no value.

    `values` is the same on each row of an order. Negative and missing weights count as 0; where all are 0 the rows
    share equally. What rounding down leaves over goes, a unit each, to the rows that lost most by it: the largest
    remainders (Hamilton's method; of equal ones the first row's). 10.00 by weights 1, 1 and 1 are 3.34, 3.33 and 3.33.
    """
    if not len(values):
        return values
    orders = int(order.max()) + 1
    weights = np.where(np.isnan(weights), 0.0, np.maximum(weights, 0.0))
    total = np.bincount(order, weights, minlength=orders)
    weights = np.where(total[order] > 0, weights, 1.0)
    total = np.bincount(order, weights, minlength=orders)
    units = np.round(values * 10.0**digits)
    exact = np.abs(units) * weights / total[order]
    low = np.floor(exact + 1e-9)
    remainder = exact - low
    given = np.bincount(order, np.nan_to_num(low), minlength=orders)[order]
    left = np.abs(units) - given  # units of the order that are still to be given
    more = np.zeros(len(order), bool)
    rows = np.flatnonzero(left > 0)  # of the other orders everything is given
    ranked = rows[np.lexsort((-remainder[rows], order[rows]))]  # stable: of equal remainders the first row's
    first = np.append(True, order[ranked][1:] != order[ranked][:-1])[: len(ranked)]
    at = np.arange(len(ranked))
    more[ranked] = at - np.maximum.accumulate(np.where(first, at, 0)) < left[ranked]
    return np.asarray(np.copysign(low + more, units) / 10.0**digits)
