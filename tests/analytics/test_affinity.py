"""Affinities: chance is not called one whatever the sizes and seasons of baskets, what is planted is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.methods.baskets.affinity import affinity_table, expected_joint, independent, strata_of
from analytics.methods.baskets.pairs import incidence
from tests.analytics.simulated_baskets import ITEMS, PLANTED, claimed, drawn


def test_the_worked_example() -> None:
    orders = [(0, 1)] * 3 + [(0, 2)] * 3 + [(1, 2)] * 3
    X = incidence(np.repeat(np.arange(9), 2), np.array(orders).ravel(), 3)
    strata = independent(X, strata_of(np.diff(X.indptr), np.zeros(9, int)))
    chance = expected_joint(strata, np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert chance.least == pytest.approx([3, 3, 3])
    assert chance.most == pytest.approx([4, 4, 4])
    table = affinity_table(X, np.zeros(9, int))
    assert table["expected"].tolist() == pytest.approx([3, 3, 3])
    assert table["expected_low"].tolist() == pytest.approx([3, 3, 3])
    assert table["expected_high"].tolist() == pytest.approx([4, 4, 4])
    assert (table["p"] > 0.5).all()


def test_a_count_within_chance_is_not_its_own_expectation() -> None:
    X, months = drawn(5)
    table = affinity_table(X, months)
    within = table[(table["n_ab"] > table["expected_low"]) & (table["n_ab"] < table["expected_high"])]
    assert len(within)
    assert (within["expected"] != within["n_ab"]).all()
    assert (within["expected"].eq(within["expected_low"]) | within["expected"].eq(within["expected_high"])).all()


def test_independent_choice_counts_every_basket_once() -> None:
    X, months = drawn(5)
    sizes = np.diff(X.indptr)
    strata = independent(X, strata_of(sizes, months))
    a, b = np.triu_indices(ITEMS, 1)
    joint = sum(
        strata.orders[:, None]
        * (strata.first[:, [i]] * strata.first[:, [j]] - strata.second[:, [i]] * strata.second[:, [j]])
        for i, j in zip(a, b, strict=True)
    )
    assert joint.sum() == pytest.approx((sizes * (sizes - 1) / 2).sum(), rel=0.01)


@pytest.mark.long
@pytest.mark.parametrize("seasons", [False, True])
def test_independent_items_are_no_affinity_whatever_the_sizes_and_seasons(seasons: bool) -> None:
    false = [len([*claimed(affinity_table(*drawn(seed, seasons=seasons)), "more")]) for seed in range(8)]
    less = [len([*claimed(affinity_table(*drawn(seed, seasons=seasons)), "less")]) for seed in range(8)]
    assert sum(false) <= 1, "of 780 pairs each"
    assert sum(less) <= 1


@pytest.mark.long
def test_a_planted_pair_is_found() -> None:
    found = [PLANTED in claimed(affinity_table(*drawn(seed, planted=True, seasons=True)), "more") for seed in range(10)]
    assert all(found)


def test_two_items_that_avoid_each_other_are_an_aversion() -> None:
    X, months = drawn(1, orders=6_000)
    kept = np.ones(X.nnz, bool)
    order = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    both = np.flatnonzero((X[:, 0].toarray() * X[:, 1].toarray()).ravel())
    drop = both[np.random.default_rng(1).random(len(both)) < 0.6]
    kept[np.isin(order, drop) & (X.indices == 1)] = False
    found = [*claimed(affinity_table(incidence(order[kept], X.indices[kept], ITEMS), months), "less")]
    assert (0, 1) in found


def test_nothing_gives_nothing() -> None:
    empty = incidence(np.empty(0, int), np.empty(0, int), 0)
    assert affinity_table(empty, np.empty(0, int)).empty
    single = incidence(np.arange(5), np.zeros(5, int), 1)
    assert affinity_table(single, np.zeros(5, int)).empty


@pytest.mark.long
def test_groceries_by_fisher_and_within_sizes(sources: Path) -> None:
    lines = pd.read_csv(sources / "groceries" / "groceries_long.csv.gz")
    codes, labels = pd.factorize(lines["item"], sort=True)
    X = incidence(lines["tid"].to_numpy(), codes, len(labels))
    table = affinity_table(X, np.zeros(X.shape[0], int), list(labels))
    assert table["affinity"].value_counts().to_dict() == {"": 9_579, "more": 40, "less": 17}, "Fisher's test: 1,836"
    pair = table[(table["a"] == "other vegetables") & (table["b"] == "root vegetables")].iloc[0]
    assert (pair["n_ab"], pair["affinity"]) == (466, "more")
