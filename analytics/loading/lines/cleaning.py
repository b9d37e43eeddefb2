"""Cleaning of rows as they are written: white space, blank rows, repeated headers, exact copies.

Each row left out is counted, with examples.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.lines.fingerprints import among, fingerprints, repeated
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Cleaning
from analytics.quality import Quality

COPIES_DROPPED = "exact copies of an earlier row"
COPIES_KEPT = "exact copies of an earlier row, kept"


def clean(rows: Rows, rules: Cleaning, quality: Quality) -> Rows:
    """The rows that remain, in the order they came; exact copies are sought among these rows."""
    return uncopied(without_noise(rows, rules, quality), rules, quality)[0]


def without_noise(rows: Rows, rules: Cleaning, quality: Quality) -> Rows:
    """What concerns each row by itself: white space, blank rows, repeated headers."""
    if rules.trim:
        rows = _trimmed(rows, quality)
    if rules.blank_rows == "drop":
        rows = _without(rows, _blank(rows), "blank_row", "blank rows", quality)
    if rules.repeated_headers == "drop" and not rows.source.columns:
        rows = _without(rows, _header(rows), "repeated_header", "header rows repeated in the body", quality)
    return rows


def uncopied(rows: Rows, rules: Cleaning, quality: Quality) -> tuple[Rows, np.ndarray]:
    """The rows without exact copies of an earlier one, or with them where they are kept, and the rows' fingerprints."""
    prints = fingerprints(rows.table)
    copies = _copies(rows, prints)
    if rules.exact_duplicates == "drop":
        return _without(rows, copies, "exact_duplicate", COPIES_DROPPED, quality), prints[~copies]
    found = np.flatnonzero(copies)
    quality.add("exact_duplicate", COPIES_KEPT, "noticed", len(found), rows.examples(found[:5]))
    return rows, prints


def _without(rows: Rows, bad: np.ndarray, reason: str, label: str, quality: Quality) -> Rows:
    found = np.flatnonzero(bad)
    if not len(found):
        return rows
    quality.add(reason, label, "left out", len(found), rows.examples(found[:5]))
    return rows.where(~bad)


def _texts(table: pa.Table) -> list[tuple[int, np.ndarray, pa.Array]]:
    """Place, codes and words of every column of texts."""
    found = []
    for at, kind in enumerate(table.schema.types):
        if kind == CODED_TEXT:
            column = table.column(at).combine_chunks()
            found.append((at, np.asarray(column.indices), column.dictionary))
    return found


def _trimmed(rows: Rows, quality: Quality) -> Rows:
    table, touched = rows.table, np.zeros(len(rows), bool)
    for at, codes, words in _texts(rows.table):
        plain = pc.utf8_trim_whitespace(words)
        changed = np.asarray(pc.not_equal(pc.binary_length(plain), pc.binary_length(words)))
        if changed.any():
            touched |= changed[codes]
            merged = plain.dictionary_encode()
            column = pa.DictionaryArray.from_arrays(pa.array(np.asarray(merged.indices)[codes]), merged.dictionary)
            table = table.set_column(at, table.field(at), column)
    found = np.flatnonzero(touched)
    quality.add(
        "white_space", "rows with white space around a value, trimmed", "changed", len(found), rows.examples(found[:5])
    )
    return replace(rows, table=table)


def _blank(rows: Rows) -> np.ndarray:
    blank = np.ones(len(rows), bool)
    for at, kind in enumerate(rows.table.schema.types):
        if not blank.any():
            break
        column = rows.table.column(at)
        blank &= _is(column, "") if kind == CODED_TEXT else np.asarray(pc.is_null(column))
    return blank


def _header(rows: Rows) -> np.ndarray:
    texts = [at for at, kind in enumerate(rows.table.schema.types) if kind == CODED_TEXT]
    same = np.full(len(rows), bool(texts))
    for at in texts:
        if same.any():
            same &= _is(rows.table.column(at), rows.table.column_names[at])
    return same


def _is(column: pa.ChunkedArray, text: str) -> np.ndarray:
    whole = column.combine_chunks()
    return np.asarray(pc.equal(whole.dictionary, text))[np.asarray(whole.indices)]


def _copies(rows: Rows, prints: np.ndarray) -> np.ndarray:
    """Which rows are exact copies of an earlier one: of those alike in fingerprint, the ones alike in every value."""
    copies = np.zeros(len(rows), bool)
    alike = np.flatnonzero(among(prints, repeated(prints)))
    if not len(alike):
        return copies
    some = rows.table.take(pa.array(alike))
    codes = {str(i): _codes(c.combine_chunks()) for i, c in enumerate(some.columns)}
    copies[alike] = pd.DataFrame(codes).duplicated().to_numpy()
    return copies


def _codes(array: pa.Array) -> np.ndarray:
    if pa.types.is_dictionary(array.type):
        return np.asarray(array.indices)
    if pa.types.is_nested(array.type):
        array = pa.array([str(v) for v in array.to_pylist()], pa.string())
    return np.asarray(pc.fill_null(array.dictionary_encode().indices, -1))
