"""Basket: what is bought together, and how large an order is."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics import basket
from analytics.answer import Answer
from analytics.schema import FIELDS, value_label
from dashboard.chart import Chart, Option, Page
from dashboard.context import Context
from dashboard.figures import compared, matrix, network
from dashboard.figures.grids import Column, grid

_LIFT = "How often the two meet against chance: 1 is chance, 2 twice as often"
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
    "smallest": "count",
    "largest": "count",
}
_WHOLE = "A filter on a product, category or brand keeps whole orders that hold it."
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
    words = lambda field, value: str(value) if field == "significant" else value_label(by, value)  # noqa: E731
    return grid(answer.frame, columns, context.formats, words)


basket_pairs = Chart(
    name="basket_pairs",
    title="Bought together",
    question="Which pairs share orders, and is it more than chance?",
    kind="grid",
    compute=basket.pairs,
    draw=_pairs,
    options=(Option("by", "By", {"product": "Product", "category": "Category", "brand": "Brand"}, "product"),),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    how=f"Counts are of distinct orders with a sale line. {_TWO_LIFTS} Chance is judged there: one-sided Fisher test, "
    f"corrected for every possible pair (Benjamini–Hochberg). {_WHOLE}",
)
pair_heatmap = Chart(
    name="pair_heatmap",
    title="Who goes with whom",
    question="Among the best sellers, which meet more or less than chance?",
    compute=basket.pair_matrix,
    draw=matrix.pairs,
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
    how=f"The twelve products in most orders. Blue pairs meet more often than chance, red ones less. {_TWO_LIFTS}",
)
basket_network = Chart(
    name="basket_network",
    title="Product network",
    question="Which products hang together?",
    compute=basket.network,
    draw=network.network,
    emits=("product",),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    how="Lines in colour: the 30 most frequent pairs that meet more often than chance among orders with two or more "
    "products (q-value below 0.05, lift above 1). Grey: the 10 most frequent of the others. Circles are sized by the "
    "product's orders, lines by joint orders; what belongs together is drawn close.",
)
attach_rates = Chart(
    name="attach_rates",
    title="What sells with it",
    question="What do buyers of one product also buy?",
    compute=basket.attach_rates,
    draw=compared.attach_bars,
    options=(Option("product", "Product", "product"),),
    units=_PAIR_UNITS,
    lines=False,
    height=430,
    how="Attach rate: share of the chosen product's orders that hold the other one too; the tick is that "
    "one's share of all "
    "orders. Without a choice: the one product that is filtered, else the one in most orders. Bars in colour meet more "
    "often than chance among larger orders. Product filters are left out here.",
)
basket_size = Chart(
    name="basket_size",
    title="Size of orders",
    question="How many products or units does an order hold?",
    compute=basket.sizes,
    draw=partial(compared.labelled_columns, share_of="orders"),
    options=(_SIZE_BY,),
    units=_PAIR_UNITS,
    lines=False,
    how=f"Orders by their number of different products or of units (net of returns). {_WHOLE}",
)
basket_value_by_size = Chart(
    name="basket_value_by_size",
    title="Value by size",
    question="What is an order of each size worth?",
    compute=basket.value_by_size,
    draw=partial(compared.labelled_columns, share_of="orders"),
    options=(_SIZE_BY,),
    units=_PAIR_UNITS,
    lines=False,
    how=f"Revenue / orders, for orders of each size. {_WHOLE}",
)

PAGE = Page(
    "basket",
    "Basket",
    "basket",
    (
        ((basket_pairs, 12),),
        ((attach_rates, 5), (pair_heatmap, 7)),
        ((basket_network, 12),),
        ((basket_size, 6), (basket_value_by_size, 6)),
    ),
)
