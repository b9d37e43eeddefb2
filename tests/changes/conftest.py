"""The state stores of tests/company, and a data set of which a test makes one version after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analytics import store as stores
from dashboard.answers.service import Service
from dashboard.changes import recap
from tests.analytics import companies
from tests.company.conftest import Clock, _opened, _sqlite, clock
from tests.company.conftest import sqlite_state as state
from tests.company.conftest import state as each_state  # of each kind
from tests.dashboard.conftest import Memory

__all__ = ["Clock", "_opened", "_sqlite", "clock", "each_state", "state"]

Line = tuple[str, str, float]  # day, channel, amount; a refund is below 0


def company_of(lines: Sequence[Line], zone: str = "UTC") -> companies.Tables:
    """A data set "shop" of these lines, an order each."""
    rows: list[dict[str, Any]] = [
        {
            "order_id": f"{i}", "ordered_at": f"{day}T10:00", "product": "Lamp", "quantity": 1 if amount > 0 else -1,
            "amount": amount, "customer": f"c{i % 7}", "channel": channel,
        }
        for i, (day, channel, amount) in enumerate(lines)
    ]  # fmt: skip
    tables = companies.Tables(companies.frame(rows))
    tables.profile = replace(tables.profile, name="shop", title="Shop", default_view="range=all", time_zone=zone)
    return tables


class Shop:
    """A store whose data set the test loads again and again."""

    def __init__(self, root: Path, zone: str = "UTC") -> None:
        self.root, self.zone = root, zone
        self.service = Service(root, Memory())
        self.lines: list[Line] = []

    def load(self, *more: Line, without: Line | None = None) -> str:
        """Load all lines so far and these; the new version."""
        self.lines = [line for line in self.lines if line != without] + list(more)
        stores.write(self.root, company_of(self.lines, self.zone))
        return self.service.current_versions()["shop"]


@pytest.fixture
def no_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recaps without stories, which take long."""
    monkeypatch.setattr(recap, "_stories", lambda *_: ())


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A data set of a few weeks in two channels."""
    made = Shop(tmp_path / "store")
    days = [f"2026-{m:02}-{d:02}" for m, last in ((9, 30), (10, 31), (11, 20)) for d in range(1, last + 1)]
    made.load(*((day, channel, 100.0) for day in days for channel in ("web", "shops")))
    return made
