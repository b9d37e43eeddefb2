"""Benchmarks, smallest first: one table, one JSON file with the status of every target.

    make bench            or   python -m tests.benchmarks --write
    python -m tests.benchmarks [--quick] [--only page,ingest] [--json build/bench.json] [--write]

The parts: page (the embedded engine compared with pandas, DuckDB and Polars), engines, ingest, export (Shopify's, of a
million lines), serving, browsing, methods, load and instances (two on one state store; what signing in costs), both for
a minute. Only where they are named, as they take longer: growth (1 to 100 million lines), shapes (four times as much
of one thing), duckdb and spark (30 million; `make bench-large` runs these four), and `make bench-truth`, which times
nothing: packs (files of platforms that come back to the cent) and truth (what simulations with a known truth say of the
methods).
`--quick` measures 186,000 lines and few seeds only; `--write` puts the results into docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from data import outlines, scripts
from tests.benchmarks import (
    browsing,
    document,
    engines,
    growth,
    ingest,
    instances,
    large_export,
    load,
    methods,
    packs,
    page_workload,
    serving,
    shapes,
    spark,
)
from tests.benchmarks.results import Result, found, machine, pace, table, versions
from tests.benchmarks.truth import gates
from tests.processes import ROOT, chromium

SMALL, MIDDLE, LARGE = 186_000, 1_000_000, 10_000_000
BEYOND = 30_000_000  # for engines beyond one machine's memory
MINUTE = 60.0  # how long the load lasts here; ten are for a run of its own


def page(sizes: list[int]) -> Iterator[Result]:
    """Each selection compared with the fastest rival, and one changed clause as a share of a cold answer."""
    for lines in sizes:
        result = page_workload.run(lines, tuple(page_workload.RIVALS))
        print(page_workload.shown(result), flush=True)
        name = f"{lines / 1e6:g} M lines" if lines >= MIDDLE else f"{lines // 1000} k lines"
        for selection, row in result["page"].items():
            if "changed" in row:
                yield found(
                    f"{name}, {selection}: share of a cold answer", row["changed"] / row["cold"], "", at_most=0.5
                )
                yield found(f"{name}, {selection}: share of an answer out of rows", row["changed"] / row["rows"], "")
            else:
                for rival in page_workload.RIVALS:
                    yield found(f"{name}, {selection}: {rival}", row[rival], "ms")
                yield found(f"{name}, {selection}: cold page", row["cold"], "ms")
                yield found(f"{name}, {selection}: times the fastest rival", row["times faster"], "×", at_least=8)
        yield found(f"{name}: store", result["bytes/line"], "bytes a line")
        yield found(f"{name}: summaries, codes and files written", result["write s"], "s")


def serve(sizes: list[int]) -> Iterator[Result]:
    for lines in sizes:
        if lines != MIDDLE:
            yield from serving.measure(lines)
    sources = Path(os.environ.get("STORESIGHT_SOURCES", ""))
    if (sources / serving.BYTRONIX).is_dir():
        yield from serving.measure_bytronix(sources)
    else:
        print("bytronix is not in STORESIGHT_SOURCES, so its memory is not measured")


def company(_: list[int]) -> Iterator[Result]:
    yield from instances.measure(MINUTE)
    sources = Path(os.environ.get("STORESIGHT_SOURCES", ""))
    if (sources / serving.BYTRONIX).is_dir():
        yield from instances.measure_cost(sources)


def browse(sizes: list[int]) -> Iterator[Result]:
    if not chromium():
        print("Chromium is not installed, so page loads and clicks are not measured")
        return
    for lines in sizes:
        if lines != MIDDLE:
            yield from browsing.measure(lines)


PARTS: dict[str, Callable[[list[int]], Iterator[Result] | list[Result]]] = {
    "page": page,
    "engines": lambda sizes: [r for lines in sizes if lines != MIDDLE for r in engines.measure(lines)],
    "ingest": lambda sizes: ingest.measure(sizes[-1], min(sizes[-1], 3_000_000)),
    "export": lambda sizes: large_export.measure(min(sizes[-1], large_export.LINES)),
    "serving": serve,
    "browsing": browse,
    "methods": lambda sizes: methods.measure(sizes[-1]),
    "duckdb": lambda sizes: engines.measure_duckdb(SMALL if sizes == [SMALL] else BEYOND),
    "spark": lambda sizes: spark.measure(SMALL if sizes == [SMALL] else BEYOND),
    "growth": lambda sizes: growth.results(),
    "shapes": lambda sizes: shapes.measure(),
    "packs": lambda sizes: packs.measure(*((2, 1) if sizes == [SMALL] else ())),
    "truth": lambda sizes: gates.measure(quick=sizes == [SMALL]),
    "load": lambda sizes: load.measure(MINUTE),
    "instances": company,
}
LONG = ("growth", "shapes", "duckdb", "spark", "packs", "truth")  # only where they are named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(name for name in PARTS if name not in LONG))
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sizes = [SMALL] if given.quick else [SMALL, MIDDLE, LARGE]
    outlines.write()  # for the maps of the browser and the report
    scripts.write()
    run = {"date": document.today(), "machine": machine(), "versions": versions()}
    print(f"{run['machine']}; {pace():.2f} s for ten million additions", flush=True)
    results: dict[str, list[Result]] = {}
    began = time.monotonic()
    for name in given.only.split(","):
        results[name], part = [], time.monotonic()
        for result in PARTS[name](sizes):
            results[name].append(result)
            print(table([result]).splitlines()[-1], flush=True)
        print(f"{name}: {time.monotonic() - part:.0f} s", flush=True)
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps({**run, "results": results}, indent=1), "utf-8")
    everything = [r for rows in results.values() for r in rows]
    missed = [r["name"] for r in everything if r["met"] is False]
    print(f"\n{table(everything)}\n\n{len(missed)} targets missed: {'; '.join(missed) or 'none'}\n{given.json}")
    print(f"{time.monotonic() - began:.0f} s in all")
    if given.write:
        document.write([{**run, "results": results}])


if __name__ == "__main__":
    main()
