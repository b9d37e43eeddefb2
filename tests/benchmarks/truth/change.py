"""Change: two ranges of days in which nothing changed are said to differ in one of twenty cases, and planted changes
are found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.methods.inference.day_noise import mean_change
from tests.analytics.simulated_days import CARRIED, OTHERS, STRONGLY_CARRIED, Kind, revenue
from tests.benchmarks.results import Result, found

# days known, days of a range, days from the start of the earlier one to the start of the later
CASES = (
    (400, 30, 30),
    (400, 91, 91),
    (731, 30, 30),
    (731, 91, 91),
    (731, 30, 365),
    (731, 365, 365),
    (1096, 30, 365),
    (1096, 91, 365),
    (1096, 365, 365),
)
TRUE_ONLY = {  # kinds whose other ranges do differ
    "yearly peak": tuple(case for case in CASES if case[2] == 365),
    "growing 15 % a year": tuple(case for case in CASES if case[2] == 30),
}
SHORT = ((60, 30, 30), (90, 30, 30))


def measure(seeds: int) -> Iterator[Result]:
    """Rates at a level of 5 %, over the cases, from `seeds` shops of each kind and case; and the power."""
    for name, kind in (CARRIED | OTHERS).items():
        yield found(
            f"nothing changed, {name}: told as change",
            rate(kind, seeds, TRUE_ONLY.get(name, CASES)),
            "%",
            at_least=3,
            at_most=7,
        )
    for name, kind in STRONGLY_CARRIED.items():
        yield found(f"nothing changed, {name}: told as change", rate(kind, seeds, CASES), "%", at_most=20)
    for name in ("AR 0", "AR 0.5", "AR 0.9"):
        yield found(f"60 or 90 days known, {name}: told as change", rate(CARRIED[name], seeds, SHORT), "%", at_most=7)
    for name, settings in {"AR 0": {"carried": 0.0}, "AR 0.5": {"carried": 0.5}, "AR 0.9": {"carried": 0.9}}.items():
        yield found(f"a month falls by 30 %, {name}: found", power(seeds, **settings), "%", at_least=60)


def rate(kind: Kind, shops: int, cases: tuple[tuple[int, int, int], ...], part: float = 1.0) -> float:
    """Share (%) of shops, over the cases, whose last range is told to differ. `part`: what is left of it."""
    told = []
    for number, (days, length, apart) in enumerate(cases):
        made = kind(np.random.default_rng([20_260, number]), shops, days)
        made[:, -length:] *= part
        now = slice(days - length, days)
        base = slice(now.start - apart, now.stop - apart)
        told += [mean_change(shop, now, base).p <= 0.05 for shop in made]
    return 100 * float(np.mean(told))


def power(shops: int, carried: float) -> float:
    """Share (%) of shops of 100 orders a day in which a fall by 30 % over 30 days is found."""

    def kind(rng: np.random.Generator, shops: int, days: int) -> np.ndarray:
        return revenue(rng, shops, days, carried=carried, swing=0.15, weekly=True)

    return rate(kind, shops, tuple(case for case in CASES if case[1] == 30), part=0.7)
