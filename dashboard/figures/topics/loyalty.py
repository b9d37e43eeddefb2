"""Whether customers come back: new against returning, cohorts, retention."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import N_, _
from dashboard.context import Context
from dashboard.figures.base import DIM, HOVER_TEXT, Figure, Trace, figure, gaps, hatched, highest, metric_ticks, ticks
from dashboard.figures.marks import bars
from dashboard.figures.marks.heatmap import cells
from dashboard.figures.periods import Periods, periods_of, time_axis
from dashboard.figures.topics.customers import rows_of

MOST_COHORTS = 24
COLOURS = {"New": "@accent", "Returning": "@c2"}
AGAIN = {
    "month": N_("{share} of the customers of the month before<br>bought again: {some} of {all}"),
    "quarter": N_("{share} of the customers of the quarter before<br>bought again: {some} of {all}"),
    "year": N_("{share} of the customers of the year before<br>bought again: {some} of {all}"),
}


def new_returning(answer: Answer, context: Context) -> Figure:
    """Two columns per period; partial periods hatched. Orders and revenue are stacked; customers stand side by side,
    since one may be both new and returning in a period.

    Frame: period, new_or_returning, the metric chosen, share (% of revenue), days, period_days.
    """
    frame = answer.frame
    name = context.options.get("metric") or "customers"
    periods = periods_of(frame.drop_duplicates("period"), context)
    parts = {kind: frame[frame["new_or_returning"] == kind] for kind in COLOURS}
    traces = [trace for kind, part in parts.items() for trace in _columns(kind, part, name, periods, context)]
    new, returning = (part[name].to_numpy(float) for part in parts.values())
    together = name != "customers"
    tops = new + returning if together else np.maximum(new, returning)
    axis = metric_ticks(context.formats, name, 0, float(tops.max()) * 1.05 if len(tops) else 1.0)
    return figure(
        traces,
        xaxis=time_axis(periods, context),
        yaxis=axis,
        barmode="stack" if together else "group",
        showlegend=True,
        hovermode="closest",
        bargap=0.25,
        dragmode=False,
    )


def _columns(kind: str, part: pd.DataFrame, name: str, periods: Periods, context: Context) -> list[Trace]:
    """The columns of one kind, and a mark for the legend, which would show the first column's hatching."""
    f = context.formats
    colour = COLOURS[kind]
    values = part[name].to_numpy(float)
    selected = context.selected("new_or_returning")
    called = context.schema.label("new_or_returning", kind)
    hover = [
        f"<b>{_('{period}, incomplete', period=label) if partial else label}</b><br>"
        + _("{name}: {value}", name=called, value=f.metric(name, v))
        + "<br>"
        + _("{share} of revenue", share=f.percent(s))
        for label, v, s, partial in zip(periods.labels, values, part["share"], periods.partial, strict=True)
    ]
    key = {
        "type": "scatter",
        "mode": "markers",
        "name": called,
        "x": periods.starts[:1],
        "y": [None],
        "marker": {"color": colour, "symbol": "square", "size": 10},
    }
    columns = {
        "type": "bar",
        "showlegend": False,
        "x": periods.starts,
        "y": gaps(values),
        "customdata": [[kind]] * len(values),
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "marker": {
            "color": colour,
            "pattern": hatched(periods.partial, colour),
            "opacity": 1.0 if not selected or kind in selected else DIM,
        },
    }
    return [key, columns]


def new_by_channel(answer: Answer, context: Context) -> Figure:
    """Ranked bars; a mark means the channel's first orders, so it carries both values."""
    drawn = bars.ranked_bar(answer, context)
    for trace in drawn["data"]:
        trace["customdata"] = [None if k is None else [*k, "New"] for k in trace["customdata"]]
    return drawn


def cohorts(answer: Answer, context: Context) -> Figure:
    """Rows of cohorts with their size, columns of months later, and the average of all below. Cells that are not yet
    complete show dots. Month 0 is not drawn: it is the size.

    Frame: first_order_month, months_later, customers, cohort_size, rate (%). more["average"]: k, customers, rate.
    """
    frame = answer.frame
    f = context.formats
    months = sorted(frame["first_order_month"].unique())[-MOST_COHORTS:]
    part = frame[frame["first_order_month"].isin(months)]
    later = range(1, max(1, min(MOST_COHORTS, int(part["months_later"].max()))) + 1)
    rates = _by_month(part, "rate", months, later)
    counts = _by_month(part, "customers", months, later)
    average = answer.more["average"].set_index("k").reindex(later)
    sizes = part.drop_duplicates("first_order_month").set_index("first_order_month")["cohort_size"].reindex(months)
    labels = [f.period(np.datetime64(m, "D"), "month", m) for m in months]
    hover = [
        [
            f"<b>{label}</b>, {_('{later:month|months} later', later=k)}<br>"
            + _("{some} of {customers:customer|customers}", some=f.number(c), customers=context.formats.count(size))
            + f"<br>{f.percent(v, 2)}"
            for k, c, v in zip(later, counts[i], rates[i], strict=True)
        ]
        for i, (label, size) in enumerate(zip(labels, sizes, strict=True))
    ]
    hover.append(
        [
            f"<b>{_('All with complete months')}</b>, {_('{later:month|months} later', later=k)}<br>"
            + _(
                "{some} of {customers:customer|customers}",
                some=f.percent(r.rate, 2),
                customers=context.formats.count(r.customers),
            )
            for k, r in zip(later, rows_of(average), strict=True)
        ]
    )
    digits = 0 if highest(rates, 0.0) >= 10 else 1
    z = np.vstack([rates, average["rate"].to_numpy(float)])
    selected = context.selected("first_order_month")
    drawn = cells(
        z,
        [*(f"{label} · {f.number(size)}" for label, size in zip(labels, sizes, strict=True)), _("Average")],
        [str(k) for k in later],
        text=[["" if np.isnan(v) else f.percent(v, digits).removesuffix(f.percent_sign) for v in line] for line in z],
        hover=hover,
        keys=[*([[m]] * len(later) for m in months), [None] * len(later)],
        chosen=[(i, j) for i, m in enumerate(months) if m in selected for j in range(len(later))],
        across=_("Months after the first order, % of customers"),
        ordered=True,
    )
    drawn["layout"]["annotations"] = _incomplete(part, months, len(later))
    drawn["layout"]["shapes"].append(_line_above_average(len(months), len(later)))
    return drawn


def _by_month(part: pd.DataFrame, column: str, months: list[str], later: range) -> np.ndarray:
    """A row for each cohort, a column for each month later."""
    wide = part.pivot(index="first_order_month", columns="months_later", values=column)
    return wide.reindex(index=months, columns=later).to_numpy(float)


def _incomplete(part: pd.DataFrame, months: list[str], width: int) -> list[dict[str, Any]]:
    """Dots in the cells whose month is not over."""
    row = {month: i for i, month in enumerate(months)}
    unknown = part[part["rate"].isna() & part["months_later"].between(1, width)]
    font = {"size": 11, "color": "@muted"}
    return [
        {"x": int(r.months_later) - 1, "y": row[r.first_order_month], "text": "…", "showarrow": False, "font": font}
        for r in rows_of(unknown)
    ]


def _line_above_average(rows: int, width: int) -> dict[str, Any]:
    line = {"color": "@text/0.5", "width": 1}
    return {"type": "line", "x0": -0.5, "x1": width - 0.5, "y0": rows - 0.5, "y1": rows - 0.5, "line": line}


def retention(answer: Answer, context: Context) -> Figure:
    """The share of customers who came back, as a line with gaps where it is not known.

    Frame: period, retained, previous_customers, rate (%).
    """
    frame = answer.frame
    f = context.formats
    periods = periods_of(frame, context)
    values = frame["rate"].to_numpy(float)
    hover = [
        f"<b>{label}</b><br>"
        + _(
            AGAIN[periods.grain],
            share=f.percent(r.rate, 2),
            some=f.number(r.retained),
            all=f.number(r.previous_customers),
        )
        for label, r in zip(periods.labels, rows_of(frame), strict=True)
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": periods.starts,
        "y": gaps(values),
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "line": {"color": "@accent", "width": 2},
        "marker": {"color": "@accent", "size": 6},
        "connectgaps": False,
    }
    high = max(highest(values, 0.0), 0.0) or 10.0
    axis = ticks(0, high * 1.08, lambda v: f.percent(v, 0 if high > 5 else 1))
    x = time_axis(periods, context)
    return figure([line], xaxis=x, yaxis=axis, showlegend=False, hovermode="x", dragmode=False)
