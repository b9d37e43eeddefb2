"""The fields of common/derived.py as tables that are joined to the lines when a selection or a grouping needs them.

A table of customers has two numbers a row and is kept in this process; sizes of orders never leave DuckDB or Spark.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.common.derived import (
    AS_OF,
    SIZED,
    derived_domain,
    months,
    segment_codes,
    size_limits,
    tier_codes,
)
from analytics.engines.narwhals.customers import facts_of_customers, moments
from analytics.engines.narwhals.dimensions import LazyDimension
from analytics.engines.narwhals.source import Lazy, Source
from analytics.runtime.lru import LruCache
from analytics.store import StoredDataset


class LazyDerivedFields:
    """The derived fields of one viewer's orders and customers, each computed once.

    visible: gives the lines that the viewer may see.
    whole: whether they are whole orders.
    """

    def __init__(self, source: Source, data: StoredDataset, visible: Callable[[], Lazy], whole: bool) -> None:
        self.source = source
        self.data = data
        self.visible = visible
        self.whole = whole
        self._tables: LruCache[pd.DataFrame] = LruCache(8, 256 << 20, lambda table: int(table.memory_usage().sum()))

    def dimension(self, name: str, as_of: np.datetime64) -> LazyDimension:
        """One of HISTORICAL as of the day before `as_of`."""
        domain = derived_domain(self.data, name)
        if name in SIZED:
            return LazyDimension(domain, nw.col(name), name, lambda: self._sizes(name), "order_id")
        if name in AS_OF:
            return LazyDimension(domain, nw.col(name).fill_null(0), name, lambda: self._as_of(name, as_of))
        codes = self._month_codes() if name == "first_order_month" else _returning_codes()
        return LazyDimension(domain, codes, "first", self._first)

    def _as_of(self, name: str, as_of: np.datetime64) -> Lazy:
        """The code of each customer in a field as of a day, for joining."""
        return self.source.upload(self._tables.get_or_make((name, as_of), lambda: self._table(name, as_of)))

    def _first(self) -> Lazy:
        """The first order of each customer, for joining."""
        return self.source.upload(self._tables.get_or_make("first", self._first_orders))

    def _month_codes(self) -> nw.Expr:
        first = int(months(self.data)[0].astype("int64")) if self.data.facts.days else 0
        return nw.when(nw.col("first_month").is_null()).then(0).otherwise(nw.col("first_month") - first + 1)

    # --- tables
    def _sizes(self, name: str) -> Lazy:
        """The code of each order's size, which is the number of bands that begin at or below it; 0 for a document that
        only refunds."""
        measure = nw.col("product").n_unique() if name == "order_products" else nw.col("quantity").sum()
        limits = size_limits(self.data, name).tolist()
        reached = [(nw.col("size") > limit).cast(nw.Int64) for limit in limits]
        sold = nw.lit(1) if self.data.facts.all_sale else nw.col("sale").cast(nw.Int64)
        lines = self.visible().select("order_id", "product", "quantity", sold.alias("sold"))
        orders = lines.group_by("order_id").agg(measure.alias("size"), nw.col("sold").max())
        return orders.select("order_id", (reduce(add, reached) * nw.col("sold")).alias(name))

    def _of_customers(self) -> Lazy:
        """The visible lines of known customers."""
        return self.visible().filter(nw.col("customer") > 0)

    def _first_orders(self) -> pd.DataFrame:
        """Number and month of each customer's first order with a sale."""
        lines = self._of_customers()
        sold = lines if self.data.facts.all_sale else lines.filter(nw.col("sale"))
        order = nw.col("order_id").min().alias("first_order")
        month = nw.col("month").min().alias("first_month")
        return self.source.collect(sold.group_by("customer").agg(order, month))

    def _table(self, name: str, as_of: np.datetime64) -> pd.DataFrame:
        """The code of each customer's value tier or RFM segment as of the day before `as_of`."""
        before = nw.col("day") < int(as_of.astype("datetime64[D]").astype("int64"))
        facts = facts_of_customers(self.source, self.data, self._of_customers().filter(before), self.whole)
        revenue = facts["revenue"].to_numpy()
        orders = facts["orders"].to_numpy()
        if name == "value_tier":
            codes = tier_codes(self.data.profile, revenue, orders)
        else:
            lines = facts["lines"].to_numpy()
            first, last = (moments(facts[n]) for n in ("first", "last"))
            codes = segment_codes(self.data.profile, as_of, first, last, orders, lines, revenue)
        return pd.DataFrame({"customer": facts["customer"], name: codes})


def _returning_codes() -> nw.Expr:
    returning = nw.when(nw.col("order_id") <= nw.col("first_order")).then(1).otherwise(2)
    return nw.when(nw.col("first_order").is_null()).then(0).otherwise(returning)
