"""Chances of meeting a target in simulated companies: of those that were said to be likely, as many must be met.

A target is what the forecast expects of the days left, moved by up to a fifth either way, so that chances of all sizes
are said; what then comes decides. The companies are those that forecasts are measured with, among them levels that
wander, peaks, feasts that move, closed days and few orders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analytics import store as stores
from analytics.calendar import TimeRange
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.methods.timeseries.chance import Remainder, chance, remainder
from analytics.selection import Selection
from tests.analytics.simulated_series import KINDS, Simulated, made
from tests.benchmarks.results import Result, found
from tests.processes import ROOT

LEFT = (7, 14, 28)  # days
MOVED = (-0.2, -0.12, -0.06, -0.02, 0.02, 0.06, 0.12, 0.2)
SAID = ((5, 20), (20, 40), (40, 60), (60, 80), (80, 95))  # per cent
TOLERANCE = 10  # points by which the share that was met may miss what was said
REAL = ("bytronix", "atliq", "classic_models", "cdnow")
FAR = 80  # days that need a year before
FAR_KINDS = {
    "grows": {"days": 900, "growth": 0.4},
    "has a season": {"days": 1000, "height": 1.0},
    "has a season and wanders": {"days": 1000, "height": 0.5, "walk": 0.01},
    "closed on Sundays": {"days": 800, "closed": (6,)},
}


def measure(seeds: int) -> Iterator[Result]:
    """All kinds with 7, 14 and 28 days left, then four with 80; then real histories, where STORESIGHT_SOURCES has
    them."""
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
    past = [row for name in REAL for row in _of_months(name)]
    if past:
        yield from _calibration("months of real histories", pd.DataFrame(past), bounded=False)


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


def _of_months(name: str) -> Iterator[dict[str, float]]:
    """Each month of a real data set from the seventh on, foretold from 7, 14 and 21 days before its end."""
    folder = Path(os.environ.get("STORESIGHT_SOURCES") or "nowhere")
    if not (folder / name).is_dir():
        return
    engine = ColumnarEngine(stores.in_memory(read(load(ROOT / "data" / f"{name}.toml"), folder)))
    now = engine.resolve(Selection(name))
    frame = engine.aggregate(["period"], ["revenue"], now.at(now.bounds.complete).by("day"))
    series = pd.Series(frame["revenue"].to_numpy(float), pd.DatetimeIndex(frame["period"]))
    for end in pd.date_range(series.index[0] + pd.DateOffset(months=6), series.index[-1], freq="ME"):
        for left in (7, 14, 21):
            known = series[: end - pd.Timedelta(days=left)]
            came = float(series[known.index[-1] + pd.Timedelta(days=1) : end].sum())
            last = end.to_datetime64().astype("datetime64[D]")
            rest = remainder(known, TimeRange(last.astype("datetime64[M]").astype("datetime64[D]"), last + 1))
            for moved in MOVED:
                amount = rest.expected * (1 + moved)
                yield {"said": 100 * chance(rest, amount), "met": 100.0 * (came >= amount)}


def _calibration(name: str, frame: pd.DataFrame, *, bounded: bool = True) -> Iterator[Result]:
    yield found(f"{name}: refused", 100 * frame["said"].isna().mean(), "%")
    told = frame.dropna()
    for low, high in SAID:
        among = told[(told["said"] >= low) & (told["said"] < high)]
        said, met = float(among["said"].mean()), float(among["met"].mean())
        bounds = {"at_least": said - TOLERANCE, "at_most": said + TOLERANCE} if bounded and len(among) else {}
        yield found(f"{name}: said {low} to {high} % ({len(among)} times, mean {said:.0f} %), met", met, "%", **bounds)
    brier = float((((told["said"] - told["met"]) / 100) ** 2).mean())
    rate = told["met"].mean() / 100
    yield found(f"{name}: Brier score", brier, "", at_most=0.17 if bounded else None)
    yield found(f"{name}: Brier score of the share of all that were met", rate * (1 - rate), "")
