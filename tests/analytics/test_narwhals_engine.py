"""What only the Narwhals engine does; what every engine does is in test_engine and test_same_answers."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

from analytics import store
from analytics.calendar import TimeRange
from analytics.engines import open_engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.rows import days_within
from analytics.engines.narwhals.source import DuckLines, Lazy, SparkLines
from analytics.errors import CatalogError, EngineError, StoreError
from analytics.loading import catalog
from analytics.profile import EngineChoice, Profile
from analytics.selection import Clause, Selection
from analytics.store import line_table
from tests.analytics import companies
from tests.analytics.engine_checks import GROUPINGS, POLICY_FIELDS, answers_as_embedded
from tests.analytics.engines import DUCKDB, WITH_SUMS, lines_alone, on_duckdb
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
        engine.aggregate([], ["median_amount"], engine.resolve(Selection("toy")))
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
    ((name, put),) = line_table.files(data, by_month=False)
    with (tmp_path / name).open("wb") as file:
        put(file)
    assert pq.ParquetFile(tmp_path / "lines.parquet").num_row_groups == 3
    lines = pd.read_parquet(tmp_path / "lines.parquet")
    assert lines["line"].tolist() == list(range(12))
    assert lines["amount"].sum() == 141_998  # cents
    assert lines["head"].sum() == 7
    engine = NarwhalsEngine(data, DuckLines(tmp_path / "lines.parquet"))
    assert engine.aggregate([], ["orders"], engine.resolve(Selection("toy")))["orders"].iloc[0] == 7


def test_for_a_cluster_there_is_a_file_for_each_month(tmp_path: Path) -> None:
    store.write(tmp_path, chosen(EngineChoice("spark", master="spark://127.0.0.1:1")))
    data = store.open(tmp_path, "toy")
    table = data.folder / line_table.FILE
    months = {p.parent.name: pd.read_parquet(p) for p in sorted(table.glob("*/*.parquet"))}
    assert {name: len(lines) for name, lines in months.items()} == {
        "month=599": 1, "month=600": 2, "month=601": 4, "month=602": 3, "month=613": 2,
    }  # fmt: skip
    assert "month" not in months["month=599"]
    expected = pa.Table.from_batches(list(line_table.batches(data))).to_pandas()
    found = pd.read_parquet(table).sort_values("line", ignore_index=True)[list(expected)]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_categorical=False)


def test_without_lines_the_table_for_a_cluster_has_its_columns(tmp_path: Path) -> None:
    nothing = companies.Tables(companies.nasty().lines.head(0))
    nothing.profile = replace(nothing.profile, engine=EngineChoice("spark", master="spark://127.0.0.1:1"))
    store.write(tmp_path, nothing)
    data = store.open(tmp_path, nothing.profile.name)
    found = pd.read_parquet(data.folder / line_table.FILE)
    assert {"month", "day", "amount"} <= set(found)
    assert found.empty


class Unread:
    """Lines that must not be read."""

    kind = "nothing"
    by_month = False
    keeps = True

    def lines(self) -> Lazy:
        raise AssertionError("lines are read")

    upload = collect = fetch = lines


def test_only_lines_in_files_of_months_are_asked_for_months() -> None:
    days = TimeRange(np.datetime64("2020-02-10"), np.datetime64("2020-03-01"))
    lines = nw.from_native(pd.DataFrame({"day": [18302, 18302, 18322], "month": [601, 602, 602]})).lazy()
    found = [lines.filter(*days_within(days, by_month)).collect().to_native() for by_month in (False, True)]
    assert [frame["month"].tolist() for frame in found] == [[601, 602], [601]]


ADDED_UP = ("revenue", "gross", "refunds", "units", "orders", "aov", "lines")


def test_what_ingest_has_added_up_is_answered_without_lines() -> None:
    data = store.in_memory(companies.nasty())
    embedded, engine = ColumnarEngine(data), NarwhalsEngine(data, Unread())  # type: ignore[arg-type]
    portland = (Clause("city", ("Portland",)), Clause("weekday", exclude=("5",)))
    for asked in (Selection("toy"), Selection("toy", "2020-01-01..2020-03-02", "none", "month", portland)):
        now = embedded.resolve(asked)
        for by in ((), ("period",), ("city",), ("weekday",)):
            found = engine.aggregate(by, ADDED_UP, now)
            pd.testing.assert_frame_equal(found, embedded.aggregate(by, ADDED_UP, now), check_column_type=False)
    now = embedded.resolve(Selection("toy"))
    assert engine.aggregate([], ["customers"], now)["customers"].tolist() == [
        embedded.aggregate([], ["customers"], now)["customers"].iloc[0]
    ]
    by_product = engine.aggregate(["product"], ["revenue"], now, order="revenue", limit=2)
    pd.testing.assert_frame_equal(
        by_product,
        embedded.aggregate(["product"], ["revenue"], now, order="revenue", limit=2),
        check_column_type=False,
    )


class Counted(DuckLines):
    """Lines that count how often their file is read."""

    read = 0

    def fetch(self, frame: Lazy) -> pa.Table:
        self.read += "PARQUET" in frame.to_native().explain()
        return super().fetch(frame)


def test_a_page_reads_the_lines_of_a_small_selection_twice(tmp_path: Path) -> None:
    data = lines_alone(store.in_memory(companies.nasty()))
    ((name, put),) = line_table.files(data, by_month=False)
    with (tmp_path / name).open("wb") as file:
        put(file)
    source = Counted(tmp_path / name)
    embedded, everyone = ColumnarEngine(data), NarwhalsEngine(data, source)
    policy = (Clause("product", exclude=("TV",)),)
    few = Selection("toy", "2020-01-01..2020-04-01", "none", "month", (Clause("product", ("iPhone",)),))
    names = ("orders", "customers", "revenue")

    def asked(engine: NarwhalsEngine, selection: Selection, answers: ColumnarEngine) -> int:
        """How often the file is read for a page."""
        source.read, now = 0, engine.resolve(selection)
        for by in (("product",), ("city",), ("period", "product"), ("channel",)):
            found = engine.aggregate(by, names, now)
            pd.testing.assert_frame_equal(found, answers.aggregate(by, names, now), check_column_type=False)
        return source.read

    assert [asked(everyone, few, embedded) for _ in range(2)] == [2, 0]
    assert [asked(everyone.within(policy), few, embedded.within(policy)) for _ in range(2)] == [2, 0]
    assert [asked(everyone, Selection("toy"), embedded) for _ in range(2)] == [4, 4], "all lines are not kept"


def test_within_a_policy_nothing_that_was_added_up_for_everybody_is_used() -> None:
    data = store.in_memory(companies.nasty())
    policy = (Clause("city", ("Portland",)),)
    engine = on_duckdb(data).within(policy)
    now = engine.resolve(Selection("toy"))
    lines = ColumnarEngine(data).within(policy).aggregate(["period"], ADDED_UP, now)
    pd.testing.assert_frame_equal(engine.aggregate(["period"], ADDED_UP, now), lines, check_column_type=False)
    engine.source = Unread()  # type: ignore[assignment]
    with pytest.raises(AssertionError, match="lines are read"):
        engine.aggregate([], ["revenue"], now)


@pytest.mark.long
def test_stored_sums_and_lines_together_answer_as_the_embedded_engine() -> None:
    policies, seeds = companies.policies(POLICY_FIELDS), st.integers(0, 10**6)
    groupings = st.sampled_from(GROUPINGS)
    WITH_SUMS.check(answers_as_embedded, companies.tables(), companies.selections(), groupings, policies, seeds)


@pytest.mark.long
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
