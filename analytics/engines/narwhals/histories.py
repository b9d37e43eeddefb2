"""What is derived from all that a viewer may see of an order or a customer, as tables that are joined to the lines when
asked for.

The rules are those of derived.py: filters of a selection are ignored but not the viewer's policy; tiers and segments
are as of the end of the selected range. A table of customers holds two numbers each and stays in this process; sizes of
orders never leave the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.columnar.derived import AS_OF, NEW, RETURNING, SIZED
from analytics.engines.columnar.dimensions import Dimension, listed
from analytics.engines.narwhals.dimensions import LazyDimension
from analytics.engines.narwhals.source import Lazy, Source
from analytics.runtime.lru import LruCache
from analytics.schema import MISSING, SIZE_EDGES, SIZES
from analytics.store import StoredDataset


class LazyHistories:
    """The derived fields of one viewer's customers, each worked out once. `visible` gives the lines that the viewer may
    see.
    """

    def __init__(self, source: Source, data: StoredDataset, visible: Callable[[], Lazy], whole: bool) -> None:
        self.source, self.data, self.visible, self.whole = source, data, visible, whole
        self._tables: LruCache[pd.DataFrame] = LruCache(8, 256 << 20, lambda table: int(table.memory_usage().sum()))

    def dimension(self, name: str, as_of: np.datetime64) -> LazyDimension:
        """One of derived.HISTORICAL as of the day before `as_of`."""
        if name in SIZED:
            words = listed(name, "order", np.empty(0), [MISSING, *SIZES])
            return LazyDimension(words, nw.col(name), name, lambda: self._sizes(name), "order_id")
        words, codes = getattr(self, f"_{name}")()
        if name in AS_OF:
            return LazyDimension(
                words,
                codes,
                name,
                lambda: self.source.given(self._tables.get_or_make((name, as_of), lambda: self._table(name, as_of))),
            )
        return LazyDimension(
            words, codes, "first", lambda: self.source.given(self._tables.get_or_make("first", self._first_orders))
        )

    # --- words and codes
    def _first_order_month(self) -> tuple[Dimension, nw.Expr]:
        day, count = self.data.facts.first_day, self.data.facts.days
        months = np.arange(day, day + count).astype("datetime64[D]").astype("datetime64[M]")[[0, -1]] if count else None
        names = [str(m) for m in np.arange(months[0], months[1] + 1)] if months is not None else []
        begin = int(months[0].astype("int64")) if months is not None else 0
        codes = nw.when(nw.col("first_month").is_null()).then(0).otherwise(nw.col("first_month") - begin + 1)
        return listed("first_order_month", "customer", np.empty(0), [MISSING, *names]), codes

    def _new_or_returning(self) -> tuple[Dimension, nw.Expr]:
        returning = nw.when(nw.col("order_id") <= nw.col("first_order")).then(1).otherwise(2)
        codes = nw.when(nw.col("first_order").is_null()).then(0).otherwise(returning)
        return listed("new_or_returning", "order", np.empty(0), [MISSING, NEW, RETURNING]), codes

    def _value_tier(self) -> tuple[Dimension, nw.Expr]:
        tiers = [n for n, _ in self.data.profile.value_tiers]
        return listed("value_tier", "customer", np.empty(0), [MISSING, *tiers]), nw.col("value_tier").fill_null(0)

    def _rfm_segment(self) -> tuple[Dimension, nw.Expr]:
        from analytics.methods.customers import rfm

        return listed("rfm_segment", "customer", np.empty(0), [MISSING, *rfm.STANDING]), nw.col(
            "rfm_segment"
        ).fill_null(0)

    # --- tables
    def _sizes(self, name: str) -> Lazy:
        """The code of each order's size: how many bands begin at or below it."""
        measure = nw.col("product").n_unique() if name == "order_products" else nw.col("quantity").sum()
        scale = 1 if name == "order_products" else self.data.fields["quantity"].divisor
        reached = [(nw.col("size") > (edge - 1) * scale).cast(nw.Int64) for edge in SIZE_EDGES]
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
        codes = self._tier_codes(facts) if name == "value_tier" else self._segment_codes(facts, as_of)
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

    def _tier_codes(self, facts: pd.DataFrame) -> np.ndarray:
        codes = np.zeros(len(facts), dtype="int32")
        for i, (_, least) in reversed(list(enumerate(self.data.profile.value_tiers))):
            codes[facts["revenue"].to_numpy() >= least] = i + 1
        return codes

    def _segment_codes(self, facts: pd.DataFrame, as_of: np.datetime64) -> np.ndarray:
        from analytics.methods.customers import rfm

        report = self.data.profile.rfm_rule == "report"
        bought = (facts["orders"] > 0).to_numpy()
        known = facts[bought]
        codes = np.zeros(len(facts), dtype="int32")
        if len(known):
            customers = pd.DataFrame(
                {
                    "last": moments(known["last"]),
                    "frequency": known["lines" if report else "orders"].to_numpy(),
                    "monetary": known["revenue"].to_numpy(),
                },
                index=known["customer"].to_numpy(),
            )
            place = {name: i + 1 for i, name in enumerate(rfm.STANDING)}
            codes[bought] = (
                rfm.rfm(customers, as_of, "report" if report else "standard")["segment"].map(place).to_numpy("int32")
            )
        return codes


def moments(microseconds: pd.Series) -> np.ndarray:
    """Microseconds since 1970 as times, blanks as none."""
    known = microseconds.notna().to_numpy()
    at = np.full(len(microseconds), np.iinfo("int64").min)
    at[known] = microseconds[known].astype("int64")
    return at.astype("datetime64[us]")
