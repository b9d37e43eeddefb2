"""What comes next, how sure is that, and is it better than repeating the past?

One decision per history: at which grain, by which method, how far ahead, or not at all. The candidates (candidates.py)
are tried from rolling origins; the best of them forecasts, if it beats repeating the last season. Its errors relative
to the level, the recent ones counting more, give the bands (split conformal, no distribution assumed). Weekdays on
which nothing is ever sold are left out of all of it and forecast as zero; the days of feasts are moved to where they
fall next (feasts.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Day, Grain, day_label
from analytics.errors import RequestError
from analytics.language import N_, listed
from analytics.methods.timeseries.accuracy import SCORES, naive_scale
from analytics.methods.timeseries.candidates import LEVELS, RULES, GrainRule, Tried, tried
from analytics.methods.timeseries.feasts import FEAST_NAMES, feasts_of
from analytics.methods.timeseries.open_days import closed_weekdays, days_ahead, open_days_ahead, without
from analytics.methods.timeseries.series import STEPS, History, counted, days_of, history_of
from analytics.methods.timeseries.verdict import verdict
from analytics.schema import WEEKDAYS

COLUMNS = ["period", "value", "lower_80", "upper_80", "lower_95", "upper_95", "holiday"]
MONTHS_FOR_ANNUAL = 13  # fewest that hold a month twice
MONTHS_PREFERRED = 36  # from here on, months say more than days
PEAK = 1.2  # December is a peak where its mean exceeds that of the 61 days before by this factor
ROUGH = 60.0  # % of sales by which past forecasts missed: with more, a coarser grain is tried
BY = {"day": N_("by day"), "week": N_("by week"), "month": N_("by month")}
COURSES = {
    "theta": N_("It continues the recent trend."),
    "year ago": N_("It follows last year’s pattern at this year’s level."),
    "theta and year ago": N_("It averages the recent trend and last year’s pattern at this year’s level."),
}


@dataclass(frozen=True)
class Forecast:
    """A forecast, or the reason why there is none.

    `frame`: a row per period ahead, columns period (ISO), value, lower_80, upper_80, lower_95, upper_95 (unit of the
    series; NaN where past errors are too few for that band), holiday (whether one falls on that day: adjusted for
    where it is a feast). Empty where refused. `scorecard`: a row per method, columns as `accuracy.scorecard`; empty
    where no origin could be tried. `reasons`: what a reader must know, in sentences. `reason`: why it is refused;
    empty otherwise. `set_aside`: the number of last periods that were not learnt from, as they end in a December peak.
    `paths`: how it may go, a row per past forecast that misses as that one did, a column per period ahead; `weights`:
    how much each counts, of mean 1 (see candidates.Tried).
    """

    frame: pd.DataFrame
    scorecard: pd.DataFrame
    method: str
    grain: Grain
    reasons: tuple[str, ...] = ()
    refused: bool = False
    reason: str = ""
    set_aside: int = 0
    paths: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    weights: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def missed(self) -> float:
        """By how many per cent of sales past forecasts of this method missed; infinite where refused, the most that is
        accepted where it could not be tried.
        """
        of_method = self.scorecard.loc[self.scorecard["method"] == self.method, "wape"]
        if self.refused or of_method.isna().any():
            return np.inf
        return float(of_method.iloc[0]) if len(of_method) else ROUGH


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
    far: bool = False,
) -> Forecast:
    """What will this additive metric be in the next periods?

    `series`: values by the first day of their period (DatetimeIndex). Its spacing (day, week, month) is read off the
    index unless given; a finer series is summed to `grain`. Periods without a row count as 0, NaN as unknown. `partial`
    marks periods that the data do not fill; `data_until` is the last day with complete data: both drop periods at the
    ends. `grain="auto"`: months from three years on, else the series' own days or weeks; where those are refused or
    miss by more than 60 % of sales, the coarser grain that misses least. `horizon` in periods of the grain (with it,
    "auto" tries one grain only); longer than the history supports is cut, which `reasons` says. `far`: days may be
    forecast up to a year ahead where last year's course is known.

    Days: weekly pattern, at most 28. Weeks: no pattern, at most 4. Months: at most 12, from 16 whole months. Last
    year's course is a candidate from thirteen months on; with less, a December that stands out at the end is set aside:
    the forecast starts from before it. Holidays (by day only) are left out of fit and scores; those that
    are days of a feast teach its effect. Refuses (`refused`,
    `reason`, empty frame) where the history is too short, flat, or no candidate beats repeating the last season over
    rolling origins. An empty series is refused.

    Raises DataError where the series is no dated series of finite numbers, RequestError for a bad grain or horizon.
    Sources: theta.py, annual.py, feasts.py, accuracy.py.
    """
    if grain != "auto" and grain not in RULES:
        raise RequestError(f"a forecast is made by {', '.join(RULES)} or auto, not {grain!r}.", where="grain")
    if horizon is not None and horizon < 1:
        raise RequestError(f"at least 1 period ahead is needed, not {horizon}.", where="horizon")
    calendar = calendar or Calendar()
    history = history_of(series, spacing=spacing, partial=partial, data_until=data_until, calendar=calendar)
    closed = days_of(holidays)
    grains = [grain] if grain != "auto" else _grains(history)[: 1 if horizon else None]
    if far:
        return _forecast_by("day", history, horizon, closed, far=True)
    made = [_forecast_by(grains[0], history, horizon, closed)]
    while _rough(made[-1]) and len(made) < len(grains):
        made.append(_forecast_by(grains[len(made)], history, horizon, closed))
    best = min(made, key=_missed)
    return best if best is made[0] else _coarser(best, made[0])


def _missed(found: Forecast) -> float:
    return found.missed


def _grains(history: History) -> list[Grain]:
    """The grains to try for this history, the preferred one first."""
    own: list[Grain] = list(STEPS[STEPS.index(history.grain) :])
    months = len(history.summed("month").values)
    if months >= MONTHS_PREFERRED:
        return ["month", *(grain for grain in own if grain != "month")]
    return own


def _rough(found: Forecast) -> bool:
    """Whether trials show that another grain may do better: refused by them, or missing by far."""
    return bool(len(found.scorecard)) and found.missed > ROUGH


def _coarser(best: Forecast, first: Forecast) -> Forecast:
    """The forecast at another grain, with the reason why it is not at the first one."""
    why = first.reason
    if not first.refused:
        why = N_("Forecasts {by} missed by {missed}% of sales.", by=BY[first.grain], missed=round(first.missed))
    said = N_("Shown {by}, as shorter periods cannot be forecast well.", by=BY[best.grain])
    return replace(best, reasons=(said, why, *best.reasons))


def _forecast_by(
    grain: Grain, history: History, horizon: int | None, holidays: np.ndarray, *, far: bool = False
) -> Forecast:
    """The forecast at this grain, refused where the history is not by it or too short."""
    if STEPS.index(grain) < STEPS.index(history.grain):
        reason = N_("A forecast {by} needs data {by}.", by=BY[grain])
        return _refused(grain, reason, history.notes)
    summed = history.summed(grain)
    rule = RULES[grain]
    n = len(summed.values)
    if grain == "month" and n < MONTHS_FOR_ANNUAL:
        return _refused(grain, _few(n, MONTHS_FOR_ANNUAL, grain), history.notes)
    fewest = rule.needs(rule.shortest)
    if n < fewest:
        return _refused(grain, _few(n, fewest, grain), history.notes)
    return _forecast_at(grain, summed, horizon, holidays if grain == "day" else holidays[:0], far)


def _few(known: int, needed: int, grain: Grain) -> str:
    """Why there is no forecast of a short history."""
    have = counted(known, grain)
    return N_("The data hold only {have}; a forecast {by} needs {needed}.", have=have, by=BY[grain], needed=needed)


def _forecast_at(grain: Grain, history: History, horizon: int | None, holidays: np.ndarray, far: bool) -> Forecast:
    open_history, rule, closed = _of_open_days(grain, history)
    if far and horizon and len(open_history.values) >= rule.year.needs:
        rule = rule.further(horizon)
    notes = [*history.notes, *closed]
    gap = _december_set_aside(grain, open_history)
    if gap:
        notes.append(_aside(gap, grain))
    n = len(open_history.values) - gap
    wanted = max(len(days_ahead(history, open_history, horizon)[1]), 1) if horizon else rule.longest
    ahead = min(wanted, rule.longest, n - gap - rule.needs(0))
    if ahead < 1:
        few = N_("Without its December peak the history has {have}: too few to forecast.", have=counted(n, grain))
        return _refused(grain, few, notes)
    if horizon and ahead < wanted:
        notes.append(N_("This history supports a forecast of {periods}.", periods=counted(ahead, grain)))

    judged = open_history.known & ~np.isin(open_history.days, holidays)
    if judged[:n].sum() < 0.5 * n:
        return _refused(grain, N_("More than half of the history is missing or holidays."), notes)
    if not judged.all():
        unjudged = counted(int((~judged).sum()), grain)
        notes.append(N_("Missing values and holidays are left out: {periods}.", periods=unjudged))
    coming, places = open_days_ahead(history, open_history, ahead)
    feasts = feasts_of(np.r_[open_history.days, coming[places]], open_history.values[:n], grain)
    learned = judged | (open_history.known & feasts.days(len(judged)))
    values = filled(open_history.values, learned, rule.season)[:n]
    if not naive_scale(values, rule.season) > 0:
        return _refused(grain, N_("Sales repeat exactly, so there is nothing to forecast."), notes)

    tries = [ahead] if horizon else [steps for steps in (ahead, ahead // 2, ahead // 4) if steps >= rule.shortest]
    refusals: list[str] = []
    for steps in tries or [ahead]:
        best = tried(values, judged[:n], rule, steps, gap=gap, feasts=feasts)
        said, refusal = verdict(best, rule, grain)
        if not refusal:
            break
        refusals.append(refusal)
    else:
        return _refused(grain, refusals[-1], notes, best.scores)
    if refusals:
        notes += [refusals[0], N_("So this forecast stops after {periods}.", periods=counted(steps, grain))]
    if grain != "month" and best.method == "theta":
        notes.append(N_("This forecast has no yearly season."))
    frame, more = _frame(history, open_history, best, holidays)
    paths = np.zeros((len(best.paths), len(frame)))
    paths[:, places[: best.paths.shape[1]]] = best.paths
    told = tuple(notes + said + more)
    return Forecast(frame, best.scores, best.method, grain, told, set_aside=gap, paths=paths, weights=best.weights)


def _of_open_days(grain: Grain, history: History) -> tuple[History, GrainRule, tuple[str, ...]]:
    """The history and the rule without the weekdays on which nothing is sold, and a note that names these."""
    closed = closed_weekdays(history) if grain == "day" else np.empty(0, int)
    if not len(closed):
        return history, RULES[grain], ()
    days = listed([WEEKDAYS[d] for d in closed])
    note = N_("Closed weekdays, for which nothing is forecast: {days}.", days=days)
    return without(history, closed), RULES[grain].of_open_days(len(closed)), (note,)


def _frame(
    history: History, open_history: History, best: Tried, holidays: np.ndarray
) -> tuple[pd.DataFrame, list[str]]:
    """The periods ahead with their bands, and what to say about them. Closed days are zero, in bands of no width."""
    days, places = open_days_ahead(history, open_history, len(best.value))
    holiday = np.isin(days, holidays)
    names = [history.calendar.name(day, history.grain) for day in days]
    frame = pd.DataFrame({"period": names, "value": _spread_out(best.value, places, len(days)), "holiday": holiday})
    floor = 0.0 if (history.values[history.known] >= 0).all() else -np.inf
    for level in LEVELS:
        lower = np.maximum(best.value - best.widths[level], floor)
        frame[f"lower_{level}"] = _spread_out(lower, places, len(days))
        frame[f"upper_{level}"] = _spread_out(best.value + best.widths[level], places, len(days))
    notes = _of_feasts(best, days[places], history.grain)
    plain = holiday.copy()
    plain[places] &= best.factor == 1
    if plain.any():
        notes.append(
            N_("{days:coming day is a holiday|coming days are holidays}, not adjusted.", days=int(plain.sum()))
        )
    if frame["upper_95"].isna().any():
        notes.append(N_("A 95% band needs 19 past forecasts; there are {errors}.", errors=best.errors))
    return frame[COLUMNS], notes


def _of_feasts(best: Tried, days: np.ndarray, grain: Grain) -> list[str]:
    """What is said about the feasts ahead."""
    closed = [day_label(day) for day in days[best.factor == 0]]
    said = N_("Closed as in earlier years, so nothing is forecast: {days}.", days=listed(closed))
    notes: list[str] = [said] if closed else []
    factors = pd.Series(best.factor, pd.Index(best.feast, name="feast"))
    for feast, of_feast in factors[(factors != 1) & (factors > 0)].groupby(level=0, sort=False):
        times, periods = round(float(of_feast.mean()), 1), counted(len(of_feast), grain)
        named = FEAST_NAMES[str(feast)]
        notes.append(N_("{feast}: {periods} at {times}× the usual sales.", feast=named, periods=periods, times=times))
    return notes


def _spread_out(values: np.ndarray, places: np.ndarray, length: int) -> np.ndarray:
    """The values at their places, zero elsewhere."""
    row = np.zeros(length)
    row[places] = values
    return row


def _aside(gap: int, grain: Grain) -> str:
    """What is said of a December peak at the end of a short history."""
    return N_(
        "The history is short and ends in a December peak: {periods} at its end are left out, and the forecast starts "
        "from the level before.",
        periods=counted(gap, grain),
    )


def _december_set_aside(grain: Grain, history: History) -> int:
    """How many last periods lie in a December that stands out while no year back is known, and in a November before it
    that stands out too; 0 where none.
    """
    days = history.days
    if grain == "month" or days[-1] - days[0] >= np.timedelta64(13 * 30 + 5, "D"):
        return 0
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    aside = 0
    for peak in (12, 11):
        more = int((month[::-1][aside:] != peak).argmax()) if (month != peak).any() else 0
        if not _stands_out(history, len(days) - aside - more, len(days) - aside):
            break
        aside += more
    return aside


def _stands_out(history: History, start: int, end: int) -> bool:
    """Whether these periods sell PEAK times as much as those of the 61 days before them, or more."""
    if not 0 < start < end:
        return False
    before = history.days[:start] >= history.days[start - 1] - np.timedelta64(61, "D")
    usual = history.values[:start][before]
    latest = history.values[start:end]
    known = not np.isnan(usual).all() and not np.isnan(latest).all()
    return bool(known and np.nanmean(latest) > PEAK * np.nanmean(usual))


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


def _refused(grain: Grain, reason: str, notes: Iterable[str], scores: pd.DataFrame | None = None) -> Forecast:
    frame = pd.DataFrame({name: pd.Series(dtype="str" if name == "period" else "float64") for name in COLUMNS})
    empty = pd.DataFrame({name: pd.Series(dtype="str" if name == "method" else "float64") for name in SCORES})
    return Forecast(frame, empty if scores is None else scores, "none", grain, tuple(notes), True, reason)
