"""Why it changed, what was unusual and what comes next: charts of the Trends page."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.answer import Answer
from analytics.calendar import Grain
from analytics.language import N_, _
from analytics.methods.timeseries.series import counted
from analytics.metrics import METRICS, labels
from analytics.questions import outlook
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself, metric_option
from dashboard.components.comparison import Column, comparison
from dashboard.context import Context
from dashboard.figures.marks import grids
from dashboard.figures.topics import outlook as outlook_figures
from dashboard.figures.topics.waterfall import waterfall
from dashboard.pages.options import own_of_orders

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
    results = zip(answer.frame["fired"], answer.frame["tested"], answer.frame["grain"], strict=True)
    sentences = [_tried(int(fired), int(tested), grain) for fired, tested, grain in results]
    return grids.grid(answer.frame.assign(sentence=sentences), _RULES, context.formats, _rule_label)


def _tried(fired: int, tested: int, grain: Grain) -> str:
    """How often a rule fired that was tried on this number of past periods."""
    if not tested:
        return _("cannot be tried: no past period could fire")
    periods = counted(tested, grain)
    if not fired:
        return _("Never in {periods}", periods=periods)
    if fired == 1:
        return _("Once in {periods}", periods=periods)
    return _("{fired:time|times} in {periods}", fired=fired, periods=periods)


def _rule_label(field: str, value: Any) -> str:
    return str(METRICS[value].label) if field == "metric" else str(value)


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
            "than 60%. Easter, Black Friday and other feasts are moved to where they fall next."
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
