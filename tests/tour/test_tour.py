"""The tour of the demo company: every step leads to what it tells of, and a new state store is filled once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from analytics.engines.base import Engine
from dashboard import login, tour
from dashboard.alerts import rules
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS
from dashboard.changes.panel import since_last_look
from dashboard.changes.recap import Recap, Totals
from dashboard.company import audit, views
from dashboard.company.state import State, open_state
from dashboard.company.tables import ALERTS, NOTES, TARGETS, VIEWS
from dashboard.login import me
from dashboard.notes import kept
from dashboard.page import handler
from dashboard.page.handler import first_answer
from dashboard.pages import BY_PATH, CHARTS
from dashboard.settings import Settings
from dashboard.targets.store import Stored
from dashboard.tour import seeding
from dashboard.tour.steps import STEPS, Step, markdown
from dashboard.web import server
from tests.dashboard.conftest import NoCache
from tests.processes import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(store: Path) -> Service:
    return Service(store, NoCache())


@pytest.fixture(scope="module")
def answers(service: Service) -> ViewerService:
    policy = me.POLICIES.of((me.NAME,))
    assert policy is not None
    return service.for_viewer(policy.viewer(me.NAME, me.TITLE, (me.NAME,), signs_out=False))


@pytest.fixture(scope="module")
def demo(answers: ViewerService) -> Engine:
    return answers.engine("demo")


@pytest.fixture(scope="module")
def filled(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A state store as after the first start; the news, which take seconds, are left out."""
    settings = Settings(state=tmp_path_factory.mktemp("state") / "me.db", login="me")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.changes.recap._stories", lambda *_: ())
        patch.setattr("dashboard.changes.recap._alerts", lambda *_: ())
        assert seeding.run(settings, service) == "The tour of the demo company is at http://127.0.0.1:8050/tour"
        assert seeding.run(settings, service) == "", "a second time nothing is written"
    state = open_state(settings)
    assert state is not None
    yield state
    state.engine.dispose()


# The steps


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_a_step_leads_to_what_is_there(step: Step, answers: ViewerService, demo: Engine) -> None:
    address = urlsplit(step.address)
    selection, _, dropped = answers.select(address.query, strict=True)
    assert not dropped
    assert bool(step.path) != bool(step.chart)
    assert address.fragment == step.chart
    assert not demo.unknown_values(demo.resolve(selection)), "a filter on what the company lacks shows nothing"
    if step.chart:
        assert not CHARTS[step.chart].missing(demo.schema)
        options = {name.partition(".")[0] for name in parse_qs(address.query) if "." in name}
        assert options <= {step.chart}


def test_the_document_tells_the_steps() -> None:
    text = (ROOT / "docs" / "tour.md").read_text("utf-8")
    assert markdown() in text, f"docs/tour.md must hold:\n{markdown()}"


# The page


def web(service: Service, **settings: Any) -> Any:
    flask = Flask("tested")
    server.install_errors(flask)
    login.install(flask, Settings(**settings))
    tour.install(flask, service)
    return flask.test_client()


def test_the_page_lists_the_steps_that_can_be_taken(service: Service, tmp_path: Path) -> None:
    without = web(service).get("/tour").get_data(as_text=True)
    keeping = web(service, login="me", state=tmp_path / "me.db").get("/tour").get_data(as_text=True)
    for step in STEPS:
        assert step.title in keeping
        assert (step.title in without) is not step.keeps
    assert "need a state store" in without
    assert "need a state store" not in keeping


def test_there_is_no_tour_without_the_company(tmp_path: Path) -> None:
    answer = web(Service(tmp_path / "empty", NoCache())).get("/tour", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert "not loaded" in answer.get_data(as_text=True)


def test_the_hint_stands_on_the_overview_of_the_demo_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_cards", lambda *_, **__: {})
    flask = Flask("tested")
    with flask.test_request_context("/"):
        answers = service.for_viewer(ANONYMOUS)
        assert "tour-hint" in str(first_answer(answers, "/overview?data=demo&range=last_7d").body)
        assert "tour-hint" not in str(first_answer(answers, "/trends?data=demo&range=last_7d").body)


# What a new state store is filled with


def test_everything_is_filled_once_and_named_in_the_log(filled: State) -> None:
    counts = {VIEWS: len(seeding.VIEWS), NOTES: len(seeding.NOTES), TARGETS: len(seeding.TARGETS), ALERTS: 3}
    with filled.read() as connection:
        for table, count in counts.items():
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == count, table.name
    assert [entry.who for entry in audit.entries(filled, action=seeding.DONE)] == ["Storesight"]


def test_what_was_deleted_does_not_come_back(filled: State, service: Service, answers: ViewerService) -> None:
    settings = SimpleNamespace(login="me")
    assert not seeding.wanted(filled, settings)  # type: ignore[arg-type]  # all that is read
    assert not seeding.wanted(filled, SimpleNamespace(login="local"))  # type: ignore[arg-type]


def test_without_the_demo_nothing_is_written(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "me.db", login="me")
    assert seeding.run(settings, Service(tmp_path / "store", NoCache())) == ""
    state = open_state(settings)
    assert state is not None
    assert seeding.wanted(state, settings), "it is done when the demo company is loaded"
    assert seeding.run(Settings(), Service(tmp_path / "store", NoCache())) == "", "without a state store either"


def test_the_saved_views_open(filled: State, answers: ViewerService) -> None:
    for view in views.seen_by(filled, answers.viewer):
        path, _, query = view.address.partition("?")
        assert path in BY_PATH
        assert not answers.select(query, strict=True)[2], path


def test_the_notes_are_about_rows_and_the_decisions_are_due(
    filled: State, answers: ViewerService, demo: Engine
) -> None:
    notes = kept.seen_by(filled, answers.viewer, "demo")
    assert len(notes) == len(seeding.NOTES)
    decisions = [note for note in notes if note.decides]
    assert {note.author for note in decisions} == {me.NAME}, "only who wrote a decision can check it"
    for note in notes:
        assert note.address.partition("?")[0] in BY_PATH
        assert not answers.select(note.address.partition("?")[2], strict=True)[2]
        assert demo.bounds.complete.start <= note.draft.days.start < demo.bounds.complete.end
    assert all(note.draft.check is not None and note.draft.check < demo.bounds.complete.end for note in decisions)


def test_the_alerts_know_what_holds(filled: State) -> None:
    found = {rule.title: rule for rule in rules.of(filled, me.NAME)}
    assert found["A product is out of stock"].state == "firing"
    assert {rule.state for rule in found.values()} <= {"firing", "ok"}, "each was checked"


def test_what_changed_since_a_week_ago_is_told(
    filled: State, service: Service, answers: ViewerService, demo: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "stored_targets", Stored(filled).of)
    panel = str(since_last_look(filled, service.for_viewer(answers.viewer), demo))
    assert "8 new days" in panel
    assert "Amara Osei (Finance) set the target" in panel
    assert "Gift campaign" in panel


def test_an_earlier_recap_holds_what_was_known_then() -> None:
    totals = Totals(1.0, 1.0, 1, 0)
    now = Recap("v", "2026-01-01", {"2025-11": totals, "2025-12": totals}, {"2025-12-23": totals, "2025-12-24": totals})
    then = seeding.before(now, "2025-12-24")
    assert (then.until, list(then.months), list(then.days)) == ("2025-12-24", ["2025-11"], ["2025-12-23"])
    assert then.version != now.version


# How `make run` starts


@pytest.mark.parametrize(
    ("given", "kept_in"),
    [
        ({}, "me data/state/me.db"),
        ({"STORESIGHT_LOGIN": "me"}, "me data/state/me.db"),
        ({"STORESIGHT_LOGIN": "off"}, "off "),
        ({"STORESIGHT_STATE": "x.db"}, " x.db"),
        ({"STORESIGHT_PROXIES": "1"}, " "),
        ({"DATABASE_URL": "postgresql://h/d"}, " "),
    ],
)
def test_only_make_run_keeps_things_by_itself(tmp_path: Path, given: dict[str, str], kept_in: str) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "first_data").write_text("")
    for name in ("python", "gunicorn"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\necho "${STORESIGHT_LOGIN-} ${STORESIGHT_STATE-}"\n')
        program.chmod(0o755)
    command = ["sh", str(ROOT / "scripts" / "run"), str(tmp_path / "python")]
    started = subprocess.run(
        command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", **given}, capture_output=True, text=True, check=True
    )
    assert started.stdout.rstrip("\n") == kept_in
    assert "scripts/run" not in (ROOT / "Procfile").read_text() + (ROOT / "Dockerfile").read_text()


def test_the_company_is_drawn_again_when_its_history_has_changed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "store" / "demo").mkdir(parents=True)
    history = tmp_path / "data" / "demo_stories.py"
    history.write_text("")
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\n[ "$2" = dashboard.background.loader ] || echo "$2"\n')
    python.chmod(0o755)

    def ran() -> list[str]:
        command = ["sh", str(ROOT / "scripts" / "first_data"), str(python)]
        path = {"PATH": "/usr/bin:/bin"}
        return subprocess.run(
            command, cwd=tmp_path, env=path, capture_output=True, text=True, check=True
        ).stdout.split()

    assert "data.generate" not in ran(), "a store without the demo company stays without it"
    made = tmp_path / "data" / "generated" / "demo" / "lines.parquet"
    made.parent.mkdir(parents=True)
    made.write_text("")
    os.utime(history, (1, 1))
    assert "data.generate" not in ran()
    os.utime(made, (0, 0))
    assert "data.generate" in ran()
