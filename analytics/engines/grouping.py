"""Rows into groups: one number per row that says which combination of dimensions it belongs to, and sums over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.engines.dimensions import Dimension
from analytics.engines.rows import Rows

ROOM = 1 << 20  # combinations up to so many (or four times the rows) are counted in place, more are numbered as they occur


@dataclass(frozen=True)
class Grouping:
    """Groups of a selection's orders (level "order": every dimension is constant within an order) or of its lines.

    `codes`: the group of each row; None for a single group, or where `edges` cut the rows, which lie in the groups' order."""

    rows: Rows
    dimensions: tuple[Dimension, ...]
    level: str
    size: int
    codes: np.ndarray | None = None
    edges: np.ndarray | None = None
    steps: tuple[tuple[Dimension | None, np.ndarray | None], ...] = field(default=())

    @property
    def length(self) -> int:
        """How many rows are grouped."""
        return self.rows.order_count if self.level == "order" else self.rows.line_count

    def sum(self, weights: np.ndarray) -> np.ndarray:
        """Sum per group of a number per row."""
        if self.edges is not None:
            return _run_sums(weights, self.edges)
        if self.codes is None:
            return np.array([weights.sum()], dtype="float64")
        return np.bincount(self.codes, weights, self.size)

    def count(self, keep: np.ndarray | None = None) -> np.ndarray:
        """Rows per group, or those of them that `keep` marks."""
        if self.edges is not None:
            return np.diff(self.edges) if keep is None else _run_sums(keep.astype("int64"), self.edges).astype("int64")
        if self.codes is None:
            return np.array([self.length if keep is None else np.count_nonzero(keep)])
        return np.bincount(self.codes if keep is None else self.codes[keep], minlength=self.size)

    def group_of_rows(self) -> np.ndarray:
        """The group of each row, spelled out."""
        if self.codes is not None:
            return self.codes
        if self.edges is not None:
            return np.repeat(np.arange(self.size), np.diff(self.edges))
        return np.zeros(self.length, dtype="int64")

    def values(self, groups: np.ndarray) -> dict[str, np.ndarray]:
        """The dimensions' values of these groups, in the order asked for."""
        found: dict[str, np.ndarray] = {}
        for dimension, kept in reversed(self.steps):
            if kept is not None:
                groups = kept[groups]
            if dimension is not None:
                found[dimension.name] = dimension.values(groups % dimension.size)
                groups = groups // dimension.size
        return {d.name: found[d.name] for d in self.dimensions}


def _run_sums(weights: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums of consecutive runs, 0 for an empty one."""
    sums = np.zeros(len(edges) - 1, dtype="float64")
    filled = np.diff(edges) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(weights, edges[:-1][filled])
    return sums


def grouped(rows: Rows, dimensions: Sequence[Dimension]) -> Grouping:
    """The grouping of a selection's rows by dimensions (none: one group)."""
    given = tuple(dimensions)
    level = "line" if any(d.level == "line" for d in given) else "order"
    if not given:
        return Grouping(rows, given, level, 1)
    if len(given) == 1 and given[0].runs is not None:
        return Grouping(rows, given, level, given[0].size, edges=_edges(rows, given[0].runs), steps=((given[0], None),))
    codes, size = row_codes(rows, given[0], level), given[0].size
    steps: list[tuple[Dimension | None, np.ndarray | None]] = [(given[0], None)]
    for dimension in given[1:]:
        codes = codes.astype("int64") * dimension.size + row_codes(rows, dimension, level)
        size *= dimension.size
        steps.append((dimension, None))
        if size > max(ROOM, 4 * len(codes)):
            kept, codes = np.unique(codes, return_inverse=True)
            size = len(kept)
            steps.append((None, kept))
    return Grouping(rows, given, level, size, codes=codes.astype(np.intp, copy=False), steps=tuple(steps))


def _edges(rows: Rows, runs: np.ndarray) -> np.ndarray:
    """Where the selected orders of each period begin; all of them lie in the periods."""
    day = rows.data.arrays["order.day"]
    at = np.searchsorted(day, np.clip(runs, 0, rows.data.facts["days"]))
    if isinstance(rows.orders, slice):
        begins = np.clip(at, rows.orders.start, rows.orders.stop) - rows.orders.start
    else:
        begins = np.searchsorted(rows.orders, at)
    return np.append(begins, rows.order_count)


def row_codes(rows: Rows, dimension: Dimension, level: str) -> np.ndarray:
    """The dimension's code of each selected order or line."""
    if dimension.level == "line":
        return dimension.at(rows.line_index)
    if dimension.level == "order":
        return dimension.at(rows.orders if level == "order" else rows.line_order)
    customer = rows.customer if level == "order" else rows.data.arrays["order.customer"][rows.line_order]
    return dimension.at(customer)
