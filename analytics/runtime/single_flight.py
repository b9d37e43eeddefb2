"""Work that several threads want at the same moment is done by one of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class StillRunning(Exception):
    """Work that another thread does has not ended within the caller's patience."""


class _Flight(Generic[Result]):
    """Work under way; `running` is locked until it has ended. (A Future has more to it, and takes twice the time.)"""

    __slots__ = ("error", "result", "running")
    result: Result

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.running = Lock()
        self.running.acquire()


class SingleFlight(Generic[Result]):
    """Runs work by key, once at a time for each key. Nothing is kept: whoever asks later has it done again."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[Result]] = {}
        self._lock = Lock()

    def do(self, key: Hashable, work: Callable[[], Result], patience: float | None = None) -> tuple[Result, bool]:
        """The result of `work`, and whether this call did it. A call that comes while another one does the same waits
        for that one's result or error. Raises StillRunning after `patience` seconds of waiting; None waits on."""
        with self._lock:
            other = self._flights.get(key)
            if other is None:
                mine = self._flights[key] = _Flight()
        return (_follow(other, patience), False) if other is not None else (self._lead(key, mine, work), True)

    def _lead(self, key: Hashable, flight: _Flight[Result], work: Callable[[], Result]) -> Result:
        try:
            flight.result = work()
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._flights[key]
            flight.running.release()
        return flight.result


def _follow(flight: _Flight[Result], patience: float | None) -> Result:
    if not flight.running.acquire(timeout=-1 if patience is None else patience):
        raise StillRunning
    flight.running.release()  # for the next one who waits
    if flight.error is not None:
        raise flight.error
    return flight.result
