"""Backup and restore, and the command line of the state store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.errors import StateError
from dashboard.__main__ import main
from dashboard.company import audit, backup, sessions, users
from dashboard.company.state import State, open_state
from dashboard.company.tables import METADATA
from dashboard.settings import Settings
from tests.company.conftest import empty_store

WORD = "several words together"


def filled(state: State) -> list[str]:
    """The backup of a store with a little of everything."""
    ann = users.add(state, "ann", "Änn “the boss”", ["leeds"])
    users.choose_password(state, users.invite(state, ann), WORD)
    users.invite(state, users.add(state, "bea"))
    sessions.begin(state, "ann", "Ann", ["leeds"], "local", user_id=ann.id)
    audit.record(state, "ann", "signed in", detail="line\nbreak")
    return list(backup.dump(state))


def test_what_is_restored_is_what_was_saved(state: State, tmp_path: Path) -> None:
    lines = filled(state)
    other = open_state(Settings(state=tmp_path / "other.db"))
    assert other is not None
    assert backup.restore(other, lines) == len(lines) - 1 == 5
    assert list(backup.dump(other)) == lines
    assert users.verify(other, "ann", WORD).title == "Änn “the boss”"
    assert users.add(other, "cleo").id not in {u.id for u in users.all_users(state)}


def test_a_store_goes_back_to_the_same_kind(store_settings: Settings) -> None:
    state = open_state(store_settings)
    assert state is not None
    lines = filled(state)
    with state.write() as connection:
        for table in ("links", "sessions", "users", "audit"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    backup.restore(state, lines)
    assert users.add(state, "cleo").id == 3
    audit.record(state, "cleo", "came")
    assert len(audit.entries(state)) == 2
    state.engine.dispose()


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: [], "no rows"),
        (lambda lines: lines[:1], "no rows"),
        (lambda lines: ["{}", *lines[1:]], "no backup"),
        (lambda lines: [json.dumps({"storesight": "state", "migration": "0000"}), *lines[1:]], "is of migration 0000"),
        (lambda lines: [*lines, "not JSON"], "line 7: this is no line"),
        (lambda lines: [*lines, "[]"], "no line of a backup"),
        (lambda lines: [*lines, json.dumps({"table": "passwords", "row": {}})], "no row of the state store"),
        (lambda lines: [*lines, lines[1]], "line 7: this row breaks a rule"),
        (lambda lines: [*lines, json.dumps({"table": "audit", "row": {"id": 1}})], "no row of the state store"),
    ],
)
def test_a_backup_that_is_wrong_changes_nothing(state: State, tmp_path: Path, spoil, told: str) -> None:  # type: ignore[no-untyped-def]
    lines = filled(state)
    other = open_state(Settings(state=tmp_path / "other.db"))
    assert other is not None
    with pytest.raises(StateError, match=told):
        backup.restore(other, spoil(lines))
    assert users.all_users(other) == []


def test_a_store_in_use_is_not_overwritten(state: State) -> None:
    lines = filled(state)
    with pytest.raises(StateError, match="not empty: there are rows in"):
        backup.restore(state, lines)


def test_people_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORESIGHT_STATE", str(tmp_path / "state.db"))
    monkeypatch.setenv("STORESIGHT_URL", "https://shop.example/")

    def run(*arguments: str) -> str:
        assert main(arguments) == 0
        return capsys.readouterr().out

    assert main(["users", "list"]) == main(["tokens", "list"]) == 0
    assert capsys.readouterr() == ("", "There are no accounts here.\nThere are no tokens.\n")
    link = run("users", "add", "ann@example.org", "--title", "Ann", "--group", "leeds")
    assert link.startswith("https://shop.example/password/")
    assert run("users", "list") == "ann@example.org (invited)  Ann  leeds\n"
    state = open_state(Settings(state=tmp_path / "state.db"))
    assert state is not None
    users.choose_password(state, link.strip().rpartition("/")[2], WORD)
    run("users", "groups", "ann@example.org", "york", "managers")
    run("users", "off", "ann@example.org")
    assert run("users", "list") == "ann@example.org (off)  Ann  york, managers\n"
    run("users", "on", "ann@example.org")
    again = run("users", "reset", "ann@example.org").strip().rpartition("/")[2]
    assert users.invited(state, again).name == "ann@example.org"
    assert next(line.split("  ")[2] for line in run("audit").splitlines()) == "made a link for a new password"
    run("backup", str(tmp_path / "saved"))
    assert (tmp_path / "saved").stat().st_mode & 0o077 == 0
    assert main(["restore", str(tmp_path / "saved")]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["backup", str(tmp_path / "saved")]) == 2, "a file is not overwritten"
    assert "Choose another name: a backup replaces no file." in capsys.readouterr().err
    assert main(["users", "off", "nobody"]) == 2
    monkeypatch.setenv("STORESIGHT_STATE", str(tmp_path / "new.db"))
    assert main(["restore", str(tmp_path / "saved")]) == 0
    assert run("users", "list") == "ann@example.org  Ann  york, managers\n"


def test_somebody_is_signed_out_everywhere_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORESIGHT_STATE", str(tmp_path / "state.db"))
    state = open_state(Settings(state=tmp_path / "state.db"))
    assert state is not None
    kept = [sessions.begin(state, who, who, [], "oidc") for who in ("u-ann", "u-bob")]
    assert main(["users", "out", "u-ann"]) == 0
    assert capsys.readouterr().out == "1 session of u-ann ended\n"
    assert [sessions.find(state, token) is None for token in kept] == [True, False]


def test_without_a_store_the_commands_say_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STORESIGHT_STATE", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["users", "list"]) == 2
    assert "Set DATABASE_URL or STORESIGHT_STATE" in capsys.readouterr().err


def row_of_each_table(state: State) -> None:
    """One row in each table, with letters, a line break and NULL where there may be one."""
    with state.write() as connection:
        for table in METADATA.sorted_tables:
            row: dict[str, object] = {}
            for column in table.columns:
                if column.foreign_keys:
                    target = next(iter(column.foreign_keys)).column
                    row[column.name] = connection.execute(sa.select(target)).scalar_one()
                elif column.nullable:
                    row[column.name] = None
                else:
                    kind = column.type.python_type
                    row[column.name] = {int: 7, bool: True, float: 0.1}.get(kind, "ä\n“x”")
            connection.execute(table.insert().values(**row))


@pytest.mark.sampled(2)
@pytest.mark.slow
@pytest.mark.parametrize("kinds", [("sqlite", "postgresql"), ("postgresql", "sqlite")], ids="-to-".join)
def test_a_store_moves_to_the_other_kind(
    request: pytest.FixtureRequest, tmp_path: Path, kinds: tuple[str, str]
) -> None:
    """Every row of every table, and new rows are numbered after them."""
    lines: list[str] = []
    for at, kind in enumerate(kinds):
        state = open_state(empty_store(request, kind, tmp_path))
        assert state is not None
        if at == 0:
            row_of_each_table(state)
            lines = list(backup.dump(state))
            assert len(lines) == 1 + len(METADATA.sorted_tables)
        else:
            assert backup.restore(state, lines) == len(lines) - 1
            assert list(backup.dump(state)) == lines
            assert users.add(state, "cleo").id == 8
        state.engine.dispose()
