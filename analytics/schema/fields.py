"""Canonical fields: what a column of order lines may mean, whatever the company calls it.

A data set may declare dimensions of its own besides; `Fields` holds both. A field is stored once, at its level: `line`
(one order line), `order` (constant within an order) or `customer` (constant over a customer's orders). Ingest checks
the level and moves a field down to `line` where the data break it.

A new field is one line of FIELDS, and its names in other companies' files one line of loading/guessing/synonyms.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from analytics.language import N_

Kind = Literal["id", "time", "category", "money", "number"]
Level = Literal["line", "order", "customer"]
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
