"""Any metrics by any dimensions: the question that programs ask."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.questions.overview import under_product_filter
from analytics.questions.trends import partial_notes, period_days
from analytics.selection import Resolved


def table(
    engine: Engine, selection: Resolved, options: Options, *, metrics: Sequence[str], by: Sequence[str], order: str = ""
) -> Answer:
    """Metrics in total, or by dimensions. Grain: one row per combination of `by` that has lines; one row without any.

    Columns: the dimensions, the metrics, and base_<metric> where there is a comparison and `period` is not among the
    dimensions (blank for a combination that the comparison lacks). Rows are sorted by the dimensions, or by the metric
    `order` from the greatest down. Notes name periods that the data do not fill, and what order figures mean under a
    filter of lines. Raises NotInData for a metric whose fields the data lack.
    """
    frame = engine.aggregate(by, metrics, selection, order=order or None)
    notes = under_product_filter(engine, selection)
    if "period" in by:
        days = engine.aggregate(["period"], ["days"], selection)
        days["period_days"] = period_days(selection, selection.grain, len(days))
        return Answer(frame, (*partial_notes(days, selection), *notes))
    before = selection.before
    if before is None:
        return Answer(frame, notes)
    base = engine.aggregate(by, metrics, before).rename(columns={name: f"base_{name}" for name in metrics})
    if by:
        return Answer(frame.merge(base, on=list(by), how="left"), notes)
    return Answer(pd.concat([frame, base], axis=1), notes)
