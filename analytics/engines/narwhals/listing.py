"""Lists out of lazy frames: customers and orders, baskets, a page of order lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.base import Baskets, Entities
from analytics.engines.common import lists
from analytics.engines.common.units import field_in_own_unit
from analytics.engines.narwhals.customers import moments
from analytics.engines.narwhals.dimensions import LazyDimension
from analytics.engines.narwhals.source import Lazy, Source
from analytics.schema import FIELDS
from analytics.store import StoredDataset


def customers(facts: pd.DataFrame, data: StoredDataset) -> Entities:
    """Entities of base.py from `facts_of_customers`."""
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
    """Entities of base.py of the selected orders, by time."""
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
    found = source.collect(grouped).sort_values("order_id", ignore_index=True)
    customer = found["customer"].to_numpy("int64")
    columns = {
        "code": found["order_id"].to_numpy("int64"),
        "customer": np.where(customer == 0, -1, customer),
        "ordered_at": found["order_at"].to_numpy("int64").astype("datetime64[us]"),
        "revenue": field_in_own_unit(data, "amount", found["amount"].to_numpy("float64")),
        "units": found["quantity"].to_numpy("float64") / data.fields["quantity"].divisor,
        "lines": found["lines"].to_numpy("int64"),
        "products": found["product"].to_numpy("int64"),
    }
    return Entities("order", columns, data.dictionaries["order_id"].take)


def baskets(source: Source, sold: Lazy, item: LazyDimension) -> Baskets:
    """The distinct items of each order among its selected sale lines."""
    named = sold.select("order_id", "day", item.codes.alias("item"))
    pairs = named.group_by("order_id", "item").agg(nw.col("day").min())
    found = source.collect(pairs).sort_values(["order_id", "item"], ignore_index=True)
    _, first, row = np.unique(found["order_id"].to_numpy("int64"), return_index=True, return_inverse=True)
    return lists.baskets(row, found["item"].to_numpy("int64"), found["day"].to_numpy("int64")[first], item.domain)


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
    """The selected lines from `offset` on, at most `limit`, sorted by (column, ascending) pairs, blanks last, and then
    in stored order."""

    def numbers(name: str) -> nw.Expr:
        if name in dimensions:
            return dimensions[name].codes
        return nw.col("order_at" if name == "ordered_at" else name)

    keys = [
        (nw.col("order_rank") if name == "order_id" else numbers(name)).alias(f"sort{i}")
        for i, (name, _) in enumerate(sort)
    ]
    shown = rows.select(nw.col("line"), *(numbers(c).alias(f"shown {c}") for c in columns), *keys)
    by = [f"sort{i}" for i in range(len(sort))]
    ordered = shown.sort(*by, "line", descending=[*(not ascending for _, ascending in sort), False], nulls_last=True)
    page = source.collect(ordered.head(offset + limit)).iloc[offset:]
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
