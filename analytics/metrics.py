"""Metrics: the numbers people read, one definition each, used by every page, export and report.

An engine computes *measures* (measures.py: sums and distinct counts over the selected lines) for each group of an
aggregation; a metric is a formula over the measures of that same group. So a ratio or a distinct count is always
computed at the grain where it is shown and never added up from smaller parts. A new ratio is one line:

    _ratio("units_per_line", N_("Units per line"), "ratio", "units", "lines", N_("units / lines")),
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from analytics.errors import UnknownName
from analytics.language import N_
from analytics.measures import MEASURES
from analytics.schema import Schema

Unit = Literal["money", "count", "percent", "ratio", "rating"]
Menu = Literal["ranking", "trend", "map", "group"]  # charts that let people choose a metric, by what they show
EVERY_MENU: tuple[Menu, ...] = get_args(Menu)

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

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Fields and tables without which the metric does not exist."""
        return tuple(dict.fromkeys(n for m in self.measures for n in MEASURES[m].needs))


_LINES = ("line", "order", "customer")


def _plain(name: str, label: str, unit: Unit, additive: Iterable[str], **more: Any) -> Metric:
    """A measure that is read as it is."""
    return Metric(name, label, unit, MEASURES[name].text, (name,), lambda m: m[name], frozenset(additive), **more)


def _charge(name: str, label: str, good: int = 0) -> Metric:
    """Money of lines besides their amounts."""
    return _plain(name, label, "money", _LINES, good=good, menus=("trend",))


def _ratio(name: str, label: str, unit: Unit, above: str, below: str, formula: str, **more: Any) -> Metric:
    """One measure divided by another, in per cent where that is the unit; `formula` says so in words."""
    scale = 100.0 if unit == "percent" else 1.0
    return Metric(name, label, unit, formula, (above, below), lambda m: ratio(m[above], m[below], scale), **more)


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        _plain("revenue", N_("Revenue"), "money", _LINES, key_figure=1),
        _plain("gross", N_("Gross revenue"), "money", _LINES, menus=(), key_figure=15),
        _plain("refunds", N_("Refunds"), "money", _LINES, good=-1, menus=()),
        _plain("orders", N_("Orders"), "count", ("order", "customer"), key_figure=2),
        _plain("units", N_("Units"), "count", _LINES, menus=("ranking", "trend"), key_figure=5),
        _plain("lines", N_("Order lines"), "count", _LINES, good=0, menus=()),
        _plain("customers", N_("Customers"), "count", ("customer",), menus=("map", "group"), key_figure=4),
        _ratio("aov", N_("Average order value"), "money", "revenue", "orders", N_("revenue / orders"), key_figure=3),
        _ratio(
            "items_per_order",
            N_("Items per order"),
            "ratio",
            "units",
            "orders",
            N_("units / orders"),
            menus=(),
            key_figure=13,
        ),
        _ratio(
            "orders_per_day",
            N_("Orders per day"),
            "ratio",
            "orders",
            "days",
            N_("orders / days of the period in the data"),
            menus=(),
            key_figure=14,
        ),
        _ratio(
            "revenue_per_customer",
            N_("Revenue per customer"),
            "money",
            "known_revenue",
            "customers",
            N_("revenue of known customers / customers; over the whole history this is the mean lifetime value"),
            menus=("group",),
            key_figure=12,
        ),
        _ratio(
            "orders_per_customer",
            N_("Orders per customer"),
            "ratio",
            "known_orders",
            "customers",
            N_("orders of known customers / customers"),
            menus=("group",),
        ),
        _ratio(
            "repeat_rate",
            N_("Repeat rate"),
            "percent",
            "repeat_customers",
            "customers",
            N_("customers with two or more orders within the range / customers"),
            menus=(),
            key_figure=6,
        ),
        _ratio(
            "refund_rate",
            N_("Refund rate"),
            "percent",
            "refunds",
            "gross",
            N_("refunds / gross revenue"),
            good=-1,
            menus=(),
            key_figure=11,
        ),
        _ratio(
            "rating",
            N_("Average rating"),
            "rating",
            "rating_sum",
            "rated_lines",
            N_("mean rating of the lines that carry one"),
            menus=(),
            key_figure=10,
        ),
        _plain("sessions", N_("Sessions"), "count", ("order",), menus=()),
        _ratio(
            "conversion_rate",
            N_("Conversion rate"),
            "percent",
            "orders",
            "sessions",
            N_("orders / sessions"),
            menus=(),
            key_figure=9,
        ),
        Metric(
            "profit",
            N_("Profit"),
            "money",
            N_("revenue of lines with a known cost − cost of goods"),
            ("costed_revenue", "cost"),
            lambda m: m["costed_revenue"] - m["cost"],
            frozenset(_LINES),
            key_figure=7,
        ),
        Metric(
            "margin",
            N_("Margin"),
            "percent",
            N_("profit / revenue of lines with a known cost"),
            ("costed_revenue", "cost"),
            lambda m: ratio(m["costed_revenue"] - m["cost"], m["costed_revenue"], 100.0),
            key_figure=8,
        ),
        Metric(
            "discount_rate",
            N_("Discount rate"),
            "percent",
            N_("discounts / (revenue + discounts)"),
            ("discount", "revenue"),
            lambda m: ratio(m["discount"], m["revenue"] + m["discount"], 100.0),
            good=0,
            menus=(),
        ),
        _charge("shipping_charged", N_("Shipping")),
        _charge("taxes", N_("Taxes")),
        _charge("duties", N_("Duties")),
        _charge("fees_charged", N_("Fees charged")),
        _charge("tips", N_("Tips"), good=1),
        _charge("gift_cards", N_("Gift cards sold")),
        _charge("fees_paid", N_("Selling fees"), good=-1),
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


def summed(menu: Menu, level: str = "line") -> dict[str, str]:
    """Those of them whose parts add up to the whole over any partition at that level: what shares, gains and running
    sums can be taken of."""
    return {name: label for name, label in offered(menu).items() if level in METRICS[name].additive}


def metric(name: str) -> Metric:
    """The metric of that name; UnknownName with a suggestion otherwise."""
    try:
        return METRICS[name]
    except (KeyError, TypeError):
        raise UnknownName("metric", str(name), METRICS) from None


def measures_of(names: Iterable[str]) -> tuple[str, ...]:
    """The measures that an engine must compute for these metrics, each once; a name that is no metric stands for
    itself."""
    return tuple(dict.fromkeys(m for n in names for m in (METRICS[n].measures if n in METRICS else (n,))))


def available(schema: Schema) -> tuple[str, ...]:
    """Metrics that this data set can give, in their order of importance."""
    return tuple(n for n, m in METRICS.items() if not schema.missing(m.needs))
