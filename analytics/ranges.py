"""Time ranges in words, and the dates that they mean for the days that data cover."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from analytics.calendar import GREGORIAN, Calendar, Day, Grain, TimeRange, add_months, retail, whole_months
from analytics.calendar.retail import Unit
from analytics.errors import RequestError
from analytics.language import N_

PRESETS: dict[str, str] = {
    "yesterday": N_("Yesterday"),
    "last_7d": N_("Last 7 days"),
    "last_28d": N_("Last 28 days"),
    "last_30d": N_("Last 30 days"),
    "last_90d": N_("Last 90 days"),
    "last_12m": N_("Last 12 months"),
    "mtd": N_("Month to date"),
    "qtd": N_("Quarter to date"),
    "ytd": N_("Year to date"),
    "last_month": N_("Last month"),
    "last_quarter": N_("Last quarter"),
    "last_year": N_("Last year"),
    "calendar_ytd": N_("Calendar year to date"),
    "last_calendar_year": N_("Last calendar year"),
    "period_to_date": N_("Period to date"),
    "last_period": N_("Last period"),
    "retail_qtd": N_("Retail quarter to date"),
    "last_retail_quarter": N_("Last retail quarter"),
    "retail_ytd": N_("Retail year to date"),
    "last_retail_year": N_("Last retail year"),
    "all": N_("All time"),
}
# What some presets are called where the fiscal year does not begin in January.
FISCAL: dict[str, str] = {
    "qtd": N_("Fiscal quarter to date"),
    "ytd": N_("Fiscal year to date"),
    "last_quarter": N_("Last fiscal quarter"),
    "last_year": N_("Last fiscal year"),
}
COMPARISONS: dict[str, str] = {
    "previous": N_("vs previous period"),
    "year": N_("vs previous year"),
    "none": N_("no comparison"),
}

_LAST_DAYS = {"yesterday": 1, "last_7d": 7, "last_28d": 28, "last_30d": 30, "last_90d": 90}
_PERIODS: dict[str, tuple[Grain, int]] = {  # the last complete periods; 0: the period that has begun
    "last_12m": ("month", 12),
    "mtd": ("month", 0),
    "qtd": ("quarter", 0),
    "ytd": ("year", 0),
    "last_month": ("month", 1),
    "last_quarter": ("quarter", 1),
    "last_year": ("year", 1),
    "calendar_ytd": ("year", 0),
    "last_calendar_year": ("year", 1),
}
_CALENDAR_YEARS = ("calendar_ytd", "last_calendar_year")  # from January, whatever the fiscal year
_RETAIL: dict[str, tuple[Unit, int]] = {  # the same of the retail calendar
    "period_to_date": ("period", 0),
    "last_period": ("period", 1),
    "retail_qtd": ("quarter", 0),
    "last_retail_quarter": ("quarter", 1),
    "retail_ytd": ("year", 0),
    "last_retail_year": ("year", 1),
}
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


def parse_span(text: str) -> TimeRange:
    """The range that '2019-03-01..2019-06-01' writes: March to May, the end is not included. RequestError for text of
    any other form."""
    match = _SPAN.fullmatch(text)
    where = N_("URL parameter 'range'")
    hint = N_("Expected 2019-03-01..2019-06-01 (the end not included) or one of {names}.", names=", ".join(PRESETS))
    if not match:
        raise RequestError(N_("{text} is not a range.", text=repr(text[:60])), where=where, hint=hint)
    try:
        start, end = (np.datetime64(t, "D") for t in match.groups())
    except ValueError:
        raise RequestError(
            N_("{text} names a day that does not exist.", text=repr(text)), where=where, hint=hint
        ) from None
    if not start < end:
        raise RequestError(N_("{text} ends before it begins.", text=repr(text)), where=where, hint=hint)
    return TimeRange(start, end)


def offered(calendar: Calendar) -> dict[str, str]:
    """The presets that mean something of their own in this calendar, in the order of a menu, and what they are called
    there. The others are read from an address all the same."""
    hidden = set(() if calendar.weeks else _RETAIL) | set(() if calendar.fiscal_start > 1 else _CALENDAR_YEARS)
    named = PRESETS | FISCAL if calendar.fiscal_start > 1 else PRESETS
    return {word: label for word, label in named.items() if word not in hidden}


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
    last = until - np.timedelta64(1, "D")
    if word in _RETAIL:
        return _retail_range(word, last, until, calendar)
    grain, periods = _PERIODS[word]
    calendar = _of_word(word, calendar)
    begin = calendar.floor(np.array([last]), grain)[0]
    if periods == 0:
        return TimeRange(begin, until)
    end = until if calendar.next(begin, grain) == until else begin  # of the last complete period
    return TimeRange(calendar.next(end, grain, -periods), end)


def _of_word(word: str, calendar: Calendar) -> Calendar:
    """The calendar in which a preset counts its years."""
    return replace(calendar, fiscal_start=1) if word in _CALENDAR_YEARS else calendar


def _retail_range(word: str, last: Day, until: Day, calendar: Calendar) -> TimeRange:
    unit, complete = _RETAIL[word]
    number = retail.floor(calendar, last, unit)
    days = retail.days_of(calendar, number, unit)
    if complete and days.end != until:
        days = retail.days_of(calendar, number - retail.SIZES[unit], unit)
    return days if complete else TimeRange(days.start, until)


def base_of(
    span: TimeRange, compare: str, covered: TimeRange, word: str = "", calendar: Calendar = GREGORIAN
) -> tuple[str, TimeRange | None]:
    """What a range is compared with: the comparison's name and its days.

    The data must have all days of a base: "year" falls back to "previous", and that to "none". `word`: the preset that
    the range is of, as a month to date is compared with the same days of the month before. A period, quarter or year of
    the retail calendar is compared with the one before or with that of the year before, whatever their weeks.
    """
    if span.days == 0 or compare == "none":
        return "none", None
    candidates = _retail_bases(span, word, calendar) or {
        "year": _year_before(span),
        "previous": _previous(span, word, _of_word(word, calendar)),
    }
    for name in (compare, "previous"):
        if candidates[name].within(covered):
            return name, candidates[name]
    return "none", None


def _year_before(span: TimeRange) -> TimeRange:
    """The same dates a year earlier: whole months for whole months, else as many days."""
    start = add_months(span.start, -12)
    end = add_months(span.end, -12) if whole_months(span) else start + np.timedelta64(span.days, "D")
    return TimeRange(start, end)


def _previous(span: TimeRange, word: str, calendar: Calendar) -> TimeRange:
    """The range of equal length before; of a period to date, the same days of the period before, as far as it has
    them."""
    months = whole_months(span)
    grain, periods = _PERIODS.get(word, ("day", 1))
    if periods == 0 and calendar.floor(np.array([span.start]), grain)[0] == span.start:
        start = calendar.next(span.start, grain, -1)
        whole = calendar.next(span.start, grain) == span.end
        return TimeRange(start, span.start if whole else min(start + np.timedelta64(span.days, "D"), span.start))
    return TimeRange(add_months(span.start, -months), span.start) if months else span.shifted(-span.days)


def _retail_bases(span: TimeRange, word: str, calendar: Calendar) -> dict[str, TimeRange] | None:
    """What a part of the retail calendar is compared with; None for any other range."""
    found = retail.unit_of(calendar, span)
    if found is None and (
        word not in _RETAIL or retail.start(calendar, retail.number_of(calendar, span.start)) != span.start
    ):
        return None
    unit, number = found or (_RETAIL[word][0], retail.number_of(calendar, span.start))
    bases = {}
    for name, before in (("previous", retail.SIZES[unit]), ("year", 12)):
        days = retail.days_of(calendar, number - before, unit)
        to_date = TimeRange(days.start, min(days.start + np.timedelta64(span.days, "D"), days.end))
        bases[name] = days if found else to_date
    return bases
