"""What drove revenue: which products, places and channels brought more or less than before."""

from __future__ import annotations

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


def drivers(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products, places and channels raised or lowered revenue? Grain: one row per value of up to three
    dimensions, of each the MOST values with the largest change.

    Columns: field, value (a place by its path), revenue, base_revenue (of the comparison; blank without one), change
    (revenue − base_revenue; 0 in the period that a value lacks; blank without a comparison), share (% of the revenue of
    all values; blank where that is not positive). Without a comparison the values with the most revenue. The values of
    a dimension are those without the filter on it, so that the others stay to be chosen. A dimension of one value, or
    none, is left out; where all are, weekdays are listed, and where the data have one of these, the frame is empty.
    """
    told = [found for fields in GROUPS if (found := _first(engine, selection, fields)) is not None]
    if not told and (found := _first(engine, selection, ELSE)) is not None:
        told = [found]
    frame = pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=list(COLUMNS))
    return Answer(frame[list(COLUMNS)].astype(dict.fromkeys(COLUMNS[2:], "float64")))


def moved(engine: Engine, selection: Resolved, field: str) -> pd.DataFrame:
    """Revenue of every value of a dimension now and in the comparison, with the change; columns as in `drivers`, most
    change first."""
    now = _revenue(engine, selection, field)
    frame = pd.DataFrame({"revenue": now, "base_revenue": np.nan, "change": np.nan})
    if selection.before is not None:
        base = _revenue(engine, selection.before, field)
        both = now.index.union(base.index)
        frame = pd.DataFrame({"revenue": now.reindex(both).fillna(0.0), "base_revenue": base.reindex(both).fillna(0.0)})
        frame["change"] = frame["revenue"] - frame["base_revenue"]
    whole = frame["revenue"].sum()
    frame["share"] = frame["revenue"] / whole * 100 if whole > 0 else np.nan
    frame = frame.rename_axis("value").reset_index().assign(field=field)
    frame["size"] = frame["change"].abs().fillna(frame["revenue"])
    return frame.sort_values(["size", "value"], ascending=[False, True], ignore_index=True).drop(columns="size")


def _first(engine: Engine, selection: Resolved, fields: tuple[str, ...]) -> pd.DataFrame | None:
    """The first of these dimensions that the data have with two values or more."""
    for field in (f for f in fields if f in engine.schema):
        frame = moved(engine, _without_own(engine, selection, field), field)
        if len(frame) > 1:
            return frame.head(MOST)
    return None


def _without_own(engine: Engine, selection: Resolved, field: str) -> Resolved:
    """The selection without the filter on the dimension, unless that is a place coarser than those that are listed."""
    if field == "place":
        depth = len(engine.schema.place_levels(""))
        places = selection.values("place")
        if places and all(len(place_parts(p)) < depth for p in places):
            return selection
    return selection.without(field)


def _revenue(engine: Engine, selection: Resolved, field: str) -> pd.Series:
    """Revenue by value; lines without one are left out."""
    levels = list(engine.schema.place_levels("")) if field == "place" else [field]
    frame = engine.aggregate(levels, ["revenue"], selection)
    if field == "place":
        values = [place_path(row) if any(row) else MISSING for row in frame[levels].itertuples(index=False)]
    else:
        values = frame[field].astype(str).tolist()
    found = pd.Series(frame["revenue"].to_numpy(float), index=pd.Index(values, dtype="str"))
    return found[found.index != MISSING]
