"""Overview: ten seconds for the executive."""

from __future__ import annotations

from functools import partial

from analytics.metrics import labels, summed
from analytics.questions import overview, products, summary, trends
from analytics.questions.targets.target import of_selection, of_time
from analytics.schema import HIERARCHIES
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself, metric_option
from dashboard.components.kpis import kpi_cards
from dashboard.components.summary import driver_lists
from dashboard.components.summary import headline as say_headline
from dashboard.figures.marks import bars, series, stacks, week
from dashboard.pages.options import PLACE_LEVEL, PRODUCT_LEVEL, RANK_OPTIONS, SHOW, own_and_parents
from dashboard.screens import Page, Tab

kpis = Chart(
    name="kpis",
    role="kpis",
    title="Key figures",
    question="How are we doing?",
    kind="html",
    bare=True,
    compute=overview.kpis,
    draw=kpi_cards,
    targets=of_selection,
    chances=True,
    columns=("metric", "value", "base", "delta", "direction"),
    height=150,
    units={"progress": "percent", "chance": "percent"},
    lines=False,
    options=(Option("figures", "Figures", {"": "Four", "all": "All"}),),
    explanation=Explanation(
        "Each metric over the selected range and filters. Changes are against an equally long time before; rates "
        "change in percentage points (pp). Where there is a target for these rows and this period, its bar shows how "
        "much of it is reached, with a mark at what the usual course of the period would have reached by now."
    ),
)
headline = Chart(
    name="headline",
    role="headline",
    title="In a sentence",
    question="How are we doing, and why?",
    kind="html",
    bare=True,
    compute=summary.headline,
    draw=say_headline,
    targets=of_selection,
    columns=("revenue", "base", "delta", "direction", "factor", "field", "value", "change", "share"),
    height=28,
    units={"base": "money", "delta": "percent", "change": "money", "share": "percent"},
    lines=False,
    explanation=Explanation(
        "Revenue, its change and its target are those of the key figures. Revenue is customers × orders per customer × "
        "average order value (orders × average order value where few orders name a customer): named is the factor "
        "whose ratio is the largest part of the change, by logarithms. The place, product, category, channel or "
        "segment named brought at least three tenths of the change, and most of it beyond its share of revenue before."
    ),
)
drivers = Chart(
    name="drivers",
    title="What drove it",
    question="What raised or lowered revenue most?",
    kind="html",
    compute=summary.drivers,
    draw=driver_lists,
    columns=("field", "value", "revenue", "base_revenue", "change", "share"),
    units={"base_revenue": "money", "change": "money", "share": "percent"},
    lines=False,
    height=240,
    explanation=Explanation(
        "Revenue per product, place and channel against the comparison: the values whose revenue changed most, up or "
        "down. Data without one of these list another dimension. Without a comparison, the values with the most "
        "revenue and their share. Choosing one filters the page; its list keeps the others."
    ),
)
revenue_over_time = Chart(
    name="revenue_over_time",
    title="Revenue over time",
    question="How does revenue develop, and how does it compare?",
    compute=partial(trends.over_time, metric="revenue"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "revenue", "days", "period_days", "base_period", "base_revenue"),
    emits=("period",),
    least=1,
    height=240,
    explanation=Explanation(
        "The sum of amounts per period, minus refunds. The dashed line is the average of the complete periods. Periods "
        "that the range or the data cover only in part are hatched or dotted, and left out of the average. A target is "
        "spread over its days by the usual course of the year and the week."
    ),
)
top_products = Chart(
    name="top_products",
    title="Top products",
    question="Which products bring in the most?",
    compute=overview.ranked_products,
    draw=bars.ranked_bar,
    columns=("product", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, PRODUCT_LEVEL),
    emits=each_itself("level", *HIERARCHIES["product"], own=True),
    levels=HIERARCHIES["product"],
    height=240,
    explanation=Explanation(
        "The metric per product, highest first, with its share of the total of all products. The other bars stay when "
        "you choose one, because this chart ignores its own filter."
    ),
)
top_places = Chart(
    name="top_places",
    title="Top places",
    question="Where do the orders come from?",
    compute=partial(overview.ranked, by="place"),
    draw=bars.ranked_bar,
    columns=("place", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, PLACE_LEVEL),
    emits=("place",),
    levels=HIERARCHIES["place"],
    needs=frozenset({"place"}),
    explanation=Explanation(
        "The metric per place. Places are identified by their full path, so that two cities with the same name stay "
        "separate."
    ),
)
revenue_by_weekday_hour = Chart(
    name="revenue_by_weekday_hour",
    title="Week by hour",
    question="When in the week do you sell most?",
    compute=trends.by_weekday_hour,
    draw=week.weekday_hour,
    columns=("weekday", "hour", "revenue", "per_day"),
    options=(metric_option(labels("revenue", "orders", "profit")),),
    emits=("weekday", "hour"),
    needs=frozenset({"weekday", "hour"}),
    height=260,
    explanation=Explanation(
        "The colour is the metric per weekday in the range, so that a weekday that occurs more often does not look "
        "stronger. Times are in the data set's time zone."
    ),
)

_ANY = ("channel", "segment", "payment_method", "status", "brand", "deal_size", "gender", "age_group")
_BY_ANY = dimension_option(*_ANY, own=own_and_parents)
breakdown = Chart(
    name="breakdown",
    title="Breakdown",
    question="Which groups bring in the most?",
    compute=overview.broken_down,
    draw=bars.ranked_bar,
    columns=("channel", "revenue", "orders", "units", "aov", "share"),
    options=(_BY_ANY, *RANK_OPTIONS),
    emits=each_itself("by", *_ANY, own=True),
    height=300,
    explanation=Explanation(
        "The metric per value of the chosen dimension, highest first, with its share of the total. The dimensions that "
        "the data set declares itself are among the choices."
    ),
)
breakdown_over_time = Chart(
    name="breakdown_over_time",
    title="Breakdown over time",
    question="How does the mix change?",
    compute=products.over_time,
    draw=stacks.stacked,
    columns=("channel", "period", "revenue", "share", "days", "period_days"),
    options=(_BY_ANY, metric_option(summed("ranking")), SHOW),
    emits=each_itself("by", *_ANY, own=True),
    height=300,
    explanation=Explanation(
        "The metric per value of the chosen dimension and period: the seven largest over the whole range, and all "
        "others together. Periods that the range or the data cover only in part are hatched."
    ),
)

PAGE = Page(
    name="overview",
    title="Overview",
    icon="speedometer2",
    tabs=(
        Tab(
            "",
            "",
            (
                ((headline, 12),),
                ((kpis, 12),),
                ((revenue_over_time, 8), (drivers, 4)),
                ((top_products, 6), (top_places, 6)),
            ),
        ),
    ),
    topic="business",
)
