"""A rule tried on the past before it is kept: how often it would have fired, when, and what to make of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from analytics.engines.base import Engine
from analytics.methods.alarms.alerts import AlertRule, back_test
from analytics.questions import outlook
from analytics.selection import Resolved
from dashboard.alerts import judging
from dashboard.alerts.conditions import Age, Condition, Stock, sentence
from dashboard.text.formats import formats_of

MOST_SHOWN = 12
MANY_A_YEAR: Final = 26  # more often than every second week, nobody reads it


@dataclass(frozen=True)
class Trial:
    """What came of it: a sentence, each time it would have fired (the newest first), advice ("": none), and the
    condition in words, so that one sees what one typed."""

    sentence: str
    times: Sequence[str] = ()
    advice: str = ""
    condition: str = ""


def trial(condition: Condition, engine: Engine, selection: Resolved, today: date) -> Trial:
    """Try a condition on the last twelve months of the data. `selection`: all time, with the rule's filters.

    Raises a StoresightError where the data do not have what it watches.
    """
    return replace(_trial(condition, engine, selection, today), condition=sentence(condition, engine))


def _trial(condition: Condition, engine: Engine, selection: Resolved, today: date) -> Trial:
    if isinstance(condition, Age):
        last = selection.bounds.complete.last
        shown = formats_of(engine.profile).day(last)
        old = judging.age(last, today)
        now = "It fires now." if old > condition.days else "It does not fire now."
        days = "1 day" if old == 1 else f"{old} days"
        return Trial(f"{now} The data end on {shown}, {days} ago. When data came in the past is not known.")
    if isinstance(condition, Stock):
        names = judging.low_stock(condition, engine, selection)
        number = "no product" if not names else f"{len(names)} product{'' if len(names) == 1 else 's'}"
        told = f"At the last count it would have named {number}. You get a message when another one joins them."
        return Trial(told, [*names[:MOST_SHOWN], *_more(len(names) - MOST_SHOWN)])
    return _tried(condition, engine, selection)


def _tried(condition: AlertRule, engine: Engine, selection: Resolved) -> Trial:
    f = formats_of(engine.profile)
    history = outlook.history_for(engine, selection, condition)
    found = back_test(condition, history, holidays=outlook.known_events(engine))
    if not found.tested:
        return Trial("It cannot be tried: no period of the last twelve months could fire.", (), "Choose another one.")
    months = "last month" if round(found.months) == 1 else f"last {found.months:.0f} months"
    times = {0: "never have fired", 1: "have fired once", 2: "have fired twice"}.get(
        found.fired, f"have fired {found.fired} times"
    )
    now = " It fires now: you get a message when it fires again." if found.firing_now else ""
    sentences = judging.describe(condition, found.firings, f)
    advice = ""
    if found.fired * 12 > MANY_A_YEAR * max(found.months, 1.0):
        advice = "That is often. A stricter limit tells only what matters."
    elif not found.fired and condition.when == "threshold":
        values = history.summed(condition.grain).values[-found.tested :]
        low, high = (f.metric(condition.metric, float(value)) for value in (np.nanmin(values), np.nanmax(values)))
        advice = f"The lowest value was {low}, the highest {high}."
    rest = _more(len(sentences) - MOST_SHOWN)
    return Trial(f"In the {months} it would {times}.{now}", [*sentences[:MOST_SHOWN], *rest], advice)


def _more(number: int) -> list[str]:
    return [f"And {number} more."] if number > 0 else []
