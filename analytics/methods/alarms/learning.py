"""What a watch learns besides levels: by how much expectations are missed, and how much the values of orders differ.

Both are discounted sums, to which each period adds what it showed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.methods.alarms.compound import Law

MEMORY = 300  # periods whose errors count
MOST_NOISE = 3.0  # standard deviations by which one period may enter the noise
LOSS_MEMORY = 60  # periods over which candidates are compared
MOST_LOSS = 16.0  # squared standard deviations that one period may count among candidates
MOST_VALUE = 8.0  # standard deviations by which a period's values may enter their spread
TINY = 1e-300


@dataclass
class Noise:
    """How far expectations were missed: discounted sums, (orders, totals) × series."""

    chance: np.ndarray
    squares: np.ndarray
    errors: np.ndarray
    seen: np.ndarray

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Noise:
        """Before anything was seen."""
        return cls(*(np.zeros(shape) for _ in range(4)))

    @property
    def own(self) -> np.ndarray:
        """Relative variance beyond the chance of single orders."""
        return np.asarray(np.maximum(self.errors - self.chance, 0) / np.maximum(self.squares, TINY))

    def learn(self, law: Law, error: np.ndarray, known: np.ndarray) -> np.ndarray:
        """One more error of each series that is known; by how much its square exceeds the variance expected."""
        keep = np.where(known, 1 - 1 / MEMORY, 1.0)
        reach = MOST_NOISE * np.sqrt(law.variance)
        squared = np.clip(error, -reach, reach) ** 2
        self.chance = keep * self.chance + np.where(known, law.unit * law.mean, 0.0)
        self.squares = keep * self.squares + np.where(known, law.mean**2, 0.0)
        self.errors = keep * self.errors + np.where(known, squared, 0.0)
        self.seen = keep * self.seen + known
        return np.asarray(np.where(known, np.maximum(squared - law.variance, 0.0), 0.0))

    def forget(self, excess: np.ndarray) -> None:
        """Takes back what a new level had added as if it were noise."""
        self.errors = np.maximum(self.errors - excess, 0.0)


@dataclass
class Values:
    """What orders are worth beyond their mean: discounted moments of total − orders × mean value, by series."""

    orders: np.ndarray
    second: np.ndarray
    third: np.ndarray

    @classmethod
    def of(cls, orders: np.ndarray, totals: np.ndarray) -> Values:
        """From the first periods (periods × series, without blanks)."""
        number = orders.sum(axis=0)
        apart = totals - totals.sum(axis=0) / np.maximum(number, TINY) * orders
        return cls(number, (apart**2).sum(axis=0), (apart**3).sum(axis=0))

    def units(self, mean: np.ndarray, signed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What one order counts in either tail, where the mean value is `mean` (above 0)."""
        number = np.maximum(self.orders, TINY)
        variance = self.second / number
        skewed = 3 * variance**2 / mean + variance**3 / mean**3  # third moment of lognormal values
        least = np.where(signed, 0.0, skewed)
        square = mean**2 + variance
        cube = mean**3 + 3 * mean * variance + np.maximum(self.third / number, least)
        return square / mean, np.maximum(cube / square, np.sqrt(square))

    def learn(self, orders: np.ndarray, totals: np.ndarray, mean: np.ndarray, known: np.ndarray) -> None:
        """One more period of each series that is known."""
        keep = np.where(known, 1 - 1 / MEMORY, 1.0)
        variance = np.maximum(self.second / np.maximum(self.orders, TINY), (0.05 * mean) ** 2)
        reach = MOST_VALUE * np.sqrt(variance * (orders + 1))
        apart = np.where(known, np.clip(totals - mean * orders, -reach, reach), 0.0)
        self.orders = keep * self.orders + np.where(known, orders, 0.0)
        self.second = keep * self.second + apart**2
        self.third = keep * self.third + apart**3


class Horizon:
    """What is learnt of expectations that reach equally far: of one period, or of several together.

    `loss`: how far each candidate missed, candidates × (orders, totals) × series; `noise`: how far the chosen one did,
    and `excess` by how much more than expected, periods × (orders, totals) × series; `laws`: what was expected.
    """

    def __init__(self, candidates: int, rows: int, columns: int) -> None:
        self.loss = np.zeros((candidates, 2, columns))
        self.noise = Noise.none((2, columns))
        self.excess = np.zeros((rows, 2, columns))
        self.laws: list[Law] = []

    def compare(self, law: Law, missed: np.ndarray, known: np.ndarray) -> None:
        """One more miss of each candidate, where it is known."""
        squared = np.minimum(missed**2 / np.maximum(law.variance, TINY), MOST_LOSS)
        self.loss = np.where(known, (1 - 1 / LOSS_MEMORY) * self.loss + squared, self.loss)

    def learn(self, t: int, law: Law, error: np.ndarray, known: np.ndarray) -> None:
        """One more error of the chosen candidate, in period `t`, where it is known."""
        self.excess[t] = self.noise.learn(law, error, known)
