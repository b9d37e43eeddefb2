"""Source files → rows as they are written, each with its file and row number. Nothing is interpreted or lost here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from analytics.errors import SourceError, did_you_mean
from analytics.quality import Quality
from analytics.spec import Source

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all

LONGEST_ROW = 64 * 1024 * 1024


@dataclass(frozen=True)
class Rows:
    """Rows of one source. `table` has the columns of the files: text, "" where nothing stands; from Parquet also typed.

    `file` and `number` say of each row its position in `files` and its number as a spreadsheet counts (the header is
    1).
    """

    table: pa.Table
    files: tuple[str, ...]
    file: np.ndarray
    number: np.ndarray
    source: Source
    lacking: dict[str, str] = field(default_factory=dict)  # column: a file that does not have it, though others do

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def where(self, keep: np.ndarray) -> Rows:
        """The rows for which the mask `keep` is true."""
        if keep.all():
            return self
        return replace(self, table=self.table.filter(pa.array(keep)), file=self.file[keep], number=self.number[keep])

    def place(self, row: int) -> str:
        """'sales/march.csv:17'."""
        return f"{self.files[self.file[row]]}:{self.number[row]}"

    def numbers(self) -> pa.ChunkedArray:
        """An identity for each row: its number, after the file's where there are several files."""
        number = pa.chunked_array([pa.array(self.number).cast(pa.string())])
        if len(self.files) == 1:
            return number
        return pc.binary_join_element_wise(pa.array(self.file + 1).cast(pa.string()), number, "-")

    def examples(self, rows: np.ndarray | Sequence[int], values: pa.ChunkedArray | None = None) -> list[str]:
        """At most five rows in words, with one value or the whole row."""
        return [f"{self.place(i)}: {self._said(i, values)}" for i in list(rows)[:5]]

    def _said(self, row: int, values: pa.ChunkedArray | None) -> str:
        shown = (
            [values[row].as_py()]
            if values is not None
            else [self.table.column(i)[row].as_py() for i in range(self.table.num_columns)]
        )
        text = ", ".join("" if v is None else str(v) for v in shown)
        return text if len(text) <= 120 else text[:119] + "…"


def paths(source: Source, sources: Path, beside: Path) -> list[Path]:
    """The files a source names, in order of name. SourceError where a name or pattern matches nothing."""
    found: list[Path] = []
    for pattern in source.files:
        folder = beside if pattern.startswith("./") else sources
        try:
            matches = sorted(p for p in folder.glob(pattern.removeprefix("./")) if p.is_file())
        except (ValueError, IndexError, NotImplementedError, OSError) as fault:
            raise SourceError(f"{pattern!r} is no usable pattern: {fault}.", where="source.files") from fault
        if not matches:
            near = (
                [str(p.relative_to(folder)) for p in (folder / pattern).parent.glob("*")]
                if (folder / pattern).parent.is_dir()
                else []
            )
            raise SourceError(
                f"no file matches {pattern!r} under {folder}.", where="source.files", hint=did_you_mean(pattern, near)
            )
        found += [p for p in matches if p not in found]
    return found


def read(source: Source, sources: Path, beside: Path, quality: Quality, progress: Progress | None = None) -> Rows:
    """All rows of a source, in order of file and row.

    Counts rows read and, as left out, rows with too many or too few values.
    """
    files = paths(source, sources, beside)
    names = [_shown(p, sources, beside) for p in files]
    tables: list[pa.Table] = []
    numbers: list[np.ndarray] = []
    for at, (path, name) in enumerate(zip(files, names, strict=True)):
        if progress:
            progress(f"reading {name}", at, len(files))
        table, number, ragged = _read_one(path, name, source)
        quality.rows_read += table.num_rows + len(ragged)
        quality.add("ragged_row", "rows with too many or too few values", "left out", len(ragged), ragged[:5])
        tables.append(table)
        numbers.append(number)
    quality.files += names
    every = {c for t in tables for c in t.column_names}
    lacking = {c: n for t, n in zip(tables, names, strict=True) for c in every.difference(t.column_names)}
    table = _filled(pa.concat_tables(tables, promote_options="permissive"))
    file = np.repeat(np.arange(len(tables), dtype="int32"), [len(n) for n in numbers])
    return Rows(table, tuple(names), file, np.concatenate(numbers), source, lacking)


def _shown(path: Path, sources: Path, beside: Path) -> str:
    for folder in (sources, beside):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def _read_one(path: Path, name: str, source: Source) -> tuple[pa.Table, np.ndarray, list[str]]:
    if source.kind == "parquet":
        table = _parquet(path, name)
        return table, np.arange(1, table.num_rows + 1, dtype="int64"), []
    if source.kind == "excel":
        return _excel(path, name, source)
    return _csv(path, name, source)


def _parquet(path: Path, name: str) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(f"is not a readable Parquet file: {fault}.", where=name) from fault


def _excel(path: Path, name: str, source: Source) -> tuple[pa.Table, np.ndarray, list[str]]:
    try:
        frame = pd.read_excel(
            path,
            sheet_name=source.sheet or 0,
            header=None,
            dtype=str,
            skiprows=source.skip_rows,
            na_filter=False,
            keep_default_na=False,
        )
    except ImportError as fault:
        raise SourceError(
            "Excel files need the package openpyxl.", where=name, hint="Install it, or save the sheet as CSV."
        ) from fault
    except Exception as fault:  # openpyxl raises anything from KeyError to BadZipFile on a damaged workbook
        raise SourceError(
            f"is not a readable workbook: {fault}.", where=name, hint="Check source.sheet and the file."
        ) from fault
    header = 0 if source.columns else 1
    if len(frame) < header:
        raise SourceError("is empty.", where=name)
    columns = list(source.columns) or [str(v) for v in frame.iloc[0]]
    if len(columns) != frame.shape[1]:
        raise SourceError(f"source.columns names {len(columns)} columns, the sheet has {frame.shape[1]}.", where=name)
    arrays = [pa.array(frame.iloc[header:, i].astype("str"), pa.string()) for i in range(frame.shape[1])]
    table = pa.table(arrays, names=_unique(columns))
    return table, np.arange(table.num_rows, dtype="int64") + 1 + header + source.skip_rows, []


def _csv(path: Path, name: str, source: Source) -> tuple[pa.Table, np.ndarray, list[str]]:
    content = _content(path, name, source)
    blanks = source.separator == "whitespace"
    separator = "\t" if blanks else source.separator
    columns = list(source.columns) or _header(content, name, separator, source.skip_rows)
    header = 0 if source.columns else 1
    ragged: list[tuple[int, str]] = []

    def note(row: pacsv.InvalidRow) -> str:
        ragged.append(
            (row.number or 0, f"{row.actual_columns} values for {row.expected_columns} columns: {row.text[:80]}")
        )
        return "skip"

    try:
        table = pacsv.read_csv(
            pa.py_buffer(content),
            pacsv.ReadOptions(
                use_threads=False,
                block_size=min(max(len(content) + 1, 1 << 16), LONGEST_ROW),
                column_names=_unique(columns),
                skip_rows=source.skip_rows,
                skip_rows_after_names=header,
            ),
            pacsv.ParseOptions(
                delimiter=separator,
                quote_char=False if blanks else '"',
                newlines_in_values=not blanks,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            pacsv.ConvertOptions(column_types={c: pa.string() for c in _unique(columns)}, strings_can_be_null=False),
        )
    except pa.ArrowException as fault:
        raise SourceError(
            f"cannot be read as separated text: {fault}.", where=name, hint="Check source.separator and source.columns."
        ) from fault
    except OSError as fault:
        raise SourceError(f"cannot be read: {fault}.", where=name) from fault
    if ragged and not table.num_rows:
        raise SourceError(
            f"no row has {len(columns)} values; row {ragged[0][0]} has {ragged[0][1]}.",
            where=name,
            hint="Check source.separator and source.columns.",
        )
    total = table.num_rows + len(ragged)
    number = np.arange(total, dtype="int64") + 1 + header + source.skip_rows
    if ragged:
        number = np.setdiff1d(number, [n for n, _ in ragged])
    return table, number, [f"{name}:{n}: {text}" for n, text in ragged]


def _content(path: Path, name: str, source: Source) -> bytes:
    """The file as UTF-8 without a byte-order mark; blanks between values as single tabs where they separate."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            raw = bytes(stream.read())
        text = raw.decode(source.encoding)
        if source.separator == "whitespace":
            text = "\n".join(re.sub(r"[^\S\n]+", "\t", line.strip()) for line in text.splitlines())
    except UnicodeDecodeError as fault:
        row = fault.object[: fault.start].count(b"\n") + 1
        raise SourceError(
            f"byte {fault.object[fault.start]:#04x} in row {row} is not {source.encoding}.",
            where=name,
            hint='Say the encoding: source.encoding = "latin-1", "cp1252" or "utf-16".',
        ) from fault
    except (OSError, UnicodeError) as fault:
        raise SourceError(f"cannot be read: {fault}.", where=name) from fault
    return text.removeprefix("\ufeff").encode("utf-8")


def _header(content: bytes, name: str, separator: str, skip: int) -> list[str]:
    text = io.StringIO(content[: 1 << 20].decode("utf-8", "ignore"), newline="")
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


def _unique(columns: Sequence[str]) -> list[str]:
    """Column names trimmed; the second "Name" becomes "Name (2)", an empty one "column 3"."""
    seen: dict[str, int] = {}
    names = []
    for at, column in enumerate(columns):
        name = column.strip().strip("\ufeff") or f"column {at + 1}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _filled(table: pa.Table) -> pa.Table:
    """Text columns without nulls, dictionaries as text."""
    for at, column in enumerate(table.columns):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_null(kind)
            or pa.types.is_string_view(kind)
        ):
            table = table.set_column(at, table.column_names[at], pc.fill_null(column.cast(pa.string()), ""))
        elif column is not table.column(at):
            table = table.set_column(at, table.column_names[at], column)
    return table
