"""Ranked bars, and columns over a few ordered values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import (
    HOVER_TEXT,
    Figure,
    Trace,
    clipped,
    escaped,
    figure,
    gaps,
    hatched,
    highest,
    lowest,
    metric_of,
    opacities,
    ticks,
)

TOP = 10
LONGEST_REST = 1.25  # the longest bar of "Other", as a multiple of the longest named one
THIN_BELOW = 8  # number of rows; fewer rows do not get thicker bars
MOST_LABELLED = 12  # number of columns up to which each carries its share
ROWS: dict[str, Any] = {  # layout of horizontal bars, of which a drag selects some
    "showlegend": False,
    "hovermode": "closest",
    "bargap": 0.3,
    "dragmode": "select",
    "selectdirection": "v",
}


def row_axis(labels: list[str], rows: int = 0, length: int = 26) -> dict[str, Any]:
    """The names of horizontal bars, the first on top. `rows`: how many there is room for, where that is more."""
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": [escaped(clipped(label, length)) for label in labels],
        "range": [max(len(labels), rows) - 0.4, -0.6],
        "showgrid": False,
    }


@dataclass(frozen=True)
class _Bars:
    """Ranked bars. `keys` are what a click filters; the last row is "Other (k)", without a key, where there is one."""

    labels: list[str]
    values: np.ndarray
    shares: np.ndarray
    keys: list[list[str] | None]

    @property
    def rest(self) -> list[bool]:
        """Whether each bar is "Other (k)"."""
        return [key is None for key in self.keys]

    @property
    def lengths(self) -> np.ndarray:
        """The length of each bar: its value, but "Other" is cut where it would dwarf the rest."""
        longest = highest(self.values[~np.array(self.rest, bool)])
        return np.where(self.rest, np.minimum(self.values, LONGEST_REST * longest), self.values)


def ranked_bar(answer: Answer, context: Context) -> Figure:
    """The top values of a dimension as bars with value and share; a click filters. The rest is a hatched bar below
    them, "Other (k)", which is cut, and says so, where it would dwarf them.

    Frame: a dimension, a metric, share (% of the total). The option `top` says how many bars there are.
    """
    frame = answer.frame
    name = metric_of(frame)
    shown = _ranked(frame, name, context)
    cut = shown.lengths < shown.values
    text = [
        _label(context, name, v, s) + (" (cut)" if c else "")
        for v, s, c in zip(shown.values, shown.shares, cut, strict=True)
    ]
    hover = [
        f"<b>{escaped(label)}</b><br>{METRICS[name].label} {context.formats.metric(name, v)}"
        + ("" if np.isnan(s) else f"<br>{context.formats.percent(s, 2)} of the total")
        + ("<br>The bar is cut" if c else "")
        for label, v, s, c in zip(shown.labels, shown.values, shown.shares, cut, strict=True)
    ]
    opacity = opacities([key[0] for key in shown.keys if key], context.selected(str(frame.columns[0])))
    if isinstance(opacity, list) and len(opacity) < len(shown.keys):
        opacity = [*opacity, 1.0]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(shown.lengths),
        "y": list(range(len(shown.labels))),
        "customdata": shown.keys,
        "text": text,
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 11, "color": "@text"},
        "width": 0.7 * min(1.0, len(shown.labels) / THIN_BELOW),
        "marker": {"color": _colours(shown, context), "opacity": opacity, "pattern": hatched(shown.rest, "@muted")},
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
    }
    low = lowest(shown.lengths)
    axis = {
        "range": [min(low, 0) * 1.15, max(highest(shown.lengths), 0) * (1.8 if cut.any() else 1.6) or 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": low < 0,
    }
    return figure([bar], xaxis=axis, yaxis=row_axis(shown.labels) | {"automargin": True}, **ROWS)


def _colours(shown: _Bars, context: Context) -> str | list[str]:
    """One colour; where values are compared on the page, theirs for the bars of these."""
    if not context.colours:
        return "@accent"
    return [context.colours.get(key[0], "@accent") if key else "@accent" for key in shown.keys]


def _ranked(frame: pd.DataFrame, name: str, context: Context) -> _Bars:
    """The first rows, and values compared on the page wherever they stand; the others as one where the metric can be
    added up."""
    by = str(frame.columns[0])
    count = min(int(context.options.get("top") or TOP), len(frame))
    if len(frame) - count == 1:
        count = len(frame)  # one more bar takes no more room than "Other (1)" would
    named = (np.arange(len(frame)) < count) | frame[by].isin(list(context.colours)).to_numpy()
    top, rest = frame[named], frame[~named]
    count = len(top)
    labels = [context.schema.label(by, v) for v in top[by]]
    values = top[name].to_numpy(float)
    shares = top["share"].to_numpy(float) if "share" in top else np.full(count, np.nan)
    keys: list[list[str] | None] = [[str(v)] for v in top[by]]
    if len(rest) and "line" in METRICS[name].additive:
        labels.append(f"Other ({context.formats.number(len(rest))})")
        values = np.append(values, float(rest[name].sum()))
        shares = np.append(shares, rest["share"].sum() if "share" in rest else np.nan)
        keys.append(None)
    return _Bars(labels, values, shares, keys)


def columns(answer: Answer, context: Context) -> Figure:
    """Columns over a small ordered dimension: hours, parts of the day, months of the year. A click filters.

    Frame: the dimension, a metric, share (%) where the columns carry it.
    """
    frame = answer.frame
    by = str(frame.columns[0])
    name = metric_of(frame)
    values = frame[name].to_numpy(float)
    labels = [context.schema.label(by, v) for v in frame[by]]
    hover = [
        f"<b>{label}</b><br>{METRICS[name].label} {context.formats.metric(name, v)}"
        for label, v in zip(labels, values, strict=True)
    ]
    if "share" in frame:
        hover = [f"{h}<br>{context.formats.percent(s, 2)}" for h, s in zip(hover, frame["share"], strict=True)]
    bar: Trace = {
        "type": "bar",
        "x": list(range(len(frame))),
        "y": gaps(values),
        "customdata": [[str(v)] for v in frame[by]],
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "marker": {"color": "@accent", "opacity": opacities(frame[by].tolist(), context.selected(by))},
    }
    few = len(frame) <= MOST_LABELLED
    if few and "share" in frame:
        bar |= {
            "text": [context.formats.percent(s) for s in frame["share"]],
            "textposition": "outside",
            "textfont": {"size": 11},
            "cliponaxis": False,
            "constraintext": "none",
            "textangle": 0,
        }
    step = 1 if few else 3
    length = 3 if by == "month" else 12
    axis = {
        "tickvals": list(range(0, len(frame), step)),
        "ticktext": [label[:length] for label in labels[::step]],
        "showgrid": False,
    }
    return figure(
        [bar],
        xaxis=axis,
        yaxis=ticks(0, highest(values) * 1.08, lambda v: context.formats.tick(name, v)),
        showlegend=False,
        bargap=0.25,
        dragmode="select",
        selectdirection="h",
    )


def _label(context: Context, name: str, value: float, share: float) -> str:
    text = context.formats.metric(name, value, short=True)
    return text if np.isnan(share) else f"{text} · {context.formats.percent(share)}"


def if_top_leave(answer: Answer, context: Context) -> Figure:
    """The share of revenue that would be lost with the 1, 3, 5 … largest customers.

    Frame: n (how many), lost, kept (money), lost_share (%).
    """
    frame = answer.frame
    f = context.formats
    shares = frame["lost_share"].to_numpy(float)
    labels = [f"top {f.number(n)}" for n in frame["n"]]
    text = [f"{f.percent(s)} · {f.short_money(v)}" for s, v in zip(shares, frame["lost"], strict=True)]
    hover = [f"<b>Without the {w}</b><br>{f.money(k)} would stay" for w, k in zip(labels, frame["kept"], strict=True)]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(shares),
        "y": list(range(len(frame))),
        "text": text,
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 11, "color": "@text"},
        "marker": {"color": "@accent"},
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
    }
    axis = {"range": [0, highest(shares) * 1.6 or 1], "showticklabels": False, "showgrid": False}
    return figure(
        [bar],
        xaxis=axis,
        yaxis=row_axis(labels),
        showlegend=False,
        hovermode="closest",
        bargap=0.3,
        dragmode=False,
    )
