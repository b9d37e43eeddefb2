"""Days that stand out, beyond what their weekday, their level and their usual noise explain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, money, period
from analytics.insights.significance import LEVEL, adjusted
from analytics.insights.view import View
from analytics.methods.timeseries.anomalies import anomalies

FEWEST_DAYS = 120  # 84 teach; with hardly more, nothing is judged
FEWEST_ORDERS_A_DAY = 1.0  # below, a day without an order is the rule and one with an order no news
MOST_DAYS = 450  # the last so many, of which the first 84 teach: older news is none
SHOWN = 2


def unusual_days(view: View) -> list[Claim]:
    """The days furthest from what was expected of them; all days judged are one family of tests."""
    covered = view.coverage.covered.clipped(view.now.span)
    start = max(covered.start, covered.end - np.timedelta64(MOST_DAYS, "D"))
    if (covered.end - start).astype(int) < FEWEST_DAYS:
        return []
    span = type(covered)(start, covered.end)
    orders = view.daily(span, "orders")
    if orders.mean() < FEWEST_ORDERS_A_DAY:
        return []
    index = pd.DatetimeIndex(np.arange(start, covered.end, dtype="datetime64[D]").astype("datetime64[us]"))
    points = anomalies(pd.Series(view.daily(span), index=index), spacing="day", holidays=_events(view)).points
    points = points[points["p"].notna()]
    points = points.assign(q=adjusted(points["p"].to_numpy(float)))
    news = (
        points[points["q"] <= LEVEL]
        .assign(gap=lambda f: (f["value"] - f["expected"]).abs())
        .sort_values("gap", ascending=False, kind="stable")
    )
    return [_day(view, row) for _, row in news[:SHOWN].iterrows()]


def _day(view: View, row: pd.Series) -> Claim:
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
        view.proof("revenue_over_time", grain="day"),
        "Note what happened that day, so that it can be repeated."
        if above
        else "Check whether the shop, the stock or the data had a gap that day.",
        (),
        float(row["p"]),
        float(row["q"]),
    )


def _events(view: View) -> list[np.datetime64] | None:
    """Days with a known event: they are not judged."""
    if "events" not in view:
        return None
    return list(view.engine.table("events")["date"].to_numpy().astype("datetime64[D]"))
