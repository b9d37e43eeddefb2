"""Ranked bars, and columns over a few ordered values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context
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
    name_axis,
    opacities,
)
from dashboard.text.formats import short_months

LONGEST_NAME = 32  # characters; the browser cuts names to their share of the width
TOP = 10
LONGEST_REST = 1.25  # the longest bar of "Other", as a multiple of the longest named one
MOST_LABELLED = 12  # number of columns up to which each carries its share
ROWS: dict[str, Any] = {  # layout of horizontal bars, of which a drag selects some
    "showlegend": False,
    "hovermode": "closest",
    "bargap": 0.3,
    "dragmode": "select",
    "selectdirection": "v",
}


def row_axis(labels: list[str]) -> dict[str, Any]:
    """The names of horizontal bars, the first on top; few stand at the top of a high card (assets/js/labels.js)."""
    return name_axis(labels, LONGEST_NAME) | {"range": [len(labels) - 0.4, -0.6]}


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


def ranked_bar(answer: Answer, context: Context, label: str = "") -> Figure:
    """The top values of a dimension as bars with value and share; a click filters. The rest is a hatched bar below
    them, "Other (k)", which is broken where it would dwarf them; its number and its hover say how long it would be.

    Frame: a dimension, a metric, share (% of the total). The option `top` says how many bars there are. `label`: what
    a hover calls the metric, where that is not its own name.
    """
    frame = answer.frame
    name = metric_of(frame)
    shown = _ranked(frame, name, context)
    cut = shown.lengths < shown.values
    numbers = context.formats.column(METRICS[name].unit, shown.values)
    text = [_label(context, number, s) for number, s in zip(numbers, shown.shares, strict=True)]
    hover = [
        f"<b>{escaped(row)}</b><br>{label or METRICS[name].label} {context.formats.metric(name, v)}"
        + ("" if np.isnan(s) else "<br>" + _("{share} of the total", share=context.formats.percent(s, 2)))
        + cut_short(c)
        for row, v, s, c in zip(shown.labels, shown.values, shown.shares, cut, strict=True)
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
        "width": 0.7,
        "marker": {"color": _colours(shown, context), "opacity": opacity, "pattern": hatched(shown.rest, "@muted")},
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
    }
    low = lowest(shown.lengths)
    axis = {
        "range": [min(low, 0) * 1.15, max(highest(shown.lengths), 0) * 1.6 or 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": low < 0,
    }
    breaks = [broken(row, shown.lengths[row]) for row in np.flatnonzero(cut).tolist()]
    return figure([bar], xaxis=axis, yaxis=row_axis(shown.labels) | {"automargin": True}, shapes=breaks, **ROWS)


def cut_short(cut: bool) -> str:
    """What a hover adds of a bar that is drawn shorter than its number."""
    return "<br>" + _("The bar is cut short") if cut else ""


def broken(row: float, length: float, height: float = 0.8) -> dict[str, Any]:
    """The slanted gap in a bar that is drawn shorter than its number: of a bar `height` rows high whose middle is at
    `row`."""
    ends = {"y0": float(row + height / 2), "y1": float(row - height / 2)}
    ends |= {"x0": 0.82 * float(length), "x1": 0.87 * float(length)}
    return {"type": "line", **ends, "line": {"color": "@card", "width": 4}}


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
    named = np.arange(len(frame)) < count
    if context.colours:
        named |= frame[by].isin(list(context.colours)).to_numpy()
    top = frame[by][named].tolist()
    rest = len(frame) - len(top)
    amounts = frame[name].to_numpy(float)
    parts = frame["share"].to_numpy(float) if "share" in frame else np.full(len(frame), np.nan)
    labels = [context.schema.label(by, v) for v in top]
    values, shares = amounts[named], parts[named]
    keys: list[list[str] | None] = [[str(v)] for v in top]
    if rest and "line" in METRICS[name].additive:
        labels.append(_("Other ({n})", n=context.formats.number(rest)))
        values = np.append(values, np.nansum(amounts[~named]))
        shares = np.append(shares, np.nansum(parts[~named]) if "share" in frame else np.nan)
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
    return figure(
        [bar],
        xaxis=column_axis(by, frame[by].tolist(), labels),
        yaxis=metric_ticks(context.formats, name, 0, highest(values) * 1.08),
        showlegend=False,
        bargap=0.25,
        dragmode="select",
        selectdirection="h",
    )


def column_axis(by: str, values: Sequence[Any], labels: list[str]) -> dict[str, Any]:
    """The values of a small ordered dimension along the bottom: short months and hours as 14:00, which the client thins
    out where they would meet; others are names."""
    if by in ("month", "hour"):
        texts = [short_months()[int(value) - 1] for value in values] if by == "month" else labels
        return {"tickvals": list(range(len(labels))), "ticktext": texts, "showgrid": False}
    return name_axis(labels, 16)


def _label(context: Context, number: str, share: float) -> str:
    return number if np.isnan(share) else f"{number} · {context.formats.share(share)}"


def if_top_leave(answer: Answer, context: Context) -> Figure:
    """The share of revenue that would be lost with the 1, 3, 5 … largest customers.

    Frame: n (how many), lost, kept (money), lost_share (%).
    """
    frame = answer.frame
    f = context.formats
    shares = frame["lost_share"].to_numpy(float)
    labels = [_("Top {n}", n=f.number(n)) for n in frame["n"]]
    text = [f"{f.percent(s)} · {f.short_money(v)}" for s, v in zip(shares, frame["lost"], strict=True)]
    hover = [
        _("<b>Without the top {n}</b><br>{amount} would be left", n=f.number(n), amount=f.money(kept))
        for n, kept in zip(frame["n"], frame["kept"], strict=True)
    ]
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
