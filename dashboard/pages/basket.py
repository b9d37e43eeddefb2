"""Basket: what is bought together, and how large an order is."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from analytics.answer import Answer
from analytics.questions import basket, suggestions
from analytics.schema import Schema
from dashboard.chart import ByOption, Chart, Explanation, Option, dimension_option
from dashboard.context import Context
from dashboard.figures.marks import network
from dashboard.figures.marks.grids import Column, grid
from dashboard.figures.topics import compared
from dashboard.figures.topics import products as product_maps
from dashboard.pages.options import own_of_products
from dashboard.screens import Page, Tab

_EXPECTED = "Expected is what baskets of the same sizes and months would hold if each product were chosen by itself"
_EXTRA = "Of the second product, in the orders together above what is expected: what the pair brings already"
_EMITS_SIZE = ByOption("by", {by: (field,) for by, field in basket.SIZE_FIELDS.items()})
_SIZE_BY = Option("by", "Size by", {"products": "Different products", "units": "Units"}, "products")
_PAIR_UNITS = {
    "orders_a": "count",
    "orders_b": "count",
    "support": "percent",
    "confidence_ab": "percent",
    "confidence_ba": "percent",
    "confidence": "percent",
    "lift": "ratio",
    "lift_multi": "ratio",
    "expected": "count",
    "expected_low": "count",
    "expected_high": "count",
    "attach_rate": "percent",
    "base_rate": "percent",
    "revenue_share": "percent",
    "items": "count",
    "anchor_orders": "count",
    "beyond_orders": "count",
    "beyond_low": "count",
    "beyond_high": "count",
    "beyond_revenue": "money",
    "popularity": "percent",
    "popularity_rank": "count",
}
_WHOLE = "A filter on a product, category or brand keeps whole orders that contain it."
_HOW_SURE = (
    "Joint orders are held against independent choice in baskets of the same sizes and months, and every possible pair "
    "counts: of the pairs that are given a number of times, at most one in twenty is expected to be chance."
)
_TWO_LIFTS = (
    "Lift is joint orders × all orders / (orders of the one × orders of the other): 1 is chance. Most orders contain a "
    "single item, which lowers every lift over all orders, so it is also given among orders with two or more different "
    "items."
)


def _times(orders: pd.Series, expected: pd.Series) -> pd.Series:
    """How many times as often as expected; blank where nothing is expected."""
    return (orders / expected.where(expected > 0)).astype(float)


def _pairs(answer: Answer, context: Context) -> dict[str, Any]:
    """What a shop manager needs of each pair. The statistics behind it are in the table and in files."""
    by = answer.frame.columns[0]
    label = context.schema[by].label
    columns = (
        Column(by, label, width=230),
        Column(f"with_{by}", "with", width=230),
        Column("orders", "Orders with both", "count", width=116, sort="desc"),
        Column("confidence_ab", "Buyers of the first who take the second", "percent", width=150),
        Column("confidence_ba", "Buyers of the second who take the first", "percent", width=150),
        Column("times", "Times as often as expected", "times", _EXPECTED, width=150),
    )
    frame = answer.frame
    firm = frame["significant"]
    expected = frame["expected_high"].where(firm == "yes", frame["expected_low"])
    shown = frame.assign(times=_times(frame["orders"], expected).where(firm != "no"))
    drawn = grid(shown, columns, context.formats, lambda _, value: context.schema.label(by, value))
    for row, sure in zip(drawn["rowData"], firm, strict=False):
        if sure == "no":
            row["times_text"] = "as expected"
    return drawn


basket_pairs = Chart(
    name="basket_pairs",
    nothing="No order holds two different ones.",
    title="Bought together",
    question="Which products end up in the same basket, and more often than expected?",
    kind="grid",
    compute=basket.pairs,
    draw=_pairs,
    columns=(
        "product",
        "with_product",
        "orders",
        "orders_a",
        "orders_b",
        "support",
        "confidence_ab",
        "confidence_ba",
        "lift",
        "lift_multi",
        "expected",
        "expected_low",
        "expected_high",
        "p",
        "q",
        "significant",
    ),
    options=(dimension_option("product", "category", "brand", own=own_of_products),),
    units=_PAIR_UNITS,
    whole_orders=True,
    height=430,
    explanation=Explanation(
        tells="Which products are in the same orders, how often, and whether that is more than two best sellers would "
        "be by chance.",
        how_sure=_HOW_SURE,
        to_do="Offer the cheaper product of a pair that is bought together more often than expected with the more "
        "expensive one. Ignore those that are only frequent.",
        computed=f"Counts are numbers of different orders with a sale line. {_TWO_LIFTS} Chance gives a range: most "
        "joint orders where an order decides on each item by itself, least where it chooses as many as it holds. "
        "Between the two nothing is claimed. The test is that of Cochran, Mantel and Haenszel, the risk of chance a "
        f"q-value (Benjamini–Hochberg). {_WHOLE}",
    ),
)
pair_heatmap = Chart(
    name="pair_heatmap",
    nothing="No order holds two of the best sellers.",
    title="Best sellers together",
    question="How many orders hold two of the best sellers?",
    compute=basket.pair_matrix,
    draw=product_maps.pairs,
    columns=("product", "with_product", "orders", "confidence", "lift", "lift_multi"),
    options=(
        Option(
            "metric",
            "Metric",
            {
                "orders": "Orders together",
                "lift_multi": "Against chance, baskets of 2 or more",
                "lift": "Against chance, all baskets",
            },
            "orders",
        ),
    ),
    emits=("product",),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells="How many orders hold two of the twelve products in most orders; against chance, which are bought "
        "together more (blue) or less (red) often than by chance.",
        how_sure="The colour shows how strong the effect is, not how certain; the table of pairs has the test.",
        to_do="Look for dark cells that are not obvious.",
        computed=_TWO_LIFTS,
    ),
)
basket_network = Chart(
    name="basket_network",
    nothing="No order holds two different products.",
    title="Product network",
    question="Which products belong together?",
    compute=basket.network,
    draw=network.network,
    columns=("product", "with_product", "orders", "lift", "lift_multi", "p", "q", "significant"),
    emits=("product",),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells="Which products belong together.",
        how_sure="Coloured lines passed the test of the table of pairs; grey ones did not.",
        to_do="Place and offer products together that are close to each other.",
        computed="Coloured lines are the 30 most frequent pairs that are bought together more often than baskets of "
        "their sizes and months make them (risk of chance below 5 %). Grey lines are the 10 most "
        "frequent of the others. The size of a circle is the product's orders, the width of a line the joint orders; "
        "products that belong together are drawn close to each other.",
    ),
)
attach_rates = Chart(
    name="attach_rates",
    nothing="No order with this product holds another one.",
    title="What sells with it",
    question="What do buyers of this product also take?",
    compute=basket.attach_rates,
    draw=compared.attach_bars,
    columns=("product", "orders", "attach_rate", "base_rate", "lift", "lift_multi", "significant"),
    options=(Option("product", "Product", "product"),),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells="What buyers of one product also buy.",
        how_sure="Products with coloured bars passed the test of the table of pairs; grey ones did not.",
        to_do="Show the first of them next to the product.",
        computed="The share of the chosen product's orders that contain the other product too; the tick is that "
        "product's share of all orders. Without a choice it is the one product that is filtered, or else the product "
        "in most orders. Product filters are otherwise ignored here.",
    ),
)
basket_size = Chart(
    name="basket_size",
    title="Size of orders",
    question="How many products or units are in an order?",
    compute=basket.sizes,
    draw=partial(compared.labelled_columns, share_of="orders"),
    columns=("order_products", "orders", "aov", "revenue", "share", "revenue_share"),
    options=(_SIZE_BY,),
    emits=_EMITS_SIZE,
    units=_PAIR_UNITS,
    whole_orders=True,
    explanation=Explanation(
        "Orders by the number of different products or of units (net of returns) in the whole order, even where a "
        f"filter shows only some of its lines. {_WHOLE}"
    ),
)
basket_value_by_size = Chart(
    name="basket_value_by_size",
    title="Value by size",
    question="What is an order of each size worth?",
    compute=basket.value_by_size,
    draw=partial(compared.labelled_columns, share_of="orders"),
    columns=("order_products", "aov", "orders", "revenue", "share", "revenue_share"),
    options=(_SIZE_BY,),
    emits=_EMITS_SIZE,
    units=_PAIR_UNITS,
    whole_orders=True,
    explanation=Explanation(f"Revenue / orders, for orders of each size. {_WHOLE}"),
)


def _products_named(schema: Schema, field: str, value: Any) -> str:
    """A product, or two joined by " + ", as people call them."""
    return " + ".join(schema.names("product", code) or code for code in str(value).split(" + "))


def _bundles(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("anchor", "To buyers of", width=230),
        Column("add_on", "offer", width=210),
        Column("attach_rate", "Take it already", "percent", "% of the orders with the first that hold it", width=116),
        Column("orders", "Orders together", "count", "Orders that hold all of them", width=110),
        Column("times", "Times as often as expected", "times", _EXPECTED, width=130),
        Column("beyond_revenue", "Extra revenue so far", "money", _EXTRA, width=150, sort="desc"),
    )
    frame = answer.frame
    shown = frame.assign(times=_times(frame["orders"], frame["orders"] - frame["beyond_orders"]))
    return grid(shown, columns, context.formats, partial(_products_named, context.schema))


def _recommended(answer: Answer, context: Context) -> dict[str, Any]:
    columns = [
        Column("product", "Recommend", width=190),
        Column("because_of", "to buyers of", width=190),
        Column("confidence", "Buy both", "percent", "% of the orders with the one that hold the other"),
        Column("orders", "Orders together", "count", "Orders that hold both", width=110),
    ]
    if answer.frame["because_of"].nunique() < 2:  # the note names it
        del columns[1]
    return grid(answer.frame, tuple(columns), context.formats, partial(_products_named, context.schema))


bundle_ideas = Chart(
    name="bundle_ideas",
    nothing="No two products are in ten or more orders together, and more often than expected.",
    title="Bundle ideas",
    question="What could be offered to whom, and what does the pair bring already?",
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
    units=_PAIR_UNITS,
    lines=False,
    height=400,
    explanation=Explanation(
        tells="Sets of two or three products that are bought together more often than by chance, and what that brings.",
        how_sure="Of the sets whose risk of chance is below 5 %, at most one in twenty is expected to be chance.",
        to_do="Offer the second product to customers who buy the first, to some customers and not to others, and "
        "compare.",
        computed="Sets with 10 or more joint orders, of which every two products pass the test of the table of pairs. "
        "Beyond chance are the joint orders above what chance gives, with the 95 % interval (Wilson) of the share of "
        "the first one’s orders; the revenue is that of the second in as many orders. What an offer adds is not known "
        "before it is tried. For three, chance is the most that any two of them and the third give, "
        f"the lift is the lowest of one against the other two, the risk of chance the highest of three pairs. {_WHOLE}",
    ),
)
recommendations = Chart(
    name="recommendations",
    nothing="No two products are in ten or more orders together.",
    title="What to recommend next",
    question="What should you show to buyers of this product, or to this customer?",
    kind="grid",
    compute=suggestions.recommendations,
    draw=_recommended,
    columns=("product", "because_of", "orders", "confidence", "popularity", "popularity_rank", "lift", "significant"),
    options=(Option("product", "Product", "product"), Option("customer", "Customer", "customer")),
    units=_PAIR_UNITS,
    lines=False,
    height=400,
    explanation=Explanation(
        tells="What to recommend to buyers of this product, or to this customer.",
        how_sure="Below the table, the lists are tested on a fifth of the orders that they have not seen, against "
        "simply showing the best sellers. Where they do no better, show the best sellers. “More than chance” is the "
        "test of the table of pairs: without it, the product may be in the same orders only because it sells well.",
        to_do="Show the first rows next to the product, in the basket or in the next e-mail.",
        computed="Ranked by confidence: of the orders with the given product, the share that contain the other one "
        "too. A pair counts from 10 joint orders. For a customer, the confidences of all products bought in the range "
        "are added up, and those products are not shown again. Without a choice it is the customer or product that is "
        "filtered, or else the product in most orders; these filters only choose whom the list is for. Also as "
        "/data/recommendations.json with recommendations.product=… or recommendations.customer=….",
    ),
)

PAGE = Page(
    name="basket",
    title="Basket",
    icon="basket",
    tabs=(
        Tab(
            "pairs",
            "Pairs",
            (
                ((basket_pairs, 12),),
                ((basket_network, 6), (pair_heatmap, 6)),
                ((basket_size, 6), (basket_value_by_size, 6)),
            ),
        ),
        Tab(
            "offers",
            "Offers",
            (
                ((bundle_ideas, 12),),
                ((attach_rates, 5), (recommendations, 7)),
            ),
        ),
    ),
    topic="baskets",
)
