"""Several things over time, one upon the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import DIM, PALETTE, Figure, clipped, escaped, figure, gaps, hatched, ticks
from dashboard.figures.topics.series import MOST_BARS, period_days, period_words, time_axis

MOST_LAYERS = 7
MOST_MARKS = 1500


def stacked(answer: Answer, context: Context) -> Figure:
    """The seven largest things (fewer over very many periods) and "Other (k)": stacked bars, lines over many periods.

    Frame: the thing (largest first), period, a metric, share (% of the period), days, period_days. Partial periods are
    hatched. A click filters.
    """
    frame = answer.frame
    by, metric = frame.columns[0], next(c for c in frame.columns if c in METRICS)
    column = "share" if context.options.get("show") == "share" else metric
    wide = frame.pivot(index=by, columns="period", values=column).reindex(list(dict.fromkeys(frame[by])))
    wide = wide.reindex(columns=sorted(wide.columns))
    full = (frame.drop_duplicates("period").set_index("period")[["days", "period_days"]]).reindex(wide.columns)
    partial = (full["days"] < full["period_days"]).to_numpy()
    periods = pd.Series(_every_period(context, wide.columns.tolist()))
    known = {p: i for i, p in enumerate(wide.columns)}
    pick = [known.get(p, -1) for p in periods]
    values = np.column_stack([wide.to_numpy(float), np.full(len(wide), np.nan)])[:, pick]
    partial = np.append(partial, False)[pick]
    days = period_days(periods, context)
    words = period_words(days, periods, context)
    most = max(1, min(MOST_LAYERS, MOST_MARKS // max(len(periods), 1) - 1))
    keep = len(wide) if len(wide) == most + 1 else min(most, len(wide))
    names = [value_label(by, v) for v in wide.index[:keep]]
    layers: list[tuple[str, str | None, np.ndarray]] = [
        (n, str(v), values[i]) for i, (n, v) in enumerate(zip(names, wide.index, strict=False))
    ]
    if len(wide) > keep:
        layers.append((f"Other ({context.formats.number(len(wide) - keep)})", None, np.nansum(values[keep:], axis=0)))
    write = (
        (lambda v: context.formats.percent(v)) if column == "share" else (lambda v: context.formats.metric(metric, v))
    )
    traces = [
        _layer(i, layer, days, words, partial, write, context.selected(by), len(periods) <= MOST_BARS)
        for i, layer in enumerate(layers)
    ]
    bars = len(periods) <= MOST_BARS
    if bars:
        traces += [_key(t) for t in traces]
    stack = np.array([layer[2] for layer in layers]) if layers else np.zeros((1, 1))
    above, below = np.nansum(np.clip(stack, 0, None), axis=0), np.nansum(np.clip(stack, None, 0), axis=0)
    flat = np.append(stack[np.isfinite(stack)], 0.0)
    high, low = (float(above.max()), float(below.min())) if bars else (float(flat.max()), float(flat.min()))
    short = (
        (lambda v: context.formats.percent(v, 0)) if column == "share" else (lambda v: context.formats.tick(metric, v))
    )
    return figure(
        traces,
        xaxis=time_axis(days, words, context),
        yaxis=ticks(low, high, short),
        barmode="relative",
        bargap=0.2,
        hovermode="closest",
        showlegend=True,
        legend={"y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )


def _layer(
    i: int,
    layer: tuple[str, str | None, np.ndarray],
    days: np.ndarray,
    words: list[str],
    partial: np.ndarray,
    write: Any,
    selected: tuple[str, ...],
    bars: bool,
) -> dict[str, Any]:
    name, key, values = layer
    colour = PALETTE[i] if key is not None and i < len(PALETTE) else "@muted/0.6"
    opacity = DIM if selected and key not in selected else 1.0
    trace = {
        "name": escaped(clipped(name, 20)),
        "x": days.tolist(),
        "y": gaps(values),
        "customdata": [None if key is None else [key]] * len(values),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hovertext": [
            f"<b>{escaped(name)}</b><br>{w}{', partial' if h else ''}: {write(v)}"
            for w, h, v in zip(words, partial, values, strict=True)
        ],
        "opacity": opacity,
    }
    if bars:
        marker = {"color": colour, "pattern": hatched(partial, colour)}
        return trace | {"type": "bar", "showlegend": False, "marker": marker}
    return trace | {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": colour, "width": 1.8},
        "marker": {"size": 3, "color": colour},
    }


def _key(bar: dict[str, Any]) -> dict[str, Any]:
    """The legend's entry of a layer: its first bar may be hatched, the entry never is."""
    marker = {"color": bar["marker"]["color"]}
    return {"type": "bar", "name": bar["name"], "x": [None], "y": [None], "marker": marker, "opacity": bar["opacity"]}


def _every_period(context: Context, found: list[str]) -> list[str]:
    """All periods that the range touches, also those without a sale; by the hour only those found."""
    selection = context.selection
    if selection.grain == "hour":
        return found
    return [
        selection.calendar.name(s, selection.grain) for s in selection.calendar.starts(selection.span, selection.grain)
    ]
