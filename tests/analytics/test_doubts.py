"""What loaded lines give reason to doubt, and that nothing is doubted without a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analytics.doubts import alike, alike_names, doubts
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.quality import Finding
from analytics.selection import Selection
from analytics.store import in_memory
from tests.analytics.shop import FIELDS, shop, toml

DAYS = 120
HEAD = "order,day,item,pieces,total,who,where\n"
Row = Callable[[int, int], str | None]  # day and number within the day → item, and where it was sold


def engine(folder: Path, row: Row, each: int = 15, top: str = "") -> ColumnarEngine:
    """A shop with `each` orders on each day, less those for which `row` gives None."""
    lines = [
        f"{day * each + n},{date(2024, 1, 1) + timedelta(days=day)},{told},1,5.00,c{n}"
        for day in range(DAYS)
        for n in range(each)
        if (told := row(day, n)) is not None
    ]
    rows = [",".join([*parts[:2], parts[2], *parts[4:], parts[3]]) for line in lines if (parts := line.split(","))]
    fields = f'{FIELDS}channel = "where"\n'
    return ColumnarEngine(in_memory(shop(folder, HEAD + "\n".join(rows) + "\n", toml(fields=fields, top=top))))


def found(engine: ColumnarEngine) -> dict[str, Finding]:
    return {f.reason: f for f in doubts(engine)}


def lines(engine: ColumnarEngine, opens: str) -> int:
    selection = Selection.from_query(opens)[0]
    return engine.lines(engine.resolve(selection), ["product"], [], 0, 1).count


def test_names_that_differ_only_in_case_accents_and_blanks_are_told(tmp_path: Path) -> None:
    names = ["Green Tea", "green  tea", "Grün-Tee", "Grun Tee", "1.5 kg", "15 kg"]
    shop = engine(tmp_path, lambda day, n: f"{names[(day + n) % 6 if n < 2 else 0]},Web")
    told = found(shop)
    assert list(told) == ["names_alike_product"]
    assert told["names_alike_product"].rows == 80
    assert told["names_alike_product"].examples[1] == "“green  tea” (40) and “Green Tea” (1,600)" or (
        told["names_alike_product"].examples[0].startswith("“green  tea”")
    )
    pairs = alike_names(shop, "product")
    assert set(zip(pairs["name"], pairs["common"], strict=True)) == {
        ("green  tea", "Green Tea"),
        ("Grün-Tee", "Grun Tee"),
    }
    assert lines(shop, told["names_alike_product"].opens[list(pairs["name"]).index("green  tea")]) == 1640


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Zürich", "ZURICH", True),
        ("New\u2013York", "new york", True),
        ("a_b", "a-b", True),
        ("A1", "A-1", False),
        ("1.5", "15", False),
        ("C", "C++", False),
        ("İzmir", "izmir", True),
        ("東京", "京都", False),
        ("x" * 1000, "X" * 1000, True),
    ],
)
def test_which_names_look_alike(one: str, other: str, same: bool) -> None:
    forms = alike(pd.Series([one, other]))
    assert (forms[0] == forms[1]) == same


def test_days_without_orders_are_told_where_such_days_have_some(tmp_path: Path) -> None:
    closed = {40, 41, 70}
    sundays = {day for day in range(DAYS) if day % 7 == 6}  # a shop that is closed on Sundays; 1 January is a Monday
    shop = engine(tmp_path, lambda day, _: None if day in closed | sundays else "Tea,Web", each=2)
    told = found(shop)
    assert list(told) == ["days_without_orders"]
    assert told["days_without_orders"].rows == len(closed - sundays)
    assert told["days_without_orders"].examples == ["2024-02-10", "2024-03-11"]
    assert lines(shop, told["days_without_orders"].opens[1]) == 2 * 5


def test_a_last_day_that_is_not_whole_is_told(tmp_path: Path) -> None:
    def row(day: int, n: int) -> str | None:
        return "Tea,Web" if day < DAYS - 1 or n < 2 else None

    told = found(engine(tmp_path, row))
    assert list(told) == ["last_day_short"]
    assert told["last_day_short"].examples == ["2024-04-29: 2, usually about 15"]
    assert found(engine(tmp_path, row, top='data_until = "2024-04-28"')) == {}


def test_a_channel_that_ends_before_the_others_is_told(tmp_path: Path) -> None:
    def row(day: int, n: int) -> str:
        rare = n == 1 and day in (3, 9)
        return f"Tea,{'Etsy' if n == 0 and day < 90 else 'Fair' if rare else 'Web'}"

    told = found(engine(tmp_path, row, each=3))
    assert list(told) == ["ends_early_channel"]
    assert told["ends_early_channel"].examples == ["“Etsy” ends on 2024-03-30, 30 days before the others"]


def test_steady_and_few_data_give_no_doubt(tmp_path: Path) -> None:
    assert doubts(engine(tmp_path, lambda day, n: f"Item {n},{'Web' if n % 2 else 'Shop'}", each=4)) == []
    assert doubts(engine(tmp_path, lambda day, n: "Tea,Web" if day == 5 else None, each=1)) == []
