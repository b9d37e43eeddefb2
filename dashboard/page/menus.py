"""What opens under a menu button. One panel serves all menus; its content follows the address, so ticks show what holds
now. A menu is named by its kind, or by its kind and its subject: `range`, `filter:city`, `option:top_places.metric`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component
from flask import current_app

from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.questions.overview import WHOLE_ORDERS
from analytics.ranges import COMPARISONS, PRESETS
from analytics.selection import GRAIN_LABELS, Clause, Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import Viewer
from dashboard.chart import Page, is_amount
from dashboard.company.state import current_state
from dashboard.components.controls import action_button, attributes, menu_button, menu_item
from dashboard.page.bar import filter_fields
from dashboard.page.protocol import address, text
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.text.formats import Formats, formats_of
from dashboard.text.quality_words import EFFECTS

MOST_OPTIONS = 100
FEW = 12  # up to this number of values, no search box is needed
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class MenuRequest:
    """Which menu is open under which address, and what is typed into its search."""

    name: str
    href: str
    search: str

    @classmethod
    def read(cls, given: Mapping[str, Any], search: Any) -> Self:
        """Checks everything. Raises RequestError."""
        typed = search[:LONGEST_SEARCH] if isinstance(search, str) else ""
        return cls(text(given, "name"), text(given, "href"), typed)


@dataclass(frozen=True)
class Opened:
    """What a menu's content is made from: where the viewer stands."""

    service: ViewerService
    page: Page
    selection: Selection
    now: Resolved
    engine: Engine
    search: str = ""

    @property
    def formats(self) -> Formats:
        """How values are written for people."""
        return formats_of(self.engine.profile)


def content(service: ViewerService, request: MenuRequest) -> list[Any]:
    """The content of a menu. UnknownName where there is no such menu."""
    path, query = address(request.href)
    selection, engine, _ = service.select(query)
    page = BY_PATH.get(path, PAGES[0])
    opened = Opened(service, page, selection, engine.resolve(selection), engine, request.search)
    kind, _, rest = request.name.partition(":")
    if kind not in MENUS:
        raise UnknownName("menu", request.name, MENUS)
    return MENUS[kind](opened, rest)


# --- the bar's menus


def _data(opened: Opened, _: str) -> list[Any]:
    """The data sets, with the reason where one could not be loaded."""
    items: list[Any] = []
    for d in opened.service.datasets():
        if d.error:
            items.append(html.Div([html.Strong(d.title), html.P(d.error)], className="menu-error"))
        else:
            items.append(menu_item(d.title, {"kind": "data", "value": d.name}, checked=d.name == opened.selection.data))
    if opened.service.viewer.may("upload"):
        items.append(
            html.A(html.Span("Add data…", className="grow"), href="/add", className="menu-item", role="menuitem")
        )
    return items


def _range(opened: Opened, _: str) -> list[Any]:
    """Ranges in words, each with its days, and two fields for dates."""
    f, profile, bounds = opened.formats, opened.engine.profile, opened.engine.bounds
    presets = [
        menu_item(
            label,
            {"kind": "range", "value": preset},
            checked=preset == opened.selection.range,
            hint=f.span(Selection(range=preset).resolve(bounds, profile.calendar).span),
        )
        for preset, label in PRESETS.items()
    ]
    span = opened.now.span
    apply = html.Button("Apply", type="button", className="apply", **attributes(data_dates="1"))
    days = [_date("From", "range-from", str(span.start)), _date("to", "range-to", str(span.last))]
    return [*presets, html.Div([*days, apply], className="dates")]


def _date(label: str, ident: str, day: str) -> Component:
    """A field for a date."""
    return html.Label([label, dbc.Input(id=ident, type="text", value=day, placeholder="YYYY-MM-DD", maxlength=10)])


def _comparison(opened: Opened, _: str) -> list[Any]:
    return _choices("compare", COMPARISONS, opened.selection.compare)


def _grain(opened: Opened, _: str) -> list[Any]:
    return _choices("grain", GRAIN_LABELS, opened.selection.grain)


def _choices(kind: str, labels: Mapping[str, str], chosen: str) -> list[Any]:
    return [menu_item(label, {"kind": kind, "value": v}, checked=v == chosen) for v, label in labels.items()]


def _more(opened: Opened, _: str) -> list[Any]:
    """Filters that have no button of their own in the bar."""
    return [
        menu_button(
            f"filter:{name}", opened.engine.schema[name].label + (" ·" if opened.selection.clause(name) else "")
        )
        for name in filter_fields(opened.engine)[1]
    ]


def _filter(opened: Opened, field: str) -> list[Any]:
    """The field's values with their orders under the other filters: tick to include, the second button to leave out.
    `chart.option` instead of a field is a chart's choice among a dimension's values, opened with the search box."""
    if "." in field:
        return _option(opened, field, searched=True)
    schema = opened.engine.schema
    if field not in schema or not schema[field].dimension:
        raise UnknownName("field", field, [d.name for d in schema.dimensions])
    found, total = opened.engine.values(field, opened.search, opened.now, MOST_OPTIONS)
    clause = opened.selection.clause(field, True) or opened.selection.clause(field)
    whole = clause.whole_orders
    head: list[Any] = [_head(schema[field].label, len(found), total, opened.formats)]
    if clause:
        head.append(action_button("Clear", {"kind": "field", "field": field, "whole": whole}, className="text-button"))
    if clause and schema[field].level == "line":
        head.append(menu_item(WHOLE_ORDERS, {"kind": "whole", "field": field, "whole": not whole}, checked=whole))
    pairs = zip(found["value"], found["orders"], strict=True)
    return [
        *head,
        _options(
            [_option_row(field, str(v), schema.label(field, v), opened.formats.number(n), clause) for v, n in pairs]
        ),
    ]


def _head(label: str, shown: int, total: int, f: Formats) -> Component:
    """What the values are of, and how many of them are shown."""
    count = html.Span(f"{f.number(shown)} of {f.number(total)}", className="hint")
    return html.Div([html.Strong(label), count], className="menu-head")


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
    return html.Div([tick, leave], className="menu-row")


def _options(rows: list[Any]) -> Component:
    return html.Div(rows or [html.P("Nothing matches.", className="hint")], className="menu-options")


# --- a card's menus


def _option(opened: Opened, name: str, *, searched: bool = False) -> list[Any]:
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
    return [_head(option.label, len(found), total, f), *ways, _options(rows)]


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


def _card(opened: Opened, name: str) -> list[Any]:
    """What can be done with a card."""
    if name not in CHARTS:
        raise UnknownName("chart", name, CHARTS)
    chart, query = CHARTS[name], opened.selection.to_query()
    return [
        _act("View as table", {"kind": "dialog", "show": "table", "chart": name}),
        *([_act("Order lines", {"kind": "dialog", "show": "lines", "chart": name})] if chart.lines else []),
        _act("Expand", {"kind": "expand", "chart": name}),
        *_files(
            opened,
            {
                "Excel": f"/export/{name}.xlsx?{query}",
                "CSV": f"/data/{name}.csv?{query}",
                "JSON": f"/data/{name}.json?{query}",
            },
        ),
        *([_act("PNG", {"kind": "png", "chart": name})] if chart.kind == "figure" else []),
        _act("Copy link", {"kind": "copy", "chart": name}),
        _act("How is this computed?", {"kind": "dialog", "show": "how", "chart": name}),
    ]


# --- the page's menus


def _quality(opened: Opened, _: str) -> list[Any]:
    """The quality report: what was read, what was left out and why, what was found."""
    q, f = opened.engine.quality, opened.formats
    if q is None:
        return [html.P("The quality report counts all rows. It is shown to those who may see all of them.")]
    rows = [
        html.Tr(
            [html.Td(x.label), html.Td(EFFECTS[x.effect]), html.Td(f.number(x.rows), className="number")],
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
            [html.Thead(html.Tr([html.Th("What"), html.Th("Done"), html.Th("Rows")])), html.Tbody(rows)],
            className="plain-table",
        ),
        _link("Their lines, and what to do", f"/quality/{opened.engine.name}"),
        *_files(opened, {"Quality report (JSON)": f"/quality/{opened.engine.name}.json"}),
    ]


def _page(opened: Opened, _: str) -> list[Any]:
    """What can be done with the page."""
    query = opened.selection.to_query()
    return [
        _act("Copy link to this view", {"kind": "copy"}),
        *_files(
            opened,
            {
                "This page as Excel": f"/export/page-{opened.page.name}.xlsx?{query}",
                "Data of every chart by URL": f"/data/?{query}",
            },
        ),
        _act("Theme: follow the system", {"kind": "theme", "value": "system"}),
        *_account(opened.service.viewer),
    ]


def _views(opened: Opened, _: str) -> list[Any]:
    """Saved views, and a form that saves this one; nothing for whoever is not signed in."""
    state, viewer, f = current_state(), opened.service.viewer, opened.formats
    if state is None or not viewer.title:
        return [html.P("Views are saved for people who sign in.")]
    from dashboard.company import views  # needs packages that only a state store needs

    seen = views.seen_by(state, viewer)
    address = f"{opened.page.path}?{opened.selection.to_query()}"
    fields = [
        dbc.Input(type="hidden", name="address", value=address),
        dbc.Input(name="title", placeholder="Name of this view", maxlength=views.LONGEST_TITLE, required=True),
        html.Button(
            "Save, dates move on", type="submit", className="menu-item", title="Next month it shows next month"
        ),
        html.Button(
            f"Save with {f.span(opened.now.requested)}",
            type="submit",
            name="frozen",
            value="yes",
            className="menu-item",
        ),
    ]
    links = [
        html.A(html.Span(view.title, className="grow"), href=view.address, className="menu-item", role="menuitem")
        for view in seen
    ]
    manage = html.A(html.Span("Manage views…", className="grow"), href="/views", className="menu-item", role="menuitem")
    return [*links, html.Form(fields, method="post", action="/views", className="menu-form"), manage]


def _account(viewer: Viewer) -> list[Any]:
    """Who is signed in, and the way out; nothing where there is no login."""
    if not viewer.title:
        return []
    button = html.Button(html.Span("Sign out", className="grow"), type="submit", className="menu-item", role="menuitem")
    pages = (("People", "/people", "people.listed"), ("Audit log", "/audit", "people.audit"))
    there = current_app.view_functions  # there are people to list only where accounts are kept here
    shown = [_here(label, href) for label, href, view in pages if viewer.may("administer") and view in there]
    told = html.P(["Signed in as ", html.Strong(viewer.title)], className="hint")
    return [*shown, told, *([html.Form(button, method="post", action="/logout")] if viewer.signs_out else [])]


def _here(label: str, href: str) -> Component:
    """A link that is followed in the same tab."""
    return html.A(html.Span(label, className="grow"), href=href, className="menu-item", role="menuitem")


def _act(label: str, action: dict[str, Any]) -> Component:
    return action_button([html.Span(label, className="grow")], action, className="menu-item", role="menuitem")


def _files(opened: Opened, addresses: Mapping[str, str]) -> list[Component]:
    """Links to figures as files, for those who may take them away."""
    return [_link(label, href) for label, href in addresses.items()] if opened.service.viewer.may("export") else []


def _link(label: str, href: str) -> Component:
    return html.A(
        html.Span(label, className="grow"), href=href, target="_blank", className="menu-item", role="menuitem"
    )


MENUS: dict[str, Callable[[Opened, str], list[Any]]] = {
    "data": _data,
    "range": _range,
    "compare": _comparison,
    "grain": _grain,
    "more": _more,
    "filter": _filter,
    "option": _option,
    "card": _card,
    "quality": _quality,
    "page": _page,
    "views": _views,
}
