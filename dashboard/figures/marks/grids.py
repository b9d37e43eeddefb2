"""Sortable tables (AG Grid): the number itself for sorting, its text for reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.text.formats import Formats

MOST_ROWS = 1000
HEADER = 38  # pixels, like the next seven
LONG_HEADER = 58
ROW = 34
LETTER = 9
DIGIT = 8
MARGIN = 28
NAME = 112  # two names and a number fit side by side on a phone
ARROW = 22  # of the column that the grid is sorted by


@dataclass(frozen=True)
class Column:
    """A column of the grid: the column of the frame, its heading, unit ("" for text), tooltip, width in pixels (scaled
    to the card), and whether the grid is sorted by it ("asc" or "desc"). `words`: what its values are called, where
    they are a question's own and no data."""

    field: str
    heading: str
    unit: str = ""
    hint: str = ""
    width: int = 96
    sort: str = ""
    words: Mapping[str, str] | None = None


def grid(
    frame: pd.DataFrame, columns: tuple[Column, ...], formats: Formats, label: Callable[[str, Any], str] | None = None
) -> dict[str, Any]:
    """Properties of an AG Grid: at most 1,000 rows; numbers at the right, with their text in `<field>_text`. `label`
    writes the other values, from (field, value)."""
    shown = frame.head(MOST_ROWS)
    whole = {c.field for c in columns if c.unit == "money" and _whole(shown, c.field)}
    rows: list[dict[str, Any]] = []
    for record in shown.to_dict("records"):
        row: dict[str, Any] = {}
        for c in columns:
            value = record.get(c.field)
            if c.unit:
                number = None if value is None or value != value else float(value)
                row |= {c.field: number, f"{c.field}_text": _written(formats, c.unit, number, c.field in whole)}
            elif c.words:
                row[c.field] = str(c.words.get(str(value), value))
            else:
                row[c.field] = label(c.field, value) if label else str(value)
        rows.append(row)
    longest = {c.field: max((len(r[f"{c.field}_text"]) for r in rows), default=0) for c in columns if c.unit}
    return {"rowData": rows, "columnDefs": [_definition(c, longest.get(c.field, 0)) for c in columns]}


def write_instead(drawn: dict[str, Any], row: dict[str, Any], field: str, text: str) -> None:
    """Words in place of a number of the grid, in a column that becomes as wide as they are."""
    row[f"{field}_text"] = text
    column = next(c for c in drawn["columnDefs"] if c["field"] == field)
    column["minWidth"] = max(column["minWidth"], MARGIN + DIGIT * len(text))


def height(drawn: dict[str, Any], most: int) -> int:
    """The height of the rows in pixels: of all of them, or of as many whole ones as fit in `most`."""
    wraps = any(len(c["headerName"]) * LETTER > c["flex"] for c in drawn["columnDefs"])
    around = (LONG_HEADER if wraps else HEADER) + 2
    return around + ROW * max(min(len(drawn["rowData"]), (most - around) // ROW), 1)


def _definition(column: Column, longest: int) -> dict[str, Any]:
    """AG Grid's definition of a column. `longest`: characters of its longest number, which is never cut."""
    heading = str(column.heading)
    word = MARGIN + LETTER * max(len(w) for w in heading.split()) + ARROW * bool(column.sort)
    given: dict[str, Any] = {
        "field": column.field,
        "headerName": heading,
        "flex": column.width,
        "minWidth": max(MARGIN + DIGIT * longest, word) if column.unit else max(min(column.width, NAME), word),
        "wrapHeaderText": True,
        "autoHeaderHeight": True,
        "suppressHeaderMenuButton": True,
    }
    if column.hint:
        given["headerTooltip"] = str(column.hint)
    if column.sort:
        given["sort"] = column.sort
    if column.unit:
        given |= {
            "type": "rightAligned",
            "valueFormatter": {"function": f"params.data.{column.field}_text"},
            "sortingOrder": ["desc", "asc", None],
        }
    else:
        given |= {"tooltipField": column.field, "wrapText": True}  # two lines fit in a row
    return given


def _whole(frame: pd.DataFrame, field: str) -> bool:
    """Whether no amount of a column has a part of a unit: then all are written without decimals."""
    return field in frame and bool((frame[field].dropna().astype(float) % 1 == 0).all())


def _written(formats: Formats, unit: str, value: float | None, whole: bool) -> str:
    if value is None:
        return ""
    if unit == "money" and whole:
        return formats.money(value, whole=True)
    if unit == "chance":
        return f"< {formats.percent(0.1)}" if value < 0.001 else formats.percent(100 * value)
    if unit == "times":
        return formats.times(value)
    if unit == "small percent":
        return formats.percent(value, 2)
    return formats.signed(value) if unit == "change" else formats.unit(unit, value)
