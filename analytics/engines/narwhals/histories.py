"""What is derived from all that a viewer may see of an order or a customer, as tables that are joined to the lines when
asked for.

The rules are those of common/derived.py. A table of customers holds two numbers each and stays in this process; sizes
of orders never leave the engine.
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


class LazyHistories:
    """The derived fields of one viewer's customers, each worked out once. `visible` gives the lines that the viewer may
    see.
    """

    def __init__(self, source: Source, data: StoredDataset, visible: Callable[[], Lazy], whole: bool) -> None:
        self.source, self.data, self.visible, self.whole = source, data, visible, whole
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
            return self.source.given(self._tables.get_or_make((name, as_of), self._first_orders))
        return self.source.given(self._tables.get_or_make((name, as_of), lambda: self._table(name, as_of)))

    def _month_codes(self) -> nw.Expr:
        first = int(months(self.data)[0].astype("int64")) if self.data.facts.days else 0
        return nw.when(nw.col("first_month").is_null()).then(0).otherwise(nw.col("first_month") - first + 1)

    # --- tables
    def _sizes(self, name: str) -> Lazy:
        """The code of each order's size: how many bands begin at or below it."""
        measure = nw.col("product").n_unique() if name == "order_products" else nw.col("quantity").sum()
        limits = size_limits(self.data, name).tolist()
        reached = [(nw.col("size") > limit).cast(nw.Int64) for limit in limits]
        orders = self.visible().group_by("order_id").agg(measure.alias("size"))
        return orders.select("order_id", reduce(add, reached).alias(name))

    def _known(self, until: np.datetime64 | None = None) -> Lazy:
        rows = self.visible().filter(nw.col("customer") > 0)
        return (
            rows if until is None else rows.filter(nw.col("day") < int(until.astype("datetime64[D]").astype("int64")))
        )

    def _first_orders(self) -> pd.DataFrame:
        sold = self._known() if self.data.facts.all_sale else self._known().filter(nw.col("sale"))
        first = sold.group_by("customer").agg(
            nw.col("order_id").min().alias("first_order"), nw.col("month").min().alias("first_month")
        )
        return self.source.answer(first)

    def _table(self, name: str, as_of: np.datetime64) -> pd.DataFrame:
        facts = self.facts(self._known(as_of), self.whole)
        revenue = facts["revenue"].to_numpy()
        if name == "value_tier":
            codes = tier_codes(revenue, self.data.profile.value_tiers)
        else:
            orders, lines = (facts[n].to_numpy() for n in ("orders", "lines"))
            codes = segment_codes(self.data.profile, as_of, moments(facts["last"]), orders, lines, revenue)
        return pd.DataFrame({"customer": facts["customer"], name: codes})

    def facts(self, rows: Lazy, whole: bool, *, order_days: bool = False) -> pd.DataFrame:
        """Each known customer of some lines, sorted: revenue, units, lines; orders, first and last (microseconds), and
        when asked for order_days, of their sales.
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
        found = self.source.answer(grouped).sort_values("customer", ignore_index=True)
        blank = found.pop("blank")  # a blank counts as one more value
        for name in [n for n, distinct in (("orders", not whole), ("order_days", order_days)) if distinct]:
            found[name] -= blank
        for name, field in (("revenue", "amount"), ("units", "quantity")):
            found[name] = found[name].astype("float64") / self.data.fields[field].divisor
        return found


def _returning_codes() -> nw.Expr:
    returning = nw.when(nw.col("order_id") <= nw.col("first_order")).then(1).otherwise(2)
    return nw.when(nw.col("first_order").is_null()).then(0).otherwise(returning)


def moments(microseconds: pd.Series) -> np.ndarray:
    """Microseconds since 1970 as times, blanks as none."""
    known = microseconds.notna().to_numpy()
    at = np.full(len(microseconds), np.iinfo("int64").min)
    at[known] = microseconds[known].astype("int64")
    return at.astype("datetime64[us]")
