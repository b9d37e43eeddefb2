"""Intervals and exact tests of proportions: how sure is a rate, and are two rates the same?

All tests are two-sided: twice the smaller tail, at most 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.methods.inference.hypergeometric import tails

Floats = NDArray[np.float64]

NORMAL_95 = 1.959963984540054  # half width of a 95 % interval, in standard deviations


def wilson_interval(found: ArrayLike, tried: ArrayLike) -> tuple[Floats, Floats]:
    """Lower and upper end of the 95 % interval of a rate `found` / `tried` (0–1), elementwise.

    Blank (NaN) where nothing was tried or where the counts are no rate (`found` below 0 or above `tried`).
    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    successes = np.asarray(found, dtype=np.float64)
    trials = np.asarray(tried, dtype=np.float64)
    valid = (trials > 0) & (successes >= 0) & (successes <= trials)
    successes = np.where(valid, successes, np.nan)
    trials = np.where(valid, trials, np.nan)
    return 1 - _wilson_upper(trials - successes, trials), _wilson_upper(successes, trials)


def _wilson_upper(found: Floats, tried: Floats) -> Floats:
    rate = found / tried
    z2 = NORMAL_95**2
    reach = NORMAL_95 * np.sqrt(rate * (1 - rate) / tried + z2 / (4 * tried**2))
    upper: Floats = (rate + z2 / (2 * tried) + reach) / (1 + z2 / tried)
    return upper


def binomial_test(found: ArrayLike, tried: ArrayLike, rate: float) -> Floats:
    """p that `found` of `tried` came at the given rate (0–1), elementwise: the exact binomial test."""
    from scipy.special import bdtr, bdtrc

    successes = np.asarray(found, dtype=np.float64)
    at_least = np.where(successes > 0, bdtrc(np.maximum(successes, 1) - 1, tried, rate), 1.0)
    return _two_sided(bdtr(successes, tried, rate), at_least)


def rates_against_rest(found: NDArray[np.integer[Any]], tried: NDArray[np.integer[Any]]) -> Floats:
    """p that each group's rate is that of all other groups together: Fisher's exact test.

    One element a group: `found` of `tried`. A group that is everything gets 1.
    """
    groups = len(found)
    everything = int(tried.sum())
    successes = np.full(groups, int(found.sum()))
    at_least, _ = tails(found, everything, tried, successes)
    _, at_most = tails(found + 1, everything, tried, successes)
    return _two_sided(at_most, at_least)


def _two_sided(at_most: ArrayLike, at_least: ArrayLike) -> Floats:
    return np.asarray(np.minimum(1.0, 2 * np.minimum(at_most, at_least)), dtype=np.float64)
