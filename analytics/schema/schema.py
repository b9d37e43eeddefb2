"""Which fields and extra tables one data set has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from analytics.gazetteer import country_name
from analytics.language import N_
from analytics.schema.fields import FIELDS, HIERARCHIES, Field, levels_with
from analytics.schema.places import PlaceNames
from analytics.schema.values import value_label

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


def _no_places() -> PlaceNames:
    """What is known of places in data of which none is known."""
    return PlaceNames()


@dataclass(frozen=True)
class Schema:
    """Which fields one data set has, at the level at which they are stored, and which extra tables.

    `names` gives the name that belongs to a code (of a product or a customer), "" where there is none. `single`: the
    dimensions of which all the data have one value at most, so that nothing can be compared by them; `sizes`: how many
    values the data have of each, the missing one among them; none of both inside a policy. `places` gives what the
    places are called that the viewer may see.
    """

    fields: tuple[Field, ...]
    tables: tuple[str, ...] = ()
    single: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    names: Callable[[str, str], str] = field(default=_no_name, compare=False, repr=False)
    places: Callable[[], PlaceNames] = field(default=_no_places, compare=False, repr=False)

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
        """How people read a value of a dimension: the name that belongs to a code, or else as value_label. A country
        that is named by its code, or in English, has its name in the viewer's language; a region that is written as a
        code has its name; a place says in what it lies where another one is called the same."""
        if name == "country":
            return value_label(name, country_name(str(value)))
        if name == "place":
            return self.places().label(str(value), country_name if "country" in self else str)
        if name == "region":
            return self.places().regions.get(str(value)) or value_label(name, value)
        return self.names(name, str(value)) or value_label(name, value)

    def place_levels(self, finest: str = "") -> tuple[str, ...]:
        """Those of country, region and city that the data have, from coarse to `finest`; all of them where `finest` is
        not among them."""
        have = tuple(n for n in HIERARCHIES["place"] if n in self)
        return have[: have.index(finest) + 1] if finest in have else have

    def missing(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Those of `needs` (fields or extra tables) that this data set lacks, in order."""
        return tuple(n for n in needs if n not in self and n not in self.tables)


def needed_labels(names: Iterable[str]) -> str:
    """Canonical fields and extra tables as people call them: 'Deal size, Stock counts'; others by their names."""
    return ", ".join(str(FIELDS[n].label if n in FIELDS else TABLE_LABELS.get(n, n)) for n in names)
