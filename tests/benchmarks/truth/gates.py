"""The subjects, and how many seeds each is measured with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.results import Result
from tests.benchmarks.truth import (
    affinity,
    alerts,
    chance,
    change,
    customers,
    decisions,
    effects,
    forecast,
    kinds,
    lifetime,
    stories,
)


@dataclass(frozen=True)
class Gate:
    """One subject. `measure` yields figures with their targets, from as many seeds of each simulation as given."""

    name: str
    measure: Callable[[int], Iterator[Result]]
    seeds: int
    quick: int


GATES = (
    Gate("forecast", forecast.measure, seeds=10, quick=2),
    Gate("chance", chance.measure, seeds=10, quick=1),
    Gate("affinity", affinity.measure, seeds=100, quick=5),
    Gate("lifetime", lifetime.measure, seeds=10, quick=2),
    Gate("change", change.measure, seeds=150, quick=5),
    Gate("alerts", alerts.measure, seeds=100, quick=10),
    Gate("customers", customers.measure, seeds=40, quick=4),
    Gate("effects", effects.measure, seeds=20, quick=2),
    Gate("decisions", decisions.measure, seeds=60, quick=2),
    Gate("kinds", kinds.measure, seeds=20, quick=2),
    Gate("stories", stories.measure, seeds=40, quick=2),
)
NAMES = tuple(gate.name for gate in GATES)


def measure(names: tuple[str, ...] = NAMES, *, quick: bool = False) -> Iterator[Result]:
    """The figures of these subjects, one after another; their names begin with the subject's. `quick`: few seeds, which
    show that everything runs, not that a target is met.
    """
    unknown = set(names) - set(NAMES)
    if unknown:
        raise SystemExit(f"No subject is called {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.")
    for gate in GATES:
        if gate.name in names:
            for result in gate.measure(gate.quick if quick else gate.seeds):
                yield {**result, "name": f"{gate.name}: {result['name']}"}
