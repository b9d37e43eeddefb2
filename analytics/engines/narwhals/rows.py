"""Which lines a selection selects, as a lazy frame; nothing is read until an answer is collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import narwhals as nw
import numpy as np

from analytics.calendar import TimeRange
from analytics.engines.narwhals.dimensions import LazyDimension
from analytics.engines.narwhals.source import Lazy
from analytics.selection import Clause

Find = Callable[[str], LazyDimension]


def days_within(span: TimeRange, by_month: bool) -> list[nw.Expr]:
    """Conditions that keep a range of days; row groups outside it are not read. `by_month`: the lines are in files of
    months, and those outside the range are not opened; elsewhere another column would be read for nothing."""
    start, end = (int(day.astype("datetime64[D]").astype("int64")) for day in (span.start, span.end))
    days = [nw.col("day") >= start, nw.col("day") < end]
    if not by_month:
        return days
    first, last = (int(np.datetime64(day, "D").astype("datetime64[M]").astype("int64")) for day in (start, end - 1))
    return [*days, nw.col("month") >= first, nw.col("month") <= last]


def joined(lines: Lazy, dimensions: Iterable[LazyDimension]) -> Lazy:
    """The lines with the tables that these dimensions need, each once."""
    tables = {d.needs: (d.table, d.on) for d in dimensions if d.table is not None}
    for table, on in tables.values():
        lines = lines.join(table(), on=on, how="left")
    return lines


def passing(lines: Lazy, days: Sequence[nw.Expr], clauses: Iterable[Clause], find: Find, base: Lazy) -> Lazy:
    """The lines of some days that clauses keep. Clauses on whole orders judge an order by its lines in `base`."""
    conditions = list(days)
    holding: list[tuple[nw.Expr, bool]] = []
    for clause in clauses:
        dimension = find(clause.field)
        for values, wanted in clause.conditions:
            among = dimension.among(values)
            if clause.whole_orders and dimension.by_line:
                holding.append((among, wanted))
            else:
                conditions.append(among if wanted else ~among)
    if conditions:
        lines = lines.filter(*conditions)
    for among, wanted in holding:
        orders = base.filter(*days, among).select("order_id")
        lines = lines.join(orders, on="order_id", how="semi" if wanted else "anti")
    return lines


def keeps_orders(clauses: Iterable[Clause], find: Find) -> bool:
    """Whether clauses never look inside an order, so that orders are selected whole."""
    return all(c.whole_orders or not find(c.field).by_line for c in clauses)


def days_of(lines: Lazy) -> Lazy:
    """First and last day of some lines, as one row."""
    return lines.select(nw.col("day").min().alias("first"), nw.col("day").max().alias("last"))
