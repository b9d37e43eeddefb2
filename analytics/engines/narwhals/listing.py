"""Lists out of lazy frames: customers and orders, the options of a filter, baskets, a page of order lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.base import Baskets, Entities
from analytics.engines.common import lists
from analytics.engines.common.units import field_in_own_unit
from analytics.engines.narwhals.dimensions import LazyDimension
from analytics.engines.narwhals.histories import moments
from analytics.engines.narwhals.source import Lazy, Source
from analytics.schema import FIELDS
from analytics.store import StoredDataset


def customers(facts: pd.DataFrame, data: StoredDataset) -> Entities:
    """Entities of base.py from LazyHistories.facts."""
    columns = {
        "code": facts["customer"].to_numpy("int64"),
        "orders": facts["orders"].to_numpy("int64"),
        "revenue": facts["revenue"].to_numpy(),
        "units": facts["units"].to_numpy(),
        "first": moments(facts["first"]),
        "last": moments(facts["last"]),
        "order_days": facts["order_days"].to_numpy("int64"),
    }
    return Entities("customer", columns, data.dictionaries["customer"].take)


def orders(source: Source, rows: Lazy, data: StoredDataset) -> Entities:
    """The selected orders, in time."""
    exact = {n: nw.Int64 if data.fields[n].exact else nw.Float64 for n in ("amount", "quantity")}
    grouped = (
        rows.select("order_id", "customer", "order_at", "amount", "quantity", "product")
        .group_by("order_id")
        .agg(
            nw.col("customer").max(),
            nw.col("order_at").max(),
            nw.col("amount").sum().cast(exact["amount"]),
            nw.col("quantity").sum().cast(exact["quantity"]),
            nw.len().cast(nw.Int64).alias("lines"),
            nw.col("product").n_unique().cast(nw.Int64),
        )
    )
    found = source.answer(grouped).sort_values("order_id", ignore_index=True)
    customer = found["customer"].to_numpy("int64")
    scaled = lambda name: found[name].to_numpy("float64") / data.fields[name].divisor  # noqa: E731
    columns = {
        "code": found["order_id"].to_numpy("int64"),
        "customer": np.where(customer == 0, -1, customer),
        "ordered_at": found["order_at"].to_numpy("int64").astype("datetime64[us]"),
        "revenue": scaled("amount"),
        "units": scaled("quantity"),
        "lines": found["lines"].to_numpy("int64"),
        "products": found["product"].to_numpy("int64"),
    }
    return Entities("order", columns, data.dictionaries["order_id"].take)


def options(
    dimension: LazyDimension, search: str, codes: np.ndarray, counted: pd.DataFrame, limit: int
) -> tuple[pd.DataFrame, int]:
    """Options of a filter among `codes`, with their orders (`counted` by key0)."""
    codes = lists.matching(dimension.domain, search, codes)
    orders = counted.set_index("key0")["orders"].reindex(codes).fillna(0).to_numpy("int64")
    return lists.options(dimension.domain, codes, orders, limit)


def baskets(source: Source, sold: Lazy, item: LazyDimension) -> Baskets:
    """The distinct items of each order among its selected sale lines."""
    pairs = sold.select("order_id", item.codes.alias("item")).group_by("order_id", "item").agg(nw.len().alias("lines"))
    found = source.answer(pairs).sort_values(["order_id", "item"], ignore_index=True)
    orders, row = np.unique(found["order_id"].to_numpy("int64"), return_inverse=True)
    return lists.baskets(row, found["item"].to_numpy("int64"), len(orders), item.domain)


def page_of_lines(
    source: Source,
    data: StoredDataset,
    rows: Lazy,
    dimensions: Mapping[str, LazyDimension],
    columns: Sequence[str],
    sort: Sequence[tuple[str, bool]],
    offset: int,
    limit: int,
) -> pd.DataFrame:
    """Selected lines sorted by (column, ascending) pairs, blanks last, then in stored order; those from `offset` on, at
    most `limit`.
    """
    numbers = lambda n: dimensions[n].codes if n in dimensions else nw.col("order_at" if n == "ordered_at" else n)  # noqa: E731
    keys = [
        (nw.col("order_rank") if n == "order_id" else numbers(n)).alias(f"sort{i}") for i, (n, _) in enumerate(sort)
    ]
    shown = rows.select(nw.col("line"), *(numbers(c).alias(f"shown {c}") for c in columns), *keys)
    by = [f"sort{i}" for i in range(len(sort))]
    ordered = shown.sort(*by, "line", descending=[*(not ascending for _, ascending in sort), False], nulls_last=True)
    page = source.answer(ordered.head(offset + limit)).iloc[offset:]
    return pd.DataFrame({c: _shown(page[f"shown {c}"], c, data, dimensions) for c in columns}, index=range(len(page)))


def _shown(values: pd.Series, name: str, data: StoredDataset, dimensions: Mapping[str, LazyDimension]) -> Any:
    """A column as people read it."""
    if name in dimensions:
        return dimensions[name].domain.column().take(values.to_numpy("int64"))
    if FIELDS[name].kind == "time":
        return moments(values.reset_index(drop=True))
    if name in data.dictionaries:
        return data.dictionaries[name].take(values.to_numpy("int64"))
    return field_in_own_unit(data, name, values.to_numpy("float64"))
