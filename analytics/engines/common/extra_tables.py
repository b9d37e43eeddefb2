"""Extra tables beside the lines: visits under a selection, and what a viewer's policy leaves of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Grain
from analytics.errors import NotInData
from analytics.schema import HIERARCHIES, MISSING, Schema, place_path
from analytics.selection import Clause, Resolved

_OF_DATE = ("weekday", "month", "quarter", "period")


def column(table: pd.DataFrame, field: str, schema: Schema, calendar: Calendar, grain: Grain) -> pd.Series | None:
    """A dimension as a column of an extra table, as it stands in frames; None where the table does not have it."""
    if field in table and field not in ("date", "period"):
        return _text(table[field])
    if field == "place":
        parts = [n for n in HIERARCHIES["place"] if n in schema]
        if not parts or any(n not in table for n in parts):
            return None
        rows = zip(*(_text(table[n]) for n in parts), strict=True)
        return pd.Series([place_path(r) if any(r) else MISSING for r in rows], index=table.index, dtype=object)
    if field not in _OF_DATE or "date" not in table or (field == "period" and grain == "hour"):
        return None
    day = table["date"].to_numpy("datetime64[D]")
    month = day.astype("datetime64[M]").astype("int64") % 12
    if field == "weekday":
        return pd.Series((day.astype("int64") + 3) % 7, index=table.index)
    if field == "month":
        return pd.Series(month + 1, index=table.index)
    if field == "quarter":
        return pd.Series((month - (calendar.fiscal_start - 1)) % 12 // 3 + 1, index=table.index)
    begins, place = np.unique(calendar.floor(day, grain), return_inverse=True)
    return pd.Series(np.array([calendar.name(b, grain) for b in begins], dtype=object)[place], index=table.index)


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), MISSING).astype(str)


def passing(values: pd.Series, clause: Clause) -> np.ndarray:
    """Which of a column's values a clause keeps."""
    text = values.astype(str)

    def among(wanted: Iterable[str]) -> np.ndarray:
        found = text.isin(list(wanted))
        if clause.field == "place":
            for path in wanted:
                found |= text.str.startswith(path + "/") if path != MISSING else False
        return found.to_numpy(bool)

    kept = np.ones(len(text), bool)
    for values, expected in clause.conditions:
        kept &= among(values) == expected
    return kept


def visible(
    table: pd.DataFrame, name: str, policy: Iterable[Clause], schema: Schema, calendar: Calendar
) -> pd.DataFrame:
    """The rows of an extra table that a policy lets a viewer see; NotInData where the table lacks a dimension that the
    policy speaks of."""
    for clause in policy:
        values = None if clause.whole_orders else column(table, clause.field, schema, calendar, "day")
        if values is None:
            raise NotInData(
                f"the table {name!r} does not say {clause.field}, by which what you may see is limited.",
                where=f"table {name!r}",
            )
        table = table[passing(values, clause)]
    return table.reset_index(drop=True)


def sessions(
    table: pd.DataFrame, by: Sequence[str], groups: pd.DataFrame, selection: Resolved, schema: Schema
) -> np.ndarray:
    """Visits of each group; blank for all where a filter or a grouping speaks of what the table does not have."""
    blank = np.full(len(groups), np.nan)
    day = table["date"].to_numpy("datetime64[D]")
    table = table[(day >= selection.span.start) & (day < selection.span.end)]
    for clause in selection.clauses:
        values = (
            None if clause.whole_orders else column(table, clause.field, schema, selection.calendar, selection.grain)
        )
        if values is None:
            return blank
        table = table[passing(values, clause)]
    visits = table["sessions"].astype("float64")
    if not by:
        return np.array([visits.sum()])
    keys = {b: column(table, b, schema, selection.calendar, selection.grain) for b in by}
    if any(v is None for v in keys.values()):
        return blank
    if not len(table):
        return np.zeros(len(groups))
    sums = pd.DataFrame(keys).assign(sessions=visits).groupby(list(by), sort=False)["sessions"].sum()
    wanted = groups[list(by)]
    found = wanted.merge(sums.reset_index().astype({b: wanted[b].dtype for b in by}), on=list(by), how="left")[
        "sessions"
    ]
    return found.fillna(0.0).to_numpy("float64")
