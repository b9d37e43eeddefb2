"""Box plots from quantiles that were computed before: no single value reaches the browser."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import Figure, clipped, escaped, figure, opacities, text_at, ticks

STATISTICS = {
    "max": "largest",
    "p75": "upper quarter from",
    "median": "median",
    "p25": "lower quarter to",
    "min": "smallest",
}
MOST_BOXES = 24


def boxes(answer: Answer, context: Context) -> Figure:
    """A box between the quarters with the median across, whiskers to the smallest and largest. A click filters.

    Frame: the thing, lines, and min, p25, median, p75, max in money."""
    frame = answer.frame.dropna(subset=["median"]).head(MOST_BOXES)
    by = frame.columns[0]
    rows = frame.to_dict("records")
    names, keys = [value_label(by, v) for v in frame[by]], [[str(v)] for v in frame[by]]
    shown = opacities(frame[by].tolist(), context.selected(by))
    traces: list[dict[str, Any]] = []
    for i, row in enumerate(rows):
        opacity = shown[i] if isinstance(shown, list) else shown
        traces.append(
            {
                "type": "box",
                "x": [i],
                "q1": [row["p25"]],
                "median": [row["median"]],
                "q3": [row["p75"]],
                "lowerfence": [row["min"]],
                "upperfence": [row["max"]],
                "hoverinfo": "skip",
                "line": {"color": "@accent", "width": 1.5},
                "fillcolor": "@accent/0.25",
                "opacity": opacity,
                "width": 0.5,
                "customdata": [keys[i]],
            }
        )
    words = [_words(name, row, context) for name, row in zip(names, rows, strict=True)]
    # the boxes' own hover would write the numbers bare: five clear marks carry the words and the click instead
    for statistic in STATISTICS:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": list(range(len(rows))),
                "y": [r[statistic] for r in rows],
                "customdata": keys,
                "hovertext": words,
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"size": 16, "color": "@accent", "opacity": 0},
            }
        )
    medians = [r["median"] for r in rows]
    written = [context.formats.short_money(m) for m in medians]
    traces.append(text_at([i + 0.29 for i in range(len(rows))], medians, written))
    low, high = min((r["min"] for r in rows), default=0.0), max((r["max"] for r in rows), default=1.0)
    axis = {
        "tickvals": list(range(len(rows))),
        "ticktext": [escaped(clipped(n, 16)) for n in names],
        "range": [-0.6, len(rows) - 0.2],
        "showgrid": False,
    }
    return figure(
        traces,
        xaxis=axis,
        yaxis=ticks(low, high, lambda v: context.formats.short_money(v)),
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )


def _words(name: str, row: dict[Any, Any], context: Context) -> str:
    lines = [f"{word} {context.formats.money(row[statistic])}" for statistic, word in STATISTICS.items()]
    return "<br>".join([f"<b>{escaped(name)}</b>", f"{context.formats.number(row['lines'])} order lines", *lines])
