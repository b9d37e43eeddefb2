"""Refunds that a joined file tells one by one; and fields made of the first filled, or the sum, of several columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import CatalogError, DataError
from analytics.loading.dataset import Tables
from tests.analytics.shop import FIELDS, reasons, shop, toml
from tests.analytics.test_shaping import balanced, blocks

__all__ = ["blocks"]  # the fixture

ORDERS = "order,day,item,pieces,total,who,refunded,phone\n" + "".join(
    f"{row}\n"
    for row in (
        "1,2026-01-30,Tea,2,10.00,A,15.00,",
        "1,2026-01-30,Cup,1,5.01,A,15.00,",
        "2,2026-01-31,Tea,1,5.00,,5.00,07",
        "3,2026-02-01,Tea,1,5.00,C,2.00,",
        "4,2026-02-01,Tea,1,5.00,D,,",
    )
)
TRANSACTIONS = "name,kind,at,amount\n" + "".join(
    f"{row}\n"
    for row in (
        "1,sale,2026-01-30,15.01",
        "1,refund,2026-02-02,5.00",
        "2,refund,2026-03-05,5.00",
        "1,refund,2026-03-04,10.00",
        "1,refund,2026-03-04,10.00",
        "9,refund,2026-03-06,1.00",
    )
)
REFUNDS = """
[join.back]
files = "back.csv"
on = { order = "name" }
repeated_keys = "each"
exact_duplicates = "drop"
[join.back.rows]
keep = { kind = "refund" }
[refunds]
single_amount = "back.amount"
single_at = "back.at"
order_amount = "refunded"
"""


def read(folder: Path, transactions: str = TRANSACTIONS, more: str = REFUNDS) -> Tables:
    (folder / "back.csv").write_text(transactions)
    return shop(folder, ORDERS, toml(more))


def test_each_row_of_a_joined_file_is_a_refund_on_its_day(tmp_path: Path, blocks: str) -> None:
    tables = read(tmp_path)
    back = tables.lines[~tables.lines["sale"]]
    told = sorted(
        (order, str(day.date()), product, amount, quantity)
        for order, day, product, amount, quantity in zip(
            back["order_id"], back["posted_at"], back["product"], back["amount"].round(2), back["quantity"], strict=True
        )
    )
    assert told == [
        ("1", "2026-02-02", "Cup", -1.67, 0),
        ("1", "2026-02-02", "Tea", -3.33, 0),
        ("1", "2026-03-04", "Cup", -3.34, -1),
        ("1", "2026-03-04", "Tea", -6.66, 0),
        ("2", "2026-03-05", "Tea", -5.0, -1),
        ("3", "2026-02-01", "Tea", -2.0, 0),  # the order's column knows of it, no row does
    ]
    assert "exact_duplicate" not in reasons(tables, "noticed"), "two refunds of one line are no copies"
    assert reasons(tables, "noticed")["unused_back"] == 1
    assert reasons(tables, "noticed")["refund_undated"] == 1
    assert balanced(tables)
    assert tables.profile.refunds_shared, "nobody knows of which lines"


def test_a_refund_that_cannot_be_read_is_an_error_or_counted(tmp_path: Path) -> None:
    wrong = TRANSACTIONS.replace("2026-03-04,10.00\n1,", "2026-03-04,ten\n1,")
    with pytest.raises(DataError, match=r"shop\.toml: refunds\.single_amount: column “back\.amount”: not a number"):
        read(tmp_path, wrong)
    tables = read(tmp_path, wrong, REFUNDS + '[cleaning]\ninvalid_rows = "drop"\n')
    assert reasons(tables, "noticed")["bad_refunds.single_amount"] == 2
    assert tables.lines["amount"].sum() == pytest.approx(30.01 - 15 - 5 - 2)


def test_a_field_is_not_made_of_a_file_of_which_each_row_counts(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"fields\.tip: 'back\.amount' may have several values"):
        shop(tmp_path, ORDERS, toml(REFUNDS, fields=f'{FIELDS}tip = "back.amount"\n'))


def test_the_first_filled_of_several_columns_and_their_sum(tmp_path: Path) -> None:
    fields = FIELDS.replace('customer = "who"', 'customer = { first = ["who", "phone"] }').replace(
        'amount = "total"', 'amount = { first = ["refunded", "total"] }'
    )
    fields += 'selling_fees = { sum = ["refunded", "phone"], times = -1 }\n'
    lines = shop(tmp_path, ORDERS, toml(fields=fields)).lines
    assert lines["customer"].tolist() == ["A", "A", "07", "C", "D"]
    assert lines["amount"].tolist() == [15.0, 15.0, 5.0, 2.0, 5.0]
    np.testing.assert_array_equal(lines["selling_fees"], [-15.0, -15.0, -12.0, -2.0, np.nan])
    with pytest.raises(CatalogError, match=r"fields\.city\.sum: city is not a number"):
        shop(tmp_path, ORDERS, toml(fields=FIELDS + 'city = { sum = ["who"] }\n'))


def test_rows_are_dropped_by_several_columns_together(tmp_path: Path) -> None:
    tables = shop(tmp_path, ORDERS, toml('[rows]\ndrop_where = [{ item = "tea", who = ["", "C"] }]'))
    assert tables.lines["order_id"].tolist() == ["1", "1", "4"]
    assert [f.label for f in tables.quality.findings if f.effect == "left out"] == [
        "rows with item = tea, who = empty or C"
    ]
    assert isinstance(tables.lines, pd.DataFrame)


def test_texts_are_replaced_by_patterns(tmp_path: Path) -> None:
    fields = FIELDS.replace('product = "item"', "product = { column = \"item\", replace = { '^(T)ea$' = '\\1ee' } }")
    assert shop(tmp_path, ORDERS, toml(fields=fields)).lines["product"].tolist() == ["Tee", "Cup", "Tee", "Tee", "Tee"]
    with pytest.raises(CatalogError, match=r"cannot be used: .*RE2 syntax"):
        shop(tmp_path, ORDERS, toml(fields=fields.replace("^(T)ea$", "(T")))
    with pytest.raises(CatalogError, match="cannot stand with compute"):
        shop(tmp_path, ORDERS, toml(fields=FIELDS + 'tip = { compute = "total", replace = { a = "b" } }\n'))


def test_the_last_row_of_a_key_may_count(tmp_path: Path) -> None:
    more = '[join.back]\nfiles = "back.csv"\non = { order = "name" }\nrepeated_keys = "last"\n'
    (tmp_path / "back.csv").write_text(TRANSACTIONS)
    lines = shop(tmp_path, ORDERS, toml(more, fields=FIELDS + 'city = "back.at"\n')).lines
    assert lines["city"].tolist() == ["2026-03-04", "2026-03-04", "2026-03-05", "", ""]


def test_an_order_has_at_most_a_hundred_single_refunds(tmp_path: Path) -> None:
    rows = "".join(f"2,refund,2026-03-05 10:00:{at % 60:02},{at}\n" for at in range(101))
    with pytest.raises(DataError, match=r"join\.back\.on: 101 rows have one key; at most 100 can be refunds"):
        read(tmp_path, f"{TRANSACTIONS}{rows}".replace("2,refund,2026-03-05,5.00\n", ""))
