"""The application on a Spark cluster, and what only Spark does; the engine's suite runs there as test_engine[spark]."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.source import SparkLines
from analytics.errors import EngineError
from analytics.profile import EngineChoice
from tests.analytics import companies
from tests.analytics.engines import spark
from tests.dashboard.same_charts import assert_same_charts
from tests.processes import AppServer

pytestmark = pytest.mark.spark


def test_engines_run_on_the_whole_cluster(master: str) -> None:
    engine = spark(master).of(companies.nasty())
    assert isinstance(engine, NarwhalsEngine)
    assert isinstance(engine.source, SparkLines)
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    assert session is not None
    assert session.sparkContext.master == master
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1  # the driver is among them
    assert executors == 2


def test_one_process_has_one_master(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Name one Spark master"):
        SparkLines(tmp_path / "lines.parquet", "spark://elsewhere:7077").lines()


def test_the_application_on_the_cluster(tmp_path: Path, master: str, serve: Callable[..., AppServer]) -> None:
    choice = EngineChoice("spark", master=master, cores=2)
    assert_same_charts(tmp_path, serve, choice, WEB_CONCURRENCY="1", SPARK_LOCAL_IP="127.0.0.1")
