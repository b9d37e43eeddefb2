"""Products as heat maps: by month, and against each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.language import _
from dashboard.context import Context
from dashboard.figures.base import Figure, escaped, highest, metric_of
from dashboard.figures.marks.heatmap import BOTH_WAYS, MOST_WRITTEN, ONE_WAY, Colours, heatmap, row_outlines

TOP = 15
MOST_LIFT = 4.0  # lifts above are coloured like this one, those below its inverse likewise


def months(answer: Answer, context: Context) -> Figure:
    """Products down, months across; the colour compares a product with its own best month. A click filters it.

    Frame: product (largest first), period (months), a metric.
    """
    frame = answer.frame
    f = context.formats
    metric = metric_of(frame)
    products = list(dict.fromkeys(frame["product"]))
    shown = products[: int(context.options.get("top") or TOP)]
    calendar = context.selection.calendar
    starts = calendar.starts(context.selection.span, "month")
    periods = [calendar.name(start, "month") for start in starts]
    labels = [f.period(start, "month", p) for start, p in zip(starts, periods, strict=True)]
    found = frame.pivot(index="product", columns="period", values=metric)
    values = found.reindex(index=shown, columns=periods).to_numpy(float)
    names = [context.schema.label("product", p) for p in shown]
    written = [["" if np.isnan(v) else f.metric(metric, v, short=True) for v in row] for row in values]
    sold = [[_("Nothing sold") if np.isnan(v) else f.metric(metric, v) for v in row] for row in values]
    hover = [
        [
            f"<b>{escaped(name)}</b><br>{_('{name}: {value}', name=label, value=told)}"
            for label, told in zip(labels, row, strict=True)
        ]
        for name, row in zip(names, sold, strict=True)
    ]
    keys = [[[str(p)]] * len(periods) for p in shown]
    text = written if len(periods) <= MOST_WRITTEN else None
    drawn = heatmap(
        names, labels, _of_own_best(values), hover, keys, text, Colours(ONE_WAY, (0.0, 100.0)), ordered=True
    )
    drawn["layout"]["shapes"] = row_outlines([str(p) for p in shown], context.selected("product"), len(periods))
    if len(products) > len(shown):
        count = _(
            "{shown} of {products:product|products}",
            shown=f.number(len(shown)),
            products=context.formats.count(len(products)),
        )
        drawn["layout"]["xaxis"]["title"] = {"text": count, "font": {"color": "@muted", "size": 11}}
    return drawn


def _of_own_best(values: np.ndarray) -> np.ndarray:
    """Each number in % of the largest of its row, 0 where that is not above zero; a missing one stays missing."""
    best = np.nanmax(np.where(np.isfinite(values), values, -np.inf), axis=1, keepdims=True, initial=-np.inf)
    percent = np.where(best > 0, np.clip(values, 0, None) / np.where(best > 0, best, 1) * 100, 0.0)
    return np.where(np.isnan(values), np.nan, percent)


def pairs(answer: Answer, context: Context) -> Figure:
    """Products against products: joint orders, or lift on a scale whose middle is chance. A click filters the row's
    product.

    Frame: product, with_product, orders, confidence (%), lift, lift_multi.
    """
    frame = answer.frame
    f = context.formats
    metric = context.options.get("metric") or "orders"
    items = list(dict.fromkeys(frame["product"]))
    place = {item: i for i, item in enumerate(items)}
    shown = np.full((len(items), len(items)), np.nan)
    hover = [[""] * len(items) for _ in items]
    for row in frame.to_dict("records"):
        i = place[row["product"]]
        j = place[row["with_product"]]
        shown[i, j] = row[metric]
        hover[i][j] = _pair(row, context)
    z = shown
    colours = Colours(ONE_WAY, (0.0, highest(shown)))
    unit = "count"
    if metric != "orders":
        # On a logarithmic scale, twice as often as chance is as far from the middle as half as often.
        z = np.log2(np.clip(shown, 1 / MOST_LIFT, MOST_LIFT))
        end = float(np.log2(MOST_LIFT))
        colours = Colours(BOTH_WAYS, (-end, end))
        unit = "ratio"
    text = [["" if np.isnan(v) else f.unit(unit, v, short=True) for v in row] for row in shown]
    names = [context.schema.label("product", item) for item in items]
    keys = [[None if i == j else [str(item)] for j in range(len(items))] for i, item in enumerate(items)]
    drawn = heatmap(names, names, z, hover, keys, text, colours)
    drawn["layout"]["shapes"] = row_outlines([str(i) for i in items], context.selected("product"), len(items))
    return drawn


def _pair(row: dict[Any, Any], context: Context) -> str:
    f = context.formats
    lines = (
        f"<b>{escaped(context.schema.label('product', row['product']))}</b>",
        _("with {product}", product=escaped(context.schema.label("product", row["with_product"]))),
        _("{orders:order|orders} with both", orders=context.formats.count(row["orders"])),
        _("in {share} of the first one's orders", share=f.percent(row["confidence"])),
    )
    return "<br>".join(lines)
