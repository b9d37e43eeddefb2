"""A declared data set into the store: read block by block, laid down on disk, coded a column at a time, made the
current version.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from analytics import store
from analytics.errors import StoreError
from analytics.loading import dataset, increments
from analytics.loading.lines.spool import PREFIX, Scratch
from analytics.loading.reading.sources import Progress
from analytics.loading.spec import Spec
from analytics.quality import Quality

STALE_SECONDS = 86_400  # a scratch so old belongs to nobody any more


@dataclass(frozen=True)
class Ingested:
    """The version that is current now, and what was read and left out for it."""

    version: str
    quality: Quality


def ingest(spec: Spec, sources: Path, root: Path, progress: Progress | None = None, anew: bool = False) -> Ingested:
    """Read a data set and make it the current version of the store; the version before stays served until then.

    Of a database with a high-water mark the rows beyond it are read and joined to the stored lines, unless `anew`.
    Errors are those of `dataset.read` and `store.write`; after one the store is as it was.
    """
    if spec.source.high_water:
        return _beyond_the_mark(spec, sources, root, progress, anew)
    with _scratch(root) as scratch:
        found = dataset.stream(spec, sources, scratch, progress)
        if progress:
            progress("writing the store", 1, 1)
        return Ingested(store.write(root, found), found.quality)


def _beyond_the_mark(spec: Spec, sources: Path, root: Path, progress: Progress | None, anew: bool) -> Ingested:
    before = None if anew else increments.stored(spec, root)
    water = increments.water_of(before)
    with _scratch(root) as scratch, _scratch(root) as together:
        found = dataset.stream(spec, sources, scratch, progress, water, settled=before is None)
        current = before is not None and before.format == store.FORMAT
        if before is not None and current and not found.quality.rows_read and not spec.tables:
            return Ingested(before.version, before.quality)
        if before is not None:
            found = increments.merged(spec, before, found, together)
        if progress:
            progress("writing the store", 1, 1)
        return Ingested(store.write(root, found, increments.mark_of(spec, water)), found.quality)


def _scratch(root: Path) -> Scratch:
    """A scratch beside the data sets, on the disk that will hold them; what a killed ingest left is cleared away."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        for left in root.glob(f"{PREFIX}*"):
            if left.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        return Scratch(root)
    except OSError as fault:
        raise StoreError(f"cannot be written: {fault}.", where=str(root), hint="Check STORESIGHT_STORE.") from fault
