"""What customers will be worth, who may not come back, what to do: charts of the Customers page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import N_
from analytics.questions.customers import prospects
from analytics.questions.customers.models import learn
from analytics.schema import VALUE_LABELS
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import grids
from dashboard.figures.topics import segments
from dashboard.figures.topics.customers import called_by_name

_CUSTOMER = frozenset({"customer"})
_BY = dimension_option(
    "rfm_segment",
    "value_tier",
    "segment",
    "channel",
    texts={"rfm_segment": N_("RFM segment"), "channel": N_("First channel")},
)
_WHO = Option("who", N_("Customers"), {"all": N_("All at risk"), "new": N_("Began to lapse in this range")}, "all")
_PEOPLE = (
    grids.Column("customer", N_("Customer"), width=250),
    grids.Column("rfm_segment", N_("Segment"), width=140, words=VALUE_LABELS["rfm_segment"]),
    grids.Column(
        "to_win",
        N_("To win back"),
        "money",
        N_("At stake × chance of an order in the next 13 weeks: who has long been lost comes last"),
        110,
        "desc",
    ),
    grids.Column(
        "at_stake",
        N_("At stake"),
        "money",
        N_("What the silence has cost: next year’s revenue had they bought as usual, less what is expected now"),
        110,
    ),
    grids.Column("recency", N_("Days since"), "count", N_("Days since the last order")),
    grids.Column("frequency", N_("Orders"), "count", width=100),
    grids.Column("monetary", N_("So far"), "money", N_("Net revenue since the first order"), 110),
    grids.Column(
        "value", N_("Next year"), "money", N_("Expected revenue over 52 weeks, discounted at 10% a year"), 110
    ),
    grids.Column("likely_to_buy", N_("Buys soon"), "percent", N_("Chance of an order in the next 13 weeks")),
)


def _churn_grid(answer: Answer, context: Context) -> dict[str, Any]:
    """The customers; where none of them has lapsed yet, without the columns of what that cost."""
    frame = called_by_name(answer.frame)
    if frame["at_stake"].any():
        return grids.grid(frame, _PEOPLE, context.formats)
    kept = [column for column in _PEOPLE if column.field not in ("at_stake", "to_win")]
    by_spending = [replace(column, sort="desc") if column.field == "monetary" else column for column in kept]
    return grids.grid(frame, tuple(by_spending), context.formats)


action_plan = Chart(
    name="action_plan",
    title=N_("Action plan"),
    question=N_("What should you do for each segment, and what is it worth?"),
    kind="html",
    compute=prospects.action_plan,
    models=learn,
    draw=partial(
        comparison,
        hint="action",
        columns=(
            Column("customers", N_("Customers"), "count", bar=True),
            Column("revenue", N_("Revenue"), "money"),
            Column("value", N_("Next year"), "money", bar=True),
            Column("at_stake", N_("At stake"), "money"),
            Column("likely_to_buy", N_("Buys soon"), "percent"),
        ),
    ),
    columns=("rfm_segment", "action", "customers", "revenue", "value", "at_stake", "likely_to_buy"),
    emits=("rfm_segment",),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells=N_(
            "What each segment of customers is expected to bring in over the next 52 weeks, and how much is at "
            "stake because some have been silent for longer than usual."
        ),
        how_sure=N_(
            "Estimates that know no price or campaign: read them as an order of priority. The notes say how "
            "good they were when tried on these customers."
        ),
        to_do=N_(
            "Take the action of each row, largest amount at stake first. Click a segment, then export its list "
            "from “Customers at risk” as CSV or Excel for a campaign."
        ),
        computed=N_(
            "Expected purchases × expected spend per customer (BG/NBD × Gamma-Gamma), discounted at 10% a "
            "year. At stake: what late customers would bring in on schedule minus what they are expected to."
        ),
    ),
    units={"value": "money", "at_stake": "money", "likely_to_buy": "percent"},
)
clv_by_segment = Chart(
    name="clv_by_segment",
    title=N_("Expected revenue, next year"),
    question=N_("Which customers will bring in the most?"),
    compute=prospects.clv_by_segment,
    models=learn,
    draw=segments.worth,
    columns=("rfm_segment", "customers", "expected_purchases", "value_per_customer", "value", "share"),
    options=(_BY,),
    emits=each_itself("by", "rfm_segment", "value_tier", "segment"),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells=N_("Which segments, tiers or first channels will bring in the revenue of the next 52 weeks."),
        how_sure=N_(
            "Read it as a ranking first; the notes say how good the estimates were when tried on these "
            "customers. Where past spending says nothing about the next purchase, each purchase counts at the "
            "mean, and the note says so."
        ),
        to_do=N_("Keep the segments that bring in a lot per customer, and ask what would move others into them."),
        computed=N_(
            "Expected purchases (BG/NBD) × expected spend (Gamma-Gamma) per customer, discounted at 10% a "
            "year, learned once from all histories up to the end of the range; filters choose whom to count."
        ),
    ),
    units={"expected_purchases": "ratio", "value_per_customer": "money", "value": "money"},
)
churn_risk = Chart(
    name="churn_risk",
    title=N_("Customers at risk"),
    question=N_("Whom should you contact first?"),
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
        "to_win",
    ),
    options=(_WHO,),
    needs=_CUSTOMER,
    lines=False,
    height=360,
    explanation=Explanation(
        tells=N_(
            "Which customers have lapsed: silent for much longer than is usual for them, and not among the "
            "recent buyers; and how much less they are expected to bring in. Customers with one order have no "
            "usual interval and are not listed."
        ),
        how_sure=N_(
            "A ranking, not a verdict on one customer. The level is learned from the last 13 weeks; the season "
            "is followed where the history shows one."
        ),
        to_do=N_("Start at the top. CSV and Excel have every customer of the selection."),
        computed=N_(
            "Listed are customers silent for more than 1.5 times their own mean interval between orders, and "
            "not among the two fifths of all customers who bought last. At stake: their value after a silence "
            "of that length minus their value now; it is large, and next year near zero, for regular customers who "
            "have been silent for so long that they will hardly come back. To win back, by which the list is "
            "sorted, is at stake × buys soon. Buys soon: expected purchases (BG/NBD), turned into a "
            "probability by a rehearsal on the last 13 weeks of the data."
        ),
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
        "to_win": "money",
    },
)
