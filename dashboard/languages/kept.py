"""The language that a person chose, kept with their account: pages are shown and mails are written in it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.company.state import State
from dashboard.company.tables import LANGUAGES, VISITORS


def of(state: State, subject: str) -> str:
    """The language that somebody chose; "" for nobody, and for who chose none."""
    with state.read() as connection:
        wanted = sa.select(LANGUAGES.c.language).where(LANGUAGES.c.subject == subject)
        return str(connection.execute(wanted).scalar() or "")


def keep(state: State, subject: str, code: str) -> None:
    """Keep what somebody chose, in place of what they chose before."""
    with state.write() as connection:
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = dialect.insert(LANGUAGES).values(subject=subject, language=code)
        connection.execute(row.on_conflict_do_update(index_elements=["subject"], set_={"language": code}))


def forget(state: State, subject: str) -> None:
    """Forget what somebody chose; nothing where they chose none."""
    with state.write() as connection:
        connection.execute(LANGUAGES.delete().where(LANGUAGES.c.subject == subject))


def by_mail(state: State, mails: tuple[str, ...], otherwise: str) -> dict[str, tuple[str, ...]]:
    """Addresses by the language in which their people read: that of the account which is named by the address or has
    signed in with it, or `otherwise`."""
    asked = [mail.lower() for mail in mails]
    seen, named = sa.func.lower(VISITORS.c.mail), sa.func.lower(LANGUAGES.c.subject)
    with state.read() as connection:
        by_name = sa.select(named, LANGUAGES.c.language).where(named.in_(asked))
        by_visit = sa.select(seen, LANGUAGES.c.language).where(
            LANGUAGES.c.subject == VISITORS.c.subject, seen.in_(asked)
        )
        chosen = {mail: code for query in (by_name, by_visit) for mail, code in connection.execute(query)}
    found: dict[str, tuple[str, ...]] = {}
    for mail in mails:
        code = chosen.get(mail.lower(), otherwise)
        found[code] = (*found.get(code, ()), mail)
    return found
