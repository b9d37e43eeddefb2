"""Loads data sets in the background of serving: what the store lacks at the start, and again as often as `refresh` in
a TOML says.

Of all processes that share a store, the holder of a lock loads; the others watch, and one takes over if it dies.
`python -m dashboard.background.loader` prints the names of the data sets that the store lacks.
"""

from __future__ import annotations

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
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask import Flask

from analytics import store
from analytics.errors import CatalogError, SourceError, StoresightError, unexpected
from analytics.loading import catalog
from analytics.loading.ingest import ingest
from analytics.loading.reading import download, sources
from analytics.loading.spec import Spec
from analytics.runtime import locks
from analytics.runtime.heap import tidy_up
from analytics.runtime.small_files import write_json
from dashboard.settings import Settings, from_env

log = logging.getLogger(__name__)

Versions = tuple[str | None, ...]  # the current versions of all data sets

EXTENSION = "storesight.loader"
WATCH_SECONDS = 5.0  # between attempts of the other processes to take over
RETRY_SECONDS = 60.0  # after a failure, where no refresh is declared
SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def seconds(refresh: str) -> float | None:
    """A `refresh` in seconds: "15m" → 900; None where a data set is not refreshed."""
    match = re.fullmatch(r"(\d+)([mhd])", refresh)
    return float(match[1]) * SECONDS[match[2]] if match else None


def lacking(settings: Settings, found: Mapping[str, Spec], read_at: Mapping[str, float]) -> list[Spec]:
    """The data sets whose files are present and newer than the last attempt to read them, by name."""
    return [spec for _, spec in sorted(found.items()) if _newer(spec, settings, read_at.get(spec.name))]


@dataclass(frozen=True)
class State:
    """What the loader of a store is doing, and what went wrong by data set."""

    doing: str = ""
    failures: dict[str, str] = field(default_factory=dict)


class Loader:
    """Loads data in a thread of the process that calls `start`, and tells all that share the store what it does.

    `prepare` runs once for new data, in the process that loads; `warm` runs in every process for new data, and `tick`
    every few seconds: it does jobs of which the state store lets one process do each. All are set by the application.
    """

    def __init__(self, settings: Settings, fetch: Callable[..., str] = download.fetch) -> None:
        self.prepare: Callable[[], None] = _nothing
        self.warm: Callable[[], None] = _nothing
        self.tick: Callable[[], object] = _nothing
        self._settings = settings
        self._fetch = fetch
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._started_in = 0
        self._tag = ""
        self._failures: dict[str, str] = {}
        self._opens: dict[str, str] = {}  # by data set, the version that was last opened
        self._read_at: dict[str, float] = {}  # when reading began; a file changed since then is read again
        self._refresh: float | None = None

    def start(self) -> None:
        """Begin, once in each process, where there is something to load or a tick. Call it after a fork: no thread
        survives one."""
        with self._lock:
            if (self._settings.load or self.tick is not _nothing) and self._started_in != os.getpid():
                self._started_in = os.getpid()
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._run, name="loader", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End after the data set that is being read, and wait for that."""
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
        failures = [f"{name}: {text}" for name, text in state.failures.items()]
        if state.doing:
            return [f"no data set is loaded yet: {state.doing}", *failures]
        if failures:
            return ["no data set could be loaded", *failures]
        where = download.shown(self._settings.sources) if self._settings.remote else self._settings.sources
        return [f"no data set is loaded, and none of the declared files is found in {where}"]

    def _does_not_open(self, name: str) -> str:
        """Why the current version of a data set cannot be opened; "" where it can. A version that was opened once is
        not tried again."""
        root = self._settings.store
        version = store.current_version(root, name)
        if self._opens.get(name) != version:
            try:
                self._opens[name] = store.open(root, name).version
            except StoresightError as fault:
                return " ".join((str(fault), self.failures().get(name, "")))
        return ""

    def failures(self) -> dict[str, str]:
        """What went wrong, by data set, when each was last read; the version before is still served."""
        return self._read_state().failures

    def load(self) -> list[str]:
        """Download the sources where they are remote, and load what is lacking; the names of the data sets loaded."""
        self._failures = {name: text for name, text in self._failures.items() if name in self._read_at}
        if self._settings.remote:
            self._fetch_sources()
        found = self._declared()
        self._refresh = min((s for s in (seconds(f.profile.refresh) for f in found.values()) if s), default=None)
        due = lacking(self._settings, found, self._read_at)
        written = [spec.name for spec in due if not self._stop.is_set() and self._load_one(spec)]
        self._publish("")
        return written

    def _fetch_sources(self) -> None:
        self._publish("the sources are being downloaded")
        limit = self._settings.download_mb * 1024 * 1024
        try:
            self._tag = self._fetch(self._settings.sources, self._settings.sources_folder, limit, self._tag)
        except StoresightError as fault:
            self._fail("sources", fault)

    def _declared(self) -> dict[str, Spec]:
        """The data sets whose TOML is right; the others are added to the failures."""
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

    def _load_one(self, spec: Spec) -> bool:
        self._publish(f"{spec.name} is being read")
        began, self._read_at[spec.name] = time.monotonic(), time.time()
        try:
            with locks.unchanging(spec.path) as changed:  # else files that were replaced could become the last version
                now = catalog.load(spec.path) if changed else spec
                version = ingest(now, self._settings.sources_folder, self._settings.store).version
        except StoresightError as fault:
            self._fail(spec.name, fault)
            return False
        except Exception as fault:  # a defect that one data set meets must not keep the others from loading
            log.exception("loading a data set failed")
            self._failures[spec.name] = unexpected(fault)
            return False
        self._failures.pop(spec.name, None)
        facts = {"data": spec.name, "version": version, "seconds": round(time.monotonic() - began, 1)}
        log.info("loaded", extra={"facts": facts})
        return True

    def _run(self) -> None:
        warmed: Versions = ()
        while not self._stop.is_set():
            if self._settings.load:
                try:
                    with _exclusive(self._settings.store / ".loader.lock") as leading:
                        if leading:
                            self._lead()
                except OSError:
                    log.exception("the store cannot be written")
            if not self._stop.is_set():
                warmed = self._on_change(warmed, self.warm)
                self._tick()
            self._stop.wait(WATCH_SECONDS)

    def _lead(self) -> None:
        """Load, again whenever the shortest refresh has passed; prepare what is new, whichever process loaded it."""
        warmed: Versions = ()
        prepared: Versions = ()
        while not self._stop.is_set():
            try:
                self.load()
            except Exception as fault:  # a thread that ended here would never load again
                log.exception("loading failed")
                self._failures["loader"] = str(fault)
                self._publish("")
            again = time.monotonic() + (self._refresh or (RETRY_SECONDS if self._failures else math.inf))
            while not self._stop.is_set() and time.monotonic() < again:
                warmed = self._on_change(warmed, self.warm)
                prepared = self._on_change(prepared, self.prepare)
                self._tick()
                self._stop.wait(min(WATCH_SECONDS, max(0.0, again - time.monotonic())))

    def _tick(self) -> None:
        if self.tick():
            tidy_up()  # no request comes after it that would

    def _on_change(self, before: Versions, make: Callable[[], None]) -> Versions:
        """Run `make` where the versions of the store are no longer those before; the versions now."""
        root = self._settings.store
        now = tuple(store.current_version(root, name) for name in store.names(root))
        if now != before:
            try:
                make()
            except Exception:  # the first request that needs it will make it, or show the error
                log.exception("preparing answers from new data failed")
            tidy_up()
        return now

    def _fail(self, name: str, fault: StoresightError) -> None:
        self._failures[name] = fault.public  # visitors see it; the log has the values
        log.warning("not loaded", extra={"facts": {"data": name, "reason": str(fault)}})

    @property
    def _state(self) -> Path:
        return self._settings.store / ".loader.json"

    def _publish(self, doing: str) -> None:
        """Tell all processes what is being done and what has failed."""
        self._settings.store.mkdir(parents=True, exist_ok=True)
        write_json(self._state, {"doing": doing, "failures": self._failures})

    def _read_state(self) -> State:
        try:
            found = json.loads(self._state.read_text("utf-8"))
        except FileNotFoundError:
            return State("loading begins")
        return State(str(found.get("doing", "")), dict(found.get("failures", {})))


def _nothing() -> None:
    """Nothing is to be done."""


def install(server: Flask, settings: Settings) -> Loader:
    """The loader of an application. gunicorn.conf.py starts it in each worker; under another server call `start`."""
    loader = server.extensions[EXTENSION] = Loader(settings)
    return loader


@contextmanager
def _exclusive(path: Path) -> Iterator[bool]:
    """True where the lock of a file was free: it is then held until the block or the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        yield locks.take(file)


def _newer(spec: Spec, settings: Settings, read_at: float | None) -> bool:
    folder, toml_folder = settings.sources_folder, spec.path.parent
    if any(sources.why_absent(part.source, folder, toml_folder) for part in spec.parts):
        return False  # a data set of another installation
    files: list[Path] = []
    since = _loaded_at(settings.store, spec.name) if read_at is None else read_at
    for source in spec.sources:
        with suppress(SourceError):  # loading will report it
            files += sources.matches(source, folder, toml_folder)
    has_query = any(part.source.kind == "sql" for part in spec.parts)
    asked_again = has_query and time.time() - since >= (seconds(spec.profile.refresh) or math.inf)
    return asked_again or any(path.stat().st_mtime > since for path in [spec.path, *files])


def _loaded_at(root: Path, name: str) -> float:
    """When the stored version was loaded; 0 where there is none that can be read."""
    try:
        return datetime.fromisoformat(store.open(root, name).loaded_at).timestamp()
    except StoresightError:
        return 0.0


def main() -> None:
    """Print the names of what the store lacks; nothing where the application downloads the sources itself."""
    try:
        settings = from_env(os.environ)
        found = {} if settings.remote else catalog.find(settings.catalog_folders)
    except StoresightError as fault:
        sys.exit(str(fault))
    declared = {name: spec for name, spec in found.items() if not isinstance(spec, CatalogError)}
    print(" ".join(spec.name for spec in lacking(settings, declared, {})))


if __name__ == "__main__":
    main()
