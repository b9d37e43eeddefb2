"""Files of platforms: known orders come back to the cent, through guess and ingest and through an upload,
also of overlapping exports where the pack can tell.

    python -m tests.benchmarks.packs [--seeds 20] [--uploads 2] [--only Shopify Etsy …]

Every platform of tests/packs writes random orders for each seed, shuffled; by even seeds with one more column,
without those of people, and the others the other way round. A seed is right where every item of the ledger that the
file gives is that of the orders.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from analytics.engines import open_engine
from dashboard.uploads import trial
from dashboard.uploads.folder import Upload
from tests.benchmarks.results import Result, found, table
from tests.packs.ways import PLATFORMS, Ledger, ledger_from, overlapping, read_by_guess, told, wanted, written

SEEDS, UPLOADS = 20, 2  # of each platform, and those that are uploaded too
FIRST = 101  # the suite has the seeds below


def measure(seeds: int = SEEDS, uploads: int = UPLOADS, names: Iterable[str] = PLATFORMS) -> Iterator[Result]:
    """For each platform the share of seeds whose ledger is that of the orders."""
    for name in names:
        start = time.perf_counter()
        every = range(FIRST, FIRST + seeds)
        wrong = [text for seed in every for text in differences(name, seed, seed < FIRST + uploads)]
        took = time.perf_counter() - start
        for text in wrong[:3]:
            print(f"{name}: {text}", flush=True)
        trips = seeds + 2 * min(seeds, uploads)  # at most
        yield found(f"{name}: {trips} times, {1000 * took / trips:.0f} ms each", 1 - len(wrong) / trips, "", at_least=1)


def differences(name: str, seed: int, more: bool) -> Iterator[str]:
    """What is not as it should be in one platform's files of one seed, a sentence for each way that is wrong."""
    way = PLATFORMS[name]
    known = told(way, seed)
    expected = wanted(way, known)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = written(way, known, seed, folder)
        toml, by_guess = read_by_guess(paths, folder)
        ledgers = {"guess": by_guess}
        if more:
            ledgers["upload"] = uploaded(paths, folder)
        replaces = 'replace_by = "order_id"' in toml
        if more and not way.beside and (replaces or 'exact_duplicates = "overlap"' in toml):
            ledgers["two exports"] = read_by_guess(overlapping(way, known, seed, folder, replaces), folder)[1]
    for how, ledger in ledgers.items():
        other = {item: (ledger.get(item), amount) for item, amount in expected.items() if ledger.get(item) != amount}
        if other:
            yield f"seed {seed} by {how}, read and wanted: {other}"


def uploaded(paths: list[Path], root: Path) -> Ledger:
    """The ledger of files that were added in the browser, before they are loaded."""
    upload = Upload.begin(root / "uploads", [(path.name, path.stat().st_size) for path in paths], 1 << 30)
    for path in paths:
        (upload.folder / path.name).write_bytes(path.read_bytes())
    trial.read(upload)
    return ledger_from(open_engine(upload.folder / trial.TRIAL, trial.TRIAL))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--uploads", type=int, default=UPLOADS)
    parser.add_argument("--only", nargs="*", choices=list(PLATFORMS), default=list(PLATFORMS), metavar="NAME")
    given = parser.parse_args()
    results = list(measure(given.seeds, given.uploads, given.only))
    print(table(results))


if __name__ == "__main__":
    main()
