"""What is in stock, how long it lasts and what it earns: charts of the Products page."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.questions import operations, products
from dashboard.chart import Chart, Explanation
from dashboard.context import Context
from dashboard.figures.marks.grids import Column, grid, write_instead

ENDLESS = 1e9  # sorts behind every number of days
STATES = {  # of a product's stock
    "discontinued": N_("Discontinued"),
    "out of stock": N_("Out of stock"),
    "below reorder level": N_("Below reorder level"),
    f"under {operations.LOW_COVER} days": N_("Under {days:day|days}", days=operations.LOW_COVER),
    "enough": N_("Enough"),
    f"over {operations.HIGH_COVER} days": N_("Over {days:day|days}", days=operations.HIGH_COVER),
    "nothing sold": N_("No sales"),
    "net returns": N_("More returns than sales"),
}


def _turnover(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", N_("Product"), width=200),
        Column(
            "stock_value",
            N_("Stock at cost"),
            "money",
            N_("Average of the stock counts in the range, at cost"),
            width=120,
        ),
        Column(
            "turnover_year", N_("Turns a year"), "ratio", N_("Cost of goods sold in a year / average stock at cost")
        ),
        Column("days_of_inventory", N_("Days of stock"), "count", N_("How many days one turn takes")),
        Column(
            "gmroi", _margin_per(context), "ratio", N_("Gross margin in the range / average stock at cost"), width=110
        ),
        Column("sell_through", N_("Sell-through"), "percent", N_("Units sold / (units sold + units left)"), width=110),
        Column("units", N_("Units"), "count"),
        Column("units_left", N_("Units left"), "count", N_("At the last stock count in the range")),
    )
    return grid(answer.frame, columns, context.formats, context.schema.label)


def _margin_per(context: Context) -> str:
    """The heading of the margin per unit of money in stock: 'Margin per $1 of stock'."""
    return _("Margin per {amount} of stock", amount=context.formats.money(1, whole=True))


def _cover(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", N_("Product"), width=200),
        Column("state", N_("Status"), width=120, words=STATES),
        Column("cover_days", N_("Days left"), "count", N_("Units on hand / units sold a day")),
        Column("on_hand", N_("On hand"), "count", N_("Units at the last stock count in the range")),
        Column("daily_units", N_("Units a day"), "ratio", N_("Sold on average in the 28 days up to the count")),
        Column(
            "times_out", N_("Counts at zero"), "count", N_("Stock counts of zero in those 28 days, which hide demand")
        ),
    )
    ordering = (
        Column("on_order", N_("On order"), "count"),
        Column("reorder_level", N_("Reorder level"), "count"),
        Column(
            "to_order",
            N_("To order"),
            "count",
            N_("What is missing to the reorder level, after what is on hand and on order"),
        ),
    )
    shown = (*columns, *(c for c in ordering if c.field in answer.frame))
    drawn = grid(answer.frame, shown, context.formats, context.schema.label)
    for row, state in zip(drawn["rowData"], answer.frame["state"], strict=False):
        if state == "nothing sold":
            row["cover_days"] = ENDLESS
            write_instead(drawn, row, "cover_days", _("No sales"))
    return drawn


def _slow(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", N_("Product"), width=230),
        Column("days_since", N_("Days since last sale"), "count", N_("Up to the end of the range"), width=110),
        Column("units", N_("Units, last 13 weeks"), "count", width=110),
        Column("units_before", N_("Units, 13 weeks before"), "count", width=110),
        Column("revenue", N_("Revenue, 52 weeks"), "money", width=120),
        Column("on_hand", N_("In stock"), "count", N_("At the last stock count")),
        Column("cover_days", N_("Days left"), "count", N_("At the sales of the last 13 weeks"), width=110),
    )
    shown = tuple(c for c in columns if c.field in answer.frame)
    return grid(answer.frame, shown, context.formats, context.schema.label)


slow_movers = Chart(
    name="slow_movers",
    nothing=N_("No product is slow."),
    title=N_("Slow movers"),
    question=N_("Which products sell slowest?"),
    kind="grid",
    compute=products.slow_movers,
    draw=_slow,
    columns=("product", "days_since", "units", "units_before", "revenue", "on_hand", "cover_days"),
    lines=False,
    emits=("product",),
    units={"days_since": "count", "units_before": "count", "on_hand": "count", "cover_days": "count"},
    height=400,
    explanation=Explanation(
        N_(
            "Products that sold nothing in the last 13 weeks, the longest without a sale first. Then weak sellers: "
            "those in the lowest fifth by units that sold less than half of the product in the middle, in units and "
            "in revenue, and that have stock, where it is counted, for more than {days:day|days}. Only products that "
            "sold in the 52 weeks up to the end of the range are counted.",
            days=operations.HIGH_COVER,
        )
    ),
)
inventory_turnover = Chart(
    name="inventory_turnover",
    title=N_("Stock turnover"),
    question=N_("Which products tie up money, and what do they earn?"),
    kind="grid",
    compute=operations.inventory_turnover,
    draw=_turnover,
    columns=(
        "product",
        "turnover",
        "turnover_year",
        "days_of_inventory",
        "gmroi",
        "sell_through",
        "stock_value",
        "cost_of_goods",
        "revenue",
        "units",
        "units_left",
        "counts",
    ),
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
    explanation=Explanation(
        tells=N_("Where money is tied up in stock, and what it earns there."),
        how_sure=N_(
            "Plain arithmetic, as reliable as the stock counts. A product that was counted in only part of the "
            "range seems to turn too slowly."
        ),
        to_do=N_("Reduce the stock of products with few turns and a low margin: they tie up money."),
        computed=N_(
            "Turns: cost of goods sold / average stock at cost. Days of stock: how long one turn takes. Margin "
            "per unit of stock value (GMROI): gross margin / average stock at cost. Only product filters apply, "
            "because stock is held for all customers."
        ),
    ),
)
stock_cover = Chart(
    name="stock_cover",
    title=N_("How long stock lasts"),
    question=N_("What runs out soon, and what stays too long?"),
    kind="grid",
    compute=operations.stock_cover,
    draw=_cover,
    columns=("product", "state", "cover_days", "on_hand", "daily_units", "times_out", "counts"),
    emits=("product",),
    lines=False,
    needs=frozenset({"stock"}),
    units={
        "cover_days": "count",
        "on_hand": "count",
        "daily_units": "ratio",
        "times_out": "count",
        "counts": "count",
        "on_order": "count",
        "reorder_level": "count",
        "to_order": "count",
    },
    height=400,
    explanation=Explanation(
        tells=N_(
            "How many days the stock of each product lasts. “No sales” means that nothing was sold in the last "
            "four weeks."
        ),
        how_sure=N_(
            "It assumes that the next weeks are like the last four, without seasons or promotions. Days without "
            "stock hide demand, so the days left are too high where counts were zero."
        ),
        to_do=N_(
            "Order what is out of stock, below its reorder level or lasts less than 14 days. Stop ordering what "
            "lasts more than 180 days."
        ),
        computed=N_(
            "Units at the last stock count in the range / net units sold a day in the 28 days before it. Only "
            "product filters apply."
        ),
    ),
)
