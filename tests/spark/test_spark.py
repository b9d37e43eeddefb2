"""The frame engine and the whole application on a Spark cluster: the embedded engine's suite, and its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.source import SparkLines
from analytics.errors import EngineError
from analytics.profile import EngineChoice
from analytics.selection import Clause
from tests.analytics import companies, test_engine
from tests.analytics.frames import on_spark
from tests.analytics.same_answers import *  # noqa: F403
from tests.analytics.same_answers import REAL, compare_real, random_tests
from tests.dashboard.same_charts import assert_same_charts
from tests.processes import AppServer

globals().update(random_tests(1))


@pytest.fixture(scope="module", autouse=True)
def _engine(master: str) -> Iterator[None]:
    """Every engine that the imported tests make is made here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_engine, "ColumnarEngine", lambda data: on_spark(data, master))
        yield


def test_the_suite_runs_on_this_engine(master: str) -> None:
    engine = test_engine.engine_of(companies.nasty())
    assert isinstance(engine, NarwhalsEngine)
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
    choice = EngineChoice("spark", master=master, cores=2)
    assert_same_charts(tmp_path, serve, choice, WEB_CONCURRENCY="1", SPARK_LOCAL_IP="127.0.0.1")
