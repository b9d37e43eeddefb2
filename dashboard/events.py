"""What a viewer did, and what the selection is afterwards: a pure function from (selection, event) to selection.

Every control, mark and chip is an element that says what a click on it means; `assets/storesight.js` sends that as
an event. Events come from a browser and are read with suspicion: a wrong one raises a RequestError and changes nothing.

    {"kind": "mark", "chart": …, "values": [v, …], "toggle": bool}                        a mark was clicked
    {"kind": "marks", "chart": …, "marks": [[v, …], …]}                                   marks inside a box
    {"kind": "brush", "chart": …, "from": day, "to": day}                                 a drag over a time axis
    {"kind": "toggle" | "remove", "field": …, "value": …, "exclude": bool, "whole": bool} a tick in a filter, a chip's ×
    {"kind": "only", "field": …, "value": …}                                              this value alone
    {"kind": "range" | "compare" | "grain" | "data", "value": …}                          the bar
    {"kind": "dates", "from": first day, "to": last day}                                  typed dates, both included
    {"kind": "option", "chart": …, "option": …, "value": …}                               a card's own choice
    {"kind": "field", "field": …}                                                         no filter on this field
    {"kind": "clear"}, {"kind": "reset"}                                                  no filters; the default view
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import numpy as np

from analytics.calendar import Grain, TimeRange
from analytics.engines.base import Engine
from analytics.errors import RequestError, TooLarge, UnknownName
from analytics.ranges import COMPARISONS, PRESETS, parse_span
from analytics.selection import GRAIN_WORDS, MAX_VALUE, Clause, Selection
from dashboard.chart import Chart

MOST_MARKS = 100


def reduce(selection: Selection, event: Mapping[str, Any], engine: Engine, charts: Mapping[str, Chart]) -> Selection:
    """The selection after the event. Raises RequestError for an event that makes no sense, TooLarge for one whose
    result no URL can hold."""
    after = _changed(selection, event, engine, charts)
    if Selection.from_query(after.to_query()) != (after, ()):
        raise TooLarge("the link to this view would be too long to be read again.", hint="Remove some filters first.")
    return after


def _changed(selection: Selection, event: Mapping[str, Any], engine: Engine, charts: Mapping[str, Chart]) -> Selection:
    kind = _text(event, "kind")
    if kind == "mark":
        return _mark(selection, _chart(event, charts), _values(event.get("values")), bool(event.get("toggle")), engine)
    if kind == "marks":
        return _marks(selection, _chart(event, charts), event.get("marks"))
    if kind == "brush":
        return _brush(selection, _day(event, "from"), _day(event, "to"), engine)
    if kind in ("toggle", "remove", "only"):
        field, value, whole = _field(event, engine), _text(event, "value"), bool(event.get("whole"))
        if kind == "remove":
            return selection.without_value(field, value, whole_orders=whole)
        if kind == "only":
            return selection.with_clause(Clause(field, (value,)))
        return selection.toggled(field, value, exclude=bool(event.get("exclude")), whole_orders=whole)
    if kind == "range":
        value = _text(event, "value")
        return replace(selection, range=value if value in PRESETS else str(parse_span(value)))
    if kind == "dates":
        first, last = _day(event, "from"), _day(event, "to")
        return replace(selection, range=str(parse_span(f"{first}..{last + np.timedelta64(1, 'D')}")))
    if kind == "compare":
        return replace(selection, compare=_among("comparison", _text(event, "value"), COMPARISONS))
    if kind == "grain":
        return replace(selection, grain=_among("grain", _text(event, "value"), GRAIN_WORDS))
    if kind == "data":
        return Selection.from_query(urlencode({"data": _text(event, "value")}), strict=True)[0]
    if kind == "option":
        chart, option = _chart(event, charts), _text(event, "option")
        chart.read_options({option: _text(event, "value")})
        return selection.with_option(chart.name, option, _text(event, "value"))
    if kind == "field":
        return selection.with_clause(Clause(_field(event, engine)))
    if kind == "clear":
        return selection.unfiltered
    if kind == "reset":
        return default_selection(engine)
    raise RequestError(f"unknown event {kind!r}.")


def default_selection(engine: Engine) -> Selection:
    """The view that the data set's TOML opens with."""
    selection, _ = Selection.from_query(engine.profile.default_view)
    return replace(selection, data=engine.name)


def _mark(selection: Selection, chart: Chart, values: list[str], toggle: bool, engine: Engine) -> Selection:
    emitted = _emitted(selection, chart)
    if len(values) != len(emitted) or not emitted:
        raise RequestError(f"{chart.name} emits {len(emitted)} values, {len(values)} came.")
    marked = dict(zip(emitted, values, strict=True))
    period = marked.pop("period", None)
    if period is not None:
        selection = replace(selection, range=str(period_span(period, selection, engine)))
    if not toggle:
        return selection.only_value(marked) if marked else selection
    for field, value in marked.items():
        selection = selection.toggled(field, value)
    return selection


def _emitted(selection: Selection, chart: Chart) -> tuple[str, ...]:
    return chart.emitted(chart.read_options(selection.options_of(chart.name)))


def _marks(selection: Selection, chart: Chart, marks: Any) -> Selection:
    if not isinstance(marks, list) or not 0 < len(marks) <= MOST_MARKS:
        raise RequestError(f"expected 1 to {MOST_MARKS} marks.")
    rows, emitted = [_values(m) for m in marks], _emitted(selection, chart)
    if any(len(r) != len(emitted) for r in rows) or "period" in emitted:
        raise RequestError(f"{chart.name} does not emit such marks.")
    for i, field in enumerate(emitted):
        selection = selection.with_clause(Clause(field, tuple(r[i] for r in rows)))
    return selection


def _brush(selection: Selection, first: np.datetime64, last: np.datetime64, engine: Engine) -> Selection:
    """The periods that the drag touches become the range."""
    now = engine.resolve(selection)
    low, high = min(first, last), max(first, last)
    start = now.calendar.floor(np.array([low]), now.grain)[0]
    end = now.calendar.next(now.calendar.floor(np.array([high]), now.grain)[0], now.grain)
    span = TimeRange(start, end).clipped(now.bounds.span)
    return replace(selection, range=str(parse_span(str(span))))


def period_span(period: str, selection: Selection, engine: Engine, others: tuple[Grain, ...] = ()) -> TimeRange:
    """The days of a period named as frames name it: at the selection's grain, else at one of the others."""
    now = engine.resolve(selection)
    for grain in dict.fromkeys((now.grain, *others)):
        for start in now.calendar.starts(now.bounds.span, grain):
            if now.calendar.name(start, grain) == (period[:10] if grain == "hour" else period):
                return now.calendar.period(start, grain)
    raise RequestError(f"{period[:40]!r} is not a {now.grain} of the data.")


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    if not _is_text(value):
        raise RequestError(f"an event's {key} must be a text of at most {MAX_VALUE} characters.")
    return str(value)


def _is_text(value: Any) -> bool:
    """Whether it is a text that a URL can carry: JSON may hold halves of characters and zero bytes."""
    return isinstance(value, str) and len(value) <= MAX_VALUE and not re.search("[\x00\ud800-\udfff]", value)


def _among(kind: str, value: str, known: Mapping[str, str]) -> str:
    if value not in known:
        raise UnknownName(kind, value, known)
    return value


def _values(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(_is_text(v) for v in value):
        raise RequestError("a mark's values must be a list of texts.")
    return value


def _chart(event: Mapping[str, Any], charts: Mapping[str, Chart]) -> Chart:
    name = _text(event, "chart")
    if name not in charts:
        raise UnknownName("chart", name, charts)
    return charts[name]


def _field(event: Mapping[str, Any], engine: Engine) -> str:
    name = _text(event, "field")
    if name not in engine.schema or not engine.schema[name].dimension:
        raise UnknownName("field", name, [f.name for f in engine.schema.dimensions])
    return name


def _day(event: Mapping[str, Any], key: str) -> np.datetime64:
    text = _text(event, key)[:10]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{text!r} is not a day such as 2019-03-31.") from None
    if not 1000 <= day.year <= 9998:
        raise RequestError(f"{text!r} is out of bounds.")
    return np.datetime64(day, "D")
