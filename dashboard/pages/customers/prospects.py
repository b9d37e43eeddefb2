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
    grids.Column("at_stake", "At stake", "money", "What the next year lost by longer silence than usual", 110, "desc"),
)


def _churn_grid(answer: Answer, context: Context) -> dict[str, Any]:
    return grids.grid(called_by_name(answer.frame), _PEOPLE, context.formats)


action_plan = Chart(
    name="action_plan",
    title="Action plan",
    question="What should be done for each segment, and what is it worth?",
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
        tells="What each segment of customers is expected to bring in over the next 52 weeks, and how much "
        "less that is because some have been silent for longer than usual.",
        how_sure="Expectations of models, which know no price or campaign; the notes say how they fared when "
        "tried on these customers; read them as an order of urgency.",
        to_do="Take the action of each row, largest amount at stake first. Click a segment, then export its list from "
        "“Who is slipping away” as CSV or Excel for a campaign.",
        computed="BG/NBD × Gamma-Gamma per customer, discounted at 10 % a year; at stake is what late "
        "customers would bring in on schedule less what they are expected to.",
    ),
    units={"value": "money", "at_stake": "money", "likely_to_buy": "percent"},
)
clv_by_segment = Chart(
    name="clv_by_segment",
    title="Expected revenue of the next year",
    question="Which customers will bring in the most?",
    compute=prospects.clv_by_segment,
    models=learn,
    draw=segments.worth,
    columns=("rfm_segment", "customers", "expected_purchases", "value_per_customer", "value", "share"),
    options=(_BY,),
    emits=each_itself("by", "rfm_segment", "value_tier", "segment"),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells="Which segments, tiers or first channels will bring in the revenue of the next 52 weeks.",
        how_sure="The notes say how the models fared on these customers; read them as a ranking first. Where one "
        "customer’s spending says nothing about the next purchase, each purchase is taken at the mean, and the note "
        "says so.",
        to_do="Keep the segments that bring in a lot per customer, and ask what would move others into them.",
        computed="Expected purchases (BG/NBD) times expected spend (Gamma-Gamma) per customer, discounted at 10 % a "
        "year, learnt once from all histories up to the end of the range; filters choose whom to count.",
    ),
    units={"expected_purchases": "ratio", "value_per_customer": "money", "value": "money"},
)
churn_risk = Chart(
    name="churn_risk",
    nothing="No customer with two or more orders has been silent for longer than is usual for them.",
    title="Who is slipping away",
    question="Whom should you contact first?",
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
        "on_schedule",
        "at_stake",
    ),
    needs=_CUSTOMER,
    lines=False,
    height=360,
    explanation=Explanation(
        tells="Which customers have lapsed: they have not ordered for longer than is usual for them and are not among "
        "the two fifths of all customers who bought last; and how much less they are expected to bring in for it. "
        "Customers with one order have no usual interval and are not listed.",
        how_sure="It is a ranking, not a verdict on one customer. The level is learned from the last 13 weeks; the "
        "season is followed where the history shows one.",
        to_do="Start at the top; the CSV and Excel files contain every customer of the selection.",
        computed="Listed are customers silent for more than 1.5 times their own mean interval between orders whose "
        "recency score is 3 or less. At stake is their value after a silence of that length less their value now. "
        "Buys soon is the conditional expectation of BG/NBD, turned into a probability by a rehearsal of the last 13 "
        "weeks of the data. The probability of being “alive” is not used: it calls every one-time buyer alive.",
    ),
    units={
        "recency": "count",
        "frequency": "count",
        "monetary": "money",
        "expected_purchases": "ratio",
        "value": "money",
        "likely_to_buy": "percent",
        "churn_risk": "percent",
        "on_schedule": "money",
        "at_stake": "money",
    },
)
rfm_migration = Chart(
    name="rfm_migration",
    nothing="No customer bought in both windows.",
    title="Moves between segments",
    question="Which customers rose, fell or left?",
    compute=prospects.rfm_migration,
    draw=segments.migration,
    columns=("segment_then", "segment_now", "moved", "customers", "monetary_then", "monetary_now"),
    needs=_CUSTOMER,
    lines=False,
    height=380,
    explanation=Explanation(
        tells="Who rose, fell or left between two windows of equal length. Rows are the earlier window, columns the "
        "later.",
        how_sure="They are plain counts. In any two windows some customers fall and others rise by chance, above all "
        "those close to a limit: compare both directions, and look first at moves over several segments.",
        to_do="Contact those who fell from the best segments; the note says what they spent before.",
        computed="Both windows are scored with the limits of the first, so that one customer’s rise is not another’s "
        "fall.",
    ),
    units={"monetary_then": "money", "monetary_now": "money", "customers": "count"},
)
concentration = Chart(
    name="concentration",
    title="If the largest left",
    question="How much depends on the largest?",
    compute=prospects.concentration,
    draw=bars.if_top_leave,
    columns=("n", "lost", "kept", "lost_share", "gini", "hhi"),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells="What would remain without the n largest customers.",
        how_sure="It is arithmetic, not a forecast: no other customers take their place.",
        to_do="Where a few customers bring in a large part, look after them individually and win others.",
        computed="Net revenue in the range without them. The Gini coefficient is 0 when all are equal and near 1 when "
        "one has everything; HHI is the sum of squared shares in %.",
    ),
    units={"lost": "money", "kept": "money", "lost_share": "percent", "gini": "ratio", "hhi": "count", "n": "count"},
)
