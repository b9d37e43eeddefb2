"""What all kinds of insight look at: one company under one selection. Each question put to the engine is noted."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.calendar import Grain, TimeRange, auto_grain
from analytics.engines.base import Baskets, Engine, Entities
from analytics.gazetteer import CountryName
from analytics.insights.claim import Call, Claim, Proof, Value, period
from analytics.insights.guard import FILLED, USUAL_GAP, Coverage
from analytics.insights.significance import FEWEST
from analytics.questions.targets.standing import Goal
from analytics.runtime.lru import LruCache
from analytics.schema import MISSING, MISSING_LABEL, VALUE_LABELS, Schema, place_parts
from analytics.selection import Clause, Resolved, Selection

NAMED: tuple[Grain, ...] = ("year", "quarter")  # ranges that a sentence calls by their name
NOTHING: Mapping[str, Sequence[str]] = {}
PERIODS: tuple[Grain, ...] = ("month", "quarter")  # what is compared where a selection has no comparison
Question = Callable[..., Answer]
Found = tuple[list[Claim], tuple[Call, ...]]  # by a kind, and what it asked for that
Made = TypeVar("Made")


class Company:
    """An engine under a selection; `query`, the selection as a URL says it; `models`, what customer_models.learn gave
    (learnt by whoever needs them where not given); `period`: the name of the range where it is not the viewer's own
    but the last period of it; `found`: what kinds found in this engine before, by kind and selection; `goals`: the
    targets of the selection."""

    def __init__(
        self,
        engine: Engine,
        selection: Resolved,
        query: Selection | None = None,
        models: Answer | None = None,
        period: str = "",
        found: LruCache[Found] | None = None,
        goals: tuple[Goal, ...] = (),
    ) -> None:
        self.engine = engine
        self.period = period
        self.now = selection
        self.models = models
        self.goals = goals
        self.query = query or written(selection)
        self.calls: list[Call] = []
        self.found: LruCache[Found] = LruCache() if found is None else found
        self._kept: dict[Hashable, Any] = {}
        self.coverage = Coverage(selection, bool(engine.profile.data_until), self._usual_gap)

    def __contains__(self, field: str) -> bool:
        return field in self.engine.schema or field in self.engine.schema.tables

    @property
    def fields(self) -> Schema:
        """The fields of the data set, its own among them."""
        return self.engine.schema

    def label(self, field: str, value: object) -> str:
        """How people read a value of a dimension, as Schema.label; what is a word of ours, or a country, in no language
        yet."""
        if str(value) == MISSING:
            return MISSING_LABEL
        if field == "country" or (field == "place" and len(place_parts(str(value))) == 1):
            return CountryName(str(value))
        if field == "place":
            return self.engine.schema.places().label(str(value), str)
        return VALUE_LABELS.get(field, {}).get(str(value)) or self.engine.schema.label(field, value)

    # --- questions
    def aggregate(self, by: Sequence[str], metrics: Sequence[str], selection: Resolved | None = None) -> pd.DataFrame:
        """Metrics by dimensions under the selection, or another one."""
        chosen = selection or self.now
        self.calls.append(Call("aggregate", tuple(by), tuple(metrics), str(chosen.span)))
        return self.engine.aggregate(by, metrics, chosen)

    def entities(self, level: Literal["customer", "order"], selection: Resolved | None = None) -> Entities:
        """Customers or orders under the selection, or another one."""
        chosen = selection or self.now
        self.calls.append(Call("entities", (level,), (), str(chosen.span)))
        return self.once((level, chosen), lambda: self.engine.entities(level, chosen))

    def baskets(self, item: str) -> Baskets:
        """Orders × items under the selection."""
        self.calls.append(Call("baskets", (item,), ("orders",), str(self.now.span)))
        return self.once(item, lambda: self.engine.baskets(item, self.now))

    def ask(self, question: Question, **options: str) -> Answer:
        """A chart's question under the selection, asked once. Raises what the question raises."""
        self.calls.append(Call(question.__name__, tuple(options.values()), (), str(self.now.span)))
        return self.once((question, *options.items()), lambda: question(self.engine, self.now, options))

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """A value that several kinds share, made for the first that asks; its calls are noted for each of them."""
        if key in self._kept:
            kept: Made = self._kept[key][0]
            self.calls += self._kept[key][1]
            return kept
        before = len(self.calls)
        value = make()
        self._kept[key] = value, self.calls[before:]
        return value

    # --- what several kinds need
    @cached_property
    def revenue(self) -> float:
        """Revenue of the selection."""
        return float(self.engine.aggregate([], ["revenue"], self.now)["revenue"].iloc[0])

    @cached_property
    def base_span(self) -> Value:
        """The comparison as a sentence names it: a whole year or quarter by its name, any other by its days."""
        base, calendar = self.now.base, self.now.calendar
        if base is not None and base.days:
            for grain in NAMED:
                start = calendar.starts(base, grain)[0]
                if calendar.period(start, grain) == base:
                    return period(calendar.name(start, grain))
        return Value(str(base), "span")

    @cached_property
    def spread(self) -> float:
        """cv² of order values: their variance over their squared mean."""
        values = self.once(("order", self.now), lambda: self.engine.entities("order", self.now)).columns["revenue"]
        values = values[values > 0]
        return float(values.var() / values.mean() ** 2) if len(values) > 1 else 1.0

    def groups(self, field: str, metrics: Sequence[str] = ("revenue", "orders", "lines")) -> pd.DataFrame:
        """A dimension's values with revenue and share (% of all revenue), most first. Empty where the data lack the
        field, leave too much of it blank, or have a single value.
        """
        if field not in self or self.revenue <= 0:
            return pd.DataFrame({field: [], **{m: [] for m in metrics}, "share": []})
        return self.once(("groups", field, *metrics), lambda: self._groups(field, metrics)).copy(deep=False)

    def _groups(self, field: str, metrics: Sequence[str]) -> pd.DataFrame:
        frame = self.aggregate([field], metrics)
        known = [str(v) != MISSING and not str(v).endswith("/") for v in frame[field]]  # a place may lack its city
        frame = frame[known].sort_values("revenue", ascending=False, kind="stable", ignore_index=True)
        frame["share"] = frame["revenue"] / self.revenue * 100
        return frame if len(frame) > 1 and frame["share"].sum() >= FILLED else frame.iloc[:0]

    def daily(self, span: TimeRange, metric: str = "revenue") -> np.ndarray:
        """The metric of each day of a range; days that the data do not reach count 0."""
        days = span.clipped(self.now.span)
        frame = self.aggregate(["period"], [metric], self.now.at(days).by("day"))
        values = np.zeros(span.days)
        first = int((days.start - span.start).astype(int))
        values[first : first + days.days] = frame[metric].to_numpy(float)
        return values

    @cached_property
    def history(self) -> Company:
        """The same filters over all days up to the end of the range: the basis on which seasons are judged."""
        span = TimeRange(self.now.bounds.start, self.now.span.end)
        if span == self.now.span:
            return self
        wider = Company(self.engine, self.now.at(span), self.query, self.models)
        wider.calls = self.calls
        return wider

    @cached_property
    def latest(self) -> Company:
        """The same where the selection has a comparison. Where it has none: its last full month against that of the
        year before, or else the month before it; the last full quarter where months have too few orders. Itself again
        where there is no such thing."""
        if (self.now.base is not None and self.now.base.days) or not self.now.span.days:
            return self
        return next((found for grain in PERIODS for found in self._compared(grain)), self)

    def _compared(self, grain: Grain) -> Iterator[Company]:
        full = self.coverage.full(grain)
        for comparison in ("year", "previous") if full else ():
            query = replace(self.query, range=str(full[-1].span), compare=comparison)
            now = query.resolve(self.now.bounds, self.now.calendar)
            if now.before is None or not now.before.span.within(self.now.bounds.span):
                continue
            if min(self.aggregate([], ["orders"], s)["orders"].iloc[0] for s in (now, now.before)) >= FEWEST:
                found = Company(self.engine, now, query, self.models, full[-1].name)
                found.calls = self.calls
                yield found

    # --- proofs
    def proof(
        self,
        chart: str,
        chosen: Mapping[str, Sequence[str]] = NOTHING,
        *,
        grain: Grain | None = None,
        option: tuple[str, str] | None = None,
    ) -> Proof:
        """The chart that shows it under this selection, with these values chosen."""
        query = replace(self.query, grain=grain) if grain else self.query
        for field, values in chosen.items():
            query = query.with_clause(Clause(field, tuple(values)))
        if option:
            query = query.with_option(chart, *option)
        return Proof(chart, query.to_query())

    def _usual_gap(self) -> int:
        """Days without an order that are usual in these data, whatever the filters."""
        whole = self.now.only().at(self.now.bounds.span).by("day")
        days = np.flatnonzero(self.engine.aggregate(["period"], ["orders"], whole)["orders"].to_numpy() > 0)
        return int(np.quantile(np.diff(days), USUAL_GAP)) - 1 if len(days) > 1 else 0


def written(now: Resolved) -> Selection:
    """A resolved selection as a URL would say it: dates spelled out, defaults left out."""
    whole = now.span == now.bounds.span and now.span.days > 0
    dates = now.span if now.span.days else now.requested
    spelt = "all" if whole or not dates.days else str(dates)  # a viewer who may see nothing has no dates
    query = Selection(now.data, spelt, clauses=now.clauses)
    query = replace(query, grain="auto" if now.grain == auto_grain(now.span) else now.grain)
    if now.comparison == "none" and query.resolve(now.bounds, now.calendar).base is None:
        return query
    return replace(query, compare=now.comparison)
