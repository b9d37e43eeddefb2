"""What policies mean in the data: for each group and data set the orders that it sees, and what is suspicious."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.engines.base import Engine
from analytics.errors import NotInData, StoresightError
from analytics.language import _
from analytics.schema import FIELDS
from analytics.selection import Selection
from dashboard.administration.checks import condition, unknown_values
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import EVERYTHING, OPERATOR, Viewer
from dashboard.company.policies import Policies, Policy

EVERYBODY_ELSE = ""
MOST_COUNTED = 60  # groups and data sets for which orders are counted


@dataclass(frozen=True)
class Seen:
    """What a group sees of a data set: its orders, of all, and the extra tables that are not there for it. `orders` is
    None where the data set does not exist for the group, for the reason `why`, or was not counted."""

    title: str
    orders: int | None
    all_orders: int = 0
    without: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Group:
    """One group of the file; EVERYBODY_ELSE is who is in none. `conditions`: on rows, in words; `policy`: None for
    somebody who may do nothing."""

    name: str
    policy: Policy | None
    conditions: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    warnings: tuple[str, ...] = ()


def preview(service: Service, policies: Policies) -> list[Group]:
    """Every group of the file in its order, and last who is in none."""
    names = [d.name for d in service.for_viewer(OPERATOR).datasets() if not d.error]
    left = MOST_COUNTED
    found = []
    for name, policy in (*policies.groups.items(), (EVERYBODY_ELSE, policies.default)):
        if policy is None:
            found.append(Group(name, None))
            continue
        given = [n for n in names if policy.datasets is None or n in policy.datasets]
        counted, left = given[: max(0, left)], left - len(given)
        seen = [_seen(service, policy, n) for n in counted]
        others = [Seen(_title(service, n), None, why=_("not counted here")) for n in given[len(counted) :]]
        warnings = tuple(_warnings(service.for_viewer(OPERATOR), policy, given, names))
        clauses = () if policy.clauses is EVERYTHING else policy.clauses
        found.append(Group(name, policy, tuple(map(condition, clauses)), (*seen, *others), warnings))
    return found


def _title(service: Service, dataset: str) -> str:
    return service.for_viewer(OPERATOR).engine(dataset).profile.title


def _seen(service: Service, policy: Policy, dataset: str) -> Seen:
    """Hidden fields do not change which rows there are, so they are left out here: each set of them would be opened."""
    title = _title(service, dataset)
    limited = service.for_viewer(Viewer("preview", policy.clauses))
    try:
        engine = limited.engine(dataset)
    except StoresightError:
        return Seen(title, None, why=_("not visible: it lacks a field of the conditions"))
    whole = service.for_viewer(OPERATOR)
    without = [table for table in sorted(whole.engine(dataset).schema.tables) if not _has(engine, table)]
    return Seen(title, _orders(limited, dataset), _orders(whole, dataset), tuple(without))


def _has(engine: Engine, table: str) -> bool:
    """Whether the rows of an extra table can be limited as the orders are."""
    try:
        engine.table(table)
    except NotInData:
        return False
    return True


def _orders(service: ViewerService, dataset: str) -> int:
    engine = service.engine(dataset)

    def count() -> bytes:
        found = engine.aggregate([], ["orders"], engine.resolve(Selection(data=dataset, range="all")))
        return str(int(found["orders"].sum())).encode()

    return int(service.file("orders of a policy", engine, count))


def _warnings(service: ViewerService, policy: Policy, given: list[str], names: list[str]) -> Iterator[str]:
    yield from (
        _("There is no data set {name}.", name=name) for name in sorted((policy.datasets or frozenset()) - set(names))
    )
    if policy.clauses is not EVERYTHING and given:
        missing = unknown_values(service, policy.clauses, given)
        yield from (_("No row has {name} = {value}.", name=name, value=value) for name, value in missing)
    own = {f.name for name in names for f in service.engine(name).schema.fields}
    yield from (
        _("No data set has a field {name} to hide.", name=name) for name in sorted(policy.hidden - set(FIELDS) - own)
    )
