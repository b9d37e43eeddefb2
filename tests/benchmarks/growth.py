"""How cost grows with the number of order lines, to a hundred million on one machine.

    make bench-large     or   python -m tests.benchmarks.growth [--lines 1000000,10000000] [--folder FOLDER]

For each size: reading it from Parquet and from CSV, its store, opening it, a page of twelve aggregations, two workers
that serve it, and a day's lines that are added to it. The files are written a block at a time, the same for the same
size, and deleted at the end; a hundred million lines need 25 GB of disk. `--cards many` has up to 2 M products, 20 M
customers, 100 k cities and an order of 100 k lines instead of 500 products and 60 cities."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.selection import Resolved
from tests.benchmarks import document, serving
from tests.benchmarks.ingest import FIELDS, FORMAT, ingested, path_mb
from tests.benchmarks.page_workload import (
    CATEGORIES,
    CHANNELS,
    DAYS,
    PAGE,
    START,
    forget,
    forget_cubes,
    make_cubes,
    milliseconds,
    selections,
)
from tests.benchmarks.results import Result, found, machine, table, versions
from tests.processes import AppServer

BLOCK = 1_000_000
DAY_LINES = 100_000
SERVED_SECONDS = 20.0
SIZES = (1_000_000, 10_000_000, 30_000_000, 100_000_000)


@dataclass(frozen=True)
class Cards:
    """How many different values the lines have. `largest`: lines of the largest order."""

    products: int = 500
    cities: int = 60
    customers_per_line: float = 0.17
    largest: int = 4


FEW = Cards()


def many(lines: int) -> Cards:
    """As many values as a company of this size may have: at 100 M lines 2 M products, 20 M customers, 100 k cities."""
    return Cards(max(1, lines // 50), max(1, lines // 1000), 0.2, min(100_000, max(4, lines // 100)))


def blocks(lines: int, cards: Cards = FEW) -> Iterator[pa.Table]:
    """Order lines in order of time, a block at a time; block k is the same whatever came before it."""
    count = -(-lines // BLOCK)
    for at in range(count):
        yield block(min(BLOCK, lines - at * BLOCK), at, (at / count, (at + 1) / count), lines, cards)


def day(lines: int, cards: Cards = FEW, count: int = DAY_LINES) -> pa.Table:
    """The lines of the day after the last one, with products and customers as before and some new customers."""
    return block(count, -(-lines // BLOCK), (1, 1 + 1 / DAYS), int(lines * 1.001), cards)


def block(count: int, number: int, part: tuple[float, float], lines: int, cards: Cards) -> pa.Table:
    """`count` lines whose orders are of one part of the time. `number` seeds them and makes their ids their own."""
    chance = np.random.default_rng([7, number])
    sizes = chance.choice([1, 2, 3, 4], count, p=[0.55, 0.25, 0.13, 0.07])
    if number == 0 and cards.largest > 4:
        sizes[0] = min(count, cards.largest)
    orders = int(np.searchsorted(np.cumsum(sizes), count)) + 1
    owner = np.repeat(np.arange(orders), sizes[:orders])[:count]
    seconds = np.sort(chance.uniform(*part, orders)) * DAYS * 86_400
    at = (START.astype("datetime64[s]") + seconds.astype("int64").astype("timedelta64[s]")).astype("datetime64[s]")
    zipf = 1 / np.arange(1, cards.cities + 1)
    city = chance.choice(cards.cities, orders, p=zipf / zipf.sum())
    product = chance.integers(0, cards.products, count)
    quantity = chance.integers(1, 4, count)
    price = 500 + (product * 7919) % 49_500
    customer = chance.integers(0, max(1, int(lines * cards.customers_per_line)), orders)
    channel = chance.integers(0, CHANNELS, orders)
    return pa.table(
        {
            "order_id": _numbers(number * BLOCK + np.arange(orders)).take(pa.array(owner)),
            "ordered_at": pa.array(at[owner].astype("datetime64[us]")),
            "customer": _numbers(customer).take(pa.array(owner)),
            "product": _words("Product", cards.products, product),
            "category": _words("Category", CATEGORIES, product % CATEGORIES),
            "city": _words("City", cards.cities, city[owner]),
            "channel": _words("Channel", CHANNELS, channel[owner]),
            "quantity": pa.array(quantity),
            "amount": pa.array(price * quantity / 100),
        }
    )


def _numbers(values: np.ndarray) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _words(prefix: str, count: int, codes: np.ndarray) -> pa.Array:
    used, at = np.unique(codes, return_inverse=True)
    width = len(str(count - 1))
    return pa.array([f"{prefix} {i:0{width}d}" for i in used.tolist()]).take(pa.array(at))


def write(path: Path, given: Iterator[pa.Table]) -> int:
    """Write blocks as CSV or Parquet, by the file's ending; the bytes of its lines, unpacked."""
    writer: pq.ParquetWriter | pacsv.CSVWriter | None = None
    size, csv = 0, path.suffix == ".csv"
    for part in given:
        size += part.nbytes
        if csv:
            texts = part["ordered_at"].cast(pa.timestamp("s")).cast(pa.string())
            part = part.set_column(part.schema.get_field_index("ordered_at"), "ordered_at", texts)
        if writer is None:
            writer = pacsv.CSVWriter(path, part.schema) if csv else pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    if writer is not None:
        writer.close()
    return path.stat().st_size if csv else size


def declare(folder: Path, kind: str) -> None:
    """The TOML of the files `kind`_*.`kind`."""
    fields = FIELDS % (FORMAT if kind == "csv" else "")
    text = f'title = "Lines"\n[source]\nfiles = "{kind}_*.{kind}"\n{fields}'
    (folder / f"{kind}_lines.toml").write_text(text, "utf-8")


def measure(lines: int, folder: Path, cards: Cards = FEW) -> Iterator[Result]:
    """Everything about one number of lines."""
    size = f"{lines / 1e6:g} M lines" + (", many values" if cards is not FEW else "")
    for kind in ("csv", "parquet"):
        path = folder / f"{kind}_0.{kind}"
        megabytes = path_mb(write(path, blocks(lines, cards)))
        declare(folder, kind)
        yield from _ingest(size, lines, kind, folder, megabytes)
        if kind == "parquet":
            yield from _stored(size, lines, folder / "store", f"{kind}_lines", pages=cards is FEW)
            yield from _served(size, folder, f"{kind}_lines")
            write(folder / f"{kind}_1.{kind}", iter([day(lines, cards)]))
            seconds, peak, busy = _ingested(folder, kind)
            yield found(f"{size}: a day's {DAY_LINES:,} lines added", seconds, "s", at_most=20)
            yield found(f"{size}: processor time of a day's lines", busy, "s")
            yield found(f"{size}: memory of a day's lines", peak, "MB", at_most=1024 + megabytes / 10)
        for file in folder.glob(f"{kind}_*.{kind}"):
            file.unlink()
        shutil.rmtree(folder / "store")


def _ingested(folder: Path, kind: str) -> tuple[float, float, float]:
    """Seconds, peak MB and seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, peak, _ = ingested(folder, kind)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, peak, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _ingest(size: str, lines: int, kind: str, folder: Path, megabytes: float) -> list[Result]:
    seconds, peak, busy = _ingested(folder, kind)
    least = {"parquet": 1_000_000, "csv": 500_000}[kind]
    return [
        found(f"{size}: ingest from {kind}", lines / seconds, "lines/s", at_least=least),
        found(f"{size}: processor time of {kind}, a million lines", busy / lines * 1e6, "s"),
        found(f"{size}: memory of ingest from {kind}", peak, "MB", at_most=1024 + megabytes / 10),
    ]


def _stored(size: str, lines: int, root: Path, name: str, pages: bool) -> Iterator[Result]:
    """The store's bytes, opening it, and the page, with nothing cached."""
    folder = root / name / store.current_version(root, name)
    total = sum(file.stat().st_size for file in folder.iterdir())
    yield found(f"{size}: store", total / lines, "bytes a line", at_most=40)
    begun = time.perf_counter()
    engine = ColumnarEngine(store.open(root, name))
    yield found(f"{size}: open", time.perf_counter() - begun, "s", at_most=2)
    for selection, asked in selections().items() if pages else ():
        if not selection.endswith("changed"):
            now = engine.resolve(asked)

            def page(n: Resolved = now) -> None:
                for by, metrics in PAGE:
                    engine.aggregate(by, metrics, n)

            most = {"at_most": 600.0} if selection == "wide" else {}
            took = milliseconds(page, lambda: forget_cubes(engine))
            yield found(f"{size}, {selection}: page out of rows, growth", took, "ms", **most)
            make_cubes(engine, page)
            took = milliseconds(page, lambda: forget(engine))
            yield found(f"{size}, {selection}: cold page, growth", took, "ms", **most)


def _served(size: str, folder: Path, name: str) -> Iterator[Result]:
    """The start of two workers, and chart answers of one client with all selections different."""
    server = AppServer(folder / "store", folder)
    try:
        yield found(f"{size}: start to ready, growth", serving.start_seconds(server), "s", at_most=2)
        times = serving.answer_times(server, 1, SERVED_SECONDS, seed=1, name=name)
        for percent in (50, 95):
            yield found(f"{size}: chart answer, p{percent}", 1000 * float(np.percentile(times, percent)), "ms")
        yield from serving.at_rest(server, f"{size}, growth", 1500, under_load_too=True)
    finally:
        server.stop()


def results(sizes: Iterable[int] = SIZES, cards: str = "few", folder: Path | None = None) -> Iterator[Result]:
    """Everything about several numbers of lines."""
    for lines in sizes:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            yield from measure(lines, Path(made), many(lines) if cards == "many" else FEW)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", default=",".join(map(str, SIZES)))
    parser.add_argument("--cards", choices=("few", "many"), default="few")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    run = {"date": document.today(), "machine": machine(), "versions": versions()}
    found_all = []
    for result in results(map(int, given.lines.split(",")), given.cards, given.folder):
        found_all.append(result)
        print(table([result]).splitlines()[-1], flush=True)
        if given.json:
            given.json.write_text(json.dumps({**run, "results": {"growth": found_all}}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
