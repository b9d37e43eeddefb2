"""Good customers who are about to be lost: who stopped buying within the range."""

from __future__ import annotations

import pandas as pd

from analytics.calendar import TimeRange, add_months
from analytics.insights.claim import Claim, count, money
from analytics.insights.company import Company
from analytics.questions.customers.segments import scored

LAPSING = ("At Risk", "Can't Lose Them")
YEAR = 12  # months over which their spending is told


def lapsing(company: Company) -> list[Claim]:
    """Who was a good customer at the start of the range and is lapsing at its end, and what they spent in the year
    before that end?"""
    now, bounds = company.now, company.now.bounds
    if not now.span.days or now.span.start <= bounds.start or "rfm_segment" not in company:
        return []
    before = now.at(TimeRange(bounds.start, now.span.start))
    was, is_now = (company.once(("scored", s), lambda s=s: scored(company.engine, s)) for s in (before, now))
    risk = is_now.index[is_now["rfm_segment"].isin(LAPSING)]
    new = risk.intersection(was.index[~was["rfm_segment"].isin(LAPSING)])
    year = now.at(TimeRange(max(add_months(now.span.end, -YEAR), bounds.start), now.span.end))
    spent = company.entities("customer", year).frame("code", "revenue").set_index("code")["revenue"]
    lost = float(spent.reindex(pd.Index(new)).fillna(0.0).clip(lower=0).sum())
    if not len(new) or lost <= 0:
        return []
    evidence = {"customers": count(len(new)), "spent": money(lost)}
    about = {"rfm_segment": LAPSING[0]}
    return [Claim("lapsing", evidence, about, "customers", lost, company.proof("churn_risk"), "lapsing.do")]
