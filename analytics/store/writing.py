"""Writing a data set: all files of a version into a folder aside, which is then renamed into place and made current."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import pandas as pd

from analytics.errors import StoreError
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.store import line_table
from analytics.store.array_files import ArrayFiles
from analytics.store.coding import coded
from analytics.store.dataset import StoredDataset, opened, stored_schema
from analytics.store.format import FORMAT
from analytics.store.layout import Columns, HighWaterMark, ReadFiles
from analytics.store.lines import Lines
from analytics.store.summaries import summarise
from analytics.store.versions import checked, forget_old, locked, make_current, save, sync_folder


class Tables(Protocol):
    """What ingest hands over: canonical lines (with the bool column `sale`), extra tables, quality report, profile."""

    @property
    def lines(self) -> pd.DataFrame | Lines:
        """The order lines."""

    @property
    def extras(self) -> dict[str, pd.DataFrame]:
        """The extra tables by name."""

    @property
    def quality(self) -> Quality:
        """What was read, left out and noticed."""

    @property
    def profile(self) -> Profile:
        """The part of the TOML that travels with the data."""


def write(root: Path, tables: Tables, high_water: HighWaterMark | None = None, read: ReadFiles | None = None) -> str:
    """Write a data set and make it the current version; its version is returned. The same content keeps its version.
    `high_water`: how far a database was read; `read`: the files that were, where newer ones can be added to them.

    DataError where the lines cannot be coded; StoreError where the folder cannot be written."""
    quality = Quality.from_dict(tables.quality.to_dict())
    return published(
        root, checked(tables.profile.name), lambda folder: _fill(folder, tables, quality, high_water, read)
    )


def published(root: Path, name: str, fill: Callable[[Path], str]) -> str:
    """Have `fill` write a version into a folder aside, and make it the current one. Whatever `fill` raises leaves the
    store as it was."""
    home = Path(root) / name
    try:
        home.mkdir(parents=True, exist_ok=True)
        with locked(root, name):
            for stale in home.glob(".new-*"):
                shutil.rmtree(stale)
            aside = home / f".new-{uuid.uuid4().hex[:12]}"
            aside.mkdir()
            try:
                version = fill(aside)
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise
            if _readable(home, name, version):
                shutil.rmtree(aside)
            else:
                shutil.rmtree(home / version, ignore_errors=True)
                aside.rename(home / version)
            make_current(home, version)
            forget_old(home, version)
    except OSError as error:
        raise StoreError(
            f"the store cannot be written: {error}.",
            where=str(home),
            hint="Check the folder of STORESIGHT_STORE and its space.",
        ) from error
    return version


def in_memory(tables: Tables) -> StoredDataset:
    """The same as `write` and `open` without a file, for notebooks and tests. Errors as of `write`."""
    quality = Quality.from_dict(tables.quality.to_dict())
    known = tables.profile.fields
    columns = summarise(coded(tables.lines, quality, fields=known), known)
    extras = {n: t for n, t in tables.extras.items() if len(t.columns)}
    return StoredDataset(
        arrays=columns.arrays,
        dictionaries=columns.dictionaries,
        fields=columns.fields,
        facts=columns.facts,
        name=checked(tables.profile.name),
        version=f"memory-{uuid.uuid4().hex[:12]}",
        format=FORMAT,
        loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=tables.profile,
        quality=quality,
        schema=stored_schema(columns.fields, extras, known),
        folder=Path(),
        extras=extras,
    )


def _fill(
    folder: Path, tables: Tables, quality: Quality, high_water: HighWaterMark | None, read: ReadFiles | None
) -> str:
    """Write all files of a version into a folder; the version is a digest of what they hold."""
    with ArrayFiles(folder) as arrays:
        known = tables.profile.fields
        columns = summarise(coded(tables.lines, quality, arrays, known), known)
        for name, dictionary in columns.dictionaries.items():
            if not columns.has_dictionary(name):
                columns.put_dictionary(name, dictionary)
        return put_rest(folder, columns, arrays, tables, quality, high_water, read)


def put_rest(
    folder: Path,
    columns: Columns,
    arrays: ArrayFiles,
    tables: Tables,
    quality: Quality,
    high_water: HighWaterMark | None,
    read: ReadFiles | None,
) -> str:
    """What a version has besides the arrays of its lines, when these are written; the version."""
    digest = hashlib.blake2b(digest_size=8)
    files: dict[str, int] = {}
    for name in arrays:
        files[f"{name}.npy"], found = arrays.finished(name)
        digest.update(f"{name} {found}".encode())
    extras = {n: t for n, t in tables.extras.items() if len(t.columns)}
    for name, table in extras.items():
        digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
        digest.update(repr([(c, str(d)) for c, d in table.dtypes.items()]).encode())
        files[f"table.{name}.parquet"] = save(folder / f"table.{name}.parquet", partial(table.to_parquet, index=False))
    if tables.profile.engine.kind != "embedded":
        for name, put in line_table.files(columns, by_month=tables.profile.engine.kind == "spark"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            files[name] = save(folder / name, put)
            sync_folder((folder / name).parent)
    meta = {
        "format": FORMAT,
        "profile": tables.profile.to_dict(),
        "quality": quality.kept(),
        "facts": replace(columns.facts, high_water=high_water).to_dict(),
        "fields": {n: f.to_dict() for n, f in columns.fields.items()},
        "dictionaries": {n: {"ordered": d.ordered} for n, d in columns.dictionaries.items()},
        "tables": list(extras),
    }
    digest.update(json.dumps(meta, sort_keys=True).encode())
    save(
        folder / "meta.json",
        lambda f: f.write(
            json.dumps(
                {**meta, "files": files, "read": asdict(read) if read else None}, ensure_ascii=False, indent=1
            ).encode()
        ),
    )
    sync_folder(folder)
    return f"{digest.hexdigest()}-{FORMAT}"


def _readable(home: Path, name: str, version: str) -> bool:
    try:
        opened(home, name, version, "")
    except StoreError:
        return False
    return True
