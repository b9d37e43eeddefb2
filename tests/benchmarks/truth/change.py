"""Change: two ranges of days in which nothing changed are said to differ in one of twenty cases, and planted changes
are found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.insights.kinds.revenue import movers
from analytics.methods.inference.day_noise import mean_change
from tests.analytics.simulated_days import CARRIED, OTHERS, STRONGLY_CARRIED, Kind, revenue
from tests.analytics.simulated_movers import QUERY, Planted, company, sold
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
    yield from movers_told(max(seeds // 3, 2))


def movers_told(seeds: int) -> Iterator[Result]:
    """Companies in which nothing moved otherwise than the whole, and ones in which a product or a pair did."""
    together = [told(seed, lambda cells: np.full(len(cells), 0.75), carried=0.8, swing=0.4) for seed in range(seeds)]
    share = 100 * float(np.mean([bool(about) for about in together]))
    yield found("everything falls by a quarter: companies with a mover", share, "%", at_most=5)
    product = [told(seed, lambda cells: np.where(cells["product"] == "B", 0.7, 1.0), each=150) for seed in range(seeds)]
    share = 100 * float(np.mean([about[:1] == [{"product": "B"}] for about in product]))
    yield found("a product falls by 30 %: told first", share, "%", at_least=90)
    pair = [told(seed, _one_pair) for seed in range(seeds)]
    share = 100 * float(np.mean([about[:1] == [{"product": "A", "country": "X"}] for about in pair]))
    yield found("a product falls by 60 % in one country: told first, as the pair", share, "%", at_least=80)


def _one_pair(cells: pd.DataFrame) -> np.ndarray:
    return np.where((cells["product"] == "A") & (cells["country"] == "X"), 0.4, 1.0)


def told(seed: int, now: Planted, each: int = 60, **noise: float) -> list[dict[str, str]]:
    """What each mover that is told is about, in order."""
    return [dict(claim.about) for claim in movers.movers(company(sold(now, each, seed, **noise), QUERY))]


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
