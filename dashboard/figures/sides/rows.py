"""Rankings and columns with a bar for each of the values side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context, Side
from dashboard.figures.base import (
    HOVER_TEXT,
    Figure,
    Trace,
    escaped,
    figure,
    gaps,
    hatched,
    highest,
    lowest,
    metric_of,
    metric_ticks,
)
from dashboard.figures.marks.bars import ROWS, TOP, broken, column_axis, cut_short, row_axis

MOST_BARS = 12  # for which a card has room
FEWEST_ROWS = 3
LONGEST_REST = 1.5  # the longest bar of all others, as a multiple of the longest named one
MOST_NUMBERS = 15  # bars up to which each carries its number


def ranked(sides: Sequence[Side], context: Context) -> Figure:
    """The top values of a dimension, over all sides, each with a bar and a number for every side; a click filters. The
    others together are hatched bars, broken where they would dwarf the named ones; the longer of two stays longer.

    Frames: a dimension and a metric. A side without a row of a value has no bar there.
    """
    wide, by, name = _wide(sides)
    top, keys = _top(wide, name, min(int(context.options.get("top") or TOP), _most(sides)))
    labels = [_label(sides, by, key, context) for key in keys if key is not None]
    if len(labels) < len(keys):
        labels.append(_("Other ({n})", n=context.formats.number(len(wide) - len(labels))))
    values = top.to_numpy(float)
    named = values[: len(labels) if None not in keys else -1]
    lengths = _lengths(values, highest(named))
    cut = lengths < values
    traces = [
        _trace(side, values[:, i], keys, labels, name, context)
        | {
            "orientation": "h",
            "x": gaps(lengths[:, i]),
            "y": list(range(len(top))),
            "hovertext": _hovers(side, values[:, i], labels, name, context, cut[:, i]),
            "text": _numbers(values[:, i], name, context, top.size <= MOST_NUMBERS),
            "textposition": "outside",
            "cliponaxis": False,
            "constraintext": "none",
            "textfont": {"size": 10, "color": "@text"},
        }
        for i, side in enumerate(sides)
    ]
    wide_bar = 0.75 / len(sides)
    breaks = [
        broken(row - 0.375 + (i + 0.5) * wide_bar, lengths[row, i], wide_bar)
        for row, i in zip(*np.nonzero(cut), strict=True)
    ]
    axis = {
        "range": [min(lowest(lengths), 0) * 1.15, max(highest(lengths), 0) * 1.35 or 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": bool(lowest(lengths) < 0),
    }
    rows = row_axis(labels) | {"automargin": True}
    return figure(
        traces,
        xaxis=axis,
        yaxis=rows,
        **(ROWS | {"showlegend": True, "bargap": 0.25, "barmode": "group", "shapes": breaks}),
    )


def _lengths(values: np.ndarray, longest: float) -> np.ndarray:
    """How long the bars are: their values, and of those that are longer than any named one, `longest`, what exceeds it
    at a scale that ends the longest of them at LONGEST_REST times that. They keep their order among all.

    At 10 for the longest named one and 1.5 times that at most, 100 is 15 long, 55 is 12.5, and 10 stays 10."""
    highest_of_all, end = highest(values), LONGEST_REST * longest
    if longest <= 0 or highest_of_all <= end:
        return values
    beyond = (values - longest) * (end - longest) / (highest_of_all - longest)
    return np.where(values > longest, longest + beyond, values)


def _most(sides: Sequence[Side]) -> int:
    """Rows for which a card has room."""
    return max(FEWEST_ROWS, MOST_BARS // len(sides))


def _top(wide: pd.DataFrame, name: str, most: int) -> tuple[pd.DataFrame, list[str | None]]:
    """The largest rows over all sides and what a click on them filters; where the metric can be added up, the others as
    one row more, without a key."""
    order = wide.sum(axis=1) if METRICS[name].additive else wide.max(axis=1)
    places = order.sort_values(ascending=False, kind="stable").index
    top = wide.loc[places[:most]]
    keys: list[str | None] = [str(value) for value in top.index]
    if len(wide) <= most + 1 or "line" not in METRICS[name].additive:
        return (wide.loc[places], [str(v) for v in places]) if len(wide) == most + 1 else (top, keys)
    rest = pd.DataFrame([wide.loc[places[most:]].sum(min_count=1)])
    return pd.concat([top, rest], ignore_index=True), [*keys, None]


def moves(sides: Sequence[Side], context: Context) -> Figure:
    """The values of a dimension that gained or lost most over all sides, the largest gain first, each with a bar and a
    signed number for every side; a click filters.

    Frames: as of compared.movers. A side without a row of a value has no bar there.
    """
    wide, by, name = _wide(sides, "gain")
    total = wide.sum(axis=1)
    kept = total.abs().sort_values(ascending=False, kind="stable").index[: _most(sides)]
    top = wide.loc[total[kept].sort_values(ascending=False, kind="stable").index]
    keys = [str(value) for value in top.index]
    labels = [_label(sides, by, key, context) for key in keys]
    values = top.to_numpy(float)
    low, high = min(lowest(values), 0.0), max(highest(values), 0.0)
    room = 0.45 * ((high - low) or 1.0)  # for a number, on a phone too
    traces = [
        _trace(side, values[:, i], keys, labels, name, context)
        | {
            "orientation": "h",
            "x": gaps(values[:, i]),
            "y": list(range(len(top))),
            "text": ["" if np.isnan(v) else _signed(name, v, context) for v in values[:, i]],
            "textposition": "outside",
            "cliponaxis": False,
            "constraintext": "none",
            "textfont": {"size": 10, "color": "@text"},
        }
        for i, side in enumerate(sides)
    ]
    axis = {
        "range": [low - (room if low else 0.0), high + room],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": True,
    }
    bars = ROWS | {"showlegend": True, "bargap": 0.25, "barmode": "group"}
    return figure(traces, xaxis=axis, yaxis=row_axis(labels) | {"automargin": True}, **bars)


def _signed(name: str, value: float, context: Context) -> str:
    """A change: '+$3.1K'."""
    text = context.formats.metric(name, value, short=True)
    return f"+{text}" if value > 0 else text


def columns(sides: Sequence[Side], context: Context) -> Figure:
    """Columns over a few ordered values, one for each side. Frames: the dimension and a metric."""
    wide, by, name = _wide(sides)
    labels = [context.schema.label(by, value) for value in wide.index]
    traces = [
        _trace(side, wide[i].to_numpy(float), [str(v) for v in wide.index], labels, name, context)
        | {"x": list(range(len(wide))), "y": gaps(wide[i].to_numpy(float))}
        for i, side in enumerate(sides)
    ]
    values = wide.to_numpy(float)
    return figure(
        traces,
        xaxis=column_axis(by, list(wide.index), labels),
        yaxis=metric_ticks(context.formats, name, lowest(values), highest(values)),
        showlegend=True,
        barmode="group",
        bargap=0.2,
        dragmode="select",
        selectdirection="h",
    )


def _wide(sides: Sequence[Side], column: str = "") -> tuple[pd.DataFrame, str, str]:
    """A row for each value that any side has, in the order in which they are met, with a column for each side: the
    metric, or another column of the frames. The dimension and the metric."""
    known = next(side.answer.frame for side in sides if not side.answer.empty)
    by, name = str(known.columns[0]), metric_of(known)
    found: dict[int, Any] = {}
    for i, side in enumerate(sides):
        frame = side.answer.frame
        shown = column or name
        found[i] = frame.set_index(by)[shown] if shown in frame else pd.Series(dtype=float)
    ordered = list(dict.fromkeys(value for numbers in found.values() for value in numbers.index))
    ordered = sorted(ordered) if pd.api.types.is_numeric_dtype(known[by]) else ordered
    return pd.DataFrame({i: numbers.reindex(ordered) for i, numbers in found.items()}, index=ordered), by, name


def _numbers(values: np.ndarray, name: str, context: Context, shown: bool) -> list[str]:
    """What is written behind the bars of one side; nothing where there are too many."""
    if not shown:
        return [""] * len(values)
    return ["" if np.isnan(v) else context.formats.metric(name, v, short=True) for v in values]


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


def _trace(
    side: Side, values: np.ndarray, keys: Sequence[str | None], labels: list[str], name: str, context: Context
) -> Trace:
    """What the bars of one side have, however they stand."""
    return {
        "type": "bar",
        "name": escaped(side.label),
        "customdata": [None if key is None else [key] for key in keys],
        "marker": {"color": side.colour, "pattern": hatched([key is None for key in keys], side.colour)},
        "hovertext": _hovers(side, values, labels, name, context, np.zeros(len(values), bool)),
        "hovertemplate": HOVER_TEXT,
    }


def _hovers(
    side: Side, values: np.ndarray, labels: list[str], name: str, context: Context, cut: np.ndarray
) -> list[str]:
    """What the hovers of one side's bars say. `cut`: which of them are drawn shorter than their numbers."""
    label = METRICS[name].label
    told = [
        _("{name}: {value}", name=escaped(side.label), value=f"{label} {context.formats.metric(name, v)}")
        for v in values
    ]
    return [f"<b>{escaped(row)}</b><br>{text}{cut_short(c)}" for row, text, c in zip(labels, told, cut, strict=True)]
