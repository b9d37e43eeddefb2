"""Canonical fields: what a column of order lines may mean, whatever the company calls it.

A field is stored once at its level: `line` (one order line), `order` (constant within an order) or `customer` (constant
over a customer's orders). Ingest verifies the level and moves a field down to `line` where the data break it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

Kind = Literal["id", "time", "category", "money", "number"]
Level = Literal["line", "order", "customer"]

MISSING = ""  # the stored value of a category that a row does not give
MISSING_LABEL = "(not given)"


@dataclass(frozen=True)
class Field:
    """One canonical field. `dimension`: people group and filter by it; `derived`: computed from others, never in a
    source."""

    name: str
    kind: Kind
    level: Level
    label: str
    plural: str = ""
    required: bool = False
    derived: bool = False

    @property
    def dimension(self) -> bool:
        return self.kind == "category" or self.name in ("customer", "order_id")


def _f(
    name: str, kind: Kind, level: Level, label: str, plural: str = "", required: bool = False, derived: bool = False
) -> Field:
    return Field(name, kind, level, label, plural or f"{label.lower()}s", required, derived)


FIELDS: dict[str, Field] = {
    f.name: f
    for f in (
        _f("order_id", "id", "order", "Order", required=True),
        _f("ordered_at", "time", "order", "Ordered at", required=True),
        _f("product", "category", "line", "Product", required=True),
        _f("quantity", "number", "line", "Quantity", "quantities", required=True),
        _f("amount", "money", "line", "Amount", required=True),
        _f("line_id", "id", "line", "Line"),
        _f("posted_at", "time", "line", "Posted at"),
        _f("customer", "id", "order", "Customer"),
        _f("customer_name", "category", "customer", "Customer name"),
        _f("segment", "category", "customer", "Segment"),
        _f("category", "category", "line", "Category", "categories"),
        _f("brand", "category", "line", "Brand"),
        _f("unit_price", "money", "line", "Unit price"),
        _f("list_price", "money", "line", "List price"),
        _f("discount", "money", "line", "Discount"),
        _f("cost", "money", "line", "Cost"),
        _f("currency", "category", "line", "Currency", "currencies"),
        _f("city", "category", "order", "City", "cities"),
        _f("region", "category", "order", "Region"),
        _f("region_group", "category", "order", "Region group"),
        _f("country", "category", "order", "Country", "countries"),
        _f("latitude", "number", "order", "Latitude"),
        _f("longitude", "number", "order", "Longitude"),
        _f("channel", "category", "order", "Channel"),
        _f("payment_method", "category", "order", "Payment method"),
        _f("status", "category", "order", "Status", "statuses"),
        _f("deal_size", "category", "line", "Deal size"),
        _f("gender", "category", "customer", "Gender"),
        _f("age_group", "category", "customer", "Age group"),
        _f("rating", "number", "line", "Rating"),
        # derived
        _f("place", "category", "order", "Place", derived=True),
        _f("hour", "category", "order", "Hour", derived=True),
        _f("weekday", "category", "order", "Weekday", derived=True),
        _f("part_of_day", "category", "order", "Part of day", "parts of the day", derived=True),
        _f("month", "category", "order", "Month of the year", "months", derived=True),
        _f("quarter", "category", "order", "Quarter of the year", "quarters", derived=True),
        _f("order_products", "category", "order", "Products in the order", "numbers of products", derived=True),
        _f("order_units", "category", "order", "Units in the order", "numbers of units", derived=True),
        _f("first_order_month", "category", "customer", "First order", "first orders", derived=True),
        _f("new_or_returning", "category", "order", "New or returning", "new or returning", derived=True),
        _f("rfm_segment", "category", "customer", "RFM segment", derived=True),
        _f("value_tier", "category", "customer", "Value tier", derived=True),
    )
}

REQUIRED = tuple(f.name for f in FIELDS.values() if f.required)

# From coarse to fine; a click goes one level down.
HIERARCHIES: dict[str, tuple[str, ...]] = {
    "place": ("country", "region", "city"),
    "product": ("category", "brand", "product"),
}

PARTS_OF_DAY = ("Night", "Morning", "Afternoon", "Evening")  # 0–5, 6–11, 12–17, 18–23
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# How large an order is, in products or units: the first size of each band, and the bands in words.
SIZE_EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 21, 51, 101, 201, 501, 1001)
SIZES = (
    *(str(a) if b == a + 1 else f"{a}–{b - 1}" for a, b in pairwise(SIZE_EDGES)),
    f"{SIZE_EDGES[-1]:,} or more",
)

# Values of derived dimensions are short codes in frames and URLs; these are their words. hour: 0–23, weekday: 0 is
# Monday, month: 1–12.
VALUE_LABELS: dict[str, dict[str, str]] = {
    "weekday": {str(i): name for i, name in enumerate(WEEKDAYS)},
    "month": {str(i + 1): name for i, name in enumerate(MONTHS)},
    "hour": {str(h): f"{h:02d}:00" for h in range(24)},
    "quarter": {str(q): f"Q{q}" for q in range(1, 5)},
}

EXTRA_TABLES: dict[str, tuple[str, ...]] = {
    # name: columns that must be there (others are kept when they are canonical dimensions)
    "stock": ("date", "product", "on_hand"),
    "sessions": ("date", "sessions"),
    "paths": ("path", "conversions"),
    "targets": ("period", "metric", "value"),
    "events": ("date", "name"),
    "customers": ("customer",),
}


@dataclass(frozen=True)
class Schema:
    """Which fields one data set has (at the level its rows keep) and which extra tables."""

    fields: tuple[Field, ...]
    tables: tuple[str, ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Field:
        return self._by_name[name]

    @cached_property
    def dimensions(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.dimension)

    def place_levels(self, finest: str = "") -> tuple[str, ...]:
        """Those of country, region, city that the data have, down to `finest` (all where that is not among them)."""
        have = tuple(n for n in HIERARCHIES["place"] if n in self)
        return have[: have.index(finest) + 1] if finest in have else have

    def missing(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Those of `needs` (fields or extra tables) that this data set lacks, in order."""
        return tuple(n for n in needs if n not in self and n not in self.tables)


def value_label(field: str, value: object) -> str:
    """A dimension's value in words: 'Monday' for weekday 0, '(not given)' for a missing one."""
    text = str(value)
    if text == MISSING:
        return MISSING_LABEL
    if field == "place":
        return place_label(text)
    return VALUE_LABELS.get(field, {}).get(text, text)


# A place is a path of the levels that the data have, "US/OR/Portland"; a slash inside a name is kept by doubling the
# escape "~".
def place_path(parts: Iterable[str]) -> str:
    """Join names from coarse to fine into a path; `~` and `/` inside a name are escaped as `~0` and `~1`."""
    return "/".join(p.replace("~", "~0").replace("/", "~1") for p in parts)


def place_parts(path: str) -> tuple[str, ...]:
    """The names of a place path, from coarse to fine; the inverse of place_path."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in path.split("/"))


def place_label(path: str) -> str:
    """'Portland (OR)' for 'US/OR/Portland': the finest name with the next coarser one."""
    named = [p for p in place_parts(path) if p]
    if not named:
        return MISSING_LABEL
    return named[-1] if len(named) == 1 else f"{named[-1]} ({named[-2]})"
