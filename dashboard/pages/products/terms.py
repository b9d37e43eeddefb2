"""On which terms products are sold, prices, discounts, sizes of deals: charts of the Products page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.metrics import labels
from analytics.questions import operations, prices
from dashboard.chart import Chart, Explanation, Option, metric_option
from dashboard.context import Context
from dashboard.figures.marks import bars, box, scatter
from dashboard.figures.marks.grids import Column, grid
from dashboard.figures.topics import compared

price_and_quantity = Chart(
    name="price_and_quantity",
    title="Price and quantity",
    question="Do dear products sell less?",
    compute=prices.price_and_quantity,
    draw=partial(
        scatter.scatter,
        x=scatter.Axis("price", "Average price", "money", log=True),
        y=scatter.Axis("units", "Units", "count", log=True),
        size=scatter.Axis("revenue", "Revenue", "money"),
        corners=scatter.Corners("cheap, sells much", "dear, sells much", "cheap, sells little", "dear, sells little"),
    ),
    columns=("product", "units", "revenue", "price", "share"),
    emits=("product",),
    units={"price": "money"},
    height=340,
    explanation=Explanation(
        "A circle a product: average price paid (revenue / units), units, and revenue as the circle's area; dotted "
        "lines are the medians. It compares different products and does not say what another price would do."
    ),
)
sales_by_discount = Chart(
    name="sales_by_discount",
    title="Sales by discount",
    question="Do products sell more while they are discounted more?",
    compute=prices.by_discount,
    draw=partial(compared.labelled_columns, share_of="revenue"),
    columns=("discount_band", "units", "revenue", "share", "product_periods", "index"),
    options=(
        Option(
            "metric", "Metric", {"units": "Units", "revenue": "Revenue", "index": "Against its own average"}, "index"
        ),
    ),
    needs=frozenset({"discount"}),
    units={"index": "ratio", "product_periods": "count"},
    lines=False,
    explanation=Explanation(
        "A product's period is put into the band of its discount rate, discounts / (revenue + discounts). The index "
        "sets the units of such a period against the same product's average period (100). Descriptive: discounts are "
        "given for reasons, such as season or stock, that move sales too; this is no measure of their effect."
    ),
)
deal_size_totals = Chart(
    name="deal_size_totals",
    title="Deal sizes",
    question="Which deal size brings the revenue?",
    compute=prices.deal_sizes,
    draw=bars.ranked_bar,
    columns=("deal_size", "revenue", "lines", "orders", "units", "share"),
    options=(metric_option(labels("revenue", "lines", "orders")),),
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    height=260,
    explanation=Explanation(
        "Revenue, order lines and orders per deal size as the data name it. An order may hold lines of several sizes, "
        "so the shares of orders can exceed 100 %."
    ),
)
deal_size_distribution = Chart(
    name="deal_size_distribution",
    title="Spread of deal sizes",
    question="How large are the order lines of each deal size?",
    compute=prices.deal_size_spread,
    draw=box.boxes,
    columns=("deal_size", "lines", "min", "p25", "median", "p75", "max"),
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    units=dict.fromkeys(prices.STATISTICS, "money"),
    height=300,
    explanation=Explanation(
        "Amounts of order lines: the box holds the middle half, the line across is the median, whiskers reach the "
        "smallest and the largest amount. Refund lines count with their negative amount."
    ),
)
order_status = Chart(
    name="order_status",
    title="Order status",
    question="What became of the orders?",
    compute=prices.order_status,
    draw=bars.ranked_bar,
    columns=("status", "orders", "revenue", "lines", "share"),
    options=(metric_option(labels("orders", "revenue", "lines")),),
    emits=("status",),
    needs=frozenset({"status"}),
    height=260,
    explanation=Explanation("Orders with a sale line, revenue and order lines per status as the data name it."),
)


def _discount_effect(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("depth", "Discount", width=110),
        Column("units_change", "Units", "change", "% more units that went along with it"),
        Column("low", "at least", "change", "Lower end of the 95 % interval"),
        Column("high", "at most", "change", "Upper end of the 95 % interval"),
        Column("revenue_change", "Revenue", "change", "% of revenue, at the lower price"),
        Column("needed", "Break-even units", "change", "% more units that keep the gross profit", width=110),
    )
    shown = columns if answer.frame["needed"].notna().any() else columns[:-1]
    return grid(answer.frame, shown, context.formats)


discount_effect = Chart(
    name="discount_effect",
    title="What went along with discounts",
    question="Did a product sell more in its cheaper weeks, and enough to pay for it?",
    kind="grid",
    compute=operations.discount_effect,
    draw=_discount_effect,
    columns=("depth", "units_change", "low", "high", "revenue_change", "needed"),
    needs=frozenset({"discount"}),
    units=dict.fromkeys(("units_change", "low", "high", "revenue_change", "needed"), "percent"),
    lines=False,
    height=240,
    explanation=Explanation(
        tells="Whether a product sold more in its cheaper weeks, and enough to pay for it.",
        how_sure="An association with its 95 % interval, which allows for products that differ; what else changed with "
        "the price, such as an advertisement, is in it. Where prices hardly move, it says that it cannot be estimated.",
        to_do="Compare the units with those at break-even, which keep the gross profit at the range’s margin; where "
        "they fall short, the discount costs profit.",
        computed="Each product’s weeks against its own other weeks and the same week of the other products, as one "
        "price elasticity (two-way fixed effects), so that popular products and busy weeks do not pass for an effect.",
    ),
)
