"""What a range is compared with, in words: 'vs the month before', 'vs the same month last year'."""

from __future__ import annotations

import numpy as np

from analytics.calendar import Grain, retail, whole_months
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
NO_COMPARISON = "No comparison"


def comparison_labels(word: str, now: Resolved) -> dict[str, str]:
    """Each comparison that can be chosen for the range, with its words. `word`: the range as the address has it."""
    before, year = _spoken(word, now)
    return {"previous": f"vs {before}", "year": f"vs {year}", "none": NO_COMPARISON}


def _spoken(word: str, now: Resolved) -> tuple[str, str]:
    """The time before the range, and the same time a year earlier."""
    unit = _unit(now)
    if word in TO_DATE and unit != TO_DATE[word]:
        part = TO_DATE[word]
        last = "the same days last year"
        return (last, last) if part == "year" else (f"the same days of the {part} before", last)
    if unit:
        return f"the {unit} before", "the year before" if unit == "year" else f"the same {unit} last year"
    months = whole_months(now.span)
    if months:
        return f"the {months} months before", "the same months last year"
    days = now.span.days
    return (
        ("the day before", "the same day last year")
        if days == 1
        else (f"the {days} days before", "the same days last year")
    )


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
