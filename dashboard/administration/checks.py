"""Whether conditions on rows mean anything in the data: a mistyped value matches no row, and nothing else tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.language import _, several
from analytics.schema import FIELDS
from analytics.selection import Clause, Selection
from dashboard.answers.service import ViewerService


def unknown_values(service: ViewerService, clauses: Sequence[Clause], names: Iterable[str]) -> list[tuple[str, str]]:
    """(field, value) of the values that no visible row of any of these data sets has. A data set that lacks a field of
    the clauses does not count: its rows cannot be chosen by them."""
    missing: set[tuple[str, str]] | None = None
    for name in names:
        engine = service.engine(name)
        if any(clause.field not in engine.schema for clause in clauses):
            continue
        selection = Selection(data=name, range="all")
        for clause in clauses:
            selection = selection.with_clause(clause)
        found = set(engine.unknown_values(engine.resolve(selection)))
        missing = found if missing is None else missing & found
    if missing is None:
        missing = {(clause.field, value) for clause in clauses for value in (*clause.include, *clause.exclude)}
    return sorted(missing)


def condition(clause: Clause) -> str:
    """'Region: North', 'Channel: not wholesale'."""
    field = FIELDS.get(clause.field)
    parts = [", ".join(clause.include)] if clause.include else []
    parts += [_("not {values}", values=", ".join(clause.exclude))] if clause.exclude else []
    return _("{name}: {value}", name=_(field.label) if field else clause.field, value=several(parts))
