"""What is said of customers, hours and places is true: each test holds a sentence against data whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics import language, store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import Insight
from analytics.methods.customers import rfm
from analytics.profile import Profile
from analytics.questions import basket, overview
from analytics.questions.customers import buyers as buyers_questions
from analytics.questions.customers import prospects, segments
from analytics.selection import Clause, Selection
from tests.analytics.companies import Tables
from tests.analytics.test_insights_methods import buyers
from tests.analytics.told import insights


def company(rows: list[tuple[str, str, float]], until: str = "2024-12-31", **more: object) -> ColumnarEngine:
    """Orders of one line as (customer, time, amount)."""
    frame = pd.DataFrame(rows, columns=["customer", "ordered_at", "amount"])
    frame = frame.assign(
        order_id=[f"{n:05d}" for n in range(len(frame))],
        ordered_at=pd.to_datetime(frame["ordered_at"], format="ISO8601").astype("datetime64[us]"),
        product="Thing",
        quantity=1.0,
        sale=frame["amount"] > 0,
        **more,
    )
    return ColumnarEngine(store.in_memory(Tables(frame, Profile("toy", "Toy", data_until=until))))


def told(engine: ColumnarEngine, kind: str, query: str = "range=all") -> Insight:
    selection, _ = Selection.from_query(f"data=toy&{query}")
    (found,) = [i for i in insights(engine, engine.resolve(selection), selection) if i.kind == kind]
    return found


# --- customers
def test_those_who_did_not_come_back_are_worth_what_they_spent() -> None:
    rows = [("", "2022-12-01", 1.0), *((f"lost {n}", "2023-06-01", 40.0) for n in range(60))]
    rows += [(f"kept {n}", day, 500.0) for n in range(60) for day in ("2023-06-01", "2024-06-01")]
    claim = told(company(rows), "kept_customers", "range=2024-01-01..2024-12-31&compare=year")
    assert (claim.value("lost"), claim.value("kept")) == (60, 60)
    assert claim.value("worth") == pytest.approx(40.0), "not the mean of all earlier customers, 270"
    assert claim.value("at_stake") == pytest.approx(60 * 40.0)


@pytest.mark.long
def test_customers_at_risk_are_told_with_their_own_orders_and_days() -> None:
    rows = [(f"twice {n}", day, 50.0) for n in range(80) for day in ("2023-02-01", "2023-03-01")]
    rows += [(f"once {n}", f"2023-{n % 12 + 1:02d}-15", 50.0) for n in range(400)]
    rows += [(f"late {n}", f"2024-{n % 12 + 1:02d}-15", 50.0) for n in range(400)]
    claim = told(company(rows), "at_risk")
    assert claim.value("orders") == 2.0
    assert claim.value("days") == (np.datetime64("2025-01-01") - np.datetime64("2023-03-01")).astype(int)
    assert "often" not in claim.sentence()


def test_one_customer_at_risk_is_spoken_of_as_one() -> None:
    rows = [("old", f"2023-02-{day:02d}", 50.0) for day in (1, 8, 15, 22, 26)]
    rows += [(f"c{n}", f"2024-{m:02d}-15", 50.0) for n in range(12) for m in range(n % 3 + 7, 13)]
    claim = told(company(rows), "at_risk")
    assert claim.sentence().startswith("A good customer has not ordered for 675 days. After 5 orders, that customer")


def test_orders_of_customers_at_risk_are_orders_where_frequency_counts_lines() -> None:
    rows = [(f"twice {n}", day, 50.0) for n in range(80) for day in ("2023-02-01", "2023-03-01")]
    rows += [(f"late {n}", f"2024-{n % 12 + 1:02d}-15", 50.0) for n in range(320)]
    frame = pd.DataFrame(rows, columns=["customer", "ordered_at", "amount"])
    frame = frame.assign(order_id=[f"{n:05d}" for n in range(len(frame))], quantity=1.0, sale=True)
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"]).astype("datetime64[us]")
    lines = pd.concat([frame.assign(product=p) for p in "abcde"], ignore_index=True)
    profile = Profile("toy", "Toy", data_until="2024-12-31", rfm_rule="report")
    claim = told(ColumnarEngine(store.in_memory(Tables(lines, profile))), "at_risk")
    assert claim.value("orders") <= 2.0, "of five lines each"


def subscribers() -> list[tuple[str, str, float]]:
    """280 who paid each month of 2024, each on a day of the month of their own."""
    return [(f"s{n:03d}", f"2024-{m:02d}-{n % 28 + 1:02d}", 20.0) for n in range(280) for m in range(1, 13)]


def test_a_subscriber_of_twelve_months_is_neither_new_nor_asleep() -> None:
    engine = company(subscribers())
    selection = engine.resolve(Selection("toy"))
    found = segments.rfm_segments(engine, selection, {}).frame
    assert set(found["rfm_segment"]) <= {"Champions", "Loyal Customers", "Potential Loyalists"}
    filtered = engine.aggregate(["rfm_segment"], ["customers"], selection).set_index("rfm_segment")["customers"]
    assert found.set_index("rfm_segment")["customers"].to_dict() == filtered.to_dict()


def test_tied_numbers_of_orders_take_the_middle_of_the_scores_they_span() -> None:
    def scored(orders: list[int]) -> list[int]:
        people = pd.DataFrame({"last": pd.Timestamp("2024-01-01"), "frequency": orders, "monetary": 1.0})
        return list(rfm.scores(people, "2024-02-01")["f"])

    assert scored([12] * 10) == [3] * 10
    assert scored([1] * 10) == [1] * 10, "one order is never frequent"
    assert scored([1] * 8 + [2] * 2) == [1] * 8 + [4] * 2
    assert scored([2, 4, 4, 4, 4, 9]) == [1, 3, 3, 3, 3, 5]


def test_only_customers_who_are_late_slip_away() -> None:
    frame = buyers(40, 400)
    frame = frame[~((frame["customer"] == "H0") & (frame["ordered_at"] > "2024-03-01"))]
    engine = ColumnarEngine(
        store.in_memory(Tables(frame.reset_index(drop=True), Profile("toy", "Toy", data_until="2024-12-31")))
    )
    selection = engine.resolve(Selection("toy"))
    listed = prospects.churn_risk(engine, selection, {}).frame.set_index("customer")
    days = frame.assign(day=frame["ordered_at"].dt.normalize()).drop_duplicates(["customer", "day"])
    days = days.groupby("customer")["day"].agg(["min", "max", "size"])
    gap = (days["max"] - days["min"]).dt.days / (days["size"] - 1)
    waited = (pd.Timestamp("2024-12-31") - days["max"]).dt.days
    late = days.index[(days["size"] > 1) & (waited > 1.5 * gap + 1) & (waited > waited.quantile(0.4) + 1)]
    assert set(late) <= set(listed.index), "all who are late and not among the two fifths who bought last"
    assert (waited[listed.index] >= 1.5 * gap[listed.index] - 1).all(), "and nobody else"
    assert "H0" in listed.index[:3], "who bought often and stopped comes first"
    people, _ = prospects.people_ahead(engine, selection)
    assert people["at_stake"].sum() < people["value"].sum(), "waiting as usual is no loss"
    assert (people["at_stake"] >= 0).all()


@pytest.mark.long
def test_nobody_is_reminded_where_all_came_back() -> None:
    rows = [(f"c{n}", day, 50.0) for n in range(60) for day in ("2024-02-01", "2024-06-01")]
    assert told(company(rows), "repeat_rate").recommendation() == ""
    claim = told(company([*rows, ("once", "2024-07-01", 50.0)]), "repeat_rate")
    assert claim.recommendation() == "Remind the one who bought once: an average order would bring 50.00."


def test_what_reminding_would_bring_is_one_in_a_hundred_at_an_average_order() -> None:
    rows = [(f"once {n}", "2024-02-01", 40.0) for n in range(250)]
    rows += [(f"twice {n}", day, 60.0) for n in range(50) for day in ("2024-02-01", "2024-06-01")]
    claim = told(company(rows), "repeat_rate")
    average = (250 * 40.0 + 100 * 60.0) / 350
    assert claim.value("hundredth") == 2
    assert claim.value("gain") == claim.gap == pytest.approx(2 * average)
    assert claim.recommendation() == (
        f"Remind first-time buyers: 2 more orders of average size would bring {2 * average:.2f}."
    )


# --- orders
def test_documents_that_only_refund_do_not_lower_the_value_of_small_orders() -> None:
    engine = company([("a", "2024-03-01", 100.0), ("b", "2024-03-02", 300.0), ("a", "2024-03-05", -350.0)])
    selection = engine.resolve(Selection("toy"))
    found = basket.value_by_size(engine, selection, {}).frame
    assert found["order_products"].tolist() == ["1"]
    assert (found["orders"].item(), found["aov"].item()) == (2, 200.0)


def test_order_figures_under_a_product_filter_say_what_they_are() -> None:
    engine = company([("a", "2024-03-01", 100.0), ("b", "2024-03-02", 300.0)])
    for question in (overview.kpis, buyers_questions.customer_kpis):
        whole = question(engine, engine.resolve(Selection("toy")), {})
        filtered = Selection("toy", clauses=(Clause("product", ("Thing",)),))
        contained = Selection("toy", clauses=(Clause("product", ("Thing",), whole_orders=True),))
        assert not any("Under this filter" in n for n in whole.notes)
        assert any("count matching lines only" in n for n in question(engine, engine.resolve(filtered), {}).notes)
        assert not any("Under this filter" in n for n in question(engine, engine.resolve(contained), {}).notes)


# --- hours and places
def daily(hours: dict[int, int]) -> list[tuple[str, str, float]]:
    return [
        (f"c{h}-{n}", f"2024-03-{n % 28 + 1:02d} {h:02d}:30", 10.0) for h, many in hours.items() for n in range(many)
    ]


@pytest.mark.long
def test_parts_of_the_day_that_are_level_are_named_together() -> None:
    claim = told(company(daily({20: 510, 14: 495, 9: 100})), "part_of_day")
    assert claim.sentence().startswith("Evening and Afternoon are the busiest times of day: ")
    claim = told(company(daily({20: 900, 14: 495, 9: 100})), "part_of_day")
    assert claim.sentence().startswith("Evening is the busiest time of day: 60.2% of orders.")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("regions", "country", "start"),
    [
        (("APAC", "Japan"), "Singapore", "Singapore appears under 2 regions"),
        (("OR", "ME"), "US", "2 places are called Singapore"),
    ],
)
def test_a_city_booked_in_two_territories_is_not_two_places(regions: tuple[str, str], country: str, start: str) -> None:
    rows = [(f"c{n}", "2024-03-01", 10.0) for n in range(100)]
    engine = company(rows, city="Singapore", region=[regions[n % 2] for n in range(100)], country=country)
    assert told(engine, "namesakes").sentence().startswith(start)


@pytest.mark.long
def test_what_was_found_for_one_reader_is_told_to_another_in_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims are kept for everybody who sees the same data, so they hold no words of a language."""
    german = {"Evening": "Abend", "Afternoon": "Nachmittag", "{names} and {name}": "{names} und {name}"}
    monkeypatch.setattr(language, "catalogue", lambda code: german if code == "de" else {})
    with language.in_language("de"):
        claim = told(company(daily({20: 510, 14: 495, 9: 100})), "part_of_day")
        assert claim.sentence().startswith("Abend und Nachmittag ")
    assert claim.sentence().startswith("Evening and Afternoon ")
