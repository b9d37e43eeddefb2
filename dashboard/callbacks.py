"""The handful of callbacks that serve every chart of every page.

reduce   what the viewer did → the address to go to (the client pushes it; nothing else writes the URL)
frame    the URL → navigation, bar, chips, footer
page     the URL → the page's cards, only when page or data set changed
render   what the client asks for → one chart's answer, all in parallel; the client asks for what is in sight
menu     which menu is open → its content
dialog   what a card's menu asked for → table, explanation
poll     has the data changed?
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import BeingComputed, NotEnoughData, NotInData, RequestError, StoresightError, UnknownName
from analytics.selection import Resolved, Selection
from dashboard import ids, tiles
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.describe import describe
from dashboard.events import reduce
from dashboard.explanation import explanation
from dashboard.figures.grids import height
from dashboard.formats import formats
from dashboard.lines import lines_view, page_of_lines, records, selection_of_mark
from dashboard.menus import Menus
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.service import Service
from dashboard.shell import bar, foot, nav, not_found, page_body
from dashboard.tables import frame_table
from dashboard.trail import breadcrumb

log = logging.getLogger("storesight")

WAITING = "The data are new, or the range ends on another day. This card fills by itself."
PATIENCE = 0.3  # seconds that a card waits for its models before it says that they are being computed


def register(app: Dash, service: Service) -> None:
    """Attach every callback to the app."""
    menus = Menus(service.datasets, CHARTS)

    @app.callback(
        Output(ids.GOTO, "data"),
        Output("toast", "children"),
        Input(ids.EVENT, "data"),
        State(ids.URL, "pathname"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def _reduce(event: Any, path: str, search: str) -> Any:
        if not isinstance(event, dict):
            raise PreventUpdate
        try:
            selection, engine, _ = service.select(search if isinstance(search, str) else "")
            after = reduce(selection, event, engine, CHARTS)
            if event.get("kind") == "data":
                after, _, _ = service.select(service.default_view(after.data))
        except StoresightError as error:
            return no_update, f"{error} [{event.get('n', '')}]"
        path = path if isinstance(path, str) and path in BY_PATH else PAGES[0].path
        return {"href": f"{path}?{after.to_query()}", "n": event.get("n")}, no_update

    @app.callback(
        Output(ids.NAV, "children"),
        Output(ids.BAR, "children"),
        Output(ids.FOOT, "children"),
        Input(ids.URL, "href"),
        Input(ids.VERSION, "data"),
    )
    def _frame(href: str, _version: Any) -> Any:
        path, query = _address(href)
        try:
            selection, engine, dropped = service.select(query)
        except StoresightError as error:
            return nav(PAGES, path, query), [html.H1("Storesight"), tiles.state("failed", "No data", str(error))], []
        page = BY_PATH.get(path, PAGES[0])
        return (
            nav(PAGES, page.path, selection.to_query(), page.sections_in(engine.schema)),
            bar(page, selection, engine.resolve(selection), engine, dropped),
            foot(engine),
        )

    @app.callback(
        Output(ids.PAGE, "children"),
        Output("page-key", "data"),
        Input(ids.URL, "href"),
        Input(ids.VERSION, "data"),
        State("page-key", "data"),
    )
    def _page(href: str, _version: Any, shown: Any) -> Any:
        path, query = _address(href)
        if path not in BY_PATH:
            return not_found(path), path
        try:
            selection, engine, _ = service.select(query)
        except StoresightError as error:
            return tiles.state("failed", "No data", str(error)), "none"
        key = f"{path} {selection.data} {[f.name for f in engine.schema.fields]} {engine.schema.tables}"
        if key == shown:
            raise PreventUpdate
        return page_body(BY_PATH[path], engine), key

    @app.callback(
        Output("menu-body", "children"),
        Input(ids.MENU, "data"),
        Input("menu-search", "value"),
        Input(ids.URL, "href"),
        prevent_initial_call=True,
    )
    def _menu(opened: Any, search: Any, href: str) -> Any:
        if not isinstance(opened, dict) or not isinstance(opened.get("name"), str):
            raise PreventUpdate
        path, query = _address(href)
        selection, engine, _ = service.select(query)
        text = search[:100] if isinstance(search, str) else ""
        return menus.content(
            opened["name"], text, BY_PATH.get(path, PAGES[0]), selection, engine.resolve(selection), engine
        )

    @app.callback(
        Output("dialog-title", "children"),
        Output(ids.DIALOG_BODY, "children"),
        Input("dialog-asked", "data"),
        State(ids.URL, "href"),
        prevent_initial_call=True,
    )
    def _dialog(asked: Any, href: str) -> Any:
        if not isinstance(asked, dict):
            raise PreventUpdate
        chart = _chart(asked)
        try:
            return chart.title, _dialog_body(service, chart, asked, href)
        except StoresightError as error:
            return chart.title, tiles.state("failed", "This cannot be shown", str(error))

    @app.callback(
        Output("lines-grid", "getRowsResponse"),
        Input("lines-grid", "getRowsRequest"),
        State("dialog-asked", "data"),
        State(ids.URL, "href"),
        prevent_initial_call=True,
    )
    def _rows(wanted: Any, asked: Any, href: str) -> Any:
        if not isinstance(wanted, dict) or not isinstance(asked, dict):
            raise PreventUpdate
        _, now, engine = _lines_asked(service, _chart(asked), asked, href)
        page, profile = page_of_lines(engine, now, wanted), engine.profile
        return {"rowData": records(page, formats(profile.currency, profile.locale)), "rowCount": page.count}

    @app.callback(Output(ids.VERSION, "data"), Input(ids.POLL, "n_intervals"), State(ids.VERSION, "data"))
    def _poll(_n: Any, known: Any) -> Any:
        now = service.versions()
        if now == known:
            raise PreventUpdate
        return now

    _render(app, service)
    client = lambda name: ClientsideFunction("storesight", name)  # noqa: E731
    app.clientside_callback(
        client("draw"),
        Output(ids.part("graph", "figure", MATCH), "figure"),
        Input(ids.part("answer", "figure", MATCH), "data"),
        Input(ids.THEME, "data"),
    )
    # The client asks for the charts that are in sight or nearly so, when the address, the data or the page changes.
    app.clientside_callback(
        client("look"),
        Output("client", "data-looked"),
        Input(ids.URL, "href"),
        Input(ids.VERSION, "data"),
        Input("page-key", "data"),
    )
    app.clientside_callback(
        client("go"), Output("client", "data-gone"), Input(ids.GOTO, "data"), prevent_initial_call=True
    )
    app.clientside_callback(client("theme"), Output("client", "data-themed"), Input(ids.THEME, "data"))
    app.clientside_callback(
        client("menuReady"),
        Output("client", "data-menu-ready"),
        Input("menu-body", "children"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        client("toast"), Output("client", "data-toasted"), Input("toast", "children"), prevent_initial_call=True
    )


def _render(app: Dash, service: Service) -> None:
    """One render callback a kind of chart: outputs differ, everything else is the same."""
    targets = {
        "figure": [("answer", "data"), ("alt", "children")],
        "html": [("body", "children")],
        "grid": [("grid", "rowData"), ("grid", "columnDefs"), ("grid", "style")],
    }
    for kind, outputs in targets.items():

        @app.callback(
            *[Output(ids.part(p, kind, MATCH), prop) for p, prop in outputs],
            Output(ids.part("trail", kind, MATCH), "children"),
            Output(ids.part("state", kind, MATCH), "children"),
            Output(ids.part("notes", kind, MATCH), "children"),
            Output(ids.part("card", kind, MATCH), "data-state"),
            Input(ids.part("ask", kind, MATCH), "data"),
            State(ids.part("ask", kind, MATCH), "id"),
            prevent_initial_call=True,
        )
        def _render_chart(asked: Any, own: Any, kind: str = kind, count: int = len(outputs)) -> Any:
            chart, href = _chart(own), str(asked.get("href", "")) if isinstance(asked, dict) else ""
            page = BY_PATH.get(_address(href)[0])
            if page is None or chart not in page.charts:
                raise PreventUpdate
            drawn, trail, state, notes, name = _drawn(service, chart, href)
            values = drawn if drawn is not None else [no_update if kind != "html" else None] * count
            return (
                *values,
                trail,
                state,
                notes,
                f"{name} {uuid.uuid4().hex[:8]}",
            )  # always new: the client ends the loading look when it changes

    @app.callback(
        Output({"type": "option", "chart": ALL, "option": ALL}, "children"),
        Input(ids.URL, "href"),
    )
    def _option_labels(href: str) -> list[str]:
        selection, _, _ = service.select(_address(href)[1])
        return [_option_label(selection, output["id"]) for output in ctx.outputs_list]


def _option_label(selection: Selection, own: Mapping[str, Any]) -> str:
    """What is chosen of a chart's option, in words."""
    chart = _chart(own)
    option = next((o for o in chart.options if o.name == own.get("option")), None)
    if option is None:
        raise UnknownName("option", str(own.get("option")), [o.name for o in chart.options], where=chart.name)
    value = selection.options_of(chart.name).get(option.name, option.default)
    return value or option.label if isinstance(option.choices, str) else option.choices.get(value, value)


def _drawn(service: Service, chart: Chart, href: str) -> tuple[list[Any] | None, Any, Any, Any, str]:
    """The chart's outputs, its breadcrumb, the state it is in instead, its notes and the state's name; an error stays
    inside its card and has an id to find it by."""
    trail: Any = None
    try:
        answer, context = _answer(service, chart, href, PATIENCE)
        trail, notes = breadcrumb(chart, context), " ".join(answer.notes) or None
        if answer.empty:
            return None, trail, tiles.state("empty", "Nothing here", empty_words(context)), notes, "empty"
        drawn = chart.draw(answer, context)
        if chart.kind == "figure":
            alt = describe(answer, context)
            emits = context.emits if any("customdata" in trace for trace in drawn["data"]) else ()
            return [{"figure": drawn, "alt": alt, "emits": emits}, alt], trail, None, notes, "ok"
        if chart.kind == "grid":
            size = {"height": f"{height(drawn, chart.height)}px"}
            return [drawn["rowData"], drawn["columnDefs"], size], trail, None, notes, "ok"
        return [drawn], trail, None, notes, "ok"
    except NotInData as error:
        return None, trail, tiles.state("absent", "Not in this data", str(error)), None, "absent"
    except NotEnoughData as error:
        words = f"{error.message[:1].upper()}{error.message[1:]} {error.hint}".strip()
        return None, trail, tiles.state("empty", "Not enough data", words), None, "empty"
    except BeingComputed:
        return None, trail, tiles.state("waiting", "Being computed", WAITING), None, "waiting"
    except RequestError as error:
        return None, trail, tiles.state("failed", "This cannot be shown", str(error)), None, "failed"
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("chart %s failed, error id %s, %s", chart.name, number, _address(href)[1])
        return (
            None,
            trail,
            tiles.state("failed", "This chart failed", f"The rest of the page is not affected. Error id {number}."),
            None,
            "failed",
        )


def _dialog_body(service: Service, chart: Chart, asked: dict[str, Any], href: str) -> Any:
    """The chart as a table, its explanation, or the order lines behind it or behind one of its marks."""
    if asked.get("show") == "lines":
        selection, now, engine = _lines_asked(service, chart, asked, href)
        return lines_view(
            selection.to_query(),
            engine,
            now,
            before=asked.get("before") is True,
            has_base=engine.resolve(selection).base is not None,
            asked=asked,
        )
    answer, context = _answer(service, chart, href)
    if asked.get("show") == "how":
        _, engine, _ = service.select(_address(href)[1])
        return explanation(chart, answer, context, engine)
    return frame_table(answer.frame, chart, context)


def _lines_asked(
    service: Service, chart: Chart, asked: dict[str, Any], href: str
) -> tuple[Selection, Resolved, Engine]:
    """The selection whose lines were asked for, and what of it to show: itself or its comparison."""
    if not chart.lines:
        raise NotInData(
            "this chart is not made of order lines: its values are computed from sessions, models or whole histories.",
            where=chart.title,
        )
    selection, engine, _ = service.select(_address(href)[1])
    values = asked.get("values") or []
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise RequestError("a mark's values must be a list of texts.")
    period = asked.get("period") or ""
    if not isinstance(period, str):
        raise RequestError("a mark's period must be a text.")
    selection = selection_of_mark(selection, chart, values, engine, period)
    now = engine.resolve(selection)
    return selection, (now.before or now) if asked.get("before") is True else now, engine


def _answer(service: Service, chart: Chart, href: str, patience: float | None = None) -> tuple[Answer, Context]:
    selection, engine, _ = service.select(_address(href)[1])
    now, options = engine.resolve(selection), selection.options_of(chart.name)
    return service.answer(chart, now, options, engine, patience), service.context(chart, now, options, engine)


def empty_words(context: Context) -> str:
    """Why there is nothing: the filters and the range in words."""
    filters = [
        f"{c.field.replace('_', ' ')} {', '.join(c.include) or 'not ' + ', '.join(c.exclude)}"
        for c in context.selection.clauses
    ]
    where = f" with {'; '.join(filters)}" if filters else ""
    hint = "Clear a filter or widen the range." if filters else "Widen the range."
    return f"No orders{where[:200]} in {context.formats.span(context.selection.asked)}. {hint}"


def _chart(named: Any) -> Chart:
    """The chart that an id or a question from the browser names."""
    name = named.get("chart") if isinstance(named, dict) else None
    if not isinstance(name, str) or name not in CHARTS:
        raise UnknownName("chart", str(name), CHARTS)
    return CHARTS[name]


def _address(href: str | None) -> tuple[str, str]:
    """Path and query of the page's address; `/` is the first page."""
    parts = urlsplit(href if isinstance(href, str) else "")
    return (parts.path.rstrip("/") or PAGES[0].path), parts.query
