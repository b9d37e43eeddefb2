"""What a rule waits for: a metric that leaves its limits, data that get old, stock that runs out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from analytics.calendar import Grain
from analytics.engines.base import Engine
from analytics.errors import RequestError, UnknownName
from analytics.methods.alarms.alerts import AlertRule
from analytics.metrics import METRICS, Metric
from dashboard.text.formats import formats_of

GRAINS: Final[tuple[Grain, ...]] = ("day", "week", "month")
LARGEST = 1e12


@dataclass(frozen=True)
class Age:
    """Data whose last complete day is more than this number of days ago."""

    days: int


@dataclass(frozen=True)
class Stock:
    """Products whose stock lasts less than this number of days; 0: that are out of stock."""

    days: int


Condition = AlertRule | Age | Stock

# What the form offers: by key, how the list calls it, and in which unit its number is ("metric": that of the metric).
KINDS: Final[dict[str, tuple[str, str]]] = {
    "below": ("is below a value", "metric"),
    "above": ("is above a value", "metric"),
    "falls": ("falls against the period before, by at least", "%"),
    "rises": ("rises against the period before, by at least", "%"),
    "low": ("is unusually low", ""),
    "high": ("is unusually high", ""),
    "unusual": ("is unusual", ""),
    "age": ("— data are older than", "days"),
    "stock": ("— stock lasts less than (0: out of stock)", "days"),
}
_DIRECTIONS: Final = {"low": "down", "high": "up", "unusual": "both"}


def metrics_of(engine: Engine) -> dict[str, str]:
    """The metrics that a rule can watch in these data, with their labels: the key figures, then refunds."""
    chosen = [
        m for m in METRICS.values() if (m.key_figure or m.name == "refunds") and not engine.schema.missing(m.needs)
    ]
    return {m.name: m.label for m in sorted(chosen, key=lambda m: m.key_figure or 99)}


def made(title: str, kind: str, metric: str, grain: str, number: str, engine: Engine) -> Condition:
    """The condition of a form. RequestError where it makes no sense in these data."""
    if kind not in KINDS:
        raise UnknownName("condition", kind, KINDS, where="kind")
    if kind in ("age", "stock"):
        days = _number(number, least=1 if kind == "age" else 0, most=1000)
        if kind == "age":
            return Age(math.ceil(days))
        if "stock" not in engine.schema.tables:
            raise RequestError(f"{engine.profile.title} has no stock.", where="kind")
        return Stock(math.ceil(days))
    if metric not in metrics_of(engine):
        raise UnknownName("metric", metric, metrics_of(engine), where="metric")
    if grain not in GRAINS:
        raise UnknownName("period", grain, GRAINS, where="grain")
    limits: dict[str, Any] = {}
    if kind in _DIRECTIONS:
        if "order" not in METRICS[metric].additive or grain == "month":
            raise RequestError(
                "what is unusual is known by day and by week, of revenue, orders, units and other sums.", where="metric"
            )
        limits = {"when": "outside", "direction": _DIRECTIONS[kind]}
    elif kind in ("falls", "rises"):
        most = 100 if kind == "falls" else 1e6
        limits = {"when": "change", f"{kind}_by": _number(number, least=0.1, most=most)}
    else:
        limits = {"when": "threshold", kind: _number(number, least=-LARGEST, most=LARGEST)}
    period = next(g for g in GRAINS if g == grain)
    return AlertRule(name=title, metric=metric, grain=period, **limits)


def form_of(condition: Condition) -> dict[str, str]:
    """The fields of the form that make this condition: kind, metric, grain, number."""
    if isinstance(condition, (Age, Stock)):
        return {"kind": "age" if isinstance(condition, Age) else "stock", "number": str(condition.days)}
    rule = condition
    if rule.when == "outside":
        kind, number = next(k for k, d in _DIRECTIONS.items() if d == rule.direction), None
    else:
        limits = {"below": rule.below, "above": rule.above, "falls": rule.falls_by, "rises": rule.rises_by}
        kind, number = next((k, v) for k, v in limits.items() if v is not None)
    shown = "" if number is None else f"{number:.10g}"
    return {"kind": kind, "metric": rule.metric, "grain": rule.grain, "number": shown}


def kept(condition: Condition) -> str:
    """The condition as the store keeps it."""
    name = {AlertRule: "rule", Age: "age", Stock: "stock"}[type(condition)]
    return json.dumps({"is": name, **asdict(condition)}, sort_keys=True)


def read(text: str) -> Condition:
    """The condition that the store keeps."""
    found = json.loads(text)
    made: dict[str, Callable[..., Condition]] = {"rule": AlertRule, "age": Age, "stock": Stock}
    return made[found.pop("is")](**found)


def sentence(condition: Condition, engine: Engine | None) -> str:
    """The condition in words: 'Revenue in a day is below $4,000.00'. Without the data, numbers have no currency."""
    if isinstance(condition, Age):
        return f"The data are more than {_days(condition.days)} old"
    if isinstance(condition, Stock):
        return (
            f"Stock of a product lasts less than {_days(condition.days)}"
            if condition.days
            else "A product is out of stock"
        )
    rule = condition
    metric = METRICS[rule.metric]

    def shown(value: float) -> str:
        return formats_of(engine.profile).metric(rule.metric, value) if engine else f"{value:,.10g}"

    many = plural(metric)
    of = f"{metric.label} in a {rule.grain}"
    be = "are" if many else "is"
    if rule.when == "outside":
        return f"{of} {be} {({'down': 'unusually low', 'up': 'unusually high'}).get(rule.direction, 'unusual')}"
    limits = (("below", rule.below), ("above", rule.above))
    parts = [f"{be} {side} {shown(value)}" for side, value in limits if value is not None]
    against = f"against the {rule.grain} before"
    verbs = ("fall", "rise") if many else ("falls", "rises")
    changes = zip(verbs, (rule.falls_by, rule.rises_by), strict=True)
    parts += [f"{verb} by {value:.10g} % or more {against}" for verb, value in changes if value is not None]
    return f"{of} {' or '.join(parts)}"


def plural(metric: Metric) -> bool:
    """Whether a metric's label is a plural: 'Orders', 'Items per order'."""
    return metric.label.split()[0].endswith("s")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _number(text: str, *, least: float, most: float) -> float:
    plain = re.sub(r"[\s\u202f]", "", text).removesuffix("%").replace("−", "-")
    if re.fullmatch(r"-?[1-9][0-9]{0,2}(\.[0-9]{3}|(\.[0-9]{3})+,[0-9]+)", plain):
        raise RequestError(
            f"{plain} has two meanings: write decimals with a point, and thousands without.", where="number"
        )
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,6})?", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", plain):
        raise RequestError("a number is expected, such as 4000 or 12.5.", where="number")
    value = float(plain)
    if not least <= value <= most:
        raise RequestError(f"a number from {least:,.10g} to {most:,.10g} is expected.", where="number")
    return value
