"""The page "Targets" as HTML: how each target stands, and forms that need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
from dash import html
from markupsafe import Markup

from analytics.answer import Answer
from analytics.calendar import Calendar, Grain
from analytics.engines.base import Engine
from analytics.errors import capital
from analytics.language import N_, _
from analytics.metrics import METRICS, available
from analytics.questions.targets.standing import PENDING, filters_text
from analytics.questions.targets.target import Target, period_name
from analytics.selection import Resolved, Selection
from dashboard.answers.service import Dataset
from dashboard.components.controls import attributes
from dashboard.components.refusals import refused
from dashboard.components.targets import bar, chance_words, reached, standing_words, state_words
from dashboard.page.routes import standing_page
from dashboard.targets.fields import button, entry, form, hidden, select
from dashboard.targets.files import Line, mark_of
from dashboard.targets.rows import chooser
from dashboard.targets.store import LONGEST_NOTE, LONGEST_TITLE, Version
from dashboard.targets.words import filters_words, kept, name_of, period_text
from dashboard.text.formats import Formats, formats_of, numbers_of
from dashboard.text.moments import moment

AROUND: dict[Grain, tuple[int, int]] = {"month": (-2, 13), "quarter": (-1, 5), "year": (0, 2)}  # offered in the form
MOST_SHOWN = 300  # targets of the page
NOT_YET = N_("There are no targets for this data set yet.")


@dataclass(frozen=True)
class Opened:
    """What a page of targets is about: the data set, the selection of the address, how the targets stand, the number of
    the last version of each, those that were ended, and whether the viewer may change and take away."""

    engine: Engine
    selection: Selection
    now: Resolved
    answer: Answer
    versions: dict[int, int]
    ended: Sequence[Target] = ()
    datasets: Sequence[Dataset] = ()
    changes: bool = False
    exports: bool = False
    fault: str = ""
    told: Sequence[Any] = ()  # what was just done, or what is asked before it is
    by: str = ""  # the field of which values are offered to choose rows by
    given: Mapping[str, str] = field(default_factory=dict)  # what was typed into the form that is shown again

    @property
    def formats(self) -> Formats:
        """The formats of the data set."""
        return formats_of(self.engine.profile)

    @property
    def query(self) -> str:
        """The data set, the filters and the dates of the address."""
        return kept(self.selection, self.engine)


def page(opened: Opened) -> str:
    """The whole page."""
    with numbers_of(opened.engine.profile):
        parts: list[Any] = [_list(opened)]
        parts[:0] = refused(opened.fault)
        parts[:0] = opened.told
        if opened.changes:
            parts += [_new(opened), _import(opened)]
        return standing_page(_("Targets"), html.Div(parts, className="adding targets"), query=opened.query)


def _list(opened: Opened) -> Any:
    """Each target with its bar; a line of links above."""
    frame = opened.answer.frame.head(MOST_SHOWN)
    rows = [_row(opened, row) for row in frame[frame["days_left"] > 0].itertuples()]
    over = [_row(opened, row) for row in frame[frame["days_left"] == 0].itertuples()]
    if over:
        number = _("{targets:past target|past targets}", targets=len(over))
        rows.append(html.Details([html.Summary(number), *over], open=not rows))
    links = [
        Markup('<a href="/targets?data={}">{}</a>').format(d.name, d.title)
        for d in opened.datasets
        if not d.error and d.name != opened.engine.name
    ]
    if opened.exports and rows:
        links += [
            Markup('<a href="/targets/targets.csv?data={}">{}</a>').format(opened.engine.name, _("Download as CSV")),
            Markup('<a href="/data/targets.csv?data={}">{}</a>').format(
                opened.engine.name, _("Download progress as CSV")
            ),
        ]
    last = opened.formats.day(opened.now.bounds.complete.last) if opened.now.bounds.complete.days else ""
    head = html.P(
        [_("Up to {day}, the last complete day.", day=last) + " " if last else "", Markup(" · ").join(links)],
        className="muted",
    )
    told: list[Any] = [html.P(_(note), className="muted") for note in opened.answer.notes]
    if (frame["note"] == PENDING).any():  # the page does not load itself again, as somebody may be typing
        again = html.A(_("Reload"), href=f"/targets?{opened.query}")
        told.append(html.P([_("Some chances are still being computed."), " ", again], role="status"))
    if not rows:
        rows = [html.P(_(NOT_YET))]
    if opened.ended:
        links_to = [html.Li(html.A(name_of(t, opened.formats), href=f"/targets/{t.id}")) for t in opened.ended]
        rows.append(
            html.Details(
                [html.Summary(_("{targets:deleted target|deleted targets}", targets=len(links_to))), html.Ul(links_to)]
            )
        )
    if len(opened.answer.frame) > MOST_SHOWN:
        shown = _(
            "The first {shown} of {count} are shown. The CSV file has all.",
            shown=MOST_SHOWN,
            count=len(opened.answer.frame),
        )
        told.append(html.P(shown))
    return html.Section([html.H2(opened.engine.profile.title), head, *told, *rows], className="card-plain")


def _row(opened: Opened, row: Any) -> Any:
    f = opened.formats
    name = f" · {row.name}" if row.name else ""
    title = f"{_(METRICS[row.metric].label)}, {period_text(row, f)}{name}"
    value, actual = (f.metric(row.metric, v, short=True) for v in (row.value, row.actual))
    progress = "" if np.isnan(row.progress) or METRICS[row.metric].unit == "percent" else reached(row.progress, f)
    chance = "" if np.isnan(row.chance) else capital(chance_words(row.chance, f))
    if row.note == PENDING:
        chance = _("Chance is being computed")
    so_far = _("{actual} of {value}", actual=actual, value=value)
    parts = [
        html.Div([html.Strong(title), html.Small(filters_words(row.filters, opened.engine))], className="target-title"),
        html.Div([bar(row), html.Small(" · ".join(filter(None, [so_far, progress])))]),
        html.Div([html.Strong(capital(state_words(row.state))), html.Small(chance)]),
        html.Details([html.Summary(_("Details")), *_details(opened, row)]),
    ]
    return html.Div(parts, className="target-row")


def _details(opened: Opened, row: Any) -> list[Any]:
    said = [html.P(standing_words(row, opened.formats, float(row.value)))]
    if not row.number:
        return [
            *said,
            html.P(_("Set in the data set’s file. A target that you set here for the same period replaces it.")),
        ]
    said.append(html.P(html.A(_("History"), href=f"/targets/{row.number}", className="text-button")))
    if not opened.changes:
        return said
    written = f"{row.value:.15g}".replace(".", mark_of(opened.engine))
    fields = [
        hidden("seen", str(opened.versions.get(row.number, 0))),
        entry("value", _("New value"), written, inputmode="decimal", required=True),
        entry("why", _("Reason"), "", maxlength=str(LONGEST_NOTE)),
        button("change", _("Save")),
        button("end", _("Delete"), _("Its history is kept."), ask=_("Delete this target? Its history is kept.")),
    ]
    return [*said, form(f"/targets/{row.number}?{opened.query}", fields)]


def _new(opened: Opened) -> Any:
    """The form for one more target, for the rows that the address selects."""
    now, schema = opened.now, opened.engine.schema
    metrics = [(name, _(METRICS[name].label)) for name in available(schema)]
    given = opened.given
    by_menu = opened.selection.options_of("targets").get("metric", "")  # a key figure's menu names it
    asked = given.get("metric") or by_menu
    offered, period = periods(now, opened.formats), given.get("period", "")
    fields = [
        hidden("filters", filters_text(now.clauses)),
        select("metric", _("Metric"), metrics, asked if asked in dict(metrics) else "revenue"),
        select("period", _("Period"), offered, period if period in dict(offered) else _usual(now)),
        entry("first_day", _("or from"), given.get("first_day", ""), type="date"),
        entry("last_day", _("to"), given.get("last_day", ""), type="date"),
        entry("value", _("Target"), given.get("value", ""), inputmode="decimal", required=True, placeholder="400000"),
        entry(
            "name", _("Name (optional)"), given.get("name", ""), maxlength=str(LONGEST_TITLE), placeholder=_("Budget")
        ),
        entry("why", _("Reason (optional)"), given.get("why", ""), maxlength=str(LONGEST_NOTE)),
        button("add", _("Set target"), main=True),
    ]
    rows = chooser(opened.engine, now, opened.by)
    return html.Section(
        [html.H2(_("Set a target")), *rows, form(f"/targets?{opened.query}", fields)], id="set", className="card-plain"
    )


def _import(opened: Opened) -> Any:
    told = html.P(
        _(
            "Import a CSV file with the columns metric, period and value; filters, name and why are optional. You see "
            "a preview before anything changes."
        ),
        className="muted",
    )
    about = Markup(
        '<form method="post" enctype="multipart/form-data" action="/targets/import?data={}" class="target-form">'
        '<label class="file-choice"><input type="file" name="file" accept=".csv,text/csv" class="visually-hidden" '
        'required><span class="menu-button">{}</span><span class="file-name">{}</span></label>'
        '<button class="menu-button">{}</button></form>'
    ).format(opened.engine.name, _("Choose a file"), _("No file chosen"), _("Preview"))
    example = "metric,period,value,filters\nrevenue,2026-11,400000,\norders,2026-Q4,9000,region=North"
    sample = html.Details([html.Summary(_("Example")), html.Pre(example)])
    return html.Section([html.H2(_("Import")), told, about, sample], className="card-plain")


def preview(engine: Engine, lines: Sequence[Line], text: str) -> str:
    """What a file would change, line by line, and the button that does it, where no line is wrong."""
    f = formats_of(engine.profile)
    wrong = [line for line in lines if line.fault]
    changing = [line for line in lines if line.changes]
    cells = (_("Line"), _("Target"), _("Filters"), _("Value"), "")
    rows = [_preview_row(line, engine, f) for line in lines]
    table = _table(_("Changes in this file"), cells, rows)
    back = Markup('<a href="/targets?data={}">{}</a>').format(engine.name, _("Back to targets"))
    if wrong:
        refused = _(
            "Nothing was imported: {lines:line|lines} cannot be read. Correct the file and choose it again.",
            lines=len(wrong),
        )
        do: list[Any] = [html.P(refused)]
    elif not changing:
        do = [html.P(_("This file changes nothing."))]
    else:
        count = _("Set {targets:target|targets}", targets=len(changing))
        form = Markup(
            '<form method="post" action="/targets/import?data={}"><textarea name="text" hidden>{}</textarea>'
            '<button name="do" value="apply" class="apply">{}</button></form>'
        )
        do = [form.format(engine.name, f"\n{text}", count)]
    section = html.Section([html.H2(_("Changes in this file")), table, *do, html.P(back)], className="card-plain")
    return standing_page(
        _("Import targets"), html.Div([section], className="adding targets"), query=f"data={engine.name}"
    )


def _preview_row(line: Line, engine: Engine, f: Formats) -> Any:
    if line.target is None:
        return html.Tr([html.Td(line.number), html.Td(line.fault, colSpan=4)], className="wrong")
    t = line.target
    value = f.metric(t.metric, t.value)
    did = _("new") if line.before is None else _("unchanged")
    if line.before is not None and line.changes:
        did = _("was {value}", value=f.metric(t.metric, line.before))
    what = name_of(t, f)
    words = filters_words(filters_text(t.clauses), engine)
    return html.Tr(
        [html.Td(line.number), html.Td(what), html.Td(words), html.Td(value, className="number"), html.Td(did)]
    )


def history_page(engine: Engine, target: Target, versions: Sequence[Version]) -> str:
    """Who set and changed a target, when and why."""
    f = formats_of(engine.profile)
    what = name_of(target, f)
    head = (_("When (UTC)"), _("Who"), _("Action"), _("Value"), _("Reason"))
    rows = [
        html.Tr(
            [
                html.Td(moment(v.at)),
                html.Td(v.who),
                html.Td(_did(v)),
                html.Td("" if v.withdrawn else f.metric(target.metric, v.value), className="number"),
                html.Td(v.note),
            ]
        )
        for v in versions
    ]
    table = _table(_("History"), head, rows)
    back = html.P(html.A(_("Back to targets"), href=f"/targets?data={quote(engine.name)}"))
    words = html.P(filters_words(filters_text(target.clauses), engine), className="muted")
    section = html.Section([html.H2(what), words, table, back], className="card-plain")
    return standing_page(
        _("Target history"), html.Div([section], className="adding targets"), query=f"data={engine.name}"
    )


def _did(version: Version) -> str:
    if version.withdrawn:
        return _("undone: the target of the data set’s file counts")
    if version.ended:
        return _("deleted")
    return _("set") if version.number == 1 else _("changed")


def periods(now: Resolved, f: Formats) -> list[tuple[str, str]]:
    """The periods that the form offers: the one chosen as the range, then months, quarters and years around the end of
    the data."""
    calendar, last = now.calendar, now.bounds.complete.end - np.timedelta64(1, "D")
    found: dict[str, str] = {}
    if now.requested.days:
        found[period_name(now.requested, calendar)] = f.span(now.requested)
    for grain, (first, end) in AROUND.items():
        begin = calendar.floor(np.array([last]), grain)[0]
        for step in range(first, end):
            span = calendar.period(calendar.next(begin, grain, step), grain)
            name = calendar.name(span.start, grain)
            days = f.span(span)
            found.setdefault(name, days if grain == "month" else _("{name}: {value}", name=name, value=days))
    return list(found.items())


def _usual(now: Resolved) -> str:
    """The month, quarter or year that is shown; where the range is none, the month of the last complete day."""
    calendar: Calendar = now.calendar
    for grain in AROUND if now.requested.days else ():
        start = calendar.floor(np.array([now.requested.start]), grain)[0]
        if now.requested == calendar.period(start, grain):
            return calendar.name(start, grain)
    last = now.bounds.complete.end - np.timedelta64(1, "D")
    return calendar.name(calendar.floor(np.array([last]), "month")[0], "month")


def _table(label: str, heads: Sequence[str], rows: Sequence[Any]) -> Any:
    """A table that is scrolled by itself where it is too wide."""
    table = html.Table([html.Thead(html.Tr([html.Th(h) for h in heads])), html.Tbody(rows)])
    return html.Div(table, className="sample", tabIndex=0, role="region", **attributes(aria_label=label))
