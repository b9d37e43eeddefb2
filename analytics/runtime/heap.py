"""When freed memory returns to the operating system. An allocator keeps some of it to be used again, which is good
during a stretch of work and a waste after it."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_M_TRIM_THRESHOLD = -1  # from glibc's malloc.h
_M_MMAP_THRESHOLD = -3
LARGEST_KEPT = 1 << 25  # bytes; a larger block always returns to the system: glibc allows no higher threshold
MOST_KEPT = 1 << 28

_libc = ctypes.CDLL(None)


def keep_freed() -> None:
    """Keep freed memory until `give_back`. An ingest needs it again at once, and would otherwise spend a fifth of its
    time on fresh pages."""
    set_option = getattr(_libc, "mallopt", None)  # glibc only
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, LARGEST_KEPT)
        set_option(_M_TRIM_THRESHOLD, MOST_KEPT)


def give_back() -> None:
    """Return what Arrow's and the C library's allocators hold unused."""
    pa.default_memory_pool().release_unused()
    trim = getattr(_libc, "malloc_trim", None)  # glibc only; other libraries return memory by themselves
    if trim is not None:
        trim(0)


def tidy_up() -> None:
    """Remove what nothing but itself refers to any more, and return the memory. A few such objects hold arrays of every
    row or customer, and the interpreter looks for them by their number, not by what they hold. Takes some hundredths of
    a second: call it when work has ended, not within it."""
    gc.collect()
    give_back()


@contextmanager
def without_looking_for_garbage() -> Iterator[None]:
    """Within it, what only itself refers to stays: for work of some seconds at whose end the process ends."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
