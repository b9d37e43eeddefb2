"""Delimited text (CSV and similar) → blocks of rows as they are written; memory holds one block at a time."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from analytics.errors import SourceError
from analytics.loading.reading.rows import Block, File
from analytics.loading.spec import Source

BLOCK_BYTES = 2 << 20  # of text parsed at a time; no row may be longer; pyarrow reads up to 32 blocks ahead
HEAD_BYTES = 1 << 20  # in which the header must be found


def file(path: Path, name: str, source: Source) -> File:
    """The columns of a delimited file, and its rows on demand. SourceError where it cannot be read."""
    names = columns(path, name, source)
    return File(name, pa.schema([(c, pa.string()) for c in names]), partial(blocks, path, name, source))


def columns(path: Path, name: str, source: Source) -> list[str]:
    """The names of a file's columns: as declared, or else as its first row says."""
    if source.columns:
        return unique(source.columns)
    head = Utf8(path, name, source).read(HEAD_BYTES).decode("utf-8", "ignore")
    return unique(_header(head, name, "\t" if source.separator == "whitespace" else source.separator, source.skip_rows))


def blocks(path: Path, name: str, source: Source) -> Iterator[Block]:
    """The rows of one file in order; the last block has no rows, but the rows left out as ragged.

    SourceError where the file is not text of the declared encoding, or no row fits the columns.
    """
    names = columns(path, name, source)
    header = 0 if source.columns else 1
    ragged: list[tuple[int, str]] = []

    def leave_out(row: pacsv.InvalidRow) -> str:
        ragged.append((row.number or 0, f"{row.actual_columns} values for {row.expected_columns} columns"))
        return "skip"

    number, found = 1 + header + source.skip_rows, 0
    try:
        for table in _parsed(path, name, source, names, header, leave_out):
            numbers = _numbers(number, table.num_rows, [n for n, _ in ragged])
            if table.num_rows:
                number, found = int(numbers[-1]) + 1, found + table.num_rows
                yield Block(table, numbers)
    except pa.ArrowException as fault:
        if "straddl" in str(fault):
            raise SourceError(
                f"a row after row {number} is longer than {BLOCK_BYTES >> 20} MB.",
                where=name,
                hint="Is a quote not closed?",
            ) from fault
        raise SourceError(
            f"cannot be read as delimited text: {fault}.", where=name, hint="Check source.separator and source.columns."
        ) from fault
    except OSError as fault:
        raise SourceError(f"cannot be read: {fault}.", where=name) from fault
    if ragged and not found:
        raise SourceError(
            f"no row has {len(names)} values; row {ragged[0][0]} has {ragged[0][1]}.",
            where=name,
            hint="Check source.separator and source.columns.",
        )
    none = pa.table({n: pa.array([], pa.string()) for n in names})
    yield Block(none, np.empty(0, "int64"), [f"{name}:{n}: {text}" for n, text in ragged])


def _parsed(
    path: Path, name: str, source: Source, names: Sequence[str], header: int, leave_out: Callable[[Any], str]
) -> Iterator[pa.Table]:
    text = Utf8(path, name, source)
    if text.is_empty():
        return
    blanks = source.separator == "whitespace"
    reader = pacsv.open_csv(
        pa.PythonFile(text, "r"),
        pacsv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            column_names=list(names),
            skip_rows=source.skip_rows,
            skip_rows_after_names=header,
        ),
        pacsv.ParseOptions(
            delimiter="\t" if blanks else source.separator,
            quote_char=False if blanks else '"',
            newlines_in_values=not blanks,
            ignore_empty_lines=False,
            invalid_row_handler=leave_out,
        ),
        pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
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


class Utf8(io.RawIOBase):
    """A file, unpacked and recoded as UTF-8 without a byte-order mark.

    Where white space separates values, each run of it becomes one tab. SourceError names the byte and the row that are
    not of the declared encoding.
    """

    def __init__(self, path: Path, name: str, source: Source) -> None:
        self._name = name
        self._source = source
        self._row = 1
        self._begun = False
        self._line = ""  # the start of a line whose end has not been read yet
        self._peeked = b""
        self._decoder = codecs.getincrementaldecoder(source.encoding)()
        self._plain = codecs.lookup(source.encoding).name == "utf-8" and source.separator != "whitespace"
        try:
            self._raw = pa.input_stream(str(path), compression="detect")
        except OSError as fault:
            raise SourceError(f"cannot be read: {fault}.", where=name) from fault

    def readable(self) -> bool:
        """True; pyarrow asks for it."""
        return True

    def is_empty(self) -> bool:
        """Whether the file has no text at all."""
        self._peeked = self._peeked or self.read(HEAD_BYTES)
        return not self._peeked

    def read(self, size: int = -1) -> bytes:
        """About `size` bytes of text from the file; nothing at its end."""
        if self._peeked:
            given, self._peeked = self._peeked, b""
            return given
        size = size if size > 0 else HEAD_BYTES
        while True:
            raw = self._bytes(size)
            if raw and self._plain and raw.isascii() and not self._decoder.getstate()[0]:
                self._row, self._begun = self._row + raw.count(b"\n"), True
                return raw
            text = self._decoded(raw)
            if self._source.separator == "whitespace":
                text = self._tabbed(text, not raw)
            if text and not self._begun:
                text, self._begun = text.removeprefix("\ufeff"), True
            if text or not raw:
                return text.encode("utf-8")

    def _bytes(self, size: int) -> bytes:
        try:
            return bytes(self._raw.read(size))
        except (OSError, pa.ArrowException) as fault:
            raise SourceError(f"cannot be read: {fault}.", where=self._name) from fault

    def _decoded(self, raw: bytes) -> str:
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as fault:
            row = self._row + fault.object[: fault.start].count(b"\n")
            raise SourceError(
                f"byte {fault.object[fault.start]:#04x} in row {row} is not {self._source.encoding}.",
                where=self._name,
                hint='Say the encoding: source.encoding = "latin-1", "cp1252" or "utf-16".',
            ) from fault
        except UnicodeError as fault:
            raise SourceError(f"cannot be read: {fault}.", where=self._name) from fault
        self._row += text.count("\n")
        return text

    def _tabbed(self, text: str, last: bool) -> str:
        """Whole lines with tabs between values; the beginning of the next line is kept."""
        lines = (self._line + text).splitlines(keepends=True)
        self._line = "" if last or not lines else lines.pop()
        return "".join(re.sub(r"[^\S\n]+", "\t", line.strip()) + "\n" for line in lines)


def _header(head: str, name: str, separator: str, skip: int) -> list[str]:
    text = io.StringIO(head, newline="")
    for _ in range(skip):
        text.readline()
    try:
        first = next(csv.reader(text, delimiter=separator), [])
    except csv.Error as fault:
        raise SourceError(f"the header cannot be read: {fault}.", where=name) from fault
    if not any(v.strip() for v in first):
        raise SourceError(
            "has no header row.", where=name, hint="Name the columns in source.columns, or say source.skip_rows."
        )
    return first


def unique(names: Sequence[str]) -> list[str]:
    """Column names, trimmed. The second "Name" becomes "Name (2)"; an empty third one becomes "column 3"."""
    seen: dict[str, int] = {}
    found = []
    for at, column in enumerate(names):
        name = column.strip().strip("\ufeff") or f"column {at + 1}"
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
