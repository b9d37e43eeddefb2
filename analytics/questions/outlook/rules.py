"""Which alert rules of the data set fire, and on what do they judge?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotInData, RequestError
from analytics.language import N_, english
from analytics.methods.alarms.alerts import AlertRule, BackTest, back_test
from analytics.methods.timeseries.series import History, history_of
from analytics.metrics import METRICS
from analytics.questions.outlook.days import daily
from analytics.selection import Resolved


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
