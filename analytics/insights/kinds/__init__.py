"""Every kind of insight: which pages it is of, what data it needs, and how it is found.

A kind is found by a function of a View, which answers the question of its docstring in Claims, none where nothing is
worth saying. It is asked only where something was sold and the data have what the kind needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.insights.claim import Claim
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
from analytics.insights.view import View


@dataclass(frozen=True)
class Kind:
    """One kind. `pages`: where it stands, its own page first; `needs`: fields and tables without which there is
    none."""

    name: str
    pages: tuple[str, ...]
    find: Callable[[View], list[Claim]]
    needs: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind("change", ("overview",), change.bridge, ("customer",)),
    Kind("price_volume_mix", ("products",), change.prices),
    Kind("mix_against_rate", ("trends",), change.mix_against_rate),
    Kind("mover", ("overview", "products", "geography"), change.movers),
    Kind("partial_year", ("trends", "overview"), partial.partial_years),
    Kind("extreme_month", ("trends", "overview"), periods.peak_and_trough),
    Kind("seasonality", ("trends", "overview"), periods.seasonality),
    Kind("month_growth", ("trends", "overview"), growth.by_month),
    Kind("quarter_growth", ("trends",), growth.by_quarter),
    Kind("busy_hours", ("trends",), hours.busy_hours, ("hour",)),
    Kind("part_of_day", ("trends",), hours.part_of_day, ("part_of_day",)),
    Kind("unusual_day", ("trends",), unusual.unusual_days),
    Kind("forecast", ("trends",), outlooks.forecast),
    Kind("alert", ("trends", "overview"), outlooks.alerts),
    Kind("leading_place", ("geography", "overview"), leaders.leading_place),
    Kind("trailing_place", ("geography",), leaders.trailing_place),
    Kind("namesakes", ("geography", "overview"), partial.namesakes, ("place", "city")),
    Kind("leading_product", ("products", "overview"), leaders.leading_product),
    Kind("trailing_product", ("products",), leaders.trailing_product),
    Kind("product_tail", ("products",), concentration.product_tail),
    Kind("deal_size", ("products", "overview"), leaders.deal_sizes, ("deal_size",)),
    Kind("leading_group", ("customers",), leaders.leading_group),
    Kind("order_value", ("customers", "geography"), differences.order_values),
    Kind("conversion", ("trends", "overview"), differences.conversion, ("channel", "sessions")),
    Kind("affinity", ("basket", "products"), affinities.affinities),
    Kind("no_affinity", ("basket",), affinities.no_affinity),
    Kind("low_rating", ("products", "geography", "overview"), ratings.low_ratings, ("rating",)),
    Kind("discount", ("products",), discounts.discounts, ("discount",)),
    Kind("running_out", ("products",), stock.running_out, ("stock",)),
    Kind("idle_stock", ("products",), stock.idle_stock, ("stock",)),
    Kind("attribution", ("customers",), credit.ranking_flips, ("paths",)),
    Kind("segment_value", ("customers",), worth.dependence_on_segment, ("customer",)),
    Kind("churn", ("customers",), worth.churn_at_stake, ("customer",)),
    Kind("segment_moves", ("customers",), worth.segment_moves, ("customer",)),
    Kind("dependency", ("customers", "overview"), concentration.dependency, ("customer",)),
    Kind("top_customers", ("customers",), concentration.top_customers, ("customer",)),
    Kind("repeat_rate", ("customers",), customers.repeat_rate, ("customer",)),
    Kind("kept_customers", ("customers",), customers.kept, ("customer",)),
    Kind("at_risk", ("customers", "overview"), customers.at_risk, ("rfm_segment",)),
    Kind("value_tier", ("customers",), customers.tiers, ("value_tier",)),
)
