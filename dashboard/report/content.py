"""What a report holds: the answer of every chart, from the same service as on the pages, sorted into sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.errors import NotInData, RequestError, StoresightError
from analytics.metrics import METRICS, available
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.side_by_side import Seen, seen_as
from dashboard.chart import Chart
from dashboard.components.insights import RATE, rate
from dashboard.components.kpis import customer_figure, delta_text
from dashboard.components.markup import plain_markup
from dashboard.context import Context
from dashboard.pages import PAGES
from dashboard.report.plain import Table, grid_table
from dashboard.text.formats import formats_of
from dashboard.text.selections import selection_facts

MOST_ROWS = 25

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Insight:
    """A sentence, what explains it, what to do, what limits it, the gap in money, how certain it is, and the card that
    shows it."""

    sentence: str
    why: str
    recommendation: str
    caveat: str
    gap: str
    certainty: str
    card: str
    chart: str


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


@dataclass
class Section:
    """A page. `news` and `portrait`: what changed, and the standing facts; `rate`: the error rate of the news;
    `left_out`: the charts that cannot be shown, with the reason."""

    name: str
    title: str
    news: list[Insight] = field(default_factory=list)
    portrait: list[Insight] = field(default_factory=list)
    rate: str = RATE
    cards: list[Card] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """`about`: which rows the figures stand for; `metrics`: (label, formula, unit); `quality`: (effect, rows, what)."""

    title: str
    span: str
    about: list[tuple[str, str]]
    sections: list[Section]
    metrics: list[tuple[str, str, str]]
    quality: list[tuple[str, str, str]]
    rows: str
    address: str


def collect(
    service: ViewerService, selection: Selection, progress: Progress = lambda done, total, title: None
) -> Report:
    """Every page's answers under the selection. RequestError for days or values that the data do not have. `progress`
    is called before each chart with how many are done, how many there are, and its title."""
    requested, engine, _ = service.select(selection.to_query(), strict=True)
    now = engine.resolve(requested)
    _refuse_no_days(now, engine)
    sections = {page.name: Section(page.name, page.title) for page in PAGES}
    charts = [(page, chart) for page in PAGES for chart in page.charts]
    for number, (page, chart) in enumerate(charts, 1):
        progress(number, len(charts), chart.title)
        section = sections[page.name]
        try:
            seen = _answer(chart, service, requested, now, engine)
            if seen.empty:
                section.left_out.append((chart.title, "There is nothing to show in this selection."))
            else:
                _add(section, seen)
        except StoresightError as reason:
            section.left_out.append((chart.title, _reason(reason)))
    profile = engine.profile
    quality = engine.quality
    f = formats_of(profile)
    return Report(
        title=profile.title,
        span=f.span(now.span),
        about=selection_facts(now, engine),
        sections=list(sections.values()),
        metrics=[(METRICS[n].label, METRICS[n].formula, METRICS[n].unit) for n in available(engine.schema)],
        quality=[(x.effect, f.number(x.rows), x.label) for x in quality.findings] if quality else [],
        rows=f"{f.number(quality.rows_kept)} of {f.number(quality.rows_read)} rows read were kept" if quality else "",
        address=f"{PAGES[0].path}?{requested.to_query()}",
    )


def _refuse_no_days(now: Resolved, engine: Engine) -> None:
    """RequestError for a range without a day of the data: its report would be empty."""
    if now.span.days <= 0:
        f = formats_of(engine.profile)
        hint = f"The data cover {f.span(engine.bounds.span)}."
        raise RequestError(f"{f.span(now.requested)} has no day of {engine.profile.title}.", where="range", hint=hint)


def _reason(error: StoresightError) -> str:
    text = f"{error.message} {error.hint}".strip()
    return text[:1].upper() + text[1:]


def _answer(chart: Chart, service: ViewerService, requested: Selection, now: Resolved, engine: Engine) -> Seen:
    """The chart's answer; NotInData, with a sentence for the report, where the data lack what it needs."""
    options = requested.options_of(chart.name)
    missing = chart.missing(engine.schema, chart.read_options(options, engine.schema))
    if missing:
        raise NotInData(f"needs {', '.join(missing)}, which {engine.profile.title} does not have.")
    return seen_as(service, chart, now, options, engine)


def _add(section: Section, seen: Seen) -> None:
    """The answer as insights or as a card of the section."""
    chart, context = seen.chart, seen.context
    if chart.role == "insights":
        rows = seen.answer.frame.to_dict("records")
        section.news = [_insight(row, context) for row in rows if row["list"] == "news"]
        section.portrait = [_insight(row, context) for row in rows if row["list"] == "portrait"]
    else:
        section.cards.append(_card(section.name, seen))


def _card(page: str, seen: Seen) -> Card:
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
    count = len(answer.frame)
    write = context.formats.number
    rows = f"{write(min(count, MOST_ROWS))} of {write(count)} rows"
    if chart.kind == "figure":
        return replace(card, figure=seen.draw(), alt=seen.described())
    if chart.kind == "grid":
        return replace(card, table=grid_table(chart.draw(answer, context), MOST_ROWS), rows=rows)
    if chart.role == "kpis":
        return replace(card, table=key_figures(answer.frame, context, {s.value: s.label for s in seen.sides}))
    few = replace(answer, frame=answer.frame.head(MOST_ROWS))
    return replace(card, body=plain_markup(chart.draw(few, context)), rows=rows if len(few.frame) < count else "")


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


def _insight(row: dict[Any, Any], context: Context) -> Insight:
    page = urlsplit(str(row["proof"])).path.strip("/")
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
    )
