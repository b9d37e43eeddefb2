"""The hours of a week as a heat map."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import _
from analytics.schema import VALUE_LABELS, WEEKDAYS
from dashboard.context import Context
from dashboard.figures.base import HOVER_TEXT, Figure, figure, metric_of
from dashboard.figures.marks.heatmap import MOST_OUTLINES, outline
from dashboard.text.formats import short_weekdays


def weekday_hour(answer: Answer, context: Context) -> Figure:
    """Seven rows from the data set's first weekday, 24 columns; the colour is the metric per such day. A click filters.

    Frame: weekday (0 Monday), hour, a metric, per_day.
    """
    frame = answer.frame
    name = metric_of(frame)
    write = partial(context.formats.metric, name)
    first = context.selection.calendar.week_start
    order = [(first + i) % 7 for i in range(7)]
    names = short_weekdays()
    columns = (frame["weekday"], frame["hour"], frame["per_day"], frame[name])
    cells = {(int(w), int(h)): (float(day), float(all_)) for w, h, day, all_ in zip(*columns, strict=True)}
    z = []
    hover = []
    keys = []
    for weekday in order:
        pairs = [cells.get((weekday, h)) for h in range(24)]
        z.append([None if p is None else p[0] for p in pairs])
        keys.append([[str(weekday), str(h)] for h in range(24)])
        hover.append(
            [
                f"<b>{WEEKDAYS[weekday]} {VALUE_LABELS['hour'][str(h)]}</b><br>"
                + (_("No orders") if p is None else _told(p, write))
                for h, p in enumerate(pairs)
            ]
        )
    heat = {
        "type": "heatmap",
        "x": list(range(24)),
        "y": list(range(7)),
        "z": z,
        "customdata": keys,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "colorscale": "@seq",
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
    }
    x = {
        "tickvals": list(range(24)),
        "ticktext": [VALUE_LABELS["hour"][str(h)] for h in range(24)],
        "showgrid": False,
        "zeroline": False,
    }
    y = {
        "tickvals": list(range(7)),
        "ticktext": [names[w] for w in order],
        "range": [6.5, -0.5],
        "showgrid": False,
        "zeroline": False,
    }
    return figure([heat], xaxis=x, yaxis=y, hovermode="closest", dragmode=False, shapes=_outlines(context, order))


def _told(amounts: tuple[float, float], write: Callable[..., str]) -> str:
    a_day = _("{amount} a day", amount=write(amounts[0], short=True))
    return f"{a_day}<br>" + _("{amount} in total", amount=write(amounts[1]))


def _outlines(context: Context, order: list[int]) -> list[dict[str, Any]]:
    """A border around the cells that are selected."""
    days = context.selected("weekday")
    hours = context.selected("hour")
    if not days and not hours:
        return []
    rows = [i for i, w in enumerate(order) if not days or str(w) in days]
    columns = [h for h in range(24) if not hours or str(h) in hours]
    return [outline(r, c, c) for r in rows for c in columns][:MOST_OUTLINES]
