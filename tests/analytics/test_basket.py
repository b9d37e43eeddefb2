"""Basket: the published pairs of Bytronix, an oracle over sets of products, and the edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from analytics import store
from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.engines.common import lists
from analytics.errors import NotInData, UnknownName
from analytics.questions import basket, suggestions
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.analytics.companies import Tables, frame
from tests.samples import examples


def asked(engine: ColumnarEngine, *clauses: Clause) -> Resolved:
    return engine.resolve(Selection(engine.name, "all", "none", "auto", clauses))


@pytest.fixture(scope="module")
def bytronix(sources: Path, request: pytest.FixtureRequest) -> ColumnarEngine:
    return ColumnarEngine(store.open(request.getfixturevalue("store"), "bytronix"))


@pytest.fixture(scope="module")
def nasty() -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(companies.nasty()))


def shop(orders: dict[str, str], **more: object) -> ColumnarEngine:
    """Orders by name, each a string of one-letter products: one unit, 10 apiece."""
    rows = [
        {"order_id": o, "ordered_at": "2020-01-15", "product": p, "quantity": 1, "amount": 10.0, "customer": "Ana"}
        | more
        for o, items in orders.items()
        for p in items
    ]
    return ColumnarEngine(store.in_memory(Tables(frame(rows))))


def pair_of(answer: pd.DataFrame, one: str, other: str) -> pd.Series:
    both = {one, other}
    found = [r for _, r in answer.iterrows() if {r["product"], r["with_product"]} == both]
    assert len(found) == 1, both
    return found[0]


# --- the published figures
def test_all_published_pairs_of_bytronix(bytronix: ColumnarEngine, sources: Path) -> None:
    answer = basket.pairs(bytronix, asked(bytronix), {})
    found = {frozenset((r["product"], r["with_product"])): r for r in answer.frame.to_dict("records")}
    expected = pd.read_csv(sources / "bytronix" / "expected_pairs.csv")
    assert set(found) == {frozenset(p) for p in expected[["a", "b"]].to_numpy().tolist()}
    for row in expected.itertuples():
        mine = found[frozenset((row.a, row.b))]
        assert mine["orders"] == row.n
        assert {mine["orders_a"], mine["orders_b"]} == {row.fa, row.fb}
        assert mine["lift"] == pytest.approx(row.lift, rel=1e-9)
        rarer = "confidence_ab" if mine["orders_a"] <= mine["orders_b"] else "confidence_ba"
        assert mine[rarer] == pytest.approx(row.conf * 100, rel=1e-9), "published from the rarer product's side"
    assert answer.frame["orders"].is_monotonic_decreasing
    assert "178,437 orders, 6,832 with two or more products." in answer.notes


def test_strong_cross_sell_that_is_none(bytronix: ColumnarEngine) -> None:
    found = basket.pairs(bytronix, asked(bytronix), {}).frame
    row = pair_of(found, "iPhone", "Wired Headphones")
    assert (row["orders"], round(row["lift"], 3), round(row["lift_multi"], 3)) == (462, 0.639, 1.055)
    assert row["p"] > 0.5
    assert row["significant"] == "no"
    batteries = {
        ("AA Batteries (4-pack)", "Lightning Charging Cable"): 0.603,
        ("AAA Batteries (4-pack)", "USB-C Charging Cable"): 0.448,
    }
    for (one, other), lift in batteries.items():
        assert round(pair_of(found, one, other)["lift_multi"], 3) == lift
    top = {
        ("Lightning Charging Cable", "iPhone"): 1011,
        ("Google Phone", "USB-C Charging Cable"): 997,
        ("Apple Airpods Headphones", "iPhone"): 373,
    }
    for (one, other), n in top.items():
        assert pair_of(found, one, other)["orders"] == n
    assert pair_of(found, "Lightning Charging Cable", "iPhone")["significant"] == "yes"


def test_what_sells_with_an_iphone(bytronix: ColumnarEngine) -> None:
    answer = basket.attach_rates(bytronix, asked(bytronix), {"product": "iPhone"})
    first = answer.frame.iloc[0]
    assert (first["product"], first["orders"]) == ("Lightning Charging Cable", 1011)
    assert first["attach_rate"] == pytest.approx(1011 / 6840 * 100)
    assert first["base_rate"] == pytest.approx(21_604 / 178_437 * 100)
    assert answer.more["chosen"].iloc[0].tolist() == ["iPhone", 6840]
    assert "iPhone" not in set(answer.frame["product"])
    with pytest.raises(UnknownName, match="iPhone"):
        basket.attach_rates(bytronix, asked(bytronix), {"product": "iPhon"})


def test_sizes_of_bytronix_add_up_to_its_orders_and_revenue(bytronix: ColumnarEngine) -> None:
    found = basket.sizes(bytronix, asked(bytronix), {}).frame
    assert found["orders"].sum() == 178_437
    assert found.loc[found["order_products"] != "1", "orders"].sum() == 6832
    assert round(found["revenue"].sum(), 2) == 34_465_537.94
    assert found["share"].sum() == pytest.approx(100)
    by_units = basket.value_by_size(bytronix, asked(bytronix), {"by": "units"}).frame
    assert (by_units["order_units"].astype(int) * by_units["orders"]).sum() == 208_812
    assert list(by_units.columns[:2]) == ["order_units", "aov"]


# --- an oracle over sets
def oracle(lines: pd.DataFrame) -> tuple[Counter, Counter, list[set[str]]]:
    sets = [set(g["product"]) - {""} for _, g in lines[lines["sale"]].groupby("order_id")]
    pairs = Counter(frozenset(p) for s in sets for p in combinations(sorted(s), 2))
    return Counter(p for s in sets for p in s), pairs, sets


@pytest.mark.long
@settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(companies.tables())
def test_any_company_equals_counting_sets(tables: Tables) -> None:
    engine = ColumnarEngine(store.in_memory(tables))
    answer = basket.pairs(engine, asked(engine), {})
    single, joint, sets = oracle(tables.lines)
    found = {frozenset((r["product"], r["with_product"])): r for r in answer.frame.to_dict("records")}
    assert {p: r["orders"] for p, r in found.items()} == dict(joint)
    larger = [s for s in sets if len(s) >= 2]
    inside = Counter(p for s in larger for p in s)
    for r in found.values():
        a, b = r["product"], r["with_product"]
        assert (r["orders_a"], r["orders_b"]) == (single[a], single[b])
        assert r["support"] == pytest.approx(100 * r["orders"] / len(sets))
        assert r["confidence_ab"] == pytest.approx(100 * r["orders"] / single[a])
        assert r["confidence_ba"] == pytest.approx(100 * r["orders"] / single[b])
        assert r["lift"] == pytest.approx(r["orders"] * len(sets) / (single[a] * single[b]))
        assert r["lift_multi"] == pytest.approx(r["orders"] * len(larger) / (inside[a] * inside[b]))
        assert 0 <= r["p"] <= r["q"] <= 1
    matrix = basket.pair_matrix(engine, asked(engine), {}).frame
    for r in matrix.to_dict("records"):
        pair = frozenset((r["product"], r["with_product"]))
        assert r["orders"] == joint[pair]
        if pair in found:
            assert r["lift"] == pytest.approx(found[pair]["lift"])
            assert r["lift_multi"] == pytest.approx(found[pair]["lift_multi"])


# --- the product that a question begins with
@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("clauses", "chosen"),
    [
        ((), "dear"),
        ((Clause("category", ("small",)),), "cheap"),
        ((Clause("product", ("cheap", "dear")),), "dear"),
        ((Clause("product", ("cheap",)),), "cheap"),
        ((Clause("product", exclude=("dear",)),), "cheap"),
        ((Clause("product", ("alone",)),), "alone"),
        ((Clause("product", ("alone", "none")),), ""),
    ],
)
def test_a_question_about_one_product_begins_with_the_filter_or_the_best_seller(
    clauses: tuple[Clause, ...], chosen: str
) -> None:
    sold = [("1", "cheap"), ("1", "dear"), ("2", "cheap"), ("3", "cheap"), ("4", "alone")]
    price = {"cheap": 1.0, "dear": 50.0, "alone": 900.0}
    rows = [
        {"order_id": order, "ordered_at": "2024-01-10 10:00", "product": product, "quantity": 1.0,
         "category": "small" if product == "cheap" else "large", "amount": price[product]}
        for order, product in sold
    ]  # fmt: skip
    engine = ColumnarEngine(store.in_memory(Tables(frame(rows))))
    answer = basket.attach_rates(engine, asked(engine, *clauses), {})
    assert answer.more["chosen"]["product"].iloc[0] == chosen
    given = suggestions.recommendations(engine, asked(engine, *clauses), {}).more["given"]["product"].tolist()
    assert given == [p for p in [chosen] if p], "both cards are of the same product"


def test_a_best_seller_that_stands_alone_is_not_the_one_to_begin_with() -> None:
    sold = [(f"m{i}", "laptop") for i in range(5)] + [("m0", "cable")]
    sold += [(f"p{i}", product) for i in range(basket.FEWEST_TOGETHER) for product in ("phone", "cable")]
    price = {"laptop": 1000.0, "phone": 100.0, "cable": 1.0}
    rows = [
        {"order_id": order, "ordered_at": "2024-01-10 10:00", "product": product, "quantity": 1.0,
         "amount": price[product]}
        for order, product in sold
    ]  # fmt: skip
    engine = ColumnarEngine(store.in_memory(Tables(frame(rows))))
    assert basket.attach_rates(engine, asked(engine), {}).more["chosen"]["product"].iloc[0] == "phone"
    few = ColumnarEngine(store.in_memory(Tables(frame(rows[:-2]))))
    assert basket.attach_rates(few, asked(few), {}).more["chosen"]["product"].iloc[0] == "laptop"


# --- filters read whole orders
def test_a_product_filter_keeps_whole_orders() -> None:
    engine = shop({"1": "ab", "2": "abc", "3": "bc", "4": "c"})
    answer = basket.pairs(engine, asked(engine, Clause("product", ("a",))), {})
    assert pair_of(answer.frame, "a", "b")["orders"] == 2
    assert pair_of(answer.frame, "b", "c")["orders"] == 1
    assert answer.notes == (
        "2 orders, 2 with two or more products.",
        "Counts whole orders that match the filter on product.",
    )
    sizes = basket.sizes(engine, asked(engine, Clause("product", ("a",))), {}).frame
    assert sizes[["order_products", "orders", "revenue"]].to_numpy().tolist() == [["2", 1, 20.0], ["3", 1, 30.0]]


def test_attach_rates_follow_the_filter_but_count_all_orders() -> None:
    engine = shop({"1": "ab", "2": "abc", "3": "bc", "4": "c", "5": "c"})
    free = basket.attach_rates(engine, asked(engine), {})
    assert free.more["chosen"].iloc[0].tolist() == ["c", 4], "the best seller"
    assert "c: 4 orders, 2 of them with nothing else." in free.notes
    followed = basket.attach_rates(engine, asked(engine, Clause("product", ("a",))), {})
    assert followed.more["chosen"].iloc[0].tolist() == ["a", 2]
    assert followed.frame[["product", "attach_rate", "base_rate"]].to_numpy().tolist() == [
        ["b", 100.0, 60.0],
        ["c", 50.0, 80.0],
    ]
    assert "Product filters do not apply here." in followed.notes
    picked = basket.attach_rates(engine, asked(engine, Clause("product", ("a",))), {"product": "b"})
    assert picked.more["chosen"].iloc[0]["product"] == "b", "the option goes before the filter"
    assert len(basket.attach_rates(engine, asked(engine, Clause("product", ("a", "b"))), {}).frame) == 2


def test_network_keeps_clear_pairs_and_the_most_frequent_others() -> None:
    orders = {f"t{i}": "ab" for i in range(30)} | {f"u{i}": "cd" for i in range(30)} | {f"v{i}": "ac" for i in range(3)}
    engine = shop(orders)
    answer = basket.network(engine, asked(engine), {})
    assert [(r["product"], r["with_product"], r["significant"]) for r in answer.frame.to_dict("records")] == [
        ("a", "b", "yes"),
        ("c", "d", "yes"),
        ("a", "c", "less"),
    ]
    assert answer.more["nodes"].to_numpy().tolist() == [["a", 33], ["c", 33], ["b", 30], ["d", 30]]
    assert answer.notes[-1] == "Blue lines: more often than expected."


# --- sizes
def test_many_sizes_are_banded_and_none_is_lost() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    engine = shop({f"o{n}": letters[:n] for n in range(1, 27)})
    found = basket.sizes(engine, asked(engine), {}).frame
    assert found["order_products"].tolist() == [*(str(n) for n in range(1, 11)), "11–20", "21–50"]
    assert found["orders"].tolist() == [1] * 10 + [10, 6]
    assert found["revenue"].sum() == sum(10 * n for n in range(1, 27))


def test_gaps_between_few_sizes_are_not_bands() -> None:
    found = basket.sizes(*both(shop({"1": "a", "2": "abcde"})), {}).frame
    assert found["order_products"].tolist() == ["1", "5"]


def both(engine: ColumnarEngine) -> tuple[ColumnarEngine, Resolved]:
    return engine, asked(engine)


def test_returned_orders_have_no_size_by_units(nasty: ColumnarEngine) -> None:
    lines = companies.nasty().lines
    sold = set(lines.loc[lines["sale"], "order_id"])
    by_products = basket.sizes(nasty, asked(nasty), {})
    assert by_products.frame["orders"].sum() == len(sold)
    assert not by_products.notes
    whole = companies.frame(
        [
            companies.line("1", "2020-01-01", "TV", 2, 20.0, "Ana", 0),
            companies.line("2", "2020-01-02", "TV", 1, 10.0, "Ana", 0),
            companies.line("2", "2020-01-03", "TV", -1, -10.0, "Ana", 0),
        ]
    )
    engine = ColumnarEngine(store.in_memory(companies.Tables(whole)))
    by_units = basket.sizes(engine, asked(engine), {"by": "units"})
    assert by_units.frame[["order_units", "orders", "revenue"]].to_numpy().tolist() == [["2", 1, 20.0]]
    assert by_units.notes == ("1 order with nothing left after returns is left out.",)


def test_an_order_keeps_its_size_whatever_is_filtered(nasty: ColumnarEngine) -> None:
    everything = asked(nasty)
    sizes = nasty.aggregate(["order_id", "order_products", "order_units"], ["lines"], everything)
    some = nasty.aggregate(
        ["order_id", "order_products", "order_units"], ["lines"], asked(nasty, Clause("product", ("iPhone",)))
    )
    size_of = sizes.set_index("order_id")["order_products"]
    assert len(some)
    assert some["order_products"].tolist() == size_of[some["order_id"]].tolist()
    seen = nasty.within((Clause("product", ("iPhone",)),))
    assert set(seen.aggregate(["order_products"], ["lines"], everything)["order_products"]) == {"1", ""}
    sized = seen.aggregate(["order_products"], ["orders"], everything).set_index("order_products")["orders"]
    assert sized[""] == 0, "of some orders this viewer sees nothing but a refund"


# --- edges
def test_empty_and_single(nasty: ColumnarEngine) -> None:
    nothing = asked(nasty, Clause("product", ("no such thing",)))
    for question in (basket.pairs, basket.pair_matrix, basket.network, basket.sizes, basket.value_by_size):
        assert question(nasty, nothing, {}).empty, question.__name__
    apart = asked(nasty, Clause("order_products", ("1",)))
    assert basket.pair_matrix(nasty, apart, {}).empty, "squares of nothing but 0"
    one = ColumnarEngine(store.in_memory(companies.one_row()))
    for question in (basket.pairs, basket.pair_matrix, basket.network, basket.attach_rates):
        assert question(one, asked(one), {}).empty, question.__name__
    assert basket.sizes(one, asked(one), {}).frame["order_products"].tolist() == ["1"]
    elsewhere = asked(nasty, Clause("channel", ("shop",)))
    assert basket.attach_rates(nasty, elsewhere, {"product": "TV"}).empty, "known, but not in this selection"


def test_categories_pair_too_and_brands_that_are_not_there_are_refused(nasty: ColumnarEngine) -> None:
    found = basket.pairs(nasty, asked(nasty), {"by": "category"}).frame
    assert found[["category", "with_category", "orders"]].to_numpy().tolist() == [["Cables", "Phones", 1]]
    with pytest.raises(NotInData, match="brand"):
        basket.pairs(nasty, asked(nasty), {"by": "brand"})


def test_only_the_most_frequent_pairs_are_kept_and_the_cut_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basket, "MOST_PAIRS", 2)
    engine = shop({"1": "abc", "2": "ab", "3": "bc", "4": "ac", "5": "ab"})
    answer = basket.pairs(engine, asked(engine), {})
    assert answer.frame["orders"].tolist() == [3, 2]
    assert answer.notes[-1] == "The 2 most frequent of 3 pairs."
    assert np.isfinite(answer.frame["q"]).all()


def test_orders_of_very_many_products_are_no_baskets_and_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pairs of an order grow with the square of its products: ten thousand of them would be fifty million."""
    monkeypatch.setattr(lists, "MOST_IN_A_BASKET", 2)
    engine = shop({"1": "abc", "2": "ab", "3": "bd"})
    answer = basket.pairs(engine, asked(engine), {})
    assert answer.frame[["product", "with_product", "orders"]].to_numpy().tolist() == [["a", "b", 1], ["b", "d", 1]]
    assert answer.notes == (
        "2 orders, 2 with two or more products.",
        "1 order with more than 2 products is left out.",
    )


EVERY_QUESTION = (
    basket.pairs,
    basket.pair_matrix,
    basket.network,
    basket.attach_rates,
    suggestions.bundle_ideas,
    suggestions.recommendations,
)


@pytest.mark.parametrize("question", EVERY_QUESTION)
def test_every_question_of_baskets_says_how_many_orders_are_none(
    monkeypatch: pytest.MonkeyPatch, question: Callable[..., Answer]
) -> None:
    monkeypatch.setattr(lists, "MOST_IN_A_BASKET", 2)
    engine = shop({"1": "abc", "2": "ab", "3": "bd"})
    assert "1 order with more than 2 products is left out." in question(engine, asked(engine), {}).notes


@pytest.mark.parametrize("question", EVERY_QUESTION)
def test_where_no_order_is_a_basket_nothing_goes_together(
    monkeypatch: pytest.MonkeyPatch, question: Callable[..., Answer]
) -> None:
    monkeypatch.setattr(lists, "MOST_IN_A_BASKET", 2)
    engine = shop({"1": "abc"})
    answer = question(engine, asked(engine), {})
    assert answer.frame.empty
    assert answer.why.startswith("1 order with more than 2 products is left out"), "the card does not deny it"
