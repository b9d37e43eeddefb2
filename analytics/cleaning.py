"""Cleaning of rows as they are written: white space, blank rows, repeated headers, exact copies.

Each row left out is counted, with examples.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.quality import Quality
from analytics.sources import Rows
from analytics.spec import Cleaning


def clean(rows: Rows, rules: Cleaning, quality: Quality) -> Rows:
    """The rows that remain, in the order they came."""
    if rules.trim:
        rows = _trimmed(rows, quality)
    if rules.blank_rows == "drop":
        rows = _without(rows, _blank(rows), "blank_row", "blank rows", quality)
    if rules.repeated_headers == "drop" and not rows.source.columns:
        rows = _without(rows, _header(rows), "repeated_header", "header rows repeated in the body", quality)
    copies = _copies(rows)
    if rules.exact_duplicates == "drop":
        return _without(rows, copies, "exact_duplicate", "exact copies of an earlier row", quality)
    found = np.flatnonzero(copies)
    quality.add(
        "exact_duplicate", "exact copies of an earlier row, kept", "noticed", len(found), rows.examples(found[:5])
    )
    return rows


def _without(rows: Rows, bad: np.ndarray, reason: str, label: str, quality: Quality) -> Rows:
    found = np.flatnonzero(bad)
    quality.add(reason, label, "left out", len(found), rows.examples(found[:5]))
    return rows.where(~bad)


def _texts(table: pa.Table) -> list[int]:
    return [i for i, t in enumerate(table.schema.types) if pa.types.is_string(t)]


def _trimmed(rows: Rows, quality: Quality) -> Rows:
    table, touched = rows.table, np.zeros(len(rows), bool)
    for at in _texts(table):
        column = table.column(at)
        plain = pc.utf8_trim_whitespace(column)
        changed = pc.not_equal(pc.binary_length(plain), pc.binary_length(column)).to_numpy()
        if changed.any():
            touched |= changed
            table = table.set_column(at, table.column_names[at], plain)
    found = np.flatnonzero(touched)
    quality.add(
        "white_space", "rows with white space around a value, trimmed", "changed", len(found), rows.examples(found[:5])
    )
    return replace(rows, table=table)


def _blank(rows: Rows) -> np.ndarray:
    blank = np.ones(len(rows), bool)
    for column in rows.table.columns:
        empty = pc.equal(column, "") if pa.types.is_string(column.type) else pc.is_null(column)
        blank &= empty.to_numpy()
    return blank


def _header(rows: Rows) -> np.ndarray:
    texts = _texts(rows.table)
    same = np.full(len(rows), bool(texts))
    for at in texts:
        if same.any():
            same &= pc.equal(rows.table.column(at), rows.table.column_names[at]).to_numpy()
    return same


def _copies(rows: Rows) -> np.ndarray:
    codes = {str(i): _codes(c) for i, c in enumerate(rows.table.columns)}
    return pd.DataFrame(codes).duplicated().to_numpy() if codes else np.zeros(len(rows), bool)


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_nested(array.type):
        array = pa.array([str(v) for v in array.to_pylist()], pa.string())
    return np.asarray(pc.fill_null(array.dictionary_encode().indices, -1))
