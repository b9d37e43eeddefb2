"""What other modules test on real data sets, but holds of any: customers, segments, tiers, guessing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.guessing.guess import guess
from analytics.questions.customers import buyers, segments
from analytics.selection import Clause, Resolved, Selection
from data import demo_company
from tests.analytics.shop import declared
from tests.conftest import DEMO_SCALE

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]


@pytest.fixture(scope="module")
def demo(store: Path) -> ColumnarEngine:
    return ColumnarEngine(stores.open(store, "demo"))


def all_of(engine: ColumnarEngine, *clauses: Clause, span: str = "all") -> Resolved:
    return engine.resolve(Selection(engine.name, span, "none", clauses=clauses))


def customers_by(frame: pd.DataFrame, field: str) -> dict[str, int]:
    return dict(frame.set_index(field)["customers"])


@pytest.mark.parametrize("days", [30, 90, 720])
def test_active_customers_are_counted_back_from_the_last_day(demo: ColumnarEngine, days: int) -> None:
    frame = buyers.customer_kpis(demo, all_of(demo), {"window": str(days)}).frame.set_index("metric")["value"]
    last = pd.Series(demo.entities("customer", all_of(demo)).columns["last"]).dropna().dt.normalize()
    assert frame["active_customers"] == (pd.Timestamp("2025-12-31") - last <= pd.Timedelta(days=days)).sum() > 0


def test_segments_are_those_of_the_filter(demo: ColumnarEngine) -> None:
    listed = customers_by(segments.rfm_segments(demo, all_of(demo), {}).frame, "rfm_segment")
    filtered = customers_by(demo.aggregate(["rfm_segment"], ["customers"], all_of(demo)), "rfm_segment")
    assert listed == {segment: count for segment, count in filtered.items() if segment}


def test_a_filter_chooses_customers_and_moves_none_to_another_segment(demo: ColumnarEngine) -> None:
    direct = Clause("channel", ("Direct",))
    everybody = segments.rfm_scatter(demo, all_of(demo), {}).frame.set_index("customer")["rfm_segment"]
    some = segments.rfm_scatter(demo, all_of(demo, direct), {}).frame.set_index("customer")["rfm_segment"]
    assert 0 < len(some) < len(everybody)
    assert some.equals(everybody[some.index])
    for segment, count in some.value_counts().items():
        both = all_of(demo, direct, Clause("rfm_segment", (str(segment),)))
        assert demo.aggregate([], ["customers"], both)["customers"][0] == count


def test_a_range_that_begins_late_moves_nobody_to_another_segment(demo: ColumnarEngine) -> None:
    whole = segments.rfm_segments(demo, all_of(demo), {}).frame
    late = segments.rfm_segments(demo, all_of(demo, span="2025-12-01..2026-01-01"), {}).frame
    assert customers_by(late, "rfm_segment") == customers_by(whole, "rfm_segment")


def test_value_tiers_equal_plain_pandas(demo: ColumnarEngine) -> None:
    frame = segments.value_tiers(demo, all_of(demo), {}).frame.set_index("value_tier")
    columns = demo.entities("customer", all_of(demo)).columns
    spent, orders = pd.Series(columns["revenue"]), pd.Series(columns["orders"])
    for tier, keep in {"High": spent >= 1000, "Medium": (spent >= 500) & (spent < 1000), "Low": spent < 500}.items():
        assert frame.loc[tier, "customers"] == keep.sum()
        assert frame.loc[tier, "revenue"] == pytest.approx(spent[keep].sum())
        assert frame.loc[tier, "orders_per_customer"] == pytest.approx(orders[keep].mean())


@pytest.mark.sampled(4)
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_file_of_orders_is_guessed_and_loads_with_the_same_totals(tmp_path: Path, separator: str) -> None:
    lines = demo_company.generate(scale=DEMO_SCALE)["lines"]
    sold = lines[lines["quantity"] > 0]
    names = {
        "order_id": "Order No", "ordered_at": "Order Date", "customer": "Customer ID", "product": "Item",
        "quantity": "Qty", "amount": "Line Total", "city": "City", "country": "Country", "category": "Category",
    }  # fmt: skip
    path = tmp_path / "orders.csv"
    sold[list(names)].rename(columns=names).to_csv(path, sep=separator, index=False)
    loaded = read(load(declared(tmp_path, guess([path], tmp_path))), tmp_path).lines
    assert loaded["order_id"].nunique() == sold["order_id"].nunique()
    assert loaded.loc[loaded["customer"] != "", "customer"].nunique() == sold["customer"].nunique()
    assert loaded["amount"].sum() == pytest.approx(sold["amount"].sum(), abs=0.005)
    assert {"city", "country", "category"} <= set(loaded)
