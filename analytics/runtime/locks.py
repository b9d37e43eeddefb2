"""Locks between processes. The kernel frees them when the file is closed or its process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

CHANGING = ".reading"  # in a folder whose files change: whoever changes or reads them holds its lock


def take(file: IO[Any] | int, *, wait: bool = False) -> bool:
    """Take the lock of an open file; False where another process or another open file has it and we do not wait."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@contextmanager
def unchanging(path: Path) -> Iterator[bool]:
    """Hold the lock of the nearest folder above `path` that has a file CHANGING, and wait for it: True, since `path`
    may have changed meanwhile. False, and nothing is held, where there is no such folder."""
    lock = next((found for folder in path.parents if (found := folder / CHANGING).is_file()), None)
    if lock is None:
        yield False
        return
    with lock.open() as file:
        yield take(file, wait=True)
