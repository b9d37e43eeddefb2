"""Where is it going?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import GRAINS, Calendar, Grain
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData, UnknownName
from analytics.methods.timeseries.forecast import COURSES
from analytics.methods.timeseries.forecast import forecast as make_forecast
from analytics.questions.outlook.days import daily, known_events
from analytics.selection import Clause, Resolved

MOST_NAMES = 1000  # number of products searched for a misspelt one
SHOWN = {"day": 60, "week": 26, "month": 36}  # periods of history drawn before a forecast


def forecast(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What comes next, how sure is that? Grain: one row per period: the last known ones (kind "history"), then the
    forecast (kind "forecast").

    Columns: period, kind, the metric, lower_80, upper_80, lower_95, upper_95 (blank for history, and where past errors
    are too few for a band). Learns from the whole history up to the end of the range; the grain follows from its
    length. Options: `metric`; `product`, that of one product instead of those filtered. more["scorecard"]:
    rolling-origin errors of the methods tried and of seasonal naive; more["grain"]: the grain, the method chosen, the
    last period, of weeks the last day (until), and how many of the last known periods were not learnt from, as they end
    in a December peak (set_aside); more["last_year"], where the history has it: what the same days brought a year (364
    days) before, and as many days before those (means of a day: after, before). Raises NotEnoughData with the reason
    where an honest forecast cannot be given, UnknownName for a product that the data do not have. Method: forecast.py.
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
