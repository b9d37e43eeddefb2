"""Answers from sums per day and value, kept at ingest: for a range of days, and a filter and a grouping that speak of
one field.

A question that does not fit is declined (None), and answered from the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.rows import wanted_codes
from analytics.selection import Clause
from analytics.store import StoredDataset

ADDED = ("revenue", "gross", "units", "lines", "orders")


def cube_of(data: StoredDataset, dimensions: Sequence[Dimension]) -> str | None:
    """The cube whose field is each of these dimensions, or decides each of them; days decide nothing and are in every
    cube."""
    fields = [d.name for d in dimensions if d.by_day is None]
    if not fields:
        return "all"
    choices = dict.fromkeys([fields[0], data.finer(fields[0]) or fields[0]])
    for name in choices:
        if all(name in (f, data.finer(f)) for f in fields):
            return name
    return None


def summed(
    data: StoredDataset,
    measure: str,
    by: Dimension | None,
    clauses: Sequence[Clause],
    dimension: Callable[[str], Dimension],
    reach: slice,
    name: str | None,
) -> np.ndarray | None:
    """A measure per code of `by` (one number without it) over a range of the data's days, in stored units, out of the
    cube `name`."""
    if name is None or measure not in ADDED:
        return None
    filters = [(c, dimension(c.field)) for c in clauses]
    if any(c.whole_orders and d.level == "line" for c, d in filters):
        return None
    if measure == "gross" and data.facts.all_sale:
        measure = "revenue"
    cube = data.cube(name, measure)
    if cube is None:
        return None
    days, codes = np.ones(reach.stop - reach.start, bool), np.ones(cube.shape[1], bool)
    for clause, field in filters:
        wanted = wanted_codes(field, clause)
        if field.by_day is not None:
            days &= wanted[field.by_day[reach]]
        else:
            codes &= wanted if field.name == name else wanted[data.parents[field.name]]
    part = cube[reach] if days.all() else cube[reach][days]
    if by is None or by.by_day is not None:
        each = part.sum(axis=1, dtype="float64") if codes.all() else part[:, codes].sum(axis=1, dtype="float64")
        return np.array([each.sum()]) if by is None else np.bincount(by.by_day[reach][days], each, by.size)  # type: ignore[index]
    each = np.where(codes, part.sum(axis=0, dtype="float64"), 0.0)
    return each if by.name == name else np.bincount(data.parents[by.name], each, by.size)
