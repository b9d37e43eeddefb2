"""Selections as text: what exports, reports and explanations say about the rows that a figure stands for."""

from __future__ import annotations

from analytics.engines.base import Engine
from analytics.schema import Schema
from analytics.selection import Clause, Resolved
from dashboard.text.formats import formats_of


def clause_text(clause: Clause, schema: Schema) -> str:
    """'City: Boston, Dallas', 'Product: not iPhone', 'Orders with product: iPhone'."""
    label = schema[clause.field].label
    head = f"Orders with {label.lower()}" if clause.whole_orders else label
    parts = [", ".join(schema.label(clause.field, v) for v in clause.include)] if clause.include else []
    parts += [f"not {', '.join(schema.label(clause.field, v) for v in clause.exclude)}"] if clause.exclude else []
    return f"{head}: {'; '.join(parts)}"


def head_of(selection: Resolved, engine: Engine) -> str:
    """What stands on top of every printed page: 'Quillmere · May 2025 · compared with April 2025 · City: Boston'."""
    f = formats_of(engine.profile)
    compared = f"compared with {f.span(selection.base)}" if selection.base else ""
    filters = "; ".join(clause_text(c, engine.schema) for c in selection.clauses)
    return " · ".join(filter(None, [engine.profile.title, f.span(selection.span), compared, filters]))


def _side_by_side(selection: Resolved, schema: Schema) -> list[tuple[str, str]]:
    """Which values stand side by side, where some do."""
    names = [schema.label(selection.versus, value) for value, _ in selection.sides]
    return [("Side by side", " vs ".join(names))] if names else []


def selection_facts(selection: Resolved, engine: Engine) -> list[tuple[str, str]]:
    """Everything that says which rows a figure stands for, as (label, text) pairs."""
    profile = engine.profile
    quality = engine.quality
    f = formats_of(profile)
    left_out = []
    if quality is not None:
        reasons = "; ".join(f"{x.rows} {x.label}" for x in quality.findings if x.effect == "left out")
        left_out = [("Rows left out at loading", reasons or "none")]
    return [
        ("Data set", profile.title),
        ("Time range", f"{f.span(selection.span)} ({selection.span.start} up to, not including, {selection.span.end})"),
        ("Compared with", f.span(selection.base) if selection.base else "nothing"),
        ("Grain", selection.grain),
        ("Filters", "; ".join(clause_text(c, engine.schema) for c in selection.clauses) or "none"),
        *_side_by_side(selection, engine.schema),
        ("Data through", f.day(engine.bounds.complete.last)),
        ("Loaded", f"{engine.loaded_at[:19].replace('T', ' ')} UTC"),
        ("Time zone", profile.time_zone),
        ("Currency", profile.currency),
        *left_out,
        ("Data version", engine.version),
    ]
