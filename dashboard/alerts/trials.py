"""A rule tried on the past before it is kept: how often it would have fired, when, and what to make of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from analytics.engines.base import Engine
from analytics.language import N_, _
from analytics.methods.alarms.alerts import AlertRule, back_test
from analytics.questions import outlook
from analytics.selection import Resolved
from dashboard.alerts import judging
from dashboard.alerts.conditions import Age, Condition, Stock, sentence
from dashboard.alerts.sentences import firing_sentences
from dashboard.text.formats import formats_of

MOST_SHOWN = 12
ONCE: Final = N_("It would have alerted you once in the last {months:month|months}.")
TWICE: Final = N_("It would have alerted you twice in the last {months:month|months}.")
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
        if old > condition.days:
            return Trial(_("It would alert you now: the data end on {day}, {days:day|days} ago.", days=old, day=shown))
        return Trial(_("It would not alert you now: the data end on {day}, {days:day|days} ago.", days=old, day=shown))
    if isinstance(condition, Stock):
        names = judging.low_stock(condition, engine, selection)
        told = _(
            "At the last count {products:product|products} would be named. You get a message when another one is.",
            products=len(names),
        )
        return Trial(told, [*names[:MOST_SHOWN], *_more(len(names) - MOST_SHOWN)])
    return _tried(condition, engine, selection)


def _tried(condition: AlertRule, engine: Engine, selection: Resolved) -> Trial:
    f = formats_of(engine.profile)
    history = outlook.history_for(engine, selection, condition)
    found = back_test(condition, history, holidays=outlook.known_events(engine))
    if not found.tested:
        return Trial(
            _("It cannot be tested: the last twelve months have too few periods."), (), _("Choose a shorter period.")
        )
    told = [_times(found.fired, round(found.months))]
    told += [_("It holds now: you get a message when it begins again.")] if found.firing_now else []
    sentences = firing_sentences(condition, found.firings, f)
    advice = ""
    if found.fired * 12 > MANY_A_YEAR * max(found.months, 1.0):
        advice = _("That is often. Choose a stricter limit to hear only about what matters.")
    elif not found.fired and condition.when == "threshold":
        values = history.summed(condition.grain).values[-found.tested :]
        low, high = (f.metric(condition.metric, float(value)) for value in (np.nanmin(values), np.nanmax(values)))
        advice = _("The lowest value was {low}, the highest {high}.", low=low, high=high)
    rest = _more(len(sentences) - MOST_SHOWN)
    return Trial(" ".join(told), [*sentences[:MOST_SHOWN], *rest], advice)


def _times(fired: int, months: int) -> str:
    if not fired:
        return _("It would not have alerted you in the last {months:month|months}.", months=months)
    if fired <= 2:
        told = ONCE if fired == 1 else TWICE
        return _(told, months=months)
    return _(
        "It would have alerted you {times:time|times} in the last {months:month|months}.", times=fired, months=months
    )


def _more(number: int) -> list[str]:
    return [_("And {number} more.", number=number)] if number > 0 else []
