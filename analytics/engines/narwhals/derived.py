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
            return LazyDimension(domain, nw.col(name).fill_null(0), name, lambda: self._given(name, as_of))
        codes = self._month_codes() if name == "first_order_month" else _returning_codes()
        return LazyDimension(domain, codes, "first", lambda: self._given("first", None))

    def _given(self, name: str, as_of: np.datetime64 | None) -> Lazy:
        """A table of customers, for joining: the codes of a field as of a day, or first orders."""
        if as_of is None:
            return self.source.upload(self._tables.get_or_make((name, as_of), self._first_orders))
        return self.source.upload(self._tables.get_or_make((name, as_of), lambda: self._table(name, as_of)))

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
        facts = self.facts(self._of_customers().filter(before), self.whole)
        revenue = facts["revenue"].to_numpy()
        orders = facts["orders"].to_numpy()
        if name == "value_tier":
            codes = tier_codes(self.data.profile, revenue, orders)
        else:
            lines = facts["lines"].to_numpy()
            first, last = (moments(facts[n]) for n in ("first", "last"))
            codes = segment_codes(self.data.profile, as_of, first, last, orders, lines, revenue)
        return pd.DataFrame({"customer": facts["customer"], name: codes})

    def facts(self, rows: Lazy, whole: bool, *, order_days: bool = False) -> pd.DataFrame:
        """One row per customer of some lines of known customers, sorted.

        Columns: customer, revenue, units, lines; and, of sale lines, orders, first and last (microseconds since 1970)
        and, where they are wanted, order_days (distinct days). `whole`: the lines are whole orders.
        """
        sold = nw.lit(True) if self.data.facts.all_sale else nw.col("sale")
        parts = {
            "amount": nw.col("amount"),
            "quantity": nw.col("quantity"),
            "at": nw.when(sold).then(nw.col("order_at")),
            "blank": (~sold).cast(nw.Int64),
            "order": nw.col("head").cast(nw.Int64) if whole else nw.when(sold).then(nw.col("order_id")),
        }
        exact = {n: nw.Int64 if self.data.fields[n].exact else nw.Float64 for n in ("amount", "quantity")}
        orders = nw.col("order").sum() if whole else nw.col("order").n_unique()
        totals = [
            nw.col("amount").sum().cast(exact["amount"]).alias("revenue"),
            nw.col("quantity").sum().cast(exact["quantity"]).alias("units"),
            nw.len().cast(nw.Int64).alias("lines"),
            orders.cast(nw.Int64).alias("orders"),
            nw.col("at").min().alias("first"),
            nw.col("at").max().alias("last"),
            nw.col("blank").max(),
        ]
        if order_days:
            parts["order_days"] = nw.when(sold).then(nw.col("day"))
            totals.append(nw.col("order_days").n_unique().cast(nw.Int64))
        grouped = rows.select("customer", *(e.alias(n) for n, e in parts.items())).group_by("customer").agg(*totals)
        found = self.source.collect(grouped).sort_values("customer", ignore_index=True)
        blank = found.pop("blank")  # a blank is counted as one more value
        if not whole:
            found["orders"] -= blank
        if order_days:
            found["order_days"] -= blank
        for name, field in (("revenue", "amount"), ("units", "quantity")):
            found[name] = found[name].astype("float64") / self.data.fields[field].divisor
        return found


def _returning_codes() -> nw.Expr:
    returning = nw.when(nw.col("order_id") <= nw.col("first_order")).then(1).otherwise(2)
    return nw.when(nw.col("first_order").is_null()).then(0).otherwise(returning)


def moments(microseconds: pd.Series) -> np.ndarray:
    """Microseconds since 1970 as times, blank where they are missing."""
    known = microseconds.notna().to_numpy()
    at = np.full(len(microseconds), np.iinfo("int64").min)
    at[known] = microseconds[known].astype("int64")
    return at.astype("datetime64[us]")
