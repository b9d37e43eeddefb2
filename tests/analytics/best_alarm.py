"""How often could anybody find a week that lost orders? By who knows everything but when: the level, the weekdays, how
days vary and how they carry on, and how much is lost.

The days are filtered by the law that made them (Kalman 1960, Journal of Basic Engineering 82(1)), so that what is left
is independent; each day is judged by the likelihood ratio of a fall that began on any of the seven days that end with
it (Willsky & Jones 1976, IEEE Transactions on Automatic Control 21(1)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.analytics.simulated_shops import WEEK, Days, shops, thinned

Array = np.ndarray

LEVEL = (100.0, 400.0)  # orders a day
LONGEST = 7  # days for which a fall may have lasted
SETTLED = 60  # days after which the filter has forgotten where it began


@dataclass(frozen=True)
class Innovations:
    """What each day shows beyond what the days before let expect, its variance, and how much of it the level takes up;
    days × shops."""

    error: Array
    variance: Array
    gain: Array


def found(
    rng: np.random.Generator, number: int, days: int, spread: float, carried: float, left: float, level: float
) -> float:
    """Share (%) of shops in which a last week of which only `left` is left is found, where half of `level` of ordinary
    days is called too weak. `spread`, `carried`: as of `simulated_shops.shops`."""
    evidence = []
    for part in (1.0, left):
        seed = int(rng.integers(1 << 32))
        means = np.random.default_rng(seed).uniform(*LEVEL, number)  # what `shops` draws first
        made = shops(
            np.random.default_rng(seed), days, number, level=LEVEL, spread=spread, persistence=carried, values=0
        )
        evidence.append(_evidence(_filtered(thinned(rng, made, part, LONGEST), means, spread, carried), carried, left))
    limit = np.quantile(evidence[0], 1 - level / 2)
    return 100 * float((evidence[1][-LONGEST:] > limit).any(axis=0).mean())


def _filtered(made: Days, means: Array, spread: float, carried: float) -> Innovations:
    """Logarithms of orders, as an autoregressive factor and the chance of single orders."""
    usual = means * WEEK[np.arange(len(made.orders)) % 7][:, None]
    seen = np.log(np.maximum(made.orders, 0.5) / usual) + spread**2 / 2 + 0.5 / usual
    state = np.zeros(len(means))
    unsure = np.full(len(means), spread**2)
    error, variance, gain = (np.empty_like(seen) for _ in range(3))
    for t in range(len(seen)):
        error[t] = seen[t] - state
        variance[t] = unsure + 1 / usual[t]
        gain[t] = unsure / variance[t]
        state = carried * (state + gain[t] * error[t])
        unsure = carried**2 * unsure * (1 - gain[t]) + spread**2 * (1 - carried**2)
    return Innovations(error, variance, gain)


def _evidence(seen: Innovations, carried: float, left: float) -> Array:
    """The largest logarithm of the likelihood ratio, of each day from SETTLED on."""
    ends = np.arange(SETTLED, len(seen.error))
    best = np.full((len(ends), seen.error.shape[1]), -np.inf)
    fall = np.log(left)
    for length in range(1, LONGEST + 1):
        ratio = np.zeros_like(best)
        learnt = np.zeros_like(best)  # of the fall, by the level
        for day in range(length):
            at = ends - length + 1 + day
            shown = fall * (1 - learnt)
            ratio += (shown * seen.error[at] - shown**2 / 2) / seen.variance[at]
            learnt = carried * (learnt + seen.gain[at] * (1 - learnt))
        best = np.maximum(best, ratio)
    return best
