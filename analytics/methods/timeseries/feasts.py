"""Feasts: days that sell otherwise than the days around them, wherever the calendar puts them in a year.

Neither the recent level nor last year's course knows them: Easter moves by up to five weeks, Black Friday by one, and
Christmas falls on another weekday each year. What the day of a feast sold before, relative to the same weekday in the
weeks around it, is taken out of the history and put where that day falls next. It counts only where it stands out from
what ordinary days do (three standard deviations), and is shrunk by its own uncertainty (James & Stein 1961). A day on
which nothing was sold at the last feast, in a company that sells on nearly all others, is a closed one.

Known are the feasts of the table below, and dates on which nothing was sold in at least two years. Not known are feasts
of lunar calendars, such as Eid and Diwali, and school holidays. Source of the date of Easter: the algorithm of Butcher
and Jones, in Meeus, "Astronomical Algorithms" (1991), chapter 8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np

from analytics.calendar import Grain
from analytics.language import N_, english

DEVIATIONS = 3.0  # standard deviations of ordinary days beyond which a feast has an effect
WEEKS_AROUND = 2  # weeks before and after a day that say what is usual on it
LAST_TIMES = 3  # occurrences of a feast that are averaged
CLOSED = 0.02  # of the usual sales: no more means that nobody sold
SELDOM_EMPTY = 0.02  # of ordinary days without sales; with more, a day without sales is no sign of a closed one
OFTEN_EMPTY = 0.1  # of all days without sales; with more, no date is searched for closed ones
ORDINARY_DAYS = 28  # fewest, to say what is ordinary


def easter(year: int) -> date:
    """The Sunday of Easter in the Gregorian calendar."""
    a = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * a + century - leap_centuries - correction + 15) % 30
    leap_years, of_four = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * leap_years - moon - of_four) % 7
    late = (a + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _fixed(month: int, day: int, year: int) -> date:
    return date(year, month, day)


def _monday(month: int, year: int) -> date:
    """The first Monday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7)


@dataclass(frozen=True)
class Feast:
    """A feast: its name, the day on which it falls in a year, and which days around it may sell otherwise."""

    name: str
    day: Callable[[int], date]
    around: tuple[int, ...] = (0,)


FEASTS = (
    Feast(N_("Easter"), easter, (*range(-7, 2), 39, 49, 50, 60)),
    Feast(N_("Carnival"), easter, (-48, -47, -46)),
    Feast(N_("Black Friday"), black_friday, tuple(range(-4, 5))),
    Feast(N_("Christmas"), partial(_fixed, 12, 25), (-1, 0, 1)),
    Feast(N_("New Year"), partial(_fixed, 1, 1), (-1, 0, 1)),
    Feast(N_("Epiphany"), partial(_fixed, 1, 6)),
    Feast(N_("Valentine's Day"), partial(_fixed, 2, 14), (-1, 0)),
    Feast(N_("1 May"), partial(_fixed, 5, 1)),
    Feast(N_("4 July"), partial(_fixed, 7, 4)),
    Feast(N_("1 November"), partial(_fixed, 11, 1)),
    Feast(N_("the first Monday of May"), partial(_monday, 5)),
    Feast(N_("the last Monday of May"), partial(_monday, 6), (-7,)),
    Feast(N_("the last Monday of August"), partial(_monday, 9), (-7,)),
    Feast(N_("the first Monday of September"), partial(_monday, 9)),
)
FEAST_NAMES = {english(feast.name): feast.name for feast in FEASTS}
WEEKLY = ("Easter", "Black Friday", "Christmas")  # those that mark a week


@dataclass(frozen=True)
class Adjusted:
    """A history with usual values in place of its feasts'; for each period ahead the `factor` of its usual value, and
    the feast's `name` ("" where it is an ordinary one).
    """

    history: np.ndarray
    factor: np.ndarray
    name: tuple[str, ...]


@dataclass(frozen=True)
class Feasts:
    """Where each day of each feast falls in a series: places counted from its first period, in ascending order."""

    names: tuple[str, ...] = ()
    places: tuple[np.ndarray, ...] = ()

    def days(self, periods: int) -> np.ndarray:
        """Which of the first periods, up to this number, are those of a feast."""
        found = np.zeros(periods, dtype=bool)
        for places in self.places:
            found[places[places < periods]] = True
        return found

    def adjusted(self, history: np.ndarray, season: int, ahead: int) -> Adjusted:
        """What is this history without its feasts, and what do they do to the `ahead` periods after it?

        `season`: periods in a week, 1 where the series is by week. Only the history itself teaches; a feast that it has
        not seen changes nothing.
        """
        factor = np.ones(ahead)
        name = [""] * ahead
        n = len(history)
        ordinary = ~self.days(n)
        if not len(self.places) or ordinary.all() or ordinary.sum() < ORDINARY_DAYS:
            return Adjusted(history, factor, tuple(name))
        usual = _usual(history, ordinary, season)
        sells = usual > 0
        ratio = np.divide(history, usual, out=np.ones(n), where=sells)
        judged = ordinary & sells
        spread = float(ratio[judged].std()) if judged.any() else np.inf
        empty = float((history[ordinary] <= 0).mean())
        cleaned = history.copy()
        for feast, places in zip(self.names, self.places, strict=True):
            past = places[places < n]
            past = past[sells[past]][-LAST_TIMES:]
            effect = _effect(ratio[past], spread, empty)
            if effect == 1.0:
                continue
            cleaned[past] = usual[past]
            for step in places[(places >= n) & (places < n + ahead)] - n:
                if abs(effect - 1) > abs(factor[step] - 1):
                    factor[step] = effect
                    name[step] = feast
        return Adjusted(cleaned, factor, tuple(name))


NO_FEASTS = Feasts()


def feasts_of(days: np.ndarray, values: np.ndarray, grain: Grain) -> Feasts:
    """Which periods, beginning on these `days`, are those of feasts? `values` are those of the first ones.

    By day, every day around a feast is one; by week, the week that holds the feast; by month there are none.
    """
    if grain == "month" or not len(days):
        return NO_FEASTS
    years = range(days[0].astype("datetime64[D]").item().year, days[-1].item().year + 2)
    length = 7 if grain == "week" else 1
    named: list[tuple[str, np.ndarray]] = []
    for feast in FEASTS:
        if grain == "week" and feast.name not in WEEKLY:
            continue
        for offset in feast.around if grain == "day" else (0,):
            fall = [feast.day(year) + timedelta(days=offset) for year in years]
            named.append((feast.name, _places(days, np.array(fall, dtype="datetime64[D]"), length)))
    if grain == "day":
        named += [("", places) for places in _closed_dates(days, values)]
    found = [(name, places) for name, places in named if len(places)]
    return Feasts(tuple(name for name, _ in found), tuple(places for _, places in found))


def _places(days: np.ndarray, fall: np.ndarray, length: int) -> np.ndarray:
    """The places of the periods, each of this number of days, that hold these days."""
    place = np.searchsorted(days, fall, side="right") - 1
    held = (place >= 0) & (fall < days[place] + np.timedelta64(length, "D"))
    return np.asarray(place[held])


def _closed_dates(days: np.ndarray, values: np.ndarray) -> list[np.ndarray]:
    """The places of each date (day and month) on which nothing was sold in at least two years."""
    empty = np.flatnonzero(values <= 0)
    if len(empty) > OFTEN_EMPTY * len(values):
        return []
    dates = [day.item().timetuple()[1:3] for day in days]
    times = Counter(dates[place] for place in empty)
    twice = [found for found, number in times.items() if number > 1]
    return [np.array([place for place, found in enumerate(dates) if found == one]) for one in sorted(twice)]


def _usual(history: np.ndarray, ordinary: np.ndarray, season: int) -> np.ndarray:
    """The mean of the same weekday in the weeks around each day, before and after in equal parts, without feasts."""
    sides = np.array([_shifted(history, ordinary, season, sign) for sign in (-1, 1)])
    known = ~np.isnan(sides)
    total = np.where(known, sides, 0.0).sum(axis=0)
    return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), history))


def _shifted(history: np.ndarray, ordinary: np.ndarray, season: int, sign: int) -> np.ndarray:
    """The mean of the values one and two weeks before (−1) or after (1), NaN where none is ordinary."""
    n = len(history)
    total = np.zeros(n)
    count = np.zeros(n)
    for week in range(1, WEEKS_AROUND + 1):
        step = min(week * season, n)
        here = slice(step, None) if sign < 0 else slice(None, n - step)
        there = slice(None, n - step) if sign < 0 else slice(step, None)
        total[here] += np.where(ordinary[there], history[there], 0.0)
        count[here] += ordinary[there]
    return np.asarray(np.divide(total, count, out=np.full(n, np.nan), where=count > 0))


def _effect(ratio: np.ndarray, spread: float, empty: float) -> float:
    """What a feast makes of a usual day, 1 where nothing stands out; 0: closed. `ratio`: what it was the last times;
    `spread`: the standard deviation of the ratio of ordinary days; `empty`: their share without sales.
    """
    if not len(ratio):
        return 1.0
    if (ratio <= CLOSED).all():
        return 0.0 if empty <= SELDOM_EMPTY else 1.0
    apart = float(ratio.mean()) - 1
    noise = spread / float(np.sqrt(len(ratio)))
    if abs(apart) <= DEVIATIONS * noise:
        return 1.0
    return max(1 + apart - noise**2 / apart, 0.0)
