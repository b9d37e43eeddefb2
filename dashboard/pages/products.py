"""Products: what sells, what carries the revenue, what rises and falls, on which terms it is sold."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.questions import operations, overview, prices, products
from analytics.schema import HIERARCHIES, value_label
from dashboard.chart import Chart, EmitsBy, Option, Page
from dashboard.context import Context
from dashboard.figures import bars, box, compared, matrix, pareto, scatter, stacks
from dashboard.figures.grids import Column, grid
from dashboard.pages.common import PRODUCT_LEVEL, RANK_METRIC, RANK_OPTIONS, TOP

_PIECES = Option("metric", "Metric", {"revenue": "Revenue", "units": "Units"}, "revenue")
_GROUP = Option("by", "By", {"category": "Category", "brand": "Brand"}, "category")
_EMITS_GROUP = EmitsBy("by", {"category": ("category",), "brand": ("brand",)})
_SHOW = Option("show", "Show", {"amount": "Amounts", "share": "Shares"}, "amount")
ENDLESS = 1e9  # sorts behind every number of days
_REASONS = {"low": "low", "falling": "falling", "stopped": "stopped"}

revenue_by_product = Chart(
    name="revenue_by_product",
    title="Revenue by product",
    question="Which products bring the most?",
    compute=overview.ranked_products,
    draw=bars.ranked_bar,
    columns="product revenue orders units aov share",
    options=(*RANK_OPTIONS, PRODUCT_LEVEL),
    emits=EmitsBy("level", {level: (level,) for level in HIERARCHIES["product"]}),
    levels=HIERARCHIES["product"],
    height=320,
    how="Sum of amounts per product, brand or category, refunds subtracted; the share is of the total over all. "
    "Average order value is the product's revenue / the orders that hold it.",
)
units_by_product = Chart(
    name="units_by_product",
    title="Units by product",
    question="How many are sold, and at what price?",
    compute=products.units,
    draw=compared.priced_bar,
    columns="product units share price revenue",
    options=(TOP,),
    emits=("product",),
    units={"price": "money"},
    height=320,
    how="Sum of quantities, returned ones subtracted, with the share of all units and the average price paid "
    "(revenue / units). Without units there is no price.",
)
revenue_by_category = Chart(
    name="revenue_by_category",
    title="Revenue by category",
    question="Which categories or brands bring the most?",
    compute=products.by_group,
    draw=bars.ranked_bar,
    columns="category revenue orders units aov share",
    options=(_GROUP, RANK_METRIC),
    emits=_EMITS_GROUP,
    needs=frozenset({"category"}),
    how="The metric per category or brand, most first, with its share of the total. Lines that name none stand under "
    "“(not given)”.",
)
category_over_time = Chart(
    name="category_over_time",
    title="Categories over time",
    question="How does the mix change?",
    compute=products.over_time,
    draw=stacks.stacked,
    columns="category period revenue share days period_days",
    options=(_GROUP, _PIECES, _SHOW),
    emits=_EMITS_GROUP,
    needs=frozenset({"category"}),
    height=320,
    how="The metric per category or brand and period: the seven largest of the whole range and all others together. "
    "Periods that the range or the data do not fill are hatched.",
)
product_over_time = Chart(
    name="product_over_time",
    title="Products over time",
    question="How do the largest products move?",
    compute=partial(products.over_time, by="product"),
    draw=stacks.stacked,
    columns="product period revenue share days period_days",
    options=(_PIECES, _SHOW),
    emits=("product",),
    height=320,
    how="The metric per product and period: the seven largest of the whole range and all others together. Periods that "
    "the range or the data do not fill are hatched.",
)
product_month_units = Chart(
    name="product_month_units",
    title="Products by month",
    question="When in the year does each product sell?",
    compute=products.by_month,
    draw=matrix.months,
    columns="product period units",
    options=(
        Option("metric", "Metric", {"units": "Units", "revenue": "Revenue"}, "units"),
        Option("top", "Show", {"10": "Top 10", "20": "Top 20", "30": "Top 30"}, "20"),
    ),
    emits=("product",),
    height=460,
    how="Units (or revenue) per product and calendar month, whatever the page's grain. The colour compares a product "
    "with its own best month, so that small products show their season too; the number is the metric itself.",
)
product_pareto = Chart(
    name="product_pareto",
    title="ABC of products",
    question="How few products make the revenue?",
    compute=products.abc,
    draw=pareto.pareto,
    columns="product revenue share cumulative_share cumulative_products abc",
    emits=("product",),
    units={"cumulative_share": "percent", "cumulative_products": "percent"},
    height=340,
    how="Products from the largest down. Class A runs up to and including the product that reaches 80 % of revenue, B "
    "up to and including the one that reaches 95 %, C is the rest. Products whose refunds exceed their sales "
    "are left out.",
)
product_movers = Chart(
    name="product_movers",
    title="Gains and losses",
    question="Which products moved against the comparison?",
    compute=products.movers,
    draw=compared.movers,
    columns="product revenue base_revenue gain growth",
    options=(_PIECES,),
    emits=("product",),
    height=340,
    how="The metric in the range minus the metric in the comparison, which spans equal elapsed time. All differences "
    "add up to the whole's. A product without sales before is new and has no growth in %.",
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
    words = lambda field, value: _REASONS[value] if field == "reason" else value_label(field, value)  # noqa: E731
    return grid(found, shown, context.formats, words)


under_performers = Chart(
    name="under_performers",
    title="Under-performing products",
    question="Which products do not earn their place?",
    kind="grid",
    compute=products.under_performers,
    draw=_under_performers,
    columns="product revenue units orders share base_revenue growth reason",
    emits=("product",),
    units={"base_revenue": "money", "growth": "percent"},
    how="Low: revenue and units both below a quarter of the median product's. Falling: shrank, and "
    "grew at least 20 "
    "points less than everything selected. Stopped: sold in the comparison, not in the range. Products without "
    "revenue in the comparison are new and are neither low nor falling.",
)
returns_by_product = Chart(
    name="returns_by_product",
    title="Returns by product",
    question="Which products come back?",
    compute=products.returns,
    draw=bars.ranked_bar,
    columns="product refunds refund_rate gross units share",
    options=(Option("metric", "Metric", {"refunds": "Refunds", "refund_rate": "Refund rate"}, "refunds"), TOP),
    emits=("product",),
    how="Refunds are the amounts of refund lines as a positive number; the rate is refunds / gross revenue "
    "of the product.",
)
repeat_purchase_by_product = Chart(
    name="repeat_purchase_by_product",
    title="Bought again",
    question="Which products do buyers come back for?",
    compute=products.repeat_purchase,
    draw=bars.ranked_bar,
    columns="product repeat_rate customers repeat_customers orders",
    options=(TOP,),
    emits=("product",),
    needs=frozenset({"customer"}),
    units={"repeat_customers": "count"},
    how="Share of a product's buyers who bought it in two or more orders of the range. Products with fewer "
    "than 5 buyers "
    "stand last. A longer range leaves more time to return: compare equal ranges.",
)
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
    columns="product units revenue price share",
    emits=("product",),
    units={"price": "money"},
    height=340,
    how="A circle a product: average price paid (revenue / units), units, and revenue as the circle's area; "
    "dotted lines are "
    "the medians. It compares different products and does not say what another price would do.",
)
sales_by_discount = Chart(
    name="sales_by_discount",
    title="Sales by discount",
    question="Do products sell more while they are discounted more?",
    compute=prices.by_discount,
    draw=partial(compared.labelled_columns, share_of="revenue"),
    columns="discount_band units revenue share product_periods index",
    options=(
        Option(
            "metric", "Metric", {"units": "Units", "revenue": "Revenue", "index": "Against its own average"}, "index"
        ),
    ),
    needs=frozenset({"discount"}),
    units={"index": "ratio", "product_periods": "count"},
    lines=False,
    how="A product's period is put into the band of its discount rate, discounts / (revenue + discounts). The index "
    "sets the units of such a period against the same product's average period (100). Descriptive: discounts are "
    "given for reasons, such as season or stock, that move sales too; this is no measure of their effect.",
)
deal_size_totals = Chart(
    name="deal_size_totals",
    title="Deal sizes",
    question="Which deal size brings the revenue?",
    compute=prices.deal_sizes,
    draw=bars.ranked_bar,
    columns="deal_size revenue lines orders units share",
    options=(
        Option("metric", "Metric", {"revenue": "Revenue", "lines": "Order lines", "orders": "Orders"}, "revenue"),
    ),
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    height=260,
    how="Revenue, order lines and orders per deal size as the data name it. An order may hold lines of several sizes, "
    "so the shares of orders can exceed 100 %.",
)
deal_size_distribution = Chart(
    name="deal_size_distribution",
    title="Spread of deal sizes",
    question="How large are the order lines of each deal size?",
    compute=prices.deal_size_spread,
    draw=box.boxes,
    columns="deal_size lines min p25 median p75 max",
    emits=("deal_size",),
    needs=frozenset({"deal_size"}),
    units=dict.fromkeys(prices.STATISTICS, "money"),
    height=300,
    how="Amounts of order lines: the box holds the middle half, the line across is the median, whiskers "
    "reach the smallest "
    "and the largest amount. Refund lines count with their negative amount.",
)
order_status = Chart(
    name="order_status",
    title="Order status",
    question="What became of the orders?",
    compute=prices.order_status,
    draw=bars.ranked_bar,
    columns="status orders revenue lines share",
    options=(Option("metric", "Metric", {"orders": "Orders", "revenue": "Revenue", "lines": "Order lines"}, "orders"),),
    emits=("status",),
    needs=frozenset({"status"}),
    height=260,
    how="Orders with a sale line, revenue and order lines per status as the data name it.",
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


def _turnover(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", "Product", width=200),
        Column("stock_value", "Stock at cost", "money", "Mean of the counts in the range, at cost", width=120),
        Column("turnover_year", "Turns a year", "ratio", "Cost of goods sold / mean stock at cost, a year"),
        Column("days_of_inventory", "Days of stock", "count", "Days that one turn takes"),
        Column("gmroi", "Margin per 1 in stock", "ratio", "Gross margin in the range / mean stock at cost", width=110),
        Column("sell_through", "Sell-through", "percent", "Units sold / (sold + left)", width=110),
        Column("units", "Units", "count"),
        Column("units_left", "Left", "count", "Pieces at the last count in the range"),
    )
    return grid(answer.frame, columns, context.formats)


def _cover(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", "Product", width=200),
        Column("state", "State", width=120),
        Column("cover_days", "Lasts, days", "count", "On hand / units a day"),
        Column("on_hand", "On hand", "count", "Pieces at the last count in the range"),
        Column("daily_units", "Units a day", "ratio", "Over the 28 days up to the count"),
        Column("times_out", "Counts at zero", "count", "Of those days: demand is hidden then"),
    )
    picture = grid(answer.frame, columns, context.formats)
    for row in picture["rowData"]:
        if row["state"] == "nothing sold":
            row |= {"cover_days": ENDLESS, "cover_days_text": "no end"}
    return picture


discount_effect = Chart(
    name="discount_effect",
    title="What went along with discounts",
    question="Did a product sell more in its cheaper weeks, and enough to pay for it?",
    kind="grid",
    compute=operations.discount_effect,
    draw=_discount_effect,
    columns="depth units_change low high revenue_change needed",
    needs=frozenset({"discount"}),
    units=dict.fromkeys(("units_change", "low", "high", "revenue_change", "needed"), "percent"),
    lines=False,
    height=240,
    how="Whether a product sold more in its cheaper weeks, and enough to pay for it. How sure: an association with "
    "its 95 % interval, which allows for products that differ; what else changed with the price, such as an "
    "advertisement, is in it. Where prices hardly move, it says that it cannot be estimated. To do: compare the "
    "units with those at break-even, which keep the gross profit at the range’s margin; where they fall short, "
    "the discount costs profit. Computed: each product’s weeks against its own other weeks and the same week of "
    "the other products, as one price elasticity (two-way fixed effects), so that popular products and busy weeks "
    "do not pass for an effect.",
)
inventory_turnover = Chart(
    name="inventory_turnover",
    title="Stock turnover",
    question="Which products tie up money, and what does it earn?",
    kind="grid",
    compute=operations.inventory_turnover,
    draw=_turnover,
    columns="product turnover turnover_year days_of_inventory gmroi sell_through stock_value cost_of_goods "
    "revenue units units_left counts",
    emits=("product",),
    lines=False,
    needs=frozenset({"stock", "cost"}),
    units={
        "turnover": "ratio",
        "turnover_year": "ratio",
        "days_of_inventory": "count",
        "gmroi": "ratio",
        "sell_through": "percent",
        "stock_value": "money",
        "cost_of_goods": "money",
        "units_left": "count",
        "counts": "count",
    },
    height=400,
    how="Where money lies in stock, and what it earns there. How sure: plain arithmetic, as good as the counts; a "
    "product counted in a part of the range only turns too slowly here. To do: few turns and little margin per 1 "
    "in stock, on top, are where money lies idle. Computed: turns are cost of goods sold / stock at cost, as the "
    "mean of the counts in the range; with revenue instead of cost it would look faster by the margin. Days of "
    "stock: days that one turn takes. Gross margin per 1 in stock is GMROI. Filters other than those on products "
    "are left out, since stock is held for everybody.",
)
stock_cover = Chart(
    name="stock_cover",
    title="How long stock lasts",
    question="What runs out, and what lies too long?",
    kind="grid",
    compute=operations.stock_cover,
    draw=_cover,
    columns="product state cover_days on_hand daily_units times_out counts",
    emits=("product",),
    lines=False,
    needs=frozenset({"stock"}),
    units={
        "cover_days": "count",
        "on_hand": "count",
        "daily_units": "ratio",
        "times_out": "count",
        "counts": "count",
    },
    height=400,
    how="What runs out soon, and what lies too long. “No end”: nothing was sold. How sure: it takes the next weeks to "
    "be like the last four; season and promotions are not in it, and days without stock hide demand, so that "
    "cover is overstated where counts were at zero. To do: order what is under 14 days or out of stock, stop "
    "ordering what is over 180. Computed: pieces at the last count in the range / net units a day over the 28 "
    "days before it. Filters other than those on products are left out.",
)

PAGE = Page(
    "products",
    "Products",
    "box-seam",
    (
        ((revenue_by_product, 6), (units_by_product, 6)),
        ((product_pareto, 7), (product_movers, 5)),
        ((revenue_by_category, 5), (category_over_time, 7)),
        ((product_over_time, 12),),
        ((product_month_units, 12),),
        ((under_performers, 12),),
        ((returns_by_product, 6), (repeat_purchase_by_product, 6)),
        ((price_and_quantity, 12),),
        ((deal_size_totals, 6), (deal_size_distribution, 6)),
        ((order_status, 6), (sales_by_discount, 6)),
        ((discount_effect, 12),),
        ((inventory_turnover, 12),),
        ((stock_cover, 12),),
    ),
    {
        "revenue_by_category": "The mix over time",
        "under_performers": "Strong and weak products",
        "deal_size_totals": "Terms of sale",
        "inventory_turnover": "Stock",
    },
)
