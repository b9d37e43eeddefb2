"""Bars that compare: what gained and lost, what goes along with something, how sizes differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import Figure, clipped, distinct_labels, escaped, figure, gaps, opacities, text_at, ticks
from dashboard.figures.marks.bars import ROWS, ranked_bar

EACH_WAY = 6
TOP = 12
FEW = 5  # fewer bars than these do not grow to fill the card


def movers(answer: Answer, context: Context) -> Figure:
    """The largest gains above, the largest losses below, in numbers at the right; a click filters.

    Frame: the thing, a metric, its base, gain, growth (%).
    """
    frame = answer.frame
    by, name = frame.columns[0], next(c for c in frame.columns if c in METRICS)
    gains, losses = frame[frame["gain"] > 0].head(EACH_WAY), frame[frame["gain"] < 0].tail(EACH_WAY)
    shown = pd.concat([gains, losses])
    f = context.formats
    values, growth = shown["gain"].to_numpy(float), shown["growth"].to_numpy(float)
    was = shown[f"base_{name}"].to_numpy(float)
    text = [
        f"{'+' if v > 0 else '−'}{f.metric(name, abs(v), short=True)} · {'new' if b == 0 else f.signed(g)}"
        for v, g, b in zip(values, growth, was, strict=True)
    ]
    hover = [
        f"<b>{escaped(value_label(by, r[by]))}</b><br>{METRICS[name].label} {f.metric(name, r[name])}"
        f"<br>before {f.metric(name, r[f'base_{name}'])}"
        for r in shown.to_dict("records")
    ]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(values),
        "y": list(range(len(shown))),
        "customdata": [[str(v)] for v in shown[by]],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": ["@good" if v > 0 else "@bad" for v in values],
            "opacity": opacities(shown[by].tolist(), context.selected(by)),
        },
    }
    high, low = float(values.max(initial=0)), float(values.min(initial=0))
    span = high - low or 1.0
    x = {"range": [low - span * 0.02, high + span * 1.25], "showticklabels": False, "showgrid": False, "zeroline": True}
    y = {
        "tickvals": list(range(len(shown))),
        "ticktext": [escaped(clipped(value_label(by, v), 22)) for v in shown[by]],
        "range": [len(shown) - 0.4, -0.6],
        "showgrid": False,
    }
    return figure(
        [bar, text_at([high + span * 0.06] * len(shown), range(len(shown)), text)],
        xaxis=x,
        yaxis=y,
        **ROWS,
    )


def priced_bar(answer: Answer, context: Context) -> Figure:
    """Ranked bars of units with share and average price."""
    picture = ranked_bar(answer, context)
    bar = picture["data"][0]
    prices = answer.frame["price"].to_numpy(float)[: len([k for k in bar["customdata"] if k])]
    for i, price in enumerate(prices):
        if np.isfinite(price):
            bar["text"][i] += f" · {context.formats.money(price)}"
            bar["hovertext"][i] += f"<br>average price {context.formats.money(price)}"
    axis = picture["layout"]["xaxis"]
    axis["range"] = [axis["range"][0], axis["range"][1] * 1.25]
    return picture


def attach_bars(answer: Answer, context: Context) -> Figure:
    """Bars of the attach rate; the tick across each bar is the rate over all orders, which chance would give."""
    frame = answer.frame.head(TOP)
    f = context.formats
    rate, base = frame["attach_rate"].to_numpy(float), frame["base_rate"].to_numpy(float)
    firm = ((frame["significant"] == "yes") & (frame["lift_multi"] > 1)).to_numpy()
    names = [value_label("product", v) for v in frame["product"]]
    places = list(range(len(frame)))
    hover = [
        f"<b>{escaped(n)}</b><br>{f.number(r['orders'])} orders with both"
        f"<br>attach rate {f.percent(r['attach_rate'], 2)}, over all orders {f.percent(r['base_rate'], 2)}"
        f"<br>lift {f.unit('ratio', r['lift'])}, among larger orders {f.unit('ratio', r['lift_multi'])}"
        for n, r in zip(names, frame.to_dict("records"), strict=True)
    ]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(rate),
        "y": places,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "name": "attach rate",
        "text": [f"{f.percent(v)} · lift {f.unit('ratio', m)}" for v, m in zip(rate, frame["lift_multi"], strict=True)],
        "textposition": "none",
        "marker": {"color": ["@accent" if s else "@muted/0.5" for s in firm]},
    }
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": gaps(base),
        "y": places,
        "hoverinfo": "skip",
        "name": "rate over all orders",
        "marker": {"symbol": "line-ns-open", "size": 13, "line": {"width": 2, "color": "@text"}, "color": "@text"},
    }
    ends = np.fmax(rate, base)
    words = text_at(gaps(ends * 1.02), places, [f"  {t}" for t in bar["text"]])
    high = float(np.nanmax(ends)) if np.isfinite(ends).any() else 1.0
    x = {"range": [0, high * 1.9 or 1], "showticklabels": False, "showgrid": False}
    y = {
        "tickvals": places,
        "ticktext": [escaped(n) for n in distinct_labels(names, 24)],
        "range": [max(len(frame), FEW) - 0.4, -0.6],
        "showgrid": False,
    }
    return figure(
        [bar, mark, words], xaxis=x, yaxis=y, showlegend=False, hovermode="closest", bargap=0.3, dragmode=False
    )


def labelled_columns(answer: Answer, context: Context, *, share_of: str = "") -> Figure:
    """Columns over a few ordered classes, each with its value; `share` is written where it is the share of this number.
    A click filters where the chart emits the classes.

    The value is the option `metric` where the frame has that column, else its first metric.
    """
    frame = answer.frame
    asked = context.options.get("metric", "")
    by, name = frame.columns[0], asked if asked in frame else next(c for c in frame.columns if c in METRICS)
    values = frame[name].to_numpy(float)
    text = [
        context.formats.metric(name, v, short=True) if name in METRICS else _number(name, v, context) for v in values
    ]
    if name == share_of:
        text = [f"{t}<br>{context.formats.percent(s)}" for t, s in zip(text, frame["share"], strict=True)]
    numbers = list(dict.fromkeys([name, *(c for c in frame.columns if c in METRICS)]))
    hover = [
        "<br>".join([f"<b>{escaped(str(r[by]))}</b>", *(f"{_heading(c)} {_number(c, r[c], context)}" for c in numbers)])
        for r in frame.to_dict("records")
    ]
    bar: dict[str, Any] = {
        "type": "bar",
        "x": list(range(len(frame))),
        "y": gaps(values),
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": "@accent"},
        "text": text,
        "textposition": "outside",
        "textfont": {"size": 10.5, "color": "@text"},
        "cliponaxis": False,
        "constraintext": "none",
        "textangle": 0,
    }
    emits = by in context.emits
    if emits:
        bar["customdata"] = [[str(v)] for v in frame[by]]
        bar["marker"]["opacity"] = opacities(frame[by].tolist(), context.selected(by))
    high = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    axis = {
        "tickvals": list(range(len(frame))),
        "ticktext": [escaped(clipped(str(v), 14)) for v in frame[by]],
        "showgrid": False,
    }
    y = ticks(0, high * 1.18, lambda v: _number(name, v, context, short=True))
    drag = {"dragmode": "select", "selectdirection": "h"} if emits else {"dragmode": False}
    return figure([bar], xaxis=axis, yaxis=y, showlegend=False, bargap=0.3, **drag)


def _heading(column: str) -> str:
    return METRICS[column].label if column in METRICS else column.replace("_", " ").capitalize()


def _number(column: str, value: float, context: Context, *, short: bool = False) -> str:
    """A metric in its unit; another number without decimals."""
    f = context.formats
    if column not in METRICS:
        return f.number(value)
    return f.tick(column, value) if short and METRICS[column].unit != "ratio" else f.metric(column, value)
