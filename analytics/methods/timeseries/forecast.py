"""What comes next, how sure is that, and is it better than repeating the past?

One decision per history: at which grain, with which season, how far ahead, or not at all. The Theta method forecasts,
rolling origins judge it against the seasonal naive forecast, their errors give the bands (split conformal, no
distribution assumed).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Day, Grain
from analytics.errors import RequestError
from analytics.methods.timeseries.accuracy import (
    SCORES,
    RollingOrigins,
    conformal_width,
    naive_scale,
    rolling_origins,
    scorecard,
)
from analytics.methods.timeseries.series import History, days_of, history_of
from analytics.methods.timeseries.theta import theta

COLUMNS = ["period", "value", "lower_80", "upper_80", "lower_95", "upper_95", "holiday"]
FEWEST_ORIGINS = 6
MOST_ORIGINS = 52
YEARS_FOR_ANNUAL = 3
PEAK = 1.2  # December is a peak where its mean exceeds that of the 61 days before by this factor


@dataclass(frozen=True)
class GrainRule:
    """How a grain is forecast: season in periods, fewest periods an origin learns from, periods between origins,
    longest horizon.
    """

    season: int
    learn: int
    step: int
    longest: int
    words: str

    def needs(self, horizon: int) -> int:
        return self.learn + horizon + (FEWEST_ORIGINS - 1) * self.step


RULES: dict[Grain, GrainRule] = {
    "day": GrainRule(season=7, learn=56, step=7, longest=28, words="days"),
    "week": GrainRule(season=1, learn=26, step=1, longest=4, words="weeks"),
    "month": GrainRule(season=12, learn=24, step=1, longest=12, words="months"),
}
SHORTEST: dict[Grain, int] = {"day": 7, "week": 4, "month": 1}


@dataclass(frozen=True)
class Forecast:
    """A forecast, or the reason why there is none.

    `frame`: a row per period ahead, columns period (ISO), value, lower_80, upper_80, lower_95, upper_95 (unit of the
    series; NaN where past errors are too few for that band), holiday (whether one falls on that day: not adjusted for).
    Empty where refused. `scorecard`: a row per method, columns as `accuracy.scorecard`; empty where no origin could be
    tried. `reasons`: what a reader must know, in sentences. `reason`: why it is refused; empty otherwise.
    """

    frame: pd.DataFrame
    scorecard: pd.DataFrame
    method: str
    grain: str
    reasons: tuple[str, ...] = ()
    refused: bool = False
    reason: str = ""


def forecast(
    series: pd.Series,
    *,
    grain: Grain | Literal["auto"] = "auto",
    horizon: int | None = None,
    spacing: Grain | None = None,
    holidays: Iterable[date | Day | str] | None = None,
    partial: Iterable[bool] | None = None,
    data_until: date | Day | str | None = None,
    calendar: Calendar | None = None,
) -> Forecast:
    """What will this additive metric be in the next periods?

    `series`: values by the first day of their period (DatetimeIndex). Its spacing (day, week, month) is read off the
    index unless given; a finer series is summed to `grain`. Periods without a row count as 0, NaN as unknown. `partial`
    marks periods that the data do not fill; `data_until` is the last day with complete data: both drop periods at the
    ends. `grain="auto"`: months from three years on, else the series' own days or weeks, summed to nothing coarser.
    `horizon` in periods of the grain; longer than the history supports is cut, which `reasons` says.

    Days: weekly pattern, at most 28. Weeks: no pattern, at most 4. Months: annual pattern, from 36 whole months. With
    less than two years, a December that stands out at the end is set aside: the forecast starts from before it.
    Holidays (by day only) are left out of fit and scores. Refuses (`refused`, `reason`, empty frame) where the history
    is too short, flat, or the Theta method does not beat the seasonal naive forecast over rolling origins. An empty
    series is refused.

    Raises DataError where the series is no dated series of finite numbers, RequestError for a bad grain or horizon.
    Sources: theta.py, accuracy.py.
    """
    if grain != "auto" and grain not in RULES:
        raise RequestError(f"a forecast is made by {', '.join(RULES)} or auto, not {grain!r}.", where="grain")
    if horizon is not None and horizon < 1:
        raise RequestError(f"at least 1 period ahead is needed, not {horizon}.", where="horizon")
    calendar = calendar or Calendar()
    history = history_of(series, spacing=spacing, partial=partial, data_until=data_until, calendar=calendar)
    chosen, history, refusal = _at_right_grain(history, grain)
    if refusal:
        return _refused(chosen, refusal, history.notes)
    closed = days_of(holidays)
    return _forecast_at(chosen, history, horizon, closed if chosen == "day" else closed[:0])


def _at_right_grain(history: History, grain: str) -> tuple[Grain, History, str]:
    """The grain that this history supports, the history summed to it, and why it does not work ('' where it does)."""
    order: list[Grain] = ["day", "week", "month"]
    own = history.grain
    months = history.summed("month")
    annual = len(months.values) >= 12 * YEARS_FOR_ANNUAL
    chosen: Grain = "month" if annual else own
    if grain != "auto":
        chosen = next(g for g in order if g == grain)
    if order.index(chosen) < order.index(own):
        return chosen, history, f"The series is by {own}; a forecast by {chosen} needs it by {chosen}."
    if chosen == "month" and not annual:
        return (
            chosen,
            months,
            f"Only {len(months.values)} whole months are known. An annual pattern cannot be told from fewer than "
            f"{12 * YEARS_FOR_ANNUAL}, so no month, December least of all, is extrapolated. "
            "Ask by day or week, up to 4 weeks ahead.",
        )
    summed = months if chosen == "month" else history.summed(chosen)
    rule = RULES[chosen]
    fewest = rule.needs(SHORTEST[chosen])
    n = len(summed.values)
    refusal = f"Only {n} whole {rule.words} are known; at least {fewest} are needed to test a forecast."
    return chosen, summed, refusal if n < fewest else ""


def _forecast_at(grain: Grain, history: History, horizon: int | None, holidays: np.ndarray) -> Forecast:
    rule = RULES[grain]
    notes = list(history.notes)
    gap = _december_set_aside(grain, history)
    if gap:
        notes.append(
            "The history ends in a December peak and holds less than two years, so what follows a December is "
            f"unknown: its {gap} {rule.words} are set aside and the forecast starts from the level before them."
        )
    n = len(history.values) - gap
    ahead = min(horizon or rule.longest, rule.longest, n - gap - rule.needs(0))
    if ahead < 1:
        few = f"Without its December peak the history holds {n} {rule.words}: too few to test a forecast."
        return _refused(grain, few, notes)
    if horizon and ahead < horizon:
        notes.append(f"{horizon} {rule.words} ahead were asked for; this history supports {ahead}.")
    if grain != "month":
        recent = "the recent level and weekdays" if grain == "day" else "the recent level"
        notes.append(f"No annual pattern is in this forecast, only {recent}.")

    judged = history.known & ~np.isin(history.days, holidays)
    if judged[:n].sum() < 0.5 * n:
        return _refused(grain, "More than half of the history is unknown or holiday.", notes)
    if not judged.all():
        notes.append(f"{int((~judged).sum())} {rule.words} are unknown or holidays: left out of fit and scores.")
    values = filled(history.values, judged, rule.season)[:n]
    if not naive_scale(values, rule.season) > 0:
        return _refused(grain, "Every period repeats the one a season before: nothing to forecast.", notes)

    tries = [ahead] if horizon else [step for step in (ahead, ahead // 2, ahead // 4) if step >= SHORTEST[grain]]
    refusals: list[str] = []
    for steps in tries or [ahead]:
        rolled = _rolled(values, judged[:n], rule, steps, gap)
        scores = scorecard(rolled)
        said, refusal = _verdict(scores, rule)
        if not refusal:
            if refusals:
                notes.append(f"Further ahead it is not shown. {refusals[0]}")
            frame, more = _frame(history, values, rolled, rule, gap, holidays)
            return Forecast(frame, scores, "theta", grain, tuple(notes + said + more))
        refusals.append(refusal)
    return _refused(grain, refusals[-1], notes, scores)


def _rolled(values: np.ndarray, judged: np.ndarray, rule: GrainRule, steps: int, gap: int) -> RollingOrigins:
    """Forecasts as far ahead as wanted, from earlier origins that end where the history does."""
    last = len(values) - gap - steps
    origins = np.arange(last, rule.learn - 1, -rule.step)[:MOST_ORIGINS][::-1]
    floor = _floor(values)
    return rolling_origins(values, origins, season=rule.season, horizon=steps, gap=gap, judged=judged, floor=floor)


def _floor(values: np.ndarray) -> float:
    """A metric that was never negative is not forecast below zero."""
    return 0.0 if (values >= 0).all() else -np.inf


def _frame(
    history: History, values: np.ndarray, rolled: RollingOrigins, rule: GrainRule, gap: int, holidays: np.ndarray
) -> tuple[pd.DataFrame, list[str]]:
    """The periods ahead with their bands, and what to say about them."""
    errors = rolled.errors("theta")
    floor = _floor(values)
    notes = []
    value = np.maximum(theta([values], rule.season, gap + errors.shape[1])[0, gap:], floor)
    days = history.ahead(len(value))
    holiday = np.isin(days, holidays)
    names = [history.calendar.name(day, history.grain) for day in days]
    frame = pd.DataFrame({"period": names, "value": value, "holiday": holiday})
    for level in (80, 95):
        width = conformal_width(errors, level)
        frame[f"lower_{level}"] = np.maximum(value - width, floor)
        frame[f"upper_{level}"] = value + width
    if holiday.any():
        notes.append(f"{int(holiday.sum())} of the days ahead are holidays: their values are not adjusted.")
    if frame["upper_95"].isna().any():
        notes.append(f"No 95 % band for every period: it needs 19 past forecasts; {len(errors)} could be made.")
    return frame[COLUMNS], notes


def _verdict(scores: pd.DataFrame, rule: GrainRule) -> tuple[list[str], str]:
    """What to say about the scorecard, and why it forbids the forecast ('' where it does not)."""
    error = scores.set_index("method")["mase"]
    seasonal = rule.season > 1
    rival, repeated = ("seasonal naive", "the last season") if seasonal else ("naive", "the last value")
    trials = f"Over {scores['origins'].iloc[0]} past forecasts of {scores['steps'].iloc[0]} {rule.words}"
    mine = f"{error['theta']:.2f}"
    other = f"{error[rival]:.2f}"
    if not error["theta"] < error[rival]:
        return [], f"{trials} the method missed by {mine} (MASE), repeating {repeated} by {other}: it is not better."
    said = [f"{trials} it missed by {mine} (MASE), repeating {repeated} by {other}."]
    if seasonal and not error["theta"] < error["naive"]:
        better = "as well" if f"{error['naive']:.2f}" == mine else "better"
        said.append(f"Repeating the last value alone did {better} ({error['naive']:.2f}).")
    return said, ""


def _december_set_aside(grain: Grain, history: History) -> int:
    """How many last periods lie in a December that stands out while under two years are known; 0 where none."""
    days = history.days
    if grain == "month" or history.days[-1] - days[0] >= np.timedelta64(729, "D"):
        return 0
    december = days.astype("datetime64[M]").astype(int) % 12 == 11
    aside = int(np.argmin(december[::-1])) if not december.all() else 0
    before = days[: len(days) - aside]
    recent = history.values[: len(before)][before >= before[-1] - np.timedelta64(61, "D")] if aside else np.empty(0)
    usual = np.nanmean(recent) if len(recent) and not np.isnan(recent).all() else np.nan
    latest = history.values[len(before) :]
    return aside if aside and not np.isnan(latest).all() and np.nanmean(latest) > PEAK * usual else 0


def filled(values: np.ndarray, known: np.ndarray, season: int) -> np.ndarray:
    """The values with unknown ones interpolated between the known of the same place in the season (all places where one
    has none).
    """
    if known.all():
        return values
    complete = values.copy()
    time = np.arange(len(values))
    for place in range(season):
        same = time % season == place
        source = known & same if (known & same).any() else known
        missing = same & ~known
        complete[missing] = np.interp(time[missing], time[source], values[source])
    return complete


def _refused(grain: str, reason: str, notes: Iterable[str], scores: pd.DataFrame | None = None) -> Forecast:
    frame = pd.DataFrame({name: pd.Series(dtype="str" if name == "period" else "float64") for name in COLUMNS})
    empty = pd.DataFrame({name: pd.Series(dtype="str" if name == "method" else "float64") for name in SCORES})
    return Forecast(frame, empty if scores is None else scores, "none", grain, tuple(notes), True, reason)
