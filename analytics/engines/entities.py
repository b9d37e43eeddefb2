"""One row per customer or per order over a selection's rows."""

from __future__ import annotations

from typing import Literal

import numpy as np

from analytics.engines.base import Entities
from analytics.engines.measures import first_of_pairs, lines_of_orders, order_sums, scale_of
from analytics.engines.pieces import taken
from analytics.engines.rows import Rows

_LATEST = np.iinfo("int64").max


def entities(level: Literal["customer", "order"], rows: Rows) -> Entities:
    """Entities of base.py over these rows."""
    return _customers(rows) if level == "customer" else _orders(rows)


def order_numbers(rows: Rows) -> np.ndarray:
    """The selected orders."""
    return np.arange(rows.orders.start, rows.orders.stop) if isinstance(rows.orders, slice) else rows.orders


def _customers(rows: Rows) -> Entities:
    data, customer = rows.data, rows.customer
    count = data.facts["customers"]
    orders, at, day = (
        taken(a, rows.orders)
        for a in (np.arange(data.facts["orders"]), data.arrays["order.at"], data.arrays["order.day"])
    )
    seen = np.bincount(customer, minlength=count + 1) > 0
    revenue, units = (
        np.bincount(customer, order_sums(rows, m), count + 1) / scale_of(data, m) for m in ("revenue", "units")
    )
    if rows.order_sale is not None:
        customer, at, day, orders = (a[rows.order_sale] for a in (customer, at, day, orders))
    bought = np.bincount(customer, minlength=count + 1)
    first, last = np.full(count + 1, np.iinfo("int64").min), np.full(count + 1, np.iinfo("int64").min)
    first[customer[::-1]] = at[::-1]  # orders lie in time: the last written is the earliest
    last[customer] = at
    by_customer = np.argsort(customer, kind="stable")
    days = np.bincount(customer[by_customer][first_days(customer[by_customer], day[by_customer])], minlength=count + 1)
    code = np.flatnonzero(seen[1:]) + 1
    columns = {
        "code": code,
        "orders": bought[code],
        "revenue": revenue[code],
        "units": units[code],
        "first": first[code].astype("datetime64[us]"),
        "last": last[code].astype("datetime64[us]"),
        "order_days": days[code],
    }
    return Entities("customer", columns, data.labels["customer"].take)


def first_days(customer: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Marks the first order of each customer and day; customers lie together, their days in order."""
    if not len(customer):
        return np.empty(0, bool)
    return np.concatenate(([True], (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])))


def _orders(rows: Rows) -> Entities:
    data = rows.data
    code = order_numbers(rows)
    customer = rows.customer.astype("int64") if "order.customer" in data.arrays else np.zeros(len(code), dtype="int64")
    columns = {
        "code": code,
        "customer": np.where(customer == 0, -1, customer),
        "ordered_at": data.arrays["order.at"][code].astype("datetime64[us]"),
        "revenue": order_sums(rows, "revenue") / scale_of(data, "revenue"),
        "units": order_sums(rows, "units") / scale_of(data, "units"),
        "lines": lines_of_orders(rows),
        "products": products_of_orders(rows),
    }
    return Entities("order", columns, data.labels["order_id"].take)


def products_of_orders(rows: Rows) -> np.ndarray:
    """Different products of the selected lines of each selected order."""
    owner = np.repeat(np.arange(rows.order_count), lines_of_orders(rows))
    product = taken(rows.data.arrays["line.product"], rows.line_index)
    return np.bincount(owner[first_of_pairs(owner, product)], minlength=rows.order_count)


def lines_of_customers(rows: Rows) -> np.ndarray:
    """Selected lines of each customer, the unknown one last."""
    return np.bincount(rows.customer, lines_of_orders(rows), rows.data.facts["customers"] + 1).astype("int64")
