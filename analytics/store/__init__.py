"""Where a data set lives between ingest and question: root/<data set>/<version>/ of plain .npy columns, memory-mapped.

A version is written aside, synced, renamed into place, and then becomes the current one by replacing the file CURRENT;
a reader sees the old one or the new one, never half of one. The version before the current one is kept for those who
still have it open."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analytics.errors import NotInData, StoreError, UnknownName
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import FIELDS, Schema
from analytics.store import line_table
from analytics.store.coding import coded
from analytics.store.labels import Labels
from analytics.store.lines import Lines
from analytics.store.spilled import Spilled
from analytics.store.summaries import summarise

KEPT = 1  # versions before the current one that stay on disk
_NAME = re.compile(r"[a-z0-9_\-]{1,60}")
AGAIN = "Run `python -m analytics ingest {name}` to write it anew."


def _digest_of_writers() -> str:
    digest = hashlib.blake2b(digest_size=4)
    for module in ("__init__", "coding", "labels", "line_table", "spilled", "summaries"):
        digest.update(Path(__file__).with_name(f"{module}.py").read_bytes())
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
            raise _damaged(self.name, f"the table {name!r} cannot be read ({error})") from error


def write(root: Path, tables: Tables) -> str:
    """Write a data set and make it the current version; its version is returned. The same content keeps its version.

    DataError where the lines cannot be coded; StoreError where the folder cannot be written."""
    name = _checked(tables.profile.name)
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
            _make_current(home, version)
            _forget_old(home, version)
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
        _checked(tables.profile.name),
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
        version, loaded_at = _current(root, name)
        try:
            return _opened(Path(root) / name, name, version, loaded_at)
        except StoreError:
            if attempt == 2 or current_version(root, name) == version:
                raise  # not swapped meanwhile: truly damaged
    raise AssertionError("unreachable")


def names(root: Path) -> tuple[str, ...]:
    """The data sets that have a current version, sorted; none where the folder is not there."""
    folder = Path(root)
    if not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if _NAME.fullmatch(p.name) and (p / "CURRENT").is_file()))


def current_version(root: Path, name: str) -> str:
    """The version that `open` would give; "" where there is none. Reads one small file."""
    try:
        return _current(root, name)[0]
    except (StoreError, UnknownName):
        return ""


@contextmanager
def locked(root: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the data set's lock: one writer at a time, freed when the process dies. Without `wait`, StoreError where
    another holds it."""
    home = Path(root) / _checked(name)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "LOCK").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise StoreError(
                f"{name!r} is being written by another process.", where=str(home), hint="Wait until it has finished."
            ) from None
        yield


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
        files[f"table.{name}.parquet"] = _save(
            aside / f"table.{name}.parquet", lambda f, t=table: t.to_parquet(f, index=False)
        )
    if tables.profile.engine.kind != "embedded":
        files[line_table.FILE] = _save(aside / line_table.FILE, lambda f: line_table.write(columns, f))
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
    _save(
        aside / "meta.json",
        lambda f: f.write(json.dumps({**meta, "files": files}, ensure_ascii=False, indent=1).encode()),
    )
    _sync_folder(aside)
    return f"{digest.hexdigest()}-{FORMAT}"


def _save(path: Path, put: Any) -> int:
    with path.open("wb") as handle:
        put(handle)
        handle.flush()
        os.fsync(handle.fileno())
    return path.stat().st_size


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_current(home: Path, version: str) -> None:
    before = _current_or_none(home)
    previous = before["previous"] if before and before["version"] == version else before["version"] if before else ""
    text = json.dumps(
        {"version": version, "previous": previous, "loaded_at": datetime.now(UTC).isoformat(timespec="seconds")}
    )
    _save(home / "CURRENT.new", lambda f: f.write(text.encode()))
    (home / "CURRENT.new").replace(home / "CURRENT")
    _sync_folder(home)


def _forget_old(home: Path, version: str) -> None:
    current = _current_or_none(home) or {"previous": ""}
    for folder in home.iterdir():
        if folder.is_dir() and folder.name not in (version, current["previous"]) and not folder.name.startswith("."):
            shutil.rmtree(folder)


# --- reading
def _checked(name: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(f"{str(name)[:60]!r} cannot be a data set's name.", hint="Use a–z, 0–9, _ and -, at most 60.")
    return name


def _damaged(name: str, what: str) -> StoreError:
    return StoreError(f"the stored data set {name!r} is damaged: {what}.", hint=AGAIN.format(name=name))


def _current_or_none(home: Path) -> dict[str, str] | None:
    try:
        found = json.loads((home / "CURRENT").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and all(isinstance(found.get(k), str) for k in ("version", "previous", "loaded_at"))
    return found if whole and re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", found["version"]) else None


def _current(root: Path, name: str) -> tuple[str, str]:
    home = Path(root) / _checked(name)
    found = _current_or_none(home)
    if found is not None:
        return found["version"], found["loaded_at"]
    if (home / "CURRENT").exists():
        raise _damaged(name, "its file CURRENT cannot be read")
    known = names(root)
    if known:
        raise UnknownName("data set", name, known, where="store")
    raise StoreError("the store is empty.", where=str(root), hint="Run `python -m analytics ingest --all`.")


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
        raise _damaged(name, f"meta.json cannot be read ({error.__class__.__name__})") from error
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
                raise _damaged(name, f"{file} has {path.stat().st_size:,} bytes instead of {size:,}")
            if file.endswith(".npy"):
                arrays[file[:-4]] = _mapped(path)
        except (OSError, ValueError) as error:
            raise _damaged(name, f"{file} is missing or unreadable") from error
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
