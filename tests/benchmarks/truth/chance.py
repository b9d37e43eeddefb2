"""Chances of meeting a target in simulated companies: of those that were said to be likely, as many must be met.

A target is what the forecast expects of the days left, moved by up to a fifth either way, so that chances of all sizes
are said; what then comes decides. The companies are those that forecasts are measured with, among them levels that
wander, peaks, feasts that move, closed days and few orders.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.methods.timeseries.chance import Remainder, chance, remainder
from tests.analytics.simulated_series import KINDS, Simulated, made
from tests.benchmarks.results import Result, found

LEFT = (7, 14, 28)  # days
MOVED = (-0.2, -0.12, -0.06, -0.02, 0.02, 0.06, 0.12, 0.2)
SAID = ((5, 20), (20, 40), (40, 60), (60, 80), (80, 95))  # per cent
TOLERANCE = 10  # points by which the share that was met may miss what was said
FAR = 80  # days that need a year before
FAR_KINDS = {
    "grows": {"days": 900, "growth": 0.4},
    "has a season": {"days": 1000, "height": 1.0},
    "has a season and wanders": {"days": 1000, "height": 0.5, "walk": 0.01},
    "closed on Sundays": {"days": 800, "closed": (6,)},
}


def measure(seeds: int) -> Iterator[Result]:
    """All kinds with 7, 14 and 28 days left, then four with 80."""
    near = [
        row
        for kind, make in KINDS.items()
        for seed in range(seeds)
        for row in said_and_met(make(np.random.default_rng([seed, len(kind), 3])), LEFT, seed)
    ]
    yield from _calibration("up to 28 days left", pd.DataFrame(near))
    far = [
        row
        for kind, about in FAR_KINDS.items()
        for seed in range(2 * seeds)
        for row in said_and_met(_far(seed, kind, about), (FAR,), seed)
    ]
    yield from _calibration(f"{FAR} days left", pd.DataFrame(far))


def _far(seed: int, kind: str, about: dict[str, object]) -> Simulated:
    end = ("2025-06-30", "2025-09-15", "2025-11-10", "2025-03-31")[seed % 4]
    return made(np.random.default_rng([seed, len(kind)]), end, ahead=FAR, **about)  # type: ignore[arg-type]


def said_and_met(simulated: Simulated, left: tuple[int, ...], seed: int) -> Iterator[dict[str, float]]:
    """For each number of days left and each target: the chance that is said (%; NaN: refused) and whether it is met."""
    rng = np.random.default_rng(seed)
    end = simulated.history.index[-1].to_datetime64().astype("datetime64[D]") + 1
    for days in left:
        rest: Remainder = remainder(simulated.history, TimeRange(end, end + days))
        came = float(simulated.ahead[:days].sum())
        for moved in MOVED:
            amount = rest.expected * (1 + moved + rng.normal(0, 0.02))
            yield {"said": 100 * chance(rest, amount), "met": 100.0 * (came >= amount)}


def _calibration(name: str, frame: pd.DataFrame) -> Iterator[Result]:
    yield found(f"{name}: refused", 100 * frame["said"].isna().mean(), "%")
    told = frame.dropna()
    for low, high in SAID:
        among = told[(told["said"] >= low) & (told["said"] < high)]
        said, met = float(among["said"].mean()), float(among["met"].mean())
        bounds = {"at_least": said - TOLERANCE, "at_most": said + TOLERANCE} if len(among) else {}
        yield found(f"{name}: said {low} to {high} % ({len(among)} times, mean {said:.0f} %), met", met, "%", **bounds)
    brier = float((((told["said"] - told["met"]) / 100) ** 2).mean())
    rate = told["met"].mean() / 100
    yield found(f"{name}: Brier score", brier, "", at_most=0.17)
    yield found(f"{name}: Brier score of the share of all that were met", rate * (1 - rate), "")
