"""The frame engine and the whole application on a Spark cluster: the embedded engine's suite, and its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analytics import store
from analytics.engines.frame_engine import FrameEngine
from analytics.engines.frame_source import SparkLines
from analytics.errors import EngineError
from analytics.profile import EngineChoice
from analytics.selection import Clause
from tests.analytics import companies, test_engine
from tests.analytics.frames import on_spark
from tests.analytics.same_answers import *  # noqa: F403
from tests.analytics.same_answers import REAL, compare_real, random_tests
from tests.processes import AppServer

CHARTS = ("kpis", "revenue_over_time")
QUERIES = ("", "&city=Portland&range=2020-01-01..2020-04-01", "&with=product:iPhone", "&new_or_returning=New")

globals().update(random_tests(1))


@pytest.fixture(scope="module", autouse=True)
def _engine(master: str) -> Iterator[None]:
    """Every engine that the imported tests make is made here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_engine, "PandasEngine", lambda data: on_spark(data, master))
        yield


def test_the_suite_runs_on_this_engine(master: str) -> None:
    engine = test_engine.engine_of(companies.nasty())
    assert isinstance(engine, FrameEngine)
    assert isinstance(engine.source, SparkLines)
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    assert session is not None
    assert session.sparkContext.master == master
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1  # the driver is among them
    assert executors == 2


def test_real_data_have_the_same_answers(sources: Path) -> None:
    compare_real(sources, (Clause("city", ("Austin", "Boston", "Dallas")),), REAL[1:2])


def test_one_process_has_one_master(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Name one Spark master"):
        SparkLines(tmp_path / "lines.parquet", "spark://elsewhere:7077").lines()


def test_the_application_on_the_cluster(tmp_path: Path, master: str, serve: Callable[..., AppServer]) -> None:
    """Every chart gives the same answer, or the same refusal, whichever engine its data set names."""
    tables = companies.nasty()
    plain = replace(tables.profile, name="plain")
    cluster = replace(tables.profile, name="cluster", engine=EngineChoice("spark", master=master, cores=2))
    for profile in (plain, cluster):
        store.write(tmp_path / "store", companies.Tables(tables.lines, profile, tables.extras))
    app = serve(tmp_path / "store", WEB_CONCURRENCY="1", SPARK_LOCAL_IP="127.0.0.1")
    charts = [c["name"] for c in json.loads(app.get("/data/")[1])]
    answered = 0
    for number, chart in enumerate(charts):
        query = QUERIES[number % len(QUERIES)]
        found = [app.get(f"/data/{chart}.json?data={name}{query}", timeout=300) for name in ("plain", "cluster")]
        (status, body), (their_status, their_body) = found
        assert their_status == status, (chart, their_body[:500])
        if status == 200:
            mine, theirs = json.loads(body), json.loads(their_body)
            assert theirs["rows"] == mine["rows"], chart
            assert theirs["range"] == mine["range"]
            answered += 1
    assert answered > len(charts) // 3
