"""Quillmere's customers and when they order: each at a rate of their own, and after each order some never come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo_demand import DAYS, END, FIRST, MAILING_RELAUNCH, daily_demand, order_moments
from data.demo_names import EITHER, MIXTURES, ORIGINS
from data.demo_places import CITIES
from data.demo_stories import CAMPAIGN_CHANNEL, CLOSURE, DEPARTURE, from_campaign, still_placed, with_habit
from data.draws import Bools, Floats, Ints, named, numbered, pick, pick_by_group

CHANNELS = ("Direct", "Organic search", "Paid search", "E-mail", "Social", "Referral", "Marketplace")
FIRST_TOUCH = (0.14, 0.28, 0.22, 0.01, 0.19, 0.07, 0.09)  # how a customer finds the shop
COMING_BACK = (0.27, 0.17, 0.10, 0.30, 0.06, 0.04, 0.06)  # how one returns to it
PAYMENTS = ("Credit card", "Debit card", "Digital wallet", "Pay later", "Bank transfer", "Gift card")
PAYMENTS_BY_SEGMENT = np.array(
    [
        (0.44, 0.17, 0.24, 0.10, 0.01, 0.04),
        (0.62, 0.10, 0.08, 0.06, 0.14, 0.00),
        (0.40, 0.12, 0.05, 0.03, 0.40, 0.00),
        (0.30, 0.26, 0.28, 0.12, 0.00, 0.04),
    ]
)
SEGMENTS = ("Consumer", "Small business", "Education", "Student")
SEGMENT_SHARES = (0.72, 0.14, 0.04, 0.10)
GENDERS = ("Female", "Male", "Non-binary", "Not stated")
GENDER_SHARES = (0.475, 0.455, 0.02, 0.05)
AGE_GROUPS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
AGE_SHARES = (0.12, 0.29, 0.25, 0.17, 0.11, 0.06)
GIVEN_NAMES = [  # of each origin, for each of GENDERS
    names for o in ORIGINS.values() for names in (o.female, o.male, EITHER, o.female + o.male)
]
FAMILY_NAMES = [o.family for o in ORIGINS.values()]
GIVEN = sorted({name for names in GIVEN_NAMES for name in names})
FAMILY = sorted({name for names in FAMILY_NAMES for name in names})
INITIALS = "MALJERCDSTKBHGPNWF"  # middle ones
STUDENT_AGE_SHARES = (0.74, 0.22, 0.03, 0.01, 0.0, 0.0)

BUYERS = 114_500  # customers who order at least once from the first year on, at scale 1
NEVER_BOUGHT = 6_500
GUEST_SHARE = 0.055  # orders without a customer
YEARLY_RATE_SHAPE, YEARLY_RATE_MEAN = 0.9, 7.0  # gamma: orders per year while active
EARLINESS = 1.04  # above 1: more customers joined in the first years
DROP_OUT = (1.3, 1.9)  # beta: probability of not coming back after an order


@dataclass(frozen=True)
class Customers:
    """Everything fixed about a customer, as positions in the tuples above."""

    city: Ints
    segment: Ints
    gender: Ints
    age: Ints
    channel: Ints
    payment: Ints
    given: Ints  # position in GIVEN
    family: Ints  # position in FAMILY


@dataclass(frozen=True)
class Orders:
    """One element per order, sorted by time; customer is -1 where the buyer has no account."""

    at: pd.DatetimeIndex
    day: Ints  # position in DAYS
    customer: Ints
    first: Bools  # the customer's first order ever, even one before the data

    def only(self, chosen: Bools) -> Orders:
        """The chosen ones of these orders."""
        return Orders(self.at[chosen], self.day[chosen], self.customer[chosen], self.first[chosen])


def draw_customers(rng: np.random.Generator, count: int) -> Customers:
    segment = pick(rng, SEGMENT_SHARES, count)
    gender = pick(rng, GENDER_SHARES, count)
    usual, young = pick(rng, AGE_SHARES, count), pick(rng, STUDENT_AGE_SHARES, count)
    age = np.where(segment == SEGMENTS.index("Student"), young, usual)
    city = pick(rng, [c.weight for c in CITIES], count)
    mixtures = np.array([[MIXTURES[c.country].get(origin, 0.0) for origin in ORIGINS] for c in CITIES])
    origin = pick_by_group(rng, mixtures, city)
    return Customers(
        city=city,
        segment=segment,
        gender=gender,
        age=age,
        channel=pick(rng, FIRST_TOUCH, count),
        payment=pick_by_group(rng, PAYMENTS_BY_SEGMENT, segment),
        given=pick_by_group(rng, _suits(GIVEN, GIVEN_NAMES), origin * len(GENDERS) + gender),
        family=pick_by_group(rng, _suits(FAMILY, FAMILY_NAMES), origin),
    )


def _suits(names: list[str], lists: list[list[str]]) -> Floats:
    """List × name: 1 where the list has the name, else 0."""
    return np.array([np.isin(names, own) for own in lists], dtype=np.float64)


def customer_names(people: Customers, listed: Ints) -> pd.Series:
    """The names of the listed customers, no two alike: who is called as somebody before them has a middle initial, or
    two of them."""
    given, family = people.given[listed], people.family[listed]
    alike = given * len(FAMILY) + family
    before = pd.Series(alike).groupby(alike).cumcount().to_numpy()
    initials = ["", *(f"{letter}. " for letter in INITIALS)]
    first = named(initials, np.where(before > 0, (before + alike) % len(INITIALS) + 1, 0))
    second = named(initials, np.maximum(before - 1, 0) // len(INITIALS))
    return named(GIVEN, given) + " " + first + second + named(FAMILY, family)


def draw_orders(rng: np.random.Generator, visits: Floats, customers: int) -> Orders:
    """Orders of all customers in the two years.

    Each customer buys at a rate of their own. Time passes in proportion to the shop's daily demand, so that seasons
    affect everybody."""
    demand = daily_demand(visits)
    clock = np.concatenate(([0.0], np.cumsum(demand)))  # cumulated, in ordinary days
    moment = np.sort(rng.random(customers) ** EARLINESS * clock[-1])
    per_day = rng.gamma(YEARLY_RATE_SHAPE, YEARLY_RATE_MEAN / YEARLY_RATE_SHAPE, customers) / 365.25
    leaving = rng.beta(*DROP_OUT, customers)
    who = np.arange(customers)
    found: list[tuple[Ints, Floats, np.ndarray]] = [(who, moment, np.ones(customers, dtype=np.bool_))]
    while len(who):
        stays = rng.random(len(who)) >= leaving[who]
        who, moment = who[stays], moment[stays]
        moment = moment + rng.exponential(1.0, len(who)) / np.maximum(per_day[who], 1e-9)
        seen = moment < clock[-1]
        who, moment = who[seen], moment[seen]
        found.append((who, moment, np.zeros(len(who), dtype=np.bool_)))
    customer = np.concatenate([f[0] for f in found])
    day = np.searchsorted(clock, np.concatenate([f[1] for f in found]), side="right") - 1
    first = np.concatenate([f[2] for f in found])
    inside = DAYS[day] >= FIRST
    customer, day, first = customer[inside], day[inside], first[inside]

    guests = round(len(customer) * GUEST_SHARE / (1 - GUEST_SHARE))
    window = np.flatnonzero(DAYS >= FIRST)
    guest_day = window[pick(rng, demand[window], guests)]
    customer = np.concatenate((customer, np.full(guests, -1)))
    day = np.concatenate((day, guest_day))
    first = np.concatenate((first, np.ones(guests, dtype=np.bool_)))

    at = DAYS[day] + pd.to_timedelta(order_moments(rng, day), unit="s")
    by_time = np.argsort(at.to_numpy(), kind="stable")
    assert at.max() < END
    return Orders(at[by_time], day[by_time], customer[by_time], first[by_time])


def order_channels(rng: np.random.Generator, orders: Orders, people: Customers, city: Ints) -> Ints:
    """The channel of each order: the customer's own on the first, later often e-mail or direct; where a campaign or a
    country's habit brought it, that one. `city`: of each order."""
    count = len(orders.customer)
    guest = orders.customer < 0
    own = np.where(guest, pick(rng, FIRST_TOUCH, count), people.channel[orders.customer])
    mailing = np.array(COMING_BACK)
    relaunched = mailing * np.where(np.array(CHANNELS) == "E-mail", 1.35, 1.0)
    later = np.where(orders.at >= MAILING_RELAUNCH, pick(rng, relaunched, count), pick(rng, mailing, count))
    usual = np.where(orders.first | (rng.random(count) < 0.4), own, later)
    habitual = with_habit(rng, _closing(city), usual, CHANNELS.index(CLOSURE.channel))
    return np.where(from_campaign(rng, orders.at, orders.first), CHANNELS.index(CAMPAIGN_CHANNEL), habitual)


def placed(rng: np.random.Generator, orders: Orders, people: Customers, channel: Ints, city: Ints) -> Bools:
    """Which of these orders were placed, given what is planted in demo_stories."""
    closing = _closing(city) & (channel == CHANNELS.index(CLOSURE.channel))
    leaving = people.segment == SEGMENTS.index(DEPARTURE.segment)
    return still_placed(rng, orders.at, closing, orders.customer, leaving)


def _closing(city: Ints) -> Bools:
    """Orders of the country one of whose channels closes."""
    return np.array([c.country == CLOSURE.country for c in CITIES])[city]


def order_cities(rng: np.random.Generator, orders: Orders, people: Customers) -> Ints:
    """The city that each order is sent to: the customer's own, except for a few presents."""
    count = len(orders.customer)
    anywhere = pick(rng, [c.weight for c in CITIES], count)
    return np.where((orders.customer < 0) | (rng.random(count) < 0.035), anywhere, people.city[orders.customer])


def order_payments(rng: np.random.Generator, orders: Orders, people: Customers) -> Ints:
    """The payment method: mostly the customer's usual one."""
    count = len(orders.customer)
    segment = np.where(orders.customer < 0, 0, people.segment[orders.customer])
    other = pick_by_group(rng, PAYMENTS_BY_SEGMENT, segment)
    return np.where((orders.customer < 0) | (rng.random(count) < 0.25), other, people.payment[orders.customer])


def customer_ids(positions: Ints) -> pd.Series:
    """C100000 and up, in the order of registration; missing for guests."""
    ids = numbered("C", positions + 100_000)
    return ids.where(positions >= 0)


def customer_table(people: Customers, listed: Ints) -> pd.DataFrame:
    """One row per registered customer, whether they bought or not."""
    city = people.city[listed]
    return pd.DataFrame(
        {
            "customer": customer_ids(listed),
            "customer_name": customer_names(people, listed),
            "segment": named(SEGMENTS, people.segment[listed]),
            "gender": named(GENDERS, people.gender[listed]),
            "age_group": named(AGE_GROUPS, people.age[listed]),
            "city": named([c.name for c in CITIES], city),
            "region": named([c.region for c in CITIES], city),
            "country": named([c.country for c in CITIES], city),
        }
    )
