"""Options that several charts share, and the dimensions of a data set's own that charts offer."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.language import N_
from analytics.metrics import offered
from analytics.schema import FIELDS, HIERARCHIES, Schema
from dashboard.chart import Option, metric_option


def own_of_products(schema: Schema) -> Iterable[str]:
    """Own dimensions between or below category, brand and product."""
    return [name for name in schema.product_levels if schema[name].own]


def own_of_lines(schema: Schema) -> Iterable[str]:
    """Own dimensions that may differ between the lines of an order."""
    return [f.name for f in schema.own if f.level == "line"]


def own_of_orders(schema: Schema) -> Iterable[str]:
    """Own dimensions of whole orders."""
    return [f.name for f in schema.own if f.level != "line"]


def own_and_parents(schema: Schema) -> Iterable[str]:
    """Every own dimension, each after its parent."""
    return [name for f in schema.own for name in (f.parent, f.name) if name in schema]


def _product_levels(schema: Schema) -> dict[str, str]:
    return {level: schema[level].plural for level in schema.product_levels}


TOP = Option("top", N_("Show"), {n: N_("Top {n}", n=int(n)) for n in ("5", "10", "20", "50")}, "10")
SHOW = Option(
    "show", N_("Show"), {"amount": N_("Amounts"), "share": N_("Shares"), "each": N_("Small multiples")}, "amount"
)
RANK_METRIC = metric_option(offered("ranking"))
RANK_OPTIONS = (RANK_METRIC, TOP)
PRODUCT_LEVEL = Option(
    "level",
    N_("Level"),
    {level: FIELDS[level].plural for level in HIERARCHIES["product"]},
    "product",
    listed=_product_levels,
)
PLACE_LEVEL = Option("level", N_("Level"), {level: FIELDS[level].plural for level in HIERARCHIES["place"]}, "city")
