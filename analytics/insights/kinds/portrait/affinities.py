"""What sells together more than chance, and what only seems to.

An affinity needs three things: more joint orders than independent buying gives (q over every two products that could
have met), a lift above 1 among all orders, and one above 1 among the orders with several products: large orders make
everything meet, single ones make everything look like substitutes. Both lifts stand in the sentence.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, count, money, percent, ratio, text
from analytics.insights.significance import FEWEST, LEVEL
from analytics.insights.view import View
from analytics.methods.baskets.pairs import pair_table

MOST_ITEMS = 300  # most sold products that are looked at: their pairs still take well under a tenth of a second
FEWEST_JOINT = 10
SHOWN = 3
EXPECTED = 5  # a pair among so many most frequent ones is one a reader would take for an affinity


def affinities(view: View) -> list[Claim]:
    """The pairs that are bought together beyond chance, by the money of their joint orders above it."""
    pairs, prices = view.once("pairs", lambda: _pairs(view))
    if pairs.empty:
        return []
    real = pairs[_is_affinity(pairs)].copy()
    real["money"] = _surplus(real) * _cheaper(real, prices)
    real = real.sort_values(["money", "n_ab"], ascending=False, kind="stable")[:SHOWN]
    return [_affinity(view, row) for row in real.to_dict("records")]


def no_affinity(view: View) -> list[Claim]:
    """Pairs that meet often because both sell well, not because one calls for the other."""
    pairs, prices = view.once("pairs", lambda: _pairs(view))
    if pairs.empty:
        return []
    often = pairs[:EXPECTED]
    seeming = often[(often["lift"] < 1) & (often["p_multi"] > LEVEL)].copy()
    seeming["money"] = seeming["n_ab"] * _cheaper(seeming, prices)
    return [_absence(view, row) for row in seeming[:SHOWN].to_dict("records")]


def _pairs(view: View) -> tuple[pd.DataFrame, pd.Series]:
    """Pairs with FEWEST_JOINT orders, most first: n, lift, p and q over all orders; n_multi, lift_multi, p_multi
    among those with several products."""
    baskets = view.baskets("product")
    X = baskets.matrix
    names = [str(name) for name in baskets.items]
    if X.shape[1] > MOST_ITEMS:
        top = np.sort(np.argsort(-np.bincount(X.indices, minlength=X.shape[1]), kind="stable")[:MOST_ITEMS])
        X = X[:, top]
        names = [names[i] for i in top]
    several: Any = X[np.diff(X.indptr) >= 2]
    if several.shape[0] < FEWEST:
        return pd.DataFrame(), pd.Series(dtype=float)
    table = pair_table(
        X, names, FEWEST_JOINT, measures=("lift", "confidence_ab", "confidence_ba", "p", "q"), family="possible"
    )
    among = pair_table(several, names, FEWEST_JOINT, measures=("lift", "p"))
    joined = table.merge(among[["a", "b", "lift", "p", "N"]], on=["a", "b"], suffixes=("", "_multi"))
    worth = view.aggregate(["product"], ["revenue", "lines"])
    return joined, pd.Series((worth["revenue"] / worth["lines"]).to_numpy(float), index=worth["product"].astype(str))


def _is_affinity(pairs: pd.DataFrame) -> pd.Series:
    return (pairs["q"] <= LEVEL) & (pairs["lift"] > 1) & (pairs["lift_multi"] > 1)


def _surplus(pairs: pd.DataFrame) -> pd.Series:
    """Joint orders above those that independent buying gives."""
    return pairs["n_ab"] - pairs["n_a"] * pairs["n_b"].astype(float) / pairs["N"]


def _cheaper(pairs: pd.DataFrame, prices: pd.Series) -> pd.Series:
    """What a line of the cheaper of the two brings: what there is to gain by adding it."""
    of_a, of_b = (prices.reindex(pairs[side].astype(str)).fillna(0.0).to_numpy() for side in ("a", "b"))
    return pd.Series(np.minimum(of_a, of_b), index=pairs.index)


def _evidence(row: dict[Any, Any]) -> dict[str, Value]:
    first = row["a"]
    second = row["b"]
    of_first = row["confidence_ab"]
    if row["n_b"] < row["n_a"]:  # the rarer one leads: "of its buyers so many took the other"
        first = row["b"]
        second = row["a"]
        of_first = row["confidence_ba"]
    return {
        "first": text(first),
        "second": text(second),
        "joint": count(row["n_ab"]),
        "share": percent(of_first),
        "lift": ratio(row["lift"]),
        "lift_multi": ratio(row["lift_multi"]),
        "orders": count(row["N"]),
        "orders_multi": count(row["N_multi"]),
        "expected": count(round(row["n_a"] * float(row["n_b"]) / row["N"])),
        "q": Value(float(row["q"]), "p"),
        "p_multi": Value(float(row["p_multi"]), "p"),
        "money": money(row["money"]),
    }


def _affinity(view: View, row: dict[Any, Any]) -> Claim:
    return Claim(
        "{first} and {second} sell together: in {joint} orders where chance gives {expected}. Lift {lift} over "
        "all orders, {lift_multi} among the "
        "{orders_multi} with several products.",
        _evidence(row),
        {"product": str(row["a"]), "with": str(row["b"])},
        "lift",
        max(0.0, float(row["money"])),
        view.proof("basket_pairs"),
        "Offer {second} with {first}: {share} of its buyers take it already.",
        ("Bought together, not caused: an offer may change it less.",),
        float(row["p"]),
        float(row["q"]),
    )


def _absence(view: View, row: dict[Any, Any]) -> Claim:
    return Claim(
        "{first} and {second} have no affinity, although {joint} orders hold both: both simply sell well. Lift "
        "{lift} over all orders; {lift_multi} "
        "among the {orders_multi} with several products, which chance gives too ({p_multi}).",
        _evidence(row),
        {"product": str(row["a"]), "with": str(row["b"])},
        "lift_multi",
        0.0,
        view.proof("basket_pairs"),
        "Do not build an offer on this pair: its count is no sign that one sells the other.",
    )
