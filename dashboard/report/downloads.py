"""Downloads: GET /export/report.html and, where python-pptx is installed, /export/report.pptx: the report of a
selection as a page that prints by itself, and as a deck. Like workbooks, only a few are made at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response, request

from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer
from dashboard.company.state import current_state
from dashboard.report import deck
from dashboard.report.content import Report, collect
from dashboard.report.page import write
from dashboard.text.formats import numbers_of
from dashboard.web.hosts import trusted_base
from dashboard.web.outlines import outlines
from dashboard.web.slots import Slots

POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def install(server: Flask, service: Service, slots: Slots, template: Path | None = None) -> None:
    """Add the routes; each request takes one of the slots. `template`: the company's, for decks."""

    @contextmanager
    def report() -> Iterator[Report]:
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(request.query_string.decode("utf-8", "replace"), strict=True)
        with numbers_of(engine.profile):
            yield collect(answers, selection, state=current_state())

    @server.get("/export/report.html")
    def _report() -> Response:
        with slots.take(), report() as found:
            body = write(found, outlines)
        return _file(body.encode(), "text/html", "report.html")

    if not deck.is_available():
        return

    @server.get("/export/report.pptx")
    def _deck() -> Response:
        from dashboard.report.deck.writing import deck as written

        with slots.take(), report() as found:
            body = written(found, trusted_base(), template)
        return _file(body, POWERPOINT, "report.pptx")


def _file(body: bytes, mimetype: str, name: str) -> Response:
    return Response(body, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
