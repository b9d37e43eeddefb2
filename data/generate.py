"""Write the demonstration data: `python -m data.generate [--out DIR] [--seed N]`.

Two companies, as Parquet files that data/demo.toml and data/evitalrx.toml read:
demo/{lines,stock,sessions,paths,targets,events,customers}.parquet and evitalrx/purchases.parquet.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data import demo_company, evitalrx
from data.draws import Tables

GENERATED = Path(__file__).resolve().parent / "generated"

COMPANIES: dict[str, tuple[Callable[[int], Tables], int]] = {
    "demo": (demo_company.generate, demo_company.SEED),
    "evitalrx": (evitalrx.generate, evitalrx.SEED),
}


def write(out: Path = GENERATED, seed: int | None = None) -> list[Path]:
    """Generate both companies and write their tables below `out`; returns the paths written.

    Each company has a seed of its own unless `seed` is given. A file replaces the old one only when it is complete,
    so that an ingest at the same time reads either the old file or the new one.
    """
    written = []
    for company, (generate, own_seed) in COMPANIES.items():
        for name, frame in generate(own_seed if seed is None else seed).items():
            path = out / company / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), unfinished)
            unfinished.replace(path)
            written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m data.generate", description="Write the demonstration data.")
    parser.add_argument("--out", type=Path, default=GENERATED, help="folder to write to (default: data/generated)")
    parser.add_argument("--seed", type=int, help="another draw of the same companies")
    chosen = parser.parse_args()
    start = time.perf_counter()
    written = write(chosen.out, chosen.seed)
    size = sum(path.stat().st_size for path in written) / 1e6
    print(f"{len(written)} files, {size:.1f} MB, in {chosen.out} after {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
