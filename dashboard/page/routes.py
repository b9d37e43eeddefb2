"""The routes of an open page: POST /page, and the index page with the answer to its address inside."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dash import Dash, html
from flask import Flask, Response, g, request
from markupsafe import escape

from analytics.errors import StoresightError
from analytics.language import _, in_language, language
from dashboard import journal
from dashboard.answers import last_used
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.components.markup import markup
from dashboard.page import destinations, shell
from dashboard.page.bar import nav
from dashboard.page.handler import answer, first_answer
from dashboard.page.protocol import PageRequest
from dashboard.page.shell import ANSWER, FAILED, Files, answered, skeleton
from dashboard.pages import BY_PATH, PAGES
from dashboard.web import static
from dashboard.web.server import PASSING

log = logging.getLogger("storesight")

ASSETS = Path(__file__).resolve().parents[2] / "assets"
MODULES = ASSETS / "js"
STANDING = (
    "standing.js",
    "confirming.js",
    "refused.js",
    "adding.js",
    "adding-found.js",
    "adding-mapping.js",
    "elements.js",
    "uploading.js",
    "quality.js",
)  # modules of pages that show no data set
LATER = (
    "calendar.js",
    "palette.js",
    "shortcuts.js",
    "present.js",
    "stops.js",
    "hints.js",
    "lists.js",
    "swipe.js",
)  # modules that are loaded when they are needed first


class Application(Dash):
    """Dash, whose index page begins with the answer to its address.

    Its head is sent before that answer is made, so that the browser fetches scripts and styles meanwhile.
    """

    _service: Service | None = None

    def open_index(self, service: Service) -> None:
        """Answer the address of the index page from here on; until then the page only names its files."""
        self._service = service

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The index page's HTML without an answer; Dash passes the parts to insert."""
        return skeleton(parts, files())

    def _config(self) -> dict[str, Any]:
        """What Dash tells its scripts: on the page of a link, they call the server under the link's address."""
        found: dict[str, Any] = super()._config()  # type: ignore[no-untyped-call]
        linked = current_viewer().linked if self._service is not None else None
        return found | ({"requests_pathname_prefix": f"{linked.root}/"} if linked else {})

    def index(self, *_args: Any, **_path: Any) -> Any:
        """The index page of an address."""
        if self._service is None:
            return super().index()  # type: ignore[no-untyped-call]
        page = shell.rooted(super().index(), current_viewer().linked)  # type: ignore[no-untyped-call]
        href = f"{request.path}?{request.query_string.decode('utf-8', 'replace')}"
        response = static.streamed_html(_parts(page, self._service.for_viewer(current_viewer()), href, language()))
        response.headers["Cache-Control"] = "private, no-store"  # it holds a viewer's data
        if self._service.for_viewer(current_viewer()).unknown_in(request.query_string.decode("utf-8", "replace")):
            response.status_code = 404
        last_used.remember(response, self._service, href)
        return response


def _parts(page: str, service: ViewerService, href: str, code: str) -> Iterator[str]:
    head, rest = page.split(ANSWER)
    yield head
    try:
        with in_language(code):  # the request that asked has ended by now
            body = answered(first_answer(service, href), files(), destinations.banner(service.viewer))
        yield body
    except Exception:  # the answer has begun: it cannot become an error page
        log.exception("the index page failed, %s", href[:500])
        yield FAILED.format(journal.facts().get("request", "unknown"))
    yield rest


def files() -> Files:
    """Addresses of the client's files as they are now, main.js before the modules that it imports."""
    names = sorted((f.name for f in MODULES.glob("*.js")), key=lambda name: (name != "main.js", name))
    return _files([name for name in names if name not in STANDING + LATER])


def _files(modules: Sequence[str]) -> Files:
    return Files(
        first_paint=static.asset_url(ASSETS, "first-paint.js"),
        style=static.style_url(ASSETS),
        plotly=static.plotly_url(),
        modules=[static.module_url(MODULES, name) for name in modules],
    )


def standing_page(title: str, main: Any, *scripts: str, linked: bool = True, query: str = "") -> str:
    """The HTML of a page that shows no data set: a title, `main`, these modules and, where `linked`,
    links to the pages with data, which open with `query`."""
    pages = PAGES if linked else ()
    inside = html.Div([*destinations.links(), main], className="standing") if linked else main
    return shell.standing_page(
        title,
        nav(pages, None, query),
        inside,
        _files(["standing.js", *scripts]),
        destinations.banner(),
        linked=linked,
    )


def refused(error: StoresightError) -> str:
    """Why a request was refused, for a browser that would show the answer: what a form sent, or an address that
    somebody opened."""
    again = _("This page tries again by itself in a few seconds.")
    passing = isinstance(error, PASSING) and request.method == "GET"
    sentences = (error.message, error.hint, again if passing else "")
    return _notice(_("This did not work"), *(f"{t[:1].upper()}{t[1:]}" for t in sentences if t))


def missing(path: str) -> str:
    """There is nothing at this address; the page that may have been meant."""
    query = request.query_string.decode("utf-8", "replace")
    of_page = BY_PATH.get(f"/{path.strip('/').split('/')[0].lower()}")  # a tab that was renamed or removed
    meant = of_page.page.screens if of_page else [BY_PATH[p] for p in get_close_matches(path.lower(), BY_PATH, 1, 0.7)]
    links = [html.Li(html.A(s.title, href=f"{s.path}?{query}" if query else s.path)) for s in meant]
    ways = [html.P(_("Did you mean one of these pages?")), html.Ul(links, className="data-sets")] if links else []
    return _notice(_("There is no such page"), _("Nothing is at {path}.", path=path[:80]), *ways)


def failed(ident: str) -> str:
    """A defect: what happened, and the id by which the log is searched for it."""
    text = _(
        "This is a fault of the application, not of what you did. Try again; if it stays, tell whoever runs it the id."
    )
    return _notice(_("Something went wrong"), text, html.P([_("Error id"), " ", html.Code(ident)]))


def _notice(title: str, *parts: Any) -> str:
    """A page that looks like the others: some paragraphs and, where one may go there, the way to the overview."""
    paragraphs = [html.P(each) if isinstance(each, str) else each for each in parts]
    linked = not g.get("linked")
    back = html.P(html.A(_("Go to the overview"), href="/", className="apply"))
    try:
        inside = html.Section([*paragraphs, *([back] if linked else [])], className="card-plain")
        return standing_page(title, inside, linked=linked)
    except StoresightError:  # nor can the viewer be read, whom a page with links needs
        return f"<!DOCTYPE html><title>Storesight</title><h1>{escape(title)}</h1>{markup(paragraphs)}"


class Turns:
    """The page requests that a process answers at this moment."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[int]:
        """One more; its number among those under way."""
        with self._lock:
            self._count += 1
            mine = self._count
        try:
            yield mine
        finally:
            with self._lock:
                self._count -= 1


def _may_be_clicked(asked: PageRequest) -> bool:
    return asked.action is not None and asked.action.get("kind") == "mark" and current_viewer().linked is None


def install(server: Flask, service: Service) -> None:
    """Add POST /page. What nobody has clicked yet (assets/js/early.js) is answered for a mark alone, outside of links,
    and while nothing else is."""
    turns = Turns()

    @server.post("/page")
    def page() -> Response:
        asked = PageRequest.from_json(request.get_data())
        with turns.take() as number:
            if asked.early and not (number == 1 and _may_be_clicked(asked)):
                return Response(status=204)
            found = answer(service.for_viewer(current_viewer()), asked)
        response = Response(found.to_json(), mimetype="application/json")
        last_used.remember(response, service, found.href or asked.href)
        return response
