"""Rows into groups: one number per row that says which combination of dimensions it belongs to, and sums over it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from analytics.engines.columnar.chunks import bincount, take
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.rows import Rows, before

KEPT_BYTES = 1 << 20  # groups of rows up to so many are kept
ROOM = 1 << 20  # combinations up to so many (or four times the rows) are counted in place, more as they occur


Numbered = tuple[np.ndarray | None, int, list[tuple[Dimension | None, np.ndarray | None]]]


class Grouping:
    """Groups of a selection's orders (level "order": every dimension is constant within an order) or of its lines.

    Each row's group is worked out when first needed, since most answers are remembered; rows by period lie in the
    groups' order and are cut at `edges` instead."""

    def __init__(self, rows: Rows, dimensions: Sequence[Dimension], *, lines: bool = False) -> None:
        self.rows, self.dimensions = rows, tuple(dimensions)
        self._made: Numbered | None = None
        self.level = "line" if lines or any(d.level == "line" for d in self.dimensions) else "order"

    @cached_property
    def of_lines(self) -> Grouping | None:
        """The same groups over lines, where those of a line are read as quickly as those of an order."""
        if self.level == "line":
            return self
        quick = self.in_runs or all(d.name in self.rows.data.copies for d in self.dimensions)
        return Grouping(self.rows, self.dimensions, lines=True) if quick else None

    @property
    def single(self) -> bool:
        return not self.dimensions

    @property
    def _numbered(self) -> Numbered:
        """Made again each time for more rows than are kept."""
        made = self._made or self._number()
        if made[0] is None or made[0].nbytes <= KEPT_BYTES or any(kept is not None for _, kept in made[2]):
            self._made = made
        return made

    def _number(self) -> Numbered:
        """Codes, their number, and the steps that made them: a dimension mixed in, or numbers that occur taken in their
        order."""
        if not self.dimensions:
            return None, 1, []
        first = self.dimensions[0]
        steps: list[tuple[Dimension | None, np.ndarray | None]] = [(first, None)]
        if self.in_runs:
            return None, first.size, steps
        codes, size = row_codes(self.rows, first, self.level), first.size
        for dimension in self.dimensions[1:]:
            codes = codes.astype("int64") * dimension.size + row_codes(self.rows, dimension, self.level)
            size *= dimension.size
            steps.append((dimension, None))
            if size > max(ROOM, 4 * len(codes)):
                kept, codes = np.unique(codes, return_inverse=True)
                size = len(kept)
                steps.append((None, kept))
        return codes, size, steps

    @property
    def in_runs(self) -> bool:
        """Whether the rows lie in the groups' order: orders or lines by period."""
        return len(self.dimensions) == 1 and self.dimensions[0].runs is not None

    @property
    def size(self) -> int:
        return self.dimensions[0].size if len(self.dimensions) == 1 else self._numbered[1]

    @cached_property
    def edges(self) -> np.ndarray | None:
        runs = self.dimensions[0].runs if len(self.dimensions) == 1 else None
        return None if runs is None else _edges(self.rows, runs, self.level)

    @property
    def length(self) -> int:
        """How many rows are grouped."""
        return self.rows.order_count if self.level == "order" else self.rows.line_count

    def sum(self, weights: np.ndarray) -> np.ndarray:
        """Sum per group of a number per row."""
        if self.single:
            return np.array([weights.sum()], dtype="float64")
        if self.edges is not None:
            return _run_sums(weights, self.edges)
        return bincount(self.group_of_rows(), weights, self.size)

    def count(self, keep: np.ndarray | None = None) -> np.ndarray:
        """Rows per group, or those of them that `keep` marks."""
        if keep is None:
            return self._counts
        if self.single:
            return np.array([np.count_nonzero(keep)])
        if self.edges is not None:
            return _run_sums(keep.astype("int64"), self.edges).astype("int64")
        return bincount(self.group_of_rows()[keep], None, self.size)

    @cached_property
    def _counts(self) -> np.ndarray:
        if self.single:
            return np.array([self.length])
        return np.diff(self.edges) if self.edges is not None else bincount(self.group_of_rows(), None, self.size)

    @cached_property
    def occurring(self) -> np.ndarray:
        """The groups that have rows."""
        return np.flatnonzero(self.count())

    def group_of_rows(self) -> np.ndarray:
        """The group of each row, spelled out."""
        if self.single:
            return np.zeros(self.length, dtype="int64")
        if self.edges is not None:
            return np.repeat(np.arange(self.size), np.diff(self.edges))
        codes = self._numbered[0]
        assert codes is not None
        return codes

    def values(self, groups: np.ndarray) -> dict[str, Any]:
        """The dimensions' values of these groups, in the order asked for."""
        if len(self.dimensions) == 1:
            return {self.dimensions[0].name: self.dimensions[0].values(groups)}
        found: dict[str, Any] = {}
        for dimension, kept in reversed(self._numbered[2]):
            if kept is not None:
                groups = kept[groups]
            if dimension is not None:
                found[dimension.name] = dimension.column().take(groups % dimension.size)
                groups = groups // dimension.size
        return {d.name: found[d.name] for d in self.dimensions}


def _run_sums(weights: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums of consecutive runs, 0 for an empty one."""
    sums = np.zeros(len(edges) - 1, dtype="float64")
    filled = np.diff(edges) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(weights, edges[:-1][filled], dtype="float64")
    return sums


def _edges(rows: Rows, runs: np.ndarray, level: str) -> np.ndarray:
    """Where the selected orders, or lines, of each period begin; all of them lie in the periods."""
    at = before(rows.data.orders["day"], runs, rows.data.facts.days)
    index, count = rows.orders, rows.order_count
    if level == "line":
        at, index, count = rows.data.orders["start"][at], rows.line_index, rows.line_count
    if isinstance(index, slice):
        begins = np.clip(at, index.start, index.stop) - index.start
    else:
        begins = np.searchsorted(index, at.astype(index.dtype))
    return np.append(begins, count)


def row_codes(rows: Rows, dimension: Dimension, level: str) -> np.ndarray:
    """The dimension's code of each selected order or line."""
    if dimension.level == "line":
        return dimension.at(rows.line_index)
    copy = rows.data.copies.get(dimension.name) if level == "line" else None
    if copy is not None:
        return take(copy, rows.line_index)
    if dimension.level == "order":
        return dimension.at(rows.orders if level == "order" else rows.line_order)
    customer = rows.customer if level == "order" else take(rows.data.orders["customer"], rows.line_order)
    return dimension.at(customer)
