"""KPI cards: the number, how it moved, and its course as a small line."""

from __future__ import annotations

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.answer import Answer
from analytics.metrics import METRICS
from dashboard.components.controls import attributes
from dashboard.context import Context
from dashboard.text.formats import BLANK

LARGE, SMALL = 6, 7


def kpi_cards(answer: Answer, context: Context) -> Component:
    """Six large cards, the next seven metrics in a quieter row below; the table view holds all."""
    rows = [_card(r, answer.more["trend"], context) for r in answer.frame.itertuples()]
    return html.Div(
        [
            html.Div(rows[:LARGE], className="kpis large"),
            *([html.Div(rows[LARGE : LARGE + SMALL], className="kpis")] if rows[LARGE:] else []),
        ]
    )


def _card(row: object, trend: pd.DataFrame, context: Context) -> Component:
    name: str = row.metric  # type: ignore[attr-defined]
    value, base, delta, direction = row.value, row.base, row.delta, row.direction  # type: ignore[attr-defined]
    m = METRICS[name]
    formats = context.formats
    words = delta_words(name, delta, context)
    full = formats.metric(name, value)
    hint = f"{m.label}: {full}. {m.formula[0].upper()}{m.formula[1:]}."
    if context.selection.base is not None:
        hint += f" {formats.span(context.selection.base)}: {formats.metric(name, base)}."
    arrow = "" if not direction else ("▲" if delta > 0 else "▼" if delta < 0 else "■") if direction != "flat" else "■"
    return html.Div(
        [
            html.Div(m.label, className="kpi-label"),
            html.Div(_shown(name, value, context), className="kpi-value", title=full),
            html.Div(
                [
                    html.Span(
                        f"{arrow} {words}".strip()
                        if direction
                        else (BLANK if context.selection.base is None else words),
                        className=f"kpi-delta {direction or 'none'}",
                    ),
                    html.Span(_versus(context), className="kpi-versus"),
                ],
                className="kpi-change",
            ),
            _sparkline(trend[name]) if len(trend) > 1 else html.Div(className="spark"),
        ],
        className="kpi",
        title=hint,
        tabIndex=0,
        role="group",
        **attributes(aria_label=f"{hint} {words}", data_metric=name, data_value=repr(float(value))),
    )


def delta_words(name: str, delta: float, context: Context) -> str:
    """'+12.4 %', for rates '+0.8 pp', "n/a" without a base."""
    return context.formats.signed(delta, suffix=" pp" if METRICS[name].unit == "percent" else " %")


def _shown(name: str, value: float, context: Context) -> str:
    unit = METRICS[name].unit
    return context.formats.metric(name, value, short=unit == "money" or (unit == "count" and abs(value) >= 1e7))


def _versus(context: Context) -> str:
    words = {"previous": "vs previous", "year": "vs last year", "none": "no comparison"}
    return words[context.selection.comparison]


def _sparkline(values: pd.Series) -> Component:
    """A line of at most 60 points."""
    v = values.to_numpy(float)[-60:]
    known = v[np.isfinite(v)]
    if len(known) < 2:
        return html.Div(className="spark")
    low, spread = known.min(), known.max() - known.min() or 1.0
    x = np.linspace(1, 99, len(v))
    y = 22 - (v - low) / spread * 20
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))
    line = '<svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><polyline points="%s"/></svg>'
    return html.Div(Markup(line) % points, className="spark")
