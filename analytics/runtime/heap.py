"""When freed memory goes back to the system: an allocator keeps some for later, which is good within a stretch of work
and a waste after it."""

from __future__ import annotations

import ctypes

import pyarrow as pa

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
LARGEST = 1 << 25  # what is larger always goes back; glibc knows no more
KEPT = 1 << 28

_libc = ctypes.CDLL(None)


def keep_freed() -> None:
    """Keep what is freed until `give_back`: an ingest, which needs it again at once, takes a fifth of its time for
    fresh pages otherwise."""
    choose = getattr(_libc, "mallopt", None)
    if choose is not None:
        choose(_M_MMAP_THRESHOLD, LARGEST)
        choose(_M_TRIM_THRESHOLD, KEPT)


def give_back() -> None:
    """Return what Arrow's and the C library's allocators hold unused."""
    pa.default_memory_pool().release_unused()
    trim = getattr(_libc, "malloc_trim", None)  # glibc's; others give back by themselves
    if trim is not None:
        trim(0)
