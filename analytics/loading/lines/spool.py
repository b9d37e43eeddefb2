"""Order lines on their way into the store: columns on disk, written a block at a time and read one column at a time.

What is kept in memory is one block while writing and one column while reading, however many lines there are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.loading.lines.fingerprints import among, of_words, repeated
from analytics.runtime.heap import give_back
from analytics.runtime.parallel import parallel_map

WORDS = pa.schema([("words", pa.large_string())])
MANY = 1_000_000  # words that are worth looking at before a table of them is made
PREFIX = ".scratch-"
ASIDE = "#"  # begins the name of a column that is about a line and no field of it
LINE = {"M": "datetime64[us]", "f": "float64", "b": "bool", "i": "int32", "u": "uint64"}

Column = Any  # of a block: texts as a pa.DictionaryArray, anything else as an array


class Scratch:
    """Columns of lines in a folder of their own, which goes with the scratch. To be used as a context."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder)
        self.root = Path(self._folder.name)
        self._texts: dict[str, _Texts] = {}
        self._values: dict[str, _Values] = {}
        self._names: list[str] = []
        self.length = 0

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.clear()
        self._folder.cleanup()

    def clear(self) -> None:
        """Forget all lines."""
        for texts in self._texts.values():
            texts.close()
        for values in self._values.values():
            values.close()
        self._texts, self._values, self._names, self.length = {}, {}, [], 0

    def add(self, columns: dict[str, Column], count: int) -> None:
        """Append `count` lines; every block has the same columns."""
        self._names += [n for n in columns if n not in self._names]
        for name, column in columns.items():
            if isinstance(column, np.ndarray):
                if name not in self._values:
                    self._values[name] = _Values(self.root / name, LINE[column.dtype.kind])
                self._values[name].add(column)
            else:
                if name not in self._texts:
                    self._texts[name] = _Texts(self.root / name)
                self._texts[name].add(column)
        self.length += count

    def put(self, name: str, values: np.ndarray) -> None:
        """A whole column of values, new or instead of what there was."""
        self._names += [name] if name not in self._names else []
        if name in self._values:
            self._values.pop(name).close()
        (self.root / name).unlink(missing_ok=True)
        self._values[name] = _Values(self.root / name, LINE[values.dtype.kind])
        self._values[name].add(values)

    def merge(self) -> None:
        """Make the words of all blocks one another's, of two columns at a time: nobody need wait for one by one."""
        list(parallel_map(_Texts.merge, self._texts.values()))
        give_back()

    def keep(self, mask: np.ndarray) -> None:
        """Leave out the lines for which the mask is false."""
        for name in list(self._values):
            self.put(name, self.values(name)[mask])
        for column in self._texts.values():
            column.keep(mask)
        self.length = int(mask.sum())

    # --- reading
    def __len__(self) -> int:
        return self.length

    def __contains__(self, name: object) -> bool:
        return name in self._texts or name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def is_text(self, name: str) -> bool:
        """Whether a column is one of words."""
        return name in self._texts

    def values(self, name: str) -> np.ndarray:
        """A column of numbers, moments or flags."""
        return self._values[name].read()

    def some(self, name: str, rows: np.ndarray) -> np.ndarray:
        """The values of a few lines."""
        return self._values[name].some(rows)

    def texts(self, name: str) -> tuple[np.ndarray, pa.Array]:
        """Code of each line (int32) and the word of each code, as large strings; words occur once, and may be of no
        line.
        """
        return self._texts[name].read()

    def frame(self) -> pd.DataFrame:
        """All columns in memory: ids as `str`, other texts as Categorical."""
        from analytics.loading.spec import kind_of

        columns: dict[str, object] = {}
        for name in (n for n in self._names if n[0] != ASIDE):
            if name in self._values:
                columns[name] = self.values(name)
                continue
            codes, words = self.texts(name)
            texts = pd.Index(words.cast(pa.string()).to_pandas(), dtype="str")
            if kind_of(name) == "id":
                columns[name] = pd.Series(texts.take(codes) if len(texts) else [], dtype="str")
            else:
                columns[name] = pd.Categorical.from_codes(codes, texts).remove_unused_categories()
        return pd.DataFrame(columns, index=pd.RangeIndex(self.length))


@dataclass
class _Values:
    path: Path
    kind: str
    handle: IO[bytes] | None = None

    def add(self, values: np.ndarray) -> None:
        if self.handle is None:
            self.handle = self.path.open("wb")
        self.handle.write(np.ascontiguousarray(values, self.kind).view("uint8").data if len(values) else b"")

    def read(self) -> np.ndarray:
        if self.handle is not None:
            self.handle.flush()
        return np.fromfile(self.path, self.kind)

    def some(self, rows: np.ndarray) -> np.ndarray:
        if self.handle is not None:
            self.handle.flush()
        return np.array(np.memmap(self.path, self.kind, "r")[rows]) if len(rows) else np.empty(0, self.kind)

    def close(self) -> None:
        if self.handle is not None:
            self.handle.close()
            self.handle = None


class _Texts:
    """Codes of each block in one file, the words of each block in another: made one another's when they are read."""

    def __init__(self, path: Path) -> None:
        self._path, self._words_path = path, path.with_name(path.name + ".words")
        self._begin()

    def _begin(self) -> None:
        self._codes = _Values(self._path, "int32")
        self._blocks: list[tuple[int, int]] = []  # lines and words of each
        self._merged = False
        self._file: pa.OSFile | None = pa.OSFile(str(self._words_path), "wb")
        self._stream = pa.ipc.new_stream(self._file, WORDS)

    def add(self, column: pa.DictionaryArray) -> None:
        codes, words = np.asarray(column.indices), column.dictionary
        self._codes.add(codes)
        self._stream.write_batch(pa.record_batch([words.cast(pa.large_string())], schema=WORDS))
        self._blocks.append((len(codes), len(words)))

    def keep(self, mask: np.ndarray) -> None:
        codes, words = self.read()
        self._rewrite(codes[mask], words)

    def read(self) -> tuple[np.ndarray, pa.Array]:
        if not self._merged:
            self.merge()
        self._end()
        with pa.OSFile(str(self._words_path), "rb") as file, pa.ipc.open_stream(file) as stream:
            return self._codes.read(), stream.read_all().column(0).combine_chunks()

    def merge(self) -> None:
        self._end()
        codes = self._codes.read()
        with pa.OSFile(str(self._words_path), "rb") as file, pa.ipc.open_stream(file) as stream:
            every = stream.read_all().column(0).combine_chunks()
        places, words = _once(every)
        if len(self._blocks) > 1 or len(words) < len(every):
            line = word = 0
            for lines, count in self._blocks:
                if lines:
                    codes[line : line + lines] = places[word : word + count][codes[line : line + lines]]
                line, word = line + lines, word + count
        self._rewrite(codes, words)

    def _rewrite(self, codes: np.ndarray, words: pa.Array) -> None:
        self.close()
        self._begin()
        self.add(pa.DictionaryArray.from_arrays(pa.array(codes), words))
        self._merged = True

    def _end(self) -> None:
        if self._file is not None:
            self._stream.close()
            self._file.close()
            self._file = None

    def close(self) -> None:
        self._codes.close()
        self._end()


def _once(words: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The place of each word among the words that differ, and these.

    Words whose fingerprint comes once differ from all others; where these are most, only the rest is compared, so that
    ten million order numbers need no table.
    """
    prints = of_words(words) if len(words) > MANY else np.empty(0, "uint64")
    again = repeated(prints)
    if len(words) <= MANY:
        every = words.dictionary_encode()
        return np.asarray(every.indices), every.dictionary
    if len(again) > len(words) // 16:
        return _in_halves(words, (prints & np.uint64(1)).astype(bool))
    alike = among(prints, again)
    del prints
    first = ~alike
    found = words.filter(pa.array(alike)).dictionary_encode()
    at, which = np.flatnonzero(alike), np.asarray(found.indices)
    firsts = np.zeros(len(found.dictionary), "int64")
    firsts[which[::-1]] = at[::-1]
    first[firsts] = True
    places = np.cumsum(first, dtype="int32") - np.int32(1)
    places[at] = places[firsts][which]
    return places, words.filter(pa.array(first))


def _in_halves(words: pa.Array, odd: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """The same of many words of which equal ones are both odd or both even: two tables are made side by side."""
    first, second = parallel_map(lambda mine: words.filter(pa.array(mine)).dictionary_encode(), (~odd, odd))
    places = np.empty(len(words), "int32")
    places[~odd] = first.indices
    places[odd] = np.asarray(second.indices) + np.int32(len(first.dictionary))
    return places, pa.concat_arrays([first.dictionary, second.dictionary])
