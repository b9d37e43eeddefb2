"""Fixtures of several methods and questions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from analytics import store as stores
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from tests.analytics.engines import DUCKDB, EMBEDDED, EngineKind, spark
from tests.conftest import DATA, REAL_DATA_SETS

ON_SPARK = pytest.param("spark", marks=pytest.mark.spark)


def _kind(request: pytest.FixtureRequest) -> EngineKind:
    if request.param == "spark":
        return spark(request.getfixturevalue("master"))
    return {"embedded": EMBEDDED, "duckdb": DUCKDB}[request.param]


@pytest.fixture(scope="module", params=["embedded", "duckdb", ON_SPARK])
def kind(request: pytest.FixtureRequest) -> EngineKind:
    """Each kind of engine: what every one of them must do."""
    return _kind(request)


@pytest.fixture(scope="module", params=["duckdb", ON_SPARK])
def other_kind(request: pytest.FixtureRequest) -> EngineKind:
    """Each kind of engine that is held against the embedded one."""
    return _kind(request)


@pytest.fixture(scope="session")
def purchases(sources: Path) -> pd.DataFrame:
    """The 1/10 sample of CDNOW, a line per purchase. Do not change it."""
    names = ["master_id", "customer", "date", "units", "amount"]
    frame = pd.read_csv(sources / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, names=names)
    return frame.assign(date=pd.to_datetime(frame["date"].astype(str)))


@pytest.fixture(scope="module")
def real(sources: Path, store: Path) -> Callable[[str], Engine]:
    """`real("bytronix")`: the engine of a real data set, opened once a module; read where the shared store lacks it."""

    @cache
    def engine(name: str) -> Engine:
        kept = name in REAL_DATA_SETS
        return ColumnarEngine(
            stores.open(store, name) if kept else stores.in_memory(read(load(DATA / f"{name}.toml"), sources))
        )

    return engine
