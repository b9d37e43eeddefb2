"""The layout of stored data: whoever changes it raises FORMAT, so that no program reads files that mean something else.

Sums and cubes of a new measure need no new format: where they are not stored, engines compute them from lines.

`python -m tests.analytics.test_layout` records the layout of a new format in layout.json."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analytics import store
from analytics.measures import MEASURES, Measure
from analytics.profile import EngineChoice, Profile
from analytics.store import line_table, numbers
from tests.analytics.companies import Tables

RECORDED = Path(__file__).with_name("layout.json")
OF_MEASURES = re.compile(r"sum\.|cube\.")
RECORD = "record it with `python -m tests.analytics.test_layout`"


def shop() -> Tables:
    """Five lines of three orders with a field of every kind and level, a refund and an unknown customer."""
    lines = pd.DataFrame(
        {
            "order_id": ["A2", "A2", "A1", "A3", "A3"],
            "ordered_at": _times(
                "2024-01-02T09:30", "2024-01-02T09:30", "2024-01-01", "2024-01-02T18", "2024-01-02T18"
            ),
            "posted_at": _times(*["2024-01-02"] * 4, "2024-02-01"),
            "line_id": ["x1", "x2", "x3", "x4", "x5"],
            "product": ["Tea", "Café", "Tea", "Bun", "Tea"],
            "category": ["Drinks", "Drinks", "Drinks", "Food", "Drinks"],
            "channel": ["web", "web", "shop", "web", "web"],
            "customer": ["Bo", "Bo", "Ana", "", ""],
            "segment": ["Home", "Home", "Office", "", ""],
            "country": ["US", "US", "DE", "US", "US"],
            "region": ["OR", "OR", "BY", "ME", "ME"],
            "city": ["Portland", "Portland", "München", "Portland", "Portland"],
            "quantity": [1.0, 2.0, 1.0, 3.0, -1.0],
            "amount": [9.5, 4.0, 9.5, 6.75, -9.5],
            "cost": [5.0, np.nan, 5.0, 2.5, np.nan],
            "rating": [5.0, 4.0, np.nan, np.nan, np.nan],
        }
    )
    profile = Profile("shop", "Shop", engine=EngineChoice("duckdb"))
    table = pd.DataFrame({"date": _times("2024-01-01"), "sessions": [7]})
    return Tables(lines.assign(sale=lines["amount"] > 0), profile, {"sessions": table})


def _times(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[us]")


def layout_of(tables: Tables, root: Path) -> dict[str, Any]:
    """What a written version consists of, read without the store's own reader."""
    folder = root / tables.profile.name / store.write(root, tables)
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    files: dict[str, Any] = {}
    for name in sorted(meta["files"]):
        if name.endswith(".npy"):
            array = np.load(folder / name)
            files[name] = {"type": array.dtype.str, "shape": [*array.shape], "values": _plain(array)}
        else:
            table = pq.read_table(folder / name)
            files[name] = {
                "columns": {f.name: str(f.type) for f in table.schema},
                "values": {c: [str(v) for v in table[c].to_pylist()] for c in table.column_names},
            }
    about = {key: meta[key] for key in ("facts", "fields", "dictionaries", "tables")}
    return {"meta": sorted(meta), **about, "files": files}


def _plain(array: np.ndarray) -> Any:
    numbers = array.astype("int64") if array.dtype.kind in "Mb" else array
    return [None if v != v else v for v in numbers.ravel().tolist()]


def fault(found: dict[str, Any], recorded: dict[str, Any], number: int) -> str:
    """What is wrong with a layout found under a format number; "" where nothing is."""
    known = {n: f for n, f in found["files"].items() if n in recorded["layout"]["files"] or not OF_MEASURES.match(n)}
    found = found | {"files": known}
    if found == recorded["layout"]:
        return "" if number == recorded["format"] else f"FORMAT is {number}: {RECORD}."
    changed = [key for key in found if found[key] != recorded["layout"].get(key)]
    names = {*found["files"], *recorded["layout"]["files"]}
    changed += sorted(n for n in names if found["files"].get(n) != recorded["layout"]["files"].get(n))
    if number > recorded["format"]:
        return f"The layout of format {number} is new ({', '.join(changed)}): {RECORD}."
    return (
        f"The layout of stored data has changed ({', '.join(changed)}): raise FORMAT in analytics/store/format.py, and "
        f"LINES_SINCE too where columns of lines, orders or customers changed; then {RECORD}."
    )


def _text(given: Any, depth: int = 0) -> str:
    """JSON with a line for each field and each file."""
    if not isinstance(given, dict) or depth == 3:
        return json.dumps(given, ensure_ascii=False)
    inner = (f"{' ' * (depth + 1)}{json.dumps(k)}: {_text(v, depth + 1)}" for k, v in given.items())
    return "{\n" + ",\n".join(inner) + "\n" + " " * depth + "}"


def test_the_layout_is_that_of_the_format(tmp_path: Path) -> None:
    wrong = fault(layout_of(shop(), tmp_path), json.loads(RECORDED.read_text("utf-8")), store.FORMAT)
    if wrong:
        pytest.fail(wrong)


def test_another_layout_demands_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = {"format": store.FORMAT, "layout": layout_of(shop(), tmp_path / "before")}
    monkeypatch.setattr(numbers, "SCALES", (1_000,))
    found = layout_of(shop(), tmp_path / "after")
    assert re.search(r"line\.amount\.npy.*raise FORMAT", fault(found, recorded, store.FORMAT))
    assert "is new" in fault(found, recorded, store.FORMAT + 1)
    assert fault(found, {"format": store.FORMAT + 1, "layout": found}, store.FORMAT + 1) == ""


def test_a_new_measure_needs_no_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = {"format": store.FORMAT, "layout": layout_of(shop(), tmp_path / "before")}
    monkeypatch.setitem(MEASURES, "rated_cost", Measure("rated_cost", "cost of rated lines", "cost", given="rating"))
    found = layout_of(shop(), tmp_path / "after")
    assert "sum.rated_cost.npy" in found["files"]
    assert fault(found, recorded, store.FORMAT) == ""
    monkeypatch.delitem(MEASURES, "cost")
    assert "sum.cost.npy" in fault(layout_of(shop(), tmp_path / "without"), recorded, store.FORMAT)


@pytest.mark.long
def test_a_version_without_a_table_of_lines_has_the_same_columns(tmp_path: Path) -> None:
    tables = shop()
    whole = layout_of(tables, tmp_path / "duckdb")
    tables.profile = replace(tables.profile, engine=EngineChoice())
    embedded = layout_of(tables, tmp_path / "embedded")
    assert whole["files"].pop(line_table.FILE)
    assert embedded == whole


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = {"format": store.FORMAT, "layout": layout_of(shop(), Path(folder))}
    RECORDED.write_text(_text(found) + "\n", "utf-8")
