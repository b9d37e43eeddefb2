"""What each customer bought: orders by year, products."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import Figure, escaped, metric_of
from dashboard.figures.marks.heatmap import cells
from dashboard.figures.topics.customers import names_of

MOST_ROWS = 12
MOST_COLUMNS = 14
MOST_YEARS = 8


def frequency(answer: Answer, context: Context) -> Figure:
    """The customers with most orders, a column for each year, totals at the right and at the bottom. A click filters.

    Frame: customer (most orders first, a customer's rows together), period (years), orders, customer_orders (of all
    years), year_orders (of all customers).
    """
    frame = answer.frame
    f = context.formats
    begins = np.flatnonzero(frame["customer"].ne(frame["customer"].shift()))  # of each customer, the first row
    shown = frame["customer"].iloc[begins[:MOST_ROWS]].tolist()
    others = len(begins) - len(shown)
    by_year = frame.drop_duplicates("period").set_index("period")["year_orders"].sort_index()
    of_shown = frame.iloc[: begins[len(shown)]] if others else frame
    years = by_year.index[-MOST_YEARS:].tolist()
    counts = _counts(of_shown, shown, by_year, years, others > 0)
    names = names_of(of_shown)
    rows = [names.get(c, c) for c in shown]
    if others:
        rows.append(_("Other ({n})", n=f.number(others)))
    rows.append(_("All customers"))
    columns = [*years, _("Total")]
    z = np.full(counts.shape, np.nan)  # totals have no colour
    z[: len(shown), :-1] = counts[: len(shown), :-1]
    text = [["" if np.isnan(v) else f.number(v) for v in line] for line in counts]
    hover = [
        [f"<b>{escaped(row)}</b>, {column}<br>{_orders(n, context)}" for column, n in zip(columns, line, strict=True)]
        for row, line in zip(rows, counts.tolist(), strict=True)
    ]
    keys = [[[c]] * len(columns) for c in shown] + [[None] * len(columns)] * (len(rows) - len(shown))
    selected = context.selected("customer")
    chosen = [(i, j) for i, c in enumerate(shown) if c in selected for j in range(len(columns))]
    drawn = cells(z, rows, columns, text=text, hover=hover, keys=keys, chosen=chosen, ordered=True)
    return _with_totals(drawn, z, text)


def _orders(count: float, context: Context) -> str:
    return _("{orders:order|orders}", orders=context.formats.count(count)) if count > 0 else _("No orders")


def _counts(frame: pd.DataFrame, shown: list[str], by_year: pd.Series, years: list[str], others: bool) -> np.ndarray:
    """Orders of these customers, whose rows are given, by year, then of the others together (where there are any) and
    of all; the last column is the total of all years. `by_year`: orders of all customers."""
    wide = frame.pivot(index="customer", columns="period", values="orders")
    own = wide.reindex(index=shown, columns=years).to_numpy(float)
    of_customer = frame.drop_duplicates("customer")["customer_orders"]
    every = by_year.reindex(years).to_numpy(float)
    lines: list[np.ndarray] = [own]
    totals = of_customer.astype(float).tolist()
    if others:
        lines.append(every - np.nansum(own, axis=0))
        totals.append(float(by_year.sum() - of_customer.sum()))
    lines.append(every)
    totals.append(float(by_year.sum()))
    return np.column_stack([np.vstack(lines), totals])


def _with_totals(drawn: Figure, z: np.ndarray, text: list[list[str]]) -> Figure:
    """The figure with its totals as annotations: a heat map writes nothing where it has no colour."""
    font = {"size": 11, "color": "@text"}
    drawn["layout"]["annotations"] = [
        {"x": j, "y": i, "text": f"<b>{text[i][j]}</b>", "showarrow": False, "font": font}
        for i, j in np.argwhere(np.isnan(z)).tolist()
        if text[i][j]
    ]
    return drawn


def products(answer: Answer, context: Context) -> Figure:
    """The largest customers by the largest products; a click filters both.

    Frame: customer (largest first), product, a metric.
    """
    frame = answer.frame
    f = context.formats
    name = metric_of(frame)
    shown = frame["customer"].drop_duplicates().head(MOST_ROWS).tolist()
    totals = frame.groupby("product", sort=False)[name].sum().sort_values(ascending=False, kind="stable")
    best = totals.index[:MOST_COLUMNS].tolist()
    part = frame[frame["customer"].isin(shown) & frame["product"].isin(best)]
    wide = part.pivot(index="customer", columns="product", values=name)
    table = wide.reindex(index=shown, columns=best).to_numpy(float)
    names = names_of(frame[frame["customer"].isin(shown)])
    rows = [names.get(c, c) for c in shown]
    columns = [context.schema.label("product", p) for p in best]
    written = iter(f.column(METRICS[name].unit, table.ravel()))
    text = [["" if np.isnan(v) else number for v, number in zip(line, written, strict=False)] for line in table]
    hover = [
        [
            f"<b>{escaped(row)}</b><br>{escaped(column)}<br>"
            + (_("Not bought") if np.isnan(v) else f"{METRICS[name].label} {f.metric(name, v)}")
            for column, v in zip(columns, line, strict=True)
        ]
        for row, line in zip(rows, table, strict=True)
    ]
    keys = [[[c, p] for p in best] for c in shown]
    drawn = cells(table, rows, columns, text=text, hover=hover, keys=keys, chosen=_chosen(shown, best, context))
    every_customer = frame["customer"].nunique()
    every_product = frame["product"].nunique()
    if every_customer > len(shown) or every_product > len(best):
        count = _(
            "{shown} of {customers:customer|customers}, {best} of {products:product|products}",
            shown=f.number(len(shown)),
            customers=context.formats.count(every_customer),
            best=f.number(len(best)),
            products=context.formats.count(every_product),
        )
        drawn["layout"]["xaxis"]["title"] = {"text": count, "standoff": 12}
    return drawn


def _chosen(customers: list[str], products: list[str], context: Context) -> list[tuple[int, int]]:
    """The cells inside both filters; none where neither is set."""
    people = context.selected("customer")
    things = context.selected("product")
    if not people and not things:
        return []
    return [
        (i, j)
        for i, c in enumerate(customers)
        for j, p in enumerate(products)
        if (not people or c in people) and (not things or p in things)
    ]
