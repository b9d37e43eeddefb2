"""A TOML is tried: files are read by it before it is given to anybody."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from analytics.errors import StoresightError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read


def trial(toml: str, base: Path) -> Tables:
    """What a TOML in a folder reads from the files of that folder. StoresightError where it cannot be read so."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guessed.toml"
        path.write_text(toml, encoding="utf-8")
        spec = load(path)
    return read(replace(spec, path=base / path.name), base)  # names that begin with ./ are relative to this path


def tried(toml: str, files: int, base: Path) -> str:
    """The TOML after lines of comment that say what came of reading the files by it, or why they cannot be read."""
    try:
        tables = trial(toml, base)
    except StoresightError as fault:
        return f"# It does not ingest yet. {fault}\n\n{toml}"
    lines = tables.lines
    found = "".join(f"# {f.rows:,} {f.label} ({f.effect})\n" for f in tables.quality.findings)
    return (
        f"# Guessed from {files} file(s); check each line.\n"
        f"# {tables.quality.rows_read:,} rows give {len(lines):,} order lines, {lines['order_id'].nunique():,} orders, "
        f"{lines['amount'].sum():,.2f} in all, "
        f"{str(lines['ordered_at'].min())[:10]} to {str(lines['ordered_at'].max())[:10]}.\n"
        f"{found}\n{toml}"
    )
