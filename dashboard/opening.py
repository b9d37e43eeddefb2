"""The selection that a data set opens with, and what it takes over from the one before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl

from analytics.engines.base import Engine
from analytics.selection import (
    Clause,
    Selection,
    filterable,
    opening_range,
)


def default_selection(engine: Engine) -> Selection:
    """The selection that the data set opens with: what its TOML says, without the fields and values that are not the
    viewer's; where the TOML names no range, the last complete month against the month before."""
    view, profile = engine.profile.default_view, engine.profile
    selection, _ = Selection.from_query(view, filterable(engine.schema))
    clauses = tuple(clause for clause in selection.clauses if clause.field in engine.schema)
    selection = replace(selection, data=engine.name, clauses=clauses)
    if "range" not in dict(parse_qsl(view, keep_blank_values=True)):
        usual = (profile.orders_from, profile.orders_until)
        selection = replace(selection, range=opening_range(engine.bounds, profile.calendar, selection.compare, usual))
    if engine.policy and clauses:
        hidden = {field for field, _ in engine.unknown_values(engine.resolve(selection))}
        selection = replace(selection, clauses=tuple(clause for clause in clauses if clause.field not in hidden))
    return selection


def carried_over(clauses: Iterable[Clause], selection: Selection, engine: Engine) -> tuple[Selection, list[Clause]]:
    """Another data set's `selection` with the filters that held before, as far as it has their fields and values; and
    what of them it does not have."""
    left: list[Clause] = []
    for clause in clauses:
        unknown = set(clause.include + clause.exclude)
        if clause.field in filterable(engine.schema) and clause.field in engine.schema:
            unknown = {v for _, v in engine.unknown_values(engine.resolve(selection).only(clause))}
        include, exclude = (tuple(v for v in values if v not in unknown) for values in (clause.include, clause.exclude))
        kept = replace(clause, include=include, exclude=exclude)
        if kept:
            selection = selection.with_clause(kept)
        gone = tuple(tuple(v for v in values if v in unknown) for values in (clause.include, clause.exclude))
        if any(gone):
            left.append(replace(clause, include=gone[0], exclude=gone[1]))
    return selection, left
