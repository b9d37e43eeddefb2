"""On the page "Targets": which rows a new target is for. One chooses a field, then one of its values; each choice is an
address, so that it needs no script.

GET /targets?data=…&by=region                 the values of a field are offered
GET /targets?data=…&by=region&value=North     leads to the address with that filter
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from dash import html
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.language import N_, _
from analytics.selection import Clause, Resolved, Selection
from dashboard.components.controls import attributes
from dashboard.page.bar.controls import filter_fields
from dashboard.text.selections import clause_text

MOST_VALUES: Final = 500  # that are offered
LONGEST_VALUE: Final = 500


def fields(engine: Engine) -> list[str]:
    """The fields that rows can be chosen by, as the filters of a page offer them."""
    first, more = filter_fields(engine)
    return [*first, *more]


def query_of(engine: Engine, clauses: tuple[Clause, ...]) -> str:
    """The query of the page for these rows."""
    return Selection(engine.name, clauses=clauses).to_query()


def chosen(engine: Engine, now: Resolved, field: str, value: str) -> str:
    """The address with one more value of a field. UnknownName for a field or a value that is not there; it points at no
    field of the form below, which has a `value` of its own."""
    names = fields(engine)
    if field not in names:
        raise UnknownName("field", field[:80], names, where="rows")
    clause = Clause(field, (value[:LONGEST_VALUE],))
    if engine.unknown_values(replace(now, clauses=(clause,))):
        raise UnknownName(N_("value of {field}", field=field), value[:80], [], where="rows")
    others = tuple(c for c in now.clauses if c.field != field)
    before = next((c for c in now.clauses if c.field == field and c.include), None)
    if before is not None:
        clause = replace(before, include=tuple(dict.fromkeys((*before.include, *clause.include))))
    return query_of(engine, (*others, clause))


def chooser(engine: Engine, now: Resolved, by: str) -> list[Any]:
    """The rows that are chosen, each with a way to take it away; and the choice of one more: of a field or, where `by`
    names one, of its values."""
    taken: list[Any] = [
        html.Span(
            [
                clause_text(clause, engine.schema),
                html.A(
                    "×",
                    href=f"/targets?{query_of(engine, tuple(c for c in now.clauses if c != clause))}#set",
                    className="chip-x",
                    **attributes(aria_label=_("Remove {name}", name=clause_text(clause, engine.schema))),
                ),
            ],
            className="chip",
        )
        for clause in now.clauses
    ]
    told = html.P([_("For:"), " ", *(taken or [_("all orders")])], className="target-rows")
    return [told, _values(engine, now, by) if by in fields(engine) else _fields(engine, now)]


def _fields(engine: Engine, now: Resolved) -> Markup:
    options = [(name, _(engine.schema[name].label)) for name in fields(engine)]
    return _form(engine, now, "by", _("Only for"), options, _("Choose values"))


def _values(engine: Engine, now: Resolved, by: str) -> Markup:
    found, count = engine.values(by, "", now.only(), MOST_VALUES)
    options = [(str(value), str(value)) for value in found["value"]]
    label = _(engine.schema[by].label)
    if count > len(options):
        label = _("{name} (the {count} with the most orders)", name=label, count=MOST_VALUES)
    return _form(
        engine,
        now,
        "value",
        label,
        options,
        _("Add"),
        Markup('<input type="hidden" name="by" value="{}">').format(by),
    )


def _form(
    engine: Engine,
    now: Resolved,
    name: str,
    label: str,
    options: list[tuple[str, str]],
    button: str,
    more: str = "",
) -> Markup:
    choices = Markup("").join(Markup('<option value="{}">{}</option>').format(*option) for option in options)
    rows = Selection(clauses=now.clauses).to_query()
    return Markup(
        '<form method="get" action="/targets#set" class="target-form"><input type="hidden" name="data" value="{}">'
        '<input type="hidden" name="rows" value="{}">{}<label>{}<select name="{}">{}</select></label>'
        '<button class="menu-button">{}</button></form>'
    ).format(engine.name, rows, more, label, name, choices, button)
