"""The body of a page: the shells of a tab's cards in rows, as HTML. The client fills them
(assets/js/cards.js)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.errors import RequestError
from analytics.language import N_, _, several
from analytics.schema import Schema, needed_labels
from analytics.selection import Selection
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


# Of a grid as a list on a narrow screen, as in assets/js/lists.js.
FIRST_ITEMS = 6  # shown before somebody asks for more
SORTED_ITEMS = 3  # up to this number, no choice of order is offered
FACTS_ABREAST = 2
LONG_NAME = 40  # letters from which on names have two lines

# Of a figure with few horizontal bars, or few rows of cells, in pixels.
MOST_FEW = 8  # rows
AROUND_ROWS = 24
AROUND_CELLS = 120  # with the names of their columns, which may be slanted
ROW = 36  # of a bar, of those of values side by side, or of cells
LOWEST = 16  # of a bar at least
LINE = 20  # of a text in a cell
LEGEND = 24
LEAST = 184  # where another range or filter may bring more rows

# Of a figure on a narrow screen.
FIGURE_WITHOUT_BARS = 200
BAR = 20
KEYS_ABREAST = 2  # entries of the legend in a line

NOTHING = N_("There is nothing to compare here. Choose a longer range, or clear a filter.")


def page_body(
    screen: Screen,
    engine: Engine,
    changed: Component | None = None,
    cards: Mapping[str, Card] | None = None,
    selection: Selection | None = None,
) -> Component:
    """The tab's cards in rows, which a missing card leaves to its neighbours; charts whose fields the data lack are
    named below, with what they need. `changed`: what changed since somebody looked, which stands below what needs
    action. `cards`: those that are answered already, whose texts are painted at once; one that says nothing under the
    selection is hidden. `selection`: whose options the others name already."""
    absent: list[str] = []
    rows: list[Component] = []
    for row in screen.tab.rows:
        shown = []
        for chart, width in row:
            missing = chart.missing(engine.schema)
            if missing:
                absent.append(_("{chart} (needs: {names})", chart=chart.title, names=needed_labels(missing)))
            else:
                options = _options(chart, selection, engine.schema)
                shown.append(card_shell(chart, width, engine.schema, (cards or {}).get(chart.name), options))
        if shown:
            rows.append(html.Div(shown, className="card-row"))
        if changed is not None and any(chart.name == "needs_action" for chart, _width in row):
            rows.append(changed)
    has_content = screen.tab.tells(engine.schema)
    if not has_content:
        rows = _one_value(screen, engine)
    note = [html.P(_("Not in this data: {names}.", names=several(absent)), className="absent")] if absent else []
    nothing = html.P(NOTHING, className="nothing") if rows and has_content else None  # shown where every card is hidden
    glance = html.H2(screen.tab.title or _("At a glance"), className="visually-hidden")
    return html.Div([glance, html.Div(rows, className="cards"), nothing, *note], **attributes(data_page=screen.path))


def _one_value(screen: Screen, engine: Engine) -> list[Component]:
    """What stands on a tab whose charts compare values of a dimension of which the data have one; nothing where the
    data lack all that it shows, which stands below."""
    schema = engine.schema
    fields = {c.nothing_to_compare(schema) for c in screen.tab.charts_in(schema)} - {""}
    if not fields:
        return []
    name = "product" if "product" in fields else min(fields)
    text = _("Every sale in this data set has the same value of “{field}”.", field=schema[name].label)
    return [card_state("absent", _("Nothing to compare"), text)]


def option_texts(chart: Chart, chosen: Mapping[str, str], schema: Schema) -> dict[str, str]:
    """What the buttons of a chart's options say where these values are chosen (Chart.read_options)."""
    return {o.name: o.text(chosen[o.name], schema) for o in chart.menus_in(schema)}


def _options(chart: Chart, selection: Selection | None, schema: Schema) -> dict[str, str]:
    """The same of a card that is not answered yet; none where the address names an option that it does not have."""
    if selection is None:
        return {}
    try:
        return option_texts(chart, chart.read_options(selection.options_of(chart.name), schema), schema)
    except RequestError:
        return {}


def card_shell(
    chart: Chart,
    width: int,
    schema: Schema,
    card: Card | None = None,
    options: Mapping[str, str] | None = None,
) -> Component:
    """A card, `width` twelfths of a row wide: heading, question, options, menu, and the places for its breadcrumb, its
    figure, its state and its notes. The client fills them; what `card` knows already stands there before, the texts of
    its `options` as well, and its levels have their place, so that nothing moves when it does."""
    known = card or {}
    bare = chart.kind == "html" and chart.bare
    trail = html.Nav(
        Markup(known.get("trail", "")),
        className="trail reserved" if chart.emits == ("period",) or len(chart.levels_in(schema)) > 1 else "trail",
        **attributes(aria_label=_("Levels of {chart}", chart=chart.title)),
    )
    state = html.Div(Markup(known.get("box", "")), className="state", role="status")
    notes = html.Footer(known.get("notes"), className="tile-notes", **attributes(data_more=_("Show all")))
    body = Markup(known.get("body", ""))
    style = {"minHeight": f"{chart.height}px"}
    space = {"--height": f"{chart.height}px"} if chart.kind == "figure" else {}
    parts = (
        [trail, state, html.Div(body, className="card-body bare-body", style=style), notes]
        if bare
        else [
            _head(chart, schema, known.get("options") or options or {}),
            trail,
            html.Div([_place(chart, body), state], className="tile-body", style=style),
            notes,
        ]
    )
    more = {"data_state": known["state"]} if known.get("state") in ("empty", "absent", "failed") else {}
    if body:
        more["data_known"] = "1"  # its own height is its height from the first paint on
    if card is None:
        more["data_awaited"] = "1"  # what stands below comes with it
    classes = ["tile-slot", *(["bare"] if bare else ["tile", f"kind-{chart.kind}"])]
    return html.Section(
        parts,
        className=" ".join(classes),
        style={"--span": str(width), **space, **known.get("room", {"--rows": "96px"} if chart.kind == "grid" else {})},
        hidden=known.get("state") == "hidden" or None,
        **attributes(
            data_chart=chart.name,
            data_kind=chart.kind,
            data_role=chart.role,
            data_span=str(width),  # not in the style, which a browser rewrites when a property changes
            aria_label=chart.title,
            **more,
        ),
    )


def _head(chart: Chart, schema: Schema, chosen: Mapping[str, str]) -> Component:
    """Title, question, the chart's options, each with what is `chosen` as far as that is known, and its menu."""
    options = [
        menu_button(f"option:{chart.name}.{o.name}", html.Span(chosen.get(o.name)), label=o.label, small=True)
        for o in chart.menus_in(schema)
    ]
    more = menu_button(
        f"card:{chart.name}",
        icon("three-dots"),
        label=_("More about {chart}", chart=chart.title),
        small=True,
        bare=True,
    )
    back = action_button("×", {"kind": "expand"}, label=_("Back to the page"), className="unexpand")
    return html.Header(
        [
            html.Div(
                [html.H3(chart.title, id=f"title-{chart.name}"), html.P(chart.question, className="question")],
                className="tile-titles",
            ),
            html.Div([html.Span(className="noted"), *options, more, back], className="tile-tools"),
        ],
        className="tile-head",
    )


def room(height: int, card: Card, most_rows: int = 0) -> dict[str, str]:
    """What a card's height follows from, where its chart is `height` pixels high, as properties of its style.
    `most_rows`: that it has whatever is filtered; 0 where that is not known."""
    if "grid" in card:
        return _room_of_rows(card["grid"].children)
    return _room_of_figure(height, card["figure"], most_rows) if "figure" in card else {}


def _room_of_figure(height: int, figure: Mapping[str, Any], most_rows: int) -> dict[str, str]:
    """A figure with few horizontal bars, or few rows of cells, is only as high as they ask, and the least that those
    need that a click brings is told too (assets/js/room.js). On a narrow screen many bars need less height than on a
    wide one has, and each further line of the legend, which has two columns there, needs more."""
    traces, found = figure["data"], {}
    bars = [len(set(t.get("y", ()))) for t in traces if t.get("type") == "bar" and t.get("orientation") == "h"]
    cells = next((t for t in traces if t.get("type") == "heatmap"), None)
    if bars or cells:
        rows, lowest = max(bars, default=0), LOWEST * len(bars)
        around = AROUND_ROWS + LEGEND * bool(figure["layout"].get("showlegend"))
        if cells:
            rows, lowest, around = len(cells["z"]), LINE * _lines(cells), AROUND_CELLS
        row = max(ROW, lowest)
        asked = max(around + rows * row, LEAST)
        if 0 < most_rows <= MOST_FEW:
            asked = min(asked, around + most_rows * row)
        found["--least"] = f"{min(height, around + rows * lowest)}px"
        if asked < height:
            found["--asked"] = f"{asked}px"
    if bars:
        found["--narrow"] = f"{min(height, FIGURE_WITHOUT_BARS + BAR * max(bars))}px"
    named = [t for t in traces if t.get("name") and t.get("showlegend") is not False]
    if figure["layout"].get("showlegend") and len(named) > KEYS_ABREAST:
        found["--keys"] = str(-(-len(named) // KEYS_ABREAST) - 1)
    return found


def _lines(cells: Mapping[str, Any]) -> int:
    """Of the texts in the cells of a heat map."""
    return 1 + max((str(text).count("<br>") for row in cells.get("text", ()) for text in row), default=0)


def _room_of_rows(grid: Any) -> dict[str, str]:
    """The height that the rows of a grid take, and what the height of the list that a narrow screen has instead follows
    from (assets/js/lists.js): items at first, lines of each, lines around them."""
    columns, items = grid.columnDefs, len(grid.rowData)
    names = 2 if len(columns) > 1 and "type" not in columns[1] else 1
    alike = names > 1 and items > 1 and len({str(row.get(columns[1]["field"])) for row in grid.rowData}) == 1
    named = columns[: 1 if alike else names]
    longest = max((_letters(row, named) for row in grid.rowData[:FIRST_ITEMS]), default=0)
    sizes = {
        "--items": min(items, FIRST_ITEMS),
        "--shared": int(alike),
        "--lines": -(-(len(columns) - names) // FACTS_ABREAST),
        "--titles": 2 if longest > LONG_NAME else 1,
        "--more": (items > FIRST_ITEMS) + (items > SORTED_ITEMS),
    }
    return {"--rows": str(grid.style["height"]), **{name: str(size) for name, size in sizes.items()}}


def _letters(row: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> int:
    """Of a row's name, whose parts a dot divides."""
    return sum(len(str(row.get(c["field"], ""))) for c in columns) + 3 * (len(columns) - 1)


def _place(chart: Chart, body: Markup) -> Component | None:
    """Where the client draws; a grid is Dash's, which brings its own place (portal.py)."""
    if chart.kind == "grid":
        return None
    if chart.kind == "html":
        return html.Div(body, className="card-body drawn")
    named = attributes(aria_labelledby=f"title-{chart.name} alt-{chart.name}")
    graph = html.Div(className="graph", role="img", **named)
    alternative = html.P(id=f"alt-{chart.name}", className="alt visually-hidden", **attributes(aria_hidden="true"))
    table = action_button(
        _("View as table"),
        {"kind": "dialog", "show": "table", "chart": chart.name},
        label=_("{chart}: view as table", chart=str(chart.title)),
        className="menu-button to-table",
    )
    return html.Div([graph, alternative, table], className="drawn")


def card_state(kind: str, title: str, text: str = "") -> Component:
    """What a card shows instead of a chart: `empty`, `absent` (not in this data), `waiting` (being computed) or
    `failed`: four different looks."""
    mark = icon(STATE_ICONS[kind])
    return html.Div([mark, html.Strong(title), html.P(text)], className=f"state-box state-{kind}")


def no_such_data(name: str, there: Sequence[tuple[str, str]]) -> Component:
    """The body for an address that names a data set that the viewer does not have; `there`: title and address of those
    that the viewer has."""
    told = [
        icon(STATE_ICONS["absent"]),
        html.Strong(_("There is no data set “{value}” here.", value=name[:60])),
        html.P(_("It may have been renamed or removed, or you may not see it. These data sets are here:")),
        html.Ul([html.Li(html.A(title, href=href)) for title, href in there], className="data-sets"),
    ]
    return html.Div(told, className="state-box state-absent")


def not_found(path: str) -> Component:
    """The body for an address that belongs to no page."""
    return card_state(
        "absent",
        _("There is no such page"),
        _("{path} is not one of Storesight's pages; choose one at the left.", path=path[:80]),
    )
