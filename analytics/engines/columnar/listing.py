"""Lists for reading and choosing: the options of a filter, a page of order lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.engines.base import LinePage
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.grouping import Grouping, row_codes
from analytics.engines.columnar.measures import orders, total
from analytics.engines.columnar.rows import Rows
from analytics.engines.common.units import scale_of
from analytics.schema import FIELDS, MISSING, value_label
from analytics.store.dictionary import folded


def values(
    dimension: Dimension, search: str, everything: Grouping, counted: Grouping, limit: int
) -> tuple[pd.DataFrame, int]:
    """Options of a filter among the values that occur, with the orders that each has under the other filters; most
    first, then by value."""
    codes = everything.occurring
    if search.strip():
        wanted = folded(search.strip())
        text = dimension.column().take(codes)
        codes = codes[np.fromiter((wanted in folded(value_label(dimension.name, v)) for v in text), bool, len(codes))]
    count = orders(counted)[codes]
    chosen = np.lexsort((codes, -count))[: max(0, limit)]
    frame = pd.DataFrame(
        {"value": dimension.column().take(codes[chosen]).astype(str), "orders": count[chosen].astype("int64")}
    )
    return frame, len(codes)


def lines(
    rows: Rows,
    dimension: Callable[[str], Dimension],
    columns: Sequence[str],
    sort: Sequence[tuple[str, bool]],
    offset: int,
    limit: int,
) -> LinePage:
    """A page of the selected lines, with the count and totals of all of them."""
    each = Grouping(rows, ())
    totals = {m: float(total(each, m)[0] / scale_of(rows.data, m)) for m in ("revenue", "units")} | {
        "orders": float(orders(each)[0])
    }
    keys = [_rank(rows, name, dimension, ascending) for name, ascending in sort]
    first, last = max(0, offset), max(0, offset) + max(0, limit)
    if keys:
        page = np.lexsort([*reversed(keys)])[first:last]
    else:
        page = np.arange(rows.line_count)[first:last]
    index = rows.line_index
    chosen = Rows(rows.data, rows.orders, page + index.start if isinstance(index, slice) else index[page])
    frame = pd.DataFrame({c: _column(chosen, c, dimension) for c in columns}, index=range(len(page)))
    return LinePage(frame, rows.line_count, totals)


def _rank(rows: Rows, name: str, dimension: Callable[[str], Dimension], ascending: bool) -> np.ndarray:
    """Numbers that sort lines by a column. A missing number or time is last either way; a missing text is before every
    other."""
    if name == "order_id":
        shown, place = np.unique(rows.line_order, return_inverse=True)
        words = rows.data.dictionaries[name].take(shown)
        numbers: Any = np.unique(words.astype(object), return_inverse=True)[1][place]
    elif FIELDS[name].dimension:
        numbers = row_codes(rows, dimension(name), "line").astype("int64")
    elif name in rows.data.dictionaries:  # in the order of their codes
        numbers = rows.data.lines[name][rows.line_index].astype("int64")
    else:
        numbers = _numbers(rows, name)
        if numbers.dtype.kind == "M":
            blank = np.isnat(numbers)
            numbers = np.where(blank, np.nan, numbers.astype("int64").astype("float64"))
    return numbers if ascending else -numbers.astype("float64" if numbers.dtype.kind == "f" else "int64")


def _numbers(rows: Rows, name: str) -> np.ndarray:
    """A field that is no dimension, per selected line, in its own unit."""
    data = rows.data
    if name == "ordered_at":
        return data.orders["at"][rows.line_order].astype("datetime64[us]")
    about = data.fields[name]
    level = about.level
    index = rows.line_index if level == "line" else rows.line_order
    if level == "customer":
        index = data.orders["customer"][rows.line_order]
    found = data.values(name)[index]
    if name in data.dictionaries:
        return data.dictionaries[name].take(found)
    if found.dtype.kind == "M":
        return found
    numbers = found / about.divisor
    return numbers.astype("int64") if about.whole and not np.isnan(numbers).any() and name == "quantity" else numbers


def _column(rows: Rows, name: str, dimension: Callable[[str], Dimension]) -> Any:
    if FIELDS[name].dimension:
        wanted = dimension(name)
        codes, column = row_codes(rows, wanted, "line"), wanted.column()
        unknown = codes >= len(column)  # an order without a customer has the code after the last
        if not unknown.any():
            return column.take(codes)
        words = np.full(len(codes), MISSING, dtype=object)
        words[~unknown] = column.take(codes[~unknown])
        return pd.array(words, dtype="str")
    return _numbers(rows, name)
