"""The columnar engine: frames out of memory-mapped, dictionary-coded columns, in one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from analytics.calendar import Grain
from analytics.engines.base import Baskets, Entities, LinePage
from analytics.engines.columnar import entities as entity_rows
from analytics.engines.columnar import listing
from analytics.engines.columnar.derived import DerivedFields
from analytics.engines.columnar.dimensions import Dimension, fixed_dimension, period_dimension
from analytics.engines.columnar.grouping import Grouping
from analytics.engines.columnar.measures import orders
from analytics.engines.columnar.plan import Plan, frame_of
from analytics.engines.columnar.plan import columns as planned_columns
from analytics.engines.columnar.rows import Rows
from analytics.engines.columnar.selector import ALWAYS, LATEST, Mask, Selector
from analytics.engines.common.cubes import Filters
from analytics.engines.common.derived import HISTORICAL
from analytics.engines.common.dimensions import days_in
from analytics.engines.common.lists import by_whole_orders
from analytics.engines.common.stored_engine import StoredEngine
from analytics.errors import NotInData
from analytics.language import N_
from analytics.runtime.lru import LruCache
from analytics.schema import MISSING
from analytics.selection import Bounds, Clause, Resolved
from analytics.store import StoredDataset


class _Plans(NamedTuple):
    """The plans of one selection by their dimensions and grain. `filters`: its clauses and days; None where a policy
    hides some of their lines. `held`: whether its orders are found by what they hold (Selector.held)."""

    filters: Filters[Dimension] | None
    held: bool
    by: dict[tuple[tuple[str, ...], Grain | None], Plan]


class _Selected(NamedTuple):
    """The rows of a selection, and what was grouped by them. The rows do not refer to their groupings: both go as soon
    as the last chart is done with them."""

    rows: Rows
    groupings: dict[tuple[tuple[str, ...], Grain | None], Grouping]  # by dimensions and grain


class ColumnarEngine(StoredEngine):
    """One stored data set, for one viewer's policy (see base.Engine). Threads may share it."""

    def __init__(
        self, data: StoredDataset, around: ColumnarEngine | None = None, layer: tuple[Clause, ...] = ()
    ) -> None:
        """The engine of all that is stored, or of what one more layer of policy lets be seen of `around`."""
        super().__init__(data, (*around._policy, layer) if around else ())
        self._fixed: dict[str, Dimension] = around._fixed if around else {}  # those that no policy and no range changes
        self._periods: LruCache[Dimension] = around._periods if around else LruCache(32)
        self._columns: LruCache[pd.Index] = around._columns if around else LruCache(256)  # costly to make in pandas
        visible: tuple[Mask, ...] = ()
        if around:
            visible = (*around._selector.visible, *(around._selector.mask(c, LATEST) for c in layer))
        masks = around._selector.masks if around else None
        self._selector: Selector = Selector(data, self._dimension, self._policy, visible, masks)
        self._derived = DerivedFields(data, self._selector)
        # Shared by all policies, whose number must not multiply them: the policy is part of each key.
        kept = LruCache(8, 32 << 20, lambda found: found.rows.nbytes) if around is None else around._selected
        self._selected: LruCache[_Selected] = kept
        self._plans: LruCache[_Plans] = around._plans if around else LruCache(64)
        seen: LruCache[np.ndarray] = LruCache(64, 4 << 20, lambda codes: codes.nbytes)
        self._seen: LruCache[np.ndarray] = around._seen if around else seen  # which codes of a field occur
        self._bounds = self._seen_bounds()

    def _narrowed(self, layer: tuple[Clause, ...]) -> ColumnarEngine:
        return ColumnarEngine(self.data, self, layer)

    def _seen_bounds(self) -> Bounds:
        day = self.data.orders["day"][self._selector.rows(ALWAYS, ()).orders]
        first = self.data.facts.first_day
        return self._bounds_from((first + int(day[0]), first + int(day[-1])) if len(day) else None)

    # --- rows and dimensions
    def _dimension(self, name: str, as_of: np.datetime64) -> Dimension:
        self._check_dimension(name)
        if name in HISTORICAL:
            return self._derived.dimension(name, as_of)
        if name not in self._fixed:
            self._fixed[name] = fixed_dimension(self.data, name)
        return self._fixed[name]

    def selected(self, selection: Resolved) -> Rows:
        """The rows of a selection, kept for the other charts of the page."""
        return self._kept_rows(selection).rows

    def _kept_rows(self, selection: Resolved, *, counted: bool = False) -> _Selected:
        """The rows of a selection; with `counted`, its orders for counting (Selector.orders_with_sale)."""
        select = self._selector.orders_with_sale if counted else self._selector.rows
        return self._selected.get_or_make(
            (self._policy, selection.lines_key, counted),
            lambda: _Selected(select(selection.span, selection.clauses), {}),
        )

    def _dimensions(self, by: tuple[str, ...], selection: Resolved) -> list[Dimension]:
        as_of = selection.span.end
        return [self._period(selection) if name == "period" else self._dimension(name, as_of) for name in by]

    def _grouped(self, by: tuple[str, ...], selection: Resolved, *, counted: bool = False) -> Grouping:
        """The grouping of a selection's rows, kept with them."""
        rows, groupings = self._kept_rows(selection, counted=counted)
        key = (by, selection.grain if "period" in by else None)
        if key not in groupings:
            groupings[key] = Grouping(rows, self._dimensions(by, selection))
        return groupings[key]

    def _counted(self, by: tuple[str, ...], selection: Resolved) -> Grouping | None:
        """The grouping of the orders over which distinct orders and customers are counted without reading lines; None
        where counting them takes the lines."""
        by_lines = any(d.level == "line" for d in self._dimensions(by, selection))
        return None if by_lines else self._grouped(by, selection, counted=True)

    def _period(self, selection: Resolved) -> Dimension:
        key = (str(selection.span), selection.grain, selection.calendar)
        return self._periods.get_or_make(
            key, lambda: period_dimension(self.data, selection.grain, selection.span, selection.calendar)
        )

    def _last_names(self, field: str, named_by: str) -> np.ndarray:
        rows = self._selector.rows(ALWAYS, ())
        codes, names = rows.stored_field(field), rows.stored_field(named_by)
        given = names != self.data.dictionaries[named_by].find(MISSING)
        last = np.full(len(self.data.dictionaries[field]), -1, "int64")
        last[codes[given]] = names[given]  # the last of several assignments wins: the latest line
        return last

    # --- questions
    def aggregate(
        self,
        by: Sequence[str],
        metrics: Sequence[str],
        selection: Resolved,
        order: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Metrics per combination of dimensions (see base.Engine), by the plan of that aggregation."""
        by = tuple(dict.fromkeys(by))
        wanted, names = self._checked(metrics, order)

        def elsewhere(measure: str, groups: Mapping[str, Any], size: int) -> np.ndarray:
            return self._not_of_lines(measure, by, groups, size, selection)

        columns = planned_columns(self._plan(by, selection), names, elsewhere)
        if order is not None:
            best = pd.Series(columns[order]).sort_values(ascending=False, kind="stable").index.to_numpy()[:limit]
            columns = {n: columns[n].take(best) for n in (*by, *wanted)}
        elif limit is not None:
            columns = {n: c[: max(0, limit)] for n, c in columns.items()}
        # Names that are plain objects are found three times faster than in an array of Arrow.
        return frame_of(
            columns, self._columns.get_or_make(tuple(columns), lambda: pd.Index(list(columns), dtype=object))
        )

    def _plan(self, by: tuple[str, ...], selection: Resolved) -> Plan:
        """The plan of an aggregation, the same object as long as it is kept."""
        plans = self._plans.get_or_make(
            (self._policy, selection.lines_key),
            lambda: _Plans(self._filters(selection), self._selector.held(selection.span, selection.clauses), {}),
        )
        key = (by, selection.grain if "period" in by else None)
        if key not in plans.by:
            plans.by[key] = Plan(
                self.data,
                selection,
                self._dimensions(by, selection),
                lambda: self._grouped(by, selection),
                (lambda: self._counted(by, selection)) if plans.held else lambda: None,
                lambda field: self._plan((field,), selection),
                plans.filters,
            )
        return plans.by[key]

    def _filters(self, selection: Resolved) -> Filters[Dimension] | None:
        if self._selector.visible:
            return None
        as_of = selection.span.end
        days = days_in(self.data, selection.span)
        return Filters(self.data, selection.clauses, lambda name: self._dimension(name, as_of), days)

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        """One row per customer or order (see base.Engine)."""
        if level == "customer" and "customer" not in self._schema:
            raise NotInData(N_("{data} has no customers.", data=self.profile.title))
        return entity_rows.entities(level, self.selected(selection))

    def _occurring(self, field: str, selection: Resolved) -> tuple[Dimension, np.ndarray]:
        dimension = self._dimension(field, selection.span.end)
        everything = replace(selection, span=ALWAYS, clauses=())

        def found() -> np.ndarray:
            codes = Grouping(self.selected(everything), [dimension]).occurring
            codes.setflags(write=False)
            return codes

        key = (self._policy, field, selection.span.end if field in HISTORICAL else None)
        return dimension, self._seen.get_or_make(key, found)

    def _orders_of(self, field: str, codes: np.ndarray, selection: Resolved) -> np.ndarray:
        dimension = self._dimension(field, selection.span.end)
        return np.asarray(orders(Grouping(self.selected(selection), [dimension]))[codes])

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        """What was bought together (see base.Engine)."""
        self._check_item(item)
        rows = self.selected(by_whole_orders(selection, self._schema))
        return listing.baskets(rows, self._dimension(item, selection.span.end))

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        """A page of order lines (see base.Engine)."""
        self._check_columns((*columns, *(s for s, _ in sort)))
        rows = self.selected(selection)

        def dimension(name: str) -> Dimension:
            return self._dimension(name, selection.span.end)

        return listing.lines(rows, dimension, tuple(dict.fromkeys(columns)), sort, offset, limit)
