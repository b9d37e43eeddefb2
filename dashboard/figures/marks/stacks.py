"""The parts of a metric over time, stacked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import _
from dashboard.context import Context
from dashboard.figures.base import (
    DIM,
    HOVER_TEXT,
    PALETTE,
    Figure,
    Trace,
    distinct_labels,
    end_labels,
    escaped,
    figure,
    gaps,
    hatched,
    metric_of,
    ticks,
)
from dashboard.figures.marks.series import MOST_BARS, MOST_DIRECT, line_end
from dashboard.figures.periods import Periods, every_period, periods_of, time_axis

BETWEEN = 0.06  # of the width, between two plots of small multiples
MOST_LAYERS = 7
MOST_MARKS = 1500
NAME = 0.24  # of a small multiple's height, above its plot
PLOT = 0.94  # down to the end of the plot
OTHER_COLOUR = "@muted/0.6"


@dataclass(frozen=True)
class _Layer:
    """One value of the dimension, or the others together (`key` None), with a number for each period."""

    label: str
    key: str | None
    values: np.ndarray


def stacked(answer: Answer, context: Context) -> Figure:
    """The seven largest values (fewer over very many periods) and "Other (k)": stacked bars, lines over many periods.
    Bars of partial periods are hatched. A click filters.

    Frame: a dimension (largest value first), period, a metric; days and period_days where periods may be partial; share
    (% of the period) where the chart has an option `show` with the choice "share"; its choice "each" gives each layer a
    plot of its own.
    """
    frame = answer.frame
    f = context.formats
    by = str(frame.columns[0])
    metric = metric_of(frame)
    as_share = context.options.get("show") == "share"
    names = every_period(set(frame["period"]), context.selection)
    periods = periods_of(_lengths(frame, names), context)
    wide = frame.pivot(index=by, columns="period", values="share" if as_share else metric)
    layers = _layers(wide.reindex(index=list(dict.fromkeys(frame[by])), columns=names), by, context)
    bars = len(names) <= MOST_BARS

    def write(value: float) -> str:
        return f.percent(value) if as_share else f.metric(metric, value)

    def tick(value: float) -> str:
        return f.percent(value, 0) if as_share else f.tick(metric, value)

    selected = context.selected(by)
    short = distinct_labels([layer.label for layer in layers], 20)
    traces = [
        _trace(layer, i, periods, write, selected, bars) | {"name": escaped(name)}
        for i, (layer, name) in enumerate(zip(layers, short, strict=True))
    ]
    if context.options.get("show") == "each" and len(layers) > 1:
        return _each(layers, traces, tick, time_axis(periods, context, 3))
    axis = ticks(*_ends(layers, bars), tick)
    named = not bars and 1 < len(layers) <= MOST_DIRECT
    if named:
        traces += end_labels([end for trace in traces if (end := line_end(trace))], axis["range"])
    if bars:
        traces += [_legend_key(trace) for trace in traces]
    return figure(
        traces,
        xaxis=time_axis(periods, context),
        yaxis=axis,
        barmode="relative",
        bargap=0.2,
        hovermode="closest",
        showlegend=not named,
        legend={"y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )


def _each(layers: list[_Layer], traces: list[Trace], tick: Callable[[float], str], time: dict[str, Any]) -> Figure:
    """A plot for each layer, two in a row, on one scale, with its name above it."""
    rows = -(-len(layers) // 2)
    high = 1 / rows
    scale = _ends_only(ticks(*_ends(layers, False), tick, 2))
    layout: dict[str, Any] = {"annotations": []}
    for place, trace in enumerate(traces):
        row, column = divmod(place, 2)
        suffix = str(place + 1) if place else ""
        left, top = column * (0.5 + BETWEEN / 2), 1 - row * high
        lowest_of_column = place + 2 >= len(traces)
        span = [round(left, 4), round(left + 0.5 - BETWEEN / 2, 4)]
        reach = [round(max(0.0, top - high * PLOT), 4), round(top - high * NAME, 4)]
        layout[f"xaxis{suffix}"] = time | {"domain": span, "anchor": f"y{suffix}", "showticklabels": lowest_of_column}
        layout[f"yaxis{suffix}"] = scale | {"domain": reach, "anchor": f"x{suffix}", "showticklabels": column == 0}
        trace |= {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "showlegend": False}
        layout["annotations"].append(_above(trace["name"], span[0], reach[1]))
    return figure(traces, **layout, bargap=0.2, hovermode="closest", showlegend=False, dragmode=False)


def _ends_only(scale: dict[str, Any]) -> dict[str, Any]:
    """A low plot's y axis: zero and the highest step that it holds."""
    seen = [(v, t) for v, t in zip(scale["tickvals"], scale["ticktext"], strict=True) if v <= scale["range"][1]]
    ends = [pair for i, pair in enumerate(seen) if i == len(seen) - 1 or pair[0] == 0]
    return scale | {"tickvals": [v for v, _text in ends], "ticktext": [text for _v, text in ends]}


def _above(name: str, x: float, y: float) -> dict[str, Any]:
    at = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return {"text": name, **at, "showarrow": False, "font": {"size": 11, "color": "@text"}}


def _lengths(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """One row for each of these periods, with its days if the frame has them."""
    columns = [c for c in ("days", "period_days") if c in frame]
    found = frame.drop_duplicates("period").set_index("period")[columns]
    return found.reindex(pd.Index(names, name="period")).reset_index()


def _layers(wide: pd.DataFrame, by: str, context: Context) -> list[_Layer]:
    """The first rows, as many as can be drawn, and the others as one; a single other row is drawn as itself."""
    most = max(1, min(MOST_LAYERS, MOST_MARKS // max(wide.shape[1], 1) - 1))
    kept = len(wide) if len(wide) == most + 1 else min(most, len(wide))
    values = wide.to_numpy(float)
    layers = [
        _Layer(context.schema.label(by, value), str(value), values[i]) for i, value in enumerate(wide.index[:kept])
    ]
    if len(wide) > kept:
        label = _("Other ({n})", n=context.formats.number(len(wide) - kept))
        layers.append(_Layer(label, None, np.nansum(values[kept:], axis=0)))
    return layers


def _ends(layers: list[_Layer], bars: bool) -> tuple[float, float]:
    """The lowest and highest values of the axis: bars are stacked, lines are not."""
    stack = np.array([layer.values for layer in layers]) if layers else np.zeros((1, 1))
    if bars:
        above = np.nansum(np.clip(stack, 0, None), axis=0)
        below = np.nansum(np.clip(stack, None, 0), axis=0)
        return float(below.min()), float(above.max())
    known = np.append(stack[np.isfinite(stack)], 0.0)
    return float(known.min()), float(known.max())


def _trace(
    layer: _Layer, place: int, periods: Periods, write: Callable[[float], str], selected: tuple[str, ...], bars: bool
) -> Trace:
    colour = PALETTE[place] if layer.key is not None and place < len(PALETTE) else OTHER_COLOUR
    trace: Trace = {
        "x": periods.starts,
        "y": gaps(layer.values),
        "customdata": [None if layer.key is None else [layer.key]] * len(layer.values),
        "hovertemplate": HOVER_TEXT,
        "hovertext": [
            f"<b>{escaped(layer.label)}</b><br>{_('{name}: {value}', name=period, value=write(v))}"
            for period, v in zip(_marked(periods), layer.values, strict=True)
        ],
        "opacity": DIM if selected and layer.key not in selected else 1.0,
    }
    if bars:
        marker = {"color": colour, "pattern": hatched(periods.partial, colour)}
        return trace | {"type": "bar", "showlegend": False, "marker": marker}
    return trace | {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": colour, "width": 1.8},
        "marker": {"size": 3, "color": colour},
    }


def _marked(periods: Periods) -> list[str]:
    """The names of the periods; one that the data do not fill says so."""
    return [
        _("{period}, incomplete", period=label) if partial else label
        for label, partial in zip(periods.labels, periods.partial, strict=True)
    ]


def _legend_key(bar: Trace) -> Trace:
    """The legend's entry of a layer: its first bar may be hatched, the entry never is."""
    marker = {"color": bar["marker"]["color"]}
    return {"type": "bar", "name": bar["name"], "x": [None], "y": [None], "marker": marker, "opacity": bar["opacity"]}
