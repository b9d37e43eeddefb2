"""Summaries that ingest computes once: sums per order, cubes (sums per day and value), copies, parents and what orders
hold.

They never change an answer: an engine may use any of them, or none. Which measures have them is said in measures.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from analytics.measures import MEASURES, LineSum, Measure
from analytics.runtime.parallel import parallel_map
from analytics.schema import HIERARCHIES, Fields
from analytics.store.layout import Columns
from analytics.store.numbers import CHUNK, narrow, taken

CELLS = 600_000  # a field has cubes where days × values are at most this number
HELD = 32  # of a field of lines with at most this number of values, each order keeps which of them it has, a bit each
COPIED = 256  # a field of orders or customers with at most this number of values is copied to each line, a byte each


def summarise(columns: Columns, known: Fields) -> Columns:
    """The columns with their summaries. `known`: the fields that the data set may have."""
    _order_sums(columns)
    facts = replace(columns.facts, positive=positive(columns), buyers=_buyers(columns))
    _copies(columns)
    _held(columns)
    _parents(columns, known)
    _cubes(columns)
    return replace(columns, facts=facts)


def summarise_part(columns: Columns) -> None:
    """The summaries of lines that continue stored ones, whose fields say what their parents are."""
    _order_sums(columns)
    _copies(columns)
    _held(columns)
    _cubes(columns)


def line_values(columns: Columns) -> dict[str, np.ndarray]:
    """What each line adds to each stored sum, by measure, in stored units. Where all lines are sales, sums over sale
    lines equal those over all lines and are left out."""
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
    values = lines[line_sum.column] if line_sum.column else np.ones(columns.facts.lines)
    values = np.nan_to_num(values) if values.dtype.kind == "f" else values
    if line_sum.given:
        values = np.where(np.isnan(lines[line_sum.given]), 0, values)
    return np.where(lines["sale"], values, 0) if "sale" in line_sum.conditions else values


def _order_sums(columns: Columns) -> None:
    """Sums over the lines of each order."""
    starts = columns.orders["start"][:-1]
    for measure, values in line_values(columns).items():
        columns.order_sums[measure] = narrow(_added_up(values, starts))
    if not columns.facts.all_sale:
        sale = columns.lines["sale"]
        columns.orders["sale"] = np.logical_or.reduceat(sale, starts) if len(starts) else np.empty(0, bool)


def _added_up(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The sum of the values from each start to the next, some at a time."""
    found = np.empty(len(starts))
    for at in range(0, len(starts), CHUNK):
        begins = starts[at : at + CHUNK]
        end = starts[at + CHUNK] if at + CHUNK < len(starts) else len(values)
        part = values[begins[0] : end]
        found[at : at + CHUNK] = np.add.reduceat(part, begins - begins[0], dtype="float64")
    return found


def positive(columns: Columns) -> tuple[str, ...]:
    """Measures to which every line adds something, so that a group whose sum is 0 has no lines."""
    return tuple(m for m, values in line_values(columns).items() if (values > 0).all())


def _buyers(columns: Columns) -> int:
    """Distinct known customers with a sale."""
    seen = np.zeros(columns.facts.customers + 1, bool)
    if "customer" in columns.orders:
        customer = columns.orders["customer"]
        seen[customer if columns.facts.all_sale else customer[columns.orders["sale"]]] = True
    return int(np.count_nonzero(seen[1:]))


def _copies(columns: Columns) -> None:
    """Copies of small fields of orders and customers: the code of each line."""
    owner = columns.lines["order"]
    for name, field in columns.fields.items():
        if (
            field.level != "line"
            and name in columns.dictionaries
            and len(columns.dictionaries[name]) <= COPIED
            and name not in ("order_id", "customer")
        ):
            columns.copies[name] = taken(_at_orders(columns, name), owner)


def _at_orders(columns: Columns, name: str) -> np.ndarray:
    if columns.fields[name].level == "customer":
        return taken(columns.customers[name], columns.orders["customer"])
    return columns.orders[name]


def _held(columns: Columns) -> None:
    """For small fields of lines: which values the sale lines of each order have, as the bits of a number.

    For example, an order with sale lines of the codes 0 and 3 has the number 1 + 8 = 9."""
    starts = columns.orders["start"][:-1]
    for name, field in columns.fields.items():
        size = len(columns.dictionaries.get(name, ()))
        if field.level == "line" and 0 < size <= HELD and len(starts):
            kind = next(k for k in ("uint8", "uint16", "uint32") if size <= np.iinfo(k).bits)
            bits = (1 << np.arange(size, dtype="uint64")).astype(kind)
            bits = taken(bits, columns.values(name))
            if not columns.facts.all_sale:
                bits[~columns.lines["sale"]] = 0
            columns.holdings[name] = np.bitwise_or.reduceat(bits, starts)


def _parents(columns: Columns, known: Fields) -> None:
    """The parents of a hierarchy's finest field, where each of its values decides theirs: the parent's code for each
    code of the finest field.

    For example, if product 0 is always of category 1 and product 1 of category 0, the table of category is [1, 0].
    """
    for finest, levels in HIERARCHIES.items():
        child = columns.fields.get(finest)
        for name in known.levels(levels):
            field = columns.fields.get(name)
            if child is None or field is None or name == finest or field.level != child.level:
                continue
            codes = columns.values(finest)
            parents = columns.values(name)
            table = np.zeros(len(columns.dictionaries[finest]), parents.dtype)
            chunks = [slice(at, at + CHUNK) for at in range(0, len(codes), CHUNK)]
            for part in chunks:
                table[codes[part]] = parents[part]
            if all((table[codes[part]] == parents[part]).all() for part in chunks):
                columns.parents[name] = table
                columns.fields[name] = replace(field, parent_of=finest)


def _cubes(columns: Columns) -> None:
    """Cubes: sums per day and value of small fields.

    Those of fields of orders and customers, of the hour and of everything ("all") add up what orders add; those of
    fields of lines add up what lines add, and have no distinct orders, since an order may have lines of several values.
    """
    days = columns.facts.days
    if not days:
        return
    measures = [m for m in MEASURES.values() if m.cube and _exact(columns, m)]
    day = columns.orders["day"]
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
        _add_cubes(columns, taken(day, columns.lines["order"]), by_line, columns.lines.__getitem__, of_lines)


def _exact(columns: Columns, measure: Measure) -> bool:
    """Whether the data have a measure, in whole stored units, so that sums of sums are exact."""
    field = measure.unit_field
    return not field or (field in columns.fields and columns.fields[field].exact)


def _of_orders(columns: Columns, measure: Measure) -> np.ndarray | None:
    """What each order adds to a measure; None where the measure equals another one and is not stored."""
    if measure.kind == "distinct":
        one_each = np.broadcast_to(np.ones(1), columns.facts.orders)
        return one_each if columns.facts.all_sale else columns.orders["sale"]
    return np.diff(columns.orders["start"]) if measure.line_sum == LineSum() else columns.order_sums.get(measure.name)


def _codes_of_orders(columns: Columns, name: str) -> np.ndarray | int:
    """The code of each order in the cube of a field."""
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
    """The cubes of some fields, two fields at a time.

    `day` and `codes` are those of rows (orders or lines), `sizes` the number of codes of each field, `measures` what
    each row adds, or None where rows are counted.
    """
    days = columns.facts.days

    def summed(name: str) -> list[np.ndarray]:
        found = np.zeros((len(measures), days * sizes[name]))
        code = codes(name)
        for at in range(0, len(day), CHUNK):
            part = slice(at, at + CHUNK)
            cell = day[part].astype("int64") * sizes[name] + (code if isinstance(code, int) else code[part])
            for sums, values in zip(found, measures.values(), strict=True):
                sums += np.bincount(cell, None if values is None else values[part], len(sums))
        return [narrow(sums).reshape(days, sizes[name]) for sums in found]

    for name, cubes in zip(sizes, parallel_map(summed, sizes), strict=True):
        for measure, cube in zip(measures, cubes, strict=True):
            columns.put_cube(name, measure, cube)
