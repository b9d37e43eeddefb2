"""What a stretch of days was to be expected to bring, from an earlier one of the same series, and how far such
expectations have missed before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.float64]
Stretch = tuple[int, int]  # the first day and the one after the last, as positions

WEEK = 7
TEACH = 13 * WEEK  # days before the stretch from which the weekdays are learnt
FEWEST_TEACH = 4 * WEEK
YEAR = 365.25  # days
YEARS = 3  # earlier years from which the season is learnt, at most
A_YEAR_AGO = 350  # days from the base, from which on it has the season of the stretch itself
FEWEST_TRIALS = 6  # earlier expectations from which the usual miss is learnt; fewer say nothing of its size
LEAST_MISS = 0.01  # of the expectation; nobody's days are as regular as a shorter record may look


@dataclass(frozen=True)
class Expectation:
    """`value`: what was to be expected, in the unit of the series. `seasons`: from how many earlier years the season is
    known, 0 where it is not. `miss`: how far earlier expectations of this sort were off, as a standard deviation of the
    logarithm, from `trials` of them; NaN where there are fewer than FEWEST_TRIALS. `p`: the probability of a miss as
    large as the actual one by chance; NaN where `miss` is."""

    value: float
    seasons: int
    miss: float
    trials: int
    p: float


def expectation(daily: Days, base: Stretch, now: Stretch) -> Expectation:
    """What days `now` of a series were to bring, given days `base` before them.

    The base's mean day × the weekdays of both stretches (from the thirteen weeks before `now`) × the season: how the
    same stretches of earlier years stood to each other, where the series reaches back so far and both are positive.
    Where the base is the stretch of a year before, the season is in it; then the level of the weeks before `now`
    against those of a year before takes its place. The same sum is made for all earlier stretches of this length
    that follow one another; their misses are the yardstick (Student's t), so that autocorrelation, season and
    heavy tails count as they did on these very data. Nothing positive in the base: value NaN.
    """
    length = now[1] - now[0]
    lag = now[0] - base[0]
    value, seasons = _expected(daily, base, now)
    misses = []
    for shift in range(length, now[0], length):
        earlier_base = (base[0] - shift, base[1] - shift)
        if earlier_base[0] < 0:
            break
        guess, known = _expected(daily, earlier_base, (now[0] - shift, now[1] - shift), seasons)
        actual = float(daily[now[0] - shift : now[1] - shift].sum())
        if guess > 0 and actual > 0 and min(known, 1) == min(seasons, 1):
            misses.append(np.log(actual / guess))
    if seasons and len(misses) < FEWEST_TRIALS and lag < A_YEAR_AGO:
        return _without_season(daily, base, now)
    return _judged(value, seasons, np.array(misses), float(daily[now[0] : now[1]].sum()))


def _without_season(daily: Days, base: Stretch, now: Stretch) -> Expectation:
    """The same from the base and the weekdays alone, whose usual miss holds the season."""
    length = now[1] - now[0]
    misses = []
    for shift in range(length, base[0] + 1, length):
        guess, _ = _expected(daily, (base[0] - shift, base[1] - shift), (now[0] - shift, now[1] - shift), 0)
        actual = float(daily[now[0] - shift : now[1] - shift].sum())
        if guess > 0 and actual > 0:
            misses.append(np.log(actual / guess))
    value, _ = _expected(daily, base, now, 0)
    return _judged(value, 0, np.array(misses), float(daily[now[0] : now[1]].sum()))


def _judged(value: float, seasons: int, misses: Days, actual: float) -> Expectation:
    from scipy.special import stdtr

    trials = len(misses)
    if trials < FEWEST_TRIALS or not value > 0 or not actual > 0:
        return Expectation(value, seasons, np.nan, trials, np.nan)
    miss = max(float(np.sqrt((misses**2).mean())), LEAST_MISS)
    t = abs(np.log(actual / value)) / (miss * np.sqrt(1 + 1 / trials))
    return Expectation(value, seasons, miss, trials, float(2 * stdtr(trials - 1, -t)))


def _expected(daily: Days, base: Stretch, now: Stretch, most: int = YEARS) -> tuple[float, int]:
    """The expectation, and from how many years its season is known; from `most` at most."""
    usual = _usual(daily, now[0])
    value = float(daily[base[0] : base[1]].sum()) * _weight(usual, now) / _weight(usual, base)
    if not value > 0:
        return np.nan, 0
    if now[0] - base[0] >= A_YEAR_AGO:
        return value * _level(daily, base, now), 0
    seasons = []
    for year in range(1, most + 1):
        shift = round(year * YEAR)
        if base[0] - shift < 0:
            break
        stretches = [(first - shift, end - shift) for first, end in (now, base)]
        sums = [float(daily[first:end].sum()) / _weight(usual, (first, end)) for first, end in stretches]
        if min(sums) > 0:
            seasons.append(np.log(sums[0] / sums[1]))
    return (value * float(np.exp(np.mean(seasons))), len(seasons)) if seasons else (value, 0)


def _usual(daily: Days, before: int) -> Days:
    """What each weekday usually brings, from the weeks before a day; all the same where those are too few."""
    teach = daily[max(0, before - TEACH) : before]
    weekday = (before - len(teach) + np.arange(len(teach))) % WEEK
    if len(teach) < FEWEST_TEACH or not teach.sum() > 0:
        return np.ones(WEEK)
    return np.asarray(np.bincount(weekday, teach, WEEK) / np.bincount(weekday, minlength=WEEK))


def _weight(usual: Days, stretch: Stretch) -> float:
    """What a stretch brings by its weekdays alone; its number of days where they bring nothing."""
    whole = float(usual[np.arange(*stretch) % WEEK].sum())
    return whole if whole > 0 else float(stretch[1] - stretch[0])


def _level(daily: Days, base: Stretch, now: Stretch) -> float:
    """The weeks before `now` against those before a base of a year ago; 1 where there are too few."""
    reach = min(TEACH, base[0]) // WEEK * WEEK
    if reach < FEWEST_TEACH:
        return 1.0
    before, after = (float(daily[at - reach : at].sum()) for at in (base[0], now[0]))
    return after / before if before > 0 and after > 0 else 1.0
