"""Pictures over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.calendar import Grain
from analytics.metrics import METRICS
from analytics.schema import MONTHS
from dashboard.context import Context
from dashboard.figures.base import PALETTE, Figure, figure, gaps, hatched, ticks

MOST_BARS = 40
FEW_DIGITS = 100  # a mean of counts from here on is written without decimals


def period_days(periods: pd.Series, context: Context) -> np.ndarray:
    """Where each period begins, for the axis (ISO text; the hour for hours)."""
    selection = context.selection
    if selection.grain == "hour":
        return periods.to_numpy(object)
    starts = selection.calendar.starts(selection.span, selection.grain)
    return starts.astype(str)[: len(periods)]


def period_words(days: np.ndarray, periods: pd.Series, context: Context) -> list[str]:
    if context.selection.grain == "hour":
        return [str(p).replace("T", " ") + ":00" for p in periods]
    return [
        context.formats.period(np.datetime64(d), context.selection.grain, str(p))
        for d, p in zip(days, periods, strict=False)
    ]


def time_axis(
    days: np.ndarray, words: list[str], context: Context, grain: Grain | None = None, most: int = 8
) -> dict[str, Any]:
    """A date axis labelled at evenly spaced periods in the data set's own words; `grain`: where it is the chart's
    own."""
    step = max(1, -(-len(words) // most))
    shown = days[::step]
    by_day = (grain or context.selection.grain) in ("day", "week")
    return {
        "type": "date",
        "tickvals": [str(d) for d in shown],
        "ticktext": day_words(shown, context) if by_day else words[::step],
    }


def day_words(days: np.ndarray, context: Context) -> list[str]:
    """Days for an axis; the year stands below the first of each."""
    dates = np.array([str(d) for d in days], dtype="datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(str)
    return [
        context.formats.short_day(day) + (f"<br>{year}" if i == 0 or year != years[i - 1] else "")
        for i, (day, year) in enumerate(zip(dates, years, strict=True))
    ]


def metric_over_time(answer: Answer, context: Context) -> Figure:
    """Bars (lines when there are many periods), the comparison as a level across each (a faint line), and the average;
    partial periods hatched or dotted."""
    frame = answer.frame
    name = next(c for c in frame.columns if c in METRICS)
    write = lambda v: context.formats.metric(name, v)  # noqa: E731
    days = period_days(frame["period"], context)
    words = period_words(days, frame["period"], context)
    values = frame[name].to_numpy(float)
    partial = (frame["days"] < frame["period_days"]).to_numpy()
    base = frame[f"base_{name}"].to_numpy(float) if f"base_{name}" in frame else None
    hover = [_hover(i, words, values, base, frame, write, partial, METRICS[name].label) for i in range(len(frame))]
    common = {
        "x": days.tolist(),
        "customdata": [[str(p)] for p in frame["period"]],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    bars = len(frame) <= MOST_BARS and bool(METRICS[name].additive)
    traces = _bars(common, values, partial) if bars else _line(common, values, partial)
    if base is not None:
        before = context.formats.span(context.selection.base) if context.selection.base else "comparison"
        traces.append(
            {
                "type": "scatter",
                "x": days.tolist(),
                "y": gaps(base),
                "hoverinfo": "skip",
                "name": before,
                **(_levels(len(days)) if bars else {"mode": "lines", "line": {"color": "@muted/0.6", "width": 1.5}}),
            }
        )
        traces[0] |= {"name": context.formats.span(context.selection.span), "showlegend": True}
    shapes, named = _average_line(answer, context, name)
    traces += named
    axis = ticks(
        _low(values, base),
        _high(values, base),
        lambda v: context.formats.tick(name, v),
        from_zero=bool(METRICS[name].additive),
    )
    return figure(
        traces,
        xaxis=time_axis(days, words, context),
        yaxis=axis,
        shapes=shapes,
        showlegend=base is not None or bool(named),
        hovermode="x",
        bargap=0.25,
        dragmode="select",
        selectdirection="h",
    )


def growth(answer: Answer, context: Context) -> Figure:
    """Bars up and down, period on period."""
    frame = answer.frame
    days = period_days(frame["period"], context)
    words = period_words(days, frame["period"], context)
    values = frame["growth"].to_numpy(float)
    colours = ["@good" if v >= 0 else "@bad" for v in np.nan_to_num(values)]
    hover = [
        f"{w}<br>{context.formats.signed(v)}" if not np.isnan(v) else f"{w}<br>no comparable period before"
        for w, v in zip(words, values, strict=True)
    ]
    bars = {
        "type": "bar",
        "x": days.tolist(),
        "y": gaps(values),
        "marker": {"color": colours},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [[str(p)] for p in frame["period"]],
        "cliponaxis": False,
    }
    if len(frame) <= 14:
        digits = 1 if len(frame) <= 8 else 0
        bars |= {
            "text": ["" if np.isnan(v) else context.formats.signed(v, digits) for v in values],
            "textposition": "outside",
            "textfont": {"size": 10},
            "constraintext": "none",
            "textangle": 0,
        }
    spread = (np.nanmax(np.append(values, 0)) - np.nanmin(np.append(values, 0))) * 0.1
    axis = ticks(
        _low(values, None) - spread * (np.nanmin(np.append(values, 0)) < 0),
        _high(values, None) + spread,
        lambda v: context.formats.signed(v, 0),
    )
    return figure(
        [bars],
        xaxis=time_axis(days, words, context),
        yaxis=axis,
        showlegend=False,
        hovermode="x",
        bargap=0.25,
        dragmode="select",
        selectdirection="h",
    )


def years(answer: Answer, context: Context) -> Figure:
    """A line per year over the twelve months; the latest year in the accent colour, partial months dotted."""
    frame = answer.frame
    name = next(c for c in frame.columns if c in METRICS)
    traces: list[dict[str, Any]] = []
    groups = [(y, g) for y, g in frame.groupby("year")][-8:]
    for i, (year, g) in enumerate(groups):
        latest = i == len(groups) - 1
        colour = "@accent" if latest else PALETTE[1 + (len(groups) - 2 - i) % 7]
        full = (g["days"] == g["period_days"]).to_numpy()
        hover = [
            f"{MONTHS[m - 1]} {year}<br>{context.formats.metric(name, v)}{'' if f else '<br>partial month'}"
            for m, v, f in zip(g["month"], g[name], full, strict=True)
        ]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": g["month"].tolist(),
                "y": gaps(g[name].to_numpy(float)),
                "name": str(year),
                "hovertext": hover,
                "hovertemplate": "%{hovertext}<extra></extra>",
                "line": {"color": colour, "width": 2.5 if latest else 1.5},
                "marker": {"size": 6, "color": colour, "symbol": ["circle" if f else "circle-open" for f in full]},
            }
        )
    values = frame[name].to_numpy(float)
    axis = ticks(0, _high(values, None), lambda v: context.formats.tick(name, v))
    months = {"tickvals": list(range(1, 13)), "ticktext": [m[:3] for m in MONTHS], "range": [0.6, 12.4]}
    return figure(traces, xaxis=months, yaxis=axis, showlegend=len(groups) > 1, hovermode="closest", dragmode=False)


def _bars(common: dict[str, Any], values: np.ndarray, partial: np.ndarray) -> list[dict[str, Any]]:
    """Zero-based bars; those of partial periods hatched."""
    marker = {"color": "@accent", "pattern": hatched(partial, "@accent")}
    return [{"type": "bar", **common, "y": gaps(values), "marker": marker, "showlegend": False}]


def _levels(count: int) -> dict[str, Any]:
    """A short line across each bar: a long one from bar to bar would drown in them."""
    mark = {"symbol": "line-ew", "size": min(26.0, 340 / count), "line": {"color": "@text/0.75", "width": 2}}
    return {"mode": "markers", "marker": mark, "cliponaxis": False}


def _line(common: dict[str, Any], values: np.ndarray, partial: np.ndarray) -> list[dict[str, Any]]:
    """A line, dotted into and out of partial periods; the points carry hover and clicks."""
    solid, dotted = np.where(partial, np.nan, values), np.full(len(values), np.nan)
    for i in np.flatnonzero(partial):
        dotted[max(0, i - 1) : i + 2] = values[max(0, i - 1) : i + 2]
    line = {"type": "scatter", "mode": "lines", "x": common["x"], "hoverinfo": "skip", "showlegend": False}
    size = 6 if len(values) <= MOST_BARS else 3
    return [
        {**line, "y": gaps(solid), "line": {"color": "@accent", "width": 2}},
        {**line, "y": gaps(dotted), "line": {"color": "@accent", "width": 2, "dash": "dot"}},
        {
            "type": "scatter",
            "mode": "markers",
            "showlegend": False,
            **common,
            "y": gaps(values),
            "marker": {"color": "@accent", "size": size},
        },
    ]


def _hover(
    i: int,
    words: list[str],
    values: np.ndarray,
    base: np.ndarray | None,
    frame: pd.DataFrame,
    write: Any,
    partial: np.ndarray,
    label: str,
) -> str:
    lines = [f"<b>{words[i]}</b>", f"{label} {write(values[i])}"]
    if base is not None and not np.isnan(base[i]):
        lines.append(f"{frame['base_period'].iloc[i]}: {write(base[i])}")
    if partial[i]:
        lines.append(f"{int(frame['days'].iloc[i])} of {int(frame['period_days'].iloc[i])} days")
    return "<br>".join(lines)


def _average_line(answer: Answer, context: Context, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The line across, and a trace that names it in the legend."""
    if "average" not in answer.more or len(answer.frame) < 3:
        return [], []
    average = float(answer.more["average"]["average"].iloc[0])
    if np.isnan(average):
        return [], []
    stroke = {"color": "@text/0.45", "width": 1, "dash": "dash"}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": average, "y1": average, "line": stroke}
    shown = round(average) if METRICS[name].unit == "count" and average >= FEW_DIGITS else average
    words = f"average {context.formats.metric(name, shown, short=True)}"
    named = {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "line": stroke, "name": words}
    return [line], [named]


def _high(values: np.ndarray, base: np.ndarray | None) -> float:
    both = values if base is None else np.append(values, base)
    return float(np.nanmax(both)) if np.isfinite(both).any() else 1.0


def _low(values: np.ndarray, base: np.ndarray | None) -> float:
    both = values if base is None else np.append(values, base)
    return float(np.nanmin(both)) if np.isfinite(both).any() else 0.0
