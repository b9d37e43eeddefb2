"""What is in stock, how long it lasts and what it earns: charts of the Products page."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.questions import operations, products
from dashboard.chart import Chart, Explanation
from dashboard.context import Context
from dashboard.figures.marks.grids import Column, grid

ENDLESS = 1e9  # sorts behind every number of days


def _turnover(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", "Product", width=200),
        Column("stock_value", "Stock at cost", "money", "Mean of the counts in the range, at cost", width=120),
        Column("turnover_year", "Turns a year", "ratio", "Cost of goods sold / mean stock at cost, a year"),
        Column("days_of_inventory", "Days of stock", "count", "Days that one turn takes"),
        Column("gmroi", "Margin per 1 of stock", "ratio", "Gross margin in the range / mean stock at cost", width=110),
        Column("sell_through", "Sell-through", "percent", "Units sold / (sold + left)", width=110),
        Column("units", "Units", "count"),
        Column("units_left", "Left", "count", "Units at the last count in the range"),
    )
    return grid(answer.frame, columns, context.formats, context.schema.label)


def _cover(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", "Product", width=200),
        Column("state", "State", width=120),
        Column("cover_days", "Days left", "count", "On hand / units a day"),
        Column("on_hand", "On hand", "count", "Units at the last count in the range"),
        Column("daily_units", "Units a day", "ratio", "Over the 28 days up to the count"),
        Column("times_out", "Counts at zero", "count", "Of those days: demand is hidden then"),
    )
    ordering = (
        Column("on_order", "On order", "count"),
        Column("reorder_level", "Reorder level", "count"),
        Column("to_order", "To order", "count", "What on hand and on order lack to the reorder level"),
    )
    shown = (*columns, *(c for c in ordering if c.field in answer.frame))
    drawn = grid(answer.frame, shown, context.formats, context.schema.label)
    for row in drawn["rowData"]:
        if row["state"] == "nothing sold":
            row |= {"cover_days": ENDLESS, "cover_days_text": "no end"}
    return drawn


def _slow(answer: Answer, context: Context) -> dict[str, Any]:
    columns = (
        Column("product", "Product", width=230),
        Column("days_since", "Days since last sale", "count", "Up to the end of the range", width=110),
        Column("units", "Units, last 13 weeks", "count", width=110),
        Column("units_before", "Units, 13 weeks before", "count", width=110),
        Column("revenue", "Revenue, 52 weeks", "money", width=120),
        Column("on_hand", "In stock", "count", "At the last count"),
        Column("cover_days", "Stock lasts, days", "count", "At the sales of the last 13 weeks", width=110),
    )
    shown = tuple(c for c in columns if c.field in answer.frame)
    return grid(answer.frame, shown, context.formats, context.schema.label)


slow_movers = Chart(
    name="slow_movers",
    title="Slow movers",
    question="Which products sell least, and for how long have they not sold?",
    kind="grid",
    compute=products.slow_movers,
    draw=_slow,
    columns=("product", "days_since", "units", "units_before", "revenue", "on_hand", "cover_days"),
    lines=False,
    emits=("product",),
    units={"days_since": "count", "units_before": "count", "on_hand": "count", "cover_days": "count"},
    height=400,
    explanation=Explanation(
        "The slowest quarter of the products that sold in the 52 weeks up to the end of the range: first those that "
        "have sold nothing for 13 weeks, then those whose stock lasts longest or, without stock counts, with the "
        "fewest units. Excel and CSV hold the whole list."
    ),
)
inventory_turnover = Chart(
    name="inventory_turnover",
    title="Stock turnover",
    question="Which products tie up money, and what do they earn?",
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
        tells="Where money is tied up in stock, and what it earns there.",
        how_sure="It is plain arithmetic, as good as the stock counts. A product that was counted in only part of the "
        "range seems to turn too slowly.",
        to_do="Products at the top with few turns and a low margin per unit of stock value tie up money.",
        computed="Turns are cost of goods sold / average stock at cost over the counts in the range; with revenue "
        "instead of cost they would look higher by the margin. Days of stock is how long one turn takes. Gross margin "
        "per 1 in stock is GMROI. Filters other than those on products are ignored, because stock is held for all "
        "customers.",
    ),
)
stock_cover = Chart(
    name="stock_cover",
    title="How long stock lasts",
    question="What runs out soon, and what stays too long?",
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
        tells="What runs out soon, and what stays too long. “No end” means that nothing was sold.",
        how_sure="It assumes that the next weeks are like the last four. Seasons and promotions are not included, and "
        "days without stock hide demand, so cover is overstated where counts were zero.",
        to_do="Order what is out of stock, below its reorder level or lasts less than 14 days; stop ordering what "
        "lasts more than 180.",
        computed="Units at the last count in the range / net units sold per day in the 28 days before it. Filters "
        "other than those on products are ignored.",
    ),
)
