"""The retail calendar against one that counts day by day, and the ranges and comparisons that follow from it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest

from analytics.calendar import Calendar, TimeRange, retail
from analytics.ranges import PRESETS, base_of, offered, range_of
from analytics.selection import Bounds, Selection

US = Calendar(week_start=6, fiscal_start=2, weeks="4-5-4")
LONG_YEARS = {2000, 2006, 2012, 2017, 2023}  # with 53 weeks in the calendar of shops in the United States
COVERED = TimeRange(np.datetime64("2015-01-01"), np.datetime64("2026-01-01"))


def D(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def nearest(weekday: int, to: date) -> date:
    """The day of this weekday that is nearest to a day: the slow way."""
    around = (to + timedelta(days=n) for n in range(-3, 4))
    return next(day for day in around if day.weekday() == weekday)


def counted(calendar: Calendar, year: int) -> dict[str, int]:
    """The period, 0 … 11, of each day of a retail year, counted week by week."""
    day, end = (nearest(calendar.week_start, date(y, calendar.fiscal_start, 1)) for y in (year, year + 1))
    lengths = [int(n) for n in calendar.weeks.split("-")] * 4
    found, index, left = {}, 0, lengths[0]
    while day < end:
        for n in range(7):
            found[str(day + timedelta(days=n))] = index
        day, left = day + timedelta(days=7), left - 1
        if left == 0 and index < 11:
            index, left = index + 1, lengths[index + 1]
    return found


@pytest.mark.parametrize("weeks", retail.PATTERNS)
def test_every_day_is_in_the_period_that_counting_gives(weeks: str) -> None:
    for first_day, month, year in product((0, 6), (1, 2, 10), (2022, 2023, 2024)):
        calendar = Calendar(first_day, month, weeks)
        for day, index in list(counted(calendar, year).items())[:: 5 if year == 2022 else 11]:
            assert retail.number_of(calendar, D(day)) == 12 * year + index, (calendar, day)


def test_the_years_of_53_weeks_are_those_of_the_trade() -> None:
    lengths = {year: retail.days_of(US, 12 * year, "year").days // 7 for year in range(2000, 2026)}
    assert {year for year, weeks in lengths.items() if weeks == 53} == LONG_YEARS
    assert set(lengths.values()) == {52, 53}
    year = retail.days_of(US, 12 * 2023, "year")
    assert str(year) == "2023-01-29..2024-02-04"
    assert retail.days_of(US, 12 * 2023 + 11, "period").days == 35, "the 53rd week is of the last period"
    assert [retail.days_of(US, 12 * 2022 + n, "period").days // 7 for n in range(12)] == [4, 5, 4] * 4


def test_parts_of_the_year_have_names_and_are_found_by_their_days() -> None:
    for unit, name in (("period", "P11 2023"), ("quarter", "Q4 2023"), ("year", "2023")):
        number = retail.floor(US, D("2023-12-24"), unit)  # type: ignore[arg-type]
        days = retail.days_of(US, number, unit)  # type: ignore[arg-type]
        assert retail.unit_of(US, days) == (unit, number)
        assert retail.name(US, number, unit) == name  # type: ignore[arg-type]
        assert retail.unit_of(US, days.shifted(7)) is None
        assert retail.unit_of(Calendar(6, 2), days) is None, "a data set without a retail calendar"
    autumn = Calendar(0, 10, "4-4-5")
    assert retail.name(autumn, retail.number_of(autumn, D("2025-10-15")), "period") == "P1 2026"


@pytest.mark.parametrize(
    ("word", "until", "span", "previous", "year"),
    [
        # P10 of 2023 begins on 29 October: four weeks, of 4-5-4 the first
        ("period_to_date", "2023-11-08", "2023-10-29..2023-11-08", "2023-10-01..2023-10-11", "2022-10-30..2022-11-09"),
        ("last_period", "2023-11-08", "2023-10-01..2023-10-29", "2023-08-27..2023-10-01", "2022-10-02..2022-10-30"),
        ("last_period", "2023-10-29", "2023-10-01..2023-10-29", "2023-08-27..2023-10-01", "2022-10-02..2022-10-30"),
        ("retail_qtd", "2023-11-08", "2023-10-29..2023-11-08", "2023-07-30..2023-08-09", "2022-10-30..2022-11-09"),
        (
            "last_retail_quarter", "2023-11-08", "2023-07-30..2023-10-29",
            "2023-04-30..2023-07-30", "2022-07-31..2022-10-30",
        ),
        (
            "last_retail_year", "2024-02-04", "2023-01-29..2024-02-04",
            "2022-01-30..2023-01-29", "2022-01-30..2023-01-29",
        ),
        ("retail_ytd", "2023-02-03", "2023-01-29..2023-02-03", "2022-01-30..2022-02-04", "2022-01-30..2022-02-04"),
    ],
)  # fmt: skip
def test_ranges_in_words_are_compared_with_the_same_part_before(
    word: str, until: str, span: str, previous: str, year: str
) -> None:
    found = range_of(word, COVERED, D(until), US)
    assert str(found) == span
    assert [str(base_of(found, kind, COVERED, word, US)[1]) for kind in ("previous", "year")] == [previous, year]
    if word.startswith("last_"):
        assert str(base_of(found, "previous", COVERED, "", US)[1]) == previous, "the same days, chosen as dates"


def test_words_of_the_fiscal_and_the_retail_calendar_are_offered_where_they_mean_something() -> None:
    assert set(offered(Calendar())) | set(offered(Calendar(0, 4, "4-4-5"))) == set(PRESETS)
    assert "last_period" not in offered(Calendar())
    assert "last_calendar_year" not in offered(Calendar())
    fiscal = offered(Calendar(fiscal_start=4))
    assert (fiscal["last_year"], fiscal["last_calendar_year"]) == ("Last fiscal year", "Last calendar year")
    bounds = Bounds(D("2023-01-01"), D("2025-06-11"), D("2025-06-11"))
    spans = {w: str(Selection("x", w).resolve(bounds, Calendar(fiscal_start=4)).span) for w in fiscal}
    assert spans["last_year"] == "2024-04-01..2025-04-01"
    assert spans["last_calendar_year"] == "2024-01-01..2025-01-01"
    assert spans["calendar_ytd"] == "2025-01-01..2025-06-11"
    assert spans["yesterday"] == "2025-06-10..2025-06-11"
    told = Selection("x", "calendar_ytd").resolve(bounds, Calendar(fiscal_start=4))
    assert str(told.base) == "2024-01-01..2024-06-10", "as many days of the year before"
