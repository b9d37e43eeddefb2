"""Quillmere's extra tables: stock, sessions, channel paths, targets and events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.demo_buyers import CHANNELS, COMING_BACK, FIRST_TOUCH, Orders
from data.demo_demand import DAYS, END, EVENTS, FIRST, WEEKS, in_range, on_sale
from data.demo_products import NAMES, OVERSTOCKED, POSITION
from data.draws import Floats, Ints, named, pick, pick_by_group

# Orders per hundred sessions, by channel, on an ordinary day.
CONVERSION = {
    "Direct": 3.5,
    "Organic search": 2.7,
    "Paid search": 2.1,
    "E-mail": 4.4,
    "Social": 1.2,
    "Referral": 3.1,
    "Marketplace": 2.8,
}
TOUCHES = (0.46, 0.27, 0.15, 0.08, 0.04)  # probability of a path of 1, 2, 3, 4, 5 touches
LOST_JOURNEYS = 14  # journeys without an order for each that ends with one, on average
TARGET_GROWTH = 0.06
COVER_WEEKS = (4, 7)  # stock is replenished when it covers less than the first, up to the second
BOUGHT_TOO_MUCH = 17  # weeks of sales of the overstocked product that are bought every thirteen weeks


def stock_table(rng: np.random.Generator, lines: pd.DataFrame) -> pd.DataFrame:
    """Units on hand per product on each Monday before opening, derived from what was sold and returned.

    Columns: date, product, on_hand.
    A product has rows while it is offered, also when it is out of stock (0)."""
    week = ((lines["posted_at"] - FIRST).dt.days // 7).to_numpy()
    left = np.zeros((len(WEEKS), len(NAMES)), dtype=np.int64)
    np.add.at(left, (week, lines["product"].map(POSITION).to_numpy()), lines["quantity"].to_numpy())
    there = on_sale()
    last_chance = there & ~np.vstack((there[1:], np.ones(len(NAMES), dtype=np.bool_)))
    pace = np.maximum(pd.DataFrame(left).rolling(8, min_periods=1).mean().to_numpy(), 1.0)
    low, full = COVER_WEEKS
    on_hand = np.zeros_like(left)
    stock = np.zeros(len(NAMES), dtype=np.int64)
    for w in range(len(WEEKS)):
        wanted = np.ceil(pace[w] * rng.uniform(low + 1, full, len(NAMES))).astype(np.int64)
        stock = np.where(stock < pace[w] * low, np.maximum(stock, wanted), stock)
        if w % 13 == 6:
            stock[POSITION[OVERSTOCKED]] += round(pace[w, POSITION[OVERSTOCKED]] * BOUGHT_TOO_MUCH)
        stock = np.where(last_chance[w], 0, stock)
        stock = np.where(there[w], np.maximum(stock, left[w]), 0)  # what was sold was there
        on_hand[w] = stock
        stock = stock - left[w]
    week_shown, product_shown = np.nonzero(in_range())
    return pd.DataFrame(
        {
            "date": WEEKS[week_shown].as_unit("us"),
            "product": named(NAMES, product_shown),
            "on_hand": on_hand[week_shown, product_shown],
        }
    )


def sessions_table(rng: np.random.Generator, visits: Floats, orders: Orders, channel: Ints) -> pd.DataFrame:
    """Visits per day and channel. Columns: date, channel, sessions.

    Sessions follow interest, so a day with an outage has visits without orders."""
    inside = np.flatnonzero(DAYS >= FIRST)
    month = (DAYS.year[inside] - FIRST.year) * 12 + DAYS.month[inside] - 1
    order_month = month[orders.day - inside[0]]
    by_month = np.zeros((month.max() + 1, len(CHANNELS)))
    np.add.at(by_month, (order_month, channel), 1)
    share_of_month = visits[inside] ** 0.9
    share_of_month = share_of_month / np.bincount(month, weights=share_of_month)[month]
    rate = np.array([CONVERSION[c] for c in CHANNELS]) / 100
    expected = by_month[month] * share_of_month[:, None] / rate
    crowded = (visits[inside] / visits[inside].mean())[:, None] ** -0.12
    noisy = expected * crowded * np.exp(rng.normal(0.0, 0.06, expected.shape))
    sessions = rng.poisson(noisy)
    return pd.DataFrame(
        {
            "date": DAYS[np.repeat(inside, len(CHANNELS))].as_unit("us"),
            "channel": named(CHANNELS, np.tile(np.arange(len(CHANNELS)), len(inside))),
            "sessions": sessions.ravel(),
        }
    )


def paths_table(rng: np.random.Generator, channel: Ints, gross: Floats) -> pd.DataFrame:
    """Sequences of touches: how many ended with an order, the gross value of those orders, how many ended without.

    Columns: path ("Social > E-mail"), conversions, conversion_value in dollars, null_paths.
    Every order is one conversion; its last touch is its channel."""
    length = 1 + pick(rng, TOUCHES, len(channel))
    won, won_path = np.unique(_paths(rng, length, channel), return_inverse=True)
    tries = len(channel)
    lost_end = pick(rng, np.array(FIRST_TOUCH) + 0.4 * np.array(COMING_BACK), tries)
    lost, lost_counts = np.unique(_paths(rng, 1 + pick(rng, TOUCHES, tries), lost_end), return_counts=True)
    codes = np.union1d(won, lost)
    conversions = np.zeros(len(codes), dtype=np.int64)
    value = np.zeros(len(codes))
    nulls = np.zeros(len(codes), dtype=np.int64)
    at = np.searchsorted(codes, won)
    conversions[at] = np.bincount(won_path)
    value[at] = np.round(np.bincount(won_path, weights=gross), 2)
    nulls[np.searchsorted(codes, lost)] = rng.poisson(lost_counts * LOST_JOURNEYS)
    arranged = np.lexsort((codes, -conversions))
    frame = pd.DataFrame(
        {
            "path": [_spelled(int(c)) for c in codes],
            "conversions": conversions,
            "conversion_value": value,
            "null_paths": nulls,
        }
    )
    return frame.iloc[arranged].reset_index(drop=True)


def _paths(rng: np.random.Generator, length: Ints, last: Ints) -> Ints:
    """Each path as a number in base 8, one digit per touch, the earliest first; 1 stands for the first channel."""
    follows = _earlier_touch()
    code, touch = last + 1, last
    for step in range(1, len(TOUCHES)):
        touch = pick_by_group(rng, follows, touch)
        code = np.where(length > step, code + (touch + 1) * 8**step, code)
    return code


def _earlier_touch() -> Floats:
    """Touch × the touch before it: discovery comes before e-mail and direct visits, and few touches repeat."""
    weights = np.tile(np.array(FIRST_TOUCH) + 0.02, (len(CHANNELS), 1))
    for later, earlier, extra in (
        ("E-mail", "Social", 0.25),
        ("E-mail", "Organic search", 0.15),
        ("Direct", "E-mail", 0.2),
        ("Direct", "Paid search", 0.2),
    ):
        weights[CHANNELS.index(later), CHANNELS.index(earlier)] += extra
    weights[np.arange(len(CHANNELS)), np.arange(len(CHANNELS))] *= 0.5
    return weights


def _spelled(code: int) -> str:
    touches: list[str] = []
    while code:
        touches.append(CHANNELS[code % 8 - 1])
        code //= 8
    return " > ".join(reversed(touches))


def targets_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Monthly targets of revenue. Columns: period ("2025-03"), metric, value in dollars.

    The second year's plan is the first year's result plus growth; the first year's plan is a smoothed season."""
    month = lines["posted_at"].dt.month
    year = lines["posted_at"].dt.year
    result = lines["amount"].groupby([year, month]).sum()
    first = result.loc[FIRST.year].to_numpy()
    smooth = 0.5 * first + 0.25 * np.roll(first, 1) + 0.25 * np.roll(first, -1)
    planned = np.concatenate((smooth * 1.01, first * (1 + TARGET_GROWTH)))
    months = pd.date_range(FIRST, END, freq="MS", inclusive="left")
    return pd.DataFrame({"period": months.strftime("%Y-%m"), "metric": "revenue", "value": np.round(planned, -4)})


def events_table() -> pd.DataFrame:
    """Days that explain something in the series. Columns: date, name."""
    frame = pd.DataFrame(sorted(EVENTS), columns=["date", "name"])
    frame["date"] = pd.to_datetime(frame["date"]).dt.as_unit("us")
    return frame
