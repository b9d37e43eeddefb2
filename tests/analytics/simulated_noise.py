"""Companies in which nothing happens, each noisy in a way of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.profile import Profile
from tests.analytics.companies import Tables

SORTS = ("iid", "autocorrelated", "unequal baskets", "partial day", "small")
FIRST = np.datetime64("2023-09-01")
LAST = np.datetime64("2024-11-30")
QUERY = "range=2024-11-01..2024-12-01"
DAYS = int((LAST - FIRST).astype(int)) + 1
WEEK = np.array([0.9, 0.9, 1.0, 1.0, 1.2, 1.3, 0.7])
PRODUCTS, CITIES, CHANNELS = 12, 5, 3
A_DAY = {"small": 2.0}
USUAL_A_DAY = 20.0


def company(sort: str, seed: int) -> ColumnarEngine:
    """An engine on fifteen months of a company of this sort."""
    random = np.random.default_rng([SORTS.index(sort), seed])
    rate = A_DAY.get(sort, USUAL_A_DAY) * WEEK[np.arange(DAYS) % 7]
    if sort == "autocorrelated":
        rate = rate * np.exp(_carried(random, 0.9, 0.2))
    day = np.repeat(np.arange(DAYS), random.poisson(rate))
    orders = len(day)
    many = 1 + random.geometric(0.25, orders) if sort == "unequal baskets" else random.integers(1, 4, orders)
    people = max(60, orders // 3)
    likely = random.gamma(0.5, 1.0, people) if sort == "unequal baskets" else np.ones(people)
    customer = random.choice(people, orders, p=likely / likely.sum())
    of_customer = {"channel": random.integers(0, CHANNELS, people), "city": random.integers(0, CITIES, people)}
    order = np.repeat(np.arange(orders), many)
    second = np.repeat(random.integers(0, 24 * 3600, orders), many)
    popular = 1 / np.arange(2, PRODUCTS + 2)
    product = random.choice(PRODUCTS, len(order), p=popular / popular.sum())
    price = np.linspace(12, 90, PRODUCTS)[random.permutation(PRODUCTS)]
    spread = 1.0 if sort == "unequal baskets" else 0.3
    lines = pd.DataFrame(
        {
            "order_id": order.astype(str),
            "ordered_at": (FIRST + day[order]).astype("datetime64[s]") + second.astype("timedelta64[s]"),
            "product": pd.Series(product).map(lambda n: f"Product {n}"),
            "category": pd.Series(product % 3).map(lambda n: f"Category {n}"),
            "quantity": 1.0,
            "amount": np.round(price[product] * random.lognormal(0, spread, len(order)), 2),
            "rating": random.integers(1, 6, len(order)).astype(float),
            "customer": pd.Series(customer[order]).map(lambda n: f"Customer {n}"),
            "channel": pd.Series(of_customer["channel"][customer[order]]).map(lambda n: f"Channel {n}"),
            "city": pd.Series(of_customer["city"][customer[order]]).map(lambda n: f"City {n}"),
            "country": "Nowhere",
            "sale": True,
        }
    ).drop_duplicates(["order_id", "product"], ignore_index=True)
    lines["ordered_at"] = lines["ordered_at"].astype("datetime64[us]")
    if sort == "partial day":
        lines = lines[lines["ordered_at"] < pd.Timestamp(LAST) + pd.Timedelta(hours=10)].reset_index(drop=True)
    profile = Profile("noise", "Noise", data_until="" if sort == "partial day" else str(LAST))
    return ColumnarEngine(store.in_memory(Tables(lines, profile)))


def _carried(random: np.random.Generator, carried: float, spread: float) -> np.ndarray:
    logs = np.zeros(DAYS)
    shocks = random.normal(0, spread * np.sqrt(1 - carried**2), DAYS)
    for day in range(1, DAYS):
        logs[day] = carried * logs[day - 1] + shocks[day]
    return logs
