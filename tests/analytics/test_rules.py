"""Pairs, rules and recommendations: against slow counts, exact arithmetic and the published Groceries figures."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from itertools import combinations
from math import comb, inf, isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotEnoughData, UnknownName
from analytics.methods.baskets import pairs
from analytics.methods.baskets.pairs import incidence, pair_table
from analytics.methods.baskets.recommend import COLUMNS, recommend, recommendation_scorecard
from analytics.methods.baskets.rules import RULE_COLUMNS, frequent_itemsets, rules
from analytics.methods.inference.false_discovery import benjamini_hochberg
from analytics.methods.inference.hypergeometric import quantile, tails


def baskets(*orders: str):
    """One order a word, one item a letter."""
    letters = sorted(set("".join(orders)))
    lines = [(o, letters.index(c)) for o, word in enumerate(orders) for c in word]
    return incidence(np.array([o for o, _ in lines]), np.array([i for _, i in lines]), len(letters)), letters


def noise(orders: int, items: int, cells: int, seed: int):
    generator = np.random.default_rng(seed)
    return incidence(generator.integers(0, orders, cells), generator.integers(0, items, cells), items)


@pytest.fixture(scope="module")
def groceries(sources: Path):
    lines = pd.read_csv(sources / "groceries" / "groceries_long.csv.gz")
    codes, labels = pd.factorize(lines["item"], sort=True)
    return incidence(lines["tid"].to_numpy(), codes, len(labels)), list(labels)


@pytest.fixture(scope="module")
def grocery_pairs(groceries) -> pd.DataFrame:
    return pair_table(*groceries)


@pytest.fixture(scope="module")
def bytronix(sources: Path):
    columns = ["Order ID", "Product", "Quantity Ordered", "Price Each", "Order Date", "Purchase Address"]
    files = sorted((sources / "bytronix").glob("Sales_*.csv"))
    lines = pd.concat([pd.read_csv(f, usecols=columns, dtype=str) for f in files]).dropna(how="all")
    lines = lines[lines["Order ID"] != "Order ID"].drop_duplicates()
    codes, labels = pd.factorize(lines["Product"], sort=True)
    return incidence(lines["Order ID"].astype(int).to_numpy(), codes, len(labels)), list(labels)


def pair(table: pd.DataFrame, one: str, other: str) -> pd.Series:
    found = table[((table.a == one) & (table.b == other)) | ((table.a == other) & (table.b == one))]
    assert len(found) == 1
    return found.iloc[0]


# ---- the table of orders × items


def test_lines_of_one_order_count_once_and_missing_codes_not_at_all():
    X = incidence(np.array([7, 7, 7, 900, -1, 900]), np.array([2, 2, 0, 1, 1, -1]), 3)
    assert X.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    assert incidence(np.array([], int), np.array([], int), 4).shape == (0, 4)


def test_codes_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="below 2, got 5"):
        incidence(np.array([0]), np.array([5]), 2)
    with pytest.raises(DataError, match="as many order codes"):
        incidence(np.array([0, 1]), np.array([0]), 2)


def test_a_table_of_quantities_is_refused():
    X = baskets("ab", "b")[0]
    with pytest.raises(DataError, match="only 1"):
        pair_table(X * 2)


# ---- tails


def exact_tail(k: int, total: int, a: int, b: int) -> Fraction:
    return Fraction(sum(comb(a, j) * comb(total - a, b - j) for j in range(k, min(a, b) + 1) if j <= b), comb(total, b))


def test_tails_equal_exact_fractions_over_every_small_table():
    for total in (1, 2, 7, 12):
        for a in range(total + 1):
            for b in range(total + 1):
                for k in range(max(0, a + b - total), min(a, b) + 1):
                    upper, lower = tails(k, total, a, b)
                    true = exact_tail(k, total, a, b)
                    assert upper[0] == pytest.approx(float(true), rel=1e-12)
                    assert lower[0] == pytest.approx(float(1 - true), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("k", "total", "a", "b"),
    [(736, 9835, 2513, 1903), (40, 300_000, 500, 700), (1, 300_000, 3, 2), (60, 9835, 1000, 800), (0, 50, 9, 9)],
)
def test_tails_equal_exact_fractions_at_real_sizes(k, total, a, b):
    assert tails(k, total, a, b)[0][0] == pytest.approx(float(exact_tail(k, total, a, b)), rel=1e-11)


@pytest.mark.parametrize("total", [60, 4000, 300_000])
def test_tails_and_quantile_equal_scipy(total):
    from scipy.stats import hypergeom

    generator = np.random.default_rng(total)
    a, b = generator.integers(1, min(total, 4000) + 1, (2, 4000))
    k = np.clip(generator.poisson(a * b / total), np.maximum(0, a + b - total), np.minimum(a, b))
    upper, lower = tails(k, total, a, b)
    np.testing.assert_allclose(upper, hypergeom.sf(k - 1, total, a, b), rtol=1e-9)
    np.testing.assert_allclose(lower, hypergeom.cdf(k - 1, total, a, b), rtol=1e-9, atol=1e-13)
    few = slice(0, 300)
    expected = hypergeom.ppf(0.99, total, a[few], b[few])
    np.testing.assert_array_equal(quantile(0.99, total, a[few], b[few]), expected)


def test_benjamini_hochberg_rejects_four_where_the_1995_paper_does():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4
    assert benjamini_hochberg(p[:9], family=15) == pytest.approx(benjamini_hochberg(p)[:9])
    assert benjamini_hochberg(p[::-1])[::-1] == pytest.approx(benjamini_hochberg(p))
    assert benjamini_hochberg([]).size == 0


# ---- pairs


def test_pairs_equal_a_slow_count():
    from scipy.stats import hypergeom

    X = noise(120, 9, 500, seed=1)
    orders = [set(row.indices) for row in X]
    table = pair_table(X).set_index(["a", "b"])
    larger = [o for o in orders if len(o) >= 2]
    for a, b in combinations(range(9), 2):
        n = sum(a in o and b in o for o in orders)
        n_a, n_b, total = sum(a in o for o in orders), sum(b in o for o in orders), len(orders)
        row = table.loc[(a, b)]
        assert (row.n_ab, row.n_a, row.n_b, row.N) == (n, n_a, n_b, total)
        assert row.support == pytest.approx(100 * n / total)
        assert (row.confidence_ab, row.confidence_ba) == pytest.approx((100 * n / n_a, 100 * n / n_b))
        assert row.lift == pytest.approx(n * total / n_a / n_b)
        leverage = n / total - n_a / total * n_b / total
        assert row.leverage == pytest.approx(100 * leverage)
        assert row.conviction_ab == pytest.approx((1 - n_b / total) / (1 - n / n_a))
        assert row.conviction_ba == pytest.approx((1 - n_a / total) / (1 - n / n_b))
        s, s_a, s_b = n / total, n_a / total, n_b / total
        assert row.zhang == pytest.approx(leverage / max(s * (1 - s_a), s_a * (s_b - s)))
        assert row.p == pytest.approx(hypergeom.sf(n - 1, total, n_a, n_b), rel=1e-9)
        assert row.hyperconfidence == pytest.approx(hypergeom.cdf(n - 1, total, n_a, n_b), rel=1e-9)
        assert row.hyperlift == pytest.approx(n / hypergeom.ppf(0.99, total, n_a, n_b))
        of_a, of_b = sum(a in o for o in larger), sum(b in o for o in larger)
        assert row.lift_multi == pytest.approx(n * len(larger) / of_a / of_b)


def test_every_order_holding_both_leaves_nothing_to_compare():
    X, letters = baskets("ab", "ab", "ab")
    row = pair_table(X, letters).iloc[0]
    assert (row.a, row.b, row.n_ab, row.p, row.lift) == ("a", "b", 3, 1.0, 1.0)
    assert isnan(row.conviction_ab)
    assert isnan(row.zhang)


def test_rare_items_have_no_hyperlift_where_chance_gives_none():
    X, letters = baskets("ab", *["c"] * 500)
    row = pair_table(X, letters).iloc[0]
    assert isnan(row.hyperlift)
    assert row.conviction_ab == inf


@pytest.mark.parametrize("words", [(), ("a",), ("a", "b", "a")])
def test_no_pairs_gives_no_rows_but_all_columns(words):
    X, letters = baskets(*words)
    table = pair_table(X, letters)
    assert len(table) == 0
    assert {"a", "b", "n_ab", "p", "q", "lift_multi", "hyperlift"} <= set(table.columns)


def test_equal_counts_keep_item_order_and_min_count_never_changes_q():
    X = noise(400, 12, 1500, seed=3)
    full = pair_table(X)
    assert full.sort_values(["n_ab", "a", "b"], ascending=[False, True, True]).index.tolist() == list(range(len(full)))
    few = pair_table(X, min_count=30)
    assert 0 < len(few) < len(full)
    pd.testing.assert_frame_equal(few, full[full.n_ab >= 30])


def test_only_the_measures_asked_for_and_unknown_ones_named():
    X, _ = baskets("ab", "abc")
    assert list(pair_table(X, measures=("lift",)).columns) == ["a", "b", "n_ab", "n_a", "n_b", "N", "lift"]
    with pytest.raises(UnknownName, match="'lift'"):
        pair_table(X, measures=("liftt",))


def test_labels_may_repeat_and_be_any_script():
    X, _ = baskets("ab", "bc")
    table = pair_table(X, ["Größe", "日本", "Größe"])
    assert list(zip(table.a, table.b, strict=True)) == [("Größe", "日本"), ("日本", "Größe")]
    with pytest.raises(DataError, match="expected 3 labels"):
        pair_table(X, ["x"])


def test_on_pure_noise_only_the_family_of_possible_pairs_keeps_its_rate():
    """2,000 items bought independently: most pairs expect .03 joint orders, so one meeting alone looks rare."""
    X = noise(4000, 2000, 11_000, seed=5)
    assert (pair_table(X, family="possible").q < 0.05).sum() == 0
    assert (pair_table(X, family="seen").q < 0.05).sum() > 1000


def test_groceries_size_and_best_sellers(groceries):
    X, labels = groceries
    assert (X.shape, X.nnz) == ((9835, 169), 43367)
    orders = pd.Series(np.bincount(X.indices), index=labels).sort_values(ascending=False).head(5)
    assert orders.to_dict() == {
        "whole milk": 2513, "other vegetables": 1903, "rolls/buns": 1809, "soda": 1715, "yogurt": 1372,
    }  # fmt: skip


def test_groceries_pairs(grocery_pairs):
    assert len(grocery_pairs) == 9636
    assert (grocery_pairs.n_ab >= 10).sum() == 2981
    top = grocery_pairs.iloc[0]
    assert (top.a, top.b, top.n_ab) == ("other vegetables", "whole milk", 736)
    assert top.lift == pytest.approx(1.513634, abs=1e-6)
    assert top.p == pytest.approx(1.44e-45, rel=0.005)
    assert top.hyperlift == pytest.approx(1.39924, abs=1e-5)


def test_groceries_significance(groceries, grocery_pairs):
    assert (grocery_pairs.q < 0.05).sum() == 1836
    above = grocery_pairs[grocery_pairs.lift > 1]
    assert len(above) == 8082
    assert (above.q >= 0.05).sum() == 6246
    assert (pair_table(*groceries, family="possible").q < 0.05).sum() == 1591


@pytest.mark.long
def test_bytronix_pairs_equal_the_reference_file(bytronix, sources):
    table = pair_table(*bytronix)
    expected = pd.read_csv(sources / "bytronix" / "expected_pairs.csv")
    assert len(table) == len(expected)
    by_pair = {frozenset((r.a, r.b)): r for r in table.itertuples()}
    for row in expected.itertuples():
        found = by_pair[frozenset((row.a, row.b))]
        assert found.n_ab == row.n
        assert found.lift == pytest.approx(row.lift, rel=1e-12)
        # The file states the confidence of the rarer item.
        assert max(found.confidence_ab, found.confidence_ba) == pytest.approx(100 * row.conf)


def test_bytronix_counts_are_no_affinity(bytronix):
    table = pair_table(*bytronix)
    wired = pair(table, "iPhone", "Wired Headphones")
    assert (wired.n_ab, wired.N) == (462, 178_437)
    assert wired.lift == pytest.approx(0.639, abs=5e-4)
    assert wired.lift_multi == pytest.approx(1.055, abs=5e-4)
    assert pair(table, "iPhone", "Lightning Charging Cable").n_ab == 1011
    assert pair(table, "AA Batteries (4-pack)", "Lightning Charging Cable").lift_multi == pytest.approx(0.603, abs=5e-4)
    X, labels = bytronix
    larger = X[np.diff(X.indptr) >= 2]
    assert larger.shape[0] == 6832
    among = pair(pair_table(larger, labels), "iPhone", "Wired Headphones")
    assert among.lift == pytest.approx(wired.lift_multi)
    assert among.p == pytest.approx(0.066, abs=5e-4)


# ---- rules


def slow_rules(orders: list[set[int]], items: int, least: int, confidence: Fraction, longest: int) -> set[tuple]:
    def holding(wanted: tuple[int, ...]) -> int:
        return sum(set(wanted) <= o for o in orders)

    found = set()
    for size in range(2, longest + 1):
        for itemset in combinations(range(items), size):
            n = holding(itemset)
            for consequent in itemset if n >= least else ():
                antecedent = tuple(i for i in itemset if i != consequent)
                if Fraction(n, holding(antecedent)) >= confidence:
                    found.add((antecedent, consequent, n))
    return found


@pytest.mark.parametrize(("least", "confidence", "longest"), [(2, "0.5", 6), (5, "0.6", 3), (1, "1", 4), (30, "0", 2)])
def test_rules_equal_a_slow_search(least, confidence, longest):
    X = noise(90, 7, 300, seed=8)
    orders = [set(row.indices.tolist()) for row in X]
    found = rules(X, min_count=least, min_confidence=confidence, max_len=longest)
    assert {(r.antecedent, r.consequent, r.n) for r in found.itertuples()} == slow_rules(
        orders, 7, least, Fraction(confidence), longest
    )


def test_a_rule_exactly_at_the_threshold_is_kept():
    X, letters = baskets(*["ab"] * 4, "a", *["c"] * 5)
    found = rules(X, letters, min_support=0.4, min_confidence=0.8)
    assert {(r.antecedent, r.consequent) for r in found.itertuples()} == {(("b",), "a"), (("a",), "b")}
    assert sorted(found.confidence) == [80.0, 100.0]
    assert sorted(found.conviction) == [pytest.approx((1 - 0.4) / (1 - 0.8)), inf]
    assert rules(X, letters, min_support=0.41, min_confidence=0.8).empty


def test_rules_of_nothing_and_bad_thresholds():
    X, letters = baskets()
    empty = rules(X, letters, min_count=1)
    assert list(empty.columns) == list(RULE_COLUMNS)
    assert len(empty) == 0
    X, letters = baskets("ab")
    with pytest.raises(DataError, match="either min_count or min_support"):
        rules(X)
    with pytest.raises(DataError, match="from 0 to 1, got 80"):
        rules(X, min_count=1, min_confidence=80)
    with pytest.raises(DataError, match="at least 1 order"):
        rules(X, min_count=0)


@pytest.mark.long
def test_groceries_has_410_rules(groceries, sources):
    found = rules(*groceries, min_support=0.001, min_confidence=0.8)
    assert len(found) == 410
    assert found["size"].value_counts().to_dict() == {3: 29, 4: 229, 5: 140, 6: 12}
    assert (found.n * 5 == found.n_antecedent * 4).sum() == 39
    assert found.support.mean() == pytest.approx(0.1247, abs=5e-5)
    assert found.confidence.mean() == pytest.approx(86.63, abs=5e-3)
    assert found.lift.mean() == pytest.approx(3.951, abs=5e-4)
    assert found.lift.max() == pytest.approx(11.235, abs=5e-4)
    expected = pd.read_csv(sources / "groceries" / "groceries_410rules.csv")
    published = {(frozenset(r.ante.split("|")), r.cons): (r.n_xy, r.n_x, r.n_y) for r in expected.itertuples()}
    ours = {(frozenset(r.antecedent), r.consequent): (r.n, r.n_antecedent, r.n_consequent) for r in found.itertuples()}
    assert ours == published


@pytest.mark.long
def test_groceries_top_rule_and_the_certain_one(groceries):
    found = rules(*groceries, min_support=0.001, min_confidence=0.8)
    top = found.iloc[0]
    assert (top.antecedent, top.consequent, top.n) == (("liquor", "red/blush wine"), "bottled beer", 19)
    assert top.support == pytest.approx(0.1931876, abs=1e-7)
    assert top.confidence == pytest.approx(90.47619, abs=1e-5)
    assert top.lift == pytest.approx(11.23527, abs=1e-5)
    assert top.leverage == pytest.approx(0.17599, abs=1e-5)
    assert top.conviction == pytest.approx(9.6544, abs=1e-4)
    assert top.zhang == pytest.approx(0.91294, abs=1e-5)
    certain = found[found.antecedent == ("rice", "sugar")].iloc[0]
    assert (certain.consequent, certain.n, certain.confidence, certain.conviction) == ("whole milk", 12, 100.0, inf)
    assert certain.lift == pytest.approx(3.91365, abs=1e-5)


@pytest.mark.long
def test_groceries_itemsets_by_size(groceries):
    sizes = np.bincount([len(itemset) for itemset in frequent_itemsets(groceries[0], 10)])
    assert sizes.tolist() == [0, 157, 2981, 6831, 3137, 376, 10]
    assert sizes.sum() == 13_492


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("support", "confidence", "count"), [(0.001, 0.5, 5668), (0.006, 0.25, 463), (0.01, 0.5, 15)])
def test_groceries_rule_counts(groceries, support, confidence, count):
    assert len(rules(groceries[0], min_support=support, min_confidence=confidence, max_len=10)) == count


# ---- recommendations


def test_bought_with_one_item_ranks_by_confidence_and_labels_lift():
    X, letters = baskets("ab", "ab", "ab", "ac", "ac", "ad", "b", "b", "b", "d")
    found = recommend(X, ["a"], labels=letters, min_count=1)
    assert found.item.tolist() == ["b", "c", "d"]
    assert found.confidence.tolist() == pytest.approx([50, 100 / 3, 100 / 6])
    assert found.lift.tolist() == pytest.approx([3 * 10 / 36, 2 * 10 / 12, 10 / 12])
    assert found.popularity_rank.tolist() == [1, 3, 3]
    assert recommend(X, ["a"], labels=letters, min_count=3).item.tolist() == ["b"]
    assert recommend(X, ["a"], labels=letters, min_count=1, k=1).item.tolist() == ["b"]


def test_several_items_add_up_and_none_is_recommended_back():
    X, letters = baskets("ac", "ac", "bc", "ab", "bd")
    found = recommend(X, ["b", "a", "a"], labels=letters, min_count=1)
    assert found.item.tolist() == ["c", "d"]
    assert found.score.tolist() == pytest.approx([2 / 3 + 1 / 3, 1 / 3])
    assert found.because_of.tolist() == ["a", "b"]
    assert found.together.tolist() == [2, 1]


def test_recommending_from_nothing_or_the_unknown():
    X, letters = baskets("ab", "abc")
    assert list(recommend(X, [], labels=letters).columns) == list(COLUMNS)
    assert recommend(X, [], labels=letters).empty
    with pytest.raises(UnknownName, match="unknown item 'z'"):
        recommend(X, ["z"], labels=letters)
    with pytest.raises(DataError, match="from 0 to 2"):
        recommend(X, [9])


def test_the_scorecard_needs_baskets_of_two():
    with pytest.raises(NotEnoughData):
        recommendation_scorecard(baskets(*"abcabcabc")[0])


@pytest.mark.parametrize(
    ("method", "least", "figures"),
    [
        ("popularity", 1, (0.071, 0.276, 0.396, 0.178)),
        ("count", 1, (0.080, 0.288, 0.412, 0.189)),
        ("confidence", 1, (0.081, 0.289, 0.414, 0.191)),
        ("cosine", 1, (0.085, 0.286, 0.405, 0.192)),
        ("lift", 1, (0, 0.009, 0.024, 0.022)),
        ("lift", 10, (0.020, 0.078, 0.166, None)),
    ],
)
def test_groceries_scorecard(groceries, method, least, figures):
    row = recommendation_scorecard(groceries[0], min_count=least, methods=[method]).iloc[0]
    assert row.baskets == 1538
    assert (row.hr_1 / 100, row.hr_5 / 100, row.hr_10 / 100) == pytest.approx(figures[:3], abs=6e-4)
    if figures[3] is not None:
        assert row.mrr == pytest.approx(figures[3], abs=6e-4)


def test_the_pairs_of_a_huge_order_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST_PAIRS", 1_000)
    items = np.concatenate([np.arange(2_000), [7, 8], [7, 8], [5, 9]])
    orders = np.concatenate([np.zeros(2_000, int), [1, 1], [2, 2], [3, 3]])
    tracemalloc.start()
    try:
        table = pair_table(incidence(orders, items, 2_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100e6, "every pair of the order would take 300 MB"
    assert len(table) == 1_000
    assert table.attrs["seen"] == 2_000 * 1_999 // 2
    assert table[["a", "b", "n_ab"]].head(3).to_numpy().tolist() == [[7, 8, 3], [5, 9, 2], [0, 1, 1]]
    some = pair_table(incidence(orders, items, 2_000), min_count=2)
    assert (len(some), some.attrs["seen"]) == (2, 2)
