"""The day's rhythm: at which hours, and in which part of the day, people order."""

from __future__ import annotations

import numpy as np

from analytics.insights.claim import Claim, Value, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST, LEVEL, adjusted
from analytics.language import listed
from analytics.methods.inference.proportions import binomial_test
from analytics.schema import VALUE_LABELS

MOST_LEVEL = 3  # hours that are level with the first; more of them are no peak


def busy_hours(company: Company) -> list[Claim]:
    """The busiest hour (with those that are as good as level with it) and the quietest; each against an even day."""
    frame = company.aggregate(["hour"], ["orders", "revenue"]).set_index("hour")
    frame.index = frame.index.astype(int)
    frame = frame.reindex(range(24), fill_value=0)
    orders = frame["orders"].to_numpy("int64")
    total = int(frame["orders"].sum())
    if total < FEWEST * 24:
        return []
    p = binomial_test(orders, total, 1 / 24)
    q = adjusted(p)
    top = int(orders.argmax())
    low = int(orders.argmin())
    if q[top] > LEVEL:
        return []
    # Level with the first: a fair coin, thrown for each order of the two, parts them so far too.
    as_good = binomial_test(orders, orders + orders[top], 0.5) > LEVEL
    level = [h for h in np.argsort(-orders, kind="stable") if as_good[h]]
    if len(level) > MOST_LEVEL:
        return []
    names = [VALUE_LABELS["hour"][str(h)] for h in level]
    evidence = {
        "hours": text(listed(names)),
        "hour": text(VALUE_LABELS["hour"][str(top)]),
        "orders": count(orders[top]),
        "share": percent(orders[top] / total * 100),
        "quiet": text(VALUE_LABELS["hour"][str(low)]),
        "quiet_orders": count(orders[low]),
        "revenue": money(float(frame["revenue"].iloc[level].sum())),
        "q": Value(float(q[top]), "p"),
    }
    which = "busy_hours.one" if len(level) == 1 else "busy_hours.several"
    return [
        Claim(
            (which, "busy_hours.quiet"),
            evidence,
            {"hour": str(top)},
            "share",
            0.0,
            company.proof("orders_by_hour"),
            "busy_hours.do",
            ("busy_hours.but",),
            float(p[top]),
            float(q[top]),
        )
    ]


def part_of_day(company: Company) -> list[Claim]:
    """The part of the day with the most orders: beyond an even day, and beyond the part that follows; parts that are
    level within chance are named together."""
    from scipy.special import bdtrc

    frame = company.aggregate(["part_of_day"], ["orders", "revenue"]).sort_values(
        "orders", ascending=False, kind="stable", ignore_index=True
    )
    total = int(frame["orders"].sum())
    if len(frame) < 2 or total < FEWEST * 4:
        return []
    orders = frame["orders"].to_numpy("int64")
    p = np.array([bdtrc(n - 1, total, 0.25) if n > 0 else 1.0 for n in orders])
    q = adjusted([*p, *[1.0] * (4 - len(p))])
    if q[0] > LEVEL:
        return []
    name = str(frame["part_of_day"].iloc[0])
    as_good = binomial_test(orders, orders + orders[0], 0.5) > LEVEL
    level = [str(n) for n in frame["part_of_day"][as_good]]
    if len(level) == len(frame):
        return []
    follows = frame[~as_good].iloc[0]
    evidence = {
        "part": text(company.label("part_of_day", name)),
        "orders": count(orders[0]),
        "level": text(listed([company.label("part_of_day", n) for n in level])),
        "share": percent(orders[as_good].sum() / total * 100),
        "next": text(company.label("part_of_day", follows["part_of_day"])),
        "next_orders": count(follows["orders"]),
        "revenue": money(float(frame["revenue"].iloc[0])),
        "q": Value(float(q[0]), "p"),
    }
    return [
        Claim(
            ("part_of_day.one" if len(level) == 1 else "part_of_day.several", "part_of_day.next"),
            evidence,
            {"part_of_day": name},
            "share",
            0.0,
            company.proof("orders_by_part_of_day"),
            "part_of_day.do",
            (),
            float(p[0]),
            float(q[0]),
        )
    ]
