"""How much can the means of two ranges of days differ by chance, when days resemble the days before?

Days of a shop are no independent draws: a good week follows a good week. The variance of a mean of n days is then
larger than that of one day over n, by a factor that two short ranges cannot show. It is estimated from all known days.

What is left of the days after their weekdays, their year and the ranges' own means is taken as an autoregressive part
of first order and independent noise. How strong each part is, and how long the first lasts, is weighed by Whittle's
likelihood (1953) over a grid of shapes, on cosine coefficients of the days (which nearly diagonalise such a process;
Ahmed, Natarajan & Rao 1974). A p is the average over the shapes, each by how well the days support it, of Student's t
with the variance estimated under it: where few days are known, many shapes remain possible, and the p grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

Array = np.ndarray

YEAR = 364  # days after which both the season and the weekday return
LEVEL_DAYS = 28  # days over which a level is averaged: whole weeks
GROWTH_OF_NOISE = 0.75  # noise grows with this power of the level: between counts (1/2) and common shocks (1)
FEWEST_DAYS = 14  # coefficients that must be left to estimate from; with fewer, everything may be chance
NO_SHOCKS = 0.5  # weight, before the days are seen, of days that are independent of each other
PERSISTENCE = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)  # correlation of the lasting part with that of the next day
SHARES = (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 1.0)  # of a day's variance that is the lasting part


@dataclass(frozen=True)
class Shapes:
    """Noise of variance 1: an autoregressive part of first order, and independent noise. One entry per shape."""

    persistence: Array
    share: Array
    weight: Array  # before any day is seen; adds up to 1

    def spectrum(self, frequency: Array) -> Array:
        """Variance per frequency (0 to π), shapes × frequencies; its mean over all frequencies is 1."""
        r = self.persistence[:, None]
        lasting = (1 - r**2) / (1 - 2 * r * np.cos(frequency) + r**2)
        return np.asarray(1 - self.share[:, None] * (1 - lasting))

    def variances(self, weights: Array) -> Array:
        """Variance of weighted sums of days (sums × days), sums × shapes."""
        length = weights.shape[1]
        power = np.abs(np.fft.rfft(weights, 2 * length, axis=1)) ** 2
        lagged = np.fft.irfft(power, axis=1)[:, :length]  # of the weights, at each distance between days
        lagged[:, 1:] *= 2
        distinct, place = np.unique(self.persistence, return_inverse=True)
        lasting = lagged @ (distinct[:, None] ** np.arange(length)).T
        alone = lagged[:, :1]
        return np.asarray(alone + self.share * (lasting[:, place] - alone))


@cache
def shapes() -> Shapes:
    """The shapes that are weighed against each other."""
    pairs = np.array([(r, s) for r in PERSISTENCE for s in SHARES])
    weight = np.full(len(pairs), (1 - NO_SHOCKS) / len(pairs))
    return Shapes(np.append(pairs[:, 0], 0.0), np.append(pairs[:, 1], 0.0), np.append(weight, NO_SHOCKS))


@dataclass(frozen=True)
class DayNoise:
    """What the days say about their noise: per shape, how well they support it (adding up to 1) and the variance of a
    day under it. `freedom`: days that it was estimated from, less those that the effects took."""

    weight: Array
    variance: Array
    freedom: float

    @classmethod
    def of(cls, days: Array, effects: Array) -> DayNoise:
        """From values of consecutive days and what moves their means for other reasons than noise (days × effects; a
        constant is always among them)."""
        length = len(days)
        moved = np.column_stack([np.ones(length), effects]) if effects.size else np.ones((length, 1))
        basis, size, _ = np.linalg.svd(_cosines(moved), full_matrices=False)
        basis = basis[:, size > 1e-9 * max(size[0], 1e-300)]
        found = _cosines(days[:, None])[:, 0]
        left = found - basis @ (basis.T @ found)
        known = np.clip(1 - (basis**2).sum(axis=1), 0.0, 1.0)  # share of each coefficient that the effects leave
        freedom = float(known.sum())
        prior = shapes()
        if freedom < FEWEST_DAYS or not (left**2).sum() > 1e-18 * max((found**2).sum(), 1e-300):
            return UNKNOWN
        spectrum = prior.spectrum(np.pi * np.arange(length) / length)
        variance = (left**2 / spectrum).sum(axis=1) / freedom
        likelihood = -(np.log(spectrum) @ known + freedom * np.log(variance)) / 2
        weight = prior.weight * np.exp(likelihood - likelihood.max())
        return cls(weight / weight.sum(), variance, freedom)

    def p(self, gaps: Array, weights: Array) -> Array:
        """Two-sided p of each gap, a weighted sum of days (sums × days); 1 where too few days are known."""
        return self._tails(np.abs(gaps), self._spread(weights)) if self.freedom else np.ones(len(gaps))

    def usual(self, weights: Array, p: float = 0.05) -> float:
        """The gap of one weighted sum of days that chance exceeds with probability `p`; infinite where too few days are
        known."""
        if not self.freedom:
            return float("inf")
        spread = self._spread(weights[None])
        low, high = 0.0, 20 * float(spread.max())
        for _ in range(40):
            middle = (low + high) / 2
            if self._tails(np.array([middle]), spread)[0] > p:
                low = middle
            else:
                high = middle
        return high

    def _spread(self, weights: Array) -> Array:
        """Standard deviations of weighted sums (sums × shapes)."""
        return np.asarray(np.maximum(np.sqrt(np.maximum(shapes().variances(weights) * self.variance, 0.0)), 1e-300))

    def _tails(self, gaps: Array, spread: Array) -> Array:
        from scipy.special import stdtr

        return np.asarray(np.clip(2 * stdtr(self.freedom, -gaps[:, None] / spread) @ self.weight, 0.0, 1.0))


UNKNOWN = DayNoise(np.empty(0), np.empty(0), 0.0)  # of too few days


@dataclass(frozen=True)
class History:
    """Consecutive days up to the end of a range, as means of ranges are compared over them: weekdays are evened out,
    and `level` says how large a day is there, by which its noise grows."""

    days: Array
    level: Array

    @classmethod
    def of(cls, values: Array, level: Array | None = None) -> History:
        """From a value per day. `level`: the size of a day, where the value itself is not (a difference has none)."""
        values = np.asarray(values, dtype=np.float64)
        size = np.abs(_steady_level(values if level is None else np.asarray(level, dtype=np.float64)))
        size = np.maximum(size, max(float(size.mean()) / 20, 1e-12))
        return cls(without_weekdays(values, size), size)

    @property
    def knows_seasons(self) -> bool:
        """Whether each day of a whole year has one a year before, so that the season can be taken out."""
        return len(self.days) >= 2 * YEAR

    def noise(self, effects: Array) -> DayNoise:
        """The noise of a day whose level is 1. `effects`: what moves the days' means (days × effects). Where two years
        are known, the noise is that of the days against those a year before."""
        scale = self.level**GROWTH_OF_NOISE
        days = self.days
        if self.knows_seasons:
            growth = float(self.level[YEAR:].sum() / self.level[:-YEAR].sum())
            scale = np.hypot(scale[YEAR:], growth * scale[:-YEAR])
            days = days[YEAR:] - growth * days[:-YEAR]
            effects = effects[YEAR:]
        # The effects are taken out before days are divided by their level, since that follows the noise a little.
        moved = np.column_stack([np.ones(len(days)), effects])
        left = days - moved @ np.linalg.lstsq(moved, days, rcond=1e-9)[0]
        return DayNoise.of(left / scale, effects)

    def p(self, noise: DayNoise, weights: Array) -> Array:
        """p that weighted sums of days (sums × days), each the difference of two means, are 0 but for noise."""
        return noise.p(weights @ self.days, weights * self.level**GROWTH_OF_NOISE)


@dataclass(frozen=True)
class MeanChange:
    """How the mean day of one range differs from that of an earlier one. `p`: the probability that chance makes as
    large a difference."""

    gap: float
    p: float
    noise: DayNoise
    weights: Array  # of the days, as they make the gap's noise

    @cached_property
    def usual(self) -> float:
        """The difference that chance exceeds once in twenty times; infinite where too few days are known."""
        return self.noise.usual(self.weights)


def mean_change(values: Array, now: slice, base: slice, level: Array | None = None) -> MeanChange:
    """Does the mean day of `now` differ from that of `base` by more than chance makes it?

    `values`: consecutive days from the first that is known to the end of `now`, of which `now` and `base` are slices.
    Weekdays are evened out. Where two whole years are known, the season is too; where the days before the two ranges
    are as many as theirs, a steady trend is no noise. `level` as in History.of. Empty ranges give a p of 1.
    """
    lengths = [r.stop - r.start for r in (now, base)]
    weights = np.zeros(len(values))
    if min(lengths) < 1:
        return MeanChange(0.0, 1.0, UNKNOWN, weights)
    history = History.of(values, level)
    noise = history.noise(_steps(len(values), [now, base], trend=len(values) >= 2 * sum(lengths)))
    weights[now] += 1 / lengths[0]
    weights[base] -= 1 / lengths[1]
    return MeanChange(
        gap=float(weights @ history.days),
        p=float(history.p(noise, weights[None])[0]),
        noise=noise,
        weights=weights * history.level**GROWTH_OF_NOISE,
    )


def _steps(length: int, ranges: list[slice], trend: bool = False) -> Array:
    """1 on the days of each range, 0 elsewhere; and a straight line (days × ranges)."""
    effects = np.zeros((length, len(ranges) + trend))
    for column, days in enumerate(ranges):
        effects[days, column] = 1.0
    if trend:
        effects[:, -1] = np.linspace(-1, 1, length)
    return effects


def moving_mean(values: Array, width: int = LEVEL_DAYS) -> Array:
    """The mean of this number of days around each; of fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    at = np.arange(len(values))
    first = np.maximum(at - width // 2, 0)
    last = np.minimum(at + width // 2, len(values))
    return np.asarray((total[last] - total[first]) / np.maximum(last - first, 1))


def _steady_level(values: Array) -> Array:
    """The level around each day, as far as it moves by more than the days' own noise: a single large order is noise,
    and no reason to expect more of it on its day."""
    near = moving_mean(values)
    moved = float(near.var())
    by_chance = float(((values - near) ** 2).mean()) / LEVEL_DAYS
    share = max(0.0, 1 - by_chance / moved) if moved > 0 else 0.0
    return np.asarray(near.mean() + share * (near - near.mean()))


def without_weekdays(values: Array, level: Array) -> Array:
    """Days as if every weekday brought as much: less what a weekday usually adds, in proportion to the level. Fewer
    than four weeks are left as they are."""
    if len(values) < LEVEL_DAYS:
        return values
    weekday = np.arange(len(values)) % 7
    added = np.bincount(weekday, values) / np.bincount(weekday) - values.mean()
    return np.asarray(values - level / level.mean() * added[weekday])


def _cosines(columns: Array) -> Array:
    """Orthonormal cosine coefficients (DCT-II) of each column."""
    length = len(columns)
    mirrored = np.concatenate([columns, columns[::-1]])
    turn = np.exp(-0.5j * np.pi * np.arange(length) / length)[:, None]
    found = (np.fft.rfft(mirrored, axis=0)[:length] * turn).real * np.sqrt(0.5 / length)
    found[0] /= np.sqrt(2)
    return np.asarray(found)
