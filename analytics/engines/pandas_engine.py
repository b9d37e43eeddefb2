"""The embedded engine: pandas frames out of memory-mapped, dictionary-coded columns, in one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.engines import baskets as basket_rows
from analytics.engines import entities as entity_rows
from analytics.engines import listing, measures
from analytics.engines.base import Baskets, Engine, Entities, LinePage
from analytics.engines.derived import HISTORICAL, Histories
from analytics.engines.dimensions import Dimension, calendar_dimension, period_dimension, stored
from analytics.engines.grouping import Grouping, grouped
from analytics.engines.memory import Memory
from analytics.engines.rows import Mask, Rows, Selector
from analytics.engines.side_tables import sessions, visible
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.metrics import MEASURES, METRICS, metric
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import FIELDS, Schema
from analytics.selection import Bounds, Clause, Resolved, Selection
from analytics.store import StoredDataset

_STATISTICS = ("min", "max", "median", "p25", "p75")
_DAY = np.timedelta64(1, "D")
_EARLY, _LATE = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


class PandasEngine(Engine):
    """One stored data set, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(self, data: StoredDataset) -> None:
        self.data = data
        self._schema = _with_derived(data)
        self._policies: tuple[tuple[Clause, ...], ...] = ()
        self._fixed: dict[str, Dimension] = {}  # dimensions that no policy and no date changes
        self._views = Memory(16)
        self._start(Selector(data, self._dimension))

    def _start(self, selector: Selector) -> None:
        self._selector = selector
        self._histories = Histories(self.data, selector)
        self._rows = Memory(8, 96 << 20, lambda rows: rows.nbytes)
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

    def within(self, policy: tuple[Clause, ...]) -> PandasEngine:
        """The same data as far as these clauses let a viewer see. EngineError for a clause on a field that is itself computed from histories."""
        wanted = tuple(sorted(c for c in policy if c))
        if not wanted:
            return self
        view: PandasEngine = self._views.get(wanted, lambda: self._narrowed(wanted))
        return view

    def _narrowed(self, policy: tuple[Clause, ...]) -> PandasEngine:
        for clause in policy:
            self._known_field(clause.field)
            if clause.field in HISTORICAL:
                raise EngineError(f"what a viewer may see cannot be limited by {clause.field}.", hint="Limit it by a field of the data.")
        masks = tuple(self._selector.mask(c, _LATE) for c in policy)
        view = PandasEngine.__new__(PandasEngine)
        view.data, view._schema, view._fixed = self.data, self._schema, self._fixed
        view._policies = (*self._policies, policy)
        view._views = Memory(16)
        view._start(Selector(self.data, view._dimension, view._policies, (*self._selector.visible, *masks)))
        return view

    def resolve(self, selection: Selection) -> Resolved:
        return selection.resolve(self._bounds, self.profile.calendar)

    def _seen_bounds(self) -> Bounds:
        """The days of the first and last visible orders. Without any, nothing begins and ends at the epoch."""
        rows = self._selector.rows(_always(), ())
        day = self.data.arrays["order.day"][rows.orders]
        first = self.data.facts["day0"]
        start, end = (np.datetime64(first + int(day[0]), "D"), np.datetime64(first + int(day[-1]), "D") + _DAY) if len(day) else (np.datetime64(0, "D"),) * 2
        said = self.profile.data_until
        return Bounds(start, end, np.datetime64(said, "D") + _DAY if said and len(day) else end)

    # --- rows and dimensions
    def _dimension(self, name: str, as_of: np.datetime64) -> Dimension:
        self._known_field(name)
        if name in HISTORICAL:
            return self._histories.dimension(name, as_of)
        if name not in self._fixed:
            calendar = name in ("hour", "part_of_day", "weekday", "month", "quarter")
            self._fixed[name] = calendar_dimension(self.data, name) if calendar else stored(self.data, name)
        return self._fixed[name]

    def _known_field(self, name: str) -> None:
        if name not in FIELDS or not FIELDS[name].dimension:
            raise UnknownName("field", name, [f.name for f in self._schema.dimensions])
        if name not in self._schema:
            raise NotInData(f"the data set {self.name!r} does not have {FIELDS[name].label.lower()} ({name}).")

    def selected(self, selection: Resolved) -> Rows:
        """The rows of a selection, remembered for the other charts of the page."""
        span = selection.span
        rows: Rows = self._rows.get((str(span), selection.clauses), lambda: self._selector.rows(span, selection.clauses))
        return rows

    def _grouped(self, rows: Rows, by: tuple[str, ...], selection: Resolved) -> Grouping:
        span = selection.span
        period = lambda: period_dimension(self.data, selection.grain, span, selection.calendar)  # noqa: E731
        return grouped(rows, [period() if b == "period" else self._dimension(b, span.end) for b in by])

    # --- questions
    def aggregate(
        self,
        by: Sequence[str],
        metrics: Sequence[str],
        selection: Resolved,
        order: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        by = tuple(dict.fromkeys(by))
        names = tuple(dict.fromkeys((*metrics, *([order] if order else []))))
        for name in names:
            self._can_measure(name)
        grouping = self._grouped(self.selected(selection), by, selection)
        if not by:
            shown = np.zeros(1, dtype="int64")
        elif by == ("period",):
            shown = np.arange(grouping.size)
        else:
            shown = np.flatnonzero(grouping.count())
        frame = pd.DataFrame(grouping.values(shown), index=range(len(shown)))
        wanted = dict.fromkeys(m for n in names for m in (METRICS[n].measures if n in METRICS else (n,)))
        values = {m: pd.Series(self._measure(m, grouping, frame, by, selection, shown)) for m in wanted}
        for name in names:
            frame[name] = METRICS[name].compute(values) if name in METRICS else values[name]
        if order is not None:
            frame = frame.sort_values(order, ascending=False, kind="stable", ignore_index=True, na_position="last")
        return (frame if limit is None else frame.head(limit))[[*by, *dict.fromkeys(metrics)]]

    def _can_measure(self, name: str) -> None:
        statistic, _, field = name.partition("_")
        if name in METRICS or name in MEASURES:
            needs = METRICS[name].needs if name in METRICS else MEASURES[name][0]
        elif statistic in _STATISTICS and field in FIELDS and FIELDS[field].kind in ("money", "number"):
            needs = (field,)
        else:
            metric(name)
        missing = self._schema.missing(needs)
        if missing:
            raise NotInData(f"{name} needs {', '.join(missing)}, which the data set {self.name!r} does not have.")

    def _measure(self, name: str, grouping: Grouping, frame: pd.DataFrame, by: tuple[str, ...], selection: Resolved, shown: np.ndarray) -> np.ndarray:
        """A measure of the shown groups."""
        if name == "days":
            return self._days(by, frame, selection)
        if name == "sessions":
            return self._sessions(by, frame, selection)
        key = (by, selection.grain if "period" in by else None, name)
        answers = grouping.rows.answers
        if key not in answers:
            answers[key] = self._vector(name, grouping)[shown]
        return answers[key]  # type: ignore[no-any-return]

    def _vector(self, name: str, grouping: Grouping) -> np.ndarray:
        statistic, _, field = name.partition("_")
        if name in measures.COUNTED:
            return measures.COUNTED[name](grouping)
        if name in MEASURES:
            sums = measures.total(grouping, name)
            whole = name == "rated_lines" or (name == "units" and self.data.fields["quantity"]["whole"])
            return sums.astype("int64") if whole else sums
        return measures.spread(grouping, field, statistic)

    def _days(self, by: tuple[str, ...], frame: pd.DataFrame, selection: Resolved) -> np.ndarray:
        reach = selection.span.clipped(self._bounds.span)
        if "period" not in by:
            return np.full(len(frame), reach.days)
        grain, calendar = selection.grain, selection.calendar
        days = {calendar.name(b, grain): calendar.period(b, grain).clipped(reach).days for b in calendar.starts(selection.span, grain)}
        return frame["period"].str.slice(0, 10).map(days).to_numpy("int64") if grain == "hour" else frame["period"].map(days).to_numpy("int64")

    def _sessions(self, by: tuple[str, ...], frame: pd.DataFrame, selection: Resolved) -> np.ndarray:
        try:
            table = self.table("sessions")
        except NotInData:  # limited by what the table does not say: blank, as under any other such filter
            return np.full(len(frame), np.nan)
        return sessions(table, by, frame, selection, self._schema)

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        if level == "customer" and "customer" not in self._schema:
            raise NotInData(f"the data set {self.name!r} does not have customers.")
        return entity_rows.entities(level, self.selected(selection))

    def values(self, field: str, search: str, selection: Resolved, limit: int) -> tuple[pd.DataFrame, int]:
        dimension = self._dimension(field, selection.span.end)
        everything = self.selected(replace(selection, span=_always(), clauses=()))
        counted = self.selected(selection.without(field))
        return listing.values(dimension, search, grouped(everything, [dimension]), grouped(counted, [dimension]), limit)

    def unknown_values(self, selection: Resolved) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for clause in selection.clauses:
            if clause.field not in self._schema:
                found += [(clause.field, v) for v in (*clause.include, *clause.exclude)]
                continue
            dimension = self._dimension(clause.field, selection.span.end)
            everything = self.selected(replace(selection, span=_always(), clauses=()))
            seen = grouped(everything, [dimension]).count() > 0
            found += [(clause.field, v) for v in (*clause.include, *clause.exclude) if not seen[dimension.find(v)].any()]
        return tuple(found)

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        if item not in ("product", "category", "brand"):
            raise UnknownName("item", item, ("product", "category", "brand"))
        rows = self.selected(basket_rows.by_whole_orders(selection))
        return basket_rows.baskets(rows, self._dimension(item, selection.span.end))

    def lines(self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int) -> LinePage:
        for name in (*columns, *(s for s, _ in sort)):
            if name not in self._schema:
                known = [f.name for f in self._schema.fields]
                raise NotInData(f"the data set {self.name!r} does not have {name}.") if name in FIELDS else UnknownName("column", name, known)
        rows = self.selected(selection)
        asked = lambda name: self._dimension(name, selection.span.end)  # noqa: E731
        return listing.lines(rows, asked, tuple(dict.fromkeys(columns)), sort, offset, limit)

    def table(self, name: str) -> pd.DataFrame:
        return visible(self.data.table(name), name, self.policy, self._schema, self.profile.calendar)


def _always() -> TimeRange:
    return TimeRange(_EARLY, _LATE)


def _with_derived(data: StoredDataset) -> Schema:
    """The stored schema with the fields that this engine derives from it."""
    names = ["weekday", "month", "quarter"]
    if data.facts["timed"]:
        names += ["hour", "part_of_day"]
    if data.facts["customers"]:
        names += ["first_order_month", "new_or_returning", "rfm_segment", "value_tier"]
    have = {f.name: f for f in data.schema.fields} | {n: FIELDS[n] for n in names}
    return Schema(tuple(have[n] for n in FIELDS if n in have), data.schema.tables)
