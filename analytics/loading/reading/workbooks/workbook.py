"""An Excel workbook → rows of texts, from the cells that `xlsx` or, of an old one, `xls` reads."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.errors import SourceError, did_you_mean
from analytics.language import N_
from analytics.loading.reading.headers import MOST_LINES_BEFORE_HEADER, is_header, no_header, unique
from analytics.loading.reading.rows import Block, File
from analytics.loading.reading.workbooks import xls, xlsx
from analytics.loading.reading.workbooks.grid import Grid
from analytics.loading.spec import Source


def files(path: Path, name: str, source: Source) -> list[File]:
    """The columns and rows of each sheet of a workbook that the source names; each is called as the file is, with the
    sheet where there are several. SourceError where it cannot be read or is too large."""
    grids = _grids(path, name, source)
    if len(grids) == 1:
        return [_as_file(grid, name, source) for grid in grids.values()]
    return [_as_file(grid, f"{name}[{title}]", source) for title, grid in grids.items()]


def _grids(path: Path, name: str, source: Source) -> dict[str, Grid]:
    kind = xls.grids if path.suffix.lower() == ".xls" else xlsx.grids
    return kind(path, name, source.skip_rows, partial(_chosen, name, source.sheets))


def heads(path: Path, name: str, count: int) -> dict[str, list[list[str]]]:
    """The first rows of each sheet of a workbook, by its title. Errors are those of `files`."""
    grids = _grids(path, name, Source("excel", (name,), sheets=("*",)))
    return {title: _first_rows(grid, count) for title, grid in grids.items()}


def _first_rows(sheet: Grid, count: int) -> list[list[str]]:
    if not sheet.blocks:
        return []
    _, rows, columns = sheet.blocks[0]
    texts = {at: column.slice(0, count).cast(pa.string()).to_pylist() for at, column in columns.items()}
    return [[texts[at][row] if at in texts else "" for at in range(sheet.columns)] for row in range(min(rows, count))]


def _as_file(sheet: Grid, name: str, source: Source) -> File:
    if source.columns and len(source.columns) != sheet.columns:
        raise SourceError(
            N_(
                "source.columns names {names:column|columns}, but the sheet has {count}.",
                names=len(source.columns),
                count=sheet.columns,
            ),
            where=name,
        )
    names, above = _header(sheet, name, source)
    schema = pa.schema([(n, pa.string()) for n in names])

    def rows() -> Iterator[Block]:
        for start, count, columns in sheet.blocks:
            skipped = min(count, max(0, above - start))
            arrays = [columns[i].slice(skipped) for i in sorted(columns)]
            table = pa.table(arrays, names=[names[i] for i in sorted(columns)])
            if not arrays:
                table = pa.table({names[0]: pa.nulls(count - skipped, pa.string())})
            numbers = np.arange(start + skipped, start + count, dtype="int64") + 1 + source.skip_rows
            yield Block(table, numbers)
        yield Block(schema.empty_table(), np.empty(0, "int64"))

    return File(name, schema, rows)


def _header(sheet: Grid, name: str, source: Source) -> tuple[list[str], int]:
    """The names of the columns, and how many rows stand above the data. SourceError where there is no header."""
    if source.columns:
        return unique(source.columns), 0
    if not sheet.rows:
        raise SourceError(N_("the file is empty."), where=name)
    if not source.header:
        return unique([sheet.first_row.get(i, "") for i in range(sheet.columns)]), 1
    _, count, columns = sheet.blocks[0]
    for row in range(min(count, MOST_LINES_BEFORE_HEADER)):
        cells = {at: column[row].as_py() for at, column in columns.items()}
        if is_header(cells.values(), source):
            return unique([cells.get(i, "") for i in range(sheet.columns)]), row + 1
    raise no_header(name, source)


def _chosen(name: str, wanted: tuple[str, ...], titles: list[str]) -> list[str]:
    """The titles that are wanted, where one with * stands for several; the first where none is. SourceError where one
    is not there."""
    if not titles:
        raise SourceError(N_("the workbook has no sheets."), where=name)
    for pattern in wanted:
        if not any(_is_called(title, pattern) for title in titles):
            raise SourceError(
                N_("the workbook has no sheet {name}.", name=repr(pattern)),
                where=name,
                hint=did_you_mean(pattern, titles),
            )
    return [t for t in titles if any(_is_called(t, pattern) for pattern in wanted)] or titles[:1]


def _is_called(title: str, pattern: str) -> bool:
    return title == pattern or ("*" in pattern and fnmatchcase(title, pattern))
