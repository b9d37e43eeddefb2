"""What the people of the demo company have kept, written into a state store once: python -m dashboard tour

It does so only where the one person of this machine keeps things (STORESIGHT_LOGIN=me), the demo company is loaded,
and it has not been done before: what somebody deletes does not come back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import sqlalchemy as sa

from analytics.engines.base import Engine
from analytics.language import english
from analytics.methods.alarms.alerts import AlertRule
from analytics.selection import Selection
from dashboard.alerts.conditions import Condition, Stock
from dashboard.alerts.judging import judge
from dashboard.alerts.rules import GIVEN, Rule
from dashboard.alerts.rules import save as save_rule
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.changes import keeping
from dashboard.changes.recap import Recap, recap, scope_of
from dashboard.company import audit, views
from dashboard.company.owners import ALWAYS, Owner
from dashboard.company.state import State, open_state
from dashboard.company.tables import LOOKS
from dashboard.components.tour import DEMO
from dashboard.login import me
from dashboard.notes import kept
from dashboard.notes.draft import Draft
from dashboard.notes.scope import scope_of as note_scope
from dashboard.settings import Settings
from dashboard.targets import files, store

DONE: Final = "filled the demo company"  # as the audit log names it
WEEK: Final = 7 * 24 * 60 * 60
LOOKED_UNTIL: Final = np.timedelta64(8, "D")  # before the end of the data: what was known at the last look

VIEWS: Final = (
    ("Monday review", "/overview?data=demo&range=last_month&compare=previous"),
    (
        "United Kingdom, by channel",
        "/customers/channels?data=demo&range=last_month&compare=previous&country=United+Kingdom",
    ),
    ("Audio, last 12 months", "/products?data=demo&range=last_12m&compare=year&category=Audio"),
    ("Boston and Dallas", "/geography/places?data=demo&range=last_12m&compare=year&city=Boston&city=Dallas"),
)


@dataclass(frozen=True)
class Written:
    """A note as its form is filled in, on the page of this query. `author`: a colleague; "" for the person here."""

    author: str
    query: str
    fields: dict[str, str]


NOTES: Final = (
    Written(
        "",
        "channel=E-mail",
        {
            "kind": "decision",
            "first": "2025-01-13",
            "text": "New mailings: one a week, made of what somebody bought before, instead of three a week for all.",
            "metric": "orders",
            "direction": "up",
            "percent": "20",
            "check": "2025-04-06",
        },
    ),
    Written(
        "",
        "brand=Pallavik",
        {
            "kind": "decision",
            "first": "2025-03-03",
            "text": "List prices of Pallavik raised by 5%. We expect to lose a few units and to gain revenue.",
            "metric": "revenue",
            "direction": "up",
            "percent": "3",
            "check": "2025-06-01",
        },
    ),
    Written(
        "Priya Menon (United Kingdom)",
        "country=United+Kingdom",
        {
            "kind": "event",
            "first": "2025-12-01",
            "text": "The marketplace has suspended our shop until the new tax papers are checked. Expected back in "
            "February.",
        },
    ),
    Written(
        "Héctor Salazar (Marketing)",
        "channel=Social",
        {
            "kind": "campaign",
            "first": "2025-12-01",
            "last": "2025-12-14",
            "text": "Gift campaign on social media. The question for January: do its new customers come back?",
        },
    ),
    Written(
        "Grace Hollis (Customer care)",
        "product=Rondello+Robot+Vacuum",
        {
            "kind": "stock",
            "first": "2025-12-08",
            "text": "Many vacuums of the delivery of late November stop after a few days. The maker replaces them from "
            "mid-January.",
        },
    ),
    Written(
        "Jonas Lindqvist (Buying)",
        "product=Ombrelin+Espresso+K%C3%BCche",
        {"kind": "stock", "first": "2025-12-15", "text": "Sold out. The next container arrives on 12 January."},
    ),
)

TARGETS: Final = (  # as the lines of a file
    {"metric": "orders", "period": "2025-12", "value": "10800"},
    {"metric": "customers", "period": "2025-12", "value": "7500"},
    {"metric": "profit", "period": "2025-12", "value": "760000"},
    {"metric": "revenue", "period": "2025-12", "value": "440000", "filters": "category=Audio", "name": "Audio"},
    {"metric": "refund_rate", "period": "2025-12", "value": "5"},
    {"metric": "revenue", "period": "2026-Q1", "value": "4250000"},
    {"metric": "revenue", "period": "2026-01", "value": "1650000"},
)
PLANNER: Final = "Amara Osei (Finance)"

ALERTS: Final[tuple[tuple[str, str, Condition], ...]] = (
    (GIVEN[0], "", Stock(0)),
    (
        GIVEN[1],
        "city=Los+Angeles",
        AlertRule(english(GIVEN[1]), "rating", "month", "threshold", below=3.8),
    ),
    (
        GIVEN[2],
        "",
        AlertRule(english(GIVEN[2]), "revenue", "week", "change", falls_by=20),
    ),
)


def wanted(state: State, settings: Settings) -> bool:
    """Whether this state store is to be filled, and has not been before."""
    return settings.login == me.NAME and not audit.entries(state, action=DONE, limit=1)


def fill(state: State, service: Service) -> bool:
    """Write everything; False, and nothing is written, where the demo company is not loaded."""
    person = me.POLICIES.of((me.NAME,))
    assert person is not None
    viewer = person.viewer(me.NAME, me.TITLE, (me.NAME,), signs_out=False)
    answers = service.for_viewer(viewer)
    if DEMO not in {dataset.name for dataset in answers.datasets() if not dataset.error}:
        return False
    engine = answers.engine(DEMO)
    audit.record(state, "Storesight", DONE)  # first: what fails half-way is not tried again with every start
    for title, address in VIEWS:
        views.save(state, viewer, title, address)
    _look(state, answers, engine)
    for note in NOTES:
        _write(state, viewer, engine, note)
    targets = [files.read_target(engine, (), given) for given in TARGETS]
    store.save(state, PLANNER, DEMO, [(target, "Budget of November") for target in targets])
    for title, query, condition in ALERTS:
        _watch(state, engine, english(title), query, condition)
    return True


def _write(state: State, viewer: Viewer, engine: Engine, note: Written) -> None:
    selection, _ = Selection.from_query(f"data={DEMO}&range=last_12m&grain=week&{note.query}")
    author = viewer
    if note.author:  # whoever may show it to everybody
        name = note.author.partition(" (")[0].lower().replace(" ", ".")
        author = Viewer(name, EVERYTHING, title=note.author)
    draft = Draft.read({**note.fields, "audience": views.EVERYBODY if note.author else views.ONLY_ME})
    then = replace(selection, range=str(engine.resolve(selection).requested))
    kept.add(state, author, DEMO, note_scope(selection.clauses), f"/trends?{then.to_query()}", draft)


def _watch(state: State, engine: Engine, title: str, query: str, condition: Condition) -> None:
    selection = Selection.from_query("&".join(filter(None, (f"data={DEMO}", query))))[0]
    rule = Rule(0, Owner(me.NAME, None, (me.NAME,), ALWAYS), title, DEMO, selection.to_query(), condition)
    today = engine.bounds.complete.end.astype(object)
    save_rule(state, judge(rule, engine, engine.resolve(selection), today).rule)


def _look(state: State, answers: ViewerService, engine: Engine) -> None:
    """As if the person had looked a week ago, when the data ended LOOKED_UNTIL earlier: what came since is told at the
    first start."""
    scope = scope_of(answers.viewer)
    selection, _, _ = answers.select(answers.default_view(DEMO))
    now = recap(answers, selection, engine)
    earlier = before(now, str(engine.bounds.complete.end - LOOKED_UNTIL))
    for known in (earlier, now):
        keeping.keep(state, DEMO, scope, known)
    seen = {"version": earlier.version, "seen_at": int(time.time()) - WEEK, "before_version": "", "before_at": 0}
    with state.write() as connection:
        if connection.execute(sa.select(LOOKS.c.subject).where(LOOKS.c.subject == me.NAME)).first() is None:
            connection.execute(LOOKS.insert().values(subject=me.NAME, data=DEMO, scope=scope, **seen))


def before(now: Recap, until: str) -> Recap:
    """The recap as it was when the data ended before `until` (ISO): without what came since, and without news."""
    days = {day: totals for day, totals in now.days.items() if day < until}
    months = {month: totals for month, totals in now.months.items() if month < until[:7]}
    return Recap(f"{now.version} until {until}", until, months, days)


def run(settings: Settings, service: Service) -> str:
    """Fill the state store that the settings name, where that is wanted; what to say of it, "" for nothing. Errors as
    of open_state."""
    state = open_state(settings)
    if state is None or not wanted(state, settings) or not fill(state, service):
        return ""
    return f"The tour of the demo company is at {settings.base}/tour"
