"""One date for each order: `ordered_at` belongs to the order; a line's own date is when it was posted."""

from __future__ import annotations

import numpy as np

NO_DATE = np.datetime64(2**62, "us")  # later than any date


def dates_of_orders(order: np.ndarray, own: np.ndarray, sale: np.ndarray) -> np.ndarray:
    """The date of each line's order: the earliest of its sale lines, or of all its lines where none is a sale.

    `order` is the number of each line's order, from 0; `own` is the line's own date (datetime64[us]); `sale` says
    whether the line was sold. No lines give no dates.
    """
    if not len(order):
        return own
    earliest = _earliest(order, own)
    if (earliest[order] == own).all():
        return own
    of_sales = _earliest(order[sale], own[sale], len(earliest))
    return np.asarray(np.where(of_sales == NO_DATE, earliest, of_sales)[order])


def _earliest(order: np.ndarray, own: np.ndarray, orders: int = 0) -> np.ndarray:
    found = np.full(orders or int(order.max()) + 1, NO_DATE).view("int64")
    np.minimum.at(found, order, own.view("int64"))
    return found.view("datetime64[us]")
