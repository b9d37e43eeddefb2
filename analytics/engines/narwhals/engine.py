"""The engine for data larger than memory or than one machine: Narwhals lazy frames over DuckDB or Spark.

It reads one flat table of numbers (store/line_table.py). Dictionaries, extra tables and facts come from the store, as
they do for the columnar engine, and the answers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.base import Baskets, Entities, LinePage
from analytics.engines.common.cubes import Filters
from analytics.engines.common.derived import HISTORICAL
from analytics.engines.common.dimensions import Domain, days_in
from analytics.engines.common.lists import by_whole_orders
from analytics.engines.common.stored_engine import StoredEngine
from analytics.engines.narwhals import listing
from analytics.engines.narwhals.customers import facts_of_customers
from analytics.engines.narwhals.derived import LazyDerivedFields
from analytics.engines.narwhals.dimensions import LazyDimension, lazy_dimension, lazy_period
from analytics.engines.narwhals.measures import GroupedLines, filled, key_of
from analytics.engines.narwhals.rows import days_of, days_within, joined, keeps_orders, passing
from analytics.engines.narwhals.selected import SelectedLines
from analytics.engines.narwhals.source import Lazy, Source
from analytics.engines.narwhals.stored import from_store, occurring, with_stored
from analytics.errors import NotInData
from analytics.language import N_
from analytics.measures import MEASURES
from analytics.metrics import METRICS, measures_of
from analytics.runtime.lru import LruCache
from analytics.schema import MISSING
from analytics.selection import Bounds, Clause, Policy, Resolved
from analytics.store import StoredDataset


class NarwhalsEngine(StoredEngine):
    """One stored data set at a source of lines, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(
        self, data: StoredDataset, source: Source, policy: Policy = (), selected: SelectedLines | None = None
    ) -> None:
        super().__init__(data, policy)
        self.source = source
        self._selected = selected or SelectedLines(data, source)
        self._codes: LruCache[np.ndarray] = LruCache(64, 64 << 20, lambda codes: codes.nbytes)
        self._whole_orders = keeps_orders(chain.from_iterable(policy), partial(lazy_dimension, data))
        self._derived = LazyDerivedFields(source, data, self._visible, self._whole_orders)
        self._bounds = self._seen_bounds()

    def _narrowed(self, layer: tuple[Clause, ...]) -> NarwhalsEngine:
        return NarwhalsEngine(self.data, self.source, (*self._policy, layer), self._selected)

    def _seen_bounds(self) -> Bounds:
        first, count = self.data.facts.first_day, self.data.facts.days
        if not count or not self._policy:
            return self._bounds_from((first, first + count - 1) if count else None)
        found = self.source.collect(days_of(self._visible())).iloc[0]
        seen = bool(found.notna().all())
        return self._bounds_from((int(found["first"]), int(found["last"])) if seen else None)

    # --- rows and dimensions
    def _visible(self) -> Lazy:
        """The lines that the viewer may see; each layer of the policy judges by what the layers before it show."""
        lines = self.source.lines()
        for layer in self._policy:
            lines = passing(lines, (), layer, partial(lazy_dimension, self.data), lines)
        return lines

    def _dimension(self, name: str, selection: Resolved) -> LazyDimension:
        if name == "period":
            return lazy_period(self.data, selection.grain, selection.span, selection.calendar)
        self._check_dimension(name)
        if name in HISTORICAL:
            return self._derived.dimension(name, selection.span.end)
        return lazy_dimension(self.data, name)

    def _rows(self, selection: Resolved, dimensions: Sequence[LazyDimension] = (), *, all_time: bool = False) -> Lazy:
        """The selected lines (of all time where that is wanted), joined with what these dimensions need."""
        clauses = {c.field: self._dimension(c.field, selection) for c in selection.clauses}
        everything = days_in(self.data, selection.span) == slice(0, self.data.facts.days)
        days = [] if all_time or everything else days_within(selection.span, self.source.by_month)
        visible = self._visible()
        lines = joined(visible, (*clauses.values(), *dimensions))
        return passing(lines, days, selection.clauses, clauses.__getitem__, visible)

    def _keeps_orders(self, selection: Resolved, dimensions: Sequence[LazyDimension] = ()) -> bool:
        """Whether all lines of an order are selected, and fall into one group."""
        selected = keeps_orders(selection.clauses, lambda name: self._dimension(name, selection))
        return self._whole_orders and selected and not any(d.by_line for d in dimensions)

    def _grouped(self, selection: Resolved, dimensions: Sequence[LazyDimension]) -> GroupedLines:
        kept = self._selected.rows((self._policy, selection.lines_key), lambda: self._rows(selection))
        rows = self._rows(selection, dimensions) if kept is None else joined(kept, dimensions)
        whole = self._keeps_orders(selection, dimensions)
        return GroupedLines(self.source, self.data, rows, [d.codes for d in dimensions], whole)

    def _filters(self, selection: Resolved) -> Filters[Domain] | None:
        """The clauses and days as the sums of the store know them; None where a policy hides some lines."""
        if self._policy:
            return None
        days = days_in(self.data, selection.span)
        return Filters(self.data, selection.clauses, lambda name: self._dimension(name, selection).domain, days)

    def _last_names(self, field: str, named_by: str) -> np.ndarray:
        missing = self.data.dictionaries[named_by].find(MISSING)
        lines = self._visible().select("line", field, named_by).filter(nw.col(named_by) != missing)
        latest = lines.group_by(field).agg(nw.col("line").max())
        found = self.source.collect(lines.join(latest, on=[field, "line"], how="inner").select(field, named_by))
        last = np.full(len(self.data.dictionaries[field]), -1, "int64")
        last[found[field].to_numpy("int64")] = found[named_by].to_numpy("int64")
        return last

    # --- answers
    def aggregate(
        self,
        by: Sequence[str],
        metrics: Sequence[str],
        selection: Resolved,
        order: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """See base.Engine."""
        by = tuple(dict.fromkeys(by))
        wanted, names = self._checked(metrics, order)
        measured = self._measured(by, names, selection)
        columns: dict[str, pd.Series] = {str(n): measured[n] for n in measured}
        frame = measured.assign(**{n: METRICS[n].compute(columns) for n in names if n in METRICS})
        if order is not None:
            frame = frame.sort_values(order, ascending=False, kind="stable", ignore_index=True)
        return (frame if limit is None else frame.head(max(0, limit)))[[*by, *wanted]]

    def _measured(self, by: tuple[str, ...], names: Sequence[str], selection: Resolved) -> pd.DataFrame:
        """Dimensions, and the measures and statistics that some metrics are computed from."""
        needed = measures_of(names)
        elsewhere = [n for n in needed if n in MEASURES and not MEASURES[n].of_lines]
        of_lines = [n for n in needed if n not in elsewhere]
        dimensions = [self._dimension(b, selection) for b in by]
        stored = from_store(self.data, of_lines, [d.domain for d in dimensions], self._filters(selection))
        left = [n for n in of_lines if n not in stored]
        if left or not stored:
            found = self._grouped(selection, dimensions).measured(left)
            self._selected.counted((self._policy, selection.lines_key), int(found["lines"].sum()))
        else:
            found = occurring(stored)
        found = with_stored(found, stored)
        if by in ((), ("period",)):
            size = dimensions[0].domain.size if by else 1
            found = filled(found, ("lines", *of_lines), key_of(0), size)
        groups = {d.name: d.domain.column().take(found[key_of(i)].to_numpy("int64")) for i, d in enumerate(dimensions)}
        measures = {n: found[n].to_numpy() for n in of_lines}
        measures |= {n: self._not_of_lines(n, by, groups, len(found), selection) for n in elsewhere}
        return pd.DataFrame(groups | measures, index=range(len(found)))

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        """See base.Engine."""
        if level == "order":
            return listing.orders(self.source, self._rows(selection), self.data)
        if "customer" not in self._schema:
            raise NotInData(N_("{data} has no customers.", data=self.profile.title))
        known = self._rows(selection).filter(nw.col("customer") > 0)
        facts = facts_of_customers(self.source, self.data, known, self._keeps_orders(selection), order_days=True)
        return listing.customers(facts, self.data)

    def _occurring(self, field: str, selection: Resolved) -> tuple[Domain, np.ndarray]:
        dimension = self._dimension(field, selection)
        key = (field, selection.span.end if field in HISTORICAL else None)
        return dimension.domain, self._codes.get_or_make(key, lambda: self._all_codes(dimension, selection))

    def _all_codes(self, dimension: LazyDimension, selection: Resolved) -> np.ndarray:
        rows = self._rows(selection.only(), [dimension], all_time=True).select(dimension.codes.alias("code"))
        found = self.source.collect(rows.group_by("code").agg(nw.len().alias("lines")))
        return np.sort(found["code"].to_numpy("int64"))

    def _orders_of(self, field: str, codes: np.ndarray, selection: Resolved) -> np.ndarray:
        counted = self._grouped(selection, [self._dimension(field, selection)]).measured(["orders"])
        found: np.ndarray = counted.set_index(key_of(0))["orders"].reindex(codes).fillna(0).to_numpy("int64")
        return found

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        """See base.Engine."""
        self._check_item(item)
        dimension = self._dimension(item, selection)
        rows = self._rows(by_whole_orders(selection, self._schema), [dimension])
        sold = rows if self.data.facts.all_sale else rows.filter(nw.col("sale"))
        return listing.baskets(self.source, sold, dimension)

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        """See base.Engine."""
        shown = tuple(dict.fromkeys(columns))
        named = (*shown, *(name for name, _ in sort))
        self._check_columns(named)
        dimensions = {n: self._dimension(n, selection) for n in named if self._schema[n].dimension}
        rows = self._rows(selection, list(dimensions.values()))
        found = listing.page_of_lines(
            self.source, self.data, rows, dimensions, shown, sort, max(0, offset), max(0, limit)
        )
        totals = self.aggregate((), ("lines", "revenue", "units", "orders"), selection).iloc[0]
        return LinePage(found, int(totals["lines"]), {n: float(totals[n]) for n in ("revenue", "units", "orders")})
