"""Pictures of places: rankings, bars from an average, gains and losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import Figure, clipped, escaped, figure, opacities, text_at
from dashboard.figures.marks.bars import ROWS, ranked_bar
from dashboard.figures.topics.compared import movers

TOP = 10
FEWEST = 6  # rows that a ranking has room for


def ranking(answer: Answer, context: Context) -> Figure:
    """Ranked bars with room for their numbers in a narrow card."""
    picture = ranked_bar(answer, context)
    low, high = picture["layout"]["xaxis"]["range"]
    picture["layout"]["xaxis"]["range"] = [low, high * 1.2]
    return picture


def around_average(answer: Answer, context: Context) -> Figure:
    """Each row's metric as a bar from the average, to the right when it is above; the metric and the difference in
    numbers at the right. The highest and the lowest where there are too many; a click filters."""
    frame = answer.frame
    top = int(context.options.get("top") or TOP)
    if len(frame) > top:
        frame = frame.iloc[[*range((top + 1) // 2), *range(len(frame) - top // 2, len(frame))]]
    by, name = frame.columns[0], next(c for c in frame.columns if c in METRICS)
    average = float(answer.more["average"]["average"].iloc[0])
    f = context.formats
    values, percent = frame["difference"].to_numpy(float), frame["difference_percent"].to_numpy(float)
    labels = [value_label(by, v) for v in frame[by]]
    text = [f"{f.metric(name, v)} · {f.signed(p)}" for v, p in zip(frame[name], percent, strict=True)]
    bar: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": values.tolist(),
        "y": list(range(len(frame))),
        "customdata": [[str(v)] for v in frame[by]],
        "hovertext": [
            f"<b>{escaped(label)}</b><br>{METRICS[name].label} {f.metric(name, r[name])}"
            f"<br>{f.metric(name, abs(r['difference']))} {'above' if r['difference'] >= 0 else 'below'} the average "
            f"({f.signed(r['difference_percent'], 2)})<br>{f.number(r['orders'])} orders"
            for label, r in zip(labels, frame.to_dict("records"), strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": ["@c0" if v >= 0 else "@c1" for v in values],
            "opacity": opacities(frame[by].tolist(), context.selected(by)),
        },
    }
    high, low = float(np.nanmax(values, initial=0)), float(np.nanmin(values, initial=0))
    span = high - low or 1.0
    line = {
        "type": "line",
        "x0": 0,
        "x1": 0,
        "y0": -0.5,
        "y1": len(labels) - 0.5,
        "line": {"color": "@text", "width": 1},
    }
    middle = {
        "x": 0,
        "xanchor": "left" if high > -low * 3 else "center",
        "y": -0.75,
        "yref": "y",
        "yanchor": "middle",
        "showarrow": False,
        "text": f"average {f.metric(name, average)}",
        "font": {"size": 11, "color": "@muted"},
        "bgcolor": "@card",
    }
    return figure(
        [bar, text_at([high + span * 0.06] * len(frame), bar["y"], text)],
        xaxis={
            "range": [low - span * 0.02, high + span],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(range(len(labels))),
            "ticktext": [escaped(clipped(t, 22)) for t in labels],
            "range": [max(len(labels), FEWEST) - 0.4, -1.1],
            "showgrid": False,
        },
        shapes=[line],
        annotations=[middle],
        **ROWS,
    )


def growth(answer: Answer, context: Context) -> Figure:
    """Gains and losses against the comparison."""
    picture = movers(answer, context)
    low, high = picture["layout"]["xaxis"]["range"]
    picture["layout"]["xaxis"]["range"] = [low, high + (high - low) * 0.15]  # a phone is narrow
    return picture
