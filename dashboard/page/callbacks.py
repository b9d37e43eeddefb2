"""The few callbacks of Dash, for what it renders itself; cards are not among them (routes.py).

menu     which menu is open → its content
dialog   what a card's menu opened → a table, an explanation, order lines
rows     the order lines that the dialog's grid scrolls to
poll     have the data changed?
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import NotInData, RequestError, StoresightError, UnknownName
from analytics.selection import Resolved, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.page.body import card_state
from dashboard.page.explanation import explanation
from dashboard.page.handler import address
from dashboard.page.lines import lines_view, page_of_lines, records, selection_of_mark
from dashboard.page.menus import Menus
from dashboard.page.shell import DIALOG_REQUEST, MENU, POLL, VERSIONS
from dashboard.page.tables import frame_table
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.text.formats import formats_of
from dashboard.web.refusals import guarded


def register(app: Dash, service: Service) -> None:
    """Attach every callback to the app."""

    @app.callback(
        Output("menu-body", "children"),
        Input(MENU, "data"),
        Input("menu-search", "value"),
        prevent_initial_call=True,
    )
    @guarded
    def _menu(opened: Any, search: Any) -> Any:
        if not isinstance(opened, dict) or not isinstance(opened.get("name"), str):
            raise PreventUpdate
        path, query = address(opened.get("href"))
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(query)
        text = search[:100] if isinstance(search, str) else ""
        return Menus(answers.datasets, CHARTS).content(
            opened["name"], text, BY_PATH.get(path, PAGES[0]), selection, engine.resolve(selection), engine
        )

    @app.callback(
        Output("dialog-title", "children"),
        Output("dialog-body", "children"),
        Input(DIALOG_REQUEST, "data"),
        prevent_initial_call=True,
    )
    @guarded
    def _dialog(asked: Any) -> Any:
        if not isinstance(asked, dict):
            raise PreventUpdate
        chart = _chart(asked)
        try:
            return chart.title, _dialog_body(service.for_viewer(current_viewer()), chart, asked)
        except StoresightError as error:
            return chart.title, card_state("failed", "This cannot be shown", str(error))

    @app.callback(
        Output("lines-grid", "getRowsResponse"),
        Input("lines-grid", "getRowsRequest"),
        State(DIALOG_REQUEST, "data"),
        prevent_initial_call=True,
        optional=True,  # there is a grid only while the dialog shows lines
    )
    @guarded
    def _rows(wanted: Any, asked: Any) -> Any:
        if not isinstance(wanted, dict) or not isinstance(asked, dict):
            raise PreventUpdate
        _, now, engine = _lines_asked(service.for_viewer(current_viewer()), _chart(asked), asked)
        page = page_of_lines(engine, now, wanted)
        return {"rowData": records(page, formats_of(engine.profile)), "rowCount": page.count}

    @app.callback(
        Output(VERSIONS, "data"),
        Input(POLL, "n_intervals"),
        State(VERSIONS, "data"),
        prevent_initial_call=True,  # Dash would not call `versions` after an initial call that changed nothing
    )
    @guarded
    def _poll(_n: Any, known: Any) -> Any:
        now = service.for_viewer(current_viewer()).versions()
        if now == known:
            raise PreventUpdate
        return now

    # Functions of assets/js/main.js, called when these change.
    for name, changed in (("versions", Input(VERSIONS, "data")), ("menu", Input("menu-body", "children"))):
        app.clientside_callback(
            ClientsideFunction("storesight", name),
            Output("client", f"data-{name}"),
            changed,
            prevent_initial_call=name != "versions",
        )


def _dialog_body(service: ViewerService, chart: Chart, asked: dict[str, Any]) -> Any:
    """The chart as a table, its explanation, or the order lines behind it or behind one of its marks."""
    if asked.get("show") == "lines":
        selection, now, engine = _lines_asked(service, chart, asked)
        return lines_view(
            selection.to_query(),
            engine,
            now,
            before=asked.get("before") is True,
            has_base=engine.resolve(selection).base is not None,
            asked=asked,
        )
    answer, context = _answer(service, chart, asked)
    if asked.get("show") == "how":
        _, engine, _ = service.select(address(asked.get("href"))[1])
        return explanation(chart, answer, context, engine)
    return frame_table(answer.frame, chart, context)


def _lines_asked(service: ViewerService, chart: Chart, asked: dict[str, Any]) -> tuple[Selection, Resolved, Engine]:
    """The selection whose lines were asked for, and what of it to show: itself or its comparison."""
    if not chart.lines:
        raise NotInData(
            "this chart is not made of order lines: its values are computed from sessions, models or whole histories.",
            where=chart.title,
        )
    selection, engine, _ = service.select(address(asked.get("href"))[1])
    values = asked.get("values") or []
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise RequestError("a mark's values must be a list of texts.")
    period = asked.get("period") or ""
    if not isinstance(period, str):
        raise RequestError("a mark's period must be a text.")
    selection = selection_of_mark(selection, chart, values, engine, period)
    now = engine.resolve(selection)
    return selection, (now.before or now) if asked.get("before") is True else now, engine


def _answer(service: ViewerService, chart: Chart, asked: dict[str, Any]) -> tuple[Answer, Context]:
    selection, engine, _ = service.select(address(asked.get("href"))[1])
    now, options = engine.resolve(selection), selection.options_of(chart.name)
    return service.answer(chart, now, options, engine), service.context(chart, now, options, engine)


def _chart(named: Any) -> Chart:
    """The chart that an id or a question from the browser names."""
    name = named.get("chart") if isinstance(named, dict) else None
    if not isinstance(name, str) or name not in CHARTS:
        raise UnknownName("chart", str(name), CHARTS)
    return CHARTS[name]
