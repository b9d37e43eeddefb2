"""Companies of odd shapes: almost nothing sold, nothing but refunds, long gaps, one of everything, one huge order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pandas as pd

from analytics.profile import Profile
from tests.analytics.companies import Tables, frame

PROFILE = Profile("odd", "Odd", value_tiers=(("High", 600.0), ("Low", float("-inf"))))


def line(order: object, at: str, amount: float, **more: object) -> dict[str, object]:
    """One order line with every usual field; a refund where the amount is negative."""
    base: dict[str, object] = {
        "order_id": str(order),
        "ordered_at": at,
        "product": "Tea",
        "category": "Drinks",
        "quantity": -1 if amount < 0 else 1,
        "amount": amount,
        "cost": amount / 2,
        "discount": 0.0,
        "customer": f"C{order}",
        "channel": "web",
        "country": "US",
        "region": "OR",
        "city": "Portland",
        "rating": 4.0,
    }
    return base | more


def tables(rows: Iterable[dict[str, object]]) -> Tables:
    return Tables(frame(list(rows)), PROFILE)


def one_order() -> Tables:
    return tables([line(1, "2020-02-10 10:00", 20.0)])


def one_customer() -> Tables:
    days = pd.date_range("2019-01-05", periods=60, freq="9D")
    return tables(line(n, f"{day:%F} 12:00", 10.0 + n % 3, customer="Ana") for n, day in enumerate(days))


def refunds_only() -> Tables:
    days = pd.date_range("2020-01-01", periods=30, freq="5D")
    return tables(line(n, f"{day:%F} 12:00", -10.0) for n, day in enumerate(days))


def zero_prices() -> Tables:
    days = pd.date_range("2020-01-01", periods=30, freq="5D")
    return tables(line(n, f"{day:%F} 12:00", 0.0) for n, day in enumerate(days))


def quarterly() -> Tables:
    """Orders on the first day of each quarter: whole years of which most months hold nothing."""
    days = pd.date_range("2017-01-01", "2020-01-01", freq="QS")
    rows = [
        line(f"{n}-{i}", f"{day:%F}", 50.0 + i, product=f"P{i % 4}", customer=f"C{i}")
        for n, day in enumerate(days)
        for i in range(30)
    ]
    return tables(rows)


def few_orders_in_long_time() -> Tables:
    days = ("2018-03-31", "2019-03-01", "2019-12-30", "2020-12-01", "2021-11-01")
    return tables(line(n, day, 40.0) for n, day in enumerate(days))


def leap_day() -> Tables:
    return tables(line(n, f"{year}-02-29 12:00", 30.0) for n, year in enumerate((2016, 2020, 2024)))


def no_customers() -> Tables:
    days = pd.date_range("2020-01-01", periods=200, freq="D")
    return tables(line(n, f"{day:%F} 12:00", 10.0 + n % 7, customer="") for n, day in enumerate(days))


def one_product() -> Tables:
    days = pd.date_range("2019-01-01", periods=800, freq="D")
    return tables(line(n, f"{day:%F} {n % 24:02}:00", 10.0, customer=f"C{n % 40}") for n, day in enumerate(days))


def a_region_with_refunds_only() -> Tables:
    """Sales everywhere in the first year; in the second a region, its channel and its city have nothing but refunds."""
    rows = []
    for n, day in enumerate(pd.date_range("2019-01-01", "2020-12-31", freq="3D")):
        rows.append(line(n, f"{day:%F} 12:00", 20.0 + n % 5, customer=f"C{n % 30}"))
        elsewhere = {"region": "ME", "city": "Bangor", "channel": "shop", "product": "Mug", "customer": f"D{n % 9}"}
        amount = 15.0 if day.year == 2019 else -15.0
        rows.append(line(f"{n}m", f"{day:%F} 13:00", amount, **elsewhere))
    return tables(rows)


def one_day() -> Tables:
    return tables(
        line(n, f"2020-06-15 {n % 24:02}:{n % 60:02}", 5.0 + n % 11, product=f"P{n % 6}", customer=f"C{n % 50}")
        for n in range(300)
    )


def bare() -> Tables:
    """Only the fields that every data set must have."""
    whole = one_product()
    return replace(whole, lines=whole.lines[["order_id", "ordered_at", "product", "quantity", "amount", "sale"]])


SHAPES: dict[str, Callable[[], Tables]] = {
    made.__name__: made
    for made in (
        one_order,
        one_customer,
        refunds_only,
        zero_prices,
        quarterly,
        few_orders_in_long_time,
        leap_day,
        no_customers,
        one_product,
        a_region_with_refunds_only,
        one_day,
        bare,
    )
}
QUERIES = (
    "range=all",
    "range=all&compare=year",
    "range=last_12m&compare=previous",
    "range=last_year&compare=year",
    "range=last_30d&compare=previous&grain=day",
    "range=mtd&compare=previous",
    "range=2019-12-30..2021-02-01&compare=year&grain=month",
    "range=2020-02-29..2020-03-01",
    "range=all&channel=shop",
    "range=all&product=nothing+of+that+name",
    "range=2001-01-01..2001-02-01",
)
