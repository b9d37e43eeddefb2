"""Data sets loaded beside serving: what the store lacks at the start, and again as often as a TOML's `refresh` says.

One process of all that share a store does it, the holder of a lock; the others watch, and follow if it dies.
`python -m dashboard.background.loader` names the data sets that the store lacks.
"""

from __future__ import annotations

import fcntl
import json
import logging
import math
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from analytics import store
from analytics.errors import CatalogError, SourceError, StoresightError
from analytics.loading import catalog
from analytics.loading.ingest import ingest
from analytics.loading.reading import download, sources
from analytics.loading.spec import Spec
from dashboard.settings import Settings, from_env

log = logging.getLogger(__name__)

Versions = tuple[str | None, ...]  # of the data sets of the store

EXTENSION = "storesight.loader"
WATCH_SECONDS = 5.0  # how often one that is not the leader tries to become it
RETRY_SECONDS = 60.0  # after a failure, where no refresh is asked for
UNITS = {"m": 60, "h": 3600, "d": 86_400}


def seconds(refresh: str) -> float | None:
    """ "15m" → 900; None where a data set is not refreshed."""
    match = re.fullmatch(r"(\d+)([mhd])", refresh)
    return float(match[1]) * UNITS[match[2]] if match else None


def lacking(settings: Settings, found: Mapping[str, Spec], read_at: Mapping[str, float]) -> list[Spec]:
    """Data sets whose files are there, and newer than when they were read last, with or without success."""
    return [spec for _, spec in sorted(found.items()) if _newer(spec, settings, read_at.get(spec.name))]


class Loader:
    """Loads data in a thread of the process that calls `start`, and tells all that share the store what it does."""

    def __init__(self, settings: Settings, fetch: Callable[..., str] = download.fetch) -> None:
        self._settings, self._fetch = settings, fetch
        self.prepare: Callable[[], None] = lambda: None  # what is made ready from new data, beside serving: once
        self.warm: Callable[[], None] = lambda: None  # the same in every process
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._started_in = 0
        self._tag = ""
        self._failures: dict[str, str] = {}
        self._opens: dict[str, str] = {}  # by data set, the version that was last seen to open
        self._read_at: dict[str, float] = {}  # when reading began; read again when a file changed since
        self._refresh: float | None = None

    def start(self) -> None:
        """Begin, once a process, unless STORESIGHT_LOAD is off. To be called after a fork: no thread survives one."""
        with self._lock:
            if self._settings.load and self._started_in != os.getpid():
                self._started_in = os.getpid()
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._run, name="loader", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End after the data set being read, and wait for that."""
        self._stop.set()
        if self._thread is not None and self._started_in == os.getpid():
            self._thread.join()

    def reasons(self) -> list[str]:
        """Why questions cannot be answered yet; nothing once the store has a data set and each of its data sets opens.

        One that does not, such as one of another format, is loaded again where its sources are there."""
        names = store.names(self._settings.store)
        if names:
            return [f"{name}: {why}" for name in names if (why := self._does_not_open(name))]
        if not self._settings.load:
            return ["no data set is loaded, and STORESIGHT_LOAD is off: run `python -m analytics ingest --all`"]
        state = self._read_state()
        why = [f"{name}: {text}" for name, text in state["failures"].items()]
        if state["doing"]:
            return [f"no data set is loaded yet: {state['doing']}", *why]
        if why:
            return ["no data set could be loaded", *why]
        where = download.shown(self._settings.sources) if self._settings.remote else self._settings.sources
        return [f"no data set is loaded, and none of the declared files is found in {where}"]

    def _does_not_open(self, name: str) -> str:
        """Why the current version of a data set cannot be opened; "" where it can. Each version is tried until it
        opens, and not again."""
        root = self._settings.store
        version = store.current_version(root, name)
        if self._opens.get(name) != version:
            try:
                self._opens[name] = store.open(root, name).version
            except StoresightError as fault:
                return " ".join((str(fault), self.failures().get(name, "")))
        return ""

    def failures(self) -> dict[str, str]:
        """What went wrong, by data set, when each was last read; the data before stay served."""
        return dict(self._read_state()["failures"])

    def load(self) -> list[str]:
        """One pass: fetch the sources where they are remote, read what is lacking; the names of what was written."""
        self._failures = {name: text for name, text in self._failures.items() if name in self._read_at}
        if self._settings.remote:
            self._fetch_sources()
        found = self._declared()
        self._refresh = min((s for s in (seconds(f.profile.refresh) for f in found.values()) if s), default=None)
        due = lacking(self._settings, found, self._read_at)
        written = [spec.name for spec in due if not self._stop.is_set() and self._one(spec)]
        self._say("")
        return written

    def _fetch_sources(self) -> None:
        self._say("the sources are being fetched")
        limit = self._settings.download_mb * 1024 * 1024
        try:
            self._tag = self._fetch(self._settings.sources, self._settings.sources_folder, limit, self._tag)
        except StoresightError as fault:
            self._fail("sources", fault)

    def _declared(self) -> dict[str, Spec]:
        """The data sets whose TOML is right; the others are failures."""
        declared = {}
        try:
            for name, spec in catalog.find(self._settings.catalog_folders).items():
                if isinstance(spec, CatalogError):
                    self._fail(name, spec)
                else:
                    declared[name] = spec
        except CatalogError as fault:
            self._fail("catalog", fault)
        return declared

    def _one(self, spec: Spec) -> bool:
        self._say(f"{spec.name} is being read")
        began, self._read_at[spec.name] = time.monotonic(), time.time()
        try:
            version = ingest(spec, self._settings.sources_folder, self._settings.store).version
        except StoresightError as fault:
            self._fail(spec.name, fault)
            return False
        except Exception as fault:  # a defect that one data set meets must not keep the others from loading
            log.exception("loading a data set failed")
            self._failures[spec.name] = f"an unexpected {type(fault).__name__}; the log has its traceback"
            return False
        self._failures.pop(spec.name, None)
        facts = {"data": spec.name, "version": version, "seconds": round(time.monotonic() - began, 1)}
        log.info("loaded", extra={"facts": facts})
        return True

    def _run(self) -> None:
        warm: Versions = ()
        while not self._stop.is_set():
            try:
                with _exclusive(self._settings.store / ".loader.lock") as leading:
                    if leading:
                        self._lead()
            except OSError:
                log.exception("the store cannot be written")
            if not self._stop.is_set():
                warm = self._made_ready(warm, self.warm)
            self._stop.wait(WATCH_SECONDS)

    def _lead(self) -> None:
        """Load, and again whenever the shortest refresh has passed; make ready what is new, whoever loaded it."""
        warm: Versions = ()
        ready: Versions = ()
        while not self._stop.is_set():
            try:
                self.load()
            except Exception as fault:  # a thread that ended silently would leave the data old for good
                log.exception("loading failed")
                self._failures["loader"] = str(fault)
                self._say("")
            again = time.monotonic() + (self._refresh or (RETRY_SECONDS if self._failures else math.inf))
            while not self._stop.is_set() and time.monotonic() < again:
                warm = self._made_ready(warm, self.warm)
                ready = self._made_ready(ready, self.prepare)
                self._stop.wait(min(WATCH_SECONDS, max(0.0, again - time.monotonic())))

    def _made_ready(self, before: Versions, make: Callable[[], None]) -> Versions:
        """The versions of the store, after what other versions than before need was made ready."""
        root = self._settings.store
        now = tuple(store.current_version(root, name) for name in store.names(root))
        if now != before:
            try:
                make()
            except Exception:  # whoever asks will make it, or see the fault
                log.exception("what new data need was not made ready")
        return now

    def _fail(self, name: str, fault: StoresightError) -> None:
        self._failures[name] = fault.public  # visitors see it; the log has the values
        log.warning("not loaded", extra={"facts": {"data": name, "reason": str(fault)}})

    @property
    def _state(self) -> Path:
        return self._settings.store / ".loader.json"

    def _say(self, doing: str) -> None:
        """Tell every process what is being done and what failed."""
        self._settings.store.mkdir(parents=True, exist_ok=True)
        aside = self._state.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps({"doing": doing, "failures": self._failures}), "utf-8")
        aside.replace(self._state)

    def _read_state(self) -> dict[str, Any]:
        try:
            return {"doing": "", "failures": {}, **json.loads(self._state.read_text("utf-8"))}
        except FileNotFoundError:
            return {"doing": "loading begins", "failures": {}}


def install(server: Flask, settings: Settings) -> Loader:
    """A loader that gunicorn.conf.py starts in each worker; under another server call its `start`."""
    loader = server.extensions[EXTENSION] = Loader(settings)
    return loader


@contextmanager
def _exclusive(path: Path) -> Iterator[bool]:
    """Whether the lock of a file was free; then it is held, until the end of the block or of the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _newer(spec: Spec, settings: Settings, read_at: float | None) -> bool:
    folder, beside = settings.sources_folder, spec.path.parent
    if sources.lacking(spec.source, folder, beside):
        return False  # the order lines are not here: not this installation's data set
    files = sources.matches(spec.source, folder, beside)
    since = _loaded_at(settings.store, spec.name) if read_at is None else read_at
    for source in (*(join.source for join in spec.joins), *(table.source for table in spec.tables)):
        with suppress(SourceError):  # reading will say so
            files += sources.matches(source, folder, beside)
    asked_again = spec.source.kind == "sql" and time.time() - since >= (seconds(spec.profile.refresh) or math.inf)
    return asked_again or any(path.stat().st_mtime > since for path in [spec.path, *files])


def _loaded_at(root: Path, name: str) -> float:
    """When what the store holds was loaded; 0 where it holds nothing that can be read."""
    try:
        return datetime.fromisoformat(store.open(root, name).loaded_at).timestamp()
    except StoresightError:
        return 0.0


def main() -> None:
    """Print what the store lacks; nothing where the application fetches the sources itself."""
    try:
        settings = from_env(os.environ)
        found = {} if settings.remote else catalog.find(settings.catalog_folders)
    except StoresightError as fault:
        sys.exit(str(fault))
    declared = {name: spec for name, spec in found.items() if not isinstance(spec, CatalogError)}
    print(" ".join(spec.name for spec in lacking(settings, declared, {})))


if __name__ == "__main__":
    main()
