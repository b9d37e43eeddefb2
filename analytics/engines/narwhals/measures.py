"""Measures of groups of lines as lazy expressions.

Whole stored units are summed, so that answers are exact and do not depend on which worker adds first. Where whole
orders are selected and grouped, distinct orders are counted as marks on their first lines; elsewhere as distinct ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_

import narwhals as nw
import pandas as pd

from analytics.engines.common.units import exact, in_own_unit
from analytics.engines.narwhals.source import Lazy, Source
from analytics.measures import MEASURES, Condition, LineSum, Measure, Statistic, statistic
from analytics.store import StoredDataset


class GroupedLines:
    """A selection's lines in groups.

    `keys` has an expression for each dimension; `whole` says that neither the selection nor the keys look inside
    orders.
    """

    def __init__(self, source: Source, data: StoredDataset, rows: Lazy, keys: Sequence[nw.Expr], whole: bool) -> None:
        self.source = source
        self.data = data
        self.rows = rows
        self.whole = whole
        self._keys = [k.alias(key_of(i)) for i, k in enumerate(keys)] or [nw.lit(0).alias(key_of(0))]
        self.key_names = [key_of(i) for i in range(len(self._keys))]

    def measured(self, names: Iterable[str]) -> pd.DataFrame:
        """One row per group that occurs, sorted: the codes of its keys, `lines`, then each measure or statistic in its
        own unit. Only measures that are computed from lines may be named.
        """
        wanted = tuple(dict.fromkeys(("lines", *names)))
        statistics = {n: known for n in wanted if (known := statistic(n)) is not None}
        measures = [MEASURES[n] for n in wanted if n not in statistics]
        needed = list(dict.fromkeys(part for m in measures for part in _parts(m)))
        found = self._in_one_pass([m for m in needed if m.least == 1])
        for measure in (m for m in needed if m.least > 1):
            found = found.merge(self._seen_often(measure), on=self.key_names, how="left")
            found[measure.name] = found[measure.name].fillna(0).astype("int64")
        for measure in (m for m in measures if m.kind == "difference"):
            first, second = measure.parts
            found[measure.name] = found[first] - found[second]
        for measure in measures:
            found[measure.name] = in_own_unit(self.data, measure.name, found[measure.name]) + 0  # no negative zero
        for field in dict.fromkeys(of_field.field for of_field in statistics.values()):
            mine = {n: of_field for n, of_field in statistics.items() if of_field.field == field}
            found = found.merge(self._statistics(field, mine), on=self.key_names, how="left")
        return found[[*self.key_names, *wanted]].sort_values(self.key_names, ignore_index=True)

    # --- sums and distinct counts: one pass over the lines
    def _in_one_pass(self, measures: Sequence[Measure]) -> pd.DataFrame:
        """Sums in stored units and distinct counts, by name."""
        values: list[nw.Expr] = []
        totals: list[nw.Expr] = []
        distinct: list[str] = []
        for measure in measures:
            name = measure.name
            if measure.line_sum == LineSum():
                totals.append(nw.len().cast(nw.Int64).alias(name))
            elif measure.kind == "sum":
                values.append(self._addend(measure.line_sum).alias(name))
                totals.append(nw.col(name).sum().cast(nw.Int64 if exact(self.data, name) else nw.Float64))
            elif self.whole and measure.column == "order_id" and "sale" in measure.conditions:
                others = self._meet(LineSum(conditions=measure.conditions).without("sale"))
                values.append(reduce(and_, others, nw.col("head")).cast(nw.Int64).alias(name))
                totals.append(nw.col(name).sum().cast(nw.Int64))
            else:
                values.append(self._addend(measure.line_sum).alias(name))
                blank = nw.col(name).is_null().cast(nw.Int64).max().alias(f"{name} blank")
                totals += [nw.col(name).n_unique().cast(nw.Int64), blank]
                distinct.append(name)
        # "line" keeps one row per line where all else is constant: of constants alone Spark would select a single row.
        rows = self.rows.select("line", *self._keys, *values)
        found = self.source.collect(rows.group_by(*self.key_names).agg(*totals))
        for name in distinct:  # a blank is counted as one more value
            found[name] = found[name] - found[f"{name} blank"]
        return found

    def _addend(self, line_sum: LineSum) -> nw.Expr:
        """What each line adds, in stored units; for distinct counts, the value that each line has. Blank for lines
        that do not meet the conditions."""
        value = nw.col(line_sum.column) if line_sum.column else nw.lit(1)
        kept = self._meet(line_sum)
        return nw.when(reduce(and_, kept)).then(value) if kept else value

    def _meet(self, line_sum: LineSum) -> list[nw.Expr]:
        """Expressions that must all be true of a line for it to count."""
        meets: dict[Condition, nw.Expr] = {"sale": nw.col("sale"), "known_customer": nw.col("customer") > 0}
        always = ("sale",) if self.data.facts.all_sale else ()
        kept = [meets[c] for c in line_sum.conditions if c not in always]
        return [*kept, ~nw.col(line_sum.given).is_null()] if line_sum.given else kept

    # --- what takes a further step
    def _seen_often(self, measure: Measure) -> pd.DataFrame:
        """Distinct values of a column that come with at least `least` different orders, per group."""
        kept = self._meet(measure.line_sum)
        rows = self.rows.filter(*kept) if kept else self.rows
        whole = self.whole and "sale" in measure.conditions
        orders = nw.col("head").sum() if whole else nw.col("order_id").n_unique()
        columns = dict.fromkeys((measure.column, "order_id"))
        seen = (
            rows.select(*self._keys, *columns, nw.col("head").cast(nw.Int64))
            .group_by(*self.key_names, measure.column)
            .agg(orders.cast(nw.Int64).alias("times"))
            .filter(nw.col("times") >= measure.least)
        )
        counted = seen.group_by(*self.key_names).agg(nw.len().cast(nw.Int64).alias(measure.name))
        return self.source.collect(counted)

    def _statistics(self, field: str, wanted: dict[str, Statistic]) -> pd.DataFrame:
        """Statistics of one field, linear between ranks. Equal values are counted first, so that no group is ever held
        as a whole."""
        given = self.rows.filter(~nw.col(field).is_null()).select(*self._keys, nw.col(field).alias("value"))
        counted = given.group_by(*self.key_names, "value").agg(nw.len().cast(nw.Int64).alias("times"))
        ranked = counted.with_columns(
            nw.col("times").cum_sum().over(*self.key_names, order_by="value").cast(nw.Int64).alias("up_to"),
            nw.col("times").sum().over(*self.key_names).cast(nw.Int64).alias("size"),
        )
        picks: dict[str, nw.Expr] = {}
        for quarters in {s.quarters for s in wanted.values()}:
            low = (nw.col("size") - 1) * quarters // 4
            above = nw.when(low + 1 < nw.col("size")).then(low + 1).otherwise(nw.col("size") - 1)
            for side, rank in (("low", low), ("above", above)):
                picks[f"{side}{quarters}"] = nw.when(nw.col("up_to") > rank).then(nw.col("value"))
        picked = ranked.select(*self.key_names, "size", *(e.alias(n) for n, e in picks.items()))
        least = [nw.col("size").max(), *(nw.col(n).min() for n in picks)]
        found = self.source.collect(picked.group_by(*self.key_names).agg(*least))
        scale = self.data.fields[field].divisor
        for name, (quarters, _) in wanted.items():
            below = found[f"low{quarters}"].astype("float64") / scale
            above_it = found[f"above{quarters}"].astype("float64") / scale
            share = (found["size"].astype("float64") - 1) * quarters / 4 % 1
            found[name] = below + (above_it - below) * share
        return found[[*self.key_names, *wanted]]


def key_of(number: int) -> str:
    """The column with the codes of a dimension, by its place among the dimensions; one of zeros where there is none."""
    return f"key{number}"


def _parts(measure: Measure) -> tuple[Measure, ...]:
    """What must be computed for a measure: itself, or the measures that it is the difference of."""
    return tuple(MEASURES[p] for p in measure.parts) or (measure,)


def filled(found: pd.DataFrame, names: Iterable[str], key: str, size: int) -> pd.DataFrame:
    """The groups 0 … size − 1, also those without a line: measures are 0 there, statistics blank."""
    every = found.set_index(key).reindex(range(size)).rename_axis(key).reset_index()
    for name in (n for n in names if statistic(n) is None):
        every[name] = every[name].fillna(0).astype(found[name].dtype)
    return every
