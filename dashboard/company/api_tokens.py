"""Tokens with which programs ask for figures: `Authorization: Bearer ss_…`.

A token belongs to a person and sees what that person may see at the moment it is used, less what the token itself
leaves out. It ends when it expires, when it is revoked, and when its person is switched off. It may read figures and
nothing else: it can neither sign in, nor add data, nor make tokens.

A person of an identity provider has no account here that could be switched off. Their groups are those of their last
visit, and their tokens rest where that was more than STANDING_DAYS ago.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import sqlalchemy as sa

from analytics.errors import RequestError, TooManyRequests
from analytics.language import N_
from analytics.schema import FIELDS
from analytics.selection import Clause
from dashboard.answers.viewers import EVERYTHING, Right
from dashboard.company import tokens
from dashboard.company.policies import Policy
from dashboard.company.state import State
from dashboard.company.tables import API_TOKENS, USERS

PREFIX = "ss_"  # tells people, and programs that search texts for secrets, what it is
RIGHTS: frozenset[Right] = frozenset({"view", "export"})
Scope = Literal["read", "mcp"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
DAY = 24 * 60 * 60
LONGEST_DAYS = 366
LONGEST_TITLE = 100
MOST_CLAUSES = 20
MOST_TOKENS = 50  # of one person that are good at a time
GRACE_SECONDS = DAY  # for which the former text is good after a change
STANDING_DAYS = 30
PER_MINUTE = 120  # requests with one token, unless the settings say otherwise


@dataclass(frozen=True)
class ApiToken:
    """A token that is good now. `groups`: those of its person at this moment. `minute` and `uses`: when it was used
    last, in minutes since 1970, and how often within that minute. `rests`: its person must visit again before it is of
    use."""

    id: int
    title: str
    subject: str
    groups: tuple[str, ...]
    datasets: frozenset[str] | None
    clauses: tuple[Clause, ...]
    expires_at: int
    used_at: int
    scopes: frozenset[Scope] = frozenset(SCOPES)
    minute: int = 0
    uses: int = 0
    rests: bool = False

    def narrowed(self, policy: Policy) -> Policy:
        """What the token may do, of what its person may do."""
        limits = [names for names in (policy.datasets, self.datasets) if names is not None]
        datasets = frozenset.intersection(*limits) if limits else None
        clauses = (*(() if policy.clauses is EVERYTHING else policy.clauses), *self.clauses)
        return replace(policy, clauses=clauses or EVERYTHING, datasets=datasets, rights=policy.rights & RIGHTS)


def create(
    state: State,
    subject: str,
    title: str,
    days: int,
    *,
    user_id: int | None = None,
    groups: Sequence[str] = (),
    datasets: Sequence[str] | None = None,
    clauses: Sequence[Clause] = (),
    scopes: Sequence[Scope] = SCOPES,
) -> str:
    """A new token, which is shown this once. RequestError where it has no title, may do nothing, lives too long, or is
    one too many."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise RequestError(
            N_("say what the token is for, in 1 to {most} characters.", most=LONGEST_TITLE), where="title"
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise RequestError(N_("a token lasts 1 to {most} days.", most=LONGEST_DAYS), where="days")
    if len(clauses) > MOST_CLAUSES:
        raise RequestError(N_("a token may have at most {most} conditions.", most=MOST_CLAUSES), where="conditions")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise RequestError(N_("choose at least one thing that the token may read."), where="scope")
    if len(all_tokens(state, subject)) >= MOST_TOKENS:
        raise RequestError(
            N_("{person} has {most} tokens already, the most allowed.", person=subject, most=MOST_TOKENS),
            hint=N_("Revoke one first."),
        )
    token, now = PREFIX + tokens.new(), int(time.time())
    row = {
        "token": tokens.stored(token),
        "title": title,
        "user_id": user_id,
        "subject": subject,
        "groups": json.dumps(list(groups)),
        "datasets": None if datasets is None else json.dumps(sorted(datasets)),
        "clauses": json.dumps([[c.field, c.include, c.exclude] for c in clauses]),
        "created_at": now,
        "expires_at": now + days * DAY,
        "used_at": 0,
        "scopes": json.dumps(sorted(scopes)),
        "confirmed_at": now,
    }
    with state.write() as connection:
        connection.execute(API_TOKENS.insert().values(**row))
    return token


def read_conditions(pairs: Sequence[str]) -> list[Clause]:
    """Conditions written as `region=North`, several of a field meaning any of these values. RequestError for what is
    not written so, and for fields that rows cannot be chosen by."""
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not value or name not in FIELDS or not FIELDS[name].dimension:
            raise RequestError(
                N_("“{text}” is not a field and a value.", text=pair[:80]),
                where="conditions",
                hint=N_("Write it like region=North."),
            )
        values.setdefault(name, []).append(value)
    return [Clause(name, tuple(dict.fromkeys(chosen))) for name, chosen in values.items()]


def find(state: State, token: str) -> ApiToken | None:
    """The token with this text, or with the one before it for a day after a change; None where there is none that is
    good now."""
    if not token.startswith(PREFIX):
        return None
    now, hashed = int(time.time()), tokens.stored(token)
    former = sa.and_(API_TOKENS.c.old_token == hashed, API_TOKENS.c.old_until > now)
    with state.read() as connection:
        row = connection.execute(_good(now).where(sa.or_(API_TOKENS.c.token == hashed, former))).first()
    found = None if row is None else _token(row, now)
    return None if found is None or found.rests else found


def count(state: State, token: ApiToken, per_minute: int) -> None:
    """Note a use, in all processes together. TooManyRequests where this minute has had as many as it may; those write
    nothing, so that whoever sends on costs little."""
    now = int(time.time())
    minute = now // 60
    uses = token.uses if token.minute == minute else 0
    if uses < per_minute:
        again = sa.case((API_TOKENS.c.minute == minute, API_TOKENS.c.uses + 1), else_=1)
        used = API_TOKENS.update().where(API_TOKENS.c.id == token.id).values(uses=again, minute=minute, used_at=now)
        with state.write() as connection:  # counted by the database: of several at once none is lost
            uses = connection.execute(used.returning(API_TOKENS.c.uses)).scalar() or 1
        if uses <= per_minute:
            return
    raise TooManyRequests(
        N_("the token “{name}” has reached its limit of {most} requests a minute.", name=token.title, most=per_minute),
        hint=N_("Try again in a minute."),
        seconds=60 - now % 60,
    )


def rotate(state: State, ident: int, subject: str) -> str:
    """Another text for a token of this person, shown this once; the former one is good for a day more, so that programs
    can be changed meanwhile. RequestError where there is no such token."""
    token, now = PREFIX + tokens.new(), int(time.time())
    values = {"token": tokens.stored(token), "old_token": API_TOKENS.c.token, "old_until": now + GRACE_SECONDS}
    wanted = sa.and_(API_TOKENS.c.id == ident, API_TOKENS.c.subject == subject, API_TOKENS.c.expires_at > now)
    with state.write() as connection:
        if not connection.execute(API_TOKENS.update().where(wanted).values(**values)).rowcount:
            raise RequestError(N_("you have no token {number}.", number=str(ident)), where="token")
    return token


def confirm(state: State, subject: str, groups: Sequence[str]) -> None:
    """A person without an account here has just shown who they are, and which groups they are in now."""
    known = {"groups": json.dumps(list(groups)), "confirmed_at": int(time.time())}
    with state.write() as connection:
        connection.execute(API_TOKENS.update().where(_of_nobody_here(subject)).values(**known))


def end_all(state: State, subject: str) -> int:
    """Revoke the tokens of a person without an account here; how many there were."""
    with state.write() as connection:
        return connection.execute(API_TOKENS.delete().where(_of_nobody_here(subject))).rowcount


def all_tokens(state: State, subject: str = "") -> list[ApiToken]:
    """Every token that is good now, or those of one person; the newest first."""
    now = int(time.time())
    query = _good(now).order_by(API_TOKENS.c.id.desc())
    if subject:
        query = query.where(API_TOKENS.c.subject == subject)
    with state.read() as connection:
        return [_token(row, now) for row in connection.execute(query)]


def revoke(state: State, ident: int, subject: str = "") -> None:
    """End a token; with `subject`, only one of that person. RequestError where there is none."""
    wanted = API_TOKENS.c.id == ident
    if subject:
        wanted = sa.and_(wanted, API_TOKENS.c.subject == subject)
    with state.write() as connection:
        if not connection.execute(API_TOKENS.delete().where(wanted)).rowcount:
            raise RequestError(N_("there is no token {number}.", number=str(ident)), where="token")


def _good(now: int) -> sa.Select[tuple[object, ...]]:
    joined = API_TOKENS.outerjoin(USERS)
    active = sa.or_(API_TOKENS.c.user_id.is_(None), USERS.c.active)
    chosen = sa.select(API_TOKENS, USERS.c.groups.label("own_groups")).select_from(joined)
    return chosen.where(active, API_TOKENS.c.expires_at > now)


def _of_nobody_here(subject: str) -> sa.ColumnElement[bool]:
    return sa.and_(API_TOKENS.c.subject == subject, API_TOKENS.c.user_id.is_(None))


def _token(row: sa.Row[tuple[object, ...]], now: int) -> ApiToken:
    groups = row.groups if row.user_id is None else row.own_groups
    datasets = None if row.datasets is None else frozenset(json.loads(row.datasets))
    clauses = tuple(Clause(name, tuple(include), tuple(exclude)) for name, include, exclude in json.loads(row.clauses))
    return ApiToken(
        row.id,
        row.title,
        row.subject,
        tuple(json.loads(groups)),
        datasets,
        clauses,
        row.expires_at,
        row.used_at,
        frozenset(json.loads(row.scopes)),
        row.minute,
        row.uses,
        rests=row.user_id is None and row.confirmed_at <= now - STANDING_DAYS * DAY,
    )
