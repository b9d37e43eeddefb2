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
FEWEST_TO_TELL = 12  # … to tell a season that adds from one that multiplies
CLEARLY = 4.0  # standard errors: the weeks are not independent


@dataclass(frozen=True)
class Year:
    """How a grain looks a year back, all in periods: `lag`, a year of whole seasons; `width`, over how many neighbours
    last year's course is averaged; `recent`, how many of the last ones give the level; `least`, the fewest that do.
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
    ones a year before (plus their difference, where the season adds rather than multiplies), averaged with the courses
    of two more years where they are known, and with the pattern of the short `season` of late (where one repeats). One
    row per history, `horizon` columns (at most `year.lag`); NaN where a history is shorter than `year.needs`, or where
    last year's level is not above zero or differs more than fivefold.
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
    pairs = [(smooth[n - lag : n - lag + horizon], then) for lag, then in zip(lags, thens, strict=True) if then > 0]
    if _adds(history, year):
        courses = [course + (now - then) for course, then in pairs]
    else:
        courses = [course * now / then for course, then in pairs]
    ahead = np.asarray(np.mean(courses, axis=0))
    return ahead if pattern is None else pattern.restored(ahead, n)


def resemblance(history: np.ndarray, year: Year) -> float:
    """How much of the ups and downs since this time last year did the year before show too?

    The part (at most 1) of the variance of this year's averages over `width` neighbours that last year's, at this
    year's level, explain. Below 0: last year says less than the mean does. NaN where the years share too little.
    """
    if len(history) - year.lag < FEWEST_COMPARED * year.width:
        return np.nan
    now, then = _side_by_side(history, year)
    spread = ((now - now.mean()) ** 2).sum()
    if not spread > 0 or not then.sum() > 0:
        return np.nan
    return float(1 - ((now - then * now.sum() / then.sum()) ** 2).sum() / spread)


def _adds(history: np.ndarray, year: Year) -> bool:
    """Whether the season adds the same each year, rather than growing with the level: by how much this year rises where
    the last one rose by one (least squares, beside a bent trend) is clearly nearer to 1 than to the levels' ratio.
    """
    if len(history) - year.lag < FEWEST_TO_TELL * year.width:
        return False
    now, then = _side_by_side(history, year)
    if not then.mean() > 0 or not then.std() > 0:
        return False
    ratio = float(now.mean() / then.mean())
    time = np.linspace(-1, 1, len(then))
    terms = np.column_stack([then, np.ones(len(then)), time, time**2])
    solution = np.linalg.lstsq(terms, now, rcond=None)[0]
    left = now - terms @ solution
    error = np.sqrt(left @ left / (len(now) - 4) * np.linalg.pinv(terms.T @ terms)[0, 0])
    short = ((1 + ratio) / 2 - solution[0]) * np.sign(ratio - 1)
    return bool(short > CLEARLY * error)


def _side_by_side(history: np.ndarray, year: Year) -> tuple[np.ndarray, np.ndarray]:
    """Averages over `width` neighbours since this time last year, and those of the year before."""
    shared = (len(history) - year.lag) // year.width * year.width
    now = history[-shared:].reshape(-1, year.width).mean(axis=1)
    then = history[-shared - year.lag : len(history) - year.lag].reshape(-1, year.width).mean(axis=1)
    return now, then


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
