"""Columns of text as codes and a dictionary, and the tables of several files in one schema."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import SourceError
from analytics.language import N_
from analytics.runtime.parallel import parallel_map

CODED_TEXT = pa.dictionary(pa.int32(), pa.string())
SMALL_DICTIONARY = 1000  # number of texts; smaller dictionaries are not searched for unused ones


def is_text(kind: pa.DataType) -> bool:
    """Whether values of an Arrow type are texts, or there are none."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return bool(text or pa.types.is_null(kind))


def common_schema(parts: Sequence[tuple[str, pa.Schema]]) -> pa.Schema:
    """A schema with every column of any of these files, given by name and schema.

    A column that is text in one file is text in all. SourceError where the files cannot be one table.
    """
    texts = {f.name for _, schema in parts for f in schema if is_text(f.type) and not pa.types.is_null(f.type)}
    plain = []
    for name, schema in parts:
        if len(set(schema.names)) < len(schema.names):
            raise SourceError(N_("the file has two columns of the same name."), where=name)
        kinds = [(f.name, _value_type(f.type) if f.name not in texts else pa.string()) for f in schema]
        plain.append(pa.schema(kinds))
    try:
        found = pa.unify_schemas(plain, promote_options="permissive")
    except pa.ArrowException as fault:
        raise SourceError(
            N_("the files differ in their columns: {reason}.", reason=str(fault)),
            where=", ".join(name for name, _ in parts[:3]),
        ) from fault
    return pa.schema([(f.name, CODED_TEXT if is_text(f.type) else f.type) for f in found])


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def aligned(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """The rows of all tables as one table of this schema, each column in one chunk; texts have no nulls.

    A column that a table lacks is empty in its rows.
    """
    filled = [t for t in tables if t.num_rows] or tables[:1]
    given = [dict(zip(t.column_names, t.columns, strict=True)) for t in filled]

    def column(wanted: pa.Field) -> pa.Array:
        plain = pa.string() if wanted.type == CODED_TEXT else wanted.type
        parts = [
            part
            for table, columns in zip(filled, given, strict=True)
            for part in (columns[wanted.name].chunks if wanted.name in columns else [pa.nulls(len(table), plain)])
        ]
        if wanted.type == CODED_TEXT and any(pa.types.is_dictionary(part.type) for part in parts):
            every = pa.chunked_array([coded(part) for part in parts], CODED_TEXT)
            return coded(every.unify_dictionaries())
        every = pa.chunked_array([_cast(part, plain) for part in parts], plain).combine_chunks()
        return coded(every) if wanted.type == CODED_TEXT else every

    return pa.table(list(parallel_map(column, schema)), schema=schema)


def _cast(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column if column.type == kind else column.cast(kind)


def coded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Texts as codes and a dictionary, "" where a text is missing."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type) and column.null_count == 0 and column.dictionary.null_count == 0:
        return _without_unused(column if column.type == CODED_TEXT else column.cast(CODED_TEXT))
    texts = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return pc.fill_null(texts.cast(pa.string()), "").dictionary_encode()


def _without_unused(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """The column without unused texts; a small dictionary is left as it is."""
    codes, dictionary = np.asarray(column.indices), column.dictionary
    if len(dictionary) < SMALL_DICTIONARY:
        return column
    used = np.zeros(len(dictionary), bool)
    used[codes] = True
    if used.all():
        return column
    new_codes = np.cumsum(used, dtype="int32") - np.int32(1)
    return pa.DictionaryArray.from_arrays(pa.array(new_codes[codes]), dictionary.filter(pa.array(used)), safe=False)


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one schema, one after another, with one dictionary for each column of texts."""
    if len(tables) == 1:
        return tables[0]
    filled = [t for t in tables if t.num_rows] or tables[:1]
    return pa.concat_tables(filled).unify_dictionaries().combine_chunks()
