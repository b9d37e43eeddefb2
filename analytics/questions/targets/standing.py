"""How do the targets stand? What was reached, what is needed for the rest, and the chance of meeting them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import Calendar, TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotInData, RequestError
from analytics.language import N_
from analytics.methods.timeseries.chance import Remainder, chance, remainder, shape
from analytics.metrics import METRICS, available
from analytics.questions.outlook import known_events
from analytics.questions.targets.target import Target, merged, parse_period, period_name
from analytics.selection import Clause, Resolved, Selection

COLUMNS = (
    "metric",
    "name",
    "period",
    "first_day",
    "last_day",
    "filters",
    "value",
    "actual",
    "progress",
    "pace",
    "days_left",
    "needed_per_day",
    "chance",
    "state",
    "note",
    "number",
)
KPI_COLUMNS = ("target", "progress", "needed_per_day", "chance")
PENDING = N_("The chance is being computed.")
MOST_DECLARED = 5000  # rows of a data set's own table


@dataclass(frozen=True)
class Goal:
    """A target, and what `remaining` gave for it: None where it is not asked for, or (`pending`) still computed."""

    target: Target
    rest: Answer | None = None
    pending: bool = False


@dataclass(frozen=True)
class Standing:
    """How a target stands. `progress`, `pace` and `chance` in per cent: of the value that is reached, that the period's
    usual course would have reached by now (blank for ratios), and of meeting it (blank where it cannot be said, which
    `note` explains, and after the period). `needed_per_day`: for each day left, in the metric's unit; blank where
    nothing is needed, for limits, and for what is no sum of days."""

    actual: float
    progress: float
    pace: float
    days_left: int
    needed_per_day: float
    chance: float
    state: str  # not begun, on track, behind, reached, met, missed; unknown where the figure is blank
    note: str = ""


def declared(engine: Engine) -> tuple[tuple[Target, ...], int]:
    """The targets of the data set's own table, and how many of its rows are none: of a metric or a period that does not
    exist, or without a value. None where the viewer is limited by a field that the table lacks."""
    if "targets" not in engine.schema.tables:
        return (), 0
    try:
        table = engine.table("targets")
    except NotInData:
        return (), 0
    fields = [c for c in table.columns if c in engine.schema]
    rows = table.iloc[:MOST_DECLARED].to_dict("records")
    found = [_declared(row, fields, engine.profile.calendar) for row in rows]
    latest = {t.key: t for t in found if t is not None}
    return tuple(latest.values()), sum(t is None for t in found)


def _declared(row: dict[object, object], fields: Sequence[str], calendar: Calendar) -> Target | None:
    """A row as a target; its other dimensions are the rows that it is about."""
    metric, value = str(row["metric"]), row["value"]
    clauses = tuple(Clause(name, (str(row[name]),)) for name in fields if str(row[name] or ""))
    try:
        number = float(value)  # type: ignore[arg-type]
        span = parse_period(str(row["period"]), calendar)
    except (TypeError, ValueError, RequestError):
        return None
    return Target(metric, span, number, clauses) if metric in METRICS and np.isfinite(number) else None


def known(engine: Engine, targets: Iterable[Target]) -> list[Target]:
    """Those of which the data of the engine have the metric and the fields of the filters."""
    schema, metrics = engine.schema, frozenset(available(engine.schema))
    return [t for t in targets if t.metric in metrics and all(c.field in schema for c in t.clauses)]


def remaining(engine: Engine, now: Resolved, target: Target) -> Answer:
    """What may the days of the target's period bring that are not in the data? Grain: one row per path: sum (unit of
    the metric), weight. Without rows where it cannot be said; the note says why. Method: chance.py."""
    if not target.adds_up:
        why = N_("{metric} does not add up over days: no chance is given.", metric=METRICS[target.metric].label)
        rest = Remainder(np.empty(0), np.empty(0), why)
    else:
        series = _daily(engine, now, target)
        rest = remainder(series, target.span, holidays=known_events(engine), calendar=now.calendar)
    frame = pd.DataFrame({"sum": rest.sums, "weight": rest.weights})
    return Answer(frame, (rest.reason,) if rest.reason else ())


def standing(engine: Engine, now: Resolved, goal: Goal, shown: TimeRange | None = None) -> Standing:
    """How a target stands by the last complete day of the data. `shown`: the days of its period whose figure stands
    next to it, where they are not the complete ones."""
    target, complete = goal.target, now.bounds.complete
    done = target.span.clipped(complete)
    counted = _actual(engine, now, target, done)
    actual = counted if shown is None or shown == done else _actual(engine, now, target, shown)
    first_left = max(complete.end, target.span.start)
    days_left = max(int((target.span.end - first_left).astype(int)), 0)
    pace = np.nan
    if target.adds_up:
        pace = float(shape(_daily(engine, now, target), target.span)[: target.span.days - days_left].sum() * 100)
    missing = target.value - counted
    likely, note = _chance(goal, missing, days_left)
    needs = target.adds_up and not target.at_most and days_left and missing > 0
    found = Standing(
        actual=actual,
        progress=actual / target.value * 100 if target.value > 0 else np.nan,
        pace=pace,
        days_left=days_left,
        needed_per_day=missing / days_left if needs else np.nan,
        chance=likely,
        state="",
        note=note,
    )
    return replace(found, state=_state(target, found, counted, begun=done.days > 0))


def _chance(goal: Goal, missing: float, days_left: int) -> tuple[float, str]:
    if not days_left:
        return np.nan, ""
    if goal.pending:
        return np.nan, PENDING
    if goal.rest is None:
        return np.nan, ""
    frame, notes = goal.rest.frame, goal.rest.notes
    rest = Remainder(frame["sum"].to_numpy(float), frame["weight"].to_numpy(float), notes[0] if notes else "")
    return chance(rest, missing, at_most=goal.target.at_most) * 100, rest.reason


def _state(target: Target, found: Standing, counted: float, *, begun: bool) -> str:
    """In a word. Under way it is on track where the chance is even or better; without a chance, where as much is
    reached as the usual course of the period reaches by now, and for ratios where the value is held so far."""
    reached = counted <= target.value if target.at_most else counted >= target.value
    if not begun and found.days_left:
        return "not begun"
    if np.isnan(counted):
        return "unknown"
    if not found.days_left:
        return "met" if reached else "missed"
    if target.adds_up and not target.at_most and reached:
        return "reached"
    if not np.isnan(found.chance):
        return "on track" if found.chance >= 50 else "behind"
    if np.isnan(found.pace):
        return "on track" if reached else "behind"
    on_pace = found.progress <= found.pace if target.at_most else found.progress >= found.pace
    return "on track" if on_pace else "behind"


def _actual(engine: Engine, now: Resolved, target: Target, days: TimeRange) -> float:
    if not days.days:
        return 0.0 if target.adds_up else np.nan
    frame = engine.aggregate([], [target.metric], now.only(*target.clauses).at(days))
    return float(frame[target.metric].iloc[0])


def _daily(engine: Engine, now: Resolved, target: Target) -> pd.Series:
    history = now.only(*target.clauses).at(now.bounds.complete).by("day")
    frame = engine.aggregate(["period"], [target.metric], history)
    return pd.Series(frame[target.metric].to_numpy(float), index=pd.DatetimeIndex(frame["period"]))


def listed(engine: Engine, selection: Resolved, options: Options, *, targets: Sequence[Goal] = ()) -> Answer:
    """How do all targets stand? Grain: one row per target, whatever the selection, the latest periods first.

    Columns: metric, name (of a target of several), period, first_day, last_day, filters (as an address writes them),
    value and actual (unit of the metric), progress, pace and chance (%), days_left, needed_per_day, state, note (why
    there is no chance), number (in the state store; 0: declared by the data set). See Standing.
    """
    rows = [_row(engine, selection, goal) for goal in targets]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    unread = declared(engine)[1]
    note = N_("{unread:row|rows} of the data set’s targets cannot be read: see docs/targets.md.", unread=unread)
    return Answer(frame, (note,) if unread else ())


def _row(engine: Engine, selection: Resolved, goal: Goal) -> dict[str, object]:
    target, found = goal.target, standing(engine, selection, goal)
    about = {
        "metric": target.metric,
        "name": target.title,
        "period": period_name(target.span, selection.calendar),
        "first_day": str(target.span.start),
        "last_day": str(target.span.last),
        "filters": filters_text(target.clauses),
        "value": target.value,
        "number": target.id,
    }
    return {**about, **asdict(found)}


def filters_text(clauses: Sequence[Clause]) -> str:
    """Clauses as an address writes them."""
    return Selection(clauses=merged(clauses)).to_query()


def against_targets(engine: Engine, selection: Resolved, goals: Sequence[Goal]) -> pd.DataFrame:
    """How the targets of a selection stand: one row per metric and name, the unnamed first. Columns as of `listed`."""
    rows = [
        {
            "metric": goal.target.metric,
            "name": goal.target.title,
            "period": period_name(goal.target.span, selection.calendar),
            "first_day": str(goal.target.span.start),
            "last_day": str(goal.target.span.last),
            "target": goal.target.value,
            "at_most": goal.target.at_most,
            **asdict(standing(engine, selection, goal, selection.span)),
        }
        for goal in goals
    ]
    columns = ["metric", "name", "period", "first_day", "last_day", "target", "at_most", *Standing.__annotations__]
    return pd.DataFrame(rows, columns=columns).sort_values(["metric", "name"], kind="stable", ignore_index=True)


def with_targets(figures: pd.DataFrame, against: pd.DataFrame) -> pd.DataFrame:
    """Key figures (one row per metric) with how the first target of each stands: target, progress, needed_per_day,
    chance; as they are where no metric has one."""
    first = against[against["metric"].isin(figures["metric"])].drop_duplicates("metric")
    if first.empty:
        return figures
    return figures.merge(first[["metric", *KPI_COLUMNS]], on="metric", how="left")


def along_time(engine: Engine, selection: Resolved, metric: str, goals: Sequence[Goal]) -> np.ndarray | None:
    """What the targets of a metric ask of each period of a time chart; None where there are none.

    Of a metric that adds up: the target's usual course by day (chance.shape), added up over the period, blank where
    targets do not cover all of its days; a shorter target counts before a longer one of the same days. Of any other:
    the value of the target in whose days the period lies. Hours have none.
    """
    own = [g.target for g in goals if g.target.metric == metric]
    first_title = min((t.title for t in own), default="")
    own = sorted((t for t in own if t.title == first_title), key=lambda t: -t.span.days)
    if not own or selection.grain == "hour":
        return None
    edges = selection.calendar.edges(selection.span, selection.grain)
    shown = TimeRange(edges[0], edges[-1])
    asked = np.full(shown.days, np.nan)
    series = _daily(engine, selection, own[0]) if own[0].adds_up else None
    for target in own:  # the shortest last
        part = target.span.clipped(shown)
        course = np.full(target.span.days, target.value)
        if series is not None:
            course = course * shape(series, target.span)
        inside, begin = _place(part, target.span), _place(part, shown)
        asked[begin : begin + part.days] = course[inside : inside + part.days]
    bounds = (edges - shown.start).astype(int)
    each = [asked[a:b] for a, b in pairwise(bounds)]
    if series is not None:
        return np.array([days.sum() for days in each])
    return np.array([days[0] if (days == days[0]).all() else np.nan for days in each])


def _place(part: TimeRange, whole: TimeRange) -> int:
    """At which day of the whole the part begins."""
    return int((part.start - whole.start).astype(int))
