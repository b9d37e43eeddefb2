"""Digests in the state store: whose they are, what they tell when and to whom, and who wants no more of them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_
from dashboard.answers.viewers import Viewer
from dashboard.changes.recap import Recap
from dashboard.company.owners import Owner
from dashboard.company.state import State
from dashboard.company.tables import DIGEST_ISSUES, DIGEST_LEAVERS, DIGESTS, JOBS
from dashboard.delivery import deliveries
from dashboard.digests.schedule import RHYTHMS, Rhythm

KIND: Final = "digest"  # of the jobs that send one, whose names begin with its number
Audience = Literal["me", "group", "mails"]
AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)
File = Literal["report", "workbook"]
FILES: Final[tuple[File, ...]] = get_args(File)
MOST_DIGESTS = 50  # of one person
MOST_MAILS = 50  # addresses of one digest
LONGEST_TITLE = 80
NO_LINK: Final = N_("this link belongs to no digest, or the digest was deleted.")
WHOLE_LINK: Final = N_("Open the link from the e-mail again.")


@dataclass(frozen=True)
class Draft:
    """What somebody chooses: `address` is that of a page, whose data set and filters count; `mails` the addresses of a
    digest that is for no group; `group` the group of one that is."""

    title: str
    address: str
    rhythm: Rhythm
    hour: int
    audience: Audience
    group: str = ""
    mails: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Digest:
    """A digest. `since`: periods that end by this day (ISO) were too early for it."""

    id: int
    owner: Owner
    draft: Draft
    since: str
    active: bool
    secret: str = field(repr=False)

    @property
    def key(self) -> str:
        """How deliveries name it."""
        return key_of(self.id)


def key_of(ident: int) -> str:
    """How deliveries name a digest."""
    return f"digest:{ident}"


@dataclass(frozen=True)
class Issue:
    """The newest issue of a digest: the end of its period (ISO, not included), when it was sent, and its recap."""

    until: str
    sent_at: int
    recap: Recap


def checked(draft: Draft) -> Draft:
    """The draft as it is kept. RequestError where it cannot be one."""
    title = " ".join(draft.title.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise RequestError(N_("enter a name of 1 to {most} characters.", most=LONGEST_TITLE), where="title")
    if draft.rhythm not in RHYTHMS:
        raise RequestError(f"rhythm must be one of {', '.join(RHYTHMS)}.", where="rhythm")
    if not 0 <= draft.hour <= 23:
        raise RequestError(N_("choose an hour from 0 to 23."), where="hour")
    if draft.audience not in AUDIENCES:
        raise RequestError(f"for must be one of {', '.join(AUDIENCES)}.", where="for")
    if draft.audience != "group" and not draft.mails:
        raise RequestError(N_("enter at least one e-mail address."), where="mails")
    if len(draft.mails) > MOST_MAILS:
        raise RequestError(N_("a digest may have at most {most} addresses.", most=MOST_MAILS), where="mails")
    unknown = set(draft.files) - set(FILES)
    if unknown:
        raise RequestError(f"files must be some of {', '.join(FILES)}.", where="files")
    return Draft(title, draft.address, draft.rhythm, draft.hour, draft.audience, draft.group, draft.mails, draft.files)


def save(state: State, owner: Owner, draft: Draft, since: str, ident: int = 0) -> int:
    """Keep a digest; its number. The same one sent twice is kept once. With a number, change the owner's digest of that
    number: it stays paused if it was, and whoever left stays away. RequestError where there is none, or where its owner
    has too many."""
    chosen = _columns(checked(draft))
    values = {**owner.row, **chosen}
    mine = DIGESTS.c.owner == owner.subject
    with state.write() as connection:
        if ident:
            if not connection.execute(DIGESTS.update().where(mine, DIGESTS.c.id == ident).values(**values)).rowcount:
                raise RequestError(N_("you have no digest {number}.", number=str(ident)), where="digest")
            return ident
        same = sa.and_(mine, *(DIGESTS.c[name] == value for name, value in chosen.items()))
        known: int | None = connection.execute(sa.select(DIGESTS.c.id).where(same)).scalar()
        if known is not None:
            return known
        count = connection.execute(sa.select(sa.func.count()).select_from(DIGESTS).where(mine)).scalar_one()
        if count >= MOST_DIGESTS:
            raise RequestError(
                N_("you have {count} digests already, the most allowed.", count=count), hint=N_("Delete some first.")
            )
        new = {"secret": secrets.token_hex(16), "since": since, "active": True, "created_at": int(time.time())}
        done = connection.execute(DIGESTS.insert().values(**values, **new))
    number: int = done.inserted_primary_key[0]  # type: ignore[index]
    return number


def seen_by(state: State, viewer: Viewer) -> list[Digest]:
    """The digests of a person, by name; of administrators everybody's."""
    mine = sa.true() if viewer.may("administer") else DIGESTS.c.owner == viewer.name
    return _found(state, mine)


def active(state: State) -> list[Digest]:
    """All digests that are not paused."""
    return _found(state, DIGESTS.c.active)


def find(state: State, ident: int) -> Digest | None:
    """The digest with this number; None where there is none."""
    return next(iter(_found(state, DIGESTS.c.id == ident)), None)


def pause(state: State, viewer: Viewer, ident: int, *, active: bool) -> None:
    """Pause a digest of one's own, or let it go on; administrators pause everybody's."""
    with state.write() as connection:
        if not connection.execute(DIGESTS.update().where(_of(viewer, ident)).values(active=active)).rowcount:
            raise RequestError(N_("you have no digest {number}.", number=str(ident)), where="digest")


def delete(state: State, viewer: Viewer, ident: int) -> None:
    """Delete a digest of one's own, or as an administrator anybody's."""
    with state.write() as connection:
        if not connection.execute(DIGESTS.delete().where(_of(viewer, ident))).rowcount:
            raise RequestError(N_("you have no digest {number}.", number=str(ident)), where="digest")
        # SQLite gives its number to the next one, for which none of its work and mails are.
        connection.execute(JOBS.delete().where(JOBS.c.kind == KIND, JOBS.c.name.startswith(f"{ident}:")))
        deliveries.drop(connection, [key_of(ident)])


# --- issues
def newest_issue(state: State, ident: int, scope: str) -> Issue | None:
    """The newest issue of a digest for a scope; None where none was sent."""
    wanted = sa.and_(DIGEST_ISSUES.c.digest_id == ident, DIGEST_ISSUES.c.scope == scope)
    with state.read() as connection:
        row = connection.execute(sa.select(DIGEST_ISSUES).where(wanted)).first()
    return None if row is None else Issue(row.until, row.sent_at, Recap.from_json(row.recap))


def told_until(state: State, ident: int) -> str:
    """The end of the newest period that a digest told anybody about (ISO, not included); "" where it told none."""
    query = sa.select(sa.func.max(DIGEST_ISSUES.c.until)).where(DIGEST_ISSUES.c.digest_id == ident)
    with state.read() as connection:
        return connection.execute(query).scalar() or ""


def sent(state: State, ident: int, scope: str, until: str, recap: Recap) -> None:
    """Note that an issue was sent; the next one is compared with it."""
    wanted = sa.and_(DIGEST_ISSUES.c.digest_id == ident, DIGEST_ISSUES.c.scope == scope)
    values = {"until": until, "sent_at": int(time.time()), "recap": recap.to_json()}
    with state.write() as connection:
        if not connection.execute(sa.select(DIGESTS.c.id).where(DIGESTS.c.id == ident)).first():
            return  # it was deleted meanwhile
        if not connection.execute(DIGEST_ISSUES.update().where(wanted).values(**values)).rowcount:
            connection.execute(DIGEST_ISSUES.insert().values(digest_id=ident, scope=scope, **values))


# --- leaving
def leave_token(digest: Digest, mail: str) -> str:
    """What stands in the link with which this address unsubscribes: nobody else can write it."""
    return str(URLSafeSerializer(digest.secret, salt=digest.key).dumps(mail))


def who_leaves(digest: Digest, token: str) -> str:
    """The address of a link. NotAllowed for a link that does not come from here."""
    try:
        mail = URLSafeSerializer(digest.secret, salt=digest.key).loads(token)
    except BadSignature:
        mail = None
    if not isinstance(mail, str):
        raise NotAllowed(NO_LINK, hint=WHOLE_LINK)
    return mail


def leave(state: State, ident: int, mail: str, *, again: bool = False) -> None:
    """Send an address no more of a digest; `again`: send it once more. Doing it twice changes nothing."""
    wanted = sa.and_(DIGEST_LEAVERS.c.digest_id == ident, DIGEST_LEAVERS.c.mail == mail)
    with state.write() as connection:
        connection.execute(DIGEST_LEAVERS.delete().where(wanted))
        if not again:
            connection.execute(DIGEST_LEAVERS.insert().values(digest_id=ident, mail=mail, left_at=int(time.time())))


def leavers(state: State, ident: int) -> set[str]:
    """The addresses that want no more of a digest."""
    with state.read() as connection:
        query = sa.select(DIGEST_LEAVERS.c.mail).where(DIGEST_LEAVERS.c.digest_id == ident)
        return set(connection.execute(query).scalars())


def _of(viewer: Viewer, ident: int) -> sa.ColumnElement[bool]:
    mine = sa.true() if viewer.may("administer") else DIGESTS.c.owner == viewer.name
    return sa.and_(DIGESTS.c.id == ident, mine)


def _found(state: State, wanted: sa.ColumnElement[bool]) -> list[Digest]:
    with state.read() as connection:
        rows = connection.execute(sa.select(DIGESTS).where(wanted).order_by(DIGESTS.c.title, DIGESTS.c.id)).all()
    return [_digest(row) for row in rows]


def _digest(row: Any) -> Digest:
    owner = Owner(row.owner, row.user_id, tuple(json.loads(row.groups)), row.confirmed_at)
    draft = Draft(
        row.title,
        row.address,
        row.rhythm,
        row.hour,
        row.audience,
        row.group_name,
        tuple(json.loads(row.mails)),
        tuple(json.loads(row.files)),
    )
    return Digest(row.id, owner, draft, row.since, row.active, row.secret)


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.title,
        "address": draft.address,
        "rhythm": draft.rhythm,
        "hour": draft.hour,
        "audience": draft.audience,
        "group_name": draft.group if draft.audience == "group" else "",
        "mails": json.dumps([] if draft.audience == "group" else list(draft.mails)),
        "files": json.dumps(list(draft.files)),
    }


def files_of(names: Sequence[str] | Iterable[str]) -> tuple[File, ...]:
    """Which files are attached, in their order; unknown names stay, for `checked` to refuse."""
    return tuple(cast("File", name) for name in dict.fromkeys(names))
