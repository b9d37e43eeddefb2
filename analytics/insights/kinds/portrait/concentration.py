"""How much hangs on how few: customers and products. Plain arithmetic, nothing is estimated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, count, money, percent, text
from analytics.insights.company import Company
from analytics.methods.commerce import concentration as method
from analytics.selection import Clause

DEPENDENT = 10.0  # % of revenue from one customer: auditors ask for a name from here on
DEPENDENT_THREE = 30.0  # % from three
MANY = 50  # customers from which "the top 10 %" is a number of people rather than a name or two
TAIL = 5.0  # % of revenue: what the products beyond 95 % bring together (class C)
FAR_BELOW = 0.25  # of an even share: what a product of the tail brings at most, on average
FEWEST_PRODUCTS = 8
FEWEST_LINES = 5  # a product, on average
NAMED = 3


def dependency(company: Company) -> list[Claim]:
    """Does revenue depend on one to three customers?"""
    customers = company.entities("customer")
    if len(customers) < 2:
        return []
    code = customers.columns["code"]
    revenue = customers.columns["revenue"]
    top = np.argsort(-revenue, kind="stable")[:NAMED]
    if company.revenue <= 0 or revenue[top[0]] <= 0:
        return []
    shares = revenue[top] / company.revenue * 100
    three = float(shares.sum())
    if shares[0] < DEPENDENT and three < DEPENDENT_THREE:
        return []
    ids = [str(v) for v in customers.labels(code[top])]
    names = _names(company, ids)
    evidence = {
        "name": text(names[0]),
        "revenue": money(revenue[top[0]]),
        "share": percent(shares[0]),
        "next": text(names[1]),
        "next_revenue": money(revenue[top[1]]),
        "top": count(len(top)),
        "top_revenue": money(revenue[top].sum()),
        "top_share": percent(three),
        "customers": count(len(customers)),
        "rest": money(company.revenue - revenue[top].sum()),
        "hhi": count(round(method.hhi(pd.Series(revenue, index=code)))),
    }
    return [
        Claim(
            "dependency",
            evidence,
            {"customer": ids[0]},
            "top_share",
            0.0,
            company.proof("customer_ranking"),
            "dependency.do",
        )
    ]


def top_customers(company: Company) -> list[Claim]:
    """Which share do the best tenth of the customers bring? Not told where customers who are all alike would show as
    much by chance."""
    customers = company.entities("customer")
    if len(customers) < MANY:
        return []
    revenue = pd.Series(customers.columns["revenue"], index=customers.columns["code"])
    found = method.concentration(revenue)
    top = -(-found.entities // 10)
    if not found.value > 0 or found.top_10 <= share_of_equals(company):
        return []
    evidence = {
        "top": count(top),
        "share": percent(found.top_10),
        "customers": count(found.entities),
        "for_80": count(found.entities_for_80),
        "for_80_share": percent(found.entities_for_80 / found.entities * 100),
        "revenue": money(found.value * found.top_10 / 100),
    }
    return [
        Claim(
            "top_customers",
            evidence,
            {},
            "share",
            0.0,
            company.proof("customer_pareto"),
            "top_customers.do",
            ("top_customers.but",),
        )
    ]


def share_of_equals(company: Company) -> float:
    """The share of revenue, in %, that the best tenth of as many customers could bring by chance if all were alike."""

    def drawn() -> float:
        orders = company.entities("order").columns
        worth = orders["revenue"][(orders["customer"] >= 0) & (orders["revenue"] > 0)]
        return method.largest_share_of_equals(worth, int((company.entities("customer").columns["orders"] > 0).sum()))

    return company.once("share of equals", drawn)


def product_tail(company: Company) -> list[Claim]:
    """Under-performers: the products that together bring the last few percent. Not told where they hardly stay behind
    an even share: of products that sell alike some are always last."""
    frame = company.groups("product", ("revenue",))
    if len(frame) < FEWEST_PRODUCTS:
        return []
    classes = method.pareto(pd.Series(frame["revenue"].to_numpy(float), index=frame["product"]), b_until=100 - TAIL)
    tail = classes[classes["abc"] == "C"]
    a = classes[classes["abc"] == "A"]
    if tail.empty:
        return []
    share = float(tail["share"].sum())
    if share > FAR_BELOW * len(tail) / len(frame) * 100 or _few_sold(company, len(frame)):
        return []
    evidence = {
        "tail": count(len(tail)),
        "products": count(len(frame)),
        "share": percent(share),
        "revenue": money(tail["value"].sum()),
        "best": count(len(a)),
        "best_share": percent(a["share"].sum()),
        "examples": text(", ".join(company.label("product", n) for n in tail.index[::-1][:NAMED])),
    }
    return [
        Claim(
            "product_tail",
            evidence,
            {},
            "share",
            0.0,
            company.proof("under_performers"),
            "product_tail.do",
            ("product_tail.but",),
        )
    ]


def _few_sold(company: Company, products: int) -> bool:
    """Whether so little is sold that chance alone leaves some products far behind."""
    return float(company.groups("product", ("revenue", "lines"))["lines"].sum()) < FEWEST_LINES * products


def _names(company: Company, ids: list[str]) -> list[str]:
    """The customers' names where the data have them, with their ids where two are called alike; else their ids."""
    if "customer_name" not in company:
        return ids
    chosen = company.now.only(Clause("customer", tuple(ids)))
    frame = company.aggregate(["customer", "customer_name"], ["revenue"], chosen)
    known = dict(zip(frame["customer"].astype(str), frame["customer_name"].astype(str), strict=True))
    alike = Counter(known.values())
    called = {i: f"{name} ({i})" if alike[name] > 1 else name for i, name in known.items() if name}
    return [called.get(i, i) for i in ids]
