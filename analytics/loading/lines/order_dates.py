"""One date for each order: `ordered_at` belongs to the order; a line's own date is when it was posted."""

from __future__ import annotations

import numpy as np

NO_DATE = np.datetime64(2**62, "us")  # later than any date
LONGEST = np.timedelta64(45, "D")  # from the first sale line of an order to its last


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


def sold_for_long(order: np.ndarray, own: np.ndarray, sale: np.ndarray) -> np.ndarray:
    """The sale lines that stand more than 45 days after the first of their order: an id used like this names a contract
    or a customer rather than an order, and all its lines would be put on its first day.

    Arguments as in `dates_of_orders`; positions of lines. An id with lines on 5 January, 5 February and 5 March gives
    the last of them.
    """
    if not sale.any():
        return np.empty(0, "int64")
    first = _earliest(order[sale], own[sale], int(order.max()) + 1)
    late = np.zeros(len(order), dtype=bool)
    late[sale] = own[sale] - first[order[sale]] > LONGEST
    return np.flatnonzero(late)
