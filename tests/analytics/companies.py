"""Small made-up companies, nasty on purpose, and Hypothesis strategies for more of them and for selections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pandas as pd
from hypothesis import strategies as st

from analytics.profile import Profile
from analytics.quality import Quality
from analytics.ranges import PRESETS
from analytics.schema import FIELDS, Field
from analytics.selection import Clause, Selection

CUSTOMERS = ("", "Ana", "Bo", "Çelik", "名前", "zoë")
PRODUCTS = {"iPhone": "Phones", "Kabel/2m": "Cables", "Ladegerät": "Cables", "~": "", "TV": "Screens"}
SUB_CATEGORIES = {"iPhone": "Apple", "Kabel/2m": "USB", "Ladegerät": "", "~": "", "TV": "Large"}  # an own field
STORES = ("A", "B", "")
OWN = (
    Field("store", "category", "order", "Store"),
    Field("sub_category", "category", "line", "Sub-category", "sub-categories", parent="category"),
)
PLACES = (
    ("US", "OR", "Portland"),
    ("US", "ME", "Portland"),
    ("US", "", "Portland"),
    ("DE", "BY", "München"),
    ("US", "O/R", "Port~land"),
    ("", "", ""),
    ("US/OR", "", "Salem"),
)
CHANNELS = ("web", "shop", "")
MOMENTS = tuple(
    datetime.fromisoformat(t)
    for t in (
        "2019-12-31 23:59:59.999999",
        "2020-01-01 00:00",
        "2020-01-01 00:00:00.000001",
        "2020-01-15 14:30",
        "2020-02-29 00:00",
        "2020-02-29 12:00",
        "2020-03-01 05:59",
        "2020-03-01 06:00",
        "2020-06-30 18:00",
        "2020-07-01 00:00",
        "2021-02-28 23:00",
    )
)


@dataclass
class Tables:
    """What ingest hands to the store."""

    lines: pd.DataFrame
    profile: Profile = field(default_factory=lambda: Profile("toy", "Toy"))
    extras: dict[str, pd.DataFrame] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)


def frame(rows: list[dict]) -> pd.DataFrame:
    """Rows as canonical lines; a line is a sale when its amount is positive."""
    lines = pd.DataFrame(rows)
    lines["ordered_at"] = pd.to_datetime(lines["ordered_at"], format="ISO8601").astype("datetime64[us]")
    if "posted_at" in lines:
        lines["posted_at"] = pd.to_datetime(lines["posted_at"], format="ISO8601").astype("datetime64[us]")
    for name in ("amount", "quantity", "cost", "rating", "discount", "shipping"):
        if name in lines:
            lines[name] = lines[name].astype("float64")
    return lines.assign(sale=lines["amount"] > 0)


def line(
    order: str, at: str, product: str, quantity: float, amount: float, customer: str, place: int, **more: object
) -> dict:
    """An order line of the place with that number, sold on the web unless said otherwise."""
    country, region, city = PLACES[place]
    base = {
        "order_id": order,
        "ordered_at": at,
        "product": product,
        "quantity": quantity,
        "amount": amount,
        "customer": customer,
    }
    return (
        base
        | {"category": PRODUCTS[product], "country": country, "region": region, "city": city, "channel": "web"}
        | more
    )


def nasty() -> Tables:
    """Refunds, a refund-only customer, missing customers, ties in time, one product on several lines of an order,
    namesakes among cities."""
    rows = [
        line("9", "2020-02-29 12:00", "iPhone", 1, 700.0, "Ana", 0, cost=500.0, rating=5),
        line("9", "2020-02-29 12:00", "Kabel/2m", 1, 9.99, "Ana", 0, cost=None, rating=None),
        line("9", "2020-02-29 12:00", "iPhone", 1, 700.0, "Ana", 0, cost=510.5, rating=4),
        line("10", "2019-12-31 23:59:59.999999", "TV", 1, 300.0, "Bo", 1, cost=310.0, rating=1),
        line("11", "2020-01-01 00:00", "TV", 2, 600.0, "Bo", 1, cost=500.0, rating=None),
        line("12", "2020-01-01 00:00", "~", 1, 0.1, "Bo", 2, cost=None, rating=2),
        line("13", "2020-03-01 06:00", "iPhone", -1, -700.0, "Ana", 0, cost=-500.0, rating=None),
        line("14", "2020-03-01 05:59", "Ladegerät", 3, 59.97, "", 3, cost=30.0, rating=3),
        line("15", "2020-03-05 05:59", "Ladegerät", -3, -59.97, "Çelik", 4, cost=None, rating=None),
        line("16", "2021-02-28 23:00", "Kabel/2m", 10, 99.9, "名前", 5, cost=50.0, rating=None),
        line("16", "2021-02-28 23:00", "TV", -1, -300.0, "名前", 5, cost=None, rating=None),
        line("17", "2020-02-29 12:00", "Kabel/2m", 1, 9.99, "", 6, cost=5.0, rating=5, channel=""),
    ]
    visits = [
        {"date": d, "sessions": n, "channel": c}
        for d, n, c in (
            ("2019-12-31", 10, "web"),
            ("2020-02-29", 20, "web"),
            ("2020-02-29", 5, ""),
            ("2020-03-01", 7, "shop"),
            ("2020-12-31", 9, "web"),
        )
    ]
    sessions = pd.DataFrame(visits).assign(date=lambda t: pd.to_datetime(t["date"]).astype("datetime64[us]"))
    profile = Profile("toy", "Toy", value_tiers=(("High", 600.0), ("Low", float("-inf"))))
    return Tables(frame(rows), profile, {"sessions": sessions})


def one_row() -> Tables:
    return Tables(frame([line("1", "2020-02-29 00:00", "iPhone", 1, 700.0, "Ana", 0)]))


def bare() -> Tables:
    """Only the required fields, all orders at midnight."""
    lines = nasty().lines[["order_id", "ordered_at", "product", "quantity", "amount", "sale"]]
    return Tables(lines.assign(ordered_at=lines["ordered_at"].dt.normalize()))


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """A company of up to a dozen orders; now and then one that breaks the levels of its own fields."""
    careless = draw(st.integers(0, 4)) == 0
    cents = draw(st.sampled_from((1, 100, 1000)))
    rows: list[dict] = []
    for order in draw(st.lists(st.sampled_from(range(12)), min_size=1, max_size=12, unique=True)):
        at, customer, place = (
            draw(st.sampled_from(MOMENTS)),
            draw(st.sampled_from(CUSTOMERS)),
            draw(st.sampled_from(range(len(PLACES)))),
        )
        channel, store = draw(st.sampled_from(CHANNELS)), draw(st.sampled_from(STORES))
        for product in draw(st.lists(st.sampled_from(sorted(PRODUCTS)), min_size=1, max_size=4)):
            if careless:
                at, customer, place = (
                    draw(st.sampled_from(MOMENTS)),
                    draw(st.sampled_from(CUSTOMERS)),
                    draw(st.sampled_from(range(len(PLACES)))),
                )
            amount = draw(st.integers(-300, 100_000)) / cents
            cost, rating = draw(st.sampled_from((None, 1.25, 30.0))), draw(st.sampled_from((None, 1, 5)))
            rows.append(
                line(
                    f"n{order}",
                    at.isoformat(),
                    product,
                    draw(st.sampled_from((1, 2, 0.5, -1))),
                    amount,
                    customer,
                    place,
                    cost=cost,
                    rating=rating,
                    discount=draw(st.sampled_from((0.0, 0.3, None))),
                    channel=channel,
                    age_group=customer[:1],
                    store=store,
                    sub_category=SUB_CATEGORIES[product],
                    posted_at=draw(st.sampled_from((at, MOMENTS[0], MOMENTS[-1]))).isoformat(),
                    shipping=draw(st.sampled_from((None, 4.95))),
                )
            )
    rows = draw(st.permutations(rows)) if careless else rows
    lines = frame(rows)
    for name in draw(
        st.sets(
            st.sampled_from(("customer", "category", "channel", "region", "cost", "posted_at", "store")), max_size=2
        )
    ):
        lines = lines.drop(columns=name)
    if draw(st.booleans()):
        lines = lines.assign(product=lines["product"].astype("category"), city=lines["city"].astype("category"))
    profile = Profile(
        "toy",
        "Toy",
        week_start=draw(st.sampled_from((0, 6))),
        fiscal_start=draw(st.sampled_from((1, 4))),
        value_tiers=draw(st.sampled_from(((), (("High", 500.0), ("Medium", 20.0), ("Low", float("-inf")))))),
        dimensions=OWN,
    )
    days = [MOMENTS[0].date() + timedelta(days=n) for n in draw(st.lists(st.integers(0, 400), max_size=5))]
    visits = {
        "date": pd.to_datetime(pd.Series(days, dtype="object")).astype("datetime64[us]"),
        "sessions": range(1, len(days) + 1),
    }
    sessions = pd.DataFrame(visits).assign(channel=[CHANNELS[n % 3] for n in range(len(days))], city="Portland")
    return Tables(lines, profile, {"sessions": sessions} if days else {})


VALUES = {
    "product": (*PRODUCTS, "iPhone 99"),
    "category": ("Phones", "Cables", "Screens", ""),
    "city": ("Portland", "München", "", "Salem"),
    "region": ("OR", "ME", "", "O/R"),
    "place": ("US", "US/OR", "US/OR/Portland", "US/O~1R/Port~0land", "US~1OR", "", "DE/BY", "Portland"),
    "channel": CHANNELS,
    "customer": (*CUSTOMERS, "nobody"),
    "order_id": ("n0", "n1", "n2", "9", "16"),
    "hour": ("0", "12", "23", "24", "x"),
    "part_of_day": ("Night", "Morning", "Evening"),
    "weekday": ("0", "5", "6"),
    "month": ("2", "12", "1"),
    "quarter": ("1", "4"),
    "first_order_month": ("2020-01", "2020-02", ""),
    "new_or_returning": ("New", "Returning", ""),
    "order_products": ("1", "2", ""),
    "order_units": ("1", "2", "11–20", ""),
    "value_tier": ("High", "Low", ""),
    "age_group": ("A", "B", ""),
    "line_kind": ("Sale", "Refund"),
    "posted_day": ("2019-12-31", "2021-02-28", "2020-02-29"),
    "store": STORES,
    "sub_category": ("USB", "", "Mini"),
}

CANONICAL = tuple(name for name in VALUES if name in FIELDS)


@st.composite
def clauses(draw: st.DrawFn, fields: tuple[str, ...] = CANONICAL, most: int = 3) -> tuple[Clause, ...]:
    """Filters, some on whole orders."""
    found: list[Clause] = []
    for name in draw(st.lists(st.sampled_from(fields), max_size=most, unique=True)):
        values = st.sets(st.sampled_from(VALUES[name]), max_size=2)
        found.append(Clause(name, tuple(draw(values)), tuple(draw(values)), draw(st.booleans())))
    return Selection(clauses=tuple(found)).clauses


@st.composite
def policies(draw: st.DrawFn, fields: tuple[str, ...]) -> tuple[Clause, ...]:
    """What a viewer may see; now and then a clause without values, which lets nothing be seen."""
    found = draw(clauses(fields, 2))
    nothing = draw(st.integers(0, 9)) == 0
    return (*found, Clause(draw(st.sampled_from(fields)))) if nothing else found


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """What somebody may look at, with the range as a preset or as dates."""
    begin = date(2019, 12, 31) + timedelta(days=draw(st.integers(0, 400)))
    span = f"{begin}..{begin + timedelta(days=draw(st.integers(1, 120)))}"
    when = draw(st.sampled_from(("all", "all", "all", span, *PRESETS)))
    grain = draw(st.sampled_from(("auto", "day", "week", "month", "quarter", "year")))
    return Selection("toy", when, draw(st.sampled_from(("previous", "year", "none"))), grain, draw(clauses()))
