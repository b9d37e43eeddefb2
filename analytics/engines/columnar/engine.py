"""The embedded engine: pandas frames out of memory-mapped, dictionary-coded columns, in one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.engines.base import Baskets, Entities, LinePage
from analytics.engines.columnar import baskets as basket_rows
from analytics.engines.columnar import entities as entity_rows
from analytics.engines.columnar import listing
from analytics.engines.columnar.derived import HISTORICAL, Histories
from analytics.engines.columnar.dimensions import Dimension, calendar_dimension, period_dimension, stored
from analytics.engines.columnar.grouping import Grouping
from analytics.engines.columnar.plan import Plan, frame_of
from analytics.engines.columnar.plan import columns as planned_columns
from analytics.engines.columnar.rows import Mask, Rows, Selector
from analytics.engines.common.stored_engine import DAY, StoredEngine
from analytics.errors import NotInData
from analytics.runtime.lru import LruCache
from analytics.selection import Bounds, Clause, Resolved
from analytics.store import StoredDataset

_EARLY, _LATE = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


class ColumnarEngine(StoredEngine):
    """One stored data set, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(
        self, data: StoredDataset, around: ColumnarEngine | None = None, layer: tuple[Clause, ...] = ()
    ) -> None:
        """The engine of all that is stored, or of what one more layer of policy lets be seen of `around`."""
        super().__init__(data, (*around._policy, layer) if around else ())
        self._fixed: dict[str, Dimension] = around._fixed if around else {}  # which no policy and no date changes
        self._periods: LruCache[Dimension] = around._periods if around else LruCache(32)
        self._columns: LruCache[pd.Index] = around._columns if around else LruCache(256)  # costly to make in pandas
        visible: tuple[Mask, ...] = ()
        if around:
            visible = (*around._selector.visible, *(around._selector.mask(c, _LATE) for c in layer))
        self._selector: Selector = Selector(data, self._dimension, self._policy, visible)
        self._histories = Histories(data, self._selector)
        self._rows: LruCache[Rows] = LruCache(8, 32 << 20, lambda rows: rows.nbytes)
        self._questions: LruCache[tuple[slice | None, dict[Any, Plan]]] = LruCache(64)
        self._bounds = self._seen_bounds()

    def _narrowed(self, layer: tuple[Clause, ...]) -> ColumnarEngine:
        return ColumnarEngine(self.data, self, layer)

    def _seen_bounds(self) -> Bounds:
        """The days of the first and last visible orders. Without any, nothing begins and ends at the epoch."""
        rows = self._selector.rows(_always(), ())
        day = self.data.orders["day"][rows.orders]
        first = self.data.facts.first_day
        start, end = (
            (np.datetime64(first + int(day[0]), "D"), np.datetime64(first + int(day[-1]), "D") + DAY)
            if len(day)
            else (np.datetime64(0, "D"),) * 2
        )
        said = self.profile.data_until
        return Bounds(start, end, np.datetime64(said, "D") + DAY if said and len(day) else end)

    # --- rows and dimensions
    def _dimension(self, name: str, as_of: np.datetime64) -> Dimension:
        self._known_field(name)
        if name in HISTORICAL:
            return self._histories.dimension(name, as_of)
        if name not in self._fixed:
            calendar = name in ("hour", "part_of_day", "weekday", "month", "quarter")
            self._fixed[name] = calendar_dimension(self.data, name) if calendar else stored(self.data, name)
        return self._fixed[name]

    def selected(self, selection: Resolved) -> Rows:
        """The rows of a selection, remembered for the other charts of the page."""
        return self._rows.get_or_make(
            selection.lines_key, lambda: self._selector.rows(selection.span, selection.clauses)
        )

    def _asked(self, selection: Resolved) -> tuple[slice | None, dict[Any, Plan]]:
        """Days of the data that a selection reaches (None where not all in them may be seen), and the questions that
        were asked of its lines, with their answers."""
        every = not self._selector.visible
        return self._questions.get_or_make(
            selection.lines_key, lambda: (self._selector.days_of(selection.span) if every else None, {})
        )

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
        return self._periods.get_or_make(
            (str(span), grain, calendar), lambda: period_dimension(self.data, grain, span, calendar)
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
        by = tuple(dict.fromkeys(by))
        wanted = tuple(dict.fromkeys(metrics))
        names = wanted if order is None or order in wanted else (*wanted, order)
        for name in names:
            self._can_measure(name)

        def elsewhere(measure: str, groups: Mapping[str, Any], size: int) -> np.ndarray:
            return self._not_of_lines(measure, by, groups, size, selection)

        columns = planned_columns(self._plan(by, selection), names, elsewhere)
        if order is not None:
            best = pd.Series(columns[order]).sort_values(ascending=False, kind="stable").index.to_numpy()[:limit]
            columns = {n: columns[n].take(best) for n in (*by, *wanted)}
        elif limit is not None:
            columns = {n: c[: max(0, limit)] for n, c in columns.items()}
        return frame_of(
            columns, self._columns.get_or_make(tuple(columns), lambda: pd.Index(list(columns), dtype="str"))
        )

    def _plan(self, by: tuple[str, ...], selection: Resolved) -> Plan:
        """The plan of an aggregation, the same object as long as it is kept."""
        days, asked = self._asked(selection)
        key = (by, selection.grain if "period" in by else None)
        if key not in asked:
            span = selection.span
            asked[key] = Plan(
                self.data,
                selection,
                [self._period(selection) if b == "period" else self._dimension(b, span.end) for b in by],
                lambda name: self._dimension(name, span.end),
                lambda: self._grouped(by, selection),
                lambda field: self._plan((field,), selection),
                days,
            )
        return asked[key]

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
        self._known_items(item)
        rows = self.selected(basket_rows.by_whole_orders(selection))
        return basket_rows.baskets(rows, self._dimension(item, selection.span.end))

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        self._known_columns((*columns, *(s for s, _ in sort)))
        rows = self.selected(selection)
        asked = lambda name: self._dimension(name, selection.span.end)  # noqa: E731
        return listing.lines(rows, asked, tuple(dict.fromkeys(columns)), sort, offset, limit)


def _always() -> TimeRange:
    return TimeRange(_EARLY, _LATE)
