"""What is worked out once, at ingest, so that a question need not: sums per order, sums per day and value, copies, and
who belongs to whom.

Nothing here changes an answer: an engine may use any of it or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from analytics.runtime.parallel import parallel_map
from analytics.schema import HIERARCHIES
from analytics.store.coding import narrow
from analytics.store.layout import Columns

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


def line_parts(columns: Columns) -> dict[str, np.ndarray]:
    """What each line adds to every sum, in stored units."""
    lines = columns.lines
    amount = lines["amount"]
    parts = {"revenue": amount}
    if not columns.facts.all_sale:
        parts["gross"] = np.where(lines["sale"], amount, 0)
    for measure, name in (("units", "quantity"), ("cost", "cost"), ("discount", "discount"), ("rating_sum", "rating")):
        if name in lines:
            parts[measure] = np.nan_to_num(lines[name])
    for measure, name, kept in (("costed_revenue", "cost", amount), ("rated_lines", "rating", np.ones(len(amount)))):
        if name in lines:
            known = ~np.isnan(lines[name])
            parts[measure] = np.where(known, kept, 0)
    return parts


def _order_sums(columns: Columns) -> None:
    """Sums over the lines of each order."""
    starts = columns.orders["start"][:-1]
    for measure, values in line_parts(columns).items():
        sums = np.add.reduceat(values, starts, dtype="float64") if len(starts) else np.empty(0)
        columns.order_sums[measure] = narrow(sums)
    if not columns.facts.all_sale:
        sale = columns.lines["sale"]
        columns.orders["sale"] = np.logical_or.reduceat(sale, starts) if len(starts) else np.empty(0, bool)


def _positive(columns: Columns) -> tuple[str, ...]:
    """Measures to which every line adds something."""
    return tuple(m for m, values in line_parts(columns).items() if (values > 0).all())


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
        return columns.customers[name][columns.orders["customer"]]
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
    """Sums per day and value of small fields (`all`: of everything; `hour`: of the hours)."""
    orders, days = columns.orders, columns.facts.days
    exact = all(columns.fields[n].exact for n in ("amount", "quantity"))
    if not exact or not days:
        return
    day = orders["day"].astype("int64")
    sums = {m: columns.order_sums[m] for m in ("revenue", "gross", "units") if m in columns.order_sums}
    sums["lines"] = np.diff(orders["start"])
    sums["orders"] = np.ones(len(day)) if columns.facts.all_sale else orders["sale"]
    by_order = {
        n: len(columns.dictionaries[n])
        for n, f in columns.fields.items()
        if f.level != "line" and n in columns.dictionaries and n != "order_id"
    }
    sizes = {n: size for n, size in ({"all": 1, "hour": 24} | by_order).items() if days * size <= CELLS}

    def codes(name: str) -> np.ndarray | int:
        return 0 if name == "all" else orders["hour"] if name == "hour" else _at_orders(columns, name)

    _add_cubes(columns, day, sizes, codes, sums)
    _line_cubes(columns, day)


def _line_cubes(columns: Columns, day: np.ndarray) -> None:
    """The same for fields of lines, but for distinct orders, which are not sums of lines."""
    days = columns.facts.days
    parts = {m: v for m, v in line_parts(columns).items() if m in ("revenue", "gross", "units")}
    sizes = {
        name: len(columns.dictionaries[name])
        for name, about in columns.fields.items()
        if about.level == "line" and name in columns.dictionaries and not about.parent_of
    }
    sizes = {name: size for name, size in sizes.items() if days * size <= CELLS}
    if sizes:
        _add_cubes(columns, day[columns.lines["order"]], sizes, columns.lines.__getitem__, parts | {"lines": None})


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
