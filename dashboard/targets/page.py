"""The page "Targets" as HTML: how each target stands, and forms that need no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
from dash import html
from markupsafe import Markup

from analytics.answer import Answer
from analytics.calendar import Calendar, Grain, TimeRange
from analytics.engines.base import Engine
from analytics.metrics import METRICS, available
from analytics.questions.targets.standing import PENDING, filters_text
from analytics.questions.targets.target import Target, merged, period_name
from analytics.selection import Resolved, Selection, filterable
from dashboard.answers.service import Dataset
from dashboard.components.controls import attributes, confirmed
from dashboard.components.targets import bar, chance_words, standing_words
from dashboard.page.routes import standing_page
from dashboard.targets.files import Line
from dashboard.targets.rows import chooser
from dashboard.targets.store import LONGEST_NOTE, LONGEST_TITLE, Version
from dashboard.text.formats import Formats, formats_of
from dashboard.text.moments import moment
from dashboard.text.selections import clause_text

AROUND: dict[Grain, tuple[int, int]] = {"month": (-2, 13), "quarter": (-1, 5), "year": (0, 2)}  # offered in the form
MOST_SHOWN = 300  # targets of the page
NOT_YET = "There are no targets for this data set yet."


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
    told: str = ""
    by: str = ""  # the field of which values are offered to choose rows by

    @property
    def formats(self) -> Formats:
        """The formats of the data set."""
        return formats_of(self.engine.profile)

    @property
    def query(self) -> str:
        """The data set and the filters of the address."""
        return Selection(self.engine.name, clauses=self.selection.clauses).to_query()


def page(opened: Opened) -> str:
    """The whole page."""
    parts: list[Any] = [_list(opened)]
    if opened.fault:
        parts.insert(0, html.P(opened.fault, className="fault", role="alert"))
    if opened.told:
        parts.insert(0, html.P(opened.told, role="status"))
    if opened.changes:
        parts += [_new(opened), _import(opened)]
    return standing_page("Targets", html.Div(parts, className="adding targets"))


def _list(opened: Opened) -> Any:
    """Each target with its bar; a line of links above."""
    frame = opened.answer.frame.head(MOST_SHOWN)
    rows = [_row(opened, row) for row in frame[frame["days_left"] > 0].itertuples()]
    over = [_row(opened, row) for row in frame[frame["days_left"] == 0].itertuples()]
    if over:
        number = "1 period that is over" if len(over) == 1 else f"{len(over)} periods that are over"
        rows.append(html.Details([html.Summary(number), *over], open=not rows))
    links = [
        Markup('<a href="/targets?data={}">{}</a>').format(d.name, d.title)
        for d in opened.datasets
        if not d.error and d.name != opened.engine.name
    ]
    if opened.exports and rows:
        links += [
            Markup('<a href="/targets/targets.csv?data={}">Download as CSV</a>').format(opened.engine.name),
            Markup('<a href="/data/targets.csv?data={}">How they stand, as CSV</a>').format(opened.engine.name),
        ]
    last = opened.formats.day(opened.now.bounds.complete.last) if opened.now.bounds.complete.days else ""
    head = html.P(
        [f"Through {last}, the last complete day. " if last else "", Markup(" · ").join(links)],
        className="muted",
    )
    told: list[Any] = [html.P(note, className="muted") for note in opened.answer.notes]
    if (frame["note"] == PENDING).any():  # the page does not load itself again, as somebody may be typing
        again = html.A("Show them", href=f"/targets?{opened.query}")
        told.append(html.P(["Some chances are still being computed. ", again], role="status"))
    if not rows:
        rows = [html.P(NOT_YET)]
    if opened.ended:
        links_to = [html.Li(html.A(name_of(t, opened.formats), href=f"/targets/{t.id}")) for t in opened.ended]
        rows.append(html.Details([html.Summary(f"{len(links_to)} ended"), html.Ul(links_to)]))
    if len(opened.answer.frame) > MOST_SHOWN:
        told.append(html.P(f"The first {MOST_SHOWN} of {len(opened.answer.frame)} are shown; the file has all."))
    return html.Section([html.H2(opened.engine.profile.title), head, *told, *rows], className="card-plain")


def _row(opened: Opened, row: Any) -> Any:
    f = opened.formats
    name = f" · {row.name}" if row.name else ""
    title = f"{METRICS[row.metric].label}, {period_text(row, f)}{name}"
    value, actual = (f.metric(row.metric, v, short=True) for v in (row.value, row.actual))
    reached = "" if np.isnan(row.progress) or METRICS[row.metric].unit == "percent" else f.percent(row.progress, 0)
    chance = "" if np.isnan(row.chance) else chance_words(row.chance, f).capitalize()
    if row.note == PENDING:
        chance = "Chance being computed"
    parts = [
        html.Div([html.Strong(title), html.Small(filters_words(row.filters, opened.engine))], className="target-title"),
        html.Div([bar(row), html.Small(f"{actual} of {value}" + (f" · {reached}" if reached else ""))]),
        html.Div([html.Strong(row.state.capitalize()), html.Small(chance)]),
        html.Details([html.Summary("Details"), *_details(opened, row)]),
    ]
    return html.Div(parts, className="target-row")


def _details(opened: Opened, row: Any) -> list[Any]:
    said = [html.P(standing_words(row, opened.formats, float(row.value)))]
    if not row.number:
        return [*said, html.P("Declared with the data set. One set here for the same takes its place.")]
    said.append(html.P(html.A("History", href=f"/targets/{row.number}")))
    if not opened.changes:
        return said
    fields = [
        _hidden("seen", str(opened.versions.get(row.number, 0))),
        _input("value", "New value", f"{row.value:.15g}", inputmode="decimal", required=True),
        _input("why", "Why", "", maxlength=str(LONGEST_NOTE)),
        _button("change", "Change"),
        _button("end", "End", "Nothing is held against it any more; the history stays."),
    ]
    return [*said, _form(f"/targets/{row.number}", fields)]


def _new(opened: Opened) -> Any:
    """The form for one more target, for the rows that the address selects."""
    now, schema = opened.now, opened.engine.schema
    metrics = [(name, METRICS[name].label) for name in available(schema)]
    asked = opened.selection.options_of("targets").get("metric", "")  # a key figure's menu names it
    fields = [
        _hidden("filters", filters_text(now.clauses)),
        _select("metric", "Metric", metrics, asked if asked in dict(metrics) else "revenue"),
        _select("period", "Period", periods(now, opened.formats), _usual(now)),
        _input("first_day", "or from", "", type="date"),
        _input("last_day", "through", "", type="date"),
        _input("value", "Target", "", inputmode="decimal", required=True, placeholder="400000"),
        _input("name", "Name (if there are several)", "", maxlength=str(LONGEST_TITLE), placeholder="Budget"),
        _input("why", "Why", "", maxlength=str(LONGEST_NOTE)),
        _button("add", "Set the target", main=True),
    ]
    rows = chooser(opened.engine, now, opened.by)
    return html.Section(
        [html.H2("Set a target"), *rows, _form(f"/targets?{opened.query}", fields)], id="set", className="card-plain"
    )


def _import(opened: Opened) -> Any:
    told = html.P(
        "A CSV file with the columns metric, period and value, and, if needed, filters, name and why. You see what "
        "would change before anything does.",
        className="muted",
    )
    about = Markup(
        '<form method="post" enctype="multipart/form-data" action="/targets/import?data={}" class="target-form">'
        '<label>File<input type="file" name="file" accept=".csv,text/csv" required></label>'
        '<button class="menu-button">Preview</button></form>'
    )
    example = "metric,period,value,filters\nrevenue,2026-11,400000,\norders,2026-Q4,9000,region=North"
    sample = html.Details([html.Summary("Example"), html.Pre(example)])
    return html.Section([html.H2("Import"), told, about.format(opened.engine.name), sample], className="card-plain")


def preview(engine: Engine, lines: Sequence[Line], text: str) -> str:
    """What a file would change, line by line, and the button that does it, where no line is wrong."""
    f = formats_of(engine.profile)
    wrong = [line for line in lines if line.fault]
    changing = [line for line in lines if line.changes]
    cells = ("Line", "Target", "Filters", "Value", "")
    rows = [_preview_row(line, engine, f) for line in lines]
    table = _table("What the file changes", cells, rows)
    back = Markup('<a href="/targets?data={}">Back to the targets</a>').format(engine.name)
    if wrong:
        count = "1 line" if len(wrong) == 1 else f"{len(wrong)} lines"
        do: list[Any] = [html.P(f"{count} cannot be read, so nothing is imported. Mend the file and choose it again.")]
    elif not changing:
        do = [html.P("The file changes nothing.")]
    else:
        count = "1 target" if len(changing) == 1 else f"{len(changing)} targets"
        form = Markup(
            '<form method="post" action="/targets/import?data={}"><textarea name="text" hidden>{}</textarea>'
            '<button name="do" value="apply" class="apply">{}</button></form>'
        )
        do = [form.format(engine.name, f"\n{text}", f"Set {count}")]
    section = html.Section([html.H2("What the file changes"), table, *do, html.P(back)], className="card-plain")
    return standing_page("Import targets", html.Div([section], className="adding targets"))


def _preview_row(line: Line, engine: Engine, f: Formats) -> Any:
    if line.target is None:
        return html.Tr([html.Td(line.number), html.Td(line.fault, colSpan=4)], className="wrong")
    t = line.target
    value = f.metric(t.metric, t.value)
    did = "new" if line.before is None else "unchanged"
    if line.before is not None and line.changes:
        did = f"was {f.metric(t.metric, line.before)}"
    what = name_of(t, f)
    words = filters_words(filters_text(t.clauses), engine)
    return html.Tr(
        [html.Td(line.number), html.Td(what), html.Td(words), html.Td(value, className="number"), html.Td(did)]
    )


def history_page(engine: Engine, target: Target, versions: Sequence[Version]) -> str:
    """Who set and changed a target, when and why."""
    f = formats_of(engine.profile)
    what = name_of(target, f)
    head = ("When (UTC)", "Who", "What", "Value", "Why")
    rows = [
        html.Tr(
            [
                html.Td(moment(v.at)),
                html.Td(v.who),
                html.Td(_did(v)),
                html.Td(f.metric(target.metric, v.value), className="number"),
                html.Td(v.note),
            ]
        )
        for v in versions
    ]
    table = _table("History", head, rows)
    back = html.P(html.A("Back to the targets", href=f"/targets?data={quote(engine.name)}"))
    words = html.P(filters_words(filters_text(target.clauses), engine), className="muted")
    section = html.Section([html.H2(what), words, table, back], className="card-plain")
    return standing_page("History of a target", html.Div([section], className="adding targets"))


def _did(version: Version) -> str:
    if version.ended:
        return "ended"
    return "set" if version.number == 1 else "changed"


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
            found.setdefault(name, f.span(span) if grain == "month" else f"{name}: {f.span(span)}")
    return list(found.items())


def _usual(now: Resolved) -> str:
    """The month that follows the last complete day."""
    calendar: Calendar = now.calendar
    return calendar.name(calendar.floor(np.array([now.bounds.complete.end]), "month")[0], "month")


def name_of(target: Target, f: Formats) -> str:
    """'Revenue, November 2026 · Stretch'."""
    name = f" · {target.title}" if target.title else ""
    return f"{METRICS[target.metric].label}, {f.span(target.span)}{name}"


def period_text(row: Any, f: Formats) -> str:
    """The days of a row's period, in words."""
    return f.span(TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D") + 1))


def filters_words(filters: str, engine: Engine) -> str:
    """Filters as an address writes them, in words."""
    clauses = Selection.from_query(filters, filterable(engine.schema))[0].clauses
    return "; ".join(clause_text(c, engine.schema) for c in merged(clauses)) or "all orders"


def _table(label: str, heads: Sequence[str], rows: Sequence[Any]) -> Any:
    """A table that is scrolled by itself where it is too wide."""
    table = html.Table([html.Thead(html.Tr([html.Th(h) for h in heads])), html.Tbody(rows)])
    return html.Div(table, className="sample", tabIndex=0, role="region", **attributes(aria_label=label))


def _form(action: str, fields: Sequence[Markup]) -> Markup:
    form = Markup('<form method="post" action="{}" class="target-form">{}</form>')
    return form.format(action, Markup("").join(fields))


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def _input(name: str, label: str, value: str, *, required: bool = False, **more: str) -> Markup:
    extra = Markup("").join(Markup(' {}="{}"').format(key, text) for key, text in more.items())
    must = Markup(" required") if required else ""
    return Markup('<label>{}<input name="{}" value="{}"{}{}></label>').format(label, name, value, extra, must)


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> Markup:
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(v, Markup(" selected") if v == chosen else "", text)
        for v, text in choices
    )
    return Markup('<label>{}<select name="{}">{}</select></label>').format(label, name, options)


def _button(do: str, text: str, hint: str = "", *, main: bool = False) -> Markup:
    look = "apply" if main else "menu-button"
    button = Markup('<button name="do" value="{}" class="{}" title="{}"{}>{}</button>')
    ends = Markup(" formnovalidate") + confirmed(f"End this target? {hint}") if do == "end" else ""
    return button.format(do, look, hint, ends, text)
