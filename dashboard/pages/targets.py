"""The chart of all targets: by data URL, in answers to agents, and behind the page "Targets"; on no page of figures."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.questions.targets.standing import COLUMNS, listed
from analytics.questions.targets.target import all_of
from dashboard.chart import Chart, Explanation
from dashboard.context import Context
from dashboard.figures.marks import grids

_SHOWN = (
    grids.Column("metric", "Metric", width=140),
    grids.Column("name", "Name", width=120),
    grids.Column("period", "Period", width=110),
    grids.Column("filters", "Filters", width=180),
    grids.Column("progress", "Reached", "percent", width=110),
    grids.Column("days_left", "Days left", "count", width=90),
    grids.Column("chance", "Chance", "percent", width=100),
    grids.Column("state", "State", width=110),
)


def _grid(answer: Answer, context: Context) -> dict[str, Any]:
    return grids.grid(answer.frame, _SHOWN, context.formats, _label)


def _label(field: str, value: Any) -> str:
    return METRICS[value].label if field == "metric" else str(value)


ALL = Chart(
    name="targets",
    title="Targets",
    question="How do the targets stand?",
    kind="grid",
    compute=listed,
    draw=_grid,
    targets=all_of,
    chances=True,
    columns=COLUMNS,
    lines=False,
    units={"progress": "percent", "pace": "percent", "chance": "percent", "days_left": "count"},
    explanation=Explanation(
        tells="What of each target is reached, what each remaining day has to bring, and how likely it is met.",
        how_sure="The chance is the share of courses that the forecast may take which meet the target. In simulated "
        "companies, as many targets were met as was said: docs/methods.md has the figures.",
        to_do="Act where the chance is low and days are left; where it is high, nothing is needed.",
        computed="Reached is what the complete days brought, in per cent of the target. Pace is what the usual course "
        "of the period reaches by now: the same days of the years before, and the weekdays. The forecast by day is "
        "repeated with what its own past forecasts missed, each time to the end of the period; what is in the data "
        "stays as it is. More than 28 days need a year that is known. Ratios and numbers of customers are no sums of "
        "days, so they have no chance.",
    ),
)
