"""Every kind of insight: what it is about, what data it needs, and how it is found.

A kind is found by a function of a Company, which answers the question of its docstring in Claims, none where nothing is
worth saying. It is asked only where something was sold and the data have what the kind needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.insights import expected
from analytics.insights.claim import Claim, List
from analytics.insights.company import Company
from analytics.insights.kinds.changes import (
    discounts,
    groups,
    launches,
    local,
    outlooks,
    partial,
    returns,
    silences,
    stock,
    targets,
    unusual,
)
from analytics.insights.kinds.portrait import (
    affinities,
    concentration,
    credit,
    customers,
    differences,
    facts,
    hours,
    leaders,
    losses,
    periods,
    ratings,
    worth,
)
from analytics.insights.kinds.revenue import change, growth, margin, movers

TOPICS = ("business", "time", "products", "baskets", "places", "customers")

FIELDS_OF: dict[str, tuple[str, ...]] = {  # a claim about other dimensions only is none of these topics' business
    "products": ("product", "category", "brand", "deal_size"),
    "places": ("place", "city", "region", "country"),
}

ACT = 1.0  # somebody can act on it today: order, repair, call
LOOK = 0.6  # it shows where to look


@dataclass(frozen=True)
class Kind:
    """One kind. `topics`: what it is about, its main topic first; `needs`: fields and tables without which there is
    none; `tests`: whether its claims are tested, so that its candidates count in the error rate of the list; `can_do`:
    how much a reader can do about it, 0–1; `targets`: whether it tells of the targets of the selection; `compares`:
    whether it compares the range with another, so that where the selection has no comparison it is asked about
    Company.latest."""

    name: str
    topics: tuple[str, ...]
    find: Callable[[Company], list[Claim]]
    needs: tuple[str, ...] = ()
    tests: bool = False
    can_do: float = LOOK
    targets: bool = False
    compares: bool = False


NEWS: tuple[Kind, ...] = (
    Kind("target", ("business",), targets.against_target, can_do=ACT, targets=True),
    Kind("expected", ("business", "time"), expected.against_expected, tests=True, compares=True),
    Kind("change", ("business",), change.bridge, ("customer",), tests=True, compares=True),
    Kind("price_volume_mix", ("products",), change.prices, tests=True, compares=True),
    Kind("mix_against_rate", ("time",), change.mix_against_rate, tests=True, compares=True),
    Kind("margin", ("business", "products"), margin.margin, ("cost",), tests=True, can_do=ACT, compares=True),
    Kind("mover", ("business", "products", "places"), movers.movers, tests=True, compares=True),
    Kind("unusual_day", ("time",), unusual.unusual_days, tests=True),
    Kind("alert", ("time", "business"), outlooks.alerts),
    Kind("running_out", ("products", "business"), stock.running_out, ("stock",), can_do=ACT),
    Kind("lost_sales", ("products", "business"), silences.lost_sales, tests=True, can_do=ACT),
    Kind("missing_part", ("places", "business", "time"), silences.missing_parts, tests=True, can_do=ACT),
    Kind("missing_days", ("time", "business"), silences.missing_days, tests=True, can_do=ACT),
    Kind("ends_early", ("time", "business"), partial.ends_early, tests=True, can_do=ACT),
    Kind("losing_discounts", ("products", "business"), losses.losing_discounts, ("cost", "discount"), can_do=ACT),
    Kind("rising_refunds", ("products", "business"), returns.rising_refunds, tests=True, can_do=ACT, compares=True),
    Kind(
        "rising_fees",
        ("business", "products"),
        returns.rising_fees,
        ("selling_fees",),
        can_do=ACT,
        compares=True,
    ),
    Kind(
        "departing_group",
        ("customers", "business"),
        groups.departing_group,
        ("customer",),
        tests=True,
        can_do=ACT,
        compares=True,
    ),
    Kind("segment_moves", ("customers",), worth.segment_moves, ("customer",), tests=True),
    Kind("worse_repeat", ("customers", "business"), groups.worse_repeat, ("customer",), tests=True),
    Kind("one_place_only", ("products", "places"), local.one_place_only, tests=True, compares=True),
    Kind("mix_shift", ("customers", "products"), local.mix_shift, tests=True, compares=True),
    Kind("new_products", ("products", "business"), launches.new_products, compares=True),
    Kind("gone_products", ("products", "business"), launches.gone_products, compares=True),
)

PORTRAIT: tuple[Kind, ...] = (
    Kind("leading_product", ("products", "business"), leaders.leading_product),
    Kind("leading_place", ("places", "business"), leaders.leading_place),
    Kind("dependency", ("customers", "business"), concentration.dependency, ("customer",)),
    Kind("leading_group", ("customers",), leaders.leading_group),
    Kind("seasonality", ("time", "business"), periods.seasonality, tests=True),
    Kind("month_growth", ("time", "business"), growth.by_month),
    Kind("quarter_growth", ("time",), growth.by_quarter),
    Kind("extreme_month", ("time", "business"), periods.peak_and_trough, tests=True),
    Kind("forecast", ("time",), outlooks.forecast),
    Kind("busy_hours", ("time",), hours.busy_hours, ("hour",), tests=True),
    Kind("part_of_day", ("time",), hours.part_of_day, ("part_of_day",), tests=True),
    Kind("affinity", ("baskets", "products"), affinities.affinities, tests=True),
    Kind("no_affinity", ("baskets",), affinities.no_affinity, tests=True),
    Kind("deal_size", ("products", "business"), leaders.deal_sizes, ("deal_size",)),
    Kind("idle_stock", ("products",), stock.idle_stock, ("stock",)),
    Kind("discount", ("products",), discounts.discounts, ("discount",), tests=True),
    Kind("product_tail", ("products",), concentration.product_tail),
    Kind("trailing_product", ("products",), leaders.trailing_product),
    Kind("trailing_place", ("places",), leaders.trailing_place),
    Kind("order_value", ("customers", "places"), differences.order_values, tests=True),
    Kind("conversion", ("time", "business"), differences.conversion, ("channel", "sessions"), tests=True),
    Kind("low_rating", ("products", "places", "business"), ratings.low_ratings, ("rating",), tests=True),
    Kind("repeat_rate", ("customers",), customers.repeat_rate, ("customer",)),
    Kind("kept_customers", ("customers",), customers.kept, ("customer",)),
    Kind("at_risk", ("customers",), customers.at_risk, ("rfm_segment",)),  # on the Overview, lapsing tells of them
    Kind("churn", ("customers",), worth.churn_at_stake, ("customer",)),
    Kind("value_tier", ("customers",), customers.tiers, ("value_tier",)),
    Kind("top_customers", ("customers",), concentration.top_customers, ("customer",)),
    Kind("segment_value", ("customers",), worth.dependence_on_segment, ("customer",)),
    Kind("attribution", ("customers",), credit.ranking_flips, ("paths",)),
    Kind("yearly_growth", ("time", "business"), facts.yearly_growth),
    Kind("refund_share", ("products", "business"), facts.refund_share),
    Kind("loss_makers", ("products", "places", "business"), losses.loss_makers, ("cost",)),
    Kind("unknown_customers", ("customers", "business"), facts.unknown_customers, ("customer",)),
    Kind("namesakes", ("places",), partial.namesakes, ("place", "city")),
    Kind("partial_year", ("time", "business"), partial.partial_years),
)

# Told only where people look for what needs them.
ACTIONS: tuple[Kind, ...] = (Kind("lapsing", ("customers",), groups.lapsing, ("customer", "rfm_segment"), can_do=ACT),)

ACTED_ON = frozenset(  # the kinds that somebody can act on, by name
    (
        "target",
        "lost_sales",
        "running_out",
        "margin",
        "lapsing",
        "low_rating",
        "rising_refunds",
        "refund_share",
        "rising_fees",
        "losing_discounts",
        "loss_makers",
        "departing_group",
        "worse_repeat",
        "missing_part",
        "missing_days",
        "ends_early",
    )
)

LISTS: dict[List, tuple[Kind, ...]] = {"news": NEWS, "portrait": PORTRAIT}
KINDS = NEWS + PORTRAIT + ACTIONS
