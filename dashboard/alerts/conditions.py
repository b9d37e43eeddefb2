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
from analytics.language import N_, _
from analytics.methods.alarms.alerts import AlertRule
from analytics.metrics import METRICS
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
    "below": (N_("is below a value"), "metric"),
    "above": (N_("is above a value"), "metric"),
    "falls": (N_("falls by at least … % on the period before"), "%"),
    "rises": (N_("rises by at least … % on the period before"), "%"),
    "low": (N_("is unusually low"), ""),
    "high": (N_("is unusually high"), ""),
    "unusual": (N_("is unusual"), ""),
    "age": (N_("data are older than … days"), "days"),
    "stock": (N_("stock lasts less than … days (0: out of stock)"), "days"),
}
PER: Final[dict[str, str]] = {
    "day": N_("{metric} per day"),
    "week": N_("{metric} per week"),
    "month": N_("{metric} per month"),
}
_UNUSUAL: Final = {
    "down": N_("{what}: unusually low"),
    "up": N_("{what}: unusually high"),
    "both": N_("{what}: unusual"),
}
_LIMITS: Final = {
    "below": N_("below {value}"),
    "above": N_("above {value}"),
    "falls": N_("down {value} or more on the period before"),
    "rises": N_("up {value} or more on the period before"),
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
            raise RequestError(N_("{data} has no stock levels.", data=engine.profile.title), where="kind")
        return Stock(math.ceil(days))
    if metric not in metrics_of(engine):
        raise UnknownName("metric", metric, metrics_of(engine), where="metric")
    if grain not in GRAINS:
        raise UnknownName("period", grain, GRAINS, where="grain")
    limits: dict[str, Any] = {}
    if kind in _DIRECTIONS:
        if "order" not in METRICS[metric].additive or grain == "month":
            raise RequestError(
                N_("unusual values can be found by day or week, for revenue, orders, units and other sums."),
                where="metric",
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
    """The condition in words: 'Revenue per day: below $4,000.00'. Without the data, numbers have no currency."""
    if isinstance(condition, Age):
        return _("Data more than {days:day|days} old", days=condition.days)
    if isinstance(condition, Stock):
        if not condition.days:
            return _("A product out of stock")
        return _("Stock of a product for less than {days:day|days}", days=condition.days)
    rule = condition
    what = _(PER[rule.grain], metric=METRICS[rule.metric].label)
    if rule.when == "outside":
        return _(_UNUSUAL[rule.direction], what=what)

    def shown(value: float) -> str:
        return formats_of(engine.profile).metric(rule.metric, value) if engine else f"{value:,.10g}"

    limits = (("below", rule.below), ("above", rule.above))
    parts = [_(_LIMITS[side], value=shown(value)) for side, value in limits if value is not None]
    sign = formats_of(engine.profile).percent_sign if engine else "%"
    changes = (("falls", rule.falls_by), ("rises", rule.rises_by))
    parts += [_(_LIMITS[side], value=f"{value:.10g}{sign}") for side, value in changes if value is not None]
    limit = parts[0] if len(parts) == 1 else _("{one} or {other}", one=parts[0], other=parts[1])
    return _("{what}: {limit}", what=what, limit=limit)


def _number(text: str, *, least: float, most: float) -> float:
    plain = re.sub(r"[\s\u202f$€£¥₹]", "", text).removesuffix("%").replace("−", "-")
    if re.fullmatch(r"-?[1-9][0-9]{0,2}(\.[0-9]{3}|(\.[0-9]{3})+,[0-9]+)", plain):
        raise RequestError(
            N_("{number} can be read in two ways. Write decimals with a point and no thousands mark.", number=plain),
            where="number",
        )
    if re.fullmatch(r"-?[0-9]{1,3}((,[0-9]{3})+(\.[0-9]{1,6})?|(\.[0-9]{3}){2,})", plain):
        plain = plain.replace(",", "") if "," in plain else plain.replace(".", "")
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", plain):
        raise RequestError(N_("enter a number, such as 4000 or 12.5."), where="number")
    value = float(plain)
    if not least <= value <= most:
        raise RequestError(
            N_("enter a number from {least} to {most}.", least=f"{least:,.10g}", most=f"{most:,.10g}"), where="number"
        )
    return value
