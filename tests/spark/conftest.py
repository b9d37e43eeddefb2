"""The Spark tests run only when asked for: they need pyspark, Java and minutes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("spark")
    if "spark" in config.option.markexpr:
        return
    items[:] = [item for item in items if item not in mine]
    config.stash[LEFT_OUT] = len(mine)
    config.hook.pytest_deselected(items=mine)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(f"{left_out} Spark tests left out, since they start a cluster: make test-spark")


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a cluster of a master and two workers on loopback, for this session."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later, and there is no java")
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install -r requirements-spark.txt")
    from tests.spark.cluster import Cluster

    cluster = Cluster(tmp_path_factory.mktemp("spark"))
    cluster.start()
    yield cluster.master
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()
    cluster.stop()
