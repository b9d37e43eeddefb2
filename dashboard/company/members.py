"""People who sign in with an identity provider, as administrators deal with them: invited by their address before they
come, in groups besides those that the provider names, switched off.

An invitation waits for the first person of whom the provider says that the address is theirs, and is that person's from
then on: whoever has the address later is somebody else.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_
from dashboard.company import api_tokens, owners, sessions
from dashboard.company.state import State
from dashboard.company.tables import MEMBERS, SESSIONS, VISITORS
from dashboard.company.users import LONGEST_NAME, read_groups
from dashboard.settings.readers import MAIL_ADDRESS

MOST_INVITED = 5000


@dataclass(frozen=True)
class Member:
    """Somebody of the identity provider. `id`: 0 where administrators have said nothing of them. `subject`: "" until
    they have signed in. `given`: groups from here; `named`: those that the provider named when they last signed in, at
    `seen_at` (0 where that is too long ago to be known)."""

    id: int
    subject: str
    mail: str
    title: str
    given: tuple[str, ...]
    named: tuple[str, ...]
    active: bool
    seen_at: int

    @property
    def groups(self) -> tuple[str, ...]:
        """All that they are in."""
        return united(self.named, self.given)


def united(*groups: Sequence[str]) -> tuple[str, ...]:
    """All of these groups, each once."""
    return tuple(dict.fromkeys(name for some in groups for name in some))


def invite(state: State, mail: str, title: str = "", groups: Sequence[str] = ()) -> Member:
    """Let the person with this address be in these groups from when they sign in, or from now on where they have done
    so. RequestError where it is no address, or was invited already."""
    mail, title = mail.strip().lower(), " ".join(title.split())[:LONGEST_NAME]
    if not re.fullmatch(MAIL_ADDRESS, mail):
        raise RequestError(
            N_("this is not an e-mail address."), where="name", hint=N_("Write it like ann@example.org.")
        )
    given = read_groups(groups)
    row = {"mail": mail, "title": title, "groups": json.dumps(given), "active": True, "created_at": int(time.time())}
    try:
        with state.write() as connection:
            count = connection.execute(sa.select(sa.func.count()).select_from(MEMBERS)).scalar_one()
            if count >= MOST_INVITED:
                raise RequestError(
                    N_("{count} people have been invited already, the most allowed.", count=count),
                    hint=N_("Withdraw some invitations first."),
                )
            here = connection.execute(sa.select(VISITORS).where(sa.func.lower(VISITORS.c.mail) == mail)).first()
            subject = here.subject if here else None
            ident = connection.execute(MEMBERS.insert().values(**row, subject=subject)).inserted_primary_key
    except sa.exc.IntegrityError:
        raise RequestError(
            N_("{mail} has been invited already.", mail=mail), where="name", hint=N_("Change the groups below.")
        ) from None
    assert ident is not None
    if here is None:
        return Member(ident[0], "", mail, title, tuple(given), (), True, 0)
    named = tuple(json.loads(here.groups))  # they have been here without an invitation
    owners.regroup(state, here.subject, united(named, given))
    return Member(ident[0], here.subject, mail, title or here.title, tuple(given), named, True, here.confirmed_at)


def admitted(state: State, subject: str, mail: str, named: Sequence[str]) -> tuple[str, ...]:
    """All groups of somebody who signs in; `mail`: what the provider has verified, "" for nothing. Their invitation
    becomes theirs. NotAllowed where they are switched off."""
    invited = sa.and_(MEMBERS.c.mail == mail.lower(), MEMBERS.c.subject.is_(None)) if mail else sa.false()
    with state.write() as connection:
        row = connection.execute(sa.select(MEMBERS).where(MEMBERS.c.subject == subject)).first()
        if row is None:  # of two who claim an invitation at the same moment, one gets it
            claimed = MEMBERS.update().where(invited).values(subject=subject).returning(MEMBERS)
            row = connection.execute(claimed).first()
    if row is None:
        return tuple(named)
    if not row.active:
        raise NotAllowed(N_("your access to Storesight has been turned off."), hint=N_("Ask an administrator."))
    return united(named, json.loads(row.groups))


def everybody(state: State) -> list[Member]:
    """Who was invited or spoken of, and who has signed in of late; by name."""
    with state.read() as connection:
        seen = {row.subject: row for row in connection.execute(sa.select(VISITORS))}
        rows = connection.execute(sa.select(MEMBERS)).all()
    spoken = [_member(row, seen.pop(row.subject, None)) for row in rows]
    found = spoken + [_member(None, row) for row in seen.values()]
    return sorted(found, key=lambda member: (member.title or member.mail or member.subject).casefold())


def find(state: State, subject: str, mail: str = "") -> Member:
    """Somebody by the subject, or an invitation that waits by its address. RequestError where there is nobody."""
    for member in everybody(state):
        if (subject and member.subject == subject) or (not subject and not member.subject and member.mail == mail):
            return member
    raise RequestError(N_("there is nobody of that name."), where="person")


def change(state: State, member: Member, *, groups: Sequence[str] | None = None, active: bool | None = None) -> None:
    """Give somebody other groups from here, or switch them off or on. It counts from the next request; what they own
    goes on with the new groups, and who is switched off is signed out, and loses their tokens."""
    values: dict[str, object] = {} if active is None else {"active": active}
    if groups is not None:
        values["groups"] = json.dumps(read_groups(groups))
    with state.write() as connection:
        wanted = MEMBERS.c.subject == member.subject if member.subject else MEMBERS.c.id == member.id
        if not connection.execute(MEMBERS.update().where(wanted).values(**values)).rowcount:
            called = member.title or member.mail
            new = {"subject": member.subject, "title": called, "groups": "[]", "active": True}
            connection.execute(MEMBERS.insert().values(**{**new, **values, "created_at": int(time.time())}))
    if not member.subject:
        return
    if active is False:
        end(state, member.subject)
    elif groups is not None:
        owners.regroup(state, member.subject, united(member.named, read_groups(groups)))


def withdraw(state: State, member: Member) -> None:
    """Take an invitation back that nobody has used. RequestError where somebody has."""
    waiting = sa.and_(MEMBERS.c.id == member.id, MEMBERS.c.subject.is_(None))
    with state.write() as connection:
        if not connection.execute(MEMBERS.delete().where(waiting)).rowcount:
            raise RequestError(
                N_("they have signed in meanwhile."), where="person", hint=N_("Turn off their access instead.")
            )


def end(state: State, subject: str) -> tuple[int, int]:
    """Sign somebody out everywhere: how many sessions ended, and how many tokens of a person without an account here.
    What they own rests until they come again."""
    owners.rest(state, subject)
    return sessions.end_all(state, subject), api_tokens.end_all(state, subject)


def open_sessions(state: State, subject: str) -> int:
    """How many browsers somebody is signed in with."""
    with state.read() as connection:
        counted = sa.select(sa.func.count()).select_from(SESSIONS).where(SESSIONS.c.subject == subject)
        return int(connection.execute(counted).scalar_one())


def _member(row: sa.Row[tuple[object, ...]] | None, seen: sa.Row[tuple[object, ...]] | None) -> Member:
    named = () if seen is None else tuple(json.loads(seen.groups))
    at, called = (0, "") if seen is None else (seen.confirmed_at, seen.title)
    mail = "" if seen is None else seen.mail
    if row is None:
        assert seen is not None
        return Member(0, seen.subject, mail, called, (), named, True, at)
    given = tuple(json.loads(row.groups))
    return Member(row.id, row.subject or "", row.mail or mail, row.title or called, given, named, row.active, at)
