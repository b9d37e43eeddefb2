"""What others wrote or set, and one's own alerts, since a look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.calendar import TimeRange
from analytics.questions.targets.target import Target
from analytics.selection import Clause
from dashboard.changes.colleagues import alerts_since, notes_since, targets_since
from dashboard.company.state import State
from dashboard.company.tables import ALERTS
from dashboard.notes import kept as notes
from dashboard.notes.draft import Draft
from dashboard.targets import store
from tests.changes.conftest import Clock, Shop
from tests.changes.test_recaps import ANN, WENDY, panel

OCTOBER = TimeRange(np.datetime64("2026-10-01", "D"), np.datetime64("2026-11-01", "D"))


def wrote(state: State, viewer: Any, text: str, scope: str = "", audience: str = "*") -> None:
    draft = Draft(OCTOBER, "note", text, audience)
    notes.add(state, viewer, "shop", scope, "/overview?data=shop", draft)


@pytest.fixture
def boss() -> Any:
    """Somebody who may write for everybody."""
    from dataclasses import replace

    return replace(ANN, name="boss", title="The boss", rights=frozenset({"view", "administer"}))


def test_notes_of_others_that_one_may_see(shop: Shop, state: State, clock: Clock, boss: Any) -> None:
    wrote(state, boss, "old")
    clock.pass_by(10)
    at = int(clock.now)
    clock.pass_by(10)
    wrote(state, boss, "for all\nof <b>us</b>")
    wrote(state, boss, "about the shops", scope="channel=shops")
    wrote(state, boss, "mine alone", audience="")
    wrote(state, ANN, "my own", audience="")
    engine = shop.service.for_viewer(ANN).engine("shop")
    told = [line.text for line in notes_since(state, ANN, engine, at)]
    assert told == [
        "The boss wrote about October 2026: about the shops",
        "The boss wrote about October 2026: for all of <b>us</b>",
    ]
    web = shop.service.for_viewer(WENDY).engine("shop")
    assert [line.text[-12:] for line in notes_since(state, WENDY, web, at)] == ["of <b>us</b>"]
    for number in range(6):
        wrote(state, boss, f"more {number}")
    lines = notes_since(state, ANN, engine, at)
    assert (len(lines), lines[-1].text) == (6, "3 more notes.")


def test_targets_that_others_set_and_that_one_may_see(shop: Shop, state: State, clock: Clock) -> None:
    shop.service.stored_targets = store.Stored(state).of
    at = int(clock.now)
    clock.pass_by(10)
    everything = Target("revenue", OCTOBER, 400_000.0)
    web = Target("orders", OCTOBER, 50.0, (Clause("channel", ("web",)),), "Stretch")
    store.save(state, "ben", "shop", [(everything, "budget"), (web, "")])
    told = {}
    for viewer in (ANN, WENDY):
        service = shop.service.for_viewer(viewer)
        told[viewer.name] = sorted(line.text for line in targets_since(state, service, service.engine("shop"), at))
    assert told["ann"] == [
        "ben set the target for orders, October 2026 (Stretch): 50.",
        "ben set the target for revenue, October 2026: $400K.",
    ]
    assert told["wendy"] == ["ben set the target for orders, October 2026 (Stretch): 50."]
    store.save(state, "ben", "shop", [(Target("revenue", OCTOBER, 380_000.0), "")])
    store.save(state, "ann", "shop", [(Target("units", OCTOBER, 5.0), "")])
    service = shop.service.for_viewer(ANN)
    lines = [line.text for line in targets_since(state, service, service.engine("shop"), at)]
    assert "ben changed the target for revenue, October 2026: $380K." in lines
    assert not [line for line in lines if "units" in line], "her own"
    assert targets_since(state, service, service.engine("shop"), int(clock.now)) == []


def alert(state: State, owner: str, title: str, condition: str, at: int) -> None:
    row = {"owner": owner, "title": title, "data": "shop", "condition": "{}", "state": condition}
    with state.write() as connection:
        connection.execute(ALERTS.insert().values(**row, changed_at=at, created_at=0))


@pytest.mark.sampled(2)
def test_ones_own_alerts(shop: Shop, each_state: State, clock: Clock) -> None:
    now = int(clock.now)
    alert(each_state, "ann", "Weak day", "firing", now)
    alert(each_state, "ann", "Old one", "firing", now - 100)
    alert(each_state, "ann", "At rest", "ok", now)
    alert(each_state, "ben", "Of Ben", "firing", now)
    engine = shop.service.for_viewer(ANN).engine("shop")
    assert [line.text for line in alerts_since(each_state, ANN, engine, now - 50)] == ["Alert fires: Weak day."]


@pytest.mark.usefixtures("no_stories")
def test_a_note_is_told_though_no_figure_changed(shop: Shop, state: State, clock: Clock, boss: Any) -> None:
    assert panel(shop, state, ANN) == ""
    clock.pass_by(3600)
    wrote(state, boss, "The fair begins.")
    clock.pass_by(3600)
    told = panel(shop, state, ANN)
    assert "The boss wrote about October 2026: The fair begins." in told
    assert "today at" in told
    assert 'href="/overview?data=shop"' in told
