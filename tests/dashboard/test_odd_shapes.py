"""No shape of data breaks a chart: it is drawn, or it says why it has no answer."""

from __future__ import annotations

import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData
from analytics.selection import Selection
from dashboard import pages
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.text.formats import formats
from tests.analytics.odd_shapes import SHAPES
from tests.samples import crossed

pytestmark = pytest.mark.no_cover

CHOSEN = "range=last_12m&compare=previous"  # under which every choice of every option is tried
QUERIES = ("range=all", CHOSEN, "range=last_30d&compare=previous&grain=day")


def choices(chart: Chart) -> list[dict[str, str]]:
    """The chart's options as they are by default, and with each other choice of each option in turn."""
    default = chart.read_options({})
    listed = [(o.name, choice) for o in chart.options if not isinstance(o.choices, str) for choice in o.choices]
    chosen = [chart.read_options({name: choice}) for name, choice in listed]
    return [default, *(options for options in chosen if options != default)]


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("shape", "query"), crossed(SHAPES, QUERIES, 1))
def test_every_chart_answers_or_says_why_not(shape: str, query: str) -> None:
    engine = ColumnarEngine(store.in_memory(SHAPES[shape]()))
    selection, _ = Selection.from_query(f"data=odd&{query}")
    now = engine.resolve(selection)
    for chart in pages.CHARTS.values():
        if chart.missing(engine.schema) or chart.name.startswith("insights"):
            continue
        for options in choices(chart) if query == CHOSEN else [chart.read_options({})]:
            own = chart.own(now, options, engine.schema)
            try:
                answer = chart.compute(engine, own, options)
            except (NotInData, NotEnoughData):
                continue
            if not answer.empty:
                chart.draw(answer, Context(chart.title, own, options, formats("USD", "en-US"), engine.schema))
