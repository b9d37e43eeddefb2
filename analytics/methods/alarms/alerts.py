"""Which alert rules fire, and how often would they have fired?

A rule is data: a threshold, a change against the period before, or a value outside the band of chance. It is read from
a data set's TOML, evaluated on a series, and tried on the past before anybody is woken by it.

    [[alerts]]
    name = "Revenue collapses"
    metric = "revenue"
    grain = "week"          # day, week, month
    when = "change"         # threshold: below, above · change: falls_by, rises_by (%) · outside: direction, level
    falls_by = 20
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from analytics.calendar import Day, Grain, add_months
from analytics.errors import CatalogError, RequestError, did_you_mean
from analytics.keys import Keys
from analytics.language import N_, either
from analytics.methods.alarms.anomalies import WINDOWS, anomalies
from analytics.methods.timeseries.series import STEPS, History

MOST_RULES = 100
LONGEST_NAME = 80
COLUMNS = ["period", "value", "base", "change", "lower", "upper", "tested", "fired", "days", "why"]
FIRINGS = ["period", "until", "periods", "value", "base", "change", "days", "why"]
DIRECTIONS = ("both", "down", "up")
KEYS = {"threshold": ("below", "above"), "change": ("falls_by", "rises_by"), "outside": ("direction", "level")}

Kind = Literal["threshold", "change", "outside"]
KINDS: tuple[Kind, ...] = ("threshold", "change", "outside")


@dataclass(frozen=True)
class AlertRule:
    """One rule. `below` and `above` in the metric's unit; `falls_by` and `rises_by` in % of the period before; `level`:
    the p below which a value is outside the band. What does not belong to the kind is None.
    """

    name: str
    metric: str
    grain: Grain
    when: Kind
    below: float | None = None
    above: float | None = None
    falls_by: float | None = None
    rises_by: float | None = None
    direction: str = "both"
    level: float = 0.001


@dataclass(frozen=True)
class BackTest:
    """How often a rule would have fired. `firings`: a row per episode of consecutive firing periods: period and until
    (its first and last), periods, and of the first value, base, change (%), days, why. `tested`: periods that could
    fire, from `since` to `until`.
    """

    rule: AlertRule
    months: float
    tested: int
    since: str
    until: str
    firings: pd.DataFrame
    firing_now: bool

    @property
    def fired(self) -> int:
        """How many episodes fired."""
        return len(self.firings)

    @property
    def sentence(self) -> str:
        """The result in words, to follow the name of the rule."""
        if not self.tested:
            return N_("cannot be tried: no period of the history could fire.")
        months = round(self.months)
        said = {
            0: N_("would never have fired in {months:month|months}.", months=months),
            1: N_("would have fired once in {months:month|months}.", months=months),
            2: N_("would have fired twice in {months:month|months}.", months=months),
        }
        often = N_("would have fired {fired:time|times} in {months:month|months}.", fired=self.fired, months=months)
        return said.get(self.fired, often)


def read_alerts(tables: object, *, file: str, metrics: Collection[str]) -> tuple[AlertRule, ...]:
    """The rules under `[[alerts]]` of a TOML, checked.

    `tables`: the untrusted value of that key; None gives no rules. Raises CatalogError that names file, key, what was
    expected and what came: an unknown key or metric, a wrong type, a rule that can never fire, a name used twice.
    """
    if tables is None:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CatalogError(N_("expected tables, each begun by {begin}.", begin="[[alerts]]"), where=f"{file}: alerts")
    if len(tables) > MOST_RULES:
        raise CatalogError(
            N_("{rules:rule|rules}; at most {most} are allowed.", rules=len(tables), most=MOST_RULES),
            where=f"{file}: alerts",
        )
    rules: list[AlertRule] = []
    for number, table in enumerate(tables, start=1):
        keys = Keys(table, file, f"alerts[{number}]")
        rule = _read_rule(keys, metrics)
        if rule.name in {known.name for known in rules}:
            keys.fail("name", N_("a second rule is named {name}.", name=repr(rule.name)), N_("Rename one."))
        rules.append(rule)
    return tuple(rules)


def _read_rule(keys: Keys, metrics: Collection[str]) -> AlertRule:
    name = keys.text("name", longest=LONGEST_NAME).strip()
    if not name:
        keys.fail("name", N_("a name is expected, none was found."), N_("Add one: it is what the alert says."))
    metric = keys.text("metric", longest=LONGEST_NAME)
    if metric not in metrics:
        unknown = N_("unknown metric {name}.", name=repr(metric))
        expected = unknown if metric else N_("a metric is expected, none was found.")
        keys.fail("metric", expected, did_you_mean(metric, metrics))
    when = keys.choice("when", KEYS, "")
    if not when:
        keys.fail("when", N_("expected one of {names}; none was found.", names=", ".join(KEYS)))
    rule = AlertRule(
        name=name,
        metric=metric,
        grain=next(g for g in STEPS if g == keys.choice("grain", STEPS, "day")),
        when=next(k for k in KINDS if k == when),
        below=_number(keys, "below"),
        above=_number(keys, "above"),
        falls_by=_number(keys, "falls_by", least=0, most=100),
        rises_by=_number(keys, "rises_by", least=0, most=1e6),
        direction=keys.choice("direction", DIRECTIONS, "both"),
        level=keys.number("level", 0.001, least=1e-9, most=0.1),
    )
    keys.finish()
    _refuse_unused_keys(keys, rule)
    _refuse_senseless_limits(keys, rule)
    return rule


def _refuse_unused_keys(keys: Keys, rule: AlertRule) -> None:
    """CatalogError for a key of another kind of rule, or where none of the rule's own kind is given."""
    for kind, own in KEYS.items():
        strange = [key for key in own if key in keys and kind != rule.when]
        if strange:
            told = N_("belongs to when = {kind}, not to {other}.", kind=repr(kind), other=repr(rule.when))
            keys.fail(strange[0], told, N_("Remove it or change `when`."))
    if rule.when != "outside" and not any(key in keys for key in KEYS[rule.when]):
        needed = either(KEYS[rule.when])
        keys.fail("", N_("when = {kind} needs {names}.", kind=repr(rule.when), names=needed))


def _refuse_senseless_limits(keys: Keys, rule: AlertRule) -> None:
    """CatalogError for limits under which every period fires, or none can be judged."""
    if rule.below is not None and rule.above is not None and rule.below > rule.above:
        below, above = f"{rule.below:g}", f"{rule.above:g}"
        fires = N_("every value fires: below {below} or above {above}.", below=below, above=above)
        keys.fail("below", fires, N_("Exchange the two."))
    if 0 in (rule.falls_by, rule.rises_by):
        keys.fail("falls_by" if rule.falls_by == 0 else "rises_by", N_("expected more than 0%."))
    if rule.when == "outside" and rule.grain not in WINDOWS:
        keys.fail("grain", N_("a band is known by {names}, not by {grain}.", names=either(WINDOWS), grain=rule.grain))


def _number(keys: Keys, key: str, *, least: float = -1e15, most: float = 1e15) -> float | None:
    value = keys.number(key, math.nan, least=least, most=most)
    return None if math.isnan(value) else value


def evaluate(
    rule: AlertRule,
    history: History,
    *,
    holidays: Iterable[date | Day | str] | None = None,
    bands: bool = True,
) -> pd.DataFrame:
    """In which whole periods does this rule fire?

    `history`: the rule's metric at the rule's grain, or by day, then summed (additive metrics only). `holidays` are not
    judged by what is usual. Returns a row per whole period: period (ISO), value, base (the period before, or the
    expected value), change (% against base; NaN where the base is 0, negative or unknown), lower and upper (the limits;
    NaN: none; without `bands` those of chance are blank), tested (whether it could fire), fired, days (1; 7 where the
    seven days that end here fired together: value and base are then theirs, without limits), why (a sentence; empty
    where not fired). Months are compared as they are, with their 28 to 31 days.

    An unknown value or base never fires. An empty history gives an empty frame. Raises RequestError where the history
    is coarser than the rule or would have to be summed though not additive.
    """
    if len(history.days) and history.grain != rule.grain:
        if history.grain != "day" or not history.additive:
            raise RequestError(f"rule {rule.name!r} needs the series by {rule.grain}, not by {history.grain}.")
        history = history.summed(rule.grain)
    if not len(history.days):
        nothing = np.empty(0)
        return _frame(history, nothing, nothing, nothing, nothing, [])
    if rule.when == "outside":
        return _outside(rule, history, holidays, bands)
    if rule.when == "change":
        return _changed(rule, history)
    nothing = np.full(len(history.days), np.nan)
    lower = nothing if rule.below is None else np.full_like(nothing, rule.below)
    upper = nothing if rule.above is None else np.full_like(nothing, rule.above)
    why = [
        f"{value:,.6g} is {'below' if value < low else 'above'} {low if value < low else high:,.6g}."
        for value, low, high in zip(history.values, lower, upper, strict=True)
    ]
    return _frame(history, nothing, lower, upper, (history.values < lower) | (history.values > upper), why)


def _changed(rule: AlertRule, history: History) -> pd.DataFrame:
    before = np.concatenate([[np.nan], history.values[:-1]])
    base = np.where(before > 0, before, np.nan)
    falls = math.inf if rule.falls_by is None else rule.falls_by
    rises = math.inf if rule.rises_by is None else rule.rises_by
    change = np.round(100 * (history.values / base - 1), 9)  # 80 of 100 is a fall by 20, not by 19.999…
    lower = base * (1 - falls / 100) if math.isfinite(falls) else base * np.nan
    upper = base * (1 + rises / 100) if math.isfinite(rises) else base * np.nan
    why = [f"{'fell' if part < 0 else 'rose'} by {abs(part):.1f}% against the {rule.grain} before." for part in change]
    return _frame(history, base, lower, upper, (change <= -falls) | (change >= rises), why)


def _outside(
    rule: AlertRule, history: History, holidays: Iterable[date | Day | str] | None, bands: bool
) -> pd.DataFrame:
    days = pd.DatetimeIndex(history.days.astype("datetime64[s]"))
    found = anomalies(
        pd.Series(history.values, index=days, name=rule.metric),
        orders=None if history.orders is None else pd.Series(history.orders, index=days),
        spacing=rule.grain,
        holidays=holidays,
        calendar=history.calendar,
        additive=history.additive,
        level=rule.level,
        bands=bands,
    ).points.set_index("period")
    seen = found.reindex(history.days.astype(str))
    fired = (seen["state"] == "alert").to_numpy()
    together = fired & (seen["days"] > 1).to_numpy()
    total = seen["total"].to_numpy(float)
    usual = seen["usual"].to_numpy(float)
    side = {"down": total < usual, "up": total > usual, "both": np.ones(len(total), dtype=bool)}[rule.direction]
    why = [
        f"{f'the {length:.0f} days to it brought ' if joint else ''}{value:,.6g}"
        f"{', ' if joint else ' is '}{'below' if value < middle else 'above'} what was to be expected: {middle:,.6g}."
        for joint, length, value, middle in zip(together, seen["days"], total, usual, strict=True)
    ]
    lower, upper = (np.where(together, np.nan, seen[end].to_numpy(float)) for end in ("lower", "upper"))
    value = np.where(together, total, history.values)
    base = np.where(together, usual, seen["expected"].to_numpy(float))
    length = np.where(together, seen["days"].to_numpy(float), 1).astype(int)
    made = _frame(replace(history, values=value), base, lower, upper, fired & side, why, length)
    return made.assign(tested=seen["p"].notna().to_numpy() & (side | ~together))


def _frame(
    history: History,
    base: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    fired: np.ndarray,
    why: list[str],
    days: np.ndarray | int = 1,
) -> pd.DataFrame:
    change = 100 * (history.values / np.where(base > 0, base, np.nan) - 1)
    return pd.DataFrame(
        {
            "period": [history.calendar.name(day, history.grain) for day in history.days],
            "value": history.values,
            "base": base,
            "change": change,
            "lower": lower,
            "upper": upper,
            "tested": ~np.isnan(history.values) & ~(np.isnan(lower) & np.isnan(upper)),
            "fired": fired.astype(bool),
            "days": days,
            "why": [reason if hit else "" for reason, hit in zip(why, fired, strict=True)],
        },
        columns=COLUMNS,
    )


def back_test(
    rule: AlertRule, history: History, *, months: int = 12, holidays: Iterable[date | Day | str] | None = None
) -> BackTest:
    """How often would this rule have fired in the last `months` months of the data, and when?

    Arguments as `evaluate`, which sees the whole history; only periods that begin in those months count. Consecutive
    firing periods are one firing: a rule that stays red does not fire again. Where less is known, `months` of the
    result says so; a history in which nothing could fire has `tested` 0. Raises RequestError as `evaluate`, and for
    less than a month.
    """
    if months < 1:
        raise RequestError(f"at least 1 month is needed, not {months}.", where="months")
    seen = evaluate(rule, history, holidays=holidays, bands=False)
    begins = seen["period"].to_numpy().astype("datetime64[D]")
    end = history.calendar.next(begins[-1], rule.grain) if len(begins) else np.datetime64("1970-01-01", "D")
    counted = begins >= add_months(end, -months)
    recent = seen[counted]
    days = float((end - begins[counted][0]).astype(int)) if counted.any() else 0.0
    tried = recent["period"][recent["tested"]]
    return BackTest(
        rule=rule,
        months=min(float(months), days / 30.4375),
        tested=int(recent["tested"].sum()),
        since=tried.iloc[0] if len(tried) else "",
        until=tried.iloc[-1] if len(tried) else "",
        firings=_firings(recent),
        firing_now=bool(len(recent) and recent["fired"].iloc[-1]),
    )


def _firings(seen: pd.DataFrame) -> pd.DataFrame:
    """Firing periods in a row are one; so are sums of days that overlap."""
    rows = np.flatnonzero(seen["fired"].to_numpy(dtype=bool))
    apart = np.diff(rows) > seen["days"].to_numpy()[rows[1:]]
    begins = rows[np.concatenate([[True], apart])] if len(rows) else rows
    ends = rows[np.concatenate([apart, [True]])] if len(rows) else rows
    first = seen.iloc[begins].reset_index(drop=True)
    first["until"] = seen["period"].to_numpy()[ends]
    first["periods"] = ends - begins + 1
    return first[FIRINGS]
