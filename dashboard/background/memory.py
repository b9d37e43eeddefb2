"""Returns memory that computations have freed to the system: allocators keep it for later use, and a small dyno has
none to spare."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

from flask import Flask, Response

from analytics.runtime.heap import tidy_up

AFTER_SECONDS = 2.0  # after the first request since memory was last returned
ARENAS = 2  # heaps that threads share; with a heap for each thread far more memory is kept
_M_ARENA_MAX = -8  # glibc's malloc.h

_libc = ctypes.CDLL(None)


def share_arenas() -> None:
    """Let threads share a few heaps. Call it before there are threads."""
    choose = getattr(_libc, "mallopt", None)
    if choose is not None:
        choose(_M_ARENA_MAX, ARENAS)


def install(server: Flask, give: Callable[[], None] = tidy_up, seconds: float = AFTER_SECONDS) -> None:
    """Return memory a little after requests: once however many come in the meantime, and always after the last."""
    waiting = threading.Event()

    def later() -> None:
        waiting.clear()
        give()

    @server.after_request
    def _soon(response: Response) -> Response:
        if not waiting.is_set():
            waiting.set()
            timer = threading.Timer(seconds, later)
            timer.daemon = True
            timer.start()
        return response
