"""Jobs: work that must be done once, by whichever process comes first.

A job is a row of the state store. A process claims it for LEASE_SECONDS; if it dies, another one claims it after that.
What a handler does is therefore done at least once: done twice only where a process dies, or is held up for longer than
the lease, between the deed and the note of it. A handler makes that harmless (deliveries.py says how).

A job that fails is tried again after a while, longer each time (BACK_OFF), and given up after that.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from analytics.errors import DeliveryError, StoresightError, unexpected
from analytics.language import _
from dashboard.company.state import State
from dashboard.company.tables import JOBS
from dashboard.delivery.senders import Senders
from dashboard.text.told import in_each

log = logging.getLogger("storesight")

LEASE_SECONDS = 600
BACK_OFF = (60, 300, 1800, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)  # after the first, second … failure
MOST_ATTEMPTS = len(BACK_OFF) + 1
AT_ONCE = 20  # jobs of one tick: the background loop has other work too
LONGEST_ERROR = 500  # characters of a reason in one language
LONGEST_KEPT = 20 * LONGEST_ERROR  # of a reason in all of them, where each takes six: a part of it could not be read
LARGEST_PAYLOAD = 500_000  # characters
DAY = 24 * 3600
FORGET: Final = "forget"  # the kind of the job that removes old jobs


@dataclass(frozen=True)
class Job:
    """A job in the hands of this process. `attempts`: this one included. `claim`: proof that it is in them."""

    id: int
    kind: str
    name: str
    payload: dict[str, Any]
    attempts: int
    created_at: int
    claim: str = ""

    @property
    def ident(self) -> str:
        """A text that no other job has, and each attempt has: whoever receives a message twice can tell by it."""
        return f"{self.id}-{self.created_at}"


# Does a job. A number says not before when it shall be done instead: it counts as no attempt.
# A DeliveryError that is final, or another StoresightError after the last attempt, ends the job as failed.
Handler = Callable[[Job], "int | None"]


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> int | None:
    """Insert a row whose id the store counts; None, and nothing inserted, where a unique rule has it already."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**row).on_conflict_do_nothing().returning(table.c.id)
    found: int | None = connection.execute(statement).scalar()
    return found


def row_of(kind: str, name: str, payload: Mapping[str, Any] | None = None, due_at: int = 0) -> dict[str, Any]:
    """A job as a row of the table."""
    text = json.dumps(payload or {}, ensure_ascii=False)
    if len(text) > LARGEST_PAYLOAD:
        raise DeliveryError(f"the job {kind} {name[:80]} has {len(text):,} characters.", final=True)
    return {"kind": kind, "name": name, "payload": text, "due_at": due_at, "created_at": int(time.time())}


def add(state: State, kind: str, name: str, payload: Mapping[str, Any] | None = None, due_at: int = 0) -> bool:
    """Add a job, due at once or at a time; False where there is one of this kind and name already, even done."""
    with state.write() as connection:
        return insert_new(connection, JOBS, row_of(kind, name, payload, due_at)) is not None


def claim(state: State, kinds: Sequence[str]) -> Job | None:
    """Take the job of these kinds that is due for the longest time; None where none is due.

    Of several processes that ask at once, one gets it. A job that was claimed MOST_ATTEMPTS times and never came to an
    end is given up.
    """
    while True:
        now, mark = int(time.time()), secrets.token_hex(8)
        free = sa.and_(JOBS.c.state == "waiting", JOBS.c.due_at <= now, JOBS.c.claimed_until < now)
        first = sa.select(JOBS.c.id).where(free, JOBS.c.kind.in_(kinds)).order_by(JOBS.c.due_at, JOBS.c.id).limit(1)
        with state.read() as connection:  # mostly there is none: then nothing is locked
            ident = connection.execute(first).scalar()
        if ident is None:
            return None
        taken = {"claimed_until": now + LEASE_SECONDS, "claim": mark, "attempts": JOBS.c.attempts + 1}
        with state.write() as connection:
            if not connection.execute(JOBS.update().where(JOBS.c.id == ident, free).values(**taken)).rowcount:
                continue  # another process was quicker
            row = connection.execute(sa.select(JOBS).where(JOBS.c.id == ident)).one()
        job = Job(row.id, row.kind, row.name, json.loads(row.payload), row.attempts, row.created_at, mark)
        if row.attempts <= MOST_ATTEMPTS:
            return job
        settle(state, job, "failed", error=row.error or in_each(lambda: _("each attempt was broken off")))


def settle(state: State, job: Job, end: str, *, error: str = "") -> bool:
    """Note that a job is done or failed; False where it is no longer in the hands of this process."""
    values = {"state": end, "error": error[:LONGEST_KEPT], "ended_at": int(time.time())}
    return _change(state, job, values)


def postpone(state: State, job: Job, due_at: int, *, error: str = "", counts: bool = False) -> bool:
    """Give a job back until a time; `counts`: as a failed attempt."""
    attempts = job.attempts if counts else job.attempts - 1
    return _change(state, job, {"due_at": due_at, "attempts": attempts, "error": error[:LONGEST_KEPT]})


def _change(state: State, job: Job, values: Mapping[str, Any]) -> bool:
    mine = sa.and_(JOBS.c.id == job.id, JOBS.c.claim == job.claim, JOBS.c.state == "waiting")
    with state.write() as connection:
        freed = {"claimed_until": 0, "claim": "", **values}
        return bool(connection.execute(JOBS.update().where(mine).values(**freed)).rowcount)


def again(state: State, ident: int) -> bool:
    """Let a job that failed be tried once more, from the beginning."""
    with state.write() as connection:
        failed = sa.and_(JOBS.c.id == ident, JOBS.c.state == "failed")
        values = {"state": "waiting", "attempts": 0, "due_at": 0, "ended_at": 0}
        return bool(connection.execute(JOBS.update().where(failed).values(**values)).rowcount)


def forget(state: State, days: int) -> int:
    """Remove jobs that ended this number of days ago, and what they delivered; how many there were."""
    with state.write() as connection:
        old = sa.and_(JOBS.c.state != "waiting", JOBS.c.ended_at < time.time() - days * DAY)
        return connection.execute(JOBS.delete().where(old)).rowcount


class Runner:
    """Does the jobs that are due, in the thread that calls `tick`: the background loop of each process.

    `watch` holds functions that are called before, such as one that adds a job when data are new; they must be quick.
    """

    def __init__(self, state: State, senders: Senders, keep_days: int = 400) -> None:
        self.state, self.senders = state, senders
        self.watch: list[Callable[[], None]] = []
        self.withheld: list[Callable[[tuple[str, str]], str]] = []  # deliveries.Withheld
        self._handlers: dict[str, Handler] = {FORGET: self._forget}
        self._keep_days = keep_days
        self._day = 0
        self._turn = threading.Lock()

    def handle(self, kind: str, handler: Handler) -> None:
        """Let `handler` do the jobs of a kind."""
        self._handlers[kind] = handler

    def counts(self) -> dict[tuple[str, str], int]:
        """How many jobs wait and how many were given up, by kind and state."""
        query = sa.select(JOBS.c.kind, JOBS.c.state, sa.func.count()).where(JOBS.c.state != "done")
        with self.state.read() as connection:
            rows = connection.execute(query.group_by(JOBS.c.kind, JOBS.c.state))
            return {(kind, state): number for kind, state, number in rows}

    def tick(self) -> int:
        """Look for something to do, and do it until a job fails; how many were done. It raises nothing: the log has
        what failed, and the next tick comes in seconds. While another thread is at it, this one does nothing."""
        if not self._turn.acquire(blocking=False):
            return 0
        try:
            for watch in self.watch:
                watch()
            self._clean_up_once_a_day()
            return next((n for n in range(AT_ONCE) if not self._do_one()), AT_ONCE)
        except StoresightError as fault:
            log.warning("jobs wait: %s", fault)
        except Exception:  # a thread that ended here would never do a job again
            log.exception("doing jobs failed")
        finally:
            self._turn.release()
        return 0

    def _do_one(self) -> bool:
        job = claim(self.state, list(self._handlers))
        if job is None:
            return False
        try:
            later = self._handlers[job.kind](job)
        except Exception as fault:
            self._failed(job, fault)
            return False  # a server that does not answer must not hold the background loop up again and again
        if later is None:
            settle(self.state, job, "done")
        else:
            postpone(self.state, job, max(later, int(time.time()) + 1))
        return True

    def _failed(self, job: Job, fault: Exception) -> None:
        known = isinstance(fault, StoresightError)
        told = str(fault) if known else unexpected(fault)
        facts = {"kind": job.kind, "name": job.name, "attempt": job.attempts, "reason": told}
        kept = in_each(lambda: str(fault if known else unexpected(fault))[:LONGEST_ERROR])
        log.warning("a job failed", exc_info=None if known else fault, extra={"facts": facts})
        if job.attempts >= MOST_ATTEMPTS or (isinstance(fault, DeliveryError) and fault.final):
            settle(self.state, job, "failed", error=kept)
        else:
            due = int(time.time()) + BACK_OFF[job.attempts - 1]
            postpone(self.state, job, due, error=kept, counts=True)

    def _clean_up_once_a_day(self) -> None:
        today = int(time.time()) // DAY
        if today != self._day:
            add(self.state, FORGET, str(today))
            self._day = today

    def _forget(self, job: Job) -> None:
        forget(self.state, self._keep_days)
