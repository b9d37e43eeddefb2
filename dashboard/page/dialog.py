"""What the dialog shows: a chart as a table, how it is computed, or the order lines behind it or one of its marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import NotAllowed, NotInData, RequestError, UnknownName
from analytics.language import N_, _
from analytics.selection import Resolved, Selection, compared
from dashboard.answers.service import ViewerService
from dashboard.answers.side_by_side import seen_as, short_labels, sides_seen
from dashboard.answers.viewers import Viewer
from dashboard.chart import Chart
from dashboard.components.controls import action_button, attributes
from dashboard.components.markup import in_words
from dashboard.context import Context
from dashboard.page.lines import columns_of, line_columns, records, rows_of_lines, selection_of_mark
from dashboard.page.protocol import address, text
from dashboard.page.tables import frame_table
from dashboard.pages import CHARTS
from dashboard.text.formats import formats_of, numbers_of
from dashboard.text.glossary import TERMS
from dashboard.text.selections import clause_text, selection_facts

SCORES = {
    "method": (N_("Method"), ""),
    "origins": (N_("Past forecasts"), "count"),
    "steps": (N_("Periods ahead"), "count"),
    "mase": ("MASE", "ratio"),
    "smape": ("sMAPE", "percent"),
    "wape": ("WAPE", "percent"),
    "coverage_80": (N_("Inside 80%"), "percent"),
    "coverage_95": (N_("Inside 95%"), "percent"),
}
MOST_COLUMNS = 200
MOST_TERMS = 8  # of the glossary, to which a chart leads
WIDTHS = {"product": 210, "customer_name": 170, "time": 150, "id": 130, "category": 130, "money": 115, "number": 105}


@dataclass(frozen=True)
class DialogRequest:
    """What a viewer opened: `show` is "table", "how" or "lines"; `values` and `period` name a mark; `before` stands for
    the comparison instead of the range; `columns` are those of the lines that are shown, all for none; `side` is one
    of the values side by side, "" for all of them. `href` is the page's address."""

    chart: Chart
    show: str
    href: str
    values: tuple[str, ...]
    period: str
    before: bool
    columns: tuple[str, ...] = ()
    side: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Checks everything. Raises RequestError, and UnknownName for a chart that does not exist."""
        name, values = text(given, "chart"), given.get("values") or []
        if name not in CHARTS:
            raise UnknownName("chart", name, CHARTS)
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise RequestError(N_("a mark's values must be a list of texts."))
        columns = given.get("columns") or []
        if not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
            raise RequestError(N_("the columns of lines must be a list of names."))
        period = text(given, "period") if given.get("period") is not None else ""
        before = given.get("before") is True
        return cls(
            CHARTS[name],
            text(given, "show"),
            text(given, "href"),
            tuple(values),
            period,
            before,
            tuple(columns[:MOST_COLUMNS]),
            text(given, "side") if given.get("side") is not None else "",
        )

    @property
    def title(self) -> str:
        """The heading of the dialog."""
        return _("Order lines") if self.show == "lines" else self.chart.title

    @property
    def action(self) -> dict[str, Any]:
        """The action that opens the same dialog."""
        action = {"kind": "dialog", "show": self.show, "chart": self.chart.name, "before": self.before}
        mark = {"values": list(self.values), "period": self.period, "columns": list(self.columns), "side": self.side}
        return action | {name: value for name, value in mark.items() if value}


def content(service: ViewerService, request: DialogRequest) -> list[Any]:
    """The dialog's body."""
    selection, engine, _ = service.select(address(request.href)[1])
    with numbers_of(engine.profile):
        return list(in_words(_body(service, request, selection, engine)))


def _body(service: ViewerService, request: DialogRequest, selection: Selection, engine: Engine) -> list[Any]:
    if request.show == "lines":
        lines = _of_mark(request, selection, engine, service.viewer)
        values = list(sides_seen(engine.resolve(selection), engine))
        names = dict(zip(values, short_labels(selection.versus, values, engine.schema), strict=True))
        return _lines_view(request, lines, engine, service.viewer, names)
    chart, now, options = request.chart, engine.resolve(selection), selection.options_of(request.chart.name)
    seen = seen_as(service, chart, now, options, engine)
    if request.show == "how":
        return [
            *explanation(chart, seen.answer, seen.context, engine),
            *_terms(chart, linked=bool(service.viewer.linked)),
        ]
    return frame_table(seen.answer.frame, chart, seen.context)


def rows(service: ViewerService, request: DialogRequest, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of order lines that the dialog's grid scrolled to, as the grid takes them."""
    selection, engine, _ = service.select(address(request.href)[1])
    now = _shown(request, engine.resolve(_of_mark(request, selection, engine, service.viewer)))
    page = rows_of_lines(engine, now, wanted)
    return {"rowData": records(page, formats_of(engine.profile)), "rowCount": page.count}


def explanation(chart: Chart, answer: Answer, context: Context, engine: Engine) -> list[Any]:
    """The content of the dialog."""
    facts = [html.Tr([html.Th(label), html.Td(text)]) for label, text in selection_facts(context.selection, engine)]
    return [
        html.P(chart.question, className="question"),
        *[html.P([html.Strong(f"{label}: "), text] if label else text) for label, text in chart.explanation.parts],
        *[html.P(note) for note in answer.notes],
        *_scorecard(answer, context),
        html.Table(html.Tbody(facts), className="plain-table"),
    ]


def _terms(chart: Chart, *, linked: bool) -> list[Any]:
    """Links to the entries of the glossary for what the chart shows; none on a shared link, which stands alone."""
    terms = [] if linked else [TERMS[name] for name in chart.columns if name in TERMS]
    links = [html.A(str(term.label), href=f"/glossary#{term.name}", target="_blank") for term in terms[:MOST_TERMS]]
    spaced = [part for link in links for part in (", ", link)][1:]
    return [html.P([html.Strong(_("In the glossary:")), " ", *spaced])] if links else []


def _scorecard(answer: Answer, context: Context) -> list[Any]:
    """How well the method and its rivals did on past dates, if the answer includes that."""
    scores = answer.more.get("scorecard")
    if scores is None or scores.empty:
        return []
    shown = [(name, *words) for name, words in SCORES.items() if name in scores]
    head = html.Tr([html.Th(label, className="number" if unit else "") for _name, label, unit in shown])
    rows = [
        html.Tr([_score(row[name], unit, context) for name, _label, unit in shown]) for row in scores.to_dict("records")
    ]
    said = _(
        "Tried on past dates: errors of the method and of merely repeating (MASE below 1 beats repeating in sample)."
    )
    return [html.P(said), html.Table([html.Thead(head), html.Tbody(rows)], className="plain-table")]


def _score(value: Any, unit: str, context: Context) -> html.Td:
    return html.Td(context.formats.unit(unit, value), className="number") if unit else html.Td(str(value).capitalize())


# --- order lines


def _of_mark(request: DialogRequest, selection: Selection, engine: Engine, viewer: Viewer) -> Selection:
    """The selection of the lines behind the chart or its mark."""
    if not (viewer.opens_lines and viewer.reaches(request.chart.name)):
        raise NotAllowed(N_("order lines are not part of this link."), hint=N_("Ask whoever sent it."))
    if not request.chart.lines:
        raise NotInData(
            N_("this chart is not made of order lines: its values come from sessions, models or whole histories."),
            where=request.chart.title,
        )
    clause = compared(selection.clauses, selection.versus)
    if request.side and (clause is None or request.side not in clause.include):
        raise RequestError(N_("this is none of the values side by side."), where="side")
    if request.side and clause is not None:
        selection = selection.with_clause(replace(clause, include=(request.side,)))
    return selection_of_mark(selection, request.chart, request.values, engine, request.period)


def _shown(request: DialogRequest, now: Resolved) -> Resolved:
    """The range, or its comparison if requested and available."""
    return (now.before or now) if request.before else now


def _lines_view(
    request: DialogRequest, selection: Selection, engine: Engine, viewer: Viewer, sides: Mapping[str, str]
) -> list[Any]:
    """The grid, the count and totals of all lines and, for those who may take files away, Excel and CSV of them.
    `sides`: the labels of values side by side."""
    files, root = viewer.may("export"), viewer.linked.root if viewer.linked else ""
    whole, f = engine.resolve(selection), formats_of(engine.profile)
    now = _shown(request, whole)
    totals = engine.lines(now, line_columns(engine)[:1], [], 0, 1)
    columns = columns_of(engine, request.columns)
    query = f"{selection.to_query()}{'&lines=before' if request.before else ''}"
    query += f"&{urlencode({'columns': ','.join(columns)})}" if request.columns else ""
    ways = [
        html.A(label, href=f"{root}/lines.{form}?{query}", target="_blank", className="menu-button")
        for form, label in (("xlsx", "Excel"), ("csv", "CSV"))
    ]
    t = totals.totals
    foot = html.P(
        [
            html.Strong(_("{lines:line|lines}", lines=f.count(totals.count))),
            " · ",
            _("{orders:order|orders}", orders=f.count(t["orders"])),
            " · ",
            _("{amount} revenue", amount=f.money(t["revenue"])),
            " · ",
            _("{units:unit|units}", units=f.count(t["units"])),
        ],
        className="lines-foot",
        **attributes(data_count=str(totals.count), data_revenue=repr(t["revenue"])),
    )
    holder = html.Div(_lines_grid(engine, columns), className="lines-holder")
    head = html.Div(
        [_picker(request, columns, engine), *([html.Span(ways, className="lines-files")] if files else [])],
        className="lines-tools",
    )
    return [_lines_head(request, whole, now, engine, sides), head, holder, foot]


def _picker(request: DialogRequest, columns: tuple[str, ...], engine: Engine) -> Component:
    """Which columns are shown: a tick for each; the last one stays."""
    every = line_columns(engine)
    ticks = []
    for name in every:
        shown = name in columns
        after = [c for c in every if (c in columns) != (c == name)]
        ticks.append(
            action_button(
                [html.Span(className="box"), html.Span(engine.schema[name].label)],
                {**request.action, "columns": after or [name]},
                className="menu-item tick",
                role="checkbox",
                checked=shown,
            )
        )
    if len(columns) < len(every):
        ticks.append(action_button(_("All columns"), {**request.action, "columns": []}, className="text-button"))
    count = (
        _("Columns: {columns} of {every}", columns=len(columns), every=len(every))
        if len(columns) < len(every)
        else _("Columns")
    )
    return html.Details([html.Summary(count), html.Div(ticks)], open=bool(request.columns), className="columns")


def _lines_head(
    request: DialogRequest, whole: Resolved, now: Resolved, engine: Engine, sides: Mapping[str, str]
) -> Component:
    """Range and filters in words, and the ways to the comparison and to each of the values side by side."""
    tabs = []
    if whole.base is not None:
        for before, label in ((False, _("This period")), (True, _("Comparison"))):
            action = {**request.action, "before": before}
            tabs.append(action_button(label, action, className="crumb now" if before == request.before else "crumb"))
    said = " · ".join(
        [formats_of(engine.profile).span(now.span), *(clause_text(c, engine.schema) for c in now.clauses)]
    )
    of_sides = [
        action_button(
            label, {**request.action, "side": value}, className="crumb now" if value == request.side else "crumb"
        )
        for value, label in ({"": _("All"), **sides}.items() if len(sides) > 1 else ())
    ]
    rows = [html.Span(buttons, className="crumbs") for buttons in (tabs, of_sides) if buttons]
    return html.P([*rows, f" {said}"], className="hint")


def _lines_grid(engine: Engine, columns: tuple[str, ...]) -> Component:
    grid: Component = dag.AgGrid(
        id="lines-grid",
        rowModelType="infinite",
        columnDefs=column_definitions(engine, columns),
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
    return grid


def column_definitions(engine: Engine, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The columns of a grid of order lines, all by default; the first one stays while the others are scrolled."""
    defined = [
        {"field": field.name, "headerName": field.label, "width": WIDTHS.get(field.name, WIDTHS[field.kind])}
        | ({"type": "numericColumn"} if field.kind in ("money", "number") else {})
        for field in map(engine.schema.__getitem__, columns or line_columns(engine))
    ]
    return [{**definition, "pinned": "left"} if n == 0 else definition for n, definition in enumerate(defined)]
