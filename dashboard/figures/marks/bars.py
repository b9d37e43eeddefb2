"""Ranked bars and columns over a few ordered values."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import Figure, clipped, escaped, figure, gaps, opacities, ticks

TOP = 10
THIN_BELOW = 8  # rows; bars of fewer are no thicker
ROWS: dict[str, Any] = {  # layout of bars that lie: a drag chooses some
    "showlegend": False,
    "hovermode": "closest",
    "bargap": 0.3,
    "dragmode": "select",
    "selectdirection": "v",
}


def ranked_bar(answer: Answer, context: Context) -> Figure:
    """The top values of a dimension as bars with value and share; a click filters. The rest stands below as "Other
    (k)", in words only: its bar would often dwarf the others."""
    frame = answer.frame
    by, name = frame.columns[0], next(c for c in frame.columns if c in METRICS)
    count = min(int(context.options.get("top") or TOP), len(frame))
    # one more than asked costs no more room than "Other (1)" would
    count = len(frame) if len(frame) - count == 1 else count
    top, rest = frame.iloc[:count], frame.iloc[count:]
    values, labels = top[name].to_numpy(float), [value_label(by, v) for v in top[by]]
    shares = top["share"].to_numpy(float) if "share" in top else np.full(len(top), np.nan)
    keys: list[Any] = [[str(v)] for v in top[by]]
    opacity = opacities(top[by].tolist(), context.selected(by))
    if len(rest) and "line" in METRICS[name].additive:
        other = float(rest[name].sum())
        values, labels = np.append(values, other), [*labels, f"Other ({context.formats.number(len(rest))})"]
        shares = np.append(shares, rest["share"].sum() if "share" in rest else np.nan)
        keys.append(None)
        opacity = [*opacity, 1.0] if isinstance(opacity, list) else opacity
    text = [_label(context, name, v, s) for v, s in zip(values, shares, strict=True)]
    hover = [
        f"<b>{escaped(label)}</b><br>{METRICS[name].label} {context.formats.metric(name, v)}"
        + ("" if np.isnan(s) else f"<br>{context.formats.percent(s, 2)} of the total")
        for label, v, s in zip(labels, values, shares, strict=True)
    ]
    lengths = np.append(values[: len(top)], np.zeros(len(values) - len(top)))
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(lengths),
        "y": list(range(len(values))),
        "customdata": keys,
        "text": text,
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 11, "color": "@text"},
        "width": 0.7 * min(1.0, len(values) / THIN_BELOW),
        "marker": {"color": "@accent", "opacity": opacity},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    finite = lengths[np.isfinite(lengths)]
    high, low = (float(finite.max()), float(finite.min())) if len(finite) else (1.0, 0.0)
    axis = {
        "range": [min(low, 0) * 1.15, max(high, 0) * 1.6 or 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": low < 0,
    }
    names = {
        "tickvals": list(range(len(labels))),
        "ticktext": [escaped(clipped(t)) for t in labels],
        "range": [len(labels) - 0.4, -0.6],
        "showgrid": False,
        "automargin": True,
    }
    return figure(
        [bar],
        xaxis=axis,
        yaxis=names,
        **ROWS,
    )


def columns(answer: Answer, context: Context) -> Figure:
    """Columns over a small ordered dimension: hours, parts of the day, months of the year."""
    frame = answer.frame
    by, name = frame.columns[0], next(c for c in frame.columns if c in METRICS)
    values, labels = frame[name].to_numpy(float), [value_label(by, v) for v in frame[by]]
    hover = [
        f"<b>{label}</b><br>{METRICS[name].label} {context.formats.metric(name, v)}"
        for label, v in zip(labels, values, strict=True)
    ]
    if "share" in frame:
        hover = [h + f"<br>{context.formats.percent(s, 2)}" for h, s in zip(hover, frame["share"], strict=True)]
    bar: dict[str, Any] = {
        "type": "bar",
        "x": list(range(len(frame))),
        "y": gaps(values),
        "customdata": [[str(v)] for v in frame[by]],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": "@accent", "opacity": opacities(frame[by].tolist(), context.selected(by))},
    }
    if len(frame) <= 12 and "share" in frame:
        bar |= {
            "text": [context.formats.percent(s) for s in frame["share"]],
            "textposition": "outside",
            "textfont": {"size": 11},
            "cliponaxis": False,
            "constraintext": "none",
            "textangle": 0,
        }
    step = 1 if len(frame) <= 12 else 3
    short = {"month": 3}.get(by, 12)
    axis = {
        "tickvals": list(range(0, len(frame), step)),
        "ticktext": [t[:short] for t in labels[::step]],
        "showgrid": False,
    }
    high = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    return figure(
        [bar],
        xaxis=axis,
        yaxis=ticks(0, high * 1.08, lambda v: context.formats.tick(name, v)),
        showlegend=False,
        bargap=0.25,
        dragmode="select",
        selectdirection="h",
    )


def _label(context: Context, name: str, value: float, share: float) -> str:
    text = context.formats.metric(name, value, short=True)
    return text if np.isnan(share) else f"{text} · {context.formats.percent(share)}"


def if_top_leave(answer: Answer, context: Context) -> Figure:
    """What share of revenue would go with the 1, 3, 5 … largest customers."""
    frame, f = answer.frame, context.formats
    shares = frame["lost_share"].to_numpy(float)
    words = [f"top {f.number(n)}" for n in frame["n"]]
    text = [f"{f.percent(s)} · {f.short_money(v)}" for s, v in zip(shares, frame["lost"], strict=True)]
    hover = [f"<b>Without the {w}</b><br>{f.money(k)} would stay" for w, k in zip(words, frame["kept"], strict=True)]
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
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    top = float(np.nanmax(shares)) if len(shares) else 1.0
    names = {
        "tickvals": list(range(len(words))),
        "ticktext": words,
        "range": [len(words) - 0.4, -0.6],
        "showgrid": False,
    }
    return figure(
        [bar],
        xaxis={"range": [0, top * 1.6 or 1], "showticklabels": False, "showgrid": False},
        yaxis=names,
        showlegend=False,
        hovermode="closest",
        bargap=0.3,
        dragmode=False,
    )
