"""One chart of a report: its answer, from the same service as on the pages, as a figure, a table or the page's own
markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.language import N_, _
from analytics.schema import needed_labels
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.side_by_side import Seen, seen_as
from dashboard.chart import Chart
from dashboard.components.insights import CERTAINTY, rate
from dashboard.components.kpis import customer_figure, delta_text
from dashboard.components.markup import plain_markup
from dashboard.context import Context
from dashboard.notes.marks import MOST_NUMBERED, along_time, marked, numbered, of_chart, told
from dashboard.notes.scope import Shown
from dashboard.report.plain import Table, grid_table

HEADINGS = 3  # lines of a body that are no rows


@dataclass(frozen=True)
class View:
    """Whose report it is and of what: the viewer's service, the selection as asked and as resolved, and its engine."""

    service: ViewerService
    requested: Selection
    now: Resolved
    engine: Engine
    notes: tuple[Shown, ...] = ()  # that the viewer is shown, and events
    kept: dict[str, Seen] = field(default_factory=dict, compare=False, repr=False)  # by chart

    def seen(self, chart: Chart, patience: float | None = None) -> Seen:
        """The chart's answer, with values side by side where the selection asks for it; NotInData, with a sentence for
        the report, where the data lack what it needs. BeingComputed where its models take longer than `patience`
        seconds (None waits for them)."""
        if chart.name not in self.kept:
            self.kept[chart.name] = self._asked(chart, patience)
        return self.kept[chart.name]

    def _asked(self, chart: Chart, patience: float | None) -> Seen:
        options = self.requested.options_of(chart.name)
        missing = chart.missing(self.engine.schema, chart.read_options(options, self.engine.schema))
        if missing:
            names = needed_labels(missing)
            company = self.engine.profile.title
            raise NotInData(N_("needs {fields}, which {company} does not have.", fields=names, company=company))
        return seen_as(self.service, chart, self.now, options, self.engine, patience)

    def together(self, chart: Chart) -> Seen:
        """The same, of all rows of the selection even where values stand side by side."""
        options = self.requested.options_of(chart.name)
        context = self.service.context(chart, self.now, options, self.engine)
        return Seen(chart, self.service.answer(chart, self.now, options, self.engine), context)


@dataclass(frozen=True)
class Insight:
    """A sentence, what explains it, what to do, what limits it, the gap in money, how certain it is, and the card that
    shows it. `proof`: the address of that card, with the selection under which it shows it."""

    sentence: str
    why: str
    recommendation: str
    caveat: str
    gap: str
    certainty: str
    card: str
    chart: str
    proof: str = ""
    news: bool = False
    sure: str = ""  # how certain, one of CERTAINTY


@dataclass(frozen=True)
class Card:
    """One chart: a `figure` (with its text alternative, `alt`), a `table`, or the page's own `body`."""

    ident: str
    title: str
    question: str
    how: str  # it is computed
    notes: tuple[str, ...]
    choices: str = ""  # the values of its options
    height: int = 300
    figure: dict[str, Any] | None = None
    alt: str = ""
    table: Table | None = None
    body: Markup | None = None
    rows: str = ""  # how many of how many are shown
    wide: bool = False  # it takes a whole row


def card_of(page: str, seen: Seen, most_rows: int, notes: Sequence[Shown] = ()) -> Card:
    """The answer as a card of the page; tables end after `most_rows`. `notes` are numbered on a figure along time and
    told below it; on any other card those are told that were written on it."""
    chart, answer, context = seen.chart, seen.answer, seen.context
    card = Card(
        card_id(page, chart.name),
        str(chart.title),
        str(chart.question),
        chart.explanation.text,
        tuple(map(str, answer.notes)),
        _choices(chart, context),
        chart.height,
    )
    if chart.kind == "figure":
        figure, told = _noted(seen, notes)
        return replace(card, figure=figure, alt=seen.described(), notes=(*card.notes, *told))
    if chart.kind == "grid":
        grid = chart.draw(answer, context)
        rows = _rows(len(grid["rowData"]), most_rows, context)
        return replace(card, table=grid_table(grid, most_rows), rows=rows)
    if chart.role == "kpis":
        return replace(card, table=key_figures(answer.frame, context, {s.value: s.label for s in seen.sides}))
    body = plain_markup(chart.draw(answer, context))
    if body.count("<tr") + body.count("<li") > most_rows + HEADINGS:
        few = replace(answer, frame=answer.frame.head(most_rows))
        card = replace(card, rows=_rows(len(answer.frame), most_rows, context))
        body = plain_markup(chart.draw(few, context))
    return replace(card, body=body)


def _noted(seen: Seen, notes: Sequence[Shown]) -> tuple[dict[str, Any], Sequence[str]]:
    """The figure with the notes that belong to it, and these in words. Values side by side have a time axis each, and
    no marks."""
    figure, now, f = seen.draw(), seen.context.selection, seen.context.formats
    if along_time(figure):
        return (figure, ()) if seen.sides else numbered(figure, marked(figure, now, notes, f))
    return figure, told(now, of_chart(seen.chart.name, now, notes), f)[:MOST_NUMBERED]


def _rows(count: int, most: int, context: Context) -> str:
    """'25 of 1,234 rows' where not all are shown."""
    write = context.formats.number
    if count <= most:
        return ""
    return _("{shown} of {rows:row|rows}", shown=write(most), rows=context.formats.count(count))


def card_id(page: str, chart: str) -> str:
    """The id of a card in the report's HTML."""
    return f"{page}-{chart}"


def _choices(chart: Chart, context: Context) -> str:
    """The values of the chart's options: 'Metric: Revenue · Show: Top 10'."""
    shown = []
    for option in chart.options:
        value = context.options.get(option.name, "")
        if value or (value in option.choices and not isinstance(option.choices, str)):
            shown.append(_("{name}: {value}", name=option.label, value=option.text(value, context.schema)))
    return " · ".join(shown)


def key_figures(frame: pd.DataFrame, context: Context, sides: Mapping[str, str] | None = None) -> Table:
    """Each metric in the range, in the comparison and its change, with its formula. `sides`: the labels of the values
    side by side, which the first column holds then."""
    f = context.formats
    base, aimed = context.selection.base, "target" in frame
    compared = base is not None and "base" in frame
    rows = []
    for row in frame.to_dict("records"):
        figure = customer_figure(str(row["metric"]))
        side = f" · {sides[str(row[frame.columns[0]])]}" if sides else ""
        cells = [(f"{figure.label}{side}", False), (f.unit(figure.unit, row["value"]), True)]
        if compared:
            cells += [(f.unit(figure.unit, row["base"]), True), (delta_text(figure.unit, row["delta"], context), True)]
        if aimed:
            texts = f.unit(figure.unit, row["target"]), f.percent(row["progress"], 0), f.percent(row["chance"], 0)
            numbers = row["target"], row["progress"], row["chance"]
            cells += [("" if isnan(n) else text, True) for n, text in zip(numbers, texts, strict=True)]
        rows.append((*cells, (figure.formula, False)))
    before = ((f.span(base), True), (_("Change"), True)) if compared and base else ()
    goals = ((_("Target"), True), (_("Reached"), True), (_("Chance"), True)) if aimed else ()
    heads = (("", False), (f.span(context.selection.span), True), *before, *goals, (_("Computed as"), False))
    return Table(heads, tuple(rows))


def insights_of(seen: Seen) -> list[Insight]:
    """The sentences of an answer of the role "insights", news first."""
    rows = seen.answer.frame.to_dict("records")
    return [_insight(row, seen.context) for which in ("news", "portrait") for row in rows if row["list"] == which]


def _insight(row: dict[Any, Any], context: Context) -> Insight:
    page = urlsplit(str(row["proof"])).path.strip("/").partition("/")[0]
    news = row["list"] == "news"
    sure = str(row["certainty"]) if news else ""
    certainty = str(CERTAINTY.get(sure, ""))
    if certainty and not pd.isna(row["q"]):
        certainty = _(
            "{certainty} (error rate of the list {rate})", certainty=certainty, rate=rate(float(row["q"]), context)
        )
    return Insight(
        str(row["sentence"]),
        str(row["why"]),
        str(row["recommendation"]),
        str(row["caveat"]),
        context.formats.short_money(float(row["gap"])) if news and row["gap"] > 0 else "",
        certainty,
        card_id(page, str(row["proof_chart"])),
        str(row["proof_chart"]),
        str(row["proof"]),
        news,
        sure,
    )
