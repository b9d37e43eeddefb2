"""The distinct texts of a coded column: UTF-8 laid end to end, mapped from disk and decoded where they are read."""

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
from pandas.api.extensions import ExtensionArray

DECODED = 100_000  # dictionaries up to this length are decoded once and kept
HASHED = 5_000  # dictionaries up to this length also keep the code of each text


class Dictionary:
    """The text of each code. Text i is text[ends[i]:ends[i + 1]] as UTF-8: "ab" and "c" are text b"abc", ends 0, 2, 3.

    `ordered`: texts rise with their codes, so that a text is found by bisection."""

    def __init__(self, text: np.ndarray, ends: np.ndarray, *, ordered: bool = True) -> None:
        self.text = text
        self.ends = ends
        self.ordered = ordered

    @classmethod
    def of(cls, texts: Iterable[str], *, ordered: bool = True) -> Dictionary:
        """A dictionary of texts given in the order of their codes."""
        given = texts.cast(pa.large_string()) if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
        if not len(given):
            return cls(np.empty(0, "uint8"), np.zeros(1, "int64"), ordered=ordered)
        _, offsets, data = given.buffers()
        ends = np.frombuffer(offsets, "int64")[given.offset : given.offset + len(given) + 1]
        text = np.frombuffer(data, "uint8") if data is not None and data.size else np.empty(0, "uint8")
        return cls(text[ends[0] : ends[-1]], ends - ends[0] if ends[0] else ends, ordered=ordered)

    def __len__(self) -> int:
        return len(self.ends) - 1

    @cached_property
    def arrow(self) -> Any:
        """The texts as an Arrow array over the same bytes."""
        return pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(self.ends), pa.py_buffer(self.text))

    @cached_property
    def texts(self) -> np.ndarray:
        """All texts, decoded."""
        return np.array(self.arrow.to_pylist(), dtype=object) if len(self) else np.empty(0, object)

    @cached_property
    def column(self) -> ExtensionArray:
        """All texts as a pandas column, over the same bytes."""
        column: ExtensionArray = pd.array(self.arrow, dtype="str")
        return column

    def take(self, codes: np.ndarray) -> np.ndarray:
        """The texts of these codes."""
        if len(self) <= DECODED:
            return np.asarray(self.texts[codes])
        return np.array(self.arrow.take(pa.array(np.asarray(codes, "int64"))).to_pylist(), dtype=object)

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {text: code for code, text in enumerate(self.texts)}

    def find(self, text: str) -> int:
        """The code of a text, −1 where the dictionary does not have it."""
        if len(self) <= HASHED:
            return self._codes.get(text, -1)
        if not self.ordered:
            return int(pc.index(self.arrow, pa.scalar(text, pa.large_string())).as_py())
        at = bisect_left(range(len(self)), text, key=lambda i: self.arrow[i].as_py())
        return at if at < len(self) and self.arrow[at].as_py() == text else -1


def folded(text: str) -> str:
    """A text without case and accents: "Zürich" and "zurich" fold alike."""
    if text.isascii():  # most are, and a search folds every name of a field
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
