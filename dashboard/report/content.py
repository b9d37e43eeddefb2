"""What a report holds: the summary for a board, a sheet a tab, and behind them everything else as an appendix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from analytics.engines.base import Engine
from analytics.errors import BeingComputed, RequestError, StoresightError
from analytics.language import N_, _, several
from analytics.metrics import METRICS, available
from analytics.quality import Quality
from analytics.selection import Resolved, Selection
from dashboard.answers.kept import Kept
from dashboard.answers.service import ViewerService
from dashboard.chart import Chart
from dashboard.company.state import State
from dashboard.components.insights import RATE
from dashboard.notes.scope import shown
from dashboard.pages import CHARTS, PAGES
from dashboard.pages.insights import ALL
from dashboard.report.cards import Card, Insight, View, card_id, card_of, insights_of
from dashboard.report.outline import board_order
from dashboard.report.sheets import MOST_SHEETS, Sheet, sheets_of
from dashboard.report.summary import Summary, summary_of
from dashboard.screens import Page
from dashboard.text.formats import Formats, formats_of
from dashboard.text.quality_words import EFFECTS, label_of
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
    rate: str = ""
    cards: list[Card] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """`span`, `compared` and `filters` stand on every page; `about`: which rows the figures stand for; `how`: how each
    chart on a sheet is computed; `metrics`: (label, formula); `quality`: (effect, rows, what)."""

    title: str
    span: str
    compared: str
    filters: str
    about: list[tuple[str, str]]
    summary: Summary
    sheets: list[Sheet]
    sections: list[Section]
    how: list[tuple[str, str]]
    metrics: list[tuple[str, str]]
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
    state: State | None = None,
    copied: bool = False,
) -> Report:
    """The report of a selection: a summary and at most `most_sheets` sheets, and with `appendix` every other chart of
    every page. `state`: where notes are kept that the viewer is shown; without it, charts along time have the events of
    the data set alone. RequestError for days or values that the data do not have. `progress` is called before each step
    with how many are done, how many there are, and what it is. `copied`: a copy of this process may answer charts on
    another core meanwhile."""
    requested, engine, _ = service.select(selection.to_query(), strict=True)
    now = engine.resolve(requested)
    _refuse_no_days(now, engine)
    view = View(service, requested, now, engine, shown(state, service, engine))
    tabs = board_order(PAGES)
    steps = 2 + (len(PAGES) if appendix else 0)
    progress(1, steps, "Summary")
    if copied and service.kept is not None and answer_in_a_copy(service.kept, view):
        answer_with_the_copy(view, PAGES)
    told = _told(view, ALL)
    summary = summary_of(view, told)
    progress(2, steps, "Sheets")
    sheets = sheets_of(view, tabs, told, most_sheets)
    sections = []
    for number, page in enumerate(PAGES if appendix else (), 3):
        progress(number, steps, page.title)
        sections.append(_section(view, page, {c.ident: c for s in sheets for c in s.cards}))
    f, quality = formats_of(engine.profile), engine.quality
    explained = [CHARTS["kpis"], *(seen.chart for sheet in sheets for seen in sheet.seen)]
    return Report(
        title=engine.profile.title,
        span=f.span(now.span),
        compared=f.span(now.base) if now.base else "",
        filters=several(clause_text(c, engine.schema) for c in now.clauses),
        about=selection_facts(now, engine),
        summary=summary,
        sheets=sheets,
        sections=sections,
        how=list({str(chart.title): chart.explanation.how for chart in explained}.items()),
        metrics=[(str(METRICS[n].label), str(METRICS[n].formula)) for n in available(engine.schema)],
        quality=[(str(EFFECTS[x.effect]), f.number(x.rows), label_of(x, f)) for x in quality.findings]
        if quality
        else [],
        rows=_kept(quality, f) if quality else "",
        address=f"{PAGES[0].path}?{requested.to_query()}",
        view=view,
    )


def answer_in_a_copy(kept: Kept, view: View) -> bool:
    """Have a copy of this process fit the models and answer the charts of all pages; whether there is one. Not where
    another engine computes: a copy would share its connections and threads."""
    embedded = view.engine.profile.engine.kind == "embedded"
    return embedded and kept.fill_with_a_copy(partial(answer_first, view, PAGES))


def answer_first(view: View, pages: Sequence[Page]) -> None:
    """Fit the models of the insights, then ask every chart of these pages, so that its answer is kept. What goes wrong
    is told by whoever asks again."""
    fit = CHARTS[ALL].models
    if fit is not None:
        with suppress(Exception):
            view.service.models(fit, view.now, view.engine, None)
    for chart in _charts(pages):
        with suppress(Exception):
            view.seen(chart)


def answer_with_the_copy(view: View, pages: Sequence[Page]) -> None:
    """Meanwhile, ask the same from the other end, the insights as soon as there are the models on which they rest."""
    with suppress(StoresightError):
        view.together(CHARTS["needs_action"])
    told = False
    for chart in reversed(_charts(pages)):
        told = told or _told_by_now(view)
        if told or chart.models is None:
            with suppress(StoresightError):
                view.seen(chart)


def _told_by_now(view: View) -> bool:
    """Ask the insights of all pages, and whether they could be told: not while their models are fitted."""
    try:
        view.seen(CHARTS[ALL], patience=0.0)
    except BeingComputed:
        return False
    except StoresightError:  # the same when it is asked again
        pass
    return True


def _charts(pages: Sequence[Page]) -> list[Chart]:
    """The charts of these pages, each once, in the order of the board's tabs."""
    names = [chart.name for tab in board_order(pages) for chart, _width in tab.charts]
    names += [chart.name for page in pages for chart in page.charts]
    return [CHARTS[n] for n in dict.fromkeys(names) if CHARTS[n].role in ("chart", "kpis")]


def _kept(quality: Quality, f: Formats) -> str:
    return _("{kept} of {read:row|rows} kept", kept=f.number(quality.rows_kept), read=f.count(quality.rows_read))


def _refuse_no_days(now: Resolved, engine: Engine) -> None:
    """RequestError for a range without a day of the data: its report would be empty."""
    if now.span.days <= 0:
        f = formats_of(engine.profile)
        hint = N_("The data cover {span}.", span=f.span(engine.bounds.span))
        told = N_("{span} has no day of {company}.", span=f.span(now.requested), company=engine.profile.title)
        raise RequestError(told, where="range", hint=hint)


def _told(view: View, name: str) -> list[Insight]:
    """The insights of the chart of that name; none where the data cannot give them."""
    try:
        return insights_of(view.seen(CHARTS[name]))
    except StoresightError:
        return []


def _section(view: View, page: Page, on_sheets: Mapping[str, Card]) -> Section:
    """The page's insights, and its charts that are not whole on a sheet."""
    told = _told(view, f"{ALL}_{page.name}") if page.topic else []
    section = Section(
        page.name, str(page.title), [i for i in told if i.news], [i for i in told if not i.news], str(RATE)
    )
    for chart in page.charts:
        on_sheet = on_sheets.get(card_id(page.name, chart.name))
        if chart.role not in ("chart", "kpis") or (on_sheet and not on_sheet.rows):  # there it is whole
            continue
        try:
            seen = view.seen(chart)
            if seen.empty:
                section.left_out.append((str(chart.title), _("There is nothing to show in this selection.")))
                continue
            card = card_of(page.name, seen, MOST_ROWS, view.notes)
        except StoresightError as reason:
            section.left_out.append((str(chart.title), _reason(reason)))
            continue
        section.cards.append(replace(card, ident=f"{card.ident}-all") if on_sheet else card)
    return section


def _reason(error: StoresightError) -> str:
    text = f"{error.message} {error.hint}".strip()
    return text[:1].upper() + text[1:]
