"""Jobs: each done once, whatever processes there are and whichever of them dies."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from analytics.errors import DeliveryError, RequestError
from dashboard.company.state import State
from dashboard.company.tables import JOBS
from dashboard.delivery import jobs
from dashboard.delivery.jobs import BACK_OFF, LEASE_SECONDS, MOST_ATTEMPTS, Job, Runner
from dashboard.delivery.senders import Senders
from dashboard.settings import Settings
from dashboard.text.told import said
from tests.delivery.conftest import Clock


def process(state: State) -> tuple[Runner, list[str]]:
    """Something that does jobs of the kind "work", and the names of what it did."""
    runner, done = Runner(state, Senders(Settings())), []
    runner.handle("work", lambda job: done.append(job.name))
    return runner, done


def ended(state: State, kind: str = "work") -> list[tuple[str, str, int]]:
    with state.read() as connection:
        query = sa.select(JOBS.c.name, JOBS.c.state, JOBS.c.attempts).where(JOBS.c.kind == kind).order_by(JOBS.c.id)
        return [tuple(row) for row in connection.execute(query)]


def test_a_job_is_added_once_and_done_once(state: State, clock: Clock) -> None:
    runner, done = process(state)
    assert jobs.add(state, "work", "a", {"Größe": "ß"})
    assert not jobs.add(state, "work", "a")
    assert jobs.add(state, "work", "later", due_at=int(clock.now) + 60)
    assert jobs.add(state, "unknown here", "a")
    assert runner.tick() == 2  # and the cleaning up of the day
    assert done == ["a"]
    clock.pass_by(61)
    assert runner.tick() == 1
    assert done == ["a", "later"]
    assert not jobs.add(state, "work", "a"), "nor when it is done"
    assert runner.tick() == 0
    assert ended(state, "unknown here") == [("a", "waiting", 0)], "for a newer version of the application"


@pytest.mark.sampled(2)
def test_schedulers_inside_workers_fire_once(state: State) -> None:
    """Eight processes at once, forty jobs (agronholm/apscheduler#766, grafana#7437)."""
    for number in range(40):
        jobs.add(state, "work", str(number))
    done: list[str] = []
    together = threading.Barrier(8)

    def work(_: int) -> None:
        together.wait(30)
        while job := jobs.claim(state, ["work"]):
            done.append(job.name)
            assert jobs.settle(state, job, "done")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert Counter(done) == Counter(str(n) for n in range(40))


def test_a_process_that_dies_leaves_the_job_to_another(state: State, clock: Clock) -> None:
    jobs.add(state, "work", "a")
    lost = jobs.claim(state, ["work"])
    assert lost is not None
    runner, done = process(state)
    runner.tick()
    assert done == [], "it is in the hands of the other"
    clock.pass_by(LEASE_SECONDS + 1)
    runner.tick()
    assert done == ["a"]
    assert not jobs.settle(state, lost, "failed"), "what was thought dead changes nothing more"
    assert ended(state) == [("a", "done", 2)]


def test_a_failed_job_is_tried_again_later_each_time_and_then_given_up(state: State, clock: Clock) -> None:
    runner, tries = Runner(state, Senders(Settings())), []

    def fail(job: Job) -> None:
        tries.append(job.ident)
        raise DeliveryError("the server is down.")

    runner.handle("work", fail)
    jobs.add(state, "work", "a")
    for pause in (0, *BACK_OFF, 48 * 3600):
        clock.pass_by(pause - 1)
        runner.tick()
        clock.pass_by(2)
        runner.tick()
    assert len(tries) == MOST_ATTEMPTS
    assert len(set(tries)) == 1, "the receiver can tell that it is the same"
    assert ended(state) == [("a", "failed", MOST_ATTEMPTS)]
    assert runner.counts() == {("work", "failed"): 1}
    with state.read() as connection:
        ident, error = connection.execute(sa.select(JOBS.c.id, JOBS.c.error).where(JOBS.c.kind == "work")).one()
    assert "server is down" in error
    assert jobs.again(state, ident)
    runner.tick()
    assert len(tries) == MOST_ATTEMPTS + 1


def test_a_job_that_kills_each_process_is_given_up(state: State, clock: Clock) -> None:
    jobs.add(state, "work", "a")
    for _ in range(MOST_ATTEMPTS):
        assert jobs.claim(state, ["work"]) is not None
        clock.pass_by(LEASE_SECONDS + 1)
    assert jobs.claim(state, ["work"]) is None
    assert ended(state)[0][1] == "failed"


@pytest.mark.parametrize("fault", [DeliveryError("no.", final=True), RequestError("no."), ZeroDivisionError()])
def test_what_fails_for_good_is_not_tried_again_and_holds_nothing_up(state: State, fault: Exception) -> None:
    runner, done = process(state)

    def fail(job: Job) -> None:
        raise fault

    runner.handle("fails", fail)
    jobs.add(state, "fails", "a")
    jobs.add(state, "work", "b")
    for _ in range(3):
        runner.tick()
    assert done == ["b"]
    final = isinstance(fault, DeliveryError)
    assert ended(state, "fails") == [("a", "failed" if final else "waiting", 1)]


def test_a_reason_of_any_text_can_be_read_in_each_language(state: State) -> None:
    runner = Runner(state, Senders(Settings()))

    def fail(job: Job) -> None:
        raise DeliveryError('\x1b"\\' * 300, final=True)

    runner.handle("work", fail)
    jobs.add(state, "work", "a")
    runner.tick()
    with state.read() as connection:
        error = connection.execute(sa.select(JOBS.c.error).where(JOBS.c.kind == "work")).scalar_one()
    assert said(error) == ('\x1b"\\' * 300)[: jobs.LONGEST_ERROR]


@pytest.mark.sampled(2)
def test_a_job_may_wait_as_long_as_it_likes(state: State, clock: Clock) -> None:
    runner, ends = Runner(state, Senders(Settings())), clock.now + 30 * 3600
    runner.handle("work", lambda job: int(clock.now) + 3600 if clock.now < ends else None)
    jobs.add(state, "work", "a")
    for _ in range(32):
        runner.tick()
        clock.pass_by(3600)
    assert ended(state) == [("a", "done", 1)], "waiting is no failed attempt"


def test_old_jobs_are_removed_once_a_day(state: State, clock: Clock) -> None:
    runner, _ = process(state)
    jobs.add(state, "work", "a")
    runner.tick()
    clock.pass_by(401 * 24 * 3600)
    jobs.add(state, "work", "b")
    runner.tick()
    assert [name for name, _, _ in ended(state)] == ["b"]


def test_a_store_that_is_away_stops_no_thread(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    runner, done = process(state)

    def gone(*_: object) -> None:
        raise sa.exc.OperationalError("x", {}, Exception("gone"))

    jobs.add(state, "work", "a")
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "claim", gone)
        assert runner.tick() == 0
    runner.tick()
    assert done == ["a"]
