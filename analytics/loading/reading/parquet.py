"""A Parquet file → blocks of typed rows; memory holds one block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.errors import SourceError
from analytics.loading.reading.columns import is_text
from analytics.loading.reading.rows import Block, File

BLOCK_ROWS = 1 << 18
FEW_BYTES = 4  # text columns stored in fewer bytes per value repeat their values, and are read as codes


def file(path: Path, name: str) -> File:
    """The columns of a Parquet file, and its rows on demand. SourceError where it cannot be read."""
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(f"is not a readable Parquet file: {fault}.", where=name) from fault
    return File(name, schema, partial(_blocks, path, name, schema))


def _blocks(path: Path, name: str, schema: pa.Schema) -> Iterator[Block]:
    import pyarrow.parquet as pq

    number = 1
    try:
        with pq.ParquetFile(path, read_dictionary=_repeating(path, schema)) as parquet:
            for group in range(parquet.num_row_groups):
                for batch in parquet.iter_batches(BLOCK_ROWS, row_groups=[group]):
                    yield Block(pa.Table.from_batches([batch]), np.arange(number, number + len(batch), dtype="int64"))
                    number += len(batch)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(f"is not a readable Parquet file: {fault}.", where=name) from fault
    yield Block(schema.empty_table(), np.empty(0, "int64"))


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
