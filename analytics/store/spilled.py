"""Arrays that live in files from the moment they are made: each is mapped when asked for, none is kept in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import numpy as np


class Spilled(MutableMapping[str, np.ndarray]):
    """Arrays by name, `<name>.npy` in a folder, in the order in which they came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, None] = {}

    def __setitem__(self, name: str, array: np.ndarray) -> None:
        with self._path(name).open("wb") as file:
            np.save(file, np.ascontiguousarray(array))
        self._names[name] = None

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        path = self._path(name)
        return np.asarray(np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path))

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._path(name).unlink()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def sync(self, name: str) -> int:
        """See to it that an array is on the disk; the bytes of its file."""
        with self._path(name).open("rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npy"
