"""What a report holds: the summary for a board, a sheet a tab, and behind them everything else as an appendix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError
from analytics.metrics import METRICS, available
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.components.insights import RATE
from dashboard.pages import CHARTS, PAGES
from dashboard.pages.insights import ALL
from dashboard.report.cards import Card, Insight, View, card_of, insights_of
from dashboard.report.outline import board_order
from dashboard.report.sheets import MOST_SHEETS, Sheet, sheets_of
from dashboard.report.summary import Summary, summary_of
from dashboard.screens import Page
from dashboard.text.formats import formats_of
from dashboard.text.selections import clause_text, head_of, selection_facts

MOST_ROWS = 25

Progress = Callable[[int, int, str], None]


@dataclass
class Section:
    """A page in the appendix: what is not on a sheet. `news` and `portrait`: what changed, and the standing facts;
    `rate`: the error rate of the news; `left_out`: the charts that cannot be shown, with the reason."""

    name: str
    title: str
    news: list[Insight] = field(default_factory=list)
    portrait: list[Insight] = field(default_factory=list)
    rate: str = RATE
    cards: list[Card] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """`span`, `compared` and `filters` stand on every page; `about`: which rows the figures stand for; `how`: how each
    chart on a sheet is computed; `metrics`: (label, formula, unit); `quality`: (effect, rows, what)."""

    title: str
    span: str
    compared: str
    filters: str
    about: list[tuple[str, str]]
    summary: Summary
    sheets: list[Sheet]
    sections: list[Section]
    how: list[tuple[str, str]]
    metrics: list[tuple[str, str, str]]
    quality: list[tuple[str, str, str]]
    rows: str
    address: str
    view: View = field(repr=False)

    @property
    def head(self) -> str:
        """What stands on top of every page: company, range, comparison, filters."""
        return head_of(self.view.now, self.view.engine)


def collect(
    service: ViewerService,
    selection: Selection,
    progress: Progress = lambda done, total, title: None,
    *,
    appendix: bool = False,
    most_sheets: int = MOST_SHEETS,
) -> Report:
    """The report of a selection: a summary and at most `most_sheets` sheets, and with `appendix` every other chart of
    every page. RequestError for days or values that the data do not have. `progress` is called before each step with
    how many are done, how many there are, and what it is."""
    requested, engine, _ = service.select(selection.to_query(), strict=True)
    now = engine.resolve(requested)
    _refuse_no_days(now, engine)
    view = View(service, requested, now, engine)
    tabs = board_order(PAGES)
    steps = 2 + (len(PAGES) if appendix else 0)
    progress(1, steps, "Summary")
    told = _told(view, ALL)
    summary = summary_of(view, told)
    progress(2, steps, "Sheets")
    sheets = sheets_of(view, tabs, told, most_sheets)
    sections = []
    for number, page in enumerate(PAGES if appendix else (), 3):
        progress(number, steps, page.title)
        sections.append(_section(view, page, {c.ident: c for s in sheets for c in s.cards}))
    f, quality = formats_of(engine.profile), engine.quality
    shown = [CHARTS["kpis"], *(seen.chart for sheet in sheets for seen in sheet.seen)]
    return Report(
        title=engine.profile.title,
        span=f.span(now.span),
        compared=f.span(now.base) if now.base else "",
        filters="; ".join(clause_text(c, engine.schema) for c in now.clauses),
        about=selection_facts(now, engine),
        summary=summary,
        sheets=sheets,
        sections=sections,
        how=list({chart.title: chart.explanation.computed for chart in shown}.items()),
        metrics=[(METRICS[n].label, METRICS[n].formula, METRICS[n].unit) for n in available(engine.schema)],
        quality=[(x.effect, f.number(x.rows), x.label) for x in quality.findings] if quality else [],
        rows=f"{f.number(quality.rows_kept)} of {f.number(quality.rows_read)} rows read were kept" if quality else "",
        address=f"{PAGES[0].path}?{requested.to_query()}",
        view=view,
    )


def _refuse_no_days(now: Resolved, engine: Engine) -> None:
    """RequestError for a range without a day of the data: its report would be empty."""
    if now.span.days <= 0:
        f = formats_of(engine.profile)
        hint = f"The data cover {f.span(engine.bounds.span)}."
        raise RequestError(f"{f.span(now.requested)} has no day of {engine.profile.title}.", where="range", hint=hint)


def _told(view: View, name: str) -> list[Insight]:
    """The insights of the chart of that name; none where the data cannot give them."""
    try:
        return insights_of(view.seen(CHARTS[name]))
    except StoresightError:
        return []


def _section(view: View, page: Page, on_sheets: Mapping[str, Card]) -> Section:
    """The page's insights, and its charts that are not whole on a sheet."""
    told = _told(view, f"{ALL}_{page.name}") if page.topic else []
    section = Section(page.name, page.title, [i for i in told if i.news], [i for i in told if not i.news])
    for chart in page.charts:
        if chart.role not in ("chart", "kpis"):
            continue
        try:
            seen = view.seen(chart)
            if seen.empty:
                section.left_out.append((chart.title, "There is nothing to show in this selection."))
                continue
            card = card_of(page.name, seen, MOST_ROWS)
        except StoresightError as reason:
            section.left_out.append((chart.title, _reason(reason)))
            continue
        if card.ident not in on_sheets:
            section.cards.append(card)
        elif on_sheets[card.ident].rows:  # there only the first of them
            section.cards.append(replace(card, ident=f"{card.ident}-all"))
    return section


def _reason(error: StoresightError) -> str:
    text = f"{error.message} {error.hint}".strip()
    return text[:1].upper() + text[1:]
