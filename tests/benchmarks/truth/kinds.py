"""Kinds of news: what was planted is found by its kind, also where it is small; where nothing happened, a kind claims
something no more often than it says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.insights.claim import LEVEL
from analytics.methods.customers.groups import departures
from analytics.methods.inference.interaction import local_changes
from analytics.methods.timeseries.silences import silences
from tests.analytics.simulated_stories import EACH_NOVEMBER, HARDER, PLANTED, QUERY, TELLING, claims, nothing
from tests.analytics.simulated_stories import found as told
from tests.benchmarks.results import Result, found

PLANTED_SEEDS = 5  # of each planted truth, at most
TRIALS = 20  # tables, series and groups for each seed


def measure(seeds: int) -> Iterator[Result]:
    """Planted truths found, claims where nothing happened, and the rates of the methods by themselves."""
    runs = min(seeds, PLANTED_SEEDS)
    for title, planted in (("planted", PLANTED), ("planted small", HARDER)):
        hits = {name: sum(bool(told(plant(seed))) for seed in range(runs)) for name, plant in planted.items()}
        for name, number in hits.items():
            yield found(f"{name.replace('_', ' ')}: found", 100 * number / runs, "%")
        yield found(f"{title}: found", 100 * sum(hits.values()) / runs / len(hits), "%", at_least=80)
    told_of = sum(bool(told(plant(seed))) for plant in EACH_NOVEMBER.values() for seed in range(runs))
    rate = 100 * told_of / runs / len(EACH_NOVEMBER)
    yield found("what comes each November: told as news", rate, "%", at_most=20)
    quiet = [nothing(seed) for seed in range(seeds)]
    false = sum(bool(claims(engine, QUERY, kind)) for engine in quiet for kind in TELLING)
    rate = 100 * false / seeds / len(TELLING)
    yield found("where nothing happened: a kind claims something", rate, "%", at_most=100 * LEVEL)
    yield from _methods(seeds)


def _methods(seeds: int) -> Iterator[Result]:
    """How often a table, a series or groups without a change have one that is called certain at a level of 5 %."""
    random = np.random.default_rng(seeds)
    trials = seeds * TRIALS
    for clustered in (1, 2, 4):
        wrong = sum(_table(random, clustered) for _ in range(trials))
        name = f"local changes, 8 × 6 cells, counts that vary {clustered} × as Poisson numbers: tables with a false one"
        yield found(name, 100 * wrong / trials, "%", at_most=100 * LEVEL * 1.4)
    for mean in (0.5, 3.0):
        level = random.gamma(4, 0.25, (trials, 365))
        many = silences(random.poisson(mean * level), np.ones(365))
        wrong = len({s.series for s in many if s.p <= LEVEL})
        yield found(f"silences, {mean:g} orders a day: series with a false one", 100 * wrong / trials, "%", at_most=5)
    wrong = sum(_groups(random) for _ in range(trials))
    yield found("groups of customers: a false departure or gain", 100 * wrong / trials, "%", at_most=100 * LEVEL * 1.4)


def _table(random: np.random.Generator, clustered: int) -> bool:
    mean = random.uniform(30, 120, (8, 6))
    base, now = (clustered * random.poisson(mean / clustered) for _ in range(2))
    rows, columns = np.indices(mean.shape)
    parts = {"row": rows, "column": columns, "n_base": base, "n_now": now, "amount_base": base, "amount_now": now}
    p = local_changes(pd.DataFrame({name: values.ravel() for name, values in parts.items()}))["p"]
    return bool((p * len(p) < LEVEL).any())


def _groups(random: np.random.Generator) -> bool:
    sizes = random.integers(100, 400, 4)
    faithful = random.uniform(0.1, 0.9)
    both = random.binomial(sizes, faithful)
    now = both + random.poisson(sizes * (1 - faithful))
    return bool(departures(sizes, now, both)[1].min() * len(sizes) < LEVEL)
