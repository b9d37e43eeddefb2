"""Whether customers come back: segments of recency and frequency, cohorts, retention, new against returning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.calendar import Grain
from analytics.methods.rfm import STANDING
from dashboard.context import Context
from dashboard.figures import bars
from dashboard.figures.base import DIM, PALETTE, Figure, escaped, figure, gaps, ticks
from dashboard.figures.cells import cells
from dashboard.figures.customers import NAMED, customer_names, rows_of, spread, with_count
from dashboard.figures.matrix import BOTH_WAYS, heatmap
from dashboard.figures.scatter import log_ticks
from dashboard.figures.series import period_days, period_words, time_axis

MOST_POINTS = 1_500
MOST_COHORTS = 24
SCORES = {"r": "Recency", "f": "Freq.", "m": "Money"}


def segment_scores(answer: Answer, context: Context) -> Figure:
    """Mean R, F and M score of each segment."""
    frame, f = answer.frame, context.formats
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
    """Five by five:

    customers by recency (up: lately) and frequency (right: often); a click filters the cell's segment.
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
    picture = cells(
        z,
        [f"R {r}" for r in range(5, 0, -1)],
        [f"F {q}" for q in range(1, 6)],
        text=[text[s] for s in lines],
        hover=[hover[s] for s in lines],
        keys=[keys[s] for s in lines],
        chosen=chosen,
        across="frequency: seldom → often",
    )
    picture["layout"]["yaxis"]["title"] = {"text": "recency: long ago → lately"}
    picture["data"][0]["textfont"] |= {"size": 9.5}
    return picture


def _in_two(name: str) -> str:
    """A long name on two lines."""
    return name.replace(" ", "<br>", 1) if len(name) > 9 else name


def recency_frequency(answer: Answer, context: Context) -> Figure:
    """A point a customer, coloured by segment;

    of many customers as many as can be told apart, spread evenly from most to least revenue.
    """
    frame, f = answer.frame, context.formats
    part = spread(frame, MOST_POINTS)
    names = customer_names(part.head(NAMED)) if "customer_name" in part else {}
    chosen = set(context.selected("customer"))
    segments = [s for s in STANDING if s in set(part["rfm_segment"])]
    traces = [
        _segment_points(part[part["rfm_segment"] == s], s, i, names, chosen, context) for i, s in enumerate(segments)
    ]
    low, high = float(part["frequency"].min()), float(part["frequency"].max())
    y = log_ticks(low, high, f.number) if high > 12 else ticks(0, high * 1.05, f.number)
    x = ticks(0, float(part["recency"].max()) * 1.02, f.number)
    picture = figure(
        traces,
        xaxis=x | {"showgrid": True, "title": {"text": "days since the last order", "standoff": 4}},
        yaxis=y | {"title": {"text": "frequency"}},
        showlegend=True,
        hovermode="closest",
        dragmode="select",
        legend={"y": -0.2, "yanchor": "top", "font": {"size": 10.5}, "entrywidth": 108, "entrywidthmode": "pixels"},
    )
    return with_count(picture, len(part), len(frame), context)


def _segment_points(
    part: pd.DataFrame, segment: str, number: int, names: dict[str, str], chosen: set[str], context: Context
) -> dict[str, Any]:
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
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "marker": {
            "color": PALETTE[number % len(PALETTE)],
            "symbol": "circle" if number < len(PALETTE) else "diamond",
            "size": 7,
            "opacity": [seen if not chosen or c in chosen else DIM * seen for c in part["customer"]]
            if chosen
            else seen,
            "line": {"color": "@card", "width": 0.5},
        },
    }


def new_returning(answer: Answer, context: Context) -> Figure:
    """Two columns a period;

    partial periods hatched. Orders and revenue stand on each other; customers beside, as one may be both.
    """
    frame = answer.frame
    name = context.options.get("metric") or "customers"
    periods = frame.drop_duplicates("period")
    days = period_days(periods["period"], context)
    words = period_words(days, periods["period"], context)
    partial = (periods["days"] < periods["period_days"]).to_numpy()
    selected = context.selected("new_or_returning")
    traces, tops = [], []
    for kind, colour in (("New", "@accent"), ("Returning", "@c2")):
        mine = frame[frame["new_or_returning"] == kind]
        values = mine[name].to_numpy(float)
        tops.append(values)
        hover = [
            f"<b>{w}</b>{' (partial)' if p else ''}<br>{kind}: "
            f"{context.formats.metric(name, v)}<br>{context.formats.percent(s)} of revenue"
            for w, v, s, p in zip(words, values, mine["share"], partial, strict=True)
        ]
        pattern = {
            "shape": ["/" if p else "" for p in partial],
            "fgcolor": colour,
            "bgcolor": "@card",
            "size": 5,
            "solidity": 0.35,
        }
        # the legend would show the first column's hatching
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": kind,
                "x": days[:1].tolist(),
                "y": [None],
                "marker": {"color": colour, "symbol": "square", "size": 10},
            }
        )
        traces.append(
            {
                "type": "bar",
                "showlegend": False,
                "x": days.tolist(),
                "y": gaps(values),
                "customdata": [[kind]] * len(values),
                "hovertext": hover,
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {
                    "color": colour,
                    "pattern": pattern,
                    "opacity": 1.0 if not selected or kind in selected else DIM,
                },
            }
        )
    together = name != "customers"
    stacked = tops[0] + tops[1] if together else np.maximum(*tops)
    axis = ticks(0, float(stacked.max()) * 1.05 if len(stacked) else 1.0, lambda v: context.formats.tick(name, v))
    return figure(
        traces,
        xaxis=time_axis(days, words, context),
        yaxis=axis,
        barmode="stack" if together else "group",
        showlegend=True,
        hovermode="closest",
        bargap=0.25,
        dragmode=False,
    )


def new_by_channel(answer: Answer, context: Context) -> Figure:
    """Ranked bars; a mark means the channel's first orders, so it carries both values."""
    picture = bars.ranked_bar(answer, context)
    for trace in picture["data"]:
        trace["customdata"] = [None if k is None else [*k, "New"] for k in trace["customdata"]]
    return picture


def cohorts(answer: Answer, context: Context) -> Figure:
    """Rows of cohorts, columns of months later;

    month 0 is left to the row's name. What is not seen to its end is marked with dots.
    """
    frame, f = answer.frame, context.formats
    months = sorted(frame["first_order_month"].unique())[-MOST_COHORTS:]
    part = frame[frame["first_order_month"].isin(months)]
    width = max(1, min(MOST_COHORTS, int(part["months_later"].max())))
    table = part.pivot(index="first_order_month", columns="months_later", values="rate").reindex(
        index=months, columns=range(1, width + 1)
    )
    counts = (
        part.pivot(index="first_order_month", columns="months_later", values="customers")
        .reindex(index=months, columns=range(1, width + 1))
        .to_numpy(float)
    )
    sizes = part.drop_duplicates("first_order_month").set_index("first_order_month")["cohort_size"].reindex(months)
    z = table.to_numpy(float)
    average = answer.more["average"].set_index("k").reindex(range(1, width + 1))
    words = [f.period(np.datetime64(m, "D"), "month", m) for m in months]
    rows = [f"{w} · {f.number(n)}" for w, n in zip(words, sizes, strict=True)]
    digits = 0 if np.nanmax(np.append(z, 0.0)) >= 10 else 1
    number = lambda v: "" if np.isnan(v) else f.percent(v, digits).removesuffix(" %")  # noqa: E731
    text = [[number(v) for v in line] for line in z]
    hover = [
        [
            f"<b>{w}</b>, {k} months later<br>{f.number(c)} of {f.number(n)} customers<br>{f.percent(v, 2)}"
            for k, c, v in zip(range(1, width + 1), counts[i], z[i], strict=True)
        ]
        for i, (w, n) in enumerate(zip(words, sizes, strict=True))
    ]
    z = np.vstack([z, average["rate"].to_numpy(float)])
    text.append([number(v) for v in average["rate"]])
    hover.append(
        [
            f"<b>All cohorts seen that long</b>, {k} months later<br>{f.percent(r.rate, 2)} of "
            f"{f.number(r.customers)} customers"
            for k, r in zip(range(1, width + 1), rows_of(average), strict=True)
        ]
    )
    keys: list[Any] = [*([[m]] * width for m in months), [None] * width]
    chosen = [(i, j) for i, m in enumerate(months) if m in context.selected("first_order_month") for j in range(width)]
    picture = cells(
        z,
        [*rows, "Average"],
        [str(k) for k in range(1, width + 1)],
        text=text,
        hover=hover,
        keys=keys,
        chosen=chosen,
        across="months later, % of the cohort",
    )
    partial = part[part["rate"].isna() & part["months_later"].between(1, width)]
    place = {m: i for i, m in enumerate(months)}
    picture["layout"]["annotations"] = [
        {
            "x": int(r.months_later) - 1,
            "y": place[r.first_order_month],
            "text": "…",
            "showarrow": False,
            "font": {"size": 11, "color": "@muted"},
        }
        for r in rows_of(partial)
    ]
    line = {"color": "@text/0.5", "width": 1}
    picture["layout"]["shapes"] += [
        {"type": "line", "x0": -0.5, "x1": width - 0.5, "y0": len(months) - 0.5, "y1": len(months) - 0.5, "line": line}
    ]
    return picture


def retention(answer: Answer, context: Context) -> Figure:
    """The share that came back, a line with gaps where it is not known."""
    frame, f = answer.frame, context.formats
    grain: Grain = context.options.get("by") or "month"  # type: ignore[assignment]
    starts = context.selection.calendar.starts(context.selection.span, grain)[: len(frame)]
    words = [f.period(s, grain, str(p)) for s, p in zip(starts, frame["period"], strict=True)]
    values = frame["rate"].to_numpy(float)
    hover = [
        f"<b>{w}</b><br>{f.percent(r.rate, 2)}: {f.number(r.retained)} of "
        f"{f.number(r.previous_customers)}<br>customers of the {grain} before bought again"
        for w, r in zip(words, rows_of(frame), strict=True)
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": starts.astype(str).tolist(),
        "y": gaps(values),
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "line": {"color": "@accent", "width": 2},
        "marker": {"color": "@accent", "size": 6},
        "connectgaps": False,
    }
    known = values[np.isfinite(values)]
    high = float(known.max()) if len(known) and known.max() > 0 else 10.0
    axis = ticks(0, high * 1.08, lambda v: f.percent(v, 0 if high > 5 else 1))
    x = time_axis(starts.astype(str), words, context, grain)
    return figure([line], xaxis=x, yaxis=axis, showlegend=False, hovermode="x", dragmode=False)


def migration(answer: Answer, context: Context) -> Figure:
    """Segments then (rows) against now (columns): customers in each cell, ups and downs in different colours."""
    frame, f = answer.frame, context.formats
    rows, columns = _in_standing(frame["segment_then"]), _in_standing(frame["segment_now"])
    sign = {"up": 1.0, "same": 0.0, "new": 0.5, "down": -1.0, "gone": -1.0}
    row_total = frame.groupby("segment_then")["customers"].sum()
    z = np.full((len(rows), len(columns)), np.nan)
    text = [["" for _ in columns] for _ in rows]
    hover = [["nobody" for _ in columns] for _ in rows]
    for then, now, moved, customers, before in zip(
        *(frame[c] for c in ("segment_then", "segment_now", "moved", "customers", "monetary_then")), strict=True
    ):
        i, j = rows.index(then), columns.index(now)
        share = customers / row_total[then] * 100
        z[i, j] = sign[moved] * share if moved != "same" else 0.0
        text[i][j] = f.short_number(customers)
        hover[i][j] = (
            f"<b>{then} → {now}</b><br>{f.number(customers)} customers ({f.percent(share)})"
            f"<br>spent before {f.money(before)}"
        )
    keys: list[list[Any]] = [[None for _ in columns] for _ in rows]
    picture = heatmap(rows, columns, z, hover, keys, text, colours=BOTH_WAYS, limits=(-60.0, 60.0))
    picture["layout"]["xaxis"] |= {"tickangle": -35, "title": {"text": "now"}}
    picture["layout"]["yaxis"]["title"] = {"text": "then", "standoff": 10}
    return picture


def _in_standing(names: Any) -> list[str]:
    """Segments that occur, best first, then new and gone."""
    order = {name: i for i, name in enumerate(STANDING)}
    return sorted(set(names), key=lambda n: (order.get(n, len(order)), n))
