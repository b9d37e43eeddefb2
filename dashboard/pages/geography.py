"""Geography: where the business is."""

from __future__ import annotations

from functools import partial

from analytics.language import N_
from analytics.metrics import offered, summed
from analytics.questions import geography, overview
from analytics.schema import HIERARCHIES
from dashboard.chart import Chart, Explanation, Option, dimension_option, each_itself, metric_option
from dashboard.figures.marks import map, scatter
from dashboard.figures.topics import places as against
from dashboard.pages.options import PLACE_LEVEL, RANK_OPTIONS, TOP
from dashboard.screens import Page, Tab

_SUMS = summed("map", "customer")
_CITY = (
    dimension_option("place", "city", texts={"place": N_("City"), "city": N_("City name")}),
    Option("level", N_("Level"), {"city": N_("cities")}, "city"),
)
_REGION = (
    dimension_option("place", "region", "region_group", texts={"place": N_("Region"), "region": N_("Region name")}),
    Option("level", N_("Level"), {"region": N_("regions")}, "region"),
)
_EMITS_CITY = each_itself("by", "place", "city")
_EMITS_REGION = each_itself("by", "place", "region", "region_group")
_LEAST_ORDERS = Option(
    "least",
    N_("Minimum orders"),
    {
        "": N_("Usual minimum"),
        "1": N_("Any number of orders"),
        **{n: N_("{orders:order|orders} or more", orders=int(n)) for n in ("3", "10", "30", "100")},
    },
)
_AGAINST = {"difference": "money", "difference_percent": "percent"}

revenue_map = Chart(
    name="revenue_map",
    least=1,
    title=N_("Map"),
    question=N_("Where do sales come from?"),
    compute=geography.revenue_map,
    draw=map.revenue_map,
    columns=("place", "revenue", "orders", "customers", "aov", "share", "shape"),
    options=(
        metric_option(offered("map")),
        Option("level", N_("Level"), PLACE_LEVEL.choices, "country"),
    ),
    emits=("place",),
    levels=HIERARCHIES["place"],
    needs=frozenset({"place"}),
    units={"latitude": "ratio", "longitude": "ratio"},
    height=440,
    explanation=Explanation(
        N_(
            "The metric per country, U.S. state or place. Names are matched by ISO codes, U.S. postal codes and "
            "the names of countries in twenty languages; places that match none are counted below the map. "
            "Outlines: Natural Earth (public domain) and the U.S. Census Bureau."
        )
    ),
)
revenue_by_country = Chart(
    name="revenue_by_country",
    title=N_("Countries"),
    question=N_("Which countries bring in the most?"),
    compute=partial(overview.ranked, by="country"),
    draw=against.ranking,
    columns=("country", "revenue", "orders", "units", "aov", "share"),
    options=RANK_OPTIONS,
    emits=("country",),
    needs=frozenset({"country"}),
    height=360,
    explanation=Explanation(
        N_("The metric per country, as named in the data, largest first, with its share of the total.")
    ),
)
revenue_by_region = Chart(
    name="revenue_by_region",
    title=N_("Regions"),
    question=N_("Which regions bring in the most?"),
    compute=partial(geography.revenue_by, level="region"),
    draw=against.ranking,
    columns=("place", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, *_REGION),
    emits=_EMITS_REGION,
    levels=("region",),
    needs=frozenset({"region"}),
    height=360,
    explanation=Explanation(
        N_(
            "The metric per region within its country, per region name across countries, or per group of "
            "regions where the data have groups, with its share of the total."
        )
    ),
)
revenue_by_city = Chart(
    name="revenue_by_city",
    title=N_("Cities"),
    question=N_("Which cities bring in the most?"),
    compute=partial(geography.revenue_by, level="city"),
    draw=against.ranking,
    columns=("place", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, *_CITY),
    emits=_EMITS_CITY,
    levels=("city",),
    needs=frozenset({"city"}),
    height=440,
    explanation=Explanation(
        N_("The metric per city. Cities of the same name are shown separately; “City name” adds them up.")
    ),
)
aov_by_city = Chart(
    name="aov_by_city",
    title=N_("Order value by city"),
    question=N_("Where are orders worth more?"),
    compute=partial(geography.aov_by, level="city"),
    draw=against.around_average,
    columns=("place", "aov", "difference", "difference_percent", "revenue", "orders"),
    options=(TOP, _LEAST_ORDERS, *_CITY),
    emits=_EMITS_CITY,
    levels=("city",),
    needs=frozenset({"city"}),
    units=_AGAINST,
    height=360,
    explanation=Explanation(
        N_(
            "Revenue / orders of the city, compared with revenue / orders of the whole selection. The highest "
            "and lowest are drawn. Cities with few orders are left out and counted: the usual minimum is the "
            "largest of 30, 10 and 3 orders that half of the cities reach."
        )
    ),
)
aov_by_region = Chart(
    name="aov_by_region",
    title=N_("Order value by region"),
    question=N_("Where are orders worth more?"),
    compute=partial(geography.aov_by, level="region"),
    draw=against.around_average,
    columns=("place", "aov", "difference", "difference_percent", "revenue", "orders"),
    options=(TOP, _LEAST_ORDERS, *_REGION),
    emits=_EMITS_REGION,
    levels=("region",),
    needs=frozenset({"region"}),
    units=_AGAINST,
    height=360,
    explanation=Explanation(
        N_(
            "Revenue / orders of the region, compared with revenue / orders of the whole selection. The highest "
            "and lowest are drawn. Regions with few orders are left out and counted, as for cities."
        )
    ),
)
place_growth = Chart(
    name="place_growth",
    title=N_("Growth by place"),
    question=N_("Where did sales grow or shrink?"),
    compute=geography.place_growth,
    draw=against.growth,
    columns=("place", "revenue", "base_revenue", "gain", "growth"),
    options=(metric_option(_SUMS), PLACE_LEVEL),
    emits=("place",),
    levels=HIERARCHIES["place"],
    needs=frozenset({"place"}),
    units={"gain": "money"},
    height=360,
    explanation=Explanation(
        N_(
            "The metric in the range minus the metric in the comparison, which is equally long; growth is the "
            "difference in %. Places without a value to compare have no growth rate. The largest gains and "
            "losses are drawn."
        )
    ),
)
sales_and_rating_by_city = Chart(
    name="sales_and_rating_by_city",
    title=N_("Sales and rating"),
    question=N_("Where are sales high but ratings low?"),
    compute=geography.sales_and_rating_by_city,
    draw=partial(
        scatter.scatter,
        x=scatter.Axis("revenue", N_("Revenue"), "money", log=True),
        y=scatter.Axis("rating", N_("Average rating"), "rating"),
        corners=scatter.Corners(
            N_("low sales, high rating"),
            N_("high sales, high rating"),
            N_("low sales, low rating"),
            N_("high sales, low rating"),
        ),
    ),
    columns=("place", "revenue", "rating", "orders", "rated_lines", "quadrant"),
    options=(
        Option(
            "least",
            N_("Minimum ratings"),
            {n: N_("{ratings:rating|ratings} or more", ratings=int(n)) for n in ("1", "10", "30", "100")},
            "30",
        ),
    ),
    emits=("place",),
    needs=frozenset({"city", "rating"}),
    units={"rated_lines": "count"},
    height=380,
    explanation=Explanation(
        N_(
            "Revenue and average rating per city. High sales begin at the median revenue of the cities shown; a "
            "low rating is one below the average of all rated lines. Cities with few ratings are left out and "
            "counted."
        )
    ),
)

PAGE = Page(
    name="geography",
    title=N_("Geography"),
    icon="globe-americas",
    tabs=(
        Tab("map", N_("Map"), (((revenue_map, 8), (revenue_by_country, 4)), ((place_growth, 12),))),
        Tab(
            "places",
            N_("Places"),
            (
                ((revenue_by_city, 6), (aov_by_city, 6)),
                ((revenue_by_region, 6), (aov_by_region, 6)),
            ),
        ),
        Tab("ratings", N_("Ratings"), (((sales_and_rating_by_city, 12),),)),
    ),
    topic="places",
)
