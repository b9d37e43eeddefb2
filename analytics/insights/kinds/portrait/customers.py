"""Customers: who comes back, who is about to be lost, which tier carries the revenue."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, count, money, percent, ratio, text
from analytics.insights.company import Company
from analytics.insights.kinds.portrait.concentration import share_of_equals
from analytics.insights.significance import FEWEST
from analytics.methods.commerce import concentration
from analytics.methods.customers import cohorts
from analytics.questions.customers.segments import scored, tier_starts
from analytics.schema import MISSING

AT_RISK = ("At Risk", "Can't Lose Them")
LATE = "Customers who came late in the range had less time to come again."


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
            "{rate} of customers ordered more than once ({repeat} of {customers}).",
            evidence,
            {},
            "rate",
            hundredth * float(row["aov"]) if once else 0.0,
            company.proof("customers_by_orders"),
            _remind(once, hundredth),
            (LATE,),
        )
    ]


def _remind(once: int, hundredth: int) -> str:
    if not once:
        return ""
    some = "{hundredth} of the {once} who bought once" if once > 1 else "the one who bought once"
    each = "for an average order" if hundredth == 1 else "for an average order each"
    return f"Remind first buyers: if {some} came back {each}, that would be {{gain}}."


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
            "Of the {customers} customers of the period before, {kept} bought again: {rate}."
            + (" The {lost} who did not had spent {at_stake}, {worth} each." if lost > 1 else ""),
            evidence,
            {},
            "rate",
            max(0.0, at_stake),
            company.proof("retention_over_time"),
            "Write first to those of the {lost} who had spent most." if lost > 1 else "",
        )
    ]


def at_risk(company: Company) -> list[Claim]:
    """Customers who bought repeatedly and have not for long, and what they brought in the range."""
    frame = company.aggregate(["rfm_segment"], ["customers", "revenue"])
    own = frame[frame["rfm_segment"].isin(AT_RISK) & (frame["customers"] > 0)]
    known = frame[(frame["rfm_segment"] != MISSING) & (frame["customers"] > 0)]
    revenue = float(own["revenue"].sum())
    if own.empty or revenue <= 0 or len(known) < 2:
        return []
    lives = company.once("lives", lambda: scored(company.engine, company.now))
    found = company.entities("customer").columns
    lives = lives[lives["rfm_segment"].isin(own["rfm_segment"]) & lives.index.isin(found["code"][found["orders"] > 0])]
    evidence = {
        "orders": ratio(lives["orders"].mean()),
        "days": count(lives["recency"].median()),
        "segments": text(" and ".join(own["rfm_segment"].astype(str))),
        "customers": count(own["customers"].sum()),
        "all": count(known["customers"].sum()),
        "share": percent(own["customers"].sum() / known["customers"].sum() * 100),
        "revenue": money(revenue),
        "revenue_share": percent(revenue / company.revenue * 100),
    }
    names = tuple(str(s) for s in own["rfm_segment"])
    return [
        Claim(
            "{segments}: {customers} of {all} customers ({share}) ordered {orders} times each on average, but half of "
            "them not in the last {days} days. In this range they brought {revenue}, {revenue_share} of revenue.",
            evidence,
            {"rfm_segment": names[0]},
            "revenue_share",
            0.0,
            company.proof("rfm_segments", {"rfm_segment": names}),
            "Call or write to them before anybody else; the list ({customers}) can be exported.",
            ("Segments rest on whole histories up to the end of the range, compared within these customers.",),
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
        "tier": text(name),
        "least": money(least) if np.isfinite(least) else text(""),
        "customers": count(mine),
        "share": percent(mine / people * 100),
        "revenue": money(revenue),
        "revenue_share": percent(revenue / whole * 100),
        "each": money(revenue / mine),
        "others": money((whole - revenue) / (people - mine)),
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
            0.0,
            company.proof("value_tiers", {"value_tier": (name,)}),
            "Look after these {customers} first: each spent {each} on average, another customer {others}.",
        )
    ]


def _alike(company: Company) -> bool:
    """Whether chance explains how differently customers spend."""
    customers = company.entities("customer").columns
    share = concentration.top_share(pd.Series(customers["revenue"], index=customers["code"]), 10)
    return not share > share_of_equals(company)
