"""Downloads: GET /lines.csv (the order lines of a selection) and GET /export/<chart or page-…>.xlsx.

No request takes longer, so only a few are made at a time, and a workbook is made once and cached.
"""

from __future__ import annotations

from flask import Flask, Response, request

from analytics.engines.base import Engine
from analytics.errors import NotAllowed, NotEnoughData, NotInData, RequestError, UnknownName
from analytics.selection import Resolved, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.side_by_side import seen_as
from dashboard.answers.viewers import current_viewer
from dashboard.chart import Page
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.text.selections import selection_facts
from dashboard.web.csv_text import lines_csv
from dashboard.web.hosts import trusted_base
from dashboard.web.slots import Slots, within
from dashboard.web.workbook import workbook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def install(server: Flask, service: Service, slots: Slots) -> None:
    """Add the routes; each request takes one of the slots."""

    @server.get("/lines.csv")
    def _lines() -> Response:
        if not current_viewer().opens_lines:
            raise NotAllowed("order lines are not part of this link.", hint="Ask whoever sent it.")
        query, before = _flag(request.query_string.decode("utf-8", "replace"), "lines=before")
        selection, engine, _ = service.for_viewer(current_viewer()).select(query, strict=True)
        wanted = _lines_wanted(engine.resolve(selection), before)
        slot = slots.take()  # until the last line is sent, however slowly it is read
        response = Response(
            within(slot, lines_csv(engine, wanted)),
            mimetype="text/csv",
            headers={"Content-Disposition": 'attachment; filename="order_lines.csv"'},
        )
        response.call_on_close(slot.close)  # even if the client does not read it to the end
        return response

    @server.get("/export/<name>.xlsx")
    def _excel(name: str) -> Response:
        """One chart, or `page-<page>`: every chart of it that the data can give."""
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(request.query_string.decode("utf-8", "replace"), strict=True)
        page = BY_PATH.get(f"/{name.removeprefix('page-')}") if name.startswith("page-") else None
        if page is None and name not in CHARTS:
            raise UnknownName("chart", name, [*CHARTS, *(f"page-{p.name}" for p in PAGES)], where=request.path)
        for chart in page.charts if page else [CHARTS[name]]:  # the file may be in the cache for others
            answers.check(chart)
        link = f"{trusted_base()}{(page or PAGES[0]).path}?{selection.to_query()}"
        with slots.take():
            body = answers.file(
                ("workbook", name, link), engine, lambda: workbook_of(answers, page, name, selection, engine, link)
            )
        return Response(body, mimetype=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'})


def workbook_of(
    answers: ViewerService, page: Page | None, name: str, selection: Selection, engine: Engine, link: str
) -> bytes:
    """The workbook of a page, or of the chart of that name where it is None. `link`: where people see the same.
    NotInData or NotEnoughData where that one chart cannot be given."""
    now = engine.resolve(selection)
    charts = [c for c in page.charts if not c.missing(engine.schema)] if page else [CHARTS[name]]
    sheets = []
    refused: list[tuple[str, str]] = []
    for chart in charts:
        try:
            sheets.append((chart, seen_as(answers, chart, now, selection.options_of(chart.name), engine).answer))
        except (NotInData, NotEnoughData) as why:
            if page is None:
                raise
            refused.append((f"Not here: {chart.title}", str(why)))
    return workbook(sheets, [*selection_facts(now, engine), ("Link", link), *refused], engine.schema)


def _lines_wanted(now: Resolved, before: bool) -> Resolved:
    """The selection, or its comparison. RequestError where there is none."""
    if not before:
        return now
    if now.before is None:
        raise RequestError("there is no comparison in the data, so it has no lines.", where="URL parameter 'lines'")
    return now.before


def _flag(query: str, flag: str) -> tuple[str, bool]:
    """The query without a flag such as `lines=before`, and whether it was there."""
    parts = [p for p in query.split("&") if p]
    return "&".join(p for p in parts if p != flag), flag in parts
