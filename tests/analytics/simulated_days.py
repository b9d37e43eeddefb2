"""Revenue by day of shops whose truth is known: nothing changes but by chance, or by what is planted.

Many shops at once: shops × days. Orders are Poisson numbers around a level, each of a random value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

Array = np.ndarray

WEEK = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.5, 0.8])
VALUE_SPREAD = 0.6  # standard deviation of an order's value over its mean


def persistent(rng: np.random.Generator, shops: int, days: int, carried: float) -> Array:
    """An autoregressive process of first order with variance 1."""
    steps = rng.normal(size=(shops, days))
    steps[:, 1:] *= np.sqrt(1 - carried**2)
    for day in range(1, days):
        steps[:, day] += carried * steps[:, day - 1]
    return steps


def revenue(
    rng: np.random.Generator,
    shops: int,
    days: int,
    *,
    carried: float = 0.0,
    swing: float = 0.25,
    level: float = 100.0,
    spread: float = 0.0,
    weekly: bool = False,
    growth: float = 0.0,
    peak: float = 0.0,
    closed: tuple[int, ...] = (),
    heavy: float = 0.0,
) -> Array:
    """Shops × days. `carried`: correlation of a day's level with the next day's; `swing`: standard deviation of that
    level, in logarithms; `spread`: further variance of a day's orders, as a part of their squared mean; `growth`: a
    year, as a part; `peak`: height of a yearly peak of about six weeks, over the level; `closed`: days of the week
    without orders; `heavy`: standard deviation of order values in logarithms, instead of moderate ones."""
    time = np.arange(days)
    mean = level * (1 + growth) ** (time / 365) * np.ones((shops, 1))
    mean = mean * (1 + peak * np.exp(-0.5 * ((time - 340 + 182.5) % 365 - 182.5) ** 2 / 15**2))
    if swing:
        mean = mean * np.exp(swing * persistent(rng, shops, days, carried) - swing**2 / 2)
    if weekly:
        mean = mean * WEEK[time % 7]
    if spread:
        mean = mean * rng.gamma(1 / spread, spread, mean.shape)
    mean = np.where(np.isin(time % 7, closed), 0.0, mean)
    orders = rng.poisson(mean)
    if heavy:
        values = rng.lognormal(-(heavy**2) / 2, heavy, int(orders.sum()))
        ends = np.cumsum(orders)
        total = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray((total[ends] - total[ends - orders.ravel()]).reshape(mean.shape))
    return np.where(orders > 0, rng.gamma(np.maximum(orders, 1) / VALUE_SPREAD**2, VALUE_SPREAD**2), 0.0)


Kind = Callable[[np.random.Generator, int, int], Array]

CARRIED: dict[str, Kind] = {f"AR {r:g}": partial(revenue, carried=r) for r in (0.0, 0.3, 0.5, 0.7, 0.8, 0.9)}
STRONGLY_CARRIED: dict[str, Kind] = {"AR 0.98": partial(revenue, carried=0.98)}
OTHERS: dict[str, Kind] = {
    "counts alone": partial(revenue, swing=0.0),
    "overdispersed": partial(revenue, swing=0.0, spread=0.2),
    "5 orders a day": partial(revenue, swing=0.0, level=5.0),
    "weekly": partial(revenue, swing=0.0, weekly=True),
    "weekly, AR 0.8": partial(revenue, carried=0.8, weekly=True),
    "yearly peak": partial(revenue, swing=0.1, carried=0.5, peak=1.5),
    "growing 15 % a year": partial(revenue, swing=0.1, carried=0.5, growth=0.15),
    "closed on two days": partial(revenue, carried=0.5, closed=(5, 6)),
    "2 orders a week, heavy-tailed": partial(revenue, swing=0.0, level=0.3, heavy=1.2),
    "hidden AR 0.9": partial(revenue, carried=0.9, swing=0.1, level=30.0),
}
