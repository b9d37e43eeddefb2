"""Customers: by name where they have one, their concentration, spending and order counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import N_, Counted, _, within_sentence
from analytics.metrics import METRICS
from analytics.schema import MISSING
from analytics.selection import Clause
from dashboard.context import Context
from dashboard.figures.base import HOVER_TEXT, Figure, Trace, figure, gaps, metric_of, metric_ticks
from dashboard.figures.marks import bars, grids
from dashboard.figures.marks import pareto as pareto_bars
from dashboard.figures.marks.scatter import MOST_POINTS, Axis, drawable, scatter

Draw = Callable[[Answer, Context], Figure]

NAMED = 2_000  # rows whose customers are named; no figure shows more
FEW = 60  # number of customers; more are drawn as a curve instead of bars
CURVE_POINTS = 300
LAST_COUNT = 10  # numbers of orders from this one on share a column
PERCENTS = (0, 20, 40, 60, 80, 100)
MILESTONES = (1, 10, 20, 50)  # % of customers, whose share of revenue is written


def by_name(draw: Draw, answer: Answer, context: Context, rows: int = NAMED) -> Figure:
    """The figure with the customers of the first rows called by their names; marks still carry ids, as names need not
    be unique."""
    frame = answer.frame
    if "customer_name" not in frame:
        return draw(answer, context)
    names = customer_names(frame.head(rows))
    shown = frame["customer"].map(names).fillna(frame["customer"])
    back = {name: customer for customer, name in names.items()}
    chosen = Clause("customer", tuple(names.get(v, v) for v in context.selected("customer")))
    selection = context.selection.without("customer")
    named = replace(context, selection=selection.only(*selection.clauses, chosen))
    drawn = draw(Answer(frame.assign(customer=shown).drop(columns="customer_name"), answer.notes, answer.more), named)
    for trace in drawn["data"]:
        if trace.get("customdata") is not None:
            trace["customdata"] = _renamed(trace["customdata"], back)
    return drawn


def customer_names(frame: pd.DataFrame) -> dict[str, str]:
    """Names by id; where two share one the id stands behind it, and alone where there is none."""
    known = frame.drop_duplicates("customer")
    twice = set(known["customer_name"][known["customer_name"].duplicated(keep=False)])
    names = {}
    for customer, name in zip(known["customer"], known["customer_name"], strict=True):
        names[str(customer)] = f"{name} ({customer})" if name in twice else str(name)
        if name == MISSING:
            names[str(customer)] = str(customer)
    return names


def names_of(frame: pd.DataFrame) -> dict[str, str]:
    """The same; none where the data do not name their customers."""
    return customer_names(frame) if "customer_name" in frame else {}


def called_by_name(frame: pd.DataFrame, rows: int = grids.MOST_ROWS) -> pd.DataFrame:
    """The first rows with each customer's name in place of the id, where the data name them."""
    part = frame.head(rows)
    return part.assign(customer=part["customer"].map(customer_names(part))) if "customer_name" in part else part


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """The rows as named tuples."""
    return list(frame.itertuples(index=False))


def _renamed(keys: Any, back: dict[str, str]) -> Any:
    """Keys, alone or in rows of cells, whose first value is a customer."""
    if keys is None or not isinstance(keys, list) or not keys:
        return keys
    if isinstance(keys[0], str):
        return [back.get(keys[0], keys[0]), *keys[1:]]
    return [_renamed(k, back) for k in keys]


def ranking(answer: Answer, context: Context) -> Figure:
    """The best customers as bars; where the largest share is below 1 %, shares are left to the table."""
    frame = answer.frame
    if "share" in frame and not float(frame["share"].max()) >= 1:
        frame = frame.drop(columns="share")
    rows = int(context.options.get("top") or bars.TOP)
    return by_name(bars.ranked_bar, Answer(frame, answer.notes, answer.more), context, rows + 1)


def concentration(answer: Answer, context: Context) -> Figure:
    """Few customers: a bar each, with the running share above. Many: the running share by the share of customers.

    Frame: customer, a metric, share, cumulative_share, cumulative_customers (%), rank, abc.
    """
    if len(answer.frame) <= FEW:
        return by_name(pareto_bars.pareto, answer, context)
    return _curve(answer.frame, context)


def _curve(frame: pd.DataFrame, context: Context) -> Figure:
    f = context.formats
    what = within_sentence(METRICS[metric_of(frame)].label)
    places = np.unique(np.linspace(0, len(frame) - 1, CURVE_POINTS).astype("int64"))
    part = frame.iloc[places]
    across = part["cumulative_customers"].to_numpy(float)
    up = part["cumulative_share"].to_numpy(float)
    hover = [
        _(
            "Top {customers:customer|customers} ({share}):<br><b>{part}</b> of {metric}",
            customers=context.formats.count(n),
            share=f.percent(x),
            part=f.percent(y),
            metric=what,
        )
        for n, x, y in zip(part["rank"], across, up, strict=True)
    ]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [0.0, *across.tolist()],
        "y": [0.0, *gaps(up)],
        "hovertext": ["", *hover],
        "hovertemplate": HOVER_TEXT,
        "line": {"color": "@accent", "width": 2.5},
        "fill": "tozeroy",
        "fillcolor": "@accent/0.1",
    }
    stroke = {"color": "@muted/0.5", "width": 1, "dash": "dot"}
    equal = {"type": "line", "x0": 0, "y0": 0, "x1": 100, "y1": 100, "line": stroke}
    marks, texts = _milestones(frame, context)
    percents = {"tickvals": list(PERCENTS), "ticktext": [f.percent(v, 0) for v in PERCENTS]}
    return figure(
        [line, marks],
        xaxis=percents | {"range": [0, 101], "title": {"text": _("Share of customers, best first")}},
        yaxis=percents | {"range": [0, 104], "title": {"text": _("Share of {metric}", metric=what)}},
        shapes=[equal],
        annotations=texts,
        showlegend=False,
        hovermode="x",
        dragmode=False,
    )


def _milestones(frame: pd.DataFrame, context: Context) -> tuple[Trace, list[dict[str, Any]]]:
    """Marks and texts for what the top 1, 10, 20 and 50 % of customers bring."""
    f = context.formats
    found = []
    for percent in MILESTONES:
        row = frame.iloc[max(0, -(-len(frame) * percent // 100) - 1)]
        if np.isfinite(row["cumulative_share"]):
            found.append((float(row["cumulative_customers"]), float(row["cumulative_share"]), percent))
    texts = [
        {
            "x": x,
            "y": y,
            "xanchor": "left",
            "yanchor": "top",
            "xshift": 6,
            "showarrow": False,
            "font": {"size": 11, "color": "@text"},
            "bgcolor": "@card/0.75",
            "text": _("Top {share}: {part}", share=f.percent(p, 0), part=f.percent(y)),
        }
        for x, y, p in found
    ]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _y, _share in found],
        "y": [y for _x, y, _share in found],
        "marker": {"color": "@accent", "size": 7},
        "hoverinfo": "skip",
    }
    return marks, texts


def spending(answer: Answer, context: Context) -> Figure:
    """Revenue against average order: few customers with names, sized by their orders; of many, points and how many of
    them are drawn.

    Frame: customer, revenue, aov, orders, most revenue first; customer_name where the data have it.
    """
    frame = answer.frame
    many = len(frame) > FEW
    part = spread(frame, MOST_POINTS)
    x = Axis("revenue", N_("Revenue"), "money", _spans_magnitudes(part["revenue"]))
    y = Axis("aov", N_("Average order value"), "money", _spans_magnitudes(part["aov"]))
    size = None if many else Axis("orders", N_("Orders"), "count")
    draw = partial(scatter, x=x, y=y, size=size)
    drawn = by_name(draw, Answer(part, answer.notes, answer.more), context)
    if many:
        drawn["data"][0] |= {"mode": "markers"}
        drawn["data"][0]["marker"] |= {"size": 6}
    return with_count(drawn, len(drawable(part, x, y)), len(frame), context)


def spread(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """`most` rows at the most, evenly spread from the first to the last."""
    if len(frame) <= most:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, most).astype("int64")]


def _spans_magnitudes(values: pd.Series) -> bool:
    """Whether a logarithmic axis serves better: nearly all above zero, the largest far above the smallest."""
    above = values[values > 0]
    return len(above) > 2 and len(above) >= 0.95 * len(values) and float(above.max()) > 30 * float(above.min())


def with_count(drawn: Figure, shown: int, whole: int, context: Context) -> Figure:
    """The figure with a text in its corner where not all are drawn."""
    if shown < whole:
        text = {
            "xref": "paper",
            "yref": "paper",
            "x": 1,
            "y": 1,
            "xanchor": "right",
            "yanchor": "top",
            "showarrow": False,
            "bgcolor": "@card/0.75",
            "font": {"size": 10.5, "color": "@muted"},
            "text": _("{shown} of {all} shown", shown=context.formats.number(shown), all=context.formats.number(whole)),
        }
        drawn["layout"]["annotations"] = [*drawn["layout"].get("annotations", []), text]
    return drawn


def order_counts(answer: Answer, context: Context) -> Figure:
    """Columns: customers with one order, two, …; with ten or more together.

    Frame: order_count, customers, share, revenue_share (%).
    """
    frame = answer.frame
    f = context.formats
    capped = frame.assign(order_count=frame["order_count"].clip(upper=LAST_COUNT))
    merged = capped.groupby("order_count")[["customers", "share", "revenue_share"]].sum()
    merged = merged.reindex(range(1, int(merged.index.max()) + 1), fill_value=0)
    more = int(frame["order_count"].max()) > LAST_COUNT
    labels = [f"{n}+" if more and n == LAST_COUNT else str(n) for n in merged.index]
    hover = [
        f"<b>{_('{orders:order|orders}', orders=Counted(n, label))}</b><br>"
        + _(
            "{customers:customer|customers}, {share}",
            customers=context.formats.count(r.customers),
            share=f.percent(r.share, 2),
        )
        + "<br>"
        + _("{share} of revenue", share=f.percent(r.revenue_share))
        for n, label, r in zip(merged.index, labels, rows_of(merged), strict=True)
    ]
    values = merged["customers"].to_numpy(float)
    bar = {
        "type": "bar",
        "x": list(range(len(labels))),
        "y": gaps(values),
        "text": [f.short_number(v) for v in values],
        "textposition": "outside",
        "textfont": {"size": 11, "color": "@text"},
        "cliponaxis": False,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "marker": {"color": "@accent"},
    }
    axis = {
        "tickvals": list(range(len(labels))),
        "ticktext": labels,
        "showgrid": False,
        "title": {"text": _("Orders in the range")},
    }
    return figure(
        [bar],
        xaxis=axis,
        yaxis=metric_ticks(f, "customers", 0, float(values.max()) * 1.1),
        showlegend=False,
        bargap=0.25,
        dragmode=False,
    )
