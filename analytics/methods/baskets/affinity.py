"""Affinity: do two items meet more, or less, often than baskets of their sizes and months make them?

Large baskets make everything meet, and two items of one season meet without calling for each other. So joint counts are
held against chance within strata, the orders of one size and month, and added up over them: the Cochran–Mantel–Haenszel
test (Mantel & Haenszel 1959, Journal of the National Cancer Institute 22). In a stratum of N orders that hold a in a
share π_a of them, chance lies between two expectations:

* N·π_a·π_b, as if an order decided on each item by itself. Within one size that is too much: who has room for two items
  and took a has room for one more.
* independent choice of k items, conditional Bernoulli sampling: N·π_a·π_b·(1 − (1 − π_a)(1 − π_b)/D), D = Σ π(1 − π)
  (Hájek 1964, Annals of Mathematical Statistics 35), scaled so that each item meets k − 1 others a basket. That is
  right where sizes have nothing to do with items; where an affinity itself makes baskets larger, it is too little.

More than either is an affinity, less than either an aversion; between them nothing is claimed. Nor is it where
the lift over all orders points the other way: two items that mostly sell alone are no pair because what is bought with
others is bought with few. A sum of
hypergeometric counts is a sum of Bernoulli numbers; its tails are those of the binomial of the same mean and variance.

Worked example: orders {a, b}, {a, c}, {b, c}, three times each, are one stratum with N = 9, k = 2 and π = 2/3 for all.
Chance lies between 3 (each item meets one other a basket) and 9·(2/3)² = 4 joint orders; the 3 of each pair are
neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.methods.baskets.pairs import measure, pair_table
from analytics.methods.inference.false_discovery import benjamini_hochberg

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

LEVEL = 0.05  # q below which a pair is called an affinity or an aversion
LARGEST_SIZE = 50  # items; larger baskets are one stratum a month
ROUNDS = 30  # of scaling; the error falls by about half each
PAIRS_A_BLOCK = 1 << 14
MOST_CELLS = 4_000_000  # strata × items; with more, months are not told apart


@dataclass(frozen=True)
class Strata:
    """What independent choice gives in each stratum (rows) for each item (columns): two items a and b share
    orders·(first_a·first_b − second_a·second_b) orders. `share`: the part of the stratum's orders with the item."""

    orders: Floats
    share: Floats
    first: Floats
    second: Floats


def affinity_table(
    X: csr_matrix,
    months: Ints,
    labels: Sequence[str] | None = None,
    min_count: int = 1,
    measures: Sequence[str] = (),
) -> pd.DataFrame:
    """Which two items meet more, or less, often than baskets of their sizes and months make them?

    Rows and columns of `pairs.pair_table` with these `measures`, then: expected_low and expected_high, the least and
    the most joint orders that chance gives (the two expectations above); expected, the one of them nearer to the count;
    p, two-sided, of a joint count so far beyond them; q, Benjamini–Hochberg over every two items that were sold, those
    never together as p = 1; affinity, "more" or "less" where q < LEVEL and the lift over all orders says so too, else
    "". `months`: any number per order (row of X). An empty table gives no rows.
    """
    table = pair_table(X, labels, 1, measures=measures)
    codes = pair_table(X, None, 1, measures=()) if labels is not None else table
    sizes = np.diff(X.indptr)
    stratum = strata_of(sizes, months)
    if (int(stratum.max(initial=-1)) + 1) * X.shape[1] > MOST_CELLS:
        stratum = strata_of(sizes, np.zeros_like(months))
    joint = table["n_ab"].to_numpy()
    chance = expected_joint(independent(X, stratum), codes["a"].to_numpy(), codes["b"].to_numpy())
    p = affinity_p(joint, chance)
    sold = int(np.count_nonzero(np.bincount(X.indices, minlength=X.shape[1])))
    expected = np.where(joint - chance.least < chance.most - joint, chance.least, chance.most)
    q = benjamini_hochberg(p, sold * (sold - 1) // 2)
    lift = measure("lift", joint, table["n_a"].to_numpy(), table["n_b"].to_numpy(), X.shape[0])
    sides = [(q < LEVEL) & (joint > chance.most) & (lift > 1), (q < LEVEL) & (joint < chance.least) & (lift < 1)]
    affinity = np.select(sides, ["more", "less"], "").astype(object)
    chances = {"expected": expected, "expected_low": chance.least, "expected_high": chance.most}
    tested = {**chances, "p": p, "q": q, "affinity": affinity}
    seen = table.attrs["seen"]
    table = table.assign(**tested)
    table.attrs["seen"] = seen
    return table if min_count <= 1 else table[table["n_ab"] >= min_count]


def strata_of(sizes: Ints, months: Ints) -> Ints:
    """The stratum of each order, from 0; −1 for an order of fewer than two items, in which nothing can meet."""
    size = np.minimum(sizes, LARGEST_SIZE).astype(np.int64)
    month = months.astype(np.int64) - int(months.min(initial=0)) + 1
    width = int(month.max(initial=0)) + 1
    key = size * width + month
    stratum = np.full(len(sizes), -1, dtype=np.int64)
    larger = sizes >= 2
    stratum[larger] = np.unique(key[larger], return_inverse=True)[1]
    return stratum


def independent(X: csr_matrix, stratum: Ints) -> Strata:
    """What each stratum of the orders × items table gives under independent choice."""
    from scipy.sparse import csr_matrix

    kept = np.flatnonzero(stratum >= 0)
    count = int(stratum.max(initial=-1)) + 1
    chosen = csr_matrix((np.ones(len(kept)), (stratum[kept], kept)), shape=(count, X.shape[0]))
    orders = np.asarray(chosen.sum(axis=1)).ravel()
    share = (chosen @ X).toarray() / np.maximum(orders, 1.0)[:, None]
    return _scaled(orders, share)


def _scaled(orders: Floats, share: Floats) -> Strata:
    """Hájek's joint shares, scaled until each item's sum to its share times the other items of a basket."""
    size = share.sum(axis=1, keepdims=True)
    spread = (share * (1 - share)).sum(axis=1, keepdims=True)
    # Of two items a basket, each pair is a product of odds once scaled: nothing is left to correct.
    correction = np.minimum(np.where(size > 2, 1 / np.maximum(spread, 1e-12), 0.0), 1.0)
    scale = np.ones_like(share)
    for _ in range(ROUNDS):
        first = scale * share
        second = first * (1 - share)
        others = first.sum(axis=1, keepdims=True) - first
        others -= correction * (1 - share) * (second.sum(axis=1, keepdims=True) - second)
        wanted = (size - 1) / np.where(others > 1e-12, others, np.inf)
        scale = np.where(share > 0, np.sqrt(scale * np.where(wanted > 0, wanted, scale)), 0.0)
    first = scale * share
    return Strata(orders, share, first, np.sqrt(correction) * first * (1 - share))


@dataclass(frozen=True)
class Chance:
    """The joint orders of each pair that chance can give: at `least` with its variance, at `most` with its."""

    least: Floats
    least_variance: Floats
    most: Floats
    most_variance: Floats


def expected_joint(strata: Strata, a: Ints, b: Ints) -> Chance:
    """What chance gives each pair of items (columns), added up over the strata."""
    found = np.zeros((4, len(a)))
    orders = strata.orders[:, None]
    spread = orders / np.maximum(orders - 1, 1.0)  # of a hypergeometric number against a binomial one
    for start in range(0, len(a), PAIRS_A_BLOCK):
        part = slice(start, start + PAIRS_A_BLOCK)
        one, other = a[part], b[part]
        share_one, share_other = strata.share[:, one], strata.share[:, other]
        choice = strata.first[:, one] * strata.first[:, other] - strata.second[:, one] * strata.second[:, other]
        alone = orders * share_one * share_other
        choice = orders * np.maximum(choice, 0.0)
        apart = (1 - share_one) * (1 - share_other)
        found[:, part] = [part.sum(axis=0) for part in (choice, choice * apart * spread, alone, alone * apart * spread)]
    choice, choice_variance, alone, alone_variance = found
    lower = choice <= alone  # not for two rare items among some that nearly all orders hold
    return Chance(
        least=np.where(lower, choice, alone),
        least_variance=np.where(lower, choice_variance, alone_variance),
        most=np.where(lower, alone, choice),
        most_variance=np.where(lower, alone_variance, choice_variance),
    )


def affinity_p(joint: Ints, chance: Chance) -> Floats:
    """p of each joint count, two-sided: twice the smaller of the tail above the most and the one below the least that
    chance gives, at most 1."""
    above = _at_least(joint, chance.most, chance.most_variance)
    below = 1 - _at_least(joint + 1, chance.least, chance.least_variance)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(above, below)), dtype=np.float64)


def _at_least(joint: Ints, mean: Floats, variance: Floats) -> Floats:
    """P(X ≥ joint) for the binomial of this mean and variance; by the mean alone where that leaves no room."""
    from scipy.special import betainc

    random = (mean > 0) & (variance > 1e-9 * mean)
    rate = np.clip(1 - variance / np.where(random, mean, 1.0), 1e-9, 1 - 1e-9)
    # Where baskets leave hardly a choice, the matched binomial may end below a count that did occur: it is stretched.
    trials = np.maximum(np.where(random, mean, 1.0) / rate, joint)
    tail = np.where(joint > 0, betainc(np.maximum(joint, 1), trials - joint + 1, rate), 1.0)
    return np.where(random, tail, np.where(joint <= np.round(mean, 9), 1.0, 0.0))
