"""Market basket, rules: who buys these items together also buys which one more?

Over the table of orders × items of pairs.py, with its measures. Counts stay whole numbers until the last division, so
that a rule exactly at a threshold is neither lost nor invented. Source: Agrawal & Srikant 1994.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.errors import DataError, TooLarge
from analytics.methods.baskets.pairs import Ints, labels_of, measure, zero_one

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_ITEMSETS = 1_000_000
RULE_COLUMNS = ("antecedent", "consequent", "size", "n", "n_antecedent", "n_consequent", "N", "support", "confidence",
                "lift", "leverage", "conviction", "zhang")  # fmt: skip


def rules(
    X: csr_matrix,
    labels: Sequence[str] | None = None,
    *,
    min_count: int | None = None,
    min_support: float | str | Fraction | None = None,
    min_confidence: float | str | Fraction = 0.5,
    max_len: int = 6,
) -> pd.DataFrame:
    """Who buys these items together also buys which one more?

    Grain: one row per rule {antecedent} → consequent of 2 to `max_len` items, highest lift first (then most orders).
    Columns: antecedent (tuple), consequent, size (items in all); n, n_antecedent, n_consequent, N (orders); support and
    confidence (0–100), lift, leverage, conviction, zhang as in pairs.py.
    Thresholds are compared as whole numbers: `min_confidence=0.8` keeps a rule of exactly 4 in 5; `min_support` (a
    share, 0–1) means the next whole number of orders at or above it, so .001 of 9,835 orders is 10. Give one of the
    two minimums.
    An empty table gives no rows. Raises DataError for a missing or impossible threshold, TooLarge when more than
    1,000,000 itemsets are frequent (raise the minimum).
    """
    X = zero_one(X)
    names = labels_of(labels, X.shape[1])
    total = X.shape[0]
    least = _least_count(min_count, min_support, total)
    confident = _exact(min_confidence, "min_confidence")
    counts = frequent_itemsets(X, least, max_len)
    rows: list[tuple[tuple[int, ...], int, int, int]] = []
    for itemset, n in counts.items():
        if len(itemset) < 2:
            continue
        for place, consequent in enumerate(itemset):
            antecedent = itemset[:place] + itemset[place + 1 :]
            if n * confident.denominator >= counts[antecedent] * confident.numerator:
                rows.append((antecedent, consequent, n, counts[antecedent]))
    n_xy, n_x = (np.array([r[i] for r in rows], dtype=np.int64) for i in (2, 3))
    n_y = np.array([counts[(r[1],)] for r in rows], dtype=np.int64)
    shown = names if names is not None else list(range(X.shape[1]))
    frame = pd.DataFrame(
        {
            "antecedent": pd.Series([tuple(shown[i] for i in r[0]) for r in rows], dtype=object),
            "consequent": [shown[r[1]] for r in rows],
            "size": np.array([len(r[0]) + 1 for r in rows], dtype=np.int64),
            "n": n_xy,
            "n_antecedent": n_x,
            "n_consequent": n_y,
            "N": np.full(len(rows), total, dtype=np.int64),
            "support": measure("support", n_xy, n_x, n_y, total),
            "confidence": measure("confidence_ab", n_xy, n_x, n_y, total),
            "lift": measure("lift", n_xy, n_x, n_y, total),
            "leverage": measure("leverage", n_xy, n_x, n_y, total),
            "conviction": measure("conviction_ab", n_xy, n_x, n_y, total),
            "zhang": measure("zhang", n_xy, n_x, n_y, total),
        },
        columns=list(RULE_COLUMNS),
    )
    # The index breaks ties: rows were made in the order of their items.
    return frame.sort_values(["lift", "n"], ascending=False, kind="stable", ignore_index=True)


def frequent_itemsets(X: csr_matrix, min_count: int, max_len: int = 6) -> dict[tuple[int, ...], int]:
    """Which items do at least `min_count` orders hold together? Sets of up to `max_len` item codes, ascending, with the
    number of orders.

    An empty table gives none. Raises DataError for a minimum below 1 or a table that is not 0/1, TooLarge beyond
    1,000,000 sets.
    """
    X = zero_one(X)
    if min_count < 1:
        raise DataError(f"expected a minimum of at least 1 order, got {min_count}.", where="min_count")
    found: dict[tuple[int, ...], int] = {}
    rows = np.repeat(np.arange(X.shape[0], dtype=np.int64), np.diff(X.indptr))
    for itemset, n in _grow((), rows, X.indices.astype(np.int64), X.shape[1], min_count, max_len):
        found[itemset] = n
        if len(found) > MOST_ITEMSETS:
            raise TooLarge(
                f"more than {MOST_ITEMSETS:,} itemsets are in at least {min_count} orders.",
                where="rules",
                hint="Raise the minimum count or shorten the rules.",
            )
    return found


def _grow(
    prefix: tuple[int, ...], rows: Ints, items: Ints, n_items: int, least: int, longest: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Frequent extensions of `prefix`, depth first; `rows` and `items` are the cells of the orders that hold it."""
    counts = np.bincount(items, minlength=n_items)
    frequent = counts >= least
    kept = frequent[items]
    rows = rows[kept]
    items = items[kept]
    bounds = np.flatnonzero(np.diff(rows, prepend=-1, append=-1)) if rows.size else np.zeros(1, dtype=np.int64)
    by_item = np.argsort(items, kind="stable")
    start = 0
    # Cells of one order stand together in ascending item, so what follows a cell in its order are its extensions.
    order_end = np.repeat(bounds[1:], np.diff(bounds))
    for item in np.flatnonzero(frequent):
        n = int(counts[item])
        grown = (*prefix, int(item))
        yield grown, n
        cells = by_item[start : start + n]
        start += n
        if len(grown) >= longest:
            continue
        first = cells + 1
        length = order_end[cells] - cells - 1
        follow = np.repeat(first - np.append(0, np.cumsum(length)[:-1]), length) + np.arange(int(length.sum()))
        if follow.size >= least:
            yield from _grow(grown, rows[follow], items[follow], n_items, least, longest)


def _least_count(min_count: int | None, min_support: float | str | Fraction | None, total: int) -> int:
    if (min_count is None) == (min_support is None):
        raise DataError("expected either min_count or min_support.", where="rules")
    if min_count is not None:
        return min_count
    share = _exact(min_support, "min_support")
    return max(1, -((-share.numerator * total) // share.denominator))


def _exact(threshold: float | str | Fraction | None, where: str) -> Fraction:
    """The decimal number that was written, not its nearest binary neighbour."""
    value = threshold if isinstance(threshold, Fraction) else Fraction(str(threshold))
    if not 0 <= value <= 1:
        raise DataError(f"expected a share from 0 to 1, got {threshold}.", where=where)
    return value
