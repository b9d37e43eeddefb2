"""Newer lines of a data set added to its stored ones, where that gives what reading everything gives: those of new
files, or rows of a database beyond its high-water mark."""

from __future__ import annotations

import glob
import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics import store
from analytics.errors import DataError, SourceError, StoresightError
from analytics.loading import dataset
from analytics.loading.completion import finish
from analytics.loading.dataset import SpooledTables
from analytics.loading.lines import order_dates
from analytics.loading.lines.mapping.date_fields import AmbiguousDates
from analytics.loading.lines.spool import Spool
from analytics.loading.reading import sources as reading
from analytics.loading.reading.sources import Progress
from analytics.loading.spec import Shape, Spec
from analytics.quality import Quality
from analytics.store import HighWaterMark, NotAdditive, ReadFiles, StoredDataset

LEAST_LINES = 1_000_000  # that are stored; fewer are read again as quickly, and all findings then tell of all lines
MOST_NEW = 0.25  # of what is stored; beyond that, reading everything costs little more
FAR = "far_date"


def files_of(spec: Spec, sources: Path) -> ReadFiles | None:
    """The files of a data set as they are now; None where files that come later cannot be added: where rows depend on
    other files, or on each other beyond their order, or are a database's."""
    source = spec.source
    if source.kind == "sql" or spec.others or spec.joins or source.replace_by or source.shape != Shape():
        return None
    if spec.fields["order_id"].from_file or any(rule.row for rule in spec.fields.values()):
        return None  # copies of stored rows would be of other orders; rows are numbered by the place of their file
    files = {}
    for path in reading.paths(source, sources, spec.path.parent):
        now = path.stat()
        files[str(path)] = (now.st_size, now.st_mtime_ns)
    return ReadFiles(_declared(spec), files, {})


def _declared(spec: Spec) -> str:
    """A digest of the TOML."""
    try:
        return hashlib.blake2b(spec.path.read_bytes(), digest_size=8).hexdigest()
    except OSError:
        return ""


def add(
    spool: Spool, spec: Spec, sources: Path, root: Path, read: ReadFiles, progress: Progress | None
) -> tuple[str, Quality] | None:
    """Add the files that are not stored yet to the current version: the new version and its quality report. None where
    all files have to be read: other files changed or went, a new one stands between them by name, or its lines do not
    only continue what is stored. `read`: the files as they are now."""
    base = _base(spec, root)
    if base is None or base.read is None:
        return None
    new = _new_files(base.read, read)
    if not new:
        return None
    only = replace(spec, source=replace(spec.source, files=_patterns(new, sources, spec.path.parent)))
    with suppress(NotAdditive, AmbiguousDates, DataError, SourceError):  # reading all of them says what is wrong
        reading.refuse_other_types(spec.source, sources, spec.path.parent)
        found = dataset.read_into(spool, only, sources, progress, formats=base.read.formats)
        return _added(spec, root, base, found, read=replace(read, formats=found.formats))
    return None


def add_rows(
    spec: Spec, root: Path, base: StoredDataset, newer: SpooledTables, mark: HighWaterMark
) -> tuple[str, Quality] | None:
    """Add newer rows of a database, which are not finished yet, to the current version: the new version and its quality
    report. None where stored lines have to be read too; the newer ones may be changed then, and are read again."""
    with suppress(NotAdditive):
        finish(spec, newer.lines, newer.files, newer.quality)
        return _added(spec, root, base, newer, high_water=mark)
    return None


def continues(spec: Spec, base: StoredDataset, newer: Spool) -> bool:
    """Whether unfinished newer rows of a database are likely to be added as they are: they are few, later than all that
    is stored, and none replaces a stored line."""
    if not _large(base) or not 0 < len(newer) <= MOST_NEW * base.facts.lines:
        return False
    if newer.values("ordered_at").min() < base.order_times(slice(-1, None))[0]:
        return False
    names = [n for n in ("order_id", "line_id") if n in base.dictionaries and newer.is_text(n)]
    return all(_apart(base.dictionaries[name].arrow, newer.texts(name)[1]) for name in names)


def _apart(stored: pa.Array, texts: pa.Array) -> bool:
    """Whether no text that is not empty is among the stored ones."""
    return not pc.any(pc.is_in(stored, texts.filter(pc.not_equal(texts, "")))).as_py()


def _added(
    spec: Spec,
    root: Path,
    base: StoredDataset,
    newer: SpooledTables,
    *,
    read: ReadFiles | None = None,
    high_water: HighWaterMark | None = None,
) -> tuple[str, Quality]:
    if not len(newer.lines) or _usual(base, newer.lines) is not None:
        raise NotAdditive("there are no lines, or some are far from all others")
    quality = _together(base.quality, newer.quality)
    tables = SpooledTables(newer.lines, newer.extras, quality, spec.profile, newer.files)
    version = store.add(root, base, tables, read=read, high_water=high_water)
    return version, store.open(root, spec.name).quality


def _base(spec: Spec, root: Path) -> StoredDataset | None:
    try:
        base = store.open(root, spec.name)
    except StoresightError:
        return None
    usable = base.read is not None and base.read.declared == _declared(spec) and _large(base)
    return base if usable else None


def _large(base: StoredDataset) -> bool:
    """Whether it pays to add to what is stored, and what its days are is not in doubt."""
    return base.facts.lines >= LEAST_LINES and all(f.reason != FAR for f in base.quality.findings)


def _new_files(before: ReadFiles, now: ReadFiles) -> list[Path]:
    """The files after those that are stored, which must be as they were."""
    known = list(before.files.items())
    new = list(now.files.items())[len(known) :]
    if list(now.files.items())[: len(known)] != known:
        return []
    size = sum(size for _, (size, _) in new)
    return [Path(name) for name, _ in new] if size <= MOST_NEW * sum(size for _, (size, _) in known) else []


def _patterns(paths: list[Path], sources: Path, toml_folder: Path) -> tuple[str, ...]:
    """What a TOML would say for these files alone."""
    return tuple(
        glob.escape(path.relative_to(sources).as_posix())
        if path.is_relative_to(sources)
        else f"./{glob.escape(path.relative_to(toml_folder).as_posix())}"
        for path in paths
    )


def _usual(base: StoredDataset, lines: Spool) -> tuple[np.datetime64, np.datetime64] | None:
    """The days of nearly all lines, stored and new, where a few lie far from them."""
    first = base.facts.first_day
    stored = base.cube("all", "lines")
    if stored is None:
        raise NotAdditive("lines are not counted by day")
    days = lines.values("ordered_at").astype("datetime64[D]").astype("int64") - first
    if days.min() < 0:
        raise NotAdditive("an order is earlier than all that are stored")
    every = np.bincount(days, minlength=base.facts.days).astype("float64")
    every[: base.facts.days] += stored[:, 0]
    return order_dates.usual_of(first, every)


def _together(before: Quality, new: Quality) -> Quality:
    """One report of both loads."""
    together = Quality.from_dict(before.kept())
    together.rows_read += new.rows_read
    together.rows_kept += new.rows_kept
    together.add_files(new.files)
    for finding in new.findings:
        same = next((f for f in together.findings if (f.reason, f.effect) == (finding.reason, finding.effect)), None)
        if same is None:
            together.findings.append(finding)
        else:
            unopened = [""] * (len(same.examples) - len(same.opens))
            opens = [*same.opens, *unopened, *finding.opens]
            together.add(finding.reason, finding.label, finding.effect, finding.rows, finding.examples)
            same.opens = opens[: len(same.examples)]
    return together
