"""The application on a Spark cluster, and what only Spark does; the engine's suite runs there as test_engine[spark]."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.engines.base import Engine
from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.source import SparkLines
from analytics.errors import EngineError
from analytics.profile import EngineChoice
from analytics.selection import Selection
from tests.analytics import companies
from tests.analytics.engines import spark
from tests.dashboard.same_charts import assert_same_charts
from tests.processes import AppServer, wait_until

pytestmark = pytest.mark.spark


def in_use(master: str) -> Engine:
    """An engine on the cluster that has computed something, so that this process has its Spark session."""
    engine = spark(master).of(companies.nasty())
    assert engine.aggregate([], ["orders"], engine.resolve(Selection("toy")))["orders"].tolist() == [7]
    return engine


def test_engines_run_on_the_whole_cluster(master: str) -> None:
    engine = in_use(master)
    assert isinstance(engine, NarwhalsEngine)
    assert isinstance(engine.source, SparkLines)
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    assert session is not None
    assert session.sparkContext.master == master
    members = session.sparkContext._jsc.sc().getExecutorMemoryStatus  # the driver is one of them
    wait_until(lambda: members().size() == 3, "the start of both executors")


def test_one_process_has_one_master(tmp_path: Path, master: str) -> None:
    in_use(master)
    with pytest.raises(EngineError, match="Name one Spark master"):
        SparkLines(tmp_path / "lines.parquet", "spark://elsewhere:7077").lines()


def test_the_application_on_the_cluster(tmp_path: Path, master: str, serve: Callable[..., AppServer]) -> None:
    choice = EngineChoice("spark", master=master, cores=2)
    assert_same_charts(tmp_path, serve, choice, WEB_CONCURRENCY="1", SPARK_LOCAL_IP="127.0.0.1")
