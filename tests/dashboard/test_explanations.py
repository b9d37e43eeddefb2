"""What a manager reads about a method: what it says, how sure it is, what to do, how it is computed."""

from __future__ import annotations

import pytest

from dashboard.pages import CHARTS
from dashboard.words import parts_of

METHODS = (
    *("basket_pairs", "pair_heatmap", "basket_network", "attach_rates", "bundle_ideas", "recommendations"),
    *("action_plan", "clv_by_segment", "churn_risk", "rfm_migration", "concentration"),
    *("forecast", "anomalies", "alerts", "revenue_bridge", "order_value_bridge"),
    *("discount_effect", "inventory_turnover", "stock_cover", "channel_performance", "attribution"),
)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_how_sure_it_is_and_what_to_do(name: str) -> None:
    says, sure, to_do, computed = parts_of(CHARTS[name].how)
    assert (sure[:10], to_do[:7], computed[:10]) == ("How sure: ", "To do: ", "Computed: ")
    for part in (says, sure, to_do, computed):
        assert len(part) > 20
        assert part.endswith(".")
