"""What every engine answers. Questions know only this; all engines give equal answers, or say that they cannot
(EngineError).

Dimensions an engine groups by: every dimension of its schema (stored or derived), `period` (at the selection's grain)
and the places' path. Frames: dimensions first, named as the canonical fields, then metrics as named in metrics.py.
`period` is ISO text; hour, weekday, month and quarter are integers; every other dimension is text, "" where rows do not
give it. Values sort by code point, but for parts of the day, sizes of orders, value tiers and RFM segments, which stand
in their own order ("" first).

A clause with `whole_orders` judges an order by all of its lines that the viewer may see, whatever else is filtered; so
do the sizes of orders. First orders are a customer's first with a sale in the visible history; tiers and segments are
as of the end of the range."""

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


class Columns(Mapping[str, np.ndarray]):
    """Columns by name, each worked out when it is first asked for: of millions of entities most are never needed."""

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
    """One row per customer or per order that has a selected line; numbers in `columns`, names looked up on demand by
    `labels(rows)`.

    Levels and columns (all numpy arrays of equal length, sorted by code):
      customer: code, orders (distinct, sale lines), revenue, units, first, last (datetime64[us] of the first and last
      of those orders; blank
                for a customer with refunds only), order_days (distinct days with such an order); customers without an
                id are left out.
      order:    code, customer (code, −1 unknown), ordered_at, revenue, units, lines, products (distinct).
    """

    level: Literal["customer", "order"]
    columns: Mapping[str, np.ndarray]
    names: Any  # callable: codes -> array of labels

    def __len__(self) -> int:
        return len(self.columns["code"])

    def frame(self, *columns: str) -> pd.DataFrame:
        """A frame of these columns (all by default), without labels."""
        return pd.DataFrame({c: self.columns[c] for c in columns or self.columns})

    def labels(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(self.names(codes), dtype=object)


@dataclass(frozen=True)
class Baskets:
    """Orders × items as a scipy CSR matrix of 0/1 (an order's distinct items among selected sale lines), and the items'
    names."""

    matrix: Any
    items: np.ndarray


@dataclass(frozen=True)
class LinePage:
    """A page of exact order lines, with the count and totals of all selected ones."""

    rows: pd.DataFrame
    count: int
    totals: dict[str, float]


class Engine(Protocol):
    """One data set at one version, for one viewer's policy. Everything takes a Resolved selection."""

    @property
    def name(self) -> str: ...  # the data set

    @property
    def schema(self) -> Schema: ...

    @property
    def profile(self) -> Profile: ...

    @property
    def quality(self) -> Quality | None: ...  # of the loading; None inside a policy, since it counts and cites all rows

    @property
    def version(self) -> str: ...  # changes when the data change

    @property
    def loaded_at(self) -> str: ...  # ISO time, UTC

    @property
    def bounds(self) -> Bounds: ...

    @property
    def policy(self) -> Policy: ...

    def within(self, policy: tuple[Clause, ...]) -> Engine:
        """The same data as far as these clauses let a viewer see; nothing computed inside can reach outside them. A
        clause without values lets nothing be seen; no clauses at all change nothing."""
        ...

    def resolve(self, selection: Selection) -> Resolved: ...

    def aggregate(
        self,
        by: Sequence[str],
        metrics: Sequence[str],
        selection: Resolved,
        order: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Metrics per combination of the dimensions `by`; one row without any. Rows only where a line is selected,
        except that `period` alone gives every period that the span touches (counts 0, ratios blank). Sorted by the
        dimensions, or by the metric `order` descending (ties by the dimensions), of which `limit` keep the first. A
        metric whose fields are missing raises NotInData; `sessions` is blank under a filter or grouping that the
        sessions table does not have. Also measures by name and min_/max_/median_/p25_/p75_<numeric field>."""
        ...

    def entities(self, level: Literal["customer", "order"], selection: Resolved) -> Entities:
        """Per customer or order over the selected lines."""
        ...

    def values(self, field: str, search: str, selection: Resolved, limit: int) -> tuple[pd.DataFrame, int]:
        """Options of a filter: value and orders (under the other filters; 0 where none), most first, whose label
        contains `search` (case and accents ignored); and how many there are in all."""
        ...

    def unknown_values(self, selection: Resolved) -> tuple[tuple[str, str], ...]:
        """(field, value) of filters that match nothing in the data."""
        ...

    def baskets(self, item: str, selection: Resolved) -> Baskets:
        """item: product, category or brand. A product filter selects whole orders that contain it."""
        ...

    def lines(
        self, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]], offset: int, limit: int
    ) -> LinePage:
        """Exact order lines, sorted by (column, ascending) pairs, then in stored order."""
        ...

    def table(self, name: str) -> pd.DataFrame:
        """An extra table (stock, sessions, paths, targets, events, customers); NotInData where there is none."""
        ...
