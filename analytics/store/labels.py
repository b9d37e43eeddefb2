"""The words of a coded column: UTF-8 text laid end to end, mapped from disk and decoded only where somebody reads
it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LISTED = 100_000  # up to so many words are decoded once and kept
NUMBERED = 5_000  # up to so many are kept with their codes beside


class Labels:
    """Word of each code. `ordered`: words rise with their codes, so that a word is found by bisection."""

    def __init__(self, letters: np.ndarray, ends: np.ndarray, *, ordered: bool = True) -> None:
        self.letters, self.ends, self.ordered = letters, ends, ordered

    @classmethod
    def of(cls, words: Iterable[str], *, ordered: bool = True) -> Labels:
        """Words given in the order of their codes."""
        array = (
            words.cast(pa.large_string())
            if isinstance(words, pa.Array)
            else pa.array(words, pa.large_string(), from_pandas=False)
        )
        if not len(array):
            return cls(np.empty(0, "uint8"), np.zeros(1, "int64"), ordered=ordered)
        _, ends, text = array.buffers()
        bounds = np.frombuffer(ends, "int64")[array.offset : array.offset + len(array) + 1]
        letters = np.frombuffer(text, "uint8") if text is not None and text.size else np.empty(0, "uint8")
        return cls(letters[bounds[0] : bounds[-1]], bounds - bounds[0], ordered=ordered)

    def __len__(self) -> int:
        return len(self.ends) - 1

    @cached_property
    def arrow(self) -> Any:
        """The words as an Arrow array over the same bytes."""
        return pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(self.ends), pa.py_buffer(self.letters))

    @cached_property
    def words(self) -> np.ndarray:
        """All words, decoded."""
        return np.array(self.arrow.to_pylist(), dtype=object) if len(self) else np.empty(0, object)

    def take(self, codes: np.ndarray) -> np.ndarray:
        """The words of these codes."""
        if len(self) <= LISTED:
            return self.words[codes]
        return np.array(self.arrow.take(pa.array(np.asarray(codes, "int64"))).to_pylist(), dtype=object)

    @cached_property
    def column(self) -> Any:
        """All words as a pandas column of text, over the same bytes."""
        return pd.array(self.arrow, dtype="str")

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {word: code for code, word in enumerate(self.words)}

    def find(self, word: str) -> int:
        """The code of a word, −1 where it is none of them."""
        if len(self) <= NUMBERED:
            return self._codes.get(word, -1)
        if not self.ordered:
            return int(pc.index(self.arrow, pa.scalar(word, pa.large_string())).as_py())
        at = bisect_left(range(len(self)), word, key=lambda i: self.arrow[i].as_py())
        return at if at < len(self) and self.arrow[at].as_py() == word else -1


def folded(text: str) -> str:
    """Without case and accents: 'Zürich' and 'zurich' fold alike."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
