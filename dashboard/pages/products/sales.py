"""What sells, what carries the revenue, what rises and falls: charts of the Products page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import N_
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
    title=N_("Revenue by product"),
    question=N_("Which products bring in the most?"),
    height=320,
    explanation=Explanation(
        N_(
            "The sum of amounts per product, brand or category, minus refunds, with its share of the total. "
            "Average order value is the product's revenue / the orders that contain it."
        )
    ),
)
units_by_product = Chart(
    name="units_by_product",
    title=N_("Units by product"),
    question=N_("How many are sold, and at what price?"),
    compute=products.units,
    draw=compared.priced_bar,
    columns=("product", "units", "share", "price", "revenue"),
    options=(TOP,),
    emits=("product",),
    units={"price": "money"},
    height=320,
    explanation=Explanation(
        N_("Quantities sold, minus returns, with the share of all units and the average price paid (revenue / units).")
    ),
)
revenue_by_category = Chart(
    name="revenue_by_category",
    title=N_("Revenue by category"),
    question=N_("Which categories or brands bring in the most?"),
    compute=products.by_group,
    draw=bars.ranked_bar,
    columns=("category", "revenue", "orders", "units", "aov", "share"),
    options=(_GROUP, RANK_METRIC),
    emits=_EMITS_GROUP,
    explanation=Explanation(
        N_(
            "The metric per category or brand, largest first, with its share of the total. Lines without one "
            "are listed as “(not given)”."
        )
    ),
)
category_over_time = Chart(
    name="category_over_time",
    title=N_("Categories over time"),
    question=N_("How does the mix change?"),
    compute=products.over_time,
    draw=stacks.stacked,
    columns=("category", "period", "revenue", "share", "days", "period_days"),
    options=(_GROUP, _SUMS, SHOW),
    emits=_EMITS_GROUP,
    height=320,
    explanation=Explanation(
        N_(
            "The metric per category or brand: the seven largest over the whole range, and all others together. "
            "Incomplete periods are hatched."
        )
    ),
)
product_over_time = Chart(
    name="product_over_time",
    title=N_("Products over time"),
    question=N_("How do the best sellers develop?"),
    compute=partial(products.over_time, by="product"),
    draw=stacks.stacked,
    columns=("product", "period", "revenue", "share", "days", "period_days"),
    options=(_SUMS, SHOW),
    emits=("product",),
    height=320,
    explanation=Explanation(
        N_(
            "The metric per product: the seven largest over the whole range, and all others together. "
            "Incomplete periods are hatched."
        )
    ),
)
product_month_units = Chart(
    name="product_month_units",
    months=12,
    grain="month",
    title=N_("Products by month"),
    question=N_("When in the year does each product sell?"),
    compute=products.by_month,
    draw=product_maps.months,
    columns=("product", "period", "units"),
    options=(
        metric_option(summed("ranking"), "units"),
        Option("top", N_("Show"), {n: N_("Top {n}", n=int(n)) for n in ("10", "20", "30")}, "20"),
    ),
    emits=("product",),
    height=460,
    explanation=Explanation(
        N_(
            "Units (or revenue) per product and calendar month. The colour compares each product with its own "
            "best month, so that small products show their season too; the number is the metric itself."
        )
    ),
)
product_pareto = Chart(
    name="product_pareto",
    title=N_("ABC analysis"),
    question=N_("How many products bring in most of the revenue?"),
    compute=products.abc,
    draw=pareto.pareto,
    columns=("product", "revenue", "share", "cumulative_share", "cumulative_products", "abc"),
    options=(metric_option({n: t for n, t in summed("ranking").items() if n != "units"}),),
    emits=("product",),
    units={"cumulative_share": "percent", "cumulative_products": "percent"},
    height=340,
    explanation=Explanation(
        N_(
            "Products from largest to smallest. Class A brings in the first 80% of revenue (including the "
            "product that reaches it), B the next 15%, C the rest. Products with more refunds than sales, or "
            "sold at a loss where profit is chosen, are left out."
        )
    ),
)
product_movers = Chart(
    name="product_movers",
    title=N_("Gains and losses"),
    question=N_("Which products gained or lost most?"),
    compute=products.movers,
    draw=compared.movers,
    columns=("product", "revenue", "base_revenue", "gain", "growth"),
    options=(_SUMS,),
    emits=("product",),
    height=340,
    explanation=Explanation(
        N_(
            "The metric in the range minus the metric in the comparison, which is equally long; all differences "
            "add up to the total change. A product without earlier sales is new and has no growth rate."
        )
    ),
)


REASONS = {"low": N_("Low"), "falling": N_("Falling"), "stopped": N_("Stopped")}


def _under_performers(answer: Answer, context: Context) -> dict[str, Any]:
    found = answer.frame[answer.frame["reason"] != ""]
    columns = (
        Column("product", N_("Product"), width=190),
        Column("reason", N_("Why"), width=110, words=REASONS),
        Column("revenue", N_("Revenue"), "money"),
        Column("share", N_("Share"), "percent"),
        Column("units", N_("Units"), "count"),
        Column("growth", N_("Change"), "change"),
    )
    shown = columns if "growth" in found else columns[:-1]
    return grid(found, shown, context.formats, context.schema.label)


under_performers = Chart(
    name="under_performers",
    nothing=N_("No product is underperforming."),
    title=N_("Underperforming products"),
    question=N_("Which products sell too little?"),
    kind="grid",
    compute=products.under_performers,
    draw=_under_performers,
    columns=("product", "revenue", "units", "orders", "share", "base_revenue", "growth", "reason"),
    emits=("product",),
    units={"base_revenue": "money", "growth": "percent"},
    explanation=Explanation(
        N_(
            "Low: both revenue and units are below a quarter of the median product's. Falling: sales shrank, by "
            "at least 20 points more than those of the whole selection, and by more orders than chance "
            "explains. Stopped: sold in the comparison but not in the range. New products count as neither low "
            "nor falling."
        )
    ),
)
returns_by_product = Chart(
    name="returns_by_product",
    nothing=N_("Nothing was returned."),
    title=N_("Returns by product"),
    question=N_("Which products come back most?"),
    compute=products.returns,
    draw=bars.ranked_bar,
    columns=("product", "refunds", "refund_rate", "gross", "units", "share"),
    options=(metric_option(labels("refunds", "refund_rate")), TOP),
    emits=("product",),
    explanation=Explanation(
        N_(
            "The amounts of refund lines, as positive numbers. The refund rate is refunds / gross revenue of the "
            "product."
        )
    ),
)
repeat_purchase_by_product = Chart(
    name="repeat_purchase_by_product",
    title=N_("Bought again"),
    question=N_("Which products do customers buy again?"),
    compute=products.repeat_purchase,
    draw=bars.ranked_bar,
    columns=("product", "repeat_rate", "customers", "repeat_customers", "orders"),
    options=(TOP,),
    emits=("product",),
    needs=frozenset({"customer"}),
    units={"repeat_customers": "count"},
    explanation=Explanation(
        N_(
            "The share of a product's buyers who bought it in two or more orders of the range. Products with "
            "fewer than 5 buyers come last. A longer range leaves more time to buy again, so compare ranges of "
            "equal length."
        )
    ),
)
