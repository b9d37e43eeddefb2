"""What drove revenue: which products, places and channels brought more or less than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.schema import MISSING, place_parts, place_path
from analytics.selection import Resolved

GROUPS = (  # of each, the first dimension with two values or more
    ("product", "brand", "category"),
    ("place",),
    ("channel", "segment", "payment_method", "deal_size", "new_or_returning", "category"),
)
ELSE = ("weekday",)  # where the data have none of these
MOST = 50  # values of a dimension
COLUMNS = ("field", "value", "revenue", "base_revenue", "change", "share")


@dataclass(frozen=True)
class Moves:
    """The values of a dimension with their revenue now, in the comparison, the change and the share, as `drivers` has
    them: an array each, of the same length. Arrays, because a frame takes longer to put together than its numbers."""

    values: list[str]
    revenue: np.ndarray
    base_revenue: np.ndarray
    change: np.ndarray
    share: np.ndarray

    def taken(self, rows: np.ndarray) -> Moves:
        """These rows alone, in this order."""
        numbers = (self.revenue, self.base_revenue, self.change, self.share)
        return Moves([self.values[row] for row in rows], *(column[rows] for column in numbers))


def drivers(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products, places and channels raised or lowered revenue? Grain: one row per value of up to three
    dimensions, of each the MOST values with the largest change.

    Columns: field, value (a place by its path), revenue, base_revenue (of the comparison; blank without one), change
    (revenue − base_revenue; 0 in the period that a value lacks; blank without a comparison), share (% of the revenue of
    all values; blank where that is not positive). Without a comparison the values with the most revenue. Of a
    dimension that is filtered, the values of the filter; where that is a single one it comes first, then the others, so
    that they stay to be chosen. A dimension of one value, or none, is left out; where all are, weekdays are listed, and
    where the data have one of these, the frame is empty.
    """
    listed = [found for fields in GROUPS if (found := _first(engine, selection, fields)) is not None]
    if not listed and (found := _first(engine, selection, ELSE)) is not None:
        listed = [found]
    columns: dict[str, Any] = {
        "field": np.repeat([field for field, _ in listed], [len(moves.values) for _, moves in listed]).astype(object),
        "value": [value for _, moves in listed for value in moves.values],
    }
    for name in COLUMNS[2:]:
        columns[name] = np.concatenate([np.empty(0), *(getattr(moves, name) for _, moves in listed)])
    return Answer(pd.DataFrame(columns).astype(dict.fromkeys(COLUMNS[:2], "str")))


def moved(engine: Engine, selection: Resolved, field: str) -> Moves:
    """Revenue of every value of a dimension now and in the comparison, with the change, most change first; values that
    moved alike by name."""
    now = _revenue(engine, selection, field)
    before = {} if selection.before is None else _revenue(engine, selection.before, field)
    values = sorted({**now, **before})
    revenue, base = (np.array([each.get(value, 0.0) for value in values], "float64") for each in (now, before))
    if selection.before is None:
        base = np.full(len(values), np.nan)
    whole = float(revenue.sum())
    share = revenue / whole * 100 if whole > 0 else np.full(len(values), np.nan)
    moves = Moves(values, revenue, base, revenue - base, share)
    size = revenue if selection.before is None else np.abs(moves.change)
    return moves.taken(np.argsort(-size, kind="stable"))


def _first(engine: Engine, selection: Resolved, fields: tuple[str, ...]) -> tuple[str, Moves] | None:
    """The first of these dimensions that the data have with two values or more, and what moved there."""
    for field in (f for f in fields if f in engine.schema):
        sole = _sole(engine, selection, field)
        moves = moved(engine, selection.without(field) if sole else selection, field)
        if len(moves.values) > 1:
            others = np.array([value != sole for value in moves.values])
            return field, moves.taken(np.argsort(others, kind="stable")[:MOST])
    return None


def _sole(engine: Engine, selection: Resolved, field: str) -> str:
    """The one value of the dimension that a filter leaves, "" where it leaves others or there is none: also where it
    names a place coarser than those that are listed."""
    clause = next((c for c in selection.clauses if c.field == field), None)
    if clause is None or clause.exclude or len(clause.include) != 1:
        return ""
    value = clause.include[0]
    is_coarser = field == "place" and len(place_parts(value)) < len(engine.schema.place_levels(""))
    return "" if is_coarser else value


def _revenue(engine: Engine, selection: Resolved, field: str) -> dict[str, float]:
    """Revenue by value; lines without one are left out."""
    levels = list(engine.schema.place_levels("")) if field == "place" else [field]
    frame = engine.aggregate(levels, ["revenue"], selection)
    columns = [frame[level].astype(str).tolist() for level in levels]
    if field == "place":
        values = [place_path(row) if any(row) else MISSING for row in zip(*columns, strict=True)]
    else:
        values = columns[0]
    found = dict(zip(values, frame["revenue"].to_numpy(float).tolist(), strict=True))
    found.pop(MISSING, None)
    return found
