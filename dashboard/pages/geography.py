"""Geography: where the business is."""

from __future__ import annotations

from functools import partial

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
    dimension_option("place", "city", texts={"place": "City", "city": "City's name"}),
    Option("level", "Level", {"city": "cities"}, "city"),
)
_REGION = (
    dimension_option("place", "region", "region_group", texts={"place": "Region", "region": "Region's name"}),
    Option("level", "Level", {"region": "regions"}, "region"),
)
_EMITS_CITY = each_itself("by", "place", "city")
_EMITS_REGION = each_itself("by", "place", "region", "region_group")
_LEAST_ORDERS = Option(
    "least",
    "Least orders",
    {"": "Usual size", "1": "Any size", **{n: f"{n} orders or more" for n in ("3", "10", "30", "100")}},
)
_AGAINST = {"difference": "money", "difference_percent": "percent"}

revenue_map = Chart(
    name="revenue_map",
    least=1,
    title="Map",
    question="Where does the money come from?",
    compute=geography.revenue_map,
    draw=map.revenue_map,
    columns=("place", "revenue", "orders", "customers", "aov", "share", "shape"),
    options=(
        metric_option(offered("map")),
        Option("level", "Level", PLACE_LEVEL.choices, "country"),
    ),
    emits=("place",),
    levels=HIERARCHIES["place"],
    needs=frozenset({"place"}),
    units={"latitude": "ratio", "longitude": "ratio"},
    height=440,
    explanation=Explanation(
        "The metric per country, U.S. state or place with coordinates. Names are matched to outlines by ISO codes, "
        "U.S. postal codes and the names of countries in twenty languages; places that match none are counted below "
        "the map. Outlines: Natural Earth (public domain) and the U.S. Census Bureau."
    ),
)
revenue_by_country = Chart(
    name="revenue_by_country",
    title="Countries",
    question="Which bring in the most?",
    compute=partial(overview.ranked, by="country"),
    draw=against.ranking,
    columns=("country", "revenue", "orders", "units", "aov", "share"),
    options=RANK_OPTIONS,
    emits=("country",),
    needs=frozenset({"country"}),
    height=360,
    explanation=Explanation("The metric per country as the data name it, highest first, with its share of the total."),
)
revenue_by_region = Chart(
    name="revenue_by_region",
    title="Regions",
    question="Which regions bring in the most?",
    compute=partial(geography.revenue_by, level="region"),
    draw=against.ranking,
    columns=("place", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, *_REGION),
    emits=_EMITS_REGION,
    levels=("region",),
    needs=frozenset({"region"}),
    height=360,
    explanation=Explanation(
        "The metric per region within its country, per name of a region in all countries, or per group of regions "
        "where the data set has groups, with its share of the total."
    ),
)
revenue_by_city = Chart(
    name="revenue_by_city",
    title="Cities",
    question="Which bring in the most?",
    compute=partial(geography.revenue_by, level="city"),
    draw=against.ranking,
    columns=("place", "revenue", "orders", "units", "aov", "share"),
    options=(*RANK_OPTIONS, *_CITY),
    emits=_EMITS_CITY,
    levels=("city",),
    needs=frozenset({"city"}),
    height=440,
    explanation=Explanation(
        "The metric per city by its full path, so that two cities with the same name stay separate; by name, they are "
        "one."
    ),
)
aov_by_city = Chart(
    name="aov_by_city",
    title="Order value by city",
    question="Where are orders worth more?",
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
        "Revenue / number of orders of the city, against revenue / orders of the whole selection (not the average of "
        "the cities). The highest and lowest are drawn. Cities with few orders are left out and counted: the usual "
        "minimum is the largest of 30, 10 and 3 orders that half of the cities reach."
    ),
)
aov_by_region = Chart(
    name="aov_by_region",
    title="Order value by region",
    question="Where are orders worth more?",
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
        "Revenue / number of orders of the region, against revenue / orders of the whole selection (not the average of "
        "the regions). Regions with few orders are left out and counted, as for cities."
    ),
)
place_growth = Chart(
    name="place_growth",
    title="Growth by place",
    question="Where did sales grow or shrink against the comparison?",
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
        "The metric of the range minus that of the comparison, which is equally long; growth is the difference in % of "
        "the comparison. Places without a value to compare have no growth rate. The largest gains and losses are "
        "drawn."
    ),
)
sales_and_rating_by_city = Chart(
    name="sales_and_rating_by_city",
    title="Sales and rating",
    question="Where are sales high but ratings low?",
    compute=geography.sales_and_rating_by_city,
    draw=partial(
        scatter.scatter,
        x=scatter.Axis("revenue", "Revenue", "money", log=True),
        y=scatter.Axis("rating", "Average rating", "rating"),
        corners=scatter.Corners(
            "low sales, high rating", "high sales, high rating", "low sales, low rating", "high sales, low rating"
        ),
    ),
    columns=("place", "revenue", "rating", "orders", "rated_lines", "quadrant"),
    options=(
        Option(
            "least",
            "Least ratings",
            {n: f"{n} ratings or more" for n in ("1", "10", "30", "100")},
            "30",
        ),
    ),
    emits=("place",),
    needs=frozenset({"city", "rating"}),
    units={"rated_lines": "count"},
    height=380,
    explanation=Explanation(
        "Revenue against the average rating per city. High sales begin at the median revenue of the cities shown; a "
        "low rating is one below the average of all rated lines. Cities with few ratings are left out and counted."
    ),
)

PAGE = Page(
    name="geography",
    title="Geography",
    icon="globe-americas",
    tabs=(
        Tab("map", "Map", (((revenue_map, 8), (revenue_by_country, 4)), ((place_growth, 12),))),
        Tab(
            "places",
            "Places",
            (
                ((revenue_by_city, 6), (aov_by_city, 6)),
                ((revenue_by_region, 6), (aov_by_region, 6)),
            ),
        ),
        Tab("ratings", "Ratings", (((sales_and_rating_by_city, 12),),)),
    ),
    topic="places",
)
