"""Customers: the published figures on the real data, a slow company beside, and what is easily got wrong."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotInData
from analytics.methods.customers import rfm
from analytics.profile import Profile
from analytics.questions.customers import buyers as customers
from analytics.questions.customers import concentration, segments
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies

Real = Callable[[str], Engine]


def engine_of(tables: companies.Tables) -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(tables))


def all_of(engine: Engine, *clauses: Clause, span: str = "all") -> Resolved:
    return engine.resolve(Selection(engine.name, span, "none", clauses=clauses))


def value_of(frame: pd.DataFrame, metric: str) -> float:
    return float(frame.set_index("metric").loc[metric, "value"])


# --- report 3, AtliQ ------------------------------------------------------------------------------------------------


def test_listed_buying_and_active_customers(real: Real) -> None:
    atliq = real("atliq")
    answer = customers.customer_kpis(atliq, all_of(atliq), {})
    frame = answer.frame
    assert [value_of(frame, m) for m in ("listed_customers", "customers", "active_customers")] == [38, 17, 9]
    assert value_of(frame, "revenue_per_customer") == pytest.approx(106_341.47, abs=0.005)
    assert value_of(frame, "orders_per_customer") == pytest.approx(262 / 17)
    assert answer.more["window"]["days"].tolist() == [720]


@pytest.mark.parametrize(("days", "active"), [("30", 1), ("90", 2), ("720", 9)])
def test_the_window_counts_back_from_the_last_day(real: Real, days: str, active: int) -> None:
    atliq = real("atliq")
    frame = customers.customer_kpis(atliq, all_of(atliq), {"window": days}).frame
    last = pd.Series(atliq.entities("customer", all_of(atliq)).columns["last"]).dt.normalize()
    slow = int((pd.Timestamp("2020-06-16") - last <= pd.Timedelta(days=int(days))).sum())
    assert value_of(frame, "active_customers") == slow == active


REVENUE = [
    572181,
    407084,
    259200,
    184801,
    63157,
    59665,
    53044,
    50090,
    44194,
    29648,
    29635,
    23898,
    13992,
    7176,
    5694,
    3032,
    1314,
]


def test_pareto_of_atliq(real: Real) -> None:
    atliq = real("atliq")
    answer = concentration.customer_pareto(atliq, all_of(atliq), {})
    frame = answer.frame
    assert frame["revenue"].tolist() == REVENUE
    assert (frame["customer"][0], frame["customer_name"][0]) == ("Cus006", "Electricalsara Stores")
    assert frame["share"][0] == pytest.approx(31.65, abs=0.005)
    assert frame["cumulative_share"][2] == pytest.approx(68.5, abs=0.05)
    assert frame["revenue"][:3].tolist() == [572_181, 407_084, 259_200]
    assert frame["rank"].tolist() == list(range(1, 18))
    assert answer.more["top"].set_index("customers")["share"].round(1).to_dict() == {1: 31.7, 3: 68.5, 10: 95.3}
    assert answer.notes[0] == "5 of 17 customers bring 80%.", "too few for a share of them"
    assert frame["cumulative_share"].iloc[-1] == pytest.approx(100)
    # who crosses 80% belongs to A: the fifth, with 82.2%
    assert frame["abc"].tolist() == list("AAAAA") + list("BBBBB") + list("CCCCCCC")


def test_ranking_of_atliq(real: Real) -> None:
    atliq = real("atliq")
    frame = customers.customer_ranking(atliq, all_of(atliq), {}).frame
    assert frame["revenue"].tolist() == REVENUE
    assert frame["customer_name"][:2].tolist() == ["Electricalsara Stores", "Premium Stores"]  # Electricalsara leads
    by_orders = customers.customer_ranking(atliq, all_of(atliq), {"metric": "orders"}).frame
    assert by_orders["orders"].tolist()[:4] == [124, 33, 29, 20]
    assert by_orders["share"][0] == pytest.approx(124 / 262 * 100)
    by_aov = customers.customer_ranking(atliq, all_of(atliq), {"metric": "aov"}).frame
    assert "share" not in by_aov
    assert by_aov["aov"].is_monotonic_decreasing


def test_spending_and_average_order_of_atliq(real: Real) -> None:
    atliq = real("atliq")
    answer = customers.spending_and_aov(atliq, all_of(atliq), {})
    frame = answer.frame.set_index("customer")
    assert frame.loc["Cus006", "aov"] == pytest.approx(572_181 / 14)
    assert answer.more["middle"]["aov"][0] == pytest.approx(6_900.02, abs=0.005)
    assert answer.more["middle"]["revenue"][0] == pytest.approx(106_341.47, abs=0.005)


def test_order_frequency_of_atliq(real: Real) -> None:
    atliq = real("atliq")
    answer = customers.order_frequency(atliq, all_of(atliq), {})
    frame = answer.frame
    info = frame[frame["customer_name"] == "Info Stores"]
    assert info.set_index("period")["orders"].to_dict() == {"2017": 21, "2018": 43, "2019": 48, "2020": 12}
    assert info["customer_orders"].unique().tolist() == [124]
    totals = frame.drop_duplicates("customer").set_index("customer_name")["customer_orders"]
    published = {
        "Excel Stores": 33,
        "Logic Stores": 29,
        "Atlas Stores": 20,
        "Electricalsara Stores": 14,
        "Premium Stores": 12,
        "Integration Stores": 7,
    }
    assert totals[list(published)].to_dict() == published
    assert frame.drop_duplicates("period").set_index("period")["year_orders"].sort_index().to_dict() == {
        "2017": 43,
        "2018": 110,
        "2019": 95,
        "2020": 14,
    }
    assert answer.notes == ("2017: 87 of 365 days.", "2020: 168 of 366 days.")


def test_products_of_each_customer_of_atliq(real: Real) -> None:
    atliq = real("atliq")
    frame = customers.customer_products(atliq, all_of(atliq), {}).frame
    assert frame["revenue"].sum() == 1_807_805
    assert not frame.duplicated(["customer", "product"]).any()
    assert frame.groupby("customer", sort=False)["revenue"].sum().tolist() == REVENUE  # customers stand in their rank


# --- report 1, Bytronix ---------------------------------------------------------------------------------------------


def test_customers_by_number_of_orders(real: Real) -> None:
    bytronix = real("bytronix")
    answer = customers.customers_by_orders(bytronix, all_of(bytronix), {})
    assert answer.frame.set_index("order_count")["customers"].to_dict() == {
        1: 109_998,
        2: 25_043,
        3: 4_798,
        4: 806,
        5: 121,
        6: 17,
        7: 4,
    }
    assert answer.frame["share"].sum() == pytest.approx(100)
    assert value_of(customers.customer_kpis(bytronix, all_of(bytronix), {}).frame, "repeat_rate") == pytest.approx(
        21.87, abs=0.005
    )
    assert answer.notes == ("30,789 of 140,787 customers (21.9%) ordered more than once.",)


def test_that_all_ordered_more_than_once_is_told_without_shares(real: Real) -> None:
    atliq = real("atliq")
    last = atliq.resolve(Selection("atliq", "2019-06-01..2020-06-01"))
    assert customers.customers_by_orders(atliq, last, {}).notes == ("All 6 customers ordered more than once.",)


# --- report 5, Classic Models ---------------------------------------------------------------------------------------

SEGMENTS = {"VIPs": 21, "Loyal Customers": 16, "Potential Loyalists": 18, "At Risk": 18, "Lost Customers": 19}


def test_rfm_segments_of_classic_models(real: Real) -> None:
    classic = real("classic_models")
    frame = segments.rfm_segments(classic, all_of(classic), {}).frame
    assert frame.set_index("rfm_segment")["customers"].to_dict() == SEGMENTS
    assert frame["rfm_segment"].tolist() == list(SEGMENTS)  # best first
    assert frame["revenue"].sum() == pytest.approx(10_032_628.85)
    assert all(frame["action"])


def test_rfm_scores_of_classic_models(real: Real, sources: Path) -> None:
    classic = real("classic_models")
    expected = pd.read_csv(sources / "classic_models" / "expected_rfm.csv").set_index("CUSTOMERNAME").sort_index()
    frame = segments.rfm_scatter(classic, all_of(classic), {}).frame.set_index("customer").sort_index()
    assert frame.index.tolist() == expected.index.tolist()
    for ours, theirs in (("r", "r"), ("f", "f"), ("m", "m"), ("frequency", "F")):
        assert (frame[ours] == expected[theirs]).all(), ours
    assert (
        frame["recency"] - 1 == expected["R"]
    ).all()  # days to the day after the range; the report counts to its last day
    assert np.allclose(frame["revenue"], expected["M"])
    means = segments.rfm_heatmap(classic, all_of(classic), {}).frame.set_index("rfm_segment")
    words = {
        "VIPs": "VIPs",
        "Loyal Customers": "Loyal",
        "Potential Loyalists": "Potential",
        "At Risk": "At Risk",
        "Lost Customers": "Lost",
    }
    for segment, theirs in words.items():
        rows = expected[expected["seg"].str.startswith(theirs)]
        assert len(rows) == SEGMENTS[segment]
        assert means.loc[segment, ["r", "f", "m"]].tolist() == pytest.approx(rows[["r", "f", "m"]].mean().tolist())
    grid = segments.rfm_grid(classic, all_of(classic), {}).frame
    assert grid.set_index(["r", "f"])["customers"].to_dict() == expected.groupby(["r", "f"]).size().to_dict()


# --- segments are dimensions ----------------------------------------------------------------------------------------


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", ["atliq", "classic_models", "cdnow", "bytronix"])
def test_segments_are_those_of_the_filter(real: Real, name: str) -> None:
    engine = real(name)
    frame = segments.rfm_segments(engine, all_of(engine), {}).frame.set_index("rfm_segment")["customers"]
    filtered = engine.aggregate(["rfm_segment"], ["customers"], all_of(engine)).set_index("rfm_segment")["customers"]
    assert frame.to_dict() == filtered[filtered.index != ""].to_dict()


def test_filters_choose_customers_and_move_none(real: Real) -> None:
    classic = real("classic_models")
    everybody = segments.rfm_scatter(classic, all_of(classic), {}).frame.set_index("customer")["rfm_segment"]
    usa = segments.rfm_scatter(classic, all_of(classic, Clause("country", ("USA",))), {}).frame.set_index("customer")[
        "rfm_segment"
    ]
    assert 0 < len(usa) < len(everybody)
    assert usa.equals(everybody[usa.index])
    for segment, count in usa.value_counts().items():
        both = all_of(classic, Clause("country", ("USA",)), Clause("rfm_segment", (str(segment),)))
        assert classic.aggregate([], ["customers"], both)["customers"][0] == count


def test_a_late_range_start_moves_nobody(real: Real) -> None:
    classic = real("classic_models")
    late = segments.rfm_segments(classic, all_of(classic, span="2005-05-01..2005-06-01"), {}).frame
    assert late.set_index("rfm_segment")["customers"].to_dict() == SEGMENTS


def test_a_range_that_begins_late_is_said_to_be_more() -> None:
    engine = engine_of(companies.nasty())
    for question in (segments.rfm_segments, segments.value_tiers):
        assert question(engine, all_of(engine), {}).notes == ()
        late = question(engine, all_of(engine, span="2020-03-01..2020-06-01"), {})
        assert late.notes == ("Uses all history up to 31 May 2020, not only the range.",)


def test_value_tiers_against_plain_pandas(real: Real) -> None:
    bytronix = real("bytronix")
    frame = segments.value_tiers(bytronix, all_of(bytronix), {}).frame.set_index("value_tier")
    spent = pd.Series(bytronix.entities("customer", all_of(bytronix)).columns["revenue"])
    orders = bytronix.entities("customer", all_of(bytronix)).columns["orders"]
    for tier, keep in {"High": spent >= 1000, "Medium": (spent >= 500) & (spent < 1000), "Low": spent < 500}.items():
        assert frame.loc[tier, "customers"] == keep.sum()
        assert frame.loc[tier, "revenue"] == pytest.approx(spent[keep].sum())
        assert frame.loc[tier, "revenue_per_customer"] == pytest.approx(spent[keep].mean())
        assert frame.loc[tier, "orders_per_customer"] == pytest.approx(orders[keep.to_numpy()].mean())
    assert frame.index.tolist() == ["High", "Medium", "Low"]
    assert frame["least"].tolist()[:2] == [1000, 500]
    assert math.isnan(frame["least"].iloc[2])


# --- the nasty company ----------------------------------------------------------------------------------------------


def slow_customers(lines: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Net revenue and distinct orders with a sale of each known customer, by hand."""
    money: dict[str, float] = defaultdict(float)
    orders: dict[str, set[str]] = defaultdict(set)
    for row in lines.itertuples():
        if row.customer:
            money[row.customer] += row.amount
            orders[row.customer] |= {row.order_id} if row.sale else set()
    return {c: (round(m, 6), len(orders[c])) for c, m in money.items()}


def test_ranking_of_the_nasty_company() -> None:
    tables = companies.nasty()
    engine = engine_of(tables)
    frame = customers.customer_ranking(engine, all_of(engine), {}).frame
    slow = slow_customers(tables.lines)
    assert {r.customer: (round(r.revenue, 6), r.orders) for r in frame.itertuples()} == slow
    assert frame["revenue"].is_monotonic_decreasing
    assert "" not in set(frame["customer"])


def test_pareto_leaves_out_who_has_more_refunded_than_bought() -> None:
    engine = engine_of(companies.nasty())
    answer = concentration.customer_pareto(engine, all_of(engine), {})
    assert {"Çelik", "名前"} & set(answer.frame["customer"]) == set()
    assert answer.frame["cumulative_share"].iloc[-1] == pytest.approx(100)
    assert re.match(r"\d+ of \d+ customers bring 80%\.", answer.notes[0]), "one per cent of few is nobody"
    assert any("2 customers with more refunds" in n for n in answer.notes)
    assert any("2 orders without a customer" in n for n in answer.notes)


def test_refunds_are_no_orders() -> None:
    engine = engine_of(companies.nasty())
    counts = customers.customers_by_orders(engine, all_of(engine), {}).frame
    assert counts.set_index("order_count")["customers"].to_dict() == {
        1: 2,
        3: 1,
    }  # Ana and 名前 once, Bo three times, Çelik never
    frequency = customers.order_frequency(engine, all_of(engine), {}).frame
    assert "Çelik" not in set(frequency["customer"])
    assert frequency["orders"].sum() == 5
    assert len(segments.rfm_scatter(engine, all_of(engine), {}).frame) == 3


def test_ties_stand_in_the_order_of_ids() -> None:
    rows = [
        companies.line(str(i), f"2020-01-0{i + 1}", "TV", 1, 10.0, c, 0) for i, c in enumerate(["zoë", "Ana", "Bo"])
    ]
    engine = engine_of(companies.Tables(companies.frame(rows)))
    assert customers.customer_ranking(engine, all_of(engine), {}).frame["customer"].tolist() == ["Ana", "Bo", "zoë"]
    pareto = concentration.customer_pareto(engine, all_of(engine), {}).frame
    assert pareto["customer"].tolist() == ["Ana", "Bo", "zoë"]
    grid = segments.rfm_scatter(engine, all_of(engine), {}).frame
    assert grid["f"].nunique() == 1  # equal values share a score


def test_one_row() -> None:
    engine = engine_of(companies.one_row())
    everything = all_of(engine)
    assert concentration.customer_pareto(engine, everything, {}).frame["cumulative_share"].tolist() == [100]
    assert customers.customers_by_orders(engine, everything, {}).frame["customers"].tolist() == [1]
    assert segments.rfm_segments(engine, everything, {}).frame["customers"].tolist() == [1]
    assert value_of(customers.customer_kpis(engine, everything, {}).frame, "repeat_rate") == 0


QUESTIONS = (
    concentration.customer_pareto,
    customers.customer_ranking,
    customers.spending_and_aov,
    customers.order_frequency,
    customers.customers_by_orders,
    customers.customer_products,
    segments.value_tiers,
    segments.rfm_segments,
    segments.rfm_heatmap,
    segments.rfm_grid,
    segments.rfm_scatter,
)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__name__)
@pytest.mark.parametrize("tables", [companies.nasty, companies.one_row], ids=["nasty", "one row"])
def test_nobody_gives_an_empty_frame_of_the_same_columns(question: Callable, tables: Callable) -> None:
    engine = engine_of(tables())
    full = question(engine, all_of(engine), {}).frame
    none = question(engine, all_of(engine, Clause("product", ("nothing",))), {}).frame
    assert none.empty
    assert list(none.columns) == list(full.columns)


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q is not segments.value_tiers], ids=lambda q: q.__name__)
def test_without_customers_it_says_so(question: Callable) -> None:
    engine = engine_of(companies.bare())
    with pytest.raises(NotInData):
        question(engine, all_of(engine), {})


def test_an_empty_selection_has_no_active_customers() -> None:
    engine = engine_of(companies.nasty())
    frame = customers.customer_kpis(engine, all_of(engine, Clause("product", ("nothing",))), {}).frame
    assert value_of(frame, "customers") == value_of(frame, "active_customers") == 0
    assert math.isnan(value_of(frame, "repeat_rate"))
    assert "listed_customers" not in set(frame["metric"])  # no list


def test_the_list_follows_the_filters_it_knows() -> None:
    tables = companies.nasty()
    known = pd.DataFrame({"customer": ["Ana", "Bo", "Eve", "Eve"], "channel": ["web", "shop", None, None]})
    engine = engine_of(companies.Tables(tables.lines, tables.profile, {"customers": known}))
    count = lambda *clauses: len(customers.listed(engine, all_of(engine, *clauses)))  # noqa: E731
    assert count() == 3
    assert count(Clause("channel", ("web",))) == 1
    assert count(Clause("channel", (), ("web",))) == 2
    assert count(Clause("channel", ("",))) == 1
    assert count(Clause("product", ("iPhone",))) == 3


def test_names_of_customers_stand_beside_their_ids() -> None:
    rows = [
        companies.line(str(i), "2020-01-01", "TV", 1, 10.0 - i, c, 0, customer_name="Same name")
        for i, c in enumerate(["a", "b"])
    ]
    engine = engine_of(companies.Tables(companies.frame(rows)))
    frame = customers.customer_ranking(engine, all_of(engine), {}).frame
    assert frame[["customer", "customer_name"]].to_numpy().tolist() == [["a", "Same name"], ["b", "Same name"]]


# --- groups ---------------------------------------------------------------------------------------------------------


def test_groups_by_channel_with_conversion() -> None:
    engine = engine_of(companies.nasty())
    frame = customers.groups(engine, all_of(engine), {}, by="channel").frame.set_index("channel")
    # 46 visits by web; the six orders that are not order 17's, refunds are none
    assert frame.loc["web", "orders"] == 6
    assert frame.loc["web", "conversion_rate"] == pytest.approx(6 / 39 * 100)
    assert frame["share"].sum() == pytest.approx(100)
    with_filter = customers.groups(engine, all_of(engine, Clause("product", ("TV",))), {}, by="channel").frame
    assert "conversion_rate" not in with_filter  # sessions know no product


def test_groups_refuse_what_the_data_lack() -> None:
    engine = engine_of(companies.one_row())
    with pytest.raises(NotInData, match="sessions"):
        customers.groups(engine, all_of(engine), {"metric": "conversion_rate"}, by="channel")
    with pytest.raises(NotInData):
        customers.groups(engine, all_of(engine), {}, by="gender")


def test_age_groups_stand_in_natural_order() -> None:
    ages = ["65+", "5-17", "", "under 5", "18–24", "unknown", "100+", "< 5"]
    rows = [
        companies.line(str(i), "2020-01-01", "TV", 1, 10.0 + i, f"c{i}", 0, age_group=a) for i, a in enumerate(ages)
    ]
    engine = engine_of(companies.Tables(companies.frame(rows)))
    frame = customers.groups(engine, all_of(engine), {}, by="age_group", natural=True).frame
    assert frame["age_group"].tolist() == ["< 5", "under 5", "5-17", "18–24", "65+", "100+", "unknown", ""]


def test_the_reports_rule_and_the_standard_one() -> None:
    rows = [companies.line(str(i), f"2020-01-{i + 1:02d}", "TV", 1, 10.0, f"c{i % 5}", 0) for i in range(20)]
    for rule in ("quantile", "report"):
        engine = engine_of(companies.Tables(companies.frame(rows), Profile("toy", "Toy", rfm_rule=rule)))
        answer = segments.rfm_segments(engine, all_of(engine), {})
        assert set(answer.frame["rfm_segment"]) <= {
            b.name for b in (rfm.REPORT if rule == "report" else rfm.RECENCY_FREQUENCY)
        }
        assert bool(answer.notes) == (rule == "report")
        assert answer.frame["customers"].sum() == 5


def test_every_segment_has_advice() -> None:
    assert set(segments.ACTIONS) == set(rfm.STANDING)
