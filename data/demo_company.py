"""Quillmere, an invented web shop for devices, desk and home: two years of order lines and every extra table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo_buyers import (
    AGE_GROUPS,
    BUYERS,
    CHANNELS,
    GENDERS,
    NEVER_BOUGHT,
    PAYMENTS,
    SEGMENTS,
    Customers,
    Orders,
    customer_ids,
    customer_table,
    draw_customers,
    draw_orders,
    order_channels,
    order_cities,
    order_payments,
    placed,
)
from data.demo_demand import END, FIRST, daily_visits, demand_weights, prices, response
from data.demo_places import CITIES
from data.demo_products import AFFINITIES, CATEGORIES, CATEGORY, LIST_CENTS, NAMES, POSITION, PRODUCTS
from data.demo_slow import with_its_stock, with_slow_product
from data.demo_stories import BUNDLE, FAULT
from data.demo_tables import events_table, paths_table, sessions_table, stock_table, targets_table
from data.draws import Bools, Floats, Ints, Tables, money, named, numbered, pick_by_group

SEED = 20260129

# How much the buyers of a channel prefer expensive products: the exponent of the price in a product's weight.
PRICE_TASTE = {
    "Direct": 0.11,
    "Organic search": 0.05,
    "Paid search": 0.03,
    "E-mail": 0.14,
    "Social": -0.27,
    "Referral": 0.26,
    "Marketplace": -0.10,
}
EXTRA_ITEMS = (0.64, 0.24, 0.09, 0.03)  # probability of 0, 1, 2, 3 further products in an order
CANCELLED_SHARE = 0.009
RATED_SHARE = 0.42
DEAL_SIZES = ("Small", "Medium", "Large")
MEDIUM_FROM, LARGE_FROM = 100.0, 500.0  # dollars per line
STATUSES = ("Delivered", "Shipped", "Processing", "Partly returned", "Returned", "Cancelled")


@dataclass(frozen=True)
class Lines:
    """One element per order line: sale lines in order of time, or refunds of some of them."""

    order: Ints  # position in Orders
    product: Ints
    quantity: Ints
    listed: Ints  # list price in cents per unit
    charged: Ints  # price after promotions, in cents per unit


def generate(seed: int = SEED, scale: float = 1.0) -> Tables:
    """All tables of the demo company; the same seed and scale give the same frames.

    `scale` multiplies the number of customers, and with it roughly the number of orders."""
    rng = np.random.default_rng(seed)
    buyers, never = round(BUYERS * scale), round(NEVER_BOUGHT * scale)
    visits = daily_visits(rng)
    people = draw_customers(rng, buyers + never)
    orders = draw_orders(rng, visits, buyers)
    city = order_cities(rng, orders, people)
    channel = order_channels(rng, orders, people, city)
    there = placed(rng, orders, people, channel, city)
    orders, channel, city = orders.only(there), channel[there], city[there]
    listed, charged = prices(rng)
    sold = _sale_lines(rng, orders, people, channel, listed, charged)
    cancelled = rng.random(len(orders.at)) < CANCELLED_SHARE
    refunded, refunds, refunded_at = _refunds(rng, orders, sold, cancelled)
    ratings = _ratings(rng, orders, sold, refunded, city, cancelled)
    status = _statuses(orders, sold, refunded, refunds, cancelled)
    bought = np.zeros(buyers + never, dtype=np.bool_)
    bought[orders.customer[orders.customer >= 0]] = True
    bought[buyers:] = True  # registered, so listed although they never bought
    customers = customer_table(people, np.flatnonzero(bought))
    name = customers["customer_name"].iloc[np.cumsum(bought)[orders.customer] - 1].reset_index(drop=True)
    columns = _order_columns(rng, orders, people, channel, city, status, name)
    frame = _line_frame(orders, sold, refunded, refunds, refunded_at, ratings, columns)
    stock = stock_table(rng, frame)
    frame = with_slow_product(frame)
    gross = np.bincount(sold.order, weights=sold.quantity * sold.charged, minlength=len(orders.at)) / 100
    return {
        "lines": frame,
        "stock": with_its_stock(stock, frame),
        "sessions": sessions_table(rng, visits, orders, channel),
        "paths": paths_table(rng, channel, gross),
        "targets": targets_table(frame),
        "events": events_table(),
        "customers": customers,
    }


def _sale_lines(
    rng: np.random.Generator, orders: Orders, people: Customers, channel: Ints, listed: Ints, charged: Ints
) -> Lines:
    week = (orders.at - FIRST).days.to_numpy() // 7
    count = len(week)
    weights = demand_weights(rng, charged)
    popularity = np.array([p.popularity for p in PRODUCTS])
    taste = np.array([(LIST_CENTS / 10_000) ** PRICE_TASTE[c] for c in CHANNELS])
    main_weights = (weights[:, None, :] * popularity * taste).reshape(-1, len(PRODUCTS))
    main = pick_by_group(rng, main_weights, week * len(CHANNELS) + channel)

    more = np.repeat(np.arange(count), np.searchsorted(np.cumsum(EXTRA_ITEMS)[:-1], rng.random(count), side="right"))
    extra = pick_by_group(rng, weights * np.array([p.as_extra for p in PRODUCTS]), week[more])
    order, product = _distinct(np.concatenate((np.arange(count), more)), np.concatenate((main, extra)))

    leaders, companions = _companions(rng, week[order], product, charged)
    order, product = _distinct(np.concatenate((order, order[leaders])), np.concatenate((product, companions)))

    business = people.segment[orders.customer[order]] == SEGMENTS.index("Small business")
    business &= orders.customer[order] >= 0
    cheap = LIST_CENTS[product] < 6_000
    quantity = 1 + rng.poisson(np.where(cheap, 0.16, 0.02) + np.where(business, 0.22, 0.0))
    return Lines(order, product, quantity, listed[week[order], product], charged[week[order], product])


def _first_of_order(order: Ints) -> Ints:
    """For each line the position of its order's first line; an order's lines stand together."""
    starts = np.concatenate((np.ones(min(len(order), 1), dtype=np.bool_), np.diff(order) != 0))
    return np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))


def _distinct(order: Ints, product: Ints) -> tuple[Ints, Ints]:
    """The pairs without repetition, sorted: a product stands on one line of an order."""
    both = np.unique(order * len(PRODUCTS) + product)
    return both // len(PRODUCTS), both % len(PRODUCTS)


def _companions(rng: np.random.Generator, week: Ints, product: Ints, charged: Ints) -> tuple[Ints, Ints]:
    """The planted affinities: positions of the leading lines, and the product that is bought with each."""
    cheaper, bundled_since = response(charged), (BUNDLE[2] - FIRST).days // 7
    lines: list[Ints] = []
    items: list[Ints] = []
    for leader, follower, share in AFFINITIES:
        at = np.flatnonzero(product == POSITION[leader])
        bundled = BUNDLE[3] if (leader, follower) == BUNDLE[:2] else 1.0
        offered = np.where(week[at] >= bundled_since, bundled, 1.0)
        chance = np.minimum(share * offered * cheaper[week[at], POSITION[follower]], 0.9)
        taken = at[rng.random(len(at)) < chance]
        lines.append(taken)
        items.append(np.full(len(taken), POSITION[follower]))
    return np.concatenate(lines), np.concatenate(items)


def _refunds(
    rng: np.random.Generator, orders: Orders, sold: Lines, cancelled: Bools
) -> tuple[Ints, Ints, pd.DatetimeIndex]:
    """Refunded sale lines, the units given back, and when: cancellations within hours, returns after days, none after
    the data end."""
    rate = np.array([p.return_rate for p in PRODUCTS])[sold.product]
    faulty = np.asarray(orders.at >= FAULT.since)[sold.order] & (sold.product == POSITION[FAULT.product])
    rate = np.where(faulty, FAULT.return_rate, rate)
    gone = cancelled[sold.order]
    back = np.flatnonzero(gone | (rng.random(len(rate)) < rate))
    gone = gone[back]
    units = np.where(gone | (rng.random(len(back)) < 0.7), sold.quantity[back], 1)
    days = np.clip(rng.lognormal(2.5, 0.55, len(back)), 3.0, 60.0)
    hours = np.where(gone, rng.uniform(0.5, 20.0, len(back)), 24 * days)
    # All cancelled lines of an order are cancelled at the same time.
    hours = np.where(gone, hours[_first_of_order(sold.order[back])], hours)
    when = orders.at[sold.order[back]] + pd.to_timedelta((hours * 3600).astype(np.int64), unit="s")
    known = np.asarray(when < END)
    return back[known], units[known], when[known]


def _ratings(
    rng: np.random.Generator, orders: Orders, sold: Lines, refunded: Ints, city: Ints, cancelled: Bools
) -> Floats:
    """1 to 5 for the sale lines that were rated, NaN for the others."""
    returned = np.zeros(len(sold.order), dtype=np.bool_)
    returned[refunded] = True
    opinion = 4.42 + np.array([p.appeal for p in PRODUCTS])[sold.product]
    opinion += np.array([c.taste for c in CITIES])[city[sold.order]] - 1.3 * returned
    opinion += rng.normal(0.0, 0.95, len(returned))
    arrived = np.asarray(orders.at < END - pd.Timedelta(days=4))[sold.order] & ~cancelled[sold.order]
    rated = (rng.random(len(returned)) < RATED_SHARE) & arrived
    return np.where(rated, np.clip(np.round(opinion), 1, 5), np.nan)


def _statuses(orders: Orders, sold: Lines, refunded: Ints, units: Ints, cancelled: Bools) -> Ints:
    count = len(orders.at)
    bought = np.bincount(sold.order, weights=sold.quantity, minlength=count)
    returned = np.bincount(sold.order[refunded], weights=units, minlength=count)
    age = (END - orders.at).days.to_numpy()
    on_its_way = [STATUSES.index("Processing"), STATUSES.index("Shipped")]
    status = np.select([age < 2, age < 6], on_its_way, STATUSES.index("Delivered"))
    status[(returned > 0) & (returned < bought)] = STATUSES.index("Partly returned")
    status[(returned > 0) & (returned >= bought)] = STATUSES.index("Returned")
    status[cancelled & (returned > 0)] = STATUSES.index("Cancelled")
    return status.astype(np.int64)


def _order_columns(
    rng: np.random.Generator,
    orders: Orders,
    people: Customers,
    channel: Ints,
    city: Ints,
    status: Ints,
    name: pd.Series,
) -> pd.DataFrame:
    """One row per order: the columns that its lines share."""
    known = orders.customer >= 0

    def of_customer(labels: tuple[str, ...], codes: Ints) -> pd.Series:
        return named(labels, np.where(known, codes[orders.customer], -1))

    return pd.DataFrame(
        {
            "order_id": numbered("Q", np.arange(len(known)) + 1_000_001),
            "ordered_at": orders.at.as_unit("us"),
            "customer": customer_ids(orders.customer),
            "customer_name": name.where(known),
            "segment": of_customer(SEGMENTS, people.segment),
            "gender": of_customer(GENDERS, people.gender),
            "age_group": of_customer(AGE_GROUPS, people.age),
            "city": named([c.name for c in CITIES], city),
            "region": named([c.region for c in CITIES], city),
            "country": named([c.country for c in CITIES], city),
            "latitude": np.array([c.latitude for c in CITIES])[city],
            "longitude": np.array([c.longitude for c in CITIES])[city],
            "channel": named(CHANNELS, channel),
            "payment_method": named(PAYMENTS, order_payments(rng, orders, people)),
            "status": named(STATUSES, status),
        }
    )


def _line_frame(
    orders: Orders,
    sold: Lines,
    refunded: Ints,
    units: Ints,
    refunded_at: pd.DatetimeIndex,
    ratings: Floats,
    columns: pd.DataFrame,
) -> pd.DataFrame:
    """Sale and refund lines together, the lines of an order next to each other.

    On a refund line, quantity, amount, discount and cost are negative."""
    source = np.concatenate((np.arange(len(sold.order)), refunded))
    order, product = sold.order[source], sold.product[source]
    quantity = np.concatenate((sold.quantity, -units))
    posted = np.concatenate((orders.at[sold.order].as_unit("us").to_numpy(), refunded_at.as_unit("us").to_numpy()))
    rating = np.concatenate((ratings, np.full(len(refunded), np.nan)))
    arranged = np.lexsort((posted, order))
    source, order, product, quantity = source[arranged], order[arranged], product[arranged], quantity[arranged]
    number = np.arange(len(order)) - _first_of_order(order) + 1

    listed, charged = sold.listed[source], sold.charged[source]
    unit_cost = np.round(LIST_CENTS * np.array([p.cost_share for p in PRODUCTS])).astype(np.int64)
    value = sold.quantity[source] * charged / 100
    deal = np.searchsorted([MEDIUM_FROM, LARGE_FROM], value, side="right")
    frame = columns.take(order).reset_index(drop=True)
    frame.insert(1, "line_id", frame["order_id"] + "-" + pd.Series(number).astype("str"))
    return frame.assign(
        posted_at=posted[arranged],
        product=named(NAMES, product),
        category=named(CATEGORIES, CATEGORY[product]),
        brand=named([p.brand for p in PRODUCTS], product),
        quantity=quantity,
        list_price=money(listed),
        unit_price=money(charged),
        discount=money(quantity * (listed - charged)),
        amount=money(quantity * charged),
        cost=money(quantity * unit_cost[product]),
        currency="USD",
        deal_size=named(DEAL_SIZES, deal),
        rating=rating[arranged],
    )
