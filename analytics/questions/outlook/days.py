"""The history by day that forecasts, unusual days and alert rules learn from."""

from __future__ import annotations

import pandas as pd

from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.selection import Resolved


def daily(engine: Engine, selection: Resolved, metric: str) -> pd.Series:
    """The metric by day over the whole history up to the end of the range, filters applied; days without an order are
    0."""
    history = selection.at(TimeRange(selection.bounds.start, min(selection.span.end, selection.bounds.complete.end)))
    frame = engine.aggregate(["period"], [metric], history.by("day"))
    return pd.Series(frame[metric].to_numpy(float), index=pd.DatetimeIndex(frame["period"]), name=metric)


def known_events(engine: Engine) -> list[str]:
    """Days of the events table, which are neither judged nor learnt from."""
    if "events" not in engine.schema.tables:
        return []
    return [str(d)[:10] for d in engine.table("events")["date"]]
