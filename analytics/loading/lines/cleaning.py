"""Cleaning of rows as they are written: white space, missing values, blank rows, repeated headers, exact copies.

Each row left out is counted, with examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.language import N_
from analytics.loading.lines.fingerprints import in_other_file, is_in, repeated, row_fingerprints
from analytics.loading.lines.text_bytes import is_ascii, print_at_both_ends
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Cleaning
from analytics.quality import Quality

COPIES_DROPPED = N_("exact copies of an earlier row")
COPIES_KEPT = N_("exact copies of an earlier row, kept")
IN_OTHER_FILE = "in_other_file"
OVERLAP_DROPPED = N_("rows that are in another file too")


def clean(rows: Rows, rules: Cleaning, quality: Quality) -> Rows:
    """The rows that remain, in their order; exact copies are searched for among these rows only."""
    return without_copies(without_noise(rows, rules, quality), rules, quality)[0]


def without_noise(rows: Rows, rules: Cleaning, quality: Quality) -> Rows:
    """The rows after what concerns each row by itself: white space, letters in parts, missing values, blank rows,
    repeated headers."""
    rows = _composed(rows, quality)
    if rules.trim:
        rows = _trimmed(rows, quality)
    if rules.missing:
        rows = _without_missing(rows, rules.missing, quality)
    if rules.blank_rows == "drop":
        rows = rows.left_out(_blank(rows), "blank_row", N_("blank rows"), quality)
    if rules.repeated_headers == "drop" and not rows.source.columns:
        rows = rows.left_out(
            _repeats_header(rows), "repeated_header", N_("header rows repeated among the data"), quality
        )
    return rows


def without_copies(rows: Rows, rules: Cleaning, quality: Quality) -> tuple[Rows, np.ndarray]:
    """The rows without exact copies of an earlier one, or with them where they are kept; and the rows' fingerprints."""
    prints = row_fingerprints(rows.table)
    if rules.exact_duplicates == "overlap":
        again = in_other_file(prints, rows.file)
        rows, prints = rows.left_out(again, IN_OTHER_FILE, OVERLAP_DROPPED, quality), prints[~again]
    copies = _copies(rows, prints)
    if rules.exact_duplicates == "drop":
        return rows.left_out(copies, "exact_duplicate", COPIES_DROPPED, quality), prints[~copies]
    found = np.flatnonzero(copies)
    quality.add("exact_duplicate", COPIES_KEPT, "noticed", len(found), rows.examples(found))
    return rows, prints


def _composed(rows: Rows, quality: Quality) -> Rows:
    """The rows with each letter as one character: "é" and "e" with an accent after it are one text."""
    composed, touched = _with_texts(rows, _one_character_a_letter)
    label = N_("rows whose letters and accents were stored separately, joined")
    quality.add("decomposed", label, "changed", len(touched), rows.examples(touched))
    return composed


def _one_character_a_letter(texts: pa.Array) -> pa.Array:
    if is_ascii(texts):
        return texts
    return pc.utf8_normalize(texts, form="NFC")


def _trimmed(rows: Rows, quality: Quality) -> Rows:
    """The rows without white space around values, and without byte-order marks, which files joined to one leave."""
    trimmed, touched = _with_texts(rows, _without_ends)
    label = N_("rows with spaces around a value, removed")
    quality.add("white_space", label, "changed", len(touched), rows.examples(touched))
    return trimmed


def _without_ends(texts: pa.Array) -> pa.Array:
    if print_at_both_ends(texts):
        return texts
    return pc.utf8_trim_whitespace(pc.utf8_ltrim(texts, "\ufeff"))


def _without_missing(rows: Rows, missing: tuple[str, ...], quality: Quality) -> Rows:
    """The rows with "" in place of texts that stand for a missing value."""
    known = pa.array(missing, pa.string())
    emptied, touched = _with_texts(rows, lambda texts: pc.if_else(pc.is_in(texts, known), "", texts))
    label = N_("rows with a text that means “no value”, emptied")
    quality.add("missing_text", label, "changed", len(touched), rows.examples(touched))
    return emptied


def _with_texts(rows: Rows, change: Callable[[pa.Array], pa.Array]) -> tuple[Rows, np.ndarray]:
    """The rows with changed texts, and the rows that changed. `change` works on dictionaries; texts that become equal
    share a code."""
    columns: list[pa.ChunkedArray | pa.Array] = []
    touched = np.zeros(len(rows), bool)
    for column in rows.table.columns:
        if column.type != CODED_TEXT:
            columns.append(column)
            continue
        coded = column.combine_chunks()
        texts = change(coded.dictionary)
        if texts is coded.dictionary:
            columns.append(coded)
            continue
        differs = np.asarray(pc.not_equal(texts, coded.dictionary))
        if not differs.any():
            columns.append(coded)
            continue
        codes = np.asarray(coded.indices)
        touched |= differs[codes]
        merged = texts.dictionary_encode()
        new_codes = pa.array(np.asarray(merged.indices)[codes])
        columns.append(pa.DictionaryArray.from_arrays(new_codes, merged.dictionary))
    return replace(rows, table=pa.table(columns, schema=rows.table.schema)), np.flatnonzero(touched)


def _blank(rows: Rows) -> np.ndarray:
    blank = np.ones(len(rows), bool)
    for column in rows.table.columns:
        if not blank.any():
            break
        blank &= _equals(column, "") if column.type == CODED_TEXT else np.asarray(pc.is_null(column))
    return blank


def _repeats_header(rows: Rows) -> np.ndarray:
    named = zip(rows.table.column_names, rows.table.columns, strict=True)
    texts = [(name, column) for name, column in named if column.type == CODED_TEXT]
    same = np.full(len(rows), bool(texts))
    for name, column in texts:
        if not same.any():
            break
        same &= _equals(column, name)
    return same


def _equals(column: pa.ChunkedArray, text: str) -> np.ndarray:
    coded = column.combine_chunks()
    by_code = np.asarray(pc.equal(coded.dictionary, text))
    return np.asarray(by_code[np.asarray(coded.indices)])


def _copies(rows: Rows, prints: np.ndarray) -> np.ndarray:
    """Which rows are exact copies of an earlier one: rows that share a fingerprint are compared value by value."""
    copies = np.zeros(len(rows), bool)
    alike = np.flatnonzero(is_in(prints, repeated(prints)))
    if not len(alike):
        return copies
    compared = rows.table.take(pa.array(alike))
    codes = {str(i): _codes(c.combine_chunks()) for i, c in enumerate(compared.columns)}
    copies[alike] = pd.DataFrame(codes).duplicated().to_numpy()
    return copies


def _codes(array: pa.Array) -> np.ndarray:
    """A number for each value, equal for equal values; -1 where it is missing."""
    if pa.types.is_dictionary(array.type):
        return np.asarray(array.indices)
    if pa.types.is_nested(array.type):
        array = pa.array([str(v) for v in array.to_pylist()], pa.string())
    return np.asarray(pc.fill_null(array.dictionary_encode().indices, -1))
