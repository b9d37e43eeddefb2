"""The retail calendar: years of whole weeks, whose quarters have periods of 4, 4 and 5 weeks or in another order.

A year begins on the data set's first weekday, on the one nearest to the first day of its fiscal month. So it has 52
weeks, or 53 every five or six years; the 53rd belongs to the last period. With weeks from Sunday and a year from
February, this is the calendar that shops in the United States use: its year 2023 is 29 January 2023 to 3 February 2024,
53 weeks.

Periods are counted through all years: number 12 × year + 0 … 11, where `year` is the one in whose fiscal month the
retail year begins.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from analytics.calendar.days import Calendar, Day, TimeRange

Unit = Literal["period", "quarter", "year"]
SIZES: Final[dict[Unit, int]] = {"year": 12, "quarter": 3, "period": 1}  # in periods, largest first
PATTERNS: Final = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}  # weeks of a quarter's periods
USUAL: Final = "4-4-5"  # what words about periods mean in a data set that declares no pattern


def year_start(calendar: Calendar, year: int) -> Day:
    """First day of the retail year that begins near the first of the fiscal month of this year."""
    nominal = np.datetime64(f"{year:04d}-{calendar.fiscal_start:02d}-01", "D")
    middle = nominal + np.timedelta64(3, "D")  # its week begins at most three days before or after `nominal`
    return calendar.floor(np.array([middle]), "week")[0]  # type: ignore[no-any-return]


def start(calendar: Calendar, number: int) -> Day:
    """First day of the period of this number."""
    year, index = divmod(number, 12)
    weeks = PATTERNS[calendar.weeks or USUAL] * 4
    return year_start(calendar, year) + np.timedelta64(7 * sum(weeks[:index]), "D")


def number_of(calendar: Calendar, day: Day) -> int:
    """The number of the period that the day falls in."""
    year = int(str(day)[:4])
    while year_start(calendar, year) > day:
        year -= 1
    if year_start(calendar, year + 1) <= day:  # a year may begin in the last days of December
        year += 1
    return next(n for n in range(12 * year + 11, 12 * year - 1, -1) if start(calendar, n) <= day)


def floor(calendar: Calendar, day: Day, unit: Unit) -> int:
    """The number of the first period of the period, quarter or year that the day falls in."""
    number = number_of(calendar, day)
    return number - number % SIZES[unit]


def days_of(calendar: Calendar, number: int, unit: Unit) -> TimeRange:
    """The days of the period, quarter or year whose first period has this number."""
    return TimeRange(start(calendar, number), start(calendar, number + SIZES[unit]))


def unit_of(calendar: Calendar, span: TimeRange) -> tuple[Unit, int] | None:
    """The period, quarter or year that is exactly this range, with the number of its first period; None for any other
    range, and where the data set has no retail calendar."""
    if not calendar.weeks or not span.days:
        return None
    for unit in SIZES:
        number = floor(calendar, span.start, unit)
        if days_of(calendar, number, unit) == span:
            return unit, number
    return None


def name(calendar: Calendar, number: int, unit: Unit) -> str:
    """'P11 2025', 'Q4 2025' or '2025'. A year is named as the trade does: by the calendar year in which it begins where
    that is about January or February, else by the one in which it ends."""
    year, index = divmod(number, 12)
    shown = year if calendar.fiscal_start <= 2 else year + 1
    if unit == "year":
        return str(shown)
    return f"P{index + 1} {shown}" if unit == "period" else f"Q{index // 3 + 1} {shown}"
