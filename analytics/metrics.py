"""Metrics: one definition each, used by every page, export and report.

An engine computes *measures* (sums and distinct counts over the selected lines, at the grain asked for); a metric is a
formula over measures at that same grain. So a ratio or a distinct count is always computed where it is shown and never
summed from smaller ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from analytics.errors import UnknownName
from analytics.schema import FIELDS, Schema

Unit = Literal["money", "count", "percent", "ratio", "rating"]
Menu = Literal["ranking", "trend", "map", "group"]  # charts that let people choose a metric, by what they show
EVERY_MENU: tuple[Menu, ...] = get_args(Menu)

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
    """One number people read.

    `additive` names the levels over whose partitions the parts sum to the whole: "line" for any partition of lines,
    "order" for partitions of orders such as by city or month, "customer" for partitions of customers.
    """

    name: str
    label: str
    unit: Unit
    formula: str
    measures: tuple[str, ...]
    compute: Callable[[Measures], Any]
    additive: frozenset[str] = frozenset()
    good: int = 1  # +1 when up is good, -1 when down is good, 0 when neither
    menus: tuple[Menu, ...] = EVERY_MENU  # where people may choose it
    key_figure: int = 0  # place among the key figures of the Overview, 1 first; 0: not among them

    @property
    def needs(self) -> tuple[str, ...]:
        """Fields and tables without which the metric does not exist."""
        return tuple(dict.fromkeys(n for m in self.measures for n in MEASURES[m][0]))


_LINES = ("line", "order", "customer")
_SERIES: tuple[Menu, ...] = ("ranking", "trend")
_PEOPLE: tuple[Menu, ...] = ("map", "group")
_NO_MENU: tuple[Menu, ...] = ()


def _plain(name: str, label: str, unit: Unit, additive: Iterable[str], **more: Any) -> Metric:
    """A measure that is read as it is."""
    return Metric(name, label, unit, MEASURES[name][1], (name,), lambda m: m[name], frozenset(additive), **more)


def _ratio(
    name: str, label: str, unit: Unit, formula: str, above: str, below: str, scale: float = 1.0, **more: Any
) -> Metric:
    """One measure divided by another, times `scale`."""
    return Metric(name, label, unit, formula, (above, below), lambda m: ratio(m[above], m[below], scale), **more)


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        _plain("revenue", "Revenue", "money", _LINES, key_figure=1),
        _plain("gross", "Gross revenue", "money", _LINES, menus=_NO_MENU, key_figure=15),
        _plain("refunds", "Refunds", "money", _LINES, good=-1, menus=_NO_MENU),
        _plain("orders", "Orders", "count", ("order", "customer"), key_figure=2),
        _plain("units", "Units", "count", _LINES, menus=_SERIES, key_figure=5),
        _plain("lines", "Order lines", "count", _LINES, good=0, menus=_NO_MENU),
        _plain("customers", "Customers", "count", ("customer",), menus=_PEOPLE, key_figure=4),
        _ratio("aov", "Average order value", "money", "revenue / orders", "revenue", "orders", key_figure=3),
        _ratio(
            "items_per_order",
            "Items per order",
            "ratio",
            "units / orders",
            "units",
            "orders",
            menus=_NO_MENU,
            key_figure=13,
        ),
        _ratio(
            "orders_per_day",
            "Orders per day",
            "ratio",
            "orders / days of the period in the data",
            "orders",
            "days",
            menus=_NO_MENU,
            key_figure=14,
        ),
        _ratio(
            "revenue_per_customer",
            "Revenue per customer",
            "money",
            "revenue of known customers / customers; over the whole history this is the mean lifetime value",
            "known_revenue",
            "customers",
            menus=("group",),
            key_figure=12,
        ),
        _ratio(
            "orders_per_customer",
            "Orders per customer",
            "ratio",
            "orders of known customers / customers",
            "known_orders",
            "customers",
            menus=("group",),
        ),
        _ratio(
            "repeat_rate",
            "Repeat rate",
            "percent",
            "customers with two or more orders within the range / customers",
            "repeat_customers",
            "customers",
            100.0,
            menus=_NO_MENU,
            key_figure=6,
        ),
        _ratio(
            "refund_rate",
            "Refund rate",
            "percent",
            "refunds / gross revenue",
            "refunds",
            "gross",
            100.0,
            good=-1,
            menus=_NO_MENU,
            key_figure=11,
        ),
        _ratio(
            "rating",
            "Average rating",
            "rating",
            "mean rating of the lines that carry one",
            "rating_sum",
            "rated_lines",
            menus=_NO_MENU,
            key_figure=10,
        ),
        _plain("sessions", "Sessions", "count", ("order",), menus=_NO_MENU),
        _ratio(
            "conversion_rate",
            "Conversion rate",
            "percent",
            "orders / sessions",
            "orders",
            "sessions",
            100.0,
            menus=_NO_MENU,
            key_figure=9,
        ),
        Metric(
            "profit",
            "Profit",
            "money",
            "revenue of lines with a known cost − cost of goods",
            ("costed_revenue", "cost"),
            lambda m: m["costed_revenue"] - m["cost"],
            frozenset(_LINES),
            menus=_NO_MENU,
            key_figure=7,
        ),
        Metric(
            "margin",
            "Margin",
            "percent",
            "profit / revenue of lines with a known cost",
            ("costed_revenue", "cost"),
            lambda m: ratio(m["costed_revenue"] - m["cost"], m["costed_revenue"], 100.0),
            menus=_NO_MENU,
            key_figure=8,
        ),
        Metric(
            "discount_rate",
            "Discount rate",
            "percent",
            "discounts / (revenue + discounts)",
            ("discount", "revenue"),
            lambda m: ratio(m["discount"], m["revenue"] + m["discount"], 100.0),
            good=0,
            menus=_NO_MENU,
        ),
    )
}

# The metrics of the Overview's cards, most important first.
KEY_FIGURES = tuple(m.name for m in sorted(METRICS.values(), key=lambda m: m.key_figure) if m.key_figure)


def labels(*names: str) -> dict[str, str]:
    """Name → label of these metrics, in the order given: the choices of a chart that offers a list of its own."""
    return {n: metric(n).label for n in names}


def offered(menu: Menu) -> dict[str, str]:
    """The metrics that a menu offers, name → label, in the order of METRICS."""
    return {m.name: m.label for m in METRICS.values() if menu in m.menus}


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
