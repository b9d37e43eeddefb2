"""The routes of saved views.

    GET  /views          the page "Views": name, share, order, start with, delete
    POST /views          save an address under a name: title, address, frozen, audience
    POST /views/<id>     change one: do = rename, share, up, start, start-all or delete

And the address "/" leads to the view that its person, or everybody, starts with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Flask, Response, redirect, request

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError
from analytics.language import N_
from analytics.selection import Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import Viewer, current_viewer
from dashboard.company import audit, views
from dashboard.company.state import State
from dashboard.page.protocol import address as parted
from dashboard.pages import BY_PATH
from dashboard.saved.page import page as whole_page

SAVED = "#view-saved"  # behind the address: the page says so (assets/js/main.js)
LONGEST_FIELD = views.LONGEST_ADDRESS + 1
Change = Callable[[State, Viewer, int], None]


def install(server: Flask, state: State, service: Service) -> None:
    """Add the routes, and the way from "/" to the view that one starts with."""

    def listed() -> Response:
        return Response(
            whole_page(state, service.for_viewer(current_viewer())),
            mimetype="text/html",
            headers={"Cache-Control": "private, no-store"},
        )

    def save() -> Response:
        viewer, title = current_viewer(), _field("title")
        page, selection, _ = view_at(service.for_viewer(viewer), _field("address"), frozen=_field("frozen") == "yes")
        address = f"{page}?{selection.to_query()}"
        views.save(state, viewer, title, address, _field("audience"))
        audit.record(state, viewer.name, "saved a view", title)
        return redirect(f"{address}{SAVED}", 303)  # type: ignore[return-value]

    def change(number: int) -> Response:
        viewer, do = current_viewer(), _field("do")
        if do not in CHANGES:
            raise RequestError(f"do must be one of {', '.join(CHANGES)}.", where="do")
        CHANGES[do](state, viewer, number)
        audit.record(state, viewer.name, "changed a view", f"{number}: {do}")
        return redirect("/views", 303)  # type: ignore[return-value]

    for rule, view, method in (
        ("/views", listed, "GET"),
        ("/views", save, "POST"),
        ("/views/<int:number>", change, "POST"),
    ):
        server.add_url_rule(rule, f"saved.{view.__name__}", view, methods=[method])

    @server.before_request
    def start() -> Response | None:
        if request.path != "/" or request.method != "GET" or request.query_string:
            return None
        viewer = current_viewer()
        if not viewer.title:  # nobody is signed in, or a link shows one page
            return None
        view = views.start_of(state, viewer) or views.start_of(state, viewer, everybody=True)
        return redirect(view.address) if view else None  # type: ignore[return-value]


def _rename(state: State, viewer: Viewer, ident: int) -> None:
    views.rename(state, viewer, ident, _field("title"))


def _share(state: State, viewer: Viewer, ident: int) -> None:
    views.share(state, viewer, ident, _field("audience"))


def _start_all(state: State, viewer: Viewer, ident: int) -> None:
    views.start_with(state, viewer, ident, everybody=True)


CHANGES: dict[str, Change] = {
    "rename": _rename,
    "share": _share,
    "up": views.move_up,
    "start": views.start_with,
    "start-all": _start_all,
    "delete": views.delete,
}


def view_at(service: ViewerService, address: str, *, frozen: bool) -> tuple[str, Selection, Engine]:
    """Path and selection of a page's address, and its engine; `frozen`: with the days that its words mean today.
    RequestError where it is no page, or cannot be opened."""
    path, query = parted(address[: views.LONGEST_ADDRESS])
    if path not in BY_PATH:
        raise RequestError(N_("this is not the address of a page."), where="address")
    try:
        selection, engine, _ = service.select(query)
        if frozen:
            span = engine.resolve(selection).requested
            selection = replace(selection, range=str(span))
    except StoresightError as fault:
        raise RequestError(N_("this view cannot be saved: {reason}", reason=fault.sentence), where="address") from fault
    return path, selection, engine


def _field(name: str) -> str:
    text = request.form.get(name, "")
    if len(text) > LONGEST_FIELD:
        raise RequestError(N_("enter at most {most} characters.", most=LONGEST_FIELD), where=name)
    return text
