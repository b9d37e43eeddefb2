"""The parts of a metric over time, stacked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.answer import Answer
from dashboard.context import Context
from dashboard.figures.base import (
    DIM,
    HOVER_TEXT,
    PALETTE,
    Figure,
    Trace,
    clipped,
    escaped,
    figure,
    gaps,
    hatched,
    metric_of,
    ticks,
)
from dashboard.figures.marks.series import MOST_BARS
from dashboard.figures.periods import Periods, every_period, periods_of, time_axis

MOST_LAYERS = 7
MOST_MARKS = 1500
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
    (% of the period) where the chart has an option `show` with the choice "share".
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
    traces = [_trace(layer, i, periods, write, selected, bars) for i, layer in enumerate(layers)]
    if bars:
        traces += [_legend_key(trace) for trace in traces]
    low, high = _ends(layers, bars)
    return figure(
        traces,
        xaxis=time_axis(periods, context),
        yaxis=ticks(low, high, tick),
        barmode="relative",
        bargap=0.2,
        hovermode="closest",
        showlegend=True,
        legend={"y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )


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
        label = f"Other ({context.formats.number(len(wide) - kept)})"
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
        "name": escaped(clipped(layer.label, 20)),
        "x": periods.starts,
        "y": gaps(layer.values),
        "customdata": [None if layer.key is None else [layer.key]] * len(layer.values),
        "hovertemplate": HOVER_TEXT,
        "hovertext": [
            f"<b>{escaped(layer.label)}</b><br>{period}{', partial' if partial else ''}: {write(v)}"
            for period, partial, v in zip(periods.labels, periods.partial, layer.values, strict=True)
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


def _legend_key(bar: Trace) -> Trace:
    """The legend's entry of a layer: its first bar may be hatched, the entry never is."""
    marker = {"color": bar["marker"]["color"]}
    return {"type": "bar", "name": bar["name"], "x": [None], "y": [None], "marker": marker, "opacity": bar["opacity"]}
