"""What is expected of customers and said of them, against customers whose habits are known.

Few seeds; the full simulations are those of tests/benchmarks/truth/customers.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.methods.commerce.concentration import largest_share_of_equals
from analytics.methods.customers.season_fit import season_clock
from analytics.questions.customers import prospects, retention, segments
from analytics.selection import Clause, Selection
from tests.analytics.simulated_customers import Purchases, as_lines, buying, claims, engine_of, steady
from tests.analytics.test_true_sentences import company

pytestmark = pytest.mark.no_cover


def foreseen(sim: Purchases) -> tuple[pd.DataFrame, list[str]]:
    """What the application expects of each customer, and its notes."""
    engine = engine_of(as_lines(sim.known), f"{sim.end:%F}")
    selection = engine.resolve(Selection("toy"))
    notes = prospects.clv_by_segment(engine, selection, {}).notes
    return prospects.prospects(engine, selection)[0], list(notes)


# --- the season
@pytest.mark.sampled(2)
@pytest.mark.parametrize("end", ["2024-12-31", "2024-10-31"], ids=["after a peak", "before a peak"])
def test_the_next_year_is_neither_a_long_december_nor_a_long_autumn(end: str) -> None:
    sim = buying(np.random.default_rng(1), end, 731, people=2_000, height=2.0)
    people, notes = foreseen(sim)
    assert people["expected_purchases"].sum() == pytest.approx(sim.came(52), rel=0.1)
    assert any(n.startswith("Customers buy 2") and "in December" in n for n in notes)
    came = set(sim.after.loc[sim.after["day"] <= sim.end + pd.Timedelta(weeks=13), "customer"])
    assert people["likely_to_buy"].sum() / 100 == pytest.approx(len(came), rel=0.15)


def test_where_there_is_no_season_none_is_followed() -> None:
    sim = buying(np.random.default_rng(4), "2024-12-31", 731, people=1_000)
    people, notes = foreseen(sim)
    assert "The history shows no yearly season." in notes
    assert people["expected_purchases"].sum() == pytest.approx(sim.came(52), rel=0.1)


def test_a_short_history_shows_no_season_and_says_what_that_does() -> None:
    sim = buying(np.random.default_rng(5), "2024-12-31", 366, people=1_000, height=2.0)
    assert season_clock(sim.known["customer"], sim.known["day"], sim.end).even
    assert any("of history the season is unknown" in note for note in foreseen(sim)[1])


# --- who is slipping away
def test_who_bought_lately_is_not_slipping_away() -> None:
    """Daily customers, one of whom has been silent for eleven days; the others come seldom."""
    rows = [
        (f"daily {n}", str(day), 20.0) for n in range(40) for day in np.arange("2024-01-01", "2024-12-31", 3, "M8[D]")
    ]
    rows = [row for row in rows if row[0] != "daily 7" or row[1] < "2024-12-20"]
    rng = np.random.default_rng(1)
    seldom = [
        np.sort(rng.choice(np.arange("2024-01-01", "2024-12-20", dtype="M8[D]"), 4, replace=False)) for _ in range(300)
    ]
    rows += [(f"seldom {n}", str(day), 20.0) for n, days in enumerate(seldom) for day in days]
    engine = company(rows)
    selection = engine.resolve(Selection("toy"))
    standing = segments.scored(engine, selection, named=True).set_index("customer")
    assert standing.loc["daily 7", "rfm_segment"] == "Champions"
    listed = prospects.churn_risk(engine, selection, {}).frame
    assert len(listed) > 20
    assert standing.loc[listed["customer"], "r"].max() <= 3
    assert listed["recency"].min() > standing["recency"].quantile(0.4)


def test_nobody_is_slipping_away_where_silence_tells_nothing() -> None:
    engine = engine_of(steady(np.random.default_rng(1), people=400), "2024-12-31")
    answer = prospects.churn_risk(engine, engine.resolve(Selection("toy")), {})
    assert len(answer.frame) < 40, "they never quit"
    assert claims(steady(np.random.default_rng(1), people=400), "churn") == []


# --- regression to the mean
@pytest.mark.sampled(2)
@pytest.mark.parametrize("carried", [0.0, 0.9])
def test_customers_who_keep_their_habits_fall_no_more_than_they_rise(carried: float) -> None:
    said = [claims(steady(np.random.default_rng(seed), carried=carried), "segment_moves") for seed in range(4)]
    assert said == [[]] * 4


def test_customers_who_left_are_told_with_the_balance() -> None:
    (claim,) = claims(steady(np.random.default_rng(1), lost=0.4), "segment_moves")
    assert claim.evidence["fell"].value > claim.evidence["rose"].value
    assert 0.05 < claim.evidence["share"].value / 100 < 0.4
    assert claim.p < 0.05


def test_the_best_tenth_of_customers_who_are_alike_is_not_told() -> None:
    for seed in range(3):
        lines = steady(np.random.default_rng(seed), alike=True)
        assert claims(lines, "top_customers", "value_tier") == []
    same = steady(np.random.default_rng(9), alike=True).assign(amount=20.0)
    monthly = pd.concat(
        [same.head(0)]
        + [
            same.head(300).assign(
                order_id=[f"{m}-{n}" for n in range(300)],
                customer=[f"s{n}" for n in range(300)],
                ordered_at=pd.Timestamp(f"2024-{m:02d}-05").as_unit("us"),
            )
            for m in range(1, 13)
        ]
    )
    assert claims(monthly, "top_customers", "value_tier") == [], "ten per cent bring ten per cent"
    tier, top = claims(steady(np.random.default_rng(1)), "top_customers", "value_tier")
    assert top.evidence["share"].value > 30
    assert (tier.about["value_tier"], tier.evidence["share"].value) == ("High", pytest.approx(22, abs=3))


def test_the_share_of_equals_of_one_order_each_is_that_of_the_order_values() -> None:
    assert largest_share_of_equals([5.0] * 100, 100) == pytest.approx(10)
    assert 10 < largest_share_of_equals(np.random.default_rng(1).lognormal(3, 0.5, 1000), 1000) < 30
    assert np.isnan(largest_share_of_equals([], 0))


def test_products_that_sell_alike_have_no_tail() -> None:
    assert claims(steady(np.random.default_rng(1)), "product_tail") == []
    lines = steady(np.random.default_rng(2))
    seldom = lines["product"].isin([f"Product {n}" for n in range(5)]) & (np.arange(len(lines)) % 10 > 0)
    (claim,) = claims(lines[~seldom].reset_index(drop=True), "product_tail")
    assert claim.evidence["tail"].value == 5


# --- tiers
def test_tiers_follow_the_customers_where_no_limits_are_declared() -> None:
    rows = [(f"c{n:02d}", "2024-03-01", float(n + 1)) for n in range(20)]
    engine = company([*rows, ("never", "2024-03-02", -5.0)])
    selection = engine.resolve(Selection("toy"))
    frame = segments.value_tiers(engine, selection, {}).frame
    assert frame["value_tier"].tolist() == ["High", "Medium", "Low"]
    assert frame["customers"].tolist() == [4, 6, 10]
    assert frame["least"].tolist()[:2] == [17.0, 11.0]
    assert frame["revenue"].sum() == sum(range(1, 21)), "no refund of somebody who never bought"
    assert frame["customers"].sum() == segments.rfm_segments(engine, selection, {}).frame["customers"].sum()
    dear = company([(c, day, 1_000 * amount) for c, day, amount in rows])
    assert segments.value_tiers(dear, dear.resolve(Selection("toy")), {}).frame["customers"].tolist() == [4, 6, 10]
    some = engine.resolve(Selection("toy", clauses=(Clause("customer", ("c19", "c00")),)))
    assert segments.value_tiers(engine, some, {}).frame["least"].tolist()[0] == 17.0, "filters move no limit"


# --- new and returning
def test_that_everybody_is_new_at_the_beginning_is_told() -> None:
    engine = engine_of(steady(np.random.default_rng(1)), "2024-12-31")
    early = retention.new_and_returning(engine, engine.resolve(Selection("toy", "2023-01-01..2023-07-01")), {})
    assert early.notes[-1].startswith("The data begin on 1 January 2023: earlier customers count as new")
    late = retention.new_and_returning(engine, engine.resolve(Selection("toy", "2024-02-01..2024-07-01")), {})
    assert not any("count as new" in note for note in late.notes)
