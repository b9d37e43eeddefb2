"""What the selection holds, a chip for each value, with the buttons that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.engines.base import Engine
from analytics.language import N_, _
from analytics.ranges import PRESETS
from analytics.selection import Resolved, Selection, compared
from dashboard.answers.side_by_side import short_labels, sides_seen
from dashboard.components.controls import action_button, attributes, chip, icon
from dashboard.opening import default_selection
from dashboard.text.formats import formats_of
from dashboard.text.selections import value_text

LINES = {"kind": "dialog", "show": "lines", "chart": "revenue_over_time"}  # all those of the selection
NO_FILTER = N_("No filter. Click a bar to see only that; click two with Shift to compare them.")


def chips(selection: Selection, engine: Engine, dropped: tuple[str, ...], ways: Sequence[Component] = ()) -> Component:
    """One chip for each value in force, one for values side by side, one for a custom range, and one for each thing
    that was not understood. The row is there without any, so that nothing moves when the first one comes."""
    now = engine.resolve(selection)
    shown: list[Any] = _versus(now, engine)
    apart = now.versus if shown else ""
    for clause in selection.clauses:
        for excluded, values in ((False, () if clause.field == apart else clause.include), (True, clause.exclude)):
            shown += [
                chip(
                    value_text(clause, v, excluded, engine.schema),
                    {"kind": "remove", "field": clause.field, "value": v, "whole": clause.whole_orders},
                    excluded=excluded,
                )
                for v in values
            ]
    if selection.range not in PRESETS:
        shown.append(
            chip(
                _("Time: {span}", span=formats_of(engine.profile).span(now.requested)),
                {"kind": "range", "value": default_selection(engine).range},
                label=_("Back to the default range"),
            )
        )
    shown += _warnings(selection, engine, dropped)
    tools = list(ways)
    if shown:
        tools = [action_button(_("Reset"), {"kind": "reset"}, className="text-button"), *tools]
        tools += _ways_to_compare(selection, engine)
        if selection.clauses:
            tools.append(action_button(_("Clear all"), {"kind": "clear"}, className="text-button"))
    else:
        shown = [html.Span(NO_FILTER, className="hint")]
    shown.append(html.Span(tools, className="chip-tools"))
    return html.Div(shown, className="chips reserved" + ("" if selection.clauses else " idle"))


def fixed_chips(selection: Selection, engine: Engine, dropped: tuple[str, ...]) -> Component:
    """The filters of a view that cannot be changed."""
    texts = [
        value_text(c, value, excluded, engine.schema)
        for c in selection.clauses
        for excluded, values in ((False, c.include), (True, c.exclude))
        for value in values
    ]
    shown = [html.Span(text, className="chip fixed") for text in texts]
    return html.Div([*shown, *_warnings(selection, engine, dropped)], className="chips")


def _warnings(selection: Selection, engine: Engine, dropped: tuple[str, ...]) -> list[Component]:
    """What the view names that is not there for this viewer, and what was not understood."""
    unknown = [
        _(
            "{label} “{value}” is not in the data",
            label=engine.schema[field].label,
            value=engine.schema.label(field, value),
        )
        for field, value in engine.unknown_values(engine.resolve(selection))
    ]
    return [html.Span(text, className="chip warning") for text in (*unknown, *dropped[:4])]


def _versus(now: Resolved, engine: Engine) -> list[Any]:
    """The chip of the values side by side, in the colours that they have on the page; [] where there are none."""
    values = list(sides_seen(now, engine))
    if len(values) < 2:
        return []
    shown: list[Any] = []
    for place, label in enumerate(short_labels(now.versus, values, engine.schema)):
        dot = html.I(className=f"side-dot side-c{place}", **attributes(aria_hidden="true"))
        shown += [
            *([html.Em(f" {_('vs')} ")] if shown else []),
            html.Span([dot, label], title=label, className="chip-side"),
        ]
    whole = any(c.whole_orders for c in now.clauses if c.field == now.versus)
    remove = action_button(
        "×",
        {"kind": "field", "field": now.versus, "whole": whole},
        label=_("Stop comparing and clear these values"),
        className="chip-x",
    )
    return [html.Span([html.Span(shown), remove], className="chip versus")]


def ways_to_lines(selection: Selection, shown: bool, files: bool) -> list[Component]:
    """The order lines of the selection in the dialog and as a file, for those who may have them."""
    excel = html.A(
        _("Lines as Excel"), href=f"/lines.xlsx?{selection.to_query()}", target="_blank", className="text-button"
    )
    open_lines = action_button(_("Order lines"), LINES, className="text-button")
    return [*([open_lines] if shown else []), *([excel] if files else [])]


def _ways_to_compare(selection: Selection, engine: Engine) -> list[Component]:
    """Buttons that put the values of a filter side by side, or show them together again."""
    if selection.versus:
        return [action_button(_("Show together"), {"kind": "together"}, className="text-button")]
    fields = [c.field for c in selection.clauses if compared([c], c.field)]
    return [
        action_button(
            [
                icon("layout-split"),
                " ",
                _("Compare {count} {things}", count=len(clause.include), things=engine.schema[field].plural),
            ],
            {"kind": "versus", "field": field},
            className="text-button to-compare",
        )
        for field in dict.fromkeys(fields)
        for clause in [compared(selection.clauses, field)]
        if clause is not None
    ]
