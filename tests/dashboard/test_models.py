"""Models behind answers: fitted once beside serving; a card does not wait for them, a data URL does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask

from analytics import store as stores
from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import BeingComputed
from analytics.selection import Clause, Resolved
from dashboard.answers import cache
from dashboard.answers.models import KEPT, Models
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR, Viewer
from dashboard.background import loader
from dashboard.chart import Chart
from dashboard.pages import CHARTS
from dashboard.settings import Settings
from tests.analytics import companies
from tests.dashboard.conftest import Memory
from tests.processes import PATIENCE, wait_until

pytestmark = pytest.mark.slow


class Fit:
    """A model that is fitted when the test lets it be; counts its fits and the ends of the ranges asked for."""

    def __init__(self) -> None:
        self.__qualname__ = "fit"
        self.allowed = threading.Event()
        self.ends: list[str] = []
        self.filters: list[tuple[Clause, ...]] = []

    def __call__(self, engine: Engine, selection: Resolved) -> Answer:
        self.ends.append(str(selection.span.end))
        self.filters.append(selection.clauses)
        assert self.allowed.wait(PATIENCE)
        return Answer(pd.DataFrame({"lines": engine.aggregate([], ["lines"], selection)["lines"]}))


def shown(engine: Engine, selection: Resolved, options: object, models: Answer) -> Answer:
    return models


@pytest.fixture
def fit() -> Iterator[Fit]:
    made = Fit()
    yield made
    made.allowed.set()


@pytest.fixture
def chart(fit: Fit) -> Chart:
    return replace(CHARTS["top_places"], compute=shown, models=fit)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    stores.write(tmp_path, companies.nasty())
    return tmp_path


def asked(service: Service, chart: Chart, query: str, patience: float | None, viewer: Viewer = OPERATOR) -> int:
    answers = service.for_viewer(viewer)
    selection, engine, _ = answers.select(query)
    return int(answers.answer(chart, engine.resolve(selection), {}, engine, patience).frame["lines"].iloc[0])


def test_a_card_does_not_wait_and_the_next_look_finds_the_model(root: Path, chart: Chart, fit: Fit) -> None:
    service = Service(root, Memory())
    for _ in range(3):
        with pytest.raises(BeingComputed):
            asked(service, chart, "data=toy", 0.01)
    fit.allowed.set()
    lines = asked(service, chart, "data=toy", None)
    assert asked(service, chart, "data=toy", 0.0) == lines > 0
    assert len(fit.ends) == 1


def test_filters_and_other_beginnings_rest_on_the_same_model(root: Path, chart: Chart, fit: Fit) -> None:
    service = Service(root, Memory())
    fit.allowed.set()
    queries = ("", "&channel=web", "&product=TV", "&range=last_30d", "&top_places.metric=orders", "&grain=week")
    assert len({asked(service, chart, f"data=toy{q}", None) for q in queries}) == 1
    assert fit.filters == [()]
    asked(service, chart, "data=toy&range=2020-01-01..2020-02-01", None)
    assert len(fit.ends) == len(set(fit.ends)) == 2, "a range that ends earlier knows less"


@pytest.mark.long
def test_a_policy_and_new_data_have_models_of_their_own(root: Path, chart: Chart, fit: Fit) -> None:
    service = Service(root, Memory())
    fit.allowed.set()
    everything = asked(service, chart, "data=toy", None)
    narrowed = asked(service, chart, "data=toy", None, Viewer("limited", (Clause("channel", ("web",)),)))
    assert narrowed < everything
    tables = companies.nasty()
    stores.write(root, replace(tables, lines=tables.lines[tables.lines["channel"] == "web"]))
    assert asked(service, chart, "data=toy", None) == narrowed
    assert len(fit.ends) == 3


def test_many_who_ask_at_once_make_one_fit(root: Path, chart: Chart, fit: Fit) -> None:
    """In two workers that share a cache."""
    shared = Settings(cache_dir=root / ".answers")
    workers = [Service(root, cache.install(Flask("worker"), shared)) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(asked, workers[i % 2], chart, "data=toy", None) for i in range(8)]
        wait_until(lambda: len(fit.ends) == 1, "a fit")
        fit.allowed.set()
        assert len({w.result(PATIENCE) for w in waiting}) == 1
    assert len(fit.ends) == 1


def test_a_failed_fit_is_told_to_all_and_tried_again() -> None:
    models, calls = Models(lambda key, fit: fit()), []

    def broken_once() -> Answer:
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError("too large")
        return Answer(pd.DataFrame({"a": [1]}))

    with pytest.raises(MemoryError):
        models.get("key", broken_once)
    assert len(models.get("key", broken_once).frame) == 1
    assert len(calls) == 2


@pytest.mark.long
def test_few_models_are_remembered() -> None:
    models = Models(lambda key, fit: fit())
    made: list[int] = []

    def fit(n: int) -> Callable[[], Answer]:
        return lambda: made.append(n) or Answer(pd.DataFrame({"n": [n]}))  # type: ignore[func-returns-value]

    for n in range(KEPT + 5):
        models.get(str(n), fit(n))
    models.get(str(KEPT), fit(KEPT))
    models.get("0", fit(0))
    assert made == [*range(KEPT + 5), 0]


def test_what_default_views_need_is_made_ready(root: Path, chart: Chart, fit: Fit) -> None:
    service = Service(root, Memory())
    fit.allowed.set()
    service.for_viewer(OPERATOR).prepare([chart, CHARTS["top_products"]])
    assert len(fit.ends) == 1
    asked(service, chart, service.for_viewer(OPERATOR).default_view("toy"), 0.0)
    service.for_viewer(OPERATOR).prepare([chart])
    assert len(fit.ends) == 1


@pytest.mark.long
def test_the_loader_makes_ready_whenever_data_are_new(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loader, "WATCH_SECONDS", 0.05)
    ours, calls = loader.Loader(Settings(store=root, catalog=())), []

    def prepare() -> None:
        calls.append(stores.current_version(root, "toy"))
        if len(calls) == 1:
            raise MemoryError("too large")

    ours.prepare = prepare
    warmed: list[str | None] = []
    ours.warm = lambda: warmed.append(stores.current_version(root, "toy"))
    monkeypatch.setattr(ours, "load", list)
    ours.start()
    try:
        wait_until(lambda: len(calls) == 1, "the first")
        tables = companies.nasty()
        stores.write(root, replace(tables, lines=tables.lines.head(5)))  # as another process would
        wait_until(lambda: len(calls) == len(warmed) == 2, "the second")  # in either order
    finally:
        ours.stop()
    assert len(set(calls)) == 2
    assert warmed == calls
    assert "preparing answers from new data failed" in caplog.text
