"""What a reader should know about the lines that are kept.

Refunds, nobody's orders, odd prices, late days. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.loading.lines.spool import Scratch
from analytics.loading.spec import Spec
from analytics.quality import Quality
from analytics.runtime.parallel import parallel_map

LEAST_FOR_OUTLIERS = 10
AT_A_TIME = 1_000_000  # lines of some products looked at together

Places = Callable[[np.ndarray], list[str]]  # where lines come from


def notice_all(spec: Spec, lines: Scratch, places: Places, quality: Quality) -> None:
    """Add what is found in the lines: refunds, nobody's orders, odd prices, days after the last complete one."""
    _note(quality, "refund", "lines taken as refunds", np.flatnonzero(~lines.values("sale")), lines, places)
    if "customer" in lines:
        codes, words = lines.texts("customer")
        nobody = words.index("").as_py()
        found = np.flatnonzero(codes == nobody) if nobody >= 0 else np.empty(0, "int64")
        _note(
            quality, "no_customer", "lines without a customer, left out of customer metrics only", found, lines, places
        )
    if spec.cleaning.outliers != "off" and len(lines):
        codes, words = lines.texts("product")
        values = lines.values("amount")
        if spec.cleaning.outliers == "unit_price":
            quantity = lines.values("quantity")
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.where(quantity != 0, values / quantity, np.nan)
            del quantity
        found = np.flatnonzero(far_off(codes, values, spec.cleaning.outlier_threshold))
        what = "price per unit" if spec.cleaning.outliers == "unit_price" else "amount"
        label = f"lines whose {what} is far from their product's usual one, kept"
        some = found[:5]
        said = [f"{words[int(c)].as_py()}, {what} {v:,.2f}" for c, v in zip(codes[some], values[some], strict=True)]
        quality.add("outlier", label, "noticed", len(found), _examples(places(some), said))
    if spec.profile.data_until:
        end = np.datetime64(spec.profile.data_until) + np.timedelta64(1, "D")
        moments = lines.values("ordered_at")
        found = np.flatnonzero(moments >= end)
        label = f"lines after the last complete day, {spec.profile.data_until}, kept"
        said = [str(m)[:16].replace("T", " ") for m in moments[found[:5]]]
        quality.add("after_data_until", label, "noticed", len(found), _examples(places(found[:5]), said))


def _note(quality: Quality, reason: str, label: str, found: np.ndarray, lines: Scratch, places: Places) -> None:
    some = found[:5]
    said = [f"amount {amount:,.2f}" for amount in lines.some("amount", some)]
    quality.add(reason, label, "noticed", len(found), _examples(places(some), said))


def _examples(places: list[str], said: list[str]) -> list[str]:
    return [f"{place}: {text}"[:120] for place, text in zip(places, said, strict=True)]


def outliers(lines: pd.DataFrame, what: str = "unit_price", threshold: float = 6.0) -> np.ndarray:
    """Which lines are far from the median of their product: |x − median| over 1.4826 · MAD above `threshold`.

    x is amount / quantity, or amount. A product of fewer than ten lines, or with a MAD of zero (one price), has none.
    Empty lines give none. Source: Leys et al. 2013, the median absolute deviation as a robust scale.
    """
    codes = pd.factorize(lines["product"])[0]
    quantity = lines["quantity"].where(lines["quantity"] != 0)
    values = lines["amount"] / quantity if what == "unit_price" else lines["amount"]
    return far_off(codes, values.to_numpy("float64"), threshold)


def far_off(codes: np.ndarray, values: np.ndarray, threshold: float) -> np.ndarray:
    """The same for codes of products (from 0) and values x, NaN where there is none."""
    far = np.zeros(len(codes), bool)
    sizes = np.bincount(codes) if len(codes) else np.zeros(0, "int64")
    batch = (np.cumsum(sizes) // AT_A_TIME).astype("int32")
    batch[sizes < LEAST_FOR_OUTLIERS] = -1

    def look(number: int) -> None:
        mine = np.flatnonzero((batch == number)[codes]) if len(codes) > AT_A_TIME else np.arange(len(codes))
        product, value = codes[mine], values[mine]
        distance = np.abs(value - _medians(product, value, len(sizes)))
        mad = _medians(product, distance, len(sizes))
        with np.errstate(invalid="ignore"):
            far[mine] = (distance > threshold * 1.4826 * mad) & (mad > 0) & (sizes[product] >= LEAST_FOR_OUTLIERS)

    list(parallel_map(look, np.unique(batch[batch >= 0])))
    return far


def _medians(groups: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The median of each value's group, NaN left aside."""
    found = pd.Series(values).groupby(groups, sort=False).median()
    medians = np.full(count, np.nan)
    medians[found.index] = found.to_numpy()
    return np.asarray(medians[groups])
