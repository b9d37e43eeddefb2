"""Who buys: how many, how much each, how often, what, and which groups of them.

Orders without a customer are left out of every customer question; customer_kpis counts them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import ONE_DAY, TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.language import N_
from analytics.metrics import METRICS, available
from analytics.questions.overview import change, direction, under_product_filter
from analytics.questions.trends import partly
from analytics.schema import MISSING
from analytics.selection import Clause, Resolved

FIGURES = ("revenue_per_customer", "orders_per_customer", "repeat_rate")
GROUP_METRICS = (
    "revenue",
    "orders",
    "customers",
    "aov",
    "revenue_per_customer",
    "orders_per_customer",
    "conversion_rate",
)


def customer_kpis(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How many customers are there, how many buy, and what is one worth? Grain: one row per figure.

    Rows: listed_customers (of the customer list, where the data have one; filters on what the list does not say do
    not limit it), customers (bought in the range), active_customers (bought within the window before the range's last
    day, whatever the range's start), revenue_per_customer, orders_per_customer, repeat_rate. Columns: metric, value,
    base (the comparison's value; blank for the list), delta, direction as in overview.kpis. Option `window`: days;
    "default" is the data set's own. more["window"]: the days used. Nobody gives zeros and blanks.
    """
    days = window_days(engine, options)
    now = _figures(engine, selection, days)
    before = {} if selection.before is None else _figures(engine, selection.before, days)
    rows: list[tuple[str, float, float]] = []
    if "customers" in engine.schema.tables:
        rows.append(("listed_customers", float(len(listed(engine, selection))), np.nan))
    rows += [(name, value, before.get(name, np.nan)) for name, value in now.items()]
    deltas = [change(name if name in METRICS else "customers", value, base) for name, value, base in rows]
    frame = pd.DataFrame(rows, columns=["metric", "value", "base"])
    frame["delta"] = deltas
    frame["direction"] = [
        direction(n if n in METRICS else "customers", d) for n, d in zip(frame["metric"], deltas, strict=True)
    ]
    orders = engine.aggregate([], ["orders", "known_orders"], selection).iloc[0]
    return Answer(
        frame,
        (*unknown_orders(orders["orders"] - orders["known_orders"]), *under_product_filter(engine, selection)),
        {"window": pd.DataFrame({"days": [days]})},
    )


def window_days(engine: Engine, options: Options) -> int:
    """Days within which a customer must have bought to be active."""
    chosen = options.get("window") or "default"
    return engine.profile.active_days if chosen == "default" else int(chosen)


def _figures(engine: Engine, selection: Resolved, days: int) -> dict[str, float]:
    found = engine.aggregate([], ["customers", *FIGURES], selection).iloc[0]
    recent = selection.at(TimeRange(selection.span.end - ONE_DAY - np.timedelta64(days, "D"), selection.span.end))
    active = engine.aggregate([], ["customers"], recent)["customers"].sum() if selection.span.days else 0
    return {
        "customers": float(found["customers"]),
        "active_customers": float(active),
        **{n: float(found[n]) for n in FIGURES},
    }


def listed(engine: Engine, selection: Resolved) -> pd.DataFrame:
    """The customer list, one row per customer, as far as the filters speak of what it says."""
    table = engine.table("customers")
    for clause in selection.clauses:
        if clause.field in table and not clause.whole_orders:
            text = table[clause.field].astype(object).where(table[clause.field].notna(), MISSING).astype(str)
            table = table[(text.isin(clause.include) if clause.include else True) & ~text.isin(clause.exclude)]
    return table.drop_duplicates("customer")


def unknown_orders(count: float) -> tuple[str, ...]:
    """The note for orders that have no customer."""
    said = N_("{orders:order|orders} without a customer {orders:?is|are} left out.", orders=int(count))
    return (said,) if count > 0 else ()


def by_customer(
    engine: Engine, selection: Resolved, metrics: Sequence[str], order: str = "revenue"
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row per customer with a selected line, most first (ties by id): customer, customer_name (where the data name
    customers), the metrics; and what was left out, in words.
    """
    by = ["customer", "customer_name"] if named(engine) else ["customer"]
    frame = engine.aggregate(by, [*dict.fromkeys((*metrics, "orders"))], selection, order=order)
    known = frame["customer"] != MISSING
    notes = unknown_orders(frame.loc[~known, "orders"].sum())
    return frame.loc[known, [*by, *metrics]].reset_index(drop=True), notes


def with_names(engine: Engine, selection: Resolved, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with customer_name ("" for a customer without one) after their customer, where the data name them."""
    if named(engine):
        names = engine.aggregate(["customer", "customer_name"], ["lines"], selection).set_index("customer")
        name_of = names["customer_name"][~names.index.duplicated()]
        frame.insert(list(frame.columns).index("customer") + 1, "customer_name", frame["customer"].map(name_of))
        frame["customer_name"] = frame["customer_name"].fillna(MISSING)
    return frame


def named(engine: Engine) -> bool:
    """Whether the data name customers, each always by the same name."""
    return "customer_name" in engine.schema and engine.schema["customer_name"].level == "customer"


def customer_ranking(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Who are the best customers? Grain: one row per customer, most first (ties by id).

    Columns: customer, customer_name (where given), the metric chosen, share (% of its total over customers; none for
    the average order), the other metrics of revenue, orders, units, aov, and rank.
    """
    lead = options.get("metric") or "revenue"
    names = [lead, *(m for m in ("revenue", "orders", "units", "aov") if m != lead)]
    frame, _ = by_customer(engine, selection, names, lead)
    if METRICS[lead].additive:
        total = float(frame[lead].sum())
        frame.insert(list(frame.columns).index(lead) + 1, "share", frame[lead] / total * 100 if total > 0 else np.nan)
    frame["rank"] = np.arange(1, len(frame) + 1)
    return Answer(frame)


def spending_and_aov(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Do big customers order often, or much at a time? Grain: one row per customer, most revenue first.

    Columns: customer, customer_name (where given), revenue, aov, orders. more["middle"]: revenue per customer and AOV
    of all of them, the cross lines.
    """
    frame, _ = by_customer(engine, selection, ["revenue", "aov", "orders"])
    whole = engine.aggregate([], ["revenue_per_customer", "aov"], selection).rename(
        columns={"revenue_per_customer": "revenue"}
    )
    return Answer(frame, (), {"middle": whole})


def order_frequency(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How often does each customer order, year by year? Grain: one row per customer and year with orders; most orders
    first, then by year.

    Columns: customer, customer_name (where given), period (the data set's year), orders, customer_orders (of that
    customer in all years shown), year_orders (of all known customers in that year). A year that the range or the data
    do not fill is named.
    """
    years = selection.by("year")
    by = ["customer", "customer_name", "period"] if named(engine) else ["customer", "period"]
    frame = engine.aggregate(by, ["orders"], years)
    frame = frame[(frame["customer"] != MISSING) & (frame["orders"] > 0)]
    frame = frame.assign(
        customer_orders=frame.groupby("customer", sort=False)["orders"].transform("sum"),
        year_orders=frame.groupby("period", sort=False)["orders"].transform("sum"),
    )
    frame = frame.sort_values(
        ["customer_orders", "customer", "period"], ascending=[False, True, True], kind="stable", ignore_index=True
    )
    return Answer(frame, partial_years(years))


def partial_years(selection: Resolved) -> tuple[str, ...]:
    """A sentence for each year that the range or the data do not fill."""
    calendar = selection.calendar
    reach = selection.span.clipped(selection.bounds.span)
    years = [calendar.period(s, "year") for s in calendar.starts(selection.span, "year")]
    return tuple(
        partly(calendar.name(y.start, "year"), y.clipped(reach).days, y.days) for y in years if not y.within(reach)
    )[:4]


def customers_by_orders(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How many customers ordered once, twice, three times? Grain: one row per number of orders that occurs in the
    range.

    Columns: order_count, customers, share (% of customers), revenue, revenue_share (%). The repeat rate of the notes
    is the share of all with two or more.
    """
    found = engine.entities("customer", selection).frame("orders", "revenue")
    found = found[found["orders"] > 0]
    frame = (
        found.groupby("orders", as_index=False)
        .agg(customers=("orders", "size"), revenue=("revenue", "sum"))
        .rename(columns={"orders": "order_count"})
    )
    whole = frame["customers"].sum()
    money = frame["revenue"].sum()
    frame.insert(2, "share", frame["customers"] / whole * 100 if whole else np.nan)
    frame["revenue_share"] = frame["revenue"] / money * 100 if money > 0 else np.nan
    again = frame.loc[frame["order_count"] > 1, "customers"].sum()
    if not whole:
        return Answer(frame)
    said = N_(
        "{again} of {customers:customer|customers} ({rate}%) ordered more than once.",
        again=int(again),
        customers=int(whole),
        rate=round(float(again / whole * 100), 1),
    )
    if again == whole > 1:
        said = N_("All {customers:customer|customers} ordered more than once.", customers=int(whole))
    return Answer(frame, (said,))


def customer_products(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Who buys what? Grain: one row per customer and product bought; customers and products with most first.

    Columns: customer, customer_name (where given), product, the metric chosen, and the others of revenue, units,
    orders.
    """
    lead = options.get("metric") or "revenue"
    names = [lead, *(m for m in ("revenue", "units", "orders") if m != lead)]
    by = ["customer", *(["customer_name"] if named(engine) else []), "product"]
    frame = engine.aggregate(by, names, selection)
    frame = frame[frame["customer"] != MISSING]
    totals = {d: frame.groupby(d, sort=False)[lead].transform("sum") for d in ("customer", "product")}
    keys = pd.DataFrame(
        {"c": -totals["customer"], "customer": frame["customer"], "p": -totals["product"], "product": frame["product"]}
    )
    return Answer(
        frame.loc[keys.sort_values(["c", "customer", "p", "product"], kind="stable").index].reset_index(drop=True)
    )


def groups(engine: Engine, selection: Resolved, options: Options, *, by: str, natural: bool = False) -> Answer:
    """What do groups of customers or orders bring? Grain: one row per value of the dimension, most first, or in natural
    order (18–24 before 25–34).

    Columns: the dimension, the metric chosen (revenue), share (% of the total, where it adds up), the others of
    revenue, orders, customers, aov, revenue per customer, orders per customer, and the conversion rate where the
    sessions table knows the dimension (blank under a filter it does not know). NotInData for a metric that the data
    cannot give.
    """
    lead = options.get("metric") or "revenue"
    known = available(engine.schema)
    if lead not in known:
        raise NotInData(
            N_(
                "{metric} needs {fields}, which this data set does not have.",
                metric=METRICS[lead].label,
                fields=", ".join(engine.schema.missing(METRICS[lead].needs)),
            )
        )
    names = [lead, *(m for m in GROUP_METRICS if m != lead and m in known)]
    frame = engine.aggregate([by], names, selection, order=lead)
    if "conversion_rate" in frame and lead != "conversion_rate" and frame["conversion_rate"].isna().all():
        frame = frame.drop(columns="conversion_rate")
    if {"order", "line"} & METRICS[lead].additive:
        total = float(frame[lead].sum())
        frame.insert(2, "share", frame[lead] / total * 100 if total > 0 else np.nan)
    if natural:
        frame = frame.sort_values(by, key=lambda values: values.map(_natural), kind="stable", ignore_index=True)
    return Answer(frame)


def _natural(text: str) -> tuple[int, int, str]:
    """Order of age groups: by their first number ('under 18' before '18–24'), words after numbers, missing last."""
    number = re.search(r"\d+", text)
    if not number:
        return (1 if text != MISSING else 2, 0, text)
    below = 0 if re.match(r"\s*(<|under|below|up to)", text, re.IGNORECASE) else 1
    return (0, 2 * int(number[0][:9]) + below, text)


def with_clause(selection: Resolved, clause: Clause) -> Resolved:
    """The selection with one more filter, in place of any on that field."""
    return selection.without(clause.field).only(*selection.without(clause.field).clauses, clause)
