"""A chart's text alternative: title, range and extremes in a sentence or two."""

from __future__ import annotations

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context


def describe(answer: Answer, context: Context) -> str:
    """'Top places, revenue: 10 rows, Jan 2019 – Dec 2019. Highest San Francisco (CA) $8,254,743.55, lowest …'."""
    frame, formats = answer.frame, context.formats
    head = f"{context.title}, {formats.span(context.selection.span)}: {len(frame)} rows."
    name = next((c for c in frame.columns if c in METRICS), None)
    if name is None or frame[name].dropna().empty:
        return head
    dimensions = list(frame.columns[: list(frame.columns).index(name)])
    ends = []
    values = frame[name].to_numpy(float)
    for word, at in (("Highest", np.nanargmax(values)), ("lowest", np.nanargmin(values))):
        where = ", ".join(value_label(d, frame[d].iloc[at]) for d in dimensions)
        ends.append(f"{word} {where} {formats.metric(name, float(values[at]))}")
    return f"{head} {METRICS[name].label}: {', '.join(ends)}."
