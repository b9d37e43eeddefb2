"""policies.toml: which group may see and do what.

    [groups.leeds]                          # a group, as the identity provider or the account names it
    data = ["shop"]                         # data sets; without this line all of them
    only = { region = ["North"] }           # rows: every condition must hold
    except = { channel = ["wholesale"] }    # and none of these
    hidden = ["cost", "customer_name"]      # fields that do not exist for this group
    rights = ["view", "export"]             # view, export, upload, targets, publish, administer

A person gets the first group of the file that they are in, and nothing else: policies never add up, so that joining a
group can be read from one place. Who is in none of them may do nothing, unless there is a [default] table, which is
written in the same way. The group `administrators` may do everything unless the file says otherwise.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from analytics.errors import CatalogError
from analytics.keys import Keys, toml_fault
from analytics.language import N_
from analytics.schema import FIELDS, REQUIRED
from analytics.selection import Clause
from dashboard.answers.viewers import EVERYTHING, RIGHTS, Right, Unlimited, Viewer
from dashboard.company.users import ADMINISTRATORS

log = logging.getLogger("storesight")

EXTENSION: Final = "storesight.policies"  # of a server: a function that gives the policies as they are now
LARGEST_FILE = 256 * 1024
MOST_GROUPS = 1000


@dataclass(frozen=True)
class Policy:
    """What one group may see and do."""

    clauses: tuple[Clause, ...] | Unlimited = EVERYTHING
    datasets: frozenset[str] | None = None  # None: all
    hidden: frozenset[str] = frozenset()
    rights: frozenset[Right] = frozenset({"view"})

    def viewer(self, name: str, title: str, groups: Sequence[str], *, signs_out: bool) -> Viewer:
        """A person of this group."""
        return Viewer(
            name,
            self.clauses,
            sees_source_rows="administer" in self.rights,
            datasets=self.datasets,
            hidden=self.hidden,
            rights=self.rights,
            title=title,
            groups=tuple(groups),
            signs_out=signs_out,
        )


ADMINISTRATOR = Policy(rights=frozenset(RIGHTS))


@dataclass(frozen=True)
class Policies:
    """The groups in the order of the file, and what everybody else may do (None: nothing)."""

    groups: dict[str, Policy] = field(default_factory=lambda: {ADMINISTRATORS: ADMINISTRATOR})
    default: Policy | None = None

    def of(self, groups: Sequence[str]) -> Policy | None:
        """The policy of somebody who is in these groups; None where they may do nothing."""
        return next((policy for name, policy in self.groups.items() if name in groups), self.default)

    def name_of(self, groups: Sequence[str]) -> str:
        """The group whose policy that is; "" for the default, or for none."""
        return next((name for name in self.groups if name in groups), "")


def read_file(path: Path) -> Policies:
    """The policies of a file. CatalogError where it is not one, with the file and the key."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CatalogError(N_("the file is over {most} kB.", most=LARGEST_FILE // 1024), where=path.name)
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise CatalogError(N_("the file cannot be read: {fault}.", fault=fault.strerror), where=str(path)) from fault
    except UnicodeDecodeError as fault:
        raise CatalogError(N_("the file is not TOML: {fault}.", fault=toml_fault(fault)), where=path.name) from fault
    return read_text(text, path.name)


def read_text(text: str, file: str) -> Policies:
    """The policies of a text. CatalogError where it is wrong."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise CatalogError(N_("the file is not TOML: {fault}.", fault=toml_fault(fault)), where=file) from fault
    return read(data, file)


def read(data: dict[str, Any], file: str) -> Policies:
    """The policies that a TOML holds."""
    keys = Keys(data, file)
    found: dict[str, Policy] = {}
    groups = keys.table("groups")
    if len(groups.data) > MOST_GROUPS:
        told = N_("{count} groups; at most {most} are allowed.", count=len(groups.data), most=MOST_GROUPS)
        keys.fail("groups", told)
    for name in groups.data:
        found[name] = _policy(groups.table(name))
    groups.finish()
    default = _policy(keys.table("default")) if "default" in keys else None
    keys.finish()
    return Policies(found if ADMINISTRATORS in found else {ADMINISTRATORS: ADMINISTRATOR, **found}, default)


def _policy(keys: Keys) -> Policy:
    clauses = _clauses(keys)
    rights = keys.texts("rights") or ("view",)
    for right in rights:
        if right not in RIGHTS:
            told = N_("expected some of {names}, found {value}.", names=", ".join(RIGHTS), value=repr(right))
            keys.fail("rights", told)
    hidden = frozenset(keys.texts("hidden"))
    for name in hidden & set(REQUIRED):
        keys.fail("hidden", N_("{name} cannot be hidden: every figure needs it.", name=repr(name)))
    for name in sorted(hidden - set(FIELDS)):  # it may be a data set's own
        log.warning("%s, %s: %r hides a field only where a data set declares one so itself", keys.file, keys.path, name)
    for clause in clauses:
        if clause.field in hidden:
            keys.fail("hidden", N_("{name} cannot be hidden: rows are chosen by it.", name=repr(clause.field)))
    datasets = frozenset(keys.texts("data")) if "data" in keys else None
    keys.finish()
    if "administer" in rights and (clauses or hidden or datasets is not None):
        told = N_("who may administer sees everything.")
        keys.fail("rights", told, N_("Leave out data, only, except and hidden."))
    return Policy(clauses or EVERYTHING, datasets, hidden, frozenset(r for r in RIGHTS if r in rights))


def _clauses(keys: Keys) -> tuple[Clause, ...]:
    """One clause a field: its values under `only` and `except`."""
    sides: dict[str, dict[str, tuple[str, ...]]] = {}
    for side in ("only", "except"):
        table = keys.table(side)
        for name in table.data:
            if name in FIELDS and not FIELDS[name].dimension:
                told = N_("rows cannot be chosen by this field.")
                table.fail(name, told, N_("Choose one that pages filter by."))
            sides.setdefault(name, {})[side] = table.texts(name)
        table.finish()
    return tuple(Clause(name, found.get("only", ()), found.get("except", ())) for name, found in sides.items())


def watched(path: Path | None) -> Callable[[], Policies]:
    """A function that gives the policies of a file as it is now; it reads the file again when it has changed. A file
    that has become wrong lets nobody do anything but administrators, and the log says why: what it once allowed may be
    what was taken away."""
    if path is None:
        return lambda: Policies()
    known: dict[str, Any] = {"stamp": None, "policies": read_file(path)}

    def now() -> Policies:
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp != known["stamp"]:
                known.update(policies=read_file(path), stamp=stamp)
        except (CatalogError, OSError) as fault:
            log.error("%s cannot be used; only administrators may do anything: %s", path, fault)
            known.update(policies=Policies(), stamp=None)
        found: Policies = known["policies"]
        return found

    return now
