"""Pareto/NBD: the older and slower sister of BG/NBD, kept as a second opinion.

Customers buy at random at their own rate, Gamma(r, alpha), and may leave at any moment, not only after a purchase, at
their own rate, Gamma(s, beta). A customer with one old purchase can therefore be gone, which BG/NBD cannot say.
Histories are those of histories.py, in weeks. Source: Schmittlein, Morrison & Colombo 1987; Fader & Hardie, note 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.methods.customers.histories import Array, Histories, histories, maximise, refuse_few_repeaters, total


@dataclass(frozen=True)
class ParetoNbd:
    """How many purchases will customers make, and who has left?"""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float = float("nan")
    customers: int = 0

    @classmethod
    def fit(cls, x: Any, t_x: Any, T: Any) -> ParetoNbd:
        """Maximum likelihood over customers' histories (see clv.summary). `beta` is poorly determined: trust it to 1 %.

        Raises NotEnoughData where too few customers came back, DataError for impossible histories.
        """
        h = histories(x, t_x, T)
        refuse_few_repeaters(h)
        scale = float(np.average(h.T, weights=h.count))
        customers = int(h.count.sum())
        start = np.log([0.5, 0.3 * scale, 0.6, 0.3 * scale])
        best = maximise(lambda logs: _likelihood_and_slope(logs, h), start, customers)
        r, alpha, s, beta = (float(v) for v in np.exp(best))
        return cls(r, alpha, s, beta, _likelihood(np.exp(best), h), customers)

    def expected_purchases(self, x: Any, t_x: Any, T: Any, weeks: float) -> Array:
        """Purchases expected in the next `weeks` weeks of each customer, given the history; one value per customer."""
        from scipy.special import exprel

        x, t_x, T = (np.asarray(c, dtype=float) for c in (x, t_x, T))
        longer = np.log((self.beta + T + weeks) / (self.beta + T))
        time = (self.beta + T) * longer * exprel(-(self.s - 1) * longer)  # mean time still to be lived, smooth at s = 1
        return self.alive(x, t_x, T) * (self.r + x) / (self.alpha + T) * time

    def new_customer(self, weeks: float) -> float:
        """Purchases expected of somebody who bought for the first time today, in the next `weeks` weeks."""
        return float(self.expected_purchases(0.0, 0.0, 0.0, weeks))

    def alive(self, x: Any, t_x: Any, T: Any) -> Array:
        """Probability that the customer has not left by T."""
        from scipy.special import expit

        x, t_x, T = (np.asarray(c, dtype=float) for c in (x, t_x, T))
        parameters = self.r, self.alpha, self.s, self.beta
        return expit(_log_lived(parameters, x, T) - _log_left(parameters, x, t_x, T))


Parameters = tuple[float, float, float, float]


def _log_lived(parameters: Parameters, x: Array, T: Array) -> Array:
    """Log-likelihood of the purchases times that of living to T, without the factors common to all fates."""
    r, alpha, s, beta = parameters
    return -(r + x) * np.log(alpha + T) - s * np.log(beta + T)


def _log_left(parameters: Parameters, x: Array, t_x: Array, T: Array) -> Array:
    """The same for leaving between t_x and T: s ∫ (alpha + u)^−(r+x) (beta + u)^−(s+1) du; −∞ where t_x = T."""
    early, late = _log_tail(parameters, x, t_x), _log_tail(parameters, x, T)
    with np.errstate(divide="ignore"):
        return early + np.log(-np.expm1(np.minimum(late - early, 0.0)))


def _log_tail(parameters: Parameters, x: Array, t: Array) -> Array:
    """log of s ∫ from t to ∞, as 2F1(1, ·; ·+1; z), 0 ≤ z < 1, which Euler's transformation keeps from overflowing."""
    r, alpha, s, beta = parameters
    total = r + s + x
    near, far = min(alpha, beta) + t, max(alpha, beta) + t
    other = r + x if alpha >= beta else np.full_like(total, s + 1)
    power = s if alpha >= beta else r + x - 1
    series = _unit_hypergeometric(other, total + 1, (far - near) / far)
    return np.log(s / total) + np.log(series) - power * np.log(near) - (total - power) * np.log(far)


def _unit_hypergeometric(b: Array, c: Array, z: Array) -> Array:
    """2F1(1, b; c; z) for 0 ≤ z < 1, c > b > 0; Gauss's continued fraction where scipy gives up (large c, z near 1)."""
    from scipy.special import hyp2f1

    value = np.asarray(hyp2f1(1.0, b, c, z))
    lost = ~np.isfinite(value)
    if not lost.any():
        return value
    b, c, z = (np.broadcast_to(part, value.shape)[lost] for part in (b, c, z))
    ratio, change, whole = np.ones(len(c)), np.ones(len(c)), np.ones(len(c))
    for n in range(1, 20_000):
        k = n // 2
        above = (b + k) * (c - 1 + k) if n % 2 else k * (c - b + k - 1)
        part = above / ((c + n - 2) * (c + n - 1))
        ratio = 1 / (1 - part * z * ratio)
        change = change * (ratio - 1)
        whole = whole + change
        if (np.abs(change) < 1e-15 * whole).all():
            break
    value[lost] = whole
    return value


def _likelihood(parameters: Any, h: Histories) -> float:
    from scipy.special import gammaln

    r, alpha, s, beta = (float(p) for p in parameters)
    given = r, alpha, s, beta
    fates = np.logaddexp(_log_lived(given, h.x, h.T), _log_left(given, h.x, h.t_x, h.T))
    common = (gammaln(r + h.levels) - gammaln(r))[h.level] + r * np.log(alpha) + s * np.log(beta)
    return total(h.count, common + fates)


def _likelihood_and_slope(logs: Array, h: Histories) -> tuple[float, Array]:
    """Central differences: 2F1 has no handy derivative in its parameters."""
    step = 1e-5
    slope = [
        (_likelihood(np.exp(logs + move), h) - _likelihood(np.exp(logs - move), h)) / (2 * step)
        for move in step * np.eye(len(logs))
    ]
    return _likelihood(np.exp(logs), h), np.array(slope)
