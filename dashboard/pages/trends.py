"""Trends: how the business moves through time."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.metrics import METRICS, labels, offered
from analytics.questions import outlook, trends
from dashboard.chart import Chart, Explanation, Option, Page, dimension_option, each_itself, metric_option
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import bars, grids, series
from dashboard.figures.topics import outlook as pictures
from dashboard.pages.overview import revenue_over_time

_METRIC = metric_option(offered("trend"))

_MIX_AND_RATE = (
    Column("rate_base", "Before", "money"),
    Column("rate_now", "Now", "money"),
    Column("mix", "Mix", "money"),
    Column("rate", "Rate", "money"),
    Column("change", "Change", "money"),
)
_ORDER_GROUP = dimension_option("channel", "country", "region", "city", "payment_method", default="region")
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
    question="By how much did each period grow on the one before?",
    compute=trends.growth_over_time,
    draw=series.growth,
    columns=("period", "revenue", "previous", "growth", "days", "period_days"),
    options=(_METRIC,),
    emits=("period",),
    explanation=Explanation(
        "(metric of the period / metric of the period before − 1) × 100. Periods that the range or the data do not "
        "fill have no growth, nor have periods after one that the data do not fill."
    ),
    units={"growth": "percent", "previous": "money"},
)
orders_over_time = Chart(
    name="orders_over_time",
    title="Orders over time",
    question="How many orders came in?",
    compute=partial(trends.over_time, metric="orders"),
    draw=series.metric_over_time,
    columns=("period", "orders", "days", "period_days", "base_period", "base_orders"),
    emits=("period",),
    explanation=Explanation("Distinct orders with a sale line per period."),
)
aov_over_time = Chart(
    name="aov_over_time",
    title="Average order value",
    question="What is an order worth?",
    compute=partial(trends.over_time, metric="aov"),
    draw=series.metric_over_time,
    columns=("period", "aov", "days", "period_days", "base_period", "base_aov"),
    emits=("period",),
    explanation=Explanation(
        "Revenue of the period / distinct orders of the period; the dashed line is the same over the whole range."
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
    explanation=Explanation("Distinct orders per hour of the day, in the data set's time zone."),
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
    explanation=Explanation("Night 0–5 h, Morning 6–11 h, Afternoon 12–17 h, Evening 18–23 h."),
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
        "months that the data do not fill."
    ),
)
seasonality = Chart(
    name="seasonality",
    title="Seasonality",
    question="Which part of the year carries it?",
    compute=trends.seasonality,
    draw=bars.columns,
    columns=("month", "revenue", "days", "share", "per_day", "index"),
    options=(dimension_option("month", "quarter"),),
    emits=each_itself("by", "month", "quarter"),
    explanation=Explanation(
        "Share of revenue per month or quarter of the year within the range. With less than whole years some months "
        "count more often: the data view gives an index per day."
    ),
    units={"per_day": "money", "index": "ratio"},
)
conversion_over_time = Chart(
    name="conversion_over_time",
    title="Conversion rate",
    question="Which share of visits ends in an order?",
    compute=partial(trends.over_time, metric="conversion_rate"),
    draw=series.metric_over_time,
    columns=("period", "conversion_rate", "days", "period_days", "base_period", "base_conversion_rate"),
    emits=("period",),
    needs=frozenset({"sessions"}),
    lines=False,
    explanation=Explanation("Orders / sessions × 100. Blank under a filter that sessions do not carry."),
)

revenue_bridge = Chart(
    name="revenue_bridge",
    title="Why revenue changed",
    question="What made the difference to the comparison?",
    compute=outlook.revenue_bridge,
    draw=pictures.waterfall,
    columns=("step", "revenue", "share"),
    options=(
        Option(
            "method", "Split by", {"factors": "Customers × orders × value", "prices": "Price, volume, mix"}, "factors"
        ),
    ),
    lines=False,
    explanation=Explanation(
        tells="Which part of the change against the comparison came from what.",
        how_sure="Plain arithmetic, the steps sum to the change exactly; it says through what, not why.",
        to_do="Follow the largest step: customers, how often they buy, order value, or prices and products.",
        computed="Factors: number of customers, orders per customer and value per order of known customers, by Shapley "
        "values (the mean effect over every order in which the three could have changed). Price, volume, mix: over "
        "products sold in both periods, weighed by the earlier period; new and discontinued products stand apart, "
        "since a price that did not exist cannot have changed.",
    ),
    units={"share": "percent"},
)
forecast = Chart(
    name="forecast",
    title="Forecast",
    question="What comes next, and how sure is that?",
    compute=outlook.forecast,
    draw=pictures.forecast,
    columns=("period", "kind", "revenue", "lower_80", "upper_80", "lower_95", "upper_95"),
    options=(_FORECAST, Option("product", "Product", "product")),
    lines=False,
    explanation=Explanation(
        tells="What the next days, weeks or months bring if nothing new happens; for one product by the card’s choice.",
        how_sure="Bands come from the method’s own past errors: 80 % and 95 % of past forecasts fell inside. It is "
        "shown only where it beat repeating the last season over many past dates; less than thirteen months of data "
        "cannot show an annual pattern, so none is drawn.",
        to_do="Plan stock and staff for the band, not for its middle.",
        computed="Theta method on the whole history up to the end of the range, last year’s course at this year’s level, "
        "or the mean of both, whichever missed least over past dates, at the grain that the history’s length supports; "
        "split conformal bands relative to the level. A forecast has no order lines.",
    ),
)
anomalies = Chart(
    name="anomalies",
    title="Unusual days",
    question="When did something happen that chance does not explain?",
    compute=outlook.anomalies,
    draw=pictures.anomalies,
    columns=("period", "revenue", "expected", "lower", "upper", "p", "state"),
    options=(_FORECAST,),
    lines=False,
    explanation=Explanation(
        tells="Days on which something happened that level, weekday and usual noise do not explain.",
        how_sure="Chance alone marks about one day in a thousand; where fewer days are marked than that, take each as "
        "a hint.",
        to_do="Note what happened that day; a gap may be the shop, the stock or the data.",
        computed="Each day against what the days before let expect (level, weekday); the first 84 days of the history "
        "only teach, and marked days are not learnt from.",
    ),
)
order_value_bridge = Chart(
    name="order_value_bridge",
    title="Order value: mix or rate",
    question="Did the parts change, or only their weights?",
    compute=outlook.order_value_bridge,
    draw=partial(comparison, columns=_MIX_AND_RATE, most_rows=10),
    columns=("region", "rate_base", "rate_now", "weight_base", "weight_now", "mix", "rate", "change"),
    kind="html",
    options=(_ORDER_GROUP,),
    emits=each_itself("by", *_ORDER_GROUP.choices),
    lines=False,
    explanation=Explanation(
        tells="Whether orders became larger, or only more of them came from where orders are large.",
        how_sure="Plain arithmetic; a warning appears when every part moved against the whole (Simpson’s paradox).",
        to_do="Where the mix moved, judge the parts one by one; where the rate moved, look at prices and baskets.",
        computed="Change of the average order value = mix (weights moved between parts) + rate (the parts’ own values "
        "moved), summed over the parts.",
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
    question="What fires now, and how often would it have?",
    kind="grid",
    compute=outlook.alerts,
    draw=_alert_grid,
    columns=("rule", "metric", "grain", "firing_now", "fired", "tested", "sentence"),
    lines=False,
    height=150,
    explanation=Explanation(
        tells="Which of the data set’s rules fire now, and how often they would have.",
        how_sure="A rule is tried on the last twelve months before anybody is woken by it; one that stays red counts "
        "once.",
        to_do="Loosen a rule that fires all the time, tighten one that never did.",
        computed="The rules under [[alerts]] of the data set’s TOML, evaluated on the data with the filters of the "
        "page.",
    ),
)

PAGE = Page(
    name="trends",
    title="Trends",
    icon="graph-up",
    rows=(
        ((revenue_over_time, 7), (revenue_bridge, 5)),
        ((growth_over_time, 6), (forecast, 6)),
        ((orders_over_time, 6), (aov_over_time, 6)),
        ((conversion_over_time, 6), (order_value_bridge, 6)),
        ((year_over_year, 6), (seasonality, 6)),
        ((orders_by_hour, 8), (orders_by_part_of_day, 4)),
        ((anomalies, 12),),
        ((alerts, 12),),
    ),
    sections={
        "orders_over_time": "Orders and their value",
        "year_over_year": "Rhythm",
        "anomalies": "Out of the ordinary",
    },
    topic="time",
)
