"""Heat maps of one thing against another, the numbers written into the cells where there is room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import Figure, distinct_labels, escaped, figure

# pale enough that the numbers on them can be read in either theme
ONE_WAY: list[list[Any]] = [[0, "@accent/0.03"], [1, "@accent/0.55"]]
BOTH_WAYS: list[list[Any]] = [[0, "@bad/0.6"], [0.5, "@card"], [1, "@accent/0.6"]]
TOP = 15
MOST_WRITTEN = 16  # columns; more leave no room for numbers


def months(answer: Answer, context: Context) -> Figure:
    """Products down, months across; the colour compares a product with its own best month. A click filters it."""
    frame = answer.frame
    metric = next(c for c in frame.columns if c in METRICS)
    products = list(dict.fromkeys(frame["product"]))
    shown = products[: int(context.options.get("top") or TOP)]
    starts = context.selection.calendar.starts(context.selection.span, "month")
    periods = [context.selection.calendar.name(s, "month") for s in starts]
    words = [context.formats.period(s, "month", p) for s, p in zip(starts, periods, strict=True)]
    cells = frame.set_index(["product", "period"])[metric].to_dict()
    values = np.array([[cells.get((p, m), np.nan) for m in periods] for p in shown], dtype=float).reshape(
        len(shown), len(periods)
    )
    best = np.nanmax(np.where(np.isfinite(values), values, -np.inf), axis=1, keepdims=True, initial=-np.inf)
    z = np.where(best > 0, np.clip(values, 0, None) / np.where(best > 0, best, 1) * 100, 0.0)
    z = np.where(np.isnan(values), np.nan, z)
    text = [[context.formats.metric(metric, v, short=True) if np.isfinite(v) else "" for v in row] for row in values]
    hover = [
        [
            f"<b>{escaped(value_label('product', p))}</b><br>{w}: "
            + (context.formats.metric(metric, v) if np.isfinite(v) else "nothing sold")
            for w, v in zip(words, row, strict=True)
        ]
        for p, row in zip(shown, values, strict=True)
    ]
    keys = [[[str(p)]] * len(periods) for p in shown]
    names = [value_label("product", p) for p in shown]
    picture = heatmap(
        names,
        words,
        z,
        hover,
        keys,
        text if len(periods) <= MOST_WRITTEN else None,
        colours=ONE_WAY,
        limits=(0.0, 100.0),
    )
    picture["layout"]["shapes"] = _outlined(shown, context.selected("product"), len(periods))
    if len(products) > len(shown):
        count = f"{context.formats.number(len(shown))} of {context.formats.number(len(products))} products"
        picture["layout"]["xaxis"]["title"] = {"text": count, "font": {"color": "@muted", "size": 11}}
    return picture


def pairs(answer: Answer, context: Context) -> Figure:
    """Products against products: joint orders, or lift on a scale whose middle is chance. A click filters the row's
    product.
    """
    frame = answer.frame
    metric = context.options.get("metric") or "lift_multi"
    items = list(dict.fromkeys(frame["product"]))
    at = {p: i for i, p in enumerate(items)}
    shown = np.full((len(items), len(items)), np.nan)
    hover = [[""] * len(items) for _ in items]
    for row in frame.to_dict("records"):
        i, j = at[row["product"]], at[row["with_product"]]
        shown[i, j] = row[metric]
        hover[i][j] = _pair_words(row, context)
    lift = metric != "orders"
    # equal steps up and down: twice as often as chance lies as far from the middle as half as often
    z = np.log2(np.clip(shown, 0.25, 4.0)) if lift else shown
    text = [
        ["" if np.isnan(v) else context.formats.unit("ratio" if lift else "count", v, short=True) for v in row]
        for row in shown
    ]
    names = [value_label("product", p) for p in items]
    keys = [[None if i == j else [str(p)] for j in range(len(items))] for i, p in enumerate(items)]
    limits = (-2.0, 2.0) if lift else (0.0, float(np.nanmax(shown)) if np.isfinite(shown).any() else 1.0)
    picture = heatmap(
        names, names, z, hover, keys, text, colours=BOTH_WAYS if lift else ONE_WAY, limits=limits, clip=18
    )
    picture["layout"]["shapes"] = _outlined(items, context.selected("product"), len(items))
    picture["layout"]["xaxis"] |= {"tickangle": -40}
    return picture


def heatmap(
    rows: list[str],
    columns: list[str],
    z: np.ndarray,
    hover: list[list[str]],
    keys: list[list[Any]],
    text: list[list[str]] | None,
    *,
    colours: list[list[Any]],
    limits: tuple[float, float],
    clip: int = 24,
) -> Figure:
    """Cells of equal size, the first row on top; a missing cell is a gap."""
    cells = [[None if np.isnan(v) else float(v) for v in row] for row in z]
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "z": cells,
        "customdata": keys,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "colorscale": colours,
        "zmin": limits[0],
        "zmax": limits[1],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
    }
    if text is not None:
        trace |= {"text": text, "texttemplate": "%{text}", "textfont": {"size": 10.5, "color": "@text"}}
    step = max(1, -(-len(columns) // MOST_WRITTEN))
    x = {
        "tickvals": list(range(0, len(columns), step)),
        "ticktext": [escaped(c) for c in distinct_labels(columns, clip)[::step]],
        "showgrid": False,
        "zeroline": False,
        "side": "bottom",
    }
    y = {
        "tickvals": list(range(len(rows))),
        "ticktext": [escaped(r) for r in distinct_labels(rows, clip)],
        "range": [len(rows) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
    }
    return figure([trace], xaxis=x, yaxis=y, hovermode="closest", dragmode=False)


def _pair_words(row: dict[Any, Any], context: Context) -> str:
    f = context.formats
    return "<br>".join(
        (
            f"<b>{escaped(str(row['product']))}</b>",
            f"with {escaped(str(row['with_product']))}",
            f"{f.number(row['orders'])} orders together",
            f"in {f.percent(row['confidence'])} of the first one's orders",
            f"lift {f.unit('ratio', row['lift'])}, among larger orders {f.unit('ratio', row['lift_multi'])}",
        )
    )


def _outlined(rows: list[Any], selected: tuple[str, ...], width: int) -> list[dict[str, Any]]:
    """A frame around the rows that are filtered: a heat map has no opacity per cell."""
    places = pd.Series(range(len(rows)), index=[str(r) for r in rows])
    found = [int(places[s]) for s in selected if s in places.index]
    return [
        {
            "type": "rect",
            "x0": -0.5,
            "x1": width - 0.5,
            "y0": i - 0.5,
            "y1": i + 0.5,
            "line": {"color": "@text", "width": 1.5},
        }
        for i in found[:30]
    ]
