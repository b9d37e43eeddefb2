"""How the business moves through time, and its seasons: charts of the Trends page."""

from __future__ import annotations

from functools import partial

from analytics.language import N_
from analytics.metrics import offered
from analytics.questions import trends
from analytics.questions.targets.target import of_time
from dashboard.chart import Chart, Explanation, dimension_option, each_itself, metric_option
from dashboard.figures.marks import bars, series

_METRIC = metric_option(offered("trend"))

growth_over_time = Chart(
    name="growth_over_time",
    title=N_("Growth"),
    question=N_("How much did each period grow over the one before?"),
    compute=trends.growth_over_time,
    draw=series.growth,
    columns=("period", "revenue", "previous", "growth", "days", "period_days"),
    options=(_METRIC,),
    emits=("period",),
    explanation=Explanation(
        N_(
            "The change of the metric against the period before, in %. Incomplete periods, and those that "
            "follow one which the data cover only in part, have no growth rate."
        )
    ),
    units={"growth": "percent", "previous": "money"},
)
orders_over_time = Chart(
    name="orders_over_time",
    title=N_("Orders over time"),
    question=N_("How many orders came in?"),
    compute=partial(trends.over_time, metric="orders"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "orders", "days", "period_days", "base_period", "base_orders"),
    emits=("period",),
    explanation=Explanation(N_("The number of different orders with a sale line in each period.")),
)
aov_over_time = Chart(
    name="aov_over_time",
    title=N_("Average order value"),
    question=N_("How much is an order worth?"),
    compute=partial(trends.over_time, metric="aov"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "aov", "days", "period_days", "base_period", "base_aov"),
    emits=("period",),
    explanation=Explanation(
        N_(
            "Revenue of the period / number of orders in the period. The dashed line is the same ratio over the "
            "whole range."
        )
    ),
)
orders_by_hour = Chart(
    name="orders_by_hour",
    title=N_("Orders by hour"),
    question=N_("At what time do people order?"),
    compute=trends.by_hour,
    draw=bars.columns,
    columns=("hour", "orders", "share"),
    emits=("hour",),
    needs=frozenset({"hour"}),
    explanation=Explanation(N_("The number of different orders per hour of the day, in the data set's time zone.")),
)
orders_by_part_of_day = Chart(
    name="orders_by_part_of_day",
    title=N_("Orders by time of day"),
    question=N_("Morning, afternoon or evening?"),
    compute=trends.by_part_of_day,
    draw=bars.columns,
    columns=("part_of_day", "orders", "revenue", "aov", "share"),
    emits=("part_of_day",),
    needs=frozenset({"part_of_day"}),
    explanation=Explanation(
        N_("Night is 00:00–05:59, morning 06:00–11:59, afternoon 12:00–17:59, evening 18:00–23:59.")
    ),
)
year_over_year = Chart(
    name="year_over_year",
    grain="month",
    title=N_("Year over year"),
    question=N_("How does each year compare, month by month?"),
    compute=trends.year_over_year,
    draw=series.years,
    columns=("year", "month", "revenue", "days", "period_days"),
    options=(_METRIC,),
    lines=False,
    explanation=Explanation(
        N_(
            "Every year of the data up to the end of the range, month by month; filters apply. Open circles are "
            "incomplete months."
        )
    ),
)
seasonality = Chart(
    name="seasonality",
    months=12,
    title=N_("Seasonal pattern"),
    question=N_("When in the year do you sell most?"),
    compute=trends.seasonality,
    draw=bars.columns,
    columns=("month", "revenue", "days", "share", "per_day", "index"),
    options=(dimension_option("month", "quarter", texts={"month": N_("Month"), "quarter": N_("Quarter")}),),
    emits=each_itself("by", "month", "quarter"),
    explanation=Explanation(
        N_(
            "The share of revenue per month or quarter of the year within the range. Unless the range holds "
            "whole years, some months count more often; the table has an index per day."
        )
    ),
    units={"per_day": "money", "index": "ratio"},
)
conversion_over_time = Chart(
    name="conversion_over_time",
    title=N_("Conversion rate"),
    question=N_("How many visits end in an order?"),
    compute=partial(trends.over_time, metric="conversion_rate"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "conversion_rate", "days", "period_days", "base_period", "base_conversion_rate"),
    emits=("period",),
    needs=frozenset({"sessions"}),
    lines=False,
    explanation=Explanation(N_("Orders / sessions × 100. Blank under a filter that does not apply to sessions.")),
)
