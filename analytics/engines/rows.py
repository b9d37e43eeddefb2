"""Which lines a selection selects: worked out once, then shared by every chart of the page.

Orders are sorted by time, so a range is a slice of them; a filter is a look-up table over codes; its mask is remembered, since the next
selection mostly differs by one clause. Where no clause looks inside orders, `lines` is None: whole orders are selected and sums per order serve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np

from analytics.calendar import TimeRange
from analytics.engines.dimensions import Dimension
from analytics.engines.memory import Memory
from analytics.selection import Clause
from analytics.store import StoredDataset

Index = Any  # slice or array of row numbers, rising
SPARSE = 0.25  # below this share of orders, their lines are listed rather than masked


class Mask:
    """Rows of one level that pass: a bool per order, or per line."""

    def __init__(self, level: str, keep: np.ndarray) -> None:
        self.level, self.keep = level, keep

    @property
    def nbytes(self) -> int:
        return int(self.keep.nbytes)


class Rows:
    """The selected orders (those with a selected line) and lines. `orders` is a slice or order numbers; `lines` None means all lines of these."""

    def __init__(self, data: StoredDataset, orders: Index, lines: Index | None) -> None:
        self.data, self.lines = data, lines
        self._orders = orders
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
        return self.lines if self.lines is not None else expanded(self.data.arrays["order.start"], self._orders)

    @cached_property
    def line_count(self) -> int:
        if isinstance(self.line_index, slice):
            return int(self.line_index.stop - self.line_index.start)
        return len(self.line_index)

    @cached_property
    def line_order(self) -> np.ndarray:
        """Order number of each selected line."""
        return self.data.arrays["line.order"][self.line_index]

    @cached_property
    def order_starts(self) -> np.ndarray:
        """Position of each selected order's first selected line among the selected lines."""
        order = self.line_order
        if not len(order):
            return np.empty(0, "int64")
        return np.concatenate(([0], np.flatnonzero(order[1:] != order[:-1]) + 1))

    @cached_property
    def line_sale(self) -> np.ndarray | None:
        """Whether each selected line is a sale; None where all are."""
        return None if self.data.facts["all_sale"] else self.data.arrays["line.sale"][self.line_index]

    @cached_property
    def order_sale(self) -> np.ndarray | None:
        """Whether each selected order has a selected sale line; None where all have."""
        if self.data.facts["all_sale"]:
            return None
        if self.whole:
            return self.data.arrays["order.sale"][self.orders]
        sale = self.line_sale
        return np.logical_or.reduceat(sale, self.order_starts) if self.line_count else np.empty(0, bool)

    @cached_property
    def customer(self) -> np.ndarray:
        """Customer of each selected order."""
        return self.data.arrays["order.customer"][self.orders]

    @property
    def nbytes(self) -> int:
        """About what these rows hold once questions have been asked of them."""
        lines = 0 if self.lines is None else 12 * len(self.lines)
        return lines + (32 * len(self._orders) if isinstance(self._orders, np.ndarray) else 0)


def expanded(starts: np.ndarray, orders: Index) -> Index:
    """All lines of these orders."""
    if isinstance(orders, slice):
        return slice(int(starts[orders.start]), int(starts[orders.stop]))
    begin = starts[orders]
    sizes = starts[orders + 1] - begin
    ends = np.cumsum(sizes)
    if not len(ends):
        return np.empty(0, "int64")
    return np.repeat(begin - (ends - sizes), sizes) + np.arange(ends[-1])


class Selector:
    """Turns ranges and clauses into Rows, inside what a viewer may see (`visible`: masks that everything passes first)."""

    def __init__(
        self,
        data: StoredDataset,
        dimension: Callable[[str, np.datetime64], Dimension],
        policy: tuple[tuple[Clause, ...], ...] = (),
        visible: tuple[Mask, ...] = (),
        masks: Memory | None = None,
    ) -> None:
        self.data, self.dimension, self.policy, self.visible = data, dimension, policy, visible
        self.masks = masks or Memory(48, 96 << 20, lambda mask: mask.nbytes)

    def orders_of(self, span: TimeRange) -> slice:
        """The orders of a range of days: two binary searches."""
        day, first = self.data.arrays["order.day"], self.data.facts["day0"]
        last = self.data.facts["days"]
        at = [min(max(int(d.astype(int)) - first, 0), last) for d in (span.start, max(span.start, span.end))]
        begin, end = np.searchsorted(day, np.array(at))
        return slice(int(begin), int(end))

    def rows(self, span: TimeRange, clauses: Iterable[Clause]) -> Rows:
        """The rows that a range and clauses select."""
        reach = self.orders_of(span)
        masks = (*self.visible, *(self.mask(c, span.end) for c in clauses))
        by_order = [m.keep[reach] for m in masks if m.level == "order"]
        kept = _all(by_order)
        orders: Index = reach if kept is None else np.flatnonzero(kept) + reach.start
        by_line = [m.keep for m in masks if m.level == "line"]
        if not by_line:
            return Rows(self.data, orders, None)
        starts = self.data.arrays["order.start"]
        if kept is not None and len(orders) < SPARSE * len(kept):
            lines = expanded(starts, orders)
            for keep in by_line:
                lines = lines[keep[lines]]
            return Rows(self.data, orders, lines)
        window = slice(int(starts[reach.start]), int(starts[reach.stop]))
        both = _all([k[window] for k in by_line])
        assert both is not None
        if kept is not None:
            both = both & np.repeat(kept, np.diff(starts[reach.start : reach.stop + 1]))
        return Rows(self.data, orders, np.flatnonzero(both) + window.start)

    def mask(self, clause: Clause, as_of: np.datetime64) -> Mask:
        """A clause's mask over all orders or lines."""
        dimension = self.dimension(clause.field, as_of)
        stable = None if clause.field not in ("rfm_segment", "value_tier") else as_of
        found: Mask = self.masks.get((self.policy, clause, stable), lambda: self._mask(clause, dimension))
        return found

    def _mask(self, clause: Clause, dimension: Dimension) -> Mask:
        if dimension.level == "line" and clause.whole_orders:
            return Mask("order", self._holding(dimension, clause))
        wanted = _table(dimension, clause.include) if clause.include else np.ones(dimension.size, bool)
        wanted = wanted & ~_table(dimension, clause.exclude)
        return Mask("line" if dimension.level == "line" else "order", by_row(self.data, dimension, wanted))

    def _holding(self, dimension: Dimension, clause: Clause) -> np.ndarray:
        """Orders by what any of their visible lines holds."""
        keep = np.ones(self.data.facts["orders"], bool)
        for values, expected in ((clause.include, True), (clause.exclude, False)):
            if values:
                lines = by_row(self.data, dimension, _table(dimension, values))
                for mask in self.visible:
                    if mask.level == "line":
                        lines = lines & mask.keep
                holds = np.zeros(len(keep), bool)
                holds[self.data.arrays["line.order"][np.flatnonzero(lines)]] = True
                keep &= holds == expected
        return keep


def by_row(data: StoredDataset, dimension: Dimension, wanted: np.ndarray) -> np.ndarray:
    """A table over codes, laid out over all orders (of a customer's or an order's field) or all lines."""
    count = data.facts["lines" if dimension.level == "line" else "orders"]
    if dimension.level == "customer":
        return wanted[dimension.at(slice(0, data.facts["customers"] + 1))][data.arrays["order.customer"]]
    return wanted[dimension.at(slice(0, count))]


def _table(dimension: Dimension, values: Iterable[str]) -> np.ndarray:
    table = np.zeros(dimension.size, bool)
    for value in values:
        table[dimension.find(value)] = True
    return table


def _all(masks: list[np.ndarray]) -> np.ndarray | None:
    """Where all masks hold; None without any."""
    if not masks:
        return None
    kept = masks[0]
    for mask in masks[1:]:
        kept = kept & mask
    return kept
