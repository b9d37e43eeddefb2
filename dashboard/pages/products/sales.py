"""What sells, what carries the revenue, what rises and falls: charts of the Products page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.metrics import labels, summed
from analytics.questions import products
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself, metric_option
from dashboard.context import Context
from dashboard.figures.marks import bars, pareto, stacks
from dashboard.figures.marks.grids import Column, grid
from dashboard.figures.topics import compared
from dashboard.figures.topics import products as product_maps
from dashboard.pages.options import RANK_METRIC, SHOW, TOP, own_of_lines
from dashboard.pages.overview import top_products

_SUMS = metric_option(summed("ranking"))  # revenue, units, and profit where cost is known
_GROUP = dimension_option("category", "brand", own=own_of_lines)
_EMITS_GROUP = each_itself("by", "category", "brand", own=True)

revenue_by_product = replace(
    top_products,
    name="revenue_by_product",
    title="Revenue by product",
    question="Which products bring in the most?",
    height=320,
    explanation=Explanation(
        "The sum of amounts per product, brand or category, minus refunds, with its share of the total. The average "
        "order value is the product's revenue / the number of orders that contain it."
    ),
)
units_by_product = Chart(
    name="units_by_product",
    title="Units by product",
    question="How many are sold, and at what price?",
    compute=products.units,
    draw=compared.priced_bar,
    columns=("product", "units", "share", "price", "revenue"),
    options=(TOP,),
    emits=("product",),
    units={"price": "money"},
    height=320,
    explanation=Explanation(
        "The sum of quantities, minus returned ones, with the share of all units and the average price paid (revenue / "
        "units). Without units there is no price."
    ),
)
revenue_by_category = Chart(
    name="revenue_by_category",
    title="Revenue by category",
    question="Which categories or brands bring in the most?",
    compute=products.by_group,
    draw=bars.ranked_bar,
    columns=("category", "revenue", "orders", "units", "aov", "share"),
    options=(_GROUP, RANK_METRIC),
    emits=_EMITS_GROUP,
    explanation=Explanation(
        "The metric per category or brand, highest first, with its share of the total. Lines without one are listed as "
        "“(not given)”."
    ),
)
category_over_time = Chart(
    name="category_over_time",
    title="Categories over time",
    question="How does the mix change?",
    compute=products.over_time,
    draw=stacks.stacked,
    columns=("category", "period", "revenue", "share", "days", "period_days"),
    options=(_GROUP, _SUMS, SHOW),
    emits=_EMITS_GROUP,
    height=320,
    explanation=Explanation(
        "The metric per category or brand and period: the seven largest over the whole range, and all others together. "
        "Periods that the range or the data cover only in part are hatched."
    ),
)
product_over_time = Chart(
    name="product_over_time",
    title="Products over time",
    question="How do the largest products develop?",
    compute=partial(products.over_time, by="product"),
    draw=stacks.stacked,
    columns=("product", "period", "revenue", "share", "days", "period_days"),
    options=(_SUMS, SHOW),
    emits=("product",),
    height=320,
    explanation=Explanation(
        "The metric per product and period: the seven largest over the whole range, and all others together. Periods "
        "that the range or the data cover only in part are hatched."
    ),
)
product_month_units = Chart(
    name="product_month_units",
    months=12,
    grain="month",
    title="Products by month",
    question="When in the year does each product sell?",
    compute=products.by_month,
    draw=product_maps.months,
    columns=("product", "period", "units"),
    options=(
        metric_option(summed("ranking"), "units"),
        Option("top", "Show", {"10": "Top 10", "20": "Top 20", "30": "Top 30"}, "20"),
    ),
    emits=("product",),
    height=460,
    explanation=Explanation(
        "Units (or revenue) per product and calendar month, whatever the page's grain. The colour compares a product "
        "with its own best month, so that small products show their season too; the number is the metric itself."
    ),
)
product_pareto = Chart(
    name="product_pareto",
    title="ABC of products",
    question="How many products make up most of the revenue, or of the profit?",
    compute=products.abc,
    draw=pareto.pareto,
    columns=("product", "revenue", "share", "cumulative_share", "cumulative_products", "abc"),
    options=(metric_option({n: t for n, t in summed("ranking").items() if n != "units"}),),
    emits=("product",),
    units={"cumulative_share": "percent", "cumulative_products": "percent"},
    height=340,
    explanation=Explanation(
        "Products from the largest down. Class A ends with the product that reaches 80 % of revenue, class B with the "
        "one that reaches 95 %; class C is the rest. Products with more refunds than sales, or with a loss where "
        "profit is chosen, are left out."
    ),
)
product_movers = Chart(
    name="product_movers",
    title="Gains and losses",
    question="Which products gained or lost?",
    compute=products.movers,
    draw=compared.movers,
    columns=("product", "revenue", "base_revenue", "gain", "growth"),
    options=(_SUMS,),
    emits=("product",),
    height=340,
    explanation=Explanation(
        "The metric in the range minus the metric in the comparison, which is equally long. All differences add up to "
        "the total difference. A product without sales before is new and has no growth rate."
    ),
)


def _under_performers(answer: Answer, context: Context) -> dict[str, Any]:
    found = answer.frame[answer.frame["reason"] != ""]
    columns = (
        Column("product", "Product", width=190),
        Column("reason", "Why", width=110),
        Column("revenue", "Revenue", "money"),
        Column("share", "Share", "percent"),
        Column("units", "Units", "count"),
        Column("growth", "Change", "change"),
    )
    shown = columns if "growth" in found else columns[:-1]
    return grid(found, shown, context.formats, context.schema.label)


under_performers = Chart(
    name="under_performers",
    nothing="No product sells too little.",
    title="Under-performing products",
    question="Which products sell too little?",
    kind="grid",
    compute=products.under_performers,
    draw=_under_performers,
    columns=("product", "revenue", "units", "orders", "share", "base_revenue", "growth", "reason"),
    emits=("product",),
    units={"base_revenue": "money", "growth": "percent"},
    explanation=Explanation(
        "Low: both revenue and units are below a quarter of the median product's. Falling: the product shrank, its "
        "growth is at least 20 points below that of the whole selection, and it lost more orders than chance explains. "
        "Stopped: sold in the comparison, not in the "
        "range. Products without revenue in the comparison are new and count as neither low nor falling."
    ),
)
returns_by_product = Chart(
    name="returns_by_product",
    nothing="Nothing was returned.",
    title="Returns by product",
    question="Which products are returned?",
    compute=products.returns,
    draw=bars.ranked_bar,
    columns=("product", "refunds", "refund_rate", "gross", "units", "share"),
    options=(metric_option(labels("refunds", "refund_rate")), TOP),
    emits=("product",),
    explanation=Explanation(
        "Refunds are the amounts of refund lines as a positive number; the rate is refunds / gross revenue of the "
        "product."
    ),
)
repeat_purchase_by_product = Chart(
    name="repeat_purchase_by_product",
    title="Bought again",
    question="Which products do customers buy again?",
    compute=products.repeat_purchase,
    draw=bars.ranked_bar,
    columns=("product", "repeat_rate", "customers", "repeat_customers", "orders"),
    options=(TOP,),
    emits=("product",),
    needs=frozenset({"customer"}),
    units={"repeat_customers": "count"},
    explanation=Explanation(
        "The share of a product's buyers who bought it in two or more orders of the range. Products with fewer than 5 "
        "buyers come last. A longer range leaves more time to buy again, so compare ranges of equal length."
    ),
)
