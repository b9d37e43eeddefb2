"""Where cached answers are kept: flask-caching back ends that hold bytes and never pickles; here what both have, and
that for files. The one for Redis is in redis_answers.py.

Each also lends a lock a key, so that many workers make one computation.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Protocol

from cachelib.serializers import BaseSerializer
from flask import Flask
from flask_caching.backends.filesystemcache import FileSystemCache

from analytics.runtime import locks

PREFIX = "storesight:1:"  # application and version of the cache's format
KEEP_SECONDS = 7 * 86_400  # an answer never goes stale, since its key holds the data version; it is only forgotten

Release = Callable[[], None]


def held() -> None:
    """What try_lock gives where another holds the lock: there is nothing to give back."""


class Backend(Protocol):
    """What AnswerCache needs of a back end. Every method may raise one of its `faults`, where it cannot be reached, is
    slow or is full, and of its `refusals`, where it works and refuses the operation."""

    faults: tuple[type[Exception], ...]
    refusals: tuple[type[Exception], ...]

    def get(self, key: str) -> Any:
        """What is kept under the key; None where nothing is."""
        ...

    def set(self, key: str, value: Any) -> Any:
        """Keep a value under the key."""
        ...

    def try_lock(self, key: str, seconds: float) -> Release:
        """Try to take a key's lock, for at most `seconds`, without waiting: returns how to release it, or `held`."""


class Seal:
    """Bytes with a mark and a checksum before them, which only who knows the secret can make, and for one key only.

    Whoever can write to a shared Redis can neither invent an answer nor put that of one key, which says whose it is,
    under another."""

    MARK = b"SSA2"
    DIGEST = 16

    def __init__(self, secret: str = "") -> None:
        self._secret = hashlib.sha256(secret.encode()).digest() if secret else b""

    def close(self, key: str, value: bytes) -> bytes:
        """The value as it is kept under the key."""
        return self.MARK + self._digest(key, value) + value

    def open(self, key: str, kept: Any) -> bytes | None:
        """The value that was sealed for this key; None for anything else (damaged, foreign, forged, a pickle)."""
        start = len(self.MARK) + self.DIGEST
        if not isinstance(kept, bytes) or len(kept) < start or not kept.startswith(self.MARK):
            return None
        value = kept[start:]
        return value if hmac.compare_digest(kept[len(self.MARK) : start], self._digest(key, value)) else None

    def _digest(self, key: str, value: bytes) -> bytes:
        digest = hashlib.blake2b(key.encode(), key=self._secret, digest_size=self.DIGEST)
        digest.update(value)
        return digest.digest()


class PlainBytes(BaseSerializer):
    """Bytes as they are, where cachelib would make pickles."""

    def dumps(self, value: Any, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        return bytes(value)

    def loads(self, bvalue: bytes | None) -> bytes | None:
        """The bytes."""
        return bvalue

    def dump(self, value: Any, f: IO[bytes], *_: Any, **__: Any) -> None:
        """Write the bytes."""
        f.write(value)

    def load(self, f: IO[bytes], *_: Any, **__: Any) -> bytes | None:
        """Read the bytes."""
        return f.read()


class FileAnswers(FileSystemCache):
    """Answers in files, a folder for all workers of a machine, bounded in bytes: the oldest are forgotten first."""

    faults: tuple[type[Exception], ...] = (OSError,)
    refusals: tuple[type[Exception], ...] = ()
    PRUNE_SHARE = 32  # a process looks at all files when it has written this part of the limit since it last did

    serializer: Any = PlainBytes()

    @classmethod
    def factory(cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> FileAnswers:
        """Made by flask-caching from its configuration."""
        folder = Path(config["CACHE_DIR"])
        made = cls(str(folder / "answers"), threshold=0, default_timeout=kwargs["default_timeout"])
        made.limit, made.locks = config["CACHE_BYTES"], folder / "locks"
        made.written = made.limit  # it looks after its first file
        made.locks.mkdir(parents=True, exist_ok=True)
        return made

    limit: int
    locks: Path
    written: int  # bytes since it last looked

    def set(self, key: str, value: Any, timeout: int | timedelta | None = None, mgmt_element: bool = False) -> bool:
        """Keep a value; now and then the oldest files are removed."""
        kept = super().set(key, value, timeout, mgmt_element)
        self.written += len(value)
        if self.written >= self.limit // self.PRUNE_SHARE:
            self.written = 0
            self.prune()
        return bool(kept)

    def prune(self) -> None:
        """Forget the oldest files until four fifths of the limit are left, if there is more than the limit."""
        found = []
        with os.scandir(self._path) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    about = entry.stat()
                    found.append((about.st_mtime, about.st_size, entry.path))
        excess = sum(size for _, size, _ in found) - self.limit
        if excess <= 0:
            return
        excess += self.limit // 5
        for _, size, path in sorted(found):
            if excess <= 0:
                break
            with suppress(FileNotFoundError):
                Path(path).unlink()
            excess -= size

    def try_lock(self, key: str, seconds: float) -> Release:
        """The lock ends with the process that holds it, so it needs no time limit."""
        path = self.locks / key
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._locked(handle, path):
            os.close(handle)
            return held

        def release() -> None:
            with suppress(FileNotFoundError):
                path.unlink()
            os.close(handle)

        return release

    def _locked(self, handle: int, path: Path) -> bool:
        """Whether the lock was free; a file that its last holder removed meanwhile does not count."""
        try:
            return locks.take(handle) and os.fstat(handle).st_ino == path.stat().st_ino
        except FileNotFoundError:
            return False
