"""Do customers come back? New and returning ones, cohorts by month of first order, retention from period to period.

First orders are those of the whole history (the engine's first_order_month and new_or_returning). Who bought before
the data begin looks new in it. What the data or the range have not seen to its end is blank, never 0.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import Grain, TimeRange, day_label
from analytics.engines.base import Engine
from analytics.language import N_
from analytics.methods.customers import cohorts
from analytics.questions.customers.buyers import unknown_orders, with_clause
from analytics.questions.trends import partial_notes, period_days
from analytics.schema import MISSING
from analytics.selection import Clause, Resolved

NEW = "New"
RETURNING = "Returning"
FIRST_YEAR = np.timedelta64(365, "D")  # of the data, in which many who seem new are not


def new_and_returning(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How much comes from new customers, how much from those who had bought before? Grain: two rows per period, New and
    Returning.

    An order is New when it is its customer's first ever. Columns: period, new_or_returning, customers (who placed
    such an order in the period: one who came and came back in it is in both), orders, revenue, share (% of the
    period's revenue of known customers), days, period_days. Periods without orders are zeros. An empty range gives an
    empty frame.
    """
    metrics = ["customers", "orders", "revenue"]
    if options.get("metric") == "profit":
        metrics.append("profit")
    found = engine.aggregate(["period", "new_or_returning"], metrics, selection)
    notes = unknown_orders(found.loc[found["new_or_returning"] == MISSING, "orders"].sum())
    periods = engine.aggregate(["period"], ["days"], selection)
    periods["period_days"] = period_days(selection, selection.grain, len(periods))
    pairs = pd.MultiIndex.from_product([periods["period"], [NEW, RETURNING]], names=["period", "new_or_returning"])
    frame = found.set_index(["period", "new_or_returning"]).reindex(pairs).fillna(0).reset_index()
    frame = frame.astype({"customers": "int64", "orders": "int64"})
    whole = frame.groupby("period")["revenue"].transform("sum")
    frame["share"] = frame["revenue"] / whole.where(whole > 0) * 100
    notes = partial_notes(periods, selection) + notes + early_days(selection)
    return Answer(frame.merge(periods, on="period", how="left"), notes)


def early_days(selection: Resolved) -> tuple[str, ...]:
    """What new means while the data are young: who bought before they begin is taken for new, so that on the first day
    everybody is. A note where the range reaches into their first year."""
    bounds = selection.bounds
    if not selection.span.days or selection.span.start >= bounds.start + FIRST_YEAR:
        return ()
    said = N_(
        "The data begin on {day}: earlier customers count as new at their first order since, so the first months show "
        "too many.",
        day=day_label(bounds.start),
    )
    return (said,)


def new_customers_by_channel(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Through which channel do new customers come? Grain: one row per channel, most first.

    Columns: channel and new_or_returning (always New: together they name the mark's lines), customers (whose first
    order ever came through it in the range), share (%), revenue and aov of those first orders.
    """
    frame = engine.aggregate(
        ["channel", "new_or_returning"],
        ["customers", "revenue", "aov"],
        with_clause(selection, Clause("new_or_returning", (NEW,))),
        order="customers",
    )
    total = frame["customers"].sum()
    frame.insert(3, "share", frame["customers"] / total * 100 if total else np.nan)
    return Answer(frame, early_days(selection))


def cohort_retention(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Of the customers who first bought in a month, how many bought in each month after? Grain: one row per cohort and
    month, from its own (0) on.

    Columns: first_order_month, months_later, customers (distinct, who bought in that month), cohort_size, rate (%).
    Cohorts are those that begin in the range (where none does, all that began before its end), watched up to its end;
    a month that the data or the range do not fill is blank. Filters limit both: the size is the cohort's customers with
    any order inside the filters, so month 0 is below 100 % where their first order lay outside. more["average"]: k,
    customers, returned, rate over all cohorts observed at k. Source: cohorts.py.
    """
    counts = cohort_counts(engine, selection)
    notes: list[str] = []
    if counts.empty:
        counts = cohort_counts(engine, selection.at(TimeRange(selection.bounds.start, selection.span.end)))
        notes = [N_("Nobody first ordered in these months: shown are the customers of all earlier ones.")]
    rates = cohorts.rates(counts)
    average = cohorts.average_retention(counts).reset_index()
    months = [c for c in counts.columns if c != "size"]
    start = counts.index.to_numpy().astype("datetime64[M]").astype("int64")
    # a cohort's row ends with the month that the range ends in
    last = start.max() if len(start) else 0
    until = (
        max(last, int((selection.span.end - np.timedelta64(1, "D")).astype("datetime64[M]").astype("int64")))
        if len(start)
        else 0
    )
    frame = pd.DataFrame(
        {
            "first_order_month": np.repeat(counts.index.to_numpy(), len(months)),
            "months_later": np.tile(np.array(months, "int64"), len(counts)),
            "customers": counts[months].to_numpy(float).ravel(),
            "cohort_size": np.repeat(counts["size"].to_numpy("int64"), len(months)),
            "rate": rates[months].to_numpy(float).ravel(),
        }
    )
    seen = np.repeat(start, len(months)) + frame["months_later"].to_numpy() <= until
    if counts[months].isna().to_numpy().any():
        notes.append(N_("Blank: month unfinished."))
    return Answer(frame[seen].reset_index(drop=True), tuple(notes if len(counts) else ()), {"average": average})


def cohort_counts(engine: Engine, selection: Resolved) -> pd.DataFrame:
    """The cohort table as cohorts.py has it: index cohort; size; customers 0, 1, 2, … months later, NaN where not seen
    to its end.
    """
    whole = selection.to_date.by("month")
    sizes = engine.aggregate(["first_order_month"], ["customers"], whole).set_index("first_order_month")["customers"]
    first = str(selection.span.start.astype("datetime64[M]"))
    sizes = sizes[(sizes.index >= first) & (sizes > 0)]  # "" (nobody's) sorts before every month
    cells = engine.aggregate(["first_order_month", "period"], ["customers"], whole)
    cells = cells[
        cells["first_order_month"].isin(sizes.index) & (cells["customers"] > 0)
    ]  # a refund may precede the first order
    begun = sizes.index.to_numpy().astype("datetime64[M]").astype("int64")
    end = int((selection.span.end - np.timedelta64(1, "D")).astype("datetime64[M]").astype("int64"))
    width = max(0, end - int(begun.min()) + 1) if len(begun) else 0
    table = np.zeros((len(sizes), width))
    row = pd.Index(sizes.index).get_indexer(cells["first_order_month"])
    cohort, month = (
        cells[c].to_numpy().astype("datetime64[M]").astype("int64") for c in ("first_order_month", "period")
    )
    table[row, month - cohort] = cells["customers"]
    seen_until = (
        min(selection.bounds.until, selection.span.end).astype("datetime64[M]").astype("int64")
    )  # months before are complete
    table = np.where(begun[:, None] + np.arange(width)[None, :] < seen_until, table, np.nan)
    frame = pd.DataFrame(
        table, index=pd.Index(sizes.index.to_numpy(), name="cohort", dtype="str"), columns=range(width)
    )
    frame.insert(0, "size", sizes.to_numpy("int64"))
    return frame


def retention_over_time(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Of the customers who bought in one period, what share bought again in the next? Grain: one row per month (option
    `by`: quarter, year) of the range.

    Columns: period, customers (who bought in it), previous_customers (in the period before, also where that lies
    before the range), retained (in both), rate (% of previous_customers), days, period_days. The rate is blank where
    nobody bought before or either period is not seen whole. An empty range gives an empty frame. Source:
    cohorts.retention.
    """
    names = {"month": "month", "quarter": "quarter", "year": "year"}
    grain: Grain = names.get(options.get("by") or "month", "month")  # type: ignore[assignment]
    calendar = selection.calendar
    bounds = selection.bounds
    watched = TimeRange(bounds.start, min(bounds.until, selection.span.end))
    starts = calendar.starts(selection.span, grain)
    spans = [calendar.period(calendar.next(s, grain, -1), grain) for s in starts[:1]] + [
        calendar.period(s, grain) for s in starts
    ]
    buyers = [_buyers(engine, selection, span) for span in spans]
    rows = []
    for i, start in enumerate(starts, 1):
        stayed = len(np.intersect1d(buyers[i - 1], buyers[i], assume_unique=True))
        whole = spans[i].within(watched) and spans[i - 1].within(watched) and len(buyers[i - 1]) > 0
        rate = stayed / len(buyers[i - 1]) * 100 if whole else np.nan
        rows.append(
            (
                calendar.name(start, grain),
                len(buyers[i]),
                len(buyers[i - 1]),
                stayed,
                rate,
                spans[i].clipped(watched).days,
                spans[i].days,
            )
        )
    frame = pd.DataFrame(
        rows, columns=["period", "customers", "previous_customers", "retained", "rate", "days", "period_days"]
    )
    return Answer(frame, partial_notes(frame, selection))


def _buyers(engine: Engine, selection: Resolved, span: TimeRange) -> np.ndarray:
    """Codes of the customers who ordered in the period, as far as it lies in the data and before the end of the
    range; in order.
    """
    seen = span.clipped(TimeRange(selection.bounds.start, selection.span.end))
    if not seen.days:
        return np.empty(0, "int64")
    found = engine.entities("customer", selection.at(seen)).columns
    return found["code"][found["orders"] > 0]
