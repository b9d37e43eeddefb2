"""What could be offered to whom: charts of the Basket page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import N_
from analytics.questions import basket, suggestions
from analytics.schema import Schema
from dashboard.chart import Chart, Explanation, Option
from dashboard.context import Context
from dashboard.figures.marks.grids import Column, grid
from dashboard.figures.topics import compared
from dashboard.pages.basket.pairs import EXPECTED, PAIR_UNITS, WHOLE, times

_EXTRA = N_("Revenue of the second product in the orders beyond the expected number")


attach_rates = Chart(
    name="attach_rates",
    nothing=N_("No order with this product contains another one."),
    title=N_("Often bought together"),
    question=N_("What else do buyers of one product buy?"),
    compute=basket.attach_rates,
    draw=compared.attach_bars,
    columns=("product", "orders", "attach_rate", "base_rate", "lift", "lift_multi", "significant"),
    options=(Option("product", N_("Product"), "product"),),
    units=PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells=N_("What buyers of one product also buy."),
        how_sure=N_("Coloured bars are bought with it more often than expected; for grey ones that is not certain."),
        to_do=N_("Show the first of them next to the product."),
        computed=N_(
            "The share of the chosen product's orders that contain the other product; the tick is that "
            "product's share of all orders. Without a choice it is the product that is filtered, or else the "
            "best seller that is often bought with another. Other product filters are ignored here."
        ),
    ),
)


def _products_named(schema: Schema, field: str, value: Any) -> str:
    """A product, or two joined by " + ", as people call them."""
    return " + ".join(schema.names("product", code) or code for code in str(value).split(" + "))


def _bundles(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("anchor", N_("To buyers of"), width=230),
        Column("add_on", N_("Offer"), width=210),
        Column(
            "attach_rate",
            N_("Already buy it"),
            "percent",
            N_("% of the orders with the first product that contain it"),
            width=116,
        ),
        Column("orders", N_("Orders together"), "count", N_("Orders that contain all of them"), width=110),
        Column("times", N_("Times as often as expected"), "times", EXPECTED, width=130),
        Column("beyond_revenue", N_("Extra revenue so far"), "money", _EXTRA, width=150, sort="desc"),
    )
    frame = answer.frame
    shown = frame.assign(times=times(frame["orders"], frame["orders"] - frame["beyond_orders"]))
    return grid(shown, columns, context.formats, partial(_products_named, context.schema))


def _recommended(answer: Answer, context: Context) -> dict[str, Any]:
    columns = [
        Column("product", N_("Recommend"), width=190),
        Column("because_of", N_("To buyers of"), width=190),
        Column("confidence", N_("Buy both"), "percent", N_("% of the orders with one that contain the other")),
        Column("orders", N_("Orders together"), "count", N_("Orders that contain both"), width=110),
    ]
    if answer.frame["because_of"].nunique() < 2:  # the note names it
        del columns[1]
    return grid(answer.frame, tuple(columns), context.formats, partial(_products_named, context.schema))


bundle_ideas = Chart(
    name="bundle_ideas",
    nothing=N_("No two products are in ten or more orders together, and more often than expected."),
    title=N_("Bundle ideas"),
    question=N_("What could you offer, and to whom?"),
    kind="grid",
    compute=suggestions.bundle_ideas,
    draw=_bundles,
    columns=(
        "anchor",
        "add_on",
        "items",
        "orders",
        "lift",
        "q",
        "anchor_orders",
        "attach_rate",
        "beyond_orders",
        "beyond_low",
        "beyond_high",
        "beyond_revenue",
    ),
    compares=frozenset({"product"}),
    units=PAIR_UNITS,
    lines=False,
    height=400,
    explanation=Explanation(
        tells=N_(
            "Sets of two or three products that are bought together more often than expected, and what that "
            "brings in already."
        ),
        how_sure=N_(
            "At most one in twenty of these sets is likely to be chance. What an offer adds is only known once "
            "it is tried."
        ),
        to_do=N_("Offer the second product to some buyers of the first and not to others, and compare."),
        computed=N_(
            "Sets with 10 or more joint orders in which every two products are bought together more often than "
            "expected. Extra revenue is that of the second product in the orders beyond the expected number "
            "(with the 95% Wilson interval of its share of the first one's orders). For three products, the "
            "lift is the lowest of one against the other two, and the risk of chance the highest of the three "
            "pairs."
        ),
        more=(WHOLE,),
    ),
)
recommendations = Chart(
    name="recommendations",
    nothing=N_("No two products are in ten or more orders together."),
    title=N_("What to recommend next"),
    question=N_("What should you show to buyers of this product, or to this customer?"),
    kind="grid",
    compute=suggestions.recommendations,
    draw=_recommended,
    columns=("product", "because_of", "orders", "confidence", "popularity", "popularity_rank", "lift", "significant"),
    options=(Option("product", N_("Product"), "product"), Option("customer", N_("Customer"), "customer")),
    units=PAIR_UNITS,
    lines=False,
    height=400,
    explanation=Explanation(
        tells=N_("What to recommend to buyers of a product, or to a customer."),
        how_sure=N_(
            "Below the table, the lists are tried on a fifth of the orders that they have not seen, against "
            "simply showing the best sellers. Where they do no better, show the best sellers."
        ),
        to_do=N_("Show the first rows next to the product, in the basket or in the next e-mail."),
        computed=N_(
            "Ranked by the share of the given product's orders that contain the other one too, from 10 joint "
            "orders on. For a customer, these shares are added up over everything bought in the range, and "
            "products already bought are not shown. Without a choice it is for the customer or product that is "
            "filtered, or else the best seller that is often bought with another. Also as "
            "/data/recommendations.json with recommendations.product=… or recommendations.customer=…."
        ),
    ),
)
