"""Companies in each of which one thing happened that a kind of insight must find; one in which nothing did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import KINDS
from analytics.insights.claim import LEVEL, Claim
from analytics.insights.company import Company
from analytics.profile import Profile
from analytics.schema import Field
from analytics.selection import Selection
from tests.analytics.companies import Tables

FIRST = np.datetime64("2023-09-01")
LAST = np.datetime64("2024-11-30")  # the last day of the data
NOW = np.datetime64("2024-11-01")  # what is looked at: November, against October
QUERY = "range=2024-11-01..2024-12-01"
DAYS = int((LAST - FIRST).astype(int)) + 1
WEEK = np.array([0.9, 0.9, 1.0, 1.0, 1.2, 1.3, 0.7])
CITIES = ("Arden", "Brill", "Corby", "Dover", "Esher")
CHANNELS = ("Web", "Shop", "Ads")
SEGMENTS = ("Home", "Office", "Trade")
CATEGORIES = ("Chairs", "Lamps", "Tables")
PRODUCTS = {f"{kind} {size}": kind for kind in CATEGORIES for size in ("S", "M", "L", "XL")}
PRICES = dict(zip(PRODUCTS, (20, 30, 40, 60, 15, 25, 35, 45, 80, 90, 110, 140), strict=True))
COST = 0.6  # of the list price
REFUNDED = 0.04  # of the lines
NEWCOMERS = 9  # a day
RETURNS = 0.62  # how likely one more order is
GAP = 45  # mean days to it
TELLING = (  # the kinds that tell what is planted here
    "departing_group",
    "worse_repeat",
    "lost_sales",
    "missing_part",
    "missing_days",
    "losing_discounts",
    "loss_makers",
    "rising_refunds",
    "one_place_only",
    "mix_shift",
    "ends_early",
    "new_products",
    "gone_products",
)


@dataclass(frozen=True)
class Planted:
    """A company with its truth: the kind that must tell it and what that is about."""

    engine: ColumnarEngine
    kind: str
    about: Mapping[str, str] = field(default_factory=dict)
    query: str = QUERY


def claims(engine: ColumnarEngine, query: str, *kinds: str) -> list[Claim]:
    """What these kinds claim beyond chance."""
    selection, _ = Selection.from_query(f"data={engine.name}&{query}")
    company = Company(engine, engine.resolve(selection), selection)
    asked = [k for k in KINDS if k.name in kinds and not engine.schema.missing(k.needs)]
    return [c for k in asked for c in k.find(company) if not c.q > LEVEL]


def found(planted: Planted) -> list[Claim]:
    """What the kind that must tell it claims about what was planted."""
    return [
        c for c in claims(planted.engine, planted.query, planted.kind) if planted.about.items() <= dict(c.about).items()
    ]


def orders(random: np.random.Generator, returns: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Orders of customers who come evenly, each with a segment, a channel and a city of their own, and come back with
    the same probability (or one of their channel's own): customer, day, segment, channel, city."""
    newcomers = random.poisson(NEWCOMERS * WEEK[np.arange(DAYS) % 7])
    first = np.repeat(np.arange(DAYS), newcomers)
    n = len(first)
    people = pd.DataFrame(
        {
            "customer": [f"C{i:05d}" for i in range(n)],
            "segment": random.choice(SEGMENTS, n, p=(0.5, 0.3, 0.2)),
            "channel": random.choice(CHANNELS, n, p=(0.5, 0.25, 0.25)),
            "city": random.choice(CITIES, n),
        }
    )
    chance = people["channel"].map(dict.fromkeys(CHANNELS, RETURNS) | dict(returns or {})).to_numpy(float)
    rounds = []
    day = first.astype(float)
    there = np.ones(n, bool)
    while there.any():
        rounds.append(people[there].assign(day=day[there]))
        there = there & (random.random(n) < chance)
        day = day + random.exponential(GAP, n)
        there &= day < DAYS
    found = pd.concat(rounds, ignore_index=True)
    return found.assign(day=np.floor(found["day"]).astype(int))


def lines(random: np.random.Generator, bought: pd.DataFrame) -> pd.DataFrame:
    """One to three products for each order, some of them given back."""
    many = random.integers(1, 4, len(bought))
    each = bought.loc[np.repeat(bought.index, many)].assign(order=np.repeat(np.arange(len(bought)), many))
    names = np.array(list(PRODUCTS))
    each["product"] = names[random.choice(len(names), len(each), p=_popularity())]
    each["second"] = 9 * 3600 + np.repeat(random.integers(0, 12 * 3600, len(bought)), many)
    return each.drop_duplicates(["order", "product"]).reset_index(drop=True)


def _popularity() -> np.ndarray:
    weight = 1 / np.arange(2, len(PRODUCTS) + 2)
    return weight / weight.sum()


def priced(
    random: np.random.Generator,
    each: pd.DataFrame,
    rate: Callable[[pd.DataFrame], np.ndarray] | None = None,
    refunded: Callable[[pd.DataFrame], np.ndarray] | None = None,
) -> pd.DataFrame:
    """Canonical lines: list prices less `rate` (% off), with costs, and refunds a week later for `refunded` (the
    probability for each line)."""
    listed = each["product"].map(PRICES | {"Stool": 70}).to_numpy(float) * np.exp(random.normal(0, 0.05, len(each)))
    off = listed * (rate(each) if rate else np.zeros(len(each))) / 100
    frame = pd.DataFrame(
        {
            "order_id": "O" + each["order"].astype(str),
            "ordered_at": (FIRST + each["day"].to_numpy()).astype("datetime64[s]")
            + each["second"].to_numpy().astype("timedelta64[s]"),
            "product": each["product"],
            "category": each["product"].map(PRODUCTS | {"Stool": "Chairs"}),
            "quantity": 1.0,
            "amount": np.round(listed - off, 2),
            "discount": np.round(off, 2),
            "cost": np.round(listed * COST, 2),
            **{name: each[name] for name in ("customer", "segment", "channel", "city")},
        }
    )
    back = random.random(len(frame)) < (refunded(each) if refunded else np.full(len(each), REFUNDED))
    refunds = frame[back].assign(order_id=lambda f: "R" + f["order_id"])
    refunds = refunds.assign(ordered_at=refunds["ordered_at"] + pd.Timedelta(days=7))
    for name in ("amount", "quantity", "cost", "discount"):
        refunds[name] = -refunds[name]
    end = pd.Timestamp(LAST) + pd.Timedelta(days=1)
    whole = pd.concat([frame, refunds[refunds["ordered_at"] < end]], ignore_index=True)
    return whole.assign(
        ordered_at=whole["ordered_at"].astype("datetime64[us]"), country="Albion", sale=whole["amount"] > 0
    )


def opened(
    frame: pd.DataFrame, extras: dict[str, pd.DataFrame] | None = None, until: str = "", own: tuple[Field, ...] = ()
) -> ColumnarEngine:
    """An engine over the lines; `until`: the declared end of complete days; `own`: fields of the company's own."""
    profile = Profile("planted", "Planted", data_until=until, dimensions=own)
    return ColumnarEngine(store.in_memory(Tables(frame.reset_index(drop=True), profile, extras or {})))


def nothing(seed: int) -> ColumnarEngine:
    """A company in which nothing happened."""
    random = np.random.default_rng(seed)
    return opened(priced(random, lines(random, orders(random))), until=str(LAST))


def since(each: pd.DataFrame, day: np.datetime64 = NOW) -> np.ndarray:
    """Which of the lines are of that day or later."""
    return each["day"].to_numpy() >= int((day - FIRST).astype(int))


def segment_stops(seed: int) -> Planted:
    """Three of four of the trade's orders stay away from November on."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    people = each["customer"].map(
        dict(zip(each["customer"].unique(), random.random(each["customer"].nunique()), strict=True))
    )
    gone = since(each) & (each["segment"] == "Trade") & (people < 0.75)
    return Planted(opened(priced(random, each[~gone]), until=str(LAST)), "departing_group", {"segment": "Trade"})


def channel_repeats_less(seed: int) -> Planted:
    """Customers won by ads come back half as often as others."""
    random = np.random.default_rng(seed)
    frame = priced(random, lines(random, orders(random, {"Ads": 0.35})))
    return Planted(opened(frame, until=str(LAST)), "worse_repeat", {"won_through": "Ads"})


def stock_out(seed: int, *, counted: bool = False) -> Planted:
    """The second product is not sold from the 8th to the 20th of November; `counted`: stock was counted each day."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    product = list(PRODUCTS)[1]
    gap = since(each, np.datetime64("2024-11-08")) & ~since(each, np.datetime64("2024-11-21"))
    frame = priced(random, each[~(gap & (each["product"] == product))])
    days = np.arange(np.datetime64("2024-10-01"), np.datetime64("2024-12-01"))
    out = (days >= np.datetime64("2024-11-08")) & (days < np.datetime64("2024-11-21"))
    counts = pd.DataFrame({"date": days.astype("datetime64[us]"), "product": product, "on_hand": np.where(out, 0, 90)})
    extras = {"stock": counts} if counted else {}
    return Planted(opened(frame, extras, until=str(LAST)), "lost_sales", {"product": product})


def discounts_lose(seed: int) -> Planted:
    """A tenth off brings money, half off (one line in twelve) costs it."""
    random = np.random.default_rng(seed)

    def rate(each: pd.DataFrame) -> np.ndarray:
        return random.choice((0.0, 10.0, 50.0), len(each), p=(0.72, 0.2, 0.08))

    frame = priced(random, lines(random, orders(random)), rate)
    return Planted(opened(frame, until=str(LAST)), "losing_discounts")


def returns_rise(seed: int) -> Planted:
    """From mid October on, which is when November's refunds were sold, a quarter of the lamps is given back."""
    random = np.random.default_rng(seed)

    def refunded(each: pd.DataFrame) -> np.ndarray:
        bad = since(each, np.datetime64("2024-10-25")) & (each["product"].map(PRODUCTS) == "Lamps")
        return np.where(bad, 0.25, REFUNDED)

    frame = priced(random, lines(random, orders(random)), refunded=refunded)
    return Planted(opened(frame, until=str(LAST)), "rising_refunds", {"category": "Lamps"})


def rises_in_one_city(seed: int, factor: int = 3) -> Planted:
    """The first product sells three times as often in Corby, and nowhere else."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    product = next(iter(PRODUCTS))
    grown = each[since(each) & (each["city"] == "Corby") & (each["product"] == product)]
    copies = [
        grown.assign(order=grown["order"] + 10**6 * n, customer="N" + grown["customer"]) for n in range(1, factor)
    ]
    frame = priced(random, pd.concat([each, *copies], ignore_index=True))
    return Planted(opened(frame, until=str(LAST)), "one_place_only", {"product": product, "place": "Albion/Corby"})


def group_turns_to_tables(seed: int) -> Planted:
    """Half of what offices bought of chairs is tables from November on."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    turned = since(each) & (each["segment"] == "Office") & (each["product"].map(PRODUCTS) == "Chairs")
    turned &= random.random(len(each)) < 0.5
    each.loc[turned, "product"] = each.loc[turned, "product"].str.replace("Chairs", "Tables")
    frame = priced(random, each.drop_duplicates(["order", "product"]))
    return Planted(opened(frame, until=str(LAST)), "mix_shift", {"segment": "Office"})


def branch_missing(seed: int) -> Planted:
    """The last eight days lack one city."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    gone = since(each, LAST - np.timedelta64(7, "D")) & (each["city"] == "Dover")
    return Planted(opened(priced(random, each[~gone]), until=str(LAST)), "missing_part", {"place": "Albion/Dover"})


def till_missing(seed: int) -> Planted:
    """The data lack one of the company's tills, a field of its own, from the 12th to the 17th of November."""
    random = np.random.default_rng(seed)
    frame = priced(random, lines(random, orders(random)))
    numbers = frame["order_id"].str.extract(r"(\d+)", expand=False).astype(int)
    frame = frame.assign(till="Till " + (numbers % 4).astype(str))
    day = frame["ordered_at"].dt.normalize()
    gone = (frame["till"] == "Till 2") & (day >= "2024-11-12") & (day <= "2024-11-17")
    own = (Field("till", "category", "order", "Till"),)
    return Planted(opened(frame[~gone], until=str(LAST), own=own), "missing_part", {"till": "Till 2"})


def ends_at_noon(seed: int) -> Planted:
    """The last day ends at ten in the morning, and its end is not declared."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    cut = since(each, LAST) & (each["second"].to_numpy() >= 10 * 3600)
    frame = priced(random, each[~cut])
    late = (frame["ordered_at"] >= pd.Timestamp(LAST) + pd.Timedelta(hours=10)) & ~frame["sale"]
    return Planted(opened(frame[~late]), "ends_early", {"day": str(LAST)})


def new_product(seed: int) -> Planted:
    """A stool is sold from the 6th of November on, in a fifth of all orders."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    extra = each[since(each, np.datetime64("2024-11-06"))].drop_duplicates("order")
    extra = extra[random.random(len(extra)) < 0.2].assign(product="Stool")
    return Planted(
        opened(priced(random, pd.concat([each, extra], ignore_index=True)), until=str(LAST)),
        "new_products",
        {"product": "Stool"},
    )


def product_gone(seed: int) -> Planted:
    """The third product has not been sold since the end of October."""
    random = np.random.default_rng(seed)
    each = lines(random, orders(random))
    product = list(PRODUCTS)[2]
    frame = priced(random, each[~(since(each) & (each["product"] == product))])
    return Planted(opened(frame, until=str(LAST)), "gone_products", {"product": product})


PLANTED: dict[str, Callable[[int], Planted]] = {
    f.__name__: f
    for f in (
        segment_stops,
        channel_repeats_less,
        stock_out,
        discounts_lose,
        returns_rise,
        rises_in_one_city,
        group_turns_to_tables,
        branch_missing,
        till_missing,
        ends_at_noon,
        new_product,
        product_gone,
    )
}


# --- the same in other shapes and smaller: what each kind finds
def _without(random: np.random.Generator, each: pd.DataFrame, gone: np.ndarray) -> ColumnarEngine:
    return opened(priced(random, each[~gone]), until=str(LAST))


def _between(each: pd.DataFrame, first: str, end: str) -> np.ndarray:
    return since(each, np.datetime64(first)) & ~since(each, np.datetime64(end))


def _drawn(seed: int) -> tuple[np.random.Generator, pd.DataFrame]:
    random = np.random.default_rng(seed)
    return random, lines(random, orders(random))


def _stays_away(random: np.random.Generator, each: pd.DataFrame, share: float) -> np.ndarray:
    people = each["customer"].unique()
    drawn = dict(zip(people, random.random(len(people)), strict=True))
    return since(each) & (each["customer"].map(drawn) < share).to_numpy()


def five_days_without_a_product(seed: int) -> Planted:
    """The second product, six orders a day, is not sold for five days."""
    random, each = _drawn(seed)
    product = list(PRODUCTS)[1]
    gone = _between(each, "2024-11-20", "2024-11-25") & (each["product"] == product)
    return Planted(_without(random, each, gone), "lost_sales", {"product": product})


def a_slow_product_for_two_weeks(seed: int) -> Planted:
    """The tenth product, about one and a half orders a day, is not sold for 15 days."""
    random, each = _drawn(seed)
    product = list(PRODUCTS)[9]
    gone = _between(each, "2024-11-10", "2024-11-25") & (each["product"] == product)
    return Planted(_without(random, each, gone), "lost_sales", {"product": product})


def a_product_not_sold_any_more(seed: int) -> Planted:
    """The fourth product is not sold from the 22nd of November on."""
    random, each = _drawn(seed)
    product = list(PRODUCTS)[3]
    gone = since(each, np.datetime64("2024-11-22")) & (each["product"] == product)
    return Planted(_without(random, each, gone), "lost_sales", {"product": product})


def half_of_the_trade_stays_away(seed: int) -> Planted:
    """Half of the trade's customers stay away in November."""
    random, each = _drawn(seed)
    gone = _stays_away(random, each, 0.5) & (each["segment"] == "Trade")
    return Planted(_without(random, each, gone), "departing_group", {"segment": "Trade"})


def buyers_of_one_channel_stay_away(seed: int) -> Planted:
    """Three in five of those who came through ads stay away in November."""
    random, each = _drawn(seed)
    gone = _stays_away(random, each, 0.6) & (each["channel"] == "Ads")
    return Planted(_without(random, each, gone), "departing_group", {"channel": "Ads"})


def one_product_comes_back(seed: int) -> Planted:
    """Three in ten of the second product are given back."""
    random, each = _drawn(seed)
    product = list(PRODUCTS)[1]

    def refunded(some: pd.DataFrame) -> np.ndarray:
        bad = since(some, np.datetime64("2024-10-25")) & (some["product"] == product)
        return np.where(bad, 0.3, REFUNDED)

    engine = opened(priced(random, each, refunded=refunded), until=str(LAST))
    return Planted(engine, "rising_refunds", {"product": product})


def falls_in_one_city(seed: int) -> Planted:
    """Three in four of the orders of the first product are missing in Esher."""
    random, each = _drawn(seed)
    product = next(iter(PRODUCTS))
    gone = since(each) & (each["city"] == "Esher") & (each["product"] == product) & (random.random(len(each)) < 0.75)
    return Planted(_without(random, each, gone), "one_place_only", {"product": product, "place": "Albion/Esher"})


def a_channel_missing_in_between(seed: int) -> Planted:
    """The data lack the shop for six days in the middle of the month."""
    random, each = _drawn(seed)
    gone = _between(each, "2024-11-10", "2024-11-16") & (each["channel"] == "Shop")
    return Planted(_without(random, each, gone), "missing_part", {"channel": "Shop"})


def three_days_missing(seed: int) -> Planted:
    """The data lack three days in the middle of the month."""
    random, each = _drawn(seed)
    return Planted(_without(random, each, _between(each, "2024-11-10", "2024-11-13")), "missing_days")


def the_end_missing(seed: int) -> Planted:
    """The data are declared until the 30th of November and end on the 26th."""
    random, each = _drawn(seed)
    frame = priced(random, each[~since(each, np.datetime64("2024-11-27"))])
    return Planted(opened(frame[frame["ordered_at"] < "2024-11-27"], until=str(LAST)), "missing_days")


def a_small_launch(seed: int) -> Planted:
    """A stool is sold from the 15th on, in one of twelve orders."""
    random, each = _drawn(seed)
    extra = each[since(each, np.datetime64("2024-11-15"))].drop_duplicates("order")
    extra = extra[random.random(len(extra)) < 0.08].assign(product="Stool")
    frame = priced(random, pd.concat([each, extra], ignore_index=True))
    return Planted(opened(frame, until=str(LAST)), "new_products", {"product": "Stool"})


def a_channel_repeats_a_little_less(seed: int) -> Planted:
    """Customers won by ads come back with a probability of 0.48, others of 0.62."""
    random = np.random.default_rng(seed)
    frame = priced(random, lines(random, orders(random, {"Ads": 0.48})))
    return Planted(opened(frame, until=str(LAST)), "worse_repeat", {"won_through": "Ads"})


def a_last_day_of_few_orders(seed: int) -> Planted:
    """The last day has an eighth of its orders, and the data tell no hours."""
    random, each = _drawn(seed)
    last = each["order"].isin(each.loc[since(each, LAST), "order"].unique())
    kept = each["order"].map(dict(zip(each["order"].unique(), random.random(each["order"].nunique()), strict=True)))
    frame = priced(random, each[~(last & (kept >= 0.125))])
    return Planted(opened(frame.assign(ordered_at=frame["ordered_at"].dt.normalize())), "ends_early")


HARDER: dict[str, Callable[[int], Planted]] = {
    f.__name__: f
    for f in (
        five_days_without_a_product,
        a_slow_product_for_two_weeks,
        a_product_not_sold_any_more,
        half_of_the_trade_stays_away,
        buyers_of_one_channel_stay_away,
        one_product_comes_back,
        falls_in_one_city,
        a_channel_missing_in_between,
        three_days_missing,
        the_end_missing,
        a_small_launch,
        a_channel_repeats_a_little_less,
        a_last_day_of_few_orders,
    )
}


# --- what happens each November is no news
def _in_november(each: pd.DataFrame) -> np.ndarray:
    return (FIRST + each["day"].to_numpy()).astype("datetime64[M]").astype(int) % 12 == 10


def trade_rests_each_november(seed: int) -> Planted:
    """Three of four of the trade's customers stay away in November, as in the year before."""
    random, each = _drawn(seed)
    people = each["customer"].unique()
    drawn = each["customer"].map(dict(zip(people, random.random(len(people)), strict=True))).to_numpy()
    gone = _in_november(each) & (each["segment"] == "Trade").to_numpy() & (drawn < 0.75)
    return Planted(_without(random, each, gone), "departing_group", {"segment": "Trade"})


def lamps_come_back_each_november(seed: int) -> Planted:
    """A quarter of the lamps that are sold from the 25th of October to the 22nd of November comes back each year."""
    random, each = _drawn(seed)

    def refunded(some: pd.DataFrame) -> np.ndarray:
        later = some.assign(day=some["day"] + 7)
        bad = _in_november(later) & (some["product"].map(PRODUCTS) == "Lamps").to_numpy()
        return np.where(bad, 0.25, REFUNDED)

    engine = opened(priced(random, each, refunded=refunded), until=str(LAST))
    return Planted(engine, "rising_refunds", {"category": "Lamps"})


def offices_buy_tables_each_november(seed: int) -> Planted:
    """Half of what offices buy of chairs is tables in November, as in the year before."""
    random, each = _drawn(seed)
    turned = (
        _in_november(each) & ((each["segment"] == "Office") & (each["product"].map(PRODUCTS) == "Chairs")).to_numpy()
    )
    turned &= random.random(len(each)) < 0.5
    each.loc[turned, "product"] = each.loc[turned, "product"].str.replace("Chairs", "Tables")
    frame = priced(random, each.drop_duplicates(["order", "product"]))
    return Planted(opened(frame, until=str(LAST)), "mix_shift", {"segment": "Office"})


def corby_buys_more_each_november(seed: int) -> Planted:
    """The first product sells three times as often in Corby in November, as in the year before."""
    random, each = _drawn(seed)
    product = next(iter(PRODUCTS))
    own = ((each["city"] == "Corby") & (each["product"] == product)).to_numpy()
    grown = each[_in_november(each) & own]
    copies = [grown.assign(order=grown["order"] + 10**6 * n, customer="N" + grown["customer"]) for n in (1, 2)]
    frame = priced(random, pd.concat([each, *copies], ignore_index=True))
    return Planted(opened(frame, until=str(LAST)), "one_place_only", {"product": product, "place": "Albion/Corby"})


EACH_NOVEMBER: dict[str, Callable[[int], Planted]] = {
    f.__name__: f
    for f in (
        trade_rests_each_november,
        lamps_come_back_each_november,
        offices_buy_tables_each_november,
        corby_buys_more_each_november,
    )
}
