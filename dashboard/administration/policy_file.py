"""The file of policies as the page "Policies" reads and writes it, and what stood in it before."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from analytics.errors import CatalogError, NotAllowed, RequestError
from analytics.language import N_
from analytics.runtime.small_files import write_text
from dashboard.company import policies
from dashboard.company.state import State
from dashboard.company.tables import POLICY_VERSIONS

MOST_VERSIONS = 200
FOUND: str = N_("the file")  # who wrote what stood in the file before anybody changed it on the page


@dataclass(frozen=True)
class Version:
    """What stood in the file from a moment on. `at`: seconds since 1970."""

    id: int
    at: int
    who: str
    text: str


@dataclass(frozen=True)
class PolicyFile:
    """The file that the settings name; None: they name none."""

    path: Path | None

    def read(self) -> str:
        """What stands in it now. CatalogError where it cannot be read."""
        if self.path is None:
            return ""
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise CatalogError(
                N_("the file cannot be read: {fault}.", fault=str(fault)), where=self.path.name
            ) from fault

    def why_not(self) -> str:
        """Why the file cannot be changed here; "" where it can."""
        if self.path is None:
            return N_("No file is set up. Set STORESIGHT_POLICIES to a TOML file that the application may write.")
        if not os.access(self.path, os.W_OK) or not os.access(self.path.resolve().parent, os.W_OK):
            return N_(
                "The application may not write {file} and its folder. Change the file where it is kept; it is read "
                "again when it changes.",
                file=self.path.name,
            )
        return ""

    def save(self, state: State, text: str, digest: str, who: str, groups: Sequence[str]) -> None:
        """Replace the file, and keep what stood in it. `digest`: of the text that was changed; `groups`: of who does.

        CatalogError where the text is wrong; RequestError where the file has changed meanwhile, cannot be written, or
        would take the right to administer from who saves it."""
        why = self.why_not()
        if why or self.path is None:
            raise NotAllowed(why)
        if len(text.encode("utf-8", "replace")) > policies.LARGEST_FILE:
            raise RequestError(
                N_("the file may have at most {most} KB.", most=policies.LARGEST_FILE // 1024), where="text"
            )
        own = policies.read_text(text, self.path.name).of(groups)
        if own is None or "administer" not in own.rights:
            raise RequestError(
                N_("this would take your own administrator rights."), hint=N_("Ask another administrator to save it.")
            )
        with state.write() as connection:  # one after another, in all processes
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE policy_versions IN EXCLUSIVE MODE")
            before = self.read()
            if digest_of(before) != digest:
                raise RequestError(
                    N_("the file has changed since you opened this page."), hint=N_("Open the page again.")
                )
            newest = connection.execute(_versions(1)).first()
            found = [] if newest is not None and newest.text == before else [(FOUND, before)]
            for name, content in (*found, (who, text)):
                row = {"at": int(time.time()), "who": name, "text": content}
                connection.execute(POLICY_VERSIONS.insert().values(**row))
            kept = sa.select(_versions(MOST_VERSIONS).subquery().c.id)
            connection.execute(POLICY_VERSIONS.delete().where(POLICY_VERSIONS.c.id.not_in(kept)))
            try:
                write_text(self.path.resolve(), text)
            except OSError as fault:
                raise RequestError(
                    N_("the file cannot be written: {reason}.", reason=fault.strerror), where=self.path.name
                ) from fault


def digest_of(text: str) -> str:
    """What tells one text from another."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def versions(state: State, limit: int = 50) -> list[Version]:
    """What stood in the file, the newest first."""
    with state.read() as connection:
        return [Version(row.id, row.at, row.who, row.text) for row in connection.execute(_versions(limit))]


def _versions(limit: int) -> sa.Select[tuple[int, int, str, str]]:
    columns = POLICY_VERSIONS.c
    query = sa.select(columns.id, columns.at, columns.who, columns.text)
    return query.order_by(columns.id.desc()).limit(limit)
