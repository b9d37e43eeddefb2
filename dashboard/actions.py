"""What a viewer did, and the selection that follows: a pure function from (selection, action) to selection.

Every control, mark and chip is an element that says which action a click on it is; the client sends the action as an
object with a `kind`. Each kind is one function here, registered by its decorator; its docstring says which keys it
reads. Actions come from a browser and are not trusted: one that makes no sense raises a RequestError and changes
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import numpy as np

from analytics.calendar import Grain, TimeRange
from analytics.engines.base import Engine
from analytics.errors import RequestError, TooLarge, UnknownName
from analytics.language import N_
from analytics.ranges import COMPARISONS, PRESETS, parse_span
from analytics.selection import (
    GRAIN_LABELS,
    MAX_VALUE,
    MOST_COMPARED,
    Clause,
    Resolved,
    Selection,
    filterable,
    not_compared,
)
from dashboard.chart import Chart
from dashboard.opening import default_selection

MOST_MARKS = 100


@dataclass(frozen=True)
class Action:
    """One action as it was sent, and what it happened to. The methods read its keys; each raises RequestError (or
    UnknownName) for a value of the wrong kind."""

    sent: Mapping[str, Any]
    selection: Selection
    engine: Engine
    charts: Mapping[str, Chart]

    def text(self, key: str) -> str:
        """The text under this key."""
        value = self.sent.get(key)
        if not _is_text(value):
            raise RequestError(
                N_(
                    "an action's {key} must be a text of at most {max_value} characters.",
                    key=repr(key),
                    max_value=MAX_VALUE,
                )
            )
        return str(value)

    def flag(self, key: str) -> bool:
        """Whether the key is set."""
        return bool(self.sent.get(key))

    def day(self, key: str) -> np.datetime64:
        """The day under this key."""
        text = self.text(key)[:10]
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise RequestError(N_("{text} is not a day such as 2019-03-31.", text=repr(text))) from None
        if not 1000 <= day.year <= 9998:
            raise RequestError(N_("{text} is out of bounds.", text=repr(text)))
        return np.datetime64(day, "D")

    def field(self) -> str:
        """The dimension that it names."""
        name = self.text("field")
        if name not in self.engine.schema or not self.engine.schema[name].dimension:
            raise UnknownName("field", name, [f.name for f in self.engine.schema.dimensions])
        return name

    def chart(self) -> Chart:
        """The chart that it names."""
        name = self.text("chart")
        if name not in self.charts:
            raise UnknownName("chart", name, self.charts)
        return self.charts[name]

    def among(self, noun: str, known: Mapping[str, str]) -> str:
        """Its value, which must be one of `known`."""
        value = self.text("value")
        if value not in known:
            raise UnknownName(noun, value, known)
        return value

    def at_chart(self, chart: Chart) -> tuple[Resolved, tuple[str, ...]]:
        """The selection as the chart sees it, and the dimensions that its marks filter."""
        options = chart.read_options(self.selection.options_of(chart.name), self.engine.schema)
        return chart.at_grain(self.engine.resolve(self.selection), options), chart.emitted(options)


Change = Callable[[Action], Selection]
ACTIONS: dict[str, Change] = {}


def _action(kind: str) -> Callable[[Change], Change]:
    """Registers what follows an action of this kind."""

    def register(change: Change) -> Change:
        ACTIONS[kind] = change
        return change

    return register


def reduce(selection: Selection, sent: Mapping[str, Any], engine: Engine, charts: Mapping[str, Chart]) -> Selection:
    """The selection after the action. Raises RequestError for an action that makes no sense, TooLarge for one whose
    result no address can hold."""
    action = Action(sent, selection, engine, charts)
    kind = action.text("kind")
    if kind not in ACTIONS:
        raise UnknownName("action", kind, ACTIONS)
    after = ACTIONS[kind](action)
    if selection.versus and any(c.field == selection.versus and len(c.include) > MOST_COMPARED for c in after.clauses):
        raise not_compared(selection.versus)
    if Selection.from_query(after.to_query(), filterable(engine.schema)) != (after, ()):
        raise TooLarge(
            N_("the link to this view would be too long to be read again."), hint=N_("Remove some filters first.")
        )
    return after


# --- marks of a chart
@_action("mark")
def _mark(action: Action) -> Selection:
    """A mark was clicked: {chart, values: [one for each dimension that the chart emits], toggle}. Alone it becomes the
    only value of its dimensions, or is cleared where it is that already; with `toggle` it is added or removed."""
    chart = action.chart()
    values = _texts(action.sent.get("values"))
    now, emitted = action.at_chart(chart)
    check_values(chart, emitted, values)
    selection = action.selection
    marked = dict(zip(emitted, values, strict=True))
    period = marked.pop("period", None)
    if period is not None:
        selection = replace(selection, range=str(period_span(period, now)))
    if not action.flag("toggle"):
        return selection.only_value(marked) if marked else selection
    for field, value in marked.items():
        selection = selection.toggled(field, value)
    return selection


@_action("marks")
def _marks(action: Action) -> Selection:
    """Marks inside a box were chosen: {chart, marks: [[value, …], …]}. They become the filter."""
    chart = action.chart()
    marks = action.sent.get("marks")
    if not isinstance(marks, list) or not 0 < len(marks) <= MOST_MARKS:
        raise RequestError(N_("expected 1 to {most_marks} marks.", most_marks=MOST_MARKS))
    rows = [_texts(mark) for mark in marks]
    _, emitted = action.at_chart(chart)
    if any(len(row) != len(emitted) for row in rows) or "period" in emitted:
        raise RequestError(N_("{name} does not emit such marks.", name=chart.name))
    selection = action.selection
    for i, field in enumerate(emitted):
        selection = selection.with_clause(Clause(field, tuple(row[i] for row in rows)))
    return selection


@_action("brush")
def _brush(action: Action) -> Selection:
    """A drag over a chart's time axis: {chart, from: day, to: day}. The periods that it touches become the range."""
    first = action.day("from")
    last = action.day("to")
    now, _ = (
        action.at_chart(action.chart()) if "chart" in action.sent else (action.engine.resolve(action.selection), ())
    )
    start = now.calendar.floor(np.array([min(first, last)]), now.grain)[0]
    end = now.calendar.next(now.calendar.floor(np.array([max(first, last)]), now.grain)[0], now.grain)
    span = TimeRange(start, end).clipped(now.bounds.span)
    return replace(action.selection, range=str(parse_span(str(span))))


# --- filters
@_action("toggle")
def _toggle(action: Action) -> Selection:
    """A tick in a filter menu: {field, value, exclude, whole, versus}. The value is added to the filter, or removed
    from it; with `versus`, the values of the filter then stand side by side."""
    field = action.field()
    after = action.selection.toggled(
        field, action.text("value"), exclude=action.flag("exclude"), whole_orders=action.flag("whole")
    )
    if not action.flag("versus"):
        return after
    apart = replace(after, versus=field)
    if not apart.versus:
        raise not_compared(field)
    return apart


@_action("remove")
def _remove(action: Action) -> Selection:
    """The × of a chip: {field, value, whole}. The value is removed from the filter."""
    return action.selection.without_value(action.field(), action.text("value"), whole_orders=action.flag("whole"))


@_action("only")
def _only(action: Action) -> Selection:
    """A value in a table: {field, value}. It becomes the only value of the filter."""
    return action.selection.with_clause(Clause(action.field(), (action.text("value"),)))


@_action("field")
def _field(action: Action) -> Selection:
    """ "Clear" in a filter menu: {field, whole}. No filter on this field."""
    return action.selection.with_clause(Clause(action.field(), whole_orders=action.flag("whole")))


@_action("whole")
def _whole(action: Action) -> Selection:
    """ "Whole orders" in a filter menu: {field, whole}. The filter on the field keeps whole orders, or lines again."""
    return action.selection.with_whole_orders(action.field(), action.flag("whole"))


@_action("versus")
def _versus(action: Action) -> Selection:
    """ "Compare": {field}. The values that its filter includes are shown side by side."""
    field = action.field()
    after = replace(action.selection, versus=field)
    if not after.versus:
        raise not_compared(field)
    return after


@_action("together")
def _together(action: Action) -> Selection:
    """ "Show together": the values that were shown side by side are one again; the filter stays."""
    return replace(action.selection, versus="")


@_action("clear")
def _clear(action: Action) -> Selection:
    """No filters; with {fields: [...]}, none on these, except those on whole orders."""
    if "fields" not in action.sent:
        return action.selection.unfiltered
    fields = set(_texts(action.sent["fields"]))
    kept = tuple(c for c in action.selection.clauses if c.field not in fields or c.whole_orders)
    return replace(action.selection, clauses=kept)


@_action("reset")
def _reset(action: Action) -> Selection:
    """The selection that the data set opens with."""
    return default_selection(action.engine)


# --- the bar and the options of cards
@_action("range")
def _range(action: Action) -> Selection:
    """A time range: {value: a preset, or first day..end}."""
    value = action.text("value")
    return replace(action.selection, range=value if value in PRESETS else str(parse_span(value)))


@_action("dates")
def _dates(action: Action) -> Selection:
    """Typed dates: {from: first day, to: last day}, both included."""
    first = action.day("from")
    last = action.day("to")
    return replace(action.selection, range=str(parse_span(f"{first}..{last + np.timedelta64(1, 'D')}")))


@_action("compare")
def _compare(action: Action) -> Selection:
    """Another comparison: {value}."""
    return replace(action.selection, compare=action.among("comparison", COMPARISONS))


@_action("grain")
def _grain(action: Action) -> Selection:
    """Another grain: {value}."""
    return replace(action.selection, grain=action.among("grain", GRAIN_LABELS))


@_action("data")
def _data(action: Action) -> Selection:
    """Another data set: {value: its name}. Which filters it opens with is said by carried_over."""
    return Selection.from_query(urlencode({"data": action.text("value")}), strict=True)[0]


@_action("option")
def _option(action: Action) -> Selection:
    """A card's own option: {chart, option, value}; an empty value is the default."""
    chart = action.chart()
    option = action.text("option")
    value = action.text("value")
    chart.read_options({option: value}, action.engine.schema)
    return action.selection.with_option(chart.name, option, value)


# --- reading
def check_values(chart: Chart, emitted: Sequence[str], values: Sequence[str]) -> None:
    """RequestError unless there is one value for each dimension that a mark of the chart emits."""
    if len(values) != len(emitted) or not emitted:
        raise RequestError(
            N_(
                "{name} has {emitted} values a mark, {values} came.",
                name=chart.name,
                emitted=len(emitted),
                values=len(values),
            )
        )


def period_span(period: str, selection: Resolved, others: tuple[Grain, ...] = ()) -> TimeRange:
    """The days of a period by the name that it has in frames: at the selection's grain, or else at one of the others.
    Raises RequestError where it is no period of the data."""
    for grain in dict.fromkeys((selection.grain, *others)):
        name = period[:10] if grain == "hour" else period
        for start in selection.calendar.starts(selection.bounds.span, grain):
            if selection.calendar.name(start, grain) == name:
                return selection.calendar.period(start, grain)
    raise RequestError(N_("{period} is not a {grain} of the data.", period=repr(period[:40]), grain=selection.grain))


def _is_text(value: Any) -> bool:
    """Whether it is a text that an address can carry: JSON may hold lone surrogates and zero bytes."""
    return isinstance(value, str) and len(value) <= MAX_VALUE and not re.search("[\x00\ud800-\udfff]", value)


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(_is_text(v) for v in value):
        raise RequestError(N_("an action's values and fields must be lists of texts."))
    return value
