"""Market basket, pairs: which two products sell together more than chance, over a sparse table of orders × items.

Counts are of distinct orders and stay whole numbers until the last division. Rules of more than two items are in
rules.py, recommendations built on the same table in recommend.py.

Measures of "a then b", with n orders holding both, n_a and n_b holding each, N in all:
support = n / N and confidence = n / n_a (both 0–100); lift = n·N / (n_a·n_b); leverage = support(ab) −
support(a)·support(b), in points like support; conviction = (1 − support(b)) / (1 − confidence), infinite where
confidence is 100; Zhang = leverage / max(support(ab)·(1 − support(a)), support(a)·(support(b) − support(ab))), −1 to 1.

Source: Brin et al. 1997; Zhang 2000; Hahsler & Hornik 2007 (hyperlift, hyperconfidence).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError, UnknownName
from analytics.methods.inference.false_discovery import benjamini_hochberg
from analytics.methods.inference.hypergeometric import quantile, tails

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Ints = NDArray[np.integer[Any]]

ITEMS_A_BLOCK = 512
MOST_PAIRS = (
    500_000  # pairs that are kept and tested, most joint orders first: one order of 10,000 items has 50 million
)
HYPERLIFT_LEVEL = 0.99
MEASURES = (
    "support",
    "confidence_ab",
    "confidence_ba",
    "lift",
    "leverage",
    "conviction_ab",
    "conviction_ba",
    "zhang",
    "lift_multi",
    "hyperlift",
    "hyperconfidence",
    "p",
    "q",
)


def incidence(order_codes: Ints, item_codes: Ints, n_items: int) -> csr_matrix:
    """Orders × items, 1 where the order holds the item, however many lines say so.

    `order_codes` are any whole numbers (they need not be dense or sorted): each distinct one is a row, in ascending
    order. A negative code of either (pandas' sign for "missing") leaves its line out. Empty input gives 0 × `n_items`.
    Raises DataError for codes of unequal length or an item code of `n_items` or more.
    """
    from scipy.sparse import csr_matrix

    orders = np.asarray(order_codes)
    items = np.asarray(item_codes)
    if orders.shape != items.shape:
        raise DataError(f"expected as many order codes as item codes, got {orders.size} and {items.size}.")
    if items.size and int(items.max()) >= n_items:
        raise DataError(f"expected item codes below {n_items}, got {int(items.max())}.", where="item_codes")
    known = (orders >= 0) & (items >= 0)
    if not known.all():
        orders = orders[known]
        items = items[known]
    cell = orders.astype(np.int64) * max(n_items, 1) + items
    if cell.size and not (cell[1:] > cell[:-1]).all():
        cell.sort()  # np.unique would hash: twenty times slower for millions of cells
        cell = cell[np.concatenate([[True], cell[1:] != cell[:-1]])]
    orders = cell // max(n_items, 1)
    starts = np.flatnonzero(np.diff(orders, prepend=-1))
    indptr = np.append(starts, cell.size)
    index = np.int32 if cell.size < 2**31 else np.int64
    indices = (cell - orders * max(n_items, 1)).astype(index)
    return csr_matrix((np.ones(cell.size, np.int32), indices, indptr.astype(index)), shape=(starts.size, n_items))


def pair_table(  # long: the docstring defines what the columns mean
    X: csr_matrix,
    labels: Sequence[str] | None = None,
    min_count: int = 1,
    *,
    measures: Sequence[str] = MEASURES,
    family: Literal["seen", "possible"] = "seen",
) -> pd.DataFrame:
    """Which two items share orders, how many, and could that be chance?

    Grain: one row per pair a < b (by code) with at least `min_count` joint orders, most joint orders first.
    Columns: a, b (labels, else codes); n_ab, n_a, n_b, N (orders); then those asked for in `measures`: the module's
    measures, both ways where they differ; lift_multi, the lift among the orders with two or more items (single-item
    orders make everything look like substitutes); hyperlift, n_ab / the 99 % quantile of chance (NaN where that is 0);
    hyperconfidence, P(chance gives fewer); p, P(chance gives as many), one-sided hypergeometric (Fisher); q,
    Benjamini–Hochberg over the whole family of pairs, whatever `min_count` shows. The last three are 0–1.

    `family`: "seen" tests the pairs with at least one joint order — the convention of the reference figures
    (Groceries: 9,636 pairs, 1,836 with q < .05). "possible" tests every two items that were sold at all, those never
    together as p = 1 (Groceries: 14,196 pairs, 1,591). Where most pairs expect less than one joint order, only
    "possible" keeps the promised rate of false discoveries: a single chance meeting of two rare items already has a
    small p. Use it for claims.

    At most MOST_PAIRS pairs are kept, those with most joint orders (ties in item order); the others count in the family
    as p = 1. `frame.attrs["seen"]` is the number of pairs with at least `min_count` joint orders, kept or not.
    Asking for fewer measures saves memory: each is 8 bytes a pair. An empty table gives no rows.
    Raises DataError for a table that is not 0/1, UnknownName for an unknown measure.
    """
    for name in measures:
        if name not in MEASURES:
            raise UnknownName("measure", name, MEASURES, where="pair_table")
    X = zero_one(X)
    names = labels_of(labels, X.shape[1])
    total = X.shape[0]
    counts = np.bincount(X.indices, minlength=X.shape[1]).astype(np.int32)
    tested_from = 1 if "q" in measures else min_count
    a, b, n_ab, met = _joint_counts(X, tested_from)
    p = less = q = np.empty(0)
    if {"p", "q", "hyperconfidence"} & set(measures):
        p, less = tails(n_ab, total, counts[a], counts[b])
    if "hyperconfidence" not in measures:
        less = np.empty(0)
    if "q" in measures:
        sold = int(np.count_nonzero(counts))
        q = benjamini_hochberg(p, int(met.sum()) if family == "seen" else sold * (sold - 1) // 2)
    shown = int(np.searchsorted(-n_ab, -min_count, side="right"))
    a = a[:shown]
    b = b[:shown]
    n_ab = n_ab[:shown]
    n_a = counts[a]
    n_b = counts[b]
    columns: dict[str, Any] = {"a": _named(a, names), "b": _named(b, names), "n_ab": n_ab, "n_a": n_a, "n_b": n_b}
    columns["N"] = np.full(n_ab.size, total, dtype=np.int32)
    tested = {"p": p, "q": q, "hyperconfidence": less}
    for name in measures:
        if name == "lift_multi":
            columns[name] = _lift_among_larger_orders(X, a, b, n_ab)
        elif name == "hyperlift":
            columns[name] = _divide(n_ab, quantile(HYPERLIFT_LEVEL, total, n_a, n_b))
        elif name in tested:
            columns[name] = tested[name][:shown]
        else:
            columns[name] = measure(name, n_ab, n_a, n_b, total)
    frame = pd.DataFrame(columns, copy=False)
    frame.attrs["seen"] = int(met[max(min_count - tested_from, 0) :].sum())
    return frame


def _joint_counts(X: csr_matrix, least: int) -> tuple[Ints, Ints, Ints, Ints]:
    """a < b and the orders holding both, most first, at most MOST_PAIRS; and how many pairs have `least` joint orders,
    `least` + 1 and so on, kept or not.

    By blocks of items: only one block of the square is in memory, and what is kept is cut to MOST_PAIRS after each.
    """
    by_item = X.T.tocsr()
    kept: list[Ints] = [np.empty((3, 0), np.int32)]
    met: Ints = np.zeros(0, dtype=np.int64)
    for start in range(0, X.shape[1], ITEMS_A_BLOCK):
        block = by_item[start : start + ITEMS_A_BLOCK] @ X
        block.sort_indices()
        joint = block.tocoo()
        wanted = (joint.col > joint.row + start) & (joint.data >= least)
        found = np.stack([joint.row[wanted] + start, joint.col[wanted], joint.data[wanted]]).astype(np.int32)
        counts = np.bincount(found[2] - least)
        met = _add_up(met, counts)
        kept.append(found)
        if sum(part.shape[1] for part in kept) > 2 * MOST_PAIRS:
            kept = [_most_frequent(np.concatenate(kept, axis=1))]
    a, b, n = _most_frequent(np.concatenate(kept, axis=1))
    return a, b, n, met


def _most_frequent(pairs: Ints) -> Ints:
    """The columns (a, b, joint orders) with most joint orders, most first, ties in their order."""
    return pairs[:, np.argsort(-pairs[2], kind="stable")[:MOST_PAIRS]]


def _add_up(one: Ints, other: Ints) -> Ints:
    """The sum of two arrays, the shorter one filled up with zeros."""
    total = np.zeros(max(one.size, other.size), dtype=np.int64)
    total[: one.size] += one
    total[: other.size] += other
    return total


def _lift_among_larger_orders(X: csr_matrix, a: Ints, b: Ints, n_ab: Ints) -> NDArray[np.float64]:
    sizes = np.diff(X.indptr)
    larger = sizes >= 2
    # A single-item order has one cell: the first of its row.
    alone = np.bincount(X.indices[X.indptr[:-1][sizes == 1]], minlength=X.shape[1])
    counts = np.bincount(X.indices, minlength=X.shape[1]) - alone
    return measure("lift", n_ab, counts[a], counts[b], int(np.count_nonzero(larger)))


def measure(name: str, n_ab: Ints, n_a: Ints, n_b: Ints, total: int) -> NDArray[np.float64]:
    """How closely do a and b go together, by the orders of both, of each and of all?

    `name`: support, confidence_ab, lift, leverage, conviction_ab or zhang, or one of b to a, ending in "_ba". One value
    a pair, in the units of the module; NaN where it is not defined.
    """
    n = n_ab.astype(np.float64)
    if name.endswith("_ba"):
        return measure(name.removesuffix("_ba") + "_ab", n_ab, n_b, n_a, total)
    if name == "support":
        return _divide(100 * n, total)
    if name == "confidence_ab":
        return _divide(100 * n, n_a)
    if name == "lift":
        return _divide(n * total, n_a * n_b.astype(np.float64))
    # From whole numbers: n·N - n_a·n_b is exact, the difference of two rounded shares is not.
    surplus = n * total - n_a * n_b.astype(np.float64)
    if name == "leverage":
        return _divide(100 * surplus, float(total) ** 2)
    if name == "conviction_ab":
        wanted = n_a * (total - n_b.astype(np.float64))
        missed = (n_a - n) * total
        sure = np.where(wanted > 0, np.inf, np.nan)
        return np.where(missed > 0, _divide(wanted, missed), sure)
    return _divide(surplus, np.maximum(n * (total - n_a), n_a * (n_b - n)))


def _divide(top: Any, bottom: Any) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(top, dtype=np.float64) / bottom
    return np.where(np.isfinite(value), value, np.nan)


def zero_one(X: csr_matrix) -> csr_matrix:
    """The table of orders × items as 32-bit ones. Raises DataError for any other number or a cell that occurs twice."""
    table = X.tocsr()
    if table.data.size and not (table.data == 1).all():
        raise DataError(
            "expected a table of orders × items holding only 1 where an order has the item.",
            where="X",
            hint="Make it with incidence(order_codes, item_codes, n_items).",
        )
    if not table.has_canonical_format:
        table = table.copy()
        before = table.nnz
        table.sum_duplicates()
        if table.nnz != before:
            raise DataError("an (order, item) cell occurs twice.", where="X", hint="Make it with incidence().")
    if table.dtype != np.int32:
        table = table.astype(np.int32)
    return table


def labels_of(labels: Sequence[str] | None, n_items: int) -> list[str] | None:
    """The items' names, None where none are given. Raises DataError for another number of them."""
    if labels is None:
        return None
    if len(labels) != n_items:
        raise DataError(f"expected {n_items} labels, one an item, got {len(labels)}.", where="labels")
    return list(labels)


def _named(codes: Ints, names: list[str] | None) -> Any:
    if names is None:
        return codes
    if len(set(names)) < len(names):
        return np.asarray(names, dtype=object)[codes]
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))
