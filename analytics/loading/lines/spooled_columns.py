"""The columns of a spool: the files of one column, which blocks are appended to, and which are mapped when read.

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

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np
import pyarrow as pa

from analytics.loading.lines.fingerprints import is_in, repeated, text_fingerprints
from analytics.runtime.parallel import parallel_map

DICTIONARY = pa.schema([("texts", pa.large_string())])
MANY_TEXTS = 1_000_000  # above which fingerprints are worthwhile
FEW_REPETITIONS = 16  # if at most one text in this many repeats, only the repeated ones are compared


@dataclass
class ValueColumn:
    """Values of one type, one after another in a file."""

    path: Path
    type: str
    handle: IO[bytes] | None = None

    def add(self, values: np.ndarray) -> None:
        """Append values."""
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
        """A few of the values."""
        return np.array(self.read()[rows]) if len(rows) else np.empty(0, self.type)

    def close(self) -> None:
        """Close the file, if it is open for writing."""
        if self.handle is not None:
            self.handle.close()
            self.handle = None


class TextColumn:
    """The codes of all blocks in one file; of each block the dictionary in another, until they are merged to one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dictionary_path = path.with_name(f"{path.name}.dictionary")
        self._codes = ValueColumn(self._path, "int32")
        self._blocks: list[tuple[int, int]] = []  # lines, and texts of the dictionary, of each block
        self._merged: SpooledTexts | None = None
        self._file: pa.OSFile | None = pa.OSFile(str(self._dictionary_path), "wb")
        self._stream = pa.ipc.new_stream(self._file, DICTIONARY)

    @property
    def texts(self) -> int:
        """Texts of all blocks."""
        return sum(texts for _, texts in self._blocks)

    def add(self, column: pa.DictionaryArray) -> None:
        """Append a block."""
        codes, dictionary = np.asarray(column.indices), column.dictionary
        self._codes.add(codes)
        self._stream.write_batch(pa.record_batch([dictionary.cast(pa.large_string())], schema=DICTIONARY))
        self._blocks.append((len(codes), len(dictionary)))

    def keep(self, mask: np.ndarray) -> None:
        """Drop the lines for which the mask is false."""
        self.recode(self.read()[0][mask])

    def recode(self, codes: np.ndarray) -> None:
        """Write other codes in place of those of all lines."""
        self.merge()
        self._codes.close()
        self._codes.add(codes)

    def read(self) -> tuple[np.ndarray, pa.Array]:
        """The code of each line, and the texts."""
        return self._codes.read(), self.merge().read()

    def merge(self) -> SpooledTexts:
        """Give all blocks one dictionary: the module's docstring has an example."""
        if self._merged is not None:
            return self._merged
        self._end()
        self._merged = SpooledTexts(self._dictionary_path)
        with pa.memory_map(str(self._dictionary_path)) as file, pa.ipc.open_stream(file) as stream:
            every = stream.read_all().column(0)
            new_code = put_distinct(every, self._merged)
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
        """Close the files."""
        self._codes.close()
        self._end()


class SpooledTexts:
    """Texts in two files, as Arrow keeps them: their bytes laid end to end, and the end of each; mapped when read."""

    def __init__(self, path: Path) -> None:
        self._text = ValueColumn(path.with_name(f"{path.name}.text"), "uint8")
        self._ends = ValueColumn(path.with_name(f"{path.name}.ends"), "int64")
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


def put_distinct(texts: pa.ChunkedArray, found: SpooledTexts) -> np.ndarray:
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


def _put_by_parts(texts: pa.ChunkedArray, prints: np.ndarray, found: SpooledTexts) -> np.ndarray:
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
