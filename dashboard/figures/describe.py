"""A chart's text alternative: title, range and extremes in a sentence or two."""

from __future__ import annotations

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from dashboard.context import Context


def describe(answer: Answer, context: Context) -> str:
    """'Top places, revenue: 10 rows, Jan 2019 – Dec 2019. Highest San Francisco (CA) $8,254,743.55, lowest …'."""
    frame = answer.frame
    formats = context.formats
    head = f"{context.title}, {formats.span(context.selection.span)}: {len(frame)} rows."
    columns = list(frame.columns)
    name = next((c for c in columns if c in METRICS), None)
    values = np.empty(0) if name is None else frame[name].to_numpy(float)
    if name is None or np.isnan(values).all():
        return head
    dimensions = {d: frame[d].array for d in columns[: columns.index(name)]}
    ends = []
    for word, at in (("Highest", np.nanargmax(values)), ("lowest", np.nanargmin(values))):
        where = ", ".join(context.schema.label(d, of[at]) for d, of in dimensions.items())
        ends.append(f"{word} {where} {formats.metric(name, float(values[at]))}")
    return f"{head} {METRICS[name].label}: {', '.join(ends)}."
