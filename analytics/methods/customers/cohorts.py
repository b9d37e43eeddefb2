"""Do customers come back? Cohorts by month of first purchase, retention between periods, repeat rates.

Input everywhere: one element per order (refund lines left out by the caller): `customers`, integer codes, negative
where the customer is unknown (left out); `dates`, datetimes of any unit; where it matters `data_until`, the last day
that the data cover, inclusive. Orders after it are left out. What the data cannot have seen to its end is NaN, never 0.
Days count, so several orders on one day are one purchase. The definitions are the customary ones, spelt out at each
function because tools differ in them. `calendar_cohorts` and `relative_cohorts` are for notebooks: charts of cohorts
count customers through an engine.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.errors import DataError

Array = np.ndarray
NEVER = np.iinfo("int64").max
BITMAP_LIMIT = 2**27


class Share(NamedTuple):
    """`part` of `whole` customers; `rate` in 0–100, NaN where nobody counts or the data do not reach far enough."""

    whole: int
    part: int
    rate: float


def calendar_cohorts(customers: Any, dates: Any, data_until: Any) -> pd.DataFrame:
    """Of those who first bought in a month, how many bought in each later calendar month?

    Grain: one row per month in which somebody bought first (index `cohort`, "1997-01"). Columns: `size`, customers;
    then 0, 1, 2, … months later: distinct customers who bought in that month (column 0 is the size). A month that the
    data do not fill is NaN. No orders give an empty frame with `size` alone. Raises DataError for bad columns.
    """
    owner, day, last = _orders(customers, dates, data_until)
    first = _first_days(owner, day)
    month_of = _months(day)
    begun = _months(first[first != NEVER])
    if not len(day):
        return _counts(np.zeros((0, 0)), begun)
    this_month, whole_months = _months(np.array([last, last + 1]))  # months before `whole_months` are complete
    start = int(begun.min())
    width = int(this_month) - start + 1
    cohort_of = _cohort_of(first, begun, start)
    who, when = _distinct(owner, month_of - start, len(first), width)
    table = _tally(cohort_of[who], when - cohort_of[who], width)
    month = start + np.arange(len(table))[:, None] + np.arange(width)[None, :]
    return _counts(np.where(month < whole_months, table, np.nan), begun)


def relative_cohorts(customers: Any, dates: Any, data_until: Any, days: int = 30) -> pd.DataFrame:
    """Of those who first bought in a month, how many bought within each span of `days` days after their own first day?

    Span 0 is the first purchase and the days after it up to `days` − 1. As `calendar_cohorts` in shape; a span is NaN
    unless even a customer who came on the month's last day has been watched to its end. No orders give an empty frame.
    Raises DataError for bad columns or days < 1.
    """
    if days < 1:
        raise DataError(f"expected a span of 1 day or more, got {days}.", where="relative_cohorts")
    owner, day, last = _orders(customers, dates, data_until)
    first = _first_days(owner, day)
    begun = _months(first[first != NEVER])
    if not len(day):
        return _counts(np.zeros((0, 0)), begun)
    start = int(begun.min())
    width = int((last - day.min()) // days) + 1
    cohort_of = _cohort_of(first, begun, start)
    who, span = _distinct(owner, (day - first[owner]) // days, len(first), width)
    table = _tally(cohort_of[who], span, width)
    month_ends = _first_of(start + np.arange(len(table)) + 1) - 1
    seen_to = month_ends[:, None] + days * (np.arange(width) + 1)[None, :] - 1
    return _counts(np.where(seen_to <= last, table, np.nan), begun)


def rates(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Cohort counts as shares of the cohort's size, 0–100; `size` stays as it is."""
    shares = cohorts.drop(columns="size").div(cohorts["size"], axis=0) * 100
    return pd.concat([cohorts[["size"]], shares], axis=1)


def average_retention(cohorts: pd.DataFrame) -> pd.DataFrame:
    """What share of customers comes back after k months (or spans), over all cohorts seen that long?

    Grain: one row per k (index `k`). Columns: `customers` of the cohorts observed at k, `returned` of them, `rate`
    0–100. Each k has its own denominator: with all customers in it, young cohorts would count as lost. NaN where no
    cohort has been observed. No cohorts give an empty frame.
    """
    counts = cohorts.drop(columns="size")
    watched = counts.notna().mul(cohorts["size"], axis=0).sum().astype("int64")
    returned = counts.sum().astype("int64")
    rate = 100 * returned / watched.where(watched > 0)
    columns = {"customers": watched, "returned": returned, "rate": rate.astype(float)}
    return pd.DataFrame(columns).rename_axis("k")


def retention(customers: Any, dates: Any, previous: TimeRange, now: TimeRange, data_until: Any) -> Share:
    """Of the customers who bought in the period `previous`, what share bought again in `now`?

    Periods are half-open. CRR = |active before ∩ active now| / |active before|; (customers at the end − new) /
    customers at the start is the same only where all three count the same people. The rate is NaN where nobody bought
    before or the data do not reach the end of both periods. Raises DataError for bad columns.
    """
    owner, day, last = _orders(customers, dates, data_until)
    before, after = (_active(owner, day, span) for span in (previous, now))
    whole = int(before.sum())
    part = int((before & after).sum())
    seen = _day(max(previous.end, now.end)) - 1 <= last
    return Share(whole, part, _percent(part, whole) if seen else float("nan"))


def repeat_rate(customers: Any, dates: Any) -> Share:
    """What share of the customers bought on two or more distinct days? NaN for nobody; DataError for bad columns."""
    waits = days_to_second(customers, dates)
    part = int(np.isfinite(waits).sum())
    return Share(len(waits), part, _percent(part, len(waits)))


def days_to_second(customers: Any, dates: Any) -> Array:
    """Days from each customer's first to second purchase day, NaN where there was none; one element per customer.

    Customers stand in the order of their codes; those without an order are left out. The median over those who came
    back says when to remind a first buyer. Raises DataError for bad columns.
    """
    owner, day, _ = _orders(customers, dates, None)
    first = _first_days(owner, day)
    second = _second_days(owner, day, first)
    came = first != NEVER
    return np.where(second[came] == NEVER, np.nan, (second[came] - first[came]).astype(float))


def _active(owner: Array, day: Array, span: TimeRange) -> Array:
    """Which customers, by code, bought within the period?"""
    active = np.zeros(int(owner.max(initial=-1)) + 1, dtype=bool)
    active[owner[(day >= _day(span.start)) & (day < _day(span.end))]] = True
    return active


def _orders(customers: Any, dates: Any, data_until: Any) -> tuple[Array, Array, int]:
    """Dense codes and day numbers of the orders of known customers up to `data_until`, and its day number."""
    owner = np.asarray(customers)
    moment = np.asarray(dates)
    if not len(owner):
        owner = owner.astype("int64")
        moment = moment.astype("datetime64[D]")
    if owner.dtype.kind not in "iu" or moment.dtype.kind != "M" or owner.shape != moment.shape:
        came = f"{owner.dtype} of {owner.size} and {moment.dtype} of {moment.size}"
        raise DataError(f"expected integer customer codes and as many datetimes, got {came}.", where="cohorts")
    known = owner >= 0
    owner = owner[known]
    moment = moment[known]
    if np.isnat(moment).any():
        raise DataError(f"{int(np.isnat(moment).sum())} orders lack a date.", where="cohorts", hint="Leave them out.")
    day = moment.astype("datetime64[D]").astype("int64")
    last = NEVER
    if data_until is not None:
        last = _day(data_until)
        owner = owner[day <= last]
        day = day[day <= last]
    if int(owner.max(initial=0)) > 8 * len(owner) + 1024:  # these are ids, not codes
        owner = np.unique(owner, return_inverse=True)[1]
    return owner.astype("int64", copy=False), day, last


def _first_days(owner: Array, day: Array) -> Array:
    first = np.full(int(owner.max(initial=-1)) + 1, NEVER)
    np.minimum.at(first, owner, day)
    return first


def _second_days(owner: Array, day: Array, first: Array) -> Array:
    later = day > first[owner]
    second = np.full(len(first), NEVER)
    np.minimum.at(second, owner[later], day[later])
    return second


def _day(moment: Any) -> int:
    return int(pd.Timestamp(moment).to_datetime64().astype("datetime64[D]").astype("int64"))


def _months(day: Array) -> Array:
    """Month numbers of day numbers; looked up, as days repeat and the calendar is slow."""
    if not len(day):
        return day
    low = int(day.min())
    calendar = np.arange(low, int(day.max()) + 1).astype("datetime64[D]").astype("datetime64[M]").astype("int64")
    return np.asarray(calendar[day - low])


def _cohort_of(first: Array, begun: Array, start: int) -> Array:
    """Row of each customer code in the cohort table; 0 for codes without an order, which no order asks for."""
    cohort = np.zeros(len(first), dtype="int64")
    cohort[first != NEVER] = begun - start
    return cohort


def _first_of(month: Array) -> Array:
    return month.astype("datetime64[M]").astype("datetime64[D]").astype("int64")


def _distinct(owner: Array, period: Array, owners: int, periods: int) -> tuple[Array, Array]:
    """The distinct (owner, period) pairs: marked on a bitmap, or sorted where that would be too large."""
    key = owner * periods + period
    if owners * periods <= BITMAP_LIMIT:
        mark = np.zeros(owners * periods, dtype=bool)
        mark[key] = True
        key = np.flatnonzero(mark)
    else:
        key = np.sort(key)  # np.unique would hash, which is a hundred times slower for millions
        key = key[np.diff(key, prepend=-1) > 0]
    return key // periods, key % periods


def _tally(cohort: Array, later: Array, width: int) -> Array:
    rows = int(cohort.max(initial=-1)) + 1
    return np.bincount(cohort * width + later, minlength=rows * width).reshape(rows, width).astype(float)


def _counts(table: Array, begun: Array) -> pd.DataFrame:
    """The frame of a cohort table whose row 0 is the first month; months in which nobody began are left out."""
    months, size = np.unique(begun, return_counts=True)
    kept = table[months - months[0]] if len(months) else table
    index = pd.Index(months.astype("datetime64[M]").astype(str), name="cohort", dtype="str")
    frame = pd.DataFrame(kept, index=index, columns=range(kept.shape[1]))
    frame.insert(0, "size", size)
    return frame


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")
