"""What comes next, how sure is that, and is it better than repeating the past?

One decision per history: at which grain, with which season, how far ahead, or not at all. The Theta method forecasts, rolling origins
judge it against the seasonal naive forecast, their errors give the bands (split conformal, no distribution assumed).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from analytics.accuracy import conformal_width, naive_scale, rolling_origins, scorecard
from analytics.calendar import Calendar, Day, Grain
from analytics.errors import RequestError
from analytics.series import History, history_of
from analytics.theta import theta

COLUMNS = ["period", "value", "lower_80", "upper_80", "lower_95", "upper_95", "holiday"]
SCORES = ["method", "origins", "mase", "smape", "wape", "coverage_80", "coverage_95"]
FEWEST_ORIGINS, MOST_ORIGINS = 6, 52
YEARS_FOR_ANNUAL = 3
PEAK = 1.2  # December is a peak where its mean exceeds that of the 61 days before by this factor


@dataclass(frozen=True)
class GrainRule:
    """How a grain is forecast: season in periods, fewest periods an origin learns from, periods between origins, longest horizon."""

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

    `frame`: a row per period ahead, columns period (ISO), value, lower_80, upper_80, lower_95, upper_95 (unit of the series; NaN where
    past errors are too few for that band), holiday (whether one falls on that day: not adjusted for). Empty where refused.
    `scorecard`: a row per method, columns as `accuracy.scorecard`; empty where no origin could be tried.
    `reasons`: what a reader must know, in sentences. `reason`: why it is refused; empty otherwise.
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

    `series`: values by the first day of their period (DatetimeIndex). Its spacing (day, week, month) is read off the index unless given; a
    finer series is summed to `grain`. Periods without a row count as 0, NaN as unknown. `partial` marks periods that the data do not
    fill; `data_until` is the last day with complete data: both drop periods at the ends. `grain="auto"`: months from three
    years on, else the series' own days or weeks, summed to nothing coarser. `horizon` in periods of the grain; longer than the
    history supports is cut, which `reasons` says.

    Days: weekly pattern, at most 28. Weeks: no pattern, at most 4. Months: annual pattern, from 36 whole months. With less than two years,
    a December that stands out at the end is set aside: the forecast starts from before it. Holidays (by day only) are left out of fit
    and scores. Refuses (`refused`, `reason`, empty frame) where the history is too short, flat, or the Theta method does not beat the
    seasonal naive forecast over rolling origins. An empty series is refused.

    Raises DataError where the series is no dated series of finite numbers, RequestError for a bad grain or horizon.
    Source: METHODS in `theta` and `accuracy`.
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
    closed = np.array(sorted(np.datetime64(day, "D") for day in holidays or ()), dtype="datetime64[D]")
    return _forecast_at(chosen, history, horizon, closed if chosen == "day" else closed[:0])


def _at_right_grain(history: History, grain: str) -> tuple[Grain, History, str]:
    """The grain that this history supports, the history summed to it, and why it does not work ('' where it does)."""
    order: list[Grain] = ["day", "week", "month"]
    own = history.grain
    months = history.summed("month")
    annual = len(months.values) >= 12 * YEARS_FOR_ANNUAL
    chosen: Grain = next(g for g in order if g == grain) if grain != "auto" else "month" if annual else own
    if order.index(chosen) < order.index(own):
        return chosen, history, f"The series is by {own}; a forecast by {chosen} needs it by {chosen}."
    if chosen == "month" and not annual:
        return (
            chosen,
            months,
            f"Only {len(months.values)} whole months are known. An annual pattern cannot be told from fewer than "
            f"{12 * YEARS_FOR_ANNUAL}, so no month, December least of all, is extrapolated. Ask by day or week, up to 4 weeks ahead.",
        )
    summed = months if chosen == "month" else history.summed(chosen)
    rule = RULES[chosen]
    fewest = rule.needs(SHORTEST[chosen])
    if len(summed.values) < fewest:
        return chosen, summed, f"Only {len(summed.values)} whole {rule.words} are known; at least {fewest} are needed to test a forecast."
    return chosen, summed, ""


@dataclass
class _Notes:
    said: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        self.said.append(sentence)


def _forecast_at(grain: Grain, history: History, horizon: int | None, holidays: np.ndarray) -> Forecast:
    rule = RULES[grain]
    notes = _Notes(list(history.notes))
    gap = _december_set_aside(grain, history)
    if gap:
        notes.add(
            f"The history ends in a December peak and holds less than two years, so what follows a December is unknown: its {gap} "
            f"{rule.words} are set aside and the forecast starts from the level before them."
        )
    n = len(history.values) - gap
    ahead = min(horizon or rule.longest, rule.longest, n - gap - rule.needs(0))
    if ahead < 1:
        return _refused(grain, f"Without its December peak the history holds {n} {rule.words}: too few to test a forecast.", notes.said)
    if horizon and ahead < horizon:
        notes.add(f"{horizon} {rule.words} were asked for; this history supports {ahead}.")
    if grain != "month":
        notes.add("No annual pattern is in this forecast, only the recent level" + (" and weekdays." if grain == "day" else "."))

    judged = history.known & ~np.isin(history.days, holidays)
    if judged[:n].sum() < 0.5 * n:
        return _refused(grain, "More than half of the history is unknown or holiday.", notes.said)
    if not judged.all():
        notes.add(f"{int((~judged).sum())} {rule.words} are unknown or holidays: left out of fit and scores.")
    values = filled(history.values, judged, rule.season)[:n]
    if not naive_scale(values, rule.season) > 0:
        return _refused(grain, "Every period repeats the one a season before: there is nothing to forecast.", notes.said)

    floor = 0.0 if (values >= 0).all() else -np.inf
    last = n - gap - ahead
    origins = np.arange(last, rule.learn - 1, -rule.step)[:MOST_ORIGINS][::-1]
    rolled = rolling_origins(
        values, origins, season=rule.season, horizon=ahead, gap=gap, judged=judged[:n], floor=floor
    )
    scores = scorecard(rolled)
    refusal = _not_better(scores, rule, len(origins), notes)
    if refusal:
        return _refused(grain, refusal, notes.said, scores)

    errors = rolled.errors("theta")
    value = np.maximum(theta([values], rule.season, gap + ahead)[0, gap:], floor)
    days = history.ahead(ahead)
    holiday = np.isin(days, holidays)
    if holiday.any():
        notes.add(f"{int(holiday.sum())} of the days ahead are holidays: their values are not adjusted.")
    frame = pd.DataFrame({"period": [history.calendar.name(day, grain) for day in days], "value": value, "holiday": holiday})
    for level in (80, 95):
        width = conformal_width(errors, level)
        frame[f"lower_{level}"], frame[f"upper_{level}"] = np.maximum(value - width, floor), value + width
    if frame["upper_95"].isna().any():
        notes.add(f"No 95 % band: it needs 19 past forecasts, {len(origins)} could be made.")
    return Forecast(frame[COLUMNS], scores, "theta", grain, tuple(notes.said))


def _not_better(scores: pd.DataFrame, rule: GrainRule, origins: int, notes: _Notes) -> str:
    """Why the scorecard forbids the forecast; '' where it does not."""
    error = scores.set_index("method")["mase"]
    rival = "seasonal naive" if rule.season > 1 else "naive"
    if not error["theta"] < error[rival]:
        repeats = "the last season" if rule.season > 1 else "the last value"
        return (
            f"Over {origins} past forecasts the method missed by {error['theta']:.2f} (MASE), simply repeating {repeats} by "
            f"{error[rival]:.2f}: it is not better, so no forecast is shown."
        )
    notes.add(f"Over {origins} past forecasts it missed by {error['theta']:.2f} (MASE), the {rival} forecast by {error[rival]:.2f}.")
    if rule.season > 1 and not error["theta"] < error["naive"]:
        notes.add(f"Repeating the last value alone did as well ({error['naive']:.2f}).")
    return ""


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
    """The values with unknown ones interpolated between the known of the same place in the season (all places where one has none)."""
    if known.all():
        return values
    complete, time = values.copy(), np.arange(len(values))
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
