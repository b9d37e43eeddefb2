"""The engine for data larger than memory or than a machine: every question as a Narwhals lazy frame over DuckDB or
Spark.

It reads one flat table of numbers (line_table.py); words, extra tables and what is known of the data come from the
store, as with the embedded engine, whose answers it gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.base import Baskets, Entities, LinePage
from analytics.engines.common.bounds import NOTHING, bounds_of
from analytics.engines.common.derived import HISTORICAL
from analytics.engines.common.lists import by_whole_orders
from analytics.engines.common.stored_engine import StoredEngine
from analytics.engines.narwhals import listing
from analytics.engines.narwhals.dimensions import LazyDimension, lazy_dimension, lazy_period
from analytics.engines.narwhals.histories import LazyHistories
from analytics.engines.narwhals.measures import GroupedLines, filled
from analytics.engines.narwhals.rows import days_of, days_within, joined, keeps_orders, passing
from analytics.engines.narwhals.source import Lazy, Source
from analytics.errors import NotInData
from analytics.measures import MEASURES
from analytics.metrics import METRICS, measures_of
from analytics.runtime.lru import LruCache
from analytics.schema import FIELDS
from analytics.selection import Bounds, Clause, Policy, Resolved
from analytics.store import StoredDataset


class NarwhalsEngine(StoredEngine):
    """One stored data set at a source of lines, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(self, data: StoredDataset, source: Source, policy: Policy = ()) -> None:
        super().__init__(data, policy)
        self.source = source
        self._occurring: LruCache[np.ndarray] = LruCache(64, 64 << 20, lambda codes: codes.nbytes)
        self._whole = keeps_orders(chain.from_iterable(policy), lambda name: lazy_dimension(data, name))
        self._histories = LazyHistories(source, data, self._visible, self._whole)
        self._bounds = self._seen_bounds()

    def _narrowed(self, layer: tuple[Clause, ...]) -> NarwhalsEngine:
        return NarwhalsEngine(self.data, self.source, (*self._policy, layer))

    def _seen_bounds(self) -> Bounds:
        """The days that the visible orders cover."""
        first, last = self.data.facts.first_day, self.data.facts.first_day + self.data.facts.days - 1
        seen = self.data.facts.days > 0
        if self._policy and seen:
            found = self.source.answer(days_of(self._visible())).iloc[0]
            seen = bool(found.notna().all())
            first, last = (int(found["first"]), int(found["last"])) if seen else (0, 0)
        if not seen:
            return NOTHING
        return bounds_of(np.datetime64(first, "D"), np.datetime64(last, "D"), self.profile, self.loaded_at)

    # --- rows and dimensions
    def _visible(self) -> Lazy:
        """The lines that the viewer may see; each layer of the policy judges by what the layers before it show."""
        lines = self.source.lines()
        for layer in self._policy:
            lines = passing(lines, (), layer, lambda name: lazy_dimension(self.data, name), lines)
        return lines

    def _dimension(self, name: str, selection: Resolved) -> LazyDimension:
        if name == "period":
            return lazy_period(selection.grain, selection.span, selection.calendar)
        self._known_field(name)
        return (
            self._histories.dimension(name, selection.span.end)
            if name in HISTORICAL
            else lazy_dimension(self.data, name)
        )

    def _rows(self, selection: Resolved, besides: Sequence[LazyDimension] = (), *, ever: bool = False) -> Lazy:
        """The selected lines (of all time with `ever`), with what these dimensions need."""
        base = self._visible()
        needed = (*(self._dimension(c.field, selection) for c in selection.clauses), *besides)
        days = [] if ever else days_within(selection.span)
        find = lambda name: self._dimension(name, selection)  # noqa: E731
        return passing(joined(base, needed), days, selection.clauses, find, base)

    def _keeps_orders(self, selection: Resolved, dimensions: Sequence[LazyDimension] = ()) -> bool:
        selected = keeps_orders(selection.clauses, lambda name: self._dimension(name, selection))
        return self._whole and selected and not any(d.by_line for d in dimensions)

    def _grouped(self, selection: Resolved, dimensions: Sequence[LazyDimension]) -> GroupedLines:
        keys = [d.codes for d in dimensions]
        return GroupedLines(
            self.source, self.data, self._rows(selection, dimensions), keys, self._keeps_orders(selection, dimensions)
        )

    # --- questions
    def aggregate(
        self,
        by: Sequence[str],
        metrics: Sequence[str],
        selection: Resolved,
        order: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        by, wanted = tuple(dict.fromkeys(by)), tuple(dict.fromkeys(metrics))
        names = wanted if order is None or order in wanted else (*wanted, order)
        for name in names:
            self._can_measure(name)
        measures = measures_of(names)
        dimensions = [self._dimension(b, selection) for b in by]
        grouped = self._grouped(selection, dimensions)
        of_lines = [m for m in measures if m not in MEASURES or MEASURES[m].of_lines]
        found = grouped.measured(of_lines)
        if by in ((), ("period",)):
            found = filled(found, ("lines", *of_lines), grouped.key_names[0], dimensions[0].domain.size if by else 1)
        groups = {
            d.name: d.domain.column().take(found[key].to_numpy("int64"))
            for d, key in zip(dimensions, grouped.key_names, strict=False)
        }
        columns = {m: found[m] for m in of_lines}
        for measure in measures:
            if measure not in columns:
                columns[measure] = pd.Series(self._not_of_lines(measure, by, groups, len(found), selection))
        answered = {n: METRICS[n].compute(columns) if n in METRICS else columns[n] for n in names}
        frame = pd.DataFrame(groups | {n: v.to_numpy() for n, v in answered.items()}, index=range(len(found)))
        if order is not None:
            frame = frame.sort_values(order, ascending=False, kind="stable", ignore_index=True)
        return (frame if limit is None else frame.head(max(0, limit)))[[*by, *wanted]]

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        if level == "customer":
            if "customer" not in self._schema:
                raise NotInData(f"the data set {self.name!r} does not have customers.")
            known = self._rows(selection).filter(nw.col("customer") > 0)
            facts = self._histories.facts(known, self._keeps_orders(selection), order_days=True)
            return listing.customers(facts, self.data)
        return listing.orders(self.source, self._rows(selection), self.data)

    def values(self, field: str, search: str, selection: Resolved, limit: int) -> tuple[pd.DataFrame, int]:
        dimension = self._dimension(field, selection)
        counted = self._grouped(selection.without(field), [dimension]).measured(["orders"])
        return listing.options(dimension, search, self._codes_seen(field, selection), counted, limit)

    def _codes_seen(self, field: str, selection: Resolved) -> np.ndarray:
        """Codes of a field that occur anywhere the viewer may see, rising."""
        key = (field, selection.span.end if field in HISTORICAL else None)
        return self._occurring.get_or_make(key, lambda: self._all_codes(field, selection))

    def _all_codes(self, field: str, selection: Resolved) -> np.ndarray:
        dimension = self._dimension(field, selection)
        rows = self._rows(selection.only(), [dimension], ever=True)
        found = self.source.answer(
            rows.select(dimension.codes.alias("code")).group_by("code").agg(nw.len().alias("lines"))
        )
        return np.sort(found["code"].to_numpy("int64"))

    def unknown_values(self, selection: Resolved) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for clause in selection.clauses:
            values = (*clause.include, *clause.exclude)
            if clause.field not in self._schema:
                found += [(clause.field, v) for v in values]
                continue
            seen = self._codes_seen(clause.field, selection)
            domain = self._dimension(clause.field, selection).domain
            found += [(clause.field, v) for v in values if not np.isin(domain.find(v), seen).any()]
        return tuple(found)

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        self._known_items(item)
        dimension = self._dimension(item, selection)
        rows = self._rows(by_whole_orders(selection), [dimension])
        return listing.baskets(
            self.source, rows if self.data.facts.all_sale else rows.filter(nw.col("sale")), dimension
        )

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        self._known_columns((*columns, *(s for s, _ in sort)))
        shown = tuple(dict.fromkeys(columns))
        asked = {n: self._dimension(n, selection) for n in (*shown, *(s for s, _ in sort)) if FIELDS[n].dimension}
        totals = self.aggregate((), ("lines", "revenue", "units", "orders"), selection).iloc[0]
        rows = self._rows(selection, list(asked.values()))
        page = listing.page_of_lines(self.source, self.data, rows, asked, shown, sort, max(0, offset), max(0, limit))
        return LinePage(page, int(totals["lines"]), {m: float(totals[m]) for m in ("revenue", "units", "orders")})
