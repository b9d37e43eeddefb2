"""What a reader should know about the lines that are kept: refunds, lines without a customer, unusual prices, days that
are not complete. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.language import N_
from analytics.loading.lines.spool import Spool
from analytics.loading.spec import Part, Spec
from analytics.quality import LONGEST_EXAMPLE, MOST_EXAMPLES, Quality
from analytics.runtime.parallel import parallel_map

LEAST_LINES = 10  # of a product, for its usual price to be known
MAD_TO_DEVIATION = 1.4826  # of a normal distribution
BATCHES = 24
BATCH_LINES = 1_000_000  # lines of several products that are worked on at a time

Places = Callable[[np.ndarray], list[str]]  # where lines come from: "march.csv:17" for each


def add_findings(spec: Spec, lines: Spool, places: Places, quality: Quality) -> None:
    """Add to the quality report what is found in the lines."""
    _add_refunds(lines, places, quality)
    _add_returned_whole(lines, places, quality)
    _add_without_price(lines, places, quality)
    _add_without_customer(lines, places, quality)
    _add_outliers(spec, lines, places, quality)
    _add_after_last_complete_day(spec, lines, places, quality)


def add_assumed_pieces(part: Part, lines: int, quality: Quality) -> None:
    """Count lines that a price is the amount of, since nothing tells how many pieces they sell."""
    amount = part.fields["amount"].compute
    if part.fields["quantity"].constant is not None and amount and any(n.name == "quantity" for n in amount.names):
        label = N_("lines whose number of pieces no column tells: each is taken to sell one, at its price")
        quality.add("pieces_assumed", label, "noticed", lines)


def _add_refunds(lines: Spool, places: Places, quality: Quality) -> None:
    found = np.flatnonzero(~lines.values("sale"))
    quality.add("refund", N_("lines counted as refunds"), "noticed", len(found), _with_amount(found, lines, places))


def _add_returned_whole(lines: Spool, places: Places, quality: Quality) -> None:
    """Orders of which nothing is left: they were placed, so they count as orders, but bring nothing."""
    sale = lines.values("sale")
    if sale.all():
        return
    order, ids = lines.texts("order_id")
    sold = np.bincount(order[sale], minlength=len(ids)) > 0
    back = np.bincount(order[~sale], minlength=len(ids)) > 0
    left = np.bincount(order, lines.values("amount"), minlength=len(ids))
    whole = np.flatnonzero(sold & back & (np.round(left, 6) <= 0))
    if not len(whole):
        return
    first = np.full(len(ids), -1)
    first[order[::-1]] = np.arange(len(order))[::-1]  # of several assignments the last stays: the earliest line
    shown = np.sort(first[whole])[:MOST_EXAMPLES]
    texts = [f"order {ids[int(order[i])].as_py()}" for i in shown]
    label = N_("orders returned in full: each still counts as an order; what is nothing but a refund counts as none")
    quality.add("returned_whole", label, "noticed", len(whole), _examples(places(shown), texts))


def _add_without_price(lines: Spool, places: Places, quality: Quality) -> None:
    """Lines that move goods without money and without a customer: as a rule nobody bought anything."""
    if "customer" not in lines:
        return
    codes, customers = lines.texts("customer")
    nobody = codes == customers.index("").as_py()
    quantity = lines.values("quantity")
    found = np.flatnonzero(nobody & (lines.values("amount") == 0) & (quantity != 0))
    shown = found[:MOST_EXAMPLES]
    label = N_("lines with a quantity but no price and no customer, such as stock corrections, counted as order lines")
    texts = [f"quantity {quantity[i]:,.6g}" for i in shown]
    quality.add("no_price_no_customer", label, "noticed", len(found), _examples(places(shown), texts))


def _add_without_customer(lines: Spool, places: Places, quality: Quality) -> None:
    if "customer" not in lines:
        return
    codes, customers = lines.texts("customer")
    unknown = customers.index("").as_py()
    found = np.flatnonzero(codes == unknown) if unknown >= 0 else np.empty(0, "int64")
    label = N_("lines without a customer, left out of customer metrics only")
    quality.add("no_customer", label, "noticed", len(found), _with_amount(found, lines, places))


def _add_outliers(spec: Spec, lines: Spool, places: Places, quality: Quality) -> None:
    if spec.cleaning.outliers == "off" or not len(lines):
        return
    by_unit = spec.cleaning.outliers == "unit_price"
    what = "price per unit" if by_unit else "amount"
    codes, products = lines.texts("product")
    amount, quantity = lines.values("amount"), lines.values("quantity")

    def values(rows: np.ndarray) -> np.ndarray:
        return _per_unit(amount[rows], quantity[rows]) if by_unit else amount[rows]

    found = np.flatnonzero(far_from_usual(codes, values, spec.cleaning.outlier_threshold))
    shown = found[:MOST_EXAMPLES]
    texts = [
        f"{products[int(code)].as_py()}, {what} {value:,.2f}"
        for code, value in zip(codes[shown], values(shown), strict=True)
    ]
    label = N_(
        "lines whose price per unit is far from what is usual for the product, kept"
        if by_unit
        else "lines whose amount is far from what is usual for the product, kept"
    )
    quality.add("outlier", label, "noticed", len(found), _examples(places(shown), texts))


def _per_unit(amount: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(quantity != 0, amount / quantity, np.nan)


def _add_after_last_complete_day(spec: Spec, lines: Spool, places: Places, quality: Quality) -> None:
    last = spec.profile.data_until
    if not last:
        return
    times = lines.values("ordered_at")
    found = np.flatnonzero(times >= np.datetime64(last) + np.timedelta64(1, "D"))
    shown = found[:MOST_EXAMPLES]
    texts = [str(time)[:16].replace("T", " ") for time in times[shown]]
    label = N_("lines after the last complete day, {day}, kept", day=str(last))
    quality.add("after_data_until", label, "noticed", len(found), _examples(places(shown), texts))


def _with_amount(found: np.ndarray, lines: Spool, places: Places) -> list[str]:
    shown = found[:MOST_EXAMPLES]
    return _examples(places(shown), [f"amount {amount:,.2f}" for amount in lines.values_at("amount", shown)])


def _examples(places: list[str], texts: list[str]) -> list[str]:
    return [f"{place}: {text}"[:LONGEST_EXAMPLE] for place, text in zip(places, texts, strict=True)]


def outliers(lines: pd.DataFrame, what: str = "unit_price", threshold: float = 6.0) -> np.ndarray:
    """Which lines are far from the median of their product: |x − median| over 1.4826 · MAD is above `threshold`.

    x is amount / quantity, or amount. A product of fewer than ten lines, or whose MAD is zero (one price), has none.
    No lines give none. Source: Leys et al. 2013, the median absolute deviation as a robust scale.
    """
    codes = pd.factorize(lines["product"])[0]
    values = lines["amount"].to_numpy("float64")
    if what == "unit_price":
        values = _per_unit(values, lines["quantity"].to_numpy("float64"))
    return far_from_usual(codes, values.__getitem__, threshold)


def far_from_usual(codes: np.ndarray, values: Callable[[np.ndarray], np.ndarray], threshold: float) -> np.ndarray:
    """The same for codes of products (from 0) and values x of some lines, NaN where there is none.

    Products are worked on in batches of about BATCH_LINES lines, on both cores; in at most BATCHES, each
    of which looks for its lines among all.
    """
    far = np.zeros(len(codes), bool)
    step = max(BATCH_LINES, len(codes) // BATCHES)
    chunks = [slice(at, at + step) for at in range(0, len(codes), step)]
    sizes = np.zeros(int(codes.max()) + 1 if len(codes) else 0, "int64")
    for part in chunks:
        counted = np.bincount(codes[part])
        sizes[: len(counted)] += counted
    batch_of = (np.cumsum(sizes) // step).astype("int8")
    batch_of[sizes < LEAST_LINES] = -1
    of_lines = np.empty(len(codes), batch_of.dtype)
    for part in chunks:
        of_lines[part] = batch_of[codes[part]]

    def judge(batch: int) -> None:
        mine = np.flatnonzero(of_lines == batch)
        product = codes[mine]
        value = values(mine)
        distance = np.abs(value - _medians(product, value, len(sizes)))
        mad = _medians(product, distance, len(sizes))
        with np.errstate(invalid="ignore"):
            far[mine] = (distance > threshold * MAD_TO_DEVIATION * mad) & (mad > 0) & (sizes[product] >= LEAST_LINES)

    list(parallel_map(judge, np.unique(batch_of[batch_of >= 0])))
    return far


def _medians(groups: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """For each value the median of its group, without NaN."""
    found = pd.Series(values).groupby(groups, sort=False).median()
    medians = np.full(count, np.nan)
    medians[found.index] = found.to_numpy()
    return np.asarray(medians[groups])
