"""Delimited text (CSV and similar) → blocks of rows as they are written; memory holds one block at a time."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.reading.columns import CODED_TEXT, coded
from analytics.loading.reading.headers import MOST_LINES_BEFORE_HEADER, is_header, no_header, unique
from analytics.loading.reading.rows import Block, File
from analytics.loading.reading.text_stream import Utf8
from analytics.loading.spec import Source

BLOCK_BYTES = 2 << 20  # of text parsed at a time; no row may be longer; pyarrow reads up to 32 blocks ahead
ALL: frozenset[str] = frozenset()  # where no columns are named
HEAD_BYTES = 1 << 20  # in which the header must be found
SEPARATOR_LINE = re.compile(r'"?sep=.?"?\r?\n')


def file(path: Path, name: str, source: Source, only: frozenset[str] = ALL) -> File:
    """The columns of a delimited file, and its rows on demand. SourceError where it cannot be read.

    `only`: the columns that are wanted; where none is among them the rows have all.
    """
    start = beginning(path, name, source)
    wanted = [c for c in start.columns if c in only] or start.columns
    schema = pa.schema([(c, CODED_TEXT) for c in wanted])
    return File(name, schema, partial(blocks, path, name, source, start, wanted))


@dataclass(frozen=True)
class Beginning:
    """The names of a file's columns, the lines before its header, and how many rows the header has: 1 or none."""

    columns: list[str]
    skipped: int
    header: int


def beginning(path: Path, name: str, source: Source) -> Beginning:
    """Where a file begins: as declared, or with the first row that has the declared values. A first line such as
    `sep=;`, which Excel understands, is passed over. SourceError where there is no header."""
    head = Utf8(path, name, source).read(HEAD_BYTES).decode("utf-8", "ignore")
    skipped = source.skip_rows
    if not skipped and SEPARATOR_LINE.match(head):
        skipped = 1
    if source.columns:
        return Beginning(unique(source.columns), skipped, 0)
    if source.header:
        skipped = _header_line(head, name, source)
    return Beginning(unique(_header(head, name, source, skipped)), skipped, 1)


def blocks(path: Path, name: str, source: Source, start: Beginning, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows of one file in order, in their `wanted` columns; the last block has the rows left out as ragged.

    A row that lacks values at its end is filled with empty ones, and one with empty values beyond the last column loses
    them. SourceError where the file is not text of the declared encoding, or no row fits the columns.
    """
    mender = _Mender(name, source, start.columns)
    number, found = 1 + start.header + start.skipped, 0
    try:
        for table in _parsed(path, name, source, start, wanted, mender.judge):
            numbers = _numbers(number, table.num_rows, mender.numbers())
            if table.num_rows:
                number, found = int(numbers[-1]) + 1, found + table.num_rows
                yield mender.block(table, numbers)
    except pa.ArrowException as fault:
        straddles = "straddl" in str(fault)
        if straddles and not found and _is_one_line(path, name, source):
            raise SourceError(
                N_("the file has no rows."), where=name, hint=N_("Export it again, or leave it out.")
            ) from fault
        if straddles:
            raise SourceError(
                N_("a row after row {row} is longer than {most} MB.", row=number, most=BLOCK_BYTES >> 20),
                where=name,
                hint=N_("Perhaps a quotation mark is not closed."),
            ) from fault
        raise SourceError(
            N_("the file cannot be read as a table: {reason}.", reason=str(fault)),
            where=name,
            hint=N_("Check source.separator and source.columns."),
        ) from fault
    except OSError as fault:
        raise SourceError(N_("the file cannot be read: {reason}.", reason=str(fault)), where=name) from fault
    if not found:
        mender.refuse_if_nothing_fits()
    none = pa.schema([(n, CODED_TEXT) for n in wanted]).empty_table()
    last = mender.block(none, np.empty(0, "int64"))
    yield replace(last, ragged=[f"{name}:{n}: {text}" for n, text in mender.ragged])


def _is_one_line(path: Path, name: str, source: Source) -> bool:
    """Whether a file is a header without a line end, which pyarrow takes for the start of a longer row."""
    text = Utf8(path, name, source)
    head = text.read(HEAD_BYTES)
    return b"\n" not in head and b"\r" not in head and not text.read(1)


class _Mender:
    """Rows with another number of values than there are columns: mended where only empty values are at stake, else
    left out."""

    def __init__(self, name: str, source: Source, columns: Sequence[str]) -> None:
        self._name, self._columns = name, columns
        self._options: dict[str, Any] = {"delimiter": "\t" if source.separator == "whitespace" else source.separator}
        if source.separator == "whitespace":
            self._options |= {"quoting": csv.QUOTE_NONE}
        if source.escape:
            self._options |= {"escapechar": source.escape, "doublequote": False}
        self.ragged: list[tuple[int, str]] = []
        self._mended: list[tuple[int, list[str]]] = []  # that no block has yet
        self._most_filled = 0  # values of a mended row

    def judge(self, row: Any) -> str:
        """Receive a row from the parser, which then passes over it."""
        number, wanted = row.number or 0, len(self._columns)
        try:
            values = next(csv.reader([row.text or ""], strict=True, **self._options), [])
        except csv.Error:
            values = []
        if len(values) == row.actual_columns and not any(v.strip() for v in values[wanted:]):
            self._mended.append((number, (values + [""] * wanted)[:wanted]))
            self._most_filled = max(self._most_filled, sum(1 for v in values if v.strip()))
        else:
            self.ragged.append((number, f"{row.actual_columns} values for {wanted} columns"))
        return "skip"

    def numbers(self) -> list[int]:
        """The numbers of the rows passed over, ascending."""
        return sorted(n for n, _ in (*self.ragged, *self._mended))

    def block(self, table: pa.Table, numbers: np.ndarray) -> Block:
        """The rows of a table with the mended ones among them; an empty table takes all that are left."""
        last = int(numbers[-1]) if len(numbers) else sys.maxsize
        due = [(n, values) for n, values in self._mended if n < last]
        if not due:
            return Block(table, numbers)
        self._mended = [(n, values) for n, values in self._mended if n >= last]
        columns = [coded(pa.array(column, pa.string())) for column in zip(*(values for _, values in due), strict=True)]
        mended = pa.table(columns, names=list(self._columns)).select(table.column_names)
        every = pa.concat_tables([table, mended]).unify_dictionaries()
        every_number = np.concatenate([numbers, [n for n, _ in due]]).astype("int64")
        order = np.argsort(every_number, kind="stable")
        return Block(every.take(pa.array(order)), every_number[order], mended=[f"{self._name}:{n}" for n, _ in due])

    def refuse_if_nothing_fits(self) -> None:
        """SourceError where there are rows, but none with more than one value: the separator is another one."""
        first = min([*self.ragged, *((n, f"{len(self._columns)} columns") for n, _ in self._mended)], default=None)
        if first is not None and self._most_filled <= 1 < len(self._columns):
            values = int(first[1].partition(" ")[0]) if first in self.ragged else 1
            raise SourceError(
                N_(
                    "no row has {count:value|values}; row {row} has {values}.",
                    count=len(self._columns),
                    row=str(first[0]),
                    values=values,
                ),
                where=self._name,
                hint=N_("Check source.separator and source.columns."),
            )


def _parsed(
    path: Path, name: str, source: Source, start: Beginning, wanted: Sequence[str], judge: Callable[[Any], str]
) -> Iterator[pa.Table]:
    """The rows of the wanted columns; texts are coded as they are parsed, which takes no longer and holds each once."""
    text = Utf8(path, name, source)
    if text.is_empty():
        return
    blanks = source.separator == "whitespace"
    reader = pacsv.open_csv(
        pa.PythonFile(text, "r"),
        pacsv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            column_names=start.columns,
            skip_rows=start.skipped,
            skip_rows_after_names=start.header,
        ),
        pacsv.ParseOptions(
            delimiter="\t" if blanks else source.separator,
            quote_char=False if blanks else '"',
            double_quote=not source.escape,
            escape_char=source.escape or False,
            newlines_in_values=not blanks,
            ignore_empty_lines=False,
            invalid_row_handler=judge,
        ),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(start.columns, CODED_TEXT), strings_can_be_null=False, include_columns=wanted
        ),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _numbers(first: int, count: int, left_out: Sequence[int]) -> np.ndarray:
    """The next `count` row numbers from `first` on, without those in `left_out` (ascending)."""
    gone = np.array([n for n in left_out if n >= first], "int64")
    if not len(gone):
        return np.arange(first, first + count, dtype="int64")
    every = np.arange(first, first + count + len(gone), dtype="int64")
    return np.setdiff1d(every, gone, assume_unique=True)[:count]


def _rows_of(text: str, source: Source) -> Iterator[list[str]]:
    """The rows of the beginning of a file, as csv reads them."""
    separator = "\t" if source.separator == "whitespace" else source.separator
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _header(head: str, name: str, source: Source, skip: int) -> list[str]:
    text = io.StringIO(head, newline="")
    for _ in range(skip):
        text.readline()
    try:
        first = next(_rows_of(text.read(), source), [])
    except csv.Error as fault:
        raise SourceError(N_("the header cannot be read: {reason}.", reason=str(fault)), where=name) from fault
    if not any(v.strip() for v in first):
        raise SourceError(
            N_("the file has no header row."),
            where=name,
            hint=N_("Name the columns in source.columns, or set source.skip_rows."),
        )
    return first


def _header_line(head: str, name: str, source: Source) -> int:
    """How many lines stand before the first row that has all values of source.header."""
    lines = io.StringIO(head, newline="")
    for at, line in enumerate(lines):
        if at == MOST_LINES_BEFORE_HEADER:
            break
        with suppress(csv.Error):
            if is_header(next(_rows_of(line, source), []), source):
                return at
    raise no_header(name, source)
