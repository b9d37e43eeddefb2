"""Overview: ten seconds for the executive."""

from __future__ import annotations

from functools import partial

from analytics.language import N_
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
    title=N_("Key figures"),
    question=N_("How are we doing?"),
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
    options=(Option("figures", N_("Figures"), {"": N_("Four"), "all": N_("All")}),),
    explanation=Explanation(
        N_(
            "Each figure stands for the selected days and filters, and is compared with an equally long time "
            "before; rates change in percentage points (pp). Where there is a target, the bar shows how much of "
            "it is reached, and its mark how much is usually reached by now."
        )
    ),
)
headline = Chart(
    name="headline",
    role="headline",
    title=N_("In one sentence"),
    question=N_("How are we doing, and why?"),
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
        N_(
            "Revenue, its change and its target are those of the key figures. Revenue is customers × orders per "
            "customer × average order value, or orders × average order value where few orders name a customer; "
            "the headline names the factor that changed it most (by logarithms). A place, product, category, "
            "channel or segment is named where it brought at least 30% of the change, and most of it beyond "
            "its share of revenue before."
        )
    ),
)
drivers = Chart(
    name="drivers",
    title=N_("What drove it"),
    question=N_("What brought in revenue, or changed it most?"),
    kind="html",
    compute=summary.drivers,
    draw=driver_lists,
    columns=("field", "value", "revenue", "base_revenue", "change", "share"),
    units={"base_revenue": "money", "change": "money", "share": "percent"},
    lines=False,
    height=240,
    explanation=Explanation(
        N_(
            "The products, places and channels whose revenue changed most against the comparison, up or down; "
            "without a comparison, those with the most revenue. Data that lack one of these show another "
            "dimension. Choosing one filters the page; its own list keeps the others below it."
        )
    ),
)
revenue_over_time = Chart(
    name="revenue_over_time",
    title=N_("Revenue over time"),
    question=N_("How is revenue changing?"),
    compute=partial(trends.over_time, metric="revenue"),
    draw=series.metric_over_time,
    targets=of_time,
    columns=("period", "revenue", "days", "period_days", "base_period", "base_revenue"),
    emits=("period",),
    least=1,
    height=240,
    explanation=Explanation(
        N_(
            "The sum of amounts per period, minus refunds. The dashed line is the average of the complete "
            "periods; incomplete ones are hatched or dotted. A target is spread over its days as sales usually "
            "fall in the year and the week."
        )
    ),
)
top_products = Chart(
    name="top_products",
    title=N_("Best sellers"),
    question=N_("Which products bring in the most?"),
    compute=overview.ranked_products,
    draw=bars.ranked_bar,
    columns=("product", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, PRODUCT_LEVEL),
    emits=each_itself("level", *HIERARCHIES["product"], own=True),
    levels=HIERARCHIES["product"],
    height=240,
    explanation=Explanation(
        N_(
            "The metric per product, largest first, with its share of all products. Choosing a bar filters the "
            "page, and this chart keeps the others."
        )
    ),
)
top_places = Chart(
    name="top_places",
    title=N_("Top places"),
    question=N_("Where do orders come from?"),
    compute=partial(overview.ranked, by="place"),
    draw=bars.ranked_bar,
    columns=("place", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, PLACE_LEVEL),
    emits=("place",),
    levels=HIERARCHIES["place"],
    needs=frozenset({"place"}),
    explanation=Explanation(N_("The metric per place, largest first. Cities of the same name are shown separately.")),
)
revenue_by_weekday_hour = Chart(
    name="revenue_by_weekday_hour",
    title=N_("Busiest hours of the week"),
    question=N_("When in the week do you sell most?"),
    compute=trends.by_weekday_hour,
    draw=week.weekday_hour,
    columns=("weekday", "hour", "revenue", "per_day"),
    options=(metric_option(labels("revenue", "orders", "profit")),),
    emits=("weekday", "hour"),
    needs=frozenset({"weekday", "hour"}),
    height=260,
    explanation=Explanation(
        N_(
            "The average for each weekday of the range, so that weekdays that occur more often do not look "
            "stronger. Times are in the data set's time zone."
        )
    ),
)

_ANY = ("channel", "segment", "payment_method", "status", "brand", "deal_size", "gender", "age_group")
_BY_ANY = dimension_option(*_ANY, own=own_and_parents)
breakdown = Chart(
    name="breakdown",
    title=N_("Breakdown"),
    question=N_("Which groups bring in the most?"),
    compute=overview.broken_down,
    draw=bars.ranked_bar,
    columns=("channel", "revenue", "orders", "units", "aov", "share"),
    options=(_BY_ANY, *RANK_OPTIONS),
    emits=each_itself("by", *_ANY, own=True),
    height=300,
    explanation=Explanation(
        N_(
            "The metric for each value of the chosen dimension, largest first, with its share of the total. The "
            "data set's own dimensions are among the choices."
        )
    ),
)
breakdown_over_time = Chart(
    name="breakdown_over_time",
    title=N_("Breakdown over time"),
    question=N_("How does the mix change?"),
    compute=products.over_time,
    draw=stacks.stacked,
    columns=("channel", "period", "revenue", "share", "days", "period_days"),
    options=(_BY_ANY, metric_option(summed("ranking")), SHOW),
    emits=each_itself("by", *_ANY, own=True),
    height=300,
    explanation=Explanation(
        N_(
            "The metric for each value of the chosen dimension: the seven largest over the whole range, and all "
            "others together. Incomplete periods are hatched."
        )
    ),
)

PAGE = Page(
    name="overview",
    title=N_("Overview"),
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
