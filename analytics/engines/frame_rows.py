"""Which lines a selection selects, as a lazy frame: dates, then clauses; nothing is read until an answer is asked
for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import narwhals as nw

from analytics.calendar import TimeRange
from analytics.engines.frame_dimensions import FrameDimension
from analytics.engines.frame_source import Lazy
from analytics.selection import Clause

Find = Callable[[str], FrameDimension]


def within_days(lines: Lazy, span: TimeRange) -> Lazy:
    """The lines of a range of days; row groups outside it are not read."""
    start, end = (int(d.astype("datetime64[D]").astype("int64")) for d in (span.start, span.end))
    return lines.filter(nw.col("day") >= start, nw.col("day") < end)


def joined(lines: Lazy, dimensions: Iterable[FrameDimension]) -> Lazy:
    """The lines with the customer tables that these dimensions need, each once."""
    tables = {d.needs: d.table for d in dimensions if d.table is not None}
    for table in tables.values():
        lines = lines.join(table(), on="customer", how="left")
    return lines


def passing(lines: Lazy, clause: Clause, dimension: FrameDimension, around: Lazy) -> Lazy:
    """The lines that a clause keeps. `around`: the lines by which an order is judged whole."""
    if clause.whole_orders and dimension.by_line:
        if clause.include:
            lines = lines.join(_holding(around, dimension, clause.include), on="order_id", how="semi")
        if clause.exclude:
            lines = lines.join(_holding(around, dimension, clause.exclude), on="order_id", how="anti")
        return lines
    if clause.include:
        lines = lines.filter(dimension.among(clause.include))
    return lines.filter(~dimension.among(clause.exclude)) if clause.exclude else lines


def _holding(around: Lazy, dimension: FrameDimension, values: tuple[str, ...]) -> Lazy:
    return around.filter(dimension.among(values)).select("order_id")


def keeps_orders(clauses: Iterable[Clause], find: Find) -> bool:
    """Whether clauses never look inside an order, so that orders are selected whole."""
    return all(c.whole_orders or not find(c.field).by_line for c in clauses)


def days_of(lines: Lazy) -> Lazy:
    """First and last day of some lines."""
    return lines.select(nw.col("day").min().alias("first"), nw.col("day").max().alias("last"))
