"""Trends: how the business moves through time."""

from __future__ import annotations

from functools import partial

from analytics import trends
from dashboard.chart import Chart, Option, Page
from dashboard.figures import bars, series
from dashboard.pages.overview import revenue_over_time

_METRIC = Option("metric", "Metric", {"revenue": "Revenue", "orders": "Orders", "units": "Units", "aov": "Average order value"}, "revenue")

growth_over_time = Chart(
    name="growth_over_time",
    title="Growth",
    question="By how much did each period grow on the one before?",
    compute=trends.growth_over_time,
    draw=series.growth,
    options=(_METRIC,),
    emits=("period",),
    how="(metric of the period / metric of the period before − 1) × 100. Partial periods have no growth, nor have periods after a partial one.",
    units={"growth": "percent", "previous": "money"},
)
orders_over_time = Chart(
    name="orders_over_time",
    title="Orders over time",
    question="How many orders came in?",
    compute=partial(trends.over_time, metric="orders"),
    draw=series.metric_over_time,
    emits=("period",),
    how="Distinct orders with a sale line per period.",
)
aov_over_time = Chart(
    name="aov_over_time",
    title="Average order value",
    question="What is an order worth?",
    compute=partial(trends.over_time, metric="aov"),
    draw=series.metric_over_time,
    emits=("period",),
    how="Revenue of the period / distinct orders of the period; the dashed line is the same over the whole range.",
)
orders_by_hour = Chart(
    name="orders_by_hour",
    title="Orders by hour",
    question="At which hours do people order?",
    compute=trends.by_hour,
    draw=bars.columns,
    emits=("hour",),
    needs=frozenset({"hour"}),
    how="Distinct orders per hour of the day, in the data set's time zone.",
)
orders_by_part_of_day = Chart(
    name="orders_by_part_of_day",
    title="Part of the day",
    question="Morning, afternoon or evening?",
    compute=trends.by_part_of_day,
    draw=bars.columns,
    emits=("part_of_day",),
    needs=frozenset({"part_of_day"}),
    how="Night 0–5 h, Morning 6–11 h, Afternoon 12–17 h, Evening 18–23 h.",
)
year_over_year = Chart(
    name="year_over_year",
    title="Year over year",
    question="How does each year compare, month by month?",
    compute=trends.year_over_year,
    draw=series.years,
    options=(_METRIC,),
    how="Every year of the history up to the end of the range, whatever its start; filters apply. Open circles are months that the data do not fill.",
)
seasonality = Chart(
    name="seasonality",
    title="Seasonality",
    question="Which part of the year carries it?",
    compute=trends.seasonality,
    draw=bars.columns,
    options=(Option("by", "By", {"month": "Month", "quarter": "Quarter"}, "month"),),
    how="Share of revenue per month or quarter of the year within the range. With less than whole years some months count more often: the data view gives an index per day.",
    units={"per_day": "money", "index": "ratio"},
)
conversion_over_time = Chart(
    name="conversion_over_time",
    title="Conversion rate",
    question="Which share of visits ends in an order?",
    compute=partial(trends.over_time, metric="conversion_rate"),
    draw=series.metric_over_time,
    emits=("period",),
    needs=frozenset({"sessions"}),
    lines=False,
    how="Orders / sessions × 100. Blank under a filter that sessions do not carry.",
)

PAGE = Page(
    "trends",
    "Trends",
    "graph-up",
    (
        ((revenue_over_time, 8), (orders_by_part_of_day, 4)),
        ((growth_over_time, 6), (orders_over_time, 6)),
        ((aov_over_time, 6), (conversion_over_time, 6)),
        ((year_over_year, 6), (seasonality, 6)),
        ((orders_by_hour, 12),),
    ),
)
