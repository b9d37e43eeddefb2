"""Work that several threads want at the same moment is done by one of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class StillRunning(Exception):
    """Work that another thread does has not ended within the caller's patience."""


class SingleFlight(Generic[Result]):
    """Runs work by key, once at a time for each key. Nothing is kept: whoever asks later has it done again."""

    def __init__(self) -> None:
        self._running: dict[Hashable, Future[Result]] = {}
        self._lock = Lock()

    def do(self, key: Hashable, work: Callable[[], Result], patience: float | None = None) -> tuple[Result, bool]:
        """The result of `work`, and whether this call did it. A call that comes while another one does the same waits
        for that one's result or error. Raises StillRunning after `patience` seconds of waiting; None waits on."""
        with self._lock:
            future = self._running.get(key)
            leads = future is None
            if future is None:
                future = self._running[key] = Future()
        return (self._lead(key, future, work), True) if leads else (_follow(future, patience), False)

    def _lead(self, key: Hashable, future: Future[Result], work: Callable[[], Result]) -> Result:
        try:
            result = work()
        except BaseException as error:
            future.set_exception(error)
            raise
        else:
            future.set_result(result)
            return result
        finally:
            with self._lock:
                del self._running[key]


def _follow(future: Future[Result], patience: float | None) -> Result:
    try:
        return future.result(patience)
    except TimeoutError:
        if future.done():  # the work itself timed out
            raise
        raise StillRunning from None
