"""From a number to the exact order lines behind it: which lines they are, their columns, and rows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from analytics.calendar import Grain
from analytics.engines.base import Engine, LinePage
from analytics.errors import RequestError, UnknownName
from analytics.language import N_
from analytics.schema import FIELDS
from analytics.selection import Clause, Resolved, Selection
from dashboard.actions import check_values, period_span
from dashboard.chart import Chart
from dashboard.text.formats import Formats

MOST_PAGE = 500
DIGITS = 6  # decimals of a number, such as a latitude
MOST_SORTED = 4  # columns that lines are sorted by
OWN_GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")  # of charts that do not follow the selection's


def selection_of_mark(
    selection: Selection, chart: Chart, values: Sequence[str], engine: Engine, period: str = ""
) -> Selection:
    """The selection whose lines make up one mark: the chart's own filters replaced by the mark's values. A period
    narrows the range, whether it is one of the mark's values or given by itself. RequestError for values that no mark
    of the chart has."""
    options = chart.read_options(selection.options_of(chart.name), engine.schema)
    emitted = chart.emitted(options)
    if values:
        check_values(chart, emitted, values)
    now = engine.resolve(selection)
    seen = chart.at_grain(now, options)
    if seen.span != now.span:  # it shows more than the range, and so do its lines
        selection = replace(selection, range=str(seen.span))
    marked = list(zip(emitted, values, strict=False))
    for field, value in [*marked, *([("period", period)] if period else [])]:
        if field == "period":
            span = period_span(value, seen, OWN_GRAINS).clipped(seen.span)
            if span.days == 0:
                raise RequestError(N_("{value} is not in the range.", value=repr(value)))
            selection = replace(selection, range=str(span), grain=now.grain)
        else:
            selection = selection.with_clause(Clause(field, (value,)))
    if not chart.whole_orders:
        return selection
    items = engine.schema.product_levels
    clauses = (replace(c, whole_orders=True) if c.field in items else c for c in selection.clauses)
    return replace(selection, clauses=tuple(clauses))


def line_columns(engine: Engine) -> list[str]:
    """The stored fields of a line, in their canonical order."""
    return [f.name for f in engine.schema.fields if not f.derived]


def columns_of(engine: Engine, named: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns of order lines that are named, in their canonical order; all for none. UnknownName for a
    column that there is not."""
    known = line_columns(engine)
    for name in named:
        if name not in known:
            raise UnknownName("column", name, known, where="columns")
    return tuple(column for column in known if column in named) if named else tuple(known)


def sort_of(engine: Engine, written: str) -> tuple[tuple[str, bool], ...]:
    """The order of lines that an address says: "revenue,-ordered_at" is by revenue, and the newest first where that is
    equal; (column, ascending) pairs. UnknownName for a column that there is not, RequestError for too many."""
    known = line_columns(engine)
    pairs = [(name.removeprefix("-"), not name.startswith("-")) for name in written.split(",") if name]
    if len(pairs) > MOST_SORTED:
        raise RequestError(
            N_("lines are sorted by {most_sorted} columns at most.", most_sorted=MOST_SORTED),
            where="URL parameter 'sort'",
        )
    for name, _ in pairs:
        if name not in known:
            raise UnknownName("column", name, known, where="URL parameter 'sort'")
    return tuple(pairs)


def rows_of_lines(engine: Engine, selection: Resolved, request: Mapping[str, Any]) -> LinePage:
    """The rows that a grid requests. The request comes from a browser: RequestError where it makes no sense."""
    columns = line_columns(engine)
    first, last = _whole(request.get("startRow")), _whole(request.get("endRow"))
    rules = request.get("sortModel") or []
    if not isinstance(rules, list):
        raise RequestError(N_("the order of the lines must be a list of columns."))
    sort = []
    for rule in rules:
        if not isinstance(rule, dict) or rule.get("colId") not in columns:
            raise RequestError(N_("the lines cannot be sorted by that."))
        sort.append((str(rule["colId"]), rule.get("sort") != "desc"))
    return engine.lines(selection, columns, sort[:MOST_SORTED], first, max(0, min(last - first, MOST_PAGE)))


def records(page: LinePage, f: Formats) -> list[dict[str, Any]]:
    """Rows for a grid: times, money and numbers as text, blanks as null."""
    frame = page.rows.copy()
    for name in frame.columns:
        if frame[name].dtype.kind == "M":
            frame[name] = frame[name].dt.strftime("%Y-%m-%d %H:%M").where(frame[name].notna(), None)
        elif name in FIELDS and FIELDS[name].kind in ("money", "number"):
            write = f.money if FIELDS[name].kind == "money" else partial(f.number, digits=DIGITS)
            frame[name] = frame[name].map(write, na_action="ignore").astype(object)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # type: ignore[return-value]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**40:
        raise RequestError(N_("a grid asks for rows by whole numbers."))
    return value
