"""Standing facts to know before any other figure: refunds, unknown customers, growth of whole years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, change, count, money, percent, period, text
from analytics.insights.company import Company
from analytics.insights.guard import Period
from analytics.schema import MISSING

LEAST_REFUNDED = 1.0  # % of gross revenue
LEAST_UNKNOWN = 2.0  # % of orders
THINGS = ("category", "product")
FEWEST_LINES = 20
MORE = 1.25  # times the rate of all others
MOST_OF_IT = 0.7  # of the excess of a category: a product that holds as much is told in its place


def refund_share(company: Company) -> list[Claim]:
    """What part of the sales is given back, and of what most, where the data say of which lines?"""
    whole = company.aggregate([], ["gross", "refunds"]).iloc[0]
    gross = float(whole["gross"])
    refunds = float(whole["refunds"])
    if not gross > 0 or 100 * refunds / gross < LEAST_REFUNDED:
        return []
    evidence = {
        "refunds": money(refunds),
        "rate": percent(100 * refunds / gross),
        "gross": money(gross),
        "net": money(gross - refunds),
    }
    says: tuple[str, ...] = ("refund_share",)
    about: dict[str, str] = {}
    excess = 0.0
    worst = None if company.engine.profile.refunds_shared else _worst(company, refunds)
    if worst is not None:
        field, row = worst
        about = {field: str(row[field])}
        rate = (refunds - float(row["refunds"])) / max(gross - float(row["gross"]), 1e-9)
        excess = float(row["refunds"]) - rate * float(row["gross"])
        evidence |= {
            "name": text(company.label(field, row[field])),
            "own": money(row["refunds"]),
            "own_rate": percent(row["refund_rate"]),
            "own_share": percent(100 * float(row["refunds"]) / refunds),
            "excess": money(excess),
        }
        says = ("refund_share", "refund_share.most")
    return [
        Claim(
            says,
            evidence,
            about,
            "rate",
            excess,
            company.proof("returns_by_product"),
            "refund_share.do" if about else "",
        )
    ]


def _worst(company: Company, refunds: float) -> tuple[str, pd.Series] | None:
    """The category of which most was given back beyond the rate of all others, or the product where that is most of it;
    None where hardly more."""
    found: list[tuple[str, pd.Series, float]] = []
    for field in THINGS:
        frame = company.groups(field, ("revenue", "refunds", "refund_rate", "gross", "lines"))
        frame = frame[(frame["lines"] >= FEWEST_LINES)] if len(frame) else frame
        if len(frame) < 2:
            continue
        others = (refunds - frame["refunds"]) / (frame["gross"].sum() - frame["gross"]).clip(lower=1e-9)
        excess = (frame["refunds"] - others * frame["gross"]).to_numpy(float)
        most = int(excess.argmax())
        row = frame.iloc[most]
        more = float(row["refund_rate"]) >= MORE * 100 * float(others.iloc[most])
        if more and str(row[field]) != MISSING:
            found.append((field, row, float(excess[most])))
    if not found:
        return None
    field, row, _ = found[-1] if found[-1][2] >= MOST_OF_IT * found[0][2] else found[0]
    return field, row


def unknown_customers(company: Company) -> list[Claim]:
    """How many orders name no customer, and so are in no figure about customers?"""
    whole = company.aggregate([], ["orders", "known_orders", "revenue", "known_revenue"]).iloc[0]
    orders = float(whole["orders"])
    unknown = orders - float(whole["known_orders"])
    if not orders or 100 * unknown / orders < LEAST_UNKNOWN or not whole["known_orders"]:
        return []
    revenue = float(whole["revenue"] - whole["known_revenue"])
    evidence = {
        "unknown": count(unknown),
        "orders": count(orders),
        "share": percent(100 * unknown / orders),
        "revenue": money(revenue),
        "revenue_share": percent(100 * revenue / float(whole["revenue"])),
    }
    return [
        Claim(
            "unknown_customers",
            evidence,
            {"customer": MISSING},
            "share",
            0.0,
            company.proof("customer_kpis"),
            "unknown_customers.do",
        )
    ]


def yearly_growth(company: Company) -> list[Claim]:
    """How did revenue move from whole year to whole year?"""
    years = [y for y in company.coverage.full("year") if y.name in company.coverage.whole_years]
    runs = years[-1:]
    for year in reversed(years[:-1]):  # only years that follow one another
        if year.span.end != runs[0].span.start:
            break
        runs.insert(0, year)
    if len(runs) < 2:
        return []
    revenue = [_revenue(company, year) for year in runs]
    if not min(revenue) > 0:
        return []
    steps = np.diff(revenue)
    evidence = {
        "year": period(runs[-1].name),
        "before": period(runs[-2].name),
        "revenue": money(revenue[-1]),
        "base": money(revenue[-2]),
        "by": percent(abs(revenue[-1] / revenue[-2] - 1) * 100),
        "change": change((revenue[-1] / revenue[-2] - 1) * 100),
        "first": period(runs[0].name),
        "first_revenue": money(revenue[0]),
        "years": count(len(runs)),
        "rises": count(int((steps > 0).sum())),
        "steps": count(len(steps)),
        "a_year": change(((revenue[-1] / revenue[0]) ** (1 / len(steps)) - 1) * 100),
    }
    side = "rose" if steps[-1] > 0 else "fell"
    says = (f"yearly_growth.{side}", "yearly_growth.since") if len(runs) > 2 else f"yearly_growth.{side}"
    return [
        Claim(
            says,
            evidence,
            {"year": runs[-1].name},
            "change",
            abs(float(steps[-1])),
            company.proof("year_over_year"),
        )
    ]


def _revenue(company: Company, year: Period) -> float:
    return float(company.aggregate([], ["revenue"], company.now.at(year.span))["revenue"].iloc[0])
