"""Refunds that stand in columns of the line that was sold, or of its order: each becomes a line of its own."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from analytics.loading.lines import order_money
from analytics.loading.lines.mapping import Mapper
from analytics.loading.lines.spool import Column
from analytics.loading.spec import REFUNDS
from analytics.quality import Quality


def refunded(
    mapper: Mapper,
    lines: dict[str, Column],
    rows: np.ndarray,
    rate: np.ndarray,
    money: Collection[str],
    quality: Quality,
) -> tuple[dict[str, Column], np.ndarray]:
    """The columns of the refund lines, and the row that each is made of; no lines where nothing is refunded.

    `lines` are the sold lines of the `rows` that are kept, `rate` converts the money of every row. A refund takes back
    at most what the line was sold for. Its pieces are those that a column names, or all where the whole amount comes
    back, else none; its cost goes with the pieces, and other `money` is 0. It counts on its own day, of which an order
    has one where the refund is the order's, or where that is missing on the day of the order.
    """
    amounts, pieces = _amounts(mapper, lines, rows, rate, quality)
    found = np.flatnonzero((amounts > 0) & lines["sale"])
    taken = {name: _taken(column, found) for name, column in lines.items()}
    sold = lines["quantity"][found]
    whole = amounts[found] >= lines["amount"][found] - 0.5 / 10**mapper.digits
    back = np.where(np.isnan(pieces[found]), np.where(whole, sold, 0.0), pieces[found])
    taken["amount"] = -amounts[found]
    taken["quantity"] = -back
    for name in money:
        if name in taken:
            taken[name] = np.zeros(len(found))
    if "cost" in taken:
        with np.errstate(divide="ignore", invalid="ignore"):
            taken["cost"] = np.where(sold != 0, -lines["cost"][found] * back / sold, 0.0)
    taken["sale"] = np.zeros(len(found), bool)
    _date(mapper, taken, rows[found], quality)
    quality.add("refund_made", "refund lines made of columns of what was sold", "added", len(found),
                mapper.rows.examples(rows[found]))  # fmt: skip
    return taken, rows[found]


def _amounts(
    mapper: Mapper, lines: dict[str, Column], rows: np.ndarray, rate: np.ndarray, quality: Quality
) -> tuple[np.ndarray, np.ndarray]:
    """What is refunded of each line, never more than it was sold for, and how many pieces; NaN where nothing says."""
    pieces = np.full(len(rows), np.nan)
    sold = np.maximum(lines["amount"], 0.0)
    asked = np.zeros(len(rows))
    if f"{REFUNDS}.line_quantity" in mapper.rules:
        pieces = np.abs(np.nan_to_num(mapper.number(f"{REFUNDS}.line_quantity")[rows]))
        with np.errstate(divide="ignore", invalid="ignore"):
            asked = np.where(lines["quantity"] > 0, sold * pieces / lines["quantity"], 0.0)
    for name in ("line_amount", "order_amount"):
        if f"{REFUNDS}.{name}" in mapper.rules:
            asked = np.abs(np.nan_to_num(mapper.number(f"{REFUNDS}.{name}")[rows])) * rate[rows]
    over = np.flatnonzero(asked > sold + 0.5 / 10**mapper.digits)
    label = "lines refunded with more than they were sold for: the rest, such as shipping and tax, is left out"
    quality.add("refund_over", label, "noticed", len(over), mapper.rows.examples(rows[over]))
    return np.minimum(asked, sold), pieces


def _taken(column: Column, rows: np.ndarray) -> Column:
    return column[rows] if isinstance(column, np.ndarray) else column.take(rows)


def _date(mapper: Mapper, taken: dict[str, Column], rows: np.ndarray, quality: Quality) -> None:
    """Put the day of each refund where the line's own day stands."""
    name = "posted_at" if "posted_at" in taken else "ordered_at"
    if f"{REFUNDS}.at" in mapper.rules:
        at = mapper.time(f"{REFUNDS}.at")
        if f"{REFUNDS}.order_amount" in mapper.rules:
            at = order_money.first_of(at, mapper.orders())
        at = at[rows]
        undated = np.flatnonzero(np.isnat(at))
        taken[name] = np.where(np.isnat(at), taken["ordered_at"], at)
    else:
        undated = np.arange(len(rows))
    label = "refunds without a day of their own, which count on the day of the order"
    quality.add("refund_undated", label, "noticed", len(undated), mapper.rows.examples(rows[undated]))
