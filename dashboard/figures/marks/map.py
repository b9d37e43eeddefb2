"""Maps: countries and U.S. states shaded, or places as bubbles, over outlines that come from our own address."""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.gazetteer import CONTINENTS, OTHER_LAND, STATES
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.context import Context
from dashboard.figures.base import HOVER_TEXT, Figure, escaped, figure, gaps, metric_of, opacities, ticks
from dashboard.figures.marks.scatter import log_ticks

# The packages that the outlines come from; their release is part of the address, which browsers keep for good.
SHAPES = {"countries": "geo-intel-offline", "us-states": "bokeh-sampledata"}
MOST_BUBBLES = 600
LARGEST = 38.0  # pixels
NARROWEST = 8.0  # degrees across
CARD_SHAPE = 1.75  # width / height
# West, east, south, north.
CONTINENT_WINDOWS = {
    "africa": (-20.0, 55.0, -36.0, 38.0),
    "asia": (28.0, 146.0, -11.0, 56.0),
    "europe": (-24.0, 42.0, 34.0, 71.5),
    "north america": (-168.0, -52.0, 7.0, 72.0),
    "oceania": (110.0, 180.0, -48.0, 0.0),
    "south america": (-82.0, -34.0, -56.0, 13.0),
}
SKEWED = 20.0  # times the median


def release(name: str) -> str:
    """The release of the package that these outlines come from."""
    return version(SHAPES[name])


def address(name: str) -> str:
    """The address of the outlines with this name."""
    return f"/shapes/{name}.json?v={release(name)}"


def revenue_map(answer: Answer, context: Context) -> Figure:
    """The map that the answer calls for; a click filters the place.

    Frame: place, a metric, share (%), shape; latitude and longitude for bubbles. more["map"]: scope, marks.
    """
    about = answer.more["map"].iloc[0]
    scope = str(about["scope"])
    frame = answer.frame
    name = metric_of(frame)
    outlines = "us-states" if scope == "usa" else "countries"
    if about["marks"] == "bubbles":
        here = frame["latitude"].between(-90, 90) & frame["longitude"].between(-180, 180)
        frame = frame[here].head(MOST_BUBBLES)
        traces = [_bubbles(frame, name, context)]
        geo = _projection(scope) if scope in ("usa", "world") else _around(frame)
    else:
        frame = frame[frame["shape"] != ""]
        traces = _shaded(frame, name, context, outlines)
        geo = _projection(scope)
    layout = {"geo": {**_GEO, **geo}, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "showlegend": False}
    return figure([_land(outlines), *traces], **layout, dragmode=False, hovermode="closest")


_GEO: dict[str, Any] = {
    "visible": False,
    "bgcolor": "rgba(0,0,0,0)",
    "showframe": False,
    "domain": {"x": [0, 1], "y": [0.1, 1]},
}


def _projection(scope: str) -> dict[str, Any]:
    """The United States with Alaska and Hawaii next to them, one continent, or the world."""
    if scope == "usa":
        return {"scope": "usa"}
    if scope in CONTINENT_WINDOWS:
        return _window(*CONTINENT_WINDOWS[scope])
    whole = {"type": "natural earth", "scale": 1.22}
    return {"scope": "world", "projection": whole, "center": {"lon": 8, "lat": 17}}


def _around(frame: pd.DataFrame) -> dict[str, Any]:
    """A window around the bubbles, with some margin."""
    if frame.empty:
        return _projection("world")
    sides = []
    for column in ("longitude", "latitude"):
        low = float(frame[column].min())
        high = float(frame[column].max())
        half = max(high - low, NARROWEST) * 0.65
        sides += [(low + high) / 2 - half, (low + high) / 2 + half]
    return _window(*sides)


def _window(west: float, east: float, south: float, north: float) -> dict[str, Any]:
    """At least these degrees on a Mercator map, widened to the shape of a card."""
    south = max(south, -80.0)
    north = min(north, 83.0)
    height = math.degrees(math.asinh(math.tan(math.radians(north))) - math.asinh(math.tan(math.radians(south))))
    spare = max(height * CARD_SHAPE - (east - west), 0.0) / 2
    longitudes = [max(west - spare, -180.0), min(east + spare, 180.0)]
    return {
        "scope": "world",
        "projection": {"type": "mercator"},
        "lonaxis": {"range": longitudes},
        "lataxis": {"range": [south, north]},
    }


def _land(outlines: str) -> dict[str, Any]:
    """Every outline in the colour of the grid, under the marks."""
    ids = list(STATES) if outlines == "us-states" else [*CONTINENTS, OTHER_LAND]
    return {
        "type": "choropleth",
        "geojson": address(outlines),
        "featureidkey": "id",
        "locations": ids,
        "z": [0] * len(ids),
        "colorscale": [[0, "@grid"], [1, "@grid"]],
        "showscale": False,
        "hoverinfo": "skip",
        "marker": {"line": {"color": "@card", "width": 0.6}},
    }


def _shaded(frame: pd.DataFrame, name: str, context: Context, outlines: str) -> list[dict[str, Any]]:
    """Outlines in the colour of the metric, those that are not selected in a trace of their own: plotly has no opacity
    for each. Two spellings of one country are one outline that sums them and cannot be clicked; what cannot be
    summed shows the first."""
    rows = [group for _, group in frame.groupby("shape", sort=False)]
    adds = "line" in METRICS[name].additive
    values = [float(g[name].sum() if adds else g[name].iloc[0]) for g in rows]
    places = [str(g["place"].iloc[0]) for g in rows]
    shown = opacities(places, context.selected("place"))
    opacity = np.array(shown if isinstance(shown, list) else [shown] * len(rows))
    scale = _scale(np.array(values), name, context)
    z = scale.pop("z")
    traces: list[dict[str, Any]] = []
    for level in np.unique(opacity)[::-1]:
        here = np.flatnonzero(opacity == level)
        trace = {
            "type": "choropleth",
            "geojson": address(outlines),
            "featureidkey": "id",
            "locations": [str(rows[i]["shape"].iloc[0]) for i in here],
            "z": [z[i] for i in here],
            "customdata": [[places[i]] if len(rows[i]) == 1 else None for i in here],
            "hovertext": [_hover(rows[i], name, values[i], context) for i in here],
            "hovertemplate": HOVER_TEXT,
            "colorscale": "@seq",
            "marker": {"line": {"color": "@card", "width": 0.8}, "opacity": float(level)},
            **scale,
        }
        traces.append(trace if not traces else trace | {"showscale": False})
    return traces


def _scale(values: np.ndarray, name: str, context: Context) -> dict[str, Any]:
    """The colours of the values, with a bar of ticks in the data set's format; logarithmic where one place is far
    above the others. The lowest value is a shade away from bare land; one value alone has no scale."""
    known = values[np.isfinite(values)]
    log = len(known) > 2 and known.min() > 0 and known.max() > SKEWED * np.median(known)
    low = float(known.min(initial=np.inf if log or not METRICS[name].additive else 0.0)) if len(known) else 0.0
    high = float(known.max(initial=-np.inf)) if len(known) else 1.0
    if high <= low:
        return {"z": [1.0] * len(values), "zmin": 0, "zmax": 1, "showscale": False}

    def write(value: float) -> str:
        return context.formats.metric(name, value, short=True)

    axis = log_ticks(low, high, write) if log else ticks(low, high, write, 4, from_zero=False)
    place = np.log10 if log else np.asarray
    ends = place(np.array([low, high]))
    inside = [(float(place(v)), t) for v, t in zip(axis["tickvals"], axis["ticktext"], strict=True) if low <= v <= high]
    bar = {
        "tickvals": [v for v, _ in inside],
        "ticktext": [t for _, t in inside],
        "orientation": "h",
        "thickness": 8,
        "len": 0.8,
        "x": 0.5,
        "xanchor": "center",
        "y": 0.055,
        "yanchor": "bottom",
        "ypad": 0,
        "outlinewidth": 0,
        "ticks": "",
        "tickangle": 0,
        "tickfont": {"size": 10.5, "color": "@muted"},
    }
    below = float(ends[1] - ends[0]) * 0.18
    return {
        "z": gaps(place(values)),
        "zmin": float(ends[0]) - below,
        "zmax": float(ends[1]),
        "showscale": True,
        "colorbar": bar,
    }


def _bubbles(frame: pd.DataFrame, name: str, context: Context) -> dict[str, Any]:
    """A bubble a place, its area the metric; the largest lie undermost."""
    values = frame[name].astype(float).clip(lower=0).fillna(0.0)
    most = float(values.max()) if len(values) else 0.0
    sizes = [max(5.0, LARGEST * math.sqrt(v / most)) if most > 0 else 5.0 for v in values]
    places = [str(p) for p in frame["place"]]
    shown = opacities(places, context.selected("place"))
    return {
        "type": "scattergeo",
        "mode": "markers",
        "lat": frame["latitude"].astype(float).tolist(),
        "lon": frame["longitude"].astype(float).tolist(),
        "customdata": [[p] for p in places],
        "hovertext": [_hover(frame.iloc[[i]], name, float(frame[name].iloc[i]), context) for i in range(len(frame))],
        "hovertemplate": HOVER_TEXT,
        "marker": {
            "size": sizes,
            "color": "@accent",
            "opacity": [0.7 * o for o in shown] if isinstance(shown, list) else 0.7,
            "line": {"color": "@card", "width": 1},
        },
    }


def _hover(rows: pd.DataFrame, name: str, value: float, context: Context) -> str:
    formats = context.formats
    label = ", ".join(context.schema.label("place", p) for p in rows["place"])
    lines = [f"<b>{escaped(label)}</b>", f"{METRICS[name].label} {formats.metric(name, value)}"]
    if "share" in rows and rows["share"].notna().all():
        lines.append(_("{share} of the total", share=formats.percent(float(rows["share"].sum()), 2)))
    if len(rows) == 1:
        others = [c for c in rows.columns if c in METRICS and c != name]
        lines += [f"{METRICS[c].label} {formats.metric(c, float(rows[c].iloc[0]))}" for c in others]
    return "<br>".join(lines)
