"""The engines of the stored data sets: opened once for all viewers, and again when a version changes."""

from __future__ import annotations

import threading
from pathlib import Path

from analytics import store
from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.errors import StoreError, UnknownName
from analytics.language import N_
from dashboard.answers.viewers import EVERYTHING, Viewer


class Engines:
    """The stored data sets of a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # By name, hidden fields, and version where it is not the current one that is wanted.
        self._opened: dict[tuple[str, frozenset[str], str], tuple[str, Engine]] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """The names of all of them."""
        return store.names(self._root)

    def version(self, name: str) -> str | None:
        """The current version of one; None where it is not stored."""
        return store.current_version(self._root, name)

    def open(self, name: str, viewer: Viewer) -> Engine:
        """The engine of a data set at its current version, inside the viewer's policy.

        UnknownName where there is no such data set; NotInData where it lacks a field of the policy.
        """
        version = self.version(name)
        if version is None or not viewer.knows(name):
            raise UnknownName(N_("data set"), name, self.names())
        older = viewer.linked.version if viewer.linked else ""
        engine = self._older(name, viewer.hidden, older) if older not in ("", version) else None
        if engine is None:  # the current one, also where the older one is gone: the page says so
            with self._lock:
                opened, engine = self._opened.get((name, viewer.hidden, ""), ("", None))
                if engine is None or opened != version:
                    engine = open_engine(self._root, name, viewer.hidden)
                    self._opened[name, viewer.hidden, ""] = (version, engine)
        return engine if viewer.policy is EVERYTHING else engine.within(viewer.policy)

    def _older(self, name: str, hidden: frozenset[str], version: str) -> Engine | None:
        """The engine of a version that is not the current one; None where the store has it no more, or this program
        cannot read it."""
        with self._lock:
            for key in [k for k in self._opened if k[2] and not store.has_version(self._root, k[0], k[2])]:
                del self._opened[key]
            found = self._opened.get((name, hidden, version))
            if found is None and store.has_version(self._root, name, version):
                try:
                    found = (version, open_engine(self._root, name, hidden, version))
                except StoreError:
                    return None
                self._opened[name, hidden, version] = found
        return found[1] if found else None

    def keep(self, name: str, version: str, until: float) -> bool:
        """Keep a version until a time; False where that is not possible."""
        return store.keep(self._root, name, version, until)
