"""Sources → rows as they are written, each with its file and row number, a block at a time. Nothing is interpreted or
lost here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import SourceError, did_you_mean
from analytics.loading.reading import database, separated
from analytics.loading.reading.database import HighWater
from analytics.loading.reading.gathering import common_schema, gathered, is_text, whole
from analytics.loading.reading.separated import Block, unique
from analytics.loading.spec import Source
from analytics.quality import Quality
from analytics.runtime.parallel import prefetch

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all

BLOCK_ROWS = 1 << 18  # so many rows, or so many bytes of them, are worked on at a time where there are so many
BLOCK_BYTES = 1 << 26


@dataclass(frozen=True)
class Rows:
    """Rows of one source. `table` has the columns of the files, each in one piece: texts, "" where nothing stands, as
    codes and words (a dictionary); from Parquet and databases also typed.

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
        table = self.table.filter(pa.array(keep)).combine_chunks()
        return replace(self, table=table, file=self.file[keep], number=self.number[keep])

    def place(self, row: int) -> str:
        """'sales/march.csv:17'."""
        return f"{self.files[self.file[row]]}:{self.number[row]}"

    def numbers(self) -> pa.Array:
        """An identity for each row: its number, after the file's where there are several files."""
        number = pa.array(self.number).cast(pa.string())
        if len(self.files) == 1:
            return number
        return pc.binary_join_element_wise(pa.array(self.file + 1).cast(pa.string()), number, "-")

    def examples(self, rows: np.ndarray | Sequence[int], values: pa.Array | None = None) -> list[str]:
        """At most five rows in words, with one value or the whole row."""
        return [f"{self.place(i)}: {self._said(i, values)}" for i in list(rows)[:5]]

    def _said(self, row: int, values: pa.Array | None) -> str:
        shown = (
            [values[row].as_py()]
            if values is not None
            else [self.table.column(i)[row].as_py() for i in range(self.table.num_columns)]
        )
        text = ", ".join("" if v is None else str(v) for v in shown)
        return text if len(text) <= 120 else text[:119] + "…"


@dataclass(frozen=True)
class Part:
    """One file: what it is called, its columns, and its rows when asked for."""

    name: str
    schema: pa.Schema
    blocks: Callable[[], Iterator[Block]]


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


def lacking(source: Source, sources: Path, beside: Path) -> str:
    """Why the files of a source, or the address of its database, are not here; empty where they are."""
    if source.kind == "sql":
        return "" if database.is_there(source) else f"{source.url_env} is not set."
    try:
        paths(source, sources, beside)
    except SourceError as fault:
        return str(fault)
    return ""


def read(source: Source, sources: Path, beside: Path, quality: Quality, progress: Progress | None = None) -> Rows:
    """All rows of a source at once, in order of file and row; its errors and counts are those of `blocks`."""
    every = list(blocks(source, sources, beside, quality, progress))
    return every[0] if len(every) == 1 else joined(every)


def joined(blocks: Sequence[Rows]) -> Rows:
    """Rows after rows."""
    table = whole([b.table for b in blocks])
    file, number = np.concatenate([b.file for b in blocks]), np.concatenate([b.number for b in blocks])
    return replace(blocks[0], table=table, file=file, number=number)


def blocks(
    source: Source,
    sources: Path,
    beside: Path,
    quality: Quality,
    progress: Progress | None = None,
    water: HighWater | None = None,
) -> Iterator[Rows]:
    """The rows of a source in order of file and row, so many at a time as are quick to work on; at least one block, be
    it empty.

    Counts rows read and, as left out, rows with too many or too few values. `water` says from where on a database is
    read, and is told how far.
    """
    parts = _parts(source, sources, beside, water or HighWater())
    schema = common_schema([(p.name, p.schema) for p in parts])
    files = tuple(p.name for p in parts)
    lacking = {c: p.name for p in parts for c in schema.names if c not in p.schema.names}
    quality.files += files
    given, shown = False, -1
    for at, table, file, number, ragged in prefetch(_gathered_blocks(parts, schema)):
        if progress and at != shown:
            progress(f"reading {parts[at].name}", at, len(parts))
            shown = at
        quality.rows_read += table.num_rows + len(ragged)
        quality.add("ragged_row", "rows with too many or too few values", "left out", len(ragged), ragged[:5])
        if table.num_rows or not given:
            given = True
            yield Rows(table, files, file, number, source, lacking)


Gathered = tuple[
    int, pa.Table, np.ndarray, np.ndarray, list[str]
]  # file reached, rows, file and number of each, ragged


def _gathered_blocks(parts: Sequence[Part], schema: pa.Schema) -> Iterator[Gathered]:
    """Rows of all files, many at a time; the last, with what was found ragged since, may be empty."""
    tables: list[pa.Table] = []
    numbers: list[np.ndarray] = []
    owners: list[np.ndarray] = []
    every: list[str] = []
    for at, part in enumerate(parts):
        for table, number, ragged in part.blocks():
            tables.append(table)
            numbers.append(number)
            owners.append(np.full(len(number), at, "int32"))
            every += ragged
            if sum(map(len, numbers)) >= BLOCK_ROWS or sum(t.nbytes for t in tables) >= BLOCK_BYTES:
                yield at, gathered(tables, schema), np.concatenate(owners), np.concatenate(numbers), every
                tables, numbers, owners, every = [], [], [], []
    if not tables:
        tables, numbers, owners = [schema.empty_table()], [np.empty(0, "int64")], [np.empty(0, "int32")]
    yield len(parts) - 1, gathered(tables, schema), np.concatenate(owners), np.concatenate(numbers), every


def _parts(source: Source, sources: Path, beside: Path, water: HighWater) -> list[Part]:
    if source.kind == "sql":
        query = database.query_of(source, water)
        return [Part(source.url_env, query.schema, partial(database.blocks, source, query, water))]
    found = []
    for path in paths(source, sources, beside):
        name = _shown(path, sources, beside)
        if source.kind == "parquet":
            found.append(_parquet(path, name))
        elif source.kind == "excel":
            found.append(_excel(path, name, source))
        else:
            schema = pa.schema([(c, pa.string()) for c in separated.columns(path, name, source)])
            found.append(Part(name, schema, partial(separated.blocks, path, name, source)))
    return found


def _shown(path: Path, sources: Path, beside: Path) -> str:
    for folder in (sources, beside):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def _parquet(path: Path, name: str) -> Part:
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(f"is not a readable Parquet file: {fault}.", where=name) from fault

    def rows() -> Iterator[Block]:
        number = 1
        try:
            with pq.ParquetFile(path, read_dictionary=_repeating(path, schema)) as file:
                for group in range(file.num_row_groups):
                    for batch in file.iter_batches(BLOCK_ROWS, row_groups=[group]):
                        yield pa.Table.from_batches([batch]), np.arange(number, number + len(batch), dtype="int64"), []
                        number += len(batch)
        except (pa.ArrowException, OSError) as fault:
            raise SourceError(f"is not a readable Parquet file: {fault}.", where=name) from fault
        yield schema.empty_table(), np.empty(0, "int64"), []

    return Part(name, schema, rows)


def _repeating(path: Path, schema: pa.Schema) -> list[str]:
    """Columns of few texts, to be read as codes and words at once: those that take less than four bytes a value."""
    import pyarrow.parquet as pq

    about = pq.read_metadata(path)
    size: dict[str, int] = {}
    for group in range(about.num_row_groups):
        for at in range(about.num_columns):
            column = about.row_group(group).column(at)
            size[column.path_in_schema] = size.get(column.path_in_schema, 0) + column.total_uncompressed_size
    return [f.name for f in schema if is_text(f.type) and size.get(f.name, 0) < 4 * about.num_rows]


def _excel(path: Path, name: str, source: Source) -> Part:
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
    table = pa.table(arrays, names=unique(columns))
    numbers = np.arange(table.num_rows, dtype="int64") + 1 + header + source.skip_rows
    return Part(name, table.schema, lambda: iter([(table, numbers, [])]))
