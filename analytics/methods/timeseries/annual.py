"""Last year's course at this year's level: the forecast that carries a season which no short pattern shows.

After a December, the days of last January, and not those of December, say how the year goes on. Where more years are
known, the courses of up to three are averaged, each relative to its own level. Source: the seasonal naive
forecast with a level adjustment, as in Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition,
sections 5.2 and 5.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.methods.timeseries.theta import Season, season_of

SEASONS = 12  # number of recent short seasons from which their pattern is determined
YEARS = 3  # number of earlier years whose courses are averaged
MOST_GROWTH = 5.0  # times last year's level: beyond, the two years are not of one business
FEWEST_COMPARED = 6  # averages over neighbours that two years must share to be compared


@dataclass(frozen=True)
class Year:
    """How a grain looks a year back, all in periods: `lag`, a year of whole seasons; `width`, over how many neighbours
    last year's course is averaged; `recent`, how many last ones give the level, at `least` so many.
    """

    lag: int
    width: int
    recent: int
    least: int

    @property
    def needs(self) -> int:
        """Periods that a history must have: a year, and what the level is measured by."""
        return self.lag + self.least + self.width // 2


def year_ago(histories: Sequence[np.ndarray], year: Year, season: int, horizon: int) -> np.ndarray:
    """What comes next, if the year goes on as the last one did, at the level of late?

    The course of last year, averaged over `width` neighbours, times the ratio of the last `recent` periods to the same
    ones a year before, averaged with the courses of two more years where they are known, and with the pattern of the
    short `season` of late (where one repeats). One row per history, `horizon` columns (at most `year.lag`); NaN where a
    history is shorter than `year.needs`, or where last year's level is not above zero or differs more than fivefold.
    """
    rows = np.full((len(histories), horizon), np.nan)
    for row, history in zip(rows, histories, strict=True):
        if len(history) >= year.needs:
            row[:] = _one(history, year, season, horizon)
    return rows


def _one(history: np.ndarray, year: Year, season: int, horizon: int) -> np.ndarray:
    n = len(history)
    recent = min(year.recent, n - year.lag)
    now = float(history[n - recent :].mean())
    known = range(1, YEARS + 1)
    lags = [k * year.lag for k in known if k == 1 or n - recent - k * year.lag >= year.width // 2]
    thens = [float(history[n - recent - lag : n - lag].mean()) for lag in lags]
    if not thens[0] > 0 or not 1 / MOST_GROWTH <= now / thens[0] <= MOST_GROWTH:
        return np.full(horizon, np.nan)
    pattern = _recent_pattern(history, season) if year.width > 1 else None
    flat = history if pattern is None else pattern.removed(history)
    smooth = _averaged(flat, year.width)
    pairs = zip(lags, thens, strict=True)
    courses = [smooth[n - lag : n - lag + horizon] * now / then for lag, then in pairs if then > 0]
    ahead = np.asarray(np.mean(courses, axis=0))
    return ahead if pattern is None else pattern.restored(ahead, n)


def resemblance(history: np.ndarray, year: Year) -> float:
    """How much of the ups and downs since this time last year did the year before show too?

    The part (at most 1) of the variance of this year's averages over `width` neighbours that last year's, at this
    year's level, explain. Below 0: last year says less than the mean does. NaN where the years share too little.
    """
    shared = (len(history) - year.lag) // year.width
    if shared < FEWEST_COMPARED:
        return np.nan
    now = history[-shared * year.width :].reshape(shared, year.width).mean(axis=1)
    then = history[-shared * year.width - year.lag : len(history) - year.lag].reshape(shared, year.width).mean(axis=1)
    spread = ((now - now.mean()) ** 2).sum()
    if not spread > 0 or not then.sum() > 0:
        return np.nan
    return float(1 - ((now - then * now.sum() / then.sum()) ** 2).sum() / spread)


def _recent_pattern(history: np.ndarray, season: int) -> Season | None:
    """The recent short season, beginning at the history's first place; None if there is none."""
    start = max(len(history) - SEASONS * season, 0)
    found = season_of(history[start:], season)
    return None if found is None else Season(np.roll(found.pattern, start % season), found.multiplies)


def _averaged(values: np.ndarray, width: int) -> np.ndarray:
    """Centred means over `width` neighbours, over fewer at the ends."""
    if width < 2:
        return values
    kernel = np.ones(width)
    sums = np.convolve(values, kernel, "same")
    return np.asarray(sums / np.convolve(np.ones(len(values)), kernel, "same"))
