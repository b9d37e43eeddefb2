"""From a number to the exact order lines behind it: which lines they are, their columns, and pages of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dash_ag_grid as dag
from dash import html

from analytics.calendar import Grain
from analytics.engines.base import Engine, LinePage
from analytics.errors import RequestError
from analytics.schema import FIELDS, HIERARCHIES
from analytics.selection import Clause, Resolved, Selection
from dashboard.actions import period_span
from dashboard.chart import Chart
from dashboard.components.controls import action_button, attributes
from dashboard.text.formats import Formats, formats_of
from dashboard.text.selections import clause_text

_WIDTHS = {"product": 210, "customer_name": 170, "time": 150, "id": 130, "category": 130, "money": 115, "number": 105}
MOST_PAGE = 500
OWN_GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")  # of charts that do not follow the selection's


def selection_of_mark(
    selection: Selection, chart: Chart, values: Sequence[str], engine: Engine, period: str = ""
) -> Selection:
    """The selection whose lines make up one mark: the chart's own filters replaced by the mark's values; a period, a
    dimension of the mark or beside those that it filters, narrows the range."""
    options = chart.read_options(selection.options_of(chart.name), engine.schema)
    emitted = chart.emitted(options)
    if values and len(values) != len(emitted):
        raise RequestError(f"{chart.name} has {len(emitted)} values a mark, {len(values)} came.")
    now = engine.resolve(selection)
    marked = list(zip(emitted, values, strict=False))
    for field, value in [*marked, *([("period", period)] if period else [])]:
        if field == "period":
            span = period_span(value, chart.at_grain(now, options), OWN_GRAINS).clipped(now.span)
            if span.days == 0:
                raise RequestError(f"{value!r} is not in the range.")
            selection = replace(selection, range=str(span), grain=now.grain)
        else:
            selection = selection.with_clause(Clause(field, (value,)))
    if not chart.whole_orders:
        return selection
    items = HIERARCHIES["product"]
    clauses = (replace(c, whole_orders=True) if c.field in items else c for c in selection.clauses)
    return replace(selection, clauses=tuple(clauses))


def line_columns(engine: Engine) -> list[str]:
    """The stored fields of a line, in their canonical order."""
    return [f.name for f in engine.schema.fields if not f.derived]


def page_of_lines(engine: Engine, selection: Resolved, request: Mapping[str, Any]) -> LinePage:
    """The page that a grid asks for; the request comes from a browser and is checked."""
    columns = line_columns(engine)
    first, last = _whole(request.get("startRow")), _whole(request.get("endRow"))
    rules = request.get("sortModel") or []
    if not isinstance(rules, list):
        raise RequestError("the order of the lines must be a list of columns.")
    sort = []
    for rule in rules:
        if not isinstance(rule, dict) or rule.get("colId") not in columns:
            raise RequestError("the lines cannot be sorted by that.")
        sort.append((str(rule["colId"]), rule.get("sort") != "desc"))
    return engine.lines(selection, columns, sort[:4], first, max(0, min(last - first, MOST_PAGE)))


def records(page: LinePage, f: Formats) -> list[dict[str, Any]]:
    """Rows for a grid: times and money as text, blanks as null."""
    frame = page.rows.copy()
    for name in frame.columns:
        if frame[name].dtype.kind == "M":
            frame[name] = frame[name].dt.strftime("%Y-%m-%d %H:%M").where(frame[name].notna(), None)
        elif FIELDS[name].kind == "money":
            frame[name] = frame[name].map(f.money, na_action="ignore").astype(object)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # type: ignore[return-value]


def lines_view(
    query: str, engine: Engine, selection: Resolved, *, before: bool, has_base: bool, asked: Mapping[str, Any]
) -> list[Any]:
    """The grid, the count and totals of all lines, and their CSV."""
    f = formats_of(engine.profile)
    totals = engine.lines(selection, line_columns(engine)[:1], [], 0, 1)
    tabs = []
    if has_base:
        for flag, words in ((False, "This period"), (True, "Comparison")):
            event = {**asked, "kind": "dialog", "show": "lines", "before": flag}
            tabs.append(action_button(words, event, className="crumb now" if flag == before else "crumb"))
    filters = [clause_text(c) for c in selection.clauses]
    head = html.P(
        [
            html.Span(tabs, className="crumbs"),
            f" {f.span(selection.span)}{' · ' if filters else ''}{' · '.join(filters)}",
        ],
        className="hint",
    )
    grid = dag.AgGrid(
        id="lines-grid",
        rowModelType="infinite",
        columnDefs=column_definitions(engine),
        style={"height": "56vh"},
        defaultColDef={"sortable": True, "resizable": True, "minWidth": 90},
        dashGridOptions={
            "theme": {"function": "themeQuartz"},
            "rowHeight": 32,
            "headerHeight": 36,
            "cacheBlockSize": 100,
            "maxBlocksInCache": 20,
            "maxConcurrentDatasourceRequests": 2,
        },
    )
    t = totals.totals
    foot = html.P(
        [
            html.Strong(f"{f.number(totals.count)} lines"),
            f" · {f.number(t['orders'])} orders · {f.money(t['revenue'])} revenue · {f.number(t['units'])} units · ",
            html.A("CSV of all lines", href=f"/lines.csv?{query}{'&lines=before' if before else ''}", target="_blank"),
        ],
        className="lines-foot",
        **attributes(data_count=str(totals.count), data_revenue=repr(t["revenue"])),
    )
    return [head, html.Div(grid, className="lines-holder"), foot]


def column_definitions(engine: Engine) -> list[dict[str, Any]]:
    """The grid's columns: one for each field of the order lines that the data have."""
    return [
        {"field": name, "headerName": FIELDS[name].label, "width": _WIDTHS.get(name, _WIDTHS[FIELDS[name].kind])}
        | ({"type": "numericColumn"} if FIELDS[name].kind in ("money", "number") else {})
        for name in line_columns(engine)
    ]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**40:
        raise RequestError("a grid asks for rows by whole numbers.")
    return value
