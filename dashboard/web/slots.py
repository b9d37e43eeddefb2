"""How much long work a process does at once: files and large tables of data."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TypeVar

from analytics.errors import Busy
from analytics.language import N_

Part = TypeVar("Part")


class Slots:
    """Limits how many long tasks run in this process at a time. One more is refused at once, because a task that waits
    holds a thread that pages need."""

    def __init__(self, count: int) -> None:
        """`count`: at most half of a worker's threads, so that the other half serves pages."""
        self._free = threading.BoundedSemaphore(count)

    def take(self) -> ExitStack:
        """A slot, which is free again when the stack is closed (closing it twice does no harm). Busy where none is
        free."""
        if not self._free.acquire(blocking=False):
            raise Busy(N_("other files are being made."), hint=N_("Try again in a few seconds."))
        slot = ExitStack()
        slot.callback(self._free.release)
        return slot


def within(slot: ExitStack, parts: Iterator[Part]) -> Iterator[Part]:
    """The parts of an answer; the slot is free when the last one is sent."""
    with slot:
        yield from parts
