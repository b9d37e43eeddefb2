"""What each customer bought: orders by year, products."""

from __future__ import annotations

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from analytics.schema import value_label
from dashboard.context import Context
from dashboard.figures.base import Figure, escaped
from dashboard.figures.marks.heatmap import cells
from dashboard.figures.topics.customers import customer_names

MOST_ROWS, MOST_COLUMNS = 12, 14


def frequency(answer: Answer, context: Context) -> Figure:
    """The customers with most orders, a column a year, totals at the right and below."""
    frame, f = answer.frame, context.formats
    customers = frame["customer"].drop_duplicates()
    shown = customers.head(MOST_ROWS).tolist()
    years = sorted(frame["period"].unique())[-8:]
    table = (
        frame[frame["customer"].isin(shown)]
        .pivot(index="customer", columns="period", values="orders")
        .reindex(index=shown, columns=years)
    )
    totals = frame.drop_duplicates("period").set_index("period")["year_orders"]
    own = frame.drop_duplicates("customer").set_index("customer")["customer_orders"]
    rest = len(customers) - len(shown)
    names = customer_names(frame[frame["customer"].isin(shown)]) if "customer_name" in frame else {}
    rows = [names.get(c, c) for c in shown] + ([f"Other ({f.number(rest)})"] if rest else []) + ["All customers"]
    counts = table.to_numpy(float)
    if rest:
        counts = np.vstack([counts, totals.reindex(years).to_numpy(float) - np.nansum(counts, axis=0)])
    counts = np.vstack([counts, totals.reindex(years).to_numpy(float)])
    last = (
        [float(own[c]) for c in shown]
        + ([float(totals.sum() - own[shown].sum())] if rest else [])
        + [float(totals.sum())]
    )
    counts = np.column_stack([counts, last])
    columns = [*years, "Total"]
    z = np.full(counts.shape, np.nan)
    z[: len(shown), :-1] = counts[: len(shown), :-1]
    text = [["" if np.isnan(v) else f.number(v) for v in line] for line in counts]
    hover = [
        [f"<b>{escaped(r)}</b>, {c}<br>{t or 'no'} orders" for c, t in zip(columns, line, strict=True)]
        for r, line in zip(rows, text, strict=True)
    ]
    keys = [
        [[c] if i < len(shown) else None for _ in columns]
        for i, c in enumerate([*shown, *[""] * (len(rows) - len(shown))])
    ]
    chosen = [(i, j) for i, c in enumerate(shown) if c in context.selected("customer") for j in range(len(columns))]
    picture = cells(z, rows, columns, text=text, hover=hover, keys=keys, chosen=chosen)
    return _totals_in_words(picture, z, text)


def _totals_in_words(picture: Figure, z: np.ndarray, text: list[list[str]]) -> Figure:
    """Totals stand uncoloured, as words: a heat map writes nothing where it has no colour."""
    picture["layout"]["annotations"] = [
        {"x": j, "y": i, "text": f"<b>{text[i][j]}</b>", "showarrow": False, "font": {"size": 11, "color": "@text"}}
        for i in range(len(text))
        for j in range(len(text[i]))
        if np.isnan(z[i, j]) and text[i][j]
    ]
    return picture


def products(answer: Answer, context: Context) -> Figure:
    """The largest customers by the largest products; a click filters both."""
    frame, f = answer.frame, context.formats
    name = next(c for c in frame.columns if c in METRICS)
    shown = frame["customer"].drop_duplicates().head(MOST_ROWS).tolist()
    best = (
        frame.groupby("product", sort=False)[name]
        .sum()
        .sort_values(ascending=False, kind="stable")
        .index[:MOST_COLUMNS]
        .tolist()
    )
    part = frame[frame["customer"].isin(shown) & frame["product"].isin(best)]
    table = (
        part.pivot(index="customer", columns="product", values=name).reindex(index=shown, columns=best).to_numpy(float)
    )
    names = customer_names(frame[frame["customer"].isin(shown)]) if "customer_name" in frame else {}
    rows, columns = [names.get(c, c) for c in shown], [value_label("product", p) for p in best]
    text = [["" if np.isnan(v) else f.metric(name, v, short=True) for v in line] for line in table]
    hover = [
        [
            f"<b>{escaped(r)}</b><br>{escaped(c)}<br>{METRICS[name].label} {f.metric(name, v)}"
            for c, v in zip(columns, line, strict=True)
        ]
        for r, line in zip(rows, table, strict=True)
    ]
    keys = [[[c, p] for p in best] for c in shown]
    customers, chosen = context.selected("customer"), context.selected("product")
    framed = [
        (i, j)
        for i, c in enumerate(shown)
        for j, p in enumerate(best)
        if (customers or chosen) and (not customers or c in customers) and (not chosen or p in chosen)
    ]
    picture = cells(table, rows, columns, text=text, hover=hover, keys=keys, chosen=framed)
    whole, every = frame["customer"].nunique(), frame["product"].nunique()
    if whole > len(shown) or every > len(best):
        words = f"{f.number(len(shown))} of {f.number(whole)} customers, "
        words += f"{f.number(len(best))} of {f.number(every)} products"
        picture["layout"]["xaxis"]["title"] = {"text": words, "standoff": 6}
    return picture
