"""Which lines a range and clauses select.

Orders are sorted by time, so a range is a slice of them. A clause is a table of wanted codes; its mask is kept, since
the next selection mostly differs by one clause.

For example, the orders 0 to 4 of the days 0, 0, 1, 2, 2 have the cities A, B, A, A, B and begin at the lines 0, 2, 3, 4
and 7 of 9. The range of days 1 and 2 is the slice 2:5 of orders, by binary search. The clause "city is A" keeps code 0:
of the slice it keeps the orders 2 and 3, whose lines, 3 to 6, follow from where orders begin. A clause on products is
looked up in the window of lines 3:9 instead, and the selected orders are those with a line that is left.

Where an index lists the orders of each city, those of A are 0 2 3, of which 2 3 are in the range: the others are not
looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from analytics.calendar import TimeRange
from analytics.engines.columnar.chunks import Index, flatnonzero, rows_where, take
from analytics.engines.columnar.dimensions import Dimension, Listing, listing_of
from analytics.engines.columnar.rows import Rows, before, lines_of
from analytics.engines.common.derived import AS_OF
from analytics.engines.common.dimensions import days_in, marked, wanted_codes
from analytics.runtime.lru import LruCache
from analytics.schema import Level
from analytics.selection import Clause, Policy
from analytics.store import StoredDataset

SPARSE = 0.1  # below this share of the orders in range, their lines are listed rather than masked
LISTED = 0.25  # up to this share of all orders, those of a clause are taken from an index
RUNS = 8  # wanted codes in up to this number of runs are compared; in more runs, they are looked up
EARLIEST = np.datetime64("0001-01-01", "D")
LATEST = np.datetime64("9999-12-31", "D")
ALWAYS = TimeRange(EARLIEST, LATEST)


@dataclass(frozen=True)
class Mask:
    """What a clause keeps.

    keep: for some orders (at level "line", for some lines), which of them it keeps.
    lines: the same for some lines; None where that is not quick to find.
    whole: which of all orders it keeps, where it had to be found for all at once.
    held: at level "line": for some orders, which of them have a sale line that it keeps; None where that
        is not stored.
    listing: gives the list of the orders that it keeps, where an index has it."""

    level: Level
    keep: Callable[[Index], np.ndarray]
    lines: Callable[[Index], np.ndarray] | None = None
    whole: np.ndarray | None = None
    held: Callable[[Index], np.ndarray] | None = None
    listing: Callable[[], Listing | None] = lambda: None

    @classmethod
    def of_orders(cls, whole: np.ndarray) -> Mask:
        """A mask of orders, given for all of them."""
        return cls("order", whole.__getitem__, whole=whole)

    @property
    def nbytes(self) -> int:
        """What keeping the mask costs."""
        return 0 if self.whole is None else int(self.whole.nbytes)


class Selector:
    """Turns ranges and clauses into Rows, inside what a viewer may see: `visible` are the masks of the policy, which
    apply to every selection."""

    def __init__(
        self,
        data: StoredDataset,
        dimension: Callable[[str, np.datetime64], Dimension],
        policy: Policy = (),
        visible: tuple[Mask, ...] = (),
        masks: LruCache[Mask] | None = None,
    ) -> None:
        self.data = data
        self.dimension = dimension
        self.policy = policy
        self.visible = visible
        self.masks: LruCache[Mask] = masks or LruCache(48, 32 << 20, lambda mask: mask.nbytes)

    def orders_of(self, span: TimeRange) -> slice:
        """The orders of a range, by two binary searches."""
        days = days_in(self.data, span)
        begin, end = before(self.data.orders["day"], np.array([days.start, days.stop]), self.data.facts.days)
        return slice(int(begin), int(end))

    def rows(self, span: TimeRange, clauses: Iterable[Clause]) -> Rows:
        """The rows that a range and clauses select."""
        reach = self.orders_of(span)
        masks = self._masks(span, clauses)
        if not masks:
            return Rows(self.data, reach, None)
        starts = self.data.orders["start"]
        window = slice(int(starts[reach.start]), int(starts[reach.stop]))
        if all(m.level == "order" for m in masks):
            orders = self._orders(masks, [m.keep for m in masks], reach)
            quick = all(m.lines for m in masks) and len(orders) > SPARSE * (reach.stop - reach.start)
            return Rows(self.data, orders, None, (lambda: self._lines(masks, reach, window)) if quick else None)
        return Rows(self.data, reach, self._lines(masks, reach, window))

    def held(self, span: TimeRange, clauses: Iterable[Clause]) -> bool:
        """Whether `orders_with_sale` finds orders by what they hold. One clause on lines can be looked up there; of
        two, an order may meet each with another line."""
        of_lines = [m for m in self._masks(span, clauses) if m.level == "line"]
        return len(of_lines) == 1 and of_lines[0].held is not None

    def orders_with_sale(self, span: TimeRange, clauses: Iterable[Clause]) -> Rows:
        """Where `held`: the orders with a sale line that a range and clauses select, as whole orders, of which distinct
        orders and customers are counted."""
        masks = self._masks(span, clauses)
        return Rows(self.data, self._orders(masks, [m.held or m.keep for m in masks], self.orders_of(span)), None)

    def _masks(self, span: TimeRange, clauses: Iterable[Clause]) -> tuple[Mask, ...]:
        return (*self.visible, *(self.mask(c, span.end) for c in clauses))

    def _orders(self, masks: tuple[Mask, ...], keeps: list[Callable[[Index], np.ndarray]], reach: slice) -> np.ndarray:
        """The orders of a range that masks keep, `keeps` telling which: out of those that an index lists for one of the
        masks, where they are few, or out of all."""
        listings = [(own.count, at, own) for at, mask in enumerate(masks) if (own := mask.listing())]
        count, listed, listing = min(listings, default=(self.data.facts.orders, 0, None))
        if listing is None or count > LISTED * self.data.facts.orders:
            return rows_where(keeps, reach)
        found = listing.orders(reach)
        for keep in (*keeps[:listed], *keeps[listed + 1 :]):
            found = take(found, flatnonzero(keep(found)))
        return found if len(listing.codes) == 1 else np.sort(found)

    def _lines(self, masks: tuple[Mask, ...], reach: slice, window: slice) -> np.ndarray:
        """The lines of a window that all masks keep. `reach`: the orders of the window."""
        kept = [m.lines for m in masks if m.lines]
        slow = [m.keep for m in masks if not m.lines]
        if not slow:
            return rows_where(kept, window)
        orders = rows_where(slow, reach)
        starts = self.data.orders["start"]
        lines = lines_of(starts, orders)
        if len(orders) < SPARSE * (reach.stop - reach.start):
            for keeps in kept:
                lines = lines[keeps(lines)]
            return lines
        passes = np.zeros(window.stop - window.start, bool)
        passes[lines - window.start] = True
        return rows_where([*kept, lambda block: passes[block.start - window.start : block.stop - window.start]], window)

    def mask(self, clause: Clause, as_of: np.datetime64) -> Mask:
        """The mask of a clause. `as_of`: the end of the range, on which tiers and segments depend."""
        dimension = self.dimension(clause.field, as_of)
        stable = as_of if clause.field in AS_OF else None
        return self.masks.get_or_make((self.policy, clause, stable), lambda: self._mask(clause, dimension))

    def _mask(self, clause: Clause, dimension: Dimension) -> Mask:
        if dimension.level == "line" and clause.whole_orders:
            return Mask.of_orders(self._holding(dimension, clause))
        table = wanted_codes(dimension, clause)
        if dimension.level == "customer":
            of_customer = table[dimension.at(slice(0, self.data.facts.customers + 1))]
            return Mask.of_orders(of_customer[self.data.orders["customer"]])
        wanted = Wanted(table)
        keep = partial(_among, wanted, dimension)
        if dimension.level == "line":
            held = self.data.holdings.get(dimension.name)
            bits = sum(1 << code for code in np.flatnonzero(table).tolist())
            return Mask("line", keep, keep, held=None if held is None else partial(_holding_any, held, bits))
        copy = self.data.copies.get(dimension.name)
        return Mask(
            "order",
            keep,
            None if copy is None else lambda rows: wanted.among(copy[rows]),
            listing=partial(listing_of, self.data, dimension, np.flatnonzero(table)),
        )

    def _holding(self, dimension: Dimension, clause: Clause) -> np.ndarray:
        """The orders that a clause on whole orders keeps: by the values of all their visible lines."""
        keep = np.ones(self.data.facts.orders, bool)
        for values, expected in clause.conditions:
            wanted = Wanted(marked(dimension, values))
            visible = [m.keep for m in self.visible if m.level == "line"]
            holding = partial(_among, wanted, dimension)
            lines = rows_where([holding, *visible], slice(0, self.data.facts.lines))
            holds = np.zeros(len(keep), bool)
            holds[self.data.lines["order"][lines]] = True
            keep &= holds == expected
        return keep


class Wanted:
    """A set of codes to look for. Codes in few runs are compared with the ends of the runs, which for codes of one byte
    is many times faster than a table.

    For example, a table that is true for the codes 3, 4, 5 and 9 has the runs (3, 2) and (9, 0): a code is wanted if
    code − 3 ≤ 2 or code = 9. The codes are unsigned, so a code below 3 wraps around to a large number and fails."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table  # by code: whether it is wanted
        padded = np.zeros(len(table) + 2, bool)
        padded[1:-1] = table
        edges = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
        self.runs = [(low, end - 1 - low) for low, end in zip(edges[::2], edges[1::2], strict=True)]
        self.bytes = table.tobytes().ljust(256, b"\0")

    def among(self, codes: np.ndarray) -> np.ndarray:
        """table[codes]"""
        if codes.dtype == np.int32:
            codes = codes.view(np.uint32)
        if codes.dtype.kind == "u" and len(self.runs) <= RUNS:
            found = (_in_run(codes, low, more) for low, more in self.runs)
            return reduce(np.logical_or, found) if self.runs else np.zeros(len(codes), bool)
        if codes.dtype == np.uint8:
            return np.frombuffer(codes.tobytes().translate(self.bytes), dtype=bool)
        return np.asarray(self.table[codes])


def _in_run(codes: np.ndarray, low: int, more: int) -> np.ndarray:
    """Which unsigned codes are `low` or one of the `more` codes after it."""
    kind = codes.dtype.type
    found: np.ndarray
    if not more:
        found = codes == kind(low)
    elif not low:
        found = codes <= kind(more)
    else:
        found = codes - kind(low) <= kind(more)
    return found


def _among(wanted: Wanted, dimension: Dimension, rows: Index) -> np.ndarray:
    """Which rows of the dimension's level have a wanted code."""
    return wanted.among(dimension.at(rows))


def _holding_any(held: np.ndarray, bits: int, orders: Index) -> np.ndarray:
    """Which orders hold one of the codes whose bits are given. `held`: by order, a bit for each code."""
    found: np.ndarray = (take(held, orders) & held.dtype.type(bits)) != 0
    return found
