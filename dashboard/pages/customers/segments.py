"""Kinds of customers, by recency, frequency and money and by value: charts of the Customers page."""

from __future__ import annotations

from functools import partial

from analytics.language import N_
from analytics.questions.customers import segments
from dashboard.chart import Chart, Explanation
from dashboard.components.comparison import Column, comparison
from dashboard.figures.topics import segments as segment_figures

_CUSTOMER = frozenset({"customer"})
_HISTORY = N_("Their whole history up to the end of the range counts; filters only choose who is shown.")
_SCORES = N_(
    "Customers are scored 1 to 5, by fifths of all customers, for how recently (R), how often (F) and for how much (M, "
    "net revenue) they bought."
)

rfm_segments = Chart(
    name="rfm_segments",
    title=N_("Customer segments"),
    question=N_("What kinds of customers do you have, and what should you do?"),
    kind="html",
    compute=segments.rfm_segments,
    draw=partial(
        comparison,
        columns=(
            Column("customers", N_("Customers"), "count", bar=True),
            Column("share", N_("Share"), "percent"),
            Column("revenue", N_("Revenue"), "money", bar=True),
            Column("recency", N_("Days since"), "count"),
            Column("monetary", N_("Lifetime value"), "money"),
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
    explanation=Explanation(
        N_("The segment follows from the scores R and F."),
        more=(
            _SCORES,
            _HISTORY,
        ),
    ),
    units={"revenue_share": "percent", "recency": "count", "frequency": "ratio", "monetary": "money"},
)
rfm_grid = Chart(
    name="rfm_grid",
    title=N_("How recently and how often"),
    question=N_("Who bought lately, and who buys often?"),
    compute=segments.rfm_grid,
    draw=segment_figures.score_grid,
    columns=("r", "f", "rfm_segment", "customers", "share", "revenue"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    height=490,
    lines=False,
    explanation=Explanation(
        N_("A click filters the whole segment of a cell."),
        more=(
            _SCORES,
            _HISTORY,
        ),
    ),
)
rfm_scatter = Chart(
    name="rfm_scatter",
    title=N_("Last order and number of orders"),
    question=N_("How long ago was the last order, and how many were there?"),
    compute=segments.rfm_scatter,
    draw=segment_figures.recency_frequency,
    columns=("customer", "customer_name", "rfm_segment", "recency", "frequency", "revenue", "r", "f", "m"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    lines=False,
    explanation=Explanation(
        N_(
            "One point per customer; of more than 1,500, 1,500 are drawn, evenly spread by revenue, and the table "
            "has all."
        ),
        more=(_HISTORY,),
    ),
    units={"recency": "count", "frequency": "count"},
)
rfm_heatmap = Chart(
    name="rfm_heatmap",
    title=N_("Segment scores"),
    question=N_("What distinguishes each segment?"),
    compute=segments.rfm_heatmap,
    draw=segment_figures.segment_scores,
    columns=("rfm_segment", "r", "f", "m", "customers"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    height=380,
    lines=False,
    explanation=Explanation(
        N_("The average scores of the customers of each segment."),
        more=(
            _SCORES,
            _HISTORY,
        ),
    ),
    units={"r": "ratio", "f": "ratio", "m": "ratio"},
)
value_tiers = Chart(
    name="value_tiers",
    title=N_("Value tiers"),
    question=N_("How many customers are worth a lot, and what do they bring in?"),
    kind="html",
    compute=segments.value_tiers,
    draw=partial(
        comparison,
        columns=(
            Column("least", N_("From"), "money"),
            Column("customers", N_("Customers"), "count", bar=True),
            Column("share", N_("Share"), "percent"),
            Column("revenue_per_customer", N_("Lifetime value"), "money"),
            Column("orders_per_customer", N_("Orders each"), "ratio"),
            Column("revenue", N_("Revenue"), "money", bar=True),
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
        N_(
            "Tiers by net revenue of the whole history, from the amounts that the data set declares; where it "
            "declares none, High is the best fifth of the customers, Medium the rest of the better half, Low "
            "the lower half."
        ),
        more=(_HISTORY,),
    ),
    units={"revenue_share": "percent", "least": "money"},
)
rfm_migration = Chart(
    name="rfm_migration",
    nothing=N_("No customer bought in both periods."),
    title=N_("Moves between segments"),
    question=N_("Which customers rose, fell or left?"),
    compute=segments.rfm_migration,
    draw=segment_figures.migration,
    columns=("segment_then", "segment_now", "moved", "customers", "monetary_then", "monetary_now"),
    needs=_CUSTOMER,
    lines=False,
    height=380,
    explanation=Explanation(
        tells=N_(
            "Who rose, fell or left between two periods of equal length. Rows are the earlier period, columns "
            "the later."
        ),
        how_sure=N_(
            "Plain counts. Some customers always rise and fall by chance, above all those close to a limit: "
            "compare both directions, and look first at moves over several segments."
        ),
        to_do=N_("Contact those who fell from the best segments; the note says what they spent before."),
        computed=N_(
            "Both periods are scored with the limits of the first, so that one customer’s rise is not another’s fall."
        ),
    ),
    units={"monetary_then": "money", "monetary_now": "money", "customers": "count"},
)
