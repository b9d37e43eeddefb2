"""The frame every chart sits in: title, question, controls, body, notes, and a place for its state."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.chart import Chart
from dashboard.components.controls import attributes, icon, menu_button, press
from dashboard.figures.grids import ROW


def tile(chart: Chart, width: int) -> Component:
    """A chart's card, `width` columns of twelve wide; filled by the client (assets/cards.js)."""
    if chart.kind == "html" and chart.bare:
        return html.Section(
            [
                _trail(chart),
                _state(),
                html.Div(className="card-body bare-body", style={"minHeight": f"{chart.height}px"}),
                _notes(),
            ],
            className="tile-slot bare",
            style={"--span": str(width)},
            **attributes(data_chart=chart.name, data_kind=chart.kind, aria_label=chart.title),
        )
    options = [
        menu_button(f"option:{chart.name}.{o.name}", html.Span(), label=o.label, small=True) for o in chart.menus
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
            _trail(chart),
            html.Div([_body(chart), _state()], className="tile-body", style={"minHeight": f"{chart.height}px"}),
            _notes(),
        ],
        className=f"tile-slot tile kind-{chart.kind}",
        style={"--span": str(width)},
        **attributes(data_chart=chart.name, data_kind=chart.kind, aria_label=chart.title),
    )


def _body(chart: Chart) -> Any:
    if chart.kind == "figure":
        return html.Div(
            [
                html.Div(className="graph", style={"height": f"{chart.height}px"}),
                html.P(className="alt visually-hidden"),
            ]
        )
    if chart.kind == "grid":
        return dag.AgGrid(
            id=ids.part("grid", chart.name),
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
    return html.Div(className="card-body")


def _trail(chart: Chart) -> Component:
    return html.Nav(className="trail", **attributes(aria_label=f"Levels of {chart.title}"))


def _state() -> Component:
    return html.Div(className="state", role="status")


def _notes() -> Component:
    return html.Footer(className="tile-notes")


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
