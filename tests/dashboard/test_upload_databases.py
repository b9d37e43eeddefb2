"""Tables of a database that are copied into files: only from named hosts, only read, and read as files are then."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from analytics.errors import RequestError, SourceError, StoresightError, TooLarge
from dashboard.uploads.folder import Upload
from dashboard.uploads.process.reading import main
from dashboard.uploads.remote.databases import checked, copied, is_database, names_of
from tests.processes import PostgresServer

HOSTS = ("db.example.com:5432", "10.0.0.5:6432")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://",
        "postgresql://db.example.com/shop",
        "postgresql://me:secret@db.example.com",
        "postgresql://me:secret@db.example.com/",
        "postgresql://me:secret@db.example.com/shop/x",
        "postgresql://me:secret@db.example.com:6432/shop",
        "postgresql://me:secret@db.example.com:99999/shop",
        "postgresql://me:secret@10.0.0.5/shop",
        "postgresql://me:secret@elsewhere.example.com/shop",
        "postgresql://me:secret@db.example.com/shop?host=elsewhere.example.com",
        "postgresql://me:secret@db.example.com/shop?sslmode=require&options=-c%20x",
        "postgresql://me:secret@db.example.com/shop?sslmode=x",
    ],
)
def test_only_databases_of_named_hosts_are_read(text: str) -> None:
    with pytest.raises(RequestError) as refused:
        checked(text, HOSTS)
    assert "secret" not in str(refused.value)


def test_an_address_is_taken_apart_and_put_together() -> None:
    found = checked(" postgres://m%40e:a%2Fb%3A@10.0.0.5:6432/Shop%20A?sslmode=require", HOSTS)
    assert (found.user, found.password, found.name, found.shown) == ("m@e", "a/b:", "Shop A", "10.0.0.5/Shop A")
    assert found.url("10.0.0.5") == "postgresql://m%40e:a%2Fb%3A@10.0.0.5:6432/Shop%20A?sslmode=require"
    assert is_database(" PostgreSQL://x")
    assert not is_database("https://postgresql://x")
    assert names_of(" orders,  lines\nshop.items,") == ["orders", "lines", "shop.items"]


def test_a_private_network_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="private network"):
        copied("postgresql://me:secret@127.0.0.1/shop", ("127.0.0.1:5432",), [], tmp_path, 1000)


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> PostgresServer:
    postgres_server.run(
        "drop schema public cascade",
        "create schema public",
        "create table orders (id int primary key, placed timestamp, customer text)",
        """create table "order items" (order_id int, "a:b" text, product text, quantity int, amount numeric(9, 2))""",
        "create table nothing (id int)",
        "insert into orders select n, timestamp '2024-03-01' + n * interval '7 hours', 'c' || n % 5 "
        "from generate_series(1, 40) n",
        """insert into "order items" select n % 40 + 1, '%', 'Tea ' || n % 3, 1 + n % 2, 2.50 * (1 + n % 2) """
        "from generate_series(1, 90) n",
    )
    return postgres_server


def test_a_header_and_its_lines_are_copied_and_joined(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.uploads.process.reading.limit", lambda _: None)
    monkeypatch.setattr("sys.stdin", io.StringIO(postgres.url))
    upload = Upload.of_address(tmp_path)
    assert main(["en", "fetch", str(upload.folder), f"127.0.0.1:{postgres.port},127.0.0.1", "1000000", ""]) == 0
    found = upload.state.found
    assert sorted(path.name for path in upload.paths) == ["order items.parquet", "orders.parquet"]
    assert (found["orders"], found["lines"], found["revenue"]) == (40, 90, 337.5)
    assert all(postgres.password.encode() not in p.read_bytes() for p in upload.folder.rglob("*") if p.is_file())


def test_what_cannot_be_copied_is_told_without_the_password(postgres: PostgresServer, tmp_path: Path) -> None:
    hosts = (f"127.0.0.1:{postgres.port}", "127.0.0.1")
    wrong = postgres.url.replace(postgres.password, "another-secret")

    def told(url: str, tables: list[str], most: int, kind: type[StoresightError]) -> str:
        with pytest.raises(kind) as refused:
            copied(url, hosts, tables, tmp_path, most)
        assert "secret" not in str(refused.value)
        assert postgres.password not in str(refused.value)
        return str(refused.value)

    assert "127.0.0.1/postgres" in told(wrong, [], 1000, SourceError)
    assert "orders" in told(postgres.url, ["order"], 10**6, RequestError)
    assert "more than 0 MB" in told(postgres.url, [], 10, TooLarge)
    assert "no table with rows" in told(postgres.url, ["nothing"], 10**6, SourceError)
    (path,) = copied(postgres.url, hosts, ["orders"], tmp_path, 10**6)
    assert pq.read_metadata(path).num_rows == 40
