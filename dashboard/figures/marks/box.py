"""Box plots from quantiles that the answer holds: no single value reaches the browser."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.language import N_, _
from dashboard.context import Context
from dashboard.figures.base import (
    HOVER_TEXT,
    Figure,
    Trace,
    escaped,
    figure,
    name_axis,
    opacities,
    text_at,
    ticks,
)

STATISTICS = {
    "max": N_("Largest"),
    "p75": N_("Upper quarter from"),
    "median": N_("Median"),
    "p25": N_("Lower quarter up to"),
    "min": N_("Smallest"),
}
MOST_BOXES = 24


def boxes(answer: Answer, context: Context) -> Figure:
    """A box between the quarters with the median across, whiskers to the smallest and largest. A click filters.

    Frame: a dimension, lines, and min, p25, median, p75, max in money.
    """
    frame = answer.frame.dropna(subset=["median"]).head(MOST_BOXES)
    by = str(frame.columns[0])
    rows = frame.to_dict("records")
    labels = [context.schema.label(by, v) for v in frame[by]]
    keys = [[str(v)] for v in frame[by]]
    shown = opacities(frame[by].tolist(), context.selected(by))
    traces = [_box(i, row, keys[i], shown[i] if isinstance(shown, list) else shown) for i, row in enumerate(rows)]
    hover = [_hover(label, row, context) for label, row in zip(labels, rows, strict=True)]
    # The hover of a box writes its numbers without a format: five invisible marks carry the text and the click instead.
    traces += [_marks([row[statistic] for row in rows], keys, hover) for statistic in STATISTICS]
    medians = [row["median"] for row in rows]
    written = [context.formats.short_money(m) for m in medians]
    traces.append(text_at([i + 0.29 for i in range(len(rows))], medians, written))
    low = min((row["min"] for row in rows), default=0.0)
    high = max((row["max"] for row in rows), default=1.0)
    axis = name_axis(labels, 20) | {"range": [-0.6, len(rows) - 0.2]}
    value_axis = ticks(low, high, context.formats.short_money)
    return figure(traces, xaxis=axis, yaxis=value_axis, showlegend=False, hovermode="closest", dragmode=False)


def _box(place: int, row: dict[Any, Any], key: list[str], opacity: float) -> Trace:
    return {
        "type": "box",
        "x": [place],
        "q1": [row["p25"]],
        "median": [row["median"]],
        "q3": [row["p75"]],
        "lowerfence": [row["min"]],
        "upperfence": [row["max"]],
        "hoverinfo": "skip",
        "line": {"color": "@accent", "width": 1.5},
        "fillcolor": "@accent/0.25",
        "opacity": opacity,
        "width": 0.5,
        "customdata": [key],
    }


def _marks(heights: list[float], keys: list[list[str]], hover: list[str]) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(range(len(heights))),
        "y": heights,
        "customdata": keys,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "marker": {"size": 16, "color": "@accent", "opacity": 0},
    }


def _hover(label: str, row: dict[Any, Any], context: Context) -> str:
    f = context.formats
    lines = [f"{text} {f.money(row[statistic])}" for statistic, text in STATISTICS.items()]
    return "<br>".join(
        [
            f"<b>{escaped(label)}</b>",
            _("{lines:order line|order lines}", lines=context.formats.count(row["lines"])),
            *lines,
        ]
    )
