"""Small multiples: a chart's own figure once for each of the values side by side, on one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analytics.answer import Answer
from dashboard.context import Context, Side
from dashboard.figures.base import Figure, Trace, clipped, escaped, figure, ink, metric_of
from dashboard.figures.marks.stacks import stacked

Draw = Callable[[Answer, Context], Figure]
APART = 0.04  # of the width, between two panels
NAMES = 26  # pixels above the panels where no legend makes room for their names
LABELS = {2: 4, 3: 2}  # of each panel's x axis, by the number of panels; one where there are more


def mixes(sides: Sequence[Side], context: Context) -> Figure:
    """A panel of stacked parts over time for each side, with the same parts in the same colours. Frames as of
    stacked."""
    show = context.options.get("show", "")
    together = replace(context, options={**context.options, "show": "amount" if show == "each" else show})
    return panels(_same_parts(sides), together, stacked)


def panels(sides: Sequence[Side], context: Context, draw: Draw) -> Figure:
    """The figures of the sides from left to right, each under its name, with one scale and one legend. They must have
    one x axis and one y axis each."""
    known = [side for side in sides if not side.answer.empty]
    drawn = [draw(side.answer, context) for side in known]
    width = (1 - APART * (len(known) - 1)) / len(known)
    traces: list[Trace] = []
    axes: dict[str, Any] = {}
    names = []
    for place, (side, each) in enumerate(zip(known, drawn, strict=True)):
        suffix = "" if place == 0 else str(place + 1)
        start = place * (width + APART)
        axis = _fewer(each["layout"]["xaxis"], len(known))
        axes[f"xaxis{suffix}"] = axis | {"domain": [round(start, 4), round(start + width, 4)], "showgrid": False}
        more = {} if place == 0 else {"showlegend": False}
        traces += [trace | {"xaxis": f"x{suffix}"} | more for trace in each["data"]]
        names.append(_name(side, start + width / 2, len(known)))
    layout = {key: value for key, value in drawn[0]["layout"].items() if key not in ("xaxis", "yaxis", "legend")}
    scale = _scale([each["layout"]["yaxis"] for each in drawn])
    above = {"legend": {"y": 1.1, "yanchor": "bottom"}} if layout.get("showlegend") else {"margin": {"t": NAMES}}
    return figure(traces, **(layout | axes | {"yaxis": scale, "annotations": names} | above))


def _fewer(axis: dict[str, Any], count: int) -> dict[str, Any]:
    """An x axis with as many labels as a panel has room for."""
    values, texts = axis.get("tickvals"), axis.get("ticktext")
    if not values or not texts or count < min(LABELS):
        return axis
    step = -(-len(values) // LABELS.get(count, 1))
    return axis | {"tickvals": values[::step], "ticktext": texts[::step]}


def _scale(axes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The y axis that has room for all: the one that reaches highest, down to the lowest end of any."""
    highest = max(axes, key=lambda axis: float(axis["range"][1]))
    lowest = min(float(axis["range"][0]) for axis in axes)
    return highest | {"range": [lowest, highest["range"][1]]}


def _name(side: Side, middle: float, count: int) -> dict[str, Any]:
    return {
        "text": escaped(clipped(side.label, max(8, 40 // count))),
        "x": round(middle, 4),
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": ink(side.colour)},
    }


def _same_parts(sides: Sequence[Side]) -> list[Side]:
    """The sides with a row for every part and period that any of them has, the largest part of all sides first."""
    whole = pd.concat([side.answer.frame for side in sides], ignore_index=True)
    if whole.empty:
        return list(sides)
    by, name = str(whole.columns[0]), metric_of(whole)
    parts = whole.groupby(by, observed=True)[name].sum().sort_values(ascending=False, kind="stable").index
    lengths = whole.drop_duplicates("period").set_index("period")[["days", "period_days"]]
    index = pd.MultiIndex.from_product([parts, sorted(lengths.index)], names=[by, "period"])
    found = []
    for side in sides:
        figures = side.answer.frame.set_index([by, "period"])[[name, "share"]].reindex(index, fill_value=0.0)
        frame = figures.reset_index().join(lengths, on="period")
        answer = side.answer if side.answer.empty else replace(side.answer, frame=frame)
        found.append(replace(side, answer=answer))
    return found
