"""Kinds of customers, by recency, frequency and money and by value: charts of the Customers page."""

from __future__ import annotations

from functools import partial

from analytics.questions.customers import segments
from dashboard.chart import Chart, Explanation
from dashboard.components.comparison import Column, comparison
from dashboard.figures.topics import segments as pictures

_CUSTOMER = frozenset({"customer"})
_HISTORY = (
    "It looks at whole lives: from the first order up to the end of the range, whatever its start. Filters choose"
    " which customers are counted; they never move one to another {thing}."
)
_RFM = (
    "R is days since the last order, F distinct orders, M net revenue, each scored 1 to 5 by fifths of all "
    "customers (type 7 quantiles; equal values share a score). "
)

rfm_segments = Chart(
    name="rfm_segments",
    title="RFM segments",
    question="Which kinds of customers are there, and what is to be done?",
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
    explanation=Explanation(_RFM + "The segment is read from R × F. " + _HISTORY.format(thing="segment")),
    units={"revenue_share": "percent", "recency": "count", "frequency": "ratio", "monetary": "money"},
)
rfm_grid = Chart(
    name="rfm_grid",
    title="Recency by frequency",
    question="How are customers spread over the scores?",
    compute=segments.rfm_grid,
    draw=pictures.score_grid,
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
    draw=pictures.recency_frequency,
    columns=("customer", "customer_name", "rfm_segment", "recency", "frequency", "revenue", "r", "f", "m"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    lines=False,
    explanation=Explanation(
        "A point a customer; of more than 1,500 so many are drawn, evenly spread by revenue; the data hold all. "
        + _HISTORY.format(thing="segment")
    ),
    units={"recency": "count", "frequency": "count"},
)
rfm_heatmap = Chart(
    name="rfm_heatmap",
    title="Scores of the segments",
    question="What marks each segment?",
    compute=segments.rfm_heatmap,
    draw=pictures.segment_scores,
    columns=("rfm_segment", "r", "f", "m", "customers"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    height=380,
    lines=False,
    explanation=Explanation(
        "Mean score, 1 to 5, of the customers of each segment. " + _RFM + _HISTORY.format(thing="segment")
    ),
    units={"r": "ratio", "f": "ratio", "m": "ratio"},
)
value_tiers = Chart(
    name="value_tiers",
    title="Value tiers",
    question="How many customers are worth much, and what do they bring?",
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
        "Tiers by net revenue of the whole life; their limits are the data set's. " + _HISTORY.format(thing="tier")
    ),
    units={"revenue_share": "percent", "least": "money"},
)
