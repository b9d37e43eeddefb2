"""Discounts: what went along with them, product against itself and week against week, or why that cannot be said."""

from __future__ import annotations

from analytics.engines.common.dimensions import SALE
from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL
from analytics.questions.discounts import change_at, discount_effect

STEP = 10.0  # % off for which the association is worded
MAKES_UP = 100 * (1 / (1 - STEP / 100) - 1)  # % more orders that make up for it in revenue


def discounts(company: Company) -> list[Claim]:
    """Were products ordered more often in their discounted weeks? An association; where it cannot be estimated, that is
    said."""
    lines = company.aggregate(["line_kind"], ["discount", "discount_rate"])
    sales = lines[lines["line_kind"] == SALE]  # as in the ledger: what came back later was discounted when it was sold
    given = float(sales["discount"].sum())
    if not given > 0:
        return []
    evidence: dict[str, Value] = {"given": money(given), "rate": percent(sales["discount_rate"].iloc[0])}
    try:
        found = company.ask(discount_effect).more["effect"].iloc[0]
    except NotEnoughData as error:
        why = text(error.text)
        proof = company.proof("sales_by_discount")
        said, told = "discount.unknown", evidence | {"why": why}
        return [Claim(said, told, {}, "rate", 0.0, proof, f"{said}.do", (f"{said}.but",))]
    p = float(found["p"])
    effect, low, high = (_orders(found[name]) for name in ("value", "high", "low"))
    evidence |= {
        "effect": change(effect),
        "more": percent(abs(effect)),
        "low": change(low),
        "high": change(high),
        "needed": percent(MAKES_UP),
        "products": count(found["products"]),
        "weeks": count(found["weeks"]),
        "step": percent(STEP),
        "q": Value(p, "p"),
    }
    proof = company.proof("discount_effect")
    but = ("discount.but",)
    if p <= LEVEL:
        said = "discount.more" if effect > 0 else "discount.fewer"
        return [Claim((said, "discount.given"), evidence, {}, "effect", 0.0, proof, f"{said}.do", but, p, p)]
    if high >= MAKES_UP:  # the weeks are too few to tell
        return []
    return [Claim("discount.nothing", evidence, {}, "effect", given, proof, "discount.nothing.do", but)]


def _orders(effect: float) -> float:
    """What an effect means for the number of orders at STEP % off, in %."""
    return float(change_at(1 - STEP / 100, float(effect)))
