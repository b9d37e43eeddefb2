"""Shops whose days follow known laws, many at once: by them alarms are judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

WEEK = np.array([1.0, 0.95, 0.9, 1.0, 1.1, 1.25, 0.8])
SHIFT_DAY = 260  # of a shop whose level changes for good


@dataclass(frozen=True)
class Days:
    """Days × shops: orders and revenue."""

    orders: np.ndarray
    revenue: np.ndarray


def carried(rng: np.random.Generator, shape: tuple[int, int], spread: float, persistence: float) -> np.ndarray:
    """Logarithms of daily factors with that standard deviation, each day like the one before by `persistence`."""
    noise = rng.normal(0, spread, shape)
    for t in range(1, len(noise)):
        noise[t] = persistence * noise[t - 1] + np.sqrt(1 - persistence**2) * noise[t]
    return noise


def spent(rng: np.random.Generator, orders: np.ndarray, spread: float) -> np.ndarray:
    """Revenue of these orders, each of a lognormal value of mean 40; `spread`: standard deviation of its logarithm."""
    if spread == 0:
        return 40.0 * orders
    most = int(orders.max(initial=0))
    if most > 400:  # enough for their sum to be nearly normal
        relative = np.sqrt(np.expm1(spread**2))
        return (
            40.0 * orders * np.maximum(1 + relative / np.sqrt(np.maximum(orders, 1)) * rng.normal(size=orders.shape), 0)
        )
    values = 40.0 * np.exp(rng.normal(-(spread**2) / 2, spread, int(orders.sum())))
    ends = np.cumsum(orders.ravel()).astype(int)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.diff(sums[np.concatenate([[0], ends])])).reshape(orders.shape)


def shops(
    rng: np.random.Generator,
    days: int,
    number: int,
    *,
    level: tuple[float, float],
    spread: float = 0.0,
    persistence: float = 0.0,
    values: float = 0.6,
    over: float = 0.0,
    growth: float = 0.0,
    season: float = 0.0,
    shift: float = 1.0,
    closed: int | None = None,
) -> Days:
    """`level`: orders a day, from and to; `spread`: of a day's own factor (logarithm); `over`: variance of a gamma
    factor; `growth`: a year; `season`: how far the year swings; `shift`: factor from SHIFT_DAY on; `closed`: a weekday
    without orders."""
    time = np.arange(days)[:, None]
    mean = rng.uniform(*level, number)[None] * WEEK[time % 7] * (1 + growth) ** (time / 365)
    mean = mean * (1 + season * np.sin(2 * np.pi * (time / 365 + rng.random(number))))
    mean = mean * np.where(time >= SHIFT_DAY, shift, 1.0)
    if closed is not None:
        mean = np.where(time % 7 == closed, 0.0, mean)
    if spread:
        mean = mean * np.exp(carried(rng, (days, number), spread, persistence) - spread**2 / 2)
    if over:
        mean = mean * rng.gamma(1 / over, over, (days, number))
    orders = rng.poisson(mean)
    return Days(orders.astype(float), spent(rng, orders, values))


Kind = Callable[[np.random.Generator, int, int], Days]

KINDS: dict[str, Kind] = {
    "one price, 3 to 5 orders a day": lambda rng, d, n: shops(rng, d, n, level=(3, 5), values=0),
    "12 orders of differing value": lambda rng, d, n: shops(rng, d, n, level=(8, 16)),
    "days vary by a quarter": lambda rng, d, n: shops(rng, d, n, level=(100, 400), spread=0.23),
    "days like the one before, .5": lambda rng, d, n: shops(rng, d, n, level=(100, 400), spread=0.15, persistence=0.5),
    "days like the one before, .8": lambda rng, d, n: shops(rng, d, n, level=(100, 400), spread=0.15, persistence=0.8),
    "overdispersed": lambda rng, d, n: shops(rng, d, n, level=(15, 40), over=0.15),
    "growing": lambda rng, d, n: shops(rng, d, n, level=(60, 120), growth=0.8),
    "closed on a weekday": lambda rng, d, n: shops(rng, d, n, level=(20, 200), closed=6),
    "yearly season": lambda rng, d, n: shops(rng, d, n, level=(60, 200), season=0.35),
    "level shift": lambda rng, d, n: shops(rng, d, n, level=(60, 200), shift=1.6),
    "heavy-tailed values": lambda rng, d, n: shops(rng, d, n, level=(20, 60), values=1.2),
    "large": lambda rng, d, n: shops(rng, d, n, level=(3000, 8000), spread=0.06),
}


def thinned(rng: np.random.Generator, made: Days, part: float, last: int) -> Days:
    """The same shops, of whose orders on the last days only this part came."""
    orders = made.orders.copy()
    revenue = made.revenue.copy()
    orders[-last:] = rng.binomial(made.orders[-last:].astype(int), part)
    value = np.divide(made.revenue, made.orders, out=np.zeros_like(made.revenue), where=made.orders > 0)
    revenue[-last:] = orders[-last:] * value[-last:]
    return Days(orders, revenue)
