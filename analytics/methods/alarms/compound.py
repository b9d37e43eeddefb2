"""How likely is such a total, given the number of orders expected and their values?

A total of a day is a compound: a number of orders, each of a value. The number is negative binomial, Poisson with days
that differ by themselves. The total is then a scaled number: counted in units of E[value²] / E[value], it has the mean
and the variance of the compound, and where there is one price it is the number of orders exactly. The upper tail, which
a single large order can fill, is counted in units of E[value³] / E[value²], with the mean and the variance kept.

Sources: the scaled Poisson distribution of Bohm & Zech 2014 (Nuclear Instruments and Methods A 748); the negative
binomial as a Poisson number of gamma-distributed mean, as in Harvey & Fernandes 1989 (Journal of Business & Economic
Statistics 7(4)).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

HALVINGS = 26  # of the interval in which an edge of a band lies
FAR = 40.0  # standard deviations, beyond which no edge lies
LEAST_OWN = 1e-7  # least relative variance of days: below, a number is as good as Poisson
MOST_FREEDOM = 1e6
TINY = 1e-300


@dataclass(frozen=True)
class Law:
    """What is expected of totals, as arrays of one shape.

    `mean` and `unit` in the unit of the total, `unit` being what one order counts; `large`: what it counts in the upper
    tail; `own`: relative variance of a day's mean, beyond the chance of single orders; `freedom`: degrees of freedom of
    the variance; `signed`: whether totals may be negative.
    """

    mean: np.ndarray
    unit: np.ndarray
    large: np.ndarray
    own: np.ndarray
    freedom: np.ndarray
    signed: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Variance of the total."""
        return np.asarray(self.unit * self.mean + self.own * self.mean**2)

    def at(self, place: np.ndarray) -> Law:
        """The law of the chosen places."""
        return Law(*(getattr(self, field.name)[place] for field in fields(self)))

    def lower(self, value: np.ndarray) -> np.ndarray:
        """Probability of so little or less; of what comes in steps, half of the step itself."""
        from scipy.special import ndtr

        number = _below(value / self.unit, self.mean / self.unit, self.own)
        normal = ndtr((value - self.mean) / np.sqrt(self.variance))
        return self._uncertain(np.where(self.signed, normal, number))

    def upper(self, value: np.ndarray) -> np.ndarray:
        """Probability of so much or more; of what comes in steps, half of the step itself."""
        number = self.mean * self.unit / self.large**2
        carried = self.large * number
        own = self.own * (self.mean / carried) ** 2
        return self._uncertain(_above((value - self.mean + carried) / self.large, number, own))

    def chance(self, value: np.ndarray, of_nothing: np.ndarray | None = None) -> np.ndarray:
        """p that chance alone takes the total as far from its mean as `value`, to either side; NaN of NaN.

        Twice the tail; once, where even nothing sold would not be as unlikely as an upper tail is: of three orders a
        day, no day is ever too weak. `of_nothing`: what `of_nothing()` gives, where it is needed often.
        """
        p = np.full(np.broadcast_shapes(value.shape, self.mean.shape), np.nan)
        weak = value < self.mean
        strong = value >= self.mean
        p[weak] = 2 * self.at(weak).lower(value[weak])
        above = self.at(strong)
        upper = above.upper(value[strong])
        nothing = above.of_nothing() if of_nothing is None else of_nothing[strong]
        p[strong] = np.where(nothing > upper, upper, 2 * upper)
        return np.asarray(np.minimum(p, 1.0))

    def of_nothing(self) -> np.ndarray:
        """Probability that nothing is sold; 0 where totals may be negative."""
        return np.asarray(np.where(self.signed, 0.0, self.lower(np.zeros_like(self.mean))))

    def band(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Between which totals is p at least `level`? Not below 0, unless totals may be negative."""
        far = FAR * (np.sqrt(self.variance) + self.large)
        nothing = np.where(self.signed, self.mean - far, 0.0)
        sought = ~(self.chance(nothing) >= level)
        low = nothing.copy()
        low[sought] = self.at(sought)._edge(nothing[sought], self.mean[sought], level)
        high = self._edge(self.mean + far, self.mean, level)
        return np.where(np.isnan(self.mean), np.nan, low), high

    def _edge(self, outside: np.ndarray, inside: np.ndarray, level: float) -> np.ndarray:
        """By halving; `inside` is likely."""
        of_nothing = self.of_nothing()
        for _ in range(HALVINGS):
            middle = (outside + inside) / 2
            likely = self.chance(middle, of_nothing) >= level
            inside = np.where(likely, middle, inside)
            outside = np.where(likely, outside, middle)
        return inside

    def _uncertain(self, tail: np.ndarray) -> np.ndarray:
        """The tail under a variance that is itself estimated: Student's, at the tail's normal score."""
        from scipy.special import ndtri, stdtr

        return np.asarray(stdtr(self.freedom, ndtri(np.clip(tail, TINY, 1 - 1e-16))))


def _below(number: np.ndarray, mean: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Mid-probability of at most `number`, which need not be whole, under a negative binomial law."""
    from scipy.special import betaincc

    size = 1 / np.maximum(own, LEAST_OWN)
    part = mean / (size + mean)
    at_most = betaincc(number + 1, size, part, where=number >= 0, out=np.zeros_like(number))
    less = betaincc(np.maximum(number, TINY), size, part, where=number > 0, out=np.zeros_like(number))
    return np.asarray((at_most + less) / 2)


def _above(number: np.ndarray, mean: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Mid-probability of at least `number`."""
    from scipy.special import betainc

    size = 1 / np.maximum(own, LEAST_OWN)
    part = mean / (size + mean)
    at_least = betainc(np.maximum(number, TINY), size, part, where=number > 0, out=np.ones_like(number))
    more = betainc(number + 1, size, part, where=number >= 0, out=np.ones_like(number))
    return np.asarray((at_least + more) / 2)
