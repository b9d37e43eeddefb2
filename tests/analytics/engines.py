"""The kinds of engines under test, over data that need not be in a store."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy, tuples

from analytics import store
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.source import DuckLines, SparkLines
from analytics.store import StoredDataset, line_table
from analytics.store.writing import Tables
from tests.samples import examples


@dataclass(frozen=True)
class EngineKind:
    """How an engine is made of stored data, and how many random examples it is quick enough for."""

    name: str
    make: Callable[[StoredDataset], Engine]
    examples: int

    def of(self, tables: Tables) -> Engine:
        """The engine of a made-up company."""
        return self.make(store.in_memory(tables))

    def check(self, holds: Callable[..., None], *strategies: SearchStrategy[Any]) -> None:
        """Call holds(kind, …) with random examples of the strategies; it raises where something does not hold."""

        def example(values: tuple[Any, ...]) -> None:
            holds(self, *values)

        example.__name__ = holds.__name__  # by which Hypothesis remembers examples that failed
        settings(max_examples=examples(self.examples))(given(tuples(*strategies))(example))()


def lines_alone(data: StoredDataset) -> StoredDataset:
    """The same data without the sums that ingest stores, so that an engine has to read lines for everything."""
    return replace(data, arrays={n: array for n, array in data.arrays.items() if not n.startswith("cube.")})


def on_duckdb(data: StoredDataset) -> NarwhalsEngine:
    """An engine on DuckDB over a table in memory, which may use what ingest has stored."""
    return NarwhalsEngine(data, DuckLines(pa.Table.from_batches(list(line_table.batches(data))), "500MB"))


def on_spark(data: StoredDataset, master: str) -> NarwhalsEngine:
    """An engine on Spark over Parquet in a folder of its own, which is removed with the engine."""
    folder = Path(tempfile.mkdtemp(prefix="storesight-lines-"))
    for name, put in line_table.files(data, by_month=True):
        (folder / name).parent.mkdir(parents=True)
        with (folder / name).open("wb") as file:
            put(file)
    engine = NarwhalsEngine(lines_alone(data), SparkLines(folder / line_table.FILE, master, cores=2))
    weakref.finalize(engine.source, shutil.rmtree, folder, ignore_errors=True)
    return engine


EMBEDDED = EngineKind("embedded", ColumnarEngine, examples=60)
DUCKDB = EngineKind("duckdb", lambda data: on_duckdb(lines_alone(data)), examples=6)
WITH_SUMS = EngineKind("duckdb with stored sums", on_duckdb, examples=4)


def spark(master: str) -> EngineKind:
    """Engines on the cluster at `master`."""
    return EngineKind("spark", lambda data: on_spark(data, master), examples=1)
