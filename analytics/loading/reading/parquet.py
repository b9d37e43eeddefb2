"""A Parquet file → blocks of typed rows; memory holds one block at a time.

Of a nested file the parts of a structure are columns, such as `geo.country`. Lists have no place in a row: they are
left out, or the elements of one of them are the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import SourceError, did_you_mean
from analytics.language import N_
from analytics.loading.reading.columns import is_text
from analytics.loading.reading.rows import Block, File

BLOCK_ROWS = 1 << 18
FEW_BYTES = 4  # text columns stored in fewer bytes per value repeat their values, and are read as codes


def file(path: Path, name: str, rows_of: str = "") -> File:
    """The columns of a Parquet file, and its rows on demand: of the list `rows_of` a row for each element. SourceError
    where it cannot be read."""
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(
            N_("the file is not a readable Parquet file: {reason}.", reason=str(fault)), where=name
        ) from fault
    if rows_of and not (rows_of in schema.names and _is_list(schema.field(rows_of).type)):
        lists = [f.name for f in schema if _is_list(f.type)]
        raise SourceError(
            N_("the file has no list {name}.", name=repr(rows_of)), where=name, hint=did_you_mean(rows_of, lists)
        )
    flat = _flat(schema.empty_table(), rows_of)[0].schema
    return File(name, flat, partial(_blocks, path, name, schema, rows_of))


def columns(path: Path) -> list[str]:
    """The columns that a Parquet file may have, with those of its lists; SourceError where it cannot be read."""
    plain = file(path, path.name)
    import pyarrow.parquet as pq

    lists = [f.name for f in pq.read_schema(path) if _is_list(f.type)]
    found = list(plain.schema.names)
    for name in lists:
        inside = [c for c in file(path, path.name, name).schema.names if c.startswith(f"{name}.") and c not in found]
        found += [name, *inside]
    return found


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _flat(table: pa.Table, rows_of: str) -> tuple[pa.Table, np.ndarray]:
    """The table without structures and lists, and for each row the position of its row in the file."""
    owner = np.arange(len(table))
    if rows_of:
        lists = table.column(rows_of).combine_chunks()
        counts = np.asarray(pc.fill_null(pc.list_value_length(lists), 0)).astype("int64")
        owner = np.repeat(owner, np.maximum(counts, 1))
        filled = np.repeat(counts > 0, np.maximum(counts, 1))
        at = np.where(filled, np.cumsum(filled) - 1, 0)
        elements = lists.flatten().take(pa.array(at, mask=~filled))
        table = table.drop_columns([rows_of]).take(pa.array(owner)).append_column(rows_of, elements)
    while any(pa.types.is_struct(f.type) for f in table.schema):
        table = table.flatten()
    return table.select([f.name for f in table.schema if not pa.types.is_nested(f.type)]), owner


def _blocks(path: Path, name: str, schema: pa.Schema, rows_of: str) -> Iterator[Block]:
    import pyarrow.parquet as pq

    number = 1
    try:
        with pq.ParquetFile(path, read_dictionary=_repeating(path, schema)) as parquet:
            for group in range(parquet.num_row_groups):
                for batch in parquet.iter_batches(BLOCK_ROWS, row_groups=[group]):
                    table, owner = _flat(pa.Table.from_batches([batch]), rows_of)
                    yield Block(table, number + owner.astype("int64"))
                    number += len(batch)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(
            N_("the file is not a readable Parquet file: {reason}.", reason=str(fault)), where=name
        ) from fault
    yield Block(_flat(schema.empty_table(), rows_of)[0], np.empty(0, "int64"))


def _repeating(path: Path, schema: pa.Schema) -> list[str]:
    """Columns of few distinct texts, which are read as codes and a dictionary at once."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    size: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            size[column.path_in_schema] = size.get(column.path_in_schema, 0) + column.total_uncompressed_size
    return [f.name for f in schema if is_text(f.type) and size.get(f.name, 0) < FEW_BYTES * metadata.num_rows]
