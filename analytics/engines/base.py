"""What every engine computes. Questions know only this interface; all engines give equal answers, or raise EngineError.

Engines group by every dimension of their schema, stored or derived, and by `period` at the selection's grain. In
frames, dimensions come first, named as the canonical fields, then metrics, named as in metrics.py. `period` is ISO
text; hour, weekday, month and quarter are integers; every other dimension is text, "" where it is missing. Values sort
by code point, except that parts of the day, sizes of orders, value tiers and RFM segments have an order of their own,
"" first.

A clause with `whole_orders` judges an order by all of its lines that the viewer may see, whatever else is filtered; so
do the sizes of orders. A customer's first order is the first with a sale in the visible history. Tiers and segments are
as of the end of the range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import Schema
from analytics.selection import Bounds, Clause, Policy, Resolved, Selection


class LazyColumns(Mapping[str, np.ndarray]):
    """Columns by name, each computed when it is first read, since most columns of millions of entities never are."""

    def __init__(self, make: Mapping[str, Callable[[], np.ndarray]]) -> None:
        self._make = make
        self._made: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._made:
            self._made[name] = self._make[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._make)

    def __len__(self) -> int:
        return len(self._make)


@dataclass(frozen=True)
class Entities:
    """One row per customer, or per order, that has a selected line.

    `columns` are numpy arrays of equal length, sorted by code:
      customer: code, orders (distinct, with a sale line), revenue, units, first and last (datetime64[us] of the first
                and last of those orders, blank for a customer with refunds only), order_days (distinct days with such
                an order). Customers without an id are left out.
      order:    code, customer (code, −1 where it is unknown), ordered_at, revenue, units, lines, products (distinct).
    `labels` looks up the names of codes, which are not needed for most of them.
    """

    level: Literal["customer", "order"]
    columns: Mapping[str, np.ndarray]
    names: Callable[[np.ndarray], Any]

    def __len__(self) -> int:
        return len(self.columns["code"])

    def frame(self, *columns: str) -> pd.DataFrame:
        """A frame of these columns (all by default), without labels."""
        return pd.DataFrame({c: self.columns[c] for c in columns or self.columns})

    def labels(self, codes: np.ndarray) -> np.ndarray:
        """The customers' or orders' ids."""
        return np.asarray(self.names(codes), dtype=object)


@dataclass(frozen=True)
class Baskets:
    """Which items each order has among its selected sale lines: a scipy CSR matrix of 0 and 1, orders by items, the
    items' names, the month of each order (counted from January 1970), and how many orders of too many items are left
    out."""

    matrix: Any
    items: np.ndarray
    months: np.ndarray
    left_out: int = 0


@dataclass(frozen=True)
class LinePage:
    """A page of order lines, with the number and totals of all selected ones."""

    rows: pd.DataFrame
    count: int
    totals: dict[str, float]


class Engine(Protocol):
    """One data set at one version, for one viewer's policy. Everything takes a Resolved selection."""

    @property
    def name(self) -> str:
        """The data set's name."""
        ...

    @property
    def schema(self) -> Schema:
        """Which fields and extra tables the data set has."""
        ...

    @property
    def profile(self) -> Profile:
        """What its TOML declares for display."""
        ...

    @property
    def quality(self) -> Quality | None:
        """The report of its loading; None inside a policy or where fields are hidden, since it counts and cites all
        rows."""
        ...

    @property
    def version(self) -> str:
        """A text that changes when the data change."""
        ...

    @property
    def loaded_at(self) -> str:
        """When the data were loaded, as an ISO time in UTC."""
        ...

    @property
    def bounds(self) -> Bounds:
        """The days that the visible data cover."""
        ...

    @property
    def policy(self) -> Policy:
        """The layers of clauses that limit what may be seen; empty if everything may be seen."""
        ...

    def within(self, policy: tuple[Clause, ...]) -> Engine:
        """The same data as far as these clauses let a viewer see; nothing it computes can use a hidden line. A clause
        without values hides everything; an empty policy changes nothing."""
        ...

    def resolve(self, selection: Selection) -> Resolved:
        """The selection with its words turned into dates of this data set."""
        ...

    def aggregate(
        self,
        by: Sequence[str],
        metrics: Sequence[str],
        selection: Resolved,
        order: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Metrics (or measures, or statistics such as median_amount) per combination of the dimensions `by`; without
        any, one row.

        Combinations without a selected line have no row, except that `period` alone gives every period that the range
        touches, with counts 0 and ratios blank. Rows are sorted by the dimensions, or by the metric `order` from the
        greatest down, ties by the dimensions; `limit` keeps the first. Sums over the sessions table are blank under a
        clause or grouping on a field that the table lacks. NotInData for a metric whose fields the data lack.
        """
        ...

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        """One row per customer or order over the selected lines; NotInData for customers where the data have none."""
        ...

    def values(self, field: str, search: str, selection: Resolved, limit: int) -> tuple[pd.DataFrame, int]:
        """The first options of a filter, and the number of all: the values whose label contains `search`, whatever its
        case and accents, with the orders that each has under the other clauses, most first. Columns: value, orders."""
        ...

    def unknown_values(self, selection: Resolved) -> tuple[tuple[str, str], ...]:
        """(field, value) of the clauses' values that no visible line has."""
        ...

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        """The baskets of products, categories or brands (`item`). A clause on one of these selects whole orders that
        contain its values."""
        ...

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        """Order lines from `offset` on, at most `limit`, sorted by (column, ascending) pairs, then in stored order."""
        ...

    def table(self, name: str) -> pd.DataFrame:
        """The rows of an extra table (stock, sessions, paths, targets, events, customers) that the viewer may see;
        NotInData where there is none, or where the policy is about a field that it lacks."""
        ...
