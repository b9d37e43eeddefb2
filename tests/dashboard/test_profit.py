"""Where cost is known, profit can be chosen wherever revenue can, and it is the profit of the lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.engines.columnar.engine import ColumnarEngine
from analytics.selection import Selection
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.pages import CHARTS
from dashboard.text.formats import formats

QUERY = "range=2025-01-01..2025-07-01&compare=year"
LOGARITHMIC = {"forecast", "anomalies"}  # methods of sums that are never negative
CHOICE = {c.name: c for c in CHARTS.values() for o in c.options if o.name == "metric" and "revenue" in o.choices}
SHOWN = {name: chart for name, chart in CHOICE.items() if name not in LOGARITHMIC}
OF_ALL_LINES = (
    "top_products", "top_places", "revenue_by_product", "revenue_by_category", "revenue_by_city", "category_over_time",
    "product_over_time", "product_month_units", "product_movers", "place_growth", "revenue_by_weekday_hour",
)  # fmt: skip


@pytest.fixture(scope="module")
def lines(demo: ColumnarEngine) -> pd.DataFrame:
    now = demo.resolve(Selection.from_query(QUERY)[0])
    names = ["product", "customer", "amount", "cost"]
    return demo.lines(now, names, [], 0, 10_000_000).rows


def shown(chart: Chart, engine: ColumnarEngine, **chosen: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    now = engine.resolve(Selection.from_query(QUERY)[0])
    options = chart.read_options(chosen, engine.schema)
    answer = chart.compute(engine, chart.own(now, options, engine.schema), options)
    written = formats(engine.profile.currency, engine.profile.locale)
    context = Context(
        chart.title, chart.at_grain(now, options), options, written, engine.schema, chart.emitted(options)
    )
    assert chart.draw(answer, context), chart.name
    return answer.frame, answer.notes


def profit_of(lines: pd.DataFrame) -> pd.Series:
    """The definition: amounts less cost where cost is known."""
    return (lines["amount"].astype(float) - lines["cost"].astype(float)).fillna(0.0)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("chart", SHOWN.values(), ids=lambda c: c.name)
def test_profit_can_be_chosen_wherever_revenue_can(demo: ColumnarEngine, chart: Chart) -> None:
    option = next(o for o in chart.options if o.name == "metric")
    if chart.missing(demo.schema):
        pytest.skip("the demo lacks what this chart is about")
    if "index" in option.choices:
        pytest.skip("sales by discount compare units and revenue")
    assert "profit" in option.offered(demo.schema), chart.name
    frame, _ = shown(chart, demo, metric="profit")
    assert "profit" in frame


@pytest.mark.parametrize("name", OF_ALL_LINES)
def test_profits_of_a_chart_add_up_to_those_of_the_lines(demo: ColumnarEngine, lines: pd.DataFrame, name: str) -> None:
    chart, now = CHARTS[name], demo.resolve(Selection.from_query(QUERY)[0])
    if chart.months:  # of which this one shows more than the range
        options = chart.read_options({"metric": "profit"}, demo.schema)
        whole = chart.own(now, options, demo.schema)
        assert whole.span.start < now.span.start
        lines = demo.lines(whole, ["product", "amount", "cost"], [], 0, 10_000_000).rows
    frame, _ = shown(chart, demo, metric="profit")
    assert frame["profit"].sum() == pytest.approx(profit_of(lines).sum())


def test_classes_by_profit_leave_out_losses_and_say_what_they_cost(demo: ColumnarEngine, lines: pd.DataFrame) -> None:
    by = profit_of(lines).groupby(lines["product"].astype(str)).sum()
    frame, notes = shown(CHARTS["product_pareto"], demo, metric="profit")
    expected = by[by > 0].sort_values(ascending=False)
    np.testing.assert_allclose(frame["profit"], expected)
    assert any("loss" in note for note in notes) == bool((by < 0).any())


def test_the_bridge_of_profit_adds_up(demo: ColumnarEngine, lines: pd.DataFrame) -> None:
    frame, _ = shown(CHARTS["revenue_bridge"], demo, method="profit")
    steps = frame.set_index("step")["profit"]
    assert steps["now"] == pytest.approx(profit_of(lines).sum())
    assert steps["base"] + steps.drop(["base", "now"]).sum() == pytest.approx(steps["now"])
    assert {"volume", "mix", "price"} <= set(steps.index), "the cost of a unit stayed as it was"
