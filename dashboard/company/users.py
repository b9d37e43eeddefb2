"""Local accounts: people, their groups and passwords, links of invitation and reset, lock-out."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_
from dashboard.company import tokens
from dashboard.company.state import State
from dashboard.company.tables import LINKS, SESSIONS, USERS

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 500
LONGEST_NAME = 200
NAME = re.compile(r"[a-z0-9][a-z0-9._+@-]{0,199}")
MOST_GROUPS = 500
FREE_FAILURES = 5  # wrong passwords before the account is locked for a while
LONGEST_LOCK = 15 * 60
INVITATION_SECONDS = 7 * 24 * 60 * 60
RESET_SECONDS = 60 * 60
ADMINISTRATORS: Final = "administrators"  # the group that may do everything without being named in a policy
# What a locked account answers too: whether an account is locked would tell that there is one.
WRONG = N_(
    "the user name or the password is wrong. After five wrong passwords in a row, the account is locked for up to 15 "
    "minutes."
)
USED = N_("this link has been used or has expired.")


@dataclass(frozen=True)
class User:
    """A local account. `ready`: the person has chosen a password; `second`: it asks for a code of an app as well."""

    id: int
    name: str
    title: str
    groups: tuple[str, ...]
    active: bool
    ready: bool
    second: bool = False


def add(state: State, name: str, title: str = "", groups: Sequence[str] = ()) -> User:
    """A new account, which nobody can use before `invite` and `choose_password`. RequestError where the name is taken
    or cannot be one."""
    name = read_name(name)
    names = read_groups(groups)
    row = {"name": name, "title": title.strip()[:LONGEST_NAME], "groups": json.dumps(names)}
    filled = {"active": True, "failures": 0, "locked_until": 0, "created_at": int(time.time())}
    try:
        with state.write() as connection:
            ident = connection.execute(USERS.insert().values(**row, **filled)).inserted_primary_key
    except sa.exc.IntegrityError:
        raise RequestError(N_("there is already an account named “{name}”.", name=name), where="name") from None
    assert ident is not None
    return User(ident[0], name, row["title"], tuple(names), True, False)


def all_users(state: State) -> list[User]:
    """Every account, by name."""
    with state.read() as connection:
        return [_user(row) for row in connection.execute(sa.select(USERS).order_by(USERS.c.name))]


def find(state: State, name: str) -> User:
    """The account of this name. RequestError where there is none."""
    with state.read() as connection:
        row = connection.execute(sa.select(USERS).where(USERS.c.name == name.strip().lower())).first()
    if row is None:
        raise RequestError(N_("there is no account named “{name}”.", name=name[:80]), where="name")
    return _user(row)


def change(state: State, user: User, *, groups: Sequence[str] | None = None, active: bool | None = None) -> None:
    """Give an account other groups, or switch it off or on. Whoever is switched off is signed out everywhere."""
    values: dict[str, object] = {}
    if groups is not None:
        values["groups"] = json.dumps(read_groups(groups))
    if active is not None:
        values["active"] = active
    if not values:
        return
    with state.write() as connection:
        connection.execute(USERS.update().where(USERS.c.id == user.id).values(**values))
        if active is False:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.user_id == user.id))
            connection.execute(LINKS.delete().where(LINKS.c.user_id == user.id))


def invite(state: State, user: User, seconds: int = INVITATION_SECONDS) -> str:
    """The token of a link with which the person chooses a password, once. Earlier links of the person end."""
    token = tokens.new()
    with state.write() as connection:
        connection.execute(LINKS.delete().where(LINKS.c.user_id == user.id))
        row = {"token": tokens.stored(token), "user_id": user.id, "expires_at": int(time.time()) + seconds}
        connection.execute(LINKS.insert().values(**row))
    return token


def invited(state: State, token: str) -> User:
    """Whose link this is. NotAllowed where it has been used or has expired."""
    with state.read() as connection:
        return _invited(connection, token)


def choose_password(state: State, token: str, password: str) -> User:
    """Use a link: set the person's password, end the link and every session of the account.

    NotAllowed where the link has been used or has expired; RequestError where the password cannot be one.
    """
    check_password(password)
    hashed = _hasher().hash(password)  # before the transaction: it takes a while
    with state.write() as connection:
        user = _invited(connection, token)
        used = LINKS.delete().where(LINKS.c.token == tokens.stored(token))
        if not connection.execute(used).rowcount:  # by somebody else at the same moment, which PostgreSQL lets happen
            raise NotAllowed(USED, hint=N_("Ask an administrator for a new one."))
        connection.execute(LINKS.delete().where(LINKS.c.user_id == user.id))
        connection.execute(SESSIONS.delete().where(SESSIONS.c.user_id == user.id))
        new = {"password": hashed, "failures": 0, "locked_until": 0}
        connection.execute(USERS.update().where(USERS.c.id == user.id).values(**new))
    return replace(user, ready=True)


def change_password(state: State, name: str, before: str, password: str, session: str) -> None:
    """Another password for who knows the present one; every other session of the account ends. `session`: the stored
    token of this one. NotAllowed where the present one is wrong, RequestError where the new one cannot be one."""
    check_password(password)
    user = verify(state, name, before)
    hashed = _hasher().hash(password)
    with state.write() as connection:
        connection.execute(LINKS.delete().where(LINKS.c.user_id == user.id))
        others = sa.and_(SESSIONS.c.user_id == user.id, SESSIONS.c.token != session)
        connection.execute(SESSIONS.delete().where(others))
        connection.execute(USERS.update().where(USERS.c.id == user.id).values(password=hashed))


def verify(state: State, name: str, password: str) -> User:
    """The account with this name and password. NotAllowed otherwise, with the same words and after the same work
    whatever is wrong: they do not tell whether there is such an account.

    After FREE_FAILURES wrong passwords in a row the account is locked, twice as long each time, for LONGEST_LOCK at
    most; then not even the right password is looked at.
    """
    from argon2.exceptions import VerificationError

    name = name.strip().lower()
    row = None
    if NAME.fullmatch(name):
        with state.read() as connection:
            wanted = sa.and_(USERS.c.name == name, USERS.c.active, USERS.c.password.isnot(None))
            row = connection.execute(sa.select(USERS).where(wanted)).first()
    locked = row is not None and row.locked_until > time.time()
    try:
        _hasher().verify(_nobody() if row is None or locked else row.password, password[:LONGEST_PASSWORD])
    except VerificationError:
        if row is not None and not locked:
            failed(state, row.id)
        raise NotAllowed(WRONG) from None
    if row is None or locked:
        raise NotAllowed(WRONG)
    # Where a code is asked for as well, wrong ones count until a right one: else the password would begin each count.
    values: dict[str, object] = {} if row.totp else {"failures": 0, "locked_until": 0}
    if _hasher().check_needs_rehash(row.password):
        values["password"] = _hasher().hash(password)
    if values and (row.failures or "password" in values):
        with state.write() as connection:
            connection.execute(USERS.update().where(USERS.c.id == row.id).values(**values))
    return _user(row)


def check_password(password: str) -> None:
    """RequestError where this cannot be a password."""
    if len(password) < SHORTEST_PASSWORD:
        raise RequestError(N_("use at least {least} characters.", least=SHORTEST_PASSWORD), where="password")
    if len(password) > LONGEST_PASSWORD:
        raise RequestError(N_("use at most {most} characters.", most=LONGEST_PASSWORD), where="password")
    if len(set(password)) < 4:
        raise RequestError(
            N_("this password repeats the same few characters. Use a more varied one."), where="password"
        )


def remove_factor(state: State, user: User) -> None:
    """Ask this account for its password only."""
    with state.write() as connection:
        values = {"totp": None, "totp_step": 0, "recovery": "[]"}
        connection.execute(USERS.update().where(USERS.c.id == user.id).values(**values))


def read_name(text: str) -> str:
    """The name of an account as it is stored. RequestError where it cannot be one."""
    name = text.strip().lower()
    if not NAME.fullmatch(name):
        raise RequestError(N_("a user name is an e-mail address, or letters, digits, dots and dashes."), where="name")
    return name


def read_groups(groups: Sequence[str]) -> list[str]:
    """Groups as they are stored. RequestError where they cannot be some."""
    names = list(dict.fromkeys(g.strip() for g in groups if g.strip()))
    if len(names) > MOST_GROUPS or any(len(g) > LONGEST_NAME for g in names):
        raise RequestError(
            N_(
                "an account may have at most {groups} groups of at most {characters} characters each.",
                groups=MOST_GROUPS,
                characters=LONGEST_NAME,
            ),
            where="groups",
        )
    return names


def failed(state: State, ident: int) -> None:
    """Count a wrong password or code of this account, and lock it after some in a row."""
    with state.write() as connection:
        # Counted by the database: of several at once none is lost.
        connection.execute(USERS.update().where(USERS.c.id == ident).values(failures=USERS.c.failures + 1))
        failures = connection.execute(sa.select(USERS.c.failures).where(USERS.c.id == ident)).scalar_one()
        lock = 0
        if failures >= FREE_FAILURES:
            lock = min(LONGEST_LOCK, 30 * 2 ** min(failures - FREE_FAILURES, 10))
        values = {"locked_until": int(time.time()) + lock if lock else 0}
        connection.execute(USERS.update().where(USERS.c.id == ident).values(**values))


def _invited(connection: sa.Connection, token: str) -> User:
    links = LINKS.join(USERS)
    wanted = sa.and_(LINKS.c.token == tokens.stored(token), LINKS.c.expires_at > time.time(), USERS.c.active)
    row = connection.execute(sa.select(USERS).select_from(links).where(wanted)).first()
    if row is None:
        raise NotAllowed(USED, hint=N_("Ask an administrator for a new one."))
    return _user(row)


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    return User(
        row.id,
        row.name,
        row.title,
        tuple(json.loads(row.groups)),
        row.active,
        row.password is not None,
        row.totp is not None,
    )


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # 19 MiB, of the parameters that OWASP recommends: the default of 64 MiB a sign-in is much for a 512 MB machine.
    return PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobody() -> str:
    """A hash that fits no password: an unknown name takes as long to refuse as a known one."""
    return _hasher().hash(tokens.new())
