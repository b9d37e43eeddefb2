"""Retail purchases in the shape of the eVitalRx report, which came without its data.

One row per purchase, with the buyer's age, gender and city, a rating, and a flag that marks some rows as repeat
purchases. The totals are exactly those of the report; every row is invented.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from data.draws import Floats, Ints, Tables, money, named, numbered, pick

SEED = 50_490
PURCHASES = 50_000
REVENUE_PAISE = 1_277_650_000  # 12,776,500.00 rupees: 12.78 million, 255.53 per purchase
REPEAT_ROWS = 25_245  # 50.49 % of the rows
UPI_PAYMENTS = 12_387
MEAN_RATING = 3
CUSTOMERS = 21_000

FIRST = pd.Timestamp("2025-01-01")
END = pd.Timestamp("2026-01-01")
AGE_GROUPS = ("18-25", "26-35", "36-45", "46-60", "60+")
AGE_SHARES = (0.16, 0.24, 0.22, 0.24, 0.14)
AGE_SPEND = (0.90, 0.97, 1.02, 1.08, 1.05)
GENDERS = ("Female", "Male", "Other")
GENDER_SHARES = (0.492, 0.487, 0.021)
OTHER_PAYMENTS = ("Cash", "Credit Card", "Debit Card")
OTHER_SHARES = (0.341, 0.332, 0.327)


class Medicine(NamedTuple):
    name: str
    category: str
    brand: str
    price: float  # rupees, before all prices are scaled to the report's revenue
    popularity: float
    taste: float  # added to its ratings
    repeats: float  # how often its rows carry the repeat flag, as a relative weight


MEDICINES: tuple[Medicine, ...] = (
    Medicine("Zerafen 500 Tablets", "Pain and fever", "Aravindra", 42, 9.0, 0.10, 1.1),
    Medicine("Zerafen Junior Syrup", "Pain and fever", "Aravindra", 88, 5.0, 0.15, 1.0),
    Medicine("Novigel Balm", "Pain and fever", "Himvati", 125, 4.0, 0.0, 0.9),
    Medicine("Cardivar 5 Tablets", "Heart and pressure", "Sanjivan", 96, 7.0, 0.05, 1.6),
    Medicine("Lipoveda 10 Tablets", "Heart and pressure", "Sanjivan", 168, 6.0, 0.0, 1.6),
    Medicine("Pressura Home Monitor", "Devices", "Kiranmed", 1240, 0.9, -0.30, 0.2),
    Medicine("Glucora 500 Tablets", "Diabetes", "Pranasya", 74, 8.0, 0.05, 1.7),
    Medicine("Glucora Test Strips 50", "Diabetes", "Pranasya", 690, 2.6, -0.20, 1.5),
    Medicine("Thermeel Thermometer", "Devices", "Kiranmed", 210, 2.2, -0.10, 0.3),
    Medicine("Allevix 10 Tablets", "Allergy and cold", "Himvati", 64, 7.5, 0.10, 1.0),
    Medicine("Nasika Spray", "Allergy and cold", "Himvati", 182, 4.5, -0.05, 0.9),
    Medicine("Kantha Lozenges", "Allergy and cold", "Aravindra", 35, 6.0, 0.20, 0.8),
    Medicine("Ojasvit Multivitamin 60", "Vitamins", "Pranasya", 410, 5.0, 0.0, 1.2),
    Medicine("Suryadee Vitamin D3", "Vitamins", "Pranasya", 132, 5.5, 0.10, 1.2),
    Medicine("Asthika Calcium 30", "Vitamins", "Sanjivan", 155, 5.0, 0.0, 1.1),
    Medicine("Jathara Antacid Gel", "Stomach", "Aravindra", 118, 6.5, 0.05, 1.1),
    Medicine("Jathara ORS Sachets", "Stomach", "Aravindra", 28, 6.0, 0.15, 0.8),
    Medicine("Twacha Care Cream", "Skin", "Himvati", 245, 4.0, -0.15, 0.9),
    Medicine("Twacha Sun Lotion", "Skin", "Himvati", 365, 3.0, -0.35, 0.6),
    Medicine("Nirmal Hand Rub", "Skin", "Kiranmed", 95, 4.5, 0.0, 0.7),
)  # fmt: skip


class Place(NamedTuple):
    city: str
    state: str
    latitude: float
    longitude: float
    weight: float
    taste: float


PLACES: tuple[Place, ...] = (
    Place("Mumbai", "Maharashtra", 19.0760, 72.8777, 12.0, -0.42),
    Place("Delhi", "Delhi", 28.7041, 77.1025, 11.0, 0.10),
    Place("Bengaluru", "Karnataka", 12.9716, 77.5946, 9.5, 0.22),
    Place("Hyderabad", "Telangana", 17.3850, 78.4867, 8.0, -0.33),
    Place("Ahmedabad", "Gujarat", 23.0225, 72.5714, 8.5, 0.12),
    Place("Chennai", "Tamil Nadu", 13.0827, 80.2707, 7.5, 0.06),
    Place("Kolkata", "West Bengal", 22.5726, 88.3639, 7.0, -0.05),
    Place("Pune", "Maharashtra", 18.5204, 73.8567, 6.0, 0.14),
    Place("Surat", "Gujarat", 21.1702, 72.8311, 5.0, 0.10),
    Place("Jaipur", "Rajasthan", 26.9124, 75.7873, 4.5, 0.08),
    Place("Lucknow", "Uttar Pradesh", 26.8467, 80.9462, 4.0, -0.02),
    Place("Indore", "Madhya Pradesh", 22.7196, 75.8577, 3.5, 0.18),
    Place("Kochi", "Kerala", 9.9312, 76.2673, 3.0, 0.24),
    Place("Aurangabad", "Maharashtra", 19.8762, 75.3433, 1.8, 0.05),
    Place("Aurangabad", "Bihar", 24.7521, 84.3742, 0.8, 0.0),
)  # fmt: skip
LOW_RATED_CITIES = ("Mumbai", "Hyderabad")  # planted: among the best sellers, and rated worst

FAMILY_NAMES = (
    "Agarwal", "Banerjee", "Chauhan", "Deshmukh", "Fernandes", "Gandhi", "Iyer", "Joshi", "Kulkarni", "Menon",
    "Nair", "Patel", "Pillai", "Rao", "Reddy", "Sethi", "Shah", "Singh", "Trivedi", "Varghese", "Verma",
    "Yadav",
)  # fmt: skip
GIVEN_NAMES = (
    "Aarav", "Aditi", "Anjali", "Arjun", "Devika", "Farhan", "Gauri", "Ishaan", "Kavya", "Lakshmi", "Manish",
    "Meera", "Neha", "Nikhil", "Pooja", "Rahul", "Rohan", "Saanvi", "Sunita", "Tara", "Vikram", "Yash",
)  # fmt: skip


def generate(seed: int = SEED) -> Tables:
    """The purchases: 50,000 rows, one table. The same seed gives the same frame.

    Columns: purchase_id, purchased_at, customer_id, customer_name, gender, age_group, city, state, latitude, longitude,
    product, category, brand, quantity, mrp and unit_price (rupees per unit), discount and amount (rupees per row),
    payment_method, rating (1–5), repeat_purchase (Yes, No)."""
    rng = np.random.default_rng(seed)
    customer = _buyers(rng)
    home = pick(rng, [p.weight for p in PLACES], CUSTOMERS)
    gender = pick(rng, GENDER_SHARES, CUSTOMERS)
    age = pick(rng, AGE_SHARES, CUSTOMERS)
    given, family = rng.integers(0, len(GIVEN_NAMES), CUSTOMERS), rng.integers(0, len(FAMILY_NAMES), CUSTOMERS)
    names = named(GIVEN_NAMES, given) + " " + named(FAMILY_NAMES, family)
    product = pick(rng, [m.popularity for m in MEDICINES], PURCHASES)
    off = np.array([0.0, 0.05, 0.10, 0.15, 0.20])[pick(rng, (0.5, 0.16, 0.16, 0.1, 0.08), PURCHASES)]
    units = 1.5 * np.array(AGE_SPEND)[age[customer]] * (1 - off) ** -1.5
    quantity = 1 + np.minimum(rng.poisson(units), 9)
    mrp, unit_price = _prices(product, off, quantity)
    city = home[customer]
    rating = _ratings(rng, np.array([m.taste for m in MEDICINES])[product] + np.array([p.taste for p in PLACES])[city])
    repeat = _repeat_flags(rng, np.array([m.repeats for m in MEDICINES])[product])
    purchases = pd.DataFrame(
        {
            "purchase_id": numbered("P", np.arange(PURCHASES) + 100_001),
            "purchased_at": _moments(rng),
            "customer_id": numbered("E", customer + 10_001),
            "customer_name": names.iloc[customer].reset_index(drop=True),
            "gender": named(GENDERS, gender[customer]),
            "age_group": named(AGE_GROUPS, age[customer]),
            "city": named([p.city for p in PLACES], city),
            "state": named([p.state for p in PLACES], city),
            "latitude": np.array([p.latitude for p in PLACES])[city],
            "longitude": np.array([p.longitude for p in PLACES])[city],
            "product": named([m.name for m in MEDICINES], product),
            "category": named([m.category for m in MEDICINES], product),
            "brand": named([m.brand for m in MEDICINES], product),
            "quantity": quantity,
            "mrp": money(mrp),
            "unit_price": money(unit_price),
            "discount": money(quantity * (mrp - unit_price)),
            "amount": money(quantity * unit_price),
            "payment_method": _payments(rng),
            "rating": rating,
            "repeat_purchase": named(("No", "Yes"), repeat),
        }
    )
    return {"purchases": purchases}


def _buyers(rng: np.random.Generator) -> Ints:
    """The customer of each purchase: everybody buys, some much more often than others."""
    eager = rng.gamma(0.9, 1.0, CUSTOMERS)
    return rng.permutation(np.concatenate((np.arange(CUSTOMERS), pick(rng, eager, PURCHASES - CUSTOMERS))))


def _moments(rng: np.random.Generator) -> pd.DatetimeIndex:
    """Times of purchase in ascending order: shop hours, more in the monsoon and in winter."""
    days = pd.date_range(FIRST, END, inclusive="left")
    season = np.array([1.10, 1.0, 0.95, 0.92, 0.92, 1.0, 1.12, 1.12, 1.05, 1.0, 1.02, 1.10])
    weekday = np.array([1.05, 1.0, 1.0, 0.98, 1.0, 1.05, 0.9])
    day = pick(rng, season[days.month - 1] * weekday[days.day_of_week], PURCHASES)
    hours = (0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 10, 10, 7, 5, 4, 5, 7, 10, 12, 12, 9, 5, 1, 0)
    seconds = pick(rng, hours, PURCHASES) * 3600 + rng.integers(0, 3600, PURCHASES)
    return (days[day] + pd.to_timedelta(seconds, unit="s")).sort_values().as_unit("us")


def _prices(product: Ints, off: Floats, quantity: Ints) -> tuple[Ints, Ints]:
    """List price and price paid, in paise per unit, such that the rows add up to the report's revenue."""
    base = np.array([m.price for m in MEDICINES])[product]
    scale = REVENUE_PAISE / (base * (1 - off) * quantity).sum()
    mrp = np.round(base * scale).astype(np.int64)
    paid = np.round(mrp * (1 - off)).astype(np.int64)
    # The remainder of rounding is spread, a few paise each, over purchases of one unit without a discount.
    missing = REVENUE_PAISE - int((paid * quantity).sum())
    single = np.flatnonzero((quantity == 1) & (off == 0))
    share = np.full(len(single), missing // len(single))
    share[: missing % len(single)] += 1
    mrp[single] += share
    paid[single] += share
    return mrp, paid


def _ratings(rng: np.random.Generator, taste: Floats) -> Ints:
    """Ratings from 1 to 5 with a mean of exactly three: as many threes as necessary are moved by one."""
    opinion = MEAN_RATING + 1.35 * (taste - taste.mean()) + rng.uniform(-2.5, 2.5, len(taste))
    rating: Ints = np.clip(np.round(opinion), 1, 5).astype(np.int64)
    excess = int(rating.sum()) - MEAN_RATING * len(rating)
    step = -int(np.sign(excess))
    movable = np.flatnonzero(rating == MEAN_RATING)
    rating[rng.permutation(movable)[: abs(excess)]] += step
    return rating


def _repeat_flags(rng: np.random.Generator, weights: Floats) -> Ints:
    """1 on exactly the reported number of rows, more often for long-term medicines, whoever bought before."""
    keys = rng.random(len(weights)) ** (1 / weights)
    flags = np.zeros(len(weights), dtype=np.int64)
    flags[np.argsort(keys)[-REPEAT_ROWS:]] = 1
    return flags


def _payments(rng: np.random.Generator) -> pd.Series:
    methods = ("UPI", *OTHER_PAYMENTS)
    others = 1 + pick(rng, OTHER_SHARES, PURCHASES - UPI_PAYMENTS)
    return named(methods, rng.permutation(np.concatenate((np.zeros(UPI_PAYMENTS, dtype=np.int64), others))))
