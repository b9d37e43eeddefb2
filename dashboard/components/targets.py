"""How a target stands, in words and as a bar: on key figures and on the page "Targets"."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from analytics.calendar import TimeRange
from analytics.metrics import METRICS
from dashboard.components.controls import attributes
from dashboard.context import Context
from dashboard.text.formats import Formats

LATE = ("behind", "missed")


def target_bar(row: Any, context: Context) -> Component:
    """How much of a target is reached, a mark at what the usual course would have reached, and a line of words."""
    words = [html.Span(part) for part in _short(row, context.formats)]
    return html.Div([bar(row), html.Div(words, className="target-words")], className="target")


def bar(row: Any) -> Component:
    """The bar alone; words next to it say the same."""
    progress = 0.0 if np.isnan(row.progress) else float(min(max(row.progress, 0.0), 100.0))
    marks = [html.I(className="target-done", style={"width": f"{progress:.1f}%"})]
    if row.days_left and not np.isnan(row.pace):
        marks.append(html.I(className="target-pace", style={"left": f"{min(row.pace, 100.0):.1f}%"}))
    state = "late" if row.state in LATE else "fine"
    return html.Div(marks, className=f"target-bar {state}", **attributes(aria_hidden="true"))


def _short(row: Any, f: Formats) -> tuple[str, str]:
    """'62 % of $400K' and 'chance 71 %'; after the period, how it ended."""
    value = f.metric(row.metric, row.target, short=True)
    limit = "limit " if row.at_most else ""
    said = f"{reached(row.progress, f)} of {limit}{value}"
    if METRICS[row.metric].unit == "percent" or np.isnan(row.progress):
        said = f"{limit or 'target '}{value}"
    if not row.days_left:
        return said, row.state
    return said, row.state if np.isnan(row.chance) else chance_words(row.chance, f)


def reached(progress: float, f: Formats) -> str:
    """'62 %'; what falls just short of 100 is not rounded up to it."""
    return f.percent(progress, 1 if 99.5 <= progress < 100 else 0)


def chance_words(chance: float, f: Formats) -> str:
    """'chance 71 %'; no closer to 0 and 100 than 1, as nothing is certain."""
    return f"chance {f.number(min(max(chance, 1.0), 99.0))} %"


def target_words(row: Any, context: Context) -> str:
    """All that is known of a target, in sentences."""
    return standing_words(row, context.formats, float(row.target))


def standing_words(row: Any, f: Formats, value: float) -> str:
    """A target's period, what of it is reached, what is needed, the chance, and why there is none. `row`: as
    questions.targets.against_targets has it."""
    span = TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D") + 1)
    name = f" ({row.name})" if row.name else ""
    limit = "Limit" if METRICS[row.metric].good < 0 else "Target"
    said = [f"{limit}{name} for {f.span(span)}: {f.metric(row.metric, value)}; {row.state}."]
    begun = row.days_left and row.state != "not begun"
    if begun and not np.isnan(row.pace) and not np.isnan(row.progress):
        usual = f"its usual course reaches {f.percent(row.pace, 0)} by now"
        said.append(f"{f.percent(row.progress, 0)} is reached; {usual}.")
    if not np.isnan(row.needed_per_day):
        left = "1 day is left" if row.days_left == 1 else f"{row.days_left} days are left"
        said.append(f"{left}, each of which needs {f.metric(row.metric, row.needed_per_day)}.")
    if not np.isnan(row.chance):
        words = chance_words(row.chance, f)
        said.append(f"{words[:1].upper()}{words[1:]}.")
    return " ".join([*said, *([row.note] if row.note else [])])
