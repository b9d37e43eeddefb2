"""Answers from cubes: sums per day and value of a field, stored at ingest.

A cube answers an aggregation over a range of days whose clauses and grouping are about one field. What does not fit is
declined (None) and answered from rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Generic, TypeVar

import numpy as np

from analytics.engines.common.dimensions import Domain, wanted_codes
from analytics.measures import Measure, stored_sum
from analytics.selection import Clause
from analytics.store import StoredDataset

D = TypeVar("D", bound=Domain)


def cube_of(data: StoredDataset, dimensions: Sequence[Domain]) -> str | None:
    """The field whose cube has all of these dimensions: each is the field itself or a parent of it. Dimensions that the
    day decides are in every cube; "all" is the cube of no field."""
    fields = [d.name for d in dimensions if d.by_day is None]
    if not fields:
        return "all"
    for name in dict.fromkeys([fields[0], data.finer(fields[0]) or fields[0]]):
        if all(name in (f, data.finer(f)) for f in fields):
            return name
    return None


class Filters(Generic[D]):
    """The clauses of a selection as tables, for the days of a range of the data.

    span: the days of the range, counted from the data's first. dimensions: those of the clauses. of_lines: whether each
    clause keeps or drops an order line by itself, none as part of a whole order. days: for each day of the span,
    whether the clauses keep it; None where all are kept."""

    def __init__(
        self, data: StoredDataset, clauses: Sequence[Clause], dimension: Callable[[str], D], span: slice
    ) -> None:
        self.data = data
        self.span = span
        self._tables = [(d := dimension(c.field), wanted_codes(d, c)) for c in clauses]
        self.dimensions = tuple(d for d, _ in self._tables)
        self.of_lines = not any(
            c.whole_orders and d.level == "line" for c, d in zip(clauses, self.dimensions, strict=True)
        )
        daily = [wanted[d.by_day[span]] for d, wanted in self._tables if d.by_day is not None]
        self.days: np.ndarray | None = reduce(np.logical_and, daily) if daily else None
        self._codes: dict[str, np.ndarray | None] = {}
        self._cells: dict[tuple[str, ...], np.ndarray | None] = {}

    def codes(self, field: str) -> np.ndarray | None:
        """Which codes of a field the clauses on it and on its parents keep; None where there are none."""
        if field not in self._codes:
            own = [wanted for d, wanted in self._tables if d.name == field and d.by_day is None]
            own += [wanted[self.data.parents[d.name]] for d, wanted in self._tables if self.data.finer(d.name) == field]
            self._codes[field] = reduce(np.logical_and, own) if own else None
        return self._codes[field]

    def cells(self, fields: tuple[str, ...], sizes: tuple[int, ...]) -> np.ndarray | None:
        """Of the combinations of codes of some fields, numbered with those of the last field as neighbours, the ones
        that the clauses keep; None where there are no clauses on them."""
        if fields not in self._cells:
            kept = [self.codes(field) for field in fields]
            cells = np.zeros(1, "int64")
            for codes, size in zip(kept, sizes, strict=True):
                own = np.arange(size) if codes is None else np.flatnonzero(codes)
                cells = (cells[:, None] * size + own).ravel()
            self._cells[fields] = cells if any(codes is not None for codes in kept) else None
        return self._cells[fields]


def summed(
    data: StoredDataset, measure: Measure, by: Domain | None, filters: Filters[Any], field: str | None
) -> np.ndarray | None:
    """A measure per code of `by` (one number without it) over the range of the filters, in stored units, from the cubes
    of `field`; None where they do not hold it."""
    if field is None or not measure.cube or not filters.of_lines:
        return None
    cube = data.cube(field, stored_name(data, measure))
    if cube is None:
        return None
    part = cube[filters.span]
    if filters.days is not None:
        part = part[filters.days]
    kept_codes = filters.codes(field)
    if by is None or by.by_day is not None:
        kept = part if kept_codes is None else part[:, kept_codes]
        sums = kept.sum(axis=1, dtype="float64")
        if by is None:
            return np.array([sums.sum()])
        codes = by.by_day[filters.span]  # type: ignore[index]
        return np.bincount(codes if filters.days is None else codes[filters.days], sums, by.size)
    sums = part.sum(axis=0, dtype="float64")
    if kept_codes is not None:
        sums = np.where(kept_codes, sums, 0.0)
    return sums if by.name == field else np.bincount(data.parents[by.name], sums, by.size)


def buyers(data: StoredDataset, measure: Measure, by: Domain | None, filters: Filters[Any]) -> np.ndarray | None:
    """All customers of all data, whom ingest counts; None for anything else."""
    everything = by is None and not filters.dimensions and filters.span == slice(0, data.facts.days)
    return np.array([data.facts.buyers]) if measure.name == "customers" and everything else None


def stored_name(data: StoredDataset, measure: Measure) -> str:
    """The measure under whose name the sums of one are stored, "" where they are not: where all lines are sales, sums
    over sales are those over all lines."""
    if measure.kind == "sum" and "sale" in measure.conditions and data.facts.all_sale:
        return stored_sum(measure.line_sum.without("sale"))
    return measure.name
