"""Where groups differ in what an order is worth or how many visits end in one, beyond chance."""

from __future__ import annotations

import pandas as pd

from analytics.insights.claim import Claim, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.proofs import place, side_by_side
from analytics.insights.significance import FEWEST, LEVEL, MATERIAL, adjusted, means_differ
from analytics.methods.inference.proportions import rates_against_rest

FIELDS_OF_ORDERS = ("channel", "place", "segment", "payment_method", "age_group", "gender")


def order_values(company: Company) -> list[Claim]:
    """Channels, places and groups whose average order value is apart from that of all others: the highest and the
    lowest of each."""
    tried: list[tuple[str, pd.Series, float]] = []
    drawn = (
        "customers" if "customer" in company else "orders"
    )  # a customer's orders resemble one another: they are one draw
    for field in FIELDS_OF_ORDERS:
        frame = company.groups(field, tuple(dict.fromkeys(("revenue", "orders", "aov", drawn))))
        frame = frame[frame[drawn] >= FEWEST]
        if len(frame) < 2:
            continue
        rest_n = frame["orders"].sum() - frame["orders"]
        rest = (frame["revenue"].sum() - frame["revenue"]) / rest_n
        frame = frame.assign(rest=rest, apart=(frame["aov"] / rest - 1) * 100)
        n = frame[drawn].to_numpy(float)
        chances = means_differ(frame["aov"].to_numpy(float), n, rest.to_numpy(float), n.sum() - n, company.spread)
        tried += [(field, frame.iloc[i], float(chances[i])) for i in range(len(frame))]
    q = adjusted([p for *_, p in tried])
    best: dict[tuple[str, bool], tuple[pd.Series, float, float]] = {}
    for (field, row, p), adjusted_p in zip(tried, q, strict=True):
        key = (field, bool(row["apart"] > 0))
        size = abs(float(row["apart"]))
        if adjusted_p <= LEVEL and size >= MATERIAL and (key not in best or size > abs(float(best[key][0]["apart"]))):
            best[key] = (row, p, float(adjusted_p))
    return [_order_value(company, field, *found) for (field, _), found in best.items()]


def _order_value(company: Company, field: str, row: pd.Series, p: float, q: float) -> Claim:
    value = str(row[field])
    above = row["apart"] > 0
    gap = float(row["orders"] * abs(row["aov"] - row["rest"]))
    evidence = {
        "name": text(company.label(field, value)),
        "what": text(company.fields[field].plural),
        "aov": money(row["aov"]),
        "rest": money(row["rest"]),
        "apart": change(row["apart"]),
        "orders": count(row["orders"]),
        "gap": money(gap),
        "q": Value(q, "p"),
    }
    advice = () if above else ("order_value.smallest.do",)
    return Claim(
        "order_value.largest" if above else "order_value.smallest",
        evidence,
        {field: value},
        "apart",
        gap,
        place(company, value, "aov_by_city") if field == "place" else side_by_side(company, field, value),
        advice,
        (),
        p,
        q,
    )


def conversion(company: Company) -> list[Claim]:
    """Channels whose share of visits that end in an order is apart from that of the others: the highest and the
    lowest."""
    if "channel" not in company:
        return []
    frame = company.aggregate(["channel"], ["sessions", "orders", "aov"])
    frame = frame[(frame["sessions"] >= frame["orders"]) & (frame["orders"] >= FEWEST)].reset_index(drop=True)
    if len(frame) < 2:
        return []
    rest_visits = frame["sessions"].sum() - frame["sessions"]
    rest_orders = frame["orders"].sum() - frame["orders"]
    p = rates_against_rest(frame["orders"].to_numpy("int64"), frame["sessions"].to_numpy("int64"))
    frame = frame.assign(
        rate=frame["orders"] / frame["sessions"] * 100, rest=rest_orders / rest_visits * 100, p=p, q=adjusted(p)
    )
    apart = frame[(frame["q"] <= LEVEL) & ((frame["rate"] / frame["rest"] - 1).abs() * 100 >= MATERIAL)]
    if apart.empty:
        return []
    ends = apart.loc[list(dict.fromkeys([apart["rate"].idxmax(), apart["rate"].idxmin()]))]
    return [_conversion(company, row) for _, row in ends.iterrows()]


def _conversion(company: Company, row: pd.Series) -> Claim:
    above = row["rate"] > row["rest"]
    gap = float(row["sessions"] * abs(row["rate"] - row["rest"]) / 100 * row["aov"])
    evidence = {
        "name": text(company.label("channel", row["channel"])),
        "rate": percent(row["rate"]),
        "rest": percent(row["rest"]),
        "orders": count(row["orders"]),
        "sessions": count(row["sessions"]),
        "gap": money(gap),
        "q": Value(float(row["q"]), "p"),
    }
    way = "more" if above else "fewer"
    return Claim(
        f"conversion.{way}",
        evidence,
        {"channel": str(row["channel"])},
        "rate",
        gap,
        side_by_side(company, "channel", str(row["channel"])),
        f"conversion.{way}.do",
        ("conversion.but",),
        float(row["p"]),
        float(row["q"]),
    )
