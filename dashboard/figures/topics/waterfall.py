"""What made the change: a waterfall from the comparison to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.calendar import whole_months
from analytics.language import N_, _
from dashboard.context import Context
from dashboard.figures.base import (
    HOVER_TEXT,
    Figure,
    Trace,
    escaped,
    figure,
    metric_of,
    name_axis,
    ticks,
)

LONGEST_SPAN = 21  # characters of "Jan 2024 – Dec 2024"; more do not fit below a step
LONGEST_STEP = 30  # characters of the name of a step, in the longest language; the browser breaks it in lines
HALF_BAR = 0.325  # of the way from one bar to the next
ABOVE = 0.03  # of the figure's height: text above its level
STEP_LABELS = {
    "customers": N_("Customers"),
    "orders per customer": N_("Orders per customer"),
    "AOV": N_("Order value"),
    "volume": N_("Volume"),
    "mix": N_("Mix"),
    "price": N_("Price"),
    "cost": N_("Cost"),
    "cost known in part": N_("Cost known in part"),
    "new": N_("New products"),
    "discontinued": N_("Discontinued"),
    "unpriced": N_("No clear price"),
    "orders without a customer": N_("Unknown customers"),
}


@dataclass(frozen=True)
class _Steps:
    """The bars of a waterfall. `ends`: the first and the last, which are totals; `starts`: where each begins."""

    values: np.ndarray
    ends: np.ndarray
    starts: np.ndarray

    @property
    def reached(self) -> np.ndarray:
        """The level at which each bar ends."""
        return np.where(self.ends, self.values, self.starts + self.values)

    @property
    def top(self) -> float:
        """The highest point of any bar."""
        return float(np.max(np.maximum(self.starts, self.starts + self.values)))

    @property
    def bottom(self) -> float:
        """The lowest point of any bar, zero or below."""
        return float(min(0.0, np.min(np.minimum(self.starts, self.starts + self.values))))

    @property
    def floor(self) -> float:
        """The lowest level that a step or a total reaches: below it nothing happens."""
        inner = self.starts[~self.ends]
        if not len(inner):
            return self.bottom
        return float(min(inner.min(), (inner + self.values[~self.ends]).min(), self.values[0], self.values[-1]))


def waterfall(answer: Answer, context: Context) -> Figure:
    """From the comparison to now: each step starts where the one before ended; ups and downs differ in colour, sign and
    place. Where the steps are much smaller than the totals, the axis is cut and the totals are levels instead of bars.

    Frame: step ("base" first, "now" last), a metric, share (% of the change).
    """
    frame = answer.frame
    f = context.formats
    values = frame[metric_of(frame)].to_numpy(float)
    ends = np.isin(frame["step"].tolist(), ["base", "now"])
    moves = np.where(ends, 0.0, values)
    steps = _Steps(values, ends, np.where(ends, 0.0, np.cumsum(moves) + values[0] - moves))
    labels = step_labels(frame["step"].tolist(), context)
    hover = [
        f"<b>{escaped(label)}</b><br>{f.money(v)}"
        + ("" if np.isnan(s) else "<br>" + _("{share} of the change", share=f.percent(s)))
        for label, v, s in zip(labels, values, frame["share"], strict=True)
    ]
    text = [f.short_money(v) if e or v <= 0 else f"+{f.short_money(v)}" for e, v in zip(ends, values, strict=True)]
    top = steps.top
    bottom = steps.bottom
    floor = steps.floor
    cut = floor > 0.5 * top
    low = floor - (top - floor) * 0.15 if cut else bottom
    drawn = ~ends if cut else np.ones(len(values), bool)
    traces = [_step_bars(steps, drawn, list(compress(text, drawn)), list(compress(hover, drawn)))]
    if cut:
        heights = values[ends] + (top - floor) * ABOVE
        traces.append(
            _level_texts(np.flatnonzero(ends), heights, list(compress(text, ends)), list(compress(hover, ends)))
        )
    thin = {"line": {"color": "@muted/0.5", "width": 1}}
    joins = [_level(i + HALF_BAR, i + 1 - HALF_BAR, v) | thin for i, v in enumerate(steps.reached[:-1].tolist())]
    levels = [_level(int(i) - 0.4, int(i) + 0.4, float(values[i])) for i in np.flatnonzero(~drawn)]
    axis = name_axis(labels, LONGEST_STEP)
    return figure(
        traces,
        xaxis=axis | {"range": [-0.6, len(labels) - 0.4], "tickfont": {"size": 10}},
        yaxis=ticks(low, top + (top - bottom) * 0.08, f.short_money, from_zero=not cut),
        shapes=joins + levels,
        showlegend=False,
        hovermode="closest",
        bargap=1 - 2 * HALF_BAR,
        dragmode=False,
    )


def step_labels(steps: Sequence[str], context: Context) -> list[str]:
    """The steps' names; the totals are called by their ranges where these are short enough."""
    f = context.formats
    ranges = [s for s in (context.selection.base, context.selection.span) if s is not None]
    spans = [f.period(s.start, "month", "") if whole_months(s) == 1 else f.span(s) for s in ranges]
    totals = {"base": _("Before"), "now": _("Now")}
    if len(spans) == 2 and max(map(len, spans)) <= LONGEST_SPAN:
        totals = {"base": spans[0], "now": spans[1]}
    return [str((STEP_LABELS | totals).get(step, step)) for step in steps]


def _step_bars(steps: _Steps, drawn: np.ndarray, text: list[str], hover: list[str]) -> Trace:
    colours = np.where(steps.values >= 0, "@good", "@bad")
    return {
        "type": "bar",
        "x": np.flatnonzero(drawn).tolist(),
        "y": steps.values[drawn].tolist(),
        "base": steps.starts[drawn].tolist(),
        "marker": {"color": np.where(steps.ends, "@c7", colours)[drawn].tolist()},
        "text": text,
        "textposition": "outside",
        "constraintext": "none",
        "textangle": 0,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "textfont": {"size": 11},
        "cliponaxis": False,
    }


def _level_texts(places: np.ndarray, heights: np.ndarray, text: list[str], hover: list[str]) -> Trace:
    """The numbers of the totals, above their levels."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": places.tolist(),
        "y": heights.tolist(),
        "text": [f"<b>{t}</b>" for t in text],
        "textposition": "top center",
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "textfont": {"size": 11},
        "cliponaxis": False,
    }


def _level(start: float, end: float, value: float) -> dict[str, Any]:
    """A line at a height."""
    stroke = {"color": "@text", "width": 3}
    return {"type": "line", "x0": start, "x1": end, "y0": value, "y1": value, "line": stroke, "layer": "below"}
