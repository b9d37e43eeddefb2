"""What a range is compared with, in words: 'vs the month before', 'vs the same month last year'."""

from __future__ import annotations

import numpy as np

from analytics.calendar import Grain, retail, whole_months
from analytics.language import N_, _
from analytics.selection import Resolved

# Of ranges that end with the last complete day and not with their period: the period that has begun.
TO_DATE = {
    "mtd": "month",
    "qtd": "quarter",
    "ytd": "year",
    "calendar_ytd": "year",
    "period_to_date": "period",
    "retail_qtd": "quarter",
    "retail_ytd": "year",
}
NO_COMPARISON = N_("No comparison")
BEFORE = {
    "week": N_("vs the week before"),
    "month": N_("vs the month before"),
    "period": N_("vs the period before"),
    "quarter": N_("vs the quarter before"),
    "year": N_("vs the year before"),
}
LAST_YEAR = {
    "week": N_("vs the same week last year"),
    "month": N_("vs the same month last year"),
    "period": N_("vs the same period last year"),
    "quarter": N_("vs the same quarter last year"),
    "year": N_("vs the year before"),
}
SAME_DAYS_LAST_YEAR = N_("vs the same days last year")
SAME_DAYS = {
    "month": N_("vs the same days of the month before"),
    "period": N_("vs the same days of the period before"),
    "quarter": N_("vs the same days of the quarter before"),
    "year": SAME_DAYS_LAST_YEAR,
}


def comparison_labels(word: str, now: Resolved) -> dict[str, str]:
    """Each comparison that can be chosen for the range, with its words. `word`: the range as the address has it."""
    before, year = _spoken(word, now)
    return {"previous": str(before), "year": str(year), "none": str(NO_COMPARISON)}


def _spoken(word: str, now: Resolved) -> tuple[str, str]:
    """The time before the range, and the same time a year earlier."""
    unit = _unit(now)
    if word in TO_DATE and unit != TO_DATE[word]:
        return SAME_DAYS[TO_DATE[word]], SAME_DAYS_LAST_YEAR
    if unit:
        return BEFORE[unit], LAST_YEAR[unit]
    months = whole_months(now.span)
    if months:
        return _("vs the {months} months before", months=months), _("vs the same months last year")
    days = now.span.days
    if days == 1:
        return _("vs the day before"), _("vs the same day last year")
    return _("vs the {days} days before", days=days), SAME_DAYS_LAST_YEAR


def _unit(now: Resolved) -> str:
    """The period that the range is exactly: a month, a quarter, a year, a week or a period of the retail calendar; ""
    for any other range."""
    span, calendar = now.span, now.calendar
    if not span.days:
        return ""
    grains: tuple[Grain, ...] = ("month", "quarter", "year")
    for grain in grains:
        start = calendar.floor(np.array([span.start]), grain)[0]
        if calendar.period(start, grain) == span:
            return grain
    if whole_months(span) == 12 and str(span.start).endswith("-01-01"):
        return "year"
    found = retail.unit_of(calendar, span)
    return found[0] if found else ""
