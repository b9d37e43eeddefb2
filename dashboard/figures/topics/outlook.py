"""What comes next, and what was unusual."""

from __future__ import annotations

from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import (
    HOVER_TEXT,
    Figure,
    Trace,
    figure,
    gaps,
    metric_of,
    metric_ticks,
)
from dashboard.figures.periods import day_labels

MONTH = len("2025-07")
ROOM_PARTS = 3  # hundredths of the days, left free before the first one
MOST_DAYS = 7  # number of labels along the bottom


def forecast(answer: Answer, context: Context) -> Figure:
    """The history as a solid line, the forecast dashed inside its 80 % and 95 % bands.

    Frame: period (days, or months as 2025-07), kind ("known" or "forecast"), a metric, lower_80, upper_80, lower_95,
    upper_95.
    """
    frame = answer.frame
    name = metric_of(frame)
    f = context.formats
    coming = (frame["kind"] == "forecast").to_numpy()
    joined = coming.copy()
    if coming.any() and not coming.all():
        joined[np.argmax(coming) - 1] = True  # the dashed line begins at the last known point
    x = frame["period"].to_numpy(object)
    y = frame[name].to_numpy(float)
    hover = []
    for row in frame.to_dict("records"):
        future = row["kind"] == "forecast"
        day = _named(str(row["period"]), context)
        amount = f.metric(name, row[name])
        text = f"<b>{day}</b><br>" + (_("Forecast {amount}", amount=amount) if future else amount)
        if future and not np.isnan(row["lower_80"]):
            band = f"{f.metric(name, row['lower_80'])} – {f.metric(name, row['upper_80'])}"
            text += "<br>" + _("{name}: {value}", name=f.percent(80, 0), value=band)
        hover.append(text)
    traces: list[Trace] = []
    for level, shade in (("95", "@accent/0.10"), ("80", "@accent/0.20")):
        known = coming & frame[f"lower_{level}"].notna().to_numpy()
        if known.any():
            lower, upper = (frame[f"{end}_{level}"].to_numpy(float)[known] for end in ("lower", "upper"))
            traces += _band(x[known], lower, upper, shade, _("{level}% band", level=level))
    for part, label, dash in ((~coming, _("Actual"), None), (joined, _("Forecast"), "dash")):
        stroke = {"color": "@accent", "width": 2} | ({"dash": dash} if dash else {})
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "hovertemplate": HOVER_TEXT,
                "x": x[part].tolist(),
                "y": gaps(y[part]),
                "hovertext": list(compress(hover, part)),
                "line": stroke,
                "name": label,
            }
        )
    top = float(np.nanmax(np.append(y, frame["upper_95"].to_numpy(float))))
    return figure(
        traces,
        xaxis=_days(x, context),
        yaxis=metric_ticks(f, name, 0, top),
        showlegend=True,
        hovermode="x",
        dragmode=False,
    )


def anomalies(answer: Answer, context: Context) -> Figure:
    """The metric by day with the band in which it was expected; unusual days stand out as marks. Seven days that are
    unusual only together, each of them perhaps inside the band, are a thick line over all of them.

    Frame: period (days), a metric, expected, lower, upper, state ("alert" for an unusual day), days, total, usual (of
    the seven days that end with it, where these are unusual).
    """
    frame = answer.frame
    name = metric_of(frame)
    f = context.formats
    x = frame["period"].to_numpy(object)
    y = frame[name].to_numpy(float)
    known = (frame["lower"].notna() & frame["upper"].notna()).to_numpy()
    lower, upper = (frame[end].to_numpy(float)[known] for end in ("lower", "upper"))
    hover = [
        f"<b>{f.day(np.datetime64(day))}</b><br>{f.metric(name, v)}"
        + ("" if np.isnan(e) else "<br>" + _("Expected {amount}", amount=f.metric(name, e)))
        for day, v, e in zip(x, y, frame["expected"], strict=True)
    ]
    alert = (frame["state"] == "alert").to_numpy()
    jointly = alert & (frame["days"] > 1).to_numpy()
    alone = alert & ~jointly
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": x.tolist(),
        "y": gaps(y),
        "line": {"color": "@accent", "width": 1.4},
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "name": str(METRICS[name].label),
        "customdata": [[str(day)] for day in x],
    }
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": x[alone].tolist(),
        "y": gaps(y[alone]),
        "marker": {"color": "@bad", "size": 10, "symbol": "diamond"},
        "hovertext": list(compress(hover, alone)),
        "hovertemplate": HOVER_TEXT.replace("<extra>", f"<br>{_('Unusual')}<extra>"),
        "name": _("Unusual day"),
        "showlegend": bool(alone.any()),
        "customdata": [[str(day)] for day in x[alone]],
    }
    runs = _runs(frame, jointly, context)
    top = float(np.nanmax(np.concatenate([y, frame["upper"].to_numpy(float)]))) if len(y) else 1.0
    return figure(
        [*_band(x[known], lower, upper, "@muted/0.16", _("Expected")), *runs, line, marks],
        xaxis=_days(x, context),
        yaxis=metric_ticks(f, name, 0, top),
        showlegend=True,
        hovermode="closest",
        dragmode=False,
    )


def _runs(frame: pd.DataFrame, jointly: np.ndarray, context: Context) -> list[Trace]:
    """Each run of days that are unusual together: what they brought, drawn thick from the first to the last."""
    name = metric_of(frame)
    f = context.formats
    periods = frame["period"].to_numpy(object)
    y = frame[name].to_numpy(float)
    covered = np.zeros(len(frame), dtype=bool)
    hover = np.full(len(frame), "", dtype=object)
    for i in np.flatnonzero(jointly)[::-1]:  # the first seven days explain the days that several of them share
        row = frame.iloc[i]
        days = int(row["days"])
        begin = max(int(i) - days + 1, 0)
        covered[begin : i + 1] = True
        day = f.day(np.datetime64(row["period"]))
        hover[begin : i + 1] = (
            f"<b>{_('{days:day|days} until {day}', days=context.formats.count(days), day=day)}</b><br>"
            + _("{amount} in total", amount=f.metric(name, row["total"]))
            + "<br>"
            + _("Expected {amount}", amount=f.metric(name, row["usual"]))
            + f"<br>{_('Unusual')}"
        )
    if not covered.any():
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "connectgaps": False,
            "x": periods.tolist(),
            "y": gaps(np.where(covered, y, np.nan)),
            "line": {"color": "@bad/0.45", "width": 9},
            "hovertext": hover.tolist(),
            "hovertemplate": HOVER_TEXT,
            "name": _("Unusual week"),
            "customdata": [[str(day)] for day in periods],
        }
    ]


def _band(days: np.ndarray, lower: np.ndarray, upper: np.ndarray, colour: str, name: str) -> list[Trace]:
    """The area between two lines that are not drawn themselves."""
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": days.tolist()}
    filled = {"fill": "tonexty", "fillcolor": colour, "name": name}
    return [{**edge, "y": gaps(lower), "showlegend": False}, {**edge, "y": gaps(upper), **filled}]


def _days(periods: np.ndarray, context: Context) -> dict[str, Any]:
    """A date axis with a few labels, days or months, and at its left room for the mark of a note on the first day."""
    shown = periods[:: max(1, -(-len(periods) // MOST_DAYS))]
    months = len(str(periods[0])) == MONTH if len(periods) else False
    texts = [_named(str(month), context) for month in shown] if months else day_labels(shown, context)
    axis: dict[str, Any] = {"type": "date", "tickvals": shown.tolist(), "ticktext": texts}
    if len(periods) > 1:
        first, last = (np.datetime64(str(day), "h") for day in (periods[0], periods[-1]))
        axis["range"] = [str(first - (last - first) * ROOM_PARTS // 100), str(last)]
    return axis


def _named(period: str, context: Context) -> str:
    """'31 Dec 2019' of '2019-12-31', 'Dec 2019' of '2019-12'."""
    grain = "month" if len(period) == MONTH else "day"
    return context.formats.period(np.datetime64(period, "D"), grain, period)
