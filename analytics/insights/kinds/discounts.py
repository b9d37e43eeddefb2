"""Discounts: what went along with them, product against itself and week against week, or why that cannot be said."""

from __future__ import annotations

import math

import pandas as pd

from analytics.commerce import discount_effect
from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, Value, change, count, money, percent, text
from analytics.insights.significance import LEVEL
from analytics.insights.view import View

MOST_CELLS = 200_000  # products × weeks; a data set with more is asked by category


def discounts(view: View) -> list[Claim]:
    """Did products sell more in their discounted weeks? An association; where it cannot be estimated, that is
    said."""
    whole = view.aggregate([], ["discount", "discount_rate"]).iloc[0]
    given = float(whole["discount"])
    if not given > 0:
        return []
    evidence: dict[str, Value] = {"given": money(given), "rate": percent(whole["discount_rate"])}
    try:
        found = discount_effect(_weeks(view))
    except NotEnoughData as error:
        return [
            Claim(
                "{given} of discounts were given ({rate} of list prices). Whether more was sold for them cannot "
                "be estimated: {why}.",
                evidence | {"why": text(error.message.removeprefix("cannot estimate: ").rstrip("."))},
                {},
                "rate",
                given,
                view.proof("products", "sales_by_discount"),
                "Discount some products in some weeks and not in others: then it can be told.",
            )
        ]
    p = _p(found.value, found.error, found.products)
    evidence |= {
        "effect": change(found.value),
        "low": change(found.low),
        "high": change(found.high),
        "products": count(found.products),
        "weeks": count(found.weeks),
        "q": Value(p, "p"),
    }
    if p > LEVEL:
        template, advice = (
            "{given} of discounts were given ({rate} of list prices), and products did not sell measurably more "
            "in their discounted weeks: {effect} units, between {low} and {high}.",
            ("Try with fewer discounts on some of the products, and compare."),
        )
    else:
        template, advice = (
            "In its discounted weeks a product sold {effect} units on average (between {low} and {high}) against "
            "its other weeks; {given} of discounts were given, {rate} of list prices.",
            ("Weigh it against the {given} given: units are not margin."),
        )
    caveat = (
        "An association over {products} products and {weeks} weeks, not the effect of the next discount: "
        "what else changed with it is in it."
    )
    return [
        Claim(
            template,
            evidence,
            {},
            "effect",
            given,
            view.proof("products", "sales_by_discount"),
            advice,
            (caveat,),
            p,
            p,
        )
    ]


def _weeks(view: View) -> pd.DataFrame:
    """Units and discount (% of list price) by product and week."""
    frame = view.aggregate(["product", "period"], ["units", "discount_rate"], view.now.by("week"))
    frame = frame[:MOST_CELLS].rename(columns={"period": "week", "discount_rate": "discount"})
    return frame.assign(units=frame["units"].astype(float), discount=frame["discount"].clip(lower=0.0))


def _p(value: float, error: float, products: int) -> float:
    from scipy.special import stdtr

    if not error > 0 or value <= -100:
        return math.nan
    return float(2 * stdtr(products - 1, -abs(math.log1p(value / 100)) / error))
