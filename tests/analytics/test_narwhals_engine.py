"""What only the Narwhals engine does; what every engine does is in test_engine and test_same_answers."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analytics import store
from analytics.engines import open_engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.source import DuckLines, SparkLines
from analytics.errors import CatalogError, EngineError, StoreError
from analytics.loading import catalog
from analytics.profile import EngineChoice, Profile
from analytics.selection import Selection
from analytics.store import line_table
from tests.analytics import companies
from tests.analytics.engines import DUCKDB
from tests.analytics.shop import declared, toml

pytestmark = pytest.mark.slow


def chosen(choice: EngineChoice) -> companies.Tables:
    tables = companies.nasty()
    tables.profile = replace(tables.profile, engine=choice)
    return tables


def test_a_data_set_names_its_engine(tmp_path: Path) -> None:
    store.write(tmp_path, chosen(EngineChoice("duckdb", "200MB")))
    engine = open_engine(tmp_path, "toy")
    assert isinstance(engine, NarwhalsEngine)
    asked = engine.resolve(Selection("toy"))
    assert engine.aggregate([], ["revenue"], asked)["revenue"].iloc[0] == 1419.98
    store.write(tmp_path, companies.nasty())
    assert isinstance(open_engine(tmp_path, "toy"), ColumnarEngine)
    assert not (store.open(tmp_path, "toy").folder / line_table.FILE).exists()
    assert engine.aggregate([], ["revenue"], asked)["revenue"].iloc[0] == 1419.98  # the old version is kept


def test_lines_that_are_gone_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    store.write(tmp_path, chosen(EngineChoice("duckdb")))
    engine = open_engine(tmp_path, "toy")
    lines = store.open(tmp_path, "toy").folder / line_table.FILE
    lines.unlink()
    with pytest.raises(EngineError, match="DuckDB could not answer"):
        engine.aggregate([], ["revenue"], engine.resolve(Selection("toy")))
    with pytest.raises(StoreError, match="ingest toy"):
        open_engine(tmp_path, "toy")


def test_an_engine_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(EngineError, match="requirements-duckdb"):
        DuckLines(tmp_path / "lines.parquet").lines()
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(EngineError, match="requirements-spark"):
        SparkLines(tmp_path / "lines.parquet", "spark://127.0.0.1:1").lines()


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("", EngineChoice()),
        ('[engine]\nkind = "duckdb"\nmemory = "4GB"', EngineChoice("duckdb", "4GB")),
        (
            '[engine]\nkind = "spark"\nmaster = "spark://one:7077,two:7077"\ncores = 8',
            EngineChoice("spark", master="spark://one:7077,two:7077", cores=8),
        ),
    ],
)
def test_the_toml_names_the_engine(tmp_path: Path, text: str, choice: EngineChoice) -> None:
    profile = catalog.load(declared(tmp_path, toml(text))).profile
    assert profile.engine == choice
    assert Profile.from_dict(profile.to_dict()) == profile


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[engine]\nkind = "duck"', "engine.kind"),
        ('[engine]\nkind = "spark"', "engine.master"),
        ('[engine]\nkind = "spark"\nmaster = "file:///etc"', "engine.master"),
        ('[engine]\nkind = "duckdb"\nmemory = "all"', "engine.memory"),
        ('[engine]\nspeed = "high"', "speed"),
    ],
)
def test_an_engine_that_cannot_be_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CatalogError, match=said):
        catalog.load(declared(tmp_path, toml(text)))


def test_the_table_is_written_in_row_groups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(line_table, "GROUP", 5)
    data = store.in_memory(companies.nasty())
    with (tmp_path / "lines.parquet").open("wb") as file:
        line_table.write(data, file)
    assert pq.ParquetFile(tmp_path / "lines.parquet").num_row_groups == 3
    lines = pd.read_parquet(tmp_path / "lines.parquet")
    assert lines["line"].tolist() == list(range(12))
    assert lines["amount"].sum() == 141_998  # cents
    assert lines["head"].sum() == 7
    engine = NarwhalsEngine(data, DuckLines(tmp_path / "lines.parquet"))
    assert engine.aggregate([], ["orders"], engine.resolve(Selection("toy")))["orders"].iloc[0] == 7


def test_threads_share_an_engine() -> None:
    engine = DUCKDB.of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    expected = engine.aggregate(["product"], ["revenue", "rating"], asked)
    found: list[pd.DataFrame] = []

    def ask() -> None:
        found.extend(engine.aggregate(["product"], ["revenue", "rating"], asked) for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 30
    for frame in found:
        pd.testing.assert_frame_equal(frame, expected)
