"""The frame every chart sits in: title, question, controls, body, notes, and a place for its state."""

from __future__ import annotations

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dashboard.chart import Chart
from dashboard.components.controls import attributes, icon, menu_button, press
from dashboard.figures.marks.grids import ROW
from dashboard.page import ids
from dashboard.page.markup import markup


def tile(chart: Chart, width: int) -> Component:
    """A chart's card, `width` columns of twelve wide. Only what Dash must know of is a component: the card, its body,
    a grid. The client puts the frame around them and fills it (assets/cards.js)."""
    bare = chart.kind == "html" and chart.bare
    return html.Section(
        html.Div(
            _grid(chart) if chart.kind == "grid" else None,
            className="card-body bare-body" if bare else "tile-body",
            style={"minHeight": f"{chart.height}px"},
        ),
        className="tile-slot bare" if bare else f"tile-slot tile kind-{chart.kind}",
        style={"--span": str(width)},
        **attributes(data_chart=chart.name, data_kind=chart.kind, data_role=chart.role, aria_label=chart.title),
    )


def frame(chart: Chart) -> dict[str, Markup]:
    """What stands before, in and after the body of a chart's card."""
    trail = html.Nav(className="trail", **attributes(aria_label=f"Levels of {chart.title}"))
    box, notes = html.Div(className="state", role="status"), html.Footer(className="tile-notes")
    if chart.kind == "html" and chart.bare:
        return {"before": markup([trail, box]), "inside": Markup(""), "after": markup(notes)}
    return {"before": markup([_head(chart), trail]), "inside": markup([_place(chart), box]), "after": markup(notes)}


def _head(chart: Chart) -> Component:
    """Title, question, the chart's options and its menu."""
    options = [
        menu_button(f"option:{chart.name}.{o.name}", html.Span(), label=o.label, small=True) for o in chart.menus
    ]
    more = menu_button(
        f"card:{chart.name}", icon("three-dots"), label=f"More about {chart.title}", small=True, bare=True
    )
    back = press("×", {"kind": "expand"}, label="Back to the page", className="unexpand")
    return html.Header(
        [
            html.Div([html.H3(chart.title), html.P(chart.question, className="question")], className="tile-titles"),
            html.Div([*options, more, back], className="tile-tools"),
        ],
        className="tile-head",
    )


def _place(chart: Chart) -> Component | None:
    """Where the client draws; a grid is a component and has its place already."""
    if chart.kind == "grid":
        return None
    if chart.kind == "html":
        return html.Div(className="card-body drawn")
    graph = html.Div(className="graph", style={"height": f"{chart.height}px"})
    return html.Div([graph, html.P(className="alt visually-hidden")], className="drawn")


def _grid(chart: Chart) -> Component:
    return dag.AgGrid(
        id=ids.part("grid", chart.name),
        rowData=[],
        columnDefs=[],
        className="drawn",
        style={"height": f"{chart.height}px"},
        defaultColDef={"sortable": True, "resizable": True, "minWidth": 90},
        dashGridOptions={
            "theme": {"function": "themeQuartz"},
            "animateRows": False,
            "suppressCellFocus": False,
            "localeText": {"noRowsToShow": "Nothing to list."},
            "rowHeight": ROW,
            "headerHeight": 36,
        },
    )


def state(kind: str, title: str, text: str = "") -> Component:
    """What a card shows instead of a chart: `empty`, `absent` (not in this data), `waiting` (being computed) or
    `failed` — four different looks."""
    marks = {
        "empty": "funnel",
        "absent": "slash-circle",
        "waiting": "hourglass-split",
        "failed": "exclamation-triangle",
    }
    return html.Div([icon(marks[kind]), html.Strong(title), html.P(text)], className=f"state-box state-{kind}")
