"""The lines that a selection selects, and their orders: found once (selector.py), then shared by every chart of the
page.

Where no clause looks inside orders, `lines` is None: whole orders are selected, and sums per order can be used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

import numpy as np

from analytics.engines.columnar.chunks import Index, map_chunks, row_type, rows_where, take
from analytics.measures import LineSum
from analytics.store import StoredDataset


class Rows:
    """The selected lines, and the orders that have one. `lines` None means all lines of `orders`; `find` then lists
    them, where that is quicker than to expand the orders."""

    def __init__(
        self, data: StoredDataset, orders: Index, lines: np.ndarray | None, find: Callable[[], np.ndarray] | None = None
    ) -> None:
        self.data = data
        self.lines = lines
        self._orders = orders
        self._find = find
        # Results over these rows that other charts of the page need too:
        self.sums: dict[tuple[Literal["orders", "lines"], LineSum], np.ndarray] = {}  # what each row adds to a sum

    @property
    def whole(self) -> bool:
        """Whether all lines of the selected orders are selected."""
        return self.lines is None

    @cached_property
    def orders(self) -> Index:
        """The selected orders."""
        return self._orders if self.lines is None else self.line_order[self.order_starts]

    @cached_property
    def order_count(self) -> int:
        """How many orders are selected."""
        return self.orders.stop - self.orders.start if isinstance(self.orders, slice) else len(self.orders)

    @cached_property
    def line_index(self) -> Index:
        """The selected lines."""
        if self.lines is not None:
            return self.lines
        starts = self.data.orders["start"]
        if isinstance(self._orders, slice):
            return slice(int(starts[self._orders.start]), int(starts[self._orders.stop]))
        return self._find() if self._find else lines_of(starts, self._orders)

    @cached_property
    def line_count(self) -> int:
        """How many lines are selected."""
        if isinstance(self.line_index, slice):
            return int(self.line_index.stop - self.line_index.start)
        return len(self.line_index)

    @cached_property
    def line_order(self) -> np.ndarray:
        """The order of each selected line."""
        return take(self.data.lines["order"], self.line_index)

    @cached_property
    def order_starts(self) -> np.ndarray:
        """The position, among the selected lines, of the first one of each selected order."""
        order = self.line_order
        if not len(order):
            return np.empty(0, "int64")

        def begins(part: slice) -> np.ndarray:
            return np.asarray(order[part] != order[part.start - 1 : part.stop - 1])

        return np.concatenate(([0], rows_where([begins], slice(1, len(order)))))

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
        if sale is None or not self.line_count:
            return np.empty(0, bool)
        return np.logical_or.reduceat(sale, self.order_starts)

    @cached_property
    def customer(self) -> np.ndarray:
        """The customer of each selected order."""
        return take(self.data.orders["customer"], self.orders)

    def stored_field(self, name: str) -> np.ndarray:
        """The stored value of a field for each selected line, whatever level the field is kept at."""
        level = self.data.fields[name].level
        index = self.line_index if level == "line" else self.line_order
        if level == "customer":
            index = take(self.data.orders["customer"], index)
        return take(self.data.values(name), index)

    @property
    def nbytes(self) -> int:
        """About what these rows and the results over them hold."""
        lines = 0 if self.lines is None else 24 * len(self.lines)
        return lines + (32 * len(self._orders) if isinstance(self._orders, np.ndarray) else 0)


def lines_of(starts: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """All lines of some orders. `starts`: the first line of each order.

    For example, the orders 1 and 3 that begin at the lines 2 and 5 and have 3 and 2 lines: the begins, less the lines
    listed before them, are repeated, 2 2 2 2 2 (5 − 3 = 2), and the positions 0 1 2 3 4 added: 2 3 4 and 5 6."""

    def lines(part: slice) -> np.ndarray:
        begin = starts.take(orders[part])
        sizes = starts.take(orders[part] + 1) - begin
        ends = np.cumsum(sizes)
        return np.repeat((begin - (ends - sizes)).astype(kind), sizes) + np.arange(ends[-1], dtype=kind)

    kind = row_type(int(starts[-1]))
    found = map_chunks(lines, slice(0, len(orders)))
    return np.concatenate(found) if found else np.empty(0, kind)


def before(day: np.ndarray, days: np.ndarray, last: int) -> np.ndarray:
    """How many orders lie before each of some days, which are counted from the data's first. They are searched for in
    the column's own type, or numpy would convert the whole column."""
    found = np.searchsorted(day, np.clip(days, 0, max(0, last - 1)).astype(day.dtype))
    return np.where(days >= last, len(day), found)
