"""Arrays that live in files from the moment they are made: each is mapped when it is read, and none stays in memory.

A thread of its own waits for the disk and computes the digests, while the next array is made."""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np

EMPTY = 128  # bytes of an .npy file without elements, which is its head
# The head of format 1.0, 118 bytes after its length: numpy.lib.format.
_HEAD = re.compile(
    rb"\x93NUMPY\x01\x00\x76\x00\{'descr': '(?P<type>[<|][a-zA-Z]\d+(\[\w+\])?)', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[\d, ]*)\), \} *\n\Z"
)


class ArrayFiles(MutableMapping[str, np.ndarray]):
    """Arrays by name, each in `<name>.npy` of a folder, in the order in which they were set. A context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._finished: dict[str, Future[tuple[int, str]]] = {}
        self._thread = ThreadPoolExecutor(1, "array_files")

    def __enter__(self) -> ArrayFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def __setitem__(self, name: str, array: np.ndarray) -> None:
        path = self._path(name)
        with path.open("wb") as file:
            np.save(file, np.ascontiguousarray(array))
        self._finished[name] = self._thread.submit(_finish, path)

    def continued(self, name: str, file: Path, size: int, more: np.ndarray, of: str) -> None:
        """An array of one dimension whose first `size` bytes another version, `of`, has in its file, with more after
        them: the file is shared, and the other version reads its own part. Where that cannot be, it is copied."""
        path = self._path(name)
        if file.stat().st_size == EMPTY + size and _linked(file, path):  # else somebody continued it already
            with path.open("r+b") as open_file:
                open_file.seek(EMPTY + size)
                open_file.write(np.ascontiguousarray(more).view("uint8").data if len(more) else b"")
            digest = hashlib.sha256(f"{of} {name}".encode() + more.tobytes()).hexdigest()
            self._finished[name] = self._thread.submit(lambda: (_finish(path, read=False)[0], digest))
        else:
            self[name] = np.concatenate([mapped(file, EMPTY + size), more])

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._finished:
            raise KeyError(name)
        return mapped(self._path(name))

    def __delitem__(self, name: str) -> None:
        self._finished.pop(name).cancel()
        self._path(name).unlink()

    def __iter__(self) -> Iterator[str]:
        return iter(self._finished)

    def __len__(self) -> int:
        return len(self._finished)

    def finished(self, name: str) -> tuple[int, str]:
        """The size and the digest of an array's file, after it is flushed to disk."""
        return self._finished[name].result()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npy"


def _linked(file: Path, path: Path) -> bool:
    """Give a file a second name, where the file system can."""
    try:
        path.hardlink_to(file)
    except OSError:
        return False
    return True


def mapped(path: Path, size: int | None = None) -> np.ndarray:
    """The file's array, memory-mapped; an empty one cannot be mapped and is read. `size`: the bytes of the file that
    are the array's, where it has one dimension; others may follow, or its head may tell of fewer.

    `np.load` reads a header with `ast.literal_eval`, which in Python 3.11 fails now and then with "AST constructor
    recursion depth mismatch" while other threads do the same. So the header that `np.save` writes is read here, and
    `np.load` gets any other file. Raises what `np.load` raises for a file that is no array, or not a whole one."""
    with path.open("rb") as file:
        head = _HEAD.match(file.read(EMPTY))
    if head is None:
        return np.asarray(np.load(path))
    shape = tuple(int(size) for size in head["shape"].split(b",") if size.strip())
    kind = np.dtype(head["type"].decode())
    if size is not None and len(shape) == 1:
        shape = ((size - EMPTY) // kind.itemsize,)
    if not math.prod(shape):
        return np.empty(shape, kind)
    return np.asarray(np.memmap(path, kind, "r", EMPTY, shape))


def _finish(path: Path, read: bool = True) -> tuple[int, str]:
    """Flush a file to disk; its size and digest."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest() if read else ""
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size, digest
