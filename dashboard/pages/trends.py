"""Trends: how the business moves through time."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.metrics import METRICS, labels, offered
from analytics.questions import outlook, trends
from dashboard.chart import Chart, EmitsBy, Option, Page
from dashboard.components.customers import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import bars, grids
from dashboard.figures.topics import outlook as pictures
from dashboard.figures.topics import series
from dashboard.pages.overview import revenue_over_time

_METRIC = Option(
    "metric",
    "Metric",
    offered("trend"),
    "revenue",
)

_MIX_AND_RATE = (
    Column("rate_base", "Before", "money"),
    Column("rate_now", "Now", "money"),
    Column("mix", "Mix", "money"),
    Column("rate", "Rate", "money"),
    Column("change", "Change", "money"),
)
_FORECAST = Option("metric", "Metric", labels("revenue", "orders", "units"), "revenue")

_RULES = (
    grids.Column("rule", "Rule", width=220),
    grids.Column("metric", "Metric", width=100),
    grids.Column("grain", "By", width=80),
    grids.Column("firing_now", "Firing now", width=90),
    grids.Column("sentence", "Tried on the past", width=320),
)


def _alert_grid(answer: Answer, context: Context) -> dict[str, Any]:
    words = {"metric": lambda name: METRICS[name].label, "grain": str.capitalize}
    return grids.grid(answer.frame, _RULES, context.formats, lambda field, value: words.get(field, str)(str(value)))


growth_over_time = Chart(
    name="growth_over_time",
    title="Growth",
    question="By how much did each period grow on the one before?",
    compute=trends.growth_over_time,
    draw=series.growth,
    columns="period revenue previous growth days period_days",
    options=(_METRIC,),
    emits=("period",),
    how="(metric of the period / metric of the period before − 1) × 100. Periods that the range or the data do not "
    "fill have no growth, nor have periods after one that the data do not fill.",
    units={"growth": "percent", "previous": "money"},
)
orders_over_time = Chart(
    name="orders_over_time",
    title="Orders over time",
    question="How many orders came in?",
    compute=partial(trends.over_time, metric="orders"),
    draw=series.metric_over_time,
    columns="period orders days period_days base_period base_orders",
    emits=("period",),
    how="Distinct orders with a sale line per period.",
)
aov_over_time = Chart(
    name="aov_over_time",
    title="Average order value",
    question="What is an order worth?",
    compute=partial(trends.over_time, metric="aov"),
    draw=series.metric_over_time,
    columns="period aov days period_days base_period base_aov",
    emits=("period",),
    how="Revenue of the period / distinct orders of the period; the dashed line is the same over the whole range.",
)
orders_by_hour = Chart(
    name="orders_by_hour",
    title="Orders by hour",
    question="At which hours do people order?",
    compute=trends.by_hour,
    draw=bars.columns,
    columns="hour orders share",
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
    columns="part_of_day orders revenue aov share",
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
    columns="year month revenue days period_days",
    options=(_METRIC,),
    lines=False,
    how="Every year of the history up to the end of the range, whatever its start; filters apply. Open circles are "
    "months that the data do not fill.",
)
seasonality = Chart(
    name="seasonality",
    title="Seasonality",
    question="Which part of the year carries it?",
    compute=trends.seasonality,
    draw=bars.columns,
    columns="month revenue days share per_day index",
    options=(Option("by", "By", {"month": "Month", "quarter": "Quarter"}, "month"),),
    emits=EmitsBy("by", {"month": ("month",), "quarter": ("quarter",)}),
    how="Share of revenue per month or quarter of the year within the range. With less than whole years some months "
    "count more often: the data view gives an index per day.",
    units={"per_day": "money", "index": "ratio"},
)
conversion_over_time = Chart(
    name="conversion_over_time",
    title="Conversion rate",
    question="Which share of visits ends in an order?",
    compute=partial(trends.over_time, metric="conversion_rate"),
    draw=series.metric_over_time,
    columns="period conversion_rate days period_days base_period base_conversion_rate",
    emits=("period",),
    needs=frozenset({"sessions"}),
    lines=False,
    how="Orders / sessions × 100. Blank under a filter that sessions do not carry.",
)

revenue_bridge = Chart(
    name="revenue_bridge",
    title="Why revenue changed",
    question="What made the difference to the comparison?",
    compute=outlook.revenue_bridge,
    draw=pictures.waterfall,
    columns="step revenue share",
    options=(
        Option(
            "method", "Split by", {"factors": "Customers × orders × value", "prices": "Price, volume, mix"}, "factors"
        ),
    ),
    lines=False,
    how="Which part of the change against the comparison came from what. How sure: plain arithmetic, the steps sum to "
    "the change exactly; it says through what, not why. To do: follow the largest step: customers, how often they "
    "buy, order value, or prices and products. Computed: Factors: number of customers, orders per customer and "
    "value per order of known customers, by Shapley values (the mean effect over every order in which the three "
    "could have changed). Price, volume, mix: over products sold in both periods, weighed by the earlier period; "
    "new and discontinued products stand apart, since a price that did not exist cannot have changed.",
    units={"share": "percent"},
)
forecast = Chart(
    name="forecast",
    title="Forecast",
    question="What comes next, and how sure is that?",
    compute=outlook.forecast,
    draw=pictures.forecast,
    columns="period kind revenue lower_80 upper_80 lower_95 upper_95",
    options=(_FORECAST, Option("product", "Product", "product")),
    lines=False,
    how="What the next days, weeks or months bring if nothing new happens; for one product by the card’s choice. How "
    "sure: bands come from the method’s own past errors: 80 % and 95 % of past forecasts fell inside. It is shown "
    "only where it beat repeating the last season over many past dates; less than two years of data cannot show "
    "an annual pattern, so none is drawn. To do: plan stock and staff for the band, not for its middle. Computed: "
    "Theta method on the whole history up to the end of the range, at the grain that its length supports; split "
    "conformal bands. A forecast has no order lines.",
)
anomalies = Chart(
    name="anomalies",
    title="Unusual days",
    question="When did something happen that chance does not explain?",
    compute=outlook.anomalies,
    draw=pictures.anomalies,
    columns="period revenue expected lower upper p state",
    options=(_FORECAST,),
    lines=False,
    how="Days on which something happened that level, weekday and usual noise do not explain. How sure: chance alone "
    "marks about one day in a thousand; where fewer days are marked than that, take each as a hint. To do: note "
    "what happened that day; a gap may be the shop, the stock or the data. Computed: each day against what the "
    "days before let expect (level, weekday); the first 84 days of the history only teach, and marked days are "
    "not learnt from.",
)
order_value_bridge = Chart(
    name="order_value_bridge",
    title="Order value: mix or rate",
    question="Did the parts change, or only their weights?",
    compute=outlook.order_value_bridge,
    draw=partial(comparison, columns=_MIX_AND_RATE, most_rows=10),
    columns="region rate_base rate_now weight_base weight_now mix rate change",
    kind="html",
    options=(
        Option(
            "by",
            "By",
            {
                "channel": "Channel",
                "country": "Country",
                "region": "Region",
                "city": "City",
                "payment_method": "Payment method",
            },
            "region",
        ),
    ),
    emits=EmitsBy("by", {d: (d,) for d in ("channel", "country", "region", "city", "payment_method")}),
    needs=frozenset({"region"}),
    lines=False,
    how="Whether orders became larger, or only more of them came from where orders are large. How sure: plain "
    "arithmetic; a warning appears when every part moved against the whole (Simpson’s paradox). To do: where the "
    "mix moved, judge the parts one by one; where the rate moved, look at prices and baskets. Computed: change of "
    "the average order value = mix (weights moved between parts) + rate (the parts’ own values moved), summed "
    "over the parts.",
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
    question="What fires now, and how often would it have?",
    kind="grid",
    compute=outlook.alerts,
    draw=_alert_grid,
    columns="rule metric grain firing_now fired tested sentence",
    lines=False,
    height=150,
    how="Which of the data set’s rules fire now, and how often they would have. How sure: a rule is tried on the last "
    "twelve months before anybody is woken by it; one that stays red counts once. To do: loosen a rule that fires "
    "all the time, tighten one that never did. Computed: the rules under [[alerts]] of the data set’s TOML, "
    "evaluated on the data with the filters of the page.",
)

PAGE = Page(
    "trends",
    "Trends",
    "graph-up",
    (
        ((revenue_over_time, 7), (revenue_bridge, 5)),
        ((growth_over_time, 6), (forecast, 6)),
        ((orders_over_time, 6), (aov_over_time, 6)),
        ((conversion_over_time, 6), (order_value_bridge, 6)),
        ((year_over_year, 6), (seasonality, 6)),
        ((orders_by_hour, 8), (orders_by_part_of_day, 4)),
        ((anomalies, 12),),
        ((alerts, 12),),
    ),
    {
        "orders_over_time": "Orders and their value",
        "year_over_year": "Rhythm",
        "anomalies": "Out of the ordinary",
    },
)
