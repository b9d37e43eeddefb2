"""Arrays that live in files from the moment they are made: each is mapped when asked for, none is kept in memory.

What is written goes to the disk, and is digested, on a thread beside, while the next array is worked out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np


class Spilled(MutableMapping[str, np.ndarray]):
    """Arrays by name, `<name>.npy` in a folder, in the order in which they came. To be used as a context."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._coming: dict[str, Future[tuple[int, str]]] = {}
        self._beside = ThreadPoolExecutor(1, "spilled")

    def __enter__(self) -> Spilled:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beside.shutdown(cancel_futures=True)

    def __setitem__(self, name: str, array: np.ndarray) -> None:
        path = self._path(name)
        with path.open("wb") as file:
            np.save(file, np.ascontiguousarray(array))
        self._coming[name] = self._beside.submit(_settled, path)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._coming:
            raise KeyError(name)
        path = self._path(name)
        return np.asarray(np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path))

    def __delitem__(self, name: str) -> None:
        self._coming.pop(name).cancel()
        self._path(name).unlink()

    def __iter__(self) -> Iterator[str]:
        return iter(self._coming)

    def __len__(self) -> int:
        return len(self._coming)

    def settled(self, name: str) -> tuple[int, str]:
        """The bytes and the digest of an array's file, which is on the disk by then."""
        return self._coming[name].result()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npy"


def _settled(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size, digest
