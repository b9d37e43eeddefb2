"""One row per customer or per order over a selection's rows."""

from __future__ import annotations

from typing import Literal

import numpy as np

from analytics.engines.base import Entities, LazyColumns
from analytics.engines.columnar.chunks import occurring, take
from analytics.engines.columnar.measures import first_of_pairs, lines_of_orders, often, order_sums
from analytics.engines.columnar.rows import Rows
from analytics.engines.common.units import scale_of
from analytics.store.numbers import times_of


def entities(level: Literal["customer", "order"], rows: Rows) -> Entities:
    """One row per customer, or per order, that has a selected line (base.Entities)."""
    return _customers(rows) if level == "customer" else _orders(rows)


def order_numbers(rows: Rows) -> np.ndarray:
    """The numbers of the selected orders."""
    return np.arange(rows.orders.start, rows.orders.stop) if isinstance(rows.orders, slice) else rows.orders


def _customers(rows: Rows) -> Entities:
    data = rows.data
    customer = rows.customer
    count = data.facts.customers + 1
    code = np.flatnonzero(occurring(customer, count)[1:]) + 1
    buyers = customer if rows.order_sale is None else customer[rows.order_sale]

    def summed(measure: str) -> np.ndarray:
        return np.bincount(customer, order_sums(rows, measure), count)[code] / scale_of(data, measure)

    def order_time(step: int) -> np.ndarray:
        """The time of each customer's last order (step 1) or first (step −1): of several assignments the last stays."""
        found = np.full(count, np.datetime64("NaT"), "datetime64[us]")
        found[buyers[::step]] = times_of(_bought(rows, "at"))[::step]
        return found[code]

    def order_days() -> np.ndarray:
        days = max(1, data.facts.days)
        visits = often(buyers.astype("int64") * days + _bought(rows, "day"), 1)
        return np.bincount(visits // days, minlength=count)[code]

    columns = {
        "code": lambda: code,
        "orders": lambda: np.bincount(buyers, minlength=count)[code],
        "revenue": lambda: summed("revenue"),
        "units": lambda: summed("units"),
        "first": lambda: order_time(-1),
        "last": lambda: order_time(1),
        "order_days": order_days,
    }
    return Entities("customer", LazyColumns(columns), data.dictionaries["customer"].take)


def _bought(rows: Rows, name: str) -> np.ndarray:
    """A column of the selected orders that have a sale."""
    found = take(rows.data.orders[name], rows.orders)
    return found if rows.order_sale is None else found[rows.order_sale]


def _orders(rows: Rows) -> Entities:
    data = rows.data
    code = order_numbers(rows)
    known = "customer" in data.orders

    def customer() -> np.ndarray:
        found = rows.customer.astype("int64") if known else np.zeros(len(code), dtype="int64")
        found[found == 0] = -1
        return found

    columns = {
        "code": lambda: code,
        "customer": customer,
        "ordered_at": lambda: data.order_times(rows.orders),
        "revenue": lambda: order_sums(rows, "revenue") / scale_of(data, "revenue"),
        "units": lambda: order_sums(rows, "units") / scale_of(data, "units"),
        "lines": lambda: lines_of_orders(rows),
        "products": lambda: products_of_orders(rows),
    }
    return Entities("order", LazyColumns(columns), data.dictionaries["order_id"].take)


def products_of_orders(rows: Rows) -> np.ndarray:
    """How many different products the selected lines of each selected order have."""
    owner = np.repeat(np.arange(rows.order_count), lines_of_orders(rows))
    product = take(rows.data.lines["product"], rows.line_index)
    return np.bincount(owner[first_of_pairs(owner, product)], minlength=rows.order_count)


def lines_of_customers(rows: Rows) -> np.ndarray:
    """The selected lines of each customer, the unknown one first."""
    return np.bincount(rows.customer, lines_of_orders(rows), rows.data.facts.customers + 1).astype("int64")
