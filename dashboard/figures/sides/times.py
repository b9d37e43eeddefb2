"""A metric over time with a line for each of the values side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context, Side
from dashboard.figures.base import (
    Figure,
    Trace,
    clipped,
    end_labels,
    escaped,
    figure,
    gaps,
    highest,
    lowest,
    metric_of,
    metric_ticks,
    ticks,
)
from dashboard.figures.marks.series import ALONG_TIME, line, marks, period_hover
from dashboard.figures.periods import Periods, periods_of, time_axis

FEWEST_POINTS = 3  # periods from which on lines are drawn, and not bars
LEFT = 0.015  # of the width, for half a mark
ROOM = 0.25  # of the width, for the names at the ends of the lines
MOST_WITH_BASE = 2  # sides up to which the comparison is drawn too


def metric(sides: Sequence[Side], context: Context) -> Figure:
    """A line for each side (bars for one or two periods) with its name at its end, dotted into periods that the data
    cover only in part; with two sides, the comparison as a faint line in the colour of each.

    Frames as of metric_over_time.
    """
    known = [side for side in sides if not side.answer.empty]
    name = metric_of(known[0].answer.frame)
    periods = periods_of(known[0].answer.frame, context)
    values = {side.value: side.answer.frame[name].to_numpy(float) for side in known}
    bars = len(periods.names) < FEWEST_POINTS
    traces: list[Trace] = []
    drawn = list(values.values())
    for side in known:
        frame = side.answer.frame
        hover = [
            f"<b>{escaped(side.label)}</b> · {text}"
            for text in period_hover(frame, periods_of(frame, context), name, context)
        ]
        common = marks(periods_of(frame, context)) | {"hovertext": hover}
        partial = periods_of(frame, context).partial
        if bars:
            traces.append(_bar(side, common, values[side.value]))
            continue
        if f"base_{name}" in frame and len(known) <= MOST_WITH_BASE:
            base = frame[f"base_{name}"].to_numpy(float)
            drawn.append(base)
            traces.append(_base(side, common, base))
        traces += line(common, values[side.value], partial, side.colour)
    ends = np.concatenate(drawn)
    axis = metric_ticks(context.formats, name, lowest(ends), highest(ends), from_zero=bool(METRICS[name].additive))
    x_axis = time_axis(periods, context)
    if not bars:
        x_axis["range"] = _with_room(periods)
        traces += _names(known, values, periods, axis["range"])
    return figure(traces, xaxis=x_axis, yaxis=axis, showlegend=bars, **ALONG_TIME)


def growth(sides: Sequence[Side], context: Context) -> Figure:
    """Bars up and down for each side: its growth over the period before. Frames: period, growth (%)."""
    known = [side for side in sides if not side.answer.empty]
    f = context.formats
    periods = periods_of(known[0].answer.frame, context)
    traces = []
    values = []
    for side in known:
        own = side.answer.frame["growth"].to_numpy(float)
        values.append(own)
        titles = periods_of(side.answer.frame, context)
        hover = [
            f"<b>{escaped(side.label)}</b> · {label}<br>"
            + (f.signed(v) if np.isfinite(v) else _("No comparable period before"))
            for label, v in zip(titles.labels, own, strict=True)
        ]
        traces.append(_bar(side, marks(titles) | {"hovertext": hover}, own))
    ends = np.concatenate(values)
    axis = ticks(lowest(ends), highest(ends, 0.0), lambda v: f.signed(v, 0))
    return figure(traces, xaxis=time_axis(periods, context), yaxis=axis, showlegend=True, **ALONG_TIME)


def _bar(side: Side, common: Trace, values: np.ndarray) -> Trace:
    return {"type": "bar", **common, "y": gaps(values), "name": escaped(side.label), "marker": {"color": side.colour}}


def _base(side: Side, common: Trace, base: np.ndarray) -> Trace:
    stroke = {"color": f"{side.colour}/0.4", "width": 1.2, "dash": "dot"}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": common["x"],
        "y": gaps(base),
        "line": stroke,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _with_room(periods: Periods) -> list[str]:
    """The time axis with room for the first marks, and at its right for the names."""
    first, last = (np.datetime64(start, "m") for start in (periods.starts[0], periods.starts[-1]))
    return [str(first - (last - first) * LEFT), str(last + (last - first) * ROOM)]


def _names(
    known: Sequence[Side], values: dict[str, np.ndarray], periods: Periods, axis: Sequence[float]
) -> list[Trace]:
    """Each side's name at the end of its line."""
    ends = []
    for side in known:
        own = values[side.value]
        found = np.flatnonzero(np.isfinite(own))
        if len(found):
            ends.append((periods.starts[-1], float(own[found[-1]]), clipped(side.label, 16), side.colour))
    return end_labels(ends, axis)
