"""Days that stand out, beyond what their weekday, their level and their usual noise explain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, money, period
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL, adjusted
from analytics.methods.timeseries.anomalies import anomalies

FEWEST_DAYS = 120  # 84 teach; with hardly more, nothing is judged
FEWEST_ORDERS_A_DAY = 1.0  # below, a day without an order is the rule and one with an order no news
MOST_DAYS = 450  # the last so many, of which the first 84 teach: older news is none
SHOWN = 2


def unusual_days(company: Company) -> list[Claim]:
    """The days furthest from what was expected of them; all days judged are one family of tests."""
    covered = company.coverage.covered.clipped(company.now.span)
    start = max(covered.start, covered.end - np.timedelta64(MOST_DAYS, "D"))
    if (covered.end - start).astype(int) < FEWEST_DAYS:
        return []
    span = type(covered)(start, covered.end)
    orders = company.daily(span, "orders")
    if orders.mean() < FEWEST_ORDERS_A_DAY:
        return []
    index = pd.DatetimeIndex(np.arange(start, covered.end, dtype="datetime64[D]").astype("datetime64[us]"))
    points = anomalies(pd.Series(company.daily(span), index=index), spacing="day", holidays=_events(company)).points
    points = points[points["p"].notna()]
    points = points.assign(q=adjusted(points["p"].to_numpy(float)))
    news = (
        points[points["q"] <= LEVEL]
        .assign(gap=lambda f: (f["value"] - f["expected"]).abs())
        .sort_values("gap", ascending=False, kind="stable")
    )
    return [_day(company, row) for _, row in news[:SHOWN].iterrows()]


def _day(company: Company, row: pd.Series) -> Claim:
    above = row["value"] > row["expected"]
    evidence = {
        "day": period(str(row["period"])),
        "revenue": money(row["value"]),
        "expected": money(row["expected"]),
        "change": change((row["value"] / row["expected"] - 1) * 100) if row["expected"] else change(np.nan),
        "q": Value(float(row["q"]), "p"),
    }
    return Claim(
        "{day} was unusually "
        + ("strong" if above else "weak")
        + ": {revenue} where about {expected} was to be expected ({change}).",
        evidence,
        {"day": str(row["period"])},
        "change",
        float(row["gap"]),
        company.proof("revenue_over_time", grain="day"),
        "Note what happened that day, so that it can be repeated."
        if above
        else "Check whether the shop, the stock or the data had a gap that day.",
        (),
        float(row["p"]),
        float(row["q"]),
    )


def _events(company: Company) -> list[np.datetime64] | None:
    """Days with a known event: they are not judged."""
    if "events" not in company:
        return None
    return list(company.engine.table("events")["date"].to_numpy().astype("datetime64[D]"))
