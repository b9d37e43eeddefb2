"""One metric over time, as bars or a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import _
from analytics.metrics import METRICS
from analytics.schema import MONTHS
from dashboard.context import Context
from dashboard.figures.base import (
    HOVER_TEXT,
    PALETTE,
    Figure,
    Trace,
    end_labels,
    figure,
    gaps,
    hatched,
    highest,
    lowest,
    metric_of,
    metric_ticks,
    ticks,
)
from dashboard.figures.periods import Periods, base_labels, periods_of, time_axis
from dashboard.text.formats import short_months

MOST_BARS = 40
MOST_LABELLED = 14  # number of growth bars up to which each carries its number
MOST_YEARS = 8
MOST_DIRECT = 4  # lines up to which each carries its name at its end; more have a legend
ALONG_TIME: dict[str, Any] = {"hovermode": "x", "bargap": 0.25, "dragmode": "select", "selectdirection": "h"}
RIM_FROM = 0.05  # of the highest bar
WHOLE_FROM = 100  # a mean of counts is written without decimals from this value on


def metric_over_time(answer: Answer, context: Context) -> Figure:
    """Bars (a line when there are many periods or the metric cannot be added up) with the comparison as a short line
    across each bar (a faint line), and the average. Bars of partial periods are hatched, lines into them dotted.

    Frame: period, a metric; where there is one, base_<metric> with base_period, matched in order; days and period_days;
    target, where there are some.
    more["average"]: the average to draw.
    """
    frame = answer.frame
    name = metric_of(frame)
    periods = periods_of(frame, context)
    values = frame[name].to_numpy(float)
    base = frame[f"base_{name}"].to_numpy(float) if f"base_{name}" in frame else None
    common = marks(periods) | {"hovertext": period_hover(frame, periods, name, context)}
    additive = bool(METRICS[name].additive)
    bars = len(frame) <= MOST_BARS and additive
    traces = _bars(common, values, periods.partial) if bars else line(common, values, periods.partial)
    if base is not None:
        compared = _comparison(periods, base, bars, context)
        traces += [_rim(compared, base, values), compared] if bars else [compared]
        traces[0] |= {"name": context.formats.span(context.selection.span), "showlegend": True}
    asked = frame["target"].to_numpy(float) if "target" in frame else np.empty(0)
    if np.isfinite(asked).any():
        traces.append(_target(periods, asked))
    average_line, average_key = _average(answer, context, name)
    traces += average_key
    both = np.concatenate([values, asked] if base is None else [values, base, asked])
    return figure(
        traces,
        xaxis=time_axis(periods, context),
        yaxis=metric_ticks(context.formats, name, lowest(both), highest(both), from_zero=additive),
        shapes=average_line,
        showlegend=base is not None or bool(average_key) or len(asked) > 0,
        **ALONG_TIME,
    )


def _target(periods: Periods, asked: np.ndarray) -> Trace:
    """What targets ask of each whole period, as steps; a gap where none covers it. The tooltip of the period says it:
    a label of its own would cover that."""
    line = {"color": "@c1", "width": 2, "dash": "dashdot", "shape": "hvh"}
    about = {"name": _("Target"), "hoverinfo": "skip", "marker": {"size": 4, "color": "@c1"}}
    known = np.isfinite(asked)
    alone = known & ~np.r_[False, known[:-1]] & ~np.r_[known[1:], False]
    mode = "lines+markers" if alone.any() else "lines"
    return {"type": "scatter", "mode": mode, "x": periods.starts, "y": gaps(asked), "line": line, **about}


def growth(answer: Answer, context: Context) -> Figure:
    """Bars up and down: the growth of each period over the previous one. Frame: period, growth (%)."""
    frame = answer.frame
    f = context.formats
    periods = periods_of(frame, context)
    values = frame["growth"].to_numpy(float)
    hover = [
        f"{label}<br>" + (_("No comparable period before") if np.isnan(v) else f.signed(v))
        for label, v in zip(periods.labels, values, strict=True)
    ]
    bars = marks(periods) | {
        "type": "bar",
        "y": gaps(values),
        "marker": {"color": ["@good" if v >= 0 else "@bad" for v in np.nan_to_num(values)]},
        "hovertext": hover,
        "cliponaxis": False,
    }
    if len(frame) <= MOST_LABELLED:
        digits = 1 if len(frame) <= MOST_LABELLED // 2 + 1 else 0
        bars |= {
            "text": ["" if np.isnan(v) else f.signed(v, digits) for v in values],
            "textposition": "outside",
            "textfont": {"size": 10},
            "constraintext": "none",
            "textangle": 0,
        }
    ends = np.append(values, 0)
    room = (np.nanmax(ends) - np.nanmin(ends)) * 0.1  # for the numbers outside the bars
    below = room if np.nanmin(ends) < 0 else 0.0
    axis = ticks(lowest(values) - below, highest(values) + room, lambda v: f.signed(v, 0) if v else f.percent(0, 0))
    return figure([bars], xaxis=time_axis(periods, context), yaxis=axis, showlegend=False, **ALONG_TIME)


def years(answer: Answer, context: Context) -> Figure:
    """A line for each year over the twelve months, named at its end where there are few; the latest in the accent
    colour, partial months as open circles.

    Frame: year, month (1–12), a metric, days, period_days.
    """
    frame = answer.frame
    name = metric_of(frame)
    groups = [(year, frame[frame["year"] == year]) for year in sorted(frame["year"].unique().tolist())[-MOST_YEARS:]]
    traces = []
    for i, (year, months) in enumerate(groups):
        latest = i == len(groups) - 1
        colour = "@accent" if latest else PALETTE[1 + (len(groups) - 2 - i) % 7]
        traces.append(_year(year, months, name, colour, latest, context))
    axis = metric_ticks(context.formats, name, 0, highest(frame[name].to_numpy(float)))
    months_axis = {"tickvals": list(range(1, 13)), "ticktext": short_months(), "range": [0.6, 12.4]}
    direct = 1 < len(groups) <= MOST_DIRECT
    if direct:
        traces += end_labels([end for trace in traces if (end := line_end(trace))], axis["range"])
    legend = len(groups) > MOST_DIRECT
    return figure(traces, xaxis=months_axis, yaxis=axis, showlegend=legend, hovermode="closest", dragmode=False)


def line_end(line: Trace) -> tuple[Any, float, str, str] | None:
    """Where a line ends, with its name and colour; None for one without a point."""
    known = [i for i, value in enumerate(line["y"]) if value is not None]
    return (line["x"][known[-1]], line["y"][known[-1]], line["name"], line["line"]["color"]) if known else None


def _year(year: int, months: pd.DataFrame, name: str, colour: str, latest: bool, context: Context) -> Trace:
    full = (months["days"] == months["period_days"]).to_numpy()
    hover = [
        f"{MONTHS[m - 1]} {year}<br>{context.formats.metric(name, v)}"
        + ("" if whole else "<br>" + _("Incomplete month"))
        for m, v, whole in zip(months["month"], months[name], full, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months["month"].tolist(),
        "y": gaps(months[name].to_numpy(float)),
        "name": str(year),
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "line": {"color": colour, "width": 2.5 if latest else 1.5},
        "marker": {"size": 6, "color": colour, "symbol": ["circle" if whole else "circle-open" for whole in full]},
    }


def marks(periods: Periods) -> Trace:
    """A mark for each period, which a click filters."""
    return {"x": periods.starts, "customdata": [[name] for name in periods.names], "hovertemplate": HOVER_TEXT}


def _bars(common: Trace, values: np.ndarray, partial: np.ndarray) -> list[Trace]:
    """Zero-based bars; those of partial periods hatched."""
    marker = {"color": "@accent", "pattern": hatched(partial, "@accent")}
    return [{"type": "bar", **common, "y": gaps(values), "marker": marker, "showlegend": False}]


def line(common: Trace, values: np.ndarray, partial: np.ndarray, colour: str = "@accent") -> list[Trace]:
    """A line, dotted into and out of partial periods; the points carry hover and clicks."""
    solid = np.where(partial, np.nan, values)
    dotted = np.full(len(values), np.nan)
    for i in np.flatnonzero(partial):
        dotted[max(0, i - 1) : i + 2] = values[max(0, i - 1) : i + 2]
    course = {"type": "scatter", "mode": "lines", "x": common["x"], "hoverinfo": "skip", "showlegend": False}
    size = 6 if len(values) <= MOST_BARS else 3
    points = {"type": "scatter", "mode": "markers", "showlegend": False, **common, "y": gaps(values)}
    return [
        {**course, "y": gaps(solid), "line": {"color": colour, "width": 2}},
        {**course, "y": gaps(dotted), "line": {"color": colour, "width": 2, "dash": "dot"}},
        {**points, "marker": {"color": colour, "size": size}},
    ]


def _comparison(periods: Periods, base: np.ndarray, bars: bool, context: Context) -> Trace:
    """The comparison: a short line across each bar (a long one from bar to bar would hide among them), or a faint
    line."""
    trace = {
        "type": "scatter",
        "x": periods.starts,
        "y": gaps(base),
        "hoverinfo": "skip",
        "name": _compared_with(context),
    }
    if not bars:
        return trace | {"mode": "lines", "line": {"color": "@muted/0.6", "width": 1.5}}
    size = min(26.0, 340 / len(base))
    mark = {"symbol": "line-ew", "size": size, "line": {"color": "@text/0.75", "width": 2}}
    return trace | {"mode": "markers", "marker": mark, "cliponaxis": False}


def _rim(compared: Trace, base: np.ndarray, values: np.ndarray) -> Trace:
    """What sets the short lines of a comparison off from the bars that they cross, in either theme; a low bar would
    vanish behind it."""
    crosses = (base < values) & (base > RIM_FROM * highest(values))
    marker = compared["marker"] | {"line": {"color": "@card", "width": 4}}
    return compared | {"y": gaps(np.where(crosses, base, np.nan)), "marker": marker, "showlegend": False}


def _compared_with(context: Context) -> str:
    """The days of the comparison, and where they are not the same dates of the year before."""
    selection = context.selection
    if selection.matched is None:
        return _("Comparison")
    name = context.formats.span(selection.matched)
    return name if selection.matched == selection.base else _("{span}, same weekdays", span=name)


def period_hover(frame: pd.DataFrame, periods: Periods, name: str, context: Context) -> list[str]:
    """For each period: its value, the comparison's value and the change, the target, and how many of its days the data
    cover."""
    f = context.formats
    label = METRICS[name].label
    texts = [
        f"<b>{title}</b><br>{label} {f.metric(name, value)}"
        for title, value in zip(periods.labels, frame[name].tolist(), strict=True)
    ]
    if f"base_{name}" in frame:
        titles = base_labels(frame["base_period"].tolist(), periods.grain, context)
        before = frame[f"base_{name}"].tolist()
        for i, (title, value, base) in enumerate(zip(titles, frame[name].tolist(), before, strict=True)):
            if not np.isnan(base):
                change = f.change(METRICS[name].unit, value, base)
                texts[i] += f"<br>{title} {f.metric(name, base)}" + (f" · {change}" if change else "")
    asked = frame["target"].to_numpy(float) if "target" in frame else np.empty(0)
    for i in np.flatnonzero(np.isfinite(asked)).tolist():
        texts[i] += "<br>" + _("Target {amount}", amount=f.metric(name, asked[i]))
    for i in np.flatnonzero(periods.partial).tolist():
        days, whole = (context.formats.count(frame[column].iloc[i]) for column in ("days", "period_days"))
        texts[i] += "<br>" + _("{days} of {whole:day|days}", days=days, whole=whole)
    return texts


def _average(answer: Answer, context: Context, name: str) -> tuple[list[dict[str, Any]], list[Trace]]:
    """The average as a line across, and a trace that names it in the legend; nothing for fewer than three periods."""
    if "average" not in answer.more or len(answer.frame) < 3:
        return [], []
    average = float(answer.more["average"]["average"].iloc[0])
    if np.isnan(average):
        return [], []
    stroke = {"color": "@text/0.45", "width": 1, "dash": "dash"}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": average, "y1": average, "line": stroke}
    shown = round(average) if METRICS[name].unit == "count" and average >= WHOLE_FROM else average
    text = _("Average {amount}", amount=context.formats.metric(name, shown, short=True))
    key = {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "line": stroke, "name": text}
    return [line], [key]
