"""Answers from cubes: sums per day and value of a field, stored at ingest.

A cube answers an aggregation over a range of days whose clauses and grouping are about one field. What does not fit is
declined (None) and answered from rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.rows import wanted_codes
from analytics.measures import Measure, stored_sum
from analytics.selection import Clause
from analytics.store import StoredDataset


def cube_of(data: StoredDataset, dimensions: Sequence[Dimension]) -> str | None:
    """The field whose cube has all of these dimensions: each is the field itself or a parent of it. Dimensions that the
    day decides are in every cube; "all" is the cube of no field."""
    fields = [d.name for d in dimensions if d.by_day is None]
    if not fields:
        return "all"
    for name in dict.fromkeys([fields[0], data.finer(fields[0]) or fields[0]]):
        if all(name in (f, data.finer(f)) for f in fields):
            return name
    return None


def summed(
    data: StoredDataset,
    measure: Measure,
    by: Dimension | None,
    clauses: Sequence[Clause],
    dimension: Callable[[str], Dimension],
    days: slice,
    field: str | None,
) -> np.ndarray | None:
    """A measure per code of `by` (one number without it) over a range of the data's days, in stored units, from the
    cubes of `field`; None where they do not hold it."""
    cube = _cube(data, measure, field) if measure.cube else None
    if cube is None or field is None:
        return None
    filters = [(c, dimension(c.field)) for c in clauses]
    if any(c.whole_orders and d.level == "line" for c, d in filters):
        return None
    kept_days, kept_codes = _kept(data, filters, days, field, cube.shape[1])
    part = cube[days] if kept_days.all() else cube[days][kept_days]
    if by is None or by.by_day is not None:
        kept = part if kept_codes.all() else part[:, kept_codes]
        sums = kept.sum(axis=1, dtype="float64")
        if by is None:
            return np.array([sums.sum()])
        return np.bincount(by.by_day[days][kept_days], sums, by.size)  # type: ignore[index]
    sums = np.where(kept_codes, part.sum(axis=0, dtype="float64"), 0.0)
    return sums if by.name == field else np.bincount(data.parents[by.name], sums, by.size)


def _cube(data: StoredDataset, measure: Measure, field: str | None) -> np.ndarray | None:
    """The cube of a measure by a field. Where all lines are sales, sums over sales are stored as sums over all."""
    if field is None:
        return None
    name = measure.name
    if measure.kind == "sum" and "sale" in measure.conditions and data.facts.all_sale:
        name = stored_sum(measure.line_sum.without("sale"))
    return data.cube(field, name)


def _kept(
    data: StoredDataset, filters: Sequence[tuple[Clause, Dimension]], days: slice, field: str, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the days, and which of the codes of a cube, the clauses keep."""
    kept_days = np.ones(days.stop - days.start, bool)
    kept_codes = np.ones(size, bool)
    for clause, dimension in filters:
        wanted = wanted_codes(dimension, clause)
        if dimension.by_day is not None:
            kept_days &= wanted[dimension.by_day[days]]
        else:
            kept_codes &= wanted if dimension.name == field else wanted[data.parents[dimension.name]]
    return kept_days, kept_codes
