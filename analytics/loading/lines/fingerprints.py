"""A number of 64 bits for each row, equal for equal rows: copies are sought among rows of one number, in one block or
among millions.

Two different rows share a number by chance once in 2⁶⁴ pairs: of 10 million rows, 3 times in a million.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.runtime.parallel import parallel_map

ODD = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)  # SplitMix64's constants
SLICE = 1 << 18  # looked at together
HEAD = 20  # leading bits by which most that are none of a few are told
NOTHING = np.uint64(0xA5A5_5A5A_C3C3_3C3C)  # a value that is not there


def fingerprints(table: pa.Table) -> np.ndarray:
    """One number a row, in order of row."""
    prints = np.zeros(table.num_rows, "uint64")
    for values in parallel_map(lambda column: _values(column.combine_chunks()), table.columns):
        prints *= ODD[0]
        prints += values
    return prints


def repeated(prints: np.ndarray) -> np.ndarray:
    """The numbers that come more than once, ascending."""
    ranked = np.sort(prints)
    again = ranked[1:][ranked[1:] == ranked[:-1]]
    return again[np.append(True, again[1:] != again[:-1])[: len(again)]]


def among(prints: np.ndarray, few: np.ndarray) -> np.ndarray:
    """Which are one of `few`, which ascend."""
    found = np.zeros(len(prints), bool)
    if not len(few):
        return found
    heads = np.zeros(1 << HEAD, bool)
    heads[few >> (np.uint64(64 - HEAD))] = True
    for begin in range(0, len(prints), SLICE):
        some = prints[begin : begin + SLICE]
        likely = np.flatnonzero(heads[some >> np.uint64(64 - HEAD)])
        at = np.searchsorted(few, some[likely])
        at[at == len(few)] = 0
        found[begin + likely] = few[at] == some[likely]
    return found


def _mixed(values: np.ndarray) -> np.ndarray:
    """Each bit of a number spread over all of it (Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * ODD[1]
    values = (values ^ (values >> np.uint64(27))) * ODD[2]
    return np.asarray(values ^ (values >> np.uint64(31)))


def _values(array: pa.Array) -> np.ndarray:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return of_words(array.dictionary)[np.asarray(array.indices)]
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        bits = (
            pc.fill_null(array, 0 if not pa.types.is_boolean(kind) else False)
            .to_numpy(zero_copy_only=False)
            .astype("uint64")
        )
    elif pa.types.is_floating(kind):
        bits = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype("float64").view("uint64")
    elif pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
        bits = pc.fill_null(array.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).view("uint64")
    else:
        texts = array if pa.types.is_nested(kind) else array.cast(pa.string())
        texts = (
            pa.array([None if v is None else str(v) for v in texts.to_pylist()], pa.string())
            if pa.types.is_nested(kind)
            else texts
        )
        return _values(pc.fill_null(texts, "").dictionary_encode()) ^ _absent(array)
    return _mixed(bits) ^ _absent(array)


def _absent(array: pa.Array) -> np.ndarray:
    if not array.null_count:
        return np.zeros(1, "uint64")
    return np.where(np.asarray(pc.is_null(array)), NOTHING, np.uint64(0))


def of_words(words: pa.Array) -> np.ndarray:
    """One number a text, from its bytes eight at a time and its length."""
    slices = [words.slice(at, SLICE) for at in range(0, len(words), SLICE)]
    if len(slices) < 2:
        return _of_slice(words) if slices else np.zeros(0, "uint64")
    return np.concatenate(list(parallel_map(_of_slice, slices)))


def _of_slice(words: pa.Array) -> np.ndarray:
    texts = words.cast(pa.large_string())
    _, ends, letters = texts.buffers()
    bounds = np.frombuffer(ends, "int64")[texts.offset : texts.offset + len(texts) + 1]
    length, start = np.diff(bounds), bounds[:-1] - bounds[0]
    every = np.frombuffer(letters, "uint8") if letters is not None and letters.size else np.zeros(0, "uint8")
    used = every[bounds[0] : bounds[-1]]
    padded = np.concatenate([used, np.zeros(8, "uint8")])
    eights = np.ndarray((len(used) + 1,), "<u8", padded, strides=(1,))
    prints = _mixed(length.astype("uint64") + np.uint64(1))
    for step in range(0, int(length.max(initial=0)), 8):
        rest = length - step
        some: np.ndarray | slice = np.flatnonzero(rest > 0) if rest.min() <= 0 else slice(None)
        left = np.clip(rest[some], 0, 8).astype("uint64")
        keep = np.where(left >= 8, ~np.uint64(0), (np.uint64(1) << (left * np.uint64(8))) - np.uint64(1))
        at = np.minimum(start[some] + step, len(used))
        prints[some] = _mixed(prints[some] * ODD[0] + (eights[at] & keep))
    return prints
