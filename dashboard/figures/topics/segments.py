"""Segments of customers by recency, frequency and money: what marks them, who is in them, who moved between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.methods.customers.rfm import GONE, NEW, STANDING
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import DIM, HOVER_TEXT, PALETTE, Figure, Trace, escaped, figure, ticks
from dashboard.figures.marks.bars import ranked_bar
from dashboard.figures.marks.heatmap import BOTH_WAYS, Colours, cells, heatmap
from dashboard.figures.marks.scatter import log_ticks
from dashboard.figures.topics.customers import NAMED, names_of, rows_of, spread, with_count

MOST_POINTS = 1_500
SCORES = {"r": N_("Recency"), "f": N_("Frequency"), "m": N_("Money")}
OUTSIDE = {NEW: N_("(new)"), GONE: N_("(gone)")}  # of both windows
SIGN = {"up": 1.0, "new": 0.5, "same": 0.0, "down": -1.0, "gone": -1.0}  # of the colour of a move


def segment_scores(answer: Answer, context: Context) -> Figure:
    """The mean R, F and M score of each segment. A click filters.

    Frame: rfm_segment, r, f, m (1–5), customers.
    """
    frame = answer.frame
    f = context.formats
    z = frame[list(SCORES)].to_numpy(float)
    segments = frame["rfm_segment"].tolist()
    rows = [f"{_segment(s, context)} ({f.number(n)})" for s, n in zip(segments, frame["customers"], strict=True)]
    text = [[f.unit("ratio", v) for v in line] for line in z]
    hover = [
        [
            f"<b>{escaped(_segment(s, context))}</b><br>{_('{score}: {points} of 5', score=label, points=t)}"
            for label, t in zip(SCORES.values(), line, strict=True)
        ]
        for s, line in zip(segments, text, strict=True)
    ]
    chosen = [(i, j) for i, s in enumerate(segments) if s in context.selected("rfm_segment") for j in range(3)]
    keys = [[[s]] * 3 for s in segments]
    return cells(
        z,
        rows,
        list(map(str, SCORES.values())),
        text=text,
        hover=hover,
        keys=keys,
        chosen=chosen,
        limits=(1.0, 5.0),
        clip=30,
    )


def score_grid(answer: Answer, context: Context) -> Figure:
    """Customers by scores of recency (up: lately) and of frequency that somebody has (right: often); a click filters
    the segment.

    Frame: r, f (1–5), rfm_segment, customers, share (%), revenue.
    """
    f = context.formats
    found = {(int(r.r), int(r.f)): r for r in rows_of(answer.frame)}
    often = sorted({q for _r, q in found}) or [1]  # ties leave scores that nobody has
    order = [(r, q) for r in range(5, 0, -1) for q in often]
    lines = [slice(i, i + len(often)) for i in range(0, len(order), len(often))]
    z = np.array([found[p].customers if p in found else 0 for p in order], float).reshape(5, len(often))
    segment = [str(found[p].rfm_segment) if p in found else "" for p in order]
    text = [
        f"<b>{f.short_number(found[p].customers)}</b><br>{_in_two(escaped(_segment(s, context)))}" if p in found else ""
        for p, s in zip(order, segment, strict=True)
    ]
    hover = [
        f"<b>{escaped(_segment(s, context))}</b><br>R {r}, F {q}<br>{_cell(found[r, q], context)}"
        if (r, q) in found
        else f"R {r}, F {q}<br>{_('No customers')}"
        for (r, q), s in zip(order, segment, strict=True)
    ]
    selected = context.selected("rfm_segment")
    chosen = [divmod(i, len(often)) for i, s in enumerate(segment) if s and s in selected]
    keys: list[list[str] | None] = [[s] if s else None for s in segment]
    drawn = cells(
        z,
        [f"R {r}" for r in range(5, 0, -1)],
        [f"F {q}" for q in often],
        text=[text[s] for s in lines],
        hover=[hover[s] for s in lines],
        keys=[keys[s] for s in lines],
        chosen=chosen,
        across=_("How often: seldom → often"),
        ordered=True,
    )
    drawn["layout"]["yaxis"]["title"] = {"text": _("How recently: long ago → lately")}
    drawn["data"][0]["textfont"] |= {"size": 9.5}
    return drawn


def _cell(row: Any, context: Context) -> str:
    f = context.formats
    people = _(
        "{customers:customer|customers}, {share}",
        customers=context.formats.count(row.customers),
        share=f.percent(row.share),
    )
    return f"{people}<br>{METRICS['revenue'].label} {f.metric('revenue', row.revenue)}"


def _segment(name: str, context: Context) -> str:
    return str(OUTSIDE.get(name) or context.schema.label("rfm_segment", name))


def _in_two(name: str) -> str:
    """A long name on two lines."""
    return name.replace(" ", "<br>", 1) if len(name) > 9 else name


def recency_frequency(answer: Answer, context: Context) -> Figure:
    """A point a customer, coloured by segment; of many customers as many as can be told apart, spread evenly from most
    to least revenue.

    Frame: customer, customer_name where the data have it, rfm_segment, recency (days), frequency, revenue, r, f, m.
    """
    frame = answer.frame
    f = context.formats
    part = spread(frame, MOST_POINTS)
    names = names_of(part.head(NAMED))
    chosen = set(context.selected("customer"))
    segments = [s for s in STANDING if s in set(part["rfm_segment"])]
    traces = [
        _segment_points(part[part["rfm_segment"] == s], s, i, names, chosen, context) for i, s in enumerate(segments)
    ]
    low = float(part["frequency"].min())
    high = float(part["frequency"].max())
    y = log_ticks(low, high, f.number) if high > 12 else ticks(0, high * 1.05, f.number)
    x = ticks(0, float(part["recency"].max()) * 1.02, f.number)
    drawn = figure(
        traces,
        xaxis=x | {"showgrid": True, "title": {"text": _("Days since the last order"), "standoff": 4}},
        yaxis=y | {"title": {"text": _("Orders")}},
        showlegend=True,
        hovermode="closest",
        dragmode="select",
        legend={"y": -0.2, "yanchor": "top", "font": {"size": 10.5}, "entrywidth": 108, "entrywidthmode": "pixels"},
    )
    return with_count(drawn, len(part), len(frame), context)


def _segment_points(
    part: pd.DataFrame, segment: str, number: int, names: dict[str, str], chosen: set[str], context: Context
) -> Trace:
    f = context.formats
    named = _segment(segment, context)
    hover = [
        f"<b>{escaped(names.get(r.customer, r.customer))}</b><br>{escaped(named)} · R {r.r} F {r.f} M {r.m}<br>"
        f"{_('Last order {days:day|days} ago', days=context.formats.count(r.recency))}<br>"
        f"{_('{orders:order|orders}', orders=context.formats.count(r.frequency))}<br>"
        f"{METRICS['revenue'].label} {f.metric('revenue', r.revenue)}"
        for r in rows_of(part)
    ]
    seen = 0.75 if len(part) < 300 else 0.55
    return {
        "type": "scatter",
        "mode": "markers",
        "name": named,
        "x": part["recency"].tolist(),
        "y": part["frequency"].tolist(),
        "customdata": [[str(c)] for c in part["customer"]],
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "cliponaxis": False,
        "marker": {
            "color": PALETTE[number % len(PALETTE)],
            "symbol": "circle" if number < len(PALETTE) else "diamond",
            "size": 7,
            "opacity": [seen if c in chosen else DIM * seen for c in part["customer"]] if chosen else seen,
            "line": {"color": "@card", "width": 0.5},
        },
    }


def migration(answer: Answer, context: Context) -> Figure:
    """Segments then (rows) against now (columns): customers in each cell, ups and downs in different colours.

    Frame: segment_then, segment_now, moved, customers, monetary_then.
    """
    frame = answer.frame
    f = context.formats
    rows = _in_standing(frame["segment_then"])
    columns = _in_standing(frame["segment_now"])
    row_total = frame.groupby("segment_then")["customers"].sum()
    z = np.full((len(rows), len(columns)), np.nan)
    text = [[""] * len(columns) for _row in rows]
    hover = [[_("Nobody")] * len(columns) for _row in rows]
    for row in rows_of(frame):
        i = rows.index(row.segment_then)
        j = columns.index(row.segment_now)
        share = row.customers / row_total[row.segment_then] * 100
        z[i, j] = SIGN[row.moved] * share
        text[i][j] = f.short_number(row.customers)
        hover[i][j] = (
            f"<b>{_segment(row.segment_then, context)} → {_segment(row.segment_now, context)}</b><br>"
            + _(
                "{customers:customer|customers} ({share})",
                customers=context.formats.count(row.customers),
                share=f.percent(share),
            )
            + "<br>"
            + _("Spent before: {amount}", amount=f.money(row.monetary_then))
        )
    keys: list[list[Any]] = [[None] * len(columns) for _row in rows]
    then, now = ([_segment(s, context) for s in each] for each in (rows, columns))
    drawn = heatmap(then, now, z, hover, keys, text, Colours(BOTH_WAYS, (-60.0, 60.0)))
    drawn["layout"]["xaxis"]["title"] = {"text": _("Now")}
    drawn["layout"]["yaxis"]["title"] = {"text": _("Before"), "standoff": 10}
    return drawn


def _in_standing(names: Any) -> list[str]:
    """Segments that occur, best first, then new and gone."""
    order = {name: i for i, name in enumerate(STANDING)}
    return sorted(set(names), key=lambda n: (order.get(n, len(order)), n))


def worth(answer: Answer, context: Context) -> Figure:
    """What groups of customers are expected to bring in, the largest first. A click filters the group.

    Frame: a dimension, value (money), share (% of all)."""
    frame = answer.frame.sort_values("value", ascending=False, kind="stable")
    shown = frame[[frame.columns[0], "value", "share"]].rename(columns={"value": "revenue"})
    return ranked_bar(Answer(shown), context, label=_("Expected revenue"))
