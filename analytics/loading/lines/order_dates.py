"""One date for each order: `ordered_at` belongs to the order; a line's own date is when it was posted."""

from __future__ import annotations

import numpy as np

MOST_FAR = 0.01  # share of the lines that may lie far from all others
FEW_DAYS, MOST_FEW = 3, 0.1  # or the days that they are of, and their share then
LEAST_FAR = 180  # days from all others
USUAL_TIMES = 10  # and this many times the longest time without an order among the others
NO_DATE = np.datetime64(2**62, "us")  # later than any date
CHUNK = 1 << 20  # lines that are looked at in one step
LONGEST = np.timedelta64(45, "D")  # from the first sale line of an order to its last


def dates_of_orders(order: np.ndarray, own: np.ndarray, sale: np.ndarray) -> np.ndarray:
    """The date of each line's order: the earliest of its sale lines, or of all its lines where none is a sale.

    `order` is the number of each line's order, from 0; `own` is the line's own date (datetime64[us]); `sale` says
    whether the line was sold. No lines give no dates.
    """
    if not len(order):
        return own
    earliest = _earliest(order, own)
    if all((earliest[order[at : at + CHUNK]] == own[at : at + CHUNK]).all() for at in range(0, len(own), CHUNK)):
        return own
    of_sales = _earliest(order[sale], own[sale], len(earliest))
    return np.asarray(np.where(of_sales == NO_DATE, earliest, of_sales)[order])


def _earliest(order: np.ndarray, own: np.ndarray, orders: int = 0) -> np.ndarray:
    found = np.full(orders or int(order.max()) + 1, NO_DATE).view("int64")
    for at in range(0, len(order), CHUNK):
        np.minimum.at(found, order[at : at + CHUNK], own[at : at + CHUNK].view("int64"))
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


def usual_days(times: np.ndarray) -> tuple[np.datetime64, np.datetime64] | None:
    """The first and the last day of nearly all lines, where a few lie far away, as mistyped years do; None where none
    do. `times` are the lines' (datetime64[us], none missing).

    Far are at most a hundredth of the lines, or a tenth where they are of three days at most, beyond a gap of at least
    180 days and ten times the longest gap among the others. So a shop that sold daily and opens again after three
    months has none.
    """
    if not len(times):
        return None
    start = int(times.min().astype("datetime64[D]").astype("int64"))
    end = int(times.max().astype("datetime64[D]").astype("int64"))
    lines = np.zeros(end - start + 1, "int64")
    for at in range(0, len(times), CHUNK):
        numbers = times[at : at + CHUNK].astype("datetime64[D]").astype("int64")
        lines += np.bincount(numbers - start, minlength=len(lines))
    return usual_of(start, lines)


def usual_of(start: int, lines: np.ndarray) -> tuple[np.datetime64, np.datetime64] | None:
    """The same for the number of lines of each day from `start` on, which is counted since 1970."""
    days = np.flatnonzero(lines)
    lines = lines[days]
    first, last = 0, len(days) - 1
    while (found := _without_ends(days, lines, first, last)) != (first, last):
        first, last = found
    if (first, last) == (0, len(days) - 1):
        return None
    return tuple(np.datetime64(start + int(days[at]), "D") for at in (first, last))  # type: ignore[return-value]


def _without_ends(days: np.ndarray, lines: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """The range of days that remains of one when what lies far before and after it is left aside."""
    gaps = np.diff(days[first : last + 1])
    until = np.cumsum(lines[first : last + 1])[:-1]  # lines before each gap
    few = np.arange(1, len(gaps) + 1) <= FEW_DAYS
    every = int(lines.sum())
    before = (until <= MOST_FAR * every) | (few & (until <= MOST_FEW * every))
    after = lines[first : last + 1].sum() - until
    behind = (after <= MOST_FAR * every) | (few[::-1] & (after <= MOST_FEW * every))
    begin, end = _widest(gaps, before), _widest(gaps, behind)
    inner = gaps[0 if begin is None else begin + 1 : len(gaps) if end is None else end]
    least = max(LEAST_FAR, USUAL_TIMES * int(inner.max(initial=1)))
    if begin is not None and gaps[begin] >= least:
        return first + begin + 1, last
    if end is not None and gaps[end] >= least:
        return first, first + end
    return first, last


def _widest(gaps: np.ndarray, among: np.ndarray) -> int | None:
    """The position of the widest of some gaps; None where there are none."""
    return int(np.where(among, gaps, -1).argmax()) if among.any() else None
