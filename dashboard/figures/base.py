"""What all pictures share. A figure is a plain dict: data, and as much layout as is special to it. Colours are roles
("@accent", "@muted/0.4"); the client turns them into the theme's colours and adds fonts, grids and margins, so light
and dark never reach the server."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Figure = dict[str, Any]

PALETTE = tuple(f"@c{i}" for i in range(8))
DIM = 0.28


def figure(data: list[dict[str, Any]], **layout: Any) -> Figure:
    return {"data": data, "layout": layout}


def ticks(
    low: float, high: float, write: Callable[[float], str], count: int = 5, *, from_zero: bool = True
) -> dict[str, Any]:
    """A value axis with round steps, written in the data set's own format."""
    ends = [v for v in (low, high, *([0.0] if from_zero else [])) if math.isfinite(v)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 0.0)
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    values = [i * step for i in range(first, last + 1)]
    pad = (high - low) * 0.04
    return {
        "tickvals": values,
        "ticktext": [write(v) for v in values],
        "range": [low - pad if low < 0 or not from_zero else low, high + pad],
    }


def clipped(text: str, length: int = 26) -> str:
    """At most so many letters, and no bracket with next to nothing in it."""
    return text if len(text) <= length else re.sub(r" \(\w{0,2}$", "", text[: length - 1]).rstrip() + "…"


def told_apart(names: Sequence[str], length: int = 26) -> list[str]:
    """Names clipped; those that would read alike give up their middle instead, so that their ends are seen."""
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
    """Text for a plotly label: it reads some HTML tags, data must not be read as such."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def gaps(values: np.ndarray) -> list[float | None]:
    """Numbers for a trace; a missing one is a gap, never a zero."""
    return [None if np.isnan(v) else float(v) for v in values]


def hatched(marks: Iterable[bool], colour: str) -> dict[str, Any]:
    """A marker's pattern: the bars of these periods are not whole."""
    shape = ["/" if m else "" for m in marks]
    return {"shape": shape, "fgcolor": colour, "bgcolor": "@card", "size": 5, "solidity": 0.35}


def words_at(x: Sequence[float | None], y: Sequence[float], text: Sequence[str]) -> dict[str, Any]:
    """A trace of words, each to the right of a point."""
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
