"""What stands around the cards and follows the address: navigation, bar with its controls and chips, footer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.calendar import whole_months
from analytics.engines.base import Engine
from analytics.language import N_, _
from analytics.ranges import PRESETS, offered
from analytics.schema import FIELDS, FILTERS, UNRANKED, Field, Schema
from analytics.selection import GRAIN_LABELS, Policy, Resolved, Selection, compared
from dashboard.actions import default_selection
from dashboard.answers.side_by_side import short_labels, sides_seen
from dashboard.answers.viewers import LinkedView
from dashboard.components.controls import action_button, attributes, chip, icon, menu_button, theme_button
from dashboard.components.markup import css_string
from dashboard.screens import Page, Screen
from dashboard.text.comparisons import comparison_labels
from dashboard.text.formats import Formats, formats_of
from dashboard.text.moments import moment
from dashboard.text.selections import head_of, value_text

LINES = {"kind": "dialog", "show": "lines", "chart": "revenue_over_time"}  # all those of the selection
NO_FILTER = N_("No filter. Click a bar to see only that; click two with Shift to compare them.")
BAR_FILTERS = 4  # dimensions with a button of their own; the others are under "More"


def nav(pages: tuple[Page, ...], current: Page | None, query: str, schema: Schema | None = None) -> list[Component]:
    """Links to the pages, which keep the filters, each to its first tab that tells something of the data
    set. A page without one has no link."""

    def path(page: Page) -> str:
        return page.path if schema is None else page.screens_in(schema)[0].path

    suffix = f"?{query}" if query else ""
    return [
        html.A(
            [
                html.Span("S", className="logo", **attributes(aria_hidden="true")),
                html.Span("Storesight", className="brand-name"),
            ],
            href=f"/overview{suffix}",
            className="brand nav-link-in",
        ),
        html.Ul(
            [
                html.Li(
                    html.A(
                        [icon(p.icon), html.Span(p.title)],
                        href=f"{path(p)}{suffix}",
                        className="nav-item nav-link-in" + (" current" if p is current else ""),
                        title=p.title,
                        **attributes(**({"aria_current": "page"} if p is current else {})),
                    )
                )
                for p in pages
                if schema is None or p.tells(schema) or p is current
            ]
        ),
    ]


def tabs(screen: Screen, query: str, schema: Schema) -> list[Component]:
    """Links to the tabs of the page that tell something of this data set, the one that is open marked; none where there
    is no choice."""
    shown = screen.page.screens_in(schema)
    if [s.path for s in shown] == [screen.path]:
        return []
    suffix = f"?{query}" if query else ""
    links = [
        html.A(
            s.tab.title,
            href=f"{s.path}{suffix}",
            className="page-tab nav-link-in",
            **attributes(**({"aria_current": "page"} if s.path == screen.path else {})),
        )
        for s in shown
    ]
    return [
        html.Nav(links, className="page-tabs", **attributes(aria_label=_("Tabs of {page}", page=screen.page.title)))
    ]


def bar(
    screen: Screen,
    selection: Selection,
    now: Resolved,
    engine: Engine,
    dropped: tuple[str, ...],
    *,
    views: bool = False,
    lines: bool = False,
    files: bool = False,
) -> list[Component]:
    """Title, data set, saved `views` where somebody is signed in, time controls, filters and chips, with the ways to
    the order `lines` of the selection, on the page and as `files`."""
    f = formats_of(engine.profile)
    top = html.Div(
        [
            html.H1(screen.page.title),
            *tabs(screen, selection.to_query(), engine.schema),
            html.Div(
                [
                    menu_button("data", html.Span([icon("database"), " ", engine.profile.title]), label=_("Data set")),
                    *([menu_button("views", icon("bookmark"), label=_("Views"), bare=True)] if views else []),
                    action_button(
                        icon("search"), {"kind": "palette"}, label=_("Search"), className="menu-button icon-only"
                    ),
                    theme_button(),
                    menu_button("page", icon("three-dots"), label=_("This page"), bare=True),
                    *([menu_button("account", icon("person-circle"), label=_("Account"), bare=True)] if views else []),
                ],
                className="bar-tools",
            ),
        ],
        className="bar-top",
    )
    return [
        top,
        html.Div([_times(selection, now, f), _filters(selection, engine)], className="controls", id="controls"),
        _chips(selection, f, engine, dropped, _ways_to_lines(selection, lines, lines and files)),
    ]


def linked_bar(
    linked: LinkedView,
    screen: Screen,
    selection: Selection,
    now: Resolved,
    engine: Engine,
    dropped: tuple[str, ...],
    current: str,
) -> list[Component]:
    """The bar of a page that a link shows: who shares it and of when the data are. Without the data set, the other
    pages and what belongs to a person; the dates and filters are only named unless the link lets one change them.
    `current`: the version of the data that the application shows now."""
    f = formats_of(engine.profile)
    there = f"{screen.path}?{selection.to_query()}"
    way = [html.A(_("Open in Storesight"), href=there, className="menu-button", **attributes(data_out="1"))]
    top = html.Div(
        [
            html.H1(linked.title or screen.title),
            html.Div([*(way if linked.signed_in else []), theme_button()], className="bar-tools"),
        ],
        className="bar-top",
    )
    frozen = N_("Frozen with the data through {day}") if linked.version else N_("Data through {day}")
    kept = _(frozen.template, day=f.day(engine.bounds.complete.last))
    told = " · ".join(filter(None, [linked.told, kept]))
    shown = [top, html.P([told, *_age(linked, engine, current)], className="watermark")]
    if linked.changeable:
        controls = html.Div(
            [_times(selection, now, f), _filters(selection, engine)], className="controls", id="controls"
        )
        return [*shown, controls, _chips(selection, f, engine, dropped)]
    versus = f" · {_('compared with {span}', span=f.span(now.base))}" if now.base is not None else ""
    return [
        *shown,
        html.P(f"{f.span(now.span)}{versus}", className="span-words"),
        _fixed_chips(selection, engine, dropped),
    ]


def printed(now: Resolved, engine: Engine) -> Markup:
    """What stands on top of every page when the browser prints (assets/p-print.css). For paper alone: on a screen each
    click would have the style of every element of the page computed again."""
    return Markup(f"<style media='print'>:root {{ --head: {css_string(head_of(now, engine))}; }}</style>")


def _age(linked: LinkedView, engine: Engine, current: str) -> list[Component]:
    """What there is to say of the version that a link keeps."""
    if not linked.version:
        return []
    if engine.version.partition("~")[0] != linked.version:
        text = _("the data that were shared are no longer kept: these are today’s figures for the same dates")
        return [html.Strong(f" · {text}")]
    return [] if linked.version == current else [html.Strong(f" · {_('newer data exist')}")]


def _fixed_chips(selection: Selection, engine: Engine, dropped: tuple[str, ...]) -> Component:
    """The filters of a view that cannot be changed."""
    texts = [
        value_text(c, value, excluded, engine.schema)
        for c in selection.clauses
        for excluded, values in ((False, c.include), (True, c.exclude))
        for value in values
    ]
    chips = [html.Span(text, className="chip fixed") for text in texts]
    return html.Div([*chips, *_warnings(selection, engine, dropped)], className="chips")


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


def _times(selection: Selection, now: Resolved, f: Formats) -> Component:
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


@lru_cache(maxsize=64)
def _single_valued(engine: Any, version: str, policy: Policy) -> frozenset[str]:
    """Dimensions with at most one value, which leave nothing to choose."""
    everything = engine.resolve(Selection())
    names = [d.name for d in engine.schema.dimensions if d.name in FILTERS or d.own]
    return frozenset(n for n in names if engine.values(n, "", everything, 0)[1] < 2)


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


def _chips(
    selection: Selection, f: Formats, engine: Engine, dropped: tuple[str, ...], ways: Sequence[Component] = ()
) -> Component:
    """One chip for each value in force, one for values side by side, one for a custom range, and one for each thing
    that was not understood. The row is there without any, so that nothing moves when the first one comes."""
    now = engine.resolve(selection)
    chips: list[Any] = _versus(now, engine)
    apart = now.versus if chips else ""
    for clause in selection.clauses:
        for excluded, values in ((False, () if clause.field == apart else clause.include), (True, clause.exclude)):
            chips += [
                chip(
                    value_text(clause, v, excluded, engine.schema),
                    {"kind": "remove", "field": clause.field, "value": v, "whole": clause.whole_orders},
                    excluded=excluded,
                )
                for v in values
            ]
    if selection.range not in PRESETS:
        chips.append(
            chip(
                _("Time: {span}", span=f.span(engine.resolve(selection).requested)),
                {"kind": "range", "value": default_selection(engine).range},
                label=_("Back to the default range"),
            )
        )
    chips += _warnings(selection, engine, dropped)
    tools = list(ways)
    if chips:
        tools = [action_button(_("Reset"), {"kind": "reset"}, className="text-button"), *tools]
        tools += _ways_to_compare(selection, engine)
        if selection.clauses:
            tools.append(action_button(_("Clear all"), {"kind": "clear"}, className="text-button"))
    else:
        chips = [html.Span(NO_FILTER, className="hint")]
    chips.append(html.Span(tools, className="chip-tools"))
    return html.Div(chips, className="chips reserved" + ("" if selection.clauses else " idle"))


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


def _ways_to_lines(selection: Selection, shown: bool, files: bool) -> list[Component]:
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


def foot(engine: Engine, query: str, linked: LinkedView | None = None) -> list[Any]:
    """Freshness and quality: through which day, loaded when, zone, currency, rows left out and why. On the page of a
    link it leads nowhere."""
    p = engine.profile
    f = formats_of(p)
    last = engine.bounds.complete.last
    parts = [
        _("Data through {day}", day=f.day(last)) if engine.bounds.span.days else _("No orders that you may see"),
        _("loaded {moment} UTC", moment=moment(int(datetime.fromisoformat(engine.loaded_at).timestamp()))),
        _("time zone {zone}", zone=p.time_zone),
        p.currency,
    ]
    said: list[Any] = [html.Span(" · ".join(parts))]
    if linked is not None:
        return [html.Span(" · ".join(filter(None, [*parts, linked.told])))]
    if engine.quality is not None:
        left = menu_button(
            "quality",
            _("{rows:row|rows} left out", rows=f.count(engine.quality.rows_left_out)),
            small=True,
        )
        said += [html.Span(" · "), left]
    ledger = html.A(
        _("ledger"), href=f"/reconciliation?{query}" if query else "/reconciliation", className="nav-link-in"
    )
    said += [html.Span(" · "), ledger]
    return said
