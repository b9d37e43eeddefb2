"""The answers of one run of a command, some of which a copy of the process computes."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dashboard.answers.kept import Kept
from dashboard.chart import Chart
from dashboard.pages import PAGES
from dashboard.report.cards import View
from dashboard.report.content import answer_charts, answer_in_a_copy
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

    kept.fill_with_a_copy(work)
    wait_until(lambda: "ü" in kept._answers, "the answers of the copy")
    assert kept.get_or_compute("a", refused) == (f"not by {here}".encode(), True)
    assert kept.get_or_compute("own", lambda: b"own") == (b"own", False)


@pytest.mark.parametrize(("cores", "threads"), [({0}, 1), ({0, 1}, 2)])
def test_there_is_no_copy_on_one_core_or_of_threads(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], threads: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    monkeypatch.setattr("multiprocessing.get_context", refused)
    Kept().fill_with_a_copy(refused)


@pytest.mark.parametrize(("kind", "copies"), [("embedded", 1), ("duckdb", 0), ("spark", 0)])
def test_connections_of_another_engine_are_not_copied(monkeypatch: pytest.MonkeyPatch, kind: str, copies: int) -> None:
    made: list[object] = []
    monkeypatch.setattr(Kept, "fill_with_a_copy", lambda _, work: made.append(work))
    engine = SimpleNamespace(profile=SimpleNamespace(engine=SimpleNamespace(kind=kind)))
    answer_in_a_copy(Kept(), cast(View, SimpleNamespace(engine=engine)))
    assert len(made) == copies


def test_every_chart_is_asked_once_whatever_fails() -> None:
    asked: list[str] = []

    def seen(chart: Chart) -> Any:
        asked.append(chart.name)
        raise ValueError("this one fails")

    answer_charts(cast(View, SimpleNamespace(seen=seen)), PAGES)
    assert len(asked) == len(set(asked))
    assert set(asked) == {c.name for page in PAGES for c in page.charts if c.role in ("chart", "kpis")}
