"""Menus of values to choose from, of a filter or of a card's option, and what can be done with a card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.errors import UnknownName
from analytics.questions.overview import WHOLE_ORDERS
from analytics.selection import MOST_COMPARED, Clause, compared
from dashboard.chart import is_amount
from dashboard.components.controls import action_button, menu_button, menu_item
from dashboard.page.menus import of_notes
from dashboard.page.menus.items import act, count_head, files, option_list
from dashboard.page.menus.opened import Opened
from dashboard.pages import CHARTS

MOST_OPTIONS = 100
FEW = 12  # up to this number of values, no search box is needed


def filter_values(opened: Opened, field: str) -> list[Any]:
    """The field's values with their orders under the other filters: tick to include, the second button to leave out.
    `chart.option` instead of a field is a chart's choice among a dimension's values, opened with the search box."""
    if "." in field:
        return option_values(opened, field, searched=True)
    schema = opened.engine.schema
    if field not in schema or not schema[field].dimension:
        raise UnknownName("field", field, [d.name for d in schema.dimensions])
    found, total = opened.engine.values(field, opened.search, opened.now, MOST_OPTIONS)
    clause = opened.selection.clause(field, True) or opened.selection.clause(field)
    whole = clause.whole_orders
    head: list[Any] = [count_head(schema[field].label, len(found), total, opened.formats)]
    if clause:
        head.append(action_button("Clear", {"kind": "field", "field": field, "whole": whole}, className="text-button"))
    if opened.selection.versus == field:
        head.append(action_button("Show together", {"kind": "together"}, className="text-button"))
    elif compared([clause], field):
        ticked = f"Compare these {len(clause.include)}"
        head.append(action_button(ticked, {"kind": "versus", "field": field}, className="text-button apply"))
    if clause and schema[field].level == "line":
        head.append(menu_item(WHOLE_ORDERS, {"kind": "whole", "field": field, "whole": not whole}, checked=whole))
    pairs = zip(found["value"], found["orders"], strict=True)
    return [
        *head,
        option_list(
            [_option_row(field, str(v), schema.label(field, v), opened.formats.number(n), clause) for v, n in pairs]
        ),
    ]


def _option_row(field: str, value: str, label: str, count: str, clause: Clause) -> Component:
    included, excluded = value in clause.include, value in clause.exclude
    tick = action_button(
        [
            html.Span(className="box"),
            html.Span(label, className="grow", title=label),
            html.Span(count, className="hint"),
        ],
        {"kind": "toggle", "field": field, "value": value, "whole": clause.whole_orders},
        className="menu-item tick",
        role="menuitemcheckbox",
        checked=included,
    )
    leave = action_button(
        "not",
        {"kind": "toggle", "field": field, "value": value, "exclude": True, "whole": clause.whole_orders},
        label=f"Leave out {label}",
        className="not" + (" on" if excluded else ""),
    )
    compare = action_button(
        "vs",
        {"kind": "toggle", "field": field, "value": value, "whole": clause.whole_orders, "versus": True},
        label=f"Compare with {label}",
        className="not vs",
    )
    others = 0 < len(clause.include) < MOST_COMPARED and not included
    return html.Div([tick, *([compare] if others else []), leave], className="menu-row")


def option_values(opened: Opened, name: str, *, searched: bool = False) -> list[Any]:
    """A chart's own choice, named `chart.option`; where it is among the values of a dimension, those with most orders
    and a way to search the others."""
    chart_name, _, option_name = name.partition(".")
    chart = CHARTS.get(chart_name)
    option = next((o for o in chart.options if o.name == option_name), None) if chart else None
    if option is None:
        raise UnknownName("option", name, [])
    chosen = opened.selection.options_of(chart_name).get(option_name) or option.default_in(opened.engine.schema)

    def choice(value: str, label: str, hint: str = "") -> Component:
        action = {"kind": "option", "chart": chart_name, "option": option_name, "value": value}
        return menu_item(label, action, checked=value == chosen, hint=hint)

    if option.number:
        return _number(opened, name, chosen, choice, searched)
    if not isinstance(option.choices, str):
        return [choice(value, label) for value, label in option.offered(opened.engine.schema).items()]
    f, others = opened.formats, opened.now.without(option.choices)
    found, total = opened.engine.values(option.choices, opened.search if searched else "", others, MOST_OPTIONS)
    rows = [
        choice(str(v), opened.engine.schema.label(option.choices, v), f.number(n))
        for v, n in zip(found["value"], found["orders"], strict=True)
    ]
    if rows and not (searched and opened.search):
        rows.insert(0, choice("", "Automatic"))
    ways = [] if searched or total <= FEW else [menu_button(f"filter:{name}", f"Search all {f.number(total)}")]
    return [count_head(option.label, len(found), total, f), *ways, option_list(rows)]


def _number(
    opened: Opened, name: str, chosen: str, choice: Callable[[str, str], Component], searched: bool
) -> list[Any]:
    """A number that is typed where a search would be."""
    typed = opened.search.replace(",", "").replace(" ", "").strip()
    items: list[Any] = [choice("", "None")] if chosen else []
    if not searched:
        return [*items, menu_button(f"filter:{name}", "Type an amount")]
    if not typed:
        return [*items, html.P("Type an amount such as 12345.67.", className="hint")]
    if not is_amount(typed):
        return [html.P(f"{typed[:40]} is not an amount such as 12345.67.", className="hint")]
    return [choice(typed, f"Use {opened.formats.money(float(typed))}")]


def card(opened: Opened, name: str) -> list[Any]:
    """What can be done with a card."""
    if name not in CHARTS:
        raise UnknownName("chart", name, CHARTS)
    chart, query = CHARTS[name], opened.selection.to_query()
    lines = chart.lines and opened.service.viewer.opens_lines
    return [
        act("View as table", {"kind": "dialog", "show": "table", "chart": name}),
        *([act("Order lines", {"kind": "dialog", "show": "lines", "chart": name})] if lines else []),
        act("Expand", {"kind": "expand", "chart": name}),
        *files(
            opened,
            {
                "Excel": f"/export/{name}.xlsx?{query}",
                "CSV": f"/data/{name}.csv?{query}",
                "JSON": f"/data/{name}.json?{query}",
            },
        ),
        *([act("PNG", {"kind": "png", "chart": name})] if chart.kind == "figure" else []),
        *of_notes.entry(opened, chart),
        *([] if opened.service.viewer.linked else [act("Copy link", {"kind": "copy", "chart": name})]),
        act("How is this computed?", {"kind": "dialog", "show": "how", "chart": name}),
    ]
