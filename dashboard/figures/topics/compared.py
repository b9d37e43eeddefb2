"""Bars that compare: what gained and lost, what is bought with a product, how sizes differ."""

from __future__ import annotations

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
    distinct_labels,
    escaped,
    figure,
    gaps,
    highest,
    metric_of,
    opacities,
    text_at,
    ticks,
)
from dashboard.figures.marks.bars import ROWS, ranked_bar, row_axis

EACH_WAY = 6
TOP = 12
FEW = 5  # fewer bars than this do not grow to fill the card


def movers(answer: Answer, context: Context) -> Figure:
    """The largest gains above, the largest losses below, in numbers at the right; a click filters.

    Frame: a dimension, a metric, base_<metric>, gain, growth (%), largest gain first.
    """
    frame = answer.frame
    by = str(frame.columns[0])
    name = metric_of(frame)
    shown = pd.concat([frame[frame["gain"] > 0].head(EACH_WAY), frame[frame["gain"] < 0].tail(EACH_WAY)])
    f = context.formats
    values = shown["gain"].to_numpy(float)
    text = [
        f"{'+' if v > 0 else '−'}{f.metric(name, abs(v), short=True)} · {'new' if b == 0 else f.signed(g)}"
        for v, g, b in zip(values, shown["growth"], shown[f"base_{name}"], strict=True)
    ]
    hover = [
        f"<b>{escaped(context.schema.label(by, r[by]))}</b><br>{METRICS[name].label} {f.metric(name, r[name])}"
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
        "hovertemplate": HOVER_TEXT,
        "marker": {
            "color": ["@good" if v > 0 else "@bad" for v in values],
            "opacity": opacities(shown[by].tolist(), context.selected(by)),
        },
    }
    high = float(values.max(initial=0))
    low = float(values.min(initial=0))
    span = high - low or 1.0
    x = {"range": [low - span * 0.02, high + span * 1.25], "showticklabels": False, "showgrid": False, "zeroline": True}
    y = row_axis([context.schema.label(by, v) for v in shown[by]], length=22)
    return figure([bar, text_at([high + span * 0.06] * len(shown), range(len(shown)), text)], xaxis=x, yaxis=y, **ROWS)


def priced_bar(answer: Answer, context: Context) -> Figure:
    """Ranked bars of units with share and average price. Frame: as ranked_bar, and price."""
    drawn = ranked_bar(answer, context)
    bar = drawn["data"][0]
    prices = answer.frame["price"].to_numpy(float)[: len([k for k in bar["customdata"] if k])]
    for i, price in enumerate(prices):
        if np.isfinite(price):
            bar["text"][i] += f" · {context.formats.money(price)}"
            bar["hovertext"][i] += f"<br>average price {context.formats.money(price)}"
    axis = drawn["layout"]["xaxis"]
    axis["range"] = [axis["range"][0], axis["range"][1] * 1.25]
    return drawn


def attach_bars(answer: Answer, context: Context) -> Figure:
    """Bars of the attach rate; the tick across each bar is the rate over all orders, which chance would give.

    Frame: product, orders, attach_rate, base_rate (%), lift, lift_multi, significant ("yes").
    """
    frame = answer.frame.head(TOP)
    f = context.formats
    rate = frame["attach_rate"].to_numpy(float)
    base = frame["base_rate"].to_numpy(float)
    firm = (frame["significant"] == "yes").to_numpy()
    names = [context.schema.label("product", v) for v in frame["product"]]
    places = list(range(len(frame)))
    hover = [
        f"<b>{escaped(n)}</b><br>{f.number(r['orders'])} orders with both"
        f"<br>{f.percent(r['attach_rate'], 2)} of its buyers, {f.percent(r['base_rate'], 2)} of all orders"
        for n, r in zip(names, frame.to_dict("records"), strict=True)
    ]
    text = [f.percent(v) for v in rate]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(rate),
        "y": places,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "name": "attach rate",
        "text": text,
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
    x = {"range": [0, highest(ends) * 1.9 or 1], "showticklabels": False, "showgrid": False}
    y = {
        "tickvals": places,
        "ticktext": [escaped(n) for n in distinct_labels(names, 24)],
        "range": [max(len(frame), FEW) - 0.4, -0.6],
        "showgrid": False,
    }
    return figure(
        [bar, mark, text_at(gaps(ends * 1.02), places, [f"  {t}" for t in text])],
        xaxis=x,
        yaxis=y,
        showlegend=False,
        hovermode="closest",
        bargap=0.3,
        dragmode=False,
    )


def labelled_columns(answer: Answer, context: Context, *, share_of: str = "") -> Figure:
    """Columns over a few ordered classes, each with its value. A click filters where the chart emits the classes.

    Frame: the class, metrics, share. The value is the column that the option `metric` names, or the first metric;
    `share_of` names the column whose share is written with it.
    """
    frame = answer.frame
    chosen = context.options.get("metric", "")
    by = str(frame.columns[0])
    name = chosen if chosen in frame else metric_of(frame)
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
    bar: Trace = {
        "type": "bar",
        "x": list(range(len(frame))),
        "y": gaps(values),
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
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
    axis = {
        "tickvals": list(range(len(frame))),
        "ticktext": [escaped(clipped(str(v), 14)) for v in frame[by]],
        "showgrid": False,
    }
    y = ticks(0, highest(values) * 1.18, lambda v: _number(name, v, context, short=True))
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
