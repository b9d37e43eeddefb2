"""The terms of sale, such as prices, discounts and deal sizes: charts of the Products page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.metrics import labels
from analytics.questions import discounts, prices
from dashboard.chart import Chart, Explanation, Option, metric_option
from dashboard.context import Context
from dashboard.figures.marks import bars, box, scatter
from dashboard.figures.marks.grids import Column, grid
from dashboard.figures.topics import compared

price_and_quantity = Chart(
    name="price_and_quantity",
    title="Price and quantity",
    question="Do expensive products sell less?",
    compute=prices.price_and_quantity,
    draw=partial(
        scatter.scatter,
        x=scatter.Axis("price", "Average price", "money", log=True),
        y=scatter.Axis("units", "Units", "count", log=True),
        size=scatter.Axis("revenue", "Revenue", "money"),
        corners=scatter.Corners(
            "cheap, sells a lot", "expensive, sells a lot", "cheap, sells little", "expensive, sells little"
        ),
    ),
    columns=("product", "units", "revenue", "price", "share"),
    emits=("product",),
    units={"price": "money"},
    height=340,
    explanation=Explanation(
        "One circle per product: the average price paid (revenue / units), units, and revenue as the area of the "
        "circle. Dotted lines are the medians. The chart compares different products and does not show what another "
        "price would do."
    ),
)
sales_by_discount = Chart(
    name="sales_by_discount",
    title="Sales by discount",
    question="Are products ordered more often while they are discounted?",
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
        "Each period of a product is sorted into a band by its discount rate, discounts / (revenue + discounts). The "
        "index compares the orders with the product in such a period with its average period (100). It is descriptive: "
        "discounts are given for reasons, such as season or stock, that change sales too, so this does not measure "
        "their effect. There is no index where orders of one product and week get differing discounts, as with coupons "
        "or quantity breaks: a period of many orders is then likelier to hold a discounted one."
    ),
)
deal_size_totals = Chart(
    name="deal_size_totals",
    title="Deal sizes",
    question="Which deal size brings in the most?",
    compute=prices.deal_sizes,
    draw=bars.ranked_bar,
    columns=("deal_size", "revenue", "lines", "orders", "units", "share"),
    options=(metric_option(labels("revenue", "profit", "lines", "orders")),),
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    height=260,
    explanation=Explanation(
        "Revenue, order lines and orders per deal size as the data name it. An order may have lines of several sizes, "
        "so the shares of orders can add up to more than 100 %."
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
        "Amounts of order lines: the box contains the middle half, the line across it is the median, and the whiskers "
        "reach to the smallest and the largest amount. Refund lines count with their negative amount."
    ),
)
order_status = Chart(
    name="order_status",
    title="Order status",
    question="What happened to the orders?",
    compute=prices.order_status,
    draw=bars.ranked_bar,
    columns=("status", "orders", "revenue", "lines", "share"),
    options=(metric_option(labels("orders", "revenue", "profit", "lines")),),
    emits=("status",),
    needs=frozenset({"status"}),
    height=260,
    explanation=Explanation("Orders with a sale line, revenue and order lines per status as the data name it."),
)


def _discount_effect(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("depth", "Discount", width=110),
        Column("orders_change", "Orders", "change", "% more orders with the product that went along with it"),
        Column("revenue_change", "Revenue", "change", "% of revenue, at the lower price and as many units an order"),
        Column("needed", "Break-even orders", "change", "% more orders that keep the gross profit", width=110),
    )
    shown = columns if answer.frame["needed"].notna().any() else columns[:-1]
    return grid(answer.frame, shown, context.formats)


discount_effect = Chart(
    name="discount_effect",
    title="Sales during discounts",
    question="Were products ordered more often in their cheaper weeks, and enough to pay for it?",
    kind="grid",
    compute=discounts.discount_effect,
    draw=_discount_effect,
    columns=("depth", "orders_change", "low", "high", "revenue_change", "needed"),
    needs=frozenset({"discount"}),
    units=dict.fromkeys(("orders_change", "low", "high", "revenue_change", "needed"), "percent"),
    lines=False,
    height=240,
    explanation=Explanation(
        tells="Whether products were ordered more often in their cheaper weeks, and enough to pay for it.",
        how_sure="This is an association with its 95 % interval, and it accounts for differences between products. "
        "Anything else that changed with the price, such as an advertisement, is part of it. Where prices hardly "
        "change, it cannot be estimated; nor where larger quantities or single orders (coupons) get larger "
        "discounts, since a low price then follows from what was bought, or by whom.",
        to_do="Compare the orders with those at break-even, which keep the gross profit at the range’s margin. Where "
        "they fall short, the discount costs profit.",
        computed="The number of orders that contain a product: its weeks are compared with its own other weeks and "
        "with the same week of the other products (Poisson regression with fixed effects of product and week), so that "
        "neither popular products nor busy weeks pass for an effect. Weeks without an order show no price; the method "
        "allows for it.",
    ),
)
