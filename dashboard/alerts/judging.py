"""Does a rule fire on the data as they are now, and what is to be told of it?

A pure function of a rule, an engine (within what its owner may see) and today's date. Only periods that are complete,
and that were not judged before, are judged, so that each is told once; what was judged stays judged where late rows
change it. Days without any order at all, where there usually are some, are data that are missing: that is told, and no
figure is called low for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Day, Grain
from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.language import N_, _
from analytics.methods.alarms.alerts import AlertRule, evaluate
from analytics.questions import operations, outlook
from analytics.selection import Resolved, Selection
from dashboard.alerts.conditions import Age, Stock
from dashboard.alerts.rules import Rule
from dashboard.alerts.sentences import firing_sentence, period_name, stock_sentence, value_sentence
from dashboard.text.formats import Formats, formats_of
from dashboard.text.told import in_each, said

REMIND: Final[dict[Grain, int]] = {
    "day": 7,
    "week": 4,
    "month": 3,
}  # periods after which what still fires is told again
LOOKED_AT, FEWEST = 8, 3  # periods before, of the same weekday, that tell how many orders are to be expected; at least
SURE = 7.0  # orders to be expected, of which none came: the data are missing
MOST_LISTED = 2000  # products that are remembered as told
Kind = Literal["fired", "still", "over", "no data", "error"]


@dataclass(frozen=True)
class Event:
    """Something to tell. `period` and `kind` make it unique for its rule; `since` and `until`: the days it is about."""

    kind: Kind
    period: str
    text: str
    since: str = ""
    until: str = ""

    @property
    def key(self) -> str:
        """How deliveries name it."""
        return self.period if self.kind == "fired" else f"{self.period} {self.kind}"


@dataclass(frozen=True)
class Verdict:
    """What came of a check: the rule as it is afterwards, and what is to be told."""

    rule: Rule
    events: tuple[Event, ...] = ()


def judge(rule: Rule, engine: Engine, selection: Resolved, today: date) -> Verdict:
    """Check a rule. `selection`: all time with the rule's filters; `today`: in the data set's time zone.

    A rule that was never checked begins with what holds now and tells nothing: whoever made it has just seen it.
    Raises a StoresightError where the data do not have what it watches.
    """
    if isinstance(rule.condition, Age):
        return _judge_age(rule, rule.condition, selection, today, formats_of(engine.profile))
    if isinstance(rule.condition, Stock):
        return _judge_stock(rule, rule.condition, engine, selection)
    return _judge_series(rule, rule.condition, engine, selection)


def failed(rule: Rule, why: Callable[[], str], version: str) -> Verdict:
    """The rule could not be checked: told once, when that begins. `why` says it in the current language."""
    events = (
        () if rule.state == "error" else (Event("error", version, _("It cannot be checked: {reason}", reason=why())),)
    )
    return Verdict(replace(rule, state="error", note=in_each(why)), events)


# --- data that get old
def _judge_age(rule: Rule, condition: Age, selection: Resolved, today: date, f: Formats) -> Verdict:
    last = selection.bounds.complete.last
    old = age(last, today)

    def text() -> str:
        return _("The data are {days:day|days} old: they end on {day}.", days=old, day=f.day(last))

    note = in_each(text)
    first = rule.state == "new"
    if old > condition.days:
        told = Event("fired", str(last), text(), str(last), str(last))
        events = () if first or rule.told == str(last) else (told,)
        return Verdict(replace(rule, state="firing", told=str(last), checked=str(last), note=note), events)
    events = (Event("over", rule.told, _("There are data again, up to {day}.", day=f.day(last))),) if rule.told else ()
    return Verdict(replace(rule, state="ok", told="", checked=str(last), note=note), events)


def age(last: Day, today: date) -> int:
    """Days from the last complete day to today; data of yesterday are 1 day old."""
    return int((np.datetime64(today.isoformat(), "D") - last).astype(int))


# --- stock that runs out
def _judge_stock(rule: Rule, condition: Stock, engine: Engine, selection: Resolved) -> Verdict:
    names = low_stock(condition, engine, selection)
    new = [name for name in names if name not in rule.listed]
    text = stock_sentence(condition.days, new or names)
    day = str(selection.bounds.complete.last)
    mark = hashlib.sha256("\0".join(new).encode("utf-8", "replace")).hexdigest()[:12]
    events: tuple[Event, ...] = ()
    if new and rule.state != "new":
        events = (Event("fired", f"{day} {mark}", text, day, day),)
    elif rule.told and not names:
        events = (Event("over", rule.told, text),)
    told = f"{day} {mark}" if new else rule.told
    state = "firing" if names else "ok"
    kept = tuple(names[:MOST_LISTED])
    note = in_each(lambda: stock_sentence(condition.days, new or names))
    return Verdict(replace(rule, state=state, told=told if names else "", checked=day, listed=kept, note=note), events)


def low_stock(condition: Stock, engine: Engine, selection: Resolved) -> list[str]:
    """The products that meet the condition at the last count, the most urgent first. NotInData without stock."""
    if "stock" not in engine.schema.tables:
        raise NotInData(N_("{data} has no stock levels.", data=engine.profile.title))
    frame = operations.stock_cover(engine, selection, {}).frame
    low = (frame["on_hand"] <= 0) | (frame["cover_days"] < condition.days)
    return [str(name) for name in frame.loc[low & (frame["state"] != "discontinued"), "product"]]


# --- a metric that leaves its limits
def _judge_series(rule: Rule, condition: AlertRule, engine: Engine, selection: Resolved) -> Verdict:
    f, grain = formats_of(engine.profile), condition.grain
    by_day = cache(partial(outlook.daily, engine, selection))
    history = outlook.history_for(engine, selection, condition, by_day)
    seen = evaluate(condition, history, holidays=outlook.known_events(engine), bands=False)
    known = seen["value"].notna()  # a mean or a rate of no orders is not: it neither fires nor ends a firing
    if not known.any():
        return Verdict(replace(rule, state="no data", note=in_each(lambda: _("There is no complete period yet."))))
    missing = _missing(engine, selection, seen["period"], grain)
    last = str(seen["period"].iloc[-1])
    new = seen["period"] > rule.checked
    if not rule.checked or rule.state == "new":
        now = seen[known].tail(1)
        firing = bool(now["fired"].iloc[0]) and not missing[-1]
        note = in_each(
            lambda: firing_sentence(condition, now, f) if firing else value_sentence(condition, now.iloc[0], f)
        )
        state = "firing" if firing else "ok"
        return Verdict(replace(rule, state=state, checked=last, told=last if firing else "", note=note))
    if not new.any():
        return Verdict(rule)
    course = Course(rule.told, REMIND[grain], list(seen["period"]))
    usable = seen[new & known & ~missing]
    for row in usable.itertuples():
        course.step(str(row.period), fired=bool(row.fired))

    def happened() -> tuple[Event, ...]:
        return _events(rule, condition, course, usable, selection.calendar, f)

    events = happened()
    note = in_each(lambda: happened()[0].text) if events else rule.note
    if missing[-1]:
        place = len(missing) - int(missing[::-1].argmin())  # of the first that is missing to the end
        first, before = str(seen["period"].iloc[place]), str(seen["period"].iloc[place - 1])

        def text() -> str:
            return _("No orders at all since {period}: data are probably missing.", period=period_name(first, grain, f))

        if rule.state != "no data":
            events = (*events, Event("no data", first, text(), first, last))
        checked = max(rule.checked, before)  # what is missing is judged when it has come
        return Verdict(replace(rule, state="no data", checked=checked, told=course.told, note=in_each(text)), events)
    if not events and not course.told:
        note = in_each(lambda: value_sentence(condition, seen[known].iloc[-1], f))
    if not events and rule.state == "no data":
        events = (Event("over", f"{rule.checked} no data", _("There are data again. {latest}", latest=said(note))),)
    state = "firing" if course.told else "ok"
    return Verdict(replace(rule, state=state, checked=last, told=course.told, note=note), events)


class Course:
    """The state of a rule, period after period.

    `told`: the last period that was told, while it fires; `remind`: periods after which it is told again; `periods`:
    all of them, in order. `began`, `still`: periods to tell as new, or as going on; `ended`: when the last firing did.
    """

    def __init__(self, told: str, remind: int, periods: Sequence[str]) -> None:
        self.told, self._remind = told, remind
        self._place = {period: place for place, period in enumerate(periods)}
        self.began: list[str] = []
        self.still: list[str] = []
        self.ended = ""

    def step(self, period: str, *, fired: bool) -> None:
        """The next period."""
        if fired and not self.told:
            self.told, self.ended = period, ""
            self.began.append(period)
        elif fired and self._place[period] - self._place.get(self.told, -self._remind) >= self._remind:
            self.told = period
            self.still.append(period)
        elif not fired and self.told:
            self.told, self.ended = "", period


def _events(
    rule: Rule, condition: AlertRule, course: Course, new: pd.DataFrame, calendar: Calendar, f: Formats
) -> tuple[Event, ...]:
    fired = new[new["fired"]]
    ended = new[new["period"] == course.ended]
    over = _("Back to normal: {latest}", latest=value_sentence(condition, ended.iloc[0], f)) if len(ended) else ""
    if course.began or course.still:
        first, last = str(fired["period"].iloc[0]), str(fired["period"].iloc[-1])
        told: Kind = "fired" if course.began else "still"
        text = f"{firing_sentence(condition, fired, f)} {over}".strip()
        return (Event(told, last, text, first, _end(last, condition.grain, calendar)),)
    if course.ended and rule.told:
        return (Event("over", rule.told, value_sentence(condition, ended.iloc[0], f), course.ended, course.ended),)
    return ()


def _end(period: str, grain: Grain, calendar: Calendar) -> str:
    """The last day of a period."""
    return str(calendar.next(np.datetime64(period, "D"), grain) - np.timedelta64(1, "D"))


def _missing(engine: Engine, selection: Resolved, periods: pd.Series, grain: Grain) -> np.ndarray:
    """Which periods have no order in the whole of what the owner may see, though SURE orders were to be expected since
    the last one: chance alone leaves so many out less than once in a thousand times."""
    whole = outlook.daily(engine, engine.resolve(Selection(data=selection.data, range="all")), "orders")
    days = whole.index.to_numpy().astype("datetime64[D]")
    starts = periods.to_numpy().astype("datetime64[D]")
    days = days[days < selection.calendar.next(starts[-1], grain)]  # a period that has begun is not among them
    place = np.searchsorted(starts, days, side="right") - 1
    inside = place >= 0
    orders = np.bincount(place[inside], whole.to_numpy(float)[: len(days)][inside], minlength=len(starts))
    step = 7 if grain == "day" else 1  # each weekday has its own course
    found = np.zeros(len(starts), dtype=bool)
    expected = 0.0
    for number, count in enumerate(orders):
        if count:
            expected = 0.0
            continue
        before = orders[max(number - step * LOOKED_AT, 0) : number][::-1][step - 1 :: step]
        expected += float(before.mean()) if len(before) >= FEWEST else 0.0
        found[number] = expected >= SURE or (number > 0 and found[number - 1])
    return found
