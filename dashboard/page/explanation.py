"""What stands behind "how is this computed": the explanation in parts, the notes, how the method did before, and which
rows the figures stand for."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.answer import Answer
from analytics.engines.base import Engine
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.text.selections import selection_facts

SCORES = {
    "method": ("Method", ""),
    "origins": ("Past forecasts", "count"),
    "steps": ("Periods ahead", "count"),
    "mase": ("MASE", "ratio"),
    "smape": ("sMAPE", "percent"),
    "wape": ("WAPE", "percent"),
    "coverage_80": ("Inside 80 %", "percent"),
    "coverage_95": ("Inside 95 %", "percent"),
}


def explanation(chart: Chart, answer: Answer, context: Context, engine: Engine) -> list[Any]:
    """The content of the dialog."""
    facts = [html.Tr([html.Th(label), html.Td(text)]) for label, text in selection_facts(context.selection, engine)]
    return [
        html.P(chart.question, className="question"),
        *[html.P([html.Strong(f"{label}: "), text] if label else text) for label, text in chart.explanation.parts],
        *[html.P(note) for note in answer.notes],
        *_scorecard(answer, context),
        html.Table(html.Tbody(facts), className="plain-table"),
    ]


def _scorecard(answer: Answer, context: Context) -> list[Any]:
    """How the method and its rivals did over past dates, where the answer says."""
    scores = answer.more.get("scorecard")
    if scores is None or scores.empty:
        return []
    shown = [(name, *words) for name, words in SCORES.items() if name in scores]
    head = html.Tr([html.Th(label, className="number" if unit else "") for _, label, unit in shown])
    rows = [html.Tr([_score(row[name], unit, context) for name, _, unit in shown]) for row in scores.to_dict("records")]
    said = "Tried on past dates: errors of the method and of merely repeating (MASE below 1 beats repeating in sample)."
    return [html.P(said), html.Table([html.Thead(head), html.Tbody(rows)], className="plain-table")]


def _score(value: Any, unit: str, context: Context) -> html.Td:
    return html.Td(context.formats.unit(unit, value), className="number") if unit else html.Td(str(value).capitalize())
