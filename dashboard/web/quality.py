"""The quality page of a data set: GET /quality/<data set>. What the load left out, changed and noticed, and what the
lines give reason to doubt; each with what to do, and the order lines of its examples. GET /quality/<data set>.json is
the report of the load alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, request

from analytics.doubts import doubts
from analytics.engines.base import Engine
from analytics.errors import NotInData, StoresightError
from analytics.language import N_, _
from analytics.quality import Finding, Quality
from analytics.selection import Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.components.controls import attributes, icon
from dashboard.page.lines import line_columns, records
from dashboard.page.routes import standing_page
from dashboard.text.formats import Formats, formats_of
from dashboard.text.quality_words import EFFECTS, advice, asks, field_of, fixes, label_of, with_days

MOST_LINES = 50  # of an example
REFUSED = N_("the quality report counts all rows; it is for those who may see all of them.")
SECTIONS = (  # title and effects
    (N_("Left out"), ("left out",)),
    (N_("Worth a look"), ("noticed",)),
    (N_("Changed"), ("changed", "added", "combined")),
)


@dataclass(frozen=True)
class Editing:
    """What this viewer may do with a data set here: change how it is read, and put back the version before. `platform`:
    whether it is read from exports that are known."""

    change: bool = False
    undo: bool = False
    platform: bool = False


def install(server: Flask, service: Service, editing: Callable[[str], Editing]) -> None:
    """Add both routes. `editing` says what the viewer of a request may do with a data set."""

    @server.get("/quality/<name>.json")
    def _quality(name: str) -> Response:
        quality = service.for_viewer(current_viewer()).quality(name)
        if quality is None:
            raise NotInData(REFUSED, where=name)
        return Response(orjson.dumps(quality.to_dict()), mimetype="application/json")

    @server.get("/quality/<name>")
    def _quality_page(name: str) -> Response:
        answers = service.for_viewer(current_viewer())
        try:
            text, status = _page(answers, name, request.args.get("show", "")[:200], editing(name)), 200
        except StoresightError as error:  # a page for people, also where there is nothing
            text, status = standing_page(_("Quality"), _card(_("There is nothing to show"), html.P(str(error)))), 404
        return Response(text, status, mimetype="text/html", headers={"Cache-Control": "private, no-store"})


def _page(answers: ViewerService, name: str, show: str, may: Editing) -> str:
    engine = answers.engine(name)
    quality = answers.quality(name)
    title = _("Quality of {profile}", profile=engine.profile.title)
    query = f"data={engine.name}"
    if quality is None:
        return standing_page(
            title, _card(_("Not shown"), html.P(str(REFUSED)[:1].upper() + str(REFUSED)[1:])), query=query
        )
    findings = [*quality.findings, *doubts(engine)]
    files = answers.viewer.may("export")
    view = _View(engine, formats_of(engine.profile), show, may, quality, files)
    holds = [f for f in findings if f.reason.endswith("_holds")]
    rest = [f for f in findings if f not in holds]
    sections = [view.section(heading, [f for f in rest if f.effect in effects]) for heading, effects in SECTIONS]
    sections.append(view.section(_("What adds up"), holds, folded=False))
    body = html.Div([view.summary(), *filter(None, sections)], className="adding")
    return standing_page(title, body, "quality.js", query=query)


def _card(heading: str, *inside: Component) -> html.Section:
    return html.Section([html.H2(heading), *inside], className="card-plain")


@dataclass(frozen=True)
class _View:
    """One rendering: `show` names the example whose lines are open, as reason:number; `files`: whether the viewer may
    take files away."""

    engine: Engine
    f: Formats
    show: str
    may: Editing
    quality: Quality
    files: bool

    def summary(self) -> Component:
        """What was read, and the ways on."""
        f, quality = self.f, self.quality
        files = _("{files:file|files}", files=f.count(len(quality.files)))
        told = _(
            "{rows_read} rows read from {files}, {rows_left_out} left out. Order lines: {rows_kept}, refunds included.",
            rows_read=f.number(quality.rows_read),
            files=files,
            rows_left_out=f.number(quality.rows_left_out),
            rows_kept=f.number(quality.rows_kept),
        )
        ways: list[Component] = [
            html.A(_("Figures"), href=f"/overview?data={self.engine.name}", className="menu-button")
        ]
        if self.files:
            report = f"/quality/{self.engine.name}.json"
            ways.append(html.A(_("Report as JSON"), href=report, className="menu-button"))
        if self.may.undo:
            data = attributes(data_undo=self.engine.name)
            ways.append(html.Button(_("Put back the version before"), type="button", className="menu-button", **data))
        progress = html.Div(id="progress", role="status", className="progress-line", **attributes(aria_live="polite"))
        return _card(_("What was read"), html.P(told), html.P(ways, className="naming"), progress)

    def section(self, heading: str, findings: Sequence[Finding], folded: bool = True) -> Component | None:
        """Findings of one kind, most rows first; `folded`: those that ask for nothing."""
        if not findings:
            return None
        order = sorted(findings, key=lambda found: -found.rows)
        quiet = [found for found in order if folded and not asks(found, self.may.platform)]
        asking = [found for found in order if found not in quiet]
        parts: list[Component] = [self._table(asking)] if asking else []
        if quiet:
            told = _("Nothing to do about {kinds:kind|kinds} of rows", kinds=len(quiet))
            opened = any(self.show.rpartition(":")[0] == found.reason for found in quiet)
            parts.append(html.Details([html.Summary(told), self._table(quiet)], open=opened))
        return _card(heading, *parts)

    def _table(self, findings: Sequence[Finding]) -> Component:
        head = html.Tr([html.Th(_("Number")), html.Th(_("What")), html.Th(_("What happened"))])
        rows = [self._row(found) for found in findings]
        return html.Table([html.Thead(head), html.Tbody(rows)], className="findings")

    def _row(self, found: Finding) -> Component:
        what: list[Any] = [html.Span(label_of(found, self.f)), html.Small(advice(found, self.may.change))]
        examples = [self._example(found, i) for i in range(len(found.examples))]
        if examples:
            what.append(html.Ul(examples, className="examples"))
        buttons = [
            self._button(found, fix, label)
            for fix, label in (fixes(found, self.quality, self.may.platform) if self.may.change else ())
        ]
        if buttons:
            what.append(html.P(buttons, className="naming"))
        done = EFFECTS[found.effect]
        return html.Tr([html.Td(self.f.number(found.rows), className="number"), html.Td(what), html.Td(done)])

    def _example(self, found: Finding, at: int) -> Component:
        opens = found.opens[at] if at < len(found.opens) else ""
        of_lines = not re.search(
            r":\d+(: |$)", found.examples[at]
        )  # not of a row, whose values stay as they are written
        told = with_days(found.examples[at], self.f) if of_lines else found.examples[at]
        if not opens:
            return html.Li(told)
        key = f"{found.reason}:{at}"
        link = html.A(
            _("Close") if self.show == key else _("Lines"), href="?" if self.show == key else f"?show={key}#{key}"
        )
        more = [self._lines(opens)] if self.show == key else []
        return html.Li([told, " ", link, *more], id=key)

    def _lines(self, opens: str) -> Component:
        """The first order lines of a selection, and the ways to all."""
        selection = replace(Selection.from_query(opens, _fields(self.engine))[0], data=self.engine.name)
        names = line_columns(self.engine)
        page = self.engine.lines(self.engine.resolve(selection), names, [], 0, MOST_LINES)
        rows = [
            html.Tr([html.Td("" if row[n] is None else str(row[n])) for n in names]) for row in records(page, self.f)
        ]
        head = html.Tr([html.Th(self.engine.schema[n].label) for n in names])
        query = selection.to_query()
        count = _("{lines:line|lines}", lines=self.f.count(page.count))
        told: list[Any] = [
            count,
            f", {_('the first {count} of them', count=MOST_LINES)}" if page.count > MOST_LINES else "",
            " · ",
        ]
        told.append(html.A(_("Open in the Overview"), href=f"/overview?{query}"))
        if self.files:
            told += [" · ", html.A(_("All as CSV"), href=f"/lines.csv?{query}")]
        table = html.Table([html.Thead(head), html.Tbody(rows)])
        about = attributes(aria_label=_("Order lines"))
        return html.Div([html.P(told), html.Div(table, className="sample", tabIndex=0, role="region", **about)])

    def _button(self, found: Finding, fix: str, label: str) -> Component:
        data = attributes(data_fix=fix, data_field=field_of(found), data_name=self.engine.name)
        return html.Button([icon("magic"), f" {label}"], type="button", className="menu-button", **data)


def _fields(engine: Engine) -> frozenset[str]:
    return frozenset(field.name for field in engine.schema.dimensions)
