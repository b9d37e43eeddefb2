"""What a manager reads about a method: what it says, how sure it is, what to do, how it is computed."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.methods.customers import rfm
from analytics.profile import USUAL_TIERS
from analytics.questions import prices
from analytics.schema import VALUE_LABELS
from analytics.selection import Selection
from dashboard.chart import Explanation
from dashboard.context import Context
from dashboard.page.dialog import explanation
from dashboard.pages import CHARTS, PAGES
from dashboard.pages.products import terms
from dashboard.text.formats import formats

METHODS = (
    *("basket_pairs", "pair_heatmap", "basket_network", "attach_rates", "bundle_ideas", "recommendations"),
    *("action_plan", "clv_by_segment", "churn_risk", "rfm_migration", "concentration"),
    *("forecast", "anomalies", "alerts", "revenue_bridge", "order_value_bridge"),
    *("discount_effect", "inventory_turnover", "stock_cover", "channel_performance", "attribution"),
)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_how_sure_it_is_and_what_to_do(name: str) -> None:
    parts = CHARTS[name].explanation.parts
    assert [label for label, _ in parts] == ["", "How sure", "To do", "Computed"]
    for _, text in parts:
        assert len(text) > 20
        assert text.endswith(".")


def test_an_explanation_without_labels_is_one_part() -> None:
    assert Explanation("Sum of amounts per period.").parts == (("", "Sum of amounts per period."),)


def test_the_explanation_of_a_forecast_shows_its_scorecard(demo: ColumnarEngine) -> None:
    chart = CHARTS["forecast"]
    now = demo.resolve(Selection("demo"))
    scores = pd.DataFrame({"method": ["theta", "seasonal naive"], "origins": 52, "steps": 28, "mase": [0.98, 1.216]})
    answer = Answer(pd.DataFrame({"period": []}), ("Method: Theta.",), {"scorecard": scores})
    shown = explanation(chart, answer, Context("", now, {}, formats("USD", "en-US"), demo.schema), demo)
    text = str(shown)
    assert all(part in text for part in ("Seasonal naive", "1.22", "0.98", "Past forecasts", "Method: Theta."))
    plain = explanation(chart, Answer(answer.frame), Context("", now, {}, formats("USD", "en-US"), demo.schema), demo)
    assert "MASE" not in str(plain[-2])


TERMS = re.compile(r"q-value|p-value|Wilson|Benjamini|Haenszel|false discovery|significant|MASE|theta|conformal", re.I)


def test_terms_of_statistics_stand_only_where_the_computation_is_explained(demo: ColumnarEngine) -> None:
    page = next(p for p in PAGES if p.name == "basket")
    charts = [*page.charts, CHARTS["forecast"]]
    said = [text for chart in charts for label, text in chart.explanation.parts if label != "Computed"]
    notes = CHARTS["forecast"].compute(demo, demo.resolve(Selection("demo")), {}).notes
    assert [text for text in (*said, *notes) if TERMS.search(text)] == []
    assert "It " in notes[0]


FACE = re.compile(
    "\\b(lifts?|cohorts?|gini|pareto|hhi|quantiles?|percentiles?|regression|probability|of it|dear)\\b", re.I
)


def test_a_card_says_in_a_few_plain_words_what_it_is_and_answers() -> None:
    """What managers read on the face of a card; the length leaves room for languages that need a third more."""
    for chart in CHARTS.values():
        columns = [column.label for column in getattr(chart.draw, "keywords", {}).get("columns", ())]
        options = [
            text for o in chart.options if not isinstance(o.choices, str) for text in (o.label, *o.choices.values())
        ]
        assert len(chart.title) <= 32, chart.title
        assert not chart.title.endswith((".", "?")), chart.title
        assert len(chart.question) <= 72, chart.question
        assert chart.question.endswith("?"), chart.question
        assert not chart.nothing or chart.nothing.endswith("."), chart.nothing
        said = (chart.title, chart.question, chart.nothing, *columns, *options)
        assert [text for text in said if FACE.search(text)] == [], chart.name


def test_what_questions_call_their_groups_is_in_the_catalogue() -> None:
    assert set(terms.BANDS) == {word for _, word in prices.DISCOUNT_BANDS}
    assert set(rfm.STANDING) <= set(VALUE_LABELS["rfm_segment"])
    assert {name for name, _ in USUAL_TIERS} == set(VALUE_LABELS["value_tier"])
