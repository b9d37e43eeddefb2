"""Customers: who comes back, who is about to be lost, which tier carries the revenue."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Names, count, money, percent, ratio, text
from analytics.insights.company import Company
from analytics.insights.kinds.portrait.concentration import share_of_equals
from analytics.insights.kinds.portrait.worth import people_of
from analytics.insights.significance import FEWEST
from analytics.language import listed
from analytics.methods.commerce import concentration
from analytics.methods.customers import cohorts
from analytics.questions.customers.segments import scored, tier_starts
from analytics.schema import MISSING

REMIND: dict[int, Names] = {0: (), 1: "repeat_rate.one.do"}  # advice by the number of those who bought once
AT_RISK = ("At Risk", "Can't Lose Them")


def repeat_rate(company: Company) -> list[Claim]:
    """Which share of the customers ordered more than once in the range?"""
    row = company.aggregate([], ["customers", "repeat_customers", "repeat_rate", "aov"]).iloc[0]
    if row["customers"] < FEWEST or not row["aov"] > 0:
        return []
    once = int(row["customers"] - row["repeat_customers"])
    hundredth = max(1, round(once / 100))
    evidence = {
        "rate": percent(row["repeat_rate"]),
        "repeat": count(row["repeat_customers"]),
        "customers": count(row["customers"]),
        "once": count(once),
        "aov": money(row["aov"]),
        "hundredth": count(hundredth),
        "gain": money(hundredth * row["aov"]),
    }
    return [
        Claim(
            "repeat_rate",
            evidence,
            {},
            "rate",
            hundredth * float(row["aov"]) if once else 0.0,
            company.proof("customers_by_orders"),
            REMIND.get(once, "repeat_rate.do"),
            ("repeat_rate.but",),
        )
    ]


def kept(company: Company) -> list[Claim]:
    """Of the customers of the comparison's range, which share bought again in this one?"""
    base = company.now.base
    now = company.now.span
    if base is None or company.now.before is None:
        return []
    before = company.entities("order", company.now.before)
    after = company.entities("order")
    both = [np.concatenate([e.columns[c] for e in (before, after)]) for c in ("customer", "ordered_at", "revenue")]
    sale = both[2] > 0
    last = company.coverage.covered.end - np.timedelta64(1, "D")
    share = cohorts.retention(both[0][sale], both[1][sale], base, now, last)
    if share.whole < FEWEST or np.isnan(share.rate):
        return []
    lost = share.whole - share.part
    stayed = after.columns["customer"][after.columns["revenue"] > 0]
    earlier = pd.DataFrame({c: before.columns[c] for c in ("customer", "revenue")})
    earlier["bought"] = earlier["revenue"] > 0
    people = earlier[earlier["customer"] >= 0].groupby("customer").agg({"revenue": "sum", "bought": "any"})
    spent = people.loc[people["bought"], "revenue"]
    at_stake = float(spent[~spent.index.isin(stayed)].sum())
    evidence = {
        "rate": percent(share.rate),
        "kept": count(share.part),
        "customers": count(share.whole),
        "lost": count(lost),
        "worth": money(at_stake / lost if lost else float("nan")),
        "at_stake": money(at_stake),
        "base": text(str(base)),
    }
    return [
        Claim(
            ("kept_customers", "kept_customers.lost") if lost else "kept_customers",
            evidence,
            {},
            "rate",
            0.0,
            company.proof("retention_over_time"),
            "kept_customers.do" if lost else (),
        )
    ]


def at_risk(company: Company) -> list[Claim]:
    """Customers who bought repeatedly and have not for long, and what they brought in the range. Nothing is to be done
    where customers come back after any silence."""
    frame = company.aggregate(["rfm_segment"], ["customers", "revenue"])
    own = frame[frame["rfm_segment"].isin(AT_RISK) & (frame["customers"] > 0)]
    known = frame[(frame["rfm_segment"] != MISSING) & (frame["customers"] > 0)]
    revenue = float(own["revenue"].sum())
    if own.empty or revenue <= 0 or len(known) < 2:
        return []
    lives = company.once("lives", lambda: scored(company.engine, company.now))
    found = company.entities("customer").columns
    lives = lives[lives["rfm_segment"].isin(own["rfm_segment"]) & lives.index.isin(found["code"][found["orders"] > 0])]
    customers = int(own["customers"].sum())
    orders = float(lives["orders"].mean())
    evidence = {
        "orders": count(orders) if customers == 1 else ratio(orders),
        "days": count(lives["recency"].median()),
        "segments": text(listed([company.label("rfm_segment", name) for name in own["rfm_segment"]])),
        "customers": count(customers),
        "all": count(known["customers"].sum()),
        "share": percent(customers / known["customers"].sum() * 100),
        "revenue": money(revenue),
        "revenue_share": percent(revenue / company.revenue * 100),
    }
    names = tuple(str(s) for s in own["rfm_segment"])
    people, _tested = people_of(company)
    costs = "at_stake" not in people or bool(people["at_stake"].any())
    advice = "at_risk.one.do" if customers == 1 else "at_risk.do"
    return [
        Claim(
            "at_risk.one" if customers == 1 else "at_risk",
            evidence,
            {"rfm_segment": names[0]},
            "revenue_share",
            0.0,
            company.proof("rfm_segments", {"rfm_segment": names}),
            advice if costs else (),
            ("at_risk.but",),
        )
    ]


def tiers(company: Company) -> list[Claim]:
    """Which value tier brings more of the revenue than of the customers? Not told where customers who are all alike
    would show as much by chance."""
    frame = company.aggregate(["value_tier"], ["customers", "revenue"])
    frame = frame[(frame["value_tier"] != MISSING) & (frame["customers"] > 0)].reset_index(drop=True)
    whole = float(frame["revenue"].sum())
    people = int(frame["customers"].sum())
    if len(frame) < 2 or people < FEWEST or whole <= 0 or _alike(company):
        return []
    beyond = frame["revenue"] / whole - frame["customers"] / people
    first = frame.iloc[int(beyond.to_numpy().argmax())]
    name = str(first["value_tier"])
    mine = int(first["customers"])
    revenue = float(first["revenue"])
    least = tier_starts(company.engine, company.now)[name]
    evidence = {
        "tier": text(company.label("value_tier", name)),
        "least": money(least) if np.isfinite(least) else text(""),
        "customers": count(mine),
        "share": percent(mine / people * 100),
        "revenue": money(revenue),
        "revenue_share": percent(revenue / whole * 100),
        "each": money(revenue / mine),
        "others": money((whole - revenue) / (people - mine)),
    }
    return [
        Claim(
            ("value_tier", "value_tier.limited") if np.isfinite(least) else "value_tier",
            evidence,
            {"value_tier": name},
            "revenue_share",
            0.0,
            company.proof("value_tiers", {"value_tier": (name,)}),
            "value_tier.do",
            ("value_tier.but",),
        )
    ]


def _alike(company: Company) -> bool:
    """Whether chance explains how differently customers spend."""
    customers = company.entities("customer").columns
    share = concentration.top_share(pd.Series(customers["revenue"], index=customers["code"]), 10)
    return not share > share_of_equals(company)
