"""The answers of one run of a command, some of which a copy of the process computes."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from analytics.errors import BeingComputed, RequestError
from dashboard.answers.kept import Kept
from dashboard.chart import Chart
from dashboard.pages import CHARTS, PAGES
from dashboard.pages.insights import ALL
from dashboard.report.cards import View
from dashboard.report.content import answer_first, answer_in_a_copy, answer_with_the_copy
from tests.processes import wait_until


def refused() -> bytes:
    raise AssertionError("computed here")


def test_a_copy_computes_answers_for_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    kept, here = Kept(), os.getpid()

    def work() -> None:
        for key in ("a", "ü"):
            kept.get_or_compute(key, lambda: f"not by {here}".encode() if os.getpid() != here else b"here")

    assert kept.fill_with_a_copy(work)
    wait_until(lambda: "ü" in kept._answers, "the answers of the copy")
    assert kept.get_or_compute("a", refused) == (f"not by {here}".encode(), True)
    assert kept.get_or_compute("own", lambda: b"own") == (b"own", False)


def test_what_the_copy_has_begun_is_waited_for_and_what_fails_there_or_is_lost_computed_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    kept, go_on = Kept(), tmp_path / "go on"

    def slowly() -> bytes:
        wait_until(go_on.exists, "the other process")
        return b"by the copy"

    def work() -> None:
        with suppress(AssertionError):
            kept.get_or_compute("fails", refused)
        kept.get_or_compute("slow", slowly)
        kept.get_or_compute("lost", lambda: os._exit(1))

    assert kept.fill_with_a_copy(work)
    wait_until(lambda: "slow" in kept._coming, "that the copy begins")
    assert kept.get_or_compute("fails", lambda: b"here") == (b"here", False)
    asked = ThreadPoolExecutor(1).submit(kept.get_or_compute, "slow", refused)
    go_on.touch()
    assert asked.result() == (b"by the copy", True)
    wait_until(lambda: not kept._coming, "the end of the copy")
    assert kept.get_or_compute("lost", lambda: b"here") == (b"here", False)


@pytest.mark.parametrize(("cores", "threads"), [({0}, 1), ({0, 1}, 2)])
def test_there_is_no_copy_on_one_core_or_of_threads(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], threads: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    monkeypatch.setattr("multiprocessing.get_context", refused)
    assert not Kept().fill_with_a_copy(refused)


@pytest.mark.parametrize(("kind", "copies"), [("embedded", True), ("duckdb", False), ("spark", False)])
def test_connections_of_another_engine_are_not_copied(monkeypatch: pytest.MonkeyPatch, kind: str, copies: bool) -> None:
    monkeypatch.setattr(Kept, "fill_with_a_copy", lambda _, work: True)
    engine = SimpleNamespace(profile=SimpleNamespace(engine=SimpleNamespace(kind=kind)))
    assert answer_in_a_copy(Kept(), cast(View, SimpleNamespace(engine=engine))) == copies


class Asked:
    """A view that notes what it is asked. `fitted`: after how many charts the models are there; `fault`: what asking
    for any of them raises."""

    now = engine = None

    def __init__(self, fitted: int = 0, fault: type[Exception] | None = None) -> None:
        self.names: list[str] = []
        self.service = SimpleNamespace(models=self.models)
        self._fitted, self._fault = fitted, fault

    def models(self, fit: object, *_: object) -> None:
        self.names.append("models")
        self._raise()

    def seen(self, chart: Chart, patience: float | None = None) -> None:
        if patience is not None and len(self.names) < self._fitted:
            raise BeingComputed("the models are being fitted.")
        self.names.append(chart.name)
        self._raise()

    together = seen

    def _raise(self) -> None:
        if self._fault:
            raise self._fault("this one fails")

    @property
    def view(self) -> View:
        return cast(View, self)


EVERY = {c.name for page in PAGES for c in page.charts if c.role in ("chart", "kpis")}


def test_the_copy_fits_the_models_and_asks_every_chart_once_whatever_fails() -> None:
    asked = Asked(fault=ValueError)
    answer_first(asked.view, PAGES)
    assert asked.names[0] == "models"
    assert len(asked.names) == len(EVERY) + 1
    assert set(asked.names[1:]) == EVERY


def test_meanwhile_the_same_is_asked_from_the_other_end_without_waiting_for_models() -> None:
    asked, copy = Asked(fitted=20), Asked()
    answer_with_the_copy(asked.view, PAGES)
    answer_first(copy.view, PAGES)
    assert asked.names[0] == "needs_action"
    assert asked.names[20] == ALL
    assert not any(CHARTS[name].models for name in asked.names[1:20])
    order = [name for name in copy.names if name in asked.names]
    assert order == [name for name in reversed(asked.names) if name in EVERY]
    assert {name for name in EVERY - set(asked.names) if not CHARTS[name].models} == set()


def test_whatever_fails_each_is_asked_once() -> None:
    asked = Asked(fault=RequestError)
    answer_with_the_copy(asked.view, PAGES)
    assert sorted(asked.names) == sorted({ALL, "needs_action"} | EVERY)


def test_while_models_are_fitted_only_charts_without_them_are_asked() -> None:
    asked = Asked(fitted=len(EVERY) + 9)
    answer_with_the_copy(asked.view, PAGES)
    assert sorted(asked.names) == sorted(["needs_action", *(name for name in EVERY if not CHARTS[name].models)])
