"""How much long work a process does at once: files and large tables of data."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TypeVar

from analytics.errors import Busy

Part = TypeVar("Part")


class Places:
    """So many pieces of long work at a time in this process. One more is refused at once, since waiting would hold a
    thread that pages need."""

    def __init__(self, count: int) -> None:
        """`count`: at most half of a worker's threads leave the others to pages."""
        self._free = threading.BoundedSemaphore(count)

    def take(self) -> ExitStack:
        """A place, given back when the stack is closed (again closing it does nothing). Busy where all are taken."""
        if not self._free.acquire(blocking=False):
            raise Busy("other files are being made.", hint="Try again in a few seconds.")
        place = ExitStack()
        place.callback(self._free.release)
        return place


def within(place: ExitStack, parts: Iterator[Part]) -> Iterator[Part]:
    """The parts of an answer; the place is free when the last one is sent."""
    with place:
        yield from parts
