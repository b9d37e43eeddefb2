"""Rows brought together so that each order is whole: its money can then be brought to its lines, block by block.

Rows of one block are whole already. More blocks are written to disk in parts by a fingerprint of the order, and each
part is read again as one block. So memory holds one part, wherever the rows of an order stand.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.language import N_
from analytics.loading.lines.fingerprints import row_fingerprints
from analytics.loading.lines.values import as_coded
from analytics.loading.reading.columns import CODED_TEXT, SMALL_DICTIONARY, coded
from analytics.loading.reading.rows import Rows
from analytics.quality import Quality

PARTS = 64
BLOCK_ROWS = 1 << 17  # parts are read together up to this number of rows
PART_BITS = np.uint64(58)  # the bits above these number the part
FOLDER_PREFIX = ".rows-"
FILE, NUMBER = "#file", "#number"

Key = Callable[[Rows], pa.Array]  # the order of each row, or whatever rows must stand together


def gathered(blocks: Iterator[Rows], key: Key, folder: Path | None) -> Iterator[Rows]:
    """The same rows in blocks that hold every row of a key that they hold one of. Within a key the order stays.

    `folder`: where the parts are written while this runs; the system's own temporary folder where none is given.
    """
    first = next(blocks)
    second = next(blocks, None)
    if second is None:
        yield first
        return
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=folder) as place:
        parts = _Parts(Path(place), first.table)
        for rows in chain((first, second), blocks):
            parts.add(rows, key(rows))
        for table in parts.tables():
            file = np.asarray(table.column(FILE).combine_chunks())
            number = np.asarray(table.column(NUMBER).combine_chunks())
            yield replace(first, table=parts.as_read(table), file=file, number=number)


class _Parts:
    """Files of rows on disk, one for each part of the keys. Texts of a column that has few in the first rows are
    written as codes, those of the others one by one: a part needs few of them."""

    def __init__(self, folder: Path, first: pa.Table) -> None:
        self._folder, self._schema = folder, first.schema
        written = [(name, _as_written(first.column(name))) for name in first.column_names]
        self._written = pa.schema([*written, (FILE, pa.int32()), (NUMBER, pa.int64())])
        self._open: dict[int, pa.ipc.RecordBatchStreamWriter] = {}

    def add(self, rows: Rows, key: pa.Array) -> None:
        """Write rows, each to the part of its key."""
        part = (row_fingerprints(pa.table([as_coded(key)], names=["key"])) >> PART_BITS).astype("int64")
        order = np.argsort(part, kind="stable")
        kinds = self._written.types
        given = zip(rows.table.columns, kinds[: len(self._schema)], strict=True)
        columns = [_taken(column.combine_chunks(), order, kind) for column, kind in given]
        columns += [pa.array(rows.file[order], pa.int32()), pa.array(rows.number[order], pa.int64())]
        table = pa.table(columns, schema=self._written)
        starts = np.searchsorted(part[order], np.arange(PARTS + 1))
        for at in range(PARTS):
            if starts[at + 1] > starts[at]:
                self._writer(at).write_table(_compact(table.slice(starts[at], starts[at + 1] - starts[at])))

    def _writer(self, at: int) -> pa.ipc.RecordBatchStreamWriter:
        if at not in self._open:
            self._open[at] = pa.ipc.new_stream(str(self._folder / str(at)), self._written)
        return self._open[at]

    def tables(self) -> Iterator[pa.Table]:
        """The rows of the parts, several at a time where they are small."""
        for writer in self._open.values():
            writer.close()
        waiting: list[pa.Table] = []
        for at in sorted(self._open):
            with pa.OSFile(str(self._folder / str(at))) as file, pa.ipc.open_stream(file) as stream:
                waiting.append(stream.read_all())
            (self._folder / str(at)).unlink()
            if sum(table.num_rows for table in waiting) >= BLOCK_ROWS:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)

    def as_read(self, table: pa.Table) -> pa.Table:
        """The rows in the schema in which they came."""
        columns = [table.column(name) for name in self._schema.names]
        return pa.table([_as_read(c, f.type) for c, f in zip(columns, self._schema, strict=True)], schema=self._schema)


def _as_written(column: pa.ChunkedArray) -> pa.DataType:
    if column.type != CODED_TEXT:
        return column.type
    texts = len(column.combine_chunks().dictionary)
    return CODED_TEXT if texts < SMALL_DICTIONARY else pa.large_string()


def _taken(column: pa.Array, order: np.ndarray, kind: pa.DataType) -> pa.Array:
    taken = column.take(pa.array(order))
    return taken if taken.type == kind else taken.cast(kind)


def _compact(part: pa.Table) -> pa.Table:
    """The rows without the texts that none of them has, in columns that have many."""
    columns = [coded(column) if column.type == CODED_TEXT else column for column in part.columns]
    return pa.table(columns, schema=part.schema)


def _as_read(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    if kind != CODED_TEXT:
        return column.combine_chunks()
    if column.type == CODED_TEXT:
        return coded(column.unify_dictionaries())
    return coded(column.combine_chunks().cast(pa.string()))


def newest(rows: Rows, key: pa.Array, quality: Quality) -> Rows:
    """Of each key only the rows of the last file that has it; the others are counted. Every row of a key must be among
    these rows; rows with an empty key stay."""
    text = as_coded(key)
    codes = np.asarray(text.dictionary.dictionary_encode().indices)[np.asarray(text.indices)]
    last = np.full(int(codes.max(initial=-1)) + 1, -1)
    np.maximum.at(last, codes, rows.file)
    empty = np.asarray(pc.equal(text.dictionary, ""))[np.asarray(text.indices)]
    old = np.flatnonzero((rows.file < last[codes]) & ~empty)
    if not len(old):
        return rows
    label = N_("rows of orders that are in a later file again")
    quality.add("replaced", label, "left out", len(old), rows.examples(old))
    keep = np.ones(len(rows), bool)
    keep[old] = False
    return rows.where(keep)
