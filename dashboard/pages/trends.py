"""Trends: how the business moves through time."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.metrics import METRICS, labels, offered
from analytics.questions import outlook, trends
from analytics.questions.targets.target import of_time
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself, metric_option
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import bars, grids, series
from dashboard.figures.topics import outlook as outlook_figures
from dashboard.pages.options import own_of_orders
from dashboard.pages.overview import breakdown, breakdown_over_time, revenue_by_weekday_hour, revenue_over_time
from dashboard.screens import Page, Tab

_METRIC = metric_option(offered("trend"))

_MIX_AND_RATE = (
    Column("rate_base", "Before", "money"),
    Column("rate_now", "Now", "money"),
    Column("mix", "Mix", "money"),
    Column("rate", "Rate", "money"),
    Column("change", "Change", "money"),
)
_ORDER_GROUP = dimension_option(
    "channel", "country", "region", "city", "payment_method", default="region", own=own_of_orders
)
_FORECAST = metric_option(labels("revenue", "orders", "units"))

_RULES = (
    grids.Column("rule", "Rule", width=220),
    grids.Column("metric", "Metric", width=100),
    grids.Column("grain", "By", width=80),
    grids.Column("firing_now", "Firing now", width=90),
    grids.Column("sentence", "Tried on the past", width=320),
)


def _alert_grid(answer: Answer, context: Context) -> dict[str, Any]:
    return grids.grid(answer.frame, _RULES, context.formats, _rule_label)


def _rule_label(field: str, value: Any) -> str:
    if field == "metric":
        return METRICS[value].label
    return str(value).capitalize() if field == "grain" else str(value)


growth_over_time = Chart(
    name="growth_over_time",
    title="Growth",
    question="How much did each period grow over the one before?",
    compute=trends.growth_over_time,
    draw=series.growth,
    columns=("period", "revenue", "previous", "growth", "days", "period_days"),
    options=(_METRIC,),
    emits=("period",),
    explanation=Explanation(
        "(metric of the period / metric of the period before − 1) × 100. Periods that the range or the data cover only "
        "in part have no growth rate, and neither have periods that follow one which the data cover only in part."
    ),
    units={"growth": "percent", "previous": "money"},
)
orders_over_time = Chart(
    name="orders_over_time",
    title="Orders over time",
    question="How many orders came in?",
    compute=partial(trends.over_time, metric="orders"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "orders", "days", "period_days", "base_period", "base_orders"),
    emits=("period",),
    explanation=Explanation("The number of different orders with a sale line in each period."),
)
aov_over_time = Chart(
    name="aov_over_time",
    title="Average order value",
    question="What is an order worth?",
    compute=partial(trends.over_time, metric="aov"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "aov", "days", "period_days", "base_period", "base_aov"),
    emits=("period",),
    explanation=Explanation(
        "Revenue of the period / number of orders in the period. The dashed line is the same ratio over the whole "
        "range."
    ),
)
orders_by_hour = Chart(
    name="orders_by_hour",
    title="Orders by hour",
    question="At which hours do people order?",
    compute=trends.by_hour,
    draw=bars.columns,
    columns=("hour", "orders", "share"),
    emits=("hour",),
    needs=frozenset({"hour"}),
    explanation=Explanation("The number of different orders per hour of the day, in the data set's time zone."),
)
orders_by_part_of_day = Chart(
    name="orders_by_part_of_day",
    title="Part of the day",
    question="Morning, afternoon or evening?",
    compute=trends.by_part_of_day,
    draw=bars.columns,
    columns=("part_of_day", "orders", "revenue", "aov", "share"),
    emits=("part_of_day",),
    needs=frozenset({"part_of_day"}),
    explanation=Explanation("Night 0:00–5:59, Morning 6:00–11:59, Afternoon 12:00–17:59, Evening 18:00–23:59."),
)
year_over_year = Chart(
    name="year_over_year",
    grain="month",
    title="Year over year",
    question="How does each year compare, month by month?",
    compute=trends.year_over_year,
    draw=series.years,
    columns=("year", "month", "revenue", "days", "period_days"),
    options=(_METRIC,),
    lines=False,
    explanation=Explanation(
        "Every year of the history up to the end of the range, whatever its start; filters apply. Open circles are "
        "months that the data cover only in part."
    ),
)
seasonality = Chart(
    name="seasonality",
    months=12,
    title="Seasonality",
    question="Which part of the year brings the most?",
    compute=trends.seasonality,
    draw=bars.columns,
    columns=("month", "revenue", "days", "share", "per_day", "index"),
    options=(dimension_option("month", "quarter", texts={"month": "Month", "quarter": "Quarter"}),),
    emits=each_itself("by", "month", "quarter"),
    explanation=Explanation(
        "Share of revenue per month or quarter of the year within the range. Unless the range holds whole years, some "
        "months count more often; the table view has an index per day."
    ),
    units={"per_day": "money", "index": "ratio"},
)
conversion_over_time = Chart(
    name="conversion_over_time",
    title="Conversion rate",
    question="What share of visits ends in an order?",
    compute=partial(trends.over_time, metric="conversion_rate"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "conversion_rate", "days", "period_days", "base_period", "base_conversion_rate"),
    emits=("period",),
    needs=frozenset({"sessions"}),
    lines=False,
    explanation=Explanation("Orders / sessions × 100. Blank under a filter that sessions cannot be filtered by."),
)

revenue_bridge = Chart(
    name="revenue_bridge",
    title="Why revenue changed",
    question="Where does the change come from?",
    compute=outlook.revenue_bridge,
    draw=outlook_figures.waterfall,
    columns=("step", "revenue", "share"),
    options=(
        Option(
            "method",
            "Split by",
            {
                "factors": "Customers × orders × value",
                "prices": "Price, volume, mix",
                "profit": "Profit: price, volume, mix, cost",
            },
            "factors",
            {"profit": frozenset({"cost"})},
        ),
    ),
    lines=False,
    explanation=Explanation(
        tells="How much each part contributed to the change against the comparison.",
        how_sure="It is plain arithmetic, and the steps add up to the change exactly. It shows where the change came "
        "from, not why.",
        to_do="Start with the largest step: the number of customers, how often they buy, the value of an order, or "
        "prices and products.",
        computed="By customers, orders and value: number of customers, orders per customer and value per order of "
        "known customers, by Shapley values (the average effect over all sequences in which the three could have "
        "changed). By price, volume and mix: for products sold in both periods, weighted by the earlier period. New "
        "and discontinued products are separate steps, because a price that did not exist cannot have changed. Profit "
        "is split likewise, with cost per unit as a step; products whose cost is known for some lines only are a step "
        "of their own.",
    ),
    units={"share": "percent"},
)
forecast = Chart(
    name="forecast",
    title="Forecast",
    question="What comes next, and how certain is it?",
    compute=outlook.forecast,
    draw=outlook_figures.forecast,
    columns=("period", "kind", "revenue", "lower_80", "upper_80", "lower_95", "upper_95"),
    options=(_FORECAST, Option("product", "Product", "product")),
    lines=False,
    explanation=Explanation(
        tells="What the next days, weeks or months bring if nothing new happens. The option shows a single product.",
        how_sure="Bands come from the method’s own past errors; a note says which part of what came they would have "
        "held. It is shown only where it beat repeating the last season over past dates; less than thirteen months of "
        "data cannot show an annual pattern, so none is drawn.",
        to_do="Plan stock and staff for the whole band, not only for the line in its middle.",
        computed="Theta method on the whole history up to the end of the range, last year’s course at this year’s "
        "level, or the mean of both, whichever missed least over past dates. By month from three years on, else by "
        "day; where days miss by more than 60 %, by week or month. Easter, Black Friday and other feasts are moved to "
        "where they fall next. Split conformal bands relative to the level. A forecast has no order lines.",
    ),
)
anomalies = Chart(
    name="anomalies",
    title="Unusual days",
    question="On which days did something unusual happen?",
    compute=outlook.anomalies,
    draw=outlook_figures.anomalies,
    columns=("period", "revenue", "expected", "lower", "upper", "p", "state", "days", "total", "usual"),
    options=(_FORECAST,),
    lines=False,
    explanation=Explanation(
        tells="Days, and runs of seven days, that level, weekday, usual variation and the chance of single orders do "
        "not explain.",
        how_sure="By chance alone about one mark in a thousand days appears; where there are no more than that, treat "
        "each as a hint.",
        to_do="Find out what happened that day. A gap may come from the shop, the stock or the data.",
        computed="Each day, and the seven days that end with it, are compared with what the days before them suggest "
        "(level and weekday), as the total of its orders: few orders differ much by chance, so a small shop’s days "
        "are judged by exact counts. The first 84 days of the history are only learned from, and marked days are not "
        "learned from. Seven marked days on one side are taken as the new level, and what differed as much at "
        "the same time of the year before is not marked.",
    ),
)
order_value_bridge = Chart(
    name="order_value_bridge",
    title="Order value: mix or rate",
    question="Did orders grow, or did their mix change?",
    compute=outlook.order_value_bridge,
    draw=partial(comparison, columns=_MIX_AND_RATE, most_rows=10),
    columns=("region", "rate_base", "rate_now", "weight_base", "weight_now", "mix", "rate", "change"),
    kind="html",
    options=(_ORDER_GROUP,),
    emits=each_itself("by", *_ORDER_GROUP.choices, own=True),
    lines=False,
    explanation=Explanation(
        tells="Whether orders became larger, or only more orders came from where orders are large.",
        how_sure="It is plain arithmetic. A warning appears when every part moved in the opposite direction to the "
        "whole (Simpson’s paradox).",
        to_do="Where the mix changed, look at the parts one by one; where the rate changed, look at prices and "
        "baskets.",
        computed="Change of the average order value = mix (the parts’ shares of orders changed) + rate (the parts’ own "
        "order values changed), added up over the parts.",
    ),
    units={
        "rate_base": "money",
        "rate_now": "money",
        "weight_base": "percent",
        "weight_now": "percent",
        "mix": "money",
        "rate": "money",
        "change": "money",
    },
)

alerts = Chart(
    name="alerts",
    title="Alert rules",
    question="Which rules fire now, and how often would they have fired?",
    kind="grid",
    compute=outlook.alerts,
    draw=_alert_grid,
    columns=("rule", "metric", "grain", "firing_now", "fired", "tested", "sentence"),
    lines=False,
    height=150,
    explanation=Explanation(
        tells="Which of the data set’s rules fire now, and how often they would have fired in the past.",
        how_sure="Each rule is tried on the last twelve months before it alerts anybody. A rule that stays on counts "
        "once.",
        to_do="Relax a rule that fires all the time, tighten one that never did.",
        computed="The rules under [[alerts]] of the data set’s TOML, evaluated on the data with the filters of the "
        "page.",
    ),
)

PAGE = Page(
    name="trends",
    title="Trends",
    icon="graph-up",
    tabs=(
        Tab(
            "summary",
            "Summary",
            (
                ((revenue_over_time, 7), (growth_over_time, 5)),
                ((orders_over_time, 6), (aov_over_time, 6)),
                ((conversion_over_time, 12),),
            ),
        ),
        Tab(
            "why",
            "Why",
            (
                ((revenue_bridge, 7), (order_value_bridge, 5)),
                ((breakdown, 5), (breakdown_over_time, 7)),
                ((anomalies, 12),),
                ((alerts, 12),),
            ),
        ),
        Tab(
            "seasonality",
            "Seasonality",
            (
                ((year_over_year, 7), (seasonality, 5)),
                ((orders_by_hour, 8), (orders_by_part_of_day, 4)),
                ((revenue_by_weekday_hour, 12),),
            ),
        ),
        Tab("forecast", "Forecast", (((forecast, 12),),)),
    ),
    topic="time",
)
