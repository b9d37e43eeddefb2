"""What comes next, how sure is that, and is it better than repeating the past?

One decision per history: at which grain, by which method, how far ahead, or not at all. The Theta method and, from
thirteen months on, last year's course at this year's level are tried from rolling origins; the better of them (or their
mean) forecasts, if it beats the seasonal naive forecast. Its errors relative to the level, the recent ones counting
more, give the bands (split conformal, no distribution assumed). Weekdays on which nothing is ever sold are left out of
all of it and forecast as zero.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
from analytics.methods.timeseries.annual import Year
from analytics.methods.timeseries.series import History, days_of, history_of
from analytics.schema import WEEKDAYS

COLUMNS = ["period", "value", "lower_80", "upper_80", "lower_95", "upper_95", "holiday"]
FEWEST_ORIGINS = 6
TURNING = 0.7  # of theta's 80 % band: where last year's course departs that far from theta, a season is turning
MOST_ORIGINS = 52
YEARS_FOR_ANNUAL = 3
PEAK = 1.2  # December is a peak where its mean exceeds that of the 61 days before by this factor


@dataclass(frozen=True)
class GrainRule:
    """How a grain is forecast: season in periods, fewest periods an origin learns from, periods between origins,
    shortest and longest horizon, and how it looks a year back.
    """

    season: int
    learn: int
    step: int
    shortest: int
    longest: int
    year: Year
    words: str

    def needs(self, horizon: int) -> int:
        """The fewest periods from which so many can be forecast and judged."""
        return self.learn + horizon + (FEWEST_ORIGINS - 1) * self.step


RULES: dict[Grain, GrainRule] = {
    "day": GrainRule(season=7, learn=56, step=7, shortest=7, longest=28, year=Year(364, 7, 28), words="days"),
    "week": GrainRule(season=1, learn=26, step=1, shortest=4, longest=4, year=Year(52, 3, 4), words="weeks"),
    "month": GrainRule(season=12, learn=24, step=1, shortest=1, longest=12, year=Year(12, 1, 3), words="months"),
}
CANDIDATES = ("theta", "year ago", "theta and year ago")
CLOSED_WEEKS = 26  # weeks of late in which a weekday that is closed has sold (next to) nothing
FEWEST_WEEKS = 8  # weeks that must be known of a weekday for it to be called closed
CLOSED_SHARE = 0.95  # … of its days
HALF_LIFE = 26  # origins after which an error counts half


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

    Days: weekly pattern, at most 28. Weeks: no pattern, at most 4. Months: annual pattern, from 36 whole months. By day
    and week, last year's course is a candidate from thirteen months on; with less, a December that stands out at the
    end is set aside: the forecast starts from before it. Holidays (by day only) are left out of fit and scores. Refuses
    (`refused`, `reason`, empty frame) where the history is too short, flat, or no candidate beats the seasonal naive
    forecast over rolling origins. An empty series is refused.

    Raises DataError where the series is no dated series of finite numbers, RequestError for a bad grain or horizon.
    Sources: theta.py, annual.py, accuracy.py.
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
    fewest = rule.needs(rule.shortest)
    n = len(summed.values)
    refusal = f"Only {n} whole {rule.words} are known; at least {fewest} are needed to test a forecast."
    return chosen, summed, refusal if n < fewest else ""


def _forecast_at(grain: Grain, history: History, horizon: int | None, holidays: np.ndarray) -> Forecast:
    open_history, rule, closed = _of_open_days(grain, history)
    notes = [*history.notes, *closed]
    gap = _december_set_aside(grain, open_history)
    if gap:
        notes.append(
            "The history ends in a December peak and holds little more than a year, so what follows a December is "
            f"unknown: its {gap} {rule.words} are set aside and the forecast starts from the level before them."
        )
    n = len(open_history.values) - gap
    wanted = _open_periods(history, open_history, horizon) if horizon else rule.longest
    ahead = min(wanted, rule.longest, n - gap - rule.needs(0))
    if ahead < 1:
        few = f"Without its December peak the history holds {n} {rule.words}: too few to test a forecast."
        return _refused(grain, few, notes)
    if horizon and ahead < wanted:
        notes.append(f"{horizon} {rule.words} ahead were asked for; this history supports {ahead}.")

    judged = open_history.known & ~np.isin(open_history.days, holidays)
    if judged[:n].sum() < 0.5 * n:
        return _refused(grain, "More than half of the history is unknown or holiday.", notes)
    if not judged.all():
        notes.append(f"{int((~judged).sum())} {rule.words} are unknown or holidays: left out of fit and scores.")
    values = filled(open_history.values, judged, rule.season)[:n]
    if not naive_scale(values, rule.season) > 0:
        return _refused(grain, "Every period repeats the one a season before: nothing to forecast.", notes)

    tries = [ahead] if horizon else [steps for steps in (ahead, ahead // 2, ahead // 4) if steps >= rule.shortest]
    refusals: list[str] = []
    for steps in tries or [ahead]:
        tried = _tried(values, judged[:n], rule, steps, gap)
        said, refusal = _verdict(tried, rule)
        if not refusal:
            break
        refusals.append(refusal)
    else:
        return _refused(grain, refusals[-1], notes, tried.scores)
    if refusals:
        notes.append(f"Further ahead it is not shown. {refusals[0]}")
    if grain != "month" and tried.method == "theta":
        recent = "the recent level and weekdays" if grain == "day" else "the recent level"
        notes.append(f"No annual pattern is in this forecast, only {recent}.")
    frame, more = _frame(history, open_history, tried, holidays)
    return Forecast(frame, tried.scores, tried.method, grain, tuple(notes + said + more))


def _of_open_days(grain: Grain, history: History) -> tuple[History, GrainRule, tuple[str, ...]]:
    """The history and the rule without the weekdays on which nothing is sold, and a note that names these."""
    closed = closed_weekdays(history) if grain == "day" else np.empty(0, int)
    if not len(closed):
        return history, RULES[grain], ()
    note = f"Closed on {' and '.join(WEEKDAYS[d] for d in closed)}: nothing is foreseen for these days."
    return _without(history, closed), _rule_of_open_days(RULES[grain], closed), (note,)


def closed_weekdays(history: History) -> np.ndarray:
    """The weekdays (0 is Monday) on which next to nothing was sold over the last weeks.

    None where the other days sell on less than half of them too: there, a day without sales is no sign of a closed one.
    """
    known = history.known[-7 * CLOSED_WEEKS :]
    values = history.values[-7 * CLOSED_WEEKS :][known]
    weekday = (history.days[-7 * CLOSED_WEEKS :][known].astype("int64") + 3) % 7
    number = np.bincount(weekday, minlength=7)
    empty = np.bincount(weekday, values == 0, minlength=7)
    closed = (number >= FEWEST_WEEKS) & (empty >= CLOSED_SHARE * number)
    if closed.all() or empty[~closed].sum() > number[~closed].sum() / 2:
        return np.empty(0, dtype=int)
    return np.flatnonzero(closed)


def _without(history: History, closed: np.ndarray) -> History:
    """The history without these weekdays."""
    is_open = ~np.isin((history.days.astype("int64") + 3) % 7, closed)
    return replace(history, days=history.days[is_open], values=history.values[is_open])


def _rule_of_open_days(rule: GrainRule, closed: np.ndarray) -> GrainRule:
    """The rule by day for a week of fewer days."""
    week = 7 - len(closed)
    year = Year(52 * week, week, 4 * week)
    return replace(rule, season=week, learn=8 * week, step=week, shortest=week, longest=4 * week, year=year)


def _open_periods(history: History, open_history: History, horizon: int) -> int:
    """How many of the next `horizon` periods are open; at least 1."""
    return max(len(_days_ahead(history, open_history, horizon)[1]), 1)


def _days_ahead(history: History, open_history: History, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """The first days of the next periods, and the places of those that are open."""
    days = history.ahead(periods)
    if len(history.days) == len(open_history.days):
        return days, np.arange(periods)
    open_weekdays = np.unique((open_history.days.astype("int64") + 3) % 7)
    return days, np.flatnonzero(np.isin((days.astype("int64") + 3) % 7, open_weekdays))


@dataclass(frozen=True)
class Tried:
    """The method chosen for a history and how it fared. `value`: its forecast; `errors`: its absolute errors from past
    origins relative to the level of each, those of theta where it could not be tried; `scores`: the scorecard.
    `unproven`: last year's course is followed although it could be tried from too few origins.
    """

    method: str
    value: np.ndarray
    errors: np.ndarray
    scores: pd.DataFrame
    unproven: bool = False


def _tried(values: np.ndarray, judged: np.ndarray, rule: GrainRule, steps: int, gap: int) -> Tried:
    """Forecasts as far ahead as wanted, from earlier origins that end where the history does, and the best method."""
    last = len(values) - gap - steps
    origins = np.arange(last, rule.learn - 1, -rule.step)[:MOST_ORIGINS][::-1]
    floor = 0.0 if (values >= 0).all() else -np.inf  # what was never negative is not forecast below zero
    year = rule.year if len(values) >= rule.year.needs and not gap else None
    forecasts = functools.partial(rolling_origins, season=rule.season, horizon=steps, gap=gap, floor=floor, year=year)
    rolled = forecasts(values, origins, judged=judged)
    ahead = forecasts(np.r_[values, np.full(gap + steps, np.nan)], np.array([len(values)]))
    values_of = {name: rows[0] for name, rows in ahead.forecasts.items()}
    method, unproven = _chosen(rolled, values_of)
    errors = _relative(rolled, method)
    errors = np.where(np.isnan(errors), _relative(rolled, "theta"), errors)
    proven = rolled.only(rolled.tried) if method != "theta" and not unproven else _without_year(rolled)
    return Tried(method, values_of[method], errors, scorecard(proven), unproven)


def _chosen(rolled: RollingOrigins, values_of: Mapping[str, np.ndarray]) -> tuple[str, bool]:
    """The method to follow, and whether it could not be tried.

    The one with the least relative error. But where last year's course departs far from theta's, a season is turning:
    the recent level then misleads, and so would the mean of both, so last year's course is followed.
    """
    if "year ago" not in values_of or np.isnan(values_of["year ago"]).any():
        return "theta", False
    tried = rolled.only(rolled.tried)
    untried = len(tried.actual) < FEWEST_ORIGINS
    if _apart(rolled, values_of):
        return "year ago", untried
    return ("theta" if untried else min(CANDIDATES, key=tried.relative_error)), False


def _apart(rolled: RollingOrigins, values_of: Mapping[str, np.ndarray]) -> bool:
    """Whether last year's course, on average over the periods ahead, departs far from theta's."""
    errors = _relative(rolled, "theta")
    usual = values_of["theta"]
    reach = conformal_width(errors, 80, _recency(len(errors))) * _level(usual)
    return abs(float((values_of["year ago"] - usual).mean())) > TURNING * float(np.nanmean(reach))


def _without_year(rolled: RollingOrigins) -> RollingOrigins:
    kept = {name: ahead for name, ahead in rolled.forecasts.items() if "year" not in name}
    return replace(rolled, forecasts=kept)


def _relative(rolled: RollingOrigins, method: str) -> np.ndarray:
    """Absolute errors over the mean of the forecast that they belong to."""
    levels = np.array([_level(ahead) for ahead in rolled.forecasts[method]])
    return np.asarray(rolled.errors(method) / levels[:, None])


def _level(ahead: np.ndarray) -> float:
    """The level that a forecast stands at; 1 where that is nothing."""
    return float(np.abs(ahead).mean()) or 1.0


def _recency(origins: int) -> np.ndarray:
    """How much each origin's error counts, the last one 1."""
    return np.asarray(0.5 ** (np.arange(origins)[::-1] / HALF_LIFE))


def _frame(
    history: History, open_history: History, tried: Tried, holidays: np.ndarray
) -> tuple[pd.DataFrame, list[str]]:
    """The periods ahead with their bands, and what to say about them. Closed days are zero, in bands of no width."""
    notes = []
    steps = len(tried.value)
    days, places = _days_ahead(history, open_history, steps)
    while len(places) < steps:
        days, places = _days_ahead(history, open_history, len(days) + 7)
    days = days[: places[steps - 1] + 1]
    places = places[:steps]
    holiday = np.isin(days, holidays)
    names = [history.calendar.name(day, history.grain) for day in days]
    frame = pd.DataFrame({"period": names, "value": _spread_out(tried.value, places, len(days)), "holiday": holiday})
    floor = 0.0 if (history.values[history.known] >= 0).all() else -np.inf
    for level in (80, 95):
        width = conformal_width(tried.errors, level, _recency(len(tried.errors))) * _level(tried.value)
        frame[f"lower_{level}"] = _spread_out(np.maximum(tried.value - width, floor), places, len(days))
        frame[f"upper_{level}"] = _spread_out(tried.value + width, places, len(days))
    if holiday.any():
        notes.append(f"{int(holiday.sum())} of the days ahead are holidays: their values are not adjusted.")
    if frame["upper_95"].isna().any():
        notes.append(f"No 95 % band for every period: it needs 19 past forecasts; {len(tried.errors)} could be made.")
    return frame[COLUMNS], notes


def _spread_out(values: np.ndarray, places: np.ndarray, length: int) -> np.ndarray:
    """The values at their places, zero elsewhere."""
    row = np.zeros(length)
    row[places] = values
    return row


def _verdict(tried: Tried, rule: GrainRule) -> tuple[list[str], str]:
    """What to say about the scorecard, and why it forbids the forecast ('' where it does not)."""
    if tried.unproven:
        return [
            "Last year took another course in these weeks than the recent level and weekdays do. The forecast follows "
            "last year, at this year's level; with so short a history that could hardly be tried."
        ], ""
    scores = tried.scores
    error = scores.set_index("method")["mase"]
    seasonal = rule.season > 1
    rival, repeated = ("seasonal naive", "the last season") if seasonal else ("naive", "the last value")
    trials = f"Over {scores['origins'].iloc[0]} past forecasts of {scores['steps'].iloc[0]} {rule.words}"
    mine = f"{error[tried.method]:.2f}"
    other = f"{error[rival]:.2f}"
    if not error[tried.method] < error[rival]:
        return [], f"{trials} the method missed by {mine} (MASE), repeating {repeated} by {other}: it is not better."
    said = [f"{trials} it missed by {mine} (MASE), repeating {repeated} by {other}."]
    if tried.method != "theta":
        said.append(f"The recent level and weekdays alone would have missed by {error['theta']:.2f}.")
    if seasonal and not error[tried.method] < error["naive"]:
        better = "as well" if f"{error['naive']:.2f}" == mine else "better"
        said.append(f"Repeating the last value alone did {better} ({error['naive']:.2f}).")
    return said, ""


def _december_set_aside(grain: Grain, history: History) -> int:
    """How many last periods lie in a December that stands out while no year back is known; 0 where none."""
    days = history.days
    if grain == "month" or history.days[-1] - days[0] >= np.timedelta64(13 * 30 + 5, "D"):
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
