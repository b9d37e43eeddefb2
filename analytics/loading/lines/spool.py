"""The spool: order lines on disk between reading and storing, written a block at a time and read a column at a time.

Memory holds one block while writing, and what is computed of a column while reading: columns are mapped from disk.

A column of texts is written block by block, each block with a dictionary of its own. `merge` gives all blocks one
dictionary. For example, two blocks of a column `product`:

    block 1: codes 0 1 0     dictionary Tea, Bun
    block 2: codes 0 0 1     dictionary Bun, Jam

The dictionaries one after another are Tea, Bun, Bun, Jam; without repetitions Tea, Bun, Jam. `new_code` says where each
of the four is found there: 0, 1, 1, 2. Block 2 begins at the third, so its codes 0 0 1 become new_code[2 + 0],
new_code[2 + 0], new_code[2 + 1], and the column is

    codes 0 1 0 1 1 2        dictionary Tea, Bun, Jam
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.loading.lines.fingerprints import AT_ONCE, is_in, repeated, text_fingerprints
from analytics.loading.spec import kind_of
from analytics.runtime.heap import give_back
from analytics.runtime.parallel import parallel_map

DICTIONARY = pa.schema([("texts", pa.large_string())])
MANY_TEXTS = 1_000_000  # above which fingerprints are worthwhile
FEW_REPETITIONS = 16  # if at most one text in this many repeats, only the repeated ones are compared
FOLDER_PREFIX = ".spool-"
INTERNAL = "#"  # begins the name of a column that is no field of a line
DISK_TYPES = {"M": "datetime64[us]", "f": "float64", "b": "bool", "i": "int32", "u": "uint64"}  # by numpy's kind

Column: TypeAlias = Any  # of a block: np.ndarray, or pa.DictionaryArray for texts (pyarrow has no type stubs)


class Spool:
    """Columns of lines in a temporary folder, which is deleted when the spool is closed. Use it as a context."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=folder)
        self._root = Path(self._folder.name)
        self._texts: dict[str, _TextColumn] = {}
        self._values: dict[str, _ValueColumn] = {}
        self._names: list[str] = []
        self._length = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete the spool's files."""
        self.clear()
        self._folder.cleanup()

    def clear(self) -> None:
        """Forget all lines."""
        for texts in self._texts.values():
            texts.close()
        for values in self._values.values():
            values.close()
        self._texts = {}
        self._values = {}
        self._names = []
        self._length = 0

    def add(self, columns: dict[str, Column], count: int) -> None:
        """Append `count` lines. Every block must have the same columns."""
        self._names += [n for n in columns if n not in self._names]
        for name, column in columns.items():
            if isinstance(column, np.ndarray):
                if name not in self._values:
                    self._values[name] = _ValueColumn(self._root / name, DISK_TYPES[column.dtype.kind])
                self._values[name].add(column)
            else:
                if name not in self._texts:
                    self._texts[name] = _TextColumn(self._root / name)
                self._texts[name].add(column)
        self._length += count

    def replace(self, name: str, values: np.ndarray) -> None:
        """Write a whole column of values: a new one, or in place of the one before."""
        if name not in self._names:
            self._names.append(name)
        if name in self._values:
            self._values.pop(name).close()
        (self._root / name).unlink(missing_ok=True)
        self._values[name] = _ValueColumn(self._root / name, DISK_TYPES[values.dtype.kind])
        self._values[name].add(values)

    def recode(self, name: str, codes: np.ndarray) -> None:
        """Give each line another of the texts of a column: `codes` are positions among the texts of `texts`."""
        self._texts[name].recode(codes)

    def merge(self) -> None:
        """Give each text column one dictionary, using both cores."""
        for column in self._texts.values():
            if column.texts > AT_ONCE:  # two of these would take much memory
                column.merge()
        list(parallel_map(_TextColumn.merge, self._texts.values()))
        give_back()

    def keep(self, mask: np.ndarray) -> None:
        """Drop the lines for which the mask is false."""
        for name in list(self._values):
            self.replace(name, self.values(name)[mask])
        for column in self._texts.values():
            column.keep(mask)
        self._length = int(mask.sum())

    # --- reading
    @property
    def folder(self) -> Path:
        """The temporary folder, where others may put what is deleted with the spool."""
        return self._root

    def __len__(self) -> int:
        return self._length

    def __contains__(self, name: object) -> bool:
        return name in self._texts or name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def is_text(self, name: str) -> bool:
        """Whether a column holds texts."""
        return name in self._texts

    def values(self, name: str) -> np.ndarray:
        """A column of numbers, times or flags."""
        return self._values[name].read()

    def values_at(self, name: str, rows: np.ndarray) -> np.ndarray:
        """A column's values at a few lines."""
        return self._values[name].at(rows)

    def texts(self, name: str) -> tuple[np.ndarray, pa.Array]:
        """The code of each line (int32), and the text of each code as large strings. Each text occurs once; some may
        be unused."""
        return self._texts[name].read()

    def frame(self) -> pd.DataFrame:
        """All fields in memory: ids as `str`, other texts as Categorical."""
        columns: dict[str, object] = {}
        for name in (n for n in self._names if not n.startswith(INTERNAL)):
            if name in self._values:
                columns[name] = self.values(name)
                continue
            codes, dictionary = self.texts(name)
            texts = pd.Index(dictionary.cast(pa.string()).to_pandas(), dtype="str")
            if kind_of(name) == "id":
                columns[name] = pd.Series(texts.take(codes) if len(texts) else [], dtype="str")
            else:
                columns[name] = pd.Categorical.from_codes(codes, texts).remove_unused_categories()
        return pd.DataFrame(columns, index=pd.RangeIndex(self._length))


@dataclass
class _ValueColumn:
    """Values of one type, one after another in a file."""

    path: Path
    type: str
    handle: IO[bytes] | None = None

    def add(self, values: np.ndarray) -> None:
        if self.handle is None:
            self.path.unlink(missing_ok=True)  # whoever maps the file before keeps what it has
            self.handle = self.path.open("wb")
        self.handle.write(np.ascontiguousarray(values, self.type).view("uint8").data if len(values) else b"")

    def read(self, mode: Literal["c", "r+"] = "c") -> np.ndarray:
        """The values, mapped: what is written to them stays in memory, or with "r+" goes to the file."""
        if self.handle is not None:
            self.handle.flush()
        some = self.path.exists() and self.path.stat().st_size
        return np.asarray(np.memmap(self.path, self.type, mode)) if some else np.empty(0, self.type)

    def at(self, rows: np.ndarray) -> np.ndarray:
        return np.array(self.read()[rows]) if len(rows) else np.empty(0, self.type)

    def close(self) -> None:
        if self.handle is not None:
            self.handle.close()
            self.handle = None


class _TextColumn:
    """The codes of all blocks in one file; of each block the dictionary in another, until they are merged to one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dictionary_path = path.with_name(f"{path.name}.dictionary")
        self._codes = _ValueColumn(self._path, "int32")
        self._blocks: list[tuple[int, int]] = []  # lines, and texts of the dictionary, of each block
        self._merged: _Dictionary | None = None
        self._file: pa.OSFile | None = pa.OSFile(str(self._dictionary_path), "wb")
        self._stream = pa.ipc.new_stream(self._file, DICTIONARY)

    @property
    def texts(self) -> int:
        """Texts of all blocks."""
        return sum(texts for _, texts in self._blocks)

    def add(self, column: pa.DictionaryArray) -> None:
        codes, dictionary = np.asarray(column.indices), column.dictionary
        self._codes.add(codes)
        self._stream.write_batch(pa.record_batch([dictionary.cast(pa.large_string())], schema=DICTIONARY))
        self._blocks.append((len(codes), len(dictionary)))

    def keep(self, mask: np.ndarray) -> None:
        self.recode(self.read()[0][mask])

    def recode(self, codes: np.ndarray) -> None:
        self.merge()
        self._codes.close()
        self._codes.add(codes)

    def read(self) -> tuple[np.ndarray, pa.Array]:
        return self._codes.read(), self.merge().read()

    def merge(self) -> _Dictionary:
        """Give all blocks one dictionary: the module's docstring has an example."""
        if self._merged is not None:
            return self._merged
        self._end()
        self._merged = _Dictionary(self._dictionary_path)
        with pa.memory_map(str(self._dictionary_path)) as file, pa.ipc.open_stream(file) as stream:
            every = stream.read_all().column(0)
            new_code = _put_distinct(every, self._merged)
            if len(self._blocks) > 1 or self._merged.count < len(every):
                self._renumber(new_code)
            del every
        self._dictionary_path.unlink()
        return self._merged

    def _renumber(self, new_code: np.ndarray) -> None:
        codes = self._codes.read("r+")
        line = text = 0
        for lines, texts in self._blocks:
            if lines:
                codes[line : line + lines] = new_code[text : text + texts][codes[line : line + lines]]
            line += lines
            text += texts

    def _end(self) -> None:
        if self._file is not None:
            self._stream.close()
            self._file.close()
            self._file = None

    def close(self) -> None:
        self._codes.close()
        self._end()


class _Dictionary:
    """Texts in two files, as Arrow keeps them: their bytes laid end to end, and the end of each; mapped when read."""

    def __init__(self, path: Path) -> None:
        self._text = _ValueColumn(path.with_name(f"{path.name}.text"), "uint8")
        self._ends = _ValueColumn(path.with_name(f"{path.name}.ends"), "int64")
        self._ends.add(np.zeros(1, "int64"))
        self._bytes = 0
        self.count = 0

    def add(self, texts: pa.Array) -> None:
        """Append texts."""
        given = texts.cast(pa.large_string())
        if not len(given):
            return
        _, offsets, content = given.buffers()
        ends = np.frombuffer(offsets, "int64")[given.offset : given.offset + len(given) + 1]
        if ends[-1] > ends[0]:
            self._text.add(np.frombuffer(content, "uint8")[ends[0] : ends[-1]])
        self._ends.add(ends[1:] + (self._bytes - ends[0]))
        self._bytes += int(ends[-1] - ends[0])
        self.count += len(given)

    def read(self) -> pa.Array:
        """All of them, as large strings."""
        text, ends = self._text.read(), self._ends.read()
        return pa.LargeStringArray.from_buffers(self.count, pa.py_buffer(ends), pa.py_buffer(text))


def _put_distinct(texts: pa.ChunkedArray, found: _Dictionary) -> np.ndarray:
    """Put the distinct texts into a dictionary; the position there of each text (int32).

    Texts whose fingerprint occurs once are distinct. Where most are, only the others are compared, so that ten million
    order numbers need no hash table. Texts Tea, Bun, Tea: Tea's fingerprint repeats, Bun's does not; positions 0, 1, 0
    and texts Tea, Bun. Otherwise texts of which equal ones are among the same by their fingerprint are compared, a part
    of them at a time, so that no hash table grows with all texts.
    """
    if len(texts) <= MANY_TEXTS:
        encoded = texts.combine_chunks().dictionary_encode()
        found.add(encoded.dictionary)
        return np.asarray(encoded.indices)
    prints, done = np.empty(len(texts), "uint64"), 0
    for part in parallel_map(text_fingerprints, texts.chunks):
        prints[done : done + len(part)] = part
        done += len(part)
    again = repeated(prints)
    if len(again) > len(texts) // FEW_REPETITIONS:
        return _put_by_parts(texts, prints, found)
    repeats = is_in(prints, again)
    del prints
    encoded = texts.filter(pa.array(repeats)).combine_chunks().dictionary_encode()
    at = np.flatnonzero(repeats)
    code = np.asarray(encoded.indices)
    first_at = np.zeros(len(encoded.dictionary), "int64")
    first_at[code[::-1]] = at[::-1]  # the last of several assignments wins: the first occurrence
    first = ~repeats
    first[first_at] = True
    positions = np.cumsum(first, dtype="int32")
    positions -= np.int32(1)
    positions[at] = positions[first_at][code]
    start = 0
    for chunk in texts.chunks:
        found.add(chunk.filter(pa.array(first[start : start + len(chunk)])))
        start += len(chunk)
    return positions


def _put_by_parts(texts: pa.ChunkedArray, prints: np.ndarray, found: _Dictionary) -> np.ndarray:
    positions = np.empty(len(texts), "int32")
    parts = min(max(2, len(texts) // max(1, MANY_TEXTS)), 1 << 16)
    part_of = (prints % np.uint64(parts)).astype("uint16")

    def encode(part: int) -> tuple[np.ndarray, pa.DictionaryArray]:
        mine = part_of == part
        return mine, texts.filter(pa.array(mine)).combine_chunks().dictionary_encode()

    for mine, encoded in parallel_map(encode, range(parts)):
        positions[mine] = np.asarray(encoded.indices) + np.int32(found.count)
        found.add(encoded.dictionary)
    return positions
