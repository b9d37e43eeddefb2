"""Refunds that stand in columns of the line that was sold, of its order, or in rows of a joined file: each becomes a
line of its own."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from analytics.language import N_
from analytics.loading.lines.mapping import order_money
from analytics.loading.lines.mapping.mapper import Mapper
from analytics.loading.lines.spool import Column
from analytics.loading.spec import REFUNDS, SINGLE
from analytics.quality import Quality

LEFT = ("amount", "quantity", "cost")  # of which a refund leaves less to be refunded
SINGLE_AMOUNT, SINGLE_AT = SINGLE

Made = tuple[dict[str, Column], np.ndarray]  # refund lines, and the row that each is made of


def refunded(
    mapper: Mapper,
    lines: dict[str, Column],
    rows: np.ndarray,
    rate: np.ndarray,
    money: Collection[str],
    quality: Quality,
) -> list[Made]:
    """The columns of the refund lines, and the row that each is made of; no lines where nothing is refunded.

    `lines` are the sold lines of the `rows` that are kept, `rate` converts the money of every row. Refunds that a
    joined file tells one by one come first; what the line or its order tells beyond them follows. A refund takes back
    at most what is left of the line. Its pieces are those that a column names, or all where the whole rest comes back,
    else none; its cost goes with the pieces, and other `money` is 0. It counts on its own day, of which an order has
    one where the refund is the order's, or where that is missing on the day of the order.
    """
    sold = _Sold(mapper, dict(lines), rows, rate, money, quality)
    found = []
    told = np.zeros(len(mapper.rows))  # of each row's order, by single refunds
    if SINGLE_AMOUNT in mapper.rules:
        for _ in mapper.single_rows():
            value = np.abs(np.nan_to_num(mapper.of_order(SINGLE_AMOUNT)))
            told += value
            at = mapper.time(SINGLE_AT) if SINGLE_AT in mapper.rules else None
            found.append(sold.refunded(sold.shared(value), None, at))
    if any(f"{REFUNDS}.{name}" in mapper.rules for name in ("order_amount", "line_amount", "line_quantity")):
        amounts, pieces = _amounts(mapper, sold, told)
        at = mapper.time(f"{REFUNDS}.at") if f"{REFUNDS}.at" in mapper.rules else None
        if at is not None and f"{REFUNDS}.order_amount" in mapper.rules:
            at = order_money.first_of(at, mapper.orders())
        found.append(sold.refunded(amounts, pieces, at))
    return found


def _amounts(mapper: Mapper, sold: _Sold, told: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """What is refunded of each line by its own columns or its order's, and how many pieces; none where nothing says.
    Of an order, only what single refunds have not told."""
    pieces = None
    asked = np.zeros(len(sold.rows))
    if f"{REFUNDS}.line_quantity" in mapper.rules:
        pieces = np.abs(np.nan_to_num(mapper.number(f"{REFUNDS}.line_quantity")[sold.rows]))
        amount, quantity = sold.left("amount"), sold.left("quantity")
        with np.errstate(divide="ignore", invalid="ignore"):
            asked = np.where(quantity > 0, np.maximum(amount, 0.0) * pieces / quantity, 0.0)
    if f"{REFUNDS}.line_amount" in mapper.rules:
        asked = np.abs(np.nan_to_num(mapper.number(f"{REFUNDS}.line_amount")[sold.rows])) * sold.rate[sold.rows]
    if f"{REFUNDS}.order_amount" in mapper.rules:
        value = np.abs(np.nan_to_num(mapper.of_order(f"{REFUNDS}.order_amount")))
        rest = value - told
        asked = sold.shared(np.where(rest > 0.5 / 10**mapper.digits, rest, 0.0))
    return asked, pieces


class _Sold:
    """Lines that were sold, and what is left of them after the refunds so far."""

    def __init__(
        self,
        mapper: Mapper,
        lines: dict[str, Column],
        rows: np.ndarray,
        rate: np.ndarray,
        money: Collection[str],
        quality: Quality,
    ) -> None:
        self.rows, self.rate = rows, rate
        self._mapper, self._lines, self._money, self._quality = mapper, lines, money, quality

    def left(self, name: str) -> np.ndarray:
        """What is left of each line's amount, quantity or cost."""
        return np.asarray(self._lines[name])

    def shared(self, value: np.ndarray) -> np.ndarray:
        """Each line's share in a value of its order, by what is left of the lines; in the data set's currency."""
        weights = np.zeros(len(value))
        weights[self.rows] = np.where(self.left("sale"), np.maximum(self.left("amount"), 0.0), 0.0)
        shares = order_money.shared(value, weights, self._mapper.orders(), self._mapper.digits)
        return np.asarray((shares * self.rate)[self.rows])

    def refunded(self, asked: np.ndarray, pieces: np.ndarray | None, at: np.ndarray | None) -> Made:
        """The lines that refund these amounts, at most what is left of each line. `pieces` of each line, and the
        day `at` of each row, where something says so."""
        mapper, quality = self._mapper, self._quality
        amount = np.where(self.left("sale"), np.maximum(self.left("amount"), 0.0), 0.0)
        cent = 0.5 / 10**mapper.digits
        over = np.flatnonzero(asked > amount + cent)
        label = N_("lines refunded for more than they were sold for; the excess, such as shipping and tax, is left out")
        quality.add("refund_over", label, "noticed", len(over), mapper.rows.examples(self.rows[over]))
        back = np.minimum(asked, amount)
        found = np.flatnonzero(back > 0)
        taken = {name: _taken(column, found) for name, column in self._lines.items()}
        left = self.left("quantity")[found]
        count = np.where(back[found] >= amount[found] - cent, left, 0.0) if pieces is None else pieces[found]
        taken["amount"] = -back[found]
        taken["quantity"] = -count
        for name in self._money:
            if name in taken:
                taken[name] = np.zeros(len(found))
        if "cost" in taken:
            with np.errstate(divide="ignore", invalid="ignore"):
                taken["cost"] = np.where(left != 0, -self.left("cost")[found] * count / left, 0.0)
        taken["sale"] = np.zeros(len(found), bool)
        for name in LEFT:
            if name in taken:
                rest = self.left(name).copy()
                rest[found] += taken[name]
                self._lines[name] = rest
        self._date(taken, at, found)
        label = N_("refunds found in columns of the sales, each now a line of its own")
        quality.add("refund_made", label, "added", len(found), mapper.rows.examples(self.rows[found]))
        return taken, self.rows[found]

    def _date(self, taken: dict[str, Column], at: np.ndarray | None, found: np.ndarray) -> None:
        """Put the day of each refund where the line's own day stands."""
        name = "posted_at" if "posted_at" in taken else "ordered_at"
        rows = self.rows[found]
        undated = np.arange(len(rows))
        if at is not None:
            own = at[rows]
            undated = np.flatnonzero(np.isnat(own))
            taken[name] = np.where(np.isnat(own), taken["ordered_at"], own)
        label = N_("refunds without a date, counted on the day of the order")
        self._quality.add("refund_undated", label, "noticed", len(undated), self._mapper.rows.examples(rows[undated]))


def _taken(column: Column, rows: np.ndarray) -> Column:
    return column[rows] if isinstance(column, np.ndarray) else column.take(rows)
