"""Beyond one machine: a page of twelve aggregations on a Spark cluster of this machine, a master and two workers.

    python -m tests.benchmarks.spark [--lines 30000000] [--folder FOLDER]

Each aggregation is a card. Nothing is cached on Spark's side; a first page warms the cluster up. Which files a quarter
reads is told by Spark's own plan, and what the application keeps of an answer by requesting one twice."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.engines.narwhals.rows import days_within
from analytics.engines.narwhals.source import Lazy, SparkLines
from analytics.selection import Selection
from analytics.store import line_table
from tests.benchmarks.engines import LINES, loaded, sized
from tests.benchmarks.page_workload import PAGE, selections
from tests.benchmarks.results import Result, found, table
from tests.processes import AppServer, RedisServer

QUARTER = "2023-01-01..2023-04-01"
MONTHS = 3
CARD = "/data/top_products.json"


def measure(lines: int, folder: Path | None = None) -> Iterator[Result]:
    """The slowest card of the page by selection, the files that a quarter reads, and one card through the
    application."""
    from tests.spark.cluster import Cluster  # needs pyspark

    with tempfile.TemporaryDirectory(dir=folder) as name:
        here = Path(name)
        cluster = Cluster(here)
        cluster.start()
        try:
            root = loaded(here, lines, f'kind = "spark"\nmaster = "{cluster.master}"\ncores = 2')
            engine = open_engine(root, LINES)
            yield from _cards(sized(lines), engine)
            yield from _pruned(sized(lines), engine, root)
            yield from _through_the_application(sized(lines), root, here)
        finally:
            _end_session()
            cluster.stop()


def _cards(size: str, engine: Engine) -> Iterator[Result]:
    asked = {name: engine.resolve(s) for name, s in selections().items() if "changed" not in name}
    for now in asked.values():  # the cluster warms up
        for by, metrics in PAGE:
            engine.aggregate(by, metrics, now)
    for name, now in asked.items():
        taken = []
        for by, metrics in PAGE:
            begun = time.perf_counter()
            engine.aggregate(by, metrics, now)
            taken.append(time.perf_counter() - begun)
        yield found(f"{size}, {name}, Spark engine: slowest card", max(taken), "s", at_most=5)
        yield found(f"{size}, {name}, Spark engine: page of 12 aggregations", sum(taken), "s")


def _pruned(size: str, engine: Engine, root: Path) -> Iterator[Result]:
    """Files and bytes that a quarter reads. ValueError where the plan filters no partitions."""
    source = engine.source  # type: ignore[attr-defined]
    assert isinstance(source, SparkLines)
    files, read = scanned(
        source, source.lines().filter(*days_within(engine.resolve(Selection("", QUARTER)).span, True))
    )
    every = [p.stat().st_size for p in root.glob(f"*/*/{line_table.FILE}/*/{line_table.FILE}")]
    yield found(f"{size}, Spark engine: files of {len(every)} that a quarter reads", files, "", at_most=MONTHS)
    yield found(
        f"{size}, Spark engine: share of the bytes", 100 * read / sum(every), "%", at_most=150 * MONTHS / len(every)
    )


def scanned(source: SparkLines, lines: Lazy) -> tuple[int, int]:
    """Number and bytes of the files that Spark opens for some lines, as its own plan counts them."""
    session = source._session()
    session.conf.set("spark.sql.adaptive.enabled", "false")  # else the plan hides its scan
    try:
        frame = lines.select("amount").to_native()
        frame.write.format("noop").mode("overwrite").save()
        frame.collect()
        scan = frame._jdf.queryExecution().executedPlan().collectLeaves().head()
        metrics = scan.metrics()
        return metrics.apply("numFiles").value(), metrics.apply("filesSize").value()
    finally:
        session.conf.set("spark.sql.adaptive.enabled", "true")


def _through_the_application(size: str, root: Path, folder: Path) -> Iterator[Result]:
    """One chart, requested twice for each selection: computed, then out of Redis."""
    cache = RedisServer(folder)
    cache.start()
    server = AppServer(root, folder, WEB_CONCURRENCY="1", SPARK_LOCAL_IP="127.0.0.1", REDIS_URL=cache.url)
    server.start()
    try:
        first, again = [], []
        for month in range(4):  # the first starts Spark's session in the worker
            query = urlencode({"data": LINES, "range": f"2022-0{month + 1}-01..2024-01-01", "city": "City 03"})
            for taken in (first, again):
                begun = time.perf_counter()
                status, body = server.get(f"{CARD}?{query}")
                taken.append(time.perf_counter() - begun)
                if status != 200:
                    raise RuntimeError(f"{status}: {body[:500]!r}")
        yield found(f"{size}, Spark engine: a card through the application, computed", max(first[1:]), "s", at_most=5)
        yield found(f"{size}, Spark engine: the same card again, out of Redis", max(again[1:]), "s", at_most=0.1)
    finally:
        server.stop()
        cache.stop()


def _end_session() -> None:
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=30_000_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    for result in measure(given.lines, given.folder):
        print(table([result]).splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
