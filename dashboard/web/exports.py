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
from analytics.language import N_, _
from analytics.selection import Resolved, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.side_by_side import Seen, seen_as
from dashboard.answers.viewers import current_viewer
from dashboard.company.state import current_state
from dashboard.notes.marks import told
from dashboard.notes.scope import shown
from dashboard.page.cards import empty_words
from dashboard.page.lines import columns_of, sort_of
from dashboard.pages import CHARTS, FILES, PAGES, screen_of
from dashboard.screens import Page, Screen
from dashboard.text.formats import formats_of, numbers_of
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
            within(slot, lines_csv(wanted.engine, wanted.now, wanted.columns, wanted.sort)),
            mimetype="text/csv",
            headers=_attached(f"{_lines_name(wanted)}.csv"),
        )
        response.call_on_close(slot.close)  # even if the client does not read it to the end
        return response

    @server.get("/lines.xlsx")
    def _lines_excel() -> Response:
        wanted = _wanted(service, request.query_string)
        answers = service.for_viewer(current_viewer())
        link = f"{trusted_base()}{PAGES[0].path}?{wanted.selection.to_query()}"
        name = ("lines", link, str(wanted.now.span), wanted.columns, wanted.sort)
        with slots.take():
            body = answers.file(name, wanted.engine, lambda: _lines_book(wanted, link))
        return Response(body, mimetype=EXCEL, headers=_attached(f"{_lines_name(wanted)}.xlsx"))

    @server.get("/export/<name>.xlsx")
    def _excel(name: str) -> Response:
        """One chart, `page-<page>` or `page-<page>-<tab>`: every chart of it that the data can give."""
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(request.query_string.decode("utf-8", "replace"), strict=True)
        page = FILES.get(name.removeprefix("page-")) if name.startswith("page-") else None
        if page is None and name not in CHARTS:
            raise UnknownName("chart", name, [*CHARTS, *(f"page-{held}" for held in FILES)], where=request.path)
        charts = page.charts if page else [CHARTS[name]]
        for chart in charts:  # the file may be in the cache for others
            answers.check(chart)
        link = f"{trusted_base()}{_place(name, page)}?{selection.to_query()}"
        # A person's own, or not for strangers who follow a link: part of what the file is kept under.
        noted = _noted(answers, selection, engine)
        goals = answers.goals.seen(engine) if any(chart.targets for chart in charts) else ()
        with slots.take(), numbers_of(engine.profile):
            body = answers.file(
                ("workbook", name, link, noted, goals),
                engine,
                lambda: workbook_of(answers, page, name, selection, engine, link, noted),
            )
        return Response(body, mimetype=EXCEL, headers=_attached(f"{name}.xlsx"))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _lines_name(wanted: _Wanted) -> str:
    """What a file of order lines is called, with its first and last day: 'order_lines_2026-11-01_2026-11-30'."""
    span = wanted.now.span
    return f"order_lines_{span.start}_{span.last}" if span.days else "order_lines"


def _place(name: str, page: Page | Screen | None) -> str:
    """The path where people see what a workbook holds: of its page, or of the tab on which its chart stands."""
    return (page or screen_of(name) or PAGES[0]).path


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
    headings: dict[str, dict[str, str]] = {}
    refused: list[tuple[str, str]] = []
    for chart in charts:
        try:
            options = selection.options_of(chart.name)
            seen = seen_as(answers, chart, now, options, engine, within=True)
            sheets.append((chart, seen.answer))
            if seen.empty:
                why = empty_words(chart, seen.context, engine, seen.answer.why)
                refused.append((_("Nothing here: {chart}", chart=chart.title), why))
            headings[chart.name] = _headings(seen)
        except (NotInData, NotEnoughData) as fault:
            if page is None:
                raise
            refused.append((_("Not here: {chart}", chart=chart.title), str(fault)))
    notes = [(_("Note"), text) for text in noted]
    about = [*selection_facts(now, engine), (_("Link"), link), *notes, *refused]
    return workbook(sheets, about, engine.schema, headings)


def _headings(seen: Seen) -> dict[str, str]:
    """The headings of a table on the screen, by column; of other charts, none."""
    if seen.chart.kind != "grid" or seen.sides or seen.empty:
        return {}
    return {column["field"]: column["headerName"] for column in seen.draw()["columnDefs"]}


def _noted(answers: ViewerService, selection: Selection, engine: Engine) -> tuple[str, ...]:
    """The notes and events that the viewer is shown, of the days and rows of a selection."""
    notes = shown(current_state(), answers, engine)
    return tuple(told(engine.resolve(selection), notes, formats_of(engine.profile))[:MOST_NOTES])


@dataclass(frozen=True)
class _Wanted:
    """Which order lines are asked for, which columns of them, and in which order."""

    selection: Selection
    engine: Engine
    now: Resolved
    columns: tuple[str, ...]
    sort: tuple[tuple[str, bool], ...]


def _wanted(service: Service, query: bytes) -> _Wanted:
    """What an address of order lines asks for. NotAllowed on a link without them, RequestError for what makes no
    sense."""
    if not current_viewer().opens_lines:
        raise NotAllowed(N_("order lines are not part of this link."), hint=N_("Ask whoever sent it."))
    rest, before = _flag(query.decode("utf-8", "replace"), "lines=before")
    rest, columns = _taken(rest, "columns")
    rest, sort = _taken(rest, "sort")
    selection, engine, _ = service.for_viewer(current_viewer()).select(rest, strict=True)
    named = columns_of(engine, columns.split(",") if columns else [])
    return _Wanted(selection, engine, _lines_wanted(engine.resolve(selection), before), named, sort_of(engine, sort))


def _lines_book(wanted: _Wanted, link: str) -> bytes:
    """The lines as a workbook, with what they are and what they add up to."""
    engine, now, columns = wanted.engine, wanted.now, wanted.columns
    page = engine.lines(now, columns[:1], [], 0, 1)
    f = formats_of(engine.profile)
    totals = [
        (_("Order lines"), f.number(page.count)),
        (_("Orders"), f.number(page.totals["orders"])),
        (_("Revenue"), f.money(page.totals["revenue"])),
        (_("Units"), f.number(page.totals["units"])),
    ]
    about = [*selection_facts(now, engine), *totals, *_sorted_by(wanted), (_("Link"), link)]
    return lines_workbook(line_parts(engine, now, columns, wanted.sort), page.count, columns, about, engine.schema)


def _sorted_by(wanted: _Wanted) -> list[tuple[str, str]]:
    """What "About" says of the order of the lines, where it is not that of the data."""
    told = [f"{wanted.engine.schema[name].label} {'↑' if rising else '↓'}" for name, rising in wanted.sort]
    return [(_("Sorted by"), ", ".join(told))] if told else []


def _lines_wanted(now: Resolved, before: bool) -> Resolved:
    """The selection, or its comparison. RequestError where there is none."""
    if not before:
        return now
    if now.before is None:
        raise RequestError(N_("there is no comparison in the data, so it has no lines."), where="URL parameter 'lines'")
    return now.before


def _taken(query: str, name: str) -> tuple[str, str]:
    """The query without a parameter, and what that said last; "" where it was not there."""
    parts = [part for part in query.split("&") if part]
    said = [unquote_plus(part.partition("=")[2]) for part in parts if part.startswith(f"{name}=")]
    return "&".join(part for part in parts if not part.startswith(f"{name}=")), said[-1] if said else ""


def _flag(query: str, flag: str) -> tuple[str, bool]:
    """The query without a flag such as `lines=before`, and whether it was there."""
    parts = [p for p in query.split("&") if p]
    return "&".join(p for p in parts if p != flag), flag in parts
