"""Rankings and columns with a bar for each of the values side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.metrics import METRICS
from dashboard.context import Context, Side
from dashboard.figures.base import HOVER_TEXT, Figure, Trace, escaped, figure, gaps, highest, lowest, metric_of, ticks
from dashboard.figures.marks.bars import MOST_LABELLED, ROWS, TOP, row_axis

MOST_BARS = 12  # for which a card has room
FEWEST_ROWS = 3
MOST_NUMBERS = 15  # bars up to which each carries its number


def ranked(sides: Sequence[Side], context: Context) -> Figure:
    """The top values of a dimension, over all sides, each with a bar and a number for every side; a click filters.

    Frames: a dimension and a metric. A side without a row of a value has no bar there.
    """
    wide, by, name = _wide(sides)
    order = wide.sum(axis=1) if METRICS[name].additive else wide.max(axis=1)
    most = min(int(context.options.get("top") or TOP), max(FEWEST_ROWS, MOST_BARS // len(sides)))
    top = wide.loc[order.sort_values(ascending=False, kind="stable").index[:most]]
    labels = [_label(sides, by, str(value), context) for value in top.index]
    traces = [
        _trace(side, top[i].to_numpy(float), [str(v) for v in top.index], labels, name, context)
        | {
            "orientation": "h",
            "x": gaps(top[i].to_numpy(float)),
            "y": list(range(len(top))),
            "text": _numbers(top[i].to_numpy(float), name, context, top.size <= MOST_NUMBERS),
            "textposition": "outside",
            "cliponaxis": False,
            "constraintext": "none",
            "textfont": {"size": 10, "color": "@text"},
        }
        for i, side in enumerate(sides)
    ]
    values = top.to_numpy(float)
    axis = {
        "range": [min(lowest(values), 0) * 1.15, max(highest(values), 0) * 1.35 or 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": bool(lowest(values) < 0),
    }
    rows = row_axis(labels) | {"automargin": True}
    return figure(traces, xaxis=axis, yaxis=rows, **(ROWS | {"showlegend": True, "bargap": 0.25, "barmode": "group"}))


def columns(sides: Sequence[Side], context: Context) -> Figure:
    """Columns over a few ordered values, one for each side. Frames: the dimension and a metric."""
    wide, by, name = _wide(sides)
    labels = [context.schema.label(by, value) for value in wide.index]
    traces = [
        _trace(side, wide[i].to_numpy(float), [str(v) for v in wide.index], labels, name, context)
        | {"x": list(range(len(wide))), "y": gaps(wide[i].to_numpy(float))}
        for i, side in enumerate(sides)
    ]
    step = 1 if len(wide) <= MOST_LABELLED else 3
    length = 3 if by == "month" else 12
    axis = {
        "tickvals": list(range(0, len(wide), step)),
        "ticktext": [label[:length] for label in labels[::step]],
        "showgrid": False,
    }
    values = wide.to_numpy(float)
    return figure(
        traces,
        xaxis=axis,
        yaxis=ticks(lowest(values), highest(values), lambda v: context.formats.tick(name, v)),
        showlegend=True,
        barmode="group",
        bargap=0.2,
        dragmode="select",
        selectdirection="h",
    )


def _wide(sides: Sequence[Side]) -> tuple[pd.DataFrame, str, str]:
    """A row for each value that any side has, in the order in which they are met, with a column for each side; the
    dimension and the metric."""
    known = next(side.answer.frame for side in sides if not side.answer.empty)
    by, name = str(known.columns[0]), metric_of(known)
    found: dict[int, Any] = {}
    for i, side in enumerate(sides):
        frame = side.answer.frame
        found[i] = frame.set_index(by)[name] if name in frame else pd.Series(dtype=float)
    ordered = list(dict.fromkeys(value for column in found.values() for value in column.index))
    ordered = sorted(ordered) if pd.api.types.is_numeric_dtype(known[by]) else ordered
    return pd.DataFrame({i: column.reindex(ordered) for i, column in found.items()}, index=ordered), by, name


def _numbers(values: np.ndarray, name: str, context: Context, shown: bool) -> list[str]:
    """What is written behind the bars of one side; nothing where there are too many."""
    return [context.formats.metric(name, v, short=True) if shown and np.isfinite(v) else "" for v in values]


def _label(sides: Sequence[Side], by: str, value: str, context: Context) -> str:
    """What a value is called; customers by the names that the answers hold."""
    if by != "customer":
        return context.schema.label(by, value)
    for side in sides:
        frame = side.answer.frame
        named = frame.loc[frame["customer"] == value, "customer_name"] if "customer_name" in frame else frame.head(0)
        if len(named) and str(named.iloc[0]):
            return str(named.iloc[0])
    return context.schema.label(by, value)


def _trace(side: Side, values: np.ndarray, keys: list[str], labels: list[str], name: str, context: Context) -> Trace:
    """What the bars of one side have, however they stand."""
    return {
        "type": "bar",
        "name": escaped(side.label),
        "customdata": [[key] for key in keys],
        "marker": {"color": side.colour},
        "hovertext": [
            f"<b>{escaped(label)}</b><br>{escaped(side.label)}: {METRICS[name].label} {context.formats.metric(name, v)}"
            for label, v in zip(labels, values, strict=True)
        ],
        "hovertemplate": HOVER_TEXT,
    }
