"""On which days did something happen that chance does not explain?"""

from __future__ import annotations

import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.language import N_
from analytics.methods.alarms.anomalies import anomalies as find_anomalies
from analytics.questions.outlook.days import daily, known_events
from analytics.selection import Resolved

LEAST_SELLING = 0.25  # of the last year's days must have an order, so that there is a usual day


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
