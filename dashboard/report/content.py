"""What a report holds: each chart asked through the service, as pages ask it, and sorted into sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from markupsafe import Markup

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import NotInData, RequestError, StoresightError
from analytics.metrics import METRICS, available
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.chart import Chart, Page
from dashboard.components.insights import sureness
from dashboard.components.kpis import customer_figure, delta_text
from dashboard.context import Context
from dashboard.figures.describe import describe
from dashboard.page.markup import plain_markup
from dashboard.pages import PAGES
from dashboard.report.plain import Table, grid_table
from dashboard.text.formats import formats_of
from dashboard.text.selections import selection_facts

MOST_ROWS = 25

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Insight:
    """A sentence, what to do, what to mind, how much hangs on it, how sure it is, and the card that shows it."""

    sentence: str
    recommendation: str
    caveat: str
    stake: str
    sure: str
    card: str
    chart: str


@dataclass(frozen=True)
class Card:
    """One chart: a picture (`figure`, with its words in `alt`), a `table` or the page's own `body`."""

    ident: str
    title: str
    question: str
    how: str
    notes: tuple[str, ...]
    choices: str = ""
    height: int = 300
    figure: dict[str, Any] | None = None
    alt: str = ""
    table: Table | None = None
    body: Markup | None = None
    rows: str = ""  # how many of how many


@dataclass
class Section:
    """A page. `left_out`: the charts that cannot be given, with the reason."""

    name: str
    title: str
    insights: list[Insight] = field(default_factory=list)
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
    """Every page's answers under the selection. RequestError for days or values that the data do not have."""
    asked, engine, _ = service.select(selection.to_query(), strict=True)
    now = engine.resolve(asked)
    _refuse_no_days(now, engine)
    total = sum(len(p.charts) for p in PAGES)
    done = 0
    sections = []
    for page in PAGES:
        section = Section(page.name, page.title)
        for chart in page.charts:
            done += 1
            progress(done, total, chart.title)
            try:
                _add(section, page, chart, service, asked, now, engine)
            except StoresightError as reason:
                section.left_out.append((chart.title, _reason(reason)))
        sections.append(section)
    profile = engine.profile
    quality = engine.quality
    f = formats_of(profile)
    return Report(
        title=profile.title,
        span=f.span(now.span),
        about=selection_facts(now, engine),
        sections=sections,
        metrics=[(METRICS[n].label, METRICS[n].formula, METRICS[n].unit) for n in available(engine.schema)],
        quality=[(x.effect, f.number(x.rows), x.label) for x in quality.findings] if quality else [],
        rows=f"{f.number(quality.rows_kept)} of {f.number(quality.rows_read)} rows read were kept" if quality else "",
        address=f"{PAGES[0].path}?{asked.to_query()}",
    )


def _refuse_no_days(now: Resolved, engine: Engine) -> None:
    """A report on days that the data lack would be an empty one."""
    if now.span.days <= 0:
        f = formats_of(engine.profile)
        hint = f"The data cover {f.span(engine.bounds.span)}."
        raise RequestError(f"{f.span(now.requested)} has no day of {engine.profile.title}.", where="range", hint=hint)


def _reason(error: StoresightError) -> str:
    text = f"{error.message} {error.hint}".strip()
    return text[:1].upper() + text[1:]


def _add(
    section: Section, page: Page, chart: Chart, service: ViewerService, asked: Selection, now: Resolved, engine: Engine
) -> None:
    """The chart's answer as insights or as a card of the section."""
    missing = chart.missing(engine.schema)
    if missing:
        raise NotInData(f"needs {', '.join(missing)}, which {engine.profile.title} does not have.")
    options = asked.options_of(chart.name)
    answer = service.answer(chart, now, options, engine)
    context = service.context(chart, now, options, engine)
    if answer.empty:
        section.left_out.append((chart.title, "No orders in this selection."))
    elif chart.role == "insights":
        section.insights = [_insight(row, context) for row in answer.frame.to_dict("records")]
    else:
        section.cards.append(_card(page, chart, answer, context))


def _card(page: Page, chart: Chart, answer: Answer, context: Context) -> Card:
    ident = card_id(page.name, chart.name)
    choices = _choices(chart, context)
    card = Card(ident, chart.title, chart.question, chart.explanation.text, answer.notes, choices, chart.height)
    count = len(answer.frame)
    write = context.formats.number
    rows = f"{write(min(count, MOST_ROWS))} of {write(count)} rows"
    if chart.kind == "figure":
        return replace(card, figure=chart.draw(answer, context), alt=describe(answer, context))
    if chart.kind == "grid":
        return replace(card, table=grid_table(chart.draw(answer, context), MOST_ROWS), rows=rows)
    if chart.role == "kpis":
        return replace(card, table=key_figures(answer.frame, context))
    few = replace(answer, frame=answer.frame.head(MOST_ROWS))
    return replace(card, body=plain_markup(chart.draw(few, context)), rows=rows if len(few.frame) < count else "")


def card_id(page: str, chart: str) -> str:
    return f"{page}-{chart}"


def _choices(chart: Chart, context: Context) -> str:
    """What of the chart's own choices it shows: 'Metric: Revenue · Show: Top 10'."""
    chosen = [(o, context.options.get(o.name, "")) for o in chart.options]
    words = [(o.label, v if isinstance(o.choices, str) else o.choices.get(v, v)) for o, v in chosen]
    return " · ".join(f"{label}: {word}" for label, word in words if word)


def key_figures(frame: pd.DataFrame, context: Context) -> Table:
    """Each metric now, in the comparison's range and the change, with its formula."""
    f = context.formats
    base = context.selection.base
    compared = base is not None and "base" in frame
    rows = []
    for row in frame.to_dict("records"):
        figure = customer_figure(str(row["metric"]))
        cells = [(figure.label, False), (f.unit(figure.unit, row["value"]), True)]
        if compared:
            cells += [(f.unit(figure.unit, row["base"]), True), (delta_text(figure.unit, row["delta"], context), True)]
        rows.append((*cells, (figure.formula, False)))
    before = ((f.span(base), True), ("Change", True)) if compared and base else ()
    return Table((("", False), (f.span(context.selection.span), True), *before, ("Computed as", False)), tuple(rows))


def _insight(row: dict[Any, Any], context: Context) -> Insight:
    page = urlsplit(str(row["proof"])).path.strip("/")
    stake = float(row["money_at_stake"])
    return Insight(
        str(row["sentence"]),
        str(row["recommendation"]),
        str(row["caveat"]),
        context.formats.short_money(stake) if stake > 0 else "",
        sureness(float(row["p_or_q"]), context),
        card_id(page, str(row["proof_chart"])),
        str(row["proof_chart"]),
    )
