"""What customers will be worth, who may not come back, what to do: charts of the Customers page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.questions.customers import prospects
from analytics.questions.customers.models import learn
from dashboard.chart import Chart, Explanation, dimension_option, each_itself
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import bars, grids
from dashboard.figures.topics import segments
from dashboard.figures.topics.customers import called_by_name

_CUSTOMER = frozenset({"customer"})
_BY = dimension_option(
    "rfm_segment", "value_tier", "segment", "channel", texts={"rfm_segment": "RFM segment", "channel": "First channel"}
)
_PEOPLE = (
    grids.Column("customer", "Customer", width=190),
    grids.Column("rfm_segment", "Segment", width=140),
    grids.Column("recency", "Days since", "count", "Days since the last order"),
    grids.Column("frequency", "Orders", "count"),
    grids.Column("monetary", "So far", "money", "Net revenue of the whole life", 110),
    grids.Column("value", "Next year", "money", "Expected value over 52 weeks, discounted at 10 % a year", 110),
    grids.Column("likely_to_buy", "Buys soon", "percent", "Probability of an order in the next 13 weeks"),
    grids.Column("at_stake", "At stake", "money", "Value of the next year × risk of not buying soon", 110, "desc"),
)


def _churn_grid(answer: Answer, context: Context) -> dict[str, Any]:
    return grids.grid(called_by_name(answer.frame), _PEOPLE, context.formats)


action_plan = Chart(
    name="action_plan",
    title="Action plan",
    question="What to do for each segment, for how many, and what is it worth?",
    kind="html",
    compute=prospects.action_plan,
    models=learn,
    draw=partial(
        comparison,
        hint="action",
        columns=(
            Column("customers", "Customers", "count", bar=True),
            Column("revenue", "Revenue", "money"),
            Column("value", "Next year", "money", bar=True),
            Column("at_stake", "At stake", "money"),
            Column("likely_to_buy", "Buys soon", "percent"),
        ),
    ),
    columns=("rfm_segment", "action", "customers", "revenue", "value", "at_stake", "likely_to_buy"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells="What each segment of customers is expected to bring over the next 52 weeks, and how much of that hangs "
        "on whether they buy again soon.",
        how_sure="Expectations of models, which know no season, price or campaign, and foresaw 12 % too little on a "
        "published data set; read them as an order of urgency.",
        to_do="The action of each row, largest stake first; click a segment, then take its list from “Who is slipping "
        "away” as CSV or Excel for a campaign.",
        computed="BG/NBD × Gamma-Gamma per customer, discounted at 10 % a year; at stake is value × risk of not buying "
        "in the next 13 weeks.",
    ),
    units={"value": "money", "at_stake": "money", "likely_to_buy": "percent"},
)
clv_by_segment = Chart(
    name="clv_by_segment",
    title="Value of the next year",
    question="Which customers will bring the money?",
    kind="html",
    compute=prospects.clv_by_segment,
    models=learn,
    draw=partial(
        comparison,
        columns=(
            Column("customers", "Customers", "count"),
            Column("value_per_customer", "Value each", "money"),
            Column("value", "Value", "money", bar=True),
            Column("share", "Share", "percent"),
        ),
    ),
    columns=("rfm_segment", "customers", "expected_purchases", "value_per_customer", "value", "share"),
    options=(_BY,),
    emits=each_itself("by", "rfm_segment", "value_tier", "segment"),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells="Which segments, tiers or first channels will bring the money of the next 52 weeks.",
        how_sure="On a published data set such models foresaw 12 % too little; read them as a ranking first. Where one "
        "customer’s spending says nothing about the next purchase, each purchase is taken at the mean, and the note "
        "says so.",
        to_do="Keep the segments that bring much each, and ask what would lift others into them.",
        computed="Expected purchases (BG/NBD) times expected spend (Gamma-Gamma) per customer, discounted at 10 % a "
        "year, learnt once from all histories up to the end of the range; filters choose whom to count.",
    ),
    units={"expected_purchases": "ratio", "value_per_customer": "money", "value": "money"},
)
churn_risk = Chart(
    name="churn_risk",
    title="Who is slipping away",
    question="Whom should we call first?",
    kind="grid",
    compute=prospects.churn_risk,
    models=learn,
    draw=_churn_grid,
    columns=(
        "customer",
        "customer_name",
        "rfm_segment",
        "recency",
        "frequency",
        "monetary",
        "expected_purchases",
        "value",
        "likely_to_buy",
        "churn_risk",
        "at_stake",
    ),
    needs=_CUSTOMER,
    lines=False,
    height=360,
    explanation=Explanation(
        tells="Which customers are likelier than others not to order in the next 13 weeks, and what of their next year "
        "hangs on it.",
        how_sure="A ranking, no verdict on one customer; the level is learnt from the last 13 weeks and moves with the "
        "season.",
        to_do="Start at the top; the CSV and Excel hold every customer of the selection.",
        computed="Conditional expectation of BG/NBD, turned into a probability by a rehearsal of the last 13 weeks of "
        "the data. The probability of being “alive” is not used: it calls every one-time buyer alive.",
    ),
    units={
        "recency": "count",
        "frequency": "count",
        "monetary": "money",
        "expected_purchases": "ratio",
        "value": "money",
        "likely_to_buy": "percent",
        "churn_risk": "percent",
        "at_stake": "money",
    },
)
rfm_migration = Chart(
    name="rfm_migration",
    title="Moves between segments",
    question="Who rose, who fell, who left?",
    compute=prospects.rfm_migration,
    draw=segments.migration,
    columns=("segment_then", "segment_now", "moved", "customers", "monetary_then", "monetary_now"),
    needs=_CUSTOMER,
    lines=False,
    height=380,
    explanation=Explanation(
        tells="Who rose, fell or left between two windows of equal length. Rows: then; columns: now.",
        how_sure="Plain counts; customers near a cut point move by chance, so look at moves over several segments "
        "first.",
        to_do="Ask those who fell from the best segments; the note says what they spent before.",
        computed="Scores of both windows with the cut points of the first, so that one customer’s rise is not "
        "another’s fall.",
    ),
    units={"monetary_then": "money", "monetary_now": "money", "customers": "count"},
)
concentration = Chart(
    name="concentration",
    title="If the largest left",
    question="How much hangs on how few?",
    compute=prospects.concentration,
    draw=bars.if_top_leave,
    columns=("n", "lost", "kept", "lost_share", "gini", "hhi"),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells="What would be left without the n largest customers.",
        how_sure="Arithmetic, not a forecast: nobody takes their place.",
        to_do="Where few carry much, look after them by name and win others.",
        computed="Net revenue in the range without them. Gini 0 means all alike, towards 1 one has all; HHI is the sum "
        "of squared shares in %.",
    ),
    units={"lost": "money", "kept": "money", "lost_share": "percent", "gini": "ratio", "hhi": "count", "n": "count"},
)
