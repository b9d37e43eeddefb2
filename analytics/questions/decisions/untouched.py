"""What a decision left untouched: the other values of the field that it was about, day by day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.schema import place_parts, place_path
from analytics.selection import Clause, Resolved

MOST_CONTROLS = 30  # untouched values, those with most of the metric


def untouched(
    engine: Engine, others: Resolved, clause: Clause, metric: str, decided: np.datetime64, touched: tuple[str, ...]
) -> tuple[list[str], np.ndarray]:
    """The values that the clause leaves out, the largest ones of the days before `decided`, and their days (values ×
    days). `touched` values are left out too."""
    by = _levels(engine, clause)
    aside = (*clause.include, *touched)
    totals = engine.aggregate(by, [metric], others.at(TimeRange(others.span.start, decided)))
    if totals.empty:
        return [], np.empty((0, others.span.days))
    totals["value"] = _values(totals, by, clause.field)
    left = ~totals["value"].map(lambda v: _among(clause.field, v, aside))
    if clause.exclude:
        left &= totals["value"].map(lambda v: _among(clause.field, v, clause.exclude))
    largest = totals[left & (totals["value"] != "")].nlargest(MOST_CONTROLS, metric)
    names = [str(v) for v in largest["value"]]
    if not names:
        return [], np.empty((0, others.span.days))
    kept = others.only(*others.clauses, Clause(clause.field, tuple(names)))
    frame = engine.aggregate([*by, "period"], [metric], kept)
    frame["value"] = _values(frame, by, clause.field)
    grouped = dict(iter(frame.groupby("value", sort=False)))
    days = [by_day(grouped[name], metric, others.span) for name in names if name in grouped]
    return [name for name in names if name in grouped], np.array(days)


def _levels(engine: Engine, clause: Clause) -> list[str]:
    """The dimensions that name the values of the clause: of places, the levels down to the finest that it names."""
    if clause.field != "place":
        return [clause.field]
    depth = max(len(place_parts(v)) for v in (*clause.include, *clause.exclude))
    return list(engine.schema.place_levels()[:depth])


def _values(frame: pd.DataFrame, by: list[str], field: str) -> pd.Series:
    if field != "place":
        return frame[by[0]].astype(str)
    return pd.Series([place_path(row) for row in frame[by].itertuples(index=False)], index=frame.index, dtype=object)


def _among(field: str, value: str, wanted: tuple[str, ...]) -> bool:
    """Whether the value is one of these, or a place that shares lines with one of them."""
    if field != "place":
        return value in wanted
    parts = place_parts(value)
    return any(all(a == b for a, b in zip(parts, place_parts(w), strict=False)) for w in wanted)


def by_day(frame: pd.DataFrame, metric: str, span: TimeRange) -> np.ndarray:
    """The metric of each day of the range; refunds may bring one below 0, which counts as 0."""
    days = np.zeros(span.days)
    at = (frame["period"].to_numpy(str).astype("datetime64[D]") - span.start).astype(int)
    days[at] = frame[metric].to_numpy(float)
    return np.clip(np.nan_to_num(days), 0, None)
