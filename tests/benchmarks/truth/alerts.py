"""Unusual days and weeks of simulated shops: false alarms, and how often a week that lost 30 % is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.methods.alarms.anomalies import WINDOWS
from analytics.methods.alarms.watch import watch
from tests.analytics import best_alarm
from tests.analytics.simulated_series import WEEK, season
from tests.analytics.simulated_shops import KINDS, SHIFT_DAY, Days, shops, thinned
from tests.benchmarks.results import Result, found

LEVEL = 0.001
DAYS = 400
LOST = 0.7  # what is left of a week
BUSY = 100  # orders a day
NOISY = {  # kinds whose whole days vary by themselves: by how much (logarithm), and how much of it carries on
    "days vary by a quarter": (0.23, 0.0),
    "days like the one before, .5": (0.15, 0.5),
    "days like the one before, .8": (0.15, 0.8),
}
WINDOW = WINDOWS["day"]


def measure(seeds: int) -> Iterator[Result]:
    """Every kind of shop, `seeds` shops of each."""
    for kind, make in KINDS.items():
        rng = np.random.default_rng(len(kind))
        made = make(rng, DAYS, seeds)
        hit = flagged(made)[counted(kind)]
        yield found(f"flagged of 1,000 days, {kind}", 1000 * hit.mean(), "", at_least=0.5, at_most=2)
        busy = made.orders[-35:].mean(axis=0) >= BUSY
        if busy.sum() >= seeds / 5:
            power = 100 * flagged(thinned(rng, made, LOST, 7))[-7:, busy].any(axis=0).mean()
            yield found(f"weeks 30 % weaker found, {kind}", power, "%", at_least=None if kind in NOISY else 70)
        if kind in NOISY:
            best = best_alarm.found(rng, 10 * seeds, DAYS, *NOISY[kind], LOST, LEVEL)
            yield found(f"weeks 30 % weaker found by who knows all but when, {kind}", best, "%")
    yield from _seasons(seeds)


def _seasons(seeds: int) -> Iterator[Result]:
    """A year that swings widely, in its first year, and a peak before Christmas that comes every year."""
    rng = np.random.default_rng(1)
    swings = shops(rng, DAYS, seeds, level=(60, 200), season=0.7)
    yield found("flagged of 1,000 days, season of ±70 %", 1000 * flagged(swings)[counted("")].mean(), "")
    index = pd.date_range("2022-01-03", "2024-12-31")
    shape = season(index, 1.0) * WEEK[index.day_of_week.to_numpy()]
    orders = rng.poisson(rng.uniform(60, 200, seeds // 3 + 1) * shape[:, None]).astype(float)
    hit = flagged(Days(orders, 40 * orders))
    peak = np.isin(index.month, (1, 11, 12))
    for year, most in ((2023, None), (2024, 2)):
        of_year = 1000 * hit[peak & (index.year == year)].mean()
        yield found(f"flagged of 1,000 days, November to January of year {year - 2021}", of_year, "", at_most=most)


def counted(kind: str) -> np.ndarray:
    """Days that are judged, without the four weeks after a level has changed."""
    day = np.arange(DAYS)
    changed = (day >= SHIFT_DAY) & (day < SHIFT_DAY + 28) & (kind == "level shift")
    return np.asarray((day >= WINDOW.learn) & ~changed)


def flagged(days: Days) -> np.ndarray:
    """Days × shops."""
    seen = watch(days.orders, days.revenue, WINDOW, LEVEL)
    return np.asarray(seen.flagged | seen.jointly)
