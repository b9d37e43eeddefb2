"""Recommendations: "bought with this", from the joint orders of a sparse orders × items table.

Ranked by confidence, with a minimum number of joint orders; lift is shown as a label and never ranks. Lift rewards what
is rare: on the Groceries baskets it finds the missing item in 2 of 100 tries where mere popularity finds it in 40.
Every list should therefore be read together with `recommendation_scorecard`, which prints the popularity baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError, NotEnoughData, UnknownName
from analytics.language import N_

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]

COLUMNS = ("item", "because_of", "together", "confidence", "lift", "score", "popularity", "popularity_rank")
METHODS = ("popularity", "count", "confidence", "cosine", "lift")
CUTS = (1, 5, 10)
BASKETS_A_BLOCK = 512


def recommend(
    X: csr_matrix,
    items: Sequence[str] | Sequence[int],
    *,
    labels: Sequence[str] | None = None,
    k: int = 10,
    min_count: int = 10,
) -> pd.DataFrame:
    """What else do buyers of these items buy? One item: "bought with X"; several: a basket's or a customer's next one.

    Grain: one row per recommended item, best first, at most `k`; never one of `items`.
    Columns: item; because_of (the given item that speaks for it most); together (orders holding both), confidence
    (0–100, of the orders with because_of) and lift of that pair; score (sum over the given items of confidence as a
    share: the rank; ties: more popular first, then in item order); popularity (0–100, of all orders) and
    popularity_rank (1 = most bought). A pair with fewer than `min_count` joint orders says nothing. `items` are labels
    where `labels` are given, else codes.
    No items, or none with enough joint orders, gives no rows. Raises UnknownName for an item that is not in the data.
    """
    names = list(labels) if labels is not None else None
    given = _codes(items, names, X.shape[1])
    orders = np.bincount(X.indices, minlength=X.shape[1])
    joint = np.asarray((X[:, given].T @ X).toarray(), dtype=np.float64) if given else np.zeros((0, X.shape[1]))
    joint[joint < min_count] = 0
    confidence = _ratio(joint, orders[given][:, None].astype(np.float64))
    score = confidence.sum(axis=0)
    score[given] = 0
    best = np.lexsort((np.arange(score.size), -orders, -score))
    best = best[score[best] > 0][:k]
    source = confidence[:, best].argmax(axis=0) if best.size else np.empty(0, dtype=np.intp)
    reason = np.asarray(given, dtype=np.intp)[source]
    sure = confidence[source, best]
    share = orders[best] / max(X.shape[0], 1)
    shown = np.asarray(names if names is not None else range(X.shape[1]), dtype=object if names else np.intp)
    return pd.DataFrame(
        {
            "item": shown[best],
            "because_of": shown[reason],
            "together": joint[source, best].astype(np.int64),
            "confidence": 100 * sure,
            "lift": _ratio(sure, share),
            "score": score[best],
            "popularity": 100 * share,
            "popularity_rank": 1 + (orders[None, :] > orders[best][:, None]).sum(axis=1),
        },
        columns=list(COLUMNS),
    )


def recommendation_scorecard(
    X: csr_matrix, *, test_share: float = 0.2, seed: int = 42, min_count: int = 1, methods: Sequence[str] = METHODS
) -> pd.DataFrame:
    """Do these recommendations beat simply showing what sells best?

    A random `test_share` of the orders is set aside; the rest is learned from. From each test order of two or more
    items one item, drawn at random, is hidden and guessed from the others. A hit at k: fewer than k items outside the
    basket are ranked before the hidden one (by score; equal scores in item order).
    Grain: one row per method; popularity is the baseline. Columns: method; baskets (orders tried); hr_1, hr_5, hr_10
    (hit rates, 0–100); mrr (mean of 1 / rank, 0–1); gain (hr_10 against popularity, in %; NaN where popularity never
    hits). "lift" keeps to pairs of `min_count` joint orders, as all methods do. The same seed gives the same figures.
    Raises NotEnoughData when no test order has two items, UnknownName for an unknown method.
    """
    for name in methods:
        if name not in METHODS:
            raise UnknownName("method", name, METHODS, where="recommendation_scorecard")
    if not 0 < test_share < 1:
        raise DataError(f"expected a share between 0 and 1, got {test_share}.", where="test_share")
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(X.shape[0])
    cut = int((1 - test_share) * X.shape[0])
    learned = X[np.sort(shuffled[:cut])]
    tried = X[shuffled[cut:]]
    tried = tried[np.diff(tried.indptr) >= 2]
    if not tried.shape[0]:
        raise NotEnoughData(N_("No order set aside has two or more products."))
    tried.sort_indices()
    sizes = np.diff(tried.indptr)
    hidden_cells = tried.indptr[:-1] + np.array([generator.integers(size) for size in sizes])
    hidden = tried.indices[hidden_cells]
    rest = tried.astype(np.float64)
    rest.data[hidden_cells] = 0
    rest.eliminate_zeros()
    scores = _pair_scores(learned, min_count)
    bought = np.bincount(learned.indices, minlength=X.shape[1]).astype(np.float64)
    baseline = _ranks(rest, hidden, None, bought)
    rows = []
    for name in methods:
        rank = baseline if name == "popularity" else _ranks(rest, hidden, scores[name], bought)
        hits = {f"hr_{k}": 100 * float(np.mean(rank <= k)) for k in CUTS}
        rows.append({"method": name, "baskets": rank.size, **hits, "mrr": float(np.mean(1 / rank))})
    frame = pd.DataFrame(rows, columns=["method", "baskets", *(f"hr_{k}" for k in CUTS), "mrr"])
    base = 100 * float(np.mean(baseline <= CUTS[-1]))
    frame["gain"] = 100 * (frame[f"hr_{CUTS[-1]}"] / base - 1) if base else np.nan
    return frame


def _pair_scores(learned: csr_matrix, min_count: int) -> dict[str, Any]:
    """Per method a sparse items × items table: what holding the row's item says for the column's."""
    joint = (learned.T @ learned).tocsr().astype(np.float64)
    joint.setdiag(0)
    joint.data[joint.data < min_count] = 0
    joint.eliminate_zeros()
    orders = np.bincount(learned.indices, minlength=learned.shape[1]).astype(np.float64)
    row = np.repeat(np.arange(joint.shape[0]), np.diff(joint.indptr))
    tables = {}
    for name, divisor in (
        ("count", np.ones(joint.nnz)),
        ("confidence", orders[row]),
        ("cosine", np.sqrt(orders[row] * orders[joint.indices])),
        ("lift", orders[row] * orders[joint.indices] / learned.shape[0]),
    ):
        tables[name] = joint.copy()
        tables[name].data = joint.data / divisor
    return tables


def _ranks(rest: csr_matrix, hidden: NDArray[Any], table: Any, bought: Floats) -> NDArray[np.int64]:
    """Rank of the hidden item among the items that are not in the rest of its basket."""
    ranks = np.empty(hidden.size, dtype=np.int64)
    for start in range(0, hidden.size, BASKETS_A_BLOCK):
        part = slice(start, start + BASKETS_A_BLOCK)
        baskets = rest[part]
        score = np.tile(bought, (baskets.shape[0], 1)) if table is None else (baskets @ table).toarray()
        wanted = score[np.arange(baskets.shape[0]), hidden[part]]
        holder = np.repeat(np.arange(baskets.shape[0]), np.diff(baskets.indptr))
        score[holder, baskets.indices] = -1
        tied_before = (score == wanted[:, None]) & (np.arange(score.shape[1]) < hidden[part][:, None])
        ranks[part] = 1 + (score > wanted[:, None]).sum(axis=1) + tied_before.sum(axis=1)
    return ranks


def _codes(items: Sequence[str] | Sequence[int], names: list[str] | None, n_items: int) -> list[int]:
    if names is not None:
        place = {name: code for code, name in enumerate(names)}
        for item in items:
            if item not in place:
                raise UnknownName("item", str(item), names, where="recommend")
        codes = [place[str(item)] for item in items]
    else:
        codes = [int(item) for item in items]
        for code in codes:
            if not 0 <= code < n_items:
                raise DataError(f"expected item codes from 0 to {n_items - 1}, got {code}.", where="recommend")
    return list(dict.fromkeys(codes))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, 0.0)
