"""Trends: how the business moves through time."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.metrics import METRICS, labels, offered
from analytics.questions import outlook, trends
from analytics.questions.targets.target import of_time
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself, metric_option
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import bars, grids, series
from dashboard.figures.topics import outlook as outlook_figures
from dashboard.figures.topics.waterfall import waterfall
from dashboard.pages.options import own_of_orders
from dashboard.pages.overview import breakdown, breakdown_over_time, revenue_by_weekday_hour, revenue_over_time
from dashboard.screens import Page, Tab

_METRIC = metric_option(offered("trend"))

_MIX_AND_RATE = (
    Column("rate_base", N_("Before"), "money"),
    Column("rate_now", N_("Now"), "money"),
    Column("mix", N_("Mix"), "money"),
    Column("rate", N_("Value"), "money"),
    Column("change", N_("Effect"), "money"),
)
_ORDER_GROUP = dimension_option(
    "channel", "country", "region", "city", "payment_method", default="region", own=own_of_orders
)
_FORECAST = metric_option(labels("revenue", "orders", "units"))

_GRAINS = {
    "day": N_("Day"),
    "week": N_("Week"),
    "month": N_("Month"),
    "quarter": N_("Quarter"),
    "year": N_("Year"),
}
_RULES = (
    grids.Column("rule", N_("Rule"), width=220),
    grids.Column("metric", N_("Metric"), width=100),
    grids.Column("grain", N_("By"), width=80, words=_GRAINS),
    grids.Column("firing_now", N_("Firing now"), width=90, words={"yes": N_("Yes"), "no": N_("No")}),
    grids.Column("sentence", N_("Would have fired"), width=320),
)


def _alert_grid(answer: Answer, context: Context) -> dict[str, Any]:
    results = zip(answer.frame["fired"], answer.frame["tested"], strict=True)
    told = [_tried(int(fired), int(tested)) for fired, tested in results]
    return grids.grid(answer.frame.assign(sentence=told), _RULES, context.formats, _rule_label)


def _tried(fired: int, tested: int) -> str:
    """How often a rule fired that was tried on this number of past periods."""
    if not tested:
        return _("cannot be tried: no past period could fire")
    if not fired:
        return _("Never in {tested:period|periods}", tested=tested)
    return _("{fired:time|times} in {tested:period|periods}", fired=fired, tested=tested)


def _rule_label(field: str, value: Any) -> str:
    return str(METRICS[value].label) if field == "metric" else str(value)


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
    question=N_("Which time of the year sells best?"),
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

revenue_bridge = Chart(
    name="revenue_bridge",
    title=N_("Why revenue changed"),
    question=N_("Where does the change come from?"),
    compute=outlook.revenue_bridge,
    draw=waterfall,
    columns=("step", "revenue", "share"),
    options=(
        Option(
            "method",
            N_("Split by"),
            {
                "factors": N_("Customers × orders × value"),
                "prices": N_("Price, volume, mix"),
                "profit": N_("Profit: price, volume, mix, cost"),
            },
            "factors",
            {"profit": frozenset({"cost"})},
        ),
    ),
    lines=False,
    explanation=Explanation(
        tells=N_("How much each part contributed to the change against the comparison."),
        how_sure=N_(
            "Plain arithmetic: the steps add up to the change exactly. It shows where the change came from, not why."
        ),
        to_do=N_("Start with the largest step."),
        computed=N_(
            "Customers × orders × value: known customers, orders per customer and value per order, by Shapley "
            "values (the average effect over all sequences in which the three could have changed). Price, "
            "volume, mix: products sold in both periods, weighted by the earlier one; new and discontinued "
            "products are separate steps, because a price that did not exist cannot have changed. Profit is "
            "split likewise, with cost per unit as a step; products whose cost is known only in part are a step "
            "of their own."
        ),
    ),
    units={"share": "percent"},
)
forecast = Chart(
    name="forecast",
    title=N_("Forecast"),
    question=N_("What comes next, and how certain is it?"),
    compute=outlook.forecast,
    draw=outlook_figures.forecast,
    columns=("period", "kind", "revenue", "lower_80", "upper_80", "lower_95", "upper_95"),
    options=(_FORECAST, Option("product", N_("Product"), "product")),
    lines=False,
    explanation=Explanation(
        tells=N_(
            "What the next days, weeks or months bring if nothing new happens, for everything or for one product."
        ),
        how_sure=N_(
            "The bands come from the method’s own past errors, and a note says how often they would have been "
            "right. It is shown only where it beat repeating the last season; with less than thirteen months of "
            "data, no yearly pattern is assumed."
        ),
        to_do=N_("Plan stock and staff for the whole band, not only for the line in its middle."),
        computed=N_(
            "Theta method on the whole history up to the end of the range, last year’s course at this year’s "
            "level, or the mean of both, whichever missed least over past dates; split conformal bands. By "
            "month from three years of data on, otherwise by day, or by week or month where days miss by more "
            "than 60 %. Easter, Black Friday and other feasts are moved to where they fall next."
        ),
    ),
)
anomalies = Chart(
    name="anomalies",
    title=N_("Unusual days"),
    question=N_("On which days did something unusual happen?"),
    compute=outlook.anomalies,
    draw=outlook_figures.anomalies,
    columns=("period", "revenue", "expected", "lower", "upper", "p", "state", "days", "total", "usual"),
    options=(_FORECAST,),
    lines=False,
    explanation=Explanation(
        tells=N_("Days, and runs of seven days, that level, weekday and usual variation do not explain."),
        how_sure=N_(
            "About one day in a thousand is marked by chance alone; where there are no more than that, treat "
            "each as a hint."
        ),
        to_do=N_("Find out what happened that day. A gap may come from the shop, the stock or the data."),
        computed=N_(
            "Each day, and the seven days that end with it, are compared with what the days before suggest "
            "(level and weekday); small shops are judged by exact counts of orders. The first 84 days are only "
            "learned from, marked days are not learned from, and seven marked days on one side are the new "
            "level. What was as different at the same time of the year before is not marked."
        ),
    ),
)
order_value_bridge = Chart(
    name="order_value_bridge",
    title=N_("Why order value changed"),
    question=N_("Did orders become larger, or did their mix change?"),
    compute=outlook.order_value_bridge,
    draw=partial(comparison, columns=_MIX_AND_RATE, most_rows=10),
    columns=("region", "rate_base", "rate_now", "weight_base", "weight_now", "mix", "rate", "change"),
    kind="html",
    options=(_ORDER_GROUP,),
    emits=each_itself("by", *_ORDER_GROUP.choices, own=True),
    lines=False,
    explanation=Explanation(
        tells=N_("Whether orders became larger, or only more orders came from where orders are large."),
        how_sure=N_(
            "Plain arithmetic. A warning appears when every part moved in the opposite direction to the whole."
        ),
        to_do=N_(
            "Where the mix changed, look at the parts one by one. Where the value changed, look at prices and baskets."
        ),
        computed=N_(
            "Change of the average order value = mix (the parts’ shares of orders changed) + value (the parts’ "
            "own order values changed), added up over the parts. Opposite directions are Simpson’s paradox."
        ),
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
    title=N_("Alert rules"),
    question=N_("Which rules fire now, and how often would they have fired?"),
    kind="grid",
    compute=outlook.alerts,
    draw=_alert_grid,
    columns=("rule", "metric", "grain", "firing_now", "fired", "tested", "sentence"),
    lines=False,
    height=150,
    explanation=Explanation(
        tells=N_("Which of the data set’s rules fire now, and how often they would have fired in the past."),
        how_sure=N_("Each rule is tried on the last twelve months. A rule that stays on counts once."),
        to_do=N_("Relax a rule that fires all the time, and tighten one that never did."),
        computed=N_("The rules under [[alerts]] of the data set’s TOML file, under the filters of the page."),
    ),
)

PAGE = Page(
    name="trends",
    title=N_("Trends"),
    icon="graph-up",
    tabs=(
        Tab(
            "summary",
            N_("Summary"),
            (
                ((revenue_over_time, 7), (growth_over_time, 5)),
                ((orders_over_time, 6), (aov_over_time, 6)),
                ((conversion_over_time, 12),),
            ),
        ),
        Tab(
            "why",
            N_("Why"),
            (
                ((revenue_bridge, 7), (order_value_bridge, 5)),
                ((breakdown, 5), (breakdown_over_time, 7)),
                ((anomalies, 12),),
                ((alerts, 12),),
            ),
        ),
        Tab(
            "seasonality",
            N_("Seasonality"),
            (
                ((year_over_year, 7), (seasonality, 5)),
                ((orders_by_hour, 8), (orders_by_part_of_day, 4)),
                ((revenue_by_weekday_hour, 12),),
            ),
        ),
        Tab("forecast", N_("Forecast"), (((forecast, 12),),)),
    ),
    topic="time",
)
