"""The buttons of the bar that open menus of time ranges and filters."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, cast

from dash import html
from dash.development.base_component import Component

from analytics.calendar import whole_months
from analytics.engines.base import Engine
from analytics.language import _
from analytics.ranges import PRESETS, offered
from analytics.schema import FIELDS, FILTERS, UNRANKED, Field
from analytics.selection import GRAIN_LABELS, Policy, Resolved, Selection
from dashboard.components.controls import icon, menu_button
from dashboard.text.comparisons import comparison_labels
from dashboard.text.formats import formats_of

BAR_FILTERS = 4  # dimensions with a button of their own; the others are under "More"


def controls(selection: Selection, now: Resolved, engine: Engine) -> Component:
    """The buttons for range, comparison and grain, and those for filters."""
    return html.Div([_times(selection, now, engine), _filters(selection, engine)], className="controls", id="controls")


def _times(selection: Selection, now: Resolved, engine: Engine) -> Component:
    f = formats_of(engine.profile)
    month = whole_months(now.requested) == 1
    word = offered(now.calendar).get(selection.range) or PRESETS.get(selection.range)
    label = f.span(now.requested) if month or not word else word
    base = f.base(now.span, now.base)
    words = comparison_labels(selection.range, now)[now.comparison if selection.compare != "none" else "none"]
    versus = _("vs {base}", base=base) if base else words
    if selection.compare != "none" and now.base is None:
        versus = _("nothing to compare with")
    return html.Div(
        [
            menu_button("range", html.Span([icon("calendar3"), " ", label]), label=f.span(now.span)),
            menu_button("compare", html.Span(versus), label=_("Comparison") if now.base is None else f.span(now.base)),
            menu_button("grain", str(GRAIN_LABELS[now.grain]), label=_("Grain")),
            *([] if label == f.span(now.span) else [html.Span(f.span(now.span), className="span-words")]),
        ],
        className="control-group",
    )


def filter_fields(engine: Engine) -> tuple[list[str], list[str]]:
    """Dimensions that get a button and those under "More": most used first, then the data set's own, then the others;
    ids, single-valued and technical ones are left out."""
    useless = _single_valued(cast("Hashable", engine), engine.version, engine.policy)
    ranked = [n for n in FILTERS if FIELDS[n].filter_rank < UNRANKED]
    named = (*ranked, *(f.name for f in engine.schema.own), *(n for n in FILTERS if n not in ranked))
    order = [n for n in named if n in engine.schema and n not in useless]
    if "customer" in engine.schema:
        order.append("customer")
    return order[:BAR_FILTERS], order[BAR_FILTERS:]


@lru_cache(maxsize=64)
def _single_valued(engine: Any, version: str, policy: Policy) -> frozenset[str]:
    """Dimensions with at most one value, which leave nothing to choose."""
    everything = engine.resolve(Selection())
    names = [d.name for d in engine.schema.dimensions if d.name in FILTERS or d.own]
    return frozenset(n for n in names if engine.values(n, "", everything, 0)[1] < 2)


def _filters(selection: Selection, engine: Engine) -> Component:
    """A button for each of the most used filters; on a narrow screen one button for all of them."""
    first, others = filter_fields(engine)
    chosen = sum(len(c.include) + len(c.exclude) for c in selection.clauses)
    every = [
        icon("funnel"),
        html.Span([" ", _("Filters")], className="filter-word"),
        *([html.Span(f" {chosen}", className="filter-count")] if chosen else []),
    ]
    buttons = [_filter_button(selection, engine.schema[n]) for n in first]
    if others:
        count = sum(1 for n in others if selection.clause(n) or selection.clause(n, True))
        buttons.append(menu_button("more", _("More") + (f" · {count}" if count else ""), active=count > 0))
    return html.Div(
        [
            html.Span(menu_button("filters", html.Span(every), active=chosen > 0), className="every-filter"),
            html.Div(buttons, className="filter-buttons"),
        ],
        className="control-group filters",
    )


def _filter_button(selection: Selection, field: Field) -> Component:
    clauses = (selection.clause(field.name), selection.clause(field.name, True))
    count = sum(len(c.include) + len(c.exclude) for c in clauses)
    return menu_button(f"filter:{field.name}", str(field.label) + (f" · {count}" if count else ""), active=count > 0)
