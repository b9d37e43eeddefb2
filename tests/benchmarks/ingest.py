"""How fast, and in how much memory, `python -m analytics ingest` reads seeded order lines.

    python -m tests.benchmarks.ingest [--parquet 10000000] [--csv 3000000] [--folder FOLDER] [--json out.json]

Each kind is ingested by a separate process, whose memory is sampled every 20 ms (RssAnon: pages of mapped files are not
counted, since the system may reclaim them at any time). The files are written first, a slice at a time, and deleted at
the end. The size of a Parquet file is what its columns take in memory; that of a CSV file is its size on disk.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from tests.benchmarks.page_workload import made
from tests.benchmarks.results import Result, found
from tests.processes import ROOT, clean_environment

SLICE = 1_000_000
FIELDS = """
[fields]
order_id = "order_id"
ordered_at = { column = "ordered_at"%s }
product = "product"
category = "category"
customer = "customer"
city = "city"
channel = "channel"
quantity = "quantity"
amount = "amount"
"""
FORMAT = ', format = "%Y-%m-%d %H:%M:%S"'


def write(folder: Path, kind: str, count: int) -> tuple[Path, int]:
    """Write a file of `count` order lines and its TOML; returns the file and the bytes of its lines, unpacked."""
    lines = made(count).drop(columns="sale")
    path, size = folder / f"lines.{kind}", 0
    writer: pq.ParquetWriter | pacsv.CSVWriter | None = None
    for start in range(0, count, SLICE):
        part = lines.iloc[start : start + SLICE]
        texts = {n: part[n].astype("str") for n in part.columns[part.dtypes == "category"]}
        part = part.assign(**texts, quantity=part["quantity"].astype("int64"))
        if kind == "csv":
            part["ordered_at"] = part["ordered_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
        table = pa.Table.from_pandas(part, preserve_index=False)
        if writer is None:
            writer = pacsv.CSVWriter(path, table.schema) if kind == "csv" else pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        size += table.nbytes
    if writer is not None:
        writer.close()
    (folder / f"{kind}_lines.toml").write_text(
        f'title = "Lines"\n[source]\nfiles = "{path.name}"\n{FIELDS % (FORMAT if kind == "csv" else "")}', "utf-8"
    )
    return path, path.stat().st_size if kind == "csv" else size


def ingested(folder: Path, kind: str) -> tuple[float, float, str]:
    """Seconds, peak resident MB, and what the command printed."""
    settings = {
        "STORESIGHT_SOURCES": str(folder),
        "STORESIGHT_CATALOG": str(folder),
        "STORESIGHT_STORE": str(folder / "store"),
    }
    began = time.perf_counter()
    command = subprocess.Popen(
        [sys.executable, "-m", "analytics", "ingest", f"{kind}_lines"],
        cwd=ROOT, env=clean_environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    peak = 0.0
    while command.poll() is None:
        peak = max(peak, own_mb(command.pid))
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    said = command.stdout.read() if command.stdout else ""
    if command.returncode:
        raise RuntimeError(f"ingest failed:\n{said}")
    return seconds, peak, said.strip().splitlines()[-1]


def own_mb(pid: int) -> float:
    """MB of a process's memory that belong to no file; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:")), 0.0)


def measured(kind: str, count: int, folder: Path) -> dict[str, object]:
    path, size = write(folder, kind, count)
    try:
        seconds, peak, said = ingested(folder, kind)
    finally:
        path.unlink()
    return {
        "kind": kind, "lines": count, "file MB": path_mb(size), "seconds": round(seconds, 1), "lines/s": round(count / seconds),  # noqa: E501
        "peak MB": round(peak), "peak / file": round(peak / path_mb(size), 2), "said": said,
    }  # fmt: skip


def measure(parquet: int, csv: int) -> list[Result]:
    """Lines per second and peak memory of both kinds."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, count, least in (("parquet", parquet, 1_000_000), ("csv", csv, 300_000)):
            row = measured(kind, count, Path(folder))
            name = f"ingest of {count / 1e6:g} M lines from {kind}"
            results += [
                found(name, float(row["lines/s"]), "lines/s", at_least=least),  # type: ignore[arg-type]
                found(f"{name}: peak memory / size of the file", float(row["peak / file"]), "", at_most=1),  # type: ignore[arg-type]
            ]
    return results


def path_mb(size: int) -> float:
    return round(size / 2**20, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parquet", type=int, default=10_000_000)
    parser.add_argument("--csv", type=int, default=3_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for kind, count in (("parquet", given.parquet), ("csv", given.csv)):
            if count:
                results.append(measured(kind, count, Path(folder)))
                print(results[-1], flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
