"""Cells of a table as a heat map with their numbers in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.figures.base import Figure, distinct_labels, escaped
from dashboard.figures.marks.matrix import ONE_WAY, heatmap

MOST_OUTLINES = 60
ROOM = 105  # so many letters fit along the top of a card


def cells(
    z: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    text: Sequence[Sequence[str]],
    hover: Sequence[Sequence[str]],
    keys: Sequence[Sequence[list[str] | None]],
    chosen: Sequence[tuple[int, int]] = (),
    limits: tuple[float, float] | None = None,
    across: str = "",
    clip: int = 22,
) -> Figure:
    """Colour by `z` (NaN: no cell), its words inside; the first row is on top.

    `keys` are what a click on a cell filters; `chosen` cells are framed. Without `limits` the colours run from zero
    to the largest cell. Long column names stand slanting below, short ones above.
    """
    known = z[np.isfinite(z)]
    most = float(known.max()) if len(known) and known.max() > 0 else 1.0
    words = [["" if np.isnan(v) else t for v, t in zip(*line, strict=True)] for line in zip(z, text, strict=True)]
    picture = heatmap(
        list(rows),
        list(columns),
        z,
        [list(line) for line in hover],
        [list(line) for line in keys],
        words,
        colours=ONE_WAY,
        limits=limits or (0.0, most),
        clip=clip,
    )
    short = sum(len(c) + 2 for c in columns) <= ROOM
    picture["layout"]["xaxis"] |= {
        "tickvals": list(range(len(columns))),
        "ticktext": [escaped(c) for c in distinct_labels(columns, 16)],
        "side": "top" if short else "bottom",
        "tickangle": 0 if short else -40,
    }
    if across:
        picture["layout"]["xaxis"]["title"] = {"text": across, "standoff": 4}
    picture["layout"]["shapes"] = [_frame(r, c) for r, c in chosen][:MOST_OUTLINES]
    return picture


def _frame(row: int, column: int) -> dict[str, object]:
    line = {"color": "@text", "width": 1.5}
    return {
        "type": "rect",
        "x0": column - 0.5,
        "x1": column + 0.5,
        "y0": row - 0.5,
        "y1": row + 0.5,
        "line": line,
    }
