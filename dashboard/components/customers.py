"""Customer figures as cards, and groups of customers as a table whose rows filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import FIELDS, value_label
from dashboard.components.controls import attributes, press
from dashboard.context import Context
from dashboard.text.formats import BLANK

WORDS = {
    "listed_customers": ("Listed", "customers of the customer list"),
    "customers": ("Buying", "distinct customers with an order in the range"),
    "active_customers": ("Active", "customers who bought within the window before the end of the range"),
}
VERSUS = {"previous": "vs previous", "year": "vs last year"}
ARROWS = {"better": "▲", "worse": "▼", "flat": "■"}


def customer_cards(answer: Answer, context: Context) -> Component:
    """A card a figure: the number and how it moved."""
    days = int(answer.more["window"]["days"].iloc[0])
    return html.Div([_card(r, days, context) for r in answer.frame.itertuples()], className="kpis flat")


def _card(row: Any, days: int, context: Context) -> Component:
    f, name = context.formats, row.metric
    label, formula = WORDS.get(name) or (METRICS[name].label, METRICS[name].formula)
    label = f"{label} ({f.number(days)} days)" if name == "active_customers" else label
    unit = METRICS[name].unit if name in METRICS else "count"
    value = f.money(row.value, whole=row.value >= 10_000) if unit == "money" else f.unit(unit, row.value)
    moved = BLANK if np.isnan(row.delta) else f.signed(row.delta, suffix=" pp" if unit == "percent" else " %")
    change = [
        html.Span(f"{ARROWS.get(row.direction, '')} {moved}".strip(), className=f"kpi-delta {row.direction or 'none'}"),
        html.Span(VERSUS.get(context.selection.comparison, ""), className="kpi-versus"),
    ]
    if name == "listed_customers" or context.selection.base is None:
        change = [
            html.Span("all on the list" if name == "listed_customers" else "no comparison", className="kpi-delta none")
        ]
    hint = f"{label}: {f.unit(unit, row.value)}. {formula[0].upper()}{formula[1:]}."
    return html.Div(
        [
            html.Div(label, className="kpi-label"),
            html.Div(value, className="kpi-value", title=f.unit(unit, row.value)),
            html.Div(change, className="kpi-change"),
        ],
        className="kpi",
        title=hint,
        tabIndex=0,
        role="group",
        **attributes(aria_label=hint, data_metric=name, data_value=repr(float(row.value))),
    )


@dataclass(frozen=True)
class Column:
    """A column of the table: what of the frame, its words, its unit; `bar` draws it as a bar too."""

    name: str
    label: str
    unit: str
    bar: bool = False


def comparison(
    answer: Answer, context: Context, *, columns: tuple[Column, ...], words: str = "", most_rows: int = 60
) -> Component:
    """A row for each value of the first column: numbers side by side, the value a button that filters. `words`: a
    column of text, below its value.
    """
    frame, by = answer.frame, answer.frame.columns[0]
    shown = [c for c in columns if c.name in frame]
    most = {c.name: max(float(frame[c.name].max()), 0.0) for c in shown if c.bar}
    selected = context.selected(by)
    head = html.Thead(
        html.Tr(
            [
                html.Th(FIELDS[by].label, scope="col"),
                *(html.Th(c.label, scope="col", className="number") for c in shown),
            ]
        )
    )
    rows = []
    for row in frame.head(most_rows).to_dict("records"):
        value = str(row[by])
        event = (
            {"kind": "field", "field": by} if selected == (value,) else {"kind": "only", "field": by, "value": value}
        )
        name: list[Any] = [press(value_label(by, value), event, className="text-button row-name")]
        if words and row.get(words):
            name.append(html.P(row[words], className="hint"))
        cells = [_number(c, float(row[c.name]), most.get(c.name, 0.0), context) for c in shown]
        rows.append(
            html.Tr(
                [html.Th(name, scope="row"), *cells],
                className="dimmed" if selected and value not in selected else "",
                **attributes(data_value=value),
            )
        )
    return html.Div(html.Table([head, html.Tbody(rows)], className="compare"), className="table-scroll")


def _number(column: Column, value: float, most: float, context: Context) -> Component:
    f = context.formats
    if np.isnan(value):
        return html.Td("–", className="number")
    text = html.Span(f.unit(column.unit, value, short=column.unit == "money"), title=f.unit(column.unit, value))
    if not column.bar:
        return html.Td(text, className="number")
    width = max(0.0, value / most * 100) if most > 0 else 0.0
    return html.Td(
        [text, html.Span(className="cell-bar", style={"--part": f"{width:.1f}%"})], className="number barred"
    )
