"""Where a data set lives between ingest and question: root/<data set>/<version>/ of plain .npy columns, memory-mapped.

A version is written aside, synced, renamed into place, and then becomes the current one (versions.py): a reader sees
the old one or the new one, never half of one."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analytics.errors import NotInData, StoreError
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import FIELDS, Schema
from analytics.store import line_table
from analytics.store.coding import coded
from analytics.store.labels import Labels
from analytics.store.lines import Lines
from analytics.store.spilled import Spilled
from analytics.store.summaries import summarise
from analytics.store.versions import (
    AGAIN,
    checked,
    current,
    current_version,
    damaged,
    forget_old,
    locked,
    make_current,
    names,
    save,
    sync_folder,
)

__all__ = [
    "AGAIN",
    "FORMAT",
    "StoredDataset",
    "Tables",
    "current_version",
    "in_memory",
    "locked",
    "names",
    "open",
    "write",
]


def _digest_of_writers() -> str:
    digest = hashlib.blake2b(digest_size=4)
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    digest.update(repr(sorted(n for n, f in FIELDS.items() if not f.derived)).encode())  # a new one is to be read
    return digest.hexdigest()


FORMAT = _digest_of_writers()  # of the files; what other code wrote is written anew


class Tables(Protocol):
    """What ingest hands over: canonical lines (with the bool column `sale`), extra tables, quality report, profile."""

    @property
    def lines(self) -> pd.DataFrame | Lines: ...

    @property
    def extras(self) -> dict[str, pd.DataFrame]: ...

    @property
    def quality(self) -> Quality: ...

    @property
    def profile(self) -> Profile: ...


@dataclass(frozen=True)
class StoredDataset:
    """One version of one data set, open: columns mapped (and never read as a whole), words, extra tables and what is
    known about them."""

    name: str
    version: str
    loaded_at: str
    profile: Profile
    quality: Quality
    schema: Schema  # stored fields at their levels, and extra tables; engines add what they derive
    facts: dict[str, Any]
    fields: dict[str, dict[str, Any]]
    arrays: dict[str, np.ndarray]
    labels: dict[str, Labels]
    folder: Path
    held: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # extra tables of a data set that was never written

    def table(self, name: str) -> pd.DataFrame:
        """An extra table; NotInData where the data set has none of that name, StoreError where it cannot be read."""
        if name not in self.schema.tables:
            raise NotInData(
                f"the data set {self.name!r} has no table {name!r}.",
                hint=f"It has: {', '.join(self.schema.tables) or 'none'}.",
            )
        if name in self.held:
            return self.held[name].copy()
        try:
            return pd.read_parquet(self.folder / f"table.{name}.parquet")
        except (OSError, ValueError) as error:
            raise damaged(self.name, f"the table {name!r} cannot be read ({error})") from error


def write(root: Path, tables: Tables) -> str:
    """Write a data set and make it the current version; its version is returned. The same content keeps its version.

    DataError where the lines cannot be coded; StoreError where the folder cannot be written."""
    name = checked(tables.profile.name)
    home = Path(root) / name
    quality = Quality.from_dict(tables.quality.to_dict())
    try:
        home.mkdir(parents=True, exist_ok=True)
        with locked(root, name):
            for stale in home.glob(".new-*"):
                shutil.rmtree(stale)
            aside = home / f".new-{uuid.uuid4().hex[:12]}"
            aside.mkdir()
            try:
                version = _fill(aside, tables, quality)
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
    """The same as `write` and `open`, without a file: for notebooks, and for what is thrown away soon. Errors as of
    `write`."""
    quality = Quality.from_dict(tables.quality.to_dict())
    columns = coded(tables.lines, quality)
    summarise(columns)
    extras = {n: t for n, t in tables.extras.items() if len(t.columns)}
    schema = _schema(columns.fields, extras)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return StoredDataset(
        checked(tables.profile.name),
        f"memory-{uuid.uuid4().hex[:12]}",
        now,
        tables.profile,
        quality,
        schema,
        columns.facts,
        columns.fields,
        dict(columns.arrays),
        columns.labels,
        Path(),
        extras,
    )


def open(root: Path, name: str) -> StoredDataset:
    """The current version of a data set, its columns mapped.

    StoreError where there is none, where a file is missing or short, or where another format wrote it."""
    for attempt in range(3):
        version, loaded_at = current(root, name)
        try:
            return _opened(Path(root) / name, name, version, loaded_at)
        except StoreError:
            if attempt == 2 or current_version(root, name) == version:
                raise  # not swapped meanwhile: truly damaged
    raise AssertionError("unreachable")


# --- writing
def _fill(aside: Path, tables: Tables, quality: Quality) -> str:
    """Write all files of a version into a folder; the version is a digest of what they hold."""
    digest = hashlib.blake2b(digest_size=8)
    files: dict[str, int] = {}
    with Spilled(aside) as arrays:
        columns = coded(tables.lines, quality, arrays)
        summarise(columns)
        columns.facts |= getattr(tables, "facts", {})
        for name, labels in columns.labels.items():
            if f"words.{name}.text" not in arrays:
                arrays[f"words.{name}.text"], arrays[f"words.{name}.ends"] = labels.letters, labels.ends
        for name in arrays:
            files[f"{name}.npy"], found = arrays.settled(name)
            digest.update(f"{name} {found}".encode())
    extras = {n: t for n, t in tables.extras.items() if len(t.columns)}
    for name, table in extras.items():
        digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
        digest.update(repr([(c, str(d)) for c, d in table.dtypes.items()]).encode())
        files[f"table.{name}.parquet"] = save(
            aside / f"table.{name}.parquet", lambda f, t=table: t.to_parquet(f, index=False)
        )
    if tables.profile.engine.kind != "embedded":
        files[line_table.FILE] = save(aside / line_table.FILE, lambda f: line_table.write(columns, f))
    meta = {
        "format": FORMAT,
        "profile": tables.profile.to_dict(),
        "quality": quality.to_dict(),
        "facts": columns.facts,
        "fields": columns.fields,
        "words": {n: labels.ordered for n, labels in columns.labels.items()},
        "tables": list(extras),
    }
    digest.update(json.dumps(meta, sort_keys=True).encode())
    save(
        aside / "meta.json",
        lambda f: f.write(json.dumps({**meta, "files": files}, ensure_ascii=False, indent=1).encode()),
    )
    sync_folder(aside)
    return f"{digest.hexdigest()}-{FORMAT}"


# --- reading
def _readable(home: Path, name: str, version: str) -> bool:
    try:
        _opened(home, name, version, "")
    except StoreError:
        return False
    return True


def _opened(home: Path, name: str, version: str, loaded_at: str) -> StoredDataset:
    folder = home / version
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(name, f"meta.json cannot be read ({error.__class__.__name__})") from error
    if meta.get("format") != FORMAT:
        raise StoreError(
            f"{name!r} was stored in format {meta.get('format')}, this program reads {FORMAT}.",
            hint=AGAIN.format(name=name),
        )
    arrays: dict[str, np.ndarray] = {}
    for file, size in meta["files"].items():
        path = folder / file
        try:
            if path.stat().st_size != size:
                raise damaged(name, f"{file} has {path.stat().st_size:,} bytes instead of {size:,}")
            if file.endswith(".npy"):
                arrays[file[:-4]] = _mapped(path)
        except (OSError, ValueError) as error:
            raise damaged(name, f"{file} is missing or unreadable") from error
    labels = {
        n: Labels(arrays.pop(f"words.{n}.text"), arrays.pop(f"words.{n}.ends"), ordered=o)
        for n, o in meta["words"].items()
    }
    schema = _schema(meta["fields"], meta["tables"])
    profile, quality = Profile.from_dict(meta["profile"]), Quality.from_dict(meta["quality"])
    return StoredDataset(
        name, version, loaded_at, profile, quality, schema, meta["facts"], meta["fields"], arrays, labels, folder
    )


def _schema(fields: dict[str, dict[str, Any]], tables: Iterable[str]) -> Schema:
    """The stored fields at the levels that their rows keep."""
    return Schema(tuple(replace(f, level=fields[n]["level"]) for n, f in FIELDS.items() if n in fields), tuple(tables))


def _mapped(path: Path) -> np.ndarray:
    """The array of a file, mapped; one without elements cannot be mapped and is read."""
    array = np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path)
    return np.asarray(array)
