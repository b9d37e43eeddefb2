"""Segments of customers by recency, frequency and money: what marks them, who is in them, who moved between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.methods.customers.rfm import STANDING
from dashboard.context import Context
from dashboard.figures.base import DIM, HOVER_TEXT, PALETTE, Figure, Trace, escaped, figure, ticks
from dashboard.figures.marks.bars import ranked_bar
from dashboard.figures.marks.heatmap import BOTH_WAYS, Colours, cells, heatmap
from dashboard.figures.marks.scatter import log_ticks
from dashboard.figures.topics.customers import NAMED, names_of, rows_of, spread, with_count

MOST_POINTS = 1_500
SCORES = {"r": "Recency", "f": "Freq.", "m": "Money"}
SIGN = {"up": 1.0, "new": 0.5, "same": 0.0, "down": -1.0, "gone": -1.0}  # of the colour of a move


def segment_scores(answer: Answer, context: Context) -> Figure:
    """The mean R, F and M score of each segment. A click filters.

    Frame: rfm_segment, r, f, m (1–5), customers.
    """
    frame = answer.frame
    f = context.formats
    z = frame[list(SCORES)].to_numpy(float)
    segments = frame["rfm_segment"].tolist()
    rows = [f"{s} ({f.number(n)})" for s, n in zip(segments, frame["customers"], strict=True)]
    text = [[f.unit("ratio", v) for v in line] for line in z]
    hover = [
        [f"<b>{escaped(s)}</b><br>{label} {t} of 5" for label, t in zip(SCORES.values(), line, strict=True)]
        for s, line in zip(segments, text, strict=True)
    ]
    chosen = [(i, j) for i, s in enumerate(segments) if s in context.selected("rfm_segment") for j in range(3)]
    keys = [[[s]] * 3 for s in segments]
    return cells(
        z, rows, list(SCORES.values()), text=text, hover=hover, keys=keys, chosen=chosen, limits=(1.0, 5.0), clip=30
    )


def score_grid(answer: Answer, context: Context) -> Figure:
    """Five by five: customers by recency (up: lately) and frequency (right: often); a click filters the segment.

    Frame: r, f (1–5), rfm_segment, customers, share (%), revenue.
    """
    f = context.formats
    found = {(int(r.r), int(r.f)): r for r in rows_of(answer.frame)}
    order = [(r, q) for r in range(5, 0, -1) for q in range(1, 6)]
    z = np.array([found[p].customers if p in found else 0 for p in order], float).reshape(5, 5)
    segment = [str(found[p].rfm_segment) if p in found else "" for p in order]
    text = [
        f"<b>{f.short_number(found[p].customers)}</b><br>{_in_two(escaped(s))}" if p in found else "0"
        for p, s in zip(order, segment, strict=True)
    ]
    hover = [
        f"<b>{escaped(s)}</b><br>R {r}, F {q}<br>{f.number(found[r, q].customers)} customers, "
        f"{f.percent(found[r, q].share)}<br>Revenue {f.metric('revenue', found[r, q].revenue)}"
        if (r, q) in found
        else f"R {r}, F {q}<br>no customers"
        for (r, q), s in zip(order, segment, strict=True)
    ]
    selected = context.selected("rfm_segment")
    chosen = [(i // 5, i % 5) for i, s in enumerate(segment) if s and s in selected]
    keys: list[list[str] | None] = [[s] if s else None for s in segment]
    lines = [slice(i, i + 5) for i in range(0, 25, 5)]
    drawn = cells(
        z,
        [f"R {r}" for r in range(5, 0, -1)],
        [f"F {q}" for q in range(1, 6)],
        text=[text[s] for s in lines],
        hover=[hover[s] for s in lines],
        keys=[keys[s] for s in lines],
        chosen=chosen,
        across="frequency: seldom → often",
    )
    drawn["layout"]["yaxis"]["title"] = {"text": "recency: long ago → lately"}
    drawn["data"][0]["textfont"] |= {"size": 9.5}
    return drawn


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
        xaxis=x | {"showgrid": True, "title": {"text": "days since the last order", "standoff": 4}},
        yaxis=y | {"title": {"text": "frequency"}},
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
    hover = [
        f"<b>{escaped(names.get(r.customer, r.customer))}</b><br>{escaped(segment)} · R {r.r} F {r.f} "
        f"M {r.m}<br>last order {f.number(r.recency)} days ago<br>"
        f"frequency {f.number(r.frequency)}<br>Revenue {f.metric('revenue', r.revenue)}"
        for r in rows_of(part)
    ]
    seen = 0.75 if len(part) < 300 else 0.55
    return {
        "type": "scatter",
        "mode": "markers",
        "name": segment,
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
    text = [["" for _ in columns] for _ in rows]
    hover = [["nobody" for _ in columns] for _ in rows]
    for row in rows_of(frame):
        i = rows.index(row.segment_then)
        j = columns.index(row.segment_now)
        share = row.customers / row_total[row.segment_then] * 100
        z[i, j] = SIGN[row.moved] * share
        text[i][j] = f.short_number(row.customers)
        hover[i][j] = (
            f"<b>{row.segment_then} → {row.segment_now}</b><br>{f.number(row.customers)} customers "
            f"({f.percent(share)})<br>spent before {f.money(row.monetary_then)}"
        )
    keys: list[list[Any]] = [[None for _ in columns] for _ in rows]
    drawn = heatmap(rows, columns, z, hover, keys, text, Colours(BOTH_WAYS, (-60.0, 60.0)))
    drawn["layout"]["xaxis"] |= {"tickangle": -35, "title": {"text": "now"}}
    drawn["layout"]["yaxis"]["title"] = {"text": "then", "standoff": 10}
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
    return ranked_bar(Answer(shown), context)
