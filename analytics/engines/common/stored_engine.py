"""What the engines over the store have in common: what is known of the data, a policy's views, what may be asked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Self

import numpy as np
import pandas as pd

from analytics.engines.base import Engine
from analytics.engines.common.derived import HISTORICAL
from analytics.engines.common.extra_tables import summed, visible
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.measures import MEASURES, statistic
from analytics.metrics import METRICS, metric
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.runtime.lru import LruCache
from analytics.schema import FIELDS, Schema
from analytics.selection import Bounds, Clause, Policy, Resolved, Selection
from analytics.store import StoredDataset

ITEMS = ("product", "category", "brand")  # what baskets hold


class StoredEngine(Engine):
    """One stored data set, for one viewer's policy. `_bounds` is the engine's to set."""

    data: StoredDataset
    _bounds: Bounds

    def __init__(self, data: StoredDataset, policy: Policy = ()) -> None:
        self.data = data
        self._policy = policy
        self._schema = with_derived(data)
        self._inner: LruCache[Self] = LruCache(16)
        self._measurable: set[str] = set()
        self._known: set[str] = set()

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
    def quality(self) -> Quality | None:
        return None if self.policy else self.data.quality

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
    def policy(self) -> Policy:
        return self._policy

    def resolve(self, selection: Selection) -> Resolved:
        return selection.resolve(self._bounds, self.profile.calendar)

    def within(self, policy: tuple[Clause, ...]) -> Self:
        """The same data as far as these clauses let a viewer see; a clause without values lets nothing be seen.

        NotInData for a clause on a field that the data lack, EngineError for one on a field that is itself computed
        from histories.
        """
        layer = tuple(sorted(set(policy)))
        if not layer:
            return self
        for clause in layer:
            self._known_field(clause.field)
            if clause.field in HISTORICAL:
                raise EngineError(
                    f"what a viewer may see cannot be limited by {clause.field}.",
                    hint="Limit it by a field of the data.",
                )
        return self._inner.get_or_make(layer, lambda: self._narrowed(layer))

    @abstractmethod
    def _narrowed(self, layer: tuple[Clause, ...]) -> Self:
        """The engine inside one more layer of policy."""

    def table(self, name: str) -> pd.DataFrame:
        clauses = chain.from_iterable(self._policy)
        return visible(self.data.table(name), name, clauses, self._schema, self.profile.calendar)

    # --- what may be asked
    def _known_field(self, name: str) -> None:
        """UnknownName for what is no dimension, NotInData for one that the data lack."""
        if name in self._known:
            return
        if name not in FIELDS or not FIELDS[name].dimension:
            raise UnknownName("field", name, [f.name for f in self._schema.dimensions])
        if name not in self._schema:
            raise NotInData(f"the data set {self.name!r} does not have {FIELDS[name].label.lower()} ({name}).")
        self._known.add(name)

    def _known_columns(self, names: Iterable[str]) -> None:
        """The same for any field of the lines."""
        for name in names:
            if name not in self._schema:
                if name in FIELDS:
                    raise NotInData(f"the data set {self.name!r} does not have {name}.")
                raise UnknownName("column", name, [f.name for f in self._schema.fields])

    def _known_items(self, item: str) -> None:
        if item not in ITEMS:
            raise UnknownName("item", item, ITEMS)

    def _can_measure(self, name: str) -> None:
        """UnknownName for what is no metric, measure or statistic; NotInData where its fields are missing."""
        if name in self._measurable:
            return
        missing = self._schema.missing(_needs(name))
        if missing:
            raise NotInData(f"{name} needs {', '.join(missing)}, which the data set {self.name!r} does not have.")
        self._measurable.add(name)

    # --- measures that do not come from order lines
    def _not_of_lines(
        self, measure: str, by: tuple[str, ...], groups: Mapping[str, Any], size: int, selection: Resolved
    ) -> np.ndarray:
        """Days of each group, or a sum over its rows of an extra table."""
        if MEASURES[measure].kind == "days":
            return self._days(by, groups, size, selection)
        column = MEASURES[measure].column
        try:
            table = self.table(column)
        except NotInData:  # the policy is about a field that the table lacks: blank, as under any other such filter
            return np.full(size, np.nan)
        return summed(table, column, by, pd.DataFrame(dict(groups), index=range(size)), selection, self._schema)

    def _days(self, by: tuple[str, ...], groups: Mapping[str, Any], size: int, selection: Resolved) -> np.ndarray:
        reach = selection.span.clipped(self._bounds.span)
        if "period" not in by:
            return np.full(size, reach.days)
        grain, calendar = selection.grain, selection.calendar
        edges = calendar.edges(selection.span, grain)
        within = np.diff(np.clip(edges, reach.start, reach.end)).astype(int).tolist()
        days = {calendar.name(start, grain): n for start, n in zip(edges, within, strict=False)}
        return np.array([days[p[:10] if grain == "hour" else p] for p in groups["period"]], dtype="int64")


def _needs(name: str) -> tuple[str, ...]:
    """Fields and tables that a metric, measure or statistic needs; UnknownName for any other name."""
    if name in METRICS:
        return METRICS[name].needs
    if name in MEASURES:
        return MEASURES[name].needs
    found = statistic(name)
    return (found.field,) if found else metric(name).needs


def with_derived(data: StoredDataset) -> Schema:
    """The stored schema with the fields that are derived from it."""
    names = ["weekday", "month", "quarter", "order_products", "order_units"]
    if data.facts.timed:
        names += ["hour", "part_of_day"]
    if data.facts.customers:
        names += ["first_order_month", "new_or_returning", "rfm_segment", "value_tier"]
    have = {f.name: f for f in data.schema.fields} | {n: FIELDS[n] for n in names}
    return Schema(tuple(have[n] for n in FIELDS if n in have), data.schema.tables)
