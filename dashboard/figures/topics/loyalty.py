"""Whether customers come back: new against returning, cohorts, retention."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.calendar import Grain
from dashboard.context import Context
from dashboard.figures.base import DIM, Figure, figure, gaps, hatched, ticks
from dashboard.figures.marks import bars
from dashboard.figures.marks.cells import cells
from dashboard.figures.topics.customers import rows_of
from dashboard.figures.topics.series import period_days, period_words, time_axis

MOST_COHORTS = 24


def new_returning(answer: Answer, context: Context) -> Figure:
    """Two columns a period; partial periods hatched. Orders and revenue stand on each other; customers beside, as one
    may be both.
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
                    "pattern": hatched(partial, colour),
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
    """Rows of cohorts, columns of months later; month 0 is left to the row's name. What is not seen to its end is
    marked with dots.
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
