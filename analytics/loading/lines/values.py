"""Columns of any type as words, numbers or moments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.lines import dates
from analytics.loading.reading.columns import coded

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


def as_words(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Any column as codes and words, "" where missing; whole floats without ".0"."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        return coded(column)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return coded(pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string()))
    encoded = column.dictionary_encode()
    values = encoded.dictionary
    words = values.cast(pa.string())
    if pa.types.is_floating(values.type):
        words = _float_words(values.to_numpy(zero_copy_only=False), words)
    if not encoded.null_count:
        return recoded(np.asarray(encoded.indices), words)
    codes = np.asarray(pc.fill_null(encoded.indices, len(words)))
    return recoded(codes, pa.concat_arrays([words, pa.array([""], pa.string())]))


def _float_words(numbers: np.ndarray, words: pa.Array) -> pa.Array:
    """Whole numbers written as such; what is not finite is missing."""
    finite = np.isfinite(numbers)
    whole = finite & (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53)
    plain = pa.array(np.where(whole, numbers, 0).astype("int64")).cast(pa.string())
    return pc.if_else(pa.array(whole), plain, pc.if_else(pa.array(finite), words, ""))


def as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Any column as text, "" where missing; whole floats without ".0"."""
    return as_words(column).cast(pa.string())


def recoded(codes: np.ndarray, words: pa.Array) -> pa.DictionaryArray:
    """Codes and words as one column."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype("int32", copy=False)), words, safe=False)


def joined(parts: list[pa.DictionaryArray], separator: str) -> pa.DictionaryArray:
    """Columns of words as one; missing where every part is."""
    if len(parts) == 1:
        return parts[0]
    codes = np.asarray(parts[0].indices).astype("int64")
    for part in parts[1:]:
        codes, pairs = pd.factorize(codes * max(1, len(part.dictionary)) + np.asarray(part.indices))
    first = np.zeros(len(pairs), "int64")
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    taken = [p.take(pa.array(first)).cast(pa.string()) for p in parts]
    joined = pc.binary_join_element_wise(*taken, separator)
    empty = pc.equal(taken[0], "")
    for part in taken[1:]:
        empty = pc.and_(empty, pc.equal(part, ""))
    return recoded(codes, pc.if_else(empty, "", joined))


def as_numbers(
    column: pa.Array | pa.ChunkedArray, decimal: str = ".", thousands: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """float64 and a mask of texts that are no number. A currency sign around a number is ignored; (12.50) is −12.50."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(column.type):
        codes = np.asarray(column.indices)
        values, wrong = as_numbers(column.dictionary, decimal, thousands)
        return values[codes], wrong[codes]
    if not pa.types.is_string(column.type):
        if pa.types.is_boolean(column.type) or not (
            pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
        ):
            return np.full(len(column), np.nan), np.asarray(pc.is_valid(column))
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.where(np.isfinite(values), values, np.nan), np.zeros(len(column), bool)
    texts = column
    if thousands:
        texts = pc.replace_substring(texts, thousands, "")
    if decimal != ".":
        texts = pc.replace_substring(texts, decimal, ".")
    fits = pc.match_substring_regex(texts, _NUMBER)
    empty = pc.equal(column, "")
    if not pc.all(pc.or_(fits, empty)).as_py():
        plain = pc.replace_substring_regex(texts, r"^\((.*)\)$", r"-\1")
        plain = pc.replace_substring_regex(plain, r"^([+-]?)[\s\p{Sc}]+", r"\1")
        texts = pc.replace_substring_regex(plain, r"[\s\p{Sc}]+$", "")
        fits = pc.match_substring_regex(texts, _NUMBER)
    plain = pc.if_else(fits, pc.replace_substring_regex(texts, r"^\+", ""), None)
    values = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    finite = np.isfinite(values)
    return np.where(finite, values, np.nan), ~finite & ~np.asarray(empty)


def as_moments(column: pa.Array, time_zone: str) -> np.ndarray:
    """datetime64[us] of a typed column, in `time_zone` where it has a zone; NaT where missing or out of all bounds."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", time_zone), safe=False))
    found = column.cast(pa.timestamp("us"), safe=False).to_numpy(zero_copy_only=False).astype("datetime64[us]")
    odd = (found < dates.EARLIEST) | (found >= dates.LATEST)
    if odd.any():
        found = np.where(odd, dates.NEVER, found)
    return found
