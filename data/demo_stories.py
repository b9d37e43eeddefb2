"""What happened at Quillmere that its order lines show and the insights find, each with the day it began.

Seasons, affinities, launches, stock-outs and prices are planted in demo_demand and demo_products."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from data.draws import Bools, Ints

# A campaign brings visits that an ordinary day would not have, all of them through one channel.
CAMPAIGN = ("Gift campaign on social media", pd.Timestamp("2025-12-01"), pd.Timestamp("2025-12-15"), 0.09)
CAMPAIGN_CHANNEL = "Social"


class Closure(NamedTuple):
    """One channel of one country closes: since then few of its orders are placed."""

    country: str
    channel: str
    since: pd.Timestamp
    habit: float  # share of the country's orders that came through the channel instead of another
    kept: float  # share of the channel's orders that are still placed


CLOSURE = Closure("United Kingdom", "Marketplace", pd.Timestamp("2025-12-01"), 0.48, 0.10)


class Departure(NamedTuple):
    """Customers of one segment leave: this share of them places no order since then."""

    segment: str
    since: pd.Timestamp
    leaving: float


DEPARTURE = Departure("Education", pd.Timestamp("2025-10-01"), 0.65)


class Fault(NamedTuple):
    """A faulty delivery: of what was sold of the product since then, this share comes back."""

    product: str
    since: pd.Timestamp
    return_rate: float


FAULT = Fault("Rondello Robot Vacuum", pd.Timestamp("2025-12-01"), 0.55)

# Two products are offered together: more buyers of the first take the second as well.
BUNDLE = ("Teklune Slate 11", "Teklune Slate Pen", pd.Timestamp("2025-10-06"), 1.6)

STORIES: tuple[tuple[str, str], ...] = (
    (f"{DEPARTURE.since:%Y-%m-%d}", "Schools can no longer pay on account"),
    (f"{BUNDLE[2]:%Y-%m-%d}", "Slate 11 offered with the Slate Pen"),
    (f"{CAMPAIGN[1]:%Y-%m-%d}", CAMPAIGN[0]),
    (f"{CLOSURE.since:%Y-%m-%d}", "Marketplace shop in the United Kingdom suspended"),
)


def campaign_days(days: pd.DatetimeIndex) -> Bools:
    """On which of these days the campaign runs."""
    _, first, end, _ = CAMPAIGN
    return np.asarray((days >= first) & (days < end))


def with_habit(rng: np.random.Generator, closing: Bools, channel: Ints, code: int) -> Ints:
    """The channel of each order, where many of a country's orders come through the one that closes later. `closing`:
    orders of that country; `code`: the channel."""
    return np.where(closing & (rng.random(len(channel)) < CLOSURE.habit), code, channel)


def from_campaign(rng: np.random.Generator, at: pd.DatetimeIndex, first: Bools) -> Bools:
    """Orders of new buyers that the campaign brought: as many as it brought visits, of old and new buyers."""
    share = CAMPAIGN[3] / (1 + CAMPAIGN[3]) * len(first) / max(int(first.sum()), 1)
    return campaign_days(at.normalize()) & first & (rng.random(len(at)) < share)


def still_placed(
    rng: np.random.Generator, at: pd.DatetimeIndex, closing: Bools, customer: Ints, leaving: Bools
) -> Bools:
    """Orders that were placed in spite of the closure and the departure. `closing`: those of the channel and country
    that close; `leaving`: customers of the segment that leaves."""
    closed = closing & np.asarray(at >= CLOSURE.since) & (rng.random(len(at)) >= CLOSURE.kept)
    gone = leaving & (rng.random(len(leaving)) < DEPARTURE.leaving)
    departed = (customer >= 0) & gone[customer] & np.asarray(at >= DEPARTURE.since)
    return ~(closed | departed)
