"""Bars that compare: what gained and lost, what is bought with a product, how sizes differ."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import (
    DIM,
    HOVER_TEXT,
    Figure,
    Trace,
    escaped,
    figure,
    gaps,
    hatched,
    highest,
    metric_of,
    name_axis,
    opacities,
    text_at,
    ticks,
)
from dashboard.figures.marks.bars import LONGEST_REST, ROWS, broken, cut_short, ranked_bar, row_axis

EACH_WAY = 6
OTHERS = {"index": N_("Orders, usual = 100")}  # what a column is called that is no metric
TOP = 12


def movers(answer: Answer, context: Context) -> Figure:
    """The largest gains above, the largest losses below, in numbers at the right; a click filters. What the others
    gained or lost together is a hatched bar between them, which is cut, and says so, where it would dwarf them.

    Frame: a dimension, a metric, base_<metric>, gain, growth (%), largest gain first.
    """
    by = str(answer.frame.columns[0])
    name = metric_of(answer.frame)
    shown, labels, keys = _moved(answer.frame, by, name, context)
    f = context.formats
    gains = shown["gain"].to_numpy(float)
    most = LONGEST_REST * highest(np.abs(gains[[key is not None for key in keys]]))
    values = np.clip(gains, -most, most)
    cut = np.abs(gains) > most
    text = [
        f"{'+' if v > 0 else '−'}{f.metric(name, abs(v), short=True)} · {_('new') if b == 0 else f.signed(g)}"
        for v, g, b in zip(gains, shown["growth"], shown[f"base_{name}"], strict=True)
    ]
    text = [t.split(" · ")[0] if v != g else t for t, v, g in zip(text, values, gains, strict=True)]
    hover = [
        f"<b>{escaped(label)}</b><br>{METRICS[name].label} {f.metric(name, r[name])}"
        f"<br>{_('Before: {amount}', amount=f.metric(name, r[f'base_{name}']))}"
        f"{cut_short(c)}"
        for label, r, c in zip(labels, shown.to_dict("records"), cut, strict=True)
    ]
    selected = context.selected(by)
    colours = ["@good" if v > 0 else "@bad" for v in values]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": gaps(values),
        "y": list(range(len(shown))),
        "customdata": keys,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "marker": {
            "color": colours,
            "opacity": [1.0 if key is None or not selected or key[0] in selected else DIM for key in keys],
            "pattern": hatched([key is None for key in keys], "@muted"),
        },
    }
    high = float(values.max(initial=0))
    low = float(values.min(initial=0))
    span = high - low or 1.0
    x = {"range": [low - span * 0.02, high + span * 1.25], "showticklabels": False, "showgrid": False, "zeroline": True}
    texts = text_at([high + span * 0.06] * len(shown), range(len(shown)), text)
    breaks = [broken(row, values[row]) for row in np.flatnonzero(cut).tolist()]
    return figure([bar, texts], xaxis=x, yaxis=row_axis(labels), shapes=breaks, **ROWS)


def _moved(
    frame: pd.DataFrame, by: str, name: str, context: Context
) -> tuple[pd.DataFrame, list[str], list[list[str] | None]]:
    """The largest gains and losses, what they are called and what a click on them filters. Where there are more, all
    those between them are one row, without a key, if the metric can be added up and they moved at all."""
    up, down = frame[frame["gain"] > 0].head(EACH_WAY), frame[frame["gain"] < 0].tail(EACH_WAY)
    others = frame.drop([*up.index, *down.index])
    rows = [up, down]
    labels = [context.schema.label(by, v) for v in [*up[by], *down[by]]]
    keys: list[list[str] | None] = [[str(v)] for v in [*up[by], *down[by]]]
    gain = float(others["gain"].sum())
    if len(others) > 1 and gain and "line" in METRICS[name].additive:
        before = float(others[f"base_{name}"].sum())
        rest = {name: others[name].sum(), f"base_{name}": before, "gain": gain, by: ""}
        rest["growth"] = gain / before * 100 if before > 0 else np.nan
        rows.insert(1, pd.DataFrame([rest]))
        labels.insert(len(up), _("Other ({n})", n=context.formats.number(len(others))))
        keys.insert(len(up), None)
    return pd.concat(rows, ignore_index=True), labels, keys


def priced_bar(answer: Answer, context: Context) -> Figure:
    """Ranked bars of units with share and average price. Frame: as ranked_bar, and price."""
    drawn = ranked_bar(answer, context)
    bar = drawn["data"][0]
    prices = answer.frame["price"].to_numpy(float)[: len([k for k in bar["customdata"] if k])]
    for i, price in enumerate(prices):
        if np.isfinite(price):
            bar["text"][i] += f" · {context.formats.money(price)}"
            bar["hovertext"][i] += "<br>" + _("Average price {amount}", amount=context.formats.money(price))
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
        f"<b>{escaped(n)}</b><br>{_('{orders:order|orders} with both', orders=context.formats.count(r['orders']))}<br>"
        + _("{part} of its buyers", part=f.percent(r["attach_rate"], 2))
        + "<br>"
        + _("{part} of all orders", part=f.percent(r["base_rate"], 2))
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
        "name": _("Share of its buyers"),
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
        "name": _("Share of all orders"),
        "marker": {"symbol": "line-ns-open", "size": 13, "line": {"width": 2, "color": "@text"}, "color": "@text"},
    }
    ends = np.fmax(rate, base)
    x = {"range": [0, highest(ends) * 1.9 or 1], "showticklabels": False, "showgrid": False}
    return figure(
        [bar, mark, text_at([highest(ends) * 1.06] * len(frame), places, text)],
        xaxis=x,
        yaxis=row_axis(names),
        showlegend=False,
        hovermode="closest",
        bargap=0.3,
        dragmode=False,
    )


def labelled_columns(
    answer: Answer, context: Context, *, share_of: str = "", words: Mapping[str, str] = MappingProxyType({})
) -> Figure:
    """Columns over a few ordered classes, each with its value. A click filters where the chart emits the classes.

    Frame: the class, metrics, share. The value is the column that the option `metric` names, or the first metric;
    `share_of` names the column whose share is written with it; `words`: what classes are called that are no data.
    """
    frame = answer.frame
    chosen = context.options.get("metric", "")
    by = str(frame.columns[0])
    name = chosen if chosen in frame else metric_of(frame)
    values = frame[name].to_numpy(float)
    called = {str(v): str(words.get(str(v), v)) for v in frame[by]}
    text = [
        context.formats.metric(name, v, short=True) if name in METRICS else _number(name, v, context) for v in values
    ]
    if name == share_of:
        text = [f"{t}<br>{context.formats.share(s)}" for t, s in zip(text, frame["share"], strict=True)]
    numbers = list(dict.fromkeys([name, *(c for c in frame.columns if c in METRICS)]))
    hover = [
        "<br>".join(
            [f"<b>{escaped(called[str(r[by])])}</b>", *(f"{_heading(c)} {_number(c, r[c], context)}" for c in numbers)]
        )
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
    axis = name_axis([called[str(v)] for v in frame[by]], 20)
    whole = name in METRICS and METRICS[name].unit == "count"
    y = ticks(0, highest(values) * 1.18, lambda v: _number(name, v, context, short=True), whole=whole)
    drag = {"dragmode": "select", "selectdirection": "h"} if emits else {"dragmode": False}
    return figure([bar], xaxis=axis, yaxis=y, showlegend=False, bargap=0.3, **drag)


def _heading(column: str) -> str:
    return str(METRICS[column].label if column in METRICS else OTHERS[column])


def _number(column: str, value: float, context: Context, *, short: bool = False) -> str:
    """A metric in its unit; another number without decimals."""
    f = context.formats
    if column not in METRICS:
        return f.number(value)
    return f.tick(column, value) if short and METRICS[column].unit != "ratio" else f.metric(column, value)
