"""Decisions on the page: measured once for each data version, by what no other decision touched, with their proof."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import store as stores
from analytics.answer import Answer
from analytics.calendar import TimeRange
from analytics.errors import BeingComputed
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company.state import State
from dashboard.notebook import page
from dashboard.notes import entries, kept, outcomes
from dashboard.notes.draft import Draft
from dashboard.page.protocol import address
from tests.analytics.test_decisions import DAYS, shop
from tests.dashboard.conftest import Memory

ANN = Viewer("ann", EVERYTHING, title="Ann")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("decided")
    stores.write(made, shop(0.5))
    return made


@pytest.fixture(scope="module")
def service(folder: Path) -> ViewerService:
    return Service(folder, Memory()).for_viewer(ANN)


@pytest.fixture
def decided(state: State, service: ViewerService) -> Callable[..., entries.Entry]:
    """Keeps a decision about this product, and finds it."""

    def make(product: str, metric: str = "revenue", check: np.datetime64 = DAYS.last) -> entries.Entry:
        draft = Draft(TimeRange(DAYS.start, DAYS.start + 1), "decision", f"About {product}", "", metric, 10.0, check)
        scope = f"product={product}" if product else ""
        number = kept.add(state, ANN, "toy", scope, f"/overview?data=toy&{scope}", draft)
        return entries.find(state, service, number)

    return make


def told(state: State, service: ViewerService, entry: entries.Entry) -> str:
    outcomes.measured(service, entry, entries.all_of(state, service))
    text, waits = page.one(state, service, entry)
    assert not waits
    return text


@pytest.mark.sampled(2)
def test_a_measured_outcome_is_told_with_its_proof(
    state: State, service: ViewerService, decided: Callable[..., entries.Entry]
) -> None:
    entry = decided("P0")
    text = told(state, service, entry)
    assert "Revenue: +" in text
    assert "Expected: +10%." in text
    assert "How it is measured" in text
    assert str(text).count("<tr>") == 1 + 4 + 4, "a heading, four weeks before and the four after"
    answer = outcomes.measured(service, entry, [entry])
    path, query = address(outcomes.proof(entry, answer))
    selection, engine, dropped = service.select(query)
    assert (path, dropped, selection.grain) == ("/overview", (), "week")
    assert engine.resolve(selection).span.end == DAYS.end
    assert page.verdict(state, service, entry).startswith("Revenue: +")


def test_what_other_decisions_touched_does_not_serve(
    state: State, service: ViewerService, decided: Callable[..., entries.Entry]
) -> None:
    entry, others = decided("P0"), [decided(name) for name in ("P1", "P2", "")]
    found = outcomes.measured(service, entry, [entry, *others])
    assert set(found.more["controls"]["value"]) <= {"P3", "P4", "P5"}


def test_an_outcome_is_computed_once_and_never_waited_for(
    state: State, folder: Path, decided: Callable[..., entries.Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, entry, ready, calls = (
        Service(folder, Memory()).for_viewer(ANN),
        decided("P1"),
        threading.Event(),
        list[Any](),
    )

    def outcome(*_: Any, **given: Any) -> Answer:
        assert ready.wait(30)
        calls.append(given)
        return Answer(pd.DataFrame({"effect": [1.0]}))

    monkeypatch.setattr(outcomes, "outcome", outcome)
    for _ in range(2):
        with pytest.raises(BeingComputed):
            outcomes.measured(service, entry, [entry], 0.0)
    ready.set()
    once = outcomes.measured(service, entry, [entry])
    assert outcomes.measured(service, entry, [entry], 0.0) is once
    assert len(calls) == 1


def test_what_cannot_be_measured_says_why(
    state: State, service: ViewerService, decided: Callable[..., entries.Entry]
) -> None:
    assert "It concerned everything" in told(state, service, decided(""))
    later = decided("P2", check=np.datetime64("2030-01-01"))
    assert not later.due
    assert "once there are data up to that day" in page.one(state, service, later)[0]
    assert page.verdict(state, service, later).startswith("It can be measured once")
