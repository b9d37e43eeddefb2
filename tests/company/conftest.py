"""A state store of each kind, and a clock that the test sets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from dashboard.company import users
from dashboard.company.state import State, open_state
from dashboard.company.tables import METADATA
from dashboard.settings import Settings
from tests.processes import PostgresServer


class Clock:
    """What time.time() says."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until the test moves it."""
    made = Clock()
    monkeypatch.setattr(time, "time", lambda: made.now)
    return made


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost little to check; tests/company/test_accounts.py looks at the real cost once."""
    users._nobody.cache_clear()
    monkeypatch.setattr(users, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


def empty_store(request: pytest.FixtureRequest, kind: str, folder: Path) -> Settings:
    """Settings that name an empty state store."""
    if kind == "sqlite":
        return Settings(state=folder / "state.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return Settings(database_url=server.url)


@pytest.fixture(params=KINDS)
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings that name an empty state store of each kind."""
    return empty_store(request, request.param, tmp_path)


def opened(settings: Settings) -> Iterator[State]:
    """A store for the tests of a module, each of which begins with `emptied`."""
    made = open_state(settings)
    assert made is not None
    yield made
    made.engine.dispose()


def emptied(state: State) -> State:
    """The same store without a row."""
    with state.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
    return state


@pytest.fixture(scope="module", params=KINDS)
def _opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    yield from opened(empty_store(request, request.param, tmp_path_factory.mktemp("state")))


@pytest.fixture
def state(_opened: State) -> State:
    """An open store of each kind without a row."""
    return emptied(_opened)


@pytest.fixture(scope="module")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    yield from opened(Settings(state=tmp_path_factory.mktemp("state") / "state.db"))


@pytest.fixture
def sqlite_state(_sqlite: State) -> State:
    """An open SQLite store without a row: for what does not depend on the kind of store."""
    return emptied(_sqlite)
