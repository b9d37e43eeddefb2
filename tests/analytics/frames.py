"""Frame engines for tests, over data that were never written to a store."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import pyarrow as pa

from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.engines.narwhals.source import DuckLines, SparkLines
from analytics.store import StoredDataset, line_table


def on_duckdb(data: StoredDataset) -> NarwhalsEngine:
    return NarwhalsEngine(data, DuckLines(pa.Table.from_batches(list(line_table.batches(data))), "500MB"))


def on_spark(data: StoredDataset, master: str) -> NarwhalsEngine:
    """Over Parquet in a folder of its own, gone with the engine."""
    folder = Path(tempfile.mkdtemp(prefix="storesight-lines-"))
    with (folder / line_table.FILE).open("wb") as file:
        line_table.write(data, file)
    engine = NarwhalsEngine(data, SparkLines(folder / line_table.FILE, master, cores=2))
    weakref.finalize(engine.source, shutil.rmtree, folder, ignore_errors=True)
    return engine
