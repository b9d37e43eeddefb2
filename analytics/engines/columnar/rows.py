"""Which lines a selection selects: worked out once, then shared by every chart of the page.

Orders are sorted by time, so a range is a slice of them; a filter is a look-up table over codes; its mask is
remembered, since the next selection mostly differs by one clause. Where no clause looks inside orders, `lines` is None:
whole orders are selected and sums per order serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import Any

import numpy as np

from analytics.calendar import TimeRange
from analytics.engines.columnar.chunks import map_chunks, row_type, rows_where, take
from analytics.engines.columnar.dimensions import Dimension
from analytics.runtime.lru import LruCache
from analytics.selection import Clause, Policy
from analytics.store import StoredDataset

Index = Any  # slice or array of row numbers, rising
SPARSE = 0.03  # below this share of orders, their lines are listed rather than masked
RUNS = 8  # wanted codes in so many runs are compared, in more they are looked up


class Mask:
    """A filter: of a range of orders (or of lines, at level "line"), which pass. `lines`, for one of orders: the same
    of a range of lines, where that is quick to tell. `whole`: a bool for each, where it had to be worked out for
    all."""

    def __init__(
        self,
        level: str,
        keep: Callable[[slice], np.ndarray],
        lines: Callable[[slice], np.ndarray] | None = None,
        whole: np.ndarray | None = None,
    ) -> None:
        self.level, self.keep, self.whole = level, keep, whole
        self.lines = keep if level == "line" else lines

    @classmethod
    def of_orders(cls, whole: np.ndarray) -> Mask:
        """A filter that says it of every order."""
        return cls("order", whole.__getitem__, None, whole)

    @property
    def nbytes(self) -> int:
        return 0 if self.whole is None else int(self.whole.nbytes)


class Rows:
    """The selected orders (those with a selected line) and lines. `orders` is a slice or order numbers; `lines` None
    means all lines of these."""

    def __init__(
        self, data: StoredDataset, orders: Index, lines: Index | None, find: Callable[[], Index] | None = None
    ) -> None:
        self.data, self.lines = data, lines
        self._orders, self._find = orders, find
        self.answers: dict[Any, Any] = {}  # small results over these rows, by what was asked

    @property
    def whole(self) -> bool:
        """Whether all lines of the selected orders are selected."""
        return self.lines is None

    @cached_property
    def orders(self) -> Index:
        return self._orders if self.lines is None else self.line_order[self.order_starts]

    @cached_property
    def order_count(self) -> int:
        return self.orders.stop - self.orders.start if isinstance(self.orders, slice) else len(self.orders)

    @cached_property
    def line_index(self) -> Index:
        """The selected lines."""
        if self.lines is not None:
            return self.lines
        return self._find() if self._find else expanded(self.data.orders["start"], self._orders)

    @cached_property
    def line_count(self) -> int:
        if isinstance(self.line_index, slice):
            return int(self.line_index.stop - self.line_index.start)
        return len(self.line_index)

    @cached_property
    def line_order(self) -> np.ndarray:
        """Order number of each selected line."""
        return take(self.data.lines["order"], self.line_index)

    @cached_property
    def order_starts(self) -> np.ndarray:
        """Position of each selected order's first selected line among the selected lines."""
        order = self.line_order
        if not len(order):
            return np.empty(0, "int64")
        another = lambda part: order[part] != order[part.start - 1 : part.stop - 1]  # noqa: E731
        return np.concatenate(([0], rows_where([another], slice(1, len(order)))))

    @cached_property
    def line_sale(self) -> np.ndarray | None:
        """Whether each selected line is a sale; None where all are."""
        return None if self.data.facts.all_sale else self.data.lines["sale"][self.line_index]

    @cached_property
    def order_sale(self) -> np.ndarray | None:
        """Whether each selected order has a selected sale line; None where all have."""
        if self.data.facts.all_sale:
            return None
        if self.whole:
            return self.data.orders["sale"][self.orders]
        sale = self.line_sale
        return (
            np.empty(0, bool)
            if sale is None or not self.line_count
            else np.logical_or.reduceat(sale, self.order_starts)
        )

    @cached_property
    def customer(self) -> np.ndarray:
        """Customer of each selected order."""
        return take(self.data.orders["customer"], self.orders)

    @property
    def nbytes(self) -> int:
        """About what these rows hold once questions have been asked of them."""
        lines = 0 if self.lines is None else 24 * len(self.lines)
        return lines + (32 * len(self._orders) if isinstance(self._orders, np.ndarray) else 0)


def expanded(starts: np.ndarray, orders: Index) -> Index:
    """All lines of these orders."""
    if isinstance(orders, slice):
        return slice(int(starts[orders.start]), int(starts[orders.stop]))

    def lines(part: slice) -> np.ndarray:
        begin = starts.take(orders[part])
        sizes = starts.take(orders[part] + 1) - begin
        ends = np.cumsum(sizes)
        return np.repeat((begin - (ends - sizes)).astype(kind), sizes) + np.arange(ends[-1], dtype=kind)

    kind = row_type(int(starts[-1]))
    found = map_chunks(lines, slice(0, len(orders)))
    return np.concatenate(found) if found else np.empty(0, kind)


class Selector:
    """Turns ranges and clauses into Rows, inside what a viewer may see (`visible`: masks that everything passes
    first)."""

    def __init__(
        self,
        data: StoredDataset,
        dimension: Callable[[str, np.datetime64], Dimension],
        policy: Policy = (),
        visible: tuple[Mask, ...] = (),
        masks: LruCache[Mask] | None = None,
    ) -> None:
        self.data, self.dimension, self.policy, self.visible = data, dimension, policy, visible
        self.masks: LruCache[Mask] = masks or LruCache(48, 32 << 20, lambda mask: mask.nbytes)

    def days_of(self, span: TimeRange) -> slice:
        """The data's days in a range, counted from the first."""
        first, last = self.data.facts.first_day, self.data.facts.days
        begin, end = (min(max(int(d.astype(int)) - first, 0), last) for d in (span.start, max(span.start, span.end)))
        return slice(begin, end)

    def orders_of(self, span: TimeRange) -> slice:
        """The orders of a range of days: two binary searches."""
        days = self.days_of(span)
        begin, end = before(self.data.orders["day"], np.array([days.start, days.stop]), self.data.facts.days)
        return slice(int(begin), int(end))

    def rows(self, span: TimeRange, clauses: Iterable[Clause]) -> Rows:
        """The rows that a range and clauses select."""
        reach = self.orders_of(span)
        masks = (*self.visible, *(self.mask(c, span.end) for c in clauses))
        if not masks:
            return Rows(self.data, reach, None)
        starts = self.data.orders["start"]
        window = slice(int(starts[reach.start]), int(starts[reach.stop]))
        if all(m.level == "order" for m in masks):
            orders = rows_where([m.keep for m in masks], reach)
            quick = all(m.lines for m in masks) and len(orders) > SPARSE * (reach.stop - reach.start)
            return Rows(self.data, orders, None, (lambda: self._lines(masks, reach, window)) if quick else None)
        return Rows(self.data, reach, self._lines(masks, reach, window))

    def _lines(self, masks: tuple[Mask, ...], reach: slice, window: slice) -> np.ndarray:
        """The lines of the window that pass all masks."""
        kept = [m.lines for m in masks if m.lines]
        slow = [m.keep for m in masks if not m.lines]
        if not slow:
            return rows_where(kept, window)
        orders = rows_where(slow, reach)
        starts = self.data.orders["start"]
        lines = expanded(starts, orders)
        if len(orders) < SPARSE * (reach.stop - reach.start):
            for line_codes in kept:
                lines = lines[line_codes(lines)]
            return lines
        passes = np.zeros(window.stop - window.start, bool)
        passes[lines - window.start] = True
        return rows_where([*kept, lambda block: passes[block.start - window.start : block.stop - window.start]], window)

    def mask(self, clause: Clause, as_of: np.datetime64) -> Mask:
        """A clause's mask over all orders or lines."""
        dimension = self.dimension(clause.field, as_of)
        stable = None if clause.field not in ("rfm_segment", "value_tier") else as_of
        return self.masks.get_or_make((self.policy, clause, stable), lambda: self._mask(clause, dimension))

    def _mask(self, clause: Clause, dimension: Dimension) -> Mask:
        if dimension.level == "line" and clause.whole_orders:
            return Mask.of_orders(self._holding(dimension, clause))
        table = wanted_codes(dimension, clause)
        if dimension.level == "customer":
            of_customer = table[dimension.at(slice(0, self.data.facts.customers + 1))]
            return Mask.of_orders(of_customer[self.data.orders["customer"]])
        copy, wanted = self.data.copies.get(dimension.name), Wanted(table)
        lines = None if copy is None else lambda rows: wanted.among(copy[rows])
        return Mask(dimension.level, lambda rows: wanted.among(dimension.at(rows)), lines)

    def _holding(self, dimension: Dimension, clause: Clause) -> np.ndarray:
        """Orders by what any of their visible lines holds."""
        keep = np.ones(self.data.facts.orders, bool)
        for values, expected in clause.conditions:
            wanted = Wanted(_table(dimension, values))
            visible = [m.keep for m in self.visible if m.level == "line"]
            holding = partial(_among, wanted, dimension)
            lines = rows_where([holding, *visible], slice(0, self.data.facts.lines))
            holds = np.zeros(len(keep), bool)
            holds[self.data.lines["order"][lines]] = True
            keep &= holds == expected
        return keep


class Wanted:
    """A set of codes, ready to be looked for: by comparisons where they are few runs, which over bytes is many times
    faster than a table."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table
        padded = np.zeros(len(table) + 2, bool)
        padded[1:-1] = table
        edges = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
        self.runs = [(low, end - 1 - low) for low, end in zip(edges[::2], edges[1::2], strict=True)]
        self.bytes = table.tobytes().ljust(256, b"\0")

    def among(self, codes: np.ndarray) -> np.ndarray:
        """table[codes]"""
        if codes.dtype == np.int32:
            codes = codes.view(np.uint32)
        if codes.dtype.kind != "u" or len(self.runs) > RUNS:
            if codes.dtype == np.uint8:
                return np.frombuffer(codes.tobytes().translate(self.bytes), dtype=bool)
            return self.table[codes]
        kept = None
        kind = codes.dtype.type
        for low, more in self.runs:  # below `low` wraps to far above
            run = (
                codes - kind(low) <= kind(more) if more and low else codes <= kind(more) if more else codes == kind(low)
            )
            kept = run if kept is None else kept | run
        return np.zeros(len(codes), bool) if kept is None else kept


def _among(wanted: Wanted, dimension: Dimension, rows: slice) -> np.ndarray:
    return wanted.among(dimension.at(rows))


def before(day: np.ndarray, days: np.ndarray, last: int) -> np.ndarray:
    """How many orders lie before each of some days; asked in the days' own type, or all of them would be converted."""
    found = np.searchsorted(day, np.clip(days, 0, max(0, last - 1)).astype(day.dtype))
    return np.where(days >= last, len(day), found)


def wanted_codes(dimension: Dimension, clause: Clause) -> np.ndarray:
    """Which codes a clause keeps."""
    kept = np.ones(dimension.size, bool)
    for values, wanted in clause.conditions:
        kept &= _table(dimension, values) == wanted
    return kept


def _table(dimension: Dimension, values: Iterable[str]) -> np.ndarray:
    table = np.zeros(dimension.size, bool)
    for value in values:
        table[dimension.find(value)] = True
    return table
