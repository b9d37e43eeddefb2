"""Key figures as cards: the number, how it moved, and on the Overview its course as a small line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.answer import Answer
from analytics.errors import capital
from analytics.language import N_, _
from analytics.metrics import METRICS
from dashboard.components.controls import action_button, attributes, icon
from dashboard.components.targets import target_bar, target_words
from dashboard.context import Context

FIRST = (("revenue",), ("profit", "aov"), ("orders",), ("customers", "units", "items_per_order"))  # one of each
MOST_POINTS = 60  # of a sparkline
ARROWS = {"up": "▲", "down": "▼", "flat": "■"}
VERSUS = {"previous": N_("vs period before"), "year": N_("vs last year"), "none": N_("no comparison")}


@dataclass(frozen=True)
class KeyFigure:
    """What a card says about its number: label, formula and unit."""

    label: str
    formula: str
    unit: str


CUSTOMER_COUNTS = {
    "listed_customers": KeyFigure(N_("Listed"), N_("customers of the customer list"), "count"),
    "customers": KeyFigure(N_("Buying"), N_("distinct customers with an order in the range"), "count"),
    "active_customers": KeyFigure(
        N_("Active"), N_("customers who bought within the window before the end of the range"), "count"
    ),
}


def key_figure(metric: str) -> KeyFigure:
    """A metric as the Overview's cards name it."""
    found = METRICS[metric]
    return KeyFigure(found.label, found.formula, found.unit)


def customer_figure(metric: str) -> KeyFigure:
    """A metric as the customers' cards name it: their counts have names of their own there."""
    return CUSTOMER_COUNTS.get(metric) or key_figure(metric)


def kpi_cards(answer: Answer, context: Context) -> Component:
    """Four large cards: revenue, profit (where costs are known, else the average order), orders and customers; then
    large ones for the others that have a target. All others in a quieter row below, where the option `figures` says
    so. On a phone, what they are compared with is said once, above them."""
    goals: dict[str, list[Any]] = {}
    for goal in answer.more["targets"].itertuples() if "targets" in answer.more else ():
        goals.setdefault(str(goal.metric), []).append(goal)
    figures = {str(row.metric): row for row in answer.frame.itertuples()}

    def card(name: str) -> Component:
        return _metric_card(figures[name], answer.more["trend"], goals.get(name, []), context)

    first = first_of(list(figures))
    first = _no_one_left(first + [name for name in figures if name in goals and name not in first], list(figures))
    rows: list[Component] = [html.Div([card(name) for name in first], className="kpis large")]
    if context.selection.base is not None:
        rows.insert(0, html.P(_versus(context), className="kpis-versus"))
    others = [name for name in figures if name not in first]
    if not others:
        return html.Div(rows)
    if every_figure(context):
        rows.append(html.Div([card(name) for name in others], className="kpis"))
    return html.Div([*rows, more_figures(len(others), context)])


def every_figure(context: Context) -> bool:
    """Whether all key figures are shown, and not the first alone."""
    return context.options.get("figures") == "all"


def more_figures(others: int, context: Context) -> Component:
    """The button that shows the other key figures, or the first alone again."""
    shown = every_figure(context)
    text = _("Fewer figures") if shown else _("{others:more figure|more figures}", others=others)
    action = {"kind": "option", "chart": "kpis", "option": "figures", "value": "" if shown else "all"}
    mark = icon("chevron-up" if shown else "chevron-down")
    return action_button([text, " ", mark], action, className="text-button more-figures")


def first_of(names: Sequence[str]) -> list[str]:
    """The metrics of the large cards: one of each of FIRST that is there, filled up with the next ones."""
    found = [next((name for name in choices if name in names), "") for choices in FIRST]
    first = [name for name in found if name]
    return _no_one_left([*first, *(name for name in names if name not in first)][: len(FIRST)], names)


def _no_one_left(first: list[str], names: Sequence[str]) -> list[str]:
    """The first figures, and the last one too where it would stand alone in the row below them."""
    others = [name for name in names if name not in first]
    return first + others if len(others) == 1 else first


def customer_cards(answer: Answer, context: Context) -> Component:
    """A card for each number of customers; `more["window"]` says within how many days a customer counts as active."""
    days = int(answer.more["window"]["days"].iloc[0])
    return html.Div([_customer_card(row, days, context) for row in answer.frame.itertuples()], className="kpis flat")


def delta_text(unit: str, delta: float, context: Context) -> str:
    """'+12.4%'; for rates '+0.8 pp'; 'n/a' without a base."""
    return context.formats.signed(delta, suffix=f" {_('pp')}" if unit == "percent" else "")


def arrow(direction: str, delta: float) -> str:
    """The way the number went, whether that is good or bad (the colour says which); none without a comparison."""
    if not direction:
        return ""
    if direction == "flat" or delta == 0:
        return ARROWS["flat"]
    return ARROWS["up"] if delta > 0 else ARROWS["down"]


def _metric_card(row: Any, trend: pd.DataFrame, goals: Sequence[Any], context: Context) -> Component:
    f = context.formats
    name = str(row.metric)
    figure = key_figure(name)
    full = f.metric(name, row.value)
    hint = f"{_('{name}: {value}.', name=figure.label, value=full)} {_sentence(figure.formula)}"
    base = context.selection.base if row.direction else None  # nothing is said of a change that is not known
    if base is not None:
        hint += " " + _("{name}: {value}.", name=f.span(base), value=f.metric(name, row.base))
    for goal in goals:
        hint += f" {target_words(goal, context)}"
    large_count = figure.unit == "count" and abs(row.value) >= 1e7
    shown = f.metric(name, row.value, short=figure.unit == "money" or large_count)
    change = [_change(row, figure.unit, context)] if base is not None else []
    body = [*_number(figure.label, shown, full), *change]
    body.append(_sparkline(trend.get(name)))
    body += [target_bar(goal, context) for goal in goals[:1]]
    door = attributes(data_menu=f"kpi:{name}", aria_haspopup="true", aria_expanded="false")
    spoken = f"{hint} {delta_text(figure.unit, row.delta, context)}" if base is not None else hint
    return _card(body, row, hint, spoken, role="button", **door)


def _customer_card(row: Any, days: int, context: Context) -> Component:
    f = context.formats
    name = str(row.metric)
    figure = customer_figure(name)
    label = (
        _("{label} ({days:day|days})", label=figure.label, days=f.count(days))
        if name == "active_customers"
        else figure.label
    )
    full = f.unit(figure.unit, row.value)
    whole = figure.unit == "money" and row.value >= 10_000
    hint = f"{_('{name}: {value}.', name=label, value=full)} {_sentence(figure.formula)}"
    change = [_change(row, figure.unit, context)] if context.selection.base is not None else []
    if name == "listed_customers":
        change = [_no_change(_("in the customer list"))]
    return _card([*_number(label, f.money(row.value, whole=True) if whole else full, full), *change], row, hint, hint)


def _card(body: list[Component], row: Any, hint: str, spoken: str, role: str = "group", **more: Any) -> Component:
    described = attributes(aria_label=spoken, data_metric=row.metric, data_value=repr(float(row.value)))
    return html.Div(body, className="kpi", title=hint, tabIndex=0, role=role, **described, **more)


def _number(label: str, shown: str, full: str) -> list[Component]:
    return [html.Div(label, className="kpi-label"), html.Div(shown, className="kpi-value", title=full)]


def _change(row: Any, unit: str, context: Context) -> Component:
    """How the number moved, and against what."""
    moved = f"{arrow(row.direction, row.delta)} {delta_text(unit, row.delta, context)}".strip()
    delta = html.Span(moved, className=f"kpi-delta {row.direction or 'none'}")
    return html.Div([delta, html.Span(_versus(context), className="kpi-versus")], className="kpi-change")


def _versus(context: Context) -> str:
    """Against what the changes are: 'vs November'."""
    now = context.selection
    month = context.formats.base(now.span, now.base)
    return _("vs {month}", month=month) if month else VERSUS[now.comparison]


def _no_change(text: str) -> Component:
    return html.Div([html.Span(text, className="kpi-delta none")], className="kpi-change")


def _sentence(formula: str) -> str:
    return f"{capital(str(formula))}."


def _sparkline(values: pd.Series | None) -> Component:
    """The last points of a series as a line; an empty place where fewer than two are known."""
    v = np.empty(0) if values is None else values.to_numpy(float)[-MOST_POINTS:]
    known = v[np.isfinite(v)]
    if len(known) < 2:
        return html.Div(className="spark")
    low = known.min()
    spread = known.max() - low or 1.0
    x = np.linspace(1, 99, len(v))
    y = 22 - (v - low) / spread * 20
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True) if math.isfinite(b))
    line = '<svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><polyline points="%s"/></svg>'
    return html.Div(Markup(line) % points, className="spark")
