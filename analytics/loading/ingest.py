"""A declared data set into the store: read block by block into a spool, stored a column at a time, made the current
version."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from analytics import store
from analytics.errors import StoreError
from analytics.loading import additions, dataset, increments
from analytics.loading.lines.spool import FOLDER_PREFIX, Spool
from analytics.loading.reading.sources import Progress
from analytics.loading.spec import Spec
from analytics.quality import Quality

STALE_SECONDS = 86_400  # an older spool was left by an ingest that was killed


@dataclass(frozen=True)
class Ingested:
    """The version that is current now, and what was read and left out for it."""

    version: str
    quality: Quality


def ingest(spec: Spec, sources: Path, root: Path, progress: Progress | None = None, reload: bool = False) -> Ingested:
    """Read a data set and make it the current version of the store; the version before is served until then.

    Of files only those that came since the last load are read, where their lines can be added to the stored ones; of a
    database with a high-water mark the rows beyond it. `reload`: all rows are read. Errors are those of `dataset.read`
    and `store.write`; after an error the store is as it was.
    """
    if spec.source.high_water:
        return _ingest_newer(spec, sources, root, progress, reload)
    files = additions.files_of(spec, sources)
    if files is not None and not reload:
        with _spool(root) as spool:
            added = additions.add(spool, spec, sources, root, files, progress)
        if added is not None:
            return Ingested(*added)
    with _spool(root) as spool:
        found = dataset.read_into(spool, spec, sources, progress)
        if progress:
            progress("writing the store", 1, 1)
        known = replace(files, formats=found.formats) if files else None
        return Ingested(store.write(root, found, read=known), found.quality)


def _ingest_newer(spec: Spec, sources: Path, root: Path, progress: Progress | None, reload: bool) -> Ingested:
    before = None if reload else increments.stored(spec, root)
    water = increments.water_of(before)
    with _spool(root) as newer, _spool(root) as merged:
        found = dataset.read_into(newer, spec, sources, progress, water, complete=before is None)
        current = before is not None and before.format == store.FORMAT
        if before is not None and current and not found.quality.rows_read and not spec.tables:
            return Ingested(before.version, before.quality)
        if before is not None and current and additions.continues(spec, before, newer):
            added = additions.add_rows(spec, root, before, found, increments.mark_of(spec, water))
            if added is not None:
                return Ingested(*added)
            newer.clear()
            water = increments.water_of(before)
            found = dataset.read_into(newer, spec, sources, progress, water, complete=False)
        if before is not None:
            found = increments.merged(spec, before, found, merged)
        if progress:
            progress("writing the store", 1, 1)
        return Ingested(store.write(root, found, increments.mark_of(spec, water)), found.quality)


def _spool(root: Path) -> Spool:
    """A spool on the disk that will hold the data set. Spools that killed ingests left there are deleted."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        for left in root.glob(f"{FOLDER_PREFIX}*"):
            if left.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        return Spool(root)
    except OSError as fault:
        raise StoreError(f"cannot be written: {fault}.", where=str(root), hint="Check STORESIGHT_STORE.") from fault
