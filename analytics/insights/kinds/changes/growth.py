"""Growth: the largest rises and falls from one full month, or quarter, to the next."""

from __future__ import annotations

import numpy as np

from analytics.calendar import Grain
from analytics.insights.claim import Claim, Value, change, count, money, percent, period
from analytics.insights.company import Company
from analytics.insights.guard import Period
from analytics.insights.kinds.portrait.periods import months_of
from analytics.insights.significance import LEVEL, SHOWN_A_SIDE, adjusted

UNEQUAL = "A day it is {a_day}: {period} has {days} days, {before} {days_before}."
LARGE = 50.0  # % from which a change is shown, and named as possible chance, even where no test supports it
CHANCE = "The days of both vary so much that chance alone can make this difference ({q})."


def by_month(company: Company) -> list[Claim]:
    """The largest changes between consecutive full months."""
    return _changes(company, "month")


def by_quarter(company: Company) -> list[Claim]:
    """The largest changes between consecutive full quarters."""
    return _changes(company, "quarter")


def _changes(company: Company, grain: Grain) -> list[Claim]:
    periods = company.coverage.full(grain)
    if len(periods) < 2:
        return []
    revenue, orders, noise = months_of(company, periods)
    step = np.diff(revenue)
    p = noise.steps()
    q = adjusted(p)
    ranked = np.argsort(-np.abs(step), kind="stable")
    rises = [i for i in ranked if step[i] > 0][:SHOWN_A_SIDE]
    falls = [i for i in ranked if step[i] < 0][:SHOWN_A_SIDE]
    return [
        _step(
            company, grain, periods[i], periods[i + 1], revenue[i : i + 2], orders[i : i + 2], float(p[i]), float(q[i])
        )
        for i in (*rises, *falls)
        if revenue[i] > 0 and (q[i] <= LEVEL or abs(step[i]) / revenue[i] * 100 >= LARGE)
    ]


def _step(
    company: Company,
    grain: Grain,
    before: Period,
    now: Period,
    revenue: np.ndarray,
    orders: np.ndarray,
    p: float,
    q: float,
) -> Claim:
    rose = revenue[1] > revenue[0]
    evidence = {
        "period": period(now.name),
        "before": period(before.name),
        "change": change((revenue[1] / revenue[0] - 1) * 100),
        "by": percent(abs(revenue[1] / revenue[0] - 1) * 100),
        "revenue": money(revenue[1]),
        "revenue_before": money(revenue[0]),
        "orders": count(orders[1]),
        "orders_before": count(orders[0]),
        "a_day": change((revenue[1] / now.length / (revenue[0] / before.length) - 1) * 100),
        "days": count(now.length),
        "days_before": count(before.length),
        "q": Value(q, "p"),
    }
    unequal = (UNEQUAL,) if now.length != before.length else ()
    chance = (CHANCE,) if q > LEVEL else ()
    return Claim(
        f"Revenue {'rose' if rose else 'fell'} by {{by}} from {{before}} to {{period}}: {{revenue_before}} to "
        f"{{revenue}}.",
        evidence,
        {grain: now.name},
        "change",
        abs(revenue[1] - revenue[0]),
        company.proof("growth_over_time", grain=grain),
        "Orders went from {orders_before} to {orders}: see which products and places moved with them"
        + (", and keep what caused it." if rose else ", and which can be won back."),
        unequal + chance,
        p,
        q,
    )
