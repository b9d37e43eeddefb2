"""Answers are computed once: kept in this process, shared by all workers, computed by one caller while the others wait.

A cache that is gone or hangs costs one short wait and one line in the log; then answers are computed until it is back.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask
from flask_caching import Cache

from analytics.runtime.lru import LruCache
from analytics.runtime.single_flight import SingleFlight, StillRunning
from dashboard.answers.cache_backends import KEEP_SECONDS, PREFIX, Backend, PlainBytes, Seal, held
from dashboard.settings import Settings

log = logging.getLogger(__name__)

RECENT_BYTES = 32 * 1024 * 1024
LARGEST_BYTES = (
    4 * 1024 * 1024
)  # a larger answer (one row per customer) is computed again, since it would push out others
OPEN_SECONDS = 30.0
PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.02

T = TypeVar("T")


class Breaker:
    """Keeps callers away from a back end that failed: while it is open, one caller retries every `seconds` seconds."""

    def __init__(self, seconds: float = OPEN_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._now = seconds, now
        self._retry_at = self._quiet_until = 0.0
        self._lock = threading.Lock()
        self.open = False

    def allows(self) -> bool:
        """Whether a caller may use the back end now."""
        if not self.open:
            return True
        with self._lock:
            if self._now() < self._retry_at:
                return False
            self._retry_at = self._now() + self.seconds
            return True

    def failed(self, fault: Exception) -> None:
        """The back end cannot be reached or is slow: do not use it for a while, and log one line."""
        with self._lock:
            first, self.open = not self.open, True
            self._retry_at = self._now() + self.seconds
        if first:
            what = f"{type(fault).__name__}: {fault}"[:200]
            log.warning(
                "the cache does not answer (%s); answers are computed, and it is tried every %g s", what, self.seconds
            )

    def refused(self, fault: Exception) -> None:
        """The back end answers but refuses the operation: log a line now and then, and go on using it."""
        with self._lock:
            quiet, self._quiet_until = self._now() < self._quiet_until, self._now() + self.seconds
        if not quiet:
            log.warning("the cache refuses (%s)", f"{type(fault).__name__}: {fault}"[:200])

    def worked(self) -> None:
        """The back end answered: use it again."""
        if not self.open:
            return
        with self._lock:
            was_open, self.open = self.open, False
        if was_open:
            log.warning("the cache answers again")


_instances: weakref.WeakSet[AnswerCache] = weakref.WeakSet()


def _begin_in_child() -> None:
    for cache in list(_instances):
        cache._begin()


os.register_at_fork(after_in_child=_begin_in_child)


class AnswerCache:
    """Bytes by key. `get_or_compute` and `keeps` are all that callers need; `stats` is for metrics and
    readiness."""

    def __init__(
        self,
        backend: Backend,
        *,
        seal: Seal | None = None,
        recent_bytes: int = RECENT_BYTES,
        open_seconds: float = OPEN_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._backend = backend
        self._seal = seal or Seal()
        self._patience = patience
        self._recent_bytes = recent_bytes
        self._open_seconds = open_seconds
        self._begin()
        _instances.add(self)

    def _begin(self) -> None:
        """What belongs to one process: the values used last, the computations under way, its locks and its counts."""
        self._recent: LruCache[bytes] = LruCache(most_bytes=self._recent_bytes, size=len)
        self._flights: SingleFlight[tuple[bytes, bool]] = SingleFlight()
        self._lock = threading.Lock()
        self._breaker = Breaker(self._open_seconds)
        self._counts: Counter[str] = Counter()

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        """The bytes of a key, and whether they were there: computed by this call (False), or by another one (True).

        A caller that comes while a computation is under way, in this process or another, waits for it, up to `patience`
        seconds. An error of `compute` goes to everybody of this process who waited and is not kept. A key may have any
        length: its SHA-256 is used.
        """
        hashed = _hashed(key)
        known = self._recent.get(hashed)
        if known is not None:
            self._count("hits", "recent_hits")
            return known, True
        try:
            (value, hit), mine = self._flights.do(hashed, lambda: self._lead(hashed, compute), self._patience)
        except StillRunning:
            return self._compute(compute), False  # do not wait forever for a slow computation
        if mine:
            return value, hit
        self._count("hits", "waited")
        return value, True

    def keeps(self, key: str) -> bool:
        """Whether the bytes of a key are there, so that nobody waits for them; it counts as no use of them."""
        hashed = _hashed(key)
        if self._recent.get(hashed) is not None:
            return True
        kept = self._try(lambda: self._backend.get(hashed))
        return kept is not None and self._seal.open(hashed, kept) is not None

    def stats(self) -> dict[str, int | str]:
        """Counts of this process, and the breaker: "closed" while the back end is used, "open" while it is not."""
        with self._lock:
            counts = dict(self._counts)
        names = ("hits", "recent_hits", "shared_hits", "waited", "misses", "computed", "faults", "refusals")
        return {n: counts.get(n, 0) for n in names} | {
            "recent_bytes": self._recent.nbytes,
            "breaker": "open" if self._breaker.open else "closed",
        }

    def _lead(self, hashed: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        """The value shared with all waiting threads: kept by this process or by the back end, or computed."""
        known = self._recent.get(hashed)  # another thread may have finished since the caller looked
        if known is not None:
            self._count("hits", "recent_hits")
            return known, True
        value, hit = self._fetch_or_compute(hashed, compute)
        if len(value) <= min(self._recent_bytes // 4, LARGEST_BYTES):
            self._recent.put(hashed, value)
        return value, hit

    def _fetch_or_compute(self, hashed: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        end = time.monotonic() + self._patience
        while True:
            found = self._fetch(hashed)
            if found is not None:
                return found, True
            release = self._try(lambda: self._backend.try_lock(hashed, self._patience))
            if release is not held:
                break
            if time.monotonic() > end:
                release = None  # the holder of the lock is too slow to wait for
                break
            time.sleep(POLL_SECONDS)
        try:
            return self._compute_unless_kept(hashed, compute, locked=release is not None)
        finally:
            if release is not None:
                self._try(release)

    def _fetch(self, hashed: str) -> bytes | None:
        """What the back end keeps under the key, if it is what was put there."""
        kept = self._try(lambda: self._backend.get(hashed))
        found = None if kept is None else self._seal.open(hashed, kept)
        if found is not None:
            self._count("hits", "shared_hits")
        return found

    def _compute_unless_kept(self, hashed: str, compute: Callable[[], bytes], *, locked: bool) -> tuple[bytes, bool]:
        # Another worker may have finished between our lookup and our lock.
        found = self._fetch(hashed) if locked else None
        if found is not None:
            return found, True
        value = self._compute(compute)
        if len(value) <= LARGEST_BYTES:
            self._try(lambda: self._backend.set(hashed, self._seal.close(hashed, value)))
        return value, False

    def _compute(self, compute: Callable[[], bytes]) -> bytes:
        self._count("misses")
        value = compute()
        if not isinstance(value, bytes):
            raise TypeError(f"an answer is cached as bytes, not {type(value).__name__}")
        self._count("computed")
        return value

    def _try(self, operation: Callable[[], T]) -> T | None:
        """The result of an operation of the back end; None where the breaker is open or the operation fails."""
        if not self._breaker.allows():
            return None
        try:
            answer = operation()
        except self._backend.refusals as fault:
            self._count("refusals")
            self._breaker.refused(fault)
            return None
        except self._backend.faults as fault:
            self._count("faults")
            self._breaker.failed(fault)
            return None
        self._breaker.worked()
        return answer

    def _count(self, *names: str) -> None:
        with self._lock:
            for name in names:
                self._counts[name] += 1


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def install(server: Flask, settings: Settings) -> AnswerCache:
    """The answer cache of an application: Redis where REDIS_URL says so, files otherwise. Nothing is connected yet."""
    where: dict[str, Any] = (
        {"CACHE_TYPE": "dashboard.answers.redis_answers.RedisAnswers", "CACHE_REDIS_URL": settings.redis_url}
        if settings.redis_url
        else {
            "CACHE_TYPE": "dashboard.answers.cache_backends.FileAnswers",
            "CACHE_DIR": str(settings.cache_dir),
            "CACHE_BYTES": settings.cache_mb * 1024 * 1024,
        }
    )
    common = {"CACHE_KEY_PREFIX": PREFIX, "CACHE_DEFAULT_TIMEOUT": KEEP_SECONDS, "CACHE_SERIALIZER": PlainBytes()}
    flask_cache = Cache(server, config=where | common)
    # Without a secret, the address of Redis with its password is one that all processes share.
    return AnswerCache(cast(Backend, flask_cache.cache), seal=Seal(settings.secret or settings.redis_url))
