"""Affinities: on independent items nothing is claimed beyond the stated rate, and planted pairs are found."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.methods.baskets.affinity import LEVEL, affinity_table
from tests.analytics.simulated_baskets import PLANTED, claimed, drawn
from tests.benchmarks.results import Result, found


def measure(seeds: int) -> Iterator[Result]:
    """False claims over the seeds, with and without seasons, and how often a planted pair is found."""
    for seasons in (False, True):
        companies = "heavy-tailed sizes, seasonal halves" if seasons else "heavy-tailed sizes"
        tables = [affinity_table(*drawn(seed, seasons=seasons)) for seed in range(seeds)]
        wrong = [int((table["affinity"] != "").sum()) for table in tables]
        share = sum(number > 0 for number in wrong) / seeds
        yield found(f"{companies}: companies with a false claim", 100 * share, "%", at_most=100 * LEVEL)
        yield found(f"{companies}: false claims a company", sum(wrong) / seeds, "")
    planted = [drawn(seed, planted=True, seasons=seed % 2 == 1) for seed in range(min(seeds, 20))]
    hits = [PLANTED in claimed(affinity_table(*company), "more") for company in planted]
    yield found("a planted pair is found", 100 * sum(hits) / len(hits), "%", at_least=95)
