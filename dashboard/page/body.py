"""The body of a page: the shells of a tab's cards in rows, as HTML. The client fills them
(assets/js/cards.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.engines.base import Engine
from dashboard.chart import Chart
from dashboard.components.controls import action_button, attributes, icon, menu_button
from dashboard.screens import Screen

Card = Mapping[str, Any]  # as cards.py makes it

STATE_ICONS = {
    "empty": "funnel",
    "absent": "slash-circle",
    "waiting": "hourglass-split",
    "failed": "exclamation-triangle",
}


NOTHING = "There is nothing to compare here. Choose a longer range, or clear a filter."


def page_body(
    screen: Screen, engine: Engine, changed: Component | None = None, cards: Mapping[str, Card] | None = None
) -> Component:
    """The tab's cards in rows, which a missing card leaves to its neighbours; charts whose fields the data lack are
    named below, with what they need. `changed`: what changed since somebody looked, which stands below what needs
    action. `cards`: those that are answered already, whose texts are painted at once; one that says nothing under the
    selection is hidden."""
    absent: list[str] = []
    rows: list[Component] = []
    for row in screen.tab.rows:
        shown = []
        for chart, width in row:
            missing = chart.missing(engine.schema)
            if missing:
                absent.append(f"{chart.title} (needs {', '.join(missing)})")
            else:
                levels = len(chart.levels_in(engine.schema))
                shown.append(card_shell(chart, width, (cards or {}).get(chart.name), levels))
        if shown:
            rows.append(html.Div(shown, className="card-row"))
        if changed is not None and any(chart.name == "needs_action" for chart, _ in row):
            rows.append(changed)
    note = [html.P(["Not in this data: ", "; ".join(absent), "."], className="absent")] if absent else []
    nothing = html.P(NOTHING, className="nothing") if rows else None  # shown where every card is hidden
    glance = html.H2(screen.tab.title or "At a glance", className="visually-hidden")
    return html.Div([glance, html.Div(rows, className="cards"), nothing, *note], **attributes(data_page=screen.path))


def card_shell(chart: Chart, width: int, card: Card | None = None, levels: int = 0) -> Component:
    """A card, `width` twelfths of a row wide: heading, question, options, menu, and the places for its breadcrumb, its
    figure, its state and its notes. The client fills them; what `card` knows already stands there before, and its
    `levels` have their place, so that nothing moves when it does."""
    known = card or {}
    bare = chart.kind == "html" and chart.bare
    trail = html.Nav(
        Markup(known.get("trail", "")),
        className="trail reserved" if levels > 1 else "trail",
        **attributes(aria_label=f"Levels of {chart.title}"),
    )
    state = html.Div(Markup(known.get("box", "")), className="state", role="status")
    notes = html.Footer(known.get("notes"), className="tile-notes")
    body = Markup(known.get("body", ""))
    style = {"minHeight": f"{chart.height}px"}
    parts = (
        [trail, state, html.Div(body, className="card-body bare-body", style=style), notes]
        if bare
        else [
            _head(chart, known.get("options", {})),
            trail,
            html.Div([_place(chart, body), state], className="tile-body", style=style),
            notes,
        ]
    )
    more = {"data_state": known["state"]} if known.get("state") in ("empty", "absent", "failed") else {}
    classes = ["tile-slot", *(["bare"] if bare else ["tile", f"kind-{chart.kind}"])]
    return html.Section(
        parts,
        className=" ".join(classes),
        style={"--span": str(width), **({"--rows": _rows(known)} if chart.kind == "grid" else {})},
        hidden=known.get("state") == "hidden" or None,
        **attributes(data_chart=chart.name, data_kind=chart.kind, data_role=chart.role, aria_label=chart.title, **more),
    )


def _head(chart: Chart, chosen: Mapping[str, str]) -> Component:
    """Title, question, the chart's options, each with what is `chosen` as far as that is known, and its menu."""
    options = [
        menu_button(f"option:{chart.name}.{o.name}", html.Span(chosen.get(o.name)), label=o.label, small=True)
        for o in chart.menus
    ]
    more = menu_button(
        f"card:{chart.name}", icon("three-dots"), label=f"More about {chart.title}", small=True, bare=True
    )
    back = action_button("×", {"kind": "expand"}, label="Back to the page", className="unexpand")
    return html.Header(
        [
            html.Div([html.H3(chart.title), html.P(chart.question, className="question")], className="tile-titles"),
            html.Div([html.Span(className="noted"), *options, more, back], className="tile-tools"),
        ],
        className="tile-head",
    )


def _rows(card: Card) -> str:
    """The height that the rows of a grid take, as far as it is known."""
    return str(card["grid"].children.style["height"]) if "grid" in card else "96px"


def _place(chart: Chart, body: Markup) -> Component | None:
    """Where the client draws; a grid is Dash's, which brings its own place (portal.py)."""
    if chart.kind == "grid":
        return None
    if chart.kind == "html":
        return html.Div(body, className="card-body drawn")
    graph = html.Div(className="graph", style={"height": f"{chart.height}px"})
    return html.Div([graph, html.P(className="alt visually-hidden")], className="drawn")


def card_state(kind: str, title: str, text: str = "") -> Component:
    """What a card shows instead of a chart: `empty`, `absent` (not in this data), `waiting` (being computed) or
    `failed`: four different looks."""
    mark = icon(STATE_ICONS[kind])
    return html.Div([mark, html.Strong(title), html.P(text)], className=f"state-box state-{kind}")


def not_found(path: str) -> Component:
    """The body for an address that belongs to no page."""
    return card_state(
        "absent", "There is no such page", f"{path[:80]} is not one of Storesight's pages; choose one at the left."
    )
