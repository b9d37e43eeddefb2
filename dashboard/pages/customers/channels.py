"""What channels bring in, and which of them earns the sale: charts of the Customers page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.questions import operations
from dashboard.chart import Chart, Explanation, Option
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import grids

COLUMNS = (
    Column("revenue", N_("Revenue"), "money", bar=True),
    Column("share", N_("Share"), "percent"),
    Column("orders", N_("Orders"), "count"),
    Column("customers", N_("Customers"), "count"),
    Column("aov", N_("Order value"), "money"),
    Column("revenue_per_customer", N_("Per customer"), "money"),
    Column("sessions", N_("Sessions"), "count"),
    Column("conversion_rate", N_("Conversion"), "percent"),
    Column("revenue_per_session", N_("Per session"), "money"),
)


def _capital(label: str) -> str:
    """A label that begins a heading."""
    return str(label)[:1].upper() + str(label)[1:]


def _attributed(answer: Answer, context: Context) -> dict[str, Any]:
    chosen = context.options.get("model") or "markov"
    columns = (
        grids.Column("channel", N_("Channel"), width=150),
        grids.Column(
            "share",
            _("Share ({model})", model=operations.MODELS[chosen]),
            "percent",
            N_("% of all conversions"),
            width=110,
        ),
        *(
            grids.Column(model, _capital(label), "count", N_("Conversions credited to the channel"))
            for model, label in operations.MODELS.items()
            if model in ("first", "last", chosen)
        ),
        grids.Column(
            "value",
            _("Value ({model})", model=operations.MODELS[chosen]),
            "money",
            N_("Of the conversions credited to the channel"),
            width=120,
        ),
        grids.Column(
            "removal_effect",
            N_("Lost without it"),
            "percent",
            N_("Conversions lost without the channel (Markov chain)"),
        ),
    )
    shown = tuple(c for c in columns if c.field != "value" or answer.frame["value"].notna().any())
    return grids.grid(answer.frame, shown, context.formats, context.schema.label)


channel_performance = Chart(
    name="channel_performance",
    title=N_("Channel performance"),
    question=N_("What does each channel bring in, and how well does it convert?"),
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
        tells=N_("What each channel brings in, and how many of its visits end in an order."),
        how_sure=N_(
            "Where the ranges of two conversion rates overlap, the difference may be chance. The table shows "
            "through which channel customers came, not what the channel caused."
        ),
        to_do=N_("Compare revenue per session with what a visit costs."),
        computed=N_(
            "Conversion is orders / sessions, with its 95% interval (Wilson) in the table; both are blank "
            "under a filter that does not apply to sessions. A customer who uses two channels counts in both; "
            "revenue per customer is that of the range."
        ),
    ),
    units={
        "revenue_per_session": "money",
        "conversion_low": "percent",
        "conversion_high": "percent",
    },
)
attribution = Chart(
    name="attribution",
    title=N_("Attribution"),
    question=N_("Which channel deserves the credit for a sale?"),
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
    options=(Option("model", N_("Model"), operations.MODELS, "markov"),),
    needs=frozenset({"paths"}),
    height=300,
    lines=False,
    explanation=Explanation(
        tells=N_("How six models divide the credit for sales among channels."),
        how_sure=N_(
            "It describes, and no model shows what a channel caused. Where the models rank channels alike, the "
            "ranking does not depend on the model; where they differ, the note says so."
        ),
        to_do=N_(
            "Before you move budget between channels whose rank differs, switch one off for some customers and compare."
        ),
        computed=N_(
            "Conversions of the paths table: all credit to the first or the last touch, equal shares, 40% each "
            "to the first and the last with 20% between them, half as much with each touch further back "
            "(decay), or by what would be lost without the channel (Markov chain). Neither dates nor filters "
            "apply, because the table counts whole journeys."
        ),
    ),
    units={
        "conversions": "count",
        "value": "money",
        **dict.fromkeys(operations.MODELS, "count"),
        "removal_effect": "percent",
    },
)
