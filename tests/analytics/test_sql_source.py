"""A database as a source: a real PostgreSQL gives what files give, newer rows join what is stored, faults say what to
do.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.__main__ import main
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import CatalogError, DataError, SourceError, StoreError
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.ingest import ingest
from analytics.loading.reading import database
from analytics.selection import Selection
from analytics.store import StoredDataset, dataset, writing
from dashboard.background.loader import Loader, lacking
from dashboard.settings import from_env
from tests.analytics.shop import FIELDS, declared, reasons, shop, toml
from tests.processes import PostgresServer, free_port

DATA = Path(__file__).parents[2] / "data"
SOURCE = 'kind = "sql"\nurl_env = "STORESIGHT_SHOP_URL"\nquery = "{}"\n'
ALL = SOURCE.format("select * from shop_lines order by id")
NEWER = SOURCE.format("select * from shop_lines where changed > :high_water order by id") + 'high_water = "changed"\n'
LINE_ID = FIELDS + 'line_id = "id"\n'
TYPED = """create table shop_lines (id bigserial primary key, "order" int, day timestamp, item text, pieces int,
  total numeric(10, 2),
  who text, changed timestamptz not null default clock_timestamp())"""


@pytest.fixture
def postgres(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> PostgresServer:
    postgres_server.run("drop schema public cascade", "create schema public")
    monkeypatch.setenv("STORESIGHT_SHOP_URL", postgres_server.url)
    return postgres_server


def add(postgres: PostgresServer, *rows: str, changed: str = "2024-06-01") -> None:
    """Lines as "order, day, item, pieces, total, who"."""
    values = ", ".join(f"({row}, '{changed}')" for row in rows)
    postgres.run(f'insert into shop_lines ("order", day, item, pieces, total, who, changed) values {values}')


def sold(root: Path, name: str = "shop") -> tuple[float, int, float]:
    """Revenue, orders, units of what is stored."""
    engine = ColumnarEngine(store.open(root, name))
    found = engine.aggregate([], ["revenue", "orders", "units"], engine.resolve(Selection(name))).iloc[0]
    return float(found["revenue"]), int(found["orders"]), float(found["units"])


def balanced(data: StoredDataset) -> bool:
    quality = data.quality
    return quality.rows_read == quality.rows_kept + quality.rows_left_out and quality.rows_kept == data.facts.lines


# --- the same as from files ------------------------------------------------------------------------------------------


@pytest.mark.long
def test_bytronix_from_postgresql_is_bytronix_from_files(
    sources: Path, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[list[str]] = []
    header: list[str] = []
    for path in sorted((sources / "bytronix").glob("Sales_*_2019.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            header, *body = csv.reader(file)
            rows += body
    text = io.StringIO()
    csv.writer(text).writerows([["seq", *header], *([i, *row] for i, row in enumerate(rows))])
    quoted = [f'"{name}"' for name in header]
    postgres.run(f"create table sales (seq int, {' text, '.join(quoted)} text)")
    postgres.copy("sales", text.getvalue())
    assert postgres.run("select count(*) from sales") == [(186_850,)]

    by_file = load(DATA / "bytronix.toml")
    query = f"select {', '.join(quoted)} from sales order by seq"
    declaration = (DATA / "bytronix.toml").read_text("utf-8")
    place = 'files = "bytronix/Sales_*_2019.csv"'
    assert place in declaration
    (tmp_path / "bytronix.toml").write_text(
        declaration.replace(place, f"kind = 'sql'\nurl_env = 'STORESIGHT_SHOP_URL'\nquery = '{query}'"), "utf-8"
    )
    ingest(by_file, sources, tmp_path / "files")
    ingest(load(tmp_path / "bytronix.toml"), sources, tmp_path / "sql")

    files, sql = (store.open(tmp_path / which, "bytronix") for which in ("files", "sql"))
    assert sold(tmp_path / "sql", "bytronix") == (pytest.approx(34_465_537.94, abs=0.005), 178_437, 208_812)
    assert sql.facts == files.facts
    assert sql.schema == files.schema
    assert sql.arrays.keys() == files.arrays.keys()
    for name, array in files.arrays.items():
        np.testing.assert_array_equal(array, sql.arrays[name], err_msg=name)
    for name, dictionary in files.dictionaries.items():
        assert dictionary.arrow.equals(sql.dictionaries[name].arrow), name
    found = [{(f.reason, f.rows) for f in data.quality.findings} for data in (files, sql)]
    assert found[0] == found[1]
    assert balanced(sql)


@pytest.mark.long
def test_typed_columns_say_what_text_says(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(
        "create table t (id int8, day timestamptz, item varchar(9), pieces int2, total numeric(12,2), who text, cost float8, list money, ok bool)",  # noqa: E501
        "insert into t values (12345678901234, '2024-02-29 23:30:00.5+00', 'Käse', 2, 1234567890.10, null, 0.1, 3, true),"  # noqa: E501
        " (7, '2024-03-10 07:30+00', '', -1, -3.00, '名前', null, null, null)",
    )
    fields = FIELDS.replace('"order"', '"id"') + 'cost = "cost"\nchannel = "ok"\n'
    top = 'time_zone = "America/New_York"'
    by_sql = read(
        load(
            declared(tmp_path, toml(fields=fields, source=SOURCE.format("select * from t order by id desc;"), top=top))
        ),
        tmp_path,
    )
    rows = (
        "id,day,item,pieces,total,who,cost,ok\n12345678901234,2024-02-29T23:30:00.500000+00:00,Käse,2,1234567890.10,,0.1,true\n"
        "7,2024-03-10T07:30:00.000000+00:00,,-1,-3.00,名前,,\n"
    )
    by_file = shop(tmp_path, rows, toml(fields=fields, top=top))
    pd.testing.assert_frame_equal(by_sql.lines, by_file.lines)
    assert list(by_sql.lines["ordered_at"].astype(str)) == ["2024-02-29 18:30:00.500", "2024-03-10 03:30:00.000"]
    assert list(by_sql.lines["sale"]) == [True, False]
    assert reasons(by_sql, "noticed") == reasons(by_file, "noticed")


def test_rows_come_in_chunks_and_none_is_lost(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BLOCK_ROWS", 7)
    postgres.run(TYPED, "insert into shop_lines (\"order\", day, item, pieces, total, who) select g / 2, timestamp '2024-01-01' + g * interval '1 hour',"  # noqa: E501
                 " 'P' || g % 5, 1, g, 'A' from generate_series(0, 99) g")  # fmt: skip
    tables = read(load(declared(tmp_path, toml(source=ALL))), tmp_path)
    assert (len(tables.lines), tables.lines["amount"].sum(), tables.quality.rows_read) == (100, sum(range(100)), 100)
    assert tables.lines["order_id"].tolist() == [str(g // 2) for g in range(100)]


def test_no_rows_give_no_lines(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED)
    tables = read(load(declared(tmp_path, toml(source=ALL))), tmp_path)
    assert len(tables.lines) == 0
    assert tables.lines["ordered_at"].dtype == "datetime64[us]"


def test_joins_and_extra_tables_of_a_database(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED, "create table items (item text, kind text)", "insert into items values ('Tea', 'Drink')",
                 "create table visits (day date, n int)", "insert into visits values ('2024-01-01', 40), ('2024-01-02', 2)")  # fmt: skip  # noqa: E501
    add(postgres, "1, '2024-01-01', 'Tea', 1, 3, 'A'", "2, '2024-01-02', 'Nut', 1, 4, 'B'")
    more = (
        f"[join.items]\n{SOURCE.format('select * from items')}on = 'item'\n"
        f"[tables.sessions]\n{SOURCE.format('select day, n from visits order by day')}[tables.sessions.fields]\ndate = 'day'\nsessions = 'n'\n"  # noqa: E501
    )
    tables = read(load(declared(tmp_path, toml(more, fields=FIELDS + 'category = "items.kind"', source=ALL))), tmp_path)
    assert list(tables.lines["category"]) == ["Drink", ""]
    sessions = tables.extras["sessions"]
    assert sessions["sessions"].tolist() == [40, 2]
    assert sessions["date"].tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")]


def test_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute(
            'create table shop_lines (id integer, "order" text, day text, item text, pieces int, total real, who text, changed text)'  # noqa: E501
        )
        base.execute(
            "insert into shop_lines values (1, 'x1', '2024-01-31', 'Tea', 2, 3.5, null, '2024-02-01'), (2, 'x2', '2024-01-30', 'Bun', 1, 2, 'Bo', '2024-02-02')"  # noqa: E501
        )
    monkeypatch.setenv("STORESIGHT_SHOP_URL", f"sqlite:///{tmp_path}/shop.db")
    spec = load(declared(tmp_path, toml(fields=LINE_ID, source=NEWER + 'replace_by = "line_id"')))
    ingest(spec, tmp_path, tmp_path / "store")
    assert sold(tmp_path / "store") == (5.5, 2, 3)
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("update shop_lines set total = 10, changed = '2024-02-03' where id = 1")
    ingest(spec, tmp_path, tmp_path / "store")
    assert sold(tmp_path / "store") == (12, 2, 3)


# --- newer rows ------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_new_changed_and_late_rows_join_what_is_stored(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED)
    add(
        postgres,
        "1, '2024-01-31 10:00', 'Tea', 1, 3.50, 'Ann'",
        "1, '2024-01-31 10:00', 'Bun', 2, 2.20, 'Ann'",
        "2, '2024-02-01', 'Tea', 1, 3.50, ''",
    )
    spec = load(declared(tmp_path, toml(fields=LINE_ID, source=NEWER + 'replace_by = "line_id"')))
    root = tmp_path / "store"
    first = ingest(spec, tmp_path, root).version
    assert sold(root) == (9.20, 2, 4)

    assert ingest(spec, tmp_path, root).version == first, "nothing new is nothing changed"

    add(postgres, "3, '2024-03-01', 'Tea', 2, 7.00, 'Bo'", changed="2024-06-02")  # new
    add(postgres, "4, '2023-12-31 23:59', 'Bun', 1, 1.10, 'Ann'", changed="2024-06-02")  # late: older than all orders
    postgres.run("update shop_lines set total = 3, changed = '2024-06-03' where id = 1")  # changed
    ingested = ingest(spec, tmp_path, root)
    data = store.open(root, "shop")
    assert data.version == ingested.version != first
    assert sold(root) == (pytest.approx(16.80), 4, 7)
    assert (ingested.quality.rows_read, ingested.quality.rows_kept, ingested.quality.rows_left_out) == (6, 5, 1)
    assert [(f.reason, f.effect, f.rows) for f in data.quality.findings if f.reason in ("replaced", "no_customer")] == [
        ("replaced", "left out", 1), ("no_customer", "noticed", 1),
    ]  # fmt: skip
    assert balanced(data)
    ingest(spec, tmp_path, tmp_path / "again", reload=True)
    again = store.open(tmp_path / "again", "shop")
    assert again.order_times(slice(None)).tolist() == data.order_times(slice(None)).tolist()
    for measure in ("revenue", "units"):
        assert again.order_sums[measure].tolist() == data.order_sums[measure].tolist()
    assert sorted(again.dictionaries["line_id"].texts) == sorted(data.dictionaries["line_id"].texts)
    assert ingest(spec, tmp_path, root, reload=True).quality.rows_read == 5


@pytest.mark.long
def test_by_order_the_whole_order_gives_way(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED)
    add(
        postgres,
        "1, '2024-01-31', 'Tea', 1, 3, 'A'",
        "1, '2024-01-31', 'Bun', 1, 2, 'A'",
        "2, '2024-01-31', 'Bun', 1, 2, 'A'",
    )
    spec = load(declared(tmp_path, toml(source=NEWER + 'replace_by = "order_id"')))
    ingest(spec, tmp_path, tmp_path / "store")
    postgres.run(
        "delete from shop_lines where id = 2",
        "update shop_lines set day = '2024-02-05', changed = '2024-06-09' where id = 1",
    )
    ingest(spec, tmp_path, tmp_path / "store")
    assert sold(tmp_path / "store") == (5, 2, 2)
    days = store.open(tmp_path / "store", "shop").order_times(slice(None)).astype("datetime64[D]").astype(str)
    assert sorted(days) == ["2024-01-31", "2024-02-05"]


@pytest.mark.long
def test_without_a_key_newer_rows_are_added_and_belong_to_their_orders(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    postgres.run(TYPED)
    add(postgres, "1, '2024-01-31', 'Tea', 1, 3, 'A'")
    sequence = SOURCE.format("select * from shop_lines where id > :high_water order by id") + 'high_water = "id"\n'
    spec = load(declared(tmp_path, toml(source=sequence)))
    root = tmp_path / "store"
    ingest(spec, tmp_path, root)
    add(postgres, "1, '2024-02-03', 'Tea', 1, -3, 'A'", "5, '2024-02-03', 'Bun', 1, 2, 'B'")
    quality = ingest(spec, tmp_path, root).quality
    data = store.open(root, "shop")
    assert sold(root)[1:] == (2, 1)  # the line of −3 takes its piece back
    found = {f.reason: f.rows for f in quality.findings}
    assert found == {"order_with_two_dates": 1, "refund": 1, "refund_sign": 1, "returned_whole": 1}
    assert data.facts.high_water.text == "3"
    assert sorted(data.lines["posted_at"].astype("datetime64[D]").astype(str)) == [
        "2024-01-31",
        "2024-02-03",
        "2024-02-03",
    ]
    add(postgres, "1, '2024-01-30', 'Tea', 1, 4, 'A'")
    ingest(spec, tmp_path, root)
    data = store.open(root, "shop")
    assert data.order_times(slice(None)).astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-30",
        "2024-02-03",
    ]
    assert balanced(data)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("more", [True, False], ids=["with newer rows", "without"])
def test_stored_lines_survive_another_format(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: bool
) -> None:
    postgres.run(TYPED)
    add(postgres, "1, '2024-01-31', 'Tea', 1, 3, 'A'")
    sequence = SOURCE.format("select * from shop_lines where id > :high_water order by id") + 'high_water = "id"\n'
    spec = load(declared(tmp_path, toml(source=sequence)))
    root = tmp_path / "store"
    ingest(spec, tmp_path, root)
    postgres.run("delete from shop_lines")  # the database keeps only recent rows
    if more:
        add(postgres, "2, '2024-02-03', 'Bun', 1, 2, 'B'")
    newer = store.FORMAT + 1
    for module in (store, dataset, writing):
        monkeypatch.setattr(module, "FORMAT", newer)
    with pytest.raises(StoreError, match="format"):
        store.open(root, "shop")
    ingest(spec, tmp_path, root)
    data = store.open(root, "shop")
    assert data.format == store.FORMAT
    assert data.lines["amount"].tolist() == ([3, 2] if more else [3])
    assert data.facts.high_water.text == ("2" if more else "1")


@pytest.mark.sampled(20)
@pytest.mark.parametrize("kind", ["timestamp", "date", "numeric(20,6)", "text", "int", "float8"])
def test_marks_of_every_kind(postgres: PostgresServer, tmp_path: Path, kind: str) -> None:
    times = kind in ("timestamp", "date", "text")
    first, second = ("'2024-01-01'", "'2024-01-02'") if times else ("-5", "7.0" if kind != "int" else "7")
    postgres.run(f'create table shop_lines (id int, "order" int, day date, item text, pieces int, total int, who text, changed {kind})',  # noqa: E501
                 f"insert into shop_lines values (1, 1, '2024-01-01', 'Tea', 1, 3, 'A', {first}), (2, 2, '2024-01-01', 'Tea', 1, 3, 'A', {first})")  # fmt: skip  # noqa: E501
    spec = load(declared(tmp_path, toml(source=NEWER)))
    ingest(spec, tmp_path, tmp_path / "store")
    postgres.run(f"insert into shop_lines values (3, 3, '2024-01-01', 'Tea', 1, 4, 'A', {second})")
    assert ingest(spec, tmp_path, tmp_path / "store").quality.rows_read == 3
    assert ingest(spec, tmp_path, tmp_path / "store").quality.rows_read == 3
    assert sold(tmp_path / "store") == (10, 3, 3)


@pytest.mark.long
def test_another_declaration_is_read_again(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED)
    add(postgres, "1, '2024-01-31', 'Tea', 1, 3, 'A'")
    ingest(load(declared(tmp_path, toml(source=NEWER))), tmp_path, tmp_path / "store")
    other = FIELDS.replace('amount = "total"', 'amount = { compute = "total * 2" }')
    assert (
        ingest(
            load(declared(tmp_path, toml(source=NEWER, fields=other))), tmp_path, tmp_path / "store"
        ).quality.rows_read
        == 1
    )
    assert sold(tmp_path / "store") == (6, 1, 1)


@pytest.mark.long
def test_a_connection_cut_while_reading_leaves_the_old_data(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.run(TYPED)
    add(postgres, *(f"{i}, '2024-01-31', 'Tea', 1, 3, 'A'" for i in range(30)))
    spec = load(declared(tmp_path, toml(source=NEWER)))
    version = ingest(spec, tmp_path, tmp_path / "store").version
    add(postgres, *(f"{i}, '2024-02-01', 'Tea', 1, 3, 'A'" for i in range(30, 60)), changed="2024-06-02")
    monkeypatch.setattr(database, "BLOCK_ROWS", 10)
    given = database._fetched

    def cut(result):
        for at, rows in enumerate(given(result)):
            yield rows
            if at == 0:
                postgres.drop_connections()

    with monkeypatch.context() as patched:
        patched.setattr(database, "_fetched", cut)
        with pytest.raises(SourceError, match=r"STORESIGHT_SHOP_URL: the rows cannot be read") as fault:
            ingest(spec, tmp_path, tmp_path / "store")
    assert postgres.password not in str(fault.value)
    assert store.current_version(tmp_path / "store", "shop") == version
    assert sold(tmp_path / "store")[1] == 30
    assert not list((tmp_path / "store").glob(".spool-*"))
    ingest(spec, tmp_path, tmp_path / "store")
    assert sold(tmp_path / "store")[1] == 60


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select * from nowhere", r"database of STORESIGHT_SHOP_URL: the query fails: relation .nowhere. does not exist"),  # noqa: E501
        ("selec 1", r"the query fails: syntax error"),
        ("select 1 as a, 2 as a", r"two columns named 'a'"),
        ("select id, day, item, pieces, total, who from shop_lines", r"fields\.order_id: there is no column 'order'"),
        ("delete from shop_lines returning *", r"the query fails: syntax error"),
        ("select *, nextval('shop_lines_id_seq') from shop_lines", r"read-only"),
        ("select *, 1 / (id - 1) from shop_lines", r"the rows cannot be read: division by zero"),
        ("select 1 as \\\"order\\\", timestamp 'infinity' as day, 'T' as item, 1 as pieces, 1 as total, 'A' as who", r"column 'day'"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read(postgres: PostgresServer, tmp_path: Path, query: str, said: str) -> None:
    postgres.run(TYPED)
    add(postgres, "1, '2024-01-31', 'Tea', 1, 3, 'A'")
    with pytest.raises((SourceError, DataError), match=said) as fault:
        read(load(declared(tmp_path, toml(source=SOURCE.format(query)))), tmp_path)
    assert postgres.password not in str(fault.value)
    assert postgres.run("select count(*) from shop_lines") == [(1,)]


def test_a_mark_that_the_query_does_not_give(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED)
    source = SOURCE.format("select item from shop_lines where changed > :high_water") + 'high_water = "changed"'
    with pytest.raises(SourceError, match=r"high_water: the query has no column 'changed'"):
        read(load(declared(tmp_path, toml(source=source))), tmp_path)


def test_addresses_that_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load(declared(tmp_path, toml(source=ALL)))
    monkeypatch.delenv("STORESIGHT_SHOP_URL", raising=False)
    with pytest.raises(SourceError, match=r"source\.url_env: STORESIGHT_SHOP_URL is not set"):
        read(spec, tmp_path)
    for address, said in (
        ("no address", "not the address of a database"),
        (f"postgres://shop:p4ss@127.0.0.1:{free_port()}/shop", "cannot connect"),
        (f"postgresql://shop:p4ss@127.0.0.1:{free_port()}/shop?sslmode=require", "cannot connect"),
        ("nosuch://shop:p4ss@127.0.0.1/shop", "cannot connect"),
        ("oracle+cx_oracle://shop:p4ss@127.0.0.1/shop", "not installed"),
        (f"sqlite:///{tmp_path}/no.db", "no such SQLite file"),
    ):
        monkeypatch.setenv("STORESIGHT_SHOP_URL", address)
        with pytest.raises(SourceError, match=said) as fault:
            read(spec, tmp_path)
        assert "p4ss" not in str(fault.value)
    assert not (tmp_path / "no.db").exists()


def test_a_wrong_password_is_not_shown(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORESIGHT_SHOP_URL", postgres.url.replace(postgres.password, "wr0ng"))
    with pytest.raises(SourceError, match="cannot connect: password authentication failed") as fault:
        read(load(declared(tmp_path, toml(source=ALL))), tmp_path)
    assert "wr0ng" not in str(fault.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('kind = "sql"\nurl = "postgresql://a:b@c/d"\nquery = "select 1"', r"source\.url: an address with its password"),  # noqa: E501
        ('kind = "sql"\nurl_env = "postgresql://a:b@c/d"\nquery = "select 1"', r"source\.url_env: expected an environment variable named STORESIGHT_…_URL, found …"),  # noqa: E501
        ('kind = "sql"\nurl_env = "DATABASE_URL"\nquery = "select 1"', r"expected an environment variable named STORESIGHT_…_URL, found 'DATABASE_URL'"),  # noqa: E501
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"', r"source\.query: is missing"),
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"\nquery = "select 1"\nfiles = "a.csv"', r"source\.files: no such key"),  # noqa: E501
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"\nquery = "select :day"', r"has the parameter :day; only :high_water"),  # noqa: E501
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"\nquery = "select 1"\nhigh_water = "a"', r"the query has no :high_water"),  # noqa: E501
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"\nquery = "select :high_water"', r"is not named"),
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"\nquery = "select 1"\nreplace_by = "order_id"', r"means nothing without high_water"),  # noqa: E501
        ('kind = "sql"\nurl_env = "STORESIGHT_S_URL"\nquery = "select :high_water"\nhigh_water = "a"\nreplace_by = "line_id"', r"there is no field 'line_id'"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_declaration_that_is_refused(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(CatalogError, match=said) as fault:
        load(declared(tmp_path, toml(source=source)))
    assert "a:b" not in str(fault.value)


def test_a_cast_is_no_parameter(tmp_path: Path) -> None:
    assert load(declared(tmp_path, toml(source=SOURCE.format("select now()::date, '12:30' from t")))).source.query


def test_a_loader_asks_again_when_it_is_time(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run(TYPED)
    add(postgres, "1, '2024-01-31', 'Tea', 1, 3, 'A'")
    declared(tmp_path, toml(source=NEWER, top='refresh = "1m"'))
    settings = from_env(
        {
            "STORESIGHT_STORE": str(tmp_path / "store"),
            "STORESIGHT_SOURCES": str(tmp_path),
            "STORESIGHT_CATALOG": str(tmp_path),
            "STORESIGHT_SHOP_URL": postgres.url,
        }
    )
    spec = load(tmp_path / "shop.toml")
    loader = Loader(settings)
    assert "shop" in loader.load()
    assert sold(tmp_path / "store") == (3, 1, 1)
    now = time.time()
    assert lacking(settings, {"shop": spec}, {"shop": now}) == []
    assert lacking(settings, {"shop": spec}, {"shop": now - 61}) == [spec]


def test_without_its_address_a_data_set_is_not_of_this_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STORESIGHT_SHOP_URL", raising=False)
    declared(tmp_path, toml(source=ALL, top='refresh = "1m"'))
    settings = from_env({"STORESIGHT_STORE": str(tmp_path / "store"), "STORESIGHT_CATALOG": str(tmp_path)})
    assert lacking(settings, {"shop": load(tmp_path / "shop.toml")}, {}) == []
    monkeypatch.setenv("STORESIGHT_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("STORESIGHT_CATALOG", str(tmp_path))
    assert main(["ingest", "shop"]) == 1
    assert "STORESIGHT_SHOP_URL is not set" in capsys.readouterr().err
