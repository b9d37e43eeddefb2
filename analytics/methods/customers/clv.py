"""What a customer is still worth: expected purchases (BG/NBD), expected spend (Gamma-Gamma), discounted value.

Build the input with `summary` (see histories.py for x, t_x, T and z; the unit of time is the week).

Known limits, to be said wherever the figures are shown: the models see no price or campaign; on the CDNOW
holdout both BG/NBD and Pareto/NBD fall about 12 % short of the purchases that were really made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from analytics.errors import DataError, NotEnoughData
from analytics.language import N_
from analytics.methods.customers.histories import (
    LEAST_REPEATERS,
    Array,
    Histories,
    histories,
    maximise,
    refuse_few_repeaters,
    sums,
    total,
)
from analytics.methods.customers.histories import summary as summary

WEEKS_PER_YEAR = 365.25 / 7
GAUSS_POINTS = 128
MEAN_OFF = 0.25  # Gamma-Gamma whose mean misses that of the purchases seen by more than this share does not fit


class PurchaseModel(Protocol):
    """What BG/NBD and Pareto/NBD have in common."""

    def expected_purchases(self, x: Any, t_x: Any, T: Any, weeks: float) -> Array:
        """Purchases expected of each customer in the next weeks."""
        ...

    def alive(self, x: Any, t_x: Any, T: Any) -> Array:
        """The probability that each customer has not quit."""
        ...


class SpendModel(Protocol):
    """What a future purchase of a customer is worth."""

    def expected_spend(self, x: Any, z: Any) -> Array:
        """The expected amount of each customer's next purchases."""
        ...


@dataclass(frozen=True)
class BgNbd:
    """How many purchases will customers make? They buy at random at their own rate and may quit after any purchase.

    Rates vary as Gamma(r, alpha), quitting chances as Beta(a, b).
    Source: Fader, Hardie & Lee 2005, Marketing Science 24(2).
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")
    customers: int = 0

    @classmethod
    def fit(cls, x: Any, t_x: Any, T: Any) -> BgNbd:
        """Maximum likelihood over customers' histories (see `summary`).

        Raises NotEnoughData below LEAST_REPEATERS customers with a repeat purchase, DataError for impossible histories.
        """
        h = histories(x, t_x, T)
        refuse_few_repeaters(h)
        scale = np.average(h.T, weights=h.count)
        start = np.log([0.5, 0.25 * scale, 1.0, 2.5])
        best = maximise(lambda logs: _bgnbd_likelihood(np.exp(logs), h), start, int(h.count.sum()))
        r, alpha, a, b = (float(v) for v in np.exp(best))
        return cls(r, alpha, a, b, float(_bgnbd_likelihood(np.exp(best), h)[0]), int(h.count.sum()))

    def expected_purchases(self, x: Any, t_x: Any, T: Any, weeks: float) -> Array:
        """Purchases expected in the next `weeks` weeks of each customer, given the history; one value per customer."""
        while_alive = self._while_alive(np.asarray(x, dtype=float), np.asarray(T, dtype=float), weeks)
        return np.asarray(self.alive(x, t_x, T) * while_alive)

    def new_customer(self, weeks: float) -> float:
        """Purchases expected of somebody who bought for the first time today, in the next `weeks` weeks."""
        return float(self.expected_purchases(0.0, 0.0, 0.0, weeks))

    def alive(self, x: Any, t_x: Any, T: Any) -> Array:
        """Probability that the customer has not quit. 1 wherever x = 0: not a churn score (see churn.py)."""
        from scipy.special import expit

        x, t_x, T = (np.asarray(c, dtype=float) for c in (x, t_x, T))
        repeats = np.maximum(x, 1.0)
        gone = np.log(self.a / (self.b + repeats - 1)) + (self.r + x) * np.log((self.alpha + T) / (self.alpha + t_x))
        return np.where(x > 0, expit(-gone), 1.0)

    def _while_alive(self, x: Array, T: Array, weeks: float) -> Array:
        """Expected purchases of customers who have not quit, by x and T alone.

        Who buys at rate λ and quits with chance p makes (1 − e^(−λp·weeks)) / p purchases. Over rates of
        Gamma(r + x, alpha + T) that is (1 − (1 + p·weeks / (alpha + T))^−(r + x)) / p, and over chances of
        Beta(a, b + x) a Gauss sum. The published closed form, a 2F1, is the same, but overflows where all quit alike
        (a and b large) and is 0/0 at a = 1 and a + b = 1.
        """
        x, T = np.broadcast_arrays(x, T)
        made = np.empty(x.shape)
        for level in np.unique(x):
            here = x == level
            times, where = np.unique(T[here], return_inverse=True)
            chance, weight = _beta_points(self.a, self.b + float(level))
            longer = np.log1p(chance * weeks / (self.alpha + times[:, None]))
            made[here] = (-np.expm1(-(self.r + level) * longer) / chance * weight).sum(axis=1)[where.ravel()]
        return made


def _bgnbd_likelihood(parameters: Array, h: Histories) -> tuple[float, Array]:
    """Log-likelihood and its gradient in the logarithms of the parameters."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = parameters
    n = h.levels
    chances = np.where(n > 0, b + n - 1, 1.0)
    quit_ = np.where(n > 0, np.log(a / chances), -np.inf)
    rates = gammaln(r + n) - gammaln(r) + r * np.log(alpha)
    chain = gammaln(a + b) + gammaln(b + n) - gammaln(b) - gammaln(a + b + n)
    d_rates = digamma(r + n) - digamma(r) + np.log(alpha)
    d_a = digamma(a + b) - digamma(a + b + n)
    d_b = digamma(a + b) + digamma(b + n) - digamma(b) - digamma(a + b + n)
    of_levels = r + n, quit_, rates + chain, d_rates, d_a, d_b, chances

    def addends(part: slice) -> list[Array]:
        rate, quits, known, d_r, d_a, d_b, chance = (of_level.take(h.level[part]) for of_level in of_levels)
        count, until, seen = h.count[part], alpha + h.T[part], alpha + h.t_x[part]
        log_T, log_t = np.log(until), np.log(seen)
        gone = quits - rate * log_t
        either = np.logaddexp(-rate * log_T, gone)
        w = np.exp(gone - either)
        values = (
            known + either,
            d_r - (1 - w) * log_T - w * log_t,
            r / alpha - rate * ((1 - w) / until + w / seen),
            d_a + w / a,
            d_b - w / chance,
        )
        return [count * v for v in values]

    likelihood, *slope = sums(len(h.count), addends)
    return likelihood, np.array(slope) * parameters


@lru_cache(maxsize=1024)
def _beta_points(a: float, b: float) -> tuple[Array, Array]:
    """Points and weights (sum 1) of Gauss's sum over Beta(a, b), by the eigenvalues of its Jacobi matrix.

    Source: Golub & Welsch 1969.
    """
    from scipy.linalg import eigh_tridiagonal

    n = np.arange(1, GAUSS_POINTS)
    s = a + b - 2
    middle = np.r_[a / (a + b), 0.5 + (a - b) * s / (2 * (2 * n + s) * (2 * n + s + 2))]
    off_diagonal = n * (n + b - 1) * (n + a - 1) / (2 * n + s) ** 2 / (2 * n + s + 1)
    off_diagonal = off_diagonal * np.r_[1.0, (n[1:] + s) / (2 * n[1:] + s - 1)]
    points, vectors = eigh_tridiagonal(middle, np.sqrt(off_diagonal), lapack_driver="stemr")
    return np.maximum(points, 1e-15), vectors[0] ** 2


@dataclass(frozen=True)
class GammaGamma:
    """How much does a customer spend per purchase, given what few purchases have shown?

    Customers' means vary, purchases vary about them, and the mean does not depend on how often one buys: look at
    `correlation` (of x and z), which must be small (CDNOW: 0.11). `v` is in the currency of z.
    Source: Fader & Hardie 2013.
    """

    p: float
    q: float
    v: float
    log_likelihood: float = float("nan")
    customers: int = 0
    correlation: float = float("nan")

    @classmethod
    def fit(cls, x: Any, z: Any) -> GammaGamma:
        """Maximum likelihood over customers with x > 0 and z > 0; others (no repeats, all refunded) are left out.

        Raises NotEnoughData where fewer than LEAST_REPEATERS remain.
        """
        x = np.asarray(x, dtype=float)
        z = np.asarray(z, dtype=float)
        used = (x > 0) & (z > 0) & np.isfinite(z)
        x = x[used]
        z = z[used]
        if len(x) < LEAST_REPEATERS:
            raise NotEnoughData(
                N_(
                    "Only {count:customer|customers} bought again; {least} are needed.",
                    least=LEAST_REPEATERS,
                    count=len(x),
                )
            )
        scale = float(z.mean())
        spent = _Spent.of(x, z / scale)

        def likelihood(logs: Array) -> tuple[float, Array]:
            return _spend_likelihood(np.exp(logs), spent)

        best = maximise(likelihood, np.log([2.0, 3.0, 1.0]), len(x))
        p, q, v = (float(value) for value in np.exp(best))
        constant = len(x) * np.log(scale)
        varies = len(spent.levels) > 1 and float(np.ptp(z)) > 0
        correlation = float(np.corrcoef(x, z)[0, 1]) if varies else float("nan")
        return cls(p, q, v * scale, likelihood(best)[0] - float(constant), len(x), correlation)

    def expected_spend(self, x: Any, z: Any) -> Array:
        """Amount expected per future purchase; the mean of all customers where x = 0, shrunk towards it elsewhere.

        Repeat purchases that were refunded (z ≤ 0) count as z = 0. NaN where the mean does not exist (q ≤ 1, x = 0).
        """
        x = np.asarray(x, dtype=float)
        z = np.asarray(z, dtype=float)
        seen = np.where(x > 0, np.maximum(np.nan_to_num(z), 0.0), 0.0)
        below = self.p * x + self.q - 1
        return np.where(below > 0, self.p * (self.v + x * seen) / np.where(below > 0, below, 1.0), np.nan)


class _Spent(NamedTuple):
    """Repeat purchases and what all of them cost, a row per customer; `levels` are the distinct x, and `with_level` the
    number of customers of each."""

    x: Array
    paid: Array
    log_paid: Array
    levels: Array
    with_level: Array

    @classmethod
    def of(cls, x: Array, z: Array) -> _Spent:
        return cls(x, x * z, np.log(x * z), *np.unique(x, return_counts=True))


def _spend_likelihood(parameters: Array, spent: _Spent) -> tuple[float, Array]:
    from scipy.special import digamma, gammaln

    p, q, v = parameters
    x, paid, log_paid, levels, with_level = spent
    customers = len(x)

    def addends(part: slice) -> list[Array]:
        base = v + paid[part]
        log_base = np.log(base)
        times = p * x[part]
        return [
            (times - 1) * log_paid[part],
            (times + q) * log_base,
            x[part] * (log_paid[part] - log_base),
            log_base,
            (times + q) / base,
        ]

    known, unknown, of_p, of_q, of_v = sums(customers, addends)
    both = digamma(p * levels + q)
    per_level = gammaln(p * levels + q) - gammaln(p * levels) + np.log(levels)
    value = total(with_level, per_level) - customers * (gammaln(q) - q * np.log(v)) + (known - unknown)
    d_p = total(with_level, levels * (both - digamma(p * levels))) + of_p
    d_q = total(with_level, both) - customers * (digamma(q) - np.log(v)) - of_q
    d_v = customers * q / v - of_v
    return float(value), np.array([d_p, d_q, d_v]) * parameters


@dataclass(frozen=True)
class MeanSpend:
    """Every future purchase is worth the mean of the repeat purchases seen: where Gamma-Gamma does not fit."""

    mean: float

    def expected_spend(self, x: Any, z: Any) -> Array:
        """The mean, for everybody."""
        return np.full(np.shape(x), self.mean)


def spend_model(x: Any, z: Any) -> GammaGamma | MeanSpend:
    """Gamma-Gamma, or the mean repeat purchase where its own mean does not exist (q ≤ 1) or misses that of the
    purchases seen by a quarter: it then calls a few large purchases a habit. Raises NotEnoughData as
    GammaGamma.fit."""
    fitted = GammaGamma.fit(x, z)
    x = np.asarray(x, dtype=float)
    z = np.nan_to_num(np.asarray(z, dtype=float))
    paid = (x > 0) & (z > 0)
    seen = total(x[paid], z[paid]) / float(x[paid].sum())
    mean = fitted.p * fitted.v / (fitted.q - 1) if fitted.q > 1 else np.inf
    return fitted if abs(mean / seen - 1) <= MEAN_OFF else MeanSpend(seen)


def customer_values(
    customers: pd.DataFrame,
    purchases: PurchaseModel,
    spend: SpendModel,
    weeks: float = 52.0,
    annual_discount: float = 10.0,
    margin: float = 100.0,
) -> pd.DataFrame:
    """What is each customer worth over the next `weeks` weeks?

    Grain: the rows of `customers`, a `summary`. Columns: `expected_purchases` in the horizon; `alive`, a probability
    0–1; `expected_spend` per purchase, in currency; `value` in currency: the purchases, discounted at `annual_discount`
    % a year, × expected spend × `margin` % (100 gives revenue). State horizon and rate wherever it is shown.
    An empty frame gives an empty frame. Raises DataError for a negative horizon or a discount of −100 % or less.
    Source: Fader & Hardie 2013 for the product of the two models.
    """
    h = histories(customers["x"], customers["t_x"], customers["T"])
    expected = purchases.expected_purchases(h.x, h.t_x, h.T, weeks)[h.where]
    discounted = discounted_purchases(purchases, h, weeks, annual_discount)[h.where]
    expected_spend = spend.expected_spend(customers["x"], customers["z"])
    columns = {
        "expected_purchases": expected,
        "alive": purchases.alive(h.x, h.t_x, h.T)[h.where],
        "expected_spend": expected_spend,
        "value": discounted * expected_spend * margin / 100,
    }
    return pd.DataFrame(columns, index=customers.index)


def discounted_purchases(model: PurchaseModel, h: Histories, weeks: float, annual_discount: float) -> Array:
    """Expected purchases in the horizon, each worth less the later it comes (continuous at `annual_discount` % a year).

    By parts, ∫ e^(−δt) dE(t) = e^(−δw) E(w) + δ ∫ e^(−δt) E(t) dt; E is so smooth that eight Gauss points suffice.
    """
    if weeks < 0 or annual_discount <= -100:
        raise DataError(
            f"expected a horizon ≥ 0 weeks and a discount > −100%, got {weeks} and {annual_discount}.",
            where="discounted_purchases",
        )
    delta = np.log1p(annual_discount / 100) / WEEKS_PER_YEAR
    points, weights = np.polynomial.legendre.leggauss(8)
    value = np.exp(-delta * weeks) * model.expected_purchases(h.x, h.t_x, h.T, weeks)
    for t, weight in zip((points + 1) * weeks / 2, weights * weeks / 2, strict=True):
        value = value + delta * weight * np.exp(-delta * t) * model.expected_purchases(h.x, h.t_x, h.T, float(t))
    return np.asarray(value)
