"""Order lines as the store takes them, one column at a time: from a frame in memory, or from a spool on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.schema import MISSING
from analytics.store.numbers import CHUNK


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
    order = np.asarray(pc.sort_indices(found)).astype("int64")
    new_codes = np.zeros(len(texts), "int32")
    new_codes[used[order]] = np.arange(len(order), dtype="int32")
    return new_codes, found.take(pa.array(order))
