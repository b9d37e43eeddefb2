"""Kinds of customers, by recency, frequency and money and by value: charts of the Customers page."""

from __future__ import annotations

from functools import partial

from analytics.questions.customers import segments
from dashboard.chart import Chart, Explanation
from dashboard.components.comparison import Column, comparison
from dashboard.figures.topics import segments as segment_figures

_CUSTOMER = frozenset({"customer"})
_HISTORY = (
    "It uses each customer's whole history, from the first order up to the end of the range, whatever its start. "
    "Filters choose which customers are counted; they never move a customer to another {thing}."
)
_RFM = (
    "R is days since the last order, F the number of different orders, M net revenue, each scored 1 to 5 by fifths of "
    "all customers (type 7 quantiles; equal values have the same score). "
)

rfm_segments = Chart(
    name="rfm_segments",
    title="RFM segments",
    question="What kinds of customers are there, and what should be done?",
    kind="html",
    compute=segments.rfm_segments,
    draw=partial(
        comparison,
        columns=(
            Column("customers", "Customers", "count", bar=True),
            Column("share", "Share", "percent"),
            Column("revenue", "Revenue", "money", bar=True),
            Column("recency", "Days since", "count"),
            Column("monetary", "Life value", "money"),
        ),
        hint="action",
    ),
    columns=(
        "rfm_segment",
        "customers",
        "share",
        "revenue",
        "revenue_share",
        "recency",
        "frequency",
        "monetary",
        "action",
    ),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    height=470,
    lines=False,
    explanation=Explanation(_RFM + "The segment follows from R and F. " + _HISTORY.format(thing="segment")),
    units={"revenue_share": "percent", "recency": "count", "frequency": "ratio", "monetary": "money"},
)
rfm_grid = Chart(
    name="rfm_grid",
    title="Recency by frequency",
    question="How are customers distributed over the scores?",
    compute=segments.rfm_grid,
    draw=segment_figures.score_grid,
    columns=("r", "f", "rfm_segment", "customers", "share", "revenue"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    height=490,
    lines=False,
    explanation=Explanation(
        "Customers per pair of scores; a click filters the whole segment of the cell. "
        + _RFM
        + _HISTORY.format(thing="segment")
    ),
)
rfm_scatter = Chart(
    name="rfm_scatter",
    title="Recency and frequency",
    question="How many days since the last order, and how many orders?",
    compute=segments.rfm_scatter,
    draw=segment_figures.recency_frequency,
    columns=("customer", "customer_name", "rfm_segment", "recency", "frequency", "revenue", "r", "f", "m"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    lines=False,
    explanation=Explanation(
        "One point per customer; of more than 1,500, 1,500 are drawn, evenly spread by revenue; the table has all. "
        + _HISTORY.format(thing="segment")
    ),
    units={"recency": "count", "frequency": "count"},
)
rfm_heatmap = Chart(
    name="rfm_heatmap",
    title="Scores of the segments",
    question="What distinguishes each segment?",
    compute=segments.rfm_heatmap,
    draw=segment_figures.segment_scores,
    columns=("rfm_segment", "r", "f", "m", "customers"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    height=380,
    lines=False,
    explanation=Explanation(
        "The average score, 1 to 5, of the customers of each segment. " + _RFM + _HISTORY.format(thing="segment")
    ),
    units={"r": "ratio", "f": "ratio", "m": "ratio"},
)
value_tiers = Chart(
    name="value_tiers",
    title="Value tiers",
    question="How many customers are worth a lot, and what do they bring in?",
    kind="html",
    compute=segments.value_tiers,
    draw=partial(
        comparison,
        columns=(
            Column("least", "From", "money"),
            Column("customers", "Customers", "count", bar=True),
            Column("share", "Share", "percent"),
            Column("revenue_per_customer", "Lifetime value", "money"),
            Column("orders_per_customer", "Orders each", "ratio"),
            Column("revenue", "Revenue", "money", bar=True),
        ),
    ),
    columns=(
        "value_tier",
        "customers",
        "share",
        "revenue",
        "revenue_share",
        "revenue_per_customer",
        "orders_per_customer",
        "least",
    ),
    emits=("value_tier",),
    needs=_CUSTOMER,
    lines=False,
    height=150,
    explanation=Explanation(
        "Tiers by net revenue of the whole history, from the amounts that the data set declares; where it declares "
        "none, High is the best fifth of the customers, Medium the rest of the better half, Low the lower half. "
        + _HISTORY.format(thing="tier")
    ),
    units={"revenue_share": "percent", "least": "money"},
)
