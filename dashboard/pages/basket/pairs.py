"""What is bought together, and how large an order is: charts of the Basket page."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.questions import basket
from dashboard.chart import ByOption, Chart, Explanation, Option, dimension_option
from dashboard.context import Context
from dashboard.figures.marks import network
from dashboard.figures.marks.grids import Column, grid, write_instead
from dashboard.figures.topics import compared
from dashboard.figures.topics import products as product_maps
from dashboard.pages.options import own_of_products

EXPECTED = N_("Expected: what baskets of the same sizes and months would contain if each product were chosen by itself")
_EMITS_SIZE = ByOption("by", {by: (field,) for by, field in basket.SIZE_FIELDS.items()})
_SIZE_BY = Option("by", N_("Count"), {"products": N_("Different products"), "units": N_("Units")}, "products")
PAIR_UNITS = {
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
WHOLE = N_("A filter on a product, category or brand keeps whole orders that contain it.")
_LIFTS = N_(
    "Compared with expected (lift): orders with both × all orders / (orders with the one × orders with the other), "
    "where 1 is as expected. Orders of one product lower it, so it is also given for orders of two or more."
)


def times(orders: pd.Series, expected: pd.Series) -> pd.Series:
    """How many times as often as expected; blank where nothing is expected."""
    return (orders / expected.where(expected > 0)).astype(float)


def _pairs(answer: Answer, context: Context) -> dict[str, Any]:
    """What a shop manager needs of each pair. The statistics behind it are in the table and in files."""
    by = answer.frame.columns[0]
    label = context.schema[by].label
    columns = (
        Column(by, label, width=230),
        Column(f"with_{by}", N_("With"), width=230),
        Column("orders", N_("Orders with both"), "count", width=116, sort="desc"),
        Column("confidence_ab", N_("Of the buyers of the first"), "percent", width=150),
        Column("confidence_ba", N_("Of the buyers of the second"), "percent", width=150),
        Column("times", N_("Times as often as expected"), "times", EXPECTED, width=150),
    )
    frame = answer.frame
    firm = frame["significant"]
    expected = frame["expected_high"].where(firm == "yes", frame["expected_low"])
    shown = frame.assign(times=times(frame["orders"], expected).where(firm != "no"))
    drawn = grid(shown, columns, context.formats, lambda _field, value: context.schema.label(by, value))
    for row, sure in zip(drawn["rowData"], firm, strict=False):
        if sure == "no":
            write_instead(drawn, row, "times", _("as expected"))
    return drawn


basket_pairs = Chart(
    name="basket_pairs",
    nothing=N_("No order contains two different products or groups."),
    title=N_("Bought together"),
    question=N_("What is bought together, and how much more often than expected?"),
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
    units=PAIR_UNITS,
    whole_orders=True,
    height=430,
    explanation=Explanation(
        tells=N_(
            "Which products are in the same orders, how often, and whether that is more often than expected of "
            "two best sellers."
        ),
        how_sure=N_(
            "At most one in twenty of the pairs that are given a number of times is likely to be chance. The "
            "others are bought together about as often as expected."
        ),
        to_do=N_(
            "Offer the cheaper product of a pair together with the more expensive one. Ignore pairs that are "
            "only frequent."
        ),
        computed=N_(
            "Orders with both products, compared with independent choice in baskets of the same sizes and "
            "months (test of Cochran, Mantel and Haenszel; q-values by Benjamini–Hochberg over all pairs). "
            "Expected is a range: most where an order decides on each product by itself, least where it chooses "
            "as many as it holds; between the two nothing is claimed."
        ),
        more=(
            _LIFTS,
            WHOLE,
        ),
    ),
)
pair_heatmap = Chart(
    name="pair_heatmap",
    nothing=N_("No order contains two of the best sellers."),
    silent=True,
    title=N_("Best sellers together"),
    question=N_("How many orders contain two of the best sellers?"),
    compute=basket.pair_matrix,
    draw=product_maps.pairs,
    columns=("product", "with_product", "orders", "confidence", "lift", "lift_multi"),
    options=(
        Option(
            "metric",
            N_("Metric"),
            {
                "orders": N_("Orders together"),
                "lift_multi": N_("Compared with expected, baskets of 2 or more"),
                "lift": N_("Compared with expected, all baskets"),
            },
            "orders",
        ),
    ),
    emits=("product",),
    units=PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells=N_(
            "How many orders contain two of the twelve products in most orders. Compared with expected, blue is "
            "more often and red less often."
        ),
        how_sure=N_(
            "The colour shows how strong the effect is, not how certain; the table of pairs says which are certain."
        ),
        to_do=N_("Look for dark cells that are not obvious."),
        computed=_LIFTS,
    ),
)
basket_network = Chart(
    name="basket_network",
    nothing=N_("No order contains two different products."),
    silent=True,
    title=N_("Product network"),
    question=N_("Which products belong together?"),
    compute=basket.network,
    draw=network.network,
    columns=("product", "with_product", "orders", "lift", "lift_multi", "p", "q", "significant"),
    emits=("product",),
    units=PAIR_UNITS,
    lines=False,
    height=430,
    explanation=Explanation(
        tells=N_("Which products are bought together: those that belong together are drawn close to each other."),
        how_sure=N_("Coloured lines are bought together more often than expected; grey ones are only frequent."),
        to_do=N_("Place and offer products together that are close to each other."),
        computed=N_(
            "The 30 most frequent pairs that are bought together more often than expected (risk of chance below "
            "5%), and in grey the 10 most frequent of the others. The size of a circle is the product's "
            "orders, the width of a line the orders with both."
        ),
    ),
)
basket_size = Chart(
    name="basket_size",
    title=N_("Order size"),
    question=N_("How many products or units are in an order?"),
    compute=basket.sizes,
    draw=partial(compared.labelled_columns, share_of="orders"),
    columns=("order_products", "orders", "aov", "revenue", "share", "revenue_share"),
    options=(_SIZE_BY,),
    emits=_EMITS_SIZE,
    compares=frozenset({"product"}),
    units=PAIR_UNITS,
    whole_orders=True,
    explanation=Explanation(
        N_(
            "Orders by the number of different products, or of units net of returns, in the whole order, even "
            "where a filter shows only some of its lines."
        ),
        more=(WHOLE,),
    ),
)
basket_value_by_size = Chart(
    name="basket_value_by_size",
    title=N_("Order value by size"),
    question=N_("How much is an order of each size worth?"),
    compute=basket.value_by_size,
    draw=partial(compared.labelled_columns, share_of="orders"),
    columns=("order_products", "aov", "orders", "revenue", "share", "revenue_share"),
    options=(_SIZE_BY,),
    emits=_EMITS_SIZE,
    compares=frozenset({"product"}),
    units=PAIR_UNITS,
    whole_orders=True,
    explanation=Explanation(N_("Revenue / orders, for orders of each size."), more=(WHOLE,)),
)
