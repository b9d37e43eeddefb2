"""Where a frame engine's lines come from: DuckDB in this process, or a Spark cluster. Only this module knows which.

Everything handed over or back is a Narwhals lazy frame; only a finished, small answer becomes pandas.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import narwhals as nw
import pandas as pd
import pyarrow as pa

from analytics.errors import EngineError, StoresightError

Lazy = nw.LazyFrame[Any]


class Source(Protocol):
    """The table of line_table.py for one engine."""

    kind: str

    def lines(self) -> Lazy:
        """All order lines, for the thread that asks."""
        ...

    def given(self, table: pd.DataFrame) -> Lazy:
        """A small table of this process, for joining."""
        ...

    def answer(self, frame: Lazy) -> pd.DataFrame:
        """The rows of a lazy frame. EngineError where they cannot be had."""
        ...


class DuckLines:
    """Lines in Parquet (or, for notebooks and tests, in an Arrow table), read by a DuckDB in this process that spills
    to disk beyond `memory`.
    """

    kind = "DuckDB"

    def __init__(self, lines: Path | pa.Table, memory: str = "1GB") -> None:
        self._given, self._memory = lines, memory
        self._bases: dict[int, Any] = {}  # by process: no connection survives a fork
        self._mine = threading.local()
        self._lock = threading.Lock()

    def lines(self) -> Lazy:
        if isinstance(self._given, pa.Table):
            return _lazy(self._cursor().from_arrow(self._given))
        try:
            return _lazy(self._cursor().read_parquet(str(self._given)))
        except StoresightError:
            raise
        except Exception as error:
            raise _failed(self.kind, error) from error

    def given(self, table: pd.DataFrame) -> Lazy:
        return _lazy(self._cursor().from_arrow(pa.Table.from_pandas(table, preserve_index=False)))

    def answer(self, frame: Lazy) -> pd.DataFrame:
        return _collected(self.kind, frame)

    def _cursor(self) -> Any:
        """A connection of this thread's own to this process's database."""
        process = os.getpid()
        if getattr(self._mine, "process", None) != process:
            with self._lock:
                if process not in self._bases:
                    self._bases[process] = _database(self._memory)
            self._mine.cursor, self._mine.process = self._bases[process].cursor(), process
        return self._mine.cursor


def _database(memory: str) -> Any:
    try:
        import duckdb
    except ImportError:
        raise _missing("duckdb") from None
    spill = str(Path(tempfile.gettempdir()) / f"storesight-duckdb-{os.getpid()}")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": spill,
        "preserve_insertion_order": False,
    }
    base = duckdb.connect(":memory:", config=settings)
    base.execute("set parquet_metadata_cache = true")
    return base


_SESSIONS: dict[int, Any] = {}  # by process
_STARTING = threading.Lock()


class SparkLines:
    """Lines in Parquet that every worker of the cluster at `master` can read under the same path."""

    kind = "Spark"

    def __init__(self, lines: Path, master: str, cores: int = 0) -> None:
        self._path, self._master, self._cores = lines, master, cores
        self._frames: dict[int, Any] = {}
        self._lock = threading.Lock()

    def lines(self) -> Lazy:
        process = os.getpid()
        with self._lock:
            if process not in self._frames:
                try:
                    self._frames[process] = self._session().read.parquet(str(self._path))
                except StoresightError:
                    raise
                except Exception as error:
                    raise _failed(self.kind, error) from error
            return _lazy(self._frames[process])

    def given(self, table: pd.DataFrame) -> Lazy:
        return _lazy(self._session().createDataFrame(pa.Table.from_pandas(table, preserve_index=False)))

    def answer(self, frame: Lazy) -> pd.DataFrame:
        return _collected(self.kind, frame)

    def _session(self) -> Any:
        """This process's session: Spark knows one master a process."""
        with _STARTING:
            running = _SESSIONS.get(os.getpid())
            if running is None:
                running = _SESSIONS[os.getpid()] = self._started()
        found = running.sparkContext.master
        if found != self._master:
            raise EngineError(
                f"this process is joined to {found}, not to {self._master}.", hint="Name one Spark master in all TOMLs."
            )
        return running

    def _started(self) -> Any:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise _missing("spark") from None
        build = SparkSession.builder.master(self._master).appName("Storesight")
        for name, value in self._settings().items():
            build = build.config(name, value)
        try:
            session = build.getOrCreate()
        except Exception as error:
            raise _failed(self.kind, error) from error
        session.sparkContext.setLogLevel("ERROR")
        session.conf.set("spark.sql.shuffle.partitions", str(max(2, 2 * session.sparkContext.defaultParallelism)))
        return session

    def _settings(self) -> dict[str, str]:
        chosen = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.scheduler.mode": "FAIR",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
        }
        if self._cores:
            chosen["spark.cores.max"] = str(self._cores)
        if urlsplit(self._master).hostname in ("127.0.0.1", "localhost") or self._master.startswith("local"):
            chosen |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        return chosen


def _lazy(native: Any) -> Lazy:
    return nw.from_native(native)


def _collected(kind: str, frame: Lazy) -> pd.DataFrame:
    try:
        table: pd.DataFrame = frame.collect(backend="pyarrow").to_native().to_pandas()
    except Exception as error:  # each engine has its own family of errors
        raise _failed(kind, error) from error
    return table


def _failed(kind: str, error: Exception) -> EngineError:
    said = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    return EngineError(
        f"{kind} could not answer: {said}",
        where=type(error).__name__,
        hint="Try again; if it stays, see the log of the engine.",
    )


def _missing(name: str) -> EngineError:
    return EngineError(
        f"this data set wants the engine {name!r}, which is not installed.",
        hint=f"Run `pip install -r requirements-{name}.txt`.",
    )
