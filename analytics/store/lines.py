"""Order lines as the store takes them, one column at a time: from a frame in memory, or from a spool on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.schema import MISSING


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
    most = np.maximum.accumulate(codes)
    if codes[0] == 0 and int(most[-1]) == len(texts) - 1 and bool((np.diff(most) <= 1).all()):
        return codes, texts
    number, found = pd.factorize(codes)
    return number.astype("int32"), texts.take(pa.array(found))


def in_text_order(codes: np.ndarray, texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The same column with texts sorted, without those on no line; codes as int32.

    Codes 2, 0, 2 into "b", "x", "a" become 0, 1, 0 into "a", "b"."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(texts))) if len(codes) else np.empty(0, "int64")
    found = texts.take(pa.array(used))
    order = np.asarray(pc.sort_indices(found)).astype("int64")
    new_codes = np.zeros(len(texts), "int32")
    new_codes[used[order]] = np.arange(len(order), dtype="int32")
    return new_codes[codes], found.take(pa.array(order))
