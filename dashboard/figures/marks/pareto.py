"""From the largest down: bars with the running share of the whole above them."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import DIM, Figure, distinct_labels, escaped, figure, gaps, ticks

MOST_BARS = 150
CLASSES = {"A": "@accent", "B": "@accent/0.55", "C": "@muted/0.5"}


def pareto(answer: Answer, context: Context) -> Figure:
    """Bars coloured by class, the running share as a line; the first 150 things, named where there is room.

    Frame: the thing, a metric, share, cumulative_share (0–100) and abc (A, B or C), largest first. A click filters.
    """
    whole = answer.frame
    frame = whole.head(MOST_BARS)
    by, name = whole.columns[0], next(c for c in whole.columns if c in METRICS)
    values, cumulative = frame[name].to_numpy(float), frame["cumulative_share"].to_numpy(float)
    labels, keys = [value_label(by, v) for v in frame[by]], [[str(v)] for v in frame[by]]
    hover = [_hover(label, row, context, name) for label, row in zip(labels, frame.to_dict("records"), strict=True)]
    places = list(range(len(frame)))
    common = {"x": places, "customdata": keys, "hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>"}
    selected = set(context.selected(by))
    traces: list[dict[str, Any]] = []
    for letter, colour in CLASSES.items():
        mine = (frame["abc"] == letter).to_numpy()
        if not mine.any():
            continue
        at = np.flatnonzero(mine)
        shown = [1.0 if not selected or keys[i][0] in selected else DIM for i in at]
        count = context.formats.number(int((whole["abc"] == letter).sum()))
        traces.append(
            {
                "type": "bar",
                "name": f"{letter}: {count}",
                "x": at.tolist(),
                "y": gaps(values[at]),
                "customdata": [keys[i] for i in at],
                "hovertext": [hover[i] for i in at],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"color": colour, "opacity": shown},
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers" if len(frame) <= 40 else "lines",
            "yaxis": "y2",
            "name": "running share",
            **common,
            "y": gaps(cumulative),
            "line": {"color": "@c1", "width": 2},
            "marker": {"size": 5, "color": "@c1"},
            "cliponaxis": False,
        }
    )
    high = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    left = ticks(0, high * 1.04, lambda v: context.formats.tick(name, v))
    right = {
        "overlaying": "y",
        "side": "right",
        "range": [0, 104],
        "tickvals": [0, 20, 40, 60, 80, 100],
        "ticktext": [context.formats.percent(v, 0) for v in (0, 20, 40, 60, 80, 100)],
        "showgrid": False,
    }
    line = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": "y2",
        "y0": 80,
        "y1": 80,
        "line": {"color": "@muted/0.6", "width": 1, "dash": "dot"},
    }
    axis = (
        {
            "tickvals": places[:20],
            "ticktext": [escaped(t) for t in distinct_labels(labels[:20], 11)],
            "tickangle": -50,
            "ticklabeloverflow": "allow",
        }
        if len(frame) <= 20
        else {"showticklabels": False}
    )
    return figure(
        traces,
        xaxis=axis | {"showgrid": False, "range": [-0.6, len(frame) - 0.4]},
        yaxis=left,
        yaxis2=right,
        shapes=[line],
        hovermode="closest",
        bargap=0.2,
        barmode="overlay",
        showlegend=True,
        legend={"y": 1.02, "yanchor": "bottom"},
        dragmode="select",
        selectdirection="h",
    )


def _hover(label: str, row: dict[Any, Any], context: Context, name: str) -> str:
    f = context.formats
    words = (
        f"<b>{escaped(label)}</b>",
        f"{METRICS[name].label} {f.metric(name, float(row[name]))}",
        f"{f.percent(float(row['share']), 2)} of the total, class {row['abc']}",
        f"up to here {f.percent(float(row['cumulative_share']), 1)}",
    )
    return "<br>".join(words)
