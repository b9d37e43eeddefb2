"""The domains of dimensions: what the codes of a field stand for, and which codes a value of a filter means.

Both engines number the values of a dimension alike; how a row gets its code is each engine's own matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from analytics.calendar import Calendar, Grain, TimeRange
from analytics.schema import MISSING, PARTS_OF_DAY, Level
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
    value means; none for a value that the data do not have."""

    name: str
    level: Level
    size: int
    column: Callable[[], Values]
    find: Callable[[str], np.ndarray]


def stored_domain(data: StoredDataset, name: str) -> Domain:
    """The values of a field that the data keep as codes."""
    dictionary = data.dictionaries[name]
    find = partial(_find_place if name == "place" else _find_text, dictionary)
    return Domain(name, data.fields[name].level, len(dictionary), lambda: dictionary.column, find)


def listed_domain(name: str, level: Level, values: Sequence[Any]) -> Domain:
    """A few values, given as a list in their order."""
    column = np.array(values, dtype="int64") if name in INTEGERS else pd.array(list(values), dtype="str")
    code_of = {str(value): code for code, value in enumerate(values)}
    return Domain(name, level, len(values), lambda: column, partial(_find_listed, code_of))


def calendar_domain(name: str) -> Domain:
    """hour, part_of_day, weekday (0: Monday), month or quarter."""
    values: dict[str, Sequence[Any]] = {
        "hour": range(24),
        "part_of_day": PARTS_OF_DAY,
        "weekday": range(7),
        "month": range(1, 13),
        "quarter": range(1, 5),
    }
    return listed_domain(name, "order", list(values[name]))


def line_domain(data: StoredDataset, name: str) -> Domain:
    """line_kind ("Sale" or "Refund"), or posted_day: the days from the first to the last on which a line counts."""
    if name == "line_kind":
        return listed_domain(name, "line", [SALE, REFUND])
    return listed_domain(name, "line", [str(day) for day in data.posted_days])


def period_domain(grain: Grain, span: TimeRange, calendar: Calendar) -> Domain:
    """`period`: the names of the periods that touch the span, in order; of hours those of whole days."""
    begins = calendar.starts(span, grain)
    if grain == "hour":
        return listed_domain("period", "order", [f"{day}T{hour:02d}" for day in begins for hour in range(24)])
    return listed_domain("period", "order", [calendar.name(begin, grain) for begin in begins])


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
