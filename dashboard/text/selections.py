"""Selections as text: what exports, reports and explanations say about the rows that a figure stands for."""

from __future__ import annotations

from analytics.engines.base import Engine
from analytics.language import N_, _, several
from analytics.schema import Schema
from analytics.selection import GRAIN_LABELS, Clause, Resolved
from dashboard.text.formats import formats_of
from dashboard.text.quality_words import label_of


def clause_text(clause: Clause, schema: Schema) -> str:
    """'City: Boston, Dallas', 'Product: not iPhone', 'Orders with product: iPhone'."""
    label = schema[clause.field].label
    head = _("Orders with {field}", field=label.lower()) if clause.whole_orders else label
    included, excluded = (
        ", ".join(schema.label(clause.field, v) for v in values) for values in (clause.include, clause.exclude)
    )
    parts = [included] if included else []
    parts += [_("not {values}", values=excluded)] if excluded else []
    return _("{field}: {values}", field=head, values=several(parts))


def value_text(clause: Clause, value: str, excluded: bool, schema: Schema) -> str:
    """One value of a clause: 'City: Boston', 'Product: not iPhone', 'orders with Product: iPhone'."""
    name = schema.label(clause.field, value)
    said = _("not {values}", values=name) if excluded else name
    label = schema[clause.field].label
    if clause.whole_orders:
        return _("orders with {field}: {values}", field=label, values=said)
    return _("{field}: {values}", field=label, values=said)


def head_of(selection: Resolved, engine: Engine) -> str:
    """What stands on top of every printed page: 'Quillmere · May 2025 · compared with April 2025 · City: Boston'."""
    f = formats_of(engine.profile)
    compared = _("compared with {span}", span=f.span(selection.base)) if selection.base else ""
    filters = several(clause_text(c, engine.schema) for c in selection.clauses)
    return " · ".join(filter(None, [engine.profile.title, f.span(selection.span), compared, filters]))


def _side_by_side(selection: Resolved, schema: Schema) -> list[tuple[str, str]]:
    """Which values stand side by side, where some do."""
    names = [schema.label(selection.versus, value) for value, _alone in selection.sides]
    return [(N_("Side by side"), f" {_('vs')} ".join(names))] if names else []


def selection_facts(selection: Resolved, engine: Engine) -> list[tuple[str, str]]:
    """Everything that says which rows a figure stands for, as (label, text) pairs. Labels are messages: they are found
    by their English, and written in the viewer's language."""
    profile = engine.profile
    quality = engine.quality
    f = formats_of(profile)
    left_out = []
    if quality is not None:
        reasons = several(f"{f.number(x.rows)} {label_of(x, f)}" for x in quality.findings if x.effect == "left out")
        left_out = [(N_("Rows left out at loading"), reasons or _("none"))]
    return [
        (N_("Data set"), profile.title),
        (
            N_("Time range"),
            _(
                "{span} ({start} up to, not including, {end})",
                span=f.span(selection.span),
                start=selection.span.start,
                end=selection.span.end,
            ),
        ),
        (N_("Compared with"), f.span(selection.base) if selection.base else _("nothing")),
        (N_("Grain"), str(GRAIN_LABELS[selection.grain])),
        (N_("Filters"), several(clause_text(c, engine.schema) for c in selection.clauses) or _("none")),
        *_side_by_side(selection, engine.schema),
        (N_("Data through"), f.day(engine.bounds.complete.last)),
        (N_("Loaded"), f"{engine.loaded_at[:19].replace('T', ' ')} UTC"),
        (N_("Time zone"), profile.time_zone),
        (N_("Currency"), profile.currency),
        *left_out,
        (N_("Data version"), engine.version),
    ]
