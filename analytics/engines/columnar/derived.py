"""What is derived from all that a viewer may see of an order or a customer: an order's size; a customer's first order,
whether an order is it, value tier, RFM segment.

They ignore every filter of the selection but not the viewer's policy, so that a click on one of them never changes
them. First orders are those of the whole history; tiers and segments are as of the end of the selected range."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.engines.columnar.dimensions import Dimension, days, listed
from analytics.engines.columnar.entities import entities, lines_of_customers, order_numbers, products_of_orders
from analytics.engines.columnar.measures import order_sums
from analytics.engines.columnar.rows import Rows, Selector
from analytics.engines.common.units import scale_of
from analytics.runtime.lru import LruCache
from analytics.schema import MISSING, SIZE_EDGES, SIZES
from analytics.store import StoredDataset

SIZED = {"order_products": "products", "order_units": "units"}
HISTORICAL = (*SIZED, "first_order_month", "new_or_returning", "rfm_segment", "value_tier")
AS_OF = ("rfm_segment", "value_tier")
NEW, RETURNING = "New", "Returning"
_EARLY, _LATE = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


class Histories:
    """The derived fields of one viewer's customers, each worked out once."""

    def __init__(self, data: StoredDataset, selector: Selector) -> None:
        self.data, self.selector = data, selector
        self._kept: LruCache[Dimension] = LruCache(8)
        self._first: LruCache[np.ndarray] = LruCache(1)

    def dimension(self, name: str, as_of: np.datetime64) -> Dimension:
        """One of HISTORICAL as of the day before `as_of`."""
        key = (name, as_of if name in AS_OF else None)
        return self._kept.get_or_make(
            key, lambda: self._size(name) if name in SIZED else getattr(self, f"_{name}")(as_of)
        )

    def until(self, as_of: np.datetime64) -> Rows:
        """Everything visible before a day."""
        return self.selector.rows(TimeRange(_EARLY, as_of), ())

    def first_orders(self) -> np.ndarray:
        """Number of each customer's first order with a sale; the number of orders where there is none. The unknown
        customer has none."""
        return self._first.get_or_make("first", self._first_orders)

    def _first_orders(self) -> np.ndarray:
        rows = self.until(_LATE)
        orders = np.arange(rows.orders.start, rows.orders.stop) if isinstance(rows.orders, slice) else rows.orders
        customer = rows.customer
        if rows.order_sale is not None:
            orders, customer = orders[rows.order_sale], customer[rows.order_sale]
        first = np.full(self.data.facts.customers + 1, self.data.facts.orders)
        first[customer[::-1]] = orders[::-1]
        first[0] = self.data.facts.orders
        return first

    def _size(self, name: str) -> Dimension:
        """Orders by their different products, or their units net of returns; "" where nothing is left."""
        rows = self.until(_LATE)
        orders = order_numbers(rows)
        if name == "order_products":
            sizes = products_of_orders(rows)
            scale = 1.0
        else:
            sizes, scale = order_sums(rows, "units"), scale_of(self.data, "units")
        codes = np.zeros(self.data.facts.orders, dtype="uint8")
        codes[orders] = np.searchsorted((np.array(SIZE_EDGES) - 1) * scale, sizes)
        return listed(name, "order", codes, [MISSING, *SIZES])

    def _first_order_month(self, _: np.datetime64) -> Dimension:
        first = self.first_orders()
        month = days(self.data).astype("datetime64[M]").astype("int64")
        known = first < self.data.facts.orders
        codes = np.zeros(len(first), dtype="uint16")
        day = self.data.orders["day"][first[known]]
        codes[known] = month[day] - (month[0] if len(month) else 0) + 1
        names = [str(np.datetime64(int(m), "M")) for m in range(month[0], month[-1] + 1)] if len(month) else []
        return listed("first_order_month", "customer", codes, [MISSING, *names])

    def _new_or_returning(self, _: np.datetime64) -> Dimension:
        first = self.first_orders()[self.data.orders["customer"]]
        number = np.arange(len(first))
        codes = np.where(first == self.data.facts.orders, 0, np.where(number <= first, 1, 2)).astype("uint8")
        return listed("new_or_returning", "order", codes, [MISSING, NEW, RETURNING])

    def _value_tier(self, as_of: np.datetime64) -> Dimension:
        rows = self.until(as_of)
        tiers = self.data.profile.value_tiers
        count = self.data.facts.customers + 1
        revenue = np.bincount(rows.customer, order_sums(rows, "revenue"), count) / scale_of(self.data, "revenue")
        codes = np.zeros(count, dtype="uint8")
        for i, (_, least) in reversed(list(enumerate(tiers))):
            codes[revenue >= least] = i + 1
        codes[np.bincount(rows.customer, minlength=count) == 0] = 0
        codes[0] = 0
        return listed("value_tier", "customer", codes, [MISSING, *(n for n, _ in tiers)])

    def _rfm_segment(self, as_of: np.datetime64) -> Dimension:
        from analytics.methods.customers import rfm

        report = self.data.profile.rfm_rule == "report"
        rows = self.until(as_of)
        found = entities("customer", rows).columns
        bought = found["orders"] > 0
        frequency = lines_of_customers(rows)[found["code"]] if report else found["orders"]
        facts = {"last": found["last"], "frequency": frequency, "monetary": found["revenue"]}
        customers = pd.DataFrame({n: v[bought] for n, v in facts.items()}, index=found["code"][bought])
        place = {name: i + 1 for i, name in enumerate(rfm.STANDING)}
        codes = np.zeros(self.data.facts.customers + 1, dtype="uint8")
        if len(customers):
            segments = rfm.rfm(customers, as_of, "report" if report else "standard")["segment"]
            codes[customers.index] = segments.map(place).to_numpy("uint8")
        return listed("rfm_segment", "customer", codes, [MISSING, *rfm.STANDING])
