"""Pictures of what comes next, what was unusual, and what made the change."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import Figure, escaped, figure, gaps, ticks
from dashboard.figures.periods import day_labels

MONTHS_LONG = 21  # letters of "Jan 2024 – Dec 2024"; more do not fit below a step
ABOVE = 0.03  # of the picture's height: words above their line
STEP_WORDS = {
    "customers": "Customers",
    "orders per customer": "Orders per customer",
    "AOV": "Order value",
    "volume": "Volume",
    "mix": "Mix",
    "price": "Price",
    "new": "New products",
    "discontinued": "Discontinued",
    "unpriced": "No clear price",
    "orders without a customer": "Unknown customers",
}


def forecast(answer: Answer, context: Context) -> Figure:
    """History solid, forecast dashed inside its 80 % and 95 % bands."""
    frame = answer.frame
    name = next(c for c in frame.columns if c in METRICS)
    write = lambda v: context.formats.metric(name, v)  # noqa: E731
    ahead = (frame["kind"] == "forecast").to_numpy()
    joined = ahead.copy()
    if ahead.any() and not ahead.all():
        joined[np.argmax(ahead) - 1] = True  # the dashes begin at the last known point
    x, y = frame["period"].to_numpy(object), frame[name].to_numpy(float)
    hover = [
        f"<b>{p}</b><br>{'forecast ' if a else ''}{write(v)}"
        + (f"<br>80 %: {write(lo)} – {write(hi)}" if a and not np.isnan(lo) else "")
        for p, a, v, lo, hi in zip(x, ahead, y, frame["lower_80"], frame["upper_80"], strict=True)
    ]
    traces: list[dict[str, Any]] = []
    for level, shade in (("95", "@accent/0.10"), ("80", "@accent/0.20")):
        known = ahead & frame[f"lower_{level}"].notna().to_numpy()
        if known.any():
            lower, upper = (frame[f"{end}_{level}"].to_numpy(float)[known] for end in ("lower", "upper"))
            traces += _band(x[known], lower, upper, shade, f"{level} % band")
    line = {"type": "scatter", "mode": "lines", "hovertemplate": "%{hovertext}<extra></extra>"}
    traces.append(
        {
            **line,
            "x": x[~ahead].tolist(),
            "y": gaps(y[~ahead]),
            "hovertext": [h for h, a in zip(hover, ahead, strict=True) if not a],
            "line": {"color": "@accent", "width": 2},
            "name": "known",
        }
    )
    traces.append(
        {
            **line,
            "x": x[joined].tolist(),
            "y": gaps(y[joined]),
            "hovertext": [h for h, j in zip(hover, joined, strict=True) if j],
            "line": {"color": "@accent", "width": 2, "dash": "dash"},
            "name": "forecast",
        }
    )
    finite = np.append(y, frame["upper_95"].to_numpy(float))
    return figure(
        traces,
        xaxis=_days(x, context),
        yaxis=ticks(0, float(np.nanmax(finite)), lambda v: context.formats.tick(name, v)),
        showlegend=True,
        hovermode="x",
        dragmode=False,
    )


def anomalies(answer: Answer, context: Context) -> Figure:
    """The metric by day inside the band in which it was expected; unusual days stand out as marks."""
    frame = answer.frame
    name = next(c for c in frame.columns if c in METRICS)
    write = lambda v: context.formats.metric(name, v)  # noqa: E731
    x, y = frame["period"].to_numpy(object), frame[name].to_numpy(float)
    known = (frame["lower"].notna() & frame["upper"].notna()).to_numpy()
    lower, upper = (frame[end].to_numpy(float)[known] for end in ("lower", "upper"))
    hover = [
        f"<b>{p}</b><br>{write(v)}" + (f"<br>expected {write(e)}" if not np.isnan(e) else "")
        for p, v, e in zip(x, y, frame["expected"], strict=True)
    ]
    alert = (frame["state"] == "alert").to_numpy()
    traces: list[dict[str, Any]] = [
        *_band(x[known], lower, upper, "@muted/0.16", "expected"),
        {
            "type": "scatter",
            "mode": "lines",
            "x": x.tolist(),
            "y": gaps(y),
            "line": {"color": "@accent", "width": 1.4},
            "hovertext": hover,
            "hovertemplate": "%{hovertext}<extra></extra>",
            "name": METRICS[name].label,
            "customdata": [[str(p)] for p in x],
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": x[alert].tolist(),
            "y": gaps(y[alert]),
            "marker": {"color": "@bad", "size": 10, "symbol": "diamond"},
            "hovertext": [h for h, a in zip(hover, alert, strict=True) if a],
            "hovertemplate": "%{hovertext}<br>unusual<extra></extra>",
            "name": "unusual",
            "customdata": [[str(p)] for p in x[alert]],
        },
    ]
    top = float(np.nanmax(np.concatenate([y, frame["upper"].to_numpy(float)]))) if len(y) else 1.0
    return figure(
        traces,
        xaxis=_days(x, context),
        yaxis=ticks(0, top, lambda v: context.formats.tick(name, v)),
        showlegend=True,
        hovermode="closest",
        dragmode=False,
    )


def _band(days: np.ndarray, lower: np.ndarray, upper: np.ndarray, colour: str, name: str) -> list[dict[str, Any]]:
    """What lies between two lines that are not drawn."""
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": days.tolist()}
    filled = {"fill": "tonexty", "fillcolor": colour, "name": name}
    return [{**edge, "y": gaps(lower), "showlegend": False}, {**edge, "y": gaps(upper), **filled}]


def _days(periods: np.ndarray, context: Context) -> dict[str, Any]:
    """A date axis with at most seven labels."""
    shown = periods[:: max(1, -(-len(periods) // 7))]
    return {"type": "date", "tickvals": shown.tolist(), "ticktext": day_labels(shown, context)}


def waterfall(answer: Answer, context: Context) -> Figure:
    """From the comparison to now: each step starts where the last one ended; ups and downs differ in colour, sign and
    place."""
    frame = answer.frame
    values, steps = frame["revenue"].to_numpy(float), frame["step"].tolist()
    f = context.formats
    spans = [f.span(s) for s in (context.selection.base, context.selection.span) if s is not None]
    fit = len(spans) == 2 and max(map(len, spans)) <= MONTHS_LONG
    named = STEP_WORDS | dict(zip(("base", "now"), spans if fit else ("before", "now"), strict=True))
    words = [named.get(s, s) for s in steps]
    ends = np.isin(steps, ["base", "now"])
    running = np.cumsum(np.where(ends, 0.0, values)) + values[0]
    starts = np.where(ends, 0.0, running - np.where(ends, 0.0, values))
    colours = ["@c7" if e else "@good" if v >= 0 else "@bad" for e, v in zip(ends, values, strict=True)]
    text = [
        f.short_money(v) if e else ("+" if v > 0 else "") + f.short_money(v) for e, v in zip(ends, values, strict=True)
    ]
    hover = [
        f"<b>{escaped(w)}</b><br>{f.money(v)}" + ("" if np.isnan(s) else f"<br>{f.percent(s)} of the change")
        for w, v, s in zip(words, values, frame["share"], strict=True)
    ]
    top = float(np.max(np.maximum(starts, starts + values)))
    low = float(min(0.0, np.min(np.minimum(starts, starts + values))))
    inner = starts[~ends]
    floor = float(min(inner.min(), (inner + values[~ends]).min(), values[0], values[-1])) if len(inner) else low
    zoom = floor > 0.5 * top  # the steps are much smaller than the totals, which are levels then and no bars
    axis = ticks(
        floor - (top - floor) * 0.15 if zoom else low, top + (top - low) * 0.08, f.short_money, from_zero=not zoom
    )
    told = {"hovertemplate": "%{hovertext}<extra></extra>", "textfont": {"size": 11}, "cliponaxis": False}
    drawn = ~ends if zoom else np.ones(len(values), bool)
    some = lambda items, chosen: [item for item, c in zip(items, chosen, strict=True) if c]  # noqa: E731
    bar = {
        **told,
        "type": "bar",
        "x": np.flatnonzero(drawn).tolist(),
        "y": values[drawn].tolist(),
        "base": starts[drawn].tolist(),
        "marker": {"color": some(colours, drawn)},
        "text": some(text, drawn),
        "textposition": "outside",
        "constraintext": "none",
        "textangle": 0,
        "hovertext": some(hover, drawn),
    }
    level = {
        **told,
        "type": "scatter",
        "mode": "text",
        "x": np.flatnonzero(~drawn).tolist(),
        "y": (values[~drawn] + (top - floor) * ABOVE).tolist(),
        "text": [f"<b>{t}</b>" for t in some(text, ~drawn)],
        "textposition": "top center",
        "hovertext": some(hover, ~drawn),
    }
    reached = np.where(ends, values, starts + values)
    stroke = {"color": "@muted/0.5", "width": 1}
    joins = [_level(i, i + 1, v) | {"line": stroke} for i, v in enumerate(reached[:-1].tolist())]
    joins += [_level(int(i) - 0.4, int(i) + 0.4, float(values[i])) for i in np.flatnonzero(~drawn)]
    wrapped = [
        w.replace(" – ", "<br>– ")
        .replace(" customers", "<br>customers")
        .replace(" products", "<br>products")
        .replace("Orders per ", "Orders per<br>")
        .replace("Order value", "Order<br>value")
        for w in words
    ]
    x = {"tickvals": list(range(len(words))), "ticktext": wrapped, "range": [-0.6, len(words) - 0.4]}
    return figure(
        [bar, level] if zoom else [bar],
        xaxis=x | {"tickfont": {"size": 10}},
        yaxis=axis,
        shapes=joins,
        showlegend=False,
        hovermode="closest",
        bargap=0.35,
        dragmode=False,
    )


def _level(start: float, end: float, value: float) -> dict[str, Any]:
    """A line at a height."""
    stroke = {"color": "@text", "width": 3}
    return {"type": "line", "x0": start, "x1": end, "y0": value, "y1": value, "line": stroke, "layer": "below"}
