"""The page of twelve aggregations on each engine that needs no cluster, to decide which one to use when.

    python -m tests.benchmarks.engines [--lines 186000]
    python -m tests.benchmarks.engines --duckdb --lines 30000000

DuckDB reads a file within the memory that it is granted; the embedded engine maps columns into memory. `--duckdb`: it
alone, in a process of its own whose memory is told, with more lines than are made at once. Spark has a benchmark of
its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from analytics import store
from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.engines.narwhals.engine import NarwhalsEngine
from analytics.profile import EngineChoice, Profile
from tests.benchmarks import growth, ingest
from tests.benchmarks.page_workload import PAGE, Tables, forget, made, milliseconds, selections, stored
from tests.benchmarks.results import Result, found, peak_mb, table
from tests.processes import ROOT, clean_environment

LINES = "parquet_lines"  # the data set that `loaded` loads
DUCKDB = EngineChoice("duckdb", memory="2GB")


def measure(lines: int) -> list[Result]:
    """Milliseconds of the page, nothing cached, with no filter, a wide and a narrow selection."""
    with tempfile.TemporaryDirectory() as folder:
        store.write(Path(folder), Tables(made(lines), Profile("bench", "Benchmark", engine=DUCKDB)))
        return [*_pages(lines, "embedded", stored(lines).root), *_pages(lines, "DuckDB", Path(folder))]


def _pages(lines: int, name: str, root: Path) -> list[Result]:
    engine, results = open_engine(root, "bench"), []
    for selection, asked in selections().items():
        if "changed" not in selection:
            now = engine.resolve(asked)
            took = milliseconds(lambda n=now: [engine.aggregate(by, m, n) for by, m in PAGE], lambda: cold(engine))
            results.append(found(f"{sized(lines)}, {selection}, {name} engine: page of 12 aggregations", took, "ms"))
    return results


def cold(engine: Engine) -> None:
    """Empty the caches of an engine."""
    if isinstance(engine, ColumnarEngine):
        forget(engine)
    elif isinstance(engine, NarwhalsEngine):
        engine._selected.forget()


def sized(lines: int) -> str:
    """A number of lines in words."""
    return f"{lines / 1e6:g} M lines" if lines >= 1_000_000 else f"{lines // 1000} k lines"


def loaded(folder: Path, lines: int, engine: str) -> Path:
    """A store with the lines of `growth` as the data set LINES, loaded a block at a time. `engine`: its TOML."""
    file = folder / "parquet_0.parquet"
    growth.write(file, growth.blocks(lines))
    growth.declare(folder, "parquet")
    toml = folder / f"{LINES}.toml"
    toml.write_text(f"{toml.read_text('utf-8')}\n[engine]\n{engine}\n", "utf-8")
    ingest.ingested(folder, "parquet")
    file.unlink()
    return folder / "store"


def measure_duckdb(lines: int, folder: Path | None = None) -> Iterator[Result]:
    """DuckDB within 2 GB: the page by selection, its processor time, and the memory of the process."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        root = loaded(Path(name), lines, 'kind = "duckdb"\nmemory = "2GB"')
        code = f"from tests.benchmarks.engines import *; pages_alone({str(root)!r})"
        told = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), check=True, capture_output=True, text=True
        ).stdout
    pages = json.loads(told)
    for selection, (seconds, busy) in pages["pages"].items():
        yield found(f"{sized(lines)}, {selection}, DuckDB within 2 GB: page", seconds, "s", at_most=3)
        yield found(f"{sized(lines)}, {selection}, DuckDB within 2 GB: processor time of a page", busy, "s")
    yield found(f"{sized(lines)}, DuckDB within 2 GB: memory of the process", pages["peak"], "MB", at_most=2048)


def pages_alone(root: str) -> None:
    """Run in a separate process: print seconds and processor time of each page, the best of three, and the peak MB."""
    engine = open_engine(Path(root), LINES)
    pages = {}
    for selection, asked in selections().items():
        if "changed" not in selection:
            now = engine.resolve(asked)
            taken = []
            for _ in range(3):
                begun, busy = time.perf_counter(), time.process_time()
                for by, metrics in PAGE:
                    engine.aggregate(by, metrics, now)
                taken.append((time.perf_counter() - begun, time.process_time() - busy))
            pages[selection] = min(taken)
    print(json.dumps({"pages": pages, "peak": peak_mb()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=186_000)
    parser.add_argument("--duckdb", action="store_true")
    given = parser.parse_args()
    print(table(measure_duckdb(given.lines) if given.duckdb else measure(given.lines)))


if __name__ == "__main__":
    main()
