"""Cells of a table as a heat map with their numbers in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.figures.base import Figure, clipped, escaped, figure

MOST_OUTLINES = 60


def cells(
    z: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    text: Sequence[Sequence[str]],
    hover: Sequence[Sequence[str]],
    keys: Sequence[Sequence[list[str] | None]] | None = None,
    chosen: Sequence[tuple[int, int]] = (),
    high: float | None = None,
    low: float = 0.0,
    across: str = "",
    row_length: int = 22,
    column_length: int = 16,
) -> Figure:
    """Colour by `z` (NaN: no cell), its words inside; the first row is on top. `keys` are what a click on a cell filters; `chosen` cells are framed."""
    known = z[np.isfinite(z)]
    heat: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "z": [[None if np.isnan(v) else float(v) for v in line] for line in z],
        "text": [list(line) for line in text],
        "texttemplate": "%{text}",
        "textfont": {"size": 10.5 if len(columns) <= 16 else 9},
        "hovertext": [list(line) for line in hover],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverongaps": False,
        "colorscale": "@seq",
        "showscale": False,
        "zmin": low,
        "zmax": high if high is not None else float(known.max()) if len(known) and known.max() > low else low + 1.0,
        "xgap": 1.5,
        "ygap": 1.5,
    }
    if keys is not None:
        heat["customdata"] = [list(line) for line in keys]
    x = {
        "tickvals": list(range(len(columns))),
        "ticktext": [escaped(clipped(c, column_length)) for c in columns],
        "showgrid": False,
        "zeroline": False,
        "side": "top",
        "range": [-0.5, len(columns) - 0.5],
        "tickangle": 0 if sum(min(len(c), column_length) for c in columns) <= 110 else -40,
    }
    if across:
        x["title"] = {"text": across, "standoff": 4}
    y = {
        "tickvals": list(range(len(rows))),
        "ticktext": [escaped(clipped(r, row_length)) for r in rows],
        "range": [len(rows) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
    }
    frames = [_frame(r, c) for r, c in chosen][:MOST_OUTLINES]
    return figure([heat], xaxis=x, yaxis=y, hovermode="closest", dragmode=False, shapes=frames)


def _frame(row: int, column: int) -> dict[str, Any]:
    line = {"color": "@text", "width": 1.5}
    return {"type": "rect", "x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5, "line": line}
