"""The first screen: the headline's numbers, the factor and the place it names, and what drove revenue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.questions.overview import kpis
from analytics.questions.summary import drivers, headline
from analytics.questions.targets.standing import Goal, declared
from analytics.selection import Clause, Selection, opening_range
from tests.analytics import companies
from tests.analytics.odd_shapes import line, tables

MARCH = "range=2024-03-01..2024-04-01"


def shop(*orders: tuple[str, str, float, str, str]) -> ColumnarEngine:
    """Orders as (day, customer, amount, product, city)."""
    rows = [
        line(number, f"{day}T12:00", amount, customer=customer, product=product, city=city)
        for number, (day, customer, amount, product, city) in enumerate(orders)
    ]
    company = tables(rows)
    company.profile = replace(company.profile, data_from="2024-01-01", data_until="2024-04-30")
    return ColumnarEngine(store.in_memory(company))


def row(engine: Engine, query: str = MARCH) -> pd.Series:
    now = engine.resolve(Selection.from_query(f"data=odd&{query}")[0])
    return headline(engine, now, {}).frame.iloc[0]


def month(day: str, customers: int, amount: float, product: str = "Tea", city: str = "Oslo") -> list[tuple]:
    return [(f"{day}-{1 + n % 28:02d}", f"{day} {n}", amount, product, city) for n in range(customers)]


# --- the headline
def test_the_headline_has_the_numbers_of_the_key_figures(data_set: str, store: object) -> None:
    engine = ColumnarEngine(_open(store, data_set))
    opening = opening_range(engine.bounds, engine.profile.calendar)
    for query in (f"range={opening}", f"range={opening}&compare=year", "range=all", "range=last_12m&compare=none"):
        now = engine.resolve(Selection.from_query(f"data={data_set}&{query}")[0])
        goals = [Goal(t) for t in declared(engine)[0] if t.span == now.span]
        told = headline(engine, now, {}, targets=goals)
        card = kpis(engine, now, {}, targets=goals)
        figures = card.frame.set_index("metric").loc["revenue"]
        said = told.frame.iloc[0]
        assert said["revenue"] == figures["value"], query
        for ours, theirs in (("base", "base"), ("delta", "delta")):
            np.testing.assert_equal(float(said[ours]), float(figures[theirs]))
        assert said["direction"] == figures["direction"]
        if goals:
            of_card = card.more["targets"].query("metric == 'revenue'")["progress"].tolist()
            assert told.more["targets"]["progress"].tolist() == of_card


def _open(folder: object, name: str) -> store.Dataset:
    return store.open(folder, name)  # type: ignore[arg-type]


def test_more_customers_are_named_where_more_came() -> None:
    told = row(shop(*month("2024-02", 10, 50.0), *month("2024-03", 14, 50.0)))
    assert (told["factor"], told["direction"]) == ("customers", "better")
    assert told["delta"] == pytest.approx(40.0)


def test_larger_orders_are_named_where_they_grew() -> None:
    assert row(shop(*month("2024-02", 10, 50.0), *month("2024-03", 10, 70.0)))["factor"] == "size"


def test_orders_of_each_customer_are_named_where_they_fell() -> None:
    twice = [(f"2024-02-{1 + n:02d}", f"c{n % 5}", 50.0, "Tea", "Oslo") for n in range(10)]
    once = [(f"2024-03-{1 + n:02d}", f"c{n}", 50.0, "Tea", "Oslo") for n in range(5)]
    told = row(shop(*twice, *once))
    assert (told["factor"], told["direction"]) == ("frequency", "worse")


def test_without_customers_orders_are_the_factor() -> None:
    guests = [(day, "", amount, *rest) for day, _, amount, *rest in month("2024-02", 10, 50.0)]
    more = [(day, "", amount, *rest) for day, _, amount, *rest in month("2024-03", 20, 50.0)]
    assert row(shop(*guests, *more))["factor"] == "orders"


def test_what_brought_more_than_its_share_is_named() -> None:
    before = [*month("2024-02", 20, 50.0, city="Oslo"), *month("2024-02", 5, 50.0, "Salt", "Bergen")]
    after = [*month("2024-03", 21, 50.0, city="Oslo"), *month("2024-03", 15, 50.0, "Salt", "Bergen")]
    told = row(shop(*before, *after))
    assert told["value"] in ("Salt", "US/OR/Bergen")
    assert told["change"] == 500.0


def test_what_moves_with_the_whole_is_not_named() -> None:
    both = [*month("2024-02", 20, 50.0, city="Oslo"), *month("2024-02", 10, 50.0, "Salt", "Bergen")]
    more = [*month("2024-03", 24, 50.0, city="Oslo"), *month("2024-03", 12, 50.0, "Salt", "Bergen")]
    assert row(shop(*both, *more))["field"] == ""


@pytest.mark.parametrize(
    "orders",
    [
        [("2024-03-05", "a", 10.0, "Tea", "Oslo")],  # nothing before
        [("2024-02-05", "a", 10.0, "Tea", "Oslo"), ("2024-03-30", "a", -10.0, "Tea", "Oslo")],
        [("2024-02-05", "a", -10.0, "Tea", "Oslo"), ("2024-03-30", "a", 10.0, "Tea", "Oslo")],
        [("2024-01-01", "a", 10.0, "Tea", "Oslo"), ("2024-04-30", "a", 10.0, "Tea", "Oslo")],  # none in either month
    ],
)
def test_nothing_is_said_of_what_cannot_be_known(orders: list[tuple]) -> None:
    told = row(shop(*orders))
    assert told["factor"] == ""
    engine = shop(*orders)
    listed = drivers(engine, engine.resolve(Selection("odd", "2024-03-01..2024-04-01")), {}).frame
    assert set(listed["field"]) <= {"new_or_returning", "weekday"}, "one product in one place drives nothing"


# --- what drove it
def test_values_that_moved_alike_come_by_name_with_and_without_a_comparison() -> None:
    sales = [("2024-02-10", "a", 10.0, "Rum", "Oslo"), ("2024-02-11", "b", 10.0, "Ale", "Oslo")]
    sales += [("2024-03-10", "a", 30.0, "Rum", "Oslo"), ("2024-03-11", "b", 20.0, "Tea", "Oslo")]
    sales += [("2024-03-12", "c", 30.0, "Cider", "Oslo"), ("2024-03-13", "c", 20.0, "Öl", "Oslo")]
    engine = shop(*sales)
    for query, expected in (
        (f"{MARCH}&compare=previous", ["Cider", "Rum", "Tea", "Öl", "Ale"]),
        (f"{MARCH}&compare=none", ["Cider", "Rum", "Tea", "Öl"]),
    ):
        now = engine.resolve(Selection.from_query(f"data=odd&{query}")[0])
        frame = drivers(engine, now, {}).frame.query("field == 'product'")
        assert frame["value"].tolist() == expected
        assert frame["change"].isna().all() == (now.before is None)
        assert frame["share"].sum() == pytest.approx(100)


def test_drivers_add_up_to_the_change_and_come_largest_first() -> None:
    engine = shop(
        *month("2024-02", 8, 50.0, "Tea", "Oslo"), *month("2024-02", 4, 30.0, "Salt", "Bergen"),
        *month("2024-03", 4, 50.0, "Tea", "Oslo"), *month("2024-03", 2, 20.0, "Sugar", "Bergen"),
    )  # fmt: skip
    now = engine.resolve(Selection("odd", "2024-03-01..2024-04-01"))
    frame = drivers(engine, now, {}).frame
    whole = row(engine)
    for field, values in frame.groupby("field"):
        assert values["change"].sum() == pytest.approx(whole["revenue"] - whole["base"]), field
        assert values["share"].sum() == pytest.approx(100.0)
        assert values["change"].abs().is_monotonic_decreasing
    products = frame[frame["field"] == "product"].set_index("value")
    assert products.loc["Salt", ["revenue", "base_revenue", "change"]].tolist() == [0.0, 120.0, -120.0]
    assert products.loc["Sugar", ["revenue", "base_revenue", "change"]].tolist() == [40.0, 0.0, 40.0]


def test_a_list_keeps_the_values_that_were_not_chosen() -> None:
    engine = shop(*month("2024-02", 8, 50.0), *month("2024-03", 4, 50.0), *month("2024-03", 2, 20.0, "Salt", "Bergen"))
    chosen = Selection("odd", "2024-03-01..2024-04-01").with_clause(Clause("product", ("Salt",)))
    frame = drivers(engine, engine.resolve(chosen), {}).frame
    assert frame[frame["field"] == "product"]["value"].tolist() == ["Salt", "Tea"], (
        "the chosen one first, however small"
    )


@pytest.mark.parametrize(
    ("clause", "places"),
    [
        (Clause("place", ("Norway/Bergen",)), ["Norway/Bergen", "Norway/Oslo", "Spain/Vigo"]),
        (Clause("place", ("Norway/Bergen", "Spain/Vigo")), ["Spain/Vigo", "Norway/Bergen"]),
        (Clause("place", ("Norway",)), ["Norway/Oslo", "Norway/Bergen"]),
        (Clause("place", ("Norway", "Spain/Vigo")), ["Norway/Oslo", "Spain/Vigo", "Norway/Bergen"]),
        (Clause("place", exclude=("Norway/Oslo",)), ["Spain/Vigo", "Norway/Bergen"]),
    ],
)
def test_places_outside_the_filter_are_listed_only_after_the_one_that_is_chosen(
    clause: Clause, places: list[str]
) -> None:
    sold = {("Norway", "Oslo"): 90.0, ("Norway", "Bergen"): 10.0, ("Spain", "Vigo"): 40.0}
    rows = [
        {"order_id": f"{city} {at}", "ordered_at": f"2024-{at:02}-10", "product": "Tea", "quantity": 1.0,
         "amount": amount * at, "country": country, "city": city}
        for (country, city), amount in sold.items()
        for at in (2, 3)
    ]  # fmt: skip
    engine = ColumnarEngine(store.in_memory(companies.Tables(companies.frame(rows))))
    chosen = Selection("toy", "2024-03-01..2024-04-01").with_clause(clause)
    frame = drivers(engine, engine.resolve(chosen), {}).frame
    assert frame[frame["field"] == "place"]["value"].tolist() == places


def test_without_a_comparison_the_largest_are_listed() -> None:
    engine = ColumnarEngine(store.in_memory(companies.nasty()))
    frame = drivers(engine, engine.resolve(Selection("toy", "all")), {}).frame
    assert len(frame)
    assert frame["change"].isna().all()
    for _, values in frame.groupby("field"):
        assert values["revenue"].is_monotonic_decreasing


def test_one_product_for_everybody_is_told_by_weekdays() -> None:
    same = [*month("2024-02", 28, 50.0), *month("2024-03", 14, 50.0)]
    engine = shop(*((day, "", amount, product, city) for day, _, amount, product, city in same))
    frame = drivers(engine, engine.resolve(Selection("odd", "2024-03-01..2024-04-01")), {}).frame
    assert set(frame["field"]) == {"weekday"}
    assert frame["change"].sum() == pytest.approx(-700.0)
