"""Two numbers of each value of a dimension against each other, with lines through the middle where there is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.answer import Answer
from dashboard.context import Context
from dashboard.figures.base import HOVER_TEXT, Figure, clipped, escaped, figure, opacities, ticks
from dashboard.text.formats import Formats

MOST_POINTS = 800
MOST_NAMES = 12
LONGEST = 24  # letters of a name
SMALLEST = 7.0
LARGEST = ((40, 30.0), (150, 20.0))  # up to this many points: pixels of the largest
LARGEST_OF_MANY = 13.0
LEAST_TICKS = 3  # of a logarithmic axis with steps of 1, 2, 5


@dataclass(frozen=True)
class Axis:
    """One number of the frame: its column, label and unit (as in metrics.py); `log` where it spans magnitudes."""

    column: str
    label: str
    unit: str
    log: bool = False

    def write(self, formats: Formats, value: float) -> str:
        """The value as text, in the axis' unit."""
        return formats.unit(self.unit, value)


@dataclass(frozen=True)
class Corners:
    """What the four fields around the middle mean: high or low on y, then left or right on x."""

    high_left: str = ""
    high_right: str = ""
    low_left: str = ""
    low_right: str = ""


def scatter(
    answer: Answer, context: Context, *, x: Axis, y: Axis, size: Axis | None = None, corners: Corners | None = None
) -> Figure:
    """A point for each row of the first column, the largest named as far as the client finds room (assets/js/texts.js);
    a click filters.

    `answer.more["middle"]` (one row, columns as the axes) draws lines across, and `corners` says what lies around
    them. Rows without either number, or not above zero on a log axis, are left out.
    """
    frame = drawable(answer.frame, x, y)
    if size is not None:
        frame = frame.sort_values(size.column, ascending=False, kind="stable")
    frame = frame.head(MOST_POINTS)
    by = frame.columns[0]
    names = [context.schema.label(by, v) for v in frame[by]]
    middle = answer.more.get("middle")
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers+text",
        "x": frame[x.column].astype(float).tolist(),
        "y": frame[y.column].astype(float).tolist(),
        "customdata": [[str(v)] for v in frame[by]],
        "hovertext": [
            _hover(row, name, context, x, y, size) for row, name in zip(frame.to_dict("records"), names, strict=True)
        ],
        "hovertemplate": HOVER_TEXT,
        "text": [escaped(clipped(name, LONGEST)) if i < MOST_NAMES else "" for i, name in enumerate(names)],
        "textposition": "top center",
        "textfont": {"size": 10.5, "color": "@muted"},
        "cliponaxis": False,
        "marker": {
            "color": "@accent",
            "size": _sizes(frame, size),
            "sizemode": "diameter",
            "opacity": _opacity(frame[by].tolist(), context.selected(by)),
            "line": {"color": "@card", "width": 1},
        },
    }
    layout = {
        "xaxis": _axis(frame[x.column], x, context) | {"showgrid": True},
        "yaxis": _axis(frame[y.column], y, context),
    }
    if corners is not None:
        low, high = layout["yaxis"]["range"]  # leaves room for the texts in the corners
        layout["yaxis"]["range"] = [low - (high - low) * 0.1, high + (high - low) * 0.1]
    layout["xaxis"]["title"] = {"text": str(x.label)}
    layout["yaxis"]["title"] = {"text": str(y.label)}
    return figure(
        [trace],
        **layout,
        shapes=_cross(middle, x, y),
        annotations=_corner_texts(corners) if middle is not None and len(middle) else [],
        showlegend=False,
        hovermode="closest",
        dragmode="select",
    )


def drawable(frame: pd.DataFrame, x: Axis, y: Axis) -> pd.DataFrame:
    """The rows that can be drawn: with both numbers, above zero on a logarithmic axis."""
    fits = pd.Series(True, index=frame.index)
    for axis in (x, y):
        fits &= frame[axis.column].notna() & ((frame[axis.column] > 0) if axis.log else True)
    return frame[fits]


def log_ticks(low: float, high: float, write: Callable[[float], str]) -> dict[str, Any]:
    """A logarithmic axis with round steps: 1, 2, 5 in every power of ten, or the powers alone where there are many;
    where fewer than three of these are in sight, every even step that is."""
    if not 0 < low <= high:
        low = 1.0
        high = 10.0
    first = math.floor(math.log10(low))
    last = math.ceil(math.log10(high))
    steps = {0: (1, 2, 5), 1: (1, 2, 5), 2: (1, 2, 5), 3: (1, 3)}.get(last - first, (1,))
    near = (math.log10(high) - math.log10(low)) * 0.12 + 0.05
    values = [s * 10.0**p for p in range(first - 1, last + 1) for s in steps]
    values = [v for v in values if math.log10(low) - near <= math.log10(v) <= math.log10(high) + near]
    if len(values) < LEAST_TICKS:
        begin, end = low * 10**-near, high * 10**near
        values = [v for v in ticks(begin, end, write, from_zero=False)["tickvals"] if begin <= v <= end]
    return {
        "type": "log",
        "tickvals": values,
        "ticktext": [write(v) for v in values],
        "range": [math.log10(low) - near, math.log10(high) + near],
    }


def _axis(values: pd.Series, axis: Axis, context: Context) -> dict[str, Any]:
    known = values.dropna().astype(float)
    low = float(known.min()) if len(known) else 0.0
    high = float(known.max()) if len(known) else 1.0

    def write(value: float) -> str:
        return context.formats.unit_tick(axis.unit, value)

    if axis.log:
        return log_ticks(low, high, write)
    pad = (high - low) * 0.1
    return ticks(low - pad if low < 0 else low, high + pad, write, from_zero=low <= high * 0.5)


def _sizes(frame: pd.DataFrame, size: Axis | None) -> list[float] | float:
    """Pixels across. The area of a point is its number, so that twice as much looks twice as large."""
    if size is None:
        return 10.0
    amount = frame[size.column].astype(float).clip(lower=0).fillna(0.0)
    most = float(amount.max()) if len(amount) else 0.0
    largest = next((pixels for count, pixels in LARGEST if len(amount) <= count), LARGEST_OF_MANY)
    return [float(SMALLEST + (largest - SMALLEST) * math.sqrt(a / most)) if most > 0 else SMALLEST for a in amount]


def _opacity(values: list[str], selected: tuple[str, ...]) -> list[float] | float:
    shown = opacities(values, selected)
    return [0.85 * o for o in shown] if isinstance(shown, list) else 0.85 * shown


def _hover(row: dict[Any, Any], name: str, context: Context, x: Axis, y: Axis, size: Axis | None) -> str:
    axes = [a for a in (x, y, size) if a is not None]
    return "<br>".join(
        [f"<b>{escaped(name)}</b>", *(f"{a.label} {a.write(context.formats, float(row[a.column]))}" for a in axes)]
    )


def _cross(middle: pd.DataFrame | None, x: Axis, y: Axis) -> list[dict[str, Any]]:
    if middle is None or not len(middle):
        return []
    line = {"color": "@muted/0.6", "width": 1, "dash": "dot"}
    shapes: list[dict[str, Any]] = []
    for axis, letter, other in ((x, "x", "y"), (y, "y", "x")):
        at = float(middle[axis.column].iloc[0]) if axis.column in middle else math.nan
        if math.isfinite(at) and (at > 0 or not axis.log):
            shapes.append(
                {
                    "type": "line",
                    f"{letter}0": at,
                    f"{letter}1": at,
                    f"{other}ref": "paper",
                    f"{other}0": 0,
                    f"{other}1": 1,
                    "line": line,
                    "layer": "below",
                }
            )
    return shapes


def _corner_texts(corners: Corners | None) -> list[dict[str, Any]]:
    if corners is None:
        return []
    places = (
        (corners.high_left, 0, 1),
        (corners.high_right, 1, 1),
        (corners.low_left, 0, 0),
        (corners.low_right, 1, 0),
    )
    return [
        {
            "xref": "paper",
            "yref": "paper",
            "x": px,
            "y": py,
            "xanchor": "right" if px else "left",
            "yanchor": "top" if py else "bottom",
            "showarrow": False,
            "text": str(text),
            "font": {"size": 10.5, "color": "@muted"},
            "bgcolor": "@card/0.7",
        }
        for text, px, py in places
        if text
    ]
