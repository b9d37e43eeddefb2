"""Every kind of insight: what it is about, what data it needs, and how it is found.

A kind is found by a function of a Company, which answers the question of its docstring in Claims, none where nothing is
worth saying. It is asked only where something was sold and the data have what the kind needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.insights.claim import Claim
from analytics.insights.company import Company
from analytics.insights.kinds.changes import change, discounts, growth, outlooks, partial, stock, unusual
from analytics.insights.kinds.portrait import (
    affinities,
    concentration,
    credit,
    customers,
    differences,
    hours,
    leaders,
    periods,
    ratings,
    worth,
)

TOPICS = ("business", "time", "products", "baskets", "places", "customers")


@dataclass(frozen=True)
class Kind:
    """One kind. `topics`: what it is about, its main topic first; `needs`: fields and tables without which there is
    none."""

    name: str
    topics: tuple[str, ...]
    find: Callable[[Company], list[Claim]]
    needs: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind("change", ("business",), change.bridge, ("customer",)),
    Kind("price_volume_mix", ("products",), change.prices),
    Kind("mix_against_rate", ("time",), change.mix_against_rate),
    Kind("mover", ("business", "products", "places"), change.movers),
    Kind("partial_year", ("time", "business"), partial.partial_years),
    Kind("extreme_month", ("time", "business"), periods.peak_and_trough),
    Kind("seasonality", ("time", "business"), periods.seasonality),
    Kind("month_growth", ("time", "business"), growth.by_month),
    Kind("quarter_growth", ("time",), growth.by_quarter),
    Kind("busy_hours", ("time",), hours.busy_hours, ("hour",)),
    Kind("part_of_day", ("time",), hours.part_of_day, ("part_of_day",)),
    Kind("unusual_day", ("time",), unusual.unusual_days),
    Kind("forecast", ("time",), outlooks.forecast),
    Kind("alert", ("time", "business"), outlooks.alerts),
    Kind("leading_place", ("places", "business"), leaders.leading_place),
    Kind("trailing_place", ("places",), leaders.trailing_place),
    Kind("namesakes", ("places", "business"), partial.namesakes, ("place", "city")),
    Kind("leading_product", ("products", "business"), leaders.leading_product),
    Kind("trailing_product", ("products",), leaders.trailing_product),
    Kind("product_tail", ("products",), concentration.product_tail),
    Kind("deal_size", ("products", "business"), leaders.deal_sizes, ("deal_size",)),
    Kind("leading_group", ("customers",), leaders.leading_group),
    Kind("order_value", ("customers", "places"), differences.order_values),
    Kind("conversion", ("time", "business"), differences.conversion, ("channel", "sessions")),
    Kind("affinity", ("baskets", "products"), affinities.affinities),
    Kind("no_affinity", ("baskets",), affinities.no_affinity),
    Kind("low_rating", ("products", "places", "business"), ratings.low_ratings, ("rating",)),
    Kind("discount", ("products",), discounts.discounts, ("discount",)),
    Kind("running_out", ("products",), stock.running_out, ("stock",)),
    Kind("idle_stock", ("products",), stock.idle_stock, ("stock",)),
    Kind("attribution", ("customers",), credit.ranking_flips, ("paths",)),
    Kind("segment_value", ("customers",), worth.dependence_on_segment, ("customer",)),
    Kind("churn", ("customers",), worth.churn_at_stake, ("customer",)),
    Kind("segment_moves", ("customers",), worth.segment_moves, ("customer",)),
    Kind("dependency", ("customers", "business"), concentration.dependency, ("customer",)),
    Kind("top_customers", ("customers",), concentration.top_customers, ("customer",)),
    Kind("repeat_rate", ("customers",), customers.repeat_rate, ("customer",)),
    Kind("kept_customers", ("customers",), customers.kept, ("customer",)),
    Kind("at_risk", ("customers", "business"), customers.at_risk, ("rfm_segment",)),
    Kind("value_tier", ("customers",), customers.tiers, ("value_tier",)),
)
