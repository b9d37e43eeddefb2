"""What is told to whom: each thing once on each channel.

A thing is a rule and a period: ("alert:12", "2026-03-01"), ("digest:3", "2026-W12"). A row of `deliveries` holds it
with its channel, which the store lets be there once; the message is a job. So a message is queued exactly once, however
many processes come to it. It is sent exactly once too, unless a process dies after the receiver has taken it and before
the job is noted as done: then it is sent again with the same Message-ID or Idempotency-Key. Nothing that is sent over a
network can be better than that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from analytics.errors import DeliveryError
from analytics.language import N_
from dashboard.company.state import State
from dashboard.company.tables import DELIVERIES, JOBS
from dashboard.delivery import jobs
from dashboard.delivery.jobs import Handler, Job, insert_new, row_of
from dashboard.delivery.messages import Message
from dashboard.delivery.senders import Senders

KIND: Final = "message"  # of the jobs that send one

Told = tuple[str, str]  # a rule and a period
Withheld = Callable[[Told], str]  # why it is not told any more; "" where it may be


@dataclass(frozen=True)
class Delivery:
    """One thing told on one channel. `state`: waiting, done or failed; `sent_at`: 0 until it was sent or given up."""

    rule: str
    period: str
    channel: str
    state: str
    attempts: int
    due_at: int
    sent_at: int
    error: str
    job: int


def queue(
    state: State,
    channel: str,
    told: Sequence[Told],
    write: Message | Callable[[Sequence[Told]], Message],
    due_at: int = 0,
) -> int | None:
    """Queue one message that tells these things on a channel; the number of its job.

    What was told there before is left out; None, and no message, where that is all. `write` makes the message of what
    is left; it must be quick, for it is called inside the transaction. `due_at`: not sent before.
    """
    try:
        return _queue(state, channel, told, write, due_at)
    except sa.exc.IntegrityError:  # another process has just told a part of it
        return _queue(state, channel, told, write, due_at)


def _queue(
    state: State,
    channel: str,
    told: Sequence[Told],
    write: Message | Callable[[Sequence[Told]], Message],
    due_at: int,
) -> int | None:
    with state.write() as connection:
        query = sa.select(DELIVERIES.c.rule, DELIVERIES.c.period).where(
            DELIVERIES.c.channel == channel, sa.tuple_(DELIVERIES.c.rule, DELIVERIES.c.period).in_(list(told))
        )
        known = {(row.rule, row.period) for row in connection.execute(query)} if told else set()
        new = [thing for thing in dict.fromkeys(told) if thing not in known]
        if not new:
            return None
        message = write if isinstance(write, Message) else write(new)
        name = hashlib.sha256(repr((channel, sorted(new))).encode()).hexdigest()
        payload = {"channel": channel, "message": message.to_json()}
        job = insert_new(connection, JOBS, row_of(KIND, name, payload, due_at))
        if job is None:  # another process was quicker, with the very same
            return None
        for rule, period in new:
            row = {"job_id": job, "rule": rule, "period": period, "channel": channel}
            connection.execute(DELIVERIES.insert().values(**row))
    return job


def handler(state: State, senders: Senders, withheld: Sequence[Withheld] = ()) -> Handler:
    """What sends the messages that were queued, unless one of `withheld` says of something that it tells why not: who
    made it may have been switched off while the message waited."""

    def send(job: Job) -> None:
        for told in told_by(state, job):
            for reason in withheld:
                if why := reason(told):
                    raise DeliveryError(N_("it was not sent: {reason}", reason=why), final=True)
        senders.send(job.payload["channel"], Message.from_json(job.payload["message"]), job.ident)

    return send


def told_by(state: State, job: Job) -> list[Told]:
    """What a message tells."""
    with state.read() as connection:
        query = sa.select(DELIVERIES.c.rule, DELIVERIES.c.period).where(DELIVERIES.c.job_id == job.id)
        return [(row.rule, row.period) for row in connection.execute(query)]


def again(state: State, job: int, rules: Sequence[str]) -> bool:
    """Let a message of these rules that could not be sent be tried once more; False where there is no such message."""
    if not rules:
        return False
    query = sa.select(DELIVERIES.c.id).where(DELIVERIES.c.job_id == job, DELIVERIES.c.rule.in_(rules)).limit(1)
    with state.read() as connection:
        theirs = connection.execute(query).first() is not None
    return theirs and jobs.again(state, job)


def drop(connection: sa.Connection, rules: Sequence[str]) -> None:
    """Forget what these rules told, as they are deleted, and do not send what only they would: SQLite gives the number
    of a deleted row to the next one, to which none of it belongs."""
    theirs = sa.select(DELIVERIES.c.job_id).where(DELIVERIES.c.rule.in_(rules))
    jobs_of = list(connection.execute(theirs).scalars())
    connection.execute(DELIVERIES.delete().where(DELIVERIES.c.rule.in_(rules)))
    others = sa.select(DELIVERIES.c.job_id)
    connection.execute(JOBS.delete().where(JOBS.c.id.in_(jobs_of), JOBS.c.id.not_in(others)))


def newest(state: State, rules: Sequence[str] = (), limit: int = 50) -> list[Delivery]:
    """What was told last, by these rules or by all; the newest first."""
    columns = (DELIVERIES.c.rule, DELIVERIES.c.period, DELIVERIES.c.channel, JOBS.c.state, JOBS.c.attempts)
    query = sa.select(*columns, JOBS.c.due_at, JOBS.c.ended_at, JOBS.c.error, JOBS.c.id).join(JOBS)
    if rules:
        query = query.where(DELIVERIES.c.rule.in_(rules))
    with state.read() as connection:
        rows = connection.execute(query.order_by(DELIVERIES.c.id.desc()).limit(limit)).all()
    return [Delivery(*row) for row in rows]
