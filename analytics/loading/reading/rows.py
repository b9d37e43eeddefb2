"""Rows of sources as they are written, each with its file and row number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError, SourceError, did_you_mean
from analytics.language import N_
from analytics.loading.reading.columns import concatenated
from analytics.loading.spec import Source
from analytics.quality import LONGEST_EXAMPLE, MOST_EXAMPLES, Quality

MOST_COLUMNS = 2_000  # of a file


@dataclass(frozen=True)
class Block:
    """Consecutive rows of one file. `numbers` counts rows as a spreadsheet does: the header is row 1. `ragged` has one
    text for each row that is left out since it has too many or too few values, `mended` the place of each that was
    filled with empty values."""

    table: pa.Table
    numbers: np.ndarray
    ragged: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """One file of a source, or one query: what messages call it, its columns, and a function that reads its rows.
    SourceError for more than MOST_COLUMNS, since a column costs memory and time however few rows there are."""

    name: str
    schema: pa.Schema
    blocks: Callable[[], Iterator[Block]]

    def __post_init__(self) -> None:
        if len(self.schema) > MOST_COLUMNS:
            raise SourceError(
                N_(
                    "the file has {count} columns; at most {most} can be read.",
                    count=len(self.schema),
                    most=MOST_COLUMNS,
                ),
                where=self.name,
                hint=N_("Check the separator, or remove columns that you do not need."),
            )


@dataclass(frozen=True)
class Rows:
    """Rows of one source.

    `table` has the columns of all files, each in one chunk. Texts are coded, "" where missing; columns from Parquet and
    databases may have other types. `file` and `number` have, for each row, the position of its file in `files` and its
    number there. `lacking` names, for a column that only some files have, a file without it. `mapped` holds the columns
    that fields are made of: examples show their values and no others, since the rest may hold e-mail addresses or card
    numbers.
    """

    table: pa.Table
    files: tuple[str, ...]
    file: np.ndarray
    number: np.ndarray
    source: Source
    lacking: dict[str, str] = field(default_factory=dict)
    mapped: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def where(self, keep: np.ndarray) -> Rows:
        """The rows for which the mask `keep` is true."""
        if keep.all():
            return self
        table = self.table.filter(pa.array(keep)).combine_chunks()
        return replace(self, table=table, file=self.file[keep], number=self.number[keep])

    def left_out(self, unwanted: np.ndarray, reason: str, label: str, quality: Quality) -> Rows:
        """The rows that the mask `unwanted` does not name; the others are counted as left out."""
        found = np.flatnonzero(unwanted)
        if not len(found):
            return self
        quality.add(reason, label, "left out", len(found), self.examples(found))
        return self.where(~unwanted)

    def take(self, rows: np.ndarray) -> Rows:
        """The rows at these positions, in this order; a position may come several times."""
        table = self.table.take(pa.array(rows)).combine_chunks()
        return replace(self, table=table, file=self.file[rows], number=self.number[rows])

    def with_columns(self, columns: dict[str, pa.Array]) -> Rows:
        """The rows with columns added, or put in place of those of the same name."""
        table = self.table
        for name, column in columns.items():
            at = table.schema.get_field_index(name)
            table = table.append_column(name, column) if at < 0 else table.set_column(at, name, column)
        return replace(self, table=table)

    def column(self, name: str, where: str) -> pa.Array:
        """A column that every file has. SourceError, which names the place `where` in the TOML, where there is none."""
        if name in self.lacking:
            raise SourceError(
                N_(
                    "there is no column {name} in {file}, but other files have it.",
                    name=repr(name),
                    file=self.lacking[name],
                ),
                where=where,
            )
        if name not in self.table.column_names:
            raise SourceError(
                N_("there is no column {name} in {file}.", name=repr(name), file=", ".join(self.files[:3])),
                where=where,
                hint=did_you_mean(name, self.table.column_names),
            )
        return self.table.column(name).combine_chunks()

    def place(self, row: int) -> str:
        """Where a row comes from: 'sales/march.csv:17'."""
        return f"{self.files[self.file[row]]}:{self.number[row]}"

    def places(self, rows: np.ndarray | Sequence[int]) -> list[str]:
        """Where at most five rows come from."""
        return [self.place(int(row)) for row in rows[:MOST_EXAMPLES]]

    def numbers(self) -> pa.Array:
        """An identity for each row: its number, after the position of its file where there are several files."""
        number = pa.array(self.number).cast(pa.string())
        if len(self.files) == 1:
            return number
        return pc.binary_join_element_wise(pa.array(self.file + 1).cast(pa.string()), number, "-")

    def examples(self, rows: np.ndarray | Sequence[int], values: pa.Array | None = None) -> list[str]:
        """At most five rows as texts: with file and row, and the value from `values`, or all mapped columns if none is
        given."""
        return [self._example(int(row), values) for row in rows[:MOST_EXAMPLES]]

    def error(self, text: str, at: np.ndarray, where: str, hint: str, values: pa.Array | None = None) -> DataError:
        """The error for what is wrong with the rows `at`, with examples of them; `where` is the place in the TOML."""
        return DataError(text, where=where, hint=hint, examples=self.examples(at, values), places=self.places(at))

    def _example(self, row: int, values: pa.Array | None) -> str:
        columns: list[Any] = [values]
        if values is None:
            columns = [self.table.column(i) for i, n in enumerate(self.table.column_names) if n in self.mapped]
        if not columns:
            return self.place(row)
        text = ", ".join("" if column[row].as_py() is None else str(column[row].as_py()) for column in columns)
        return f"{self.place(row)}: {text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + '…'}"


def concatenated_rows(blocks: Sequence[Rows]) -> Rows:
    """The rows of several blocks of one source, one after another."""
    if len(blocks) == 1:
        return blocks[0]
    table = concatenated([b.table for b in blocks])
    file = np.concatenate([b.file for b in blocks])
    number = np.concatenate([b.number for b in blocks])
    return replace(blocks[0], table=table, file=file, number=number)
