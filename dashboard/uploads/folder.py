"""Uploaded files on disk, and the progress of each upload. Every process reads it from there, so any worker answers.

    <uploads>/pending/<id>/     files being received and tried: the files themselves, files.json, state.json, trial/
    <uploads>/sets/<name>/      what was loaded: the files, and <name>.toml, which declares the data set
    <uploads>/sets/.<name>.old/ what it was before it was last changed, so that one change can be undone

The name that a person's computer gave a file is never a path: `safe_name` makes one.
"""

from __future__ import annotations

import fcntl
import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from errno import ENOSPC
from os import SEEK_END, strerror
from pathlib import Path
from typing import Any, Literal, Self

from analytics.errors import Busy, NotInData, RequestError, StoreError, TooLarge
from analytics.language import N_
from analytics.runtime.small_files import write_json

Stage = Literal["receiving", "fetching", "reading", "read", "loading", "loaded", "failed"]

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet", ".zip")
MOST_FILES = 20
MOST_PENDING = 50  # uploads that nobody has loaded yet
LONGEST_NAME = 200  # bytes: a disk takes 255, and an ending and a number are added
FORGOTTEN_SECONDS = 86_400  # after which files that nobody loaded are deleted
LARGEST_PART = 768 * 1024  # bytes of one request
WORKING = ".working"  # in the folder of an upload: the process that works on it holds its lock
UNDER_WAY = ("fetching", "reading", "loading")  # stages of which a process must be working
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class State:
    """Progress of an upload. `toml`: how the files are read; `found`: what was read that way, as totals, findings and a
    sample; `data`: the name of the data set, once it is loaded."""

    stage: Stage
    message: str = ""
    toml: str = ""
    found: dict[str, Any] = field(default_factory=dict)
    data: str = ""


def base_name(given: str) -> str:
    """The last part of a name that may be a path of any system."""
    return unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])


def safe_name(given: str, taken: Sequence[str] = ()) -> str:
    """A file name of letters, digits, dots, dashes and spaces, like the one given and unlike those that are taken.
    RequestError for an ending that cannot be read."""
    base = base_name(given)
    stem, dot, ending = base.rpartition(".")
    if not dot or f".{ending.lower()}" not in ENDINGS:
        raise RequestError(
            N_("“{file}” cannot be read.", file=base[:80]),
            hint=N_("Choose files that end in {endings}.", endings=", ".join(ENDINGS)),
        )
    stem = re.sub(r"[^\w. -]", "_", stem).strip(". ")[:80]
    stem = stem.encode()[:LONGEST_NAME].decode(errors="ignore") or "file"
    name, n = f"{stem}.{ending.lower()}", 2
    while name.lower() in {t.lower() for t in taken}:
        name, n = f"{stem} {n}.{ending.lower()}", n + 1
    return name


class Upload:
    """One upload: made by `begin` or found again by `find`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begin(cls, root: Path, files: Sequence[tuple[str, int]], most_bytes: int) -> Self:
        """An upload of files of these names and sizes, which are still to come. TooLarge where they are too many, or
        more than `most_bytes`, or than half of the free disk; RequestError for a name that cannot be read."""
        if not 1 <= len(files) <= MOST_FILES:
            raise TooLarge(N_("choose 1 to {most} files.", most=MOST_FILES), where="files")
        for given, size in files:
            if size == 0:
                raise RequestError(
                    N_("“{file}” is empty.", file=base_name(given)[:80]), hint=N_("Export it again, or leave it out.")
                )
        total = sum(size for _, size in files)
        if total > most_bytes:
            raise TooLarge(
                N_(
                    "the files have {size} MB; at most {most} MB can be added at once.",
                    size=round(total / 2**20),
                    most=round(most_bytes / 2**20),
                ),
                where="files",
                hint=N_("Ask an administrator to raise STORESIGHT_UPLOAD_MB, or to load the files for you."),
            )
        names: list[str] = []
        for given, _ in files:
            names.append(safe_name(given, names))
        return cls._made(root, [(name, size) for name, (_, size) in zip(names, files, strict=True)])

    @classmethod
    def of_set(cls, root: Path, name: str) -> Self:
        """A task that changes an added data set and needs no new files."""
        upload = cls._made(root, [])
        upload.say(State("loading", data=name))
        return upload

    @classmethod
    def of_address(cls, root: Path) -> Self:
        """An upload whose files are still to be fetched from an address."""
        upload = cls._made(root, [])
        upload.say(State("fetching"))
        return upload

    def arrived(self, paths: Sequence[Path]) -> None:
        """Record the files that were fetched."""
        write_json(self.folder / "files.json", [[path.name, path.stat().st_size] for path in paths])

    @classmethod
    def _made(cls, root: Path, files: Sequence[tuple[str, int]]) -> Self:
        pending = root / "pending"
        try:
            pending.mkdir(parents=True, exist_ok=True)
            _forget_old(pending)
            others = [cls(folder) for folder in pending.iterdir()]
            if len(others) >= MOST_PENDING:
                raise Busy(
                    N_("too many uploads are under way."),
                    hint=N_("Try again tomorrow, or ask an administrator to empty the folder `pending`."),
                )
            total = sum(size for _, size in files)
            if total + sum(other.to_come for other in others) > shutil.disk_usage(pending).free / 2:
                raise TooLarge(N_("there is not enough free disk space for these files."), where="STORESIGHT_UPLOADS")
            upload = cls(pending / secrets.token_hex(16))
            upload.folder.mkdir()
            write_json(upload.folder / "files.json", files)
            for name, _ in files:
                (upload.folder / name).touch()
        except OSError as fault:
            raise _unwritable(root, fault) from fault
        upload.say(State("receiving"))
        return upload

    @classmethod
    def find(cls, root: Path, ident: str) -> Self:
        """The upload of this id. NotInData where there is none."""
        folder = root / "pending" / ident
        if not _ID.fullmatch(ident) or not (folder / "files.json").is_file():
            raise _gone()
        return cls(folder)

    @property
    def files(self) -> list[tuple[Path, int]]:
        """The files and the sizes that they will have."""
        return [(self.folder / name, size) for name, size in self._kept("files.json")]

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [path for path, _ in self.files]

    @property
    def whole(self) -> bool:
        """Whether all files have arrived completely."""
        return all(path.is_file() and path.stat().st_size == size for path, size in self.files)

    @property
    def to_come(self) -> int:
        """Bytes that were announced and have not arrived; 0 for an upload that has just been deleted."""
        try:
            return sum(size - path.stat().st_size for path, size in self.files)
        except (NotInData, OSError):
            return 0

    def _kept(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except FileNotFoundError as fault:
            raise _gone() from fault

    def append(self, number: int, at: int, part: bytes) -> int:
        """Add bytes to a file, which has `at` bytes now; how many it has then. RequestError where that is not so, or
        where the file would become longer than was said."""
        files = self.files
        if not 0 <= number < len(files):
            raise RequestError(f"there is no file {number} in this upload.")
        path, size = files[number]
        try:
            with path.open("ab", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # the same part may come twice at once
                there = file.seek(0, SEEK_END)
                if there != at or there + len(part) > size:
                    raise RequestError(f"the file has {there} of {size} bytes; {len(part)} at {at} do not follow.")
                if file.write(part) != len(part):  # the disk is full
                    file.truncate(there)
                    raise OSError(ENOSPC, strerror(ENOSPC))
        except OSError as fault:
            raise _unwritable(self.folder, fault) from fault
        return there + len(part)

    @property
    def state(self) -> State:
        """Its progress."""
        return State(**self._kept("state.json"))

    def say(self, state: State) -> None:
        """Record its progress."""
        try:
            write_json(self.folder / "state.json", asdict(state))
        except OSError as fault:
            raise _unwritable(self.folder, fault) from fault

    def forget(self) -> None:
        """Delete the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _forget_old(pending: Path) -> None:
    for left in pending.iterdir():
        with suppress(FileNotFoundError):  # another process has forgotten it
            if left.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _gone() -> NotInData:
    return NotInData(N_("there is no such upload; it may have expired."), hint=N_("Choose the files again."))


def _unwritable(where: Path, fault: OSError) -> StoreError:
    return StoreError(
        N_("the folder cannot be written: {reason}.", reason=fault.strerror),
        where=where.name,
        hint=N_("Check STORESIGHT_UPLOADS."),
    )
