"""Assigns each row a group number, which stands for a combination of values, and sums by it.

For example, orders of the channels web, web, shop (codes 1, 1, 0 of 2) in the cities A, B, A (codes 0, 1, 0 of 2) have
the groups 1 × 2 + 0 = 2, 1 × 2 + 1 = 3 and 0 × 2 + 0 = 0 of 4; a group's number divided by 2 gives the channel, and the
remainder the city."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analytics.engines.columnar.chunks import bincount, take
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.rows import Rows, before
from analytics.engines.common.dimensions import Values

KEPT_BYTES = 1 << 20  # an array of the rows' groups up to this size is kept
ROOM = 1 << 20  # up to this number of groups, or four times the rows, a group has its own number even without rows


class _Numbered(NamedTuple):
    """The group of each row (None where the rows lie in the groups' order), the number of groups, and how the numbers
    were made: dimensions mixed in, one after the other, and in between the numbers that occur, numbered again."""

    groups: np.ndarray | None
    size: int
    steps: list[Dimension | np.ndarray]


class Grouping:
    """Groups of a selection's orders (level "order": every dimension is constant within an order) or of its lines.

    The rows' groups are computed when they are first needed, since most results come from elsewhere. Rows by period lie
    in the groups' order; they are cut at `edges` instead."""

    def __init__(self, rows: Rows, dimensions: Sequence[Dimension], *, lines: bool = False) -> None:
        self.rows = rows
        self.dimensions = tuple(dimensions)
        self._kept: _Numbered | None = None
        self.level = "line" if lines or any(d.level == "line" for d in self.dimensions) else "order"

    @property
    def of_lines(self) -> Grouping | None:
        """The same groups over lines, where the group of a line is read as quickly as that of an order; else None."""
        return self if self.level == "line" else self._by_lines

    @cached_property
    def _by_lines(self) -> Grouping | None:
        quick = self.in_runs or all(d.name in self.rows.data.copies for d in self.dimensions)
        return Grouping(self.rows, self.dimensions, lines=True) if quick else None

    @property
    def single(self) -> bool:
        """Whether all rows are one group."""
        return not self.dimensions

    @property
    def _numbered(self) -> _Numbered:
        """The rows' groups; those of many rows are not kept but made again, unless sorting made them."""
        made = self._kept or self._number()
        cheap = made.groups is None or made.groups.nbytes <= KEPT_BYTES
        if cheap or any(isinstance(step, np.ndarray) for step in made.steps):
            self._kept = made
        return made

    def _number(self) -> _Numbered:
        if not self.dimensions:
            return _Numbered(None, 1, [])
        first = self.dimensions[0]
        steps: list[Dimension | np.ndarray] = [first]
        if self.in_runs:
            return _Numbered(None, first.size, steps)
        groups = row_codes(self.rows, first, self.level)
        size = first.size
        for dimension in self.dimensions[1:]:
            groups = groups.astype("int64") * dimension.size + row_codes(self.rows, dimension, self.level)
            size *= dimension.size
            steps.append(dimension)
            if size > max(ROOM, 4 * len(groups)):
                occurring, groups = np.unique(groups, return_inverse=True)
                size = len(occurring)
                steps.append(occurring)
        return _Numbered(groups, size, steps)

    @property
    def in_runs(self) -> bool:
        """Whether the rows lie in the groups' order: orders or lines by period."""
        return len(self.dimensions) == 1 and self.dimensions[0].runs is not None

    @property
    def size(self) -> int:
        """The number of groups, whether they have rows or not."""
        return self.dimensions[0].size if len(self.dimensions) == 1 else self._numbered.size

    @cached_property
    def edges(self) -> np.ndarray | None:
        """Where the rows of each group begin, and their end; None where they do not lie in the groups' order."""
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
        """Rows per group; with `keep`, those that it marks."""
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
        """The group of each row."""
        if self.single:
            return np.zeros(self.length, dtype="int64")
        if self.edges is not None:
            return np.repeat(np.arange(self.size), np.diff(self.edges))
        groups = self._numbered.groups
        assert groups is not None
        return groups

    def values(self, groups: np.ndarray) -> dict[str, Values]:
        """The values of the dimensions in these groups, which rise."""
        if len(self.dimensions) == 1:
            return {self.dimensions[0].name: self.dimensions[0].values(groups)}
        found: dict[str, Values] = {}
        for step in reversed(self._numbered.steps):
            if isinstance(step, np.ndarray):
                groups = step[groups]
            else:
                found[step.name] = step.column().take(groups % step.size)
                groups = groups // step.size
        return {d.name: found[d.name] for d in self.dimensions}


def _run_sums(weights: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums of consecutive runs, 0 for an empty one."""
    sums = np.zeros(len(edges) - 1, dtype="float64")
    filled = np.diff(edges) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(weights, edges[:-1][filled], dtype="float64")
    return sums


def _edges(rows: Rows, runs: np.ndarray, level: str) -> np.ndarray:
    """Where the selected orders, or lines, of each period begin, and their end; all of them lie in the periods."""
    at = before(rows.data.orders["day"], runs, rows.data.facts.days)
    index = rows.orders
    count = rows.order_count
    if level == "line":
        at = rows.data.orders["start"][at]
        index = rows.line_index
        count = rows.line_count
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
