"""The frame every chart sits in: title, question, controls, body, notes, and a place for its state."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.chart import Chart
from dashboard.components.controls import attributes, icon, menu_button, press
from dashboard.figures.grids import ROW

GRAPH_CONFIG: Any = {
    "displaylogo": False,
    "displayModeBar": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
    "showAxisDragHandles": False,
}


def tile(chart: Chart, width: int) -> Component:
    """A chart's card, `width` columns of twelve wide; filled by the render callbacks."""
    if chart.kind == "html" and chart.bare:
        return html.Section(
            [
                _ask(chart),
                _trail(chart),
                _state(chart),
                html.Div(
                    id=ids.part("body", chart.kind, chart.name),
                    className="bare-body",
                    style={"minHeight": f"{chart.height}px"},
                ),
                _notes(chart),
            ],
            id=ids.part("card", chart.kind, chart.name),
            className="tile-slot bare",
            style={"--span": str(width)},
            **attributes(data_chart=chart.name, data_kind=chart.kind, aria_label=chart.title),
        )
    options = [
        menu_button(
            f"option:{chart.name}.{o.name}",
            html.Span(id={"type": "option", "chart": chart.name, "option": o.name}),
            label=o.label,
            small=True,
        )
        for o in chart.options
        if not (chart.levels and o.name == "level")
    ]
    head = html.Header(
        [
            html.Div([html.H3(chart.title), html.P(chart.question, className="question")], className="tile-titles"),
            html.Div(
                [
                    *options,
                    menu_button(
                        f"card:{chart.name}",
                        icon("three-dots"),
                        label=f"More about {chart.title}",
                        small=True,
                        bare=True,
                    ),
                    press("×", {"kind": "expand"}, label="Back to the page", className="unexpand"),
                ],
                className="tile-tools",
            ),
        ],
        className="tile-head",
    )
    return html.Section(
        [
            head,
            _ask(chart),
            _trail(chart),
            html.Div([_body(chart), _state(chart)], className="tile-body", style={"minHeight": f"{chart.height}px"}),
            _notes(chart),
        ],
        id=ids.part("card", chart.kind, chart.name),
        className=f"tile-slot tile kind-{chart.kind}",
        style={"--span": str(width)},
        **attributes(data_chart=chart.name, data_kind=chart.kind, aria_label=chart.title),
    )


def _body(chart: Chart) -> Any:
    if chart.kind == "figure":
        empty = {
            "data": [],
            "layout": {
                "xaxis": {"visible": False},
                "yaxis": {"visible": False},
                "paper_bgcolor": "rgba(0,0,0,0)",
                "plot_bgcolor": "rgba(0,0,0,0)",
            },
        }
        graph = dcc.Graph(
            id=ids.part("graph", chart.kind, chart.name),
            figure=empty,
            config=GRAPH_CONFIG,
            responsive=True,
            style={"height": f"{chart.height}px"},
        )
        return html.Div(
            [
                dcc.Store(id=ids.part("answer", chart.kind, chart.name)),
                graph,
                html.P(id=ids.part("alt", chart.kind, chart.name), className="visually-hidden"),
            ]
        )
    if chart.kind == "grid":
        return dag.AgGrid(
            id=ids.part("grid", chart.kind, chart.name),
            rowData=[],
            columnDefs=[],
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
    return html.Div(id=ids.part("body", chart.kind, chart.name))


def _ask(chart: Chart) -> Component:
    """What the client last asked this card to show: an address and the version of the data."""
    return dcc.Store(id=ids.part("ask", chart.kind, chart.name))


def _trail(chart: Chart) -> Component:
    return html.Nav(
        id=ids.part("trail", chart.kind, chart.name),
        className="trail",
        **attributes(aria_label=f"Levels of {chart.title}"),
    )


def _state(chart: Chart) -> Component:
    return html.Div(id=ids.part("state", chart.kind, chart.name), className="state", role="status")


def _notes(chart: Chart) -> Component:
    return html.Footer(id=ids.part("notes", chart.kind, chart.name), className="tile-notes")


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
