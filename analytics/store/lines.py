"""Order lines as the store takes them, a column at a time: from a frame in memory, or from a scratch on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.schema import MISSING


class Lines(Protocol):
    """Columns by name; each is asked for when it is needed and forgotten after."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[str]: ...

    def __contains__(self, name: object) -> bool: ...

    def values(self, name: str) -> np.ndarray:
        """A column of numbers (float64), moments (datetime64[us]) or flags."""

    def texts(self, name: str) -> tuple[np.ndarray, pa.Array]:
        """Code of each line, and the word of each code as large strings; words occur once, and may be of no line."""


class FrameLines:
    """A pandas frame of canonical order lines."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self.frame.columns))

    def __contains__(self, name: object) -> bool:
        return name in self.frame

    def values(self, name: str) -> np.ndarray:
        column = self.frame[name]
        return column.to_numpy() if column.dtype == bool else _plain(column)

    def texts(self, name: str) -> tuple[np.ndarray, pa.Array]:
        column = self.frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes, found = np.asarray(column.cat.codes), column.cat.categories
        else:
            codes, found = pd.factorize(column)
        words = pa.array([str(w) for w in found], pa.large_string())
        if not (codes < 0).any():
            return codes, words
        blank = words.index(MISSING).as_py() if MISSING in found else -1
        words = words if blank >= 0 else pa.concat_arrays([words, pa.array([MISSING], pa.large_string())])
        return np.where(codes < 0, blank if blank >= 0 else len(words) - 1, codes), words


def _plain(column: pd.Series) -> np.ndarray:
    times = pd.api.types.is_datetime64_any_dtype(column.dtype)
    return np.asarray(column.to_numpy("datetime64[us]" if times else "float64"))


def by_appearance(codes: np.ndarray, words: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The same with words numbered as they first appear, and those left out that do not."""
    if not len(codes):
        return codes, words.slice(0, 0)
    most = np.maximum.accumulate(codes)
    if codes[0] == 0 and int(most[-1]) == len(words) - 1 and bool((np.diff(most) <= 1).all()):
        return codes, words
    number, found = pd.factorize(codes)
    return number.astype("int32"), words.take(pa.array(found))


def by_word(codes: np.ndarray, words: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The same with words in order, and those left out that are of no line; codes as int32."""
    import pyarrow.compute as pc

    used = np.flatnonzero(np.bincount(codes, minlength=len(words))) if len(codes) else np.empty(0, "int64")
    some = words.take(pa.array(used))
    order = np.asarray(pc.sort_indices(some)).astype("int64")
    table = np.zeros(len(words), "int32")
    table[used[order]] = np.arange(len(order), dtype="int32")
    return table[codes], some.take(pa.array(order))
