"""Excel files: a sheet a chart, and an "About" sheet that says what the figures are.

Rows are written one after another to a temporary file, so that memory does not grow with the sheets.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from analytics.answer import Answer
from analytics.language import _
from analytics.schema import Schema
from dashboard.chart import Chart
from dashboard.page.tables import column_label, column_unit, with_names
from dashboard.web.csv_text import safe_text

MOST_ROWS = 1_000_000  # of a sheet; Excel's end at 1,048,576
MOST_CELLS = 1_500_000  # of a workbook: about six seconds of work
LONGEST_TEXT = 32_767  # characters of a cell, by Excel's rules
_NUMBER = {"money": "#,##0.00", "percent": "0.00", "count": "#,##0", "ratio": "0.00", "rating": "0.00"}
PLACES = {"money": 4, "percent": 3, "count": 2}  # decimals of charts' numbers: at most two more than screens show
OTHER_PLACES = 4
_TIME = "yyyy-mm-dd h:mm:ss"
_DAY = "yyyy-mm-dd"
# What XML 1.0 cannot hold: most control characters, lone surrogates, and two noncharacters.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Write = Callable[[int, int, Any], Any]  # row, column, value


@dataclass(frozen=True)
class _Formats:
    """The looks of cells in one workbook."""

    bold: Any
    time: Any
    numbers: dict[str, Any]


def workbook(
    sheets: Sequence[tuple[Chart, Answer]],
    about: Sequence[tuple[str, str]],
    schema: Schema | None = None,
    headings: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> bytes:
    """The charts' frames as sheets, "About" first; texts stay texts (ids too), numbers carry their unit's format and
    are rounded to PLACES, blanks stay blank. `headings`: those of columns on the screen, by chart and column. Where
    there are more rows than a workbook may hold, "About" says how many of each are there."""
    out = io.BytesIO()
    book, formats = _opened(out)
    kept = rows_kept([answer.frame.shape for _title, answer in sheets])
    explained = [
        (chart.title, f"{chart.question} {chart.explanation.text} {' '.join(answer.notes)}".strip())
        for chart, answer in sheets
    ]
    cut = [
        (
            _("{chart}: rows", chart=chart.title),
            _("The first {count} of {rows}. CSV and JSON have all of them.", count=count, rows=len(answer.frame)),
        )
        for (chart, answer), count in zip(sheets, kept, strict=True)
        if count < len(answer.frame)
    ]
    _about(book.add_worksheet(_("About")), [*about, *explained, *cut], formats)
    used: set[str] = {"about"}
    for (chart, answer), count in zip(sheets, kept, strict=True):
        frame = answer.frame.head(count)
        named = frame if schema is None else with_names(frame, schema)
        sheet = book.add_worksheet(_sheet_name(str(chart.title), used))
        units = {str(name): column_unit(name, chart) for name in named.columns}
        shown = headings.get(chart.name, {})
        _heads(sheet, {name: str(shown.get(name, column_label(name, schema))) for name in units}, formats)
        _rows(sheet, rounded(named, units), 1, units, formats)
    book.close()
    return out.getvalue()


def lines_workbook(
    parts: Iterable[pd.DataFrame], count: int, columns: Sequence[str], about: Sequence[tuple[str, str]], schema: Schema
) -> bytes:
    """Order lines as one sheet, "About" second. `parts`: their rows with these columns, `count` of them in all; where
    that is more than a workbook may hold, "About" says how many of them are there."""
    out = io.BytesIO()
    book, formats = _opened(out, timed="hour" in schema)
    left = rows_kept([(count, len(columns))])[0]
    cut = (
        [(_("Rows"), _("The first {left} of {count}. CSV has all of them.", left=left, count=count))]
        if left < count
        else []
    )
    sheet = book.add_worksheet(_("Order lines"))
    _about(book.add_worksheet(_("About")), [*about, *cut], formats)
    units = {name: "money" if schema[name].kind == "money" else "" for name in columns}
    _heads(sheet, {name: str(column_label(name, schema)) for name in units}, formats)
    done = 0
    for part in parts:
        rows = part.head(left - done)
        _rows(sheet, rows, done + 1, units, formats)
        done += len(rows)
        if done >= left:
            break
    book.close()
    return out.getvalue()


def _opened(out: io.BytesIO, *, timed: bool = True) -> tuple[Workbook, _Formats]:
    """A workbook that is written row by row, and its looks; without `timed`, times are days."""
    book = Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    return book, _Formats(
        book.add_format({"bold": True}),
        book.add_format({"num_format": _TIME if timed else _DAY}),
        {unit: book.add_format({"num_format": form}) for unit, form in _NUMBER.items()},
    )


def rows_kept(shapes: Sequence[tuple[int, int]], most_cells: int = MOST_CELLS) -> list[int]:
    """How many rows of each (rows, columns) fit into a workbook: small ones whole, the others an equal share of cells.

    With 100 cells, (5, 4) keeps its 5 rows, and (50, 4) the 20 rows that the other 80 cells hold.
    """
    kept = [0] * len(shapes)
    left = most_cells
    by_size = sorted(range(len(shapes)), key=lambda i: shapes[i][0] * shapes[i][1])
    for done, i in enumerate(by_size):
        rows, columns = shapes[i]
        share = left // (len(shapes) - done)
        kept[i] = min(rows, MOST_ROWS, share // columns) if columns else 0
        left -= kept[i] * columns
    return kept


def _about(sheet: Worksheet, rows: Iterable[tuple[str, str]], formats: _Formats) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 110)
    for i, (label, text) in enumerate(rows):
        sheet.write_string(i, 0, _text(str(label)), formats.bold)  # a message, in the reader's language
        sheet.write_string(i, 1, _text(str(text)))


def rounded(frame: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """The frame with its fractions rounded to the PLACES of the columns' units, so that no cell shows
    99.99999999520294."""
    fractions = [name for name in frame.columns if frame[name].dtype.kind == "f"]
    return frame.round({name: PLACES.get(units[name], OTHER_PLACES) for name in fractions})


def _heads(sheet: Worksheet, labels: Mapping[str, str], formats: _Formats) -> None:
    """The headings of the columns, by name."""
    sheet.freeze_panes(1, 0)
    for i, label in enumerate(labels.values()):
        sheet.set_column(i, i, max(12, min(40, len(label) + 4)))
        sheet.write_string(0, i, _text(label), formats.bold)


def _rows(sheet: Worksheet, frame: pd.DataFrame, first: int, units: Mapping[str, str], formats: _Formats) -> None:
    """The rows of a frame from row `first` on."""
    writers = [_writer(sheet, frame[name], formats.numbers.get(unit), formats.time) for name, unit in units.items()]
    columns = [frame[name].tolist() for name in units]
    for row, values in enumerate(zip(*columns, strict=True), start=first):
        for column, (write, value) in enumerate(zip(writers, values, strict=True)):
            write(row, column, value)


def _writer(sheet: Worksheet, values: pd.Series, number: Any, time: Any) -> Write:
    """How the cells of a column are written, by what it holds."""
    kind = values.dtype.kind if isinstance(values.dtype, np.dtype) else "O"

    def write_number(row: int, column: int, value: Any) -> None:
        if math.isfinite(value):
            sheet.write_number(row, column, value, number)

    def write_time(row: int, column: int, value: Any) -> None:
        if not pd.isna(value):
            sheet.write_datetime(row, column, value, time)

    def write_any(row: int, column: int, value: Any) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, (int, float)):
            write_number(row, column, value)
        elif isinstance(value, pd.Timestamp):
            write_time(row, column, value)
        elif not pd.isna(value) and value != "":
            sheet.write_string(row, column, _text(value))

    return {"i": write_number, "u": write_number, "f": write_number, "M": write_time}.get(kind, write_any)


def xml_text(value: Any) -> str:
    """The text without what a file of Excel's or PowerPoint's cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", str(value))


def _text(value: Any) -> str:
    """A cell's text: no formula, nothing that a file of Excel's cannot hold, no longer than it may be."""
    return str(safe_text(xml_text(value)))[:LONGEST_TEXT]


def _sheet_name(title: str, used: set[str]) -> str:
    """At most 31 characters as Excel counts them, where one beyond U+FFFF is two; none of []:*?/\\, no apostrophe at
    either end, not twice."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", _NOT_IN_XML.sub(" ", title))
    base = plain.encode("utf-16-le")[: 2 * 28].decode("utf-16-le", "ignore").strip(" '") or _("Sheet")
    name, number = base, 2
    while name.lower() in used or name.lower() == "history":  # a name that Excel reserves
        name, number = f"{base} {number}", number + 1
    used.add(name.lower())
    return name
