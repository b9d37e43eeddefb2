"""Discounts: what went along with them, product against itself and week against week, or why that cannot be said."""

from __future__ import annotations

import math

import pandas as pd

from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL
from analytics.methods.commerce.stock_and_prices import Effect, price_elasticity

STEP = 10.0  # % off for which the association is worded

UNKNOWN = "{given} of discounts were given ({rate} of list prices). Whether they sold more cannot be estimated: {why}."
NOTHING = (
    "{given} of discounts were given ({rate} of list prices), and products did not sell measurably more in the weeks "
    "when they were cheaper: {effect} units for {step} off, between {low} and {high}."
)
MORE = (
    "In weeks when a product was {step} cheaper, its units differed by {effect} (between {low} and {high}); {given} of "
    "discounts were given, {rate} of list prices."
)
TRY = "Discount some products in some weeks and not in others: then it can be told."
LESS = "Try with fewer discounts on some of the products, and compare."
WEIGH = "Weigh it against the {given} given: units are not margin."
CAVEAT = (
    "An association over {products} products and {weeks} weeks, not the effect of the next discount: what else changed "
    "with it is in it."
)


def discounts(company: Company) -> list[Claim]:
    """Did products sell more in their discounted weeks? An association; where it cannot be estimated, that is
    said."""
    whole = company.aggregate([], ["discount", "discount_rate"]).iloc[0]
    given = float(whole["discount"])
    if not given > 0:
        return []
    evidence: dict[str, Value] = {"given": money(given), "rate": percent(whole["discount_rate"])}
    proof = company.proof("sales_by_discount")
    try:
        found = price_elasticity(_weeks(company))
    except NotEnoughData as error:
        why = text(error.message.removeprefix("cannot estimate: ").rstrip("."))
        return [Claim(UNKNOWN, evidence | {"why": why}, {}, "rate", 0.0, proof, TRY)]
    p = _p(found)
    evidence |= {
        "effect": _units(found.value),
        "low": _units(found.high),
        "high": _units(found.low),
        "products": count(found.products),
        "weeks": count(found.weeks),
        "step": percent(STEP),
        "q": Value(p, "p"),
    }
    template, advice = (NOTHING, LESS) if p > LEVEL else (MORE, WEIGH)
    return [Claim(template, evidence, {}, "effect", 0.0, proof, advice, (CAVEAT,), p, p)]


def _weeks(company: Company) -> pd.DataFrame:
    """Units and average price, as % of the list price, by product and week.

    Not "was there a discount that week": a week that sells more lines is likelier to hold a discounted one, so that
    even useless discounts would seem to sell. Their average does not depend on how many lines there are.
    """
    frame = company.aggregate(["product", "period"], ["units", "discount_rate"], company.now.by("week"))
    frame = frame.rename(columns={"period": "week"})
    return frame.assign(units=frame["units"].astype(float), price=100 - frame["discount_rate"].clip(lower=0, upper=99))


def _units(elasticity: float) -> Value:
    """What an elasticity means for units at STEP % off, in %."""
    return change(((1 - STEP / 100) ** elasticity - 1) * 100)


def _p(found: Effect) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(found.products - 1, -abs(found.value) / found.error)) if found.error > 0 else math.nan
