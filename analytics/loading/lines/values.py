"""Columns of any type as texts, numbers or times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.reading.columns import coded
from analytics.loading.written import dates
from analytics.loading.written.money import bare

KEY_SEPARATOR = "\x1f"  # between the columns of a key
MOST_MATCHES = 100  # of a pattern in one text
LARGEST = 1e15  # of a number: beyond it a float is not exact to the cent


def as_coded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Any column as codes and a dictionary of texts, "" where missing; whole floats without ".0"."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        return coded(column)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return coded(pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string()))
    encoded = column.dictionary_encode()
    values = encoded.dictionary
    texts = values.cast(pa.string())
    if pa.types.is_floating(values.type):
        texts = _float_texts(values.to_numpy(zero_copy_only=False), texts)
    if not encoded.null_count:
        return coded_column(np.asarray(encoded.indices), texts)
    codes = np.asarray(pc.fill_null(encoded.indices, len(texts)))
    return coded_column(codes, pa.concat_arrays([texts, pa.array([""], pa.string())]))


def _float_texts(numbers: np.ndarray, texts: pa.Array) -> pa.Array:
    """Whole numbers without a fraction; "" for infinity and NaN."""
    finite = np.isfinite(numbers)
    whole = finite & (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53)
    plain = pa.array(np.where(whole, numbers, 0).astype("int64")).cast(pa.string())
    return pc.if_else(pa.array(whole), plain, pc.if_else(pa.array(finite), texts, ""))


def as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Any column as texts, "" where missing; whole floats without ".0"."""
    return as_coded(column).cast(pa.string())


def coded_column(codes: np.ndarray, dictionary: pa.Array) -> pa.DictionaryArray:
    """A coded column of these codes and this dictionary."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype("int32", copy=False)), dictionary, safe=False)


def joined(parts: list[pa.DictionaryArray], separator: str) -> pa.DictionaryArray:
    """Coded columns joined to one with a separator between the texts; "" where every part is "".

    Each combination of codes that occurs is joined once. Parts with the codes 0 1 0 (A, B) and 0 0 1 (x, y) have the
    combinations A x, B x, A y, which get the codes 0 1 2.
    """
    if len(parts) == 1:
        return parts[0]
    codes = np.asarray(parts[0].indices).astype("int64")
    for part in parts[1:]:
        codes, combinations = pd.factorize(codes * max(1, len(part.dictionary)) + np.asarray(part.indices))
    first = np.zeros(len(combinations), "int64")
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    taken = [p.take(pa.array(first)).cast(pa.string()) for p in parts]
    joined = pc.binary_join_element_wise(*taken, separator)
    empty = pc.equal(taken[0], "")
    for part in taken[1:]:
        empty = pc.and_(empty, pc.equal(part, ""))
    return coded_column(codes, pc.if_else(empty, "", joined))


def first_filled(parts: Sequence[pa.DictionaryArray]) -> pa.DictionaryArray:
    """For each row the first text that is not empty: (a, "") and (b, c) give a c. A text may have several codes."""
    found = parts[0]
    for part in parts[1:]:
        codes = np.asarray(found.indices)
        blank = np.asarray(pc.equal(found.dictionary, ""))[codes]
        if blank.any():
            codes = np.where(blank, np.asarray(part.indices) + len(found.dictionary), codes)
            found = coded_column(codes, pa.concat_arrays([found.dictionary, part.dictionary]))
    return found


def joined_key(columns: Sequence[pa.Array | pa.ChunkedArray]) -> pa.DictionaryArray:
    """The columns of a key as one coded column; "" where every one is ""."""
    return joined([as_coded(column) for column in columns], KEY_SEPARATOR)


def as_numbers(
    column: pa.Array | pa.ChunkedArray, decimal: str = ".", thousands: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """float64, NaN where missing or unreadable, and a mask of the values that are unreadable.

    A currency beside a number is ignored; (12.50) and 12.50- are −12.50, 25% is 0.25, and dashes alone are missing:
    `money.bare`. A number beyond LARGEST is unreadable: no sum that it enters would be right.
    """
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = column.type
    if pa.types.is_dictionary(kind):
        codes = np.asarray(column.indices)
        values, unreadable = as_numbers(column.dictionary, decimal, thousands)
        return values[codes], unreadable[codes]
    if pa.types.is_string(kind):
        return _text_numbers(column, decimal, thousands)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        too_large = np.isfinite(values) & (np.abs(values) > LARGEST)
        return np.where(np.isfinite(values) & ~too_large, values, np.nan), too_large
    return np.full(len(column), np.nan), np.asarray(pc.is_valid(column))


def ranks(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """For each value its place among the distinct ones, as numbers or times where all are, else as texts: 10 after 9.
    What is missing comes first."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_temporal(column.type):
        return np.unique(column.cast(pa.int64()).fill_null(-1).to_numpy(), return_inverse=True)[1]
    values, wrong = as_numbers(column)
    if not wrong.any():
        return np.unique(np.nan_to_num(values, nan=-np.inf), return_inverse=True)[1]
    coded_texts = as_coded(column)
    order = np.unique(coded_texts.dictionary.to_numpy(zero_copy_only=False).astype("str"), return_inverse=True)[1]
    return np.asarray(order[np.asarray(coded_texts.indices)])


def sums_of_matches(
    texts: pa.Array, regex: str, group: str, decimal: str = ".", thousands: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """The sum of what a named group holds in every place of a text that a pattern (RE2) matches; NaN where it matches
    nowhere. And a mask of the texts where one of them is no number, or that have more than MOST_MATCHES.

    >>> sums_of_matches(pa.array(["a:1.50;a:2", "b"]), r"a:(?P<n>[\\d.]+)", "n")[0]
    array([3.5, nan])
    """
    sums = np.full(len(texts), np.nan)
    wrong = np.zeros(len(texts), bool)
    at = np.arange(len(texts))
    for turn in range(MOST_MATCHES + 1):
        found = pc.struct_field(pc.extract_regex(texts, regex), [group])
        some = pc.is_valid(found)
        at, texts, found = at[np.asarray(some)], texts.filter(some), found.filter(some)
        if not len(at):
            break
        values, unreadable = as_numbers(found, decimal, thousands)
        sums[at] = np.where(np.isnan(values), sums[at], np.nan_to_num(sums[at]) + values)
        wrong[at] |= unreadable | (turn == MOST_MATCHES)
        texts = pc.replace_substring_regex(texts, regex, "", max_replacements=1)
    return sums, wrong


def _text_numbers(column: pa.Array, decimal: str, thousands: str) -> tuple[np.ndarray, np.ndarray]:
    texts = column
    empty = pc.equal(column, "")
    fits = _is_number(texts, decimal, thousands)
    percent: pa.Array | None = None
    if not pc.all(pc.or_(fits, empty)).as_py():
        texts = bare(texts)
        percent = pc.ends_with(texts, "%")
        texts = pc.replace_substring_regex(texts, r"\s*%$", "")
        empty = pc.equal(texts, "")
        fits = _is_number(texts, decimal, thousands)
    if thousands:
        texts = pc.replace_substring(texts, thousands, "")
    if decimal != ".":
        texts = pc.replace_substring(texts, decimal, ".")
    plain = pc.if_else(fits, pc.replace_substring_regex(texts, r"^\+", ""), None)
    values = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if percent is not None:
        values = np.where(np.asarray(percent), values / 100, values)
    known = np.abs(values) <= LARGEST  # false for NaN too
    return np.where(known, values, np.nan), ~known & ~np.asarray(empty)


def _is_number(texts: pa.Array, decimal: str, thousands: str) -> pa.Array:
    """Which texts are numbers with these signs.

    A thousands sign counts only between groups: three digits at the end, two (as in India) or three before. So with "."
    for thousands 1.234,50 and 12.34.567 are numbers, 12.50 is not. With a decimal comma and no thousands sign, 12.50 is
    a number, but not 1.250, which may be 1250.
    """
    found = pc.match_substring_regex(texts, _number_pattern(decimal, thousands))
    if decimal == "," and not thousands:
        with_point = pc.match_substring_regex(texts, _number_pattern(".", ""))
        may_be_group = pc.match_substring_regex(texts, r"^[+-]?[1-9]\d{0,2}\.\d{3}$")
        found = pc.or_(found, pc.and_not(with_point, may_be_group))
    return found


@cache
def _number_pattern(decimal: str, thousands: str) -> str:
    whole, point = r"\d+", re.escape(decimal)
    if thousands:
        sign = re.escape(thousands)
        whole = rf"(?:\d+|\d{{1,3}}(?:{sign}\d{{2,3}})*{sign}\d{{3}})"
    return rf"^[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,3}})?$"


def as_times(column: pa.Array, time_zone: str) -> np.ndarray:
    """A typed column as datetime64[us], moved to `time_zone` from its own; NaT where missing or out of range."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", time_zone), safe=False))
    found = column.cast(pa.timestamp("us"), safe=False).to_numpy(zero_copy_only=False).astype("datetime64[us]")
    outside = (found < dates.EARLIEST) | (found >= dates.LATEST)
    if outside.any():
        found = np.where(outside, dates.NEVER, found)
    return np.asarray(found)
