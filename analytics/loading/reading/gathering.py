"""Tables of several files as one: every column of any of them, texts as codes and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import SourceError
from analytics.runtime.parallel import parallel_map

TEXTS = pa.dictionary(pa.int32(), pa.string())


def is_text(kind: pa.DataType) -> bool:
    """Whether values of an Arrow type are texts, or are not there at all."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return bool(text or pa.types.is_null(kind))


def common_schema(parts: Sequence[tuple[str, pa.Schema]]) -> pa.Schema:
    """Every column of any of these files, given by name and schema; a text in one file is a text in all. SourceError
    where they cannot be one table."""
    texts = {f.name for _, schema in parts for f in schema if is_text(f.type) and not pa.types.is_null(f.type)}
    plain = []
    for name, schema in parts:
        if len(set(schema.names)) < len(schema.names):
            raise SourceError("has two columns of one name.", where=name)
        kinds = [(f.name, _plain(f.type) if f.name not in texts else pa.string()) for f in schema]
        plain.append(pa.schema(kinds))
    try:
        found = pa.unify_schemas(plain, promote_options="permissive")
    except pa.ArrowException as fault:
        raise SourceError(
            f"the files differ in their columns: {fault}.", where=", ".join(name for name, _ in parts[:3])
        ) from fault
    return pa.schema([(f.name, TEXTS if is_text(f.type) else f.type) for f in found])


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def gathered(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Rows after rows with every column of the schema in its type, in one piece; texts without nulls."""
    filled = [t for t in tables if t.num_rows] or tables[:1]
    plain = pa.schema([(f.name, pa.string() if f.type == TEXTS else f.type) for f in schema])
    whole = filled[0] if len(filled) == 1 else pa.concat_tables([_aligned(t, plain) for t in filled])

    def column(wanted: pa.Field) -> pa.Array:
        if wanted.name not in whole.column_names:
            found = pa.nulls(whole.num_rows, plain.field(wanted.name).type)
        else:
            found = whole.column(wanted.name).combine_chunks()
        return worded(found) if wanted.type == TEXTS else _cast(found, wanted.type)

    return pa.table(list(parallel_map(column, schema)), schema=schema)


def _aligned(table: pa.Table, schema: pa.Schema) -> pa.Table:
    names = set(table.column_names)
    columns = [_cast(table.column(f.name), f.type) if f.name in names else pa.nulls(len(table), f.type) for f in schema]
    return pa.table(columns, schema=schema)


def _cast(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column if column.type == kind else column.cast(kind)


def worded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Texts as codes and words; "" where nothing stands."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type) and column.null_count == 0 and column.dictionary.null_count == 0:
        return _used(column if column.type == TEXTS else column.cast(TEXTS))
    texts = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return pc.fill_null(texts.cast(pa.string()), "").dictionary_encode()


def _used(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Without the words of no row, where they are many."""
    codes, words = np.asarray(column.indices), column.dictionary
    if len(words) < 1000:
        return column
    used = np.zeros(len(words), bool)
    used[codes] = True
    if used.all():
        return column
    places = np.cumsum(used, dtype="int32") - np.int32(1)
    return pa.DictionaryArray.from_arrays(pa.array(places[codes]), words.filter(pa.array(used)), safe=False)


def whole(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one schema after one another, their words made one another's."""
    if len(tables) == 1:
        return tables[0]
    filled = [t for t in tables if t.num_rows] or tables[:1]
    return pa.concat_tables(filled).unify_dictionaries().combine_chunks()
