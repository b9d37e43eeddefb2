"""The routes of an open page: POST /page, and the index page with the answer to its address inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dash import Dash
from flask import Flask, Response, request

from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer
from dashboard.page.handler import answer, first_answer
from dashboard.page.protocol import PageRequest
from dashboard.page.shell import Files, index
from dashboard.web import static

ASSETS = Path(__file__).resolve().parents[2] / "assets"
MODULES = ASSETS / "js"


class Application(Dash):
    """Dash, whose index page begins with the answer to its address."""

    _service: Service | None = None

    def open_index(self, service: Service) -> None:
        """Answer the address of the index page from here on; until then the page only names its files."""
        self._service = service

    def interpolate_index(self, **parts: Any) -> str:
        """The index page's HTML; Dash calls it with what it puts there."""
        if self._service is None:
            return index(parts, files(), None)
        href = f"{request.path}?{request.query_string.decode('utf-8', 'replace')}"
        return index(parts, files(), first_answer(self._service.for_viewer(current_viewer()), href))


def files() -> Files:
    """Addresses of the client's files as they are now, main.js before the modules that it imports."""
    names = sorted((f.name for f in MODULES.glob("*.js")), key=lambda name: (name != "main.js", name))
    return Files(
        first_paint=static.asset_url(ASSETS, "first-paint.js"),
        plotly=static.suite_url("plotly", "package_data/plotly.min.js"),
        modules=[static.module_url(MODULES, name) for name in names],
    )


def install(server: Flask, service: Service) -> None:
    """Add POST /page. Index pages and answers hold a viewer's data: no cache keeps them."""

    @server.post("/page")
    def page() -> Response:
        found = answer(service.for_viewer(current_viewer()), PageRequest.from_json(request.get_data()))
        return Response(found.to_json(), mimetype="application/json")

    @server.after_request
    def keep_private(response: Response) -> Response:
        if request.path == "/page" or response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
