"""Arithmetic that a file obeys if it was understood: lines that add up to their order, columns that make another."""

from __future__ import annotations

import numpy as np

from analytics.language import N_
from analytics.loading.lines.mapping import order_money
from analytics.loading.lines.mapping.mapper import Mapper
from analytics.loading.spec import Check
from analytics.quality import Quality


def add_checks(mapper: Mapper, checks: tuple[Check, ...], keep: np.ndarray, quality: Quality) -> None:
    """Count the orders, or lines, for which each check holds, and name those for which it does not.

    Values are those of the file: before refunds are turned and money is converted. What is off by less than half a
    minor unit a line is rounding. Where one side is missing nothing is compared.
    """
    for check in checks:
        where = f"checks.{check.name}"
        rows = np.flatnonzero(keep)
        value = np.nan_to_num(mapper.value(check.lines, where))[rows]
        other = mapper.value(check.equals, where)
        if check.of_order:
            order = mapper.orders()
            other = order_money.once(other, order)[0][rows]
            rows, value, other, count = _by_order(order[rows], rows, value, other)
        else:
            other, count = other[rows], np.ones(len(rows))
        known = ~np.isnan(other)
        off = known & (np.abs(value - other) > count * 0.5 / 10**mapper.digits + 1e-9)
        sides = {"one": check.lines.text, "other": check.equals.text}
        holds = N_("orders: {one} = {other}", **sides) if check.of_order else N_("lines: {one} = {other}", **sides)
        fails = N_("orders: {one} ≠ {other}", **sides) if check.of_order else N_("lines: {one} ≠ {other}", **sides)
        quality.add(f"check_{check.name}_holds", holds, "noticed", int((known & ~off).sum()))
        quality.add(f"check_{check.name}", fails, "noticed", int(off.sum()), mapper.rows.examples(rows[off]))


def _by_order(
    order: np.ndarray, rows: np.ndarray, value: np.ndarray, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each order: its first row, the sum of its lines' values, its own value, and how many lines it has."""
    used, first, code, count = np.unique(order, return_index=True, return_inverse=True, return_counts=True)
    return rows[first], np.bincount(code, value, minlength=len(used)), other[first], count
