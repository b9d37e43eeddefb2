"""docs/performance.md is what the benchmarks write of docs/performance.json, and each missed target is explained."""

from __future__ import annotations

from collections import Counter

from tests.benchmarks.document import KEPT, PAGE, Kept, misses, tables, with_tables
from tests.benchmarks.results import Result, found
from tests.benchmarks.rows import NAMES, TABLES

FAST, SLOW = "customer models of 140,000 customers", "report of bytronix"


def test_the_page_is_what_is_written_of_the_results() -> None:
    page = PAGE.read_text("utf-8")
    assert with_tables(page, Kept.read()) == page, "run `python -m tests.benchmarks.document`"


def test_only_what_a_table_shows_is_kept_once() -> None:
    kept = Counter(name for run in Kept.read().runs for name in run["results"])
    assert set(kept) <= NAMES
    assert max(kept.values()) == 1


def test_each_missed_target_is_explained() -> None:
    kept = Kept.read()
    assert [row.text for table in TABLES for row in table.rows if misses(row, kept) and not row.why] == []


def test_each_row_has_a_cell_for_each_column() -> None:
    assert [row.text for table in TABLES for row in table.rows if len(row.cells) != len(table.columns)] == []


def kept_of(*results: Result, date: str = "2026-01-01", before: Kept | None = None) -> Kept:
    return (before or Kept(())).with_run(date, "a machine", "pandas 3", results)


def test_a_result_takes_the_place_of_the_older_one_and_others_keep_their_date() -> None:
    first = kept_of(found(FAST, 1.0, "s", at_most=2), found(SLOW, 3.0, "s", at_most=4), found("of no table", 1, ""))
    later = kept_of(found(SLOW, 5.0, "s", at_most=4), date="2026-02-01", before=first)
    assert [(run["date"], list(run["results"])) for run in later.runs] == [
        ("2026-02-01", [SLOW]),
        ("2026-01-01", [FAST]),
    ]
    page = tables(later)
    assert "| customer models of 140 k customers (2026-01-01) | 1 s | ≤ 2 s |" in page
    assert "186 k lines / 540 k lines (1) | **5** / not yet measured s | ≤ 4 s |" in page
    assert "\n\n1. The process starts" in page
    assert "Rows with 2026-01-01: on 2026-01-01 on a machine; pandas 3." in page


def test_a_run_that_measures_all_again_leaves_nothing_of_the_older_one() -> None:
    first = kept_of(found(FAST, 1.0, "s"))
    assert [run["date"] for run in kept_of(found(FAST, 2.0, "s"), date="2026-02-01", before=first).runs] == [
        "2026-02-01"
    ]


def test_what_is_kept_is_read_again_as_it_was(tmp_path) -> None:  # type: ignore[no-untyped-def]
    kept = kept_of(found(FAST, 1.5, "s", at_most=2), date="2026-02-01", before=kept_of(found(SLOW, 9.0, "s")))
    kept.write(tmp_path / KEPT.name)
    assert list(Kept.read(tmp_path / KEPT.name).runs) == list(kept.runs)
