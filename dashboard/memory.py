"""Memory that computations freed goes back to the system: allocators keep it for later, and a small dyno has none to
spare."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

import pyarrow as pa
from flask import Flask, Response

AFTER_SECONDS = 2.0  # of the first request since the last time
ARENAS = 2  # heaps that threads share; one a thread holds on to far more
_M_ARENA_MAX = -8  # glibc's malloc.h

_libc = ctypes.CDLL(None)
_trim: Callable[[int], int] | None = getattr(_libc, "malloc_trim", None)  # glibc's; others give back by themselves


def share_arenas() -> None:
    """Let threads share a few heaps; to be called before there are threads."""
    choose = getattr(_libc, "mallopt", None)
    if choose is not None:
        choose(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return what Arrow's and the C library's allocators hold unused."""
    pa.default_memory_pool().release_unused()
    if _trim is not None:
        _trim(0)


def install(server: Flask, give: Callable[[], None] = give_back, seconds: float = AFTER_SECONDS) -> None:
    """Give back a little after requests: once however many come meanwhile, and always after the last."""
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
