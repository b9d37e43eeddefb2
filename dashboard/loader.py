"""Data sets loaded beside serving: what the store lacks at the start, and again as often as a TOML's `refresh` says.

One process of all that share a store does it, the holder of a lock; the others watch, and follow if it dies.
`python -m dashboard.loader` names the data sets that a store lacks.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask import Flask

from analytics import store
from analytics.errors import CatalogError, SourceError, StoresightError
from analytics.profile import Profile
from dashboard import download
from dashboard.settings import Settings, from_env

log = logging.getLogger(__name__)

EXTENSION = "storesight.loader"
WATCH_SECONDS = 5.0  # how often one that is not the leader tries to become it
UNITS = {"m": 60, "h": 3600, "d": 86_400}
Found = dict[str, Any]  # a data set's name: its Spec, or the CatalogError of its TOML


def seconds(refresh: str) -> float | None:
    """ "15m" → 900; None where a data set is not refreshed."""
    match = re.fullmatch(r"(\d+)([mhd])", refresh)
    return float(match[1]) * UNITS[match[2]] if match else None


def lacking(settings: Settings, found: Found | None = None) -> list[str]:
    """Data sets whose source files are there, and newer than what the store holds of them."""
    from analytics import catalog

    found = catalog.find(settings.catalog_folders) if found is None else found
    return [
        name
        for name, spec in sorted(found.items())
        if not isinstance(spec, CatalogError) and _newer(spec, settings.sources_folder, settings.store)
    ]


class Loader:
    """Loads data in a thread of the process that calls `start`, and says what it does to all that share the store."""

    def __init__(self, settings: Settings, fetch: Callable[..., str] = download.fetch) -> None:
        self._settings, self._fetch = settings, fetch
        self._lock = threading.Lock()
        self._started_in = 0
        self._stop = threading.Event()
        self._tag = ""
        self._thread: threading.Thread | None = None
        self._failures: dict[str, str] = {}

    def start(self) -> None:
        """Begin, once a process: to be called after a fork, since no thread survives one."""
        if self._started_in == os.getpid():
            return
        with self._lock:
            if self._started_in != os.getpid():
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._run, name="loader", daemon=True)
                self._thread.start()
                self._started_in = os.getpid()

    def stop(self) -> None:
        """End after the data set being read, and wait for that."""
        self._stop.set()
        if self._thread is not None and self._started_in == os.getpid():
            self._thread.join()

    def reasons(self) -> list[str]:
        """Why no question can be answered yet; nothing once any data set is in the store."""
        if store.names(self._settings.store):
            return []
        state = self._read_state()
        why = [f"{name}: {text}" for name, text in state["failures"].items()]
        if state["doing"]:
            return [f"no data set is loaded yet; {state['doing']}", *why]
        if why:
            return ["no data set could be loaded", *why]
        where = download.shown(self._settings.sources) if self._settings.remote else self._settings.sources
        return [f"no data set is loaded, and none of the declared files is found in {where}"]

    def failures(self) -> dict[str, str]:
        """What went wrong when each data set was last read; the data before stay served."""
        return dict(self._read_state()["failures"])

    def load(self) -> list[str]:
        """One pass: fetch the sources where they are remote, read what is lacking, and give the names that were written."""
        from analytics import catalog

        self._failures = {}
        if self._settings.remote:
            self._say("the sources are being fetched")
            try:
                limit = self._settings.download_mb * 1024 * 1024
                self._tag = self._fetch(self._settings.sources, self._settings.sources_folder, limit, self._tag)
            except StoresightError as fault:
                self._fail("sources", fault)
        try:
            found = catalog.find(self._settings.catalog_folders)
        except CatalogError as fault:
            self._fail("catalog", fault)
            found = {}
        for name, spec in found.items():
            if isinstance(spec, CatalogError):
                self._fail(name, spec)
        written = [
            name for name in lacking(self._settings, found) if not self._stop.is_set() and self._one(found[name])
        ]
        self._say("")
        return written

    def _one(self, spec: Any) -> bool:
        from analytics import dataset

        self._say(f"{spec.name} is being read")
        began = time.monotonic()
        try:
            tables = dataset.read(spec, self._settings.sources_folder)
            version = store.write(self._settings.store, tables)
        except StoresightError as fault:
            self._fail(spec.name, fault)
            return False
        facts = {"data": spec.name, "version": version, "seconds": round(time.monotonic() - began, 1)}
        log.info("loaded", extra={"facts": facts})
        return True

    def _run(self) -> None:
        """Wait for the lock, then load, and load again whenever the shortest refresh has passed."""
        while not self._stop.is_set():
            with suppress(OSError), _exclusive(self._settings.store / ".loader.lock") as lock:
                if lock is None:
                    self._stop.wait(WATCH_SECONDS)
                else:
                    self._lead()
            self._stop.wait(0.1)

    def _lead(self) -> None:
        while not self._stop.is_set():
            try:
                self.load()
            except Exception as fault:  # a thread that ends silently would leave the data old for good
                log.exception("loading failed")
                self._fail("loader", fault)
                self._say("")
            self._stop.wait(self._pause())

    def _pause(self) -> float | None:
        """Seconds until the next pass; None, for ever, where no data set is refreshed."""
        asked = [seconds(profile.refresh) for profile in self._profiles()]
        return min((s for s in asked if s is not None), default=WATCH_SECONDS * 12 if self._failures else None)

    def _profiles(self) -> Iterable[Profile]:
        from analytics import catalog

        with suppress(CatalogError):
            for spec in catalog.find(self._settings.catalog_folders).values():
                if not isinstance(spec, CatalogError):
                    yield spec.profile

    def _fail(self, name: str, fault: Exception) -> None:
        self._failures[name] = str(fault)
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
            return {"doing": "", "failures": {}} | json.loads(self._state.read_text("utf-8"))
        except FileNotFoundError:
            return {"doing": "loading begins", "failures": {}}


def install(server: Flask, settings: Settings) -> Loader:
    """A loader that starts with gunicorn's worker (gunicorn.conf.py), or at the first request where there is none."""
    loader = Loader(settings)
    server.extensions[EXTENSION] = loader
    server.before_request(loader.start)
    return loader


class _exclusive:  # noqa: N801  used as a with statement's verb
    """The lock of a file, if it is free; it ends with the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = path.open("a")

    def __enter__(self) -> IO[str] | None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _newer(spec: Any, folder: Path, root: Path) -> bool:
    from analytics import sources

    try:
        files = sources.paths(spec.source, folder, spec.path.parent)
    except SourceError:
        return False  # the order lines are not here: not this installation's data set
    try:
        loaded = datetime.fromisoformat(store.open(root, spec.name).loaded_at).timestamp()
    except StoresightError:
        return True
    for source in (*(join.source for join in spec.joins), *(table.source for table in spec.tables)):
        with suppress(SourceError):  # reading will say so
            files += sources.paths(source, folder, spec.path.parent)
    return any(path.stat().st_mtime > loaded for path in [spec.path, *files])


if __name__ == "__main__":
    here = from_env(os.environ)
    print(" ".join([] if here.remote else lacking(here)))
