"""The terms of sale, such as prices, discounts and deal sizes: charts of the Products page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.metrics import labels
from analytics.questions import discounts, prices
from dashboard.chart import Chart, Explanation, Option, metric_option
from dashboard.context import Context
from dashboard.figures.marks import bars, box, scatter
from dashboard.figures.marks.grids import Column, grid, write_instead
from dashboard.figures.topics import compared

BANDS = {  # of discount rates
    "no discount": N_("no discount"),
    "under 5 %": N_("under 5%"),
    "5 to 10 %": N_("5 to 10%"),
    "10 to 20 %": N_("10 to 20%"),
    "20 % or more": N_("20% or more"),
}
MOST_NEEDED = 1000.0  # % more orders: beyond this, a discount cannot pay for itself
DEPTHS = {f"{depth:g} % off": N_("{depth}% off", depth=int(depth)) for depth in discounts.DEPTHS}

price_and_quantity = Chart(
    name="price_and_quantity",
    title=N_("Price and quantity"),
    question=N_("Do expensive products sell less?"),
    compute=prices.price_and_quantity,
    draw=partial(
        scatter.scatter,
        x=scatter.Axis("price", N_("Average price"), "money", log=True),
        y=scatter.Axis("units", N_("Units"), "count", log=True),
        size=scatter.Axis("revenue", N_("Revenue"), "money"),
        corners=scatter.Corners(
            N_("cheap, sells a lot"),
            N_("expensive, sells a lot"),
            N_("cheap, sells little"),
            N_("expensive, sells little"),
        ),
    ),
    columns=("product", "units", "revenue", "price", "share"),
    emits=("product",),
    units={"price": "money"},
    height=340,
    explanation=Explanation(
        N_(
            "One circle per product: average price paid (revenue / units), units, and revenue as the size of "
            "the circle. Dotted lines are the medians. It compares different products, and does not show what "
            "another price would do."
        )
    ),
)
sales_by_discount = Chart(
    name="sales_by_discount",
    title=N_("Sales by discount"),
    question=N_("Are products ordered more often while they are discounted?"),
    compute=prices.by_discount,
    draw=partial(compared.labelled_columns, share_of="revenue", words=BANDS),
    columns=("discount_band", "units", "revenue", "share", "product_periods", "index"),
    options=(
        Option(
            "metric",
            N_("Metric"),
            {"units": N_("Units"), "revenue": N_("Revenue"), "index": N_("Orders, usual = 100")},
            "index",
        ),
    ),
    needs=frozenset({"discount"}),
    units={"index": "ratio", "product_periods": "count"},
    lines=False,
    explanation=Explanation(
        N_(
            "Each period of a product is sorted by its discount rate, discounts / (revenue + discounts). "
            "“Orders, usual = 100” is the number of orders with the product in these periods, where 100 is its "
            "average. It does not measure what discounts cause: they are given for reasons, such as season or "
            "stock, that change sales too. It is not shown where discounts depend on the order, as with coupons "
            "or quantity breaks."
        )
    ),
)
deal_size_totals = Chart(
    name="deal_size_totals",
    title=N_("Deal sizes"),
    question=N_("Which deal sizes bring in the most?"),
    compute=prices.deal_sizes,
    draw=bars.ranked_bar,
    columns=("deal_size", "revenue", "lines", "orders", "units", "share"),
    options=(metric_option(labels("revenue", "profit", "lines", "orders")),),
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    height=260,
    explanation=Explanation(
        N_(
            "Revenue, order lines and orders per deal size, as named in the data. An order can have lines of "
            "several sizes, so shares of orders can add up to more than 100%."
        )
    ),
)
deal_size_distribution = Chart(
    name="deal_size_distribution",
    title=N_("Amounts by deal size"),
    question=N_("How large are the order lines of each deal size?"),
    compute=prices.deal_size_spread,
    draw=box.boxes,
    columns=("deal_size", "lines", "min", "p25", "median", "p75", "max"),
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    units=dict.fromkeys(prices.STATISTICS, "money"),
    height=220,
    explanation=Explanation(
        N_(
            "Amounts of order lines: the box holds the middle half, the line across it is the median, and the "
            "whiskers reach to the smallest and the largest amount. Refund lines count with their negative "
            "amount."
        )
    ),
)
order_status = Chart(
    name="order_status",
    title=N_("Order status"),
    question=N_("What happened to the orders?"),
    compute=prices.order_status,
    draw=bars.ranked_bar,
    columns=("status", "orders", "revenue", "lines", "share"),
    options=(metric_option(labels("orders", "revenue", "profit", "lines")),),
    emits=("status",),
    needs=frozenset({"status"}),
    height=260,
    explanation=Explanation(N_("Orders with a sale line, revenue and order lines per status, as named in the data.")),
)


def _discount_effect(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("depth", N_("Discount"), width=110, words=DEPTHS),
        Column("orders_change", N_("Orders"), "change", N_("% more orders with the product in its cheaper weeks")),
        Column(
            "revenue_change",
            N_("Revenue"),
            "change",
            N_("% more revenue, at the lower price and with as many units an order"),
        ),
        Column(
            "needed", N_("Break-even orders"), "change", N_("% more orders needed to keep the gross profit"), width=110
        ),
    )
    needed = answer.frame["needed"]
    shown = columns if needed.notna().any() else columns[:-1]
    depths = [_("{depth}% off", depth=depth.removesuffix(" % off")) for depth in answer.frame["depth"]]
    drawn = grid(answer.frame.assign(depth=depths), shown, context.formats)
    for row, more in zip(drawn["rowData"], needed, strict=True):
        if len(shown) == len(columns) and not more <= MOST_NEEDED:
            row["needed"] = MOST_NEEDED  # sorts behind every share that can be reached
            write_instead(drawn, row, "needed", _("Out of reach"))
    return drawn


discount_effect = Chart(
    name="discount_effect",
    title=N_("Sales during discounts"),
    question=N_("Do discounts bring enough extra orders to pay for themselves?"),
    kind="grid",
    compute=discounts.discount_effect,
    draw=_discount_effect,
    columns=("depth", "orders_change", "low", "high", "revenue_change", "needed"),
    needs=frozenset({"discount"}),
    units=dict.fromkeys(("orders_change", "low", "high", "revenue_change", "needed"), "percent"),
    lines=False,
    height=240,
    explanation=Explanation(
        tells=N_("Whether products were ordered more often in their cheaper weeks, and often enough to pay for it."),
        how_sure=N_(
            "It shows what went together, not what a discount causes: whatever else changed with the price, "
            "such as an advertisement, is part of it. It cannot be estimated where prices hardly change, or "
            "where larger quantities or coupons get larger discounts."
        ),
        to_do=N_(
            "Compare the extra orders with those at break-even. Where they fall short, the discount costs profit."
        ),
        computed=N_(
            "Each product's weeks are compared with its own other weeks and with the same weeks of other "
            "products, by the number of orders that contain it (Poisson regression with fixed effects of "
            "product and week, with its 95% interval). Weeks without an order show no price; the method allows "
            "for it. Break-even keeps the gross profit at the range’s margin."
        ),
    ),
)
