"""Lists out of rows: baskets, and a page of order lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from analytics.engines.base import Baskets, LinePage
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.grouping import Grouping, row_codes
from analytics.engines.columnar.measures import first_of_pairs, orders, total
from analytics.engines.columnar.rows import Rows
from analytics.engines.common import lists
from analytics.engines.common.dimensions import Values
from analytics.engines.common.units import field_in_own_unit, scale_of
from analytics.runtime.lru import LastOf

_ORDERS: LastOf[np.ndarray] = LastOf(2)  # of selected rows, as they were sorted last


def baskets(rows: Rows, item: Dimension) -> Baskets:
    """The distinct items of the selected sale lines of each order that has one."""
    sale = slice(None) if rows.line_sale is None else rows.line_sale
    order = rows.line_order[sale]
    codes = row_codes(rows, item, "line")[sale]
    begins = np.diff(order, prepend=-1) != 0
    order_row = np.cumsum(begins) - 1
    days = rows.data.orders["day"][order[begins]].astype("int64") + rows.data.facts.first_day
    first = first_of_pairs(order, codes)
    return lists.baskets(order_row[first], codes[first], days, item)


def lines(
    rows: Rows,
    dimension: Callable[[str], Dimension],
    columns: Sequence[str],
    sort: Sequence[tuple[str, bool]],
    offset: int,
    limit: int,
) -> LinePage:
    """A page of the selected lines, with the count and totals of all of them."""
    whole = Grouping(rows, ())
    totals = {m: float(total(whole, m)[0] / scale_of(rows.data, m)) for m in ("revenue", "units")}
    totals["orders"] = float(orders(whole)[0])
    wanted = slice(max(0, offset), max(0, offset) + max(0, limit))
    order = _order(rows, tuple(sort), dimension) if sort else np.arange(rows.line_count)
    page = order[wanted].astype("int64")
    index = rows.line_index
    chosen = Rows(rows.data, rows.orders, page + index.start if isinstance(index, slice) else index[page])
    frame = pd.DataFrame({c: _column(chosen, c, dimension) for c in columns}, index=range(len(page)))
    return LinePage(frame, rows.line_count, totals)


def _order(rows: Rows, sort: tuple[tuple[str, bool], ...], dimension: Callable[[str], Dimension]) -> np.ndarray:
    """The places of the selected lines in this order; kept, since a table and a file ask for it part by part."""

    def make() -> np.ndarray:
        keys = [_rank(rows, name, dimension, ascending) for name, ascending in sort]
        return np.lexsort([*reversed(keys)]).astype("int32" if rows.line_count < 2**31 else "int64")

    return _ORDERS.get_or_make(rows, sort, make)


def _rank(rows: Rows, name: str, dimension: Callable[[str], Dimension], ascending: bool) -> np.ndarray:
    """Numbers that sort lines by a column. A missing number or time comes last in both directions; a missing text comes
    before every other text."""
    if name == "order_id":
        shown, place = np.unique(rows.line_order, return_inverse=True)
        ids = rows.data.dictionaries[name].take(shown)
        numbers = np.unique(ids.astype(object), return_inverse=True)[1][place]
    elif rows.data.profile.fields[name].dimension:
        numbers = row_codes(rows, dimension(name), "line").astype("int64")
    elif name in rows.data.dictionaries:  # codes rise with their texts
        numbers = rows.stored_field(name).astype("int64")
    else:
        numbers = _numbers(rows, name)
        if numbers.dtype.kind == "M":
            blank = np.isnat(numbers)
            numbers = np.where(blank, np.nan, numbers.astype("int64").astype("float64"))
    if ascending:
        return np.asarray(numbers)
    return np.asarray(-numbers.astype("float64" if numbers.dtype.kind == "f" else "int64"))


def _numbers(rows: Rows, name: str) -> np.ndarray:
    """A field that is no dimension, for each selected line, in its own unit."""
    data = rows.data
    if name == "ordered_at":
        return data.order_times(rows.line_order)
    found = rows.stored_field(name)
    if name in data.dictionaries:
        return data.dictionaries[name].take(found)
    return found if found.dtype.kind == "M" else field_in_own_unit(data, name, found)


def _column(rows: Rows, name: str, dimension: Callable[[str], Dimension]) -> Values:
    """A field of each selected line, as people read it."""
    if rows.data.profile.fields[name].dimension:
        wanted = dimension(name)
        return wanted.column().take(row_codes(rows, wanted, "line"))
    return _numbers(rows, name)
