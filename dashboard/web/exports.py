"""Downloads: GET /lines.csv and /lines.xlsx (the order lines of a selection) and GET /export/<chart or page-…>.xlsx.

No request takes longer, so only a few are made at a time, and a workbook is made once and cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from flask import Flask, Response, request

from analytics.engines.base import Engine
from analytics.errors import NotAllowed, NotEnoughData, NotInData, RequestError, UnknownName
from analytics.selection import Resolved, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.side_by_side import seen_as
from dashboard.answers.viewers import current_viewer
from dashboard.company.state import current_state
from dashboard.notes.marks import told
from dashboard.notes.scope import shown
from dashboard.page.lines import columns_of
from dashboard.pages import CHARTS, FILES, PAGES
from dashboard.screens import Page, Screen
from dashboard.text.formats import formats_of
from dashboard.text.selections import selection_facts
from dashboard.web.csv_text import line_parts, lines_csv
from dashboard.web.hosts import trusted_base
from dashboard.web.slots import Slots, within
from dashboard.web.workbook import lines_workbook, workbook

MOST_NOTES = 500  # in a workbook
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def install(server: Flask, service: Service, slots: Slots) -> None:
    """Add the routes; each request takes one of the slots."""

    @server.get("/lines.csv")
    def _lines() -> Response:
        wanted = _wanted(service, request.query_string)
        slot = slots.take()  # until the last line is sent, however slowly it is read
        response = Response(
            within(slot, lines_csv(wanted.engine, wanted.now, wanted.columns)),
            mimetype="text/csv",
            headers={"Content-Disposition": 'attachment; filename="order_lines.csv"'},
        )
        response.call_on_close(slot.close)  # even if the client does not read it to the end
        return response

    @server.get("/lines.xlsx")
    def _lines_excel() -> Response:
        wanted = _wanted(service, request.query_string)
        answers = service.for_viewer(current_viewer())
        link = f"{trusted_base()}{PAGES[0].path}?{wanted.selection.to_query()}"
        name = ("lines", link, str(wanted.now.span), wanted.columns)
        with slots.take():
            body = answers.file(name, wanted.engine, lambda: _lines_book(wanted, link))
        return Response(
            body, mimetype=EXCEL, headers={"Content-Disposition": 'attachment; filename="order_lines.xlsx"'}
        )

    @server.get("/export/<name>.xlsx")
    def _excel(name: str) -> Response:
        """One chart, `page-<page>` or `page-<page>-<tab>`: every chart of it that the data can give."""
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(request.query_string.decode("utf-8", "replace"), strict=True)
        page = FILES.get(name.removeprefix("page-")) if name.startswith("page-") else None
        if page is None and name not in CHARTS:
            raise UnknownName("chart", name, [*CHARTS, *(f"page-{held}" for held in FILES)], where=request.path)
        for chart in page.charts if page else [CHARTS[name]]:  # the file may be in the cache for others
            answers.check(chart)
        link = f"{trusted_base()}{(page or PAGES[0]).path}?{selection.to_query()}"
        noted = _noted(answers, selection, engine)  # a person's own: part of what the file is kept under
        with slots.take():
            body = answers.file(
                ("workbook", name, link, noted),
                engine,
                lambda: workbook_of(answers, page, name, selection, engine, link, noted),
            )
        return Response(body, mimetype=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'})


def workbook_of(
    answers: ViewerService,
    page: Page | Screen | None,
    name: str,
    selection: Selection,
    engine: Engine,
    link: str,
    noted: Sequence[str] = (),
) -> bytes:
    """The workbook of a page or of one of its tabs, or of the chart of that name where `page` is None. `link`: where
    people see the same; `noted`: notes that belong to it. NotInData or NotEnoughData where that one chart cannot be
    given."""
    now = engine.resolve(selection)
    charts = [c for c in page.charts if not c.missing(engine.schema)] if page else [CHARTS[name]]
    sheets = []
    refused: list[tuple[str, str]] = []
    for chart in charts:
        try:
            options = selection.options_of(chart.name)
            sheets.append((chart, seen_as(answers, chart, now, options, engine, within=True).answer))
        except (NotInData, NotEnoughData) as why:
            if page is None:
                raise
            refused.append((f"Not here: {chart.title}", str(why)))
    notes = [("Note", text) for text in noted]
    return workbook(sheets, [*selection_facts(now, engine), ("Link", link), *notes, *refused], engine.schema)


def _noted(answers: ViewerService, selection: Selection, engine: Engine) -> tuple[str, ...]:
    """The notes and events that the viewer is shown, of the days and rows of a selection."""
    notes = shown(current_state(), answers, engine)
    return tuple(told(engine.resolve(selection), notes, formats_of(engine.profile))[:MOST_NOTES])


@dataclass(frozen=True)
class _Wanted:
    """Which order lines are asked for, and which columns of them."""

    selection: Selection
    engine: Engine
    now: Resolved
    columns: tuple[str, ...]


def _wanted(service: Service, query: bytes) -> _Wanted:
    """What an address of order lines asks for. NotAllowed on a link without them, RequestError for what makes no
    sense."""
    if not current_viewer().opens_lines:
        raise NotAllowed("order lines are not part of this link.", hint="Ask whoever sent it.")
    rest, before = _flag(query.decode("utf-8", "replace"), "lines=before")
    parts = [part for part in rest.split("&") if part]
    named = [unquote_plus(part.removeprefix("columns=")) for part in parts if part.startswith("columns=")]
    kept = "&".join(part for part in parts if not part.startswith("columns="))
    selection, engine, _ = service.for_viewer(current_viewer()).select(kept, strict=True)
    columns = columns_of(engine, named[-1].split(",") if named else [])
    return _Wanted(selection, engine, _lines_wanted(engine.resolve(selection), before), columns)


def _lines_book(wanted: _Wanted, link: str) -> bytes:
    """The lines as a workbook, with what they are and what they add up to."""
    engine, now, columns = wanted.engine, wanted.now, wanted.columns
    page = engine.lines(now, columns[:1], [], 0, 1)
    f = formats_of(engine.profile)
    totals = [
        ("Order lines", f.number(page.count)),
        ("Orders", f.number(page.totals["orders"])),
        ("Revenue", f.money(page.totals["revenue"])),
        ("Units", f.number(page.totals["units"])),
    ]
    about = [*selection_facts(now, engine), *totals, ("Link", link)]
    return lines_workbook(line_parts(engine, now, columns), page.count, columns, about, engine.schema)


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
