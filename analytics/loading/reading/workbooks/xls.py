"""A workbook of Excel 97–2003 (.xls) → the cells of its sheets.

Such a file is not compressed, and a sheet has at most 65,536 rows of 256 columns, so that its size bounds its memory.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.reading.workbooks.grid import BLOCK_ROWS, Grid, coded_cells

LARGEST = 64 << 20  # bytes
OLE = b"\xd0\xcf\x11\xe0"  # what the file begins with
HINTS = {
    b"PK": N_("It is an .xlsx file: rename it."),
    b"<": N_("It is a web page: open it in Excel and save it as .xlsx."),
}


def grids(path: Path, name: str, skip: int, chosen: Callable[[list[str]], list[str]]) -> dict[str, Grid]:
    """The cells of the sheets that `chosen` picks from their titles, without the first `skip` rows.

    SourceError where the file is none of Excel's, is damaged or too large.
    """
    from python_calamine import CalamineWorkbook

    with path.open("rb") as file:
        head = file.read(8).lstrip()
    if not head.startswith(OLE):
        hint = next(
            (hint for mark, hint in HINTS.items() if head.startswith(mark)), 'Is it text? Declare kind = "csv".'
        )
        raise SourceError(N_("the file is not an Excel 97–2003 workbook."), where=name, hint=hint)
    if path.stat().st_size > LARGEST:
        raise SourceError(
            N_("the file is larger than {most} MB.", most=LARGEST >> 20),
            where=name,
            hint=N_("Save it as .xlsx or as CSV."),
        )
    try:
        book = CalamineWorkbook.from_path(str(path))
        return {
            t: _grid(book.get_sheet_by_name(t).to_python(skip_empty_area=False), skip) for t in chosen(book.sheet_names)
        }
    except (KeyboardInterrupt, SystemExit, SourceError):
        raise
    except BaseException as fault:  # a damaged file may raise a panic of the library, which is no Exception
        raise SourceError(
            N_("the file is not a readable workbook: {reason}.", reason=str(fault)),
            where=name,
            hint=N_("Check the file, or save the sheet as CSV."),
        ) from None


def _grid(cells: list[list[Any]], skip: int) -> Grid:
    rows = [[_text(value) for value in row] for row in cells[skip:]]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((at + 1 for row in rows for at, text in enumerate(row) if text), default=0)
    blocks: list[tuple[int, int, dict[int, pa.DictionaryArray]]] = []
    for start in range(0, len(rows), BLOCK_ROWS):
        part = rows[start : start + BLOCK_ROWS]
        columns = {}
        for at in range(width):
            filled = [n for n, row in enumerate(part) if row[at]]
            if filled:
                columns[at] = coded_cells(filled, [part[n][at] for n in filled], len(part))
        blocks.append((start, len(part), columns))
    first = {at: text for at, text in enumerate(rows[0]) if text} if rows else {}
    return Grid(blocks, first, len(rows), width)


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, dates in ISO form."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value} 00:00:00"
    return str(value)
