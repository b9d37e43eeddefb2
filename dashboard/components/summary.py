"""The first screen in words: the headline, what drove revenue, and what needs action."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from dashboard.components.controls import action_button, attributes, icon
from dashboard.components.targets import reached
from dashboard.context import Context
from dashboard.text.formats import Formats

LINES = 3  # of each list of what drove revenue
MOVED = {  # what moved revenue: where it rose, and where it fell
    "customers": ("more customers", "fewer customers"),
    "frequency": ("more orders from each customer", "fewer orders from each customer"),
    "orders": ("more orders", "fewer orders"),
    "size": ("larger orders", "smaller orders"),
}


# --- the headline
def headline(answer: Answer, context: Context) -> Component:
    """One sentence on how revenue stands, in the key figures' own numbers, and one on what moved it."""
    row: Any = next(answer.frame.itertuples())
    first = html.Strong(f"Revenue {_short(context.formats, row.revenue)}")
    second = _largest(row, context) if np.isnan(row.base) else _cause(row, context)
    rest = "".join([*_stand(row, answer, context), ".", f" {second}" if second else ""])
    return html.P([first, rest], className="headline", title=_exact(row, context))


def _stand(row: Any, answer: Answer, context: Context) -> list[str]:
    """', up 14.9 % on November, 104 % of target'; without a comparison ' in December 2025'."""
    now, f = context.selection, context.formats
    if now.base is None:
        said = [f" in {f.span(now.span)}"]
    elif np.isnan(row.delta):
        said = [f", after {_short(f, row.base)} in {f.span(now.base)}"]
    elif row.direction == "flat":
        said = [f", as in {f.base(now.span, now.base) or f.span(now.base)}"]
    else:
        way = "up" if row.delta > 0 else "down"
        said = [f", {way} {f.percent(abs(row.delta))} on {f.base(now.span, now.base) or f.span(now.base)}"]
    goals = answer.more.get("targets")
    if goals is not None and len(goals) and goals["progress"].notna().iloc[0]:
        said.append(f", {reached(float(goals['progress'].iloc[0]), f)} of target")
    return said


def _cause(row: Any, context: Context) -> str:
    """What moved it, and the value that brought most of the change."""
    f = context.formats
    rose = bool(row.revenue > row.base)
    factor = MOVED.get(row.factor, ("", ""))[0 if rose else 1]
    step = abs(row.revenue - row.base)
    part = abs(row.change)
    name = context.schema.label(row.field, row.value) if row.field else ""
    if not name:
        return f"Mainly {factor}." if factor else ""
    way = "rise" if rose else "fall"
    if part >= step:
        told = f"{name} alone {'rose' if rose else 'fell'} by {_short(f, part)}"
    else:
        told = f"{name} accounts for {_short(f, part)} of the {way}"
    return f"Mainly {factor}; {told}." if factor else f"{told}."


def _largest(row: Any, context: Context) -> str:
    if not row.field:
        return ""
    return f"{context.schema.label(row.field, row.value)} brings {context.formats.percent(row.share, 0)} of it."


def _exact(row: Any, context: Context) -> str:
    """The numbers in full, and who is not counted."""
    f, base = context.formats, context.selection.base
    told = [f"Revenue {f.metric('revenue', row.revenue)}."]
    if base is not None:
        told.append(f"{f.span(base)}: {f.metric('revenue', row.base)}.")
    if row.factor in ("customers", "frequency"):
        told.append("Customers without an id are not counted.")
    return " ".join(told)


# --- what drove it
def driver_lists(answer: Answer, context: Context) -> Component:
    """For each dimension the values with the largest change, each a button that filters."""
    frame = answer.frame
    lists = [_driver_list(str(field), rows.head(LINES), context) for field, rows in frame.groupby("field", sort=False)]
    return html.Div(lists, className="drivers")


def _driver_list(field: str, rows: pd.DataFrame, context: Context) -> Component:
    title = context.schema[field].plural
    lines = [html.Li(_driver(row, context)) for row in rows.itertuples()]
    return html.Div([html.H4(title[:1].upper() + title[1:]), html.Ul(lines)], **attributes(data_field=field))


def _driver(row: Any, context: Context) -> Component:
    """Name and change (without a comparison, revenue and its share); a click chooses the value, or no value again."""
    f, field, value = context.formats, str(row.field), str(row.value)
    name = context.schema.label(field, value)
    chosen = context.selected(field) == (value,)
    action = (
        {"kind": "field", "field": field}
        if chosen
        else {"kind": "only", "field": field, "value": value, "chart": "drivers"}
    )
    if np.isnan(row.change):
        shown, way = f"{_short(f, row.revenue)} · {f.percent(row.share, 0)}", "flat"
    else:
        shown, way = signed_short(f, row.change), "better" if row.change > 0 else "worse"
    told = [html.Span(name, className="driver-name", title=name), html.Span(shown, className=f"kpi-delta {way}")]
    label = f"{name}: {shown}. {'Clear this filter' if chosen else 'Show only this'}"
    return action_button(told, action, label=label, className="driver chosen" if chosen else "driver")


def signed_short(f: Formats, value: float) -> str:
    """'+$128.2K', '−$3.1K', '$0'."""
    return f"+{_short(f, value)}" if value > 0 else _short(f, value)


def _short(f: Formats, value: float) -> str:
    return f.metric("revenue", value, short=True)


# --- what needs action
def action_list(answer: Answer, context: Context) -> Component:
    """What needs somebody, in lines that lead to the chart about it."""
    rows = answer.frame.to_dict("records")
    if rows and rows[0]["kind"] == "nothing":
        return html.P(rows[0]["sentence"], className="hint")
    return html.Ul([html.Li(_action(row)) for row in rows], className="needs")


def _action(row: dict[Any, Any]) -> Component:
    told: list[Component] = [html.Strong(row["sentence"])]
    if row["recommendation"]:
        told.append(html.Span(row["recommendation"]))
    return html.A([html.Span(told), icon("arrow-right")], href=row["proof"], className="chart-link")
