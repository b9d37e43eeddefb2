"""The few callbacks of Dash, for what it renders itself; cards are not among them (routes.py).

menu     which menu is open → its content
dialog   what a card's menu opened → a table, an explanation, order lines
rows     the order lines that the dialog's grid scrolled to
poll     have the data changed?
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from analytics.errors import StoresightError
from analytics.language import _
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.company.state import current_state
from dashboard.components.markup import in_words
from dashboard.notes.scope import versions_of
from dashboard.page import dialog as dialogs
from dashboard.page.body import card_state
from dashboard.page.dialog import DialogRequest
from dashboard.page.menus import MenuRequest, content
from dashboard.page.shell import DIALOG_REQUEST, MENU, POLL, VERSIONS
from dashboard.web.refusals import guarded


def register(app: Dash, service: Service) -> None:
    """Attach every callback to the app; each is called for the viewer of its request."""

    def add(function: Callable[..., Any], *dependencies: Any, **options: Any) -> None:
        @wraps(function)
        def called(*values: Any) -> Any:
            return in_words(function(service.for_viewer(current_viewer()), *values))

        wanted = sum(not isinstance(each, Output) for each in dependencies)
        app.callback(*dependencies, prevent_initial_call=True, **options)(guarded(called, wanted))

    add(menu, Output("menu-body", "children"), Input(MENU, "data"), Input("menu-search", "value"))
    add(
        dialog,
        Output("dialog-title", "children"),
        Output("dialog-body", "children"),
        Input(DIALOG_REQUEST, "data"),
    )
    add(
        rows,
        Output("lines-grid", "getRowsResponse"),
        Input("lines-grid", "getRowsRequest"),
        State(DIALOG_REQUEST, "data"),
        optional=True,  # there is a grid only while the dialog shows lines
    )
    add(poll, Output(VERSIONS, "data"), Input(POLL, "n_intervals"), State(VERSIONS, "data"))
    # Functions of assets/js/main.js, called when these change.
    for name, changed in (("versions", Input(VERSIONS, "data")), ("menu", Input("menu-body", "children"))):
        app.clientside_callback(
            ClientsideFunction("storesight", name),
            Output("client", f"data-{name}"),
            changed,
            prevent_initial_call=name != "versions",
        )


def menu(service: ViewerService, opened: Any, search: Any) -> Any:
    """The content of the menu that is open."""
    if not isinstance(opened, dict):  # none is
        raise PreventUpdate
    return content(service, MenuRequest.read(opened, search))


def dialog(service: ViewerService, opened: Any) -> Any:
    """Title and body of the dialog."""
    if not isinstance(opened, dict):
        raise PreventUpdate
    request = DialogRequest.read(opened)
    try:
        return request.title, dialogs.content(service, request)
    except StoresightError as error:
        return request.title, card_state("failed", _("This cannot be shown"), str(error))


def rows(service: ViewerService, wanted: Any, opened: Any) -> Any:
    """The rows that the grid of order lines scrolled to."""
    if not isinstance(wanted, dict) or not isinstance(opened, dict):
        raise PreventUpdate
    return dialogs.rows(service, DialogRequest.read(opened), wanted)


def poll(service: ViewerService, _n: Any, known: Any) -> Any:
    """Versions of the data and of the notes on them, if they differ from the known ones."""
    now = versions_of(current_state(), service)
    if now == known:
        raise PreventUpdate
    return now
