"""What each customer bought and when, out of lazy frames."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from analytics.engines.narwhals.source import Lazy, Source
from analytics.store import StoredDataset


def facts_of_customers(
    source: Source, data: StoredDataset, rows: Lazy, whole: bool, *, order_days: bool = False
) -> pd.DataFrame:
    """One row per customer of some lines of known customers, sorted.

    Columns: customer, revenue, units, lines; and, of sale lines, orders, first and last (microseconds since 1970)
    and, where they are wanted, order_days (distinct days). `whole`: the lines are whole orders.
    """
    sold = nw.lit(True) if data.facts.all_sale else nw.col("sale")
    parts = {
        "amount": nw.col("amount"),
        "quantity": nw.col("quantity"),
        "at": nw.when(sold).then(nw.col("order_at")),
        "blank": (~sold).cast(nw.Int64),
        "order": nw.col("head").cast(nw.Int64) if whole else nw.when(sold).then(nw.col("order_id")),
    }
    exact = {n: nw.Int64 if data.fields[n].exact else nw.Float64 for n in ("amount", "quantity")}
    orders = nw.col("order").sum() if whole else nw.col("order").n_unique()
    totals = [
        nw.col("amount").sum().cast(exact["amount"]).alias("revenue"),
        nw.col("quantity").sum().cast(exact["quantity"]).alias("units"),
        nw.len().cast(nw.Int64).alias("lines"),
        orders.cast(nw.Int64).alias("orders"),
        nw.col("at").min().alias("first"),
        nw.col("at").max().alias("last"),
        nw.col("blank").max(),
    ]
    if order_days:
        parts["order_days"] = nw.when(sold).then(nw.col("day"))
        totals.append(nw.col("order_days").n_unique().cast(nw.Int64))
    grouped = rows.select("customer", *(e.alias(n) for n, e in parts.items())).group_by("customer").agg(*totals)
    found = source.collect(grouped).sort_values("customer", ignore_index=True)
    blank = found.pop("blank")  # a blank is counted as one more value
    if not whole:
        found["orders"] -= blank
    if order_days:
        found["order_days"] -= blank
    for name, field in (("revenue", "amount"), ("units", "quantity")):
        found[name] = found[name].astype("float64") / data.fields[field].divisor
    return found


def moments(microseconds: pd.Series) -> np.ndarray:
    """Microseconds since 1970 as times, blank where they are missing."""
    known = microseconds.notna().to_numpy()
    at = np.full(len(microseconds), np.iinfo("int64").min)
    at[known] = microseconds[known].astype("int64")
    return at.astype("datetime64[us]")
