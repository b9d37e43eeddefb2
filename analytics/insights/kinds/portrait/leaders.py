"""Best and worst: the place, product or group that brings the most or the least, where it is clearly apart from the
next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.proofs import side_by_side
from analytics.insights.significance import LEVEL, adjusted, totals_differ
from analytics.methods.inference.proportions import binomial_test
from analytics.schema import GROUPS

PLACES = ("place", "country")
PRODUCTS = ("product", "category")
MOST_FOR_LAST = 60  # in a longer list somebody is always last by chance of having hardly sold
DEPENDENT = 30.0  # % of revenue from one place, from which on losing it would hurt
ABOVE_EVEN = 1.2  # a leader has at least this multiple of an even share


def leading_place(company: Company) -> list[Claim]:
    """The place with the most revenue, and what would be left without it."""
    return _ends(company, PLACES, _first)


def trailing_place(company: Company) -> list[Claim]:
    """The place with the least revenue."""
    return _ends(company, PLACES[:1], _last)


def leading_product(company: Company) -> list[Claim]:
    """The product and the category with the most revenue."""
    return _ends(company, PRODUCTS, _first)


def trailing_product(company: Company) -> list[Claim]:
    """The product and the category with the least revenue."""
    return _ends(company, PRODUCTS, _last)


def leading_group(company: Company) -> list[Claim]:
    """The channel, segment, payment method, age group, gender, brand or value of an own field with the most revenue."""
    return _ends(company, (*GROUPS, *(field.name for field in company.fields.own)), _first)


def deal_sizes(company: Company) -> list[Claim]:
    """Which deal size leads in revenue, and is it also the most frequent?"""
    frame = company.groups("deal_size")
    if len(frame) < 2:
        return []
    by_lines = frame.sort_values("lines", ascending=False, kind="stable", ignore_index=True)
    p = np.array(
        [_apart(company, frame, 0, 1), _equally_frequent(by_lines["lines"].iloc[0], by_lines["lines"].iloc[1])]
    )
    q = adjusted(p)
    if q[0] > LEVEL:
        return []
    lead = str(frame["deal_size"].iloc[0])
    frequent = str(by_lines["deal_size"].iloc[0])
    second = str(by_lines["deal_size"].iloc[1])
    evidence = {
        "name": text(lead),
        "revenue": money(frame["revenue"].iloc[0]),
        "share": percent(frame["share"].iloc[0]),
        "next": text(frame["deal_size"].iloc[1]),
        "next_revenue": money(frame["revenue"].iloc[1]),
        "frequent": text(frequent),
        "lines": count(by_lines["lines"].iloc[0]),
        "second": text(second),
        "second_lines": count(by_lines["lines"].iloc[1]),
    }
    return [
        Claim(
            ("deal_size", "deal_size.frequent" if frequent == lead else "deal_size.rare"),
            evidence,
            {"deal_size": lead, "most_frequent": frequent},
            "share",
            0.0,
            side_by_side(company, "deal_size", lead),
            caveats=("deal_size.but",) if q[1] > LEVEL else (),
        )
    ]


Maker = Callable[[Company, str, pd.DataFrame], Claim]


def _ends(company: Company, fields: tuple[str, ...], make: Maker) -> list[Claim]:
    """The first (or last) of each dimension, where it is apart from its neighbour; the tests of all dimensions are
    one family."""
    tried: list[tuple[str, pd.DataFrame, float]] = []
    for field in fields:
        frame = company.groups(field, ("revenue", "orders", "lines", "units"))
        last = make is _last
        if len(frame) < (4 if last else 2) or (last and len(frame) > MOST_FOR_LAST):
            continue
        a, b = (len(frame) - 1, len(frame) - 2) if last else (0, 1)
        tried.append((field, frame, _apart(company, frame, a, b)))
    q = adjusted([p for *_, p in tried])
    return [
        make(company, field, frame)
        for value, (field, frame, _) in zip(q, tried, strict=True)
        if value <= LEVEL and (make is _last or frame["share"].iloc[0] >= ABOVE_EVEN * 100 / len(frame))
    ]


def _apart(company: Company, frame: pd.DataFrame, a: int, b: int) -> float:
    """p that two groups of a frame bring equal revenue; parts of orders count by lines."""
    n = "lines" if company.fields[str(frame.columns[0])].level == "line" else "orders"
    one = frame.iloc[a]
    two = frame.iloc[b]
    return float(totals_differ(one["revenue"], one[n], two["revenue"], two[n], company.spread))


def _equally_frequent(a: float, b: float) -> float:
    """p that two groups have lines equally often."""
    return float(binomial_test(min(a, b), a + b, 0.5))


def _first(company: Company, field: str, frame: pd.DataFrame) -> Claim:
    value = str(frame[field].iloc[0])
    revenue = float(frame["revenue"].iloc[0])
    evidence = {
        "name": text(company.label(field, value)),
        "revenue": money(revenue),
        "share": percent(frame["share"].iloc[0]),
        "rest": money(company.revenue - revenue),
        "next": text(company.label(field, frame[field].iloc[1])),
        "next_revenue": money(frame["revenue"].iloc[1]),
        "next_share": percent(frame["share"].iloc[1]),
        "groups": count(len(frame)),
        "what": text(company.fields[field].plural),
    }
    return Claim(
        "leading",
        evidence,
        {field: value},
        "share",
        0.0,
        side_by_side(company, field, value),
        _advice(field, float(frame["share"].iloc[0])),
    )


def _advice(field: str, share: float) -> str:
    if field in PLACES:
        return "leading.place.do" if share >= DEPENDENT else ""
    return "leading.product.do" if field in PRODUCTS else ""


def _last(company: Company, field: str, frame: pd.DataFrame) -> Claim:
    at = len(frame) - 1
    value = str(frame[field].iloc[at])
    revenue = float(frame["revenue"].iloc[at])
    most_units = len(frame) > 1 and int(frame["units"].to_numpy().argmax()) == at
    evidence = {
        "name": text(company.label(field, value)),
        "revenue": money(revenue),
        "share": percent(frame["share"].iloc[at]),
        "units": count(frame["units"].iloc[at]),
        "next": text(company.label(field, frame[field].iloc[at - 1])),
        "next_revenue": money(frame["revenue"].iloc[at - 1]),
        "groups": count(len(frame)),
        "what": text(company.fields[field].plural),
    }
    return Claim(
        "trailing.often" if most_units else "trailing",
        evidence,
        {field: value},
        "share",
        0.0,
        side_by_side(company, field, value),
        _last_advice(field, most_units),
    )


def _last_advice(field: str, most_units: bool) -> str:
    if field in PLACES:
        return "trailing.place.do"
    return "trailing.often.do" if most_units else "trailing.do"
