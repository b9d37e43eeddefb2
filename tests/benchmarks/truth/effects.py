"""Price effects of simulated shops: how near the truth they come, and whether what cannot be told is
refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.methods.commerce.price_effects import price_effect, refuse_prices_made_by_buyers, refuse_quantity_breaks
from tests.analytics.simulated_prices import KINDS, REFUSED, cells_of
from tests.benchmarks.results import Result, found

TRUTHS = (0.0, -2.0)
NEAR = 0.15


def measure(seeds: int) -> Iterator[Result]:
    """Every kind of shop with an effect of 0 and of −2 % for 1 %, `seeds` shops each."""
    for kind, make in KINDS.items():
        for truth in TRUTHS:
            shops = (make(np.random.default_rng([seed, len(kind)]), truth) for seed in range(seeds))
            effects = [price_effect(cells_of(lines)) for lines in shops if not refused(lines)]
            mean = float(np.mean([effect.value for effect in effects])) if effects else np.nan
            near = 100 * float(np.mean([abs(e.value - truth) <= NEAR for e in effects])) if effects else np.nan
            covered = 100 * float(np.mean([e.low <= truth <= e.high for e in effects])) if effects else np.nan
            name = f"{kind}, truth {truth:g}"
            yield found(f"{name}, estimate", mean, "", at_least=truth - NEAR, at_most=truth + NEAR)
            yield found(f"{name}, shops within {NEAR:g}", near, "%")
            yield found(f"{name}, intervals that hold it", covered, "%")
            yield found(f"{name}, refused", 100 * (1 - len(effects) / seeds), "%", at_most=5)
    for kind, make in REFUSED.items():
        for truth in TRUTHS:
            hit = [refused(make(np.random.default_rng(seed), truth)) for seed in range(seeds)]
            yield found(f"{kind}, truth {truth:g}, refused", 100 * float(np.mean(hit)), "%", at_least=100)


def refused(lines: pd.DataFrame) -> bool:
    """Whether prices are found to follow from what was bought, or by whom."""
    try:
        refuse_quantity_breaks(lines)
        refuse_prices_made_by_buyers(lines)
    except NotEnoughData:
        return True
    return False
