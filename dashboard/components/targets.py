"""How a target stands, in words and as a bar: on key figures and on the page "Targets"."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from analytics.calendar import TimeRange
from analytics.language import N_, _
from analytics.metrics import METRICS
from dashboard.components.controls import attributes
from dashboard.context import Context
from dashboard.text.formats import Formats

LATE = ("behind", "missed")
STATES = {
    "not begun": N_("not begun"),
    "on track": N_("on track"),
    "behind": N_("behind"),
    "reached": N_("reached"),
    "met": N_("met"),
    "missed": N_("missed"),
    "unknown": N_("unknown"),
}


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
    """'62% of $400K' and 'chance 71%'; after the period, how it ended."""
    value = f.metric(row.metric, row.target, short=True)
    if METRICS[row.metric].unit == "percent" or np.isnan(row.progress):
        said = _("limit {value}", value=value) if row.at_most else _("target {value}", value=value)
    elif row.at_most:
        said = _("{progress} of limit {value}", progress=reached(row.progress, f), value=value)
    else:
        said = _("{progress} of {value}", progress=reached(row.progress, f), value=value)
    if not row.days_left or np.isnan(row.chance):
        return said, state_words(row.state)
    return said, chance_words(row.chance, f)


def state_words(state: str) -> str:
    """How a target stands, in the viewer's language."""
    return str(STATES.get(state, state))


def reached(progress: float, f: Formats) -> str:
    """'62%'; what falls just short of 100 is not rounded up to it."""
    return f.percent(progress, 1 if 99.5 <= progress < 100 else 0)


def chance_words(chance: float, f: Formats) -> str:
    """'chance 71%'; no closer to 0 and 100 than 1, as nothing is certain."""
    return _("chance {chance}%", chance=f.number(min(max(chance, 1.0), 99.0)))


def target_words(row: Any, context: Context) -> str:
    """All that is known of a target, in sentences."""
    return standing_words(row, context.formats, float(row.target))


def standing_words(row: Any, f: Formats, value: float) -> str:
    """A target's period, what of it is reached, what is needed, the chance, and why there is none. `row`: as
    questions.targets.against_targets has it."""
    span = TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D") + 1)
    limit = METRICS[row.metric].good < 0
    about = {"span": f.span(span), "value": f.metric(row.metric, value), "state": state_words(row.state)}
    if row.name:
        named = (
            N_("Limit ({name}) for {span}: {value}; {state}.")
            if limit
            else N_("Target ({name}) for {span}: {value}; {state}.")
        )
        said = [_(named.template, name=row.name, **about)]
    else:
        plain = N_("Limit for {span}: {value}; {state}.") if limit else N_("Target for {span}: {value}; {state}.")
        said = [_(plain.template, **about)]
    begun = row.days_left and row.state != "not begun"
    if begun and not np.isnan(row.pace) and not np.isnan(row.progress):
        done, pace = f.percent(row.progress, 0), f.percent(row.pace, 0)
        said.append(_("{progress} is reached; its usual course reaches {pace} by now.", progress=done, pace=pace))
    if not np.isnan(row.needed_per_day):
        needed = f.metric(row.metric, row.needed_per_day)
        left = f.count(row.days_left)
        said.append(_("{left:day is|days are} left, each of which needs {needed}.", left=left, needed=needed))
    if not np.isnan(row.chance):
        words = chance_words(row.chance, f)
        said.append(f"{words[:1].upper()}{words[1:]}.")
    return " ".join([*said, *([row.note] if row.note else [])])
