"""The Theta method in numpy, many histories at once, and the naive forecasts that it has to beat.

Sources: Assimakopoulos & Nikolopoulos 2000 (International Journal of Forecasting 16) for the method; Hyndman & Billah
2003 (same journal, 19) for its form as exponential smoothing with half the trend as drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SMOOTHING = np.concatenate([[0.01], np.linspace(0.02, 0.98, 25), [0.99]])  # weights to try for the newest value
SEASONAL_AT = 1.645  # the autocorrelation at one season must exceed its 90 % limit
FEW_SEASONS = 4
SEASONAL_AT_FEW = 1.0
SMALLEST_FACTOR = 0.01  # a multiplicative season below this would blow the division up: taken as additive


@dataclass(frozen=True)
class Season:
    """Repeating pattern: one factor (or summand) for each place within the season, the first value's place first."""

    pattern: np.ndarray
    multiplies: bool

    def removed(self, values: np.ndarray) -> np.ndarray:
        """The values without the season; the first is at the season's first place."""
        repeated = self.pattern[np.arange(len(values)) % len(self.pattern)]
        return np.asarray(values / repeated if self.multiplies else values - repeated)

    def restored(self, values: np.ndarray, start: int) -> np.ndarray:
        """The values with the season again; the first is at place `start`."""
        repeated = self.pattern[(start + np.arange(len(values))) % len(self.pattern)]
        return np.asarray(values * repeated if self.multiplies else values + repeated)


def season_of(history: np.ndarray, length: int) -> Season | None:
    """Which pattern of `length` periods repeats in this history, if any?

    A classical decomposition by centred moving average; multiplicative where every value is positive, additive
    otherwise. None where the history is shorter than two seasons, flat, or its autocorrelation at `length` is within
    the 90 % limit of noise (one standard error below four seasons, where that limit hides most real patterns).
    """
    n = len(history)
    if length < 2 or n < 2 * length:
        return None
    centred = history - history.mean()
    variance = centred @ centred
    if variance <= 0:
        return None
    acf = np.array([centred[k:] @ centred[:-k] for k in range(1, length + 1)]) / variance
    limit = SEASONAL_AT if n >= FEW_SEASONS * length else SEASONAL_AT_FEW
    if abs(acf[-1]) <= limit * np.sqrt((1 + 2 * (acf[:-1] ** 2).sum()) / n):
        return None
    positive = bool((history > 0).all())
    if positive:
        season = _decomposed(history, length, multiplies=True)
        if season.pattern.min() >= SMALLEST_FACTOR:
            return season
    return _decomposed(history, length, multiplies=False)


def _decomposed(history: np.ndarray, length: int, *, multiplies: bool) -> Season:
    weights = np.ones(length) if length % 2 else np.r_[0.5, np.ones(length - 1), 0.5]
    smooth = np.convolve(history, weights / length, "valid")
    edge = (len(weights) - 1) // 2
    inner = history[edge : len(history) - edge]
    detail = inner / smooth if multiplies else inner - smooth
    place = np.arange(edge, edge + len(inner)) % length
    pattern = np.bincount(place, detail, length) / np.bincount(place, minlength=length)
    return Season(pattern / pattern.mean() if multiplies else pattern - pattern.mean(), multiplies)


def theta(histories: Sequence[np.ndarray], season: int, horizon: int) -> np.ndarray:
    """What comes next, by the Theta method?

    `histories`: one array of finite values per series (or per origin of one series), of any lengths ≥ 2. `season`:
    periods in a season (1: none). Returns one row per history, `horizon` columns, in the unit of the values. No
    histories give no rows.
    """
    seasons = [season_of(history, season) for history in histories]
    lengths = np.array([len(history) for history in histories], dtype=int)
    padded = np.zeros((len(histories), int(lengths.max(initial=0))))
    slopes = np.zeros(len(histories))
    for i, (history, pattern) in enumerate(zip(histories, seasons, strict=True)):
        flat = history if pattern is None else pattern.removed(history)
        padded[i, : len(flat)] = flat
        time = np.arange(len(flat)) - (len(flat) - 1) / 2
        slopes[i] = time @ flat / (time @ time)
    level, weight = _smoothed(padded, lengths)
    started = (1 - (1 - weight) ** lengths) / weight
    ahead = level[:, None] + slopes[:, None] / 2 * (np.arange(horizon) + started[:, None])
    for i, pattern in enumerate(seasons):
        if pattern is not None:
            ahead[i] = pattern.restored(ahead[i], int(lengths[i]))
    return np.asarray(ahead)


def _smoothed(padded: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Last level and weight of simple exponential smoothing, per row, of least squared one-step error.

    Every weight of the grid runs at once. The error is linear in the first level, so its best value is known in closed
    form.
    """
    keep = 1 - SMOOTHING
    shape = (len(padded), len(SMOOTHING))
    level = np.zeros(shape)
    squares = np.zeros(shape)
    cross = np.zeros(shape)
    fading = np.ones(len(SMOOTHING))
    for t in range(padded.shape[1]):
        error = padded[:, t : t + 1] - level
        error[t >= lengths] = 0.0
        level += SMOOTHING * error
        squares += error * error
        cross += error * fading
        fading = fading * keep
    spread = (1 - keep ** (2 * lengths[:, None])) / (1 - keep**2)
    squares -= cross**2 / spread
    level += cross / spread * keep ** lengths[:, None]
    best = squares.argmin(axis=1)
    rows = np.arange(len(padded))
    return level[rows, best], SMOOTHING[best]


def seasonal_naive(histories: Sequence[np.ndarray], season: int, horizon: int) -> np.ndarray:
    """What comes next, if the last season simply repeats? `season=1` repeats the last value. One row per history."""
    ahead = np.arange(horizon) % season
    rows = [history[len(history) - season + ahead] for history in histories]
    return np.array(rows).reshape(len(histories), horizon)
