"""How fast, and in how much memory, an export of a platform is recognised and loaded: Shopify's, of very many lines.

    python -m tests.benchmarks.large_export [--lines 1000000] [--folder FOLDER]

Each step has a process of its own: recognising is timed as an upload does it, without the start of the process; loading
is the command, start included. The memory is that of the process, without mapped files (RssAnon). The orders are known,
so that their ledger must come back to the cent.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.ingest import own_mb
from tests.benchmarks.results import Result, found, table
from tests.packs.orders import Order, account, orders
from tests.packs.platforms import shopify
from tests.processes import ROOT, clean_environment

LINES = 1_000_000
BATCH = 20_000  # orders
ALLOWANCE = 500  # MB of memory beyond the size of the file
GUESS = "import sys, time; from pathlib import Path; from analytics.loading.guessing.guess import guess\n"
GUESS += "path = Path(sys.argv[1]); t = time.perf_counter(); toml = guess([path], path.parent, check=False)\n"
GUESS += "print(f'# {time.perf_counter() - t}'); print(toml)"
LEDGER = """
import sys
from pathlib import Path
from analytics.engines import open_engine
from analytics.questions.ledger import ledger
from analytics.selection import Selection
engine = open_engine(Path(sys.argv[1]), "shop")
frame = ledger(engine, engine.resolve(Selection.from_query("range=all&compare=none")[0]), {}).frame
print(*(f"{item} {amount:.2f}" for item, amount in zip(frame["item"], frame["amount"])))
"""


def known_orders(lines: int) -> Iterator[Order]:
    """Orders of at least this number of lines, each with a number of its own; every second customer buys again."""
    written = number = 0
    seed = 0
    while written < lines:
        seed += 1
        for order in orders(seed, BATCH):
            number += 1
            name, _, city, country = order.person
            email = f"customer{number * 7919 % 150_000}@example.org"
            yield replace(order, number=number, person=(name, email, city, country))
            written += len(order.lines)
            if written >= lines:
                return


def write(path: Path, lines: int) -> tuple[int, dict[str, float]]:
    """Write the export; the number of its lines, and the ledger of its orders."""
    ledger: Counter[str] = Counter()
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for order in known_orders(lines):
            rows = shopify(order)
            if writer is None:
                writer = csv.DictWriter(file, list(rows[0]), restval="", lineterminator="\n")
                writer.writeheader()
            writer.writerows(rows)
            count += len(rows)
            for item, amount in account([order]).items():
                ledger[item] += round(100 * amount)
    return count, {item: cents / 100 for item, cents in ledger.items()}


@dataclass(frozen=True)
class Run:
    """One command: how long it took, its greatest memory in MB, and what it printed."""

    seconds: float
    peak: float
    said: str


def run(folder: Path, *command: str) -> Run:
    """Run a command with the folder as catalogue, sources and store."""
    settings = {f"STORESIGHT_{name}": str(folder) for name in ("SOURCES", "CATALOG")}
    environment = clean_environment(**settings, STORESIGHT_STORE=str(folder / "store"))
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, own_mb(process.pid) * 1.048576)
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{said}")
    return Run(seconds, peak, said)


def measure(lines: int = LINES, folder: Path | None = None) -> list[Result]:
    """Seconds of recognition without reading all on trial, lines a second and memory of loading, and the ledger."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        place = Path(temporary)
        file = place / "orders_export_1.csv"
        count, known = write(file, lines)
        size = file.stat().st_size / 1e6
        guessed = run(place, "-c", GUESS, str(file))
        (place / "shop.toml").write_text(guessed.said, "utf-8")
        loaded = run(place, "-m", "analytics", "ingest", "shop")
        words = run(place, "-c", LEDGER, str(place / "store")).said.split()
    ledger = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    off = sum(abs(ledger[item] - amount) for item, amount in known.items())
    print(f"{count:,} lines, {size:.0f} MB")
    name = "Shopify's export"
    return [
        found(f"{name}: recognised", float(guessed.said.split()[1]), "s", at_most=2),
        found(
            f"{name}: memory of recognising it, beyond the file's size", guessed.peak - size, "MB", at_most=ALLOWANCE
        ),
        found(f"{name}: loaded", count / loaded.seconds, "lines/s", at_least=200_000),
        found(f"{name}: memory of loading it, beyond the file's size", loaded.peak - size, "MB", at_most=ALLOWANCE),
        found(f"{name}: its ledger differs by", off, "USD", at_most=0.004),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    print(table(measure(given.lines, given.folder)))


if __name__ == "__main__":
    main()
