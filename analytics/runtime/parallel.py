"""Work on both cores: numpy, pandas and Arrow release the interpreter while they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = 2

Item = TypeVar("Item")
Made = TypeVar("Made")


def parallel_map(work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """The result of `work` for each item, in order; THREADS items are worked on at a time."""
    with ThreadPoolExecutor(THREADS, "parallel_map") as threads:
        yield from threads.map(work, items)


def prefetch(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each computed on another thread while the caller works on the one before."""
    end = object()
    with ThreadPoolExecutor(1, "prefetch") as thread:
        coming = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, items, end)
            yield item  # type: ignore[misc]
