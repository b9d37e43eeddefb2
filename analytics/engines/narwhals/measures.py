"""Measures of groups of lines as lazy expressions: whole minor units are summed, so that answers are exact and do
not depend on who adds first.

Where whole orders are selected and grouped, distinct orders are the marks on their first lines; else they are
counted as distinct.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import narwhals as nw
import pandas as pd

from analytics.engines.narwhals.source import Lazy, Source
from analytics.metrics import spread_of
from analytics.store import StoredDataset

QUARTERS = {"min": 0, "p25": 1, "median": 2, "p75": 3, "max": 4}  # quarters of the way from the least to the greatest

# What each sum adds, and in which column's unit; the others are counts.
_COLUMN = {
    "revenue": "amount",
    "gross": "amount",
    "known_revenue": "amount",
    "costed_revenue": "amount",
    "units": "quantity",
    "cost": "cost",
    "discount": "discount",
    "rating_sum": "rating",
}
_GIVEN = {"costed_revenue": "cost", "rated_lines": "rating"}  # counted only where this is given


class Grouped:
    """A selection's lines in groups. `keys`: an expression each dimension; `whole`: neither the selection nor the keys
    look inside orders.
    """

    def __init__(self, source: Source, data: StoredDataset, rows: Lazy, keys: Sequence[nw.Expr], whole: bool) -> None:
        self.source, self.data, self.rows, self.whole = source, data, rows, whole
        self._keys = [k.alias(f"key{i}") for i, k in enumerate(keys)] or [nw.lit(0).alias("key0")]
        self.names = [f"key{i}" for i in range(len(self._keys))]
        self._all_sale = data.facts.all_sale

    def measured(self, measures: Iterable[str]) -> pd.DataFrame:
        """One row a group that occurs, sorted: codes of its keys, then each measure in its own unit. `days` and
        `sessions` are not of the lines.
        """
        wanted = tuple(dict.fromkeys(measures))
        spreads = [m for m in wanted if spread_of(m)]
        twice = "repeat_customers" in wanted
        counted = [m for m in wanted if m not in spreads and m != "repeat_customers"]
        found = self._sums(counted)
        if twice:
            found = found.merge(self._repeat_customers(), on=self.names, how="left")
            found["repeat_customers"] = found["repeat_customers"].fillna(0).astype("int64")
        for field in dict.fromkeys(m.partition("_")[2] for m in spreads):
            mine = [m for m in spreads if m.partition("_")[2] == field]
            found = found.merge(self._spread(field, mine), on=self.names, how="left")
        return found.sort_values(self.names, ignore_index=True)

    # --- sums and counts: one pass
    def _sums(self, measures: Sequence[str]) -> pd.DataFrame:
        parts: list[nw.Expr] = []
        totals: list[nw.Expr] = [nw.len().cast(nw.Int64).alias("lines")]
        distinct: list[str] = []
        for name in dict.fromkeys(("revenue", "gross", *measures) if "refunds" in measures else measures):
            if name in _COLUMN or name == "rated_lines":
                parts.append(self._part(name).alias(name))
                totals.append(self._total(name))
            elif name in ("orders", "known_orders") and self.whole:
                mark = nw.col("head") if name == "orders" else nw.col("head") & _known()
                parts.append(mark.cast(nw.Int64).alias(name))
                totals.append(nw.col(name).sum().cast(nw.Int64))
            elif name in ("orders", "known_orders", "customers"):
                keep = self._sold() if name == "orders" else _known() & self._sold()
                counted = nw.col("customer" if name == "customers" else "order_id")
                parts.append(nw.when(keep).then(counted).alias(name))
                totals += [
                    nw.col(name).n_unique().cast(nw.Int64),
                    nw.col(name).is_null().cast(nw.Int64).max().alias(f"{name} blank"),
                ]
                distinct.append(name)
        frame = self.rows.select(*self._keys, *parts).group_by(*self.names).agg(*totals)
        found = self.source.answer(frame)
        for name in distinct:  # a blank counts as one more value
            found[name] = found[name] - found[f"{name} blank"]
        if "refunds" in measures:
            found["refunds"] = (found["gross"] - found["revenue"]) / self._scale("revenue") + 0.0
        for name in (m for m in found if m in _COLUMN):
            sums = found[name].astype("float64") / self._scale(name)
            found[name] = sums.astype("int64") if name == "units" and self.data.fields["quantity"].whole else sums
        return found[[*self.names, *dict.fromkeys(("lines", *measures))]]

    def _part(self, name: str) -> nw.Expr:
        """What a line adds to a sum, in stored units."""
        if name == "rated_lines":
            return (~nw.col("rating").is_null()).cast(nw.Int64)
        column = nw.col(_COLUMN[name])
        if name == "gross" and not self._all_sale:
            return nw.when(nw.col("sale")).then(column)
        if name == "known_revenue":
            return nw.when(_known()).then(column)
        return nw.when(~nw.col(_GIVEN[name]).is_null()).then(column) if name in _GIVEN else column

    def _total(self, name: str) -> nw.Expr:
        exact = name not in _COLUMN or self.data.fields[_COLUMN[name]].exact
        return nw.col(name).sum().cast(nw.Int64 if exact else nw.Float64)

    def _scale(self, measure: str) -> float:
        return self.data.fields[_COLUMN[measure]].divisor

    def _sold(self) -> nw.Expr:
        return nw.lit(True) if self._all_sale else nw.col("sale")

    # --- what takes a step more
    def _repeat_customers(self) -> pd.DataFrame:
        """Customers with two or more orders a group."""
        sold = self.rows.filter(_known() & self._sold()).select(
            *self._keys, "customer", "order_id", nw.col("head").cast(nw.Int64)
        )
        orders = nw.col("head").sum() if self.whole else nw.col("order_id").n_unique()
        people = (
            sold.group_by(*self.names, "customer").agg(orders.cast(nw.Int64).alias("times")).filter(nw.col("times") > 1)
        )
        return self.source.answer(people.group_by(*self.names).agg(nw.len().cast(nw.Int64).alias("repeat_customers")))

    def _spread(self, field: str, measures: Sequence[str]) -> pd.DataFrame:
        """min, p25, median, p75, max, linear between ranks; equal values are first counted, so that no group is ever
        held as a whole.
        """
        given = self.rows.filter(~nw.col(field).is_null()).select(*self._keys, nw.col(field).alias("value"))
        counted = given.group_by(*self.names, "value").agg(nw.len().cast(nw.Int64).alias("times"))
        ranked = counted.with_columns(
            nw.col("times").cum_sum().over(*self.names, order_by="value").cast(nw.Int64).alias("upto"),
            nw.col("times").sum().over(*self.names).cast(nw.Int64).alias("size"),
        )
        picks: dict[str, nw.Expr] = {}
        for quarter in {QUARTERS[m.partition("_")[0]] for m in measures}:
            low = (nw.col("size") - 1) * quarter // 4
            above = nw.when(low + 1 < nw.col("size")).then(low + 1).otherwise(nw.col("size") - 1)
            for side, place in (("low", low), ("above", above)):
                picks[f"{side}{quarter}"] = nw.when(nw.col("upto") > place).then(nw.col("value"))
        picked = ranked.select(*self.names, "size", *(e.alias(n) for n, e in picks.items())).group_by(*self.names)
        found = self.source.answer(picked.agg(nw.col("size").max(), *(nw.col(n).min() for n in picks)))
        scale = self.data.fields[field].divisor
        for name in measures:
            quarter = QUARTERS[name.partition("_")[0]]
            below, above_it = (found[f"{side}{quarter}"].astype("float64") / scale for side in ("low", "above"))
            found[name] = below + (above_it - below) * ((found["size"].astype("float64") - 1) * quarter / 4 % 1)
        return found[[*self.names, *measures]]


def _known() -> nw.Expr:
    return nw.col("customer") > 0


def filled(found: pd.DataFrame, measures: Iterable[str], key: str, size: int) -> pd.DataFrame:
    """The groups 0 … size − 1, also those without a line: sums and counts 0, spreads blank."""
    every = found.set_index(key).reindex(range(size)).rename_axis(key).reset_index()
    for measure in (m for m in measures if not spread_of(m)):
        every[measure] = every[measure].fillna(0).astype(found[measure].dtype)
    return every
