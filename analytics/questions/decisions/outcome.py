"""What did a decision change? Measured by what it did not touch."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.language import N_
from analytics.methods.inference.effects import WEEK, Effect, measured
from analytics.questions.decisions.untouched import by_day, untouched
from analytics.selection import Clause, Resolved

HISTORY = 3 * 364  # days before a decision that are read
# Of several filters, the one whose other values are compared with: the finest things that one decides about first.
ORDER: Final = ("product", "category", "brand", "place", "city", "region", "country", "channel")
REASONS: Final = {
    "history": N_("There are too few days before it to tell the effect from chance."),
    "nothing": N_("None of it was sold before or after."),
    "controls": N_("Nothing else sold steadily enough to compare with."),
    "comparisons": N_("There are too few comparisons to know what chance does."),
}
EVERYTHING_TOUCHED: Final = N_(
    "It concerned everything, so nothing is left to compare with. Name the products or places it was about."
)


def outcome(
    engine: Engine, selection: Resolved, *, metric: str, days: TimeRange, touched: tuple[str, ...] = ()
) -> Answer:
    """What did a decision about the lines of this selection change, over the days from it to its check? Grain: one row.

    Columns: effect, low, high, needed_up, needed_down (% of what was expected without it), larger (placebos as large),
    comparisons (all placebos), actual, expected (the metric over the days), base_days. more["controls"]: the untouched
    values of the field that was compared, with their weights (%), largest first; more["field"]: that field;
    more["weeks"]: week (its first day; the decision begins one), after (whether it is the decision's or a later one),
    days (7, but for the last), actual, expected. `touched`: values of the field that other decisions touched, which do
    not serve.

    One clause of the selection says what was touched; the others hold for all. The method is methods.inference.effects.
    Raises NotEnoughData, with the reason, where nothing can be measured.
    """
    clause = _deciding(selection)
    if clause is None:
        raise NotEnoughData(EVERYTHING_TOUCHED)
    first = max(engine.bounds.start, days.start - np.timedelta64(HISTORY, "D"))
    span = TimeRange(first, days.end)
    if days.start <= first or days.end > engine.bounds.complete.end:
        raise NotEnoughData(REASONS["history"])
    whole = replace(selection.at(span), grain="day")
    others = whole.only(*(c for c in whole.clauses if c != clause))
    names, series = untouched(engine, others, clause, metric, days.start, touched)
    treated = by_day(engine.aggregate(["period"], [metric], whole), metric, span)
    start = int((days.start - first).astype(int))
    found = measured(treated, series, start, span.days) if len(names) else "controls"
    if isinstance(found, str):
        raise NotEnoughData(REASONS[found])
    more = {
        "controls": _controls(names, found),
        "field": pd.DataFrame({"field": [clause.field]}),
        "weeks": _weeks(treated, found, days),
    }
    return Answer(_row(found), more=more)


def _deciding(selection: Resolved) -> Clause | None:
    """The clause whose other values are untouched."""
    usable = [c for c in selection.clauses if not c.whole_orders]
    rank = {name: i for i, name in enumerate(ORDER)}
    return min(usable, key=lambda c: (rank.get(c.field, len(rank)), c.field), default=None)


def _row(found: Effect) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "effect": [found.change],
            "low": [found.low],
            "high": [found.high],
            "needed_up": [found.needed[0]],
            "needed_down": [found.needed[1]],
            "larger": [found.larger],
            "comparisons": [found.comparisons],
            "actual": [found.actual],
            "expected": [found.expected],
            "base_days": [found.base_days],
        }
    )


def _weeks(treated: np.ndarray, found: Effect, days: TimeRange) -> pd.DataFrame:
    """What was sold and what was expected, week by week."""
    length = len(found.course)
    starts = np.arange(0, length, WEEK)
    actual = treated[-length:]
    return pd.DataFrame(
        {
            "week": (days.end - length + starts).astype(str),
            "after": starts >= found.base_days,
            "days": np.minimum(WEEK, length - starts),
            "actual": np.add.reduceat(actual, starts),
            "expected": np.add.reduceat(found.course, starts),
        }
    )


def _controls(names: list[str], found: Effect) -> pd.DataFrame:
    frame = pd.DataFrame({"value": names, "weight": 100 * found.weights})
    return frame[frame["weight"] > 0].sort_values("weight", ascending=False, kind="stable").reset_index(drop=True)
