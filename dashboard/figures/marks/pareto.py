"""From the largest down: bars with the running share of the whole above them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analytics.answer import Answer
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import (
    DIM,
    HOVER_TEXT,
    Figure,
    Trace,
    escaped,
    figure,
    gaps,
    highest,
    metric_of,
    metric_ticks,
    name_axis,
)

MOST_BARS = 150
MOST_POINTS = 40  # points of the running share that are marked
MOST_NAMED = 20
CLASSES = {"A": "@accent", "B": "@accent/0.55", "C": "@muted/0.5"}
PERCENTS = (0, 20, 40, 60, 80, 100)
LIMIT_OF_A = 80


def pareto(answer: Answer, context: Context) -> Figure:
    """Bars coloured by class, the running share as a line; the first 150 values, named where there is room.

    Frame: a dimension, a metric, share, cumulative_share (0–100) and abc (A, B or C), largest first. A click filters.
    """
    whole = answer.frame
    frame = whole.head(MOST_BARS)
    by = str(whole.columns[0])
    name = metric_of(whole)
    labels = [context.schema.label(by, v) for v in frame[by]]
    keys = [[str(v)] for v in frame[by]]
    hover = [_hover(label, row, context, name) for label, row in zip(labels, frame.to_dict("records"), strict=True)]
    marks = frame.assign(key=pd.Series(keys, index=frame.index, dtype=object), hover=hover, place=range(len(frame)))
    traces = []
    for letter, colour in CLASSES.items():
        mine = marks[marks["abc"] == letter]
        if len(mine):
            count = context.formats.number(int((whole["abc"] == letter).sum()))
            traces.append(
                _bars(mine, name, _("{name}: {value}", name=letter, value=count), colour, set(context.selected(by)))
            )
    traces.append(_running_share(marks))
    axis = _names(labels) | {"showgrid": False, "range": [-0.6, len(frame) - 0.4]}
    return figure(
        traces,
        xaxis=axis,
        yaxis=metric_ticks(context.formats, name, 0, highest(frame[name].to_numpy(float)) * 1.04),
        yaxis2=_percent_axis(context),
        shapes=[_limit_line()],
        hovermode="closest",
        bargap=0.2,
        barmode="overlay",
        showlegend=True,
        legend={"y": 1.02, "yanchor": "bottom"},
        dragmode="select",
        selectdirection="h",
    )


def _bars(mine: pd.DataFrame, name: str, label: str, colour: str, selected: set[str]) -> Trace:
    return {
        "type": "bar",
        "name": label,
        "x": mine["place"].tolist(),
        "y": gaps(mine[name].to_numpy(float)),
        "customdata": mine["key"].tolist(),
        "hovertext": mine["hover"].tolist(),
        "hovertemplate": HOVER_TEXT,
        "marker": {
            "color": colour,
            "opacity": [1.0 if not selected or key[0] in selected else DIM for key in mine["key"]],
        },
    }


def _running_share(marks: pd.DataFrame) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(marks) <= MOST_POINTS else "lines",
        "yaxis": "y2",
        "name": _("Running share"),
        "x": marks["place"].tolist(),
        "customdata": marks["key"].tolist(),
        "hovertext": marks["hover"].tolist(),
        "hovertemplate": HOVER_TEXT,
        "y": gaps(marks["cumulative_share"].to_numpy(float)),
        "line": {"color": "@c1", "width": 2},
        "marker": {"size": 5, "color": "@c1"},
        "cliponaxis": False,
    }


def _names(labels: list[str]) -> dict[str, Any]:
    """Names along the bottom, if they are few enough to be legible."""
    if len(labels) > MOST_NAMED:
        return {"showticklabels": False}
    return name_axis(labels, 20)


def _percent_axis(context: Context) -> dict[str, Any]:
    return {
        "overlaying": "y",
        "side": "right",
        "range": [0, 104],
        "tickvals": list(PERCENTS),
        "ticktext": [context.formats.percent(v, 0) for v in PERCENTS],
        "showgrid": False,
    }


def _limit_line() -> dict[str, Any]:
    """Where class A ends."""
    stroke = {"color": "@muted/0.6", "width": 1, "dash": "dot"}
    ends = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": LIMIT_OF_A, "y1": LIMIT_OF_A}
    return {"type": "line", **ends, "line": stroke}


def _hover(label: str, row: dict[Any, Any], context: Context, name: str) -> str:
    f = context.formats
    lines = (
        f"<b>{escaped(label)}</b>",
        f"{METRICS[name].label} {f.metric(name, float(row[name]))}",
        _("{share} of the total, class {letter}", share=f.percent(float(row["share"]), 2), letter=row["abc"]),
        _("Up to here: {share}", share=f.percent(float(row["cumulative_share"]), 1)),
    )
    return "<br>".join(lines)
