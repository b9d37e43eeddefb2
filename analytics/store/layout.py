"""What a stored data set consists of: its arrays by role, its fields, its facts.

Every array is one file, `<prefix><name>.npy`; the roles and their prefixes are those of `Columns`. Rows stand in one
order everywhere: orders by time, the lines of an order together, customers by name. Amounts and quantities are kept as
whole multiples of 1/scale ("stored units"), text as codes into a dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from analytics.schema import Level
from analytics.store.dictionary import Dictionary
from analytics.store.numbers import times_of


@dataclass(frozen=True)
class StoredField:
    """How one field is kept.

    level: the grain of its array, which is coarser than a line where its values allow it.
    scale: for money and numbers: the array holds multiples of 1/scale; 0 where no scale holds all values exactly, and
        they are kept as they came. None for text and times.
    whole: for money and numbers: every value is whole.
    parent_of: the finer field whose value decides this one's ("product" for category), "" where there is none.
    parts: for `place`: the fields that its paths are made of."""

    level: Level
    scale: int | None = None
    whole: bool = False
    parent_of: str = ""
    parts: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether sums of the stored numbers are sums of integers, which no order of addition changes."""
        return bool(self.scale)

    @property
    def divisor(self) -> float:
        """What a stored number is divided by to get the value in its own unit."""
        return float(self.scale or 1)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> StoredField:
        """A field as `to_dict` gave it to JSON."""
        return cls(**{**_known(cls, given), "parts": tuple(given["parts"])})

    def to_dict(self) -> dict[str, Any]:
        """The field for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class HighWaterMark:
    """How far a database was read, so that the next load reads only newer rows: the largest value of its high-water
    column as text, the kind of that value, and a digest of the declaration under which rows became lines."""

    declared: str
    kind: str
    text: str


@dataclass(frozen=True)
class ReadFiles:
    """The files that a version was read from, so that the next load can read only what came since.

    declared: a digest of the declaration under which rows became lines. files: by name, in order, the size and the
    time of change (in nanoseconds since 1970) of each. formats: by field of dates, the formats that its texts had."""

    declared: str
    files: dict[str, tuple[int, int]]
    formats: dict[str, tuple[str, ...]]

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> ReadFiles:
        """What JSON has of it."""
        return cls(
            given["declared"],
            {name: (size, changed) for name, (size, changed) in given["files"].items()},
            {name: tuple(formats) for name, formats in given["formats"].items()},
        )


@dataclass(frozen=True)
class Facts:
    """What is known of a data set as a whole.

    lines, orders: their numbers; customers: known ones, 0 for data without customers.
    first_day: the day of the first order, in days since 1970; days: from it to the last order's day, both included.
    timed: whether any order has a time of day.
    all_sale: whether every line is a sale; then no array says so line by line.
    buyers: distinct known customers with a sale.
    positive: measures to which every line adds something, so that a group whose sum is 0 has no lines.
    high_water: how far the database was read; None for data from files."""

    lines: int
    orders: int
    customers: int = 0
    first_day: int = 0
    days: int = 0
    timed: bool = False
    all_sale: bool = True
    buyers: int = 0
    positive: tuple[str, ...] = ()
    high_water: HighWaterMark | None = None

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Facts:
        """Facts as `to_dict` gave them to JSON."""
        mark = given["high_water"]
        known = _known(cls, given)
        return cls(**{**known, "positive": tuple(given["positive"]), "high_water": mark and HighWaterMark(**mark)})

    def to_dict(self) -> dict[str, Any]:
        """The facts for JSON."""
        return asdict(self)


def _known(cls: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What this program knows of a stored object: one of an older format may have more."""
    return {f.name: given[f.name] for f in fields(cls) if f.name in given}


class Section(MutableMapping[str, np.ndarray]):
    """The arrays of one role, by name: those of a mapping whose names begin with a prefix, seen without it."""

    def __init__(self, arrays: MutableMapping[str, np.ndarray], prefix: str) -> None:
        self._arrays = arrays
        self._prefix = prefix

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[self._prefix + name]

    def __setitem__(self, name: str, array: np.ndarray) -> None:
        self._arrays[self._prefix + name] = array

    def __delitem__(self, name: str) -> None:
        del self._arrays[self._prefix + name]

    def __contains__(self, name: object) -> bool:
        return f"{self._prefix}{name}" in self._arrays

    def __iter__(self) -> Iterator[str]:
        return (name[len(self._prefix) :] for name in self._arrays if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Columns:
    """The coded columns of a data set, on their way into the store or out of it.

    arrays: all of them, by the names of their files. Read and write them through the sections below.
    dictionaries: the distinct texts of each coded field.
    fields: how each stored field is kept; order_id and ordered_at are the rows of the orders themselves."""

    arrays: MutableMapping[str, np.ndarray]
    dictionaries: dict[str, Dictionary]
    fields: dict[str, StoredField]
    facts: Facts

    @cached_property
    def lines(self) -> Section:
        """One value per line: `order`, the number of its order; `sale`, absent where all lines are sales; and the
        fields kept by line."""
        return Section(self.arrays, "line.")

    @cached_property
    def orders(self) -> Section:
        """One value per order: `start`, its first line, with the number of lines as one more last value; `at`, see
        `order_times`; `day`, counted from facts.first_day; `hour`; `customer`, 0 where unknown, absent for
        data without customers; `sale`, whether any of its lines is one, absent where all are; and the fields kept by
        order."""
        return Section(self.arrays, "order.")

    def order_times(self, rows: slice | np.ndarray) -> np.ndarray:
        """The times of some orders (datetime64[us]), which are stored as seconds since 1970 in four bytes where all are
        whole ones, else as microseconds in eight."""
        return times_of(self.orders["at"][rows])

    @cached_property
    def customers(self) -> Section:
        """One value per customer, the unknown one first: the fields kept by customer."""
        return Section(self.arrays, "customer.")

    @cached_property
    def order_sums(self) -> Section:
        """By measure: its sum over the lines of each order, in stored units."""
        return Section(self.arrays, "sum.")

    @cached_property
    def copies(self) -> Section:
        """By field that is kept by order or customer and has few values: its code for each line."""
        return Section(self.arrays, "copy.")

    @cached_property
    def holdings(self) -> Section:
        """By field that is kept by line and has few values: which of them the sale lines of each order have, a bit for
        each code."""
        return Section(self.arrays, "held.")

    @cached_property
    def parents(self) -> Section:
        """By field that is the parent of a finer one: its code for each code of that one."""
        return Section(self.arrays, "parent.")

    def at_level(self, level: Level) -> Section:
        """lines, orders or customers."""
        sections = {"line": self.lines, "order": self.orders, "customer": self.customers}
        return sections[level]

    def values(self, field: str) -> np.ndarray:
        """The array of a stored field, at the field's level."""
        return self.at_level(self.fields[field].level)[field]

    def finer(self, field: str) -> str:
        """The finer field whose value decides a field's; "" where there is none."""
        return self.fields[field].parent_of if field in self.fields else ""

    def put_dictionary(self, field: str, dictionary: Dictionary) -> None:
        """Keep a dictionary among the arrays."""
        self.arrays[f"dictionary.{field}.text"] = dictionary.text
        self.arrays[f"dictionary.{field}.ends"] = dictionary.ends

    def has_dictionary(self, field: str) -> bool:
        """Whether a dictionary is among the arrays already."""
        return f"dictionary.{field}.text" in self.arrays

    def read_dictionary(self, field: str, ordered: bool) -> Dictionary:
        """A dictionary that is among the arrays."""
        text, ends = (self.arrays[f"dictionary.{field}.{part}"] for part in ("text", "ends"))
        return Dictionary(text, ends, ordered=ordered)

    def cube(self, field: str, measure: str) -> np.ndarray | None:
        """Sums of a measure by day (rows) and code of a field (columns), in stored units; None where they are not kept.
        The field "all" has one column, "hour" has 24."""
        return self.arrays.get(f"cube.{field}.{measure}")

    def put_cube(self, field: str, measure: str, sums: np.ndarray) -> None:
        """Keep such sums."""
        self.arrays[f"cube.{field}.{measure}"] = sums
