"""Basket: what is bought together, and how large an order is."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.questions import basket, suggestions
from analytics.schema import FIELDS, value_label
from dashboard.chart import ByOption, Chart, Explanation, Option, Page, dimension_option
from dashboard.context import Context
from dashboard.figures.marks import network
from dashboard.figures.marks.grids import Column, grid
from dashboard.figures.topics import compared
from dashboard.figures.topics import products as product_maps

_LIFT = "How often the two meet against chance: 1 is chance, 2 twice as often"
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
    "attach_rate": "percent",
    "base_rate": "percent",
    "revenue_share": "percent",
    "items": "count",
    "anchor_orders": "count",
    "attach_rate_high": "percent",
    "extra_orders": "count",
    "extra_revenue": "money",
    "popularity": "percent",
    "popularity_rank": "count",
}
_WHOLE = "A filter on a product, category or brand keeps whole orders that hold it."
_HOW_SURE = (
    "One-sided Fisher test over orders with two or more different things, corrected for every possible pair "
    "(Benjamini–Hochberg): of the pairs marked “more than chance” at most one in twenty is expected to be chance."
)
_TWO_LIFTS = (
    "Lift is joint orders × all orders / (orders of the one × orders of the other): 1 is chance. Most orders "
    "hold one thing, "
    "which pulls every lift over all orders down, so it is also given among orders with two or more different things."
)


def _pairs(answer: Answer, context: Context) -> dict[str, Any]:
    by = answer.frame.columns[0]
    label = FIELDS[by].label
    columns = (
        Column(by, label, width=230),
        Column(f"with_{by}", "with", width=230),
        Column("orders", "Orders", "count", "Orders that hold both", width=116, sort="desc"),
        Column("support", "Support", "small percent", "% of all orders that hold both"),
        Column("confidence_ab", "1st → 2nd", "percent", "% of the first one's orders that hold the second"),
        Column("confidence_ba", "2nd → 1st", "percent", "% of the second one's orders that hold the first"),
        Column("lift", "Lift, all", "ratio", f"{_LIFT}; over all orders"),
        Column("lift_multi", "Lift, 2+", "ratio", f"{_LIFT}; over orders with two or more different ones"),
        Column("q", "q-value", "chance", "False discovery rate of “more than chance”, over every possible pair"),
        Column("significant", "More than chance", width=120, hint="yes: q-value below 0.05"),
    )

    def text(field: str, value: Any) -> str:
        return str(value) if field == "significant" else value_label(by, value)

    return grid(answer.frame, columns, context.formats, text)


basket_pairs = Chart(
    name="basket_pairs",
    title="Bought together",
    question="Which pairs share orders, and is it more than chance?",
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
        "p",
        "q",
        "significant",
    ),
    options=(dimension_option("product", "category", "brand"),),
    units=_PAIR_UNITS,
    whole_orders=True,
    height=430,
    explanation=Explanation(
        tells="Which products share orders, how often, and whether that is more than two good sellers meeting.",
        how_sure=_HOW_SURE,
        to_do="Offer the second of a sure pair with the first; leave alone pairs that are merely frequent.",
        computed=f"Counts are of distinct orders with a sale line. {_TWO_LIFTS} Chance is judged there. {_WHOLE}",
    ),
)
pair_heatmap = Chart(
    name="pair_heatmap",
    title="Who goes with whom",
    question="Among the best sellers, which meet more or less than chance?",
    compute=basket.pair_matrix,
    draw=product_maps.pairs,
    columns=("product", "with_product", "orders", "confidence", "lift", "lift_multi"),
    options=(
        Option(
            "metric",
            "Metric",
            {"lift_multi": "Lift, orders with 2+", "lift": "Lift, all orders", "orders": "Orders together"},
            "lift_multi",
        ),
    ),
    emits=("product",),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells="Which of the twelve products in most orders meet more (blue) or less (red) than chance.",
        how_sure="Colour is size, not sureness; the table of pairs has the test.",
        to_do="Look for blue off the beaten pairs.",
        computed=_TWO_LIFTS,
    ),
)
basket_network = Chart(
    name="basket_network",
    title="Product network",
    question="Which products hang together?",
    compute=basket.network,
    draw=network.network,
    columns=("product", "with_product", "orders", "lift", "lift_multi", "p", "q", "significant"),
    emits=("product",),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells="Which products hang together.",
        how_sure="Coloured lines passed the test of the table of pairs, grey ones did not.",
        to_do="Place and offer together what is drawn close.",
        computed="Lines in colour are the 30 most frequent pairs that meet more often than chance among orders with "
        "two or more products (q-value below 0.05, lift above 1). Grey: the 10 most frequent of the others. Circles "
        "are sized by the product's orders, lines by joint orders; what belongs together is drawn close.",
    ),
)
attach_rates = Chart(
    name="attach_rates",
    title="What sells with it",
    question="What do buyers of one product also buy?",
    compute=basket.attach_rates,
    draw=compared.attach_bars,
    columns=("product", "orders", "attach_rate", "base_rate", "lift", "lift_multi", "significant"),
    options=(Option("product", "Product", "product"),),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells="What buyers of one product also buy.",
        how_sure="Bars in colour meet more often than chance among larger orders.",
        to_do="Show the first of them beside the product.",
        computed="Share of the chosen product's orders that hold the other one too; the tick is that one's share of "
        "all orders. Without a choice: the one product that is filtered, else the one in most orders. Product filters "
        "are left out here.",
    ),
)
basket_size = Chart(
    name="basket_size",
    title="Size of orders",
    question="How many products or units does an order hold?",
    compute=basket.sizes,
    draw=partial(compared.labelled_columns, share_of="orders"),
    columns=("order_products", "orders", "aov", "revenue", "share", "revenue_share"),
    options=(_SIZE_BY,),
    emits=_EMITS_SIZE,
    units=_PAIR_UNITS,
    whole_orders=True,
    explanation=Explanation(
        "Orders by the number of different products or of units (net of returns) in the whole order, also where a "
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


def _bundles(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("anchor", "Who buys", width=230),
        Column("add_on", "is offered", width=210),
        Column("orders", "Orders together", "count", "Orders that hold all of them", width=110),
        Column("lift", "Lift, 2+", "ratio", f"{_LIFT}; over orders with two or more products"),
        Column("q", "q-value", "chance", "False discovery rate of “more than chance”, over every possible set"),
        Column("attach_rate", "Attach rate", "percent", "% of the orders with the first that hold the offered one"),
        Column("attach_rate_high", "could be", "percent", "Upper end of the attach rate's 95 % interval"),
        Column("extra_orders", "Extra orders, up to", "count", "At that upper end, over as many orders", width=116),
        Column(
            "extra_revenue", "Extra revenue, up to", "money", "Extra orders at the range's average price", width=130
        ),
    )
    return grid(answer.frame, columns, context.formats)


def _recommended(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", "Show", width=190),
        Column("because_of", "because of", width=190),
        Column("confidence", "Confidence", "percent", "% of the orders with the one that hold the other"),
        Column("orders", "Orders together", "count", "Orders that hold both", width=110),
        Column("popularity", "In all orders", "percent", "% of all orders that hold it"),
        Column("popularity_rank", "Rank as seller", "count", "1 is in most orders"),
        Column("lift", "Lift", "ratio", f"{_LIFT}; over all orders. A label, it does not rank"),
    )
    return grid(answer.frame, columns, context.formats)


bundle_ideas = Chart(
    name="bundle_ideas",
    title="Bundle ideas",
    question="Which products might be offered together, and what would it bring at most?",
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
        "attach_rate_high",
        "extra_orders",
        "extra_revenue",
    ),
    units=_PAIR_UNITS,
    lines=False,
    height=400,
    explanation=Explanation(
        tells="Sets of two or three products that are bought together more often than chance, and what offering them "
        "might bring.",
        how_sure="To the extent of the q-value (below 0.05: at most one such set in twenty is expected to be chance).",
        to_do="Offer the second to who buys the first, to some customers and not to others, and compare.",
        computed="Sets with 10 or more joint orders, tested among orders with several products. The range is from no "
        "change up to an attach rate at the upper end of its 95 % interval (Wilson), with as many orders as in the "
        "range and at its average price; no bundle discount is taken off. Of three products, lift and q-value are the "
        f"weakest of each one against the other two. {_WHOLE}",
    ),
)
recommendations = Chart(
    name="recommendations",
    title="Recommendations",
    question="What to show to who buys this, or to this customer?",
    kind="grid",
    compute=suggestions.recommendations,
    draw=_recommended,
    columns=("product", "because_of", "orders", "confidence", "popularity", "popularity_rank", "lift"),
    options=(Option("product", "Product", "product"), Option("customer", "Customer", "customer")),
    units=_PAIR_UNITS,
    lines=False,
    height=400,
    explanation=Explanation(
        tells="What to show to who buys this product, or to this customer.",
        how_sure="Below the table the lists are tried on a fifth of the orders that they did not see, against merely "
        "showing the best sellers; where they do no better, show those.",
        to_do="Put the first rows beside the product, in the basket or in the next mail.",
        computed="Ranked by confidence: of the orders with the given product, the share that holds the other one too; "
        "a pair needs 10 joint orders to speak. For a customer the confidences of all the products bought in the range "
        "are added, and those are not shown again. Without a choice: the customer or product that is filtered, else "
        "the product in most orders; these filters only choose for whom. Also as /data/recommendations.json with "
        "recommendations.product=… or recommendations.customer=….",
    ),
)

PAGE = Page(
    name="basket",
    title="Basket",
    icon="basket",
    rows=(
        ((basket_pairs, 12),),
        ((attach_rates, 5), (pair_heatmap, 7)),
        ((basket_network, 12),),
        ((basket_size, 6), (basket_value_by_size, 6)),
        ((bundle_ideas, 12),),
        ((recommendations, 12),),
    ),
    sections={"basket_size": "Size of orders", "bundle_ideas": "What to offer"},
    topic="baskets",
)
