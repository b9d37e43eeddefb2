"""What is worked out once, at ingest, so that a question need not: sums per order, sums per day and value, copies, and
who belongs to whom.

Nothing here changes an answer: an engine may use any of it or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from analytics.measures import MEASURES, LineSum, Measure
from analytics.runtime.parallel import parallel_map
from analytics.schema import HIERARCHIES
from analytics.store.layout import Columns
from analytics.store.numbers import narrow

CELLS = 600_000  # days × values up to which sums per day are kept
COPIED = 256  # values up to which an order's field is laid out per line too, a byte each


def summarise(columns: Columns) -> Columns:
    """The columns with the summaries."""
    _order_sums(columns)
    facts = replace(columns.facts, positive=_positive(columns), buyers=_buyers(columns))
    _copies(columns)
    _parents(columns)
    _cubes(columns)
    return replace(columns, facts=facts)


def line_values(columns: Columns) -> dict[str, np.ndarray]:
    """What each line adds to every sum that is stored, by measure, in stored units. Where all lines are sales, sums
    over sale lines are those over all lines and are left out."""
    return {
        m.name: _values(columns, m.line_sum)
        for m in MEASURES.values()
        if m.by_order
        and all(name in columns.lines for name in (m.column, m.given) if name)
        and not ("sale" in m.conditions and columns.facts.all_sale)
    }


def _values(columns: Columns, line_sum: LineSum) -> np.ndarray:
    """What each line adds to a sum: nothing where the value is missing or the line does not meet the conditions."""
    lines = columns.lines
    values = np.nan_to_num(lines[line_sum.column]) if line_sum.column else np.ones(columns.facts.lines)
    if line_sum.given:
        values = np.where(np.isnan(lines[line_sum.given]), 0, values)
    return np.where(lines["sale"], values, 0) if "sale" in line_sum.conditions else values


def _order_sums(columns: Columns) -> None:
    """Sums over the lines of each order."""
    starts = columns.orders["start"][:-1]
    for measure, values in line_values(columns).items():
        sums = np.add.reduceat(values, starts, dtype="float64") if len(starts) else np.empty(0)
        columns.order_sums[measure] = narrow(sums)
    if not columns.facts.all_sale:
        sale = columns.lines["sale"]
        columns.orders["sale"] = np.logical_or.reduceat(sale, starts) if len(starts) else np.empty(0, bool)


def _positive(columns: Columns) -> tuple[str, ...]:
    """Measures to which every line adds something."""
    return tuple(m for m, values in line_values(columns).items() if (values > 0).all())


def _buyers(columns: Columns) -> int:
    """Distinct known customers with a sale."""
    seen = np.zeros(columns.facts.customers + 1, bool)
    if "customer" in columns.orders:
        customer = columns.orders["customer"]
        seen[customer if columns.facts.all_sale else customer[columns.orders["sale"]]] = True
    return int(np.count_nonzero(seen[1:]))


def _copies(columns: Columns) -> None:
    """The codes of an order's or customer's field for each line."""
    owner = columns.lines["order"]
    for name, about in columns.fields.items():
        if (
            about.level != "line"
            and name in columns.dictionaries
            and len(columns.dictionaries[name]) <= COPIED
            and name not in ("order_id", "customer")
        ):
            columns.copies[name] = _at_orders(columns, name)[owner]


def _at_orders(columns: Columns, name: str) -> np.ndarray:
    if columns.fields[name].level == "customer":
        return np.asarray(columns.customers[name][columns.orders["customer"]])
    return columns.orders[name]


def _parents(columns: Columns) -> None:
    """For a field that a finer one decides: its code for each code of that one."""
    for children in HIERARCHIES:
        child = columns.fields.get(children)
        for name in HIERARCHIES[children]:
            about = columns.fields.get(name)
            if child is None or about is None or name == children or about.level != child.level:
                continue
            low, high = (columns.values(n) for n in (children, name))
            table = np.zeros(len(columns.dictionaries[children]), high.dtype)
            table[low] = high
            if (table[low] == high).all():
                columns.parents[name] = table
                columns.fields[name] = replace(about, parent_of=children)


def _cubes(columns: Columns) -> None:
    """Sums per day and value of small fields: by what orders add, with the cubes "all" of everything and "hour", and by
    what lines add, for fields of lines.

    Distinct orders are no sum over lines: an order may have lines of several values.
    """
    days = columns.facts.days
    measures = [m for m in MEASURES.values() if m.cube and _exact(columns, m)]
    if not days:
        return
    day = columns.orders["day"].astype("int64")
    small = {n: len(d) for n, d in columns.dictionaries.items() if n != "order_id" and days * len(d) <= CELLS}
    by_order = {n: size for n, size in small.items() if columns.fields[n].level != "line"}
    by_line = {n: s for n, s in small.items() if columns.fields[n].level == "line" and not columns.fields[n].parent_of}
    hours = {"hour": 24} if days * 24 <= CELLS else {}
    of_orders = {m.name: values for m in measures if (values := _of_orders(columns, m)) is not None}
    _add_cubes(columns, day, {"all": 1} | hours | by_order, lambda name: _codes_of_orders(columns, name), of_orders)
    if by_line:
        stored = line_values(columns)
        counted = {m.name: None for m in measures if m.line_sum == LineSum()}
        of_lines = {m.name: stored[m.name] for m in measures if m.name in stored} | counted
        _add_cubes(columns, day[columns.lines["order"]], by_line, columns.lines.__getitem__, of_lines)


def _exact(columns: Columns, measure: Measure) -> bool:
    """Whether a measure's stored units are whole, so that sums of sums are exact. False where the data lack its
    field."""
    field = measure.unit_field
    return not field or (field in columns.fields and columns.fields[field].exact)


def _of_orders(columns: Columns, measure: Measure) -> np.ndarray | None:
    """What each order adds to a measure; None where it is stored as another one."""
    if measure.kind == "distinct":
        return np.ones(columns.facts.orders) if columns.facts.all_sale else columns.orders["sale"]
    return np.diff(columns.orders["start"]) if measure.line_sum == LineSum() else columns.order_sums.get(measure.name)


def _codes_of_orders(columns: Columns, name: str) -> np.ndarray | int:
    """The code that each order has in the cube of a field."""
    if name == "all":
        return 0
    return columns.orders["hour"] if name == "hour" else _at_orders(columns, name)


def _add_cubes(
    columns: Columns,
    day: np.ndarray,
    sizes: Mapping[str, int],
    codes: Callable[[str], np.ndarray | int],
    measures: Mapping[str, np.ndarray | None],
) -> None:
    """Sums of each measure (None counts) by the day and the code of each row, two fields side by side."""
    days = columns.facts.days

    def summed(name: str) -> list[np.ndarray]:
        cell, cells = day * sizes[name] + codes(name), days * sizes[name]
        found = (np.bincount(cell, values, cells).astype("float64") for values in measures.values())
        return [narrow(sums).reshape(days, sizes[name]) for sums in found]

    for name, cubes in zip(sizes, parallel_map(summed, sizes), strict=True):
        for measure, cube in zip(measures, cubes, strict=True):
            columns.put_cube(name, measure, cube)
