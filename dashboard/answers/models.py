"""Models that answers rest on: fitted in the background, once for all workers, and kept.

A caller waits no longer than its patience for a model that is not fitted yet: a card says "being computed" and tries
again, a data URL or a report waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from analytics.answer import Answer
from analytics.errors import BeingComputed
from analytics.language import N_
from analytics.runtime.heap import tidy_up
from analytics.runtime.lru import LruCache

KEPT = 32  # models of a process: a few hundred numbers each


class Models:
    """Fitted models by key. `shared`: the bytes of a key, computed by one caller of all processes."""

    def __init__(self, shared: Callable[[str, Callable[[], Answer]], Answer]) -> None:
        self._shared = shared
        self._fits: LruCache[Future[Answer]] = LruCache(KEPT)

    def get(self, key: str, fit: Callable[[], Answer], patience: float | None = None) -> Answer:
        """The model of a key, fitted in a thread of its own if it is not there. Raises BeingComputed after `patience`
        seconds (None waits without limit), and whatever `fit` raises. The next caller tries a failed fit again."""
        found = self._fits.get(key)
        if found is not None and found.done() and found.exception() is not None:
            found = self._begin(key, fit)
            self._fits.put(key, found)
        if found is None:
            found = self._fits.get_or_make(key, lambda: self._begin(key, fit))
        try:
            return found.result(patience)
        except TimeoutError:
            if found.done():  # the fit itself timed out
                raise
            raise BeingComputed(
                N_("the models behind it are being fitted."), hint=N_("Ask again in a moment.")
            ) from None

    def _begin(self, key: str, fit: Callable[[], Answer]) -> Future[Answer]:
        future: Future[Answer] = Future()

        def run() -> None:
            try:
                future.set_result(self._shared(key, fit))
            except BaseException as fault:
                future.set_exception(fault)
            finally:
                tidy_up()  # free the memory of histories read in full

        threading.Thread(target=run, name="model", daemon=True).start()
        return future
