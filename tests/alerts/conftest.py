"""A shop whose days a test writes one by one, the clock of the day after, and what receives its messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.methods.alarms.alerts import AlertRule
from analytics.selection import Clause
from dashboard.alerts import checking, rules
from dashboard.alerts.checking import Checker
from dashboard.alerts.conditions import Condition
from dashboard.alerts.rules import Rule
from dashboard.answers.service import Service
from dashboard.answers.viewers import Right
from dashboard.company.owners import Owner
from dashboard.company.policies import Policies, Policy
from dashboard.company.state import State
from dashboard.delivery.jobs import Runner
from dashboard.settings import Settings
from tests.analytics import companies
from tests.company.conftest import Clock, _sqlite
from tests.company.conftest import sqlite_state as state
from tests.company.conftest import state as any_state  # of each kind
from tests.dashboard.conftest import NoCache
from tests.delivery.conftest import _hook_server, _mail_server, _opened, clock, hooks, mails, runner_of, settings

__all__ = [
    "_hook_server",
    "_mail_server",
    "_opened",
    "_sqlite",
    "any_state",
    "clock",
    "hooks",
    "mails",
    "settings",
    "state",
]

FIRST = np.datetime64("2026-11-17", "D")  # 60 days of history before the clock's today
DAY = 86_400
ANN = Owner("ann", None, ("everything",), 1_800_000_000)
LEE = Owner("lee", None, ("web",), 1_800_000_000)
MAIL, HOOK = "mail:ann@example.org", "hook:plain"
BOTH: frozenset[Right] = frozenset({"view", "export"})
WEB = Policy((Clause("channel", ("web",)),), hidden=frozenset({"cost"}), rights=BOTH)
POLICIES = Policies({"everything": Policy(rights=BOTH), "web": WEB, "readers": Policy()})
LOW = AlertRule("Weak day", "revenue", "day", "threshold", below=500.0)


def no_policies() -> Policies:
    """The policies of everybody here."""
    return POLICIES


@dataclass
class Shop:
    """A shop of ten orders a day, half of them on the web: `days` holds the revenue of each day."""

    root: Path
    clock: Clock
    state: State
    settings: Settings
    days: list[float] = field(default_factory=lambda: [1000.0] * 59)
    shops: float = 1.0  # what the shops sell on the last day, of the usual
    profile: dict[str, Any] = field(default_factory=dict)
    stock: dict[str, float] = field(default_factory=dict)

    def load(self) -> None:
        """Store what there is now as a new version."""
        rows = []
        for number, revenue in enumerate(self.days):
            for order in range(10 if revenue else 0):
                channel = "web" if order % 2 else "shops"
                part = self.shops if channel == "shops" and number == len(self.days) - 1 else 1.0
                rows.append({
                    "order_id": f"{number}-{order}", "ordered_at": f"{FIRST + np.timedelta64(number, 'D')}T10:00",
                    "product": f"Item {order}", "quantity": 1, "amount": round(revenue / 10 * part, 2),
                    "customer": f"c{order}", "channel": channel, "cost": 1.0,
                })  # fmt: skip
        tables = companies.Tables(companies.frame([row for row in rows if row["amount"]]))
        until = str(FIRST + np.timedelta64(len(self.days) - 1, "D"))
        tables.profile = replace(tables.profile, name="shop", title="Shop", **{"data_until": until, **self.profile})
        if self.stock:
            counted = {"product": list(self.stock), "on_hand": list(self.stock.values())}
            tables.extras["stock"] = pd.DataFrame({**counted, "date": np.datetime64(until, "us")})
        store.write(self.root, tables)

    def next_day(self, *revenue: float) -> None:
        """Days pass, and their data come."""
        self.clock.pass_by(DAY * len(revenue))
        self.days += revenue
        self.load()

    def instance(self) -> tuple[Runner, Checker]:
        """A process of the application, as it starts."""
        runner = runner_of(self.state, self.settings)
        return runner, checking.install(runner, Service(self.root, NoCache()), no_policies)

    def tick(self) -> None:
        """What a process does that has just started: look for new data, check, send."""
        self.instance()[0].tick()

    def add(self, condition: Condition = LOW, title: str = "", **more: Any) -> int:
        """A rule of Ann's, as the page saves it."""
        named = title or getattr(condition, "name", "") or "Rule"
        given = {"channels": (MAIL,), "owner": ANN, "query": "data=shop", **more}
        rule = Rule(0, title=named, data="shop", condition=condition, **given)
        return rules.save(self.state, self.instance()[1].begun(rule))

    def rule(self, ident: int) -> Rule:
        """A rule as the store has it."""
        return next(r for r in rules.about(self.state, "shop") if r.id == ident)


@pytest.fixture
def shop(tmp_path: Path, clock: Clock, state: State, settings: Settings) -> Shop:
    """The shop with its history, loaded."""
    made = Shop(tmp_path, clock, state, settings)
    made.load()
    return made


Subjects = Callable[[], Sequence[str]]


@pytest.fixture
def subjects(request: pytest.FixtureRequest) -> Subjects:
    """The subjects of the mails that have come."""
    found = request.getfixturevalue("mails")
    return lambda: [mail["Subject"] for mail in found.mails]
