"""What may be behind a story: stock, price, discounts, refunds, a channel, a product that is new or gone. Each is told
only where its size could explain the gap; a candidate, not a proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData, NotInData
from analytics.insights.claim import Claim, Insight, Value, a_day, count, money, money_change, percent, text
from analytics.insights.company import Company
from analytics.questions import operations
from analytics.schema import MISSING
from analytics.selection import Clause, Resolved

EXPLAINED = ("mover", "expected", "one_place_only")  # kinds whose gap is one against the comparison
SHARE = 0.25  # of the gap: what a candidate must be able to explain to be told
PRICE = 2.0  # % by which a mean price must have moved
POINTS = 1.0  # percentage points by which a rate must have moved
CONCENTRATED = 0.6  # of the change: what one channel must hold, …
CONCENTRATES = ("channel", "country", "place")  # dimensions in one value of which a change may lie
PLACES = frozenset({"country", "region", "city"})
SPREAD = 1.5  # … and at least this multiple of its share of the base


@dataclass(frozen=True)
class Sides:
    """A story's lines in the range and in the comparison: one row of measures each."""

    now: pd.Series
    base: pd.Series
    selection: Resolved
    before: Resolved
    about: Mapping[str, str]

    @property
    def step(self) -> float:
        """The change of revenue."""
        return float(self.now["revenue"] - self.base["revenue"])


def causes(company: Company, story: Insight) -> list[Claim]:
    """What may explain a story that compares the range with its comparison, the likeliest first; none for others."""
    if story.kind not in EXPLAINED or company.now.before is None or story.certainty == "may be chance":
        return []
    sides = _sides(company, story.about)
    if sides is None:
        return []
    found = [cause for look in LOOKS for cause in look(company, sides)]
    if "mover.gone" in story.claim.says:
        found = [cause for cause in found if cause.says != "cause.gone"]
    return found[:2]


def _sides(company: Company, about: Mapping[str, str]) -> Sides | None:
    now, before = company.now, company.now.before
    if before is None:
        return None
    chosen = tuple(Clause(field, (value,)) for field, value in about.items() if field in company.fields)
    names = ["revenue", "gross", "refunds", "units", "orders"]
    names += ["discount", "discount_rate"] if "discount" in company else []
    selections = [_within(s, chosen) for s in (now, before)]
    rows = [company.aggregate([], names, s).iloc[0] for s in selections]
    return Sides(rows[0], rows[1], selections[0], selections[1], about)


def _within(selection: Resolved, clauses: tuple[Clause, ...]) -> Resolved:
    kept = tuple(c for c in selection.clauses if c.field not in {new.field for new in clauses} or c.whole_orders)
    return replace(selection, clauses=tuple(sorted((*kept, *clauses))))


def _claim(says: str, evidence: Mapping[str, Value], gap: float, company: Company, advice: str = "") -> Claim:
    effect = next(iter(evidence))
    return Claim(says, evidence, {}, effect, abs(gap), company.proof("kpis"), advice)


def new_or_gone(company: Company, sides: Sides) -> list[Claim]:
    """Was there nothing of it before, or is there nothing of it since?"""
    if not sides.about:
        return []
    if sides.step > 0 and not sides.base["orders"]:
        return [_claim("cause.new", {"orders": count(sides.now["orders"])}, sides.step, company)]
    if sides.step < 0 and not sides.now["orders"]:
        return [_claim("cause.gone", {"orders": count(sides.base["orders"])}, sides.step, company)]
    return []


def out_of_stock(company: Company, sides: Sides) -> list[Claim]:
    """Is the product that fell out of stock at the last count?"""
    product = sides.about.get("product")
    if product is None or sides.step >= 0 or "stock" not in company:
        return []
    try:
        frame = company.ask(operations.stock_cover).frame
    except (NotEnoughData, NotInData):
        return []
    row = frame[(frame["product"].astype(str) == product) & (frame["on_hand"] <= 0)]
    if row.empty:
        return []
    return [_claim("cause.out_of_stock", {"units": a_day(float(row["daily_units"].iloc[0]))}, sides.step, company)]


def refunds(company: Company, sides: Sides) -> list[Claim]:
    """Did more come back?"""
    more = float(sides.now["refunds"] - sides.base["refunds"])
    if sides.step >= 0 or more < SHARE * abs(sides.step):
        return []
    rates = [float(s["refunds"]) / float(s["gross"]) * 100 if s["gross"] > 0 else 0.0 for s in (sides.now, sides.base)]
    if rates[0] - rates[1] < POINTS:
        return []
    evidence = {"more": money(more), "rate": percent(rates[0]), "before": percent(rates[1])}
    return [_claim("cause.refunds", evidence, more, company, "cause.refunds.do")]


def price(company: Company, sides: Sides) -> list[Claim]:
    """Did the mean price of one product move, and which way did units go?"""
    if "product" not in sides.about or not min(sides.now["units"], sides.base["units"]) > 0:
        return []
    prices = [float(s["gross"]) / float(s["units"]) for s in (sides.now, sides.base)]
    if not min(prices) > 0 or abs(prices[0] / prices[1] - 1) * 100 < PRICE:
        return []
    through = (prices[0] - prices[1]) * float(sides.base["units"])
    units = float(sides.now["units"] / sides.base["units"] - 1) * 100
    own = abs(through) >= SHARE * abs(sides.step) and through * sides.step > 0
    against = (prices[0] - prices[1]) * (sides.now["units"] - sides.base["units"]) < 0 and units * sides.step > 0
    if not own and not against:
        return []
    evidence = {
        "by": percent(abs(prices[0] / prices[1] - 1) * 100),
        "price": money(prices[0]),
        "before": money(prices[1]),
        "units": percent(abs(units)),
    }
    up = "up" if prices[0] > prices[1] else "down"
    way = "more" if units > 0 else "fewer"
    return [_claim(f"cause.price_{up}_{way}", evidence, through, company)]


def discounts(company: Company, sides: Sides) -> list[Claim]:
    """Were discounts larger or smaller?"""
    if "discount" not in sides.now.index:
        return []
    rates = [float(s["discount_rate"]) for s in (sides.now, sides.base)]
    given = float(sides.now["discount"] - sides.base["discount"])
    if not np.isfinite(rates).all() or abs(rates[0] - rates[1]) < POINTS or abs(given) < SHARE * abs(sides.step):
        return []
    evidence = {"rate": percent(rates[0]), "before": percent(rates[1]), "given": money_change(given)}
    return [_claim("cause.discounts_up" if given > 0 else "cause.discounts_down", evidence, given, company)]


def one_channel(company: Company, sides: Sides) -> list[Claim]:
    """Is the change concentrated in one channel, country or place?"""
    for field in CONCENTRATES:
        if field not in company or field in sides.about or (field == "place" and not PLACES.isdisjoint(sides.about)):
            continue
        now, before = (
            company.aggregate([field], ["revenue"], s).set_index(field)["revenue"].astype(float)
            for s in (sides.selection, sides.before)
        )
        both = pd.concat([now, before], axis=1, keys=["now", "base"]).fillna(0.0)
        if len(both) < 2 or not sides.step:
            continue
        steps = (both["now"] - both["base"]) / sides.step
        main = str(steps.index[int(steps.to_numpy().argmax())])
        usual = float(both["base"][main] / both["base"].sum()) if both["base"].sum() > 0 else 0.0
        if main == MISSING or not CONCENTRATED <= steps[main] <= 2 or steps[main] < SPREAD * usual:
            continue
        evidence = {
            "name": text(company.label(field, main)),
            "share": percent(min(float(steps[main]), 1.0) * 100),
            "usual": percent(usual * 100),
            "part": money_change(float(both["now"][main] - both["base"][main])),
        }
        return [_claim("cause.one_channel", evidence, float(steps[main] * sides.step), company)]
    return []


LOOKS: tuple[Callable[[Company, Sides], list[Claim]], ...] = (
    out_of_stock,
    new_or_gone,
    refunds,
    price,
    discounts,
    one_channel,
)
