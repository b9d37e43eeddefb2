"""Bounds of the process that reads uploaded files."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MOST_MEMORY = 3 * 2**30  # bytes of data; half of what the machine has, where that is less
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
MOST_SECONDS = 900  # of processor time


def limit(folder: Path) -> None:
    """Bound this process, for good, and let those that answer viewers go first. A limit that is set already and lower
    stays."""
    bounds = (
        (resource.RLIMIT_DATA, most_memory(), 0),
        (resource.RLIMIT_CPU, MOST_SECONDS, 5),
        (resource.RLIMIT_FSIZE, shutil.disk_usage(folder).free // 2, 0),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for kind, most, grace in bounds:
        _, hard = resource.getrlimit(kind)
        hard = most + grace if hard == resource.RLIM_INFINITY else min(hard, most + grace)
        resource.setrlimit(kind, (min(most, hard), hard))
    os.nice(10)
    with suppress(OSError):  # not everywhere: the kernel ends this process first when memory runs out
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def most_memory(groups: Sequence[Path] = CGROUPS) -> int:
    """Bytes of data that this process may have: half of what the machine or the container has."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in groups:
        with suppress(OSError, ValueError):  # absent, or "max"
            sizes.append(int(path.read_text("ascii")))
    return min(MOST_MEMORY, min(sizes) // 2)
