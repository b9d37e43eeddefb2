"""What changed against the comparison: more customers, more orders from each, larger orders; and which product or
place moved most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST, LEVEL, adjusted, means_differ, totals_differ
from analytics.methods.commerce.bridge import revenue_bridge
from analytics.questions import outlook
from analytics.schema import FIELDS, value_label

PARTS = {
    "volume": "Most of it is how much was sold: look at orders before prices.",
    "mix": "Most of it is which products were bought: look at what gained and lost weight.",
    "price": "Most of it is prices: see whether units follow in the next weeks.",
    "others": "Most of it is the range itself: products that are new or gone.",
}
WEIGHTS = ("channel", "country", "region", "city", "payment_method")
FACTORS = {
    "customers": "more or fewer customers",
    "orders per customer": "orders per customer",
    "AOV": "the size of orders",
}


def bridge(company: Company) -> list[Claim]:
    """Revenue against the comparison, split into customers × orders per customer × average order value; known
    customers only."""
    if company.now.before is None:
        return []
    names = ["known_revenue", "known_orders", "customers"]
    now, base = (company.aggregate([], names, s).iloc[0] for s in (company.now, company.now.before))
    if (
        min(now["customers"], base["customers"], now["known_orders"], base["known_orders"]) < FEWEST
        or base["known_revenue"] <= 0
    ):
        return []
    facts = [
        {"revenue": float(r["known_revenue"]), "orders": float(r["known_orders"]), "customers": float(r["customers"])}
        for r in (base, now)
    ]
    split = revenue_bridge(*facts).steps.set_index("step")["value"]
    step = facts[1]["revenue"] - facts[0]["revenue"]
    p = float(
        totals_differ(facts[1]["revenue"], facts[1]["orders"], facts[0]["revenue"], facts[0]["orders"], company.spread)
    )
    if p > LEVEL:
        return []
    main = str(split.abs().idxmax())
    evidence = {
        "base_span": Value(str(company.now.base), "span"),
        "revenue": money(facts[1]["revenue"]),
        "base": money(facts[0]["revenue"]),
        "change": change((facts[1]["revenue"] / facts[0]["revenue"] - 1) * 100),
        "by": percent(abs(facts[1]["revenue"] / facts[0]["revenue"] - 1) * 100),
        "step": Value(step, "money_change"),
        "by_customers": Value(float(split["customers"]), "money_change"),
        "by_frequency": Value(float(split["orders per customer"]), "money_change"),
        "by_size": Value(float(split["AOV"]), "money_change"),
        "customers": count(facts[1]["customers"]),
        "base_customers": count(facts[0]["customers"]),
        "main": text(FACTORS[main]),
        "q": Value(p, "p"),
    }
    return [
        Claim(
            f"Revenue {'rose' if step > 0 else 'fell'} by {{by}} against {{base_span}}: {{step}}, of it "
            f"{{by_customers}} through the number of customers, "
            "{by_frequency} through orders per customer and {by_size} through order value.",
            evidence,
            {"factor": main},
            "change",
            abs(step),
            company.proof("kpis"),
            "Most of it is {main}: look there first.",
            ("Known customers only; the three parts add up to the change.",),
            p,
            p,
        )
    ]


def prices(company: Company) -> list[Claim]:
    """Revenue against the comparison, split by products into units sold, which products, and prices."""
    if company.now.before is None:
        return []
    now, base = (company.aggregate([], ["revenue", "orders"], s).iloc[0] for s in (company.now, company.now.before))
    if min(now["orders"], base["orders"]) < FEWEST or base["revenue"] <= 0:
        return []
    p = float(totals_differ(now["revenue"], now["orders"], base["revenue"], base["orders"], company.spread))
    if p > LEVEL:
        return []
    steps = company.ask(outlook.revenue_bridge, method="prices").frame.set_index("step")["revenue"]
    steps = steps.drop(["base", "now"])
    parts = {name: float(steps.get(name, 0.0)) for name in PARTS}
    parts["others"] = float(steps.drop(list(PARTS), errors="ignore").sum())
    step = float(now["revenue"] - base["revenue"])
    main = max(parts, key=lambda name: abs(parts[name]))
    evidence = {
        "base_span": Value(str(company.now.base), "span"),
        "change": change((now["revenue"] / base["revenue"] - 1) * 100),
        "step": Value(step, "money_change"),
        **{name: Value(value, "money_change") for name, value in parts.items()},
        "q": Value(p, "p"),
    }
    apart = ", {others} through products that are new or gone" if abs(parts["others"]) > 0.005 * abs(step) else ""
    return [
        Claim(
            "By products, revenue moved by {step} against {base_span}: {volume} through units sold, {mix} through "
            "which products they were, {price} through prices" + apart + ".",
            evidence,
            {"part": main},
            "change",
            abs(step),
            company.proof("revenue_bridge", option=("method", "prices")),
            PARTS[main],
            ("Weighed by the earlier period; the parts add up to the change.",),
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
        rose, fell = ("rose", "fell") if step > 0 else ("fell", "rose")
        evidence = {
            "base": money(base["aov"]),
            "now": money(now["aov"]),
            "base_span": Value(str(company.now.base), "span"),
            "parts": count(int(answer.frame[["rate_base", "rate_now"]].notna().all(axis=1).sum())),
            "what": text(FIELDS[field].plural),
            "rate": Value(rate, "money_change"),
            "mix": Value(step - rate, "money_change"),
            "q": Value(p, "p"),
        }
        return [
            Claim(
                f"Average order value {rose} from {{base}} to {{now}} against {{base_span}}, although it {fell} in "
                "each of the {parts} {what}: the mix moved ({mix}), not what an order is worth ({rate}).",
                evidence,
                {"by": field},
                "mix",
                abs(rate) * float(now["orders"]),
                company.proof("order_value_bridge", option=("by", field)),
                "Judge the {what} one by one: their orders moved the other way.",
                (),
                p,
                p,
            )
        ]
    return []


def movers(company: Company) -> list[Claim]:
    """The products and places that rose and fell most against the comparison."""
    if company.now.before is None:
        return []
    tried: list[tuple[str, pd.Series, float]] = []
    for field in ("product", "place"):
        tried += _moves(company, field)
    q = adjusted([p for *_, p in tried])
    found: dict[tuple[str, bool], tuple[pd.Series, float, float]] = {}
    for (field, row, p), adjusted_p in zip(tried, q, strict=True):
        key = (field, bool(row["step"] > 0))
        if adjusted_p <= LEVEL and (key not in found or abs(row["step"]) > abs(found[key][0]["step"])):
            found[key] = (row, p, float(adjusted_p))
    return [_move(company, field, *f) for (field, _), f in found.items()]


def _moves(company: Company, field: str) -> list[tuple[str, pd.Series, float]]:
    now = company.groups(field)
    if now.empty or company.now.before is None:
        return []
    before = company.aggregate([field], ["revenue", "orders", "lines"], company.now.before)
    both = now.merge(before, on=field, how="inner", suffixes=("", "_base"))
    both = both[(both["revenue"] > 0) & (both["revenue_base"] > 0)].reset_index(drop=True)
    n = "lines" if FIELDS[field].level == "line" else "orders"
    both["step"] = both["revenue"] - both["revenue_base"]
    r1, n1, r0, n0 = (both[c].to_numpy(float) for c in ("revenue", n, "revenue_base", f"{n}_base"))
    p = totals_differ(r1, n1, r0, n0, company.spread)
    return [(field, both.iloc[i], float(p[i])) for i in range(len(both))]


def _move(company: Company, field: str, row: pd.Series, p: float, q: float) -> Claim:
    value = str(row[field])
    step = float(row["step"])
    evidence = {
        "name": text(value_label(field, value)),
        "revenue": money(row["revenue"]),
        "base": money(row["revenue_base"]),
        "step": Value(step, "money_change"),
        "change": change((row["revenue"] / row["revenue_base"] - 1) * 100),
        "orders": count(row["orders"]),
        "orders_base": count(row["orders_base"]),
        "what": text(FIELDS[field].plural),
        "base_span": Value(str(company.now.base), "span"),
        "q": Value(q, "p"),
    }
    side = "rose" if step > 0 else "fell"
    return Claim(
        f"Of the {{what}} whose change is beyond chance, {{name}} {side} most against {{base_span}}: {{base}} to "
        "{revenue} ({change}).",
        evidence,
        {field: value},
        "change",
        abs(step),
        company.proof("product_movers" if field == "product" else "place_growth", {field: (value,)}),
        "Orders with it went from {orders_base} to {orders}: "
        + ("find out what worked." if step > 0 else "find out whether price, stock or demand is behind it."),
        (),
        p,
        q,
    )
