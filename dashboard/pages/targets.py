"""The chart of all targets: by data URL, in answers to agents, and behind the page "Targets"; on no page of figures."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.language import N_
from analytics.metrics import METRICS
from analytics.questions.targets.standing import COLUMNS, listed
from analytics.questions.targets.target import all_of
from dashboard.chart import Chart, Explanation
from dashboard.context import Context
from dashboard.figures.marks import grids

STATES = {
    "not begun": N_("Not begun"),
    "on track": N_("On track"),
    "behind": N_("Behind"),
    "reached": N_("Reached"),
    "met": N_("Met"),
    "missed": N_("Missed"),
    "unknown": N_("Unknown"),
}
_SHOWN = (
    grids.Column("metric", N_("Metric"), width=140),
    grids.Column("name", N_("Name"), width=120),
    grids.Column("period", N_("Period"), width=110),
    grids.Column("filters", N_("Filters"), width=180),
    grids.Column("progress", N_("Reached"), "percent", width=110),
    grids.Column("days_left", N_("Days to go"), "count", width=90),
    grids.Column("chance", N_("Chance"), "percent", width=100),
    grids.Column("state", N_("Status"), width=110, words=STATES),
)


def _grid(answer: Answer, context: Context) -> dict[str, Any]:
    return grids.grid(answer.frame, _SHOWN, context.formats, _label)


def _label(field: str, value: Any) -> str:
    return str(METRICS[value].label) if field == "metric" else str(value)


ALL = Chart(
    name="targets",
    title=N_("Targets"),
    question=N_("Will the targets be met?"),
    kind="grid",
    compute=listed,
    draw=_grid,
    targets=all_of,
    chances=True,
    columns=COLUMNS,
    lines=False,
    units={"progress": "percent", "pace": "percent", "chance": "percent", "days_left": "count"},
    explanation=Explanation(
        tells=N_(
            "How much of each target is reached, what each remaining day has to bring, and how likely the "
            "target is to be met."
        ),
        how_sure=N_(
            "The chance is the share of the forecast's possible courses that meet the target. In simulated "
            "companies, about as many targets were met as stated; docs/methods.md has the figures."
        ),
        to_do=N_("Act where the chance is low and days are left."),
        computed=N_(
            "Reached: what the complete days brought, in % of the target. Pace: what is usually reached by now, "
            "from the same days of earlier years and the weekdays. Chance: the daily forecast is run to the end "
            "of the period many times, each time with its own past errors; with more than 28 days left it needs "
            "a year of data. Ratios and numbers of customers are not sums of days, so they have no chance."
        ),
    ),
)
