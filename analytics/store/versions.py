"""Which version of a data set is the current one: a name in the file CURRENT, replaced in one step.

The version before the current one is kept for those who still have it open, and a few others for as long as somebody
wants them (`keep`)."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from analytics.errors import StoreError, UnknownName
from analytics.language import N_
from analytics.runtime import locks

_NAME = re.compile(r"[a-z0-9_\-]{1,60}")
_VERSION = re.compile(r"[0-9a-f]+-[0-9a-f]+")
KEPT = ".kept"  # folder of one file a version that is kept: until when, in seconds since 1970
MOST_KEPT = 8  # of one data set: each takes as much of the disk as the current one


def load_again(name: str) -> str:
    """What to do about a stored data set that cannot be read."""
    return N_("Run `python -m analytics ingest {name}` to load it again.", name=name)


def names(root: Path) -> tuple[str, ...]:
    """The data sets that have a current version, sorted; none where the folder is not there."""
    folder = Path(root)
    if not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if _NAME.fullmatch(p.name) and (p / "CURRENT").is_file()))


def current_version(root: Path, name: str) -> str:
    """The version that `open` would give; "" where there is none. Reads one small file."""
    try:
        return current(root, name)[0]
    except (StoreError, UnknownName):
        return ""


@contextmanager
def locked(root: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the data set's lock: one writer at a time; the lock is freed when the process dies. Without `wait`,
    StoreError where another process holds it."""
    home = Path(root) / checked(name)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "LOCK").open("a") as handle:
        if not locks.take(handle, wait=wait):
            raise StoreError(
                f"{name!r} is being written by another process.", where=str(home), hint="Wait until it has finished."
            )
        yield


def save(path: Path, put: Callable[[BinaryIO], object]) -> int:
    """Have `put` write a file; return its size after it is flushed to disk."""
    with path.open("wb") as handle:
        put(handle)
        handle.flush()
        os.fsync(handle.fileno())
    return path.stat().st_size


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names of a folder's files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_current(home: Path, version: str) -> None:
    """Make this the version that readers open from now on."""
    before = _current_or_none(home) or {"version": "", "previous": ""}
    previous = before["previous"] if before["version"] == version else before["version"]
    text = json.dumps(
        {"version": version, "previous": previous, "loaded_at": datetime.now(UTC).isoformat(timespec="seconds")}
    )
    save(home / "CURRENT.new", lambda f: f.write(text.encode()))
    (home / "CURRENT.new").replace(home / "CURRENT")
    sync_folder(home)


def forget_old(home: Path, version: str) -> None:
    """Delete all versions but this one, the current one, the one before that, and those that are kept."""
    now = _current_or_none(home) or {"previous": ""}
    wanted = {version, now["previous"], *_kept(home)}
    for folder in home.iterdir():
        if folder.is_dir() and folder.name not in wanted and not folder.name.startswith("."):
            shutil.rmtree(folder)


def keep(root: Path, name: str, version: str, until: float) -> bool:
    """Keep a version until a time (seconds since 1970), whatever is loaded meanwhile; False where it is not there,
    where MOST_KEPT others are kept already, or where this process may not write to the store."""
    home = Path(root) / checked(name)
    if not has_version(root, name, version):
        return False
    kept = _kept(home)
    if version not in kept and len(kept) >= MOST_KEPT:
        return False
    aside = home / KEPT / f".{version}.{os.getpid()}"
    try:
        (home / KEPT).mkdir(exist_ok=True)
        aside.write_text(str(int(max(until, kept.get(version, 0)))))
        aside.replace(home / KEPT / version)
    except OSError:
        return False
    return has_version(root, name, version)


def has_version(root: Path, name: str, version: str) -> bool:
    """Whether a version is in the store, current or not."""
    return bool(_VERSION.fullmatch(version)) and (Path(root) / checked(name) / version / "meta.json").is_file()


def _kept(home: Path) -> dict[str, int]:
    """The versions that are kept, each with its end; files of others are removed."""
    found: dict[str, int] = {}
    for file in (home / KEPT).glob("[!.]*"):
        with suppress(OSError, ValueError):
            until = int(file.read_text())
            if until > time.time():
                found[file.name] = until
            else:
                file.unlink()
    return found


def checked(name: str) -> str:
    """The name, if a data set can have it; StoreError otherwise."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(f"{str(name)[:60]!r} cannot be a data set's name.", hint="Use a–z, 0–9, _ and -, at most 60.")
    return name


def damaged(name: str, what: str) -> StoreError:
    """The error about a stored data set that cannot be read."""
    return StoreError(
        N_("the stored data set {name} is damaged: {what}.", name=repr(name), what=what), hint=load_again(name)
    )


def _current_or_none(home: Path) -> dict[str, str] | None:
    try:
        found = json.loads((home / "CURRENT").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and all(isinstance(found.get(k), str) for k in ("version", "previous", "loaded_at"))
    return found if whole and _VERSION.fullmatch(found["version"]) else None


def current(root: Path, name: str) -> tuple[str, str]:
    """The current version and when it was loaded. StoreError where the store is empty or CURRENT damaged, UnknownName
    where the store has only other data sets."""
    home = Path(root) / checked(name)
    found = _current_or_none(home)
    if found is not None:
        return found["version"], found["loaded_at"]
    if (home / "CURRENT").exists():
        raise damaged(name, N_("its file {file} cannot be read", file="CURRENT"))
    known = names(root)
    if known:
        raise UnknownName("data set", name, known, where="store")
    raise StoreError("the store is empty.", where=str(root), hint="Run `python -m analytics ingest --all`.")
