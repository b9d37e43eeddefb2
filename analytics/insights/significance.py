"""Could it be chance alone? Tests from totals and counts, and what counts as worth saying.

An order is a draw: how many come is a Poisson number, what each is worth varies. So a total R of n orders varies with
R²/n·(1 + cv²), cv being the spread of order values over their mean, and a mean order value m with m²·cv²/n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.methods.inference.false_discovery import benjamini_hochberg

Array = np.ndarray

LEVEL = 0.05  # q up to which a claim is shown as more than chance: of 20 kinds that find nothing, one may say something
FEWEST = 20  # orders behind a total or a mean; with fewer, its spread is too uncertain for these tests
MATERIAL = 5.0  # % by which means must differ to be worth a sentence, however certain the difference
SHOWN_A_SIDE = 2  # the largest rises, and as many falls; more would be a list, not a headline


def adjusted(p: Array | list[float]) -> Array:
    """q-values of all tests that a kind made."""
    return benjamini_hochberg(np.asarray(p, dtype=np.float64))


def normal_p(z: Array | float) -> Array:
    """Two-sided p of standard normal values."""
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(np.asarray(z, dtype=np.float64))))


def totals_differ(
    total: Array | float, n: Array | float, other: Array | float, other_n: Array | float, cv2: float
) -> Array:
    """p that two totals of so many orders differ only by chance; 1 where the larger number is below FEWEST, or the
    smaller below a quarter of it."""
    a, na, b, nb = (np.asarray(v, dtype=np.float64) for v in (total, n, other, other_n))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a - b) / np.sqrt((a**2 / na + b**2 / nb) * (1 + cv2))
    known = (np.maximum(na, nb) >= FEWEST) & (np.minimum(na, nb) >= FEWEST / 4)
    return np.where(known, normal_p(np.nan_to_num(z)), 1.0)


def means_differ(mean: Array, n: Array, other: Array, other_n: Array, cv2: float) -> Array:
    """p that two mean order values of so many draws differ only by chance; 1 where either rests on fewer than
    FEWEST."""
    a, na, b, nb = (np.asarray(v, dtype=np.float64) for v in (mean, n, other, other_n))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a - b) / np.sqrt((a**2 / na + b**2 / nb) * cv2)
    return np.where((na >= FEWEST) & (nb >= FEWEST), normal_p(np.nan_to_num(z)), 1.0)


@dataclass(frozen=True)
class DailyNoise:
    """How much days differ within their period, and how strongly each resembles the next."""

    mean: Array  # per period
    days: Array  # per period
    variance: float  # of one day, as far as it counts in a mean
    freedom: float

    @classmethod
    def of(cls, values: Array, place: Array) -> DailyNoise:
        """`values` of days in order, `place` the number of each day's period (from 0, all occurring)."""
        days = np.bincount(place).astype(float)
        mean = np.bincount(place, values) / days
        left = values - mean[place]
        freedom = len(values) - len(days)
        variance = float(left @ left) / max(freedom, 1)
        carried = float(left[1:] @ left[:-1]) / float(left @ left) if left.any() else 0.0
        # Days that resemble the day before count for less than one: the first-order correction of a mean's variance.
        grown = (1 + min(carried, 0.9)) / (1 - min(carried, 0.9)) if carried > 0 else 1.0
        return cls(mean, days, variance * grown, freedom / grown)

    def steps(self) -> Array:
        """p that each period's daily mean equals the one before; one fewer than periods."""
        return self._p(np.diff(self.mean), 1 / self.days[1:] + 1 / self.days[:-1])

    def against_rest(self) -> Array:
        """p that each period's daily mean equals that of all others."""
        total = self.mean @ self.days
        days = self.days.sum()
        rest = (total - self.mean * self.days) / (days - self.days)
        return self._p(self.mean - rest, 1 / self.days + 1 / (days - self.days))

    def _p(self, gap: Array, weight: Array) -> Array:
        from scipy.special import stdtr

        if not self.variance > 0 or self.freedom < 1:
            return np.ones(len(gap))
        return np.asarray(2 * stdtr(self.freedom, -np.abs(gap) / np.sqrt(self.variance * weight)))
