"""Fingerprints: one 64-bit number for each row or text, equal for equal ones.

Copies are searched for among rows of one fingerprint only, within a block or among millions of rows. Two different rows
share a fingerprint by chance once in 2⁶⁴ pairs: among 10 million rows, 3 times in a million loads.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.runtime.parallel import parallel_map

# The multipliers of SplitMix64 (Steele, Lea and Flood 2014).
MULTIPLIERS = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)
CHUNK = 1 << 18  # texts or fingerprints that are worked on at a time
AT_ONCE = 1 << 24  # fingerprints that are sorted at a time
PREFIX_BITS = 20  # leading bits that rule out most fingerprints before the search
MISSING = np.uint64(0xA5A5_5A5A_C3C3_3C3C)  # stands for a missing value


def row_fingerprints(table: pa.Table) -> np.ndarray:
    """One number for each row: uint64, in order of row."""
    prints = np.zeros(table.num_rows, "uint64")
    for values in parallel_map(lambda column: _value_fingerprints(column.combine_chunks()), table.columns):
        prints *= MULTIPLIERS[0]
        prints += values
    return prints


def repeated(prints: np.ndarray) -> np.ndarray:
    """The numbers that occur more than once, each once, ascending. Of many, those with the same leading bits are sorted
    at a time, so that no second array of all of them is needed."""
    bits = max(0, (len(prints) - 1) // AT_ONCE).bit_length()
    if not bits:
        return _repeated(prints)
    chunks = [prints[at : at + CHUNK] for at in range(0, len(prints), CHUNK)]
    shift = np.uint64(64 - bits)
    parts = (np.concatenate([c[c >> shift == np.uint64(lead)] for c in chunks]) for lead in range(1 << bits))
    return np.concatenate([_repeated(part) for part in parts])


def _repeated(prints: np.ndarray) -> np.ndarray:
    ranked = np.sort(prints)
    again = ranked[1:][ranked[1:] == ranked[:-1]]
    first = np.append(True, again[1:] != again[:-1])[: len(again)]
    return np.asarray(again[first])


def is_in(prints: np.ndarray, few: np.ndarray) -> np.ndarray:
    """For each number, whether it is one of `few`, which ascend."""
    found = np.zeros(len(prints), bool)
    if not len(few):
        return found
    prefixes = np.zeros(1 << PREFIX_BITS, bool)
    prefixes[few >> (np.uint64(64 - PREFIX_BITS))] = True
    for begin in range(0, len(prints), CHUNK):
        chunk = prints[begin : begin + CHUNK]
        likely = np.flatnonzero(prefixes[chunk >> np.uint64(64 - PREFIX_BITS)])
        at = np.searchsorted(few, chunk[likely])
        at[at == len(few)] = 0
        found[begin + likely] = few[at] == chunk[likely]
    return found


def in_other_file(prints: np.ndarray, file: np.ndarray) -> np.ndarray:
    """Which rows, by fingerprint and file, another file has too: of equal rows those of the file that has most of them
    stay, of the first such file.

    Of files A and B with rows x x y and x y z, x and y of B are.
    """
    found = np.zeros(len(prints), bool)
    alike = np.flatnonzero(is_in(prints, repeated(prints)))
    if not len(alike):
        return found
    order = alike[np.lexsort((file[alike], prints[alike]))]
    by_print, by_file = prints[order], file[order]
    differs = (by_print[1:] != by_print[:-1]) | (by_file[1:] != by_file[:-1])
    start = np.flatnonzero(np.append(True, differs))  # of each group of equal rows of one file
    size = np.diff(np.append(start, len(order)))
    groups = by_print[start]
    ranked = np.lexsort((start, -size, groups))
    first = np.append(True, groups[ranked][1:] != groups[ranked][:-1])
    stays = np.zeros(len(start), bool)
    stays[ranked[first]] = True
    found[order] = ~np.repeat(stays, size)
    return found


def _mixed(values: np.ndarray) -> np.ndarray:
    """Each bit of a number spread over all of it: the finalizer of SplitMix64."""
    values = (values ^ (values >> np.uint64(30))) * MULTIPLIERS[1]
    values = (values ^ (values >> np.uint64(27))) * MULTIPLIERS[2]
    return np.asarray(values ^ (values >> np.uint64(31)))


def _value_fingerprints(array: pa.Array) -> np.ndarray:
    """A number for each value of a column, of any type."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        by_code = text_fingerprints(array.dictionary)
        return np.asarray(by_code[np.asarray(array.indices)])
    bits = _bits(array)
    if bits is None:
        return np.asarray(_value_fingerprints(_as_texts(array).dictionary_encode()) ^ _missing(array))
    return np.asarray(_mixed(bits) ^ _missing(array))


def _bits(array: pa.Array) -> np.ndarray | None:
    """The values of a column of numbers, flags or times as uint64, 0 where missing; None for another type."""
    kind = array.type
    if pa.types.is_boolean(kind):
        return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype("uint64"))
    if pa.types.is_integer(kind):
        return np.asarray(pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype("uint64"))
    if pa.types.is_floating(kind):
        return np.asarray(pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype("float64").view("uint64"))
    if pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
        return np.asarray(pc.fill_null(array.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).view("uint64"))
    return None


def _as_texts(array: pa.Array) -> pa.Array:
    if pa.types.is_nested(array.type):
        array = pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
    return pc.fill_null(array.cast(pa.string()), "")


def _missing(array: pa.Array) -> np.ndarray:
    if not array.null_count:
        return np.zeros(1, "uint64")
    return np.where(np.asarray(pc.is_null(array)), MISSING, np.uint64(0))


def text_fingerprints(texts: pa.Array) -> np.ndarray:
    """One number for each text: uint64, from its length and its bytes in UTF-8, eight at a time.

    For example "tea" is its length, mixed, and then one step with the number 0x616574 ("aet", since the lowest byte
    comes first); a text of 20 bytes takes three steps. A step multiplies, adds the eight bytes and mixes.
    """
    chunks = [texts.slice(at, CHUNK) for at in range(0, len(texts), CHUNK)]
    if len(chunks) < 2:
        return _chunk_fingerprints(texts) if chunks else np.zeros(0, "uint64")
    return np.concatenate(list(parallel_map(_chunk_fingerprints, chunks)))


def _chunk_fingerprints(chunk: pa.Array) -> np.ndarray:
    texts = chunk.cast(pa.large_string())
    _, offsets, content = texts.buffers()
    bounds = np.frombuffer(offsets, "int64")[texts.offset : texts.offset + len(texts) + 1]
    length = np.diff(bounds)
    start = bounds[:-1] - bounds[0]
    every = np.frombuffer(content, "uint8") if content is not None and content.size else np.zeros(0, "uint8")
    used = every[bounds[0] : bounds[-1]]
    padded = np.concatenate([used, np.zeros(8, "uint8")])
    eight_from = np.ndarray((len(used) + 1,), "<u8", padded, strides=(1,))  # the eight bytes from each position on
    prints = _mixed(length.astype("uint64") + np.uint64(1))
    for step in range(0, int(length.max(initial=0)), 8):
        rest = length - step
        longer: np.ndarray | slice = np.flatnonzero(rest > 0) if rest.min() <= 0 else slice(None)
        left = np.clip(rest[longer], 0, 8).astype("uint64")
        keep = np.where(left >= 8, ~np.uint64(0), (np.uint64(1) << (left * np.uint64(8))) - np.uint64(1))
        at = np.minimum(start[longer] + step, len(used))
        prints[longer] = _mixed(prints[longer] * MULTIPLIERS[0] + (eight_from[at] & keep))
    return prints
