"""What a reader should know about the lines that are kept.

Refunds, nobody's orders, odd prices, late days. Changes nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.quality import Quality
from analytics.sources import Rows
from analytics.spec import Spec

LEAST_FOR_OUTLIERS = 10


def notice(spec: Spec, lines: pd.DataFrame, rows: Rows, quality: Quality) -> None:
    """Add findings about `lines`, whose source rows are `rows`."""

    def note(reason: str, label: str, mask: np.ndarray) -> None:
        found = np.flatnonzero(mask)
        quality.add(reason, label, "noticed", len(found), rows.examples(found[:5]))

    note("refund", "lines taken as refunds", ~lines["sale"].to_numpy())
    if "customer" in lines:
        label = "lines without a customer, left out of customer metrics only"
        note("no_customer", label, (lines["customer"] == "").to_numpy())
    if spec.cleaning.outliers != "off":
        what = "price per unit" if spec.cleaning.outliers == "unit_price" else "amount"
        label = f"lines whose {what} is far from their product's usual one, kept"
        note("outlier", label, outliers(lines, spec.cleaning.outliers, spec.cleaning.outlier_threshold))
    if spec.profile.data_until:
        end = np.datetime64(spec.profile.data_until) + np.timedelta64(1, "D")
        label = f"lines after the last complete day, {spec.profile.data_until}, kept"
        note("after_data_until", label, (lines["ordered_at"] >= end).to_numpy())


def outliers(lines: pd.DataFrame, what: str = "unit_price", threshold: float = 6.0) -> np.ndarray:
    """Which lines are far from the median of their product: |x − median| over 1.4826 · MAD above `threshold`.

    x is amount / quantity, or amount. A product of fewer than ten lines, or with a MAD of zero (one price), has none.
    Empty lines give none. Source: Leys et al. 2013, the median absolute deviation as a robust scale.
    """
    if lines.empty:
        return np.zeros(0, bool)
    quantity = lines["quantity"].where(lines["quantity"] != 0)
    value = lines["amount"] / quantity if what == "unit_price" else lines["amount"]
    groups = value.groupby(lines["product"], observed=True)
    distance = (value - groups.transform("median")).abs()
    mad = distance.groupby(lines["product"], observed=True).transform("median")
    enough = groups.transform("size") >= LEAST_FOR_OUTLIERS
    return np.asarray((distance > threshold * 1.4826 * mad) & (mad > 0) & enough)
