"""Work on two cores: numpy, pandas and Arrow let go of the interpreter meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

TOGETHER = 2

Item = TypeVar("Item")
Made = TypeVar("Made")


def together(work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """What `work` makes of each item, in order; two are worked on at a time."""
    with ThreadPoolExecutor(TOGETHER, "together") as threads:
        yield from threads.map(work, items)


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; each is made on a thread beside, one before it is asked for."""
    end = object()
    with ThreadPoolExecutor(1, "ahead") as beside:
        coming = beside.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = beside.submit(next, items, end)
            yield item  # type: ignore[misc]
