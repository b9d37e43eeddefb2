"""The application where a data set names DuckDB as its engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.profile import EngineChoice
from tests.dashboard.same_charts import assert_same_charts
from tests.processes import AppServer


@pytest.mark.long
def test_the_application_on_duckdb(tmp_path: Path, serve: Callable[..., AppServer]) -> None:
    assert_same_charts(tmp_path, serve, EngineChoice("duckdb", "200MB"))
