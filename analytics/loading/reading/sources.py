"""The rows of a source, whatever it is: block by block, as they are written. Nothing is interpreted here, and every row
is either returned or counted as left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.errors import SourceError, did_you_mean
from analytics.language import N_
from analytics.loading.reading import database, delimited, parquet
from analytics.loading.reading.columns import aligned, common_schema
from analytics.loading.reading.database import HighWater
from analytics.loading.reading.delimited import ALL
from analytics.loading.reading.rows import Block, File, Rows, concatenated_rows
from analytics.loading.reading.workbooks import workbook
from analytics.loading.spec import Source
from analytics.quality import Quality
from analytics.runtime.parallel import prefetch

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all

BLOCK_ROWS = 1 << 17  # collected blocks are passed on at this number of rows
BLOCK_BYTES = 1 << 26  # or at this number of bytes
RAGGED = "ragged_row"  # the reason of the finding
MOST_RAGGED_EXAMPLES = 5


def paths(source: Source, sources: Path, toml_folder: Path) -> list[Path]:
    """The files that a source names, in order of name. `toml_folder` is the folder of the TOML.

    SourceError where a name or pattern matches nothing, and where a file leads out of its folder by a symbolic link.
    """
    found = _folders(source, sources, toml_folder)
    for path, folder in found.items():
        if not _is_within(path, folder):
            raise SourceError(
                "leads out of the folder of the sources by a symbolic link.",
                where=_shown(path, sources, toml_folder),
                hint="Put the file itself into the folder.",
            )
    return list(found)


def matches(source: Source, sources: Path, toml_folder: Path) -> list[Path]:
    """The files that a source names, without checking where symbolic links lead. SourceError where nothing matches."""
    return list(_folders(source, sources, toml_folder))


def _folders(source: Source, sources: Path, toml_folder: Path) -> dict[Path, Path]:
    """The folder in which each file was found."""
    found: dict[Path, Path] = {}
    for pattern in source.files:
        folder = toml_folder if pattern.startswith("./") else sources
        try:
            matching = sorted((p for p in folder.glob(pattern.removeprefix("./")) if p.is_file()), key=_natural)
        except (ValueError, IndexError, NotImplementedError, OSError) as fault:
            raise SourceError(f"{pattern!r} is not a usable pattern: {fault}.", where="source.files") from fault
        if not matching:
            raise SourceError(
                N_("no file matches {pattern} under {folder}.", pattern=repr(pattern), folder=str(folder)),
                where="source.files",
                hint=did_you_mean(pattern, _neighbours(pattern, folder)),
            )
        for path in matching:
            found.setdefault(path, folder)
    return found


def _natural(path: Path) -> tuple[object, ...]:
    """A key by which orders_2 comes before orders_10."""
    parts = re.split(r"(\d+)", path.as_posix())
    return tuple((int(part), part) if at % 2 else part for at, part in enumerate(parts))


def _neighbours(pattern: str, folder: Path) -> list[str]:
    """The files where those of a pattern were expected."""
    parent = (folder / pattern).parent
    if not parent.is_dir() or not _is_within(parent, folder):
        return []
    return [str(p.relative_to(folder)) for p in parent.glob("*")]


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def why_absent(source: Source, sources: Path, toml_folder: Path) -> str:
    """Why the files of a source, or the address of its database, are absent; empty where they are present."""
    if source.kind == "sql":
        return "" if database.has_address(source) else f"{source.url_env} is not set."
    try:
        matches(source, sources, toml_folder)
    except SourceError as fault:
        return str(fault)
    return ""


def read(
    source: Source,
    sources: Path,
    toml_folder: Path,
    quality: Quality,
    progress: Progress | None = None,
    mapped: frozenset[str] = frozenset(),
    only: frozenset[str] = ALL,
) -> Rows:
    """All rows of a source at once, in order of file and row. Errors and counts are those of `blocks`.

    `only`: columns, where the others are not wanted; where none is among them the rows have all.
    """
    return concatenated_rows(list(blocks(source, sources, toml_folder, quality, progress, mapped=mapped, only=only)))


def blocks(
    source: Source,
    sources: Path,
    toml_folder: Path,
    quality: Quality,
    progress: Progress | None = None,
    water: HighWater | None = None,
    mapped: frozenset[str] = frozenset(),
    only: frozenset[str] = ALL,
    first: int = 0,
) -> Iterator[Rows]:
    """The rows of a source in order of file and row, in blocks that fit into memory; at least one block, which may be
    empty.

    Counts in `quality` the rows read and, as left out, the rows with too many or too few values. `water` says from
    where on a database is read, and receives how far reading went. `mapped`: see `Rows`. `only`: the columns that are
    read, where not all. `first`: about how many rows of each file are read, where not all.
    """
    files = _files(source, sources, toml_folder, water or HighWater(), only)
    schema = common_schema([(f.name, f.schema) for f in files])
    schema = pa.schema([f for f in schema if f.name in only] or schema)
    names = tuple(f.name for f in files)
    columns = [(f.name, frozenset(f.schema.names)) for f in files]
    lacking_file = {c: name for name, own in columns for c in schema.names if c not in own}
    quality.files += names
    given = False
    shown = -1
    for block in prefetch(_collected(files, schema, first)):
        if progress and block.at != shown:
            progress(f"reading {names[block.at]}", block.at, len(files))
            shown = block.at
        quality.rows_read += block.table.num_rows + len(block.ragged)
        quality.add(
            RAGGED,
            N_("rows with too many or too few values"),
            "left out",
            len(block.ragged),
            block.ragged[:MOST_RAGGED_EXAMPLES],
        )
        quality.add(
            "mended_row",
            N_("rows that end early, with the missing values counted as empty"),
            "changed",
            len(block.mended),
            block.mended[:MOST_RAGGED_EXAMPLES],
        )
        if block.table.num_rows or not given:
            given = True
            yield Rows(block.table, names, block.file, block.numbers, source, lacking_file, mapped)


def refuse_other_types(source: Source, sources: Path, toml_folder: Path) -> None:
    """SourceError where columns of the same name have types that cannot be one, as only Parquet files can."""
    if source.kind == "parquet":
        common_schema([(f.name, f.schema) for f in _files(source, sources, toml_folder, HighWater(), ALL)])


@dataclass(frozen=True)
class _Collected:
    """Rows of one or several files in the common schema. `at`: the position of the file that was reached."""

    at: int
    table: pa.Table
    file: np.ndarray
    numbers: np.ndarray
    ragged: list[str]
    mended: list[str]


def _collected(files: Sequence[File], schema: pa.Schema, first: int = 0) -> Iterator[_Collected]:
    """The rows of all files, many at a time; the last block, with the ragged rows found since, may have no rows.
    `first`: about how many rows of each file, where not all."""
    waiting: list[tuple[int, Block]] = []
    for at, file in enumerate(files):
        for block in _beginning(file.blocks(), first) if first else file.blocks():
            waiting.append((at, block))
            if (
                sum(b.table.num_rows for _, b in waiting) >= BLOCK_ROWS
                or sum(b.table.nbytes for _, b in waiting) >= BLOCK_BYTES
            ):
                yield _together(at, waiting, schema)
                waiting = []
    if not waiting:
        waiting = [(0, Block(schema.empty_table(), np.empty(0, "int64")))]
    yield _together(len(files) - 1, waiting, schema)


def _beginning(blocks: Iterator[Block], rows: int) -> Iterator[Block]:
    """The blocks that hold the first rows."""
    found = 0
    for block in blocks:
        yield block
        found += block.table.num_rows
        if found >= rows:
            return


def _together(at: int, waiting: Sequence[tuple[int, Block]], schema: pa.Schema) -> _Collected:
    return _Collected(
        at,
        aligned([block.table for _, block in waiting], schema),
        np.concatenate([np.full(len(block.numbers), owner, "int32") for owner, block in waiting]),
        np.concatenate([block.numbers for _, block in waiting]),
        [text for _, block in waiting for text in block.ragged],
        [place for _, block in waiting for place in block.mended],
    )


def _files(source: Source, sources: Path, toml_folder: Path, water: HighWater, only: frozenset[str]) -> list[File]:
    if source.kind == "sql":
        query = database.query_of(source, water)
        return [File(source.url_env, query.schema, partial(database.blocks, source, query, water))]
    found = []
    for path in paths(source, sources, toml_folder):
        name = _shown(path, sources, toml_folder)
        if source.kind == "parquet":
            found.append(parquet.file(path, name, source.rows_of))
        elif source.kind == "excel":
            found += workbook.files(path, name, source)
        else:
            found.append(delimited.file(path, name, source, only))
    return [_renamed(file, source) for file in found] if source.aliases else found


def _renamed(file: File, source: Source) -> File:
    """The file with its columns called as the TOML calls them. An alias counts where the name itself is no column."""
    names = list(file.schema.names)
    new = {name: source.plain_name(name) for name in names}
    new = {
        name: plain if plain not in names and list(new.values()).count(plain) == 1 else name
        for name, plain in new.items()
    }

    def blocks() -> Iterator[Block]:
        for block in file.blocks():
            table = block.table.rename_columns([new[name] for name in block.table.column_names])
            yield replace(block, table=table)

    schema = pa.schema([field.with_name(new[field.name]) for field in file.schema])
    return File(file.name, schema, blocks)


def _shown(path: Path, sources: Path, toml_folder: Path) -> str:
    for folder in (sources, toml_folder):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name
