"""A frame as a plain table: what "view as table" shows, and how the keyboard filters."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from analytics.language import _
from analytics.metrics import METRICS
from analytics.schema import FIELDS, Schema, value_label
from dashboard.chart import Chart
from dashboard.components.controls import action_button
from dashboard.context import Context
from dashboard.text.columns import heading

MOST_ROWS = 500


def frame_table(frame: pd.DataFrame, chart: Chart, context: Context) -> list[Any]:
    """At most 500 rows; the values of a dimension that the chart filters are buttons."""
    head = html.Thead(html.Tr([_heading(c, chart, context) for c in frame.columns]))
    rows = []
    for row in frame.head(MOST_ROWS).itertuples(index=False):
        values = zip(frame.columns, row, strict=True)
        cells = [_cell(c, v, chart, context, named=f"{c}_name" in frame) for c, v in values]
        rows.append(html.Tr([*cells, *_lines_button(dict(zip(frame.columns, row, strict=True)), chart, context)]))
    count = _(
        "{frame} of {frame2} rows",
        frame=context.formats.number(min(len(frame), MOST_ROWS)),
        frame2=context.formats.number(len(frame)),
    )
    return [
        html.P([count, " · ", context.formats.span(context.selection.span)], className="hint"),
        html.Div(html.Table([head, html.Tbody(rows)], className="plain-table"), className="table-scroll"),
    ]


def with_names(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The frame with the names of products after their codes, where the data have them: what exports write."""
    if "product_name" not in schema or "product" not in frame or "product_name" in frame:
        return frame
    named = frame.copy()
    names = [schema.names("product", str(code)) for code in frame["product"]]
    named.insert(list(frame.columns).index("product") + 1, "product_name", names)
    return named


def _measured(column: str, chart: Chart) -> bool:
    """Whether a column holds numbers, though a field has the same name."""
    return column in chart.units or column in METRICS


def _heading(column: str, chart: Chart, context: Context) -> Component:
    text = (column in FIELDS or column in context.schema) and not _measured(column, chart)
    return html.Th(column_label(column, context.schema), className="" if text else "number")


def column_label(name: str, schema: Schema | None = None) -> str:
    """A column's heading: its field's or metric's label, else that of HEADINGS. `schema`: the data set's, which may
    have fields of its own."""
    if schema is not None and name in schema:
        return schema[name].label
    if name in FIELDS:
        return FIELDS[name].label
    return METRICS[name].label if name in METRICS else heading(name)


def column_unit(name: str, chart: Chart) -> str:
    """Unit of a frame's column: the metric's, what the chart declares, or that of the metric in its name
    (base_revenue)."""
    if name in chart.units:
        return chart.units[name]
    bare = name.removeprefix("base_")
    if bare in METRICS:
        return METRICS[bare].unit
    if name == "target":  # of the metric that the chart is about
        return next((METRICS[c].unit for c in chart.columns if c in METRICS), "")
    return "percent" if name in ("share", "growth", "cumulative") else ""


def _lines_button(row: dict[str, Any], chart: Chart, context: Context) -> list[Any]:
    """Opens the order lines behind the row, for charts whose marks have some."""
    if not chart.lines or not context.emits or any(d not in row for d in context.emits):
        return []
    action: dict[str, Any] = {
        "kind": "dialog",
        "show": "lines",
        "chart": chart.name,
        "values": [str(row[d]) for d in context.emits],
    }
    if "period" in row and "period" not in context.emits:
        action["period"] = str(row["period"])
    return [html.Td(action_button("lines", action, className="text-button"))]


def _cell(column: str, value: Any, chart: Chart, context: Context, named: bool) -> Any:
    """`named`: the name of a code stands in a column of its own."""
    label = value_label(column, value) if named else context.schema.label(column, value)
    if column in context.emits and column != "period":
        return html.Td(
            action_button(
                label,
                {"kind": "toggle", "field": column, "value": str(value), "chart": chart.name},
                className="text-button",
            )
        )
    if isinstance(value, str) or column == "period" or (column in FIELDS and not _measured(column, chart)):
        return html.Td(label)
    return html.Td(_number(value, column_unit(column, chart), context), className="number")


def _number(value: Any, unit: str, context: Context) -> str:
    """A value of a column other than a dimension, written for people."""
    if unit:
        return context.formats.unit(unit, value)
    return context.formats.number(value, 2) if isinstance(value, (int, float)) else str(value)
