"""A TOML is tried: files are read by it before it is given to anybody."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from analytics.errors import StoresightError
from analytics.loading.catalog import load
from analytics.loading.dataset import SpooledTables, Tables, read_into
from analytics.loading.lines.spool import Spool
from analytics.quality import Quality


def trial(toml: str, base: Path) -> Tables:
    """What a TOML in a folder reads from the files of that folder. StoresightError where it cannot be read so."""
    with _read(toml, base) as found:
        return Tables(found.lines.frame(), found.extras, found.quality, found.profile)


def quality_of(toml: str, base: Path, first: int = 0) -> Quality:
    """How it treats the rows of the files: about the `first` rows of each file, or all. Errors as of `trial`."""
    with _read(toml, base, first) as found:
        return found.quality


@contextmanager
def _read(toml: str, base: Path, first: int = 0) -> Iterator[SpooledTables]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guessed.toml"
        path.write_text(toml, encoding="utf-8")
        spec = replace(load(path), path=base / path.name)  # names that begin with ./ are relative to this path
        with Spool(Path(folder)) as spool:
            yield read_into(spool, spec, base, first=first)


def tried(toml: str, files: int, base: Path) -> str:
    """The TOML after lines of comment that say what came of reading the files by it, or why they cannot be read."""
    try:
        with _read(toml, base) as tables:
            return f"# Guessed from {files} file(s); check each line.\n{_told(tables)}\n{toml}"
    except StoresightError as fault:
        return f"# It does not ingest yet. {fault}\n\n{toml}"


def _told(tables: SpooledTables) -> str:
    lines = tables.lines
    orders = len(np.unique(lines.texts("order_id")[0]))
    amount = lines.values("amount").sum()
    days = np.append(lines.values("ordered_at"), np.datetime64("NaT"))
    first, last = (str(day)[:10] for day in (np.fmin.reduce(days), np.fmax.reduce(days)))
    told = (
        f"{tables.quality.rows_read:,} rows give {len(lines):,} order lines, {orders:,} orders, {amount:,.2f} in all, "
        f"{first} to {last}.",
        *(f"{f.rows:,} {f.label} ({f.effect})" for f in tables.quality.findings),
    )
    return "".join(f"# {line}\n" for line in told)
