"""The spool: order lines on disk between reading and storing, written a block at a time and read a column at a time.

Memory holds one block while writing, and what is computed of a column while reading: columns are mapped from disk
(spooled_columns.py)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.loading.lines.fingerprints import AT_ONCE
from analytics.loading.lines.spooled_columns import TextColumn, ValueColumn
from analytics.loading.spec import kind_of
from analytics.runtime.heap import give_back
from analytics.runtime.parallel import parallel_map

FOLDER_PREFIX = ".spool-"
INTERNAL = "#"  # begins the name of a column that is no field of a line
DISK_TYPES = {"M": "datetime64[us]", "f": "float64", "b": "bool", "i": "int32", "u": "uint64"}  # by numpy's kind

Column: TypeAlias = Any  # of a block: np.ndarray, or pa.DictionaryArray for texts (pyarrow has no type stubs)


class Spool:
    """Columns of lines in a temporary folder, which is deleted when the spool is closed. Use it as a context."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=folder)
        self._root = Path(self._folder.name)
        self._texts: dict[str, TextColumn] = {}
        self._values: dict[str, ValueColumn] = {}
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
                    self._values[name] = ValueColumn(self._root / name, DISK_TYPES[column.dtype.kind])
                self._values[name].add(column)
            else:
                if name not in self._texts:
                    self._texts[name] = TextColumn(self._root / name)
                self._texts[name].add(column)
        self._length += count

    def replace(self, name: str, values: np.ndarray) -> None:
        """Write a whole column of values: a new one, or in place of the one before."""
        if name not in self._names:
            self._names.append(name)
        if name in self._values:
            self._values.pop(name).close()
        (self._root / name).unlink(missing_ok=True)
        self._values[name] = ValueColumn(self._root / name, DISK_TYPES[values.dtype.kind])
        self._values[name].add(values)

    def recode(self, name: str, codes: np.ndarray) -> None:
        """Give each line another of the texts of a column: `codes` are positions among the texts of `texts`."""
        self._texts[name].recode(codes)

    def merge(self) -> None:
        """Give each text column one dictionary, using both cores."""
        for column in self._texts.values():
            if column.texts > AT_ONCE:  # two of these would take much memory
                column.merge()
        list(parallel_map(TextColumn.merge, self._texts.values()))
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
