"""The engine for data larger than memory or than a machine: every question as a Narwhals lazy frame over DuckDB or
Spark.

It reads one flat table of numbers (line_table.py); words, extra tables and what is known of the data come from the
store, as with the embedded engine, whose answers it gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines import frame_listing as listing
from analytics.engines.base import Baskets, Engine, Entities, LinePage
from analytics.engines.baskets import by_whole_orders
from analytics.engines.derived import HISTORICAL
from analytics.engines.frame_dimensions import FrameDimension, frame_dimension, frame_period
from analytics.engines.frame_histories import FrameHistories
from analytics.engines.frame_measures import Grouped, filled, statistic_of
from analytics.engines.frame_rows import days_of, days_within, joined, keeps_orders, passing
from analytics.engines.frame_source import Lazy, Source
from analytics.engines.memory import Memory
from analytics.engines.side_tables import sessions, visible
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.metrics import MEASURES, METRICS, metric
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import FIELDS, Schema
from analytics.selection import Bounds, Clause, Resolved, Selection
from analytics.store import StoredDataset

_DAY = np.timedelta64(1, "D")


class FrameEngine(Engine):
    """One stored data set at a source of lines, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(self, data: StoredDataset, source: Source) -> None:
        self._start(data, source, ())

    def _start(self, data: StoredDataset, source: Source, policies: tuple[tuple[Clause, ...], ...]) -> None:
        self.data, self.source, self._policies = data, source, policies
        self._schema = _with_derived(data)
        self._views = Memory(16)
        self._occurring = Memory(64, 64 << 20, lambda codes: codes.nbytes)
        self._whole = keeps_orders(self.policy, lambda name: frame_dimension(data, name))
        self._histories = FrameHistories(source, data, self._visible, self._whole)
        self._bounds = self._seen_bounds()

    # --- what is known
    @property
    def name(self) -> str:
        return self.data.name

    @property
    def schema(self) -> Schema:
        return self._schema

    @property
    def profile(self) -> Profile:
        return self.data.profile

    @property
    def quality(self) -> Quality:
        return self.data.quality

    @property
    def version(self) -> str:
        return self.data.version

    @property
    def loaded_at(self) -> str:
        return self.data.loaded_at

    @property
    def bounds(self) -> Bounds:
        return self._bounds

    @property
    def policy(self) -> tuple[Clause, ...]:
        return tuple(c for layer in self._policies for c in layer)

    def within(self, policy: tuple[Clause, ...]) -> FrameEngine:
        """The same data as far as these clauses let a viewer see. EngineError for a clause on a field that is itself
        computed from histories.
        """
        wanted = tuple(sorted(c for c in policy if c))
        if not wanted:
            return self
        view: FrameEngine = self._views.get(wanted, lambda: self._narrowed(wanted))
        return view

    def _narrowed(self, policy: tuple[Clause, ...]) -> FrameEngine:
        for clause in policy:
            self._known_field(clause.field)
            if clause.field in HISTORICAL:
                raise EngineError(
                    f"what a viewer may see cannot be limited by {clause.field}.",
                    hint="Limit it by a field of the data.",
                )
        view = FrameEngine.__new__(FrameEngine)
        view._start(self.data, self.source, (*self._policies, policy))
        return view

    def resolve(self, selection: Selection) -> Resolved:
        return selection.resolve(self._bounds, self.profile.calendar)

    def _seen_bounds(self) -> Bounds:
        """The days of the first and last visible orders. Without any, nothing begins and ends at the epoch."""
        first, last = self.data.facts["day0"], self.data.facts["day0"] + self.data.facts["days"] - 1
        seen = self.data.facts["days"] > 0
        if self._policies and seen:
            found = self.source.answer(days_of(self._visible())).iloc[0]
            seen = bool(found.notna().all())
            first, last = (int(found["first"]), int(found["last"])) if seen else (0, 0)
        if not seen:
            return Bounds(*(np.datetime64(0, "D"),) * 3)
        end = np.datetime64(last, "D") + _DAY
        said = self.profile.data_until
        return Bounds(np.datetime64(first, "D"), end, np.datetime64(said, "D") + _DAY if said else end)

    # --- rows and dimensions
    def _visible(self) -> Lazy:
        """The lines that the viewer may see; each layer of the policy judges by what the layers before it show."""
        lines = self.source.lines()
        for layer in self._policies:
            lines = passing(lines, (), layer, lambda name: frame_dimension(self.data, name), lines)
        return lines

    def _known_field(self, name: str) -> None:
        if name not in FIELDS or not FIELDS[name].dimension:
            raise UnknownName("field", name, [f.name for f in self._schema.dimensions])
        if name not in self._schema:
            raise NotInData(f"the data set {self.name!r} does not have {FIELDS[name].label.lower()} ({name}).")

    def _dimension(self, name: str, selection: Resolved) -> FrameDimension:
        if name == "period":
            return frame_period(self.data, selection.grain, selection.span, selection.calendar)
        self._known_field(name)
        return (
            self._histories.dimension(name, selection.span.end)
            if name in HISTORICAL
            else frame_dimension(self.data, name)
        )

    def _rows(self, selection: Resolved, besides: Sequence[FrameDimension] = (), *, ever: bool = False) -> Lazy:
        """The selected lines (of all time with `ever`), with what these dimensions need."""
        base = self._visible()
        needed = (*(self._dimension(c.field, selection) for c in selection.clauses), *besides)
        days = [] if ever else days_within(selection.span)
        find = lambda name: self._dimension(name, selection)  # noqa: E731
        return passing(joined(base, needed), days, selection.clauses, find, base)

    def _keeps_orders(self, selection: Resolved, dimensions: Sequence[FrameDimension] = ()) -> bool:
        selected = keeps_orders(selection.clauses, lambda name: self._dimension(name, selection))
        return self._whole and selected and not any(d.by_line for d in dimensions)

    def _grouped(self, selection: Resolved, dimensions: Sequence[FrameDimension]) -> Grouped:
        keys = [d.codes for d in dimensions]
        return Grouped(
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
        measures = tuple(dict.fromkeys(m for n in names for m in (METRICS[n].measures if n in METRICS else (n,))))
        dimensions = [self._dimension(b, selection) for b in by]
        grouped = self._grouped(selection, dimensions)
        of_lines = [m for m in measures if m not in ("days", "sessions")]
        found = grouped.measured(of_lines)
        if by in ((), ("period",)):
            found = filled(found, ("lines", *of_lines), grouped.names[0], dimensions[0].words.size if by else 1)
        groups = {
            d.name: d.words.column().take(found[key].to_numpy("int64"))
            for d, key in zip(dimensions, grouped.names, strict=False)
        }
        columns = {m: found[m] for m in of_lines}
        for measure in measures:
            if measure not in columns:
                columns[measure] = pd.Series(self._beside(measure, by, groups, len(found), selection))
        answered = {n: METRICS[n].compute(columns) if n in METRICS else columns[n] for n in names}
        frame = pd.DataFrame(groups | {n: v.to_numpy() for n, v in answered.items()}, index=range(len(found)))
        if order is not None:
            frame = frame.sort_values(order, ascending=False, kind="stable", ignore_index=True)
        return (frame if limit is None else frame.head(max(0, limit)))[[*by, *wanted]]

    def _can_measure(self, name: str) -> None:
        spread = statistic_of(name)
        if name in METRICS or name in MEASURES:
            needs = METRICS[name].needs if name in METRICS else MEASURES[name][0]
        elif spread and spread[1] in FIELDS and FIELDS[spread[1]].kind in ("money", "number"):
            needs = (spread[1],)
        else:
            metric(name)
        missing = self._schema.missing(needs)
        if missing:
            raise NotInData(f"{name} needs {', '.join(missing)}, which the data set {self.name!r} does not have.")

    def _beside(
        self, measure: str, by: tuple[str, ...], groups: Mapping[str, Any], size: int, selection: Resolved
    ) -> np.ndarray:
        """Days or visits of each group."""
        if measure == "sessions":
            try:
                table = self.table("sessions")
            except NotInData:  # limited by what the table does not say: blank, as under any other such filter
                return np.full(size, np.nan)
            return sessions(table, by, pd.DataFrame(groups, index=range(size)), selection, self._schema)
        reach = selection.span.clipped(self._bounds.span)
        if "period" not in by:
            return np.full(size, reach.days)
        grain, calendar = selection.grain, selection.calendar
        days = {
            calendar.name(b, grain): calendar.period(b, grain).clipped(reach).days
            for b in calendar.starts(selection.span, grain)
        }
        return np.array([days[p[:10] if grain == "hour" else p] for p in groups["period"]], dtype="int64")

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
        codes: np.ndarray = self._occurring.get(key, lambda: self._all_codes(field, selection))
        return codes

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
            seen, words = self._codes_seen(clause.field, selection), self._dimension(clause.field, selection).words
            found += [(clause.field, v) for v in values if not np.isin(words.find(v), seen).any()]
        return tuple(found)

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        if item not in ("product", "category", "brand"):
            raise UnknownName("item", item, ("product", "category", "brand"))
        dimension = self._dimension(item, selection)
        rows = self._rows(by_whole_orders(selection), [dimension])
        return listing.baskets(
            self.source, rows if self.data.facts["all_sale"] else rows.filter(nw.col("sale")), dimension
        )

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        for name in (*columns, *(s for s, _ in sort)):
            if name not in self._schema:
                known = [f.name for f in self._schema.fields]
                raise (
                    NotInData(f"the data set {self.name!r} does not have {name}.")
                    if name in FIELDS
                    else UnknownName("column", name, known)
                )
        shown = tuple(dict.fromkeys(columns))
        asked = {n: self._dimension(n, selection) for n in (*shown, *(s for s, _ in sort)) if FIELDS[n].dimension}
        totals = self.aggregate((), ("lines", "revenue", "units", "orders"), selection).iloc[0]
        rows = self._rows(selection, list(asked.values()))
        page = listing.page_of_lines(self.source, self.data, rows, asked, shown, sort, max(0, offset), max(0, limit))
        return LinePage(page, int(totals["lines"]), {m: float(totals[m]) for m in ("revenue", "units", "orders")})

    def table(self, name: str) -> pd.DataFrame:
        return visible(self.data.table(name), name, self.policy, self._schema, self.profile.calendar)


def _with_derived(data: StoredDataset) -> Schema:
    """The stored schema with the fields that are derived from it."""
    names = ["weekday", "month", "quarter"]
    if data.facts["timed"]:
        names += ["hour", "part_of_day"]
    if data.facts["customers"]:
        names += ["first_order_month", "new_or_returning", "rfm_segment", "value_tier"]
    have = {f.name: f for f in data.schema.fields} | {n: FIELDS[n] for n in names}
    return Schema(tuple(have[n] for n in FIELDS if n in have), data.schema.tables)
