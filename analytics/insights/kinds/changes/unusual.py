"""Days and weeks that stand out, beyond what weekday, level, usual noise and the chance of single orders explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, count, money, period
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL, adjusted
from analytics.methods.alarms.anomalies import anomalies

FEWEST_DAYS = 120  # 84 teach; with hardly more, nothing is judged
FEWEST_ORDERS_A_DAY = 1.0  # below, a day without an order is the rule and one with an order no news
MOST_DAYS = 366  # of the range, counted from its end: what is older is no news
BEFORE = 480  # days that teach: what is usual, and the same time of the year before
SHOWN = 2
APART = 3  # days: nearer ones on the same side are one event
WEEK = 7
AFTER = 4 * WEEK  # days after a week that stands out, by which it is told whether that lasted
LASTS = 0.5  # of the difference: what must be left of it then
AS_USUAL = 0.1  # relative difference up to which the number of orders is called usual


def unusual_days(company: Company) -> list[Claim]:
    """The days of the range, or seven days, furthest from what the days before let expect; all that are judged are one
    family of tests."""
    history = company.history
    covered = history.coverage.covered.clipped(history.now.span)
    first = max(company.now.span.start, covered.end - np.timedelta64(MOST_DAYS, "D"))
    start = max(covered.start, first - np.timedelta64(BEFORE, "D"))
    if (covered.end - start).astype(int) < FEWEST_DAYS:
        return []
    span = type(covered)(start, covered.end)
    orders = history.daily(span, "orders")
    if orders.mean() < FEWEST_ORDERS_A_DAY:
        return []
    index = pd.DatetimeIndex(np.arange(start, covered.end, dtype="datetime64[D]").astype("datetime64[us]"))
    points = anomalies(
        pd.Series(history.daily(span), index=index),
        orders=pd.Series(orders, index=index),
        spacing="day",
        holidays=_events(company),
        bands=False,
    ).points
    points = points.assign(q=np.nan)
    tested = points["p"].notna() & (points["period"] >= str(first))
    points.loc[tested, "q"] = adjusted(points.loc[tested, "p"].to_numpy(float))
    found = [_whole(points, rows) for rows in _episodes(points)]
    found.sort(key=lambda event: event["gap"], reverse=True)
    return [_event(company, event, _since(points, event)) for event in found[:SHOWN]]


def _episodes(points: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows that stand out, those near each other and on one side together. A flagged event has many rows, by which
    q alone would let in others that are not flagged."""
    news = points[(points["q"] <= LEVEL) & (points["state"] == "alert")]
    above = news["total"] > news["usual"]
    begins = news.index.to_numpy() - news["days"].to_numpy() + 1
    apart = begins - np.concatenate([[-APART], news.index.to_numpy()[:-1]]) >= APART
    fresh = apart | (above != above.shift()).to_numpy()
    return [rows for _, rows in news.groupby(np.cumsum(fresh))]


def _whole(points: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """What an episode brought: of its seven days that differ most or, where days stand out by themselves, of all from
    the first of them to the last."""
    together = rows[rows["days"] > 1]
    event: pd.Series
    if len(together):
        event = together.iloc[int((together["total"] - together["usual"]).abs().to_numpy().argmax())].copy()
    else:
        span = points.loc[rows.index[0] : rows.index[-1]]
        event = rows.iloc[-1].copy()
        event["days"] = len(span)
        for name, part in (("total", "value"), ("usual", "expected"), *((n, n) for n in ("orders", "orders_expected"))):
            event[name] = span[part].sum()
    event["p"] = rows["p"].min()
    event["q"] = rows["q"].min()
    event["gap"] = abs(event["total"] - event["usual"])
    return event


@dataclass(frozen=True)
class Since:
    """What the whole weeks after an event brought a day, whether most of the difference was left then, and whether
    these are the last weeks that are known."""

    weeks: int
    a_day: float
    lasted: bool
    now: bool


def _since(points: pd.DataFrame, event: pd.Series) -> Since:
    """What followed seven days that stand out; empty for fewer days."""
    days = points.loc[points["period"] > event["period"], "value"].to_numpy(float)
    weeks = min(len(days), AFTER) // WEEK
    if event["days"] < WEEK or not weeks or not event["usual"] > 0:
        return Since(0, np.nan, False, False)
    usual, then = event["usual"] / event["days"], event["total"] / event["days"]
    a_day = float(np.mean(days[: weeks * WEEK]))
    return Since(weeks, a_day, (a_day - usual) / (then - usual) >= LASTS, len(days) < AFTER + WEEK)


def _event(company: Company, found: pd.Series, since: Since) -> Claim:
    """What happened in the days that end with this one, and what became of it."""
    days = int(found["days"])
    orders = float(found["orders"])
    usual = float(found["orders_expected"])
    side = "strong" if found["total"] > found["usual"] else "weak"
    same = abs(orders / usual - 1) <= AS_USUAL if usual else False
    evidence = {
        "day": period(str(found["period"])),
        "revenue": money(found["total"]),
        "expected": money(found["usual"]),
        "change": change((found["total"] / found["usual"] - 1) * 100 if found["usual"] else np.nan),
        "orders": count(orders),
        "usual_orders": count(np.round(usual)),
        "days": count(days),
        "weeks": count(since.weeks),
        "after": money(since.a_day),
        "before": money(found["usual"] / days),
        "q": Value(float(found["q"]), "p"),
    }
    said = f"unusual_day.{side}{'_run' if days > 1 else ''}"
    size = "larger" if side == "strong" else "smaller"
    known = np.isfinite([orders, usual]).all()
    says = [said, f"unusual_day.{size if same else 'orders'}"] if known else [said]
    return Claim(
        (*says, "unusual_day.lasts") if since.lasted else tuple(says),
        evidence,
        {"day": str(found["period"])},
        "change",
        float(found["gap"]),
        company.proof("revenue_over_time", grain="day"),
        f"{said}_lasts.do" if since.lasted and since.now else f"{said}.do",
        (),
        float(found["p"]),
        float(found["q"]),
        np.datetime64(str(found["period"]), "D") - np.timedelta64(days - 1, "D"),
    )


def _events(company: Company) -> list[np.datetime64] | None:
    """Days with a known event: they are not judged."""
    if "events" not in company:
        return None
    return list(company.engine.table("events")["date"].to_numpy().astype("datetime64[D]"))
