"""A small made-up shop for tests: a TOML and its files in a folder."""

from __future__ import annotations

from pathlib import Path

from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read

HEAD = "order,day,item,pieces,total,who\n"
FIELDS = """
[fields]
order_id = "order"
ordered_at = "day"
product = "item"
quantity = "pieces"
amount = "total"
customer = "who"
"""


def toml(more: str = "", *, fields: str = FIELDS, source: str = 'files = "shop.csv"', top: str = "") -> str:
    return f'title = "Shop"\n{top}\n[source]\n{source}\n{fields}\n{more}'


def shop(folder: Path, rows: str | bytes, text: str | None = None, name: str = "shop.csv") -> Tables:
    """Read made-up rows by a TOML (the usual one where none is given)."""
    (folder / name).write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return read(load(declared(folder, toml() if text is None else text)), folder)


def declared(folder: Path, text: str) -> Path:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def reasons(tables: Tables, effect: str = "left out") -> dict[str, int]:
    return {f.reason: f.rows for f in tables.quality.findings if f.effect == effect}
