"""What all figures share. A figure is a plain dict: its traces, and as much layout as is special to it. Colours are
roles ("@accent", "@muted/0.4"); the client turns them into the theme's colours and adds fonts, grids and margins, so
the server knows neither light nor dark."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.metrics import METRICS
from dashboard.text.formats import Formats

Figure = dict[str, Any]
Trace = dict[str, Any]  # one of plotly's traces, as a plain dict

PALETTE = tuple(f"@c{i}" for i in range(8))
DIM = 0.28  # opacity of marks that are not selected
APART = 0.085  # of the height, between two names at the ends of lines
HOVER_TEXT = "%{hovertext}<extra></extra>"  # a hover says exactly the trace's hovertext


def figure(data: list[Trace], **layout: Any) -> Figure:
    """A figure of these traces."""
    return {"data": data, "layout": layout}


def metric_of(frame: pd.DataFrame) -> str:
    """The metric that a frame is about: its first column that is one. LookupError where none is."""
    name = next((str(c) for c in frame.columns if c in METRICS), None)
    if name is None:
        raise LookupError(f"no metric among the columns {', '.join(map(str, frame.columns))}")
    return name


def highest(values: np.ndarray, default: float = 1.0) -> float:
    """The largest of the values that are known; `default` where none is."""
    return float(np.nanmax(values)) if np.isfinite(values).any() else default


def lowest(values: np.ndarray, default: float = 0.0) -> float:
    """The smallest of the values that are known; `default` where none is."""
    return float(np.nanmin(values)) if np.isfinite(values).any() else default


def ticks(
    low: float,
    high: float,
    write: Callable[[float], str],
    count: int = 5,
    *,
    from_zero: bool = True,
    whole: bool = False,
) -> dict[str, Any]:
    """A value axis with round steps, written in the data set's own format; `whole`: no steps between whole numbers."""
    ends = [v for v in (low, high, *([0.0] if from_zero else [])) if math.isfinite(v)]
    low = min(ends, default=0.0)
    high = max(ends, default=0.0)
    if low == high:
        high = max(high, 0.0) if low else 1.0
        low = min(low, 0.0)
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    round_steps = (1, 2, 5, 10) if whole and power == 1 else (1, 2, 2.5, 5, 10)
    step = next(s * power for s in round_steps if s * power >= rough * 0.999)
    step = max(step, 1.0) if whole else step
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    values = [i * step for i in range(first, last + 1)]
    pad = (high - low) * 0.04
    return {
        "tickvals": values,
        "ticktext": [write(v) for v in values],
        "range": [low - pad if low < 0 or not from_zero else low, high + pad],
    }


def metric_ticks(formats: Formats, name: str, low: float, high: float, *, from_zero: bool = True) -> dict[str, Any]:
    """A value axis of a metric in its unit, whose numbers are all written in the same way; what is counted has no
    halves."""
    unit = METRICS[name].unit
    axis = ticks(low, high, lambda v: formats.tick(name, v), from_zero=from_zero, whole=unit == "count")
    return axis | {"ticktext": formats.unit_ticks(unit, axis["tickvals"])}


def clipped(text: str, length: int = 26) -> str:
    """The text cut to `length` characters, without a bracket that would hold next to nothing."""
    return text if len(text) <= length else re.sub(r" \(\w{0,2}$", "", text[: length - 1]).rstrip() + "…"


def name_axis(names: Sequence[str], length: int = 26) -> dict[str, Any]:
    """An axis of names at 0, 1, 2 …, none of which the client leaves out: where they would meet it breaks them in lines
    or slants them, and a tooltip shows the whole of what is cut."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": [escaped(label) for label in distinct_labels(names, length)],
        "names": list(names),
        "showgrid": False,
    }


def distinct_labels(names: Sequence[str], length: int = 26) -> list[str]:
    """Names clipped; names that would look the same lose their middle instead, so that their ends can be seen."""
    short = [clipped(n, length) for n in names]
    alike = Counter(short)
    return [_without_middle(n, length) if alike[s] > 1 and s != n else s for n, s in zip(names, short, strict=True)]


def _without_middle(text: str, length: int) -> str:
    last = text.rsplit(" ", 1)[-1]
    end = last if len(last) <= length // 2 else text[-(length // 2) :]
    return f"{text[: length - 1 - len(end)].rstrip()}…{end}"


def opacities(values: Sequence[str], selected: Sequence[str]) -> list[float] | float:
    """1 for selected marks and DIM for the others; 1 for all when nothing is selected."""
    if not selected:
        return 1.0
    chosen = set(selected)
    return [1.0 if str(v) in chosen else DIM for v in values]


def escaped(text: str) -> str:
    """Text for a plotly label, which interprets some HTML tags: data must not be taken for tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def gaps(values: np.ndarray) -> list[float | None]:
    """Numbers for a trace; a missing one is a gap, never a zero."""
    return [None if v != v else v for v in np.asarray(values, float).tolist()]


def hatched(marks: Iterable[bool], colour: str) -> dict[str, Any]:
    """A marker's pattern: the bars of these periods are partial."""
    shape = ["/" if m else "" for m in marks]
    return {"shape": shape, "fgcolor": colour, "bgcolor": "@card", "size": 5, "solidity": 0.35}


def ink(colour: str) -> str:
    """The role of a series' colour for letters, which need more contrast than marks."""
    return re.sub(r"^@c(\d)", r"@t\1", colour)


def end_labels(ends: Sequence[tuple[Any, float, str, str]], axis: Sequence[float]) -> list[Trace]:
    """The names of lines at their ends, moved up or down where two would meet. `ends`: x, y, name, colour of each;
    `axis`: where the y axis begins and ends."""
    least = (axis[1] - axis[0]) * APART
    at = sorted(ends, key=lambda end: end[1])
    heights: list[float] = []
    for _, y, _, _ in at:
        heights.append(max(y, heights[-1] + least) if heights else y)
    down = max(0.0, heights[-1] - axis[1]) if heights else 0.0
    traces: list[Trace] = []
    for height, (x, _, name, colour) in zip(heights, at, strict=True):
        text = text_at([x], [height - down], [f" {escaped(name)}"])
        traces.append(text | {"textfont": {"size": 11, "color": ink(colour)}, "showlegend": False})
    return traces


def text_at(x: Sequence[Any], y: Sequence[float], text: Sequence[str]) -> Trace:
    """A trace of texts, each to the right of a point."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(x),
        "y": list(y),
        "text": list(text),
        "textposition": "middle right",
        "textfont": {"size": 11, "color": "@text"},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
