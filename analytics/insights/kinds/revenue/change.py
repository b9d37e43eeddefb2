"""What changed against the comparison: more customers, more orders from each, larger orders; units, mix and prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, count, money, percent, ratio, text
from analytics.insights.company import Company
from analytics.insights.days import range_change
from analytics.insights.expected import chance
from analytics.insights.significance import FEWEST, LEVEL, means_differ
from analytics.methods.commerce.bridge import revenue_bridge
from analytics.questions import outlook

GUESTS = "guests"  # what came without a customer
PARTS = ("volume", "mix", "price", "others")
WEIGHTS = ("channel", "country", "region", "city", "payment_method")
FACTORS = {"customers": "customers", "orders per customer": "frequency", "AOV": "size", GUESTS: "guests"}


def bridge(company: Company) -> list[Claim]:
    """Revenue against the comparison, split into customers × orders per customer × average order value of the known
    customers, and what came without a customer."""
    if company.now.before is None or company.now.base is None:
        return []
    names = ["revenue", "known_revenue", "known_orders", "customers"]
    now, base = (company.aggregate([], names, s).iloc[0] for s in (company.now, company.now.before))
    if (
        min(now["customers"], base["customers"], now["known_orders"], base["known_orders"]) < FEWEST
        or min(base["known_revenue"], base["revenue"]) <= 0
    ):
        return []
    facts = [
        {"revenue": float(r["known_revenue"]), "orders": float(r["known_orders"]), "customers": float(r["customers"])}
        for r in (base, now)
    ]
    split = revenue_bridge(*facts).steps.set_index("step")["value"]
    step = float(now["revenue"] - base["revenue"])
    guests = step - (facts[1]["revenue"] - facts[0]["revenue"])
    days = range_change(company)
    if days.p > LEVEL:
        return []
    p = max(days.p, chance(company))
    parts = pd.concat([split, pd.Series({GUESTS: guests})])
    main = str((parts * np.sign(step)).idxmax())
    evidence = {
        "base_span": company.base_span,
        "revenue": money(now["revenue"]),
        "base": money(base["revenue"]),
        "change": change((now["revenue"] / base["revenue"] - 1) * 100),
        "by": percent(abs(now["revenue"] / base["revenue"] - 1) * 100),
        "step": Value(step, "money_change"),
        "by_customers": Value(float(split["customers"]), "money_change"),
        "by_frequency": Value(float(split["orders per customer"]), "money_change"),
        "by_size": Value(float(split["AOV"]), "money_change"),
        "by_guests": Value(guests, "money_change"),
        "customers": count(facts[1]["customers"]),
        "base_customers": count(facts[0]["customers"]),
        "frequency": ratio(facts[1]["orders"] / facts[1]["customers"]),
        "base_frequency": ratio(facts[0]["orders"] / facts[0]["customers"]),
        "aov": money(facts[1]["revenue"] / facts[1]["orders"]),
        "base_aov": money(facts[0]["revenue"] / facts[0]["orders"]),
        "usual": percent(days.usual * company.now.base.days / float(base["revenue"]) * 100),
        "q": Value(p, "p"),
    }
    return [
        Claim(
            ("change.rose" if step > 0 else "change.fell", f"change.{FACTORS[main]}.{'more' if step > 0 else 'fewer'}"),
            evidence,
            {"factor": main},
            "change",
            abs(step),
            company.proof("kpis"),
            f"change.{FACTORS[main]}.do",
            ("change.known.but", "change.usual.but"),
            p,
            p,
        )
    ]


def prices(company: Company) -> list[Claim]:
    """Revenue against the comparison, split by products into units sold, which products, and prices."""
    if company.now.before is None or company.now.base is None:
        return []
    now, base = (company.aggregate([], ["revenue", "orders"], s).iloc[0] for s in (company.now, company.now.before))
    if min(now["orders"], base["orders"]) < FEWEST or base["revenue"] <= 0:
        return []
    days = range_change(company)
    if days.p > LEVEL:
        return []
    p = max(days.p, chance(company))
    steps = company.ask(outlook.revenue_bridge, method="prices").frame.set_index("step")["revenue"]
    steps = steps.drop(["base", "now"])
    parts = {name: float(steps.get(name, 0.0)) for name in PARTS}
    parts["others"] = float(steps.drop(list(PARTS), errors="ignore").sum())
    step = float(now["revenue"] - base["revenue"])
    main = max(parts, key=lambda name: parts[name] * np.sign(step))
    evidence = {
        "base_span": company.base_span,
        "change": change((now["revenue"] / base["revenue"] - 1) * 100),
        "step": Value(step, "money_change"),
        "by": money(abs(step)),
        **{name: Value(value, "money_change") for name, value in parts.items()},
        "usual": percent(days.usual * company.now.base.days / base["revenue"] * 100),
        "q": Value(p, "p"),
    }
    return [
        Claim(
            ("prices.rose" if step > 0 else "prices.fell", f"prices.{main}"),
            evidence,
            {"part": main},
            "change",
            abs(step),
            company.proof("revenue_bridge", option=("method", "prices")),
            f"prices.{main}.do",
            ("prices.parts.but", "change.usual.but"),
            p,
            p,
        )
    ]


def mix_against_rate(company: Company) -> list[Claim]:
    """Did the average order value move one way while it moved the other way in every part (Simpson's paradox)?"""
    if company.now.before is None:
        return []
    now, base = (company.aggregate([], ["aov", "orders"], s).iloc[0] for s in (company.now, company.now.before))
    means, drawn = (np.array([float(now[name]), float(base[name])]) for name in ("aov", "orders"))
    p = float(means_differ(means[:1], drawn[:1], means[1:], drawn[1:], company.spread)[0])
    if p > LEVEL:
        return []
    for field in WEIGHTS:
        if field not in company or "region" not in company:
            continue
        answer = company.ask(outlook.order_value_bridge, by=field)
        if not answer.notes:
            continue
        step = float(now["aov"] - base["aov"])
        rate = float(answer.frame["rate"].sum())
        evidence = {
            "base": money(base["aov"]),
            "now": money(now["aov"]),
            "base_span": company.base_span,
            "parts": count(int(answer.frame[["rate_base", "rate_now"]].notna().all(axis=1).sum())),
            "what": text(company.fields[field].plural),
            "rate": Value(rate, "money_change"),
            "mix": Value(step - rate, "money_change"),
            "q": Value(p, "p"),
        }
        return [
            Claim(
                "mix.rose" if step > 0 else "mix.fell",
                evidence,
                {"by": field},
                "mix",
                abs(rate) * float(now["orders"]),
                company.proof("order_value_bridge", option=("by", field)),
                "mix.do",
                (),
                p,
                p,
            )
        ]
    return []
