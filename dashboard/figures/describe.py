"""A chart's text alternative: title, range and extremes in a sentence or two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from analytics.answer import Answer
from analytics.calendar import period_label
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.topics.segments import OUTSIDE
from dashboard.figures.topics.waterfall import step_labels

DAYS: Final = ("period", "first_order_month")  # columns with names of the calendar
OWN: Final = ("discount_band",)  # columns whose values are words of ours
SAME: Final = {  # columns with values of another field
    "with_product": "product",
    "because_of": "product",
    "anchor": "product",
    "add_on": "product",
    "segment_then": "rfm_segment",
    "segment_now": "rfm_segment",
}
ISO: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def describe(answer: Answer, context: Context) -> str:
    """'Top places, Jan 2019 – Dec 2019: 10 rows. Revenue: highest San Francisco $8,254,743.55, lowest …'."""
    frame = answer.frame
    formats = context.formats
    span = formats.span(context.selection.span)
    head = _(
        "{title}, {span}: {rows:row|rows}.", title=context.title, span=span, rows=context.formats.count(len(frame))
    )
    columns = list(frame.columns)
    name = next((c for c in columns if c in METRICS), None)
    values = np.empty(0) if name is None else frame[name].to_numpy(float)
    if name is None or np.isnan(values).all():
        return head
    dimensions = columns[: columns.index(name)]
    ends = []
    for at in (np.nanargmax(values), np.nanargmin(values)):
        where = ", ".join(_where({d: frame[d].array[at] for d in dimensions}, context))
        ends.append(f"{where} {formats.metric(name, float(values[at]))}".strip())
    told = _("{metric}: highest {most}, lowest {least}.", metric=METRICS[name].label, most=ends[0], least=ends[1])
    return f"{head} {told}"


def _where(cells: Mapping[str, object], context: Context) -> list[str]:
    """What the columns before a number say of its row, as people read it: values of dimensions, days and steps, each
    once. Numbers of a chart's own and what only sorts its rows are left out, except for the first column."""
    told: list[str] = []
    for at, (column, value) in enumerate(cells.items()):
        field = str(cells.get("field")) if column == "value" else SAME.get(column, column)
        if column == "field":  # of the value that follows
            continue
        if column in DAYS:
            text = _time(str(value), context)
        elif column == "step":
            text = step_labels([str(value)], context)[0]
        elif column in OWN or value in OUTSIDE:
            text = _(str(value).replace(" %", "%"))  # answers name a band "5 to 10 %", messages write no space
        elif field in context.schema or (not at and not isinstance(value, float)):
            text = context.schema.label(field, value)
        else:
            continue
        if text not in told:
            told.append(text)
    return told


def _time(name: str, context: Context) -> str:
    """'1 Dec 2025' for 2025-12-01, 'Dec 2025' for 2025-12; the calendar's own name for any other period."""
    if not ISO.fullmatch(name):
        return context.formats.hour(name) if "T" in name else period_label(name)
    return context.formats.period(np.datetime64(name, "D"), "month" if len(name) == 7 else "day", name)
