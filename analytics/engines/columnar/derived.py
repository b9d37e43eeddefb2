"""The fields of common/derived.py as codes of orders and customers, out of the rows that a viewer may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from analytics.calendar import TimeRange
from analytics.engines.columnar.chunks import take
from analytics.engines.columnar.dimensions import Dimension, dimension_of
from analytics.engines.columnar.entities import entities, lines_of_customers, order_numbers, products_of_orders
from analytics.engines.columnar.measures import order_sums
from analytics.engines.columnar.rows import Rows
from analytics.engines.columnar.selector import EARLIEST, LATEST, Selector
from analytics.engines.common.derived import (
    AS_OF,
    SIZED,
    derived_domain,
    months,
    segment_codes,
    size_limits,
    tier_codes,
)
from analytics.engines.common.dimensions import days
from analytics.runtime.lru import LruCache
from analytics.store import StoredDataset
from analytics.store.numbers import code_type


class DerivedFields:
    """The derived fields of one viewer's orders and customers, each computed once."""

    def __init__(self, data: StoredDataset, selector: Selector) -> None:
        self.data = data
        self.selector = selector
        self._kept: LruCache[Dimension] = LruCache(8)
        self._first: LruCache[np.ndarray] = LruCache(1)

    def dimension(self, name: str, as_of: np.datetime64) -> Dimension:
        """One of HISTORICAL as of the day before `as_of`."""
        return self._kept.get_or_make((name, as_of if name in AS_OF else None), lambda: self._dimension(name, as_of))

    def _dimension(self, name: str, as_of: np.datetime64) -> Dimension:
        codes: dict[str, Callable[[], np.ndarray]] = {
            "first_order_month": self._first_order_months,
            "new_or_returning": self._new_or_returning,
            "value_tier": lambda: self._value_tiers(as_of),
            "rfm_segment": lambda: self._rfm_segments(as_of),
        }
        domain = derived_domain(self.data, name)
        found = self._sizes(name) if name in SIZED else codes[name]()
        return dimension_of(domain, partial(take, found.astype(code_type(domain.size))))

    def _until(self, as_of: np.datetime64) -> Rows:
        """Everything visible before a day."""
        return self.selector.rows(TimeRange(EARLIEST, as_of), ())

    def first_orders(self) -> np.ndarray:
        """The number of each customer's first order with a sale; the number of all orders for those without one, and
        for the unknown customer."""
        return self._first.get_or_make("first", self._first_orders)

    def _first_orders(self) -> np.ndarray:
        rows = self._until(LATEST)
        orders = order_numbers(rows)
        customer = rows.customer
        if rows.order_sale is not None:
            orders = orders[rows.order_sale]
            customer = customer[rows.order_sale]
        first = np.full(self.data.facts.customers + 1, self.data.facts.orders)
        first[customer[::-1]] = orders[::-1]  # the last of several assignments wins: the earliest order
        first[0] = self.data.facts.orders
        return first

    def _sizes(self, name: str) -> np.ndarray:
        """Orders by their different products, or by their units less returned ones; a document that only refunds is
        no order, and has no size."""
        rows = self._until(LATEST)
        sizes = products_of_orders(rows) if name == "order_products" else order_sums(rows, "units")
        codes = np.zeros(self.data.facts.orders, dtype="int64")
        codes[order_numbers(rows)] = np.searchsorted(size_limits(self.data, name), sizes)
        if rows.order_sale is not None:
            codes[order_numbers(rows)[~rows.order_sale]] = 0
        return codes

    def _first_order_months(self) -> np.ndarray:
        first = self.first_orders()
        known = first < self.data.facts.orders
        month = days(self.data).astype("datetime64[M]").astype("int64")
        codes = np.zeros(len(first), dtype="int64")
        codes[known] = month[self.data.orders["day"][first[known]]] - months(self.data)[:1].astype("int64") + 1
        return codes

    def _new_or_returning(self) -> np.ndarray:
        first = self.first_orders()[self.data.orders["customer"]]
        return np.where(first == self.data.facts.orders, 0, np.where(np.arange(len(first)) <= first, 1, 2))

    def _value_tiers(self, as_of: np.datetime64) -> np.ndarray:
        found = entities("customer", self._until(as_of)).columns
        codes = np.zeros(self.data.facts.customers + 1, dtype="int64")
        codes[found["code"]] = tier_codes(self.data.profile, found["revenue"], found["orders"])
        return codes

    def _rfm_segments(self, as_of: np.datetime64) -> np.ndarray:
        rows = self._until(as_of)
        found = entities("customer", rows).columns
        lines = lines_of_customers(rows)[found["code"]]
        codes = np.zeros(self.data.facts.customers + 1, dtype="int64")
        codes[found["code"]] = segment_codes(
            self.data.profile, as_of, found["first"], found["last"], found["orders"], lines, found["revenue"]
        )
        return codes
