"""One chart of a report: its answer, from the same service as on the pages, as a figure, a table or the page's own
markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.side_by_side import Seen, seen_as
from dashboard.chart import Chart
from dashboard.components.insights import rate
from dashboard.components.kpis import customer_figure, delta_text
from dashboard.components.markup import plain_markup
from dashboard.context import Context
from dashboard.report.plain import Table, grid_table

HEADINGS = 3  # lines of a body that are no rows


@dataclass(frozen=True)
class View:
    """Whose report it is and of what: the viewer's service, the selection as asked and as resolved, and its engine."""

    service: ViewerService
    requested: Selection
    now: Resolved
    engine: Engine

    def seen(self, chart: Chart) -> Seen:
        """The chart's answer, with values side by side where the selection asks for it; NotInData, with a sentence for
        the report, where the data lack what it needs."""
        options = self.requested.options_of(chart.name)
        missing = chart.missing(self.engine.schema, chart.read_options(options, self.engine.schema))
        if missing:
            raise NotInData(f"needs {', '.join(missing)}, which {self.engine.profile.title} does not have.")
        return seen_as(self.service, chart, self.now, options, self.engine)

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


def card_of(page: str, seen: Seen, most_rows: int) -> Card:
    """The answer as a card of the page; tables end after `most_rows`."""
    chart, answer, context = seen.chart, seen.answer, seen.context
    card = Card(
        card_id(page, chart.name),
        chart.title,
        chart.question,
        chart.explanation.text,
        answer.notes,
        _choices(chart, context),
        chart.height,
    )
    if chart.kind == "figure":
        return replace(card, figure=seen.draw(), alt=seen.described())
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


def _rows(count: int, most: int, context: Context) -> str:
    """'25 of 1,234 rows' where not all are shown."""
    write = context.formats.number
    return f"{write(most)} of {write(count)} rows" if count > most else ""


def card_id(page: str, chart: str) -> str:
    """The id of a card in the report's HTML."""
    return f"{page}-{chart}"


def _choices(chart: Chart, context: Context) -> str:
    """The values of the chart's options: 'Metric: Revenue · Show: Top 10'."""
    shown = []
    for option in chart.options:
        value = context.options.get(option.name, "")
        if value or (value in option.choices and not isinstance(option.choices, str)):
            shown.append(f"{option.label}: {option.text(value, context.schema)}")
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
    before = ((f.span(base), True), ("Change", True)) if compared and base else ()
    goals = (("Target", True), ("Reached", True), ("Chance", True)) if aimed else ()
    heads = (("", False), (f.span(context.selection.span), True), *before, *goals, ("Computed as", False))
    return Table(heads, tuple(rows))


def insights_of(seen: Seen) -> list[Insight]:
    """The sentences of an answer of the role "insights", news first."""
    rows = seen.answer.frame.to_dict("records")
    return [_insight(row, seen.context) for which in ("news", "portrait") for row in rows if row["list"] == which]


def _insight(row: dict[Any, Any], context: Context) -> Insight:
    page = urlsplit(str(row["proof"])).path.strip("/").partition("/")[0]
    news = row["list"] == "news"
    sure = str(row["certainty"]).capitalize() if news else ""
    if sure and not pd.isna(row["q"]):
        sure += f" (error rate of the list {rate(float(row['q']), context)})"
    return Insight(
        str(row["sentence"]),
        str(row["why"]),
        str(row["recommendation"]),
        str(row["caveat"]),
        context.formats.short_money(float(row["gap"])) if news and row["gap"] > 0 else "",
        sure,
        card_id(page, str(row["proof_chart"])),
        str(row["proof_chart"]),
        str(row["proof"]),
        news,
    )
