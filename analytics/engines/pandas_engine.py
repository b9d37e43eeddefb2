"""The embedded engine: pandas frames out of memory-mapped, dictionary-coded columns, in one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.engines import baskets as basket_rows
from analytics.engines import entities as entity_rows
from analytics.engines import listing
from analytics.engines.base import Baskets, Engine, Entities, LinePage
from analytics.engines.derived import HISTORICAL, Histories
from analytics.engines.dimensions import Dimension, calendar_dimension, period_dimension, stored
from analytics.engines.grouping import Grouping
from analytics.engines.memory import Memory
from analytics.engines.question import Question, frame_of, spread_of
from analytics.engines.question import columns as answered
from analytics.engines.rows import Rows, Selector
from analytics.engines.side_tables import sessions, visible
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.metrics import MEASURES, METRICS, metric
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import FIELDS, Schema
from analytics.selection import Bounds, Clause, Resolved, Selection
from analytics.store import StoredDataset

_DAY = np.timedelta64(1, "D")
_EARLY, _LATE = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


class PandasEngine(Engine):
    """One stored data set, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(self, data: StoredDataset) -> None:
        self.data = data
        self._schema = _with_derived(data)
        self._policies: tuple[tuple[Clause, ...], ...] = ()
        self._fixed: dict[str, Dimension] = {}  # dimensions that no policy and no date changes
        self._periods = Memory(32)
        self._columns = Memory(256)  # column names, which cost pandas more than the columns
        self._measurable: set[str] = set()
        self._known: set[str] = set()
        self._views = Memory(16)
        self._start(Selector(data, self._dimension))

    def _start(self, selector: Selector) -> None:
        self._selector = selector
        self._histories = Histories(self.data, selector)
        self._rows = Memory(8, 96 << 20, lambda rows: rows.nbytes)
        self._questions = Memory(64)
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
        """The same data as far as these clauses let a viewer see. EngineError for a clause on a field that is itself
        computed from histories."""
        wanted = tuple(sorted(c for c in policy if c))
        if not wanted:
            return self
        view: PandasEngine = self._views.get(wanted, lambda: self._narrowed(wanted))
        return view

    def _narrowed(self, policy: tuple[Clause, ...]) -> PandasEngine:
        for clause in policy:
            self._known_field(clause.field)
            if clause.field in HISTORICAL:
                raise EngineError(
                    f"what a viewer may see cannot be limited by {clause.field}.",
                    hint="Limit it by a field of the data.",
                )
        masks = tuple(self._selector.mask(c, _LATE) for c in policy)
        view = PandasEngine.__new__(PandasEngine)
        view.data, view._schema = self.data, self._schema
        view._fixed, view._periods, view._columns = self._fixed, self._periods, self._columns
        view._measurable, view._known = self._measurable, self._known
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
        start, end = (
            (np.datetime64(first + int(day[0]), "D"), np.datetime64(first + int(day[-1]), "D") + _DAY)
            if len(day)
            else (np.datetime64(0, "D"),) * 2
        )
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
        if name in self._known:
            return
        if name not in FIELDS or not FIELDS[name].dimension:
            raise UnknownName("field", name, [f.name for f in self._schema.dimensions])
        if name not in self._schema:
            raise NotInData(f"the data set {self.name!r} does not have {FIELDS[name].label.lower()} ({name}).")
        self._known.add(name)

    def selected(self, selection: Resolved) -> Rows:
        """The rows of a selection, remembered for the other charts of the page."""
        rows: Rows = self._rows.get(
            selection.lines_key, lambda: self._selector.rows(selection.span, selection.clauses)
        )
        return rows

    def _asked(self, selection: Resolved) -> tuple[slice | None, dict[Any, Question]]:
        """Days of the data that a selection reaches (None where not all in them may be seen), and the questions that
        were asked of its lines, with their answers."""
        every = not self._selector.visible
        found: tuple[slice | None, dict[Any, Question]] = self._questions.get(
            selection.lines_key, lambda: (self._selector.days_of(selection.span) if every else None, {})
        )
        return found

    def _grouped(self, by: tuple[str, ...], selection: Resolved) -> Grouping:
        """The grouping of a selection's rows, remembered with them."""
        rows = self.selected(selection)
        key = (by, selection.grain if "period" in by else None)
        if key not in rows.answers:
            as_of = selection.span.end
            rows.answers[key] = Grouping(
                rows, [self._period(selection) if b == "period" else self._dimension(b, as_of) for b in by]
            )
        found: Grouping = rows.answers[key]
        return found

    def _period(self, selection: Resolved) -> Dimension:
        span, grain, calendar = selection.span, selection.grain, selection.calendar
        found: Dimension = self._periods.get(
            (str(span), grain, calendar), lambda: period_dimension(self.data, grain, span, calendar)
        )
        return found

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
        wanted = tuple(dict.fromkeys(metrics))
        names = wanted if order is None or order in wanted else (*wanted, order)
        for name in names:
            self._can_measure(name)
        beside = lambda m, groups, size: self._beside(m, by, groups, size, selection)  # noqa: E731
        columns = answered(self._question(by, selection), names, beside)
        if order is not None:
            best = pd.Series(columns[order]).sort_values(ascending=False, kind="stable").index.to_numpy()[:limit]
            columns = {n: columns[n].take(best) for n in (*by, *wanted)}
        elif limit is not None:
            columns = {n: c[: max(0, limit)] for n, c in columns.items()}
        return frame_of(columns, self._columns.get(tuple(columns), lambda: pd.Index(list(columns), dtype="str")))

    def _question(self, by: tuple[str, ...], selection: Resolved) -> Question:
        """A question about a selection, the same one whenever it is asked again."""
        days, asked = self._asked(selection)
        key = (by, selection.grain if "period" in by else None)
        if key not in asked:
            span = selection.span
            asked[key] = Question(
                self.data,
                selection,
                [self._period(selection) if b == "period" else self._dimension(b, span.end) for b in by],
                lambda name: self._dimension(name, span.end),
                lambda: self._grouped(by, selection),
                lambda field: self._question((field,), selection),
                days,
            )
        return asked[key]

    def _can_measure(self, name: str) -> None:
        if name in self._measurable:
            return
        spread = spread_of(name)
        if name in METRICS or name in MEASURES:
            needs = METRICS[name].needs if name in METRICS else MEASURES[name][0]
        elif spread:
            needs = (spread[1],)
        else:
            metric(name)
        missing = self._schema.missing(needs)
        if missing:
            raise NotInData(f"{name} needs {', '.join(missing)}, which the data set {self.name!r} does not have.")
        self._measurable.add(name)

    def _beside(
        self, measure: str, by: tuple[str, ...], groups: Mapping[str, Any], size: int, selection: Resolved
    ) -> np.ndarray:
        """Days or visits of each group."""
        if measure == "days":
            return self._days(by, groups, size, selection)
        frame = pd.DataFrame({b: groups[b] for b in by}, index=range(size))
        try:
            table = self.table("sessions")
        except NotInData:  # limited by what the table does not say: blank, as under any other such filter
            return np.full(size, np.nan)
        return sessions(table, by, frame, selection, self._schema)

    def _days(self, by: tuple[str, ...], groups: Mapping[str, Any], size: int, selection: Resolved) -> np.ndarray:
        reach = selection.span.clipped(self._bounds.span)
        if "period" not in by:
            return np.full(size, reach.days)
        grain, calendar = selection.grain, selection.calendar
        starts = calendar.starts(selection.span, grain)
        days = {calendar.name(b, grain): calendar.period(b, grain).clipped(reach).days for b in starts}
        return np.array([days[p[:10] if grain == "hour" else p] for p in groups["period"]], dtype="int64")

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        if level == "customer" and "customer" not in self._schema:
            raise NotInData(f"the data set {self.name!r} does not have customers.")
        return entity_rows.entities(level, self.selected(selection))

    def values(self, field: str, search: str, selection: Resolved, limit: int) -> tuple[pd.DataFrame, int]:
        dimension = self._dimension(field, selection.span.end)
        everything = self.selected(replace(selection, span=_always(), clauses=()))
        counted = self.selected(selection.without(field))
        return listing.values(
            dimension, search, Grouping(everything, [dimension]), Grouping(counted, [dimension]), limit
        )

    def unknown_values(self, selection: Resolved) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for clause in selection.clauses:
            if clause.field not in self._schema:
                found += [(clause.field, v) for v in (*clause.include, *clause.exclude)]
                continue
            dimension = self._dimension(clause.field, selection.span.end)
            everything = self.selected(replace(selection, span=_always(), clauses=()))
            seen = Grouping(everything, [dimension]).count() > 0
            found += [
                (clause.field, v) for v in (*clause.include, *clause.exclude) if not seen[dimension.find(v)].any()
            ]
        return tuple(found)

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        if item not in ("product", "category", "brand"):
            raise UnknownName("item", item, ("product", "category", "brand"))
        rows = self.selected(basket_rows.by_whole_orders(selection))
        return basket_rows.baskets(rows, self._dimension(item, selection.span.end))

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
