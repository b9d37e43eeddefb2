"""How the business moves through time: levels, growth, the day's rhythm, the year's shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import Grain, TimeRange, day_label, period_label
from analytics.engines.base import Engine
from analytics.language import N_
from analytics.metrics import metric as metric_named
from analytics.questions.targets.standing import Goal, along_time
from analytics.schema import PARTS_OF_DAY
from analytics.selection import Resolved


def over_time(
    engine: Engine, selection: Resolved, options: Options, *, metric: str, targets: Sequence[Goal] = ()
) -> Answer:
    """How has one metric moved? Grain: one row per period at the selection's grain, every period that the range
    touches.

    Columns: period (ISO), the metric (its unit), days (of the period that lie in the range and the data), period_days
    (its full length), and, with a comparison, base_period and base_<metric>, matched in order; against the year before,
    hours, days and weeks are those of the same weekdays, 364 days before. A period with days < period_days is partial:
    drawn dotted, named in the notes, left out of the average. more["average"]: mean of the complete periods for
    additive metrics, the metric over the whole range for ratios and distinct counts. An empty selection gives the
    periods with zeros (ratios blank). With `targets` of the metric, column target: what they ask of the whole
    period."""
    frame = _periods(engine, selection, metric)
    if selection.matched is not None:
        base = _periods(engine, selection.at(selection.matched), metric)
        frame["base_period"] = _aligned(base["period"], len(frame), "")
        frame[f"base_{metric}"] = _aligned(base[metric], len(frame), np.nan)
    asked = along_time(engine, selection, metric, targets) if targets else None
    if asked is not None:
        frame["target"] = asked
    complete = frame[metric][frame["days"].to_numpy() == frame["period_days"].to_numpy()]
    if "order" in metric_named(metric).additive and not complete.empty:
        average = float(complete.mean())
    else:
        average = float(engine.aggregate([], [metric], selection)[metric].iloc[0])
    notes = partial_notes(frame, selection)
    return Answer(frame, notes, {"average": pd.DataFrame({"average": [average], "periods": [len(complete)]})})


def growth_over_time(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """By how much did each period's metric grow over the previous one? Grain: one row per period.

    Columns: period, the metric in the range, previous (the whole period before, also where that lies before the range),
    growth (% of previous), days, period_days. Equal time only: a partial period, such as one that the range cuts, has
    no growth, nor has one after a period that the data do not fill, or one after zero or less. An empty selection gives
    the periods with zeros.
    """
    metric = options.get("metric") or "revenue"
    one = (
        selection.calendar.next(selection.span.start, selection.grain, -1)
        if selection.span.days
        else selection.span.start
    )
    first = selection.calendar.floor(np.array([selection.span.start]), selection.grain)[0]
    wider = selection.at(
        TimeRange(
            min(selection.calendar.floor(np.array([one]), selection.grain)[0], first), selection.span.end
        ).clipped(selection.bounds.span)
    )
    whole = _periods(engine, wider, metric)
    before = whole[metric].shift(1).where((whole["days"] == whole["period_days"]).shift(1, fill_value=False))
    frame = _periods(engine, selection, metric)
    previous = frame["period"].map(dict(zip(whole["period"], before, strict=True))).astype("float64")
    growth = (frame[metric] / previous.where(previous > 0) - 1) * 100
    frame["previous"] = previous
    frame["growth"] = growth.where(frame["days"] == frame["period_days"])
    return Answer(
        frame[["period", metric, "previous", "growth", "days", "period_days"]], partial_notes(frame, selection)
    )


def by_hour(engine: Engine, selection: Resolved, options: Options, *, metric: str = "orders") -> Answer:
    """At what hours do people order? Grain: 24 rows. Columns: hour (0–23, the data set's zone), the metric, share (%
    of the day, for orders and revenue). Hours without an order are zero."""
    frame = engine.aggregate(["hour"], [metric], selection)
    frame = (
        frame.set_index(frame["hour"].astype(int))[[metric]]
        .reindex(range(24), fill_value=0)
        .rename_axis("hour")
        .reset_index()
    )
    return Answer(_with_share(frame, metric))


def by_part_of_day(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """When in the day? Grain: four rows: Night 0–5, Morning 6–11, Afternoon 12–17, Evening 18–23 h. Columns:
    part_of_day, orders, revenue, aov, share (% of orders). A part without an order is zero.
    """
    frame = engine.aggregate(["part_of_day"], ["orders", "revenue", "aov"], selection)
    frame = frame.set_index("part_of_day").reindex(list(PARTS_OF_DAY)).rename_axis("part_of_day").reset_index()
    frame[["orders", "revenue"]] = frame[["orders", "revenue"]].fillna(0)
    return Answer(_with_share(frame, "orders"))


def by_weekday_hour(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """When in the week is money made? Grain: one row per weekday and hour with orders. Columns: weekday (0 is Monday),
    hour, the metric, and per_day: the metric per such weekday in the range, so that a range of 5 Mondays and 4 Sundays
    compares fairly."""
    metric = options.get("metric") or "revenue"
    frame = engine.aggregate(["weekday", "hour"], [metric], selection)
    days = np.arange(selection.span.start, selection.span.end, dtype="datetime64[D]")
    counts = np.bincount((days.astype("int64") + 3) % 7, minlength=7)
    frame["per_day"] = frame[metric] / np.where(counts > 0, counts, np.nan)[frame["weekday"].astype(int)]
    return Answer(frame)


def year_over_year(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How does each year compare with the others, month by month? Grain: one row per year and month of all history up
    to the end of the range (the filters apply, the range's start does not). Columns: year, month (1–12), the metric,
    days, period_days; partial months are named. Months without an order are zero.
    """
    metric = options.get("metric") or "revenue"
    history = selection.at(TimeRange(selection.bounds.start, selection.span.end)).by("month")
    frame = _periods(engine, history, metric)
    notes = partial_notes(frame, history)
    months = pd.PeriodIndex(frame["period"], freq="M") if len(frame) else pd.PeriodIndex([], freq="M")
    frame.insert(0, "year", months.year)
    frame.insert(1, "month", months.month)
    return Answer(
        frame[["year", "month", metric, "days", "period_days"]],
        (N_("Uses all history up to {day}.", day=day_label(selection.span.last)), *notes),
    )


def seasonality(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which months (or quarters) carry the year? Grain: one row per month or quarter of the year. Columns: month or
    quarter, revenue, days (of it in the range), share (% of revenue), per_day (revenue a day), index (per_day against
    the average day of the range, 100 = average). Months without an order are zero; index and share are blank where
    nothing was sold.

    Read `index` when the range is not whole years: then some months are counted more often than others, and the notes
    say so.
    """
    by = options.get("by") or "month"
    size = 12 if by == "month" else 4
    frame = engine.aggregate([by], ["revenue"], selection)
    revenue = pd.Series(frame["revenue"].to_numpy(float), index=frame[by].astype(int)).reindex(
        range(1, size + 1), fill_value=0.0
    )
    days = np.arange(selection.span.start, selection.span.end, dtype="datetime64[D]")
    month = days.astype("datetime64[M]").astype("int64") % 12
    quarter = (month - (engine.profile.fiscal_start - 1)) % 12 // 3
    counts = np.bincount(month if by == "month" else quarter, minlength=size)
    out = pd.DataFrame({by: range(1, size + 1), "revenue": revenue.to_numpy(), "days": counts})
    out = _with_share(out, "revenue")
    out["per_day"] = out["revenue"] / out["days"].where(out["days"] > 0)
    average = out["revenue"].sum() / len(days) if len(days) else np.nan
    out["index"] = out["per_day"] / average * 100 if average else np.nan
    notes = (
        ()
        if len(days) and counts.max() - counts.min() <= 3 * max(1, len(days) // 365)
        else (N_("Some months occur more often in the range than others: compare the index, not the share."),)
    )
    return Answer(out, notes)


def _periods(engine: Engine, selection: Resolved, metric: str) -> pd.DataFrame:
    """The metric per period with the days it has and the days it should have."""
    frame = engine.aggregate(["period"], [metric, "days"], selection)
    frame["period_days"] = period_days(selection, selection.grain, len(frame))
    return frame


def period_days(selection: Resolved, grain: Grain, expected: int) -> np.ndarray:
    """Full length in days of every period that the range touches (1 for hours)."""
    if grain in ("hour", "day"):
        return np.ones(expected, dtype="int64")
    return np.diff(selection.calendar.edges(selection.span, grain)).astype("int64")


def partial_notes(frame: pd.DataFrame, selection: Resolved) -> tuple[str, ...]:
    """One sentence for each period that the range or the data do not fill."""
    days, full = frame["days"].to_numpy(), frame["period_days"].to_numpy()
    names = frame["period"].array
    return tuple(partly(names[at], int(days[at]), int(full[at])) for at in np.flatnonzero(days < full)[:4])


def partly(period: str, days: int, full: int) -> str:
    """What is said of a period that is not filled."""
    return N_("{period}: {days} of {full:day|days}.", period=period_label(period), days=days, full=full)


def _aligned(values: pd.Series, length: int, fill: str | float) -> np.ndarray:
    """The first `length` values, padded if there are fewer."""
    found = values.to_numpy()[:length]
    if len(found) == length:
        return found
    padding = np.full(length - len(found), fill, object if isinstance(fill, str) else float)
    return np.concatenate([found, padding])


def _with_share(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    total = frame[metric].sum()
    frame["share"] = frame[metric] / total * 100 if total else np.nan
    return frame
