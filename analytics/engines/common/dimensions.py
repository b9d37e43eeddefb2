"""The domains of dimensions: what the codes of a field stand for, and which codes a value of a filter means.

Both engines number the values of a dimension alike; how a row gets its code is each engine's own matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.schema import MISSING, PARTS_OF_DAY, Level
from analytics.selection import Clause
from analytics.store import StoredDataset
from analytics.store.dictionary import Dictionary

Values = np.ndarray | ExtensionArray
CALENDAR = ("hour", "part_of_day", "weekday", "month", "quarter")
INTEGERS = frozenset(("hour", "weekday", "month", "quarter"))  # all others are texts
OF_LINES = ("line_kind", "posted_day")  # derived fields of lines
SALE = "Sale"
REFUND = "Refund"


@dataclass(frozen=True)
class Domain:
    """The values of a dimension, in the order of their codes.

    size: the number of codes. column(): the value of each code, text or integers. find(text): the codes that a filter's
    value means; none for a value that the data do not have. by_day: for what the day decides, the code of each day of
    the data."""

    name: str
    level: Level
    size: int
    column: Callable[[], Values]
    find: Callable[[str], np.ndarray]
    by_day: np.ndarray | None = None


def wanted_codes(domain: Domain, clause: Clause) -> np.ndarray:
    """For each code of a dimension, whether a clause keeps it."""
    kept = [marked(domain, values) == wanted for values, wanted in clause.conditions]
    both: np.ndarray = np.logical_and.reduce(kept) if len(kept) > 1 else kept[0]
    return both


def marked(domain: Domain, values: Iterable[str]) -> np.ndarray:
    """For each code of a dimension, whether one of these values means it."""
    table = np.zeros(domain.size, bool)
    for value in values:
        table[domain.find(value)] = True
    return table


def days(data: StoredDataset) -> np.ndarray:
    """All days from the first order's to the last's."""
    first = data.facts.first_day
    return np.arange(first, first + data.facts.days).astype("datetime64[D]")


def days_in(data: StoredDataset, span: TimeRange) -> slice:
    """The days of a range that the data have, counted from the data's first day."""
    edges = (span.start, max(span.start, span.end))
    begin, end = (min(max(int(d.astype(int)) - data.facts.first_day, 0), data.facts.days) for d in edges)
    return slice(begin, end)


def stored_domain(data: StoredDataset, name: str) -> Domain:
    """The values of a field that the data keep as codes."""
    dictionary = data.dictionaries[name]
    find = partial(_find_place if name == "place" else _find_text, dictionary)
    return Domain(name, data.fields[name].level, len(dictionary), lambda: dictionary.column, find)


def listed_domain(name: str, level: Level, values: Sequence[Any], by_day: np.ndarray | None = None) -> Domain:
    """A few values, given as a list in their order."""
    column = np.array(values, dtype="int64") if name in INTEGERS else pd.array(list(values), dtype="str")
    code_of = {str(value): code for code, value in enumerate(values)}
    return Domain(name, level, len(values), lambda: column, partial(_find_listed, code_of), by_day)


def calendar_domain(data: StoredDataset, name: str) -> Domain:
    """hour, part_of_day, weekday (0: Monday), month or quarter (of the fiscal year)."""
    values: dict[str, Sequence[Any]] = {
        "hour": range(24),
        "part_of_day": PARTS_OF_DAY,
        "weekday": range(7),
        "month": range(1, 13),
        "quarter": range(1, 5),
    }
    return listed_domain(name, "order", list(values[name]), _by_day(data, name))


def _by_day(data: StoredDataset, name: str) -> np.ndarray | None:
    if name in ("hour", "part_of_day"):
        return None
    every = days(data)
    if name == "weekday":
        return ((every.astype("int64") + 3) % 7).astype("uint8")
    month = every.astype("datetime64[M]").astype("int64") % 12
    if name == "quarter":
        month = (month - (data.profile.fiscal_start - 1)) % 12 // 3
    return month.astype("uint8")


def line_domain(data: StoredDataset, name: str) -> Domain:
    """line_kind ("Sale" or "Refund"), or posted_day: the days from the first to the last on which a line counts."""
    if name == "line_kind":
        return listed_domain(name, "line", [SALE, REFUND])
    return listed_domain(name, "line", [str(day) for day in data.posted_days])


def period_domain(data: StoredDataset, grain: Grain, span: TimeRange, calendar: Calendar) -> Domain:
    """`period`: the names of the periods that touch the span, in order; of hours those of whole days."""
    begins = calendar.starts(span, grain)
    if grain == "hour":
        return listed_domain("period", "order", [f"{day}T{hour:02d}" for day in begins for hour in range(24)])
    by_day = (np.searchsorted(begins, days(data), "right") - 1).clip(0)
    return listed_domain("period", "order", [calendar.name(begin, grain) for begin in begins], by_day)


def _find_text(dictionary: Dictionary, value: str) -> np.ndarray:
    code = dictionary.find(value)
    return np.array([code] if code >= 0 else [], dtype="int64")


def _find_place(dictionary: Dictionary, value: str) -> np.ndarray:
    """A path and everything below it: "US/OR" means "US/OR/Portland" too."""
    below = value + "/"
    found = [i for i, t in enumerate(dictionary.texts) if t == value or (value != MISSING and t.startswith(below))]
    return np.array(found, dtype="int64")


def _find_listed(code_of: dict[str, int], value: str) -> np.ndarray:
    return np.array([code_of[value]] if value in code_of else [], dtype="int64")
