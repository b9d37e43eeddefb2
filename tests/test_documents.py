"""The reference pages under docs/ say what the code does: every key, field, table and setting, and none besides."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from analytics.keys import Keys
from analytics.loading import catalog
from analytics.loading.spec import OPTIONAL_COLUMNS
from analytics.schema import EXTRA_TABLES, FIELDS
from tests.processes import ROOT

DATA_SETS = (ROOT / "docs" / "data-sets.md").read_text("utf-8")
TABLES = {"source", "fields", "join", "tables", "engine", "cleaning", "refunds", "rates", "alerts"}
TABLES |= {"value_tiers", "region_groups", "rows", "explode", "pivot", "dimensions", "ledger", "checks", "pack"}
TABLES |= {"touches"}

# One of everything, so that reading it asks for every key there is.
FILES = """
title = "Everything"
[source]
files = "a.csv"
[fields]
order_id = { columns = ["o"] }
ordered_at = "t"
product = "p"
quantity = { constant = 1, default = 1 }
region = "r"
amount = "a"
city = { column = "c", map = { x = "y" } }
store = "s"
[dimensions]
store = { label = "Store" }
[join.other]
files = "b.csv"
on = { c = "d" }
[tables.stock]
files = "s.csv"
fields = { date = "d", product = "p", on_hand = "n" }
[[alerts]]
name = "low"
metric = "orders"
when = "threshold"
below = 1
"""
DATABASE = FILES.replace('files = "a.csv"', 'kind = "sql"\nurl_env = "STORESIGHT_A_URL"\nquery = "select 1"', 1)


# Tables that cannot stand together.
OTHERS = {
    "explode": '[explode]\ncolumn = "c"\nregex = "(?P<city>.)"\n',
    "checks.sum": '[checks]\nsum = { lines = "amount", order = "[b]" }\n',
    "tables.paths.touches": (
        '[tables.paths]\nfiles = "v.csv"\nfields = { path = "path", conversions = "conversions" }\n'
        '[tables.paths.touches]\nby = "a"\nat = "b"\nchannel = "c"\ngoal = { d = "e" }\n'
    ),
    "pack": '[pack]\nfingerprint = ["a", "b"]\n',
    "pivot": '[pivot]\nby = "o"\nname = "n"\nvalue = "v"\n',
}


def section(heading: str) -> str:
    """The text under the first heading of docs/data-sets.md that begins so."""
    found = re.search(rf"^## {re.escape(heading)}.*?$(.*?)(?=^## |\Z)", DATA_SETS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/data-sets.md has no heading {heading!r}"
    return found[1]


def documented(heading: str) -> set[str]:
    """The first cells of the last table under a heading, without backticks."""
    table = section(heading).rstrip().split("| Key |")[-1]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


@pytest.fixture
def keys_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The keys that reading a TOML asks for, by the path of their table."""

    def read(text: str) -> dict[str, set[str]]:
        asked: dict[str, set[str]] = defaultdict(set)
        take = Keys._take

        def noted(self: Keys, key: str) -> Any:
            asked[self.path].add(key)
            return take(self, key)

        monkeypatch.setattr(Keys, "_take", noted)
        path = tmp_path / "everything.toml"
        path.write_text(text)
        catalog.load(path)
        return asked

    return read


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("Top level", ""),
        ("`[source]`: files", "source"),
        ("`[engine]`", "engine"),
        ("`[fields]`", "fields.*"),
        ("`[dimensions]`", "dimensions.store"),
        ("`[ledger]`", "ledger"),
        ("`[refunds]`", "refunds"),
        ("`[cleaning]`", "cleaning"),
        ("`[rows]`", "rows"),
        ("`[explode]`", "explode"),
        ("`[pivot]`", "pivot"),
        ("`[checks]`", "checks.sum"),
        ("`[pack]`", "pack"),
        ("`[tables.paths.touches]`", "tables.paths.touches"),
        ("`[[alerts]]`", "alerts[1]"),
    ],
)
def test_every_key_of_a_toml_is_documented_and_every_documented_key_is_read(
    heading: str, path: str, keys_read: Any
) -> None:
    asked = keys_read(FILES + OTHERS.get(path, ""))
    pattern = re.escape(path).replace(r"\*", r"\w+")
    read = set().union(*(keys for table, keys in asked.items() if re.fullmatch(pattern, table)))
    assert documented(heading) == read - TABLES


def test_the_keys_of_a_database_are_documented(keys_read: Any) -> None:
    assert documented("`[source]`: a database") == keys_read(DATABASE)["source"]


def test_a_join_and_an_extra_table_take_the_keys_of_a_source_and_their_own(keys_read: Any) -> None:
    asked = keys_read(FILES)
    assert asked["join.other"] - TABLES == documented("`[source]`: files") - {"replace_by"} | documented(
        "`[join.NAME]`"
    )
    assert asked["tables.stock"] - TABLES == documented("`[source]`: files") - {"replace_by"}


def test_every_table_of_a_toml_has_a_heading(keys_read: Any) -> None:
    for name in keys_read(FILES)[""] & TABLES:
        assert re.search(rf"^## .*\[{name}", DATA_SETS, re.MULTILINE), name


def test_every_field_is_documented_with_its_kind() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+)(, required)? \|", section("`[fields]`"), re.MULTILINE)
    assert {(name, kind, bool(required)) for name, kind, required in rows} == {
        (f.name, f.kind, f.required) for f in FIELDS.values() if not f.derived
    }


def test_every_extra_table_is_documented_with_its_fields() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| ?(.*?) ?\|$", section("`[tables.NAME]`"), re.MULTILINE)
    names = [(table, re.findall(r"`(\w+)`", needed), re.findall(r"`(\w+)`", more)) for table, needed, more in rows]
    assert names == [(t, list(needed), list(OPTIONAL_COLUMNS.get(t, ()))) for t, needed in EXTRA_TABLES.items()]


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", DATA_SETS, re.DOTALL))
def test_the_examples_can_be_read(example: str, tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(example if example.startswith("title") else FILES.replace("[source]", f"{example}[source]", 1))
    catalog.load(path)


def test_the_example_of_asking_from_python_runs(store: Path) -> None:
    text = (ROOT / "docs" / "exports-and-urls.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    made: dict[str, Any] = {}
    exec(example.replace('Path("store")', f"Path({str(store)!r})"), made)
    assert list(made["frame"].columns) == ["city", "revenue", "orders"]
    assert len(made["frame"])
    assert not made["dropped"]


def test_every_direct_dependency_has_a_reason() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    cells = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)[1:]
    reasons = [name.lower() for cell in cells for name in cell.split(", ")]
    pinned = {
        line.partition("==")[0].lower()
        for path in ROOT.glob("requirements*.txt")
        for line in path.read_text().splitlines()
        if "==" in line
    }
    assert len(set(reasons)) == len(reasons)
    assert set(reasons) == pinned


def pinned(path: Path) -> set[tuple[str, str]]:
    """Names and versions in a requirements file and those that it includes, or in a lock file."""
    text = path.read_text("utf-8")
    found = {(n.partition("[")[0].lower(), v) for n, v in re.findall(r"^([\w.\[\]-]+)==([^\s;]+)", text, re.MULTILINE)}
    included = [pinned(path.parent / name) for name in re.findall(r"^-r (\S+)", text, re.MULTILINE)]
    return {(n.replace("_", "-").replace(".", "-"), v) for n, v in found}.union(*included)


def test_the_lock_files_hold_what_the_requirements_pin_and_name_no_registry() -> None:
    for lock, files in (("", [""]), ("-company", ["", "-company"]), ("-dev", ["-dev"])):
        held = pinned(ROOT / f"requirements{lock}.lock")
        for name in files:
            assert pinned(ROOT / f"requirements{name}.txt") <= held, "run `make lock`"
        assert "://" not in (ROOT / f"requirements{lock}.lock").read_text("utf-8")


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert sorted(set(listed)) == sorted(path.name for path in folder.glob("0*.md"))
