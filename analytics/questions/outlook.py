"""Where is it going, what was unusual, and why did it change: the methods of time as questions of a selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import GRAINS, Calendar, Grain, TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData, NotInData, RequestError, UnknownName
from analytics.language import N_, english
from analytics.methods.alarms.alerts import AlertRule, BackTest, back_test
from analytics.methods.alarms.anomalies import anomalies as find_anomalies
from analytics.methods.commerce.bridge import Bridge, mix_and_rate, price_volume_mix, profit_bridge
from analytics.methods.commerce.bridge import revenue_bridge as factor_bridge
from analytics.methods.timeseries.forecast import COURSES
from analytics.methods.timeseries.forecast import forecast as make_forecast
from analytics.methods.timeseries.series import History, history_of
from analytics.metrics import METRICS
from analytics.selection import Clause, Resolved

ROUNDING = 1e-9  # share of the larger total; anything smaller is rounding noise, not a step
MOST_NAMES = 1000  # number of products searched for a misspelt one
NO_STEPS = pd.DataFrame({"step": pd.Series(dtype="str"), "value": pd.Series(dtype="float64")})
LEAST_SELLING = 0.25  # of the last year's days must have an order, so that there is a usual day
SHOWN = {"day": 60, "week": 26, "month": 36}  # periods of history drawn before a forecast


def daily(engine: Engine, selection: Resolved, metric: str) -> pd.Series:
    """The metric by day over the whole history up to the end of the range, filters applied; days without an order are
    0."""
    history = selection.at(TimeRange(selection.bounds.start, min(selection.span.end, selection.bounds.complete.end)))
    frame = engine.aggregate(["period"], [metric], history.by("day"))
    return pd.Series(frame[metric].to_numpy(float), index=pd.DatetimeIndex(frame["period"]), name=metric)


def known_events(engine: Engine) -> list[str]:
    """Days of the events table, which are neither judged nor learnt from."""
    if "events" not in engine.schema.tables:
        return []
    return [str(d)[:10] for d in engine.table("events")["date"]]


def forecast(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What comes next, how sure is that? Grain: one row per period: the last known ones (kind "history"), then the
    forecast (kind "forecast").

    Columns: period, kind, the metric, lower_80, upper_80, lower_95, upper_95 (blank for history, and where past errors
    are too few for a band). Learns from the whole history up to the end of the range; the grain follows from its
    length. Options: `metric`; `product`, that of one product instead of those filtered. more["scorecard"]:
    rolling-origin errors of the methods tried and of seasonal naive; more["grain"]: the grain, the method
    chosen, the last period, of weeks the last day (until), and how many of the last known periods were not learnt from,
    as they end in a December peak (set_aside); more["last_year"], where the history has it: what the
    same days brought a year (364 days) before, and as many days before those (means of a day: after, before).
    Raises NotEnoughData with the reason where an honest forecast cannot be given, UnknownName for a product that the
    data do not have. Method: forecast.py.
    """
    metric = options.get("metric") or "revenue"
    product = options.get("product") or ""
    if product:
        selection = _of_product(engine, selection, product)
    series = daily(engine, selection, metric)
    if series.empty or not series.any():
        return Answer(pd.DataFrame({"period": [], "kind": [], metric: []}))
    result = make_forecast(series, holidays=known_events(engine), calendar=selection.calendar)
    if result.refused:
        raise NotEnoughData(result.reason)
    ahead = result.frame.drop(columns="holiday").rename(columns={"value": metric})
    grain = next(g for g in GRAINS if g == result.grain)
    past = _summed(series, grain, selection)[-SHOWN.get(result.grain, 60) :]
    history = pd.DataFrame(
        {
            "period": [str(d)[:7] if result.grain == "month" else str(d)[:10] for d in past.index],
            metric: past.to_numpy(),
        }
    )
    frame = pd.concat([history.assign(kind="history"), ahead.assign(kind="forecast")], ignore_index=True)
    return Answer(
        frame[["period", "kind", metric, "lower_80", "upper_80", "lower_95", "upper_95"]],
        (
            *((f"{engine.schema.label('product', product)}.",) if product else ()),
            *((COURSES[result.method],) if result.method in COURSES else ()),
            *result.reasons,
        ),
        {
            "scorecard": result.scorecard.reset_index(drop=True),
            "grain": pd.DataFrame(
                {
                    "grain": [grain],
                    "method": [result.method],
                    "until": [_until(ahead, grain)],
                    "set_aside": [result.set_aside],
                }
            ),
            "last_year": _last_year(series, ahead, selection.calendar, grain),
        },
    )


def _until(ahead: pd.DataFrame, grain: Grain) -> str:
    """The last period of a forecast, or its last day where that is a week."""
    last = str(ahead["period"].iloc[-1])
    return str(np.datetime64(last, "D") + 6) if grain == "week" else last


def _last_year(series: pd.Series, ahead: pd.DataFrame, calendar: Calendar, grain: Grain) -> pd.DataFrame:
    """What a day brought a year before the forecast's days (after) and in as many days before (before); no row where
    the history does not reach that far back.
    """
    first, last = (np.datetime64(str(ahead["period"].iloc[place]), "D") for place in (0, -1))
    length = int((calendar.next(last, grain) - first).astype(int))
    begin = int(np.searchsorted(series.index.to_numpy("datetime64[D]"), first - 364))
    if begin < length or len(series) < begin + length or series.index[begin].to_datetime64() != first - 364:
        return pd.DataFrame({"before": [], "after": []})
    values = series.to_numpy()
    return pd.DataFrame(
        {"before": [values[begin - length : begin].mean()], "after": [values[begin : begin + length].mean()]}
    )


def _of_product(engine: Engine, selection: Resolved, product: str) -> Resolved:
    """The selection with this product in place of the filtered ones."""
    chosen = Clause("product", (product,))
    if engine.unknown_values(selection.only(chosen)):
        known, _ = engine.values("product", "", selection.only(), MOST_NAMES)
        raise UnknownName("product", product, [str(v) for v in known["value"]], where="forecast.product")
    others = (c for c in selection.clauses if c.field not in engine.schema.product_levels or c.whole_orders)
    return selection.only(*others, chosen)


def _summed(series: pd.Series, grain: Grain, selection: Resolved) -> pd.Series:
    """Whole periods only, by their first day."""
    if grain == "day":
        return series
    days = series.index.to_numpy("datetime64[D]")
    starts = selection.calendar.floor(days, grain)
    summed = series.groupby(starts).sum()
    counts = pd.Series(1, series.index).groupby(starts).sum()
    full = [
        int((selection.calendar.next(np.datetime64(s, "D"), grain) - np.datetime64(s, "D")).astype(int))
        for s in summed.index
    ]
    whole: pd.Series = summed[counts.to_numpy() == np.array(full)]
    return whole


def anomalies(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """On which days did something happen that chance does not explain? Grain: one row per day of the range.

    Columns: period (day), the metric, expected, lower, upper (where the detector expects it), p, state (ok, alert,
    learning, holiday, closed, season), days (7 where an alert is about the seven days that end with it, not about the
    day alone), total and usual (what these days brought, and what was to be expected of them). Judged together with
    the number of orders. The first 84 days of the history only teach: a shorter one is all "learning". more["alerts"]:
    one row per episode. About one false alarm in a thousand days. Raises NotEnoughData where most days of the last year
    have no order at all: then none is unusual. Method: anomalies.py.
    """
    metric = options.get("metric") or "revenue"
    series = daily(engine, selection, metric)
    empty = pd.DataFrame({"period": pd.Series(dtype="str"), metric: pd.Series(dtype="float64")})
    if series.empty or not series.any():
        return Answer(empty)
    _require_usual_days(series[-365:])
    found = find_anomalies(
        series,
        orders=daily(engine, selection, "orders"),
        holidays=known_events(engine),
        calendar=selection.calendar,
    )
    points = found.points.drop(columns=["orders", "orders_expected"]).rename(columns={"value": metric})
    inside = points["period"] >= str(selection.span.start)
    columns = ["period", metric, "expected", "lower", "upper", "p", "state", "days", "total", "usual"]
    points = points.loc[inside, columns].reset_index(drop=True)
    alerts = found.alerts[found.alerts["until"] >= str(selection.span.start)] if len(found.alerts) else found.alerts
    states = points["state"]
    learning = int((states == "learning").sum())
    judged = int(states.isin(("ok", "alert")).sum())
    words = N_("None of {days:judged day|judged days} was unusual.", days=judged)
    if len(alerts):
        words = N_(
            "{episodes:unusual day or week|unusual days or weeks} in {days:judged day|judged days}. "
            "By chance alone, about one day in a thousand is unusual.",
            episodes=len(alerts),
            days=judged,
        )
    unjudged = len(points) - judged - learning
    return Answer(
        points,
        (
            words,
            *((N_("{days:day|days} only set what is usual.", days=learning),) if learning else ()),
            *((N_("{days:day|days} could not be judged.", days=unjudged),) if unjudged else ()),
        ),
        {"alerts": alerts.reset_index(drop=True)},
    )


def _require_usual_days(series: pd.Series) -> None:
    selling = int((series != 0).sum())
    if selling < LEAST_SELLING * len(series):
        raise NotEnoughData(
            N_("Only {selling} of {days:day|days} have an order: no day is usual.", selling=selling, days=len(series))
        )


def revenue_bridge(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Why did revenue change against the comparison? Grain: one row per step of the bridge, "base" first and "now"
    last.

    Option `method`: "factors" splits the change of known customers' revenue into customers × orders per customer ×
    order value (Shapley), what came without a customer apart; "prices" into volume, mix and price over products
    sold in both periods (base-weighted), new and discontinued ones apart; "profit" splits the change of profit into
    volume, mix, price and cost likewise. Columns: step, revenue or profit (money), share (% of the change). The
    steps sum to the change exactly. more["parts"]: the largest products or the factors. Raises NotEnoughData
    without a comparison, or by factors where either range has no known customers. Method: bridge.py.
    """
    before = selection.compared
    method = options.get("method") or "factors"
    metric = "profit" if method == "profit" else "revenue"
    if metric == "profit":
        bridge, extra = _profit_bridge(engine, selection)
    elif method == "prices" or "customer" not in engine.schema:
        bridge, extra = _price_bridge(engine, selection)
    else:
        bridge, extra = _factor_bridge(engine, selection)
    steps = pd.concat([bridge.steps, extra], ignore_index=True)
    base, now = (float(engine.aggregate([], [metric], s)[metric].iloc[0]) for s in (before, selection))
    change = now - base
    steps = steps[steps["value"].abs() > ROUNDING * max(abs(base), abs(now))]
    ends = [pd.DataFrame({"step": ["base"], "value": [base]}), steps, pd.DataFrame({"step": ["now"], "value": [now]})]
    frame = pd.concat(ends, ignore_index=True).rename(columns={"value": metric})
    frame["share"] = np.where(
        frame["step"].isin(["base", "now"]) | (change == 0), np.nan, frame[metric] / (change or np.nan) * 100
    )
    return Answer(frame, tuple(bridge.notes), {"parts": bridge.parts.reset_index()})


def _factor_bridge(engine: Engine, selection: Resolved) -> tuple[Bridge, pd.DataFrame]:
    names = ["revenue", "known_revenue", "known_orders", "customers"]
    sides = []
    unknown = []
    for side in (selection.before, selection):
        assert side is not None
        row = engine.aggregate([], names, side).iloc[0]
        sides.append(
            {
                "revenue": float(row["known_revenue"]),
                "orders": float(row["known_orders"]),
                "customers": float(row["customers"]),
            }
        )
        unknown.append(float(row["revenue"] - row["known_revenue"]))
    return factor_bridge(*sides), pd.DataFrame(
        {"step": ["orders without a customer"], "value": [unknown[1] - unknown[0]]}
    )


def _price_bridge(engine: Engine, selection: Resolved) -> tuple[Bridge, pd.DataFrame]:
    return price_volume_mix(_both_sides(engine, selection, {"units": "quantity", "revenue": "amount"})), NO_STEPS


def _profit_bridge(engine: Engine, selection: Resolved) -> tuple[Bridge, pd.DataFrame]:
    """By products whose cost is known on all lines; what the others, known in part, changed is a step of its own."""
    names = {"units": "quantity", "costed_revenue": "amount", "cost": "cost", "revenue": "revenue"}
    items = _both_sides(engine, selection, names)
    partly = pd.Series(False, index=items.index)
    for side in ("base", "now"):
        partly |= ~np.isclose(items[f"amount_{side}"], items[f"revenue_{side}"], atol=0.005)
    lacking = items[partly]
    apart = (lacking["amount_now"] - lacking["cost_now"] - lacking["amount_base"] + lacking["cost_base"]).sum()
    extra = pd.DataFrame({"step": ["cost known in part"], "value": [float(apart)]})
    return profit_bridge(items[~partly].drop(columns=["revenue_base", "revenue_now"])), extra


def _both_sides(engine: Engine, selection: Resolved, names: Mapping[str, str]) -> pd.DataFrame:
    """Measures by product in the comparison and in the range (index: product), as <name>_base and <name>_now."""
    assert selection.before is not None
    frames = [
        engine.aggregate(["product"], list(names), side)
        .set_index("product")
        .rename(columns={measure: f"{name}_{n}" for measure, name in names.items()})
        for n, side in (("base", selection.before), ("now", selection))
    ]
    return frames[0].join(frames[1], how="outer").fillna(0.0)


def order_value_bridge(engine: Engine, selection: Resolved, options: Options, *, by: str = "product") -> Answer:
    """Average order value changed: did the segments' own values change, or only their weights? Grain: one row per value
    of the option `by`.

    Columns: the dimension, rate_base, rate_now (order value, money), weight_base, weight_now (% of orders), mix, rate,
    change (money; they sum to the change of the total). A note warns when every part moved against the whole (Simpson's
    paradox). Only dimensions constant within an order are offered, else orders would count twice. Raises NotEnoughData
    without a comparison or where either range has no orders. Method: bridge.py.
    """
    before = selection.compared
    dimension = options.get("by") or by
    frames = [
        engine.aggregate([dimension], ["revenue", "orders"], side)
        .set_index(dimension)
        .rename(columns={"revenue": f"numerator_{n}", "orders": f"denominator_{n}"})
        for n, side in (("base", before), ("now", selection))
    ]
    bridge = mix_and_rate(frames[0].join(frames[1], how="outer").fillna(0.0))
    parts = bridge.parts.copy()
    parts.index.name = dimension
    parts = parts.reset_index().sort_values("change", key=np.abs, ascending=False, ignore_index=True)
    return Answer(parts, tuple(bridge.notes))


def rules_of(engine: Engine) -> list[AlertRule]:
    """The data set's alert rules about metrics that the viewer has."""
    rules = [AlertRule(**stated) for stated in engine.profile.alerts]
    return [rule for rule in rules if not engine.schema.missing(METRICS[rule.metric].needs)]


def history_for(
    engine: Engine, selection: Resolved, rule: AlertRule, by_day: Callable[[str], pd.Series] | None = None
) -> History:
    """What a rule judges: its metric over the whole history up to the end of the range, complete periods only.

    By day where the days add up to longer periods, with the number of orders for a rule about what is usual; otherwise
    (a mean, a rate, distinct customers) by the rule's own periods. `by_day`: `daily` of this engine and selection,
    where several rules share what it gives. Raises RequestError for a rule about usual values of such a metric.
    """
    by_day = by_day or partial(daily, engine, selection)
    if "order" in METRICS[rule.metric].additive:
        found = history_of(by_day(rule.metric), calendar=selection.calendar)
        if rule.when != "outside":
            return found
        return replace(found, orders=history_of(by_day("orders"), calendar=selection.calendar).values)
    if rule.when == "outside":
        raise RequestError(N_("What is usual is not known for {metric}.", metric=METRICS[rule.metric].label))
    whole = TimeRange(selection.bounds.start, min(selection.span.end, selection.bounds.complete.end))
    frame = engine.aggregate(["period"], [rule.metric], selection.at(whole).by(rule.grain))
    days = frame["period"].to_numpy().astype("datetime64[D]")
    ends = np.array([selection.calendar.next(day, rule.grain) for day in days], dtype="datetime64[D]")
    series = pd.Series(frame[rule.metric].to_numpy(float), index=pd.DatetimeIndex(days), name=rule.metric)
    cut = (days < whole.start) | (ends > whole.end)
    return history_of(series, spacing=rule.grain, partial=cut, calendar=selection.calendar, additive=False)


def tried_rules(engine: Engine, selection: Resolved) -> list[BackTest]:
    """Each alert rule of the data set, tried on the last twelve months up to the end of the range."""
    by_day = cache(partial(daily, engine, selection))
    return [back_test(rule, history_for(engine, selection, rule, by_day)) for rule in rules_of(engine)]


def alerts(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which alert rules fire now, and how often would each have fired in the last twelve months? Grain: one row per
    rule of the data set's TOML, in its order.

    Columns: rule, metric, grain, firing_now (yes or no), fired (episodes), tested (periods), sentence. The filters
    apply, so that a rule can be tried on one city; if no line passes them, nothing was sold. Raises NotInData for a
    data set without rules.
    """
    if not rules_of(engine):
        title = engine.profile.title
        hint = N_("Add them under [[alerts]] in its TOML file.")
        raise NotInData(N_("{title} has no alert rules.", title=title), hint=hint)
    rows = []
    for result in tried_rules(engine, selection):
        rule = result.rule
        now = "yes" if result.firing_now else "no"
        rows.append((rule.name, rule.metric, rule.grain, now, result.fired, result.tested, english(result.sentence)))
    columns = ["rule", "metric", "grain", "firing_now", "fired", "tested", "sentence"]
    return Answer(pd.DataFrame(rows, columns=columns))
