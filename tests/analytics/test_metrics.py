"""Metrics: each is a formula over measures that exist, blank where its denominator is zero."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analytics.errors import UnknownName
from analytics.measures import MEASURES
from analytics.metrics import EVERY_MENU, KEY_FIGURES, METRICS, available, measures_of, metric, offered, ratio, summed
from analytics.schema import EXTRA_TABLES, FIELDS, FILTERS, GROUPS, REQUIRED, Schema


def series(**values: float) -> dict[str, pd.Series]:
    return {name: pd.Series([value], dtype="float64") for name, value in values.items()}


def test_measures_and_needs_exist() -> None:
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.text, name
        assert all(n in FIELDS or n in EXTRA_TABLES for n in measure.needs), name
    for name, m in METRICS.items():
        assert m.name == name
        assert all(part in MEASURES for part in m.measures), name
        assert m.additive <= {"line", "order", "customer"}
        assert m.label
        assert m.formula


def test_a_ratio_is_blank_over_zero() -> None:
    assert ratio(pd.Series([1, 0]), pd.Series([0, 0])).isna().all()
    assert ratio(pd.Series([1]), pd.Series([4]), 100).tolist() == [25.0]
    assert math.isnan(ratio(pd.Series([1.0]), pd.Series([np.nan])).iloc[0])


@pytest.mark.parametrize(
    ("name", "measures", "value"),
    [
        ("aov", {"revenue": 34_465_537.94, "orders": 178_437}, 193.15241760397225),
        ("repeat_rate", {"repeat_customers": 30_789, "customers": 140_787}, 21.869206673911652),
        ("refund_rate", {"refunds": 25, "gross": 100}, 25.0),
        ("profit", {"costed_revenue": 100, "cost": 60}, 40.0),
        ("margin", {"costed_revenue": 100, "cost": 60}, 40.0),
        ("margin", {"costed_revenue": 0, "cost": 60}, math.nan),
        ("discount_rate", {"discount": 20, "revenue": 80}, 20.0),
        ("conversion_rate", {"orders": 3, "sessions": 60}, 5.0),
        ("orders_per_day", {"orders": 3, "days": 0}, math.nan),
        ("rating", {"rating_sum": 9, "rated_lines": 2}, 4.5),
        ("revenue_per_customer", {"known_revenue": 10, "customers": 4}, 2.5),
        ("items_per_order", {"units": 6, "orders": 4}, 1.5),
        ("orders_per_customer", {"known_orders": 6, "customers": 4}, 1.5),
    ],
)
def test_formulas(name: str, measures: dict[str, float], value: float) -> None:
    assert set(metric(name).measures) == set(measures)
    assert metric(name).compute(series(**measures)).iloc[0] == pytest.approx(value, nan_ok=True)


def test_measures_are_asked_for_once() -> None:
    assert measures_of(["revenue", "aov", "orders"]) == ("revenue", "orders")
    assert measures_of([]) == ()


def test_only_what_the_data_can_give() -> None:
    bare = Schema(tuple(FIELDS[n] for n in REQUIRED))
    assert {"revenue", "gross", "refunds", "orders", "units", "lines", "aov", "refund_rate"} <= set(available(bare))
    assert not {"customers", "profit", "rating", "sessions", "conversion_rate"} & set(available(bare))
    assert "sessions" in available(Schema(bare.fields, ("sessions",)))
    assert set(available(Schema(tuple(FIELDS.values()), tuple(EXTRA_TABLES)))) == set(METRICS)


def test_unknown_metrics_are_suggested() -> None:
    with pytest.raises(UnknownName, match="'revenue'"):
        metric("revenu")
    with pytest.raises(UnknownName):
        metric(["revenue"])  # type: ignore[arg-type]


def test_a_metric_that_says_nothing_about_menus_is_in_all_of_them() -> None:
    for menu in EVERY_MENU:
        assert {"revenue": "Revenue", "aov": "Average order value"}.items() <= offered(menu).items()
        assert {"profit": "Profit", "margin": "Margin"}.items() <= offered(menu).items(), "wherever revenue is"
        assert "refunds" not in offered(menu)
    assert list(summed("ranking")) == ["revenue", "units", "profit"]


def test_ranks_are_given_once() -> None:
    assert len({METRICS[n].key_figure for n in KEY_FIGURES}) == len(KEY_FIGURES)
    assert len({FIELDS[n].group_rank for n in GROUPS}) == len(GROUPS)
    assert KEY_FIGURES[0] == "revenue"
    assert FILTERS[:3] == ("country", "region", "city")
    assert set(FILTERS) | {
        "order_id",
        "customer",
        "currency",
        "place",
        "posted_day",
        "product_name",
        "customer_name",
    } == {f.name for f in FIELDS.values() if f.dimension}
