"""Forecasts of simulated series: error against ETS and Theta of statsmodels, bands, bias, and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.calendar import Grain
from analytics.methods.timeseries.accuracy import naive_scale
from analytics.methods.timeseries.forecast import forecast
from analytics.methods.timeseries.series import history_of
from tests.analytics.simulated_series import KINDS, Simulated, by_month
from tests.benchmarks.results import Result, found

SEASONS: dict[Grain, int] = {"day": 7, "month": 12}
MONTHS = (18, 24, 30, 42, 60)  # lengths of histories by month
REFUSED = 10  # % of histories of 42 months or more, at most
COMPARED = 3  # number of seeds of which ETS and Theta are fitted too: those take a second each


def measure(seeds: int) -> Iterator[Result]:
    """Every kind of series by day, 28 days ahead, then seasonal companies by month, up to 12 months ahead."""
    yield from _by_day(seeds)
    yield from _by_month(seeds)


def _by_day(seeds: int) -> Iterator[Result]:
    rows = [
        {"kind": kind, **judged(made(np.random.default_rng([seed, len(kind)])), "day", compared=seed < COMPARED)}
        for kind, made in KINDS.items()
        for seed in range(seeds)
    ]
    frame = pd.DataFrame(rows)
    given = frame[~frame["refused"]]
    yield found(f"series by day, {len(KINDS)} kinds", len(frame), "", at_least=200)
    yield found("refused", 100 * frame["refused"].mean(), "%")
    yield found("days inside the 80 % band", given["in_80"].mean(), "%", at_least=76, at_most=84)
    yield found("days inside the 95 % band", given["in_95"].mean(), "%", at_least=93, at_most=97)
    yield from _errors("by day", given)
    for kind, of_kind in given.groupby("kind", sort=False):
        if "peak" in str(kind):
            yield found(f"bias, {kind}", of_kind["bias"].mean(), "%", at_least=-10, at_most=10)


def _by_month(seeds: int) -> Iterator[Result]:
    for months in MONTHS:
        rows = [_of_months(seed, months) for seed in range(2 * seeds)]
        frame = pd.DataFrame(rows)
        most = REFUSED if months >= 42 else None
        yield found(f"{months} months: refused", 100 * frame["refused"].mean(), "%", at_most=most)
        if "in_80" in frame:
            yield found(f"{months} months: months inside the 80 % band", frame["in_80"].mean(), "%")
        yield from _errors(f"{months} months", frame[~frame["refused"]])


def _errors(name: str, given: pd.DataFrame) -> Iterator[Result]:
    """The mean error, and how it compares with the better of the two peers where they are installed."""
    yield found(f"{name}: MASE", given["mase"].mean(), "")
    if "ets" in given and given["ets"].notna().any():
        same = given[given["ets"].notna()]
        peers = same[["ets", "theta"]].mean()
        yield found(f"{name}: MASE of ETS", peers["ets"], "")
        yield found(f"{name}: MASE of Theta", peers["theta"], "")
        above = 100 * (same["mase"].mean() / peers.min() - 1)
        yield found(f"{name}: MASE above the better of ETS and Theta", above, "%", at_most=2)


def _of_months(seed: int, months: int) -> dict[str, float | bool]:
    return judged(by_month(np.random.default_rng([seed, months]), months), "month", compared=seed < 4 * COMPARED)


def judged(simulated: Simulated, grain: Grain, *, compared: bool) -> dict[str, float | bool]:
    """The error (MASE) of the forecast and, where `compared`, of its peers, the share (%) of periods in each band, and
    the bias (%) of the sum against the true mean.
    """
    made = forecast(simulated.history, grain=grain)
    frame = made.frame
    if made.refused:
        return {"refused": True}
    after = pd.date_range(simulated.history.index[-1] + pd.Timedelta(days=1), periods=len(simulated.ahead))
    came = history_of(pd.Series(simulated.ahead, after)).summed(grain).values[: len(frame)]
    mean = history_of(pd.Series(simulated.mean_ahead, after)).summed(grain).values[: len(frame)]
    history = history_of(simulated.history).summed(grain).values
    scale = naive_scale(history, SEASONS[grain])
    inside = {
        f"in_{level}": 100 * ((came >= frame[f"lower_{level}"]) & (came <= frame[f"upper_{level}"])).mean()
        for level in (80, 95)
        if frame[f"upper_{level}"].notna().all()
    }
    rivals = peers(history, grain, len(frame)) if compared else {}
    errors = {name: np.abs(came - ahead).mean() / scale for name, ahead in rivals.items()}
    return {
        "refused": False,
        "mase": float(np.abs(came - frame["value"].to_numpy()).mean() / scale),
        "bias": 100 * (frame["value"].sum() / mean.sum() - 1),
        **inside,
        **errors,
    }


def peers(history: np.ndarray, grain: Grain, steps: int) -> dict[str, np.ndarray]:
    """The forecasts of ETS (additive; the least AICc of season alone and with a damped trend) and Theta, by
    statsmodels, a requirement of the benchmarks; empty where it is not installed.
    """
    try:
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel
        from statsmodels.tsa.forecasting.theta import ThetaModel
    except ImportError:
        return {}
    season = SEASONS[grain]
    seasonal = {"seasonal": "add", "seasonal_periods": season} if len(history) >= 2 * season else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = [
            ETSModel(history, error="add", **trend, **seasonal).fit(disp=False)
            for trend in ({}, {"trend": "add", "damped_trend": True})
        ]
        best = min(models, key=_aicc)
        theta = ThetaModel(pd.Series(history), period=season, deseasonalize=bool(seasonal)).fit()
        return {"ets": np.asarray(best.forecast(steps)), "theta": np.asarray(theta.forecast(steps))}


def _aicc(model: object) -> float:
    return float(model.aicc)  # type: ignore[attr-defined]
