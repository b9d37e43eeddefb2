"""Insights follow the data: change the data, and the sentence changes or is gone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import Insight
from analytics.insights.claim import Value
from analytics.insights.words import PLAIN
from analytics.profile import Profile
from analytics.selection import Clause, Selection
from tests.analytics.companies import Tables
from tests.analytics.told import insights

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

PRICES = {"Phone": 600.0, "Cable": 15.0, "Lamp": 60.0, "Chair": 180.0, "Desk": 400.0}
CITIES = {"Ashford": 0.5, "Birk": 0.2, "Corran": 0.18, "Dale": 0.12}
CUSTOMERS = {"Big & Co": 0.35, **{f"Buyer {n}": 0.65 / 199 for n in range(199)}}
SEED = 5
ORDERS = 6_000
# What was found in frames, by their identity, which stays theirs while they are kept.
FOUND: dict[tuple[int, tuple[Clause, ...], str], tuple[pd.DataFrame, list[Insight]]] = {}


def lines(seed: int = SEED) -> pd.DataFrame:
    """2023 of a shop: December is busy, Ashford leads, cables go with phones, one customer dominates."""
    random = np.random.default_rng(seed)
    days = np.arange("2023-01-01", "2024-01-01", dtype="datetime64[D]")
    weight = np.where(days >= np.datetime64("2023-12-01"), 2.5, 1.0)
    day = random.choice(days, ORDERS, p=weight / weight.sum())
    hour = random.choice(24, ORDERS, p=np.where(np.arange(24) == 20, 5, 1) / 28)
    city = random.choice(list(CITIES), ORDERS, p=list(CITIES.values()))
    who = random.choice(list(CUSTOMERS), ORDERS, p=np.array(list(CUSTOMERS.values())) / sum(CUSTOMERS.values()))
    rows = []
    for n in range(ORDERS):
        items = {str(random.choice(list(PRICES)))}
        if "Phone" in items and random.random() < 0.4:
            items.add("Cable")
        if random.random() < 0.1:
            items.add(str(random.choice(["Lamp", "Chair", "Desk"])))
        rows += [(n, day[n], hour[n], city[n], who[n], item) for item in sorted(items)]
    frame = pd.DataFrame(rows, columns=["order", "day", "hour", "city", "customer", "product"])
    at = frame["day"].astype("datetime64[us]") + pd.to_timedelta(frame["hour"], unit="h")
    amount = frame["product"].map(PRICES)
    return pd.DataFrame(
        {
            "order_id": frame["order"].astype(str),
            "ordered_at": at,
            "product": frame["product"],
            "quantity": 1.0,
            "amount": amount,
            "customer": frame["customer"],
            "city": frame["city"],
            "region": "R",
            "country": "Land",
            "sale": True,
        }
    )


def engine_of(frame: pd.DataFrame) -> ColumnarEngine:
    return ColumnarEngine(
        store.in_memory(Tables(frame.reset_index(drop=True), Profile("toy", "Toy", data_until="2023-12-31")))
    )


def seen(frame: pd.DataFrame, *clauses: Clause, span: str = "all") -> list[Insight]:
    asked = id(frame), clauses, span
    if asked not in FOUND:
        engine = engine_of(frame)
        selection = Selection("toy", span, clauses=clauses)
        FOUND[asked] = frame, insights(engine, engine.resolve(selection), selection)
    return FOUND[asked][1]


def of(found: list[Insight], kind: str) -> list[Insight]:
    return [i for i in found if i.kind == kind]


def one(found: list[Insight], kind: str, **about: str) -> Insight:
    (insight,) = [i for i in of(found, kind) if about.items() <= i.about.items()]
    return insight


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return lines()


@pytest.mark.long
def test_as_it_is(shop: pd.DataFrame) -> None:
    found = seen(shop)
    assert one(found, "leading_place").about == {"place": "Land/R/Ashford"}
    peak = max(of(found, "extreme_month"), key=lambda i: i.strength)
    assert peak.about == {"month": "2023-12"}
    assert {frozenset((i.about["product"], i.about["with"])) for i in of(found, "affinity")} == {
        frozenset(("Phone", "Cable"))
    }
    assert one(found, "busy_hours").about == {"hour": "20"}
    assert one(found, "dependency").evidence["name"] == Value("Big & Co", "text")


@pytest.mark.long
def test_the_top_city_flips(shop: pd.DataFrame) -> None:
    swapped = shop.assign(city=shop["city"].replace({"Ashford": "Dale", "Dale": "Ashford"}))
    before, after = one(seen(shop), "leading_place"), one(seen(swapped), "leading_place")
    assert after.about == {"place": "Land/R/Dale"}
    assert after.sentence() == before.sentence().replace("Ashford", "Dale")


@pytest.mark.long
def test_level_cities_have_no_leader(shop: pd.DataFrame) -> None:
    even = shop.assign(city=shop["order_id"].astype(int).mod(4).map(dict(enumerate(CITIES))))
    assert not of(seen(even), "leading_place")


@pytest.mark.long
def test_without_the_peak_december_is_not_spoken_of(shop: pd.DataFrame) -> None:
    december = shop["ordered_at"] >= "2023-12-01"
    kept = shop["order_id"].astype(int).mod(5) < 2
    flat = seen(shop[~december | kept])
    assert not [i for i in of(flat, "extreme_month") if i.about["month"] == "2023-12"]
    assert not [i for i in of(flat, "month_growth") if i.about["month"] == "2023-12"]


@pytest.mark.long
def test_the_peak_moves_with_its_orders(shop: pd.DataFrame) -> None:
    december, may = shop["ordered_at"] >= "2023-12-01", shop["ordered_at"].dt.month == 5
    moved = (
        shop["ordered_at"]
        .mask(december, shop["ordered_at"] - pd.Timedelta(days=214))
        .mask(may, shop["ordered_at"] + pd.Timedelta(days=214))
    )
    peak = max(of(seen(shop.assign(ordered_at=moved)), "extreme_month"), key=lambda i: i.strength)
    assert peak.about == {"month": "2023-05"}


@pytest.mark.long
def test_the_cheaper_of_a_pair_is_offered_with_the_dearer(shop: pd.DataFrame) -> None:
    for dearer, cheaper in (("Phone", "Cable"), ("Cable", "Phone")):
        priced = shop.assign(amount=shop["product"].map(PRICES | {dearer: 600.0, cheaper: 15.0}))
        (claim,) = of(seen(priced), "affinity")
        assert claim.recommendation(PLAIN).startswith(f"Offer {cheaper} with {dearer}: ")


@pytest.mark.long
def test_shuffled_products_have_no_affinity(shop: pd.DataFrame) -> None:
    drawn = np.random.default_rng(1).permutation(len(shop))
    shuffled = shop.assign(product=shop["product"].to_numpy()[drawn], amount=shop["amount"].to_numpy()[drawn])
    assert not of(seen(shuffled), "affinity")
    leader = one(seen(shuffled), "leading_product")
    assert leader.evidence["revenue"] == one(seen(shop), "leading_product").evidence["revenue"], (
        "what is sold is the same"
    )


@pytest.mark.long
def test_hours_without_rhythm_have_no_peak(shop: pd.DataFrame) -> None:
    even = shop["ordered_at"].dt.normalize() + pd.to_timedelta(shop["order_id"].astype(int).mod(24), unit="h")
    found = seen(shop.assign(ordered_at=even))
    assert not of(found, "busy_hours")
    assert not of(found, "part_of_day")


@pytest.mark.long
def test_when_the_large_customer_leaves_nothing_depends_on_it(shop: pd.DataFrame) -> None:
    assert not of(seen(shop[shop["customer"] != "Big & Co"]), "dependency")


@pytest.mark.long
def test_a_filter_leaves_what_cannot_be_said(shop: pd.DataFrame) -> None:
    found = seen(shop, Clause("city", ("Birk",)))
    assert not of(found, "leading_place"), "one place cannot lead"
    assert all("city=Birk" in i.claim.proof.query for i in found)
    assert all("city=Birk" in i.selection for i in found)


@pytest.mark.long
def test_what_changed_adds_up(shop: pd.DataFrame) -> None:
    revenue = shop.groupby(shop["ordered_at"].dt.to_period("M").astype(str))["amount"].sum()
    change = one(seen(shop, span="2023-12-01..2024-01-01"), "change")
    assert (change.value("base"), change.value("revenue")) == (revenue["2023-11"], revenue["2023-12"])
    parts = [change.value(n) for n in ("by_customers", "by_frequency", "by_size")]
    assert sum(parts) + change.value("by_guests") == pytest.approx(revenue["2023-12"] - revenue["2023-11"])
    assert change.about["factor"] == ("customers", "orders per customer", "AOV")[int(np.abs(parts).argmax())]
    assert not of(seen(shop, span="2023-05-01..2023-06-01"), "change"), "April and May are alike"


@pytest.mark.long
def test_the_product_that_moved_is_named(shop: pd.DataFrame) -> None:
    july = shop["ordered_at"].dt.month == 7
    gone = july & (shop["product"] == "Desk")
    mover = one(seen(shop[~gone | (shop.index % 8 == 0)], span="2023-07-01..2023-08-01"), "mover", product="Desk")
    assert mover.strength < -50
    assert not of(seen(shop, span="2023-07-01..2023-08-01"), "mover")


@pytest.mark.long
def test_two_places_of_one_name(shop: pd.DataFrame) -> None:
    assert not of(seen(shop), "namesakes")
    two = shop.assign(city=shop["city"].replace("Dale", "Birk"), region=np.where(shop["city"] == "Dale", "S", "R"))
    insight = one(seen(two), "namesakes", city="Birk")
    by_region = shop.groupby("city")["amount"].sum()
    assert (insight.value("revenue"), insight.value("second_revenue")) == (by_region["Birk"], by_region["Dale"])


@pytest.mark.long
@pytest.mark.parametrize(
    ("span", "partial"), [("2023-02-10..2023-11-20", {"2023-02", "2023-11"}), ("2023-12-05..2023-12-31", {"2023-12"})]
)
def test_months_that_the_range_cuts_are_not_spoken_of(shop: pd.DataFrame, span: str, partial: set[str]) -> None:
    found = seen(shop, span=span)
    assert not [i for i in found if i.about.get("month") in partial]
    assert not of(found, "seasonality")


@pytest.mark.long
def test_a_year_that_the_data_end_in_is_partial(shop: pd.DataFrame) -> None:
    later = shop.assign(ordered_at=shop["ordered_at"] + pd.Timedelta(days=90))
    engine = ColumnarEngine(store.in_memory(Tables(later, Profile("toy", "Toy", data_until="2024-03-30"))))
    found = insights(engine, engine.resolve(Selection("toy")))
    assert {i.about["year"] for i in of(found, "partial_year")} == {"2023", "2024"}
    assert one(found, "partial_year", year="2024").value("days") == 90
    assert not of(seen(shop), "partial_year")


@pytest.mark.long
def test_a_range_that_cuts_a_year_is_nobodys_fault(shop: pd.DataFrame) -> None:
    assert not of(seen(shop, span="2023-03-01..2023-09-01"), "partial_year")


@pytest.mark.long
def test_fields_that_are_mostly_blank_are_not_spoken_of(shop: pd.DataFrame) -> None:
    few = shop["order_id"].astype(int).mod(2) == 0
    assert not of(seen(shop.assign(city=shop["city"].where(few, ""), region="R")), "trailing_place")


def test_nothing_sold_nothing_said(shop: pd.DataFrame) -> None:
    assert seen(shop, Clause("city", ("Nowhere",))) == []
    assert {i.kind for i in seen(shop.head(1))} == {"partial_year"}, "one order says nothing but that it is one"
    refunds = shop.assign(amount=-shop["amount"], sale=False)
    assert seen(refunds) == []
