"""Forecasts of simulated series: error, bands, bias of the month ahead, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.methods.timeseries.accuracy import naive_scale
from analytics.methods.timeseries.forecast import forecast
from tests.analytics.simulated_series import KINDS, Simulated
from tests.benchmarks.results import Result, found

WEEK = 7


def measure(seeds: int) -> Iterator[Result]:
    """Every kind of series by day, 28 days ahead."""
    rows = [
        {"kind": kind, **judged(made(np.random.default_rng([seed, len(kind)])))}
        for kind, made in KINDS.items()
        for seed in range(seeds)
    ]
    frame = pd.DataFrame(rows)
    given = frame[~frame["refused"]]
    yield found(f"series, {len(KINDS)} kinds", len(frame), "", at_least=200)
    yield found("refused", 100 * frame["refused"].mean(), "%")
    yield found("days inside the 80 % band", given["in_80"].mean(), "%", at_least=76, at_most=84)
    yield found("days inside the 95 % band", given["in_95"].mean(), "%", at_least=93, at_most=97)
    yield found("MASE", given["mase"].mean(), "")
    for kind, of_kind in given.groupby("kind", sort=False):
        if "peak" in kind:
            yield found(f"bias, {kind}", of_kind["bias"].mean(), "%", at_least=-10, at_most=10)


def judged(simulated: Simulated) -> dict[str, float | bool]:
    """The error (MASE), the share (%) of days in each band, and the bias (%) against the true mean."""
    made = forecast(simulated.history, grain="day")
    frame = made.frame
    if made.refused:
        return {"refused": True}
    came = simulated.ahead[: len(frame)]
    inside = {
        f"in_{level}": 100 * ((came >= frame[f"lower_{level}"]) & (came <= frame[f"upper_{level}"])).mean()
        for level in (80, 95)
        if frame[f"upper_{level}"].notna().all()
    }
    return {
        "refused": False,
        "mase": float(np.abs(came - frame["value"]).mean() / naive_scale(simulated.history.to_numpy(), WEEK)),
        "bias": 100 * (frame["value"].sum() / simulated.mean_ahead[: len(frame)].sum() - 1),
        **inside,
    }
