"""Where the lines of a Narwhals engine are: in DuckDB, in this process, or on a Spark cluster. Only this module knows.

What goes in and out are Narwhals lazy frames; only a finished, small answer becomes a pandas frame.
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
from analytics.language import N_

Lazy = nw.LazyFrame[Any]


class Source(Protocol):
    """The flat table of order lines (store/line_table.py), where an engine can read it. Threads may share a source."""

    kind: str
    by_month: bool  # whether there is a file for each month
    keeps: bool  # whether lines of a selection may be kept in this process

    def lines(self) -> Lazy:
        """All order lines, to be used by the thread that calls."""
        ...

    def upload(self, table: pd.DataFrame | pa.Table) -> Lazy:
        """A small table of this process as a lazy frame."""
        ...

    def fetch(self, frame: Lazy) -> pa.Table:
        """The rows of a lazy frame; EngineError where DuckDB or Spark fails."""
        ...

    def collect(self, frame: Lazy) -> pd.DataFrame:
        """The same as a frame of pandas."""
        ...


class DuckLines:
    """Lines in Parquet (or, for notebooks and tests, in an Arrow table), read by a DuckDB in this process, which spills
    to disk when it needs more than `memory`."""

    kind = "DuckDB"
    by_month = False
    keeps = True

    def __init__(self, lines: Path | pa.Table, memory: str = "1GB") -> None:
        self._lines = lines
        self._memory = memory
        self._databases: dict[int, Any] = {}  # by process, since no connection survives a fork
        self._own = threading.local()
        self._lock = threading.Lock()

    def lines(self) -> Lazy:
        """All lines, read when a result is collected."""
        if isinstance(self._lines, pa.Table):
            return _lazy(self._cursor().from_arrow(self._lines))
        try:
            return _lazy(self._cursor().read_parquet(str(self._lines)))
        except StoresightError:
            raise
        except Exception as error:
            raise _failed(self.kind, error) from error

    def upload(self, table: pd.DataFrame | pa.Table) -> Lazy:
        """A table that is small, or was fetched."""
        return _lazy(self._cursor().from_arrow(_arrow(table)))

    def fetch(self, frame: Lazy) -> pa.Table:
        """The rows of a lazy frame. EngineError where it cannot be computed."""
        return _fetched(self.kind, frame)

    def collect(self, frame: Lazy) -> pd.DataFrame:
        """The same as a frame of pandas."""
        return _collected(self.fetch(frame))

    def _cursor(self) -> Any:
        """This thread's own connection to this process's database."""
        process = os.getpid()
        if getattr(self._own, "process", None) != process:
            with self._lock:
                if process not in self._databases:
                    self._databases[process] = _database(self._memory)
            self._own.cursor = self._databases[process].cursor()
            self._own.process = process
        return self._own.cursor


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
    """Lines in Parquet, a file a month, that every worker of the cluster at `master` can read under the same path."""

    kind = "Spark"
    by_month = True
    keeps = False

    def __init__(self, lines: Path, master: str, cores: int = 0) -> None:
        self._path = lines
        self._master = master
        self._cores = cores
        self._frames: dict[int, Any] = {}  # by process
        self._lock = threading.Lock()

    def lines(self) -> Lazy:
        """All lines, read when a result is collected."""
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

    def upload(self, table: pd.DataFrame | pa.Table) -> Lazy:
        """A small table for joins with the lines."""
        return _lazy(self._session().createDataFrame(_arrow(table)))

    def fetch(self, frame: Lazy) -> pa.Table:
        """The rows of a lazy frame. EngineError where it cannot be computed."""
        return _fetched(self.kind, frame)

    def collect(self, frame: Lazy) -> pd.DataFrame:
        """The same as a frame of pandas."""
        return _collected(self.fetch(frame))

    def _session(self) -> Any:
        """This process's session. Spark can have one master per process."""
        with _STARTING:
            running = _SESSIONS.get(os.getpid())
            if running is None:
                running = _SESSIONS[os.getpid()] = self._started()
        found = running.sparkContext.master
        if found != self._master:
            raise EngineError(
                f"this process is connected to {found}, not to {self._master}.",
                hint="Name one Spark master in all TOMLs.",
            )
        return running

    def _started(self) -> Any:
        try:
            from pyspark import SparkContext
            from pyspark.sql import SparkSession
        except ImportError:
            raise _missing("spark") from None
        build = SparkSession.builder.master(self._master).appName("Storesight")
        for name, value in self._settings().items():
            build = build.config(name, value)
        try:
            session = build.getOrCreate()
        except Exception as error:
            # A context that was created and then lost its cluster would be used again by every later attempt.
            if SparkContext._active_spark_context is not None:
                SparkContext._active_spark_context.stop()
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
    lazy: Lazy = nw.from_native(native)
    return lazy


def _arrow(table: pd.DataFrame | pa.Table) -> pa.Table:
    return table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)


def _fetched(kind: str, frame: Lazy) -> pa.Table:
    try:
        return frame.collect(backend="pyarrow").to_native()
    except Exception as error:  # DuckDB and Spark have error families of their own
        raise _failed(kind, error) from error


def _collected(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _failed(kind: str, error: Exception) -> EngineError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    return EngineError(
        N_("{engine} could not answer: {reason}", engine=kind, reason=reason),
        where=type(error).__name__,
        hint=N_("Try again. If it fails again, look at the log of {engine}.", engine=kind),
    )


def _missing(name: str) -> EngineError:
    return EngineError(
        f"this data set is declared with the engine {name!r}, which is not installed.",
        hint=f"Run `pip install -r requirements-{name}.txt`.",
    )
