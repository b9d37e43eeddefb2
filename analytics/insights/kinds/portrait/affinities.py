"""What sells together more than chance, what seldom does, and what only seems to.

Joint orders are held against independent choice in baskets of the same sizes and months: large orders make everything
meet, and things of one season meet without calling for each other.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, count, money, percent, ratio, text, times
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST
from analytics.methods.baskets.affinity import affinity_table

MOST_ITEMS = 300  # most sold products that are looked at: their pairs still take well under a tenth of a second
FEWEST_JOINT = 10
SHOWN = 3
LEVEL_WITHIN = 0.1  # of what chance gives, within which a pair meets as often as chance makes it
EXPECTED = 5  # the most frequent pairs, which a reader would take for affinities


def affinities(company: Company) -> list[Claim]:
    """The pairs that are bought together beyond chance, by the money of their joint orders above it."""
    pairs, prices = company.once("pairs", lambda: _pairs(company))
    if pairs.empty:
        return []
    real = pairs[pairs["affinity"] == "more"].copy()
    real["money"] = (real["n_ab"] - real["expected"]) * _cheaper(real, prices)
    real = real.sort_values(["money", "n_ab"], ascending=False, kind="stable")[:SHOWN]
    return [_affinity(company, row, prices) for row in real.to_dict("records")]


def no_affinity(company: Company) -> list[Claim]:
    """Pairs that meet often because both sell well: no more, or even less, than chance makes them."""
    pairs, prices = company.once("pairs", lambda: _pairs(company))
    if pairs.empty:
        return []
    often = pairs[:EXPECTED]
    chance = often["n_ab"].clip(often["expected_low"], often["expected_high"])
    level = (often["n_ab"] / chance - 1).abs() <= LEVEL_WITHIN
    seeming = often[(often["affinity"] == "less") | ((often["affinity"] == "") & level)].copy()
    seeming["money"] = seeming["n_ab"] * _cheaper(seeming, prices)
    return [_absence(company, row) for row in seeming[:SHOWN].to_dict("records")]


def _pairs(company: Company) -> tuple[pd.DataFrame, pd.Series]:
    """Pairs with FEWEST_JOINT orders, most first, as affinity_table has them; what a line of each product brings."""
    baskets = company.baskets("product")
    X = baskets.matrix
    names = [str(name) for name in baskets.items]
    if X.shape[1] > MOST_ITEMS:
        top = np.sort(np.argsort(-np.bincount(X.indices, minlength=X.shape[1]), kind="stable")[:MOST_ITEMS])
        X = X[:, top]
        names = [names[i] for i in top]
    several = int(np.count_nonzero(np.diff(X.indptr) >= 2))
    if several < FEWEST:
        return pd.DataFrame(), pd.Series(dtype=float)
    measures = ("lift", "lift_multi", "confidence_ab", "confidence_ba")
    table = affinity_table(X, baskets.months, names, FEWEST_JOINT, measures).assign(several=several)
    worth = company.aggregate(["product"], ["revenue", "lines"])
    return table, pd.Series((worth["revenue"] / worth["lines"]).to_numpy(float), index=worth["product"].astype(str))


def _cheaper(pairs: pd.DataFrame, prices: pd.Series) -> pd.Series:
    """What a line of the cheaper of the two brings: what there is to gain by adding it."""
    of_a, of_b = (prices.reindex(pairs[side].astype(str)).fillna(0.0).to_numpy() for side in ("a", "b"))
    return pd.Series(np.minimum(of_a, of_b), index=pairs.index)


def _evidence(company: Company, row: Mapping[Hashable, Any]) -> dict[str, Value]:
    first, second, of_first = row["a"], row["b"], row["confidence_ab"]
    if row["n_b"] < row["n_a"]:  # the rarer one leads: the share of its buyers who took the other is the larger
        first, second, of_first = row["b"], row["a"], row["confidence_ba"]
    return {
        "first": text(company.label("product", first)),
        "second": text(company.label("product", second)),
        "joint": count(row["n_ab"]),
        "share": percent(of_first),
        "lift": ratio(row["lift"]),
        "lift_multi": ratio(row["lift_multi"]),
        "orders_multi": count(row["several"]),
        "times": times(row["n_ab"] / row["expected"]),
        "orders": count(row["N"]),
        "expected": count(round(row["expected"])),
        "least": count(round(row["expected_low"])),
        "most": count(round(row["expected_high"])),
        "q": Value(float(row["q"]), "p"),
        "p": Value(float(row["p"]), "p"),
        "money": money(row["money"]),
    }


def _affinity(company: Company, row: Mapping[Hashable, Any], prices: pd.Series) -> Claim:
    return Claim(
        "affinity",
        _evidence(company, row) | _offer(company, row, prices),
        {"product": str(row["a"]), "with": str(row["b"])},
        "times",
        max(0.0, float(row["money"])),
        company.proof("basket_pairs"),
        "affinity.do",
        ("affinity.but",),
        float(row["p"]),
        float(row["q"]),
    )


def _offer(company: Company, row: Mapping[Hashable, Any], prices: pd.Series) -> dict[str, Value]:
    """The cheaper of the two is offered to buyers of the dearer one; the share of them who took it already is told."""
    dearer, cheaper, share = "a", "b", "confidence_ab"
    if prices.get(str(row["a"]), 0.0) < prices.get(str(row["b"]), 0.0):
        dearer, cheaper, share = "b", "a", "confidence_ba"
    return {
        "with": text(company.label("product", row[dearer])),
        "offer": text(company.label("product", row[cheaper])),
        "share": percent(row[share]),
    }


def _absence(company: Company, row: Mapping[Hashable, Any]) -> Claim:
    avoided = row["affinity"] == "less"
    evidence = _evidence(company, row)
    least, joint, most = (float(evidence[name].value) for name in ("least", "joint", "most"))
    between = not avoided and least < most and least <= joint <= most
    said = "no_affinity.avoided" if avoided else "no_affinity.level"
    return Claim(
        (said, "no_affinity.between" if between else "no_affinity.about"),
        evidence,
        {"product": str(row["a"]), "with": str(row["b"])},
        "times",
        0.0,
        company.proof("basket_pairs"),
        "no_affinity.do",
        (),
        float(row["p"]) if avoided else math.nan,
        float(row["q"]) if avoided else math.nan,
    )
