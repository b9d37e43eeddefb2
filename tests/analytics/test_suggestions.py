"""Bundle ideas and recommendations: sets counted one by one, published figures, and the edges."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import UnknownName
from analytics.questions import basket, suggestions
from analytics.questions.basket import pair_frame
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.analytics.companies import Tables, frame


def asked(engine: ColumnarEngine, *clauses: Clause) -> Resolved:
    return engine.resolve(Selection(engine.name, "all", "none", "auto", clauses))


def shop(orders: list[tuple[str, str]]) -> ColumnarEngine:
    """Orders as (customer, one-letter products): one unit, 10 apiece."""
    rows = [
        {"order_id": str(n), "ordered_at": "2020-01-15", "product": p, "quantity": 1, "amount": 10.0, "customer": who}
        for n, (who, items) in enumerate(orders)
        for p in items
    ]
    return ColumnarEngine(store.in_memory(Tables(frame(rows))))


@pytest.fixture(scope="module")
def three() -> ColumnarEngine:
    """a, b and c go together; the others meet as it comes."""
    orders = [("Ana", "abc")] * 30 + [("Flo", "".join(some)) for some in combinations("defghijkl", 3)]
    orders += [("Bo", i) for i in "abcdef"] * 5 + [("Cy", "de"), ("Cy", "ef"), ("Cy", "df")] * 9
    return shop(orders + [("Dee", "ad"), ("Dee", "be"), ("Dee", "cf")] * 6)


@pytest.fixture(scope="module")
def demo(store: Path) -> ColumnarEngine:
    from analytics import store as stores

    return ColumnarEngine(stores.open(store, "demo"))


def sets_of(engine: ColumnarEngine) -> list[set[str]]:
    found = engine.baskets("product", asked(engine))
    return [set(found.items[found.matrix[i].indices]) for i in range(found.matrix.shape[0])]


# --- bundles
def test_a_set_of_three_counted_one_by_one(three: ColumnarEngine) -> None:
    found = suggestions.bundle_ideas(three, asked(three), {}).frame
    triple = found[found["items"] == 3]
    assert len(triple) == 1
    row = triple.iloc[0]
    assert {*row["anchor"].split(" + "), row["add_on"]} == set("abc")
    orders = sets_of(three)
    larger = [s for s in orders if len(s) >= 2]
    n = sum(set("abc") <= s for s in larger)
    ways = [
        (sum(set(pair) <= s for s in larger), next(iter(set("abc") - set(pair)))) for pair in combinations("abc", 2)
    ]
    thirds = [(held, sum(one in s for s in larger)) for held, one in ways]
    assert (row["orders"], row["anchor_orders"]) == (n, min(held for held, _ in ways)) == (30, 30)
    assert row["lift"] == pytest.approx(min(n * len(larger) / (held * third) for held, third in thirds))
    pairs = found[(found["items"] == 2) & found["anchor"].isin(list("abc"))]
    assert row["q"] == pairs["q"].max(), "the weakest of its three pairs"


def test_what_a_pair_brings_beyond_chance_with_its_interval(three: ColumnarEngine) -> None:
    from scipy.stats import binomtest

    found = suggestions.bundle_ideas(three, asked(three), {})
    assert suggestions.ASSUMPTION in found.notes
    pairs = found.frame[found.frame["items"] == 2]
    assert {frozenset((r.anchor, r.add_on)) for r in pairs.itertuples()} >= {frozenset(p) for p in ("ab", "ac", "bc")}
    table = basket.pairs(three, asked(three), {}).frame
    chance = {frozenset((r.product, r.with_product)): r.expected for r in table.itertuples()}
    for row in pairs.itertuples():
        expected = chance[frozenset((row.anchor, row.add_on))]
        limits = binomtest(int(row.orders), int(row.anchor_orders)).proportion_ci(method="wilson")
        assert row.beyond_orders == pytest.approx(row.orders - expected)
        assert row.beyond_low == pytest.approx(max(limits.low * row.anchor_orders - expected, 0))
        assert row.beyond_high == pytest.approx(limits.high * row.anchor_orders - expected)
        assert row.beyond_revenue == pytest.approx(10 * row.beyond_orders)
        assert 0 <= row.beyond_low < row.beyond_orders < row.beyond_high
        assert 0 <= row.q < 0.05
        assert row.lift > 1


def test_the_interval_of_a_bundle_narrows_with_evidence_and_its_estimate_grows_with_the_company() -> None:
    orders = [("Ana", "ab")] * 12 + [("Flo", "".join(some)) for some in combinations("cdefgh", 2)] + [("Bo", "a")] * 3
    few, many = (suggestions.bundle_ideas(shop(orders * n), asked(shop(orders * n)), {}).frame.iloc[0] for n in (4, 40))
    assert (few["anchor"], few["add_on"]) == (many["anchor"], many["add_on"])
    assert many["beyond_orders"] == pytest.approx(10 * few["beyond_orders"], rel=0.05)
    width_of = [(row["beyond_high"] - row["beyond_low"]) / row["beyond_orders"] for row in (few, many)]
    assert width_of[1] < 0.5 * width_of[0]


def test_published_affinities_are_the_ideas_of_bytronix(sources: Path, request: pytest.FixtureRequest) -> None:
    engine = ColumnarEngine(store.open(request.getfixturevalue("store"), "bytronix"))
    found = suggestions.bundle_ideas(engine, asked(engine), {}).frame
    first = found.iloc[0]
    assert (first["anchor"], first["add_on"], first["orders"]) == ("iPhone", "Lightning Charging Cable", 1011)
    assert round(first["attach_rate"], 2) == round(1011 / 6840 * 100, 2)
    assert not ((found["anchor"] == "iPhone") & (found["add_on"] == "Wired Headphones")).any(), "no affinity"


def test_pairs_of_the_demo_are_those_that_meet_too_often(demo: ColumnarEngine) -> None:
    orders = sets_of(demo)
    single = Counter(p for s in orders for p in s)
    table = basket.pairs(demo, asked(demo), {}).frame
    expected = {
        frozenset((r.product, r.with_product))
        for r in table.itertuples()
        if r.significant == "yes" and r.orders >= 10 and r.orders > r.expected and r.q < 0.05 and r.lift > 1
    }
    found = suggestions.bundle_ideas(demo, asked(demo), {}).frame
    pairs = found[found["items"] == 2]
    assert {frozenset((r.anchor, r.add_on)) for r in pairs.itertuples()} == expected
    assert len(expected) > 3
    for r in pairs.itertuples():
        assert r.anchor_orders == min(single[r.anchor], single[r.add_on])


def test_chance_gives_no_bundle() -> None:
    drawn = np.random.default_rng(3).choice(list("abcdefgh"), (400, 2))
    engine = shop([("Ana", "".join(sorted(set(row)))) for row in drawn])
    assert suggestions.bundle_ideas(engine, asked(engine), {}).empty


# --- recommendations
def test_bought_with_is_ranked_by_confidence_and_counted_one_by_one(three: ColumnarEngine) -> None:
    answer = suggestions.recommendations(three, asked(three), {"product": "d"})
    orders = sets_of(three)
    with_d = [s for s in orders if "d" in s]
    counted = Counter(p for s in with_d for p in s - {"d"})
    assert set(answer.frame["product"]) == {p for p, n in counted.items() if n >= 10} == set("ef")
    found = suggestions.recommendations(three, asked(three), {"product": "a"}).frame
    assert found["product"].tolist() == ["b", "c"], "d met a 6 times only"
    held = sum("a" in s for s in orders)
    assert found["confidence"].tolist() == pytest.approx([100 * 30 / held] * 2)
    assert found["popularity"].tolist() == pytest.approx(
        [100 * sum(p in s for s in orders) / len(orders) for p in "bc"]
    )


def test_recommendations_carry_the_test_of_pairs(three: ColumnarEngine) -> None:
    tested = pair_frame(three.baskets("product", asked(three)), "product")[0]
    said = {frozenset((row["product"], row["with_product"])): row["significant"] for row in tested.to_dict("records")}
    found = suggestions.recommendations(three, asked(three), {"product": "a"}).frame
    assert found["significant"].tolist() == [said[frozenset(("a", other))] for other in found["product"]]


def test_a_customer_is_shown_what_goes_with_what_they_bought() -> None:
    engine = shop([("Ana", "ab")] * 12 + [("Bo", "ac")] * 20 + [("Cy", "bd")] * 15 + [("Dee", "ab")])
    for options, clauses in (({"customer": "Dee"}, ()), ({}, (Clause("customer", ("Dee",)),))):
        answer = suggestions.recommendations(engine, asked(engine, *clauses), options)
        assert answer.more["given"]["product"].tolist() == ["a", "b"]
        assert answer.frame[["product", "because_of", "orders"]].to_numpy().tolist() == [["c", "a", 20], ["d", "b", 15]]
        assert answer.notes[0] == "For Dee, who bought 2 different products."
    with pytest.raises(UnknownName, match="customer"):
        suggestions.recommendations(engine, asked(engine), {"customer": "nobody"})
    with pytest.raises(UnknownName, match="product"):
        suggestions.recommendations(engine, asked(engine), {"product": "zz"})
    picked = suggestions.recommendations(engine, asked(engine, Clause("customer", ("Dee",))), {"product": "c"})
    assert picked.more["given"]["product"].tolist() == ["c"], "the option goes before the filter"


def test_popularity_is_printed_or_said_to_be_beyond_comparison(demo: ColumnarEngine) -> None:
    answer = suggestions.recommendations(demo, asked(demo), {})
    assert any("the five best sellers in" in n for n in answer.notes)
    assert any(n.startswith("Such lists do") for n in answer.notes)
    alone = shop([("Ana", i) for i in "ab"] * 30)
    found = alone.baskets("product", asked(alone))
    (said,) = suggestions.against_popularity(found)
    assert said.startswith("Not compared with the best sellers: ")


# --- edges
@pytest.mark.parametrize("question", [suggestions.bundle_ideas, suggestions.recommendations])
def test_nothing_one_row_and_the_nasty_company(question) -> None:
    nasty = ColumnarEngine(store.in_memory(companies.nasty()))
    one = ColumnarEngine(store.in_memory(companies.one_row()))
    bare = ColumnarEngine(store.in_memory(companies.bare()))
    for engine in (nasty, one, bare):
        assert question(engine, asked(engine), {}).empty
    nothing = asked(nasty, Clause("channel", ("no such thing",)))
    assert question(nasty, nothing, {}).empty
    assert isinstance(question(nasty, nothing, {}).frame, pd.DataFrame)
