"""Customers who buy at rates of their own and may quit, more in some months than in others, and what they buy next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import KINDS, Claim
from analytics.insights.company import Company
from analytics.profile import Profile
from analytics.selection import Selection
from tests.analytics.companies import Tables
from tests.analytics.simulated_series import season

SEASON = np.array([0.6, 0.7, 0.9, 0.9, 1.0, 1.0, 0.8, 0.9, 0.9, 1.0, 1.4, 1.9])  # of each month's daily rate


@dataclass(frozen=True)
class Bought:
    """Purchases up to `end`, a row each (customer, day, amount), and how many the same customers made in the weeks
    after it."""

    purchases: pd.DataFrame
    end: str
    made: int


def bought(seed: int, end: str, *, seasonal: bool = True, customers: int = 1_500, weeks: int = 13) -> Bought:
    """BG/NBD (r = 0.8, alpha = 12 weeks, a = 1, b = 5) with customers who come evenly over three years, its time
    running by the season; the purchases of the `weeks` after `end` are what is to be foreseen."""
    rng = np.random.default_rng(seed)
    last = pd.Timestamp(end)
    days = pd.date_range(last - pd.DateOffset(years=3), last + pd.Timedelta(weeks=weeks))
    factor = SEASON[days.month - 1] if seasonal else np.ones(len(days))
    passed = np.cumsum(factor / factor[-365:].mean()) / 7  # seasonal weeks
    known = int((days <= last).sum())
    rows = []
    for customer in range(customers):
        when = float(passed[int(rng.integers(known))])
        rate = rng.gamma(0.8, 1 / 12)
        leaves = rng.beta(1, 5)
        while when < passed[-1]:
            rows.append((customer, days[int(np.searchsorted(passed, when))]))
            if len(rows) > 1 and rows[-2][0] == customer and rng.random() < leaves:
                break
            when += rng.exponential(1 / rate)
    frame = pd.DataFrame(rows, columns=["customer", "day"]).drop_duplicates().assign(amount=10.0)
    before = frame["day"] <= last
    return Bought(frame[before], end, int((~before).sum()))


@dataclass(frozen=True)
class Purchases:
    """Purchase days (customer, day, amount) until the end of the history, and those of the same customers after it."""

    known: pd.DataFrame
    after: pd.DataFrame
    end: pd.Timestamp

    def came(self, weeks: int) -> int:
        """Purchase days of known customers within this number of weeks of the end."""
        return int((self.after["day"] <= self.end + pd.Timedelta(weeks=weeks)).sum())


def buying(
    rng: np.random.Generator,
    end: str,
    days: int,
    *,
    people: int = 4_000,
    height: float = 0.0,
    new_height: float | None = None,
    wobble: float = 0.0,
    growth: float = 0.0,
    rate: float = 0.12,
    quits: tuple[float, float] = (0.8, 3.2),
) -> Purchases:
    """Customers who buy at random at a rate of their own (mean `rate` a week, Gamma of shape 0.8) times the season, and
    quit after a repeat purchase with a chance of their own (Beta `quits`), as in BG/NBD.

    `height` of the season's peak before Christmas, over other days; `new_height`: that of new customers, if another;
    `wobble`: standard deviation of months' levels, in logarithms, which no season repeats; `growth` of new customers
    a year, as a part.
    """
    index = pd.date_range(end=pd.Timestamp(end) + pd.Timedelta(days=365), periods=days + 365)
    level = season(index, height) if height else np.ones(len(index))
    level = level / level[-365:].mean()
    if wobble:
        month = index.year * 12 + index.month
        level = level * np.exp(rng.normal(0, wobble, 40))[(month - month.min()).to_numpy()]
    clock = np.cumsum(level) / 7
    coming = season(index, height if new_height is None else new_height) * (1 + growth) ** (np.arange(len(index)) / 365)
    first = rng.choice(days, people, p=coming[:days] / coming[:days].sum())
    own = rng.gamma(0.8, rate / 0.8, people)
    quit_ = rng.beta(*quits, people)
    who = np.arange(people)
    at = clock[first]
    rows = [(who, first)]
    while len(who):
        at = at + rng.exponential(1 / np.maximum(own[who], 1e-12))
        inside = at < clock[-1]
        who = who[inside]
        at = at[inside]
        rows.append((who, np.searchsorted(clock, at)))
        stays = rng.random(len(who)) >= quit_[who]
        who = who[stays]
        at = at[stays]
    frame = pd.DataFrame(
        {"customer": np.concatenate([r[0] for r in rows]), "day": index[np.concatenate([r[1] for r in rows])]}
    ).drop_duplicates()
    frame["amount"] = rng.gamma(4.0, 10.0, len(frame)).round(2)
    frame = frame.sort_values(["day", "customer"], ignore_index=True)
    known = frame["day"] <= pd.Timestamp(end)
    return Purchases(frame[known].reset_index(drop=True), frame[~known].reset_index(drop=True), pd.Timestamp(end))


def steady(
    rng: np.random.Generator,
    *,
    people: int = 800,
    a_day: float = 6.0,
    days: int = 731,
    alike: bool = False,
    products: int = 20,
    carried: float = 0.0,
    swing: float = 0.15,
    lost: float = 0.0,
) -> pd.DataFrame:
    """Orders of customers who keep their habits all the time, so that nobody rises or falls but by chance.

    Each has a rate of their own (Gamma of shape 0.8; the same for all where they are `alike`), and buys one of
    `products` that sell equally well. `carried`: autocorrelation of the days' level, whose logarithm has the standard
    deviation `swing`. `lost`: the share of customers who leave half a year before the end, and never come again.
    """
    level = np.ones(days)
    if carried:
        noise = rng.normal(0, swing * np.sqrt(1 - carried**2), days)
        for day in range(1, days):
            noise[day] += carried * noise[day - 1]
        level = np.exp(noise)
    count = rng.poisson(a_day * level)
    rate = np.ones(people) if alike else rng.gamma(0.8, 1.0, people)
    day = np.repeat(np.arange(days), count)
    customer = rng.choice(people, len(day), p=rate / rate.sum())
    stay = ~((day > days - 183) & (customer < lost * people))
    day = day[stay]
    customer = customer[stay]
    moment = np.datetime64("2023-01-01", "us") + day.astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "order_id": [f"{n:07d}" for n in range(len(day))],
            "ordered_at": moment.astype("datetime64[us]"),
            "product": pd.Series(rng.integers(0, products, len(day))).map(lambda n: f"Product {n}"),
            "quantity": 1.0,
            "amount": np.round(rng.lognormal(3.5, 0.6, len(day)), 2),
            "customer": pd.Series(customer).map(lambda n: f"Customer {n}"),
            "sale": True,
        }
    )


def as_lines(sold: pd.DataFrame) -> pd.DataFrame:
    """Purchases as order lines."""
    return pd.DataFrame(
        {
            "order_id": [f"{n:07d}" for n in range(len(sold))],
            "ordered_at": sold["day"].astype("datetime64[us]"),
            "product": "Thing",
            "quantity": 1.0,
            "amount": sold["amount"],
            "customer": sold["customer"].map(lambda n: f"Customer {n}"),
            "sale": True,
        }
    )


def engine_of(lines: pd.DataFrame, until: str) -> ColumnarEngine:
    """A company of these order lines."""
    return ColumnarEngine(store.in_memory(Tables(lines, Profile("toy", "Toy", data_until=until))))


def claims(lines: pd.DataFrame, *kinds: str, until: str = "2024-12-31") -> list[Claim]:
    """What these kinds of insight say about the last year of a company."""
    engine = engine_of(lines, until)
    selection = Selection("toy", "last_12m", compare="year")
    company = Company(engine, engine.resolve(selection), selection)
    return [claim for kind in KINDS if kind.name in kinds for claim in kind.find(company)]
