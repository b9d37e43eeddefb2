"""Heat maps of rows against columns, the numbers written into the cells where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.base import HOVER_TEXT, Figure, Trace, figure, highest, name_axis

# Pale enough for the numbers on them to be legible in either theme.
ONE_WAY: list[list[Any]] = [[0, "@accent/0.03"], [1, "@accent/0.55"]]
BOTH_WAYS: list[list[Any]] = [[0, "@bad/0.5"], [0.5, "@card"], [1, "@accent/0.5"]]
MOST_WRITTEN = 16  # number of columns; more leave no room for numbers
MOST_OUTLINES = 60
ROOM = 105  # characters that fit along the top of a card

Texts = Sequence[Sequence[str]]
Keys = Sequence[Sequence[list[str] | None]]


@dataclass(frozen=True)
class Colours:
    """The colour scale of the cells and the numbers at its ends; `clip`: characters of a name that are shown."""

    scale: list[list[Any]]
    limits: tuple[float, float]
    clip: int = 32


def heatmap(
    rows: Sequence[str],
    columns: Sequence[str],
    z: np.ndarray,
    hover: Texts,
    keys: Keys,
    text: Texts | None,
    colours: Colours,
    *,
    ordered: bool = False,
) -> Figure:
    """Cells of equal size coloured by `z`, the first row on top; a missing number leaves a gap. `keys` are what a
    click on a cell filters. `ordered`: the columns are dates or numbers, of which some may go without a label."""
    trace: Trace = {
        "type": "heatmap",
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "z": [[None if np.isnan(v) else float(v) for v in row] for row in z],
        "customdata": keys,
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "colorscale": colours.scale,
        "zmin": colours.limits[0],
        "zmax": colours.limits[1],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
    }
    if text is not None:
        trace |= {"text": text, "texttemplate": "%{text}", "textfont": {"size": 10.5, "color": "@text"}}
    x = name_axis(columns, colours.clip) | {"zeroline": False, "side": "bottom"}
    if ordered:
        del x["names"]
    y = name_axis(rows, colours.clip) | {"zeroline": False, "range": [len(rows) - 0.5, -0.5]}
    return figure([trace], xaxis=x, yaxis=y, hovermode="closest", dragmode=False)


def cells(
    z: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    text: Texts,
    hover: Texts,
    keys: Keys,
    chosen: Sequence[tuple[int, int]] = (),
    limits: tuple[float, float] | None = None,
    across: str = "",
    clip: int = 32,
    ordered: bool = False,
) -> Figure:
    """A heat map whose cells carry their text (none where `z` is missing), under names that all stay readable.

    `chosen` cells are outlined. Without `limits` the colours run from zero to the largest cell. `across` is the title
    of the columns. Long column names stand below, short ones above.
    """
    written = [["" if np.isnan(v) else t for v, t in zip(*line, strict=True)] for line in zip(z, text, strict=True)]
    most = highest(z, 0.0)
    colours = Colours(ONE_WAY, limits or (0.0, most if most > 0 else 1.0), clip)
    drawn = heatmap(rows, columns, z, hover, keys, written, colours, ordered=ordered)
    short = sum(len(c) + 2 for c in columns) <= ROOM
    drawn["layout"]["xaxis"]["side"] = "top" if short else "bottom"
    if across:
        drawn["layout"]["xaxis"]["title"] = {"text": across, "standoff": 4}
    drawn["layout"]["shapes"] = [outline(row, column, column) for row, column in chosen][:MOST_OUTLINES]
    return drawn


def outline(row: int, first: int, last: int) -> dict[str, Any]:
    """A border around the cells of a row from one column to another: how a heat map shows what is selected, as its
    cells have no opacity of their own."""
    line = {"color": "@text", "width": 1.5}
    return {"type": "rect", "x0": first - 0.5, "x1": last + 0.5, "y0": row - 0.5, "y1": row + 0.5, "line": line}


def row_outlines(rows: Sequence[str], selected: Sequence[str], width: int, most: int = 30) -> list[dict[str, Any]]:
    """A border around each row whose value is selected."""
    place = {row: i for i, row in enumerate(rows)}
    return [outline(place[value], 0, width - 1) for value in selected if value in place][:most]
