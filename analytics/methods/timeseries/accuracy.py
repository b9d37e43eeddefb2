"""How good is a forecast? Error measures, rolling origins, the scorecard, and bands from past errors.

Sources: Hyndman & Koehler 2006 (International Journal of Forecasting 22) for MASE; Makridakis & Hibon 2000 (same
journal, 16) for sMAPE and the M3 data; Lei et al. 2018 (JASA 113) for split conformal bands. `mase` and `wape`, of one
forecast, are for notebooks: the scorecard has their means over all origins at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.methods.timeseries.annual import Year, year_ago
from analytics.methods.timeseries.feasts import NO_FEASTS, Feasts
from analytics.methods.timeseries.theta import seasonal_naive, theta

SCORES = ["method", "origins", "steps", "mase", "smape", "wape", "coverage_80", "coverage_95"]


def naive_scale(history: np.ndarray, season: int) -> float:
    """Mean absolute error, in-sample, of repeating the value one season before; NaN where the history is no longer than
    a season.
    """
    if len(history) <= season:
        return np.nan
    return float(np.nanmean(np.abs(history[season:] - history[:-season])))


def mase(actual: np.ndarray, forecast: np.ndarray, history: np.ndarray, season: int) -> float:
    """Mean absolute error in units of `naive_scale`: below 1 beats repeating the last season, in-sample. NaN for a flat
    history.
    """
    scale = naive_scale(history, season)
    return float(np.nanmean(np.abs(actual - forecast)) / scale) if scale > 0 else np.nan


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean of 200·|error| / (|actual| + |forecast|), 0–200. A period where both are zero counts as no error."""
    size = np.abs(actual) + np.abs(forecast)
    return float(np.nanmean(200 * np.abs(actual - forecast) / np.where(size == 0, 1.0, size)))


def wape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Sum of absolute errors as a percentage of the sum of absolute actuals: the measure for money. NaN where actuals
    are all zero.
    """
    known = ~np.isnan(actual)
    size = np.abs(actual[known]).sum()
    return float(100 * np.abs(actual - forecast)[known].sum() / size) if size > 0 else np.nan


def coverage(actual: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Percentage of actual values inside [lower, upper]; periods without actual or bound do not count. NaN where none
    is left.
    """
    known = ~(np.isnan(actual) | np.isnan(lower) | np.isnan(upper))
    if not known.any():
        return np.nan
    return float(100 * ((actual >= lower) & (actual <= upper))[known].mean())


@dataclass(frozen=True)
class RollingOrigins:
    """Forecasts made again from earlier moments of one history, with what then came.

    `actual` and each of `forecasts`: a row per origin, a column per step ahead; NaN in `actual` marks periods not to be
    judged. `scales`: `naive_scale` of each origin's history; `factor`: what feasts make of the usual value.
    """

    actual: np.ndarray
    forecasts: Mapping[str, np.ndarray]
    scales: np.ndarray
    factor: np.ndarray

    @property
    def tried(self) -> np.ndarray:
        """Which origins all methods can forecast from."""
        return np.asarray(~np.any([np.isnan(ahead).any(axis=1) for ahead in self.forecasts.values()], axis=0))

    def only(self, origins: np.ndarray) -> RollingOrigins:
        """The same from these origins alone (a mask)."""
        forecasts = {name: ahead[origins] for name, ahead in self.forecasts.items()}
        return RollingOrigins(self.actual[origins], forecasts, self.scales[origins], self.factor[origins])

    def relative_error(self, method: str) -> float:
        """Sum of absolute errors over that of actual values (0–1 and more), the mean over origins; NaN: undefined."""
        known = ~np.isnan(self.actual)
        missed = np.where(known, self.errors(method), 0.0).sum(axis=1)
        size = np.where(known, np.abs(self.actual), 0.0).sum(axis=1)
        return _mean(missed / np.where(size > 0, size, np.nan))

    def errors(self, method: str) -> np.ndarray:
        """Absolute errors of a method: a row per origin, a column per step ahead."""
        return np.asarray(np.abs(self.actual - self.forecasts[method]))


def rolling_origins(
    values: np.ndarray,
    origins: np.ndarray,
    *,
    season: int,
    horizon: int,
    gap: int = 0,
    judged: np.ndarray | None = None,
    floor: float = -np.inf,
    year: Year | None = None,
    feasts: Feasts = NO_FEASTS,
) -> RollingOrigins:
    """How would each method have done from each origin? Theta, the seasonal naive and the naive forecast; with `year`
    also last year's course ("year ago") and the mean of it and theta ("theta and year ago"), NaN from origins that lack
    a year.

    An origin is the number of values then known. `gap` skips that many periods between origin and first step; `judged`
    marks the values that may count; forecasts are cut at `floor`. With a season of 1 the two naive forecasts are one,
    named "naive". `feasts` are taken out of what the methods learn from and put where they fall next; the naive
    forecasts repeat what was.
    """
    histories = [values[:origin] for origin in origins]
    reach = gap + horizon
    adjusted = [feasts.adjusted(history, season, reach) for history in histories]
    plain = [one.history for one in adjusted]
    factor = np.array([one.factor for one in adjusted]).reshape(len(histories), reach)
    methods = {"theta": theta(plain, season, reach) * factor, "naive": seasonal_naive(histories, 1, reach)}
    if season > 1:
        methods["seasonal naive"] = seasonal_naive(histories, season, reach)
    if year is not None:
        methods["year ago"] = year_ago(plain, year, season, reach) * factor
        methods["theta and year ago"] = (methods["theta"] + methods["year ago"]) / 2
    steps = np.asarray(origins)[:, None] + np.arange(gap, reach)
    actual = values[steps]
    if judged is not None:
        actual = np.where(judged[steps], actual, np.nan)
    return RollingOrigins(
        actual=actual,
        forecasts={name: np.maximum(ahead[:, gap:], floor) for name, ahead in methods.items()},
        scales=np.array([naive_scale(history, season) for history in histories]),
        factor=factor[:, gap:],
    )


def conformal_width(errors: np.ndarray, level: float, weights: np.ndarray | None = None) -> np.ndarray:
    """How far from the forecast must a band reach, at each step ahead, to hold `level` % of values?

    `errors`: absolute, a row per origin, a column per step; NaN rows do not count. The width is the error of rank
    ⌈(n+1)·level/100⌉ among n; NaN where that rank exceeds n, so 80 % needs 4 errors and 95 % needs 19. With `weights`
    (one an origin) errors count by weight, of mean 1 over the known errors of a step, instead of once each.
    Source of the weighting: Barber, Candès, Ramdas & Tibshirani 2023 (Annals of Statistics 51).
    """
    once = np.ones((1, len(errors))) if weights is None else weights[None]
    return np.asarray(_widths(errors, level, once, whole=weights is None)[0])


def past_widths(errors: np.ndarray, level: float, weights: np.ndarray | None = None) -> np.ndarray:
    """`conformal_width` for each origin, from the errors before it alone: a row per origin, a column per step.

    `weights`: a row per origin, what each error then counts; those of its own and later origins are not read.
    """
    before = np.tri(len(errors), k=-1)
    return _widths(errors, level, before if weights is None else before * weights, whole=weights is None)


def _widths(errors: np.ndarray, level: float, weights: np.ndarray, *, whole: bool) -> np.ndarray:
    """A row of widths for each row of `weights`: a weight per origin, 0 where it is left out. `whole`: all others are
    1, and ranks are whole numbers."""
    if not len(errors):
        return np.full((len(weights), errors.shape[1]), np.nan)
    known = ~np.isnan(errors)
    steps = np.arange(errors.shape[1])
    order = np.argsort(errors, axis=0)  # unknown errors are sorted last
    ascending = errors[order, steps]
    weight = np.where(known[order, steps], weights[:, order], 0.0)  # rows × origins by size of their error × steps
    count = (weight > 0).sum(axis=1)
    total = weight.sum(axis=1)
    reached = np.cumsum(weight, axis=1)
    if not whole:
        reached = np.round(reached * (count / np.where(count > 0, total, 1.0))[:, None], 9)
    # rounding first: (19 + 1) · 0.95 is a hair above 19 in floating point
    needed = np.round((count + 1) * level / 100, 9)
    rank = (reached < np.minimum(np.ceil(needed) if whole else needed, count)[:, None]).sum(axis=1)
    enough = (np.ceil(needed) <= count) & (count > 0)
    return np.where(enough, ascending[np.where(enough, rank, 0), steps], np.nan)


def past_coverage(errors: np.ndarray, level: float, weights: np.ndarray | None = None) -> float:
    """Percentage of errors, origins in time order, within the band made from the origins before each. NaN: none.
    `weights` as of past_widths."""
    widths = past_widths(errors, level, weights)
    return coverage(errors, np.where(np.isnan(widths), np.nan, -np.inf), widths)


def scorecard(rolled: RollingOrigins) -> pd.DataFrame:
    """Which method would have been right, how often and by how much?

    A row per method; columns: method, origins (count), steps (periods ahead), mase, smape (0–200), wape (%),
    coverage_80, coverage_95 (% held by bands from the origins before). mase and wape are means over origins; an origin
    where they are undefined (flat or zero) does not count.
    """
    rows = []
    for name, ahead in rolled.forecasts.items():
        errors = rolled.errors(name)
        judged = ~np.isnan(errors)
        size = np.where(judged, np.abs(rolled.actual), 0.0).sum(axis=1)
        missed = np.where(judged, errors, 0.0).sum(axis=1)
        mean_error = missed / np.where(judged.any(axis=1), judged.sum(axis=1), np.nan)
        rows.append(
            {
                "method": name,
                "origins": len(errors),
                "steps": errors.shape[1],
                "mase": _mean(mean_error / np.where(rolled.scales > 0, rolled.scales, np.nan)),
                "smape": smape(rolled.actual, ahead) if judged.any() else np.nan,
                "wape": _mean(100 * missed / np.where(size > 0, size, np.nan)),
                "coverage_80": past_coverage(errors, 80),
                "coverage_95": past_coverage(errors, 95),
            }
        )
    return pd.DataFrame(rows, columns=SCORES)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
