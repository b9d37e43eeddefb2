"""Dimensions as codes: for each field that people group and filter by, a small integer per line, order or customer.

Calendar dimensions (weekday, month, quarter, period) are tables over the days of the data, so that no order's date is
ever taken apart. Where clauses are about a field of orders again and again, an index lists the orders of each code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.engines.columnar.chunks import Index, take
from analytics.engines.common.dimensions import (
    CALENDAR,
    OF_LINES,
    Domain,
    Values,
    calendar_domain,
    line_domain,
    listed_domain,
    period_domain,
    stored_domain,
)
from analytics.runtime.later import Later
from analytics.runtime.lru import LruCache
from analytics.store import StoredDataset
from analytics.store.numbers import CHUNK, row_type

LEAST_ORDERS = 50_000  # of fewer orders, all are looked at as quickly
MOST_CODES = 64  # of more codes, as many lists are put together
INDEX_BYTES = 32 << 20  # of all indexes; a larger one is not made


@dataclass(frozen=True)
class Dimension(Domain):
    """A domain with the codes of the rows.

    at(rows): the codes of rows of the dimension's level, given as a slice or as row numbers.
    runs: for codes that rise with time, the first day of each code, counted from the first day of the data."""

    at: Callable[[Index], np.ndarray] = field(kw_only=True)
    runs: np.ndarray | None = None

    def values(self, codes: np.ndarray) -> Values:
        """The values of some codes, which rise."""
        column = self.column()
        return column.copy() if len(codes) == self.size else column.take(codes)


@dataclass(frozen=True)
class OrderIndex:
    """The orders of each code of a field, one code after the other.

    orders: their numbers, which rise within a code. begins: where those of each code begin, and the end.

    For example, orders 0 to 4 of the cities A, B, A, A, B (codes 0, 1, 0, 0, 1) are listed as 0 2 3 1 4, which begin at
    0 and 3 and end at 5."""

    orders: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, size: int) -> OrderIndex:
        """The index of the code of each order, made of some orders at a time."""
        begins = np.concatenate(([0], np.cumsum(np.bincount(codes, minlength=size))))
        orders = np.empty(len(codes), row_type(len(codes)))
        free = begins[:-1].copy()  # where the next order of each code comes
        for at in range(0, len(codes), CHUNK):
            ranked = np.argsort(codes[at : at + CHUNK], kind="stable")
            code = codes[at : at + CHUNK][ranked]
            counts = np.bincount(code, minlength=size)
            orders[np.arange(len(code)) + (free - (np.cumsum(counts) - counts))[code]] = ranked + at
            free += counts
        orders.setflags(write=False)
        return cls(orders, begins)

    @property
    def nbytes(self) -> int:
        """What keeping it costs."""
        return self.orders.nbytes + self.begins.nbytes


@dataclass(frozen=True)
class Listing:
    """The orders of some codes, out of an index."""

    index: OrderIndex
    codes: np.ndarray

    @property
    def count(self) -> int:
        """How many orders there are of all times."""
        begins = self.index.begins
        return int((begins[self.codes + 1] - begins[self.codes]).sum())

    def orders(self, reach: slice) -> np.ndarray:
        """Those in a range of orders; of several codes, one code after the other."""
        edges = np.array([reach.start, reach.stop], self.index.orders.dtype)
        parts = [self.index.orders[:0]]
        for code in self.codes.tolist():
            own = self.index.orders[self.index.begins[code] : self.index.begins[code + 1]]
            begin, end = own.searchsorted(edges)
            parts.append(own[begin:end])
        return parts[1] if len(parts) == 2 else np.concatenate(parts)


INDEXES: Later[OrderIndex] = Later(LruCache(64, INDEX_BYTES, lambda index: index.nbytes))  # of all data sets


def listing_of(data: StoredDataset, dimension: Dimension, codes: np.ndarray) -> Listing | None:
    """The orders of some codes of a stored field of orders, listed; None where there is no index, or not yet."""
    name, orders = dimension.name, data.facts.orders
    if name not in data.dictionaries or name not in data.orders or data.fields[name].level != "order":
        return None
    too_large = np.dtype(row_type(orders)).itemsize * orders + 8 * dimension.size > INDEX_BYTES
    if orders < LEAST_ORDERS or too_large or len(codes) > MOST_CODES:
        return None
    index = INDEXES.get((data.name, data.version, name), lambda: OrderIndex.of(data.orders[name], dimension.size))
    return None if index is None else Listing(index, codes)


def dimension_of(domain: Domain, at: Callable[[Index], np.ndarray], runs: np.ndarray | None = None) -> Dimension:
    """A domain with the codes of the rows."""
    d = domain
    return Dimension(d.name, d.level, d.size, d.column, d.find, d.by_day, runs, at=at)


def fixed_dimension(data: StoredDataset, name: str) -> Dimension:
    """A dimension that no range and no policy changes: a stored field or one of the calendar."""
    if name in CALENDAR:
        return _calendar_dimension(data, name)
    if name in OF_LINES:
        return _line_dimension(data, name)
    return dimension_of(stored_domain(data, name), _numbers if name == "order_id" else partial(take, data.values(name)))


def period_dimension(data: StoredDataset, grain: Grain, span: TimeRange, calendar: Calendar) -> Dimension:
    """`period`: the periods that touch the span, in order."""
    domain = period_domain(data, grain, span, calendar)
    begins = calendar.starts(span, grain)
    first = data.facts.first_day
    if grain == "hour":
        offset = first - (int(begins[0].astype(int)) if len(begins) else 0)
        return dimension_of(domain, partial(_hours, data.orders["day"], data.orders["hour"], offset))
    return _by_day(data, domain, begins.astype("int64") - first)


def day_dimension(data: StoredDataset, span: slice) -> Dimension:
    """The days of a range, counted from its first."""
    by_day = np.clip(np.arange(data.facts.days) - span.start, 0, span.stop - span.start - 1)
    domain = listed_domain("period", "order", range(span.stop - span.start), by_day)
    return _by_day(data, domain, np.arange(span.start, span.stop))


def _calendar_dimension(data: StoredDataset, name: str) -> Dimension:
    domain = calendar_domain(data, name)
    if name == "hour":
        return dimension_of(domain, partial(take, data.orders["hour"]))
    if name == "part_of_day":
        part_of_hour = np.repeat(np.arange(4, dtype="uint8"), 6)
        return dimension_of(domain, partial(_looked_up, part_of_hour, data.orders["hour"]))
    return _by_day(data, domain)


def _line_dimension(data: StoredDataset, name: str) -> Dimension:
    """One of OF_LINES."""
    domain = line_domain(data, name)
    if name == "posted_day":
        return dimension_of(domain, partial(_posted, data, int(data.posted_days[0].astype("int64"))))
    if data.facts.all_sale:
        return dimension_of(domain, lambda rows: np.zeros(data.facts.lines, "uint8")[rows])
    return dimension_of(domain, lambda rows: (~take(data.lines["sale"], rows)).astype("uint8"))


def _posted(data: StoredDataset, first: int, rows: Index) -> np.ndarray:
    """The day on which each line counts, from `first` on; that of its order where it has none of its own."""
    posted = take(data.lines["posted_at"], rows)
    day = posted.astype("datetime64[D]").astype("int64")
    blank = np.isnat(posted)
    if blank.any():
        of_order = take(data.orders["day"], take(data.lines["order"], rows)).astype("int64") + data.facts.first_day
        day = np.where(blank, of_order, day)
    return np.asarray(day - first)


def _by_day(data: StoredDataset, domain: Domain, runs: np.ndarray | None = None) -> Dimension:
    """A dimension whose domain has a table over the data's days."""
    assert domain.by_day is not None, domain.name
    return dimension_of(domain, partial(_looked_up, domain.by_day, data.orders["day"]), runs)


def _looked_up(table: np.ndarray, column: np.ndarray, rows: Index) -> np.ndarray:
    codes: np.ndarray = table[take(column, rows)]
    return codes


def _numbers(rows: Index) -> np.ndarray:
    """The codes of orders by their ids: their own numbers."""
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _hours(day: np.ndarray, hour: np.ndarray, offset: int, rows: Index) -> np.ndarray:
    """The hour of each order, counted from the first hour of the span; the data's days begin `offset` days after it."""
    hours: np.ndarray = (take(day, rows).astype("int64") + offset) * 24 + take(hour, rows)
    return hours
