"""Joint cubes: sums by day or month and several fields together, over all lines of a data set.

A cube of ingest (cubes.py) has one field; a filter by city of a chart by product needs both. There are too many
combinations to store, so the cube of one is made in the background when a chart lacks it for the second time, and
answers all later selections by those fields. Until then, and for what does not fit, nothing is given (None) and rows
are read.

For example, revenue by product in two cities and in 2023 is, of the cube by month, city and product, the part of 12
months and 2 cities, added up along both. For a range that begins or ends within a month there are cubes by day, where
those are not too large."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.engines.columnar.dimensions import Dimension, day_dimension
from analytics.engines.columnar.grouping import ROOM, Grouping
from analytics.engines.columnar.measures import of_groups
from analytics.engines.columnar.rows import Rows, before
from analytics.engines.common.cubes import Filters, stored_name
from analytics.engines.common.units import exact
from analytics.measures import MEASURES, Measure
from analytics.runtime.later import Later
from analytics.runtime.lru import LruCache
from analytics.store import StoredDataset
from analytics.store.numbers import narrow

LEAST_LINES = 100_000  # with fewer lines, rows are read as quickly
_GRAINS: tuple[Grain, ...] = ("month", "day")  # the first that fits: the fewer rows, the quicker
CELLS = {"day": 600_000, "month": 1_500_000}  # the most cells that a cube may have
_MANY = ("order_id", "customer")  # whose values are too many in any data that are worth it

CUBES: Later[np.ndarray] = Later(LruCache(512, 16 << 20, lambda cube: cube.nbytes))  # of all data sets


@dataclass(frozen=True)
class Shape:
    """What a joint cube is by: a row for each day or month, in which a cell stands for a value of each field, and the
    values of the last field are neighbours.

    bins: for each day of the data, the number of its row. begins: of the rows of a range, their first days."""

    grain: Grain
    fields: tuple[Dimension, ...]
    bins: np.ndarray
    begins: np.ndarray

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The number of values of each field."""
        return tuple(d.size for d in self.fields)


def shape_of(data: StoredDataset, dimensions: Sequence[Dimension], span: slice) -> Shape | None:
    """The smallest cube that has all of these dimensions and, as a number of its bins, a range of days; None where it
    is too large, or where a dimension has not the same codes for every viewer and range."""
    if data.facts.lines < LEAST_LINES or span.start >= span.stop:
        return None
    fields = _fields(data, {d.name: d for d in dimensions if d.by_day is None})
    if fields is None:
        return None
    cells = math.prod(d.size for d in fields)
    about = data.profile.calendar, data.facts.first_day, data.facts.days
    for grain in _GRAINS:
        bins, begins, whole = _rows_of(*about, grain, span.start, span.stop)
        if cells > ROOM or cells * (int(bins[-1]) + 1) > CELLS[grain] or not whole:
            continue
        if grain == "day" or all(_steady(bins[span], d, span) for d in dimensions):
            return Shape(grain, fields, bins, begins)
    return None


def _fields(data: StoredDataset, wanted: Mapping[str, Dimension]) -> tuple[Dimension, ...] | None:
    """Those of some fields that decide all of them; None where one cannot be in a cube."""
    if not all((n in data.dictionaries and n not in _MANY) or n == "hour" for n in wanted):
        return None
    return tuple(sorted((d for n, d in wanted.items() if data.finer(n) not in wanted), key=lambda d: d.size))


@lru_cache(64)
def _bins(calendar: Calendar, first: int, count: int, grain: Grain) -> np.ndarray:
    every = np.arange(first, first + count).astype("datetime64[D]")
    begins = calendar.starts(TimeRange(every[0], every[-1] + 1), grain)
    return np.searchsorted(begins, every, "right") - 1


@lru_cache(64)
def _rows_of(
    calendar: Calendar, first: int, count: int, grain: Grain, start: int, stop: int
) -> tuple[np.ndarray, np.ndarray, bool]:
    """`bins` and `begins` of a Shape, and whether a range of days is some bins, each with all of its days."""
    bins = _bins(calendar, first, count, grain)
    edges = np.flatnonzero(np.diff(bins, prepend=-1, append=-1))
    return bins, edges[(edges >= start) & (edges < stop)], bool(np.isin([start, stop], edges).all())


def _steady(bins: np.ndarray, dimension: Dimension, span: slice) -> bool:
    """Whether all days of a bin have the same code."""
    if dimension.by_day is None:
        return True
    codes = dimension.by_day[span]
    return not ((codes[1:] != codes[:-1]) & (bins[1:] == bins[:-1])).any()


def summed(
    data: StoredDataset, measure: Measure, by: Dimension | None, filters: Filters[Dimension], shape: Shape | None
) -> np.ndarray | None:
    """A measure per code of `by` (one number without it) over the range of the filters, in stored units; None where no
    joint cube answers it, or not yet."""
    if shape is None or not filters.of_lines or not _adds_up(data, measure, shape):
        return None
    name = stored_name(data, measure) or measure.name
    key = (data.name, data.version, shape.grain, *(d.name for d in shape.fields), name)
    cube = CUBES.get(key, lambda: made(data, shape, MEASURES[name]))
    return None if cube is None else _added_up(data, cube, shape, by, filters)


def _adds_up(data: StoredDataset, measure: Measure, shape: Shape) -> bool:
    """Whether a measure of many groups is the sum of those of its parts."""
    if measure.kind == "distinct":  # an order may have lines of several values
        return measure.column == "order_id" and all(d.level != "line" for d in shape.fields)
    return measure.kind == "sum" and exact(data, measure.name)


def _added_up(
    data: StoredDataset, cube: np.ndarray, shape: Shape, by: Dimension | None, filters: Filters[Dimension]
) -> np.ndarray:
    """The part of a cube that the filters keep, added up along all axes but that of `by`."""
    begins = shape.begins
    part = cube[shape.bins[begins[0]] : shape.bins[begins[-1]] + 1]
    if filters.days is not None:
        kept = filters.days[begins - filters.span.start]
        part, begins = part[kept], begins[kept]
    cells = filters.cells(tuple(d.name for d in shape.fields), shape.sizes)
    if cells is not None:
        part = part.take(cells, axis=1)
    if by is None:
        return np.array([part.sum(dtype="float64")])
    if by.by_day is not None:
        return np.bincount(by.by_day[begins], part.sum(axis=1, dtype="float64"), by.size)
    sums = part.sum(axis=0, dtype="float64")
    axis = next(i for i, d in enumerate(shape.fields) if d.name in (by.name, data.finer(by.name)))
    codes = np.arange(cube.shape[1]) if cells is None else cells
    codes = codes // math.prod(shape.sizes[axis + 1 :]) % shape.sizes[axis]
    return np.bincount(codes if shape.fields[axis].name == by.name else data.parents[by.name][codes], sums, by.size)


def made(data: StoredDataset, shape: Shape, measure: Measure) -> np.ndarray:
    """A joint cube, out of all lines, one month after the other."""
    months = _bins(data.profile.calendar, data.facts.first_day, data.facts.days, "month")
    edges = np.append(np.flatnonzero(np.diff(months, prepend=-1)), len(months))
    parts = [_part(data, shape, measure, slice(*pair)) for pair in pairwise(edges)]
    return narrow(np.concatenate(parts))


def _part(data: StoredDataset, shape: Shape, measure: Measure, span: slice) -> np.ndarray:
    """The cube of the days of one month."""
    begin, end = before(data.orders["day"], np.array([span.start, span.stop]), data.facts.days)
    dimensions = list(shape.fields)
    count = span.stop - span.start if shape.grain == "day" else 1
    if shape.grain == "day":
        dimensions.insert(0, day_dimension(data, span))
    sums = of_groups(Grouping(Rows(data, slice(int(begin), int(end)), None), dimensions), measure)
    return sums.reshape(count, -1)
