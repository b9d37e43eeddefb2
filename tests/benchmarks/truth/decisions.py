"""Outcomes of simulated decisions: how often one is told that there was not, how near the truth the told ones come, and
how often the range holds it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.methods.inference.effects import Effect, measured
from tests.analytics.simulated_decisions import SETTINGS, Setting, simulated
from tests.benchmarks.results import Result, found

EFFECTS = (0.0, 0.15, 0.3)


def measure(seeds: int) -> Iterator[Result]:
    """Every setting without an effect and with two, `seeds` companies each; then all settings together."""
    wrong: list[bool] = []
    held: list[bool] = []
    for name, setting in SETTINGS.items():
        for effect in EFFECTS:
            effects = [e for seed in range(seeds) if isinstance(e := _one(seed, setting, effect), Effect)]
            what = f"{name}, truth {100 * effect:+.0f} %"
            told = [e.told for e in effects]
            wrong += told if not effect else []
            held += [e.low <= 100 * effect <= e.high for e in effects]
            yield found(f"{what}, told", 100 * float(np.mean(told)), "%")
            bias = float(np.median([e.change for e in effects])) - 100 * effect
            yield found(f"{what}, median error", bias, "points", at_least=-5, at_most=5)
            yield found(f"{what}, refused", 100 * (1 - len(effects) / seeds), "%", at_most=5)
    yield found("told where there was none", 100 * float(np.mean(wrong)), "%", at_most=8)
    yield found("ranges that hold the truth", 100 * float(np.mean(held)), "%", at_least=92)


def _one(seed: int, setting: Setting, effect: float) -> Effect | str:
    series = simulated(np.random.default_rng([seed, setting.series]), setting, effect)
    return measured(series[0], series[1:], setting.start, setting.start + setting.length)
