"""Dimensions as codes: for every field that people group and filter by, a small integer per line, order or customer,
and the codes' values.

Calendar dimensions (weekday, month, quarter, period) are tables over the days of the data, so that no order's date is
ever taken apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.engines.columnar.chunks import take
from analytics.schema import MISSING, PARTS_OF_DAY
from analytics.store import StoredDataset
from analytics.store.dictionary import Dictionary

Grouped = Literal["customer", "order", "line"]
INTEGERS = frozenset(("hour", "weekday", "month", "quarter"))


@dataclass(frozen=True)
class Dimension:
    """`size` codes at one level. `at(rows)` gives the codes of rows of that level (a slice or row numbers); `column()`
    what the codes stand for (text, or integers); `find(text)` the codes that a filter's value means."""

    name: str
    level: Grouped
    size: int
    at: Callable[[Any], np.ndarray]
    column: Callable[[], Any]
    find: Callable[[str], np.ndarray]
    by_day: np.ndarray | None = None  # for what a day decides: the code of each day of the data
    runs: np.ndarray | None = (
        None  # for codes that rise with time: the first day (counted from the first of the data) of each code
    )

    def values(self, codes: np.ndarray) -> Any:
        """What these codes, which rise, stand for."""
        column = self.column()
        return column.copy() if len(codes) == self.size else column.take(codes)


def stored(data: StoredDataset, name: str) -> Dimension:
    """A field that the data keep as codes."""
    dictionary = data.dictionaries[name]
    if name == "order_id":
        return Dimension(
            name, "order", len(dictionary), _numbers, lambda: dictionary.column, lambda v: _one(dictionary, v)
        )
    level = data.fields[name].level
    codes = data.values(name)
    find = (lambda v: _places(dictionary, v)) if name == "place" else (lambda v: _one(dictionary, v))
    return Dimension(name, level, len(dictionary), partial(take, codes), lambda: dictionary.column, find)


def _numbers(rows: Any) -> np.ndarray:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _one(dictionary: Dictionary, value: str) -> np.ndarray:
    code = dictionary.find(value)
    return np.array([code] if code >= 0 else [], dtype="int64")


def _places(dictionary: Dictionary, value: str) -> np.ndarray:
    """A path, and everything below it: 'US/OR' means 'US/OR/Portland' too."""
    below = value + "/"
    return np.array(
        [i for i, w in enumerate(dictionary.texts) if w == value or (value != MISSING and w.startswith(below))],
        dtype="int64",
    )


def listed(name: str, level: Grouped, codes: np.ndarray, values: list[Any]) -> Dimension:
    """A dimension of few values, given as a list in their order."""
    column = np.array(values, dtype="int64") if name in INTEGERS else pd.array(values, dtype="str")
    place = {str(v): i for i, v in enumerate(values)}
    find = lambda v: np.array([place[v]] if v in place else [], dtype="int64")  # noqa: E731
    return Dimension(name, level, len(values), partial(take, codes), lambda: column, find)


def _by_day(data: StoredDataset, name: str, table: np.ndarray, values: list[Any]) -> Dimension:
    """A dimension that is a table over the data's days."""
    base = listed(name, "order", table, values)
    day = data.orders["day"]
    return Dimension(name, "order", base.size, lambda rows: table[take(day, rows)], base.column, base.find, table)


def days(data: StoredDataset) -> np.ndarray:
    """All days from the first order's to the last's."""
    first = data.facts.first_day
    return np.arange(first, first + data.facts.days).astype("datetime64[D]")


def calendar_dimension(data: StoredDataset, name: str) -> Dimension:
    """hour, part_of_day, weekday, month or quarter (of the fiscal year)."""
    every = days(data)
    if name == "hour":
        return listed(name, "order", data.orders["hour"], list(range(24)))
    if name == "part_of_day":
        part = np.repeat(np.arange(4, dtype="uint8"), 6)
        hour = data.orders["hour"]
        base = listed(name, "order", part, list(PARTS_OF_DAY))
        return Dimension(name, "order", 4, lambda rows: part[take(hour, rows)], base.column, base.find)
    if name == "weekday":
        return _by_day(data, name, ((every.astype("int64") + 3) % 7).astype("uint8"), list(range(7)))
    month = (every.astype("datetime64[M]").astype("int64") % 12).astype("uint8")
    if name == "month":
        return _by_day(data, name, month, list(range(1, 13)))
    shift = data.profile.fiscal_start - 1
    return _by_day(data, name, ((month.astype("int64") - shift) % 12 // 3).astype("uint8"), [1, 2, 3, 4])


def period_dimension(data: StoredDataset, grain: Grain, span: TimeRange, calendar: Calendar) -> Dimension:
    """`period`: the periods that touch the span, in order."""
    begins = calendar.starts(span, grain)
    first = data.facts.first_day
    day, hour = data.orders["day"], data.orders["hour"]
    if grain == "hour":
        offset = first - (int(begins[0].astype(int)) if len(begins) else 0)
        names = [f"{b}T{h:02d}" for b in begins for h in range(24)]
        codes = lambda rows: (take(day, rows).astype("int64") + offset) * 24 + take(hour, rows)  # noqa: E731
        table = None
    else:
        table = (np.searchsorted(begins, days(data), "right") - 1).clip(0)
        names = [calendar.name(b, grain) for b in begins]
        codes = lambda rows: table[take(day, rows)]  # noqa: E731
    base = listed("period", "order", np.empty(0), names)
    runs = None if grain == "hour" else begins.astype("int64") - first
    return Dimension("period", "order", len(names), codes, base.column, base.find, table, runs)
