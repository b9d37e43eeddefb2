"""Menus of values to choose from, of a filter or of a card's option, and what can be done with a card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.errors import UnknownName
from analytics.language import _
from analytics.questions.overview import WHOLE_ORDERS
from analytics.selection import MOST_COMPARED, Clause, compared
from dashboard.chart import is_amount
from dashboard.components.controls import action_button, attributes, menu_button, menu_item
from dashboard.page.menus import of_notes
from dashboard.page.menus.items import act, count_head, done, files, option_list
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
    back = html.Div(menu_button("filters", _("All filters"), role="menuitem"), className="only-narrow menu-back")
    pairs = zip(found["value"], found["orders"], strict=True)
    apart = opened.selection.versus == field
    rows = [
        _option_row(field, str(v), schema.label(field, v), opened.formats.number(n), clause, apart) for v, n in pairs
    ]
    return [
        back,
        count_head(schema[field].label, len(found), total, opened.formats),
        _of_ticked(field, clause, apart),
        *([_whole_orders(field, clause)] if schema[field].level == "line" else []),
        option_list(rows),
        done(),
    ]


def _of_ticked(field: str, clause: Clause, apart: bool) -> Component:
    """What can be done with the values that are ticked. The line is there without any, so that no value moves under the
    pointer when the first one is ticked."""
    ways = []
    if clause:
        clear = {"kind": "field", "field": field, "whole": clause.whole_orders}
        ways.append(action_button(_("Clear"), clear, className="text-button"))
    if apart:
        ways.append(action_button(_("Show together"), {"kind": "together"}, className="text-button"))
    elif compared([clause], field):
        ticked = _("Compare these {count}", count=len(clause.include))
        ways.append(action_button(ticked, {"kind": "versus", "field": field}, className="text-button apply"))
    return html.Div(ways or [html.Span(_("Tick one or more"), className="hint")], className="menu-ways")


def _whole_orders(field: str, clause: Clause) -> Component:
    """Whether the filter keeps whole orders; it cannot be chosen before a value is ticked."""
    whole = clause.whole_orders
    action = {"kind": "whole", "field": field, "whole": not whole}
    return menu_item(WHOLE_ORDERS, action, checked=whole, disabled=not clause)


def _option_row(field: str, value: str, label: str, count: str, clause: Clause, apart: bool) -> Component:
    """A value: ticked, compared with those that are ticked, or left out. Where values stand side by side (`apart`), a
    tick compares."""
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
        _("Exclude"),
        {"kind": "toggle", "field": field, "value": value, "exclude": True, "whole": clause.whole_orders},
        label=_("Leave out {label}", label=label),
        className="not" + (" on" if excluded else ""),
    )
    compare = action_button(
        _("Compare"),
        {"kind": "toggle", "field": field, "value": value, "whole": clause.whole_orders, "versus": True},
        label=_("Compare with {label}", label=label),
        className="not vs",
    )
    offered = 0 < len(clause.include) < MOST_COMPARED and not apart
    taken = html.Span(_("Compare"), className="not vs taken", **attributes(aria_hidden="true"))
    way = taken if included else compare
    return html.Div([tick, *([way] if offered else []), leave], className="menu-row")


def option_values(opened: Opened, name: str, *, searched: bool = False) -> list[Any]:
    """A chart's own choice, named `chart.option`; where it is among the values of a dimension, those with most orders
    and a way to search the others."""
    chart_name, _dot, option_name = name.partition(".")
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
        rows.insert(0, choice("", _("Automatic")))
    ways = (
        []
        if searched or total <= FEW
        else [menu_button(f"filter:{name}", _("Search all {total}", total=f.number(total)))]
    )
    return [count_head(option.label, len(found), total, f), *ways, option_list(rows)]


def _number(
    opened: Opened, name: str, chosen: str, choice: Callable[[str, str], Component], searched: bool
) -> list[Any]:
    """A number that is typed where a search would be."""
    typed = opened.search.replace(",", "").replace(" ", "").strip()
    items: list[Any] = [choice("", _("None"))] if chosen else []
    if not searched:
        return [*items, menu_button(f"filter:{name}", _("Type an amount"))]
    if not typed:
        return [*items, html.P(_("Type an amount such as 12345.67."), className="hint")]
    if not is_amount(typed):
        return [html.P(_("{typed} is not an amount such as 12345.67.", typed=typed[:40]), className="hint")]
    return [choice(typed, _("Use {typed}", typed=opened.formats.money(float(typed))))]


def card(opened: Opened, name: str) -> list[Any]:
    """What can be done with a card."""
    if name not in CHARTS:
        raise UnknownName("chart", name, CHARTS)
    chart, query = CHARTS[name], opened.selection.to_query()
    lines = chart.lines and opened.service.viewer.opens_lines
    return [
        act(_("View as table"), {"kind": "dialog", "show": "table", "chart": name}),
        *([act(_("Order lines"), {"kind": "dialog", "show": "lines", "chart": name})] if lines else []),
        act(_("Expand"), {"kind": "expand", "chart": name}),
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
        *([] if opened.service.viewer.linked else [act(_("Copy link"), {"kind": "copy", "chart": name})]),
        act(_("How is this computed?"), {"kind": "dialog", "show": "how", "chart": name}),
    ]
