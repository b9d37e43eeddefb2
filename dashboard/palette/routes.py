"""GET /find?at=<address of the page>&search=<what is typed>: the palette's entries, as JSON."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from analytics.errors import NotAllowed, TooManyRequests
from analytics.language import N_
from analytics.runtime.rates import Rate
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.page.menus.opened import LONGEST_SEARCH, Opened
from dashboard.page.protocol import address, text
from dashboard.pages import BY_PATH, PAGES
from dashboard.palette.entries import found

MOST_SEARCHES = 100  # of one person (without a login, from one address) within SECONDS, in this process
SECONDS = 10.0


def opened(service: ViewerService, href: str, search: str) -> Opened:
    """Where the viewer stands, and what they type: bounded, and read as a page's address is. RequestError for an
    address that is none."""
    path, query = address(href)
    selection, engine, _ = service.select(query)
    return Opened(
        service,
        BY_PATH.get(path, PAGES[0].screens[0]),
        selection,
        engine.resolve(selection),
        engine,
        search[:LONGEST_SEARCH],
    )


def install(server: Flask, service: Service) -> None:
    """Add the route. Typing asks at most every 0.15 seconds (assets/js/palette.js), far below its limit; a program
    that goes through the names of the data meets it."""
    rate = Rate(SECONDS)

    @server.get("/find", endpoint="palette.found")
    def _found() -> Response:
        viewer = current_viewer()
        if viewer.linked is not None:
            raise NotAllowed(N_("this link does not allow that."), where="/find", hint=N_("Ask whoever sent it."))
        wait = rate.wait(viewer.name if viewer.title else f"from {request.remote_addr}", MOST_SEARCHES)
        if wait:
            raise TooManyRequests(N_("too many searches within a few seconds."), seconds=wait)
        there = opened(service.for_viewer(viewer), text(request.args, "at"), text(request.args, "search"))
        groups = [{"title": t, "entries": [e.to_json() for e in entries]} for t, entries in found(there).items()]
        return jsonify(groups=groups)
