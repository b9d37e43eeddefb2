"""Fields derived from everything that a viewer may see of an order or a customer: an order's size; a customer's first
order, whether an order is it, value tier, RFM segment.

They ignore every filter of the selection but not the viewer's policy, so that a click on one of them never changes
them. First orders are those of the whole history; tiers and segments are as of the end of the selected range."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.engines.common.dimensions import Domain, listed_domain
from analytics.methods.customers import rfm
from analytics.profile import USUAL_TIERS, Profile
from analytics.schema import MISSING, SIZE_EDGES, SIZES
from analytics.store import StoredDataset

SIZED = ("order_products", "order_units")
AS_OF = ("rfm_segment", "value_tier")  # they depend on the end of the range
HISTORICAL = (*SIZED, "first_order_month", "new_or_returning", *AS_OF)
NEW = "New"
RETURNING = "Returning"


def derived_domain(data: StoredDataset, name: str) -> Domain:
    """The values of one of HISTORICAL; code 0 is "" (nothing left of the order, nothing bought, customer unknown)."""
    if name in SIZED:
        return listed_domain(name, "order", [MISSING, *SIZES])
    if name == "new_or_returning":
        return listed_domain(name, "order", [MISSING, NEW, RETURNING])
    if name == "first_order_month":
        return listed_domain(name, "customer", [MISSING, *map(str, months(data))])
    values = data.profile.tiers if name == "value_tier" else rfm.STANDING
    return listed_domain(name, "customer", [MISSING, *values])


def months(data: StoredDataset) -> np.ndarray:
    """The months from the first order's to the last's."""
    days = data.facts.first_day + np.array([0, data.facts.days - 1])
    first, last = days.astype("datetime64[D]").astype("datetime64[M]")
    return np.arange(first, last + 1) if data.facts.days else np.empty(0, "datetime64[M]")


def size_limits(data: StoredDataset, name: str) -> np.ndarray:
    """For each band of sizes, what an order must exceed to be in it or above, in stored units."""
    scale = 1.0 if name == "order_products" else data.fields["quantity"].divisor
    limits: np.ndarray = (np.array(SIZE_EDGES) - 1) * scale
    return limits


def tier_limits(profile: Profile, revenue: np.ndarray) -> tuple[float, ...]:
    """The revenue from which each value tier begins, highest first; −∞ for the lowest.

    As declared, or else by the customers who bought, whose whole revenue this is: the revenue of the poorest of the
    best fifth, of the poorest of the better half, and what is below. Of 10, 20, 30, 40, 50 and 900: 900, 40 and −∞."""
    if profile.value_tiers:
        return tuple(least for _, least in profile.value_tiers)
    if not len(revenue):
        return tuple(float("inf") if below else float("-inf") for _, below in USUAL_TIERS)
    ordered = np.sort(np.round(revenue, 6))  # sums of one amount may differ in the last bit
    first = [int(np.ceil(round(below * len(ordered), 9))) for _, below in USUAL_TIERS]
    return tuple(float(ordered[min(n, len(ordered) - 1)]) if n else float("-inf") for n in first)


def tier_codes(profile: Profile, revenue: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """The code of each customer's value tier by the revenue of the whole life, 0 for those without an order: what is
    refunded to somebody who never bought makes nobody a customer. Equal revenues share a tier. With tiers from 1000,
    500 and −∞ on, a revenue of 700 is in the second."""
    bought = orders > 0
    codes = np.zeros(len(revenue), dtype="int32")
    limits = tier_limits(profile, revenue[bought])
    for code, least in reversed(list(enumerate(limits, 1))):
        codes[bought & (np.round(revenue, 6) >= least)] = code
    return codes


def segment_codes(
    profile: Profile,
    as_of: np.datetime64,
    first: np.ndarray,
    last: np.ndarray,
    orders: np.ndarray,
    lines: np.ndarray,
    revenue: np.ndarray,
) -> np.ndarray:
    """The code of each customer's RFM segment as of a day, 0 for those without an order. All arrays have one value a
    customer; `first` and `last` are the times of the first and the last order."""
    report = profile.rfm_rule == "report"
    bought = orders > 0
    codes = np.zeros(len(orders), dtype="int32")
    if bought.any():
        facts = {"first": first, "last": last, "frequency": lines if report else orders, "monetary": revenue}
        customers = pd.DataFrame({n: v[bought] for n, v in facts.items()}, index=np.flatnonzero(bought))
        segments = rfm.rfm(customers, as_of, "report" if report else "standard")["segment"]
        code_of = {name: code for code, name in enumerate(rfm.STANDING, 1)}
        codes[segments.index] = segments.map(code_of).to_numpy("int32")
    return codes
