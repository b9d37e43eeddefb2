"""What every engine over the store has in common: what is known about the data, layers of a policy, the names that may
be used, and measures that do not come from order lines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any, Self

import numpy as np
import pandas as pd

from analytics.engines.base import Engine
from analytics.engines.common.bounds import NOTHING, bounds_of
from analytics.engines.common.derived import HISTORICAL
from analytics.engines.common.dimensions import Domain
from analytics.engines.common.extra_tables import summed, visible
from analytics.engines.common.lists import matching, options
from analytics.engines.common.names import NAMES, CodeNames
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.language import N_
from analytics.measures import MEASURES, statistic
from analytics.metrics import METRICS, metric
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.runtime.lru import LruCache
from analytics.schema import FIELDS, HIERARCHIES, PlaceNames, Schema
from analytics.selection import Bounds, Clause, Policy, Resolved, Selection
from analytics.store import StoredDataset
from analytics.store.dictionary import Dictionary

NAMED_PLACES = ("country", "region", "place")  # whose values are called otherwise than the data write them


class StoredEngine(Engine):
    """One stored data set, for one viewer's policy. A subclass sets `_bounds` and answers what is abstract here."""

    data: StoredDataset
    _bounds: Bounds

    def __init__(self, data: StoredDataset, policy: Policy = ()) -> None:
        self.data = data
        self._policy = policy
        self._schema = replace(with_derived(data), names=self._name_of, places=lambda: self._places)
        if policy:  # a table that the policy cannot limit is left out; session measures are then blank
            tables = self._schema.tables
            limited = tuple(name for name in tables if name == "sessions" or self._can_limit(name))
            # `single` and `sizes` are counted over all rows, some of which a policy hides.
            self._schema = replace(self._schema, tables=limited, single=frozenset(), sizes={})
        self._inner: LruCache[Self] = LruCache(16)
        self._names: LruCache[CodeNames] = LruCache(len(NAMES))
        self._measurable: set[str] = set()
        self._known: set[str] = set()

    @property
    def name(self) -> str:
        """See base.Engine."""
        return self.data.name

    @property
    def schema(self) -> Schema:
        """See base.Engine."""
        return self._schema

    @property
    def profile(self) -> Profile:
        """See base.Engine."""
        return self.data.profile

    @property
    def quality(self) -> Quality | None:
        """See base.Engine."""
        return None if self.policy or self.data.hidden else self.data.quality

    @property
    def version(self) -> str:
        """See base.Engine."""
        return self.data.version

    @property
    def loaded_at(self) -> str:
        """See base.Engine."""
        return self.data.loaded_at

    @property
    def bounds(self) -> Bounds:
        """See base.Engine."""
        return self._bounds

    @property
    def policy(self) -> Policy:
        """See base.Engine."""
        return self._policy

    def resolve(self, selection: Selection) -> Resolved:
        """See base.Engine."""
        return selection.resolve(self._bounds, self.profile.calendar)

    def _bounds_from(self, days: tuple[int, int] | None) -> Bounds:
        """The bounds of data whose first and last visible orders are of these days since 1970; None: there are none."""
        if days is None:
            return NOTHING
        first, last = (np.datetime64(day, "D") for day in days)
        return bounds_of(first, last, self.profile, self.loaded_at)

    # --- policy
    def within(self, policy: tuple[Clause, ...]) -> Self:
        """The same data as far as these clauses let a viewer see; nothing it computes can use a hidden line. A clause
        without values hides everything; an empty policy changes nothing.

        NotInData for a clause on a field that the data lack, EngineError for one on a field that is itself computed
        from histories.
        """
        layer = tuple(sorted(set(policy)))
        if not layer:
            return self
        for clause in layer:
            self._check_dimension(clause.field)
            if clause.field in HISTORICAL:
                raise EngineError(
                    N_("access cannot be limited by {field}.", field=clause.field),
                    hint=N_("Limit it by a field of the data."),
                )
        return self._inner.get_or_make(layer, lambda: self._narrowed(layer))

    @abstractmethod
    def _narrowed(self, layer: tuple[Clause, ...]) -> Self:
        """The engine inside one more layer of policy."""

    def _can_limit(self, name: str) -> bool:
        """Whether an extra table has the dimensions of every clause of the policy."""
        try:
            self.table(name)
        except NotInData:
            return False
        return True

    def table(self, name: str) -> pd.DataFrame:
        """See base.Engine."""
        clauses = chain.from_iterable(self._policy)
        return visible(self.data.table(name), name, clauses, self._schema, self.profile.calendar)

    # --- values of filters
    def values(self, field: str, search: str, selection: Resolved, limit: int) -> tuple[pd.DataFrame, int]:
        """Options of a filter (see base.Engine)."""
        domain, codes = self._occurring(field, selection)
        codes = matching(domain, search, codes, self._called(field, domain, codes)) if search.strip() else codes
        return options(domain, codes, self._orders_of(field, codes, selection.without(field)), limit)

    def unknown_values(self, selection: Resolved) -> tuple[tuple[str, str], ...]:
        """Values of filters that match nothing (see base.Engine)."""
        found: list[tuple[str, str]] = []
        for clause in selection.clauses:
            values: Iterable[str] = (*clause.include, *clause.exclude)
            if clause.field in self._schema:
                domain, codes = self._occurring(clause.field, selection)
                values = [v for v in values if not np.isin(domain.find(v), codes).any()]
            found += [(clause.field, value) for value in values]
        return tuple(found)

    def _called(self, field: str, domain: Domain, codes: np.ndarray) -> list[str]:
        """The names of some codes of a dimension, "" for those that are only their own text."""
        names = self._names_of(field)
        if names is not None:
            return names.of_codes(codes)
        if field not in NAMED_PLACES:
            return [""] * len(codes)
        return [self._schema.label(field, value) for value in domain.column().take(codes)]

    @abstractmethod
    def _occurring(self, field: str, selection: Resolved) -> tuple[Domain, np.ndarray]:
        """The domain of a dimension, and its codes that occur anywhere the viewer may see, in rising order. Of the
        selection only the end of the range matters, as of which customers are in tiers and segments."""

    @abstractmethod
    def _orders_of(self, field: str, codes: np.ndarray, selection: Resolved) -> np.ndarray:
        """The selected orders with a sale of each of these codes of a dimension."""

    def _name_of(self, field: str, value: str) -> str:
        """The name that belongs to a code, "" where the data have none."""
        names = self._names_of(field)
        return "" if names is None else names.name(value)

    def _names_of(self, field: str) -> CodeNames | None:
        """The names of a field's codes; None where the data have none."""
        named_by = NAMES.get(field, "")
        if named_by not in self._schema or field not in self._schema:
            return None
        dictionaries = self.data.dictionaries
        return self._names.get_or_make(
            field, lambda: CodeNames(dictionaries[field], dictionaries[named_by], self._last_names(field, named_by))
        )

    @cached_property
    def _places(self) -> PlaceNames:
        """What the places are called that the viewer may see."""
        if "place" not in self._schema:
            return PlaceNames()
        paths: Iterable[str] = self.data.dictionaries["place"].texts
        if self._policy:
            domain, codes = self._occurring("place", self.resolve(Selection()))
            paths = domain.column().take(codes)
        return PlaceNames.of(map(str, paths), self.data.fields["place"].parts)

    @abstractmethod
    def _last_names(self, field: str, named_by: str) -> np.ndarray:
        """For each code of a field, the code of the field `named_by` on its last visible line that gives one; −1 where
        none does."""

    # --- names
    def _check_dimension(self, name: str) -> None:
        """UnknownName for a name that is no dimension, NotInData for a dimension that the data lack."""
        if name in self._known:
            return
        known = self.profile.fields
        if name not in known or not known[name].dimension:
            raise UnknownName("field", name, [f.name for f in self._schema.dimensions])
        if name not in self._schema:
            raise NotInData(
                N_("{data} has no field {field} ({name}).", data=self.profile.title, field=known[name].label, name=name)
            )
        self._known.add(name)

    def _check_columns(self, names: Iterable[str]) -> None:
        """UnknownName for a name that is no field, NotInData for a field that the data lack."""
        for name in names:
            if name not in self._schema:
                if name in self.profile.fields:
                    raise NotInData(N_("{data} has no field {field}.", data=self.profile.title, field=name))
                raise UnknownName("column", name, [f.name for f in self._schema.fields])

    def _check_item(self, item: str) -> None:
        """UnknownName for what baskets cannot hold."""
        if item not in HIERARCHIES["product"] and item not in self._schema.product_levels:
            raise UnknownName("item", item, self._schema.product_levels)

    def _checked(self, metrics: Sequence[str], order: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The metrics of an aggregation, each once; and the same with the one that the groups are ordered by.

        UnknownName for a name that is no metric, measure or statistic, NotInData where its fields are missing.
        """
        wanted = tuple(dict.fromkeys(metrics))
        names = wanted if order is None or order in wanted else (*wanted, order)
        for name in names:
            if name not in self._measurable:
                missing = self._schema.missing(_needs(name))
                if missing:
                    lacking = ", ".join(missing)
                    raise NotInData(
                        N_(
                            "{name} needs {fields}, which {data} does not have.",
                            name=name,
                            fields=lacking,
                            data=self.profile.title,
                        )
                    )
                self._measurable.add(name)
        return wanted, names

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
        except NotInData:  # the policy is about a field that the table lacks: blank, as under any other such clause
            return np.full(size, np.nan)
        return summed(table, column, by, pd.DataFrame(dict(groups), index=range(size)), selection, self._schema)

    def _days(self, by: tuple[str, ...], groups: Mapping[str, Any], size: int, selection: Resolved) -> np.ndarray:
        """Days of each group's period (of the range, where no period is among the dimensions) in range and data."""
        span = selection.span.clipped(self._bounds.span)
        if "period" not in by:
            return np.full(size, span.days)
        grain, calendar = selection.grain, selection.calendar
        edges = calendar.edges(selection.span, grain)
        within = np.diff(np.clip(edges, span.start, span.end)).astype(int).tolist()
        days = {calendar.name(start, grain): count for start, count in zip(edges, within, strict=False)}
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
    names = ["line_kind", "weekday", "month", "quarter", "order_products", "order_units"]
    if "posted_at" in data.fields:
        names.append("posted_day")
    if data.facts.timed:
        names += ["hour", "part_of_day"]
    if data.facts.customers:
        names += ["first_order_month", "new_or_returning", "rfm_segment", "value_tier"]
    have = {f.name: f for f in data.schema.fields} | {n: FIELDS[n] for n in names}
    single = frozenset(name for name, texts in data.dictionaries.items() if name in have and _has_one(texts))
    sizes = {name: len(texts) for name, texts in data.dictionaries.items() if name in have}
    return Schema(tuple(have[n] for n in data.profile.fields if n in have), data.schema.tables, single, sizes)


def _has_one(texts: Dictionary) -> bool:
    """Whether there is one text at most other than "", which stands for a missing one."""
    return len(texts) < 2 or (len(texts) == 2 and "" in map(str, texts.texts))
