"""Order lines as the store takes them, one column at a time: from a frame in memory, or from a spool on disk."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.schema import MISSING
from analytics.store.numbers import CHUNK

MANY_TEXTS = 10_000  # from which on sorting numbers is quicker than comparing texts


class Lines(Protocol):
    """Columns by name, each read when it is needed and forgotten afterwards."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[str]: ...

    def __contains__(self, name: object) -> bool: ...

    def values(self, name: str) -> np.ndarray:
        """A column of numbers (float64), times (datetime64[us]) or flags (bool)."""

    def texts(self, name: str) -> tuple[np.ndarray, pa.Array]:
        """The code of each line, and the text of each code as large strings. Each text occurs once; some may be
        unused."""


class FrameLines:
    """A frame of canonical order lines."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self.frame.columns))

    def __contains__(self, name: object) -> bool:
        return name in self.frame

    def values(self, name: str) -> np.ndarray:
        """A column of numbers, times or flags."""
        column = self.frame[name]
        if column.dtype == bool:
            return np.asarray(column)
        times = pd.api.types.is_datetime64_any_dtype(column.dtype)
        return np.asarray(column.to_numpy("datetime64[us]" if times else "float64"))

    def texts(self, name: str) -> tuple[np.ndarray, pa.Array]:
        """The codes and texts of a column; missing values are the text ""."""
        column = self.frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = np.asarray(column.cat.codes)
            found = column.cat.categories
        else:
            codes, found = pd.factorize(column)
        texts = pa.array([str(w) for w in found], pa.large_string())
        if not (codes < 0).any():
            return codes, texts
        blank = texts.index(MISSING).as_py()
        if blank < 0:
            texts = pa.concat_arrays([texts, pa.array([MISSING], pa.large_string())])
            blank = len(texts) - 1
        return np.where(codes < 0, blank, codes), texts


def in_order_of_appearance(codes: np.ndarray, texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The same column with texts numbered as they first appear, without unused texts.

    Codes 2, 0, 2 into "a", "b", "c" become 0, 1, 0 into "c", "a"."""
    if not len(codes):
        return codes, texts.slice(0, 0)
    if _appear_in_order(codes, len(texts)):
        return codes, texts
    number, found = pd.factorize(codes)
    return number.astype("int32"), texts.take(pa.array(found))


def _appear_in_order(codes: np.ndarray, texts: int) -> bool:
    """Whether codes are numbered as they first appear, and each of them does."""
    most = -1
    for at in range(0, len(codes), CHUNK):
        highest = np.maximum.accumulate(np.append(np.int32(most), codes[at : at + CHUNK]))
        if (np.diff(highest) > 1).any():
            return False
        most = int(highest[-1])
    return most == texts - 1


def in_text_order(codes: np.ndarray, texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The texts of a column sorted, without those on no line, and the new code of each code (int32).

    For codes 2, 0, 2 into "b", "x", "a" these are "a", "b" and 1, 0, 0; code 1 is on no line."""
    on_lines = np.zeros(len(texts), bool)
    for at in range(0, len(codes), CHUNK):
        on_lines[codes[at : at + CHUNK]] = True
    used = np.flatnonzero(on_lines)
    found = texts if len(used) == len(texts) else texts.take(pa.array(used))
    order = text_order(found)
    new_codes = np.zeros(len(texts), "int32")
    new_codes[used[order]] = np.arange(len(order), dtype="int32")
    return new_codes, found.take(pa.array(order))


def text_order(texts: pa.Array) -> np.ndarray:
    """The positions of large strings in ascending order of their bytes in UTF-8.

    Numbers are sorted: of each text the eight bytes after what all texts begin with. Only texts whose numbers are equal
    are compared. For "p-10", "p-9", "p-1" the numbers are of "10", "9" and "1", and the positions 2, 0, 1."""
    if len(texts) < MANY_TEXTS:
        return np.asarray(pc.sort_indices(texts)).astype("int64")
    ends = pc.min_max(texts).as_py()
    common = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*map(str.encode, ends.values()), strict=False))
    )
    numbers = np.concatenate([_eight_bytes(texts.slice(at, CHUNK), common) for at in range(0, len(texts), CHUNK)])
    order = np.argsort(numbers)
    numbers = numbers[order]
    same = numbers[1:] == numbers[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(tied):
        among = order[tied]
        order[tied] = among[np.asarray(pc.sort_indices(texts.take(pa.array(among))))]
    return order


def _eight_bytes(texts: pa.Array, begin: int) -> np.ndarray:
    """The eight bytes of each text from `begin` on, which every text reaches, as a number whose order is theirs."""
    _, offsets, content = texts.buffers()
    bounds = np.frombuffer(offsets, "int64")[texts.offset : texts.offset + len(texts) + 1]
    used = np.frombuffer(content, "uint8")[bounds[0] : bounds[-1]] if content is not None else np.empty(0, "uint8")
    padded = np.concatenate([used, np.zeros(8, "uint8")])
    eight_from = np.ndarray((len(used) + 1,), ">u8", padded, strides=(1,))  # the eight bytes from each position on
    starts = bounds[:-1] - bounds[0] + begin
    bytes_beyond = np.clip(8 - (bounds[1:] - bounds[0] - starts), 0, 8).astype("uint64")  # of the next text
    beyond = bytes_beyond << np.uint64(3)  # in bits
    half = beyond >> np.uint64(1)  # all 64 bits may have to go, in two steps, since a shift goes up to 63
    numbers = eight_from[starts].astype("uint64")
    return np.asarray(numbers >> half >> (beyond - half) << half << (beyond - half))
