"""What lies in stock, how long it lasts and what it earns: charts of the Products page."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.questions import operations
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


inventory_turnover = Chart(
    name="inventory_turnover",
    title="Stock turnover",
    question="Which products tie up money, and what does it earn?",
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
        tells="Where money lies in stock, and what it earns there.",
        how_sure="Plain arithmetic, as good as the counts; a product counted in a part of the range only turns too "
        "slowly here.",
        to_do="Few turns and little margin per 1 in stock, on top, are where money lies idle.",
        computed="Turns are cost of goods sold / stock at cost, as the mean of the counts in the range; with revenue "
        "instead of cost it would look faster by the margin. Days of stock: days that one turn takes. Gross margin per "
        "1 in stock is GMROI. Filters other than those on products are left out, since stock is held for everybody.",
    ),
)
stock_cover = Chart(
    name="stock_cover",
    title="How long stock lasts",
    question="What runs out, and what lies too long?",
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
    },
    height=400,
    explanation=Explanation(
        tells="What runs out soon, and what lies too long. “No end”: nothing was sold.",
        how_sure="It takes the next weeks to be like the last four; season and promotions are not in it, and days "
        "without stock hide demand, so that cover is overstated where counts were at zero.",
        to_do="Order what is under 14 days or out of stock, stop ordering what is over 180.",
        computed="Pieces at the last count in the range / net units a day over the 28 days before it. Filters other "
        "than those on products are left out.",
    ),
)
