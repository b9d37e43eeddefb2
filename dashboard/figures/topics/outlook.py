"""What comes next, what was unusual, and what made the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.calendar import whole_months
from analytics.language import N_, _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import (
    HOVER_TEXT,
    Figure,
    Trace,
    escaped,
    figure,
    gaps,
    metric_of,
    metric_ticks,
    name_axis,
    ticks,
)
from dashboard.figures.periods import day_labels

MONTH = len("2025-07")
ROOM_PARTS = 3  # hundredths of the days, left free before the first one
MOST_DAYS = 7  # number of labels along the bottom
LONGEST_SPAN = 21  # characters of "Jan 2024 – Dec 2024"; more do not fit below a step
LONGEST_STEP = 30  # characters of the name of a step, in the longest language; the browser breaks it in lines
ABOVE = 0.03  # of the figure's height: text above its level
STEP_LABELS = {
    "customers": N_("Customers"),
    "orders per customer": N_("Orders per customer"),
    "AOV": N_("Order value"),
    "volume": N_("Volume"),
    "mix": N_("Mix"),
    "price": N_("Price"),
    "cost": N_("Cost"),
    "cost known in part": N_("Cost known in part"),
    "new": N_("New products"),
    "discontinued": N_("Discontinued"),
    "unpriced": N_("No clear price"),
    "orders without a customer": N_("Unknown customers"),
}


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
            text += "<br>" + _("{name}: {value}", name="80 %", value=band)
        hover.append(text)
    traces: list[Trace] = []
    for level, shade in (("95", "@accent/0.10"), ("80", "@accent/0.20")):
        known = coming & frame[f"lower_{level}"].notna().to_numpy()
        if known.any():
            lower, upper = (frame[f"{end}_{level}"].to_numpy(float)[known] for end in ("lower", "upper"))
            traces += _band(x[known], lower, upper, shade, _("{level} % band", level=level))
    for part, label, dash in ((~coming, _("Actual"), None), (joined, _("Forecast"), "dash")):
        stroke = {"color": "@accent", "width": 2} | ({"dash": dash} if dash else {})
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "hovertemplate": HOVER_TEXT,
                "x": x[part].tolist(),
                "y": gaps(y[part]),
                "hovertext": _where(hover, part),
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
        "hovertext": _where(hover, alone),
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
            + f"<br>{_('Unusual together')}"
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
            "name": _("Unusual together"),
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


@dataclass(frozen=True)
class _Steps:
    """The bars of a waterfall. `ends`: the first and the last, which are totals; `starts`: where each begins."""

    values: np.ndarray
    ends: np.ndarray
    starts: np.ndarray

    @property
    def reached(self) -> np.ndarray:
        """The level at which each bar ends."""
        return np.where(self.ends, self.values, self.starts + self.values)

    @property
    def top(self) -> float:
        """The highest point of any bar."""
        return float(np.max(np.maximum(self.starts, self.starts + self.values)))

    @property
    def bottom(self) -> float:
        """The lowest point of any bar, zero or below."""
        return float(min(0.0, np.min(np.minimum(self.starts, self.starts + self.values))))

    @property
    def floor(self) -> float:
        """The lowest level that a step or a total reaches: below it nothing happens."""
        inner = self.starts[~self.ends]
        if not len(inner):
            return self.bottom
        return float(min(inner.min(), (inner + self.values[~self.ends]).min(), self.values[0], self.values[-1]))


def waterfall(answer: Answer, context: Context) -> Figure:
    """From the comparison to now: each step starts where the one before ended; ups and downs differ in colour, sign and
    place. Where the steps are much smaller than the totals, the axis is cut and the totals are levels instead of bars.

    Frame: step ("base" first, "now" last), a metric, share (% of the change).
    """
    frame = answer.frame
    f = context.formats
    values = frame[metric_of(frame)].to_numpy(float)
    ends = np.isin(frame["step"].tolist(), ["base", "now"])
    moves = np.where(ends, 0.0, values)
    steps = _Steps(values, ends, np.where(ends, 0.0, np.cumsum(moves) + values[0] - moves))
    labels = step_labels(frame["step"].tolist(), context)
    hover = [
        f"<b>{escaped(label)}</b><br>{f.money(v)}"
        + ("" if np.isnan(s) else "<br>" + _("{share} of the change", share=f.percent(s)))
        for label, v, s in zip(labels, values, frame["share"], strict=True)
    ]
    text = [f.short_money(v) if e or v <= 0 else f"+{f.short_money(v)}" for e, v in zip(ends, values, strict=True)]
    top = steps.top
    bottom = steps.bottom
    floor = steps.floor
    cut = floor > 0.5 * top
    low = floor - (top - floor) * 0.15 if cut else bottom
    drawn = ~ends if cut else np.ones(len(values), bool)
    traces = [_step_bars(steps, drawn, _where(text, drawn), _where(hover, drawn))]
    if cut:
        heights = values[ends] + (top - floor) * ABOVE
        traces.append(_level_texts(np.flatnonzero(ends), heights, _where(text, ends), _where(hover, ends)))
    thin = {"line": {"color": "@muted/0.5", "width": 1}}
    joins = [_level(i, i + 1, v) | thin for i, v in enumerate(steps.reached[:-1].tolist())]
    levels = [_level(int(i) - 0.4, int(i) + 0.4, float(values[i])) for i in np.flatnonzero(~drawn)]
    axis = name_axis(labels, LONGEST_STEP)
    return figure(
        traces,
        xaxis=axis | {"range": [-0.6, len(labels) - 0.4], "tickfont": {"size": 10}},
        yaxis=ticks(low, top + (top - bottom) * 0.08, f.short_money, from_zero=not cut),
        shapes=joins + levels,
        showlegend=False,
        hovermode="closest",
        bargap=0.35,
        dragmode=False,
    )


def step_labels(steps: Sequence[str], context: Context) -> list[str]:
    """The steps' names; the totals are called by their ranges where these are short enough."""
    f = context.formats
    ranges = [s for s in (context.selection.base, context.selection.span) if s is not None]
    spans = [f.period(s.start, "month", "") if whole_months(s) == 1 else f.span(s) for s in ranges]
    totals = {"base": _("Before"), "now": _("Now")}
    if len(spans) == 2 and max(map(len, spans)) <= LONGEST_SPAN:
        totals = {"base": spans[0], "now": spans[1]}
    return [str((STEP_LABELS | totals).get(step, step)) for step in steps]


def _step_bars(steps: _Steps, drawn: np.ndarray, text: list[str], hover: list[str]) -> Trace:
    colours = np.where(steps.values >= 0, "@good", "@bad")
    return {
        "type": "bar",
        "x": np.flatnonzero(drawn).tolist(),
        "y": steps.values[drawn].tolist(),
        "base": steps.starts[drawn].tolist(),
        "marker": {"color": np.where(steps.ends, "@c7", colours)[drawn].tolist()},
        "text": text,
        "textposition": "outside",
        "constraintext": "none",
        "textangle": 0,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "textfont": {"size": 11},
        "cliponaxis": False,
    }


def _level_texts(places: np.ndarray, heights: np.ndarray, text: list[str], hover: list[str]) -> Trace:
    """The numbers of the totals, above their levels."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": places.tolist(),
        "y": heights.tolist(),
        "text": [f"<b>{t}</b>" for t in text],
        "textposition": "top center",
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "textfont": {"size": 11},
        "cliponaxis": False,
    }


def _level(start: float, end: float, value: float) -> dict[str, Any]:
    """A line at a height."""
    stroke = {"color": "@text", "width": 3}
    return {"type": "line", "x0": start, "x1": end, "y0": value, "y1": value, "line": stroke, "layer": "below"}


def _where(texts: Sequence[str], chosen: np.ndarray) -> list[str]:
    """The texts at the given places."""
    return [text for text, c in zip(texts, chosen, strict=True) if c]
