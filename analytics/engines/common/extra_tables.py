"""Extra tables: sums over them under a selection, and the rows that a policy lets a viewer see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Grain
from analytics.errors import NotInData
from analytics.language import N_
from analytics.schema import HIERARCHIES, MISSING, Schema, place_path
from analytics.selection import Clause, Resolved


def column(table: pd.DataFrame, field: str, schema: Schema, calendar: Calendar, grain: Grain) -> pd.Series | None:
    """A dimension as a column of an extra table, with the values that frames have; None where the table lacks it."""
    if field in table and field not in ("date", "period"):
        return _text(table[field])
    if field == "place":
        return _places(table, schema)
    return _of_date(table, field, calendar, grain) if "date" in table else None


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), MISSING).astype(str)


def _places(table: pd.DataFrame, schema: Schema) -> pd.Series | None:
    """The path of each row's place, of the levels that the data set has; None where the table lacks one of them."""
    levels = [n for n in HIERARCHIES["place"] if n in schema]
    if not levels or any(n not in table for n in levels):
        return None
    rows = zip(*(_text(table[n]) for n in levels), strict=True)
    return pd.Series([place_path(r) if any(r) else MISSING for r in rows], index=table.index, dtype=object)


def _of_date(table: pd.DataFrame, field: str, calendar: Calendar, grain: Grain) -> pd.Series | None:
    """A dimension that the date decides; None for any other field, and for periods of an hour."""
    day = table["date"].to_numpy("datetime64[D]")
    month = day.astype("datetime64[M]").astype("int64") % 12
    if field == "weekday":
        return pd.Series((day.astype("int64") + 3) % 7, index=table.index)
    if field == "month":
        return pd.Series(month + 1, index=table.index)
    if field == "quarter":
        return pd.Series((month - (calendar.fiscal_start - 1)) % 12 // 3 + 1, index=table.index)
    if field != "period" or grain == "hour":
        return None
    begins, which = np.unique(calendar.floor(day, grain), return_inverse=True)
    names = np.array([calendar.name(b, grain) for b in begins], dtype=object)
    return pd.Series(names[which], index=table.index)


def passing(values: pd.Series, clause: Clause) -> np.ndarray:
    """Which of a column's values a clause keeps."""
    text = values.astype(str)
    kept = np.ones(len(text), bool)
    for wanted, expected in clause.conditions:
        found = text.isin(list(wanted))
        if clause.field == "place":
            for path in wanted:
                found |= text.str.startswith(path + "/") if path != MISSING else False
        kept &= found.to_numpy(bool) == expected
    return kept


def visible(
    table: pd.DataFrame, name: str, policy: Iterable[Clause], schema: Schema, calendar: Calendar
) -> pd.DataFrame:
    """The rows of an extra table that a policy lets a viewer see; NotInData where a clause of the policy is about a
    dimension that the table lacks."""
    for clause in policy:
        values = None if clause.whole_orders else column(table, clause.field, schema, calendar, "day")
        if values is None:
            raise NotInData(
                N_(
                    "the table {table} has no field {field}, which limits what you may see.",
                    table=name,
                    field=clause.field,
                ),
                where=f"table {name!r}",
            )
        table = table[passing(values, clause)]
    return table.reset_index(drop=True)


def summed(
    table: pd.DataFrame,
    name: str,
    by: Sequence[str],
    groups: pd.DataFrame,
    selection: Resolved,
    schema: Schema,
) -> np.ndarray:
    """The sum of one column of an extra table for each of `groups`, which have the columns `by`; blank for all of them
    where a clause or a grouping is about a dimension that the table lacks."""
    blank = np.full(len(groups), np.nan)
    selected = _selected(table, selection, schema)
    if selected is None:
        return blank
    numbers = selected[name].astype("float64")
    if not by:
        return np.array([numbers.sum()])
    keys = {b: column(selected, b, schema, selection.calendar, selection.grain) for b in by}
    if any(v is None for v in keys.values()):
        return blank
    if not len(selected):
        return np.zeros(len(groups))
    sums = pd.DataFrame(keys).assign(total=numbers).groupby(list(by), sort=False)["total"].sum().reset_index()
    wanted = groups[list(by)]
    found = wanted.merge(sums.astype({b: wanted[b].dtype for b in by}), on=list(by), how="left")
    return found["total"].fillna(0.0).to_numpy("float64")


def _selected(table: pd.DataFrame, selection: Resolved, schema: Schema) -> pd.DataFrame | None:
    """The rows of the selection's range that its clauses keep; None where a clause cannot be judged by the table."""
    day = table["date"].to_numpy("datetime64[D]")
    table = table[(day >= selection.span.start) & (day < selection.span.end)]
    for clause in selection.clauses:
        judged = not clause.whole_orders
        values = column(table, clause.field, schema, selection.calendar, selection.grain) if judged else None
        if values is None:
            return None
        table = table[passing(values, clause)]
    return table
