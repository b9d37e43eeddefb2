"""Time ranges in words, and the dates that they mean for the days that data cover."""

from __future__ import annotations

import re

import numpy as np

from analytics.calendar import GREGORIAN, Calendar, Day, Grain, TimeRange, add_months, whole_months
from analytics.errors import RequestError

PRESETS: dict[str, str] = {
    "all": "All time",
    "last_7d": "Last 7 days",
    "last_30d": "Last 30 days",
    "last_90d": "Last 90 days",
    "last_12m": "Last 12 months",
    "mtd": "Month to date",
    "qtd": "Quarter to date",
    "ytd": "Year to date",
    "last_month": "Last month",
    "last_quarter": "Last quarter",
    "last_year": "Last year",
}
COMPARISONS: dict[str, str] = {"previous": "vs previous period", "year": "vs previous year", "none": "no comparison"}

_LAST_DAYS = {"last_7d": 7, "last_30d": 30, "last_90d": 90}
_PERIODS: dict[str, tuple[Grain, int]] = {  # the last complete periods; 0: the period that has begun
    "last_12m": ("month", 12),
    "mtd": ("month", 0),
    "qtd": ("quarter", 0),
    "ytd": ("year", 0),
    "last_month": ("month", 1),
    "last_quarter": ("quarter", 1),
    "last_year": ("year", 1),
}
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


def parse_span(text: str) -> TimeRange:
    """The range that '2019-03-01..2019-06-01' writes: March to May, the end is not included. RequestError for text of
    any other form."""
    match = _SPAN.fullmatch(text)
    where = "URL parameter 'range'"
    hint = f"Expected 2019-03-01..2019-06-01 (the end not included) or one of {', '.join(PRESETS)}."
    if not match:
        raise RequestError(f"{text[:60]!r} is not a range.", where=where, hint=hint)
    try:
        start, end = (np.datetime64(t, "D") for t in match.groups())
    except ValueError:
        raise RequestError(f"{text!r} names a day that does not exist.", where=where, hint=hint) from None
    if not start < end:
        raise RequestError(f"{text!r} ends before it begins.", where=where, hint=hint)
    return TimeRange(start, end)


def range_of(word: str, covered: TimeRange, until: Day, calendar: Calendar) -> TimeRange:
    """The days that a preset or a written range means.

    Presets count back from `until`, the end of the complete days of the data, and never from today. Raises RequestError
    as `parse_span` does.
    """
    if word not in PRESETS:
        return parse_span(word)
    if word == "all":
        return covered
    if word in _LAST_DAYS:
        return TimeRange(until - np.timedelta64(_LAST_DAYS[word], "D"), until)
    grain, periods = _PERIODS[word]
    last = until - np.timedelta64(1, "D")
    begin = calendar.floor(np.array([last]), grain)[0]
    if periods == 0:
        return TimeRange(begin, until)
    end = until if calendar.next(begin, grain) == until else begin  # of the last complete period
    return TimeRange(calendar.next(end, grain, -periods), end)


def base_of(
    span: TimeRange, compare: str, covered: TimeRange, word: str = "", calendar: Calendar = GREGORIAN
) -> tuple[str, TimeRange | None]:
    """What a range is compared with: the comparison's name and its days.

    The data must have all days of a base: "year" falls back to "previous", and that to "none". `word`: the preset that
    the range is of, as a month to date is compared with the same days of the month before.
    """
    if span.days == 0 or compare == "none":
        return "none", None
    months = whole_months(span)
    previous = _previous(span, months, word, calendar)
    year_start = add_months(span.start, -12)
    year_end = add_months(span.end, -12) if months else year_start + np.timedelta64(span.days, "D")
    candidates = {"year": TimeRange(year_start, year_end), "previous": previous}
    for name in (compare, "previous"):
        if candidates[name].within(covered):
            return name, candidates[name]
    return "none", None


def _previous(span: TimeRange, months: int, word: str, calendar: Calendar) -> TimeRange:
    """The range of equal length before; of a period to date, the same days of the period before, as far as it has
    them."""
    grain, periods = _PERIODS.get(word, ("day", 1))
    if periods == 0 and calendar.floor(np.array([span.start]), grain)[0] == span.start:
        start = calendar.next(span.start, grain, -1)
        whole = calendar.next(span.start, grain) == span.end
        return TimeRange(start, span.start if whole else min(start + np.timedelta64(span.days, "D"), span.start))
    return TimeRange(add_months(span.start, -months), span.start) if months else span.shifted(-span.days)
