"""Which method forecasts a history best? The candidates are tried from earlier moments of it, and one is chosen.

The Theta method, last year's course at this year's level, and the mean of the two. What missed least is followed, with
two exceptions for what trials cannot show: where last year's course departs far from the recent level, a season is
turning; and where too few trials reach a year back, last year's course is followed if this year has resembled it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics.calendar import Grain
from analytics.methods.timeseries.accuracy import (
    RollingOrigins,
    conformal_width,
    past_coverage,
    rolling_origins,
    scorecard,
)
from analytics.methods.timeseries.annual import Year, resemblance
from analytics.methods.timeseries.feasts import Feasts

CANDIDATES = ("theta", "year ago", "theta and year ago")
ENOUGH_ORIGINS = 6
MOST_ORIGINS = 52
TURNING = 0.7  # of theta's 80 % band: where last year's course departs that far from theta, a season is turning
TURNING_ALIKE = 0.35  # … where this year has resembled the last one
RESEMBLES = 0.7  # of the variance of late: where last year explains as much, its course is followed untried
HALF_LIFE = 26  # origins after which an error counts half
LEVELS = (80, 95)  # of the bands, in per cent


@dataclass(frozen=True)
class GrainRule:
    """How a grain is forecast: season in periods, fewest periods an origin learns from, periods between origins,
    shortest and longest horizon, how it looks a year back, the fewest `origins` that are a trial, and from how many
    periods origins learn where that leaves ENOUGH_ORIGINS.
    """

    season: int
    learn: int
    step: int
    shortest: int
    longest: int
    year: Year
    words: str
    origins: int = 6
    learn_well: int = 0

    def needs(self, horizon: int) -> int:
        """The fewest periods from which this number can be forecast and judged."""
        return self.learn + horizon + (self.origins - 1) * self.step

    @property
    def rival(self) -> str:
        """The method that merely repeats the past."""
        return "seasonal naive" if self.season > 1 else "naive"

    def of_open_days(self, closed: int) -> GrainRule:
        """The rule by day for a week in which this number of days are closed."""
        week = 7 - closed
        year = Year(52 * week, week, 4 * week, 4 * week)
        return replace(self, season=week, learn=8 * week, step=week, shortest=week, longest=4 * week, year=year)

    def further(self, horizon: int) -> GrainRule:
        """The rule for that far ahead, at most a year: origins lie further apart, so that they overlap less."""
        steps = min(horizon, self.year.lag)
        apart = max(1, steps // (4 * self.season)) * self.season
        return self if steps <= self.longest else replace(self, longest=steps, step=apart)


RULES: dict[Grain, GrainRule] = {
    "day": GrainRule(season=7, learn=56, step=7, shortest=7, longest=28, year=Year(364, 7, 28, 28), words="days"),
    "week": GrainRule(season=1, learn=26, step=1, shortest=4, longest=4, year=Year(52, 3, 4, 4), words="weeks"),
    "month": GrainRule(
        season=12,
        learn=13,
        step=1,
        shortest=1,
        longest=12,
        year=Year(12, 1, 3, 1),
        words="months",
        origins=3,
        learn_well=24,
    ),
}


@dataclass(frozen=True)
class Tried:
    """The method chosen for a history and how it fared.

    `value`: its forecast; `widths`: for 80 and 95 how far each band reaches from it (NaN: too few past errors);
    `factor` and `feast`: what feasts do to each period, and their names; `scores`: the scorecard; `errors`: number of
    past forecasts; `held`: for 80 and 95 the % of periods that bands made from earlier errors held; `paths`: how it may
    go, a row per past forecast, which misses as that one did, the recent ones counting more by their `weights` (of mean
    1); `unproven`: last year's course is followed although it could be tried from too few origins.
    """

    method: str
    value: np.ndarray
    widths: Mapping[int, np.ndarray]
    factor: np.ndarray
    feast: tuple[str, ...]
    scores: pd.DataFrame
    errors: int
    held: Mapping[int, float]
    paths: np.ndarray
    weights: np.ndarray
    unproven: bool = False


def tried(
    values: np.ndarray, judged: np.ndarray, rule: GrainRule, steps: int, *, gap: int = 0, feasts: Feasts
) -> Tried:
    """The best forecast so far ahead, by trials from earlier origins that end where the history does."""
    last = len(values) - gap - steps
    learn = max(rule.learn, min(rule.learn_well, last - (ENOUGH_ORIGINS - 1) * rule.step))
    origins = np.arange(last, learn - 1, -rule.step)[:MOST_ORIGINS][::-1]
    floor = 0.0 if (values >= 0).all() else -np.inf  # what was never negative is not forecast below zero
    year = rule.year if len(values) >= rule.year.needs and not gap else None
    forecasts = functools.partial(
        rolling_origins, season=rule.season, horizon=steps, gap=gap, floor=floor, year=year, feasts=feasts
    )
    rolled = forecasts(values, origins, judged=judged)
    ahead = forecasts(np.r_[values, np.full(gap + steps, np.nan)], np.array([len(values)]))
    values_of = {name: rows[0] for name, rows in ahead.forecasts.items()}
    method, unproven = _chosen(rolled, values_of, values, rule)
    signed = _relative(rolled, method)
    signed = np.where(np.isnan(signed), _relative(rolled, "theta"), signed)
    errors = np.abs(signed)
    factor = ahead.factor[0]
    reach = level_of(values_of[method], factor, float(ahead.scales[0])) * factor
    adjusted = feasts.adjusted(values, rule.season, gap + steps)
    return Tried(
        method=method,
        value=values_of[method],
        widths={level: conformal_width(errors, level, recency(len(errors))) * reach for level in LEVELS},
        factor=factor,
        feast=adjusted.name[gap:],
        scores=scorecard(rolled.only(rolled.tried) if method != "theta" and not unproven else _without_year(rolled)),
        errors=len(errors),
        held={level: _held(errors, level) for level in LEVELS},
        paths=np.maximum(values_of[method] + np.nan_to_num(signed) * reach, floor),
        weights=recency(len(errors)) / np.mean(recency(len(errors)) if len(errors) else 1.0),
        unproven=unproven,
    )


def _chosen(
    rolled: RollingOrigins, values_of: Mapping[str, np.ndarray], values: np.ndarray, rule: GrainRule
) -> tuple[str, bool]:
    """The method to follow, and whether it could not be tried."""
    if "year ago" not in values_of or np.isnan(values_of["year ago"]).any():
        return "theta", False
    tried_all = rolled.only(rolled.tried)
    untried = len(tried_all.actual) < rule.origins
    alike = resemblance(values, rule.year) >= RESEMBLES
    if (untried and alike) or _apart(rolled, values_of) > (TURNING_ALIKE if alike else TURNING):
        return "year ago", untried
    return ("theta" if untried else min(CANDIDATES, key=tried_all.relative_error)), False


def _apart(rolled: RollingOrigins, values_of: Mapping[str, np.ndarray]) -> float:
    """How far last year's course departs from theta's, on average over the periods ahead, in theta's 80 % bands."""
    errors = np.abs(_relative(rolled, "theta"))
    usual = values_of["theta"]
    reach = conformal_width(errors, 80, recency(len(errors)))
    reach = reach[~np.isnan(reach)] * level_of(usual, np.ones(len(usual)), float(rolled.scales[-1]))
    apart = abs(float((values_of["year ago"] - usual).mean()))
    return apart / float(reach.mean()) if len(reach) else 0.0


def _without_year(rolled: RollingOrigins) -> RollingOrigins:
    kept = {name: ahead for name, ahead in rolled.forecasts.items() if "year" not in name}
    return replace(rolled, forecasts=kept)


def _relative(rolled: RollingOrigins, method: str) -> np.ndarray:
    """What came less what was forecast, over the level of the forecast and over what a feast makes of a usual day; NaN
    on closed days and where nothing is judged.
    """
    origins = zip(rolled.forecasts[method], rolled.factor, rolled.scales, strict=True)
    levels = np.array([level_of(*origin) for origin in origins])
    size = levels[:, None] * rolled.factor
    missed = rolled.actual - rolled.forecasts[method]
    return np.asarray(np.divide(missed, size, out=np.full(size.shape, np.nan), where=size > 0))


def level_of(ahead: np.ndarray, factor: np.ndarray, scale: float) -> float:
    """The level that a forecast stands at on ordinary days; no less than `scale`, the error of repeating: a forecast of
    next to nothing is no more certain for it. 1 where both are nothing.
    """
    ordinary = factor == 1
    level = float(np.abs(ahead[ordinary] if ordinary.any() else ahead).mean())
    return float(np.fmax(level, scale)) or 1.0


def recency(origins: int) -> np.ndarray:
    """How much each origin's error counts, the last one 1."""
    return np.asarray(0.5 ** (np.arange(origins)[::-1] / HALF_LIFE))


def _held(errors: np.ndarray, level: int) -> float:
    """Percentage of errors within the band made from the errors before each, recent ones counting more. NaN: none."""
    age = np.subtract.outer(np.arange(len(errors)), np.arange(len(errors))) - 1.0
    return past_coverage(errors, level, 0.5 ** (np.maximum(age, 0) / HALF_LIFE))
