"""The page of twelve aggregations on each engine that needs no cluster, to decide which one to use when.

    python -m tests.benchmarks.engines [--lines 186000]

DuckDB reads a file within the memory that it is granted; the embedded engine maps columns into memory. Spark is not
measured: its figures would be those of the cluster."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from analytics import store
from analytics.engines import open_engine
from analytics.profile import EngineChoice, Profile
from tests.benchmarks.page_workload import PAGE, Tables, forget, made, milliseconds, selections
from tests.benchmarks.results import Result, found, table

CHOICES = {"embedded": EngineChoice(), "DuckDB": EngineChoice("duckdb", memory="2GB")}


def measure(lines: int) -> list[Result]:
    """Milliseconds of the page, nothing cached, with no filter, a wide and a narrow selection."""
    size = f"{lines / 1e6:g} M lines" if lines >= 1_000_000 else f"{lines // 1000} k lines"
    rows, results = made(lines), []
    for name, choice in CHOICES.items():
        with tempfile.TemporaryDirectory() as folder:
            store.write(Path(folder), Tables(rows, Profile("bench", "Benchmark", engine=choice)))
            engine = open_engine(Path(folder), "bench")
            for selection, asked in selections().items():
                if "changed" in selection:
                    continue
                now = engine.resolve(asked)
                before = (lambda e=engine: forget(e)) if name == "embedded" else lambda: None
                took = milliseconds(lambda e=engine, n=now: [e.aggregate(by, m, n) for by, m in PAGE], 3, before)
                results.append(found(f"{size}, {selection}, {name} engine: page of 12 aggregations", took, "ms"))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=186_000)
    print(table(measure(parser.parse_args().lines)))


if __name__ == "__main__":
    main()
