"""Models that answers rest on: fitted beside serving, once for all workers, and remembered.

Whoever asks for one that is not there waits no longer than their patience: a card says "being computed" and asks again,
a data URL or a report waits.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from analytics.answer import Answer
from analytics.errors import BeingComputed
from analytics.runtime.heap import give_back

KEPT = 32  # models of a process: a few hundred numbers each


class Models:
    """Fitted models by key. `shared`: the bytes of a key, computed by one caller of all processes."""

    def __init__(self, shared: Callable[[str, Callable[[], Answer]], Answer]) -> None:
        self._shared = shared
        self._lock = threading.Lock()
        self._flights: OrderedDict[str, Future[Answer]] = OrderedDict()

    def get(self, key: str, fit: Callable[[], Answer], patience: float | None = None) -> Answer:
        """The model of a key, fitted in a thread where nobody has. Raises BeingComputed after `patience` seconds
        (None waits), and whatever `fit` raises, which is forgotten: the next one tries again."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is None or (flight.done() and flight.exception() is not None):
                flight = self._flights[key] = Future()
                threading.Thread(target=self._fly, args=(key, fit, flight), name="model", daemon=True).start()
            self._flights.move_to_end(key)
            while len(self._flights) > KEPT:
                self._flights.popitem(last=False)
        try:
            return flight.result(patience)
        except TimeoutError:
            raise BeingComputed("the models behind it are being fitted.", hint="Ask again in a moment.") from None

    def _fly(self, key: str, fit: Callable[[], Answer], flight: Future[Answer]) -> None:
        try:
            flight.set_result(self._shared(key, fit))
        except BaseException as fault:
            flight.set_exception(fault)
        finally:
            give_back()  # of histories that were read whole
