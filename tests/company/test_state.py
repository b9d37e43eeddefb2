"""The state store: opened once or many times at once, in one transaction or not at all, and reached or not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from analytics.errors import ConfigError, StateError
from dashboard.company import api_tokens, sessions, tokens, users
from dashboard.company import state as state_store
from dashboard.company import state as states
from dashboard.company.state import State, open_state
from dashboard.company.tables import AUDIT, METADATA, USERS
from dashboard.settings import Settings

ROW = {"at": 1, "who": "ann", "action": "signed in", "what": "", "detail": ""}


def count(state: State) -> int:
    with state.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar_one()


@pytest.fixture
def state(store_settings: Settings) -> Iterator[State]:
    """A new store of each kind."""
    made = open_state(store_settings)
    assert made is not None
    yield made
    made.engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_names(state: State) -> None:
    with state.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert found == []


def test_opening_again_changes_nothing(state: State, store_settings: Settings) -> None:
    with state.write() as connection:
        connection.execute(AUDIT.insert().values(**ROW))
    again = open_state(store_settings)
    assert again is not None
    assert count(again) == 1
    again.engine.dispose()


def test_an_older_store_is_brought_up_to_date_and_keeps_what_it_holds(
    store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store as the first version with saved views and tokens left it."""
    from alembic import command

    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _: upgrade(config, "0003"))
        older = open_state(store_settings)
    assert older is not None
    text, now = api_tokens.PREFIX + "x" * 43, int(time.time())
    kept = f"'[]', {now}, {now} + 1000"
    with older.write() as connection:
        for statement in (
            "INSERT INTO users (id, name, title, groups, active, failures, locked_until, created_at) "
            "VALUES (1, 'ann', 'Ann', '[\"leeds\"]', true, 0, 0, 1)",
            "INSERT INTO sessions (token, user_id, subject, title, groups, method, created_at, seen_at, expires_at) "
            f"VALUES ('{tokens.stored('cookie')}', 1, 'ann', 'Ann', '[]', 'local', {now}, {now}, {now} + 1000)",
            "INSERT INTO api_tokens (id, token, title, user_id, subject, groups, clauses, created_at, expires_at, "
            f"used_at) VALUES (1, '{tokens.stored(text)}', 'Sheet', 1, 'ann', '[]', {kept}, 0)",
        ):
            connection.exec_driver_sql(statement)
    older.engine.dispose()
    newer = open_state(store_settings)
    assert newer is not None
    session, token = sessions.find(newer, "cookie"), api_tokens.find(newer, text)
    assert session is not None
    assert token is not None
    assert (session.groups, session.looking_as, token.scopes) == (("leeds",), None, {"read", "mcp"})
    assert not users.find(newer, "ann").second
    newer.engine.dispose()


def test_a_store_of_a_newer_version_is_refused_in_words(store_settings: Settings) -> None:
    state = open_state(store_settings)
    assert state is not None
    with state.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    state.engine.dispose()
    with pytest.raises(StateError, match="of a newer version: of migration 9999"):
        open_state(store_settings)


@pytest.mark.sampled(2)
def test_many_may_open_a_new_store_at_once(store_settings: Settings) -> None:
    together = threading.Barrier(6)

    def opened(_: int) -> State | None:
        together.wait(30)
        return open_state(store_settings)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(opened, range(6)))
    for one in found:
        assert one is not None
        assert count(one) == 0
        one.engine.dispose()


def test_an_error_leaves_nothing_behind(state: State) -> None:
    def fail() -> None:
        with state.write() as connection:
            connection.execute(AUDIT.insert().values(**ROW))
            raise KeyError("something else went wrong")

    with pytest.raises(KeyError, match="something else"):
        fail()
    assert count(state) == 0


def test_writers_wait_for_each_other(state: State) -> None:
    def add(number: int) -> None:
        with state.write() as connection:
            now = connection.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar_one()
            connection.execute(AUDIT.insert().values(**ROW | {"what": str(now), "at": number}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert count(state) == 40


def test_a_reader_sees_the_store_as_it_was_while_somebody_writes(tmp_path: Path) -> None:
    state = open_state(Settings(state=tmp_path / "state.db"))
    assert state is not None
    with state.write() as connection:
        connection.execute(AUDIT.insert().values(**ROW))
        assert count(state) == 0
    assert count(state) == 1


def test_names_are_unique_and_what_belongs_to_somebody_goes_with_them(state: State) -> None:
    row = {
        "name": "ann",
        "title": "",
        "groups": "[]",
        "active": True,
        "failures": 0,
        "locked_until": 0,
        "created_at": 1,
    }
    with state.write() as connection:
        ident = connection.execute(USERS.insert().values(**row)).inserted_primary_key[0]
        links = METADATA.tables["links"]
        connection.execute(links.insert().values(token="x", user_id=ident, expires_at=5))
        connection.execute(USERS.delete())
        assert connection.execute(sa.select(links)).all() == []


def test_no_settings_no_store() -> None:
    assert open_state(Settings()) is None


def test_two_stores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both name a state store"):
        open_state(Settings(state=tmp_path / "a.db", database_url="postgresql://a@127.0.0.1/b"))


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "PACKAGES", ("sqlalchemy", "no_such_package"))
    with pytest.raises(ConfigError, match=r"not installed: no_such_package.*requirements-company"):
        open_state(Settings(state=tmp_path / "a.db"))


def test_a_store_that_cannot_be_reached_is_an_error_without_the_password() -> None:
    with pytest.raises(StateError, match="cannot be used") as refused:
        open_state(Settings(database_url="postgresql://shop:s3cret-word@127.0.0.1:1/none"))
    assert "s3cret-word" not in str(refused.value)


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    open_state(Settings(state=tmp_path / "state.db"))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_a_file_that_is_no_store_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("these are notes, and no data base at all\n" * 50)
    with pytest.raises(StateError, match="not a database"):
        open_state(Settings(state=tmp_path / "state.db"))
    assert (tmp_path / "state.db").read_text().startswith("these are notes")


def test_a_writer_that_waits_too_long_for_another_one_is_told_to_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer at a time; a request must not hang for it."""
    monkeypatch.setattr(state_store, "WAIT_MS", 1)
    state = open_state(Settings(state=tmp_path / "state.db"))
    assert state is not None
    with state.write(), pytest.raises(StateError, match="database is locked"), state.write():
        pass
    with state.write(wait_ms=5) as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5
    state.engine.dispose()
