"""When people buy from Quillmere and at what price: days, seasons, events, hours and weekly promotions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.demo_products import (
    CATEGORY,
    EARLIER_STOCK_OUT,
    ELASTICITY,
    LIST_CENTS,
    POSITION,
    PRICE_RISE,
    PRODUCTS,
    SEASONS,
    SOLD_OUT,
    SOLD_OUT_SINCE,
)
from data.demo_stories import CAMPAIGN, STORIES, campaign_days
from data.draws import Bools, Floats, Ints

BEFORE = pd.Timestamp(
    "2021-01-01"
)  # the company is older than its data: customers of earlier years come back within it
FIRST = pd.Timestamp("2024-01-01")  # a Monday
END = pd.Timestamp("2026-01-01")
DAYS = pd.date_range(BEFORE, END, inclusive="left")
WEEKS = pd.date_range(FIRST, END, freq="W-MON", inclusive="left")

OUTAGE = pd.Timestamp("2025-06-17")
SALES = (  # each lasts a week from its Monday
    ("Spring sale", pd.Timestamp("2024-05-13")),
    ("Summer sale", pd.Timestamp("2024-07-15")),
    ("Spring sale", pd.Timestamp("2025-05-12")),
    ("Summer sale", pd.Timestamp("2025-07-14")),
)
MAILING_RELAUNCH = pd.Timestamp("2025-01-13")
EVENTS: tuple[tuple[str, str], ...] = (
    *((start.strftime("%Y-%m-%d"), name) for name, start in SALES),
    ("2024-11-29", "Black Friday"),
    ("2025-11-28", "Black Friday"),
    ("2024-10-07", "Teklune K3 discontinued"),
    ("2024-11-18", "Ombrelin Espresso Küche out of stock for three weeks"),
    ("2025-01-13", "Mailing relaunched"),
    ("2025-03-03", "Pallavik raises list prices by 5 %"),
    ("2025-04-07", "Kestrane Two launched"),
    (OUTAGE.strftime("%Y-%m-%d"), "Checkout outage, about 16 hours"),
    (SOLD_OUT_SINCE, "Ombrelin Espresso Küche sold out"),
    *STORIES,
)

MONTH_SEASON = np.array([0.93, 0.86, 0.92, 0.93, 0.97, 0.95, 0.95, 0.98, 0.97, 1.00, 1.12, 1.34])
WEEKDAY_SEASON = np.array([1.06, 1.01, 0.98, 0.97, 0.96, 0.96, 1.08])
WORKDAY_HOURS = (9, 5, 3, 2, 2, 4, 10, 20, 34, 48, 56, 62, 70, 60, 52, 48, 48, 54, 62, 74, 82, 72, 46, 22)
WEEKEND_HOURS = (14, 8, 5, 3, 2, 3, 6, 12, 26, 46, 64, 74, 74, 70, 66, 62, 58, 56, 58, 66, 72, 64, 44, 26)


def _black_friday(year: int) -> pd.Timestamp:
    first = pd.Timestamp(year, 11, 1)
    return first + pd.Timedelta(days=(3 - first.day_of_week) % 7 + 21 + 1)


def daily_visits(rng: np.random.Generator) -> Floats:
    """The number of visits on each of DAYS, relative to an ordinary day of 2024. Outages do not show here."""
    level = MONTH_SEASON[DAYS.month - 1] * WEEKDAY_SEASON[DAYS.day_of_week]
    for year in range(BEFORE.year, END.year):
        friday = (DAYS - _black_friday(year)).days.to_numpy()
        level[(friday >= 0) & (friday <= 3)] *= 2.1
        level[(friday > 3) & (friday <= 18)] *= 1.15
    for month, day, factor in ((12, 24, 0.6), (12, 25, 0.45), (12, 26, 0.85), (1, 1, 0.6), (7, 4, 0.75)):
        level[(DAYS.month == month) & (DAYS.day == day)] *= factor
    for _, start in SALES:
        level[DAYS.to_period("W").start_time == start] *= 1.25
    level[campaign_days(DAYS)] *= 1 + CAMPAIGN[3]
    return np.asarray(level * np.exp(rng.normal(0.0, 0.045, len(DAYS))))


def daily_demand(visits: Floats) -> Floats:
    """Visits that can turn into orders: on the day of the outage, a quarter of them."""
    return np.where(DAYS.isin([OUTAGE]), visits * 0.25, visits)


def order_moments(rng: np.random.Generator, day: Ints) -> Ints:
    """Seconds since midnight for orders on these positions of DAYS."""
    weekend = (DAYS.day_of_week >= 5).astype(np.int64)[day]
    draw = rng.random(len(day))
    hour = np.empty(len(day), dtype=np.int64)
    for kind, profile in enumerate((WORKDAY_HOURS, WEEKEND_HOURS)):
        edges = np.cumsum(profile) / sum(profile)
        hour[weekend == kind] = np.searchsorted(edges, draw[weekend == kind], side="right")
    return hour * 3600 + rng.integers(0, 3600, len(day))


def peak_weeks() -> Bools:
    """Weeks of WEEKS in which many buy and many promotions run: sales, Black Friday, the weeks before Christmas."""
    peak = ((WEEKS.month == 12) & (WEEKS.day <= 20)) | ((WEEKS.month == 11) & (WEEKS.day >= 22))
    return np.asarray(peak | WEEKS.isin([start for _, start in SALES]))


def in_range() -> Bools:
    """Week × product: whether it is launched and not yet discontinued."""
    there = np.ones((len(WEEKS), len(PRODUCTS)), dtype=np.bool_)
    for i, product in enumerate(PRODUCTS):
        if product.launched:
            there[pd.Timestamp(product.launched) > WEEKS, i] = False
        if product.discontinued:
            there[pd.Timestamp(product.discontinued) <= WEEKS, i] = False
    return there


def on_sale() -> Bools:
    """Week × product: whether it is offered and in stock."""
    there = in_range()
    before, after = (pd.Timestamp(day) for day in EARLIER_STOCK_OUT)
    missing = (pd.Timestamp(SOLD_OUT_SINCE) <= WEEKS) | ((before <= WEEKS) & (after > WEEKS))
    there[missing, POSITION[SOLD_OUT]] = False
    return there


def prices(rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Week × product, in cents: list price and price charged. Popular products and peak weeks see more promotions."""
    brand, since, factor = PRICE_RISE
    raised = np.array([p.brand == brand for p in PRODUCTS]) & (pd.Timestamp(since) <= WEEKS)[:, None]
    listed = np.where(raised, np.round(LIST_CENTS * factor), LIST_CENTS).astype(np.int64)
    popularity = np.array([p.popularity for p in PRODUCTS])
    chance = 0.06 + 0.12 * popularity / popularity.max() + 0.30 * peak_weeks()[:, None]
    depth = np.array([0.10, 0.15, 0.20, 0.25, 0.30])[rng.integers(0, 5, listed.shape)]
    off = np.where(rng.random(listed.shape) < chance, depth, 0.0)
    return listed, np.round(listed * (1 - off)).astype(np.int64)


def response(charged: Ints) -> Floats:
    """Week × product: how demand responds to the price charged, 1 at the first list price."""
    return np.asarray((charged / LIST_CENTS) ** ELASTICITY)


def demand_weights(rng: np.random.Generator, charged: Ints) -> Floats:
    """Week × product: attractiveness by season, availability, price and chance, before popularity."""
    season = SEASONS.T[WEEKS.month - 1][:, CATEGORY]
    chance = np.exp(rng.normal(0.0, 0.05, charged.shape))
    return np.asarray(season * on_sale() * response(charged) * chance)
