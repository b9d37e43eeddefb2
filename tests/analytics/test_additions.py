"""New files are added to stored lines: the store then holds what reading all files at once gives, file by file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.errors import DataError, SourceError
from analytics.loading import additions as adding
from analytics.loading.catalog import load
from analytics.loading.ingest import ingest
from analytics.loading.spec import Spec
from analytics.quality import Quality
from analytics.store import StoredDataset, array_files

TOML = """
title = "Shop"
[source]
files = "day_*.csv"
[fields]
order_id = "order"
ordered_at = {{ column = "at", format = "%Y-%m-%d %H:%M:%S" }}
product = "product"
category = "category"
customer = "customer"
segment = "segment"
city = "city"
channel = "channel"
quantity = "pieces"
amount = "amount"
cost = "cost"
{more}
"""


def sold(day: int, orders: int = 12, seed: int = 0, products: int = 6, cities: int = 4) -> pd.DataFrame:
    """Lines of one day: known and new customers, products and cities; one to four lines an order."""
    chance = np.random.default_rng([seed, day])
    sizes = chance.integers(1, 5, orders)
    owner = np.repeat(np.arange(orders), sizes)
    seconds = np.sort(chance.integers(0, 86_400, orders))
    moment = np.datetime64("2025-03-01") + np.timedelta64(day, "D") + seconds.astype("timedelta64[s]")
    customer = chance.integers(0, 9 + 2 * day, orders)
    product = chance.integers(0, products + day // 2, len(owner))
    return pd.DataFrame(
        {
            "order": [f"D{day}-{i}" for i in owner],
            "at": pd.Series(moment[owner]).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "product": [f"Ware {hash_of(int(p))}" for p in product],
            "category": [f"Group {p % 3}" for p in product],
            "customer": ["" if c == 0 else f"Kunde {hash_of(int(c))} é" for c in customer[owner]],
            "segment": ["" if c == 0 else f"S{c % 3}" for c in customer[owner]],
            "city": [f"Stadt {c}" for c in chance.integers(0, cities + day, orders)[owner]],
            "channel": [f"via {c}" for c in chance.integers(0, 3, orders)[owner]],
            "cost": np.where(chance.random(len(owner)) < 0.2 * (day % 2), np.nan, chance.integers(1, 99, len(owner))),
            "pieces": chance.integers(1, 4 + day, len(owner)),
            "amount": chance.integers(1, 90_000, len(owner)) / 100,
        }
    )


def hash_of(number: int) -> int:
    """A number whose order among texts is not that of `number`, so that new values come between known ones."""
    return number * 7919 % 1009


def declared(folder: Path, more: str = "") -> Spec:
    (folder / "shop.toml").write_text(TOML.format(more=more), "utf-8")
    return load(folder / "shop.toml")


def put(folder: Path, day: int, lines: pd.DataFrame) -> None:
    lines.to_csv(folder / f"day_{day}.csv", index=False)


@pytest.fixture
def additions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each load of files whether new ones were added."""
    known: list[bool] = []
    add = adding.add
    monkeypatch.setattr(adding, "MOST_NEW", 10.0)
    monkeypatch.setattr(adding, "LEAST_LINES", 1)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # fifty files a load

    def noted(*given: object) -> object:
        found = add(*given)  # type: ignore[arg-type]
        known.append(found is not None)
        return found

    monkeypatch.setattr(adding, "add", noted)
    return known


def same(one: StoredDataset, other: StoredDataset) -> None:
    """Both hold the same arrays of the same types, texts, fields and facts."""
    assert sorted(one.arrays) == sorted(other.arrays)
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype, name
        np.testing.assert_array_equal(array, other.arrays[name], name)
    assert one.fields == other.fields
    assert one.facts == other.facts
    assert {n: d.texts.tolist() for n, d in one.dictionaries.items()} == {
        n: d.texts.tolist() for n, d in other.dictionaries.items()
    }
    assert (one.quality.rows_read, one.quality.rows_kept) == (other.quality.rows_read, other.quality.rows_kept)


def grown(folder: Path, days: list[pd.DataFrame], more: str = "") -> tuple[StoredDataset, StoredDataset]:
    """A data set that was loaded again after each file, and the same loaded at once."""
    spec = declared(folder, more)
    for day, lines in enumerate(days):
        put(folder, day, lines)
        ingest(spec, folder, folder / "store")
    ingest(spec, folder, folder / "whole")
    return store.open(folder / "store", "shop"), store.open(folder / "whole", "shop")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(3))
def test_added_days_give_what_loading_at_once_gives(tmp_path: Path, additions: list[bool], seed: int) -> None:
    added, whole = grown(tmp_path, [sold(day, seed=seed) for day in range(4)])
    assert additions == [False, True, True, True, False]
    same(added, whole)


@pytest.mark.long
def test_codes_and_numbers_grow_out_of_their_types(tmp_path: Path, additions: list[bool]) -> None:
    days = [sold(day, orders=150, products=250, cities=250) for day in range(4)]
    days[3]["pieces"] = 1_000
    days[2]["amount"] *= 1_000
    added, whole = grown(tmp_path, days)
    assert additions[1:4] == [True] * 3
    same(added, whole)


def test_years_without_an_order_between(tmp_path: Path, additions: list[bool]) -> None:
    added, whole = grown(tmp_path, [sold(0), sold(90)])
    assert additions[1]
    same(added, whole)


REFUNDS = {"pieces": -1, "amount": -5.0}


def test_refunds_of_their_own(tmp_path: Path, additions: list[bool]) -> None:
    days = [sold(day) for day in range(3)]
    for day in (0, 2):
        back = days[day].tail(1).assign(order=f"R{day}", **REFUNDS)
        days[day] = pd.concat([days[day], back])
    added, whole = grown(tmp_path, days)
    assert additions[1:3] == [True, True]
    assert not added.facts.all_sale
    same(added, whole)


def other_order(days: list[pd.DataFrame]) -> None:
    days[1].iloc[0, 0] = days[0].iloc[0, 0]  # an order of the first file


def copied_rows(days: list[pd.DataFrame]) -> None:
    days[1] = pd.concat([days[0].tail(2), days[1]])


def earlier(days: list[pd.DataFrame]) -> None:
    days[1].loc[days[1]["order"] == days[1].iloc[0, 0], "at"] = "2025-03-01 00:00:01"


def first_refund(days: list[pd.DataFrame]) -> None:
    days[1] = pd.concat([days[1], days[1].tail(1).assign(order="R", **REFUNDS)])


def varying_segment(days: list[pd.DataFrame]) -> None:
    for day, lines in enumerate(days):
        lines["segment"] = np.where(lines["customer"] == "", "", f"S{day}")


def varying_channel(days: list[pd.DataFrame]) -> None:
    days[1]["channel"] = [f"via {i}" for i in range(len(days[1]))]


def other_category(days: list[pd.DataFrame]) -> None:
    days[1]["category"] = [f"Group {i % 2}" for i in range(len(days[1]))]


def more_digits(days: list[pd.DataFrame]) -> None:
    days[1].loc[0, "amount"] = 1.2345


def far_day(days: list[pd.DataFrame]) -> None:
    days[0] = pd.concat([sold(day) for day in range(40)])
    days[1] = sold(9_000, orders=1)


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    "change",
    [other_order, copied_rows, earlier, first_refund, varying_segment, varying_channel, other_category, more_digits,
     far_day],
)  # fmt: skip
def test_what_changes_more_than_the_end_is_loaded_at_once(
    tmp_path: Path, additions: list[bool], change: Callable[[list[pd.DataFrame]], None]
) -> None:
    days = [sold(day) for day in range(2)]
    change(days)
    added, whole = grown(tmp_path, days, '[cleaning]\nexact_duplicates = "drop"')
    assert additions == [False, False, False]
    same(added, whole)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("way", ["row", "from_file"])
def test_orders_named_by_their_rows_or_files_are_loaded_at_once(
    tmp_path: Path, additions: list[bool], way: str
) -> None:
    """A row's number has the place of its file in it, and a copy of a stored row would be of another order."""
    days = [sold(day).assign(at="2025-03-01 00:00:00") for day in range(3)]
    days[2] = pd.concat([days[1].tail(5), days[2]])
    path = declared(tmp_path, '[cleaning]\nexact_duplicates = "overlap"').path
    path.write_text(path.read_text("utf-8").replace('order_id = "order"', f"order_id = {{ {way} = true }}"), "utf-8")
    spec = load(path)
    for day, lines in enumerate(days):
        put(tmp_path, day, lines)
        ingest(spec, tmp_path, tmp_path / "store")
    ingest(spec, tmp_path, tmp_path / "whole")
    same(store.open(tmp_path / "store", "shop"), store.open(tmp_path / "whole", "shop"))


def test_a_new_file_without_a_column_is_refused_as_among_all(tmp_path: Path, additions: list[bool]) -> None:
    spec = declared(tmp_path)
    put(tmp_path, 0, sold(0))
    ingest(spec, tmp_path, tmp_path / "store")
    put(tmp_path, 1, sold(1).drop(columns="cost"))
    with pytest.raises(SourceError, match="other files have it"):
        ingest(spec, tmp_path, tmp_path / "store")


def test_a_new_file_of_other_types_is_refused_as_among_all(tmp_path: Path, additions: list[bool]) -> None:
    path = declared(tmp_path).path
    text = path.read_text("utf-8").replace("day_*.csv", "day_*.parquet")
    path.write_text(text.replace(', format = "%Y-%m-%d %H:%M:%S"', ""), "utf-8")
    spec = load(path)
    for day, zone in enumerate((None, None, "UTC")):
        lines = sold(day).assign(at=lambda of: pd.to_datetime(of["at"]))
        lines.assign(at=lines["at"].dt.tz_localize(zone)).to_parquet(tmp_path / f"day_{day}.parquet", index=False)
        if zone is None:
            ingest(spec, tmp_path, tmp_path / "store")
    with pytest.raises(SourceError, match="differ in their columns"):
        ingest(spec, tmp_path, tmp_path / "store")
    assert additions == [False, True, False]


@pytest.mark.long
def test_other_files_or_another_declaration_are_loaded_at_once(tmp_path: Path, additions: list[bool]) -> None:
    spec = declared(tmp_path)
    for day in (1, 2):
        put(tmp_path, day, sold(day))
        ingest(spec, tmp_path, tmp_path / "store")
    put(tmp_path, 0, sold(0))  # before the others by name
    ingest(spec, tmp_path, tmp_path / "store")
    put(tmp_path, 3, sold(3))
    os.utime(tmp_path / "day_1.csv", (1, 1))
    ingest(spec, tmp_path, tmp_path / "store")
    put(tmp_path, 4, sold(4))
    ingest(declared(tmp_path, "# changed"), tmp_path, tmp_path / "store")
    ingest(spec, tmp_path, tmp_path / "store", reload=True)
    assert additions == [False, True, False, False, False]


def test_whoever_has_the_version_before_open_keeps_it(tmp_path: Path, additions: list[bool]) -> None:
    spec = declared(tmp_path)
    put(tmp_path, 0, sold(0))
    before = ingest(spec, tmp_path, tmp_path / "store").version
    opened = store.open(tmp_path / "store", "shop")
    held = {name: np.array(array) for name, array in opened.arrays.items()}
    put(tmp_path, 1, sold(1))
    ingest(spec, tmp_path, tmp_path / "store")
    again = store.open_version(tmp_path / "store", "shop", before)
    for name, array in held.items():
        np.testing.assert_array_equal(array, opened.arrays[name], name)
        np.testing.assert_array_equal(array, again.arrays[name], name)
    at = "order.at.npy"
    now = store.open(tmp_path / "store", "shop")
    assert (now.folder / at).samefile(again.folder / at), "only what came is written"


def test_where_files_cannot_have_two_names_they_are_copied(
    tmp_path: Path, additions: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(array_files, "_linked", lambda file, path: False)
    added, whole = grown(tmp_path, [sold(day) for day in range(3)])
    assert additions == [False, True, True, False]
    same(added, whole)


def test_lines_with_dates_of_their_own(tmp_path: Path, additions: list[bool]) -> None:
    days = [sold(day) for day in range(3)]
    for day in (0, 1):  # the last order of these days has a line of an hour later; the third day has none
        days[day].loc[len(days[day]), :] = days[day].iloc[-1]
        days[day].loc[len(days[day]) - 1, "at"] = f"2025-03-0{day + 1} 23:59:59"
    added, whole = grown(tmp_path, days)
    assert additions == [False, True, True, False]
    assert "posted_at" in added.fields
    same(added, whole)


def test_dates_are_read_as_those_that_are_stored(tmp_path: Path, additions: list[bool]) -> None:
    spec = load(declared(tmp_path).path)
    text = spec.path.read_text("utf-8").replace(', format = "%Y-%m-%d %H:%M:%S"', "")
    spec.path.write_text(text, "utf-8")
    spec = load(spec.path)
    for day, written in enumerate(("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M")):
        lines = sold(day + (20 if not day else 30))  # 21 March cannot be read in another way, 1 April can
        lines["at"] = pd.to_datetime(lines["at"]).dt.strftime(written)
        put(tmp_path, day, lines)
        if day < 2:
            ingest(spec, tmp_path, tmp_path / "store")
    ingest_of_two = store.open(tmp_path / "store", "shop")
    assert additions == [False, True]
    assert str(ingest_of_two.order_times(slice(-1, None))[0])[:10] == "2025-04-01"
    with pytest.raises(DataError):  # as loading all of them says
        ingest(spec, tmp_path, tmp_path / "store")


def test_a_load_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path, additions: list[bool]) -> None:
    spec = declared(tmp_path)
    put(tmp_path, 0, sold(0))
    ingest(spec, tmp_path, tmp_path / "store")
    folder = store.open(tmp_path / "store", "shop").folder
    for file in folder.glob("*.npy"):
        with file.open("ab") as half:
            half.write(b"half a block")
    put(tmp_path, 1, sold(1))
    ingest(spec, tmp_path, tmp_path / "store")
    ingest(spec, tmp_path, tmp_path / "whole")
    assert additions == [False, True, False]
    same(store.open(tmp_path / "store", "shop"), store.open(tmp_path / "whole", "shop"))


@pytest.mark.long
def test_newer_rows_of_a_database_are_added(
    tmp_path: Path, additions: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_added: list[bool] = []
    add_rows = adding.add_rows

    def noted(*given: object) -> object:
        found = add_rows(*given)  # type: ignore[arg-type]
        rows_added.append(found is not None)
        return found

    monkeypatch.setattr(adding, "add_rows", noted)
    monkeypatch.setenv("STORESIGHT_SHOP_URL", f"sqlite:///{tmp_path}/shop.db")
    spec = declared(tmp_path)
    source = (
        'kind = "sql"\nurl_env = "STORESIGHT_SHOP_URL"\n'
        'query = "select * from lines where changed > :high_water order by changed"\nhigh_water = "changed"'
    )
    text = spec.path.read_text("utf-8").replace('files = "day_*.csv"', source)
    spec.path.write_text(text, "utf-8")
    spec = load(spec.path)
    days = [sold(day) for day in range(4)]
    days[2] = pd.concat([days[2], days[2].tail(1).assign(order="R", **REFUNDS)])  # the first refund
    days[3].iloc[0, 0] = days[0].iloc[0, 0]  # of an order that is stored
    for day, lines in enumerate(days):
        with sqlite3.connect(tmp_path / "shop.db") as base:
            lines.assign(changed=day + 1).to_sql("lines", base, if_exists="append", index=False)
        ingest(spec, tmp_path, tmp_path / "store")
        ingest(spec, tmp_path, tmp_path / "whole", reload=True)
        same(store.open(tmp_path / "store", "shop"), store.open(tmp_path / "whole", "shop"))
    assert rows_added == [True, False], "not tried where a line is of a stored order"
    assert additions == []


def test_examples_of_both_loads_open_their_own_lines() -> None:
    before, new = Quality(), Quality()
    before.add("bad_date", "rows without a date", "left out", 1, ["a.csv:2"])  # made no line: nothing opens
    new.add("bad_date", "rows without a date", "left out", 1, ["b.csv:7"])
    new.findings[0].opens = ["order_id=7"]
    found = adding._together(before, new).findings[0]
    assert dict(zip(found.examples, found.opens, strict=True)) == {"a.csv:2": "", "b.csv:7": "order_id=7"}
