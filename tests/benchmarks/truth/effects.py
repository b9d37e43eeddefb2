"""Price effects of simulated shops: how near the truth they come, and whether quantity breaks are refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.methods.commerce.price_effects import price_effect, refuse_quantity_breaks
from tests.analytics.simulated_prices import KINDS, cells_of, quantity_breaks
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
    for truth in TRUTHS:
        broken = [refused(quantity_breaks(np.random.default_rng(seed), truth)) for seed in range(seeds)]
        yield found(f"quantity breaks, truth {truth:g}, refused", 100 * float(np.mean(broken)), "%", at_least=100)


def refused(lines: pd.DataFrame) -> bool:
    """Whether lines of more units are found to get larger discounts."""
    try:
        refuse_quantity_breaks(lines)
    except NotEnoughData:
        return True
    return False
