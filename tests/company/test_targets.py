"""Targets in the state store: versions that are only added, whoever writes at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.calendar import Calendar
from analytics.errors import RequestError
from analytics.questions.targets.target import Target, parse_period
from analytics.selection import Clause
from dashboard.answers.service import Service
from dashboard.company import backup
from dashboard.company.state import State, open_state
from dashboard.company.tables import TARGET_VERSIONS
from dashboard.settings import Settings
from dashboard.targets import know, store
from dashboard.targets.store import Stored, Version
from tests.dashboard.conftest import NoCache

NORTH = Clause("region", ("Nörth & East", "!odd"), ())
FEW = Clause("channel", (), ("web",))
WHOLE = Clause("product", ("Lamp=1",), whole_orders=True)


def target(value: float = 400_000.0, period: str = "2026-11", **more: object) -> Target:
    return replace(Target("revenue", parse_period(period, Calendar()), value), **more)  # type: ignore[arg-type]


def saved(state: State, *targets: Target, who: str = "ann", why: str = "") -> list[Target]:
    store.save(state, who, "shop", [(t, why) for t in targets])
    return list(Stored(state).of("shop"))


def test_what_is_read_is_what_was_saved(state: State) -> None:
    for clauses in ((), (NORTH,), (FEW, NORTH), (WHOLE,), (FEW, WHOLE)):
        wanted = target(clauses=clauses, title=f"Plan {len(clauses)}{clauses and clauses[0].field}")
        found = saved(state, wanted)[-1]
        assert replace(found, id=0) == replace(wanted, clauses=tuple(sorted(clauses)))
        assert found.key == wanted.key
    assert Stored(state).of("other") == ()


def test_every_change_is_a_version_with_who_when_and_why(state: State, clock: Callable[[], None] | object) -> None:
    ident = saved(state, target(), why="  Board of \n March ")[0].id
    store.change(state, "bea", ident, 1, "slow start", 350_000.0)
    store.change(state, "cleo", ident, 2, "")
    assert store.history(state, ident) == [
        Version(3, 350_000.0, True, "", "cleo", 1_800_000_000),
        Version(2, 350_000.0, False, "slow start", "bea", 1_800_000_000),
        Version(1, 400_000.0, False, "Board of March", "ann", 1_800_000_000),
    ]
    assert store.numbers(state) == {ident: 3}
    found = Stored(state).of("shop")[0]
    assert (found.value, found.ended) == (350_000.0, True)
    saved(state, target(1.0), who="dora")
    assert store.history(state, ident)[0] == Version(4, 1.0, False, "", "dora", 1_800_000_000), "it counts again"
    assert store.history(state, 999) == []


def test_the_same_sent_twice_is_one(state: State) -> None:
    assert store.save(state, "ann", "shop", [(target(), "")]) == 1
    assert store.save(state, "ann", "shop", [(target(), ""), (target(2.0, "2026-12"), "")]) == 1
    ident = Stored(state).of("shop")[0].id
    store.change(state, "ann", ident, 1, "", 400_000.0)
    assert len(store.history(state, ident)) == 1
    assert len(Stored(state).of("shop")) == 2


def test_a_change_of_what_somebody_else_has_changed_is_refused(state: State) -> None:
    ident = saved(state, target())[0].id
    store.change(state, "bea", ident, 1, "", 2.0)
    with pytest.raises(RequestError, match="changed in the meantime, by bea"):
        store.change(state, "ann", ident, 1, "", 3.0)
    with pytest.raises(RequestError, match="no target"):
        store.change(state, "ann", ident + 1, 1, "", 3.0)
    assert Stored(state).of("shop")[0].value == 2.0


def test_many_at_once_lose_nothing(state: State) -> None:
    """Eight people set the same target at the same moment: one target, and a version for each that got through."""

    def one(number: int) -> bool:
        try:
            return store.save(state, f"p{number}", "shop", [(target(100.0 + number), "")]) == 1
        except RequestError:
            return False

    with ThreadPoolExecutor(8) as pool:
        through = sum(pool.map(one, range(8)))
    found = Stored(state).of("shop")
    assert len(found) == 1
    assert [v.number for v in store.history(state, found[0].id)] == list(range(through, 0, -1))
    assert through


def test_of_several_all_are_set_or_none(state: State) -> None:
    with pytest.raises(RequestError):
        store.save(state, "ann", "shop", [(target(), ""), (target(-1.0, "2026-12"), "")])
    assert Stored(state).of("shop") == ()


def test_what_is_known_is_read_again_only_after_a_change(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Stored(state)
    assert known.of("shop") == ()
    reads = []
    whole = store._all
    monkeypatch.setattr(store, "_all", lambda connection: (reads.append(1), whole(connection))[1])
    saved(state, target())
    reads.clear()
    assert len(known.of("shop")) == len(known.of("shop")) == 1
    assert len(reads) == 1
    with state.write() as connection:  # of two versions made at once, the one with the lower number is seen last
        newest = connection.execute(sa.select(sa.func.max(TARGET_VERSIONS.c.id))).scalar_one()
        row = {"target_id": known.of("shop")[0].id, "number": 2, "value": 5.0, "ended": False, "note": ""}
        connection.execute(TARGET_VERSIONS.insert().values(id=newest - 5, who="x", at=1, **row))
    assert known.of("shop")[0].value == 5.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": 0.0}, {"value": -5.0}, {"value": float("nan")}, {"value": float("inf")}, {"value": 1e16},
        {"title": "x" * 61}, {"title": "=1+1"}, {"title": "a\x00b"}, {"clauses": (Clause("region"),)},
        {"clauses": (Clause("region", tuple(f"{i:0300d}" for i in range(60))),)},
    ],
)  # fmt: skip
def test_what_is_no_target_is_refused(state: State, wrong: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        saved(state, target(**wrong))  # type: ignore[arg-type]
    assert Stored(state).of("shop") == ()


def test_a_reason_is_bounded(state: State) -> None:
    for why in ("x" * 301, "a\x07b"):
        with pytest.raises(RequestError):
            saved(state, target(), why=why)


def test_there_are_not_more_than_may_be(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_TARGETS", 2)
    saved(state, target(), target(1.0, "2026-12"))
    with pytest.raises(RequestError, match="at most 2"):
        saved(state, target(1.0, "2027-01"))
    assert len(Stored(state).of("shop")) == 2


def test_a_history_has_an_end(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_VERSIONS", 2)
    (made,) = saved(state, target())
    store.change(state, "ann", made.id, 1, "", 5.0)
    with pytest.raises(RequestError, match="1 times"):
        store.change(state, "ann", made.id, 2, "", 6.0)
    store.change(state, "ann", made.id, 2, "")
    assert store.history(state, made.id)[0].ended


def test_a_backup_carries_targets_and_their_history(state: State, tmp_path: Path) -> None:
    ident = saved(state, target(clauses=(NORTH,)), why="Börd")[0].id
    store.change(state, "bea", ident, 1, "why", 0.1)
    other = open_state(Settings(state=tmp_path / "other.db"))
    assert other is not None
    backup.restore(other, list(backup.dump(state)))
    assert Stored(other).of("shop") == Stored(state).of("shop")
    assert store.history(other, ident) == store.history(state, ident)
    store.change(other, "ann", ident, 2, "", 7.0)
    assert store.history(other, ident)[0].number == 3


def test_commands_know_the_targets_of_the_store(tmp_path: Path) -> None:
    """So the report of the command line holds the figures against them as pages do."""
    settings = Settings(state=tmp_path / "state.db", store=tmp_path)
    state = open_state(settings)
    assert state is not None
    saved(state, target())
    service = Service(tmp_path, NoCache())
    know(service, settings)
    assert [t.value for t in service.stored_targets("shop")] == [400_000.0]
    plain = Service(tmp_path, NoCache())
    know(plain, Settings(store=tmp_path))
    assert plain.stored_targets("shop") == ()
