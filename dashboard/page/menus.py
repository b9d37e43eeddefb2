"""What opens under a menu button. One panel serves them all; its content follows the URL, so ticks are always what
holds now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.ranges import COMPARISONS, PRESETS
from analytics.schema import FIELDS, value_label
from analytics.selection import GRAIN_LABELS, Clause, Resolved, Selection
from dashboard.answers.service import Dataset
from dashboard.chart import Chart, Page
from dashboard.components.controls import action_button, attributes, menu_button, menu_item
from dashboard.page.bar import filter_fields
from dashboard.text.formats import Formats, formats_of

MOST_OPTIONS = 100


class Menus:
    """Builds a menu's content from its name; names come from a browser and are checked."""

    def __init__(self, datasets: Callable[[], list[Dataset]], charts: dict[str, Chart]) -> None:
        self._datasets, self._charts = datasets, charts

    def content(
        self, name: str, search: str, page: Page, selection: Selection, now: Resolved, engine: Engine
    ) -> list[Any]:
        """The menu of that name, under a search. RequestError for a name that is no menu."""
        kind, _, rest = name.partition(":")
        if kind == "filter" and "." in rest:  # a chart's choice among a dimension's values, opened with the search box
            return self._option(rest, search, selection, now, engine)
        if kind == "filter":
            return self._filter(rest, search, selection, now, engine)
        if kind == "option":
            return self._option(rest, None, selection, now, engine)
        if kind == "card":
            return self._card(rest, selection)
        plain: dict[str, Callable[[], list[Any]]] = {
            "data": lambda: self._data(selection),
            "range": lambda: _range(selection, now, engine),
            "compare": lambda: [
                menu_item(words, {"kind": "compare", "value": v}, checked=v == selection.compare)
                for v, words in COMPARISONS.items()
            ],
            "grain": lambda: [
                menu_item(words, {"kind": "grain", "value": v}, checked=v == selection.grain)
                for v, words in GRAIN_LABELS.items()
            ],
            "more": lambda: [
                menu_button(f"filter:{n}", FIELDS[n].label + (" ·" if selection.clause(n) else ""))
                for n in filter_fields(engine)[1]
            ],
            "quality": lambda: _quality(engine),
            "page": lambda: _page(page, selection),
        }
        if kind not in plain:
            raise UnknownName("menu", name, plain)
        return plain[kind]()

    def _data(self, selection: Selection) -> list[Any]:
        items: list[Any] = []
        for d in self._datasets():
            if d.error:
                items.append(html.Div([html.Strong(d.title), html.P(d.error)], className="menu-error"))
            else:
                items.append(menu_item(d.title, {"kind": "data", "value": d.name}, checked=d.name == selection.data))
        return items

    def _filter(self, field: str, search: str, selection: Selection, now: Resolved, engine: Engine) -> list[Any]:
        """The field's values with their orders under the other filters: tick to include, the second button to leave
        out."""
        if field not in engine.schema or not engine.schema[field].dimension:
            raise UnknownName("field", field, [d.name for d in engine.schema.dimensions])
        f = formats_of(engine.profile)
        found, total = engine.values(field, search, now, MOST_OPTIONS)
        clause = selection.clause(field)
        head: list[Any] = [_head(FIELDS[field].label, len(found), total, f)]
        if clause:
            head.append(action_button("Clear", {"kind": "field", "field": field}, className="text-button"))
        rows = [
            _option_row(field, str(v), f.number(n), clause)
            for v, n in zip(found["value"], found["orders"], strict=True)
        ]
        return [*head, html.Div(rows or [html.P("Nothing matches.", className="hint")], className="menu-options")]

    def _option(self, name: str, search: str | None, selection: Selection, now: Resolved, engine: Engine) -> list[Any]:
        """A chart's own choice; where it is among the values of a dimension, those with most orders and a way to search
        the others."""
        chart_name, _, option_name = name.partition(".")
        chart = self._charts.get(chart_name)
        option = next((o for o in chart.options if o.name == option_name), None) if chart else None
        if chart is None or option is None:
            raise UnknownName("option", name, [])
        chosen = selection.options_of(chart_name).get(option_name) or option.default_in(engine.schema)
        choose = lambda value: {"kind": "option", "chart": chart_name, "option": option_name, "value": value}  # noqa: E731
        if not isinstance(option.choices, str):
            offered = option.offered(engine.schema).items()
            return [menu_item(text, choose(v), checked=v == chosen) for v, text in offered]
        f = formats_of(engine.profile)
        found, total = engine.values(option.choices, search or "", now.without(option.choices), MOST_OPTIONS)
        rows = [
            menu_item(value_label(option.choices, v), choose(str(v)), checked=str(v) == chosen, hint=f.number(n))
            for v, n in zip(found["value"], found["orders"], strict=True)
        ]
        standard = [] if search else [menu_item("Automatic", choose(""), checked=not chosen)]
        ways = [menu_button(f"filter:{name}", f"Search all {f.number(total)}")] if search is None and total > 12 else []
        return [
            _head(option.label, len(found), total, f),
            *ways,
            html.Div(
                [*standard, *rows] if rows else [html.P("Nothing matches.", className="hint")], className="menu-options"
            ),
        ]

    def _card(self, name: str, selection: Selection) -> list[Any]:
        if name not in self._charts:
            raise UnknownName("chart", name, self._charts)
        chart, query = self._charts[name], selection.to_query()
        return [
            _act("View as table", {"kind": "dialog", "show": "table", "chart": name}),
            *([_act("Order lines", {"kind": "dialog", "show": "lines", "chart": name})] if chart.lines else []),
            _act("Expand", {"kind": "expand", "chart": name}),
            _link("Excel", f"/export/{name}.xlsx?{query}"),
            _link("CSV", f"/data/{name}.csv?{query}"),
            _link("JSON", f"/data/{name}.json?{query}"),
            *([_act("PNG", {"kind": "png", "chart": name})] if chart.kind == "figure" else []),
            _act("Copy link", {"kind": "copy", "chart": name}),
            _act("How is this computed?", {"kind": "dialog", "show": "how", "chart": name}),
        ]


def _head(label: str, shown: int, total: int, f: Formats) -> Component:
    """What the values are of, and how many of them are shown."""
    count = html.Span(f"{f.number(shown)} of {f.number(total)}", className="hint")
    return html.Div([html.Strong(label), count], className="menu-head")


def _option_row(field: str, value: str, count: str, clause: Clause) -> Component:
    included, excluded = value in clause.include, value in clause.exclude
    label = value_label(field, value)
    tick = action_button(
        [
            html.Span(className="box"),
            html.Span(label, className="grow", title=label),
            html.Span(count, className="hint"),
        ],
        {"kind": "toggle", "field": field, "value": value},
        className="menu-item tick",
        role="menuitemcheckbox",
        checked=included,
    )
    leave = action_button(
        "not",
        {"kind": "toggle", "field": field, "value": value, "exclude": True},
        label=f"Leave out {label}",
        className="not" + (" on" if excluded else ""),
    )
    return html.Div([tick, leave], className="menu-row")


def _range(selection: Selection, now: Resolved, engine: Engine) -> list[Any]:
    f = formats_of(engine.profile)
    presets = [
        menu_item(
            words,
            {"kind": "range", "value": v},
            checked=v == selection.range,
            hint=f.span(Selection(range=v).resolve(engine.bounds, engine.profile.calendar).span),
        )
        for v, words in PRESETS.items()
    ]
    first, last = str(now.span.start), str(now.span.last)
    apply = html.Button("Apply", type="button", className="apply", **attributes(data_dates="1"))
    typed = html.Div([_date("From", "range-from", first), _date("to", "range-to", last), apply], className="dates")
    return [*presets, typed]


def _date(label: str, ident: str, day: str) -> Component:
    """A day to be typed."""
    return html.Label([label, dbc.Input(id=ident, type="text", value=day, placeholder="YYYY-MM-DD", maxlength=10)])


def _quality(engine: Engine) -> list[Any]:
    """The quality report: what was read, what was left out and why, what was noticed."""
    q = engine.quality
    if q is None:
        return [html.P("The quality report counts all rows. It is shown to those who may see all of them.")]
    f = formats_of(engine.profile)
    rows = [
        html.Tr(
            [html.Td(x.label), html.Td(x.effect), html.Td(f.number(x.rows), className="number")],
            title="\n".join(x.places),
        )
        for x in q.findings
    ]
    return [
        html.P(
            f"{f.number(q.rows_read)} rows read from {f.number(len(q.files))} files, "
            f"{f.number(q.rows_kept)} kept, {f.number(q.rows_left_out)} left out."
        ),
        html.Table(
            [html.Thead(html.Tr([html.Th("What"), html.Th("Effect"), html.Th("Rows")])), html.Tbody(rows)],
            className="plain-table",
        ),
        _link("Quality report (JSON)", f"/quality/{engine.name}.json"),
    ]


def _page(page: Page, selection: Selection) -> list[Any]:
    return [
        _act("Copy link to this view", {"kind": "copy"}),
        _link("This page as Excel", f"/export/page-{page.name}.xlsx?{selection.to_query()}"),
        _link("Data of every chart by URL", f"/data/?{selection.to_query()}"),
        _act("Theme: follow the system", {"kind": "theme", "value": "system"}),
    ]


def _act(text: str, event: dict[str, Any]) -> Component:
    return action_button([html.Span(text, className="grow")], event, className="menu-item", role="menuitem")


def _link(text: str, href: str) -> Component:
    return html.A(html.Span(text, className="grow"), href=href, target="_blank", className="menu-item", role="menuitem")
