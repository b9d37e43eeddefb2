"""Numbers that a rule makes of cells: what is missing as zero, all that a pattern finds, multiplied by a formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analytics.errors import CatalogError, DataError
from analytics.loading.formula import Name, parse
from analytics.loading.lines.values import MOST_MATCHES, sums_of_matches
from tests.analytics.shop import FIELDS, shop, toml

PACKED = """
order,day,item,pieces,total,tax,back
1,2026-01-05,Mug,1,10.00,2.00,amount:3.00|day:a;amount:3.00|day:b
1,2026-01-05,Cup,1,30.00,,
2,2026-01-06,Mug,2,20.00,,amount:5|day:c
3,2026-01-06,Mug,1,10.00,,
""".lstrip()
FIELDS_PACKED = FIELDS.replace('"who"', '"item"')
REFUNDS = """
[refunds]
order_amount = { column = "back", regex = 'amount:(?P<n>.+?)\\|', every = true, times = "[total] / ([total] + [tax]?)" }
"""


def test_what_is_missing_is_zero_where_a_formula_says_so() -> None:
    values = {"a": np.array([1.0, np.nan]), "b c": np.array([np.nan, 2.0])}

    def numbers(name: Name) -> np.ndarray:
        return values[name.name]

    assert parse("a? + [b c]? * 2").value(numbers, 2).tolist() == [1, 4]
    assert np.isnan(parse("a + [b c]?").value(numbers, 2)[1])
    with pytest.raises(ValueError, match="did not expect"):
        parse("2?")


def test_refunds_of_one_cell_are_added_up_and_their_tax_is_left_out(tmp_path: Path) -> None:
    rows = PACKED.replace("1,2026-01-05,Cup,1,30.00,,\n", "")
    lines = shop(tmp_path, rows, toml(REFUNDS, fields=FIELDS_PACKED)).lines
    assert sorted(lines["amount"].round(2)) == [-5, -5, 10, 10, 20]


def test_a_refund_that_cannot_be_multiplied_is_an_error(tmp_path: Path) -> None:
    rows = PACKED.replace("1,2026-01-05,Cup,1,30.00,,\n", "")
    refunds = REFUNDS.replace("[tax]?", "[tax]")
    with pytest.raises(DataError, match=r"to be multiplied by \[total\] / \(\[total\] \+ \[tax\]\), which is missing"):
        shop(tmp_path, rows, toml(refunds, fields=FIELDS_PACKED))


def test_a_number_of_the_line_is_multiplied(tmp_path: Path) -> None:
    fields = FIELDS_PACKED + 'cost = { column = "total", times = "quantity * 0.5" }'
    assert sorted(shop(tmp_path, PACKED, toml(fields=fields)).lines["cost"]) == [5, 5, 15, 20]


def test_matches_are_added_up_within_bounds() -> None:
    texts = pa.array(["n=1;n=2.5", "", "n=x", "n=1" * (MOST_MATCHES + 1)], pa.string())
    sums, wrong = sums_of_matches(texts, "n=(?P<n>[^;n]*)", "n")
    assert sums[0] == 3.5
    assert np.isnan(sums[1])
    assert wrong.tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ('tip = { column = "tax", every = true }', "fields.tip.every: adds up what a regex finds"),
        ("tip = { order = \"tax\", regex = '(?P<tip>.)', every = true }", "cannot stand with regex"),
        ('city = { column = "tax", times = "2" }', "city is not a number"),
        ('tip = { column = "tax", times = "2 *" }', "fields.tip.times: the formula ends"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(tmp_path: Path, field: str, problem: str) -> None:
    with pytest.raises(CatalogError, match=problem):
        shop(tmp_path, PACKED, toml(fields=f"{FIELDS_PACKED}{field}"))


def test_a_refund_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    rows = PACKED.replace("amount:5|day:c", "five")
    refunds = '[refunds]\nline_amount = "back"\n'
    with pytest.raises(DataError, match=r"shop.toml: refunds.line_amount: column “back”: not a number"):
        shop(tmp_path, rows, toml(refunds, fields=FIELDS_PACKED))
