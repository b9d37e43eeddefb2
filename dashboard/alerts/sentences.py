"""What is said of a rule that fires, or does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.calendar import Grain
from analytics.language import N_, _
from analytics.methods.alarms.alerts import AlertRule
from analytics.metrics import METRICS
from dashboard.text.formats import Formats

MOST_NAMED = 5  # days or products in one sentence
WHEN: Final = {
    "day": N_("on {period}"),
    "week": N_("in the week from {period}"),
    "month": N_("in {period}"),
}
EARLIER: Final = {
    "day": N_("And {number:earlier day|earlier days}."),
    "week": N_("And {number:earlier week|earlier weeks}."),
    "month": N_("And {number:earlier month|earlier months}."),
}
LONGER: Final = {
    "day": N_("It lasted {number:more day|more days}."),
    "week": N_("It lasted {number:more week|more weeks}."),
    "month": N_("It lasted {number:more month|more months}."),
}


def stock_sentence(days: int, names: Sequence[str]) -> str:
    """Of the products whose stock lasts less than these days: 'Stock for less than 7 days: Lamp and Vase.'"""
    listed = _listed(names)
    if not days:
        return _("Out of stock: {products}.", products=listed) if names else _("No product is out of stock.")
    if names:
        return _("Stock for less than {days:day|days}: {products}.", days=days, products=listed)
    return _("Every product has stock for at least {days:day|days}.", days=days)


def firing_sentence(condition: AlertRule, fired: pd.DataFrame, f: Formats) -> str:
    """'Revenue on 3 Jun 2026: $3,200.00, below $4,000.00.' of the firing periods, the newest first."""
    shown = fired.iloc[::-1].head(MOST_NAMED)
    parts = [_one(condition, row, f) for row in shown.to_dict("records")]
    others = len(fired) - len(shown)
    more = [_(EARLIER[condition.grain], number=others)] if others else []
    return " ".join([*parts, *more])


def _one(condition: AlertRule, row: Mapping[Any, Any], f: Formats) -> str:
    metric = METRICS[condition.metric]

    def shown(value: float) -> str:
        return f.metric(metric.name, float(value))

    said = {
        "metric": metric.label,
        "when": _when(str(row["period"]), condition.grain, int(row["days"]), f),
        "value": shown(row["value"]),
    }
    if condition.when == "threshold":
        if condition.below is not None and row["value"] < condition.below:
            return _("{metric} {when}: {value}, below {limit}.", **said, limit=shown(condition.below))
        return _("{metric} {when}: {value}, above {limit}.", **said, limit=shown(condition.above or 0.0))
    if condition.when == "change":
        said |= {"change": f.percent(abs(row["change"])), "before": shown(row["base"])}
        if row["change"] < 0:
            return _("{metric} {when}: {value}, down {change} from {before} in the period before.", **said)
        return _("{metric} {when}: {value}, up {change} from {before} in the period before.", **said)
    return _("{metric} {when}: {value}; about {expected} was expected.", **said, expected=shown(row["base"]))


def value_sentence(condition: AlertRule, row: pd.Series, f: Formats) -> str:
    """The value of a period that does not fire."""
    when, metric = _when(str(row["period"]), condition.grain, 1, f), METRICS[condition.metric]
    value = f.metric(metric.name, float(row["value"]))
    return _("{metric} {when}: {value}.", metric=metric.label, when=when, value=value)


def _when(period: str, grain: Grain, days: int, f: Formats) -> str:
    """'on 3 Jun 2026', 'in the week from 1 Jun 2026', 'in Jun 2026', 'in the 7 days to 3 Jun 2026'."""
    named = period_name(period, grain, f)
    if days > 1:
        return _("in the {days} days to {day}", days=days, day=named)
    return _(WHEN[grain], period=named)


def period_name(period: str, grain: Grain, f: Formats) -> str:
    """'3 Jun 2026' of a day, 'Jun 2026' of a month."""
    return f.period(np.datetime64(period, "D"), grain, period)


def _listed(names: Sequence[str]) -> str:
    """'A, B and 3 more'."""
    shown, others = names[:MOST_NAMED], len(names) - MOST_NAMED
    listed = ", ".join(shown)
    return _("{names} and {number} more", names=listed, number=others) if others > 0 else listed


def firing_sentences(condition: AlertRule, firings: pd.DataFrame, f: Formats) -> list[str]:
    """A sentence for each firing of a back-test (BackTest.firings), the newest first."""
    told = []
    for row in firings.iloc[::-1].to_dict("records"):
        others = int(row["periods"]) - 1
        more = [_(LONGER[condition.grain], number=others)] if others and row["days"] == 1 else []
        told.append(" ".join([_one(condition, row, f), *more]))
    return told
