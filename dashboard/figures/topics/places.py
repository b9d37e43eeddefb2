"""Places: rankings, bars from an average, gains and losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import HOVER_TEXT, Figure, escaped, figure, metric_of, opacities, text_at
from dashboard.figures.marks.bars import ROWS, ranked_bar, row_axis
from dashboard.figures.topics.compared import movers

TOP = 10


def ranking(answer: Answer, context: Context) -> Figure:
    """Ranked bars with room for their numbers in a narrow card."""
    drawn = ranked_bar(answer, context)
    low, high = drawn["layout"]["xaxis"]["range"]
    drawn["layout"]["xaxis"]["range"] = [low, high * 1.2]
    return drawn


def around_average(answer: Answer, context: Context) -> Figure:
    """Each row's metric as a bar from the average, to the right when it is above; the metric and the difference in
    numbers at the right. The highest and the lowest where there are too many; a click filters.

    Frame: a dimension, a metric, difference (in its unit), difference_percent, orders, highest first.
    more["average"]: the average.
    """
    f = context.formats
    frame = _highest_and_lowest(answer.frame, int(context.options.get("top") or TOP))
    by = str(frame.columns[0])
    name = metric_of(frame)
    average = float(answer.more["average"]["average"].iloc[0])
    values = frame["difference"].to_numpy(float)
    labels = [context.schema.label(by, v) for v in frame[by]]
    numbers = f.column(METRICS[name].unit, [*frame[name], average])
    text = [f"{v} · {f.signed(p)}" for v, p in zip(numbers[:-1], frame["difference_percent"], strict=True)]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": values.tolist(),
        "y": list(range(len(frame))),
        "customdata": [[str(v)] for v in frame[by]],
        "hovertext": [
            _hover(label, row, name, context) for label, row in zip(labels, frame.to_dict("records"), strict=True)
        ],
        "hovertemplate": HOVER_TEXT,
        "marker": {
            "color": ["@c0" if v >= 0 else "@c1" for v in values],
            "opacity": opacities(frame[by].tolist(), context.selected(by)),
        },
    }
    high = float(np.nanmax(values, initial=0))
    low = float(np.nanmin(values, initial=0))
    span = high - low or 1.0
    stroke = {"color": "@text", "width": 1}
    zero = {"type": "line", "x0": 0, "x1": 0, "y0": -0.5, "y1": len(labels) - 0.5, "line": stroke}
    middle = {
        "x": 0,
        "xanchor": "left" if high > -low * 3 else "center",
        "y": -0.75,
        "yref": "y",
        "yanchor": "middle",
        "showarrow": False,
        "text": _("Average {amount}", amount=numbers[-1]),
        "font": {"size": 11, "color": "@muted"},
        "bgcolor": "@card",
    }
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
    return figure(
        [bar, text_at([high + span * 0.06] * len(frame), range(len(frame)), text)],
        xaxis={"range": [low - span * 0.02, high + span]} | bare,
        yaxis=row_axis(labels) | {"range": [len(labels) - 0.4, -1.1]},
        shapes=[zero],
        annotations=[middle],
        **ROWS,
    )


def _highest_and_lowest(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """The first and the last rows where there are more than `count`."""
    if len(frame) <= count:
        return frame
    return pd.concat([frame.head((count + 1) // 2), frame.tail(count // 2)])


def _hover(label: str, row: dict[Any, Any], name: str, context: Context) -> str:
    f = context.formats
    beyond = (
        N_("{amount} above the average ({change})")
        if row["difference"] >= 0
        else N_("{amount} below the average ({change})")
    )
    away = f.metric(name, abs(row["difference"]))
    return "<br>".join(
        [
            f"<b>{escaped(label)}</b>",
            f"{METRICS[name].label} {f.metric(name, row[name])}",
            _(beyond, amount=away, change=f.signed(row["difference_percent"], 2)),
            _("{orders:order|orders}", orders=context.formats.count(row["orders"])),
        ]
    )


def growth(answer: Answer, context: Context) -> Figure:
    """Gains and losses against the comparison."""
    drawn = movers(answer, context)
    low, high = drawn["layout"]["xaxis"]["range"]
    drawn["layout"]["xaxis"]["range"] = [low, high + (high - low) * 0.15]  # a phone is narrow
    return drawn
