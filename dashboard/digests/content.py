"""What one issue of a digest says: key figures, stories, what changed since the one before, alerts. Every figure is an
answer of the service, as on the page that its links open."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.errors import BeingComputed, EngineError, NotEnoughData, NotInData
from analytics.language import N_, _, several
from analytics.metrics import METRICS
from analytics.questions.targets.standing import filters_text
from analytics.questions.targets.target import merged
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.changes.colleagues import STATES, own_alerts, short
from dashboard.changes.compare import compare
from dashboard.changes.recap import Recap, recap
from dashboard.changes.wording import lines_of, when
from dashboard.chart import Chart
from dashboard.company.state import State
from dashboard.components.kpis import arrow, delta_text, key_figure
from dashboard.components.targets import chance_words, reached, state_words
from dashboard.context import Context
from dashboard.digests.kept import Draft, Issue
from dashboard.digests.schedule import newest_whole
from dashboard.notes.scope import meets, shown
from dashboard.page.protocol import address
from dashboard.pages import BY_PATH, CHARTS
from dashboard.text.formats import Formats, formats_of, short_weekdays
from dashboard.text.moments import moment
from dashboard.text.selections import clause_text

MOST_FIGURES = 8
WHOLE_FROM = 1_000  # money from here on is written without decimals
SHORT_FROM = 10_000_000  # and from here on like $34.5M
MOST_STORIES = 5
MOST_BARS = 5
MOST_NOTES = 8
MOST_TARGETS = 8
TONED = ("better", "worse")
TOLD = ("restated", "lost", "alert")  # of what changed: stories and days are told by themselves


@dataclass(frozen=True)
class Figure:
    """A key figure: its name, value, that of the period before ("" without one), its change, and whether that is good
    news: "better", "worse" or ""."""

    label: str
    value: str
    before: str = ""
    change: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """A row of a table with bars: `share` of the longest, 0–100."""

    label: str
    value: str
    share: int


@dataclass(frozen=True)
class Item:
    """A sentence, what explains it, and an address that shows it ("" where there is none)."""

    text: str
    more: str = ""
    link: str = ""


@dataclass(frozen=True)
class Told:
    """One issue. `link` opens the view with the period's days; `selection` is that view; `since`: when the issue before
    was sent, in words, "" where there was none; `recap`: what the next one is compared with."""

    title: str
    data: str
    period: str
    compared: str
    filters: str
    figures: tuple[Figure, ...]
    bars_title: str
    bars: tuple[Bar, ...]
    stories: tuple[Item, ...]
    since: str
    changes: tuple[Item, ...]
    alerts: tuple[str, ...]
    targets: tuple[Item, ...]
    notes: tuple[Item, ...]
    facts: tuple[str, ...]
    link: str
    page: str
    selection: Selection
    recap: Recap


def place_of(service: ViewerService, draft: Draft) -> tuple[str, Selection, Engine]:
    """The page, selection and engine of a digest's address for a viewer. A StoresightError where it names a data set,
    field or value that is not there for them: a digest never leaves a filter out in silence."""
    path, query = address(draft.address)
    selection, engine, __ = service.select(query, strict=True)
    return path, selection, engine


def whole_period(draft: Draft, engine: Engine) -> TimeRange:
    """The newest whole period of the data. NotEnoughData where there is none."""
    period = newest_whole(draft.rhythm, engine.profile.calendar, engine.bounds.complete)
    if period is None:
        raise NotEnoughData(N_("the data do not cover a whole day, week or month of this digest yet."))
    return period


def compose(
    service: ViewerService,
    draft: Draft,
    period: TimeRange,
    before: Issue | None,
    state: State | None = None,
    owner: str = "",
    patience: float | None = None,
) -> Told:
    """The issue about a period, as a viewer sees it. `before`: the newest one that was sent; `state`: where notes and
    alerts are kept; `owner`: whose own alerts are told; `patience`: seconds to wait for models (None: no limit), after
    which the stories say that they are being computed."""
    path, selection, engine = place_of(service, draft)
    versus = selection.compare if selection.compare in ("previous", "year") else "previous"
    selection = replace(selection, range=str(period), compare=versus, grain="auto")
    now = engine.resolve(selection)
    f = formats_of(engine.profile)
    mine = recap(service, selection, engine, stories=False)
    query = Selection(clauses=selection.clauses).to_query()
    changes = lines_of(compare(before.recap, mine), engine.name, f, query) if before else []
    zone = engine.profile.time_zone
    title, bars = _bars(service, now, engine, f)
    return Told(
        draft.title,
        engine.profile.title,
        f.span(period),
        f.span(now.base) if now.base else "",
        several(clause_text(c, engine.schema) for c in selection.clauses),
        _figures(service, now, engine, f, patience),
        title,
        bars,
        _stories(service, now, engine, patience),
        when(before.sent_at, time.time(), zone, f) if before else "",
        tuple(Item(c.text, link=c.link) for c in changes if c.kind in TOLD),
        (*mine.alerts, *_alerts(state, owner, engine)),
        _targets(service, now, engine, f, patience),
        _notes(state, service, now, engine, f),
        (
            _("Data up to {day}", day=f.day(engine.bounds.complete.last)),
            _("loaded {moment} UTC", moment=moment(int(datetime.fromisoformat(engine.loaded_at).timestamp()))),
            zone,
            engine.profile.currency,
        ),
        f"{path}?{selection.to_query()}",
        path,
        selection,
        mine,
    )


def _answer(
    service: ViewerService, chart: Chart, now: Resolved, engine: Engine, patience: float | None = None
) -> tuple[Answer, Context] | None:
    """A chart's answer and its context; None where the data cannot give it."""
    try:
        return service.answer(chart, now, {}, engine, patience), service.context(chart, now, {}, engine)
    except (NotInData, NotEnoughData, EngineError):
        return None


def _figures(
    service: ViewerService, now: Resolved, engine: Engine, f: Formats, patience: float | None
) -> tuple[Figure, ...]:
    found = _answer(service, CHARTS["kpis"], now, engine, patience)
    if found is None:
        return ()
    answer, context = found
    known = answer.frame[answer.frame["value"].notna()]
    return tuple(_figure(row, context, f) for row in known.head(MOST_FIGURES).to_dict("records"))


def _figure(row: dict[Any, Any], context: Context, f: Formats) -> Figure:
    told = key_figure(str(row["metric"]))
    if context.selection.base is None:
        return Figure(told.label, _alike(told.unit, f, row["value"])[0])
    value, before = _alike(told.unit, f, row["value"], row["base"])
    if np.isnan(row["delta"]):
        return Figure(told.label, value, "" if np.isnan(row["base"]) else before)
    change = f"{arrow(row['direction'], row['delta'])} {delta_text(told.unit, row['delta'], context)}".strip()
    return Figure(told.label, value, before, change, row["direction"] if row["direction"] in TONED else "")


def _alike(unit: str, f: Formats, *values: float) -> tuple[str, ...]:
    """Values that stand next to each other, written alike: all of them short, whole, or with decimals."""
    most = max((abs(v) for v in values if v == v), default=0.0)
    if unit != "money" or most >= SHORT_FROM:
        return tuple(f.unit(unit, v, short=unit == "money") for v in values)
    return tuple(f.money(v, whole=most >= WHOLE_FROM) for v in values)


def _bars(service: ViewerService, now: Resolved, engine: Engine, f: Formats) -> tuple[str, tuple[Bar, ...]]:
    """Revenue by day where the period is a week, else the products that brought the most, unless the digest is about
    some products: the chart shows the others too."""
    if now.span.days == 7:
        found = _answer(service, CHARTS["revenue_over_time"], now.by("day"), engine)
        rows = [] if found is None else list(zip(found[0].frame["period"], found[0].frame["revenue"], strict=True))
        named = [(f"{_weekday(day)} {f.short_day(np.datetime64(day, 'D'))}", float(value)) for day, value in rows]
        return _("Revenue by day"), _drawn(named, f)
    filtered = any(clause.field == "product" and not clause.whole_orders for clause in now.clauses)
    found = None if filtered else _answer(service, CHARTS["top_products"], now, engine)
    if found is None:
        return "", ()
    frame = found[0].frame.head(MOST_BARS)
    label = engine.schema.label
    return _("Best sellers"), _drawn(
        [(label("product", str(p)), float(v)) for p, v in zip(frame["product"], frame["revenue"], strict=True)], f
    )


def _weekday(day: str) -> str:
    return short_weekdays()[(int(np.datetime64(day, "D").astype(int)) + 3) % 7]


def _drawn(rows: list[tuple[str, float]], f: Formats) -> tuple[Bar, ...]:
    most = max((value for _, value in rows), default=0.0)
    texts = _alike("money", f, *(value for _, value in rows))
    return tuple(
        Bar(name, text, round(100 * max(value, 0) / most) if most > 0 else 0)
        for (name, value), text in zip(rows, texts, strict=True)
    )


def _stories(service: ViewerService, now: Resolved, engine: Engine, patience: float | None) -> tuple[Item, ...]:
    try:
        found = _answer(service, CHARTS["insights"], now, engine, patience)
    except BeingComputed:
        return (Item(_("What changed is being computed. Look again in a moment.")),)
    if found is None:
        return ()
    news = found[0].frame
    news = news[(news["list"] == "news") & (news["kind"] != "nothing")].head(MOST_STORIES)
    return tuple(
        Item(str(r["sentence"]), " ".join(t for t in (r["why"], r["recommendation"]) if t), str(r["proof"]))
        for r in news.to_dict("records")
    )


def _targets(
    service: ViewerService, now: Resolved, engine: Engine, f: Formats, patience: float | None
) -> tuple[Item, ...]:
    """How the targets stand in whose period the digest's ends: those for the same rows."""
    found = _answer(service, CHARTS["targets"], now, engine, patience)
    if found is None:
        return ()
    rows, own = found[0].frame, filters_text(merged(now.clauses, service.goals.limits))
    last = str(now.span.last)
    running = rows[(rows["filters"] == own) & (rows["first_day"] <= last) & (rows["last_day"] >= last)]
    return tuple(Item(_target(row, f)) for row in running.head(MOST_TARGETS).itertuples())


def _target(row: Any, f: Formats) -> str:
    """'Revenue, November 2026: $248K of $400K (62 %), behind, chance 71 %.'"""
    span = TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D") + 1)
    value, actual = (f.metric(row.metric, v, short=True) for v in (row.value, row.actual))
    done = "" if np.isnan(row.progress) else f" ({reached(row.progress, f)})"
    chance = "" if np.isnan(row.chance) else f", {chance_words(row.chance, f)}"
    name = f" · {row.name}" if row.name else ""
    about = f"{_(METRICS[row.metric].label)}, {f.span(span)}{name}"
    state = state_words(row.state)
    return f"{_('{what}: {actual} of {value}', what=about, actual=actual, value=value)}{done}, {state}{chance}."


def _alerts(state: State | None, owner: str, engine: Engine) -> tuple[str, ...]:
    if state is None or not owner:
        return ()
    return tuple(_(STATES[condition], title=title) for title, condition in own_alerts(state, owner, engine.name))


def _notes(state: State | None, service: ViewerService, now: Resolved, engine: Engine, f: Formats) -> tuple[Item, ...]:
    """Notes on days of the period that concern the selection, as the viewer is shown them."""
    found = [
        note
        for note in shown(state, service, engine)
        if note.days.clipped(now.span).days and meets(note.clauses, now.clauses)
    ]
    return tuple(
        Item(_("{name}: {value}", name=f.span(n.days), value=short(n.text)), n.author) for n in found[:MOST_NOTES]
    )


def page_title(path: str) -> str:
    """The title of a page and its tab by their path."""
    return _(BY_PATH[path].title) if path in BY_PATH else _("Overview")
