"""Values of a dimension as a table whose rows filter: their numbers side by side. On a narrow screen it is a list, in
which each number has its heading (assets/d-compare.css)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.language import _
from dashboard.components.controls import action_button, attributes
from dashboard.context import Context

ABREAST = 3  # in a line of the list, the name among them


@dataclass(frozen=True)
class Column:
    """A column of the table: the column of the frame, its heading and unit; `bar` draws each number as a bar too."""

    name: str
    label: str
    unit: str
    bar: bool = False


def comparison(
    answer: Answer, context: Context, *, columns: tuple[Column, ...], hint: str = "", most_rows: int = 60
) -> Component:
    """A row for each value of the frame's first column; the value is a button that filters. Columns that the frame does
    not have are left out. `hint` names a column of text that stands below its value."""
    frame = answer.frame
    by = answer.frame.columns[0]
    shown = [c for c in columns if c.name in frame]
    largest = {c.name: max(float(frame[c.name].max()), 0.0) for c in shown if c.bar}
    selected = context.selected(by)
    written = {c.name: _written(c, frame[c.name].head(most_rows).astype(float).tolist(), context) for c in shown}
    rows = []
    for i, row in enumerate(frame.head(most_rows).to_dict("records")):
        value = str(row[by])
        numbers = [_number(c, float(row[c.name]), written[c.name][i], largest.get(c.name, 0.0), context) for c in shown]
        text = _(str(row.get(hint) or "")) if hint else ""
        cells = [html.Th(_name(by, value, text, selected, context), scope="row"), *numbers]
        dimmed = "dimmed" if selected and value not in selected else ""
        rows.append(html.Tr(cells, className=dimmed, **attributes(data_value=value)))
    heads = [
        html.Th(context.schema[by].label, scope="col"),
        *(html.Th(c.label, scope="col", className="number") for c in shown),
    ]
    whole = (
        "whole" if len(shown) % ABREAST == 0 else ""
    )  # the name has a line of its own where it would leave one short
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className=f"compare listed {whole}".strip())
    return html.Div(table, className="table-scroll")


def _name(by: str, value: str, hint: str, selected: tuple[str, ...], context: Context) -> list[Component]:
    """The button that filters this value alone, or clears the filter where it is that already."""
    action = {"kind": "only", "field": by, "value": value}
    if selected == (value,):
        action = {"kind": "field", "field": by}
    button = action_button(context.schema.label(by, value), action, className="text-button row-name")
    return [button, html.P(hint, className="hint")] if hint else [button]


def _written(column: Column, values: list[float], context: Context) -> list[str]:
    """The numbers of a column; amounts are short."""
    f = context.formats
    return f.column("money", values) if column.unit == "money" else [f.unit(column.unit, v) for v in values]


def _number(column: Column, value: float, written: str, largest: float, context: Context) -> Component:
    heading = attributes(data_label=_(column.label))
    if np.isnan(value):
        return html.Td("–", className="number", **heading)
    text = html.Span(written, title=context.formats.unit(column.unit, value))
    if not column.bar:
        return html.Td(text, className="number", **heading)
    width = max(0.0, value / largest * 100) if largest > 0 else 0.0
    bar = html.Span(className="cell-bar", style={"--part": f"{width:.1f}%"})
    return html.Td([text, bar], className="number barred", **heading)
