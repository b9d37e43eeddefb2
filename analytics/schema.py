"""Canonical fields: what a column of order lines may mean, whatever the company calls it.

A data set may declare dimensions of its own besides; `Fields` holds both. A field is stored once, at its level: `line`
(one order line), `order` (constant within an order) or `customer` (constant over a customer's orders). Ingest checks
the level and moves a field down to `line` where the data break it.

A new field is one line of FIELDS, and its names in other companies' files one line of loading/guessing/synonyms.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise
from typing import Literal

from analytics.gazetteer import state_name
from analytics.language import N_, english

Kind = Literal["id", "time", "category", "money", "number"]
Level = Literal["line", "order", "customer"]

MISSING = ""  # the stored value of a category that a row does not give
MISSING_LABEL = N_("(not given)")


UNRANKED = 99  # filter_rank of a field without a rank: after all that have one, in the order of FIELDS
NO_FILTER = 0


@dataclass(frozen=True)
class Field:
    """One canonical field: what it holds, where it is stored, and where people meet it."""

    name: str
    kind: Kind
    level: Level
    label: str
    plural: str = ""
    required: bool = False
    derived: bool = False  # computed from other fields, never in a source
    filter_rank: int = UNRANKED  # place among the filters of the filter bar, 1 first; NO_FILTER: not among them
    group_rank: int = 0  # place among the fields whose values are compared as groups, 1 first; 0: not compared
    parent: str = ""  # of an own field of a data set: the next coarser field, whose values it divides

    def __post_init__(self) -> None:
        if not self.plural:
            object.__setattr__(self, "plural", N_(f"{self.label.lower()}s"))

    @property
    def dimension(self) -> bool:
        """Whether people group and filter by it."""
        return self.kind == "category" or self.name in ("customer", "order_id")

    @property
    def own(self) -> bool:
        """Whether a data set declares it; it is no canonical field."""
        return self.name not in FIELDS


FIELDS: dict[str, Field] = {
    f.name: f
    for f in (
        Field("order_id", "id", "order", N_("Order"), required=True, filter_rank=NO_FILTER),
        Field("ordered_at", "time", "order", N_("Ordered at"), required=True),
        Field("product", "category", "line", N_("Product"), required=True, filter_rank=5),
        Field("product_name", "category", "line", N_("Product name"), filter_rank=NO_FILTER),
        Field("quantity", "number", "line", N_("Quantity"), N_("quantities"), required=True),
        Field("amount", "money", "line", N_("Amount"), required=True),
        Field("line_id", "id", "line", N_("Line")),
        Field("posted_at", "time", "line", N_("Posted at")),
        Field("customer", "id", "order", N_("Customer"), filter_rank=NO_FILTER),
        Field("customer_name", "category", "customer", N_("Customer name"), filter_rank=NO_FILTER),
        Field("segment", "category", "customer", N_("Segment"), filter_rank=7, group_rank=2),
        Field("category", "category", "line", N_("Category"), N_("categories"), filter_rank=4),
        Field("brand", "category", "line", N_("Brand"), filter_rank=8, group_rank=6),
        Field("unit_price", "money", "line", N_("Unit price")),
        Field("list_price", "money", "line", N_("List price")),
        Field("discount", "money", "line", N_("Discount")),
        Field("cost", "money", "line", N_("Cost")),
        Field("shipping", "money", "line", N_("Shipping"), N_("shipping")),
        Field("tax", "money", "line", N_("Tax"), N_("taxes")),
        Field("duty", "money", "line", N_("Duty"), N_("duties")),
        Field("fees", "money", "line", N_("Fees charged"), N_("fees charged")),
        Field("tip", "money", "line", N_("Tip")),
        Field("gift_card", "money", "line", N_("Gift cards sold"), N_("gift cards sold")),
        Field("selling_fees", "money", "line", N_("Selling fees"), N_("selling fees")),
        Field("currency", "category", "line", N_("Currency"), N_("currencies"), filter_rank=NO_FILTER),
        Field("city", "category", "order", N_("City"), N_("cities"), filter_rank=3),
        Field("region", "category", "order", N_("Region"), filter_rank=2),
        Field("region_group", "category", "order", N_("Region group")),
        Field("country", "category", "order", N_("Country"), N_("countries"), filter_rank=1),
        Field("latitude", "number", "order", N_("Latitude")),
        Field("longitude", "number", "order", N_("Longitude")),
        Field("channel", "category", "order", N_("Channel"), filter_rank=6, group_rank=1),
        Field("payment_method", "category", "order", N_("Payment method"), filter_rank=9, group_rank=3),
        Field("status", "category", "order", N_("Status"), N_("statuses"), filter_rank=10),
        Field("deal_size", "category", "line", N_("Deal size")),
        Field("gender", "category", "customer", N_("Gender"), group_rank=5),
        Field("age_group", "category", "customer", N_("Age group"), group_rank=4),
        Field("rating", "number", "line", N_("Rating")),
        # derived
        Field("place", "category", "order", N_("Place"), derived=True, filter_rank=NO_FILTER),
        Field("line_kind", "category", "line", N_("Sale or refund"), N_("sales and refunds"), derived=True),
        Field(
            "posted_day",
            "category",
            "line",
            N_("Posted on"),
            N_("days of posting"),
            derived=True,
            filter_rank=NO_FILTER,
        ),
        Field("hour", "category", "order", N_("Hour"), derived=True),
        Field("weekday", "category", "order", N_("Weekday"), derived=True),
        Field("part_of_day", "category", "order", N_("Part of day"), N_("parts of the day"), derived=True),
        Field("month", "category", "order", N_("Month of the year"), N_("months"), derived=True),
        Field("quarter", "category", "order", N_("Quarter of the year"), N_("quarters"), derived=True),
        Field(
            "order_products", "category", "order", N_("Products in the order"), N_("numbers of products"), derived=True
        ),
        Field("order_units", "category", "order", N_("Units in the order"), N_("numbers of units"), derived=True),
        Field("first_order_month", "category", "customer", N_("First order"), N_("first orders"), derived=True),
        Field("new_or_returning", "category", "order", N_("New or returning"), N_("new or returning"), derived=True),
        Field("rfm_segment", "category", "customer", N_("RFM segment"), derived=True),
        Field("value_tier", "category", "customer", N_("Value tier"), derived=True),
    )
}

# Money of lines that is no part of their amount. Files often give it once an order, or repeat it on each of its lines.
CHARGES = ("shipping", "tax", "duty", "fees", "tip", "gift_card", "selling_fees")

REQUIRED = tuple(f.name for f in FIELDS.values() if f.required)
FILTERS = tuple(  # dimensions of the filter bar, most used first
    f.name for f in sorted(FIELDS.values(), key=lambda f: f.filter_rank) if f.dimension and f.filter_rank != NO_FILTER
)
GROUPS = tuple(  # dimensions whose values are compared as groups of customers or orders, most telling first
    f.name for f in sorted(FIELDS.values(), key=lambda f: f.group_rank) if f.group_rank
)

# From coarse to fine; a click goes one level down.
HIERARCHIES: dict[str, tuple[str, ...]] = {
    "place": ("country", "region", "city"),
    "product": ("category", "brand", "product"),
}

MOST_OWN = 24  # dimensions that a data set may declare
# Names that an own field cannot have, besides those of fields, metrics and measures: parameters of addresses, columns
# of answers and of stored files.
RESERVED = frozenset(
    """
    all at base before by cause change chart code columns compare confidence_ab confidence_ba count cumulative data day
    day0 days delta direction expected expected_high expected_low field gain grain growth head hour index key label
    level lift lift_multi limit line lines metric mix name option order order_at order_rank orders_a orders_b other
    p page period period_days q query range rank rate rate_base rate_now sale self share significant sort start support
    top total value versus weight_base weight_now with
    """.split()  # noqa: SIM905 - a list would take a line a word
)

PARTS_OF_DAY = ("Night", "Morning", "Afternoon", "Evening")  # 0–5, 6–11, 12–17, 18–23
WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)

# How large an order is, in products or units: the first size of each band, and the bands' names.
SIZE_EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 21, 51, 101, 201, 501, 1001)
SIZES = (
    *(str(a) if b == a + 1 else f"{a}–{b - 1}" for a, b in pairwise(SIZE_EDGES)),
    f"{SIZE_EDGES[-1]:,} or more",
)

# How people read the values of derived dimensions, which are numbers or English words in frames and URLs. hour: 0–23,
# weekday: 0 is Monday, month: 1–12.
VALUE_LABELS: dict[str, dict[str, str]] = {
    "weekday": {str(i): name for i, name in enumerate(WEEKDAYS)},
    "month": {str(i + 1): name for i, name in enumerate(MONTHS)},
    "hour": {str(h): f"{h:02d}:00" for h in range(24)},
    "quarter": {str(q): f"Q{q}" for q in range(1, 5)},
    "part_of_day": {english(p): p for p in (N_("Night"), N_("Morning"), N_("Afternoon"), N_("Evening"))},
    "value_tier": {"High": N_("High"), "Medium": N_("Medium"), "Low": N_("Low")},
    "line_kind": {"Sale": N_("Sale"), "Refund": N_("Refund")},
    "new_or_returning": {"New": N_("New"), "Returning": N_("Returning")},
    "rfm_segment": {
        "VIPs": N_("VIPs"),
        "Champions": N_("Champions"),
        "Loyal Customers": N_("Loyal Customers"),
        "Potential Loyalists": N_("Potential Loyalists"),
        "New Customers": N_("New Customers"),
        "Promising": N_("Promising"),
        "Need Attention": N_("Need Attention"),
        "About To Sleep": N_("About To Sleep"),
        "Can't Lose Them": N_("Can't Lose Them"),
        "At Risk": N_("At Risk"),
        "Hibernating": N_("Hibernating"),
        "Others": N_("Others"),
        "Lost Customers": N_("Lost Customers"),
        "Lost": N_("Lost"),
    },
}

EXTRA_TABLES: dict[str, tuple[str, ...]] = {
    # name: required columns (others are kept when they are canonical dimensions)
    "stock": ("date", "product", "on_hand"),
    "sessions": ("date", "sessions"),
    "paths": ("path", "conversions"),
    "targets": ("period", "metric", "value"),
    "events": ("date", "name"),
    "customers": ("customer",),
}

TABLE_LABELS = {  # of those that charts need
    "stock": N_("Stock counts"),
    "sessions": N_("Sessions"),
    "paths": N_("Visits before orders"),
    "customers": N_("List of customers"),
}


def _no_name(field: str, value: str) -> str:
    """The name of a code in data without names."""
    return ""


@dataclass(frozen=True)
class Schema:
    """Which fields one data set has, at the level at which they are stored, and which extra tables.

    `names` gives the name that belongs to a code (of a product or a customer), "" where there is none. `single`:
    the dimensions of which all the data have one value at most, so that nothing can be compared by them; none inside a
    policy.
    """

    fields: tuple[Field, ...]
    tables: tuple[str, ...] = ()
    single: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    names: Callable[[str, str], str] = field(default=_no_name, compare=False, repr=False)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Field:
        return self._by_name[name]

    @cached_property
    def dimensions(self) -> tuple[Field, ...]:
        """The fields that people group and filter by."""
        return tuple(f for f in self.fields if f.dimension)

    @cached_property
    def own(self) -> tuple[Field, ...]:
        """The dimensions that the data set itself declares."""
        return tuple(f for f in self.fields if f.own)

    def levels(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some levels, from coarse to fine, that the data have, each followed by the own fields below it.

        With an own field sub_category below category, the levels (category, brand, product) are (category,
        sub_category, brand, product)."""
        return levels_with((n for n in names if n in self), self.own)

    @property
    def product_levels(self) -> tuple[str, ...]:
        """The levels of products: what baskets can hold."""
        return self.levels(HIERARCHIES["product"])

    def hierarchy(self, name: str) -> tuple[str, ...]:
        """The levels from coarse to fine that own fields make above and below a field; it alone where none do."""
        root = name
        while root in self and self[root].parent in self:
            root = self[root].parent
        return self.levels([root])

    def label(self, name: str, value: object) -> str:
        """How people read a value of a dimension: the name that belongs to a code, or else as value_label. Where all
        the data are in one country, no region names it."""
        if name == "place" and "country" in self.single and len(parts := place_parts(str(value))) == 2:
            return state_name(*parts) or value_label("region", parts[1])
        return self.names(name, str(value)) or value_label(name, value)

    def place_levels(self, finest: str = "") -> tuple[str, ...]:
        """Those of country, region and city that the data have, from coarse to `finest`; all of them where `finest` is
        not among them."""
        have = tuple(n for n in HIERARCHIES["place"] if n in self)
        return have[: have.index(finest) + 1] if finest in have else have

    def missing(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Those of `needs` (fields or extra tables) that this data set lacks, in order."""
        return tuple(n for n in needs if n not in self and n not in self.tables)


class Fields(Mapping[str, Field]):
    """All fields that a data set may have, by name: the canonical ones, then those that it declares itself."""

    def __init__(self, own: Iterable[Field] = ()) -> None:
        self.own = {f.name: f for f in own}

    def __getitem__(self, name: str) -> Field:
        return self.own[name] if name in self.own else FIELDS[name]

    def __iter__(self) -> Iterator[str]:
        return chain(FIELDS, self.own)

    def __len__(self) -> int:
        return len(FIELDS) + len(self.own)

    def levels(self, names: Iterable[str]) -> tuple[str, ...]:
        """Some levels, from coarse to fine, each followed by the own fields below it."""
        return levels_with(names, self.own.values())


def levels_with(names: Iterable[str], own: Iterable[Field]) -> tuple[str, ...]:
    """Levels, from coarse to fine, each followed by the own fields below it, and those below them."""
    own = tuple(own)
    return tuple(level for name in names for level in (name, *_below(name, own)))


def _below(name: str, own: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(level for f in own if f.parent == name for level in (f.name, *_below(f.name, own)))


def needed_labels(names: Iterable[str]) -> str:
    """Canonical fields and extra tables as people call them: 'Deal size, Stock counts'; others by their names."""
    return ", ".join(str(FIELDS[n].label if n in FIELDS else TABLE_LABELS.get(n, n)) for n in names)


def value_label(field: str, value: object) -> str:
    """How people read a value of a dimension: 'Monday' for weekday 0, '(not given)' for a missing value."""
    text = str(value)
    if text == MISSING:
        return str(MISSING_LABEL)
    return str(place_label(text) if field == "place" else VALUE_LABELS.get(field, {}).get(text, text))


def place_path(parts: Iterable[str]) -> str:
    """Join the names of a place, from coarse to fine, into a path such as 'US/OR/Portland'.

    Inside a name `~` is written `~0` and `/` is written `~1`, as in a JSON Pointer, so every path can be taken apart
    again: place_path(("US", "O/R", "Port~land")) is 'US/O~1R/Port~0land'.
    """
    return "/".join(p.replace("~", "~0").replace("/", "~1") for p in parts)


def place_parts(path: str) -> tuple[str, ...]:
    """The names of a place path, from coarse to fine; the inverse of place_path."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in path.split("/"))


def place_label(path: str) -> str:
    """'Portland (OR)' for 'US/OR/Portland': the finest name, and the next coarser one; 'Oregon (US)' for 'US/OR'."""
    named = [p for p in place_parts(path) if p]
    if not named:
        return MISSING_LABEL
    if len(named) == 2:
        named[1] = state_name(*named) or named[1]
    return named[-1] if len(named) == 1 else f"{named[-1]} ({named[-2]})"
