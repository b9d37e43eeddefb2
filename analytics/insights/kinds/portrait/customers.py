"""Customers: who comes back, who is about to be lost, which tier carries the revenue."""

from __future__ import annotations

import numpy as np

from analytics.insights.claim import Claim, count, money, percent, text
from analytics.insights.significance import FEWEST
from analytics.insights.view import View
from analytics.methods.customers import cohorts
from analytics.schema import MISSING

AT_RISK = ("At Risk", "Can't Lose Them")
LATE = "Customers who came late in the range had less time to come again."


def repeat_rate(view: View) -> list[Claim]:
    """Which share of the customers ordered more than once in the range?"""
    row = view.aggregate([], ["customers", "repeat_customers", "repeat_rate", "aov"]).iloc[0]
    if row["customers"] < FEWEST or not row["aov"] > 0:
        return []
    once = int(row["customers"] - row["repeat_customers"])
    evidence = {
        "rate": percent(row["repeat_rate"]),
        "repeat": count(row["repeat_customers"]),
        "customers": count(row["customers"]),
        "once": count(once),
        "aov": money(row["aov"]),
        "gain": money(once * 0.01 * row["aov"]),
    }
    return [
        Claim(
            "{rate} of customers ordered more than once ({repeat} of {customers}).",
            evidence,
            {},
            "rate",
            once * 0.01 * float(row["aov"]),
            view.proof("customers_by_orders"),
            "Remind first buyers: if one in a hundred of the {once} who bought once came back for an average "
            "order, that would be {gain}.",
            (LATE,),
        )
    ]


def kept(view: View) -> list[Claim]:
    """Of the customers of the comparison's range, which share bought again in this one?"""
    base = view.now.base
    now = view.now.span
    if base is None or view.now.before is None:
        return []
    before = view.entities("order", view.now.before)
    after = view.entities("order")
    both = [np.concatenate([e.columns[c] for e in (before, after)]) for c in ("customer", "ordered_at", "revenue")]
    sale = both[2] > 0
    share = cohorts.retention(
        both[0][sale], both[1][sale], base, now, view.coverage.covered.end - np.timedelta64(1, "D")
    )
    if share.whole < FEWEST or np.isnan(share.rate):
        return []
    row = view.aggregate([], ["revenue_per_customer"], view.now.before).iloc[0]
    lost = share.whole - share.part
    at_stake = lost * float(row["revenue_per_customer"])
    evidence = {
        "rate": percent(share.rate),
        "kept": count(share.part),
        "customers": count(share.whole),
        "lost": count(lost),
        "worth": money(row["revenue_per_customer"]),
        "at_stake": money(at_stake),
        "base": text(str(base)),
    }
    return [
        Claim(
            "Of the {customers} customers of the period before, {kept} bought again: {rate}.",
            evidence,
            {},
            "rate",
            max(0.0, at_stake),
            view.proof("retention_over_time"),
            "The {lost} who did not were worth {worth} each: write to the best of them first.",
        )
    ]


def at_risk(view: View) -> list[Claim]:
    """Customers who used to buy often and have not for long, and what they brought in the range."""
    frame = view.aggregate(["rfm_segment"], ["customers", "revenue"])
    own = frame[frame["rfm_segment"].isin(AT_RISK) & (frame["customers"] > 0)]
    known = frame[(frame["rfm_segment"] != MISSING) & (frame["customers"] > 0)]
    revenue = float(own["revenue"].sum())
    if own.empty or revenue <= 0 or len(known) < 2:
        return []
    evidence = {
        "segments": text(" and ".join(own["rfm_segment"].astype(str))),
        "customers": count(own["customers"].sum()),
        "all": count(known["customers"].sum()),
        "share": percent(own["customers"].sum() / known["customers"].sum() * 100),
        "revenue": money(revenue),
        "revenue_share": percent(revenue / view.revenue * 100),
    }
    names = tuple(str(s) for s in own["rfm_segment"])
    return [
        Claim(
            "{segments}: {customers} of {all} customers ({share}) used to buy often, but have not lately. In "
            "this range they brought {revenue}, {revenue_share} of revenue.",
            evidence,
            {"rfm_segment": names[0]},
            "revenue_share",
            revenue,
            view.proof("rfm_segments", {"rfm_segment": names}),
            "Call or write to them before anybody else; the list ({customers}) can be exported.",
            ("Segments rest on whole histories up to the end of the range, compared within these customers.",),
        )
    ]


def tiers(view: View) -> list[Claim]:
    """Which value tier carries the revenue?"""
    frame = view.aggregate(["value_tier"], ["customers", "revenue"])
    frame = frame[(frame["value_tier"] != MISSING) & (frame["customers"] > 0)].sort_values(
        "revenue", ascending=False, ignore_index=True
    )
    whole = float(frame["revenue"].sum())
    people = int(frame["customers"].sum())
    if len(frame) < 2 or people < FEWEST or whole <= 0:
        return []
    name = str(frame["value_tier"].iloc[0])
    revenue = float(frame["revenue"].iloc[0])
    limits = dict(view.engine.profile.value_tiers)
    least = limits.get(name, float("-inf"))
    evidence = {
        "tier": text(name),
        "least": money(least) if np.isfinite(least) else text(""),
        "customers": count(frame["customers"].iloc[0]),
        "share": percent(frame["customers"].iloc[0] / people * 100),
        "revenue": money(revenue),
        "revenue_share": percent(revenue / whole * 100),
    }
    worth = " (worth {least} or more so far)" if np.isfinite(least) else ""
    return [
        Claim(
            "The {tier} tier"
            + worth
            + " brings {revenue_share} of the revenue of known customers from {share} of them ({customers}).",
            evidence,
            {"value_tier": name},
            "revenue_share",
            revenue,
            view.proof("value_tiers", {"value_tier": (name,)}),
            "Treat the {tier} tier as its own business: know its products, and ask what would lift others into it.",
        )
    ]
