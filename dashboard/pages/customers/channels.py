"""What channels bring in, and which of them earns the sale: charts of the Customers page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.questions import operations
from dashboard.chart import Chart, Explanation, Option
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import grids

COLUMNS = (
    Column("revenue", "Revenue", "money", bar=True),
    Column("share", "Share", "percent"),
    Column("orders", "Orders", "count"),
    Column("customers", "Customers", "count"),
    Column("aov", "Avg. order", "money"),
    Column("revenue_per_customer", "Per customer", "money"),
    Column("sessions", "Sessions", "count"),
    Column("conversion_rate", "Conversion", "percent"),
    Column("revenue_per_session", "Per session", "money"),
)


def _attributed(answer: Answer, context: Context) -> dict[str, Any]:
    chosen = context.options.get("model") or "markov"
    columns = (
        grids.Column("channel", "Channel", width=150),
        grids.Column("share", f"Share, {operations.MODELS[chosen]}", "percent", "% of the conversions", width=110),
        *(
            grids.Column(model, label[0].upper() + label[1:], "count", "Conversions credited to the channel")
            for model, label in operations.MODELS.items()
            if model in ("first", "last", chosen)
        ),
        grids.Column("value", f"Value, {operations.MODELS[chosen]}", "money", "Of the conversions", width=120),
        grids.Column("removal_effect", "Lost without it", "percent", "Of the conversions, in the Markov chain"),
    )
    shown = tuple(c for c in columns if c.field != "value" or answer.frame["value"].notna().any())
    return grids.grid(answer.frame, shown, context.formats, context.schema.label)


channel_performance = Chart(
    name="channel_performance",
    title="Channel performance",
    question="What does each channel bring in, and how well does it convert?",
    kind="html",
    compute=operations.channel_performance,
    draw=partial(comparison, columns=COLUMNS),
    columns=(
        "channel",
        "revenue",
        "share",
        "orders",
        "customers",
        "aov",
        "revenue_per_customer",
        "orders_per_customer",
        "conversion_rate",
        "sessions",
        "revenue_per_session",
        "conversion_low",
        "conversion_high",
    ),
    emits=("channel",),
    needs=frozenset({"channel"}),
    height=240,
    explanation=Explanation(
        tells="What each channel brings in, and how well its visits convert.",
        how_sure="Conversion has its 95 % interval (Wilson). Where the intervals of two channels overlap, the "
        "difference may be chance. The table describes which customers came through which channel, not what the "
        "channel caused.",
        to_do="Compare revenue per session with what a visit costs.",
        computed="Orders / sessions, both blank under a filter that sessions cannot be filtered by. A customer who "
        "uses two channels counts in both; revenue per customer is that of the range.",
    ),
    units={
        "revenue_per_session": "money",
        "conversion_low": "percent",
        "conversion_high": "percent",
    },
)
attribution = Chart(
    name="attribution",
    title="Attribution",
    question="Which channel earns the sale, by attribution model?",
    kind="grid",
    compute=operations.attribution,
    draw=_attributed,
    columns=(
        "channel",
        "conversions",
        "value",
        "share",
        "first",
        "last",
        "linear",
        "position",
        "decay",
        "markov",
        "removal_effect",
    ),
    options=(Option("model", "Model", operations.MODELS, "markov"),),
    needs=frozenset({"paths"}),
    height=300,
    lines=False,
    explanation=Explanation(
        tells="How six models credit channels with the sales.",
        how_sure="It is descriptive, not causal: no model shows what a channel caused. Where the models rank channels "
        "alike, the ranking does not depend on the model; where they differ, the note says so.",
        to_do="Before you move budget between channels whose rank differs, switch one off for some customers and "
        "compare.",
        computed="Conversions of the paths table: all credit to the first or the last touch, equal shares, 40 % each "
        "to the first and the last with 20 % between them, half as much with each touch further back (decay), and by "
        "what would be lost without the channel (Markov chain of the steps). Neither dates nor filters apply, because "
        "the table counts whole journeys.",
    ),
    units={
        "conversions": "count",
        "value": "money",
        **dict.fromkeys(operations.MODELS, "count"),
        "removal_effect": "percent",
    },
)
