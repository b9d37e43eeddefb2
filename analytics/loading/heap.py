"""Memory that an ingest frees it needs again at once: the C library is to keep it, or every block of rows is given
fresh pages by the system, which is a fifth of an ingest's time."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
LARGEST = 1 << 25  # what is larger always goes back; glibc knows no more
KEPT = 1 << 28


def keep_freed() -> None:
    """For a process that ends after its ingest."""
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_M_MMAP_THRESHOLD, LARGEST)
        choose(_M_TRIM_THRESHOLD, KEPT)
