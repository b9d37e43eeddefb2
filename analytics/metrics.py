"""Metrics: one definition each, used by every page, export and report.

An engine computes *measures* (sums and distinct counts over the selected lines, at the grain asked for); a metric is a
formula over measures at that same grain. So a ratio or a distinct count is always computed where it is shown and never
summed from smaller ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analytics.errors import UnknownName
from analytics.schema import FIELDS, Schema

Unit = Literal["money", "count", "percent", "ratio", "rating"]

# Measure: the fields or tables it reads and what it is. "sale lines" are those that count as orders, the others are
# refunds.
MEASURES: dict[str, tuple[tuple[str, ...], str]] = {
    "revenue": (("amount",), "sum of amounts, refunds subtracted"),
    "gross": (("amount",), "sum of the amounts of sale lines"),
    "refunds": (("amount",), "sum of the amounts of refund lines, as a positive number"),
    "units": (("quantity",), "sum of quantities, returned ones subtracted"),
    "lines": ((), "number of order lines"),
    "orders": (("order_id",), "distinct orders with a sale line"),
    "customers": (("customer",), "distinct customers with a sale line; those without an id are left out"),
    "repeat_customers": (("customer",), "distinct customers with two or more such orders"),
    "known_revenue": (("customer",), "revenue of lines whose customer is known"),
    "known_orders": (("customer",), "orders whose customer is known"),
    "cost": (("cost",), "sum of the cost of goods"),
    "costed_revenue": (("cost",), "revenue of lines whose cost is known"),
    "discount": (("discount",), "sum of discounts given"),
    "rating_sum": (("rating",), "sum of ratings"),
    "rated_lines": (("rating",), "lines that carry a rating"),
    "sessions": (("sessions",), "visits, from the sessions table"),
    "days": ((), "days of the period that lie in the range and in the data"),
}

STATISTICS = ("min", "max", "median", "p25", "p75")  # of a numeric field's lines, as `median_amount`

Measures = Mapping[str, Any]  # arrays, or Series of one index


def ratio(above: Any, below: Any, scale: float = 1.0) -> Any:
    """above / below × scale, blank where the denominator is zero; of arrays, or of Series of one index."""
    bottom = np.asarray(below, "float64")
    return above / np.where(bottom != 0, bottom, np.nan) * scale


@dataclass(frozen=True)
class Metric:
    """One number people read. `additive`: levels over whose partitions the parts sum to the whole ("line" for any
    partition of lines, "order" for partitions of orders such as by city or month, "customer" for partitions of
    customers); `good`: +1 when up is good, -1 when down is good, 0 when neither."""

    name: str
    label: str
    unit: Unit
    formula: str
    measures: tuple[str, ...]
    compute: Callable[[Measures], Any]
    additive: frozenset[str] = frozenset()
    good: int = 1

    @property
    def needs(self) -> tuple[str, ...]:
        """Fields and tables without which the metric does not exist."""
        return tuple(dict.fromkeys(n for m in self.measures for n in MEASURES[m][0]))


def _plain(name: str, label: str, unit: Unit, additive: Iterable[str], good: int = 1) -> Metric:
    return Metric(name, label, unit, MEASURES[name][1], (name,), lambda m: m[name], frozenset(additive), good)


def _over(
    name: str, label: str, unit: Unit, formula: str, above: str, below: str, scale: float = 1.0, good: int = 1
) -> Metric:
    return Metric(
        name, label, unit, formula, (above, below), lambda m: ratio(m[above], m[below], scale), frozenset(), good
    )


_LINES = ("line", "order", "customer")

METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        _plain("revenue", "Revenue", "money", _LINES),
        _plain("gross", "Gross revenue", "money", _LINES),
        _plain("refunds", "Refunds", "money", _LINES, good=-1),
        _plain("orders", "Orders", "count", ("order", "customer")),
        _plain("units", "Units", "count", _LINES),
        _plain("lines", "Order lines", "count", _LINES, good=0),
        _plain("customers", "Customers", "count", ("customer",)),
        _over("aov", "Average order value", "money", "revenue / orders", "revenue", "orders"),
        _over("items_per_order", "Items per order", "ratio", "units / orders", "units", "orders"),
        _over("orders_per_day", "Orders per day", "ratio", "orders / days of the period in the data", "orders", "days"),
        _over(
            "revenue_per_customer",
            "Revenue per customer",
            "money",
            "revenue of known customers / customers; over the whole history this is the mean lifetime value",
            "known_revenue",
            "customers",
        ),
        _over(
            "orders_per_customer",
            "Orders per customer",
            "ratio",
            "orders of known customers / customers",
            "known_orders",
            "customers",
        ),
        _over(
            "repeat_rate",
            "Repeat rate",
            "percent",
            "customers with two or more orders within the range / customers",
            "repeat_customers",
            "customers",
            100.0,
        ),
        _over("refund_rate", "Refund rate", "percent", "refunds / gross revenue", "refunds", "gross", 100.0, good=-1),
        _over(
            "rating", "Average rating", "rating", "mean rating of the lines that carry one", "rating_sum", "rated_lines"
        ),
        _plain("sessions", "Sessions", "count", ("order",)),
        _over("conversion_rate", "Conversion rate", "percent", "orders / sessions", "orders", "sessions", 100.0),
        Metric(
            "profit",
            "Profit",
            "money",
            "revenue of lines with a known cost − cost of goods",
            ("costed_revenue", "cost"),
            lambda m: m["costed_revenue"] - m["cost"],
            frozenset(_LINES),
        ),
        Metric(
            "margin",
            "Margin",
            "percent",
            "profit / revenue of lines with a known cost",
            ("costed_revenue", "cost"),
            lambda m: ratio(m["costed_revenue"] - m["cost"], m["costed_revenue"], 100.0),
        ),
        Metric(
            "discount_rate",
            "Discount rate",
            "percent",
            "discounts / (revenue + discounts)",
            ("discount", "revenue"),
            lambda m: ratio(m["discount"], m["revenue"] + m["discount"], 100.0),
            good=0,
        ),
    )
}


def metric(name: str) -> Metric:
    """The metric of that name; UnknownName with a suggestion otherwise."""
    try:
        return METRICS[name]
    except (KeyError, TypeError):
        raise UnknownName("metric", str(name), METRICS) from None


def measures_of(names: Iterable[str]) -> tuple[str, ...]:
    """The measures that an engine must compute for these metrics, each once."""
    return tuple(dict.fromkeys(m for n in names for m in metric(n).measures))


def available(schema: Schema) -> tuple[str, ...]:
    """Metrics that this data set can give, in their order of importance."""
    return tuple(n for n, m in METRICS.items() if not schema.missing(m.needs))


def spread_of(name: str) -> tuple[str, str] | None:
    """('median', 'amount') for 'median_amount'; None for what is not a statistic of a numeric field."""
    statistic, _, field = name.partition("_")
    numeric = field in FIELDS and FIELDS[field].kind in ("money", "number")
    return (statistic, field) if statistic in STATISTICS and numeric else None
