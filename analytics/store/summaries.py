"""What is worked out once, at ingest, so that a question need not: sums per order, sums per day and value, copies, and
who belongs to whom.

Nothing here changes an answer: an engine may use any of it or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from analytics.runtime.parallel import together
from analytics.schema import HIERARCHIES
from analytics.store.coding import Coded, narrow

CELLS = 600_000  # days × values up to which sums per day are kept
COPIED = 256  # values up to which an order's field is laid out per line too, a byte each


def summarise(columns: Coded) -> None:
    """Add the summaries to coded columns."""
    _order_sums(columns)
    _positive(columns)
    _buyers(columns)
    _copies(columns)
    _parents(columns)
    _cubes(columns)


def line_parts(columns: Coded) -> dict[str, np.ndarray]:
    """What each line adds to every sum, in stored units."""
    arrays = columns.arrays
    amount = arrays["line.amount"]
    parts = {"revenue": amount}
    if not columns.facts["all_sale"]:
        parts["gross"] = np.where(arrays["line.sale"], amount, 0)
    for measure, name in (("units", "quantity"), ("cost", "cost"), ("discount", "discount"), ("rating_sum", "rating")):
        if f"line.{name}" in arrays:
            parts[measure] = np.nan_to_num(arrays[f"line.{name}"])
    for measure, name, kept in (("costed_revenue", "cost", amount), ("rated_lines", "rating", np.ones(len(amount)))):
        if f"line.{name}" in arrays:
            known = ~np.isnan(arrays[f"line.{name}"])
            parts[measure] = np.where(known, kept, 0)
    return parts


def _order_sums(columns: Coded) -> None:
    """`order.sum.<measure>`: sums over the lines of each order."""
    starts = columns.arrays["order.start"][:-1]
    for measure, values in line_parts(columns).items():
        sums = np.add.reduceat(values, starts, dtype="float64") if len(starts) else np.empty(0)
        columns.arrays[f"order.sum.{measure}"] = narrow(sums)
    if not columns.facts["all_sale"]:
        sale = columns.arrays["line.sale"]
        columns.arrays["order.sale"] = np.logical_or.reduceat(sale, starts) if len(starts) else np.empty(0, bool)


def _positive(columns: Coded) -> None:
    """`positive`: measures to which every line adds, so that a group without any has no lines."""
    columns.facts["positive"] = [m for m, values in line_parts(columns).items() if (values > 0).all()]


def _buyers(columns: Coded) -> None:
    """`buyers`: distinct known customers with a sale."""
    seen = np.zeros(columns.facts["customers"] + 1, bool)
    if "order.customer" in columns.arrays:
        sale = columns.arrays.get("order.sale")
        customer = columns.arrays["order.customer"]
        seen[customer if sale is None else customer[sale]] = True
    columns.facts["buyers"] = int(np.count_nonzero(seen[1:]))


def _copies(columns: Coded) -> None:
    """`copy.<field>`: the codes of an order's or customer's field for each line."""
    owner = columns.arrays["line.order"]
    for name, about in columns.fields.items():
        if (
            about["level"] != "line"
            and name in columns.labels
            and len(columns.labels[name]) <= COPIED
            and name not in ("order_id", "customer")
        ):
            columns.arrays[f"copy.{name}"] = _at_orders(columns, name)[owner]


def _at_orders(columns: Coded, name: str) -> np.ndarray:
    if columns.fields[name]["level"] == "customer":
        return columns.arrays[f"customer.{name}"][columns.arrays["order.customer"]]
    return columns.arrays[f"order.{name}"]


def _parents(columns: Coded) -> None:
    """`parent.<field>`: for a field that follows from a finer one (`of`), its code for each code of that one."""
    for children in HIERARCHIES:
        child = columns.fields.get(children)
        for name in HIERARCHIES[children]:
            about = columns.fields.get(name)
            if child is None or about is None or name == children or about["level"] != child["level"]:
                continue
            low, high = (columns.arrays[f"{child['level']}.{n}"] for n in (children, name))
            table = np.zeros(len(columns.labels[children]), high.dtype)
            table[low] = high
            if (table[low] == high).all():
                columns.arrays[f"parent.{name}"] = table
                about["of"] = children


def _cubes(columns: Coded) -> None:
    """`cube.<field>.<measure>`: sums per day and value of small fields (`all`: of everything; `hour`: of the hours)."""
    arrays, days = columns.arrays, columns.facts["days"]
    exact = all(columns.fields[n].get("scale") for n in ("amount", "quantity"))
    if not exact or not days:
        return
    sale = None if columns.facts["all_sale"] else arrays["order.sale"]
    day = arrays["order.day"].astype("int64")
    sums = {m: arrays[f"order.sum.{m}"] for m in ("revenue", "gross", "units") if f"order.sum.{m}" in arrays}
    sums |= {"lines": np.diff(arrays["order.start"]), "orders": np.ones(len(day)) if sale is None else sale}
    by_order = {
        n: len(columns.labels[n])
        for n, f in columns.fields.items()
        if f["level"] != "line" and n in columns.labels and n != "order_id"
    }
    sizes = {n: size for n, size in ({"all": 1, "hour": 24} | by_order).items() if days * size <= CELLS}

    def codes(name: str) -> np.ndarray | int:
        return 0 if name == "all" else arrays["order.hour"] if name == "hour" else _at_orders(columns, name)

    _add_cubes(columns, day, sizes, codes, sums)
    _line_cubes(columns, day)


def _line_cubes(columns: Coded, day: np.ndarray) -> None:
    """The same for fields of lines, but for distinct orders, which are not sums of lines."""
    arrays, days = columns.arrays, columns.facts["days"]
    parts = {m: v for m, v in line_parts(columns).items() if m in ("revenue", "gross", "units")}
    sizes = {
        name: len(columns.labels[name])
        for name, about in columns.fields.items()
        if about["level"] == "line" and name in columns.labels and "of" not in about
    }
    sizes = {name: size for name, size in sizes.items() if days * size <= CELLS}
    if sizes:
        _add_cubes(columns, day[arrays["line.order"]], sizes, lambda n: arrays[f"line.{n}"], parts | {"lines": None})


def _add_cubes(
    columns: Coded,
    day: np.ndarray,
    sizes: Mapping[str, int],
    codes: Callable[[str], np.ndarray | int],
    measures: Mapping[str, np.ndarray | None],
) -> None:
    """Sums of each measure (None counts) by the day and the code of each row, two fields side by side."""
    days = columns.facts["days"]

    def summed(name: str) -> list[np.ndarray]:
        cell, cells = day * sizes[name] + codes(name), days * sizes[name]
        found = (np.bincount(cell, values, cells).astype("float64") for values in measures.values())
        return [narrow(sums).reshape(days, sizes[name]) for sums in found]

    for name, cubes in zip(sizes, together(summed, sizes), strict=True):
        columns.arrays.update({f"cube.{name}.{m}": cube for m, cube in zip(measures, cubes, strict=True)})
