"""Data that are added in the browser: from the first part of a file to its figures, and all that is refused."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pandas as pd
import pytest
from flask import g
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import store as stores
from analytics.engines import open_engine
from analytics.errors import Busy, CatalogError, DataError, NotInData, RequestError, StoresightError, TooLarge
from analytics.language import in_language
from analytics.loading import catalog
from analytics.runtime.locks import CHANGING
from analytics.selection import Selection
from dashboard.answers.service import Service
from dashboard.background.loader import Loader
from dashboard.settings import Settings
from dashboard.uploads import trial
from dashboard.uploads.folder import State, Upload, safe_name
from dashboard.uploads.page import EXPORTS
from dashboard.uploads.process import start as processes
from dashboard.uploads.process.limits import most_memory
from dashboard.uploads.process.reading import explained, main
from dashboard.uploads.routes import HEADER, Desk, install
from dashboard.uploads.sets import _by_place, added, change, load, settle, undo
from dashboard.uploads.trial import declared, read
from tests.analytics import companies
from tests.dashboard.conftest import NoCache, routes
from tests.packs.orders import account, orders
from tests.packs.platforms import shopify, shopify_transactions, text
from tests.packs.ways import ledger_from
from tests.processes import ROOT, wait_until
from tests.samples import examples

HEADERS = {HEADER: "1"}
ORDERS = b"""Order,Date,Product,Quantity,Amount,Customer,City
1,2024-03-01,Tea,2,10.00,ida,Boston
1,2024-03-01,Cup,1,4.50,ida,Boston
2,2024-03-02,Tea,1,5.00,jo,Austin
"""
SHOP = """title = "S"
[source]
files = "./{}"
[fields]
order_id = "Order"
ordered_at = {{ column = "Date", format = "%Y-%m-%d" }}
product = "Product"
quantity = "Quantity"
amount = "Amount"
"""
MORE = b"Order,Date,Product,Quantity,Amount,Customer,City\n3,2024-03-05,Cup,2,9.00,kay,Austin\n"


@pytest.fixture(scope="module")
def store_of_one_row(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be copied, and not to be written to."""
    root = tmp_path_factory.mktemp("one_row") / "store"
    stores.write(root, companies.one_row())
    return root


@pytest.fixture
def given_settings(store_of_one_row: Path, tmp_path: Path) -> Settings:
    shutil.copytree(store_of_one_row, tmp_path / "store", symlinks=True)
    return Settings(store=tmp_path / "store", uploads=tmp_path / "uploads", upload_mb=1)


def client(known: Settings) -> FlaskClient:
    flask = routes(Service(known.store, NoCache()))
    install(flask, Desk(known, lambda: {name: f"{name} shop" for name in stores.names(known.store)}))
    return flask.test_client()


@pytest.fixture
def web(given_settings: Settings) -> FlaskClient:
    return client(given_settings)


def sent(web: FlaskClient, *files: tuple[str, bytes]) -> str:
    """The id of an upload of these files, each sent in two parts."""
    begun = web.post(
        "/uploads", json={"files": [{"name": n, "size": len(c)} for n, c in files]}, headers=HEADERS
    ).get_json()
    for number, (_, content) in enumerate(files):
        half = len(content) // 2
        for at, part in ((0, content[:half]), (half, content[half:])):
            answer = web.post(f"/uploads/{begun['id']}/files/{number}?at={at}", data=part, headers=HEADERS)
            assert answer.get_json() == {"size": at + len(part)}
    return str(begun["id"])


def done(web: FlaskClient, ident: str, task: str, **body: str) -> dict[str, Any]:
    """The state when a task has ended."""
    answer = web.post(f"/uploads/{ident}/{task}", json=body, headers=HEADERS)
    assert answer.status_code == 200, answer.get_json()
    last: dict[str, Any] = {}

    def ended() -> bool:
        last.update(web.get(f"/uploads/{ident}").get_json())
        return last["stage"] not in ("reading", "loading")

    wait_until(ended, task)
    return last


def revenue(root: Path, name: str) -> tuple[float, int]:
    engine = open_engine(root, name)
    selection, _ = Selection.from_query("range=all")
    totals = engine.aggregate([], ["revenue", "orders"], engine.resolve(selection)).iloc[0]
    return float(totals["revenue"]), int(totals["orders"])


@pytest.mark.long
@pytest.mark.slow
def test_files_become_a_data_set_that_others_replace_until_that_is_undone(
    web: FlaskClient, given_settings: Settings
) -> None:
    ident = sent(web, ("../../Orders of März.csv", ORDERS))
    shown = done(web, ident, "read")
    assert shown["stage"] == "read", shown["message"]
    assert (shown["found"]["revenue"], shown["found"]["orders"], shown["found"]["lines"]) == (19.5, 2, 3)
    assert [line[2] for line in shown["found"]["sample"]] == ["Tea", "Cup", "Tea"]
    assert (shown["found"]["first"], shown["found"]["last"]) == ("1 Mar 2024", "2 Mar 2024")
    loaded = done(web, ident, "load", title="March")
    assert (loaded["stage"], loaded["data"]) == ("loaded", "march"), loaded["message"]
    assert revenue(given_settings.store, "march") == (19.5, 2)
    assert "march" in catalog.find(given_settings.catalog_folders)
    replaced = sent(web, ("more.csv", MORE))
    done(web, replaced, "read")
    assert done(web, replaced, "load", name="march", mode="replace")["stage"] == "loaded"
    assert revenue(given_settings.store, "march") == (9.0, 1)
    begun = web.post("/uploads/sets/march/undo", json={}, headers=HEADERS).get_json()
    wait_until(lambda: web.get(f"/uploads/{begun['id']}").get_json()["stage"] == "loaded", "the version before")
    assert revenue(given_settings.store, "march") == (19.5, 2)
    assert open_engine(given_settings.store, "march").profile.title == "March"


def received(root: Path, *files: tuple[str, bytes]) -> Upload:
    """An upload whose files have come."""
    upload = Upload.begin(root, [(name, len(content)) for name, content in files], 2**22)
    for number, (_, content) in enumerate(files):
        upload.append(number, 0, content)
    return upload


def test_tax_that_amounts_contain_is_a_part_of_the_total_and_no_summand(monkeypatch: pytest.MonkeyPatch) -> None:
    items = {"net_sales": 100.0, "shipping": 5.0, "taxes": 16.0, "total_sales": 105.0, "selling_fees": -2.0}
    answer = SimpleNamespace(frame=pd.DataFrame({"item": list(items), "amount": list(items.values())}))
    monkeypatch.setattr(trial, "ledger", lambda *_: answer)

    def told(tax_inside: bool) -> list[str]:
        profile = SimpleNamespace(ledger_words="shopify", tax_inside=tax_inside)
        return [label for label, _ in trial._ledger(cast("Any", SimpleNamespace(profile=profile)), cast("Any", None))]

    assert told(True) == ["Net sales", "Shipping charges", "Total sales", "of which tax", "Selling fees"]
    assert told(False) == ["Net sales", "Shipping charges", "Taxes", "Total sales", "Selling fees"]
    with in_language("de"):
        assert told(True)[:4] == ["Nettoumsatz", "Versandkosten", "Gesamtumsatz", "davon Steuer"]


@pytest.mark.long
def test_two_exports_of_a_platform_become_a_data_set(tmp_path: Path) -> None:
    known = orders(6)
    files = [text([row for order in half for row in shopify(order)]) for half in (known[:60], known[60:])]
    upload = received(tmp_path, *((f"orders_export_{i + 1}.csv", file.encode()) for i, file in enumerate(files)))
    read(upload)
    assert "# Shopify orders export: 24 of 24 columns known." in upload.state.toml
    assert upload.state.found["unused"] == []
    assert upload.state.found["recognised"] == ["Shopify orders export"]
    assert any("not known when something was refunded" in remark for remark in upload.state.found["remarks"])
    assert not any("columns" in remark for remark in upload.state.found["remarks"])
    assert not any("The export is" in remark for remark in upload.state.found["remarks"])
    assert upload.state.found["ties"][0][0] == "orders: Quantity × List price = “Subtotal” + “Discount Amount”"
    load(upload, tmp_path / "sets", tmp_path / "store", "shopify", "new", "Shopify")
    paid = sum(order.paid for order in known)
    assert revenue(tmp_path / "store", "shopify") == (pytest.approx(account(known)["net_sales"]), paid)


def test_a_file_of_another_kind_is_told_and_not_kept(tmp_path: Path) -> None:
    other = b"Region;Leitung;Telefon\nNord;Ann;11\nS\xc3\xbcd;Bo;12\n"
    upload = received(tmp_path, ("orders.csv", ORDERS), ("other.csv", other))
    read(upload)
    assert upload.state.found["unused"] == ["other.csv"]
    assert upload.state.found["unused_why"] == {"other.csv": "it is of another kind"}
    assert (upload.state.found["doubts"], upload.state.found["assumed"]) == ([], True)
    assert (upload.state.found["recognised"], upload.state.found["remarks"]) == ([], [])
    load(upload, tmp_path / "sets", tmp_path / "store", "shop", "new", "Shop")
    assert sorted(p.name for p in (tmp_path / "sets" / "shop").iterdir()) == ["orders.csv", "shop.toml"]


def test_a_sheet_of_another_kind_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in ORDERS.decode().splitlines():
        sheet.append(line.split(","))
    people = book.create_sheet("People")
    for row in (["Name", "Phone"], ["Ann", "11"], ["Bo", "12"]):
        people.append(row)
    book.save(tmp_path / "book.xlsx")
    upload = received(tmp_path, ("book.xlsx", (tmp_path / "book.xlsx").read_bytes()))
    read(upload)
    assert upload.state.found["unused"] == ["sheet People of book.xlsx"]


@pytest.mark.long
def test_a_sheet_of_customers_gives_their_places(tmp_path: Path) -> None:
    for month in (3, 4):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["Order", "Date", "Customer ID", "Product", "Quantity", "Amount"])
        for n in range(1, 29):
            sheet.append([100 * month + n, datetime(2024, month, n), n % 4 + 1, "Tea", 1, n + 0.5])
        people = book.create_sheet("Customers")
        for row in (["Customer ID", "Name", "City"], *([n, f"Ida {n}", "Boise"] for n in range(1, 5))):
            people.append(row)
        book.save(tmp_path / f"book{month}.xlsx")
        upload = received(tmp_path, (f"book{month}.xlsx", (tmp_path / f"book{month}.xlsx").read_bytes()))
        read(upload)
        assert upload.state.found["unused"] == []
        fields = {f["field"]: f["column"] for f in upload.state.found["mapping"]["fields"]}
        assert (fields["customer_name"], fields["city"]) == ("customers.Name", "customers.City")
        load(upload, tmp_path / "sets", tmp_path / "store", "books", "new" if month == 3 else "append", "Books")
    assert revenue(tmp_path / "store", "books") == (2 * (28 * 29 / 2 + 14), 56)


def set_of(root: Path, store: Path, content: bytes, mode: str = "new") -> Upload:
    """An upload that was read and loaded as the data set `tea`, in this process."""
    upload = received(root, ("orders.csv", content))
    read(upload)
    load(upload, root / "sets", store, "tea", mode, "Tea & Co")
    return upload


@pytest.mark.long
@pytest.mark.no_cover
def test_files_that_are_added_neither_replace_others_nor_come_twice(tmp_path: Path) -> None:
    store = tmp_path / "store"
    months_first = b"Order,Date,Product,Quantity,Amount,Customer,City\n7,13.04.2024,Cup,2,9.00,kay,Austin\n"
    set_of(tmp_path, store, ORDERS)
    set_of(
        tmp_path,
        store,
        b"City,Amount,Quantity,Product,Date,Order,Customer\nAustin,9.00,2,Cup,2024-03-05,3,kay\n",
        "append",
    )
    assert revenue(store, "tea") == (28.5, 3), "the file of the same name is kept"
    with pytest.raises(DataError, match="in the data set already"):
        set_of(tmp_path, store, ORDERS, "append")
    with pytest.raises(DataError, match=r"of another kind .*Load them as a new data set"):
        set_of(tmp_path, store, b"Receipt,Day,Item,Pieces,Total\n7,2024-03-05,Cup,2,9.00\n", "append")
    with pytest.raises(StoresightError):
        set_of(tmp_path, store, MORE.replace(b",", b";").replace(b"9.00", b"9,00"), "append")
    with pytest.raises(StoresightError):
        set_of(tmp_path, store, months_first, "append")
    with pytest.raises(DataError, match="in the meantime"):
        set_of(tmp_path, store, ORDERS)
    assert revenue(store, "tea") == (28.5, 3)
    assert len(list((tmp_path / "sets" / "tea").glob("*.csv"))) == 2
    last = set_of(tmp_path, store, ORDERS, "replace")
    assert revenue(store, "tea") == (19.5, 2)
    assert not any(path.exists() for path in last.paths)


def test_files_that_are_loaded_are_gone_and_other_sets_are_not_found(
    web: FlaskClient, given_settings: Settings
) -> None:
    ident = sent(web, ("orders.csv", ORDERS))
    assert given_settings.uploads
    upload = Upload.find(given_settings.uploads, ident)
    upload.say(State("read", toml="x", found={"orders": 1}))
    answer = web.post(f"/uploads/{ident}/load", json={"name": "shops", "mode": "append"}, headers=HEADERS)
    assert answer.status_code == 400
    assert "no such data set was added" in answer.get_json()["error"]
    upload.say(State("loaded", toml="x", found={"orders": 1}, data="x"))
    answer = web.post(f"/uploads/{ident}/read", json={}, headers=HEADERS)
    assert answer.status_code == 400
    assert "loaded already" in answer.get_json()["error"]


def test_a_file_that_is_not_understood_says_why_and_can_be_read_as_a_toml_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.uploads.process.reading.limit", lambda _: None)
    upload = received(tmp_path, ("notes.csv", b"a,b\nx,y\n" * 20))
    assert main(["en", "read", str(upload.folder)]) == 1
    assert upload.state.stage == "failed"
    assert "no column" in upload.state.message
    assert "Traceback" not in upload.state.message
    upload.say(State("reading", toml='title = "N"\n[source]\nfiles = "./notes.csv"\n[fields]\norder_id = "a"\n'))
    assert main(["en", "read", str(upload.folder)]) == 1
    assert "ordered_at" in upload.state.message


@pytest.mark.slow
def test_a_process_that_was_killed_is_told(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = sent(web, ("orders.csv", ORDERS))
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **options: real(["true"], pass_fds=options["pass_fds"]))
    failed = done(web, ident, "read")
    assert failed["stage"] == "failed"
    assert "too much time or memory" in failed["message"]


def test_one_at_a_time(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = sent(web, ("orders.csv", ORDERS))
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def waiting(*_: object, **options: Any) -> None:
        started.append(real(["cat"], stdin=subprocess.PIPE, pass_fds=options["pass_fds"]))

    monkeypatch.setattr(subprocess, "Popen", waiting)
    web.post(f"/uploads/{ident}/read", json={}, headers=HEADERS)
    try:
        other = sent(web, ("orders.csv", ORDERS))
        assert web.post(f"/uploads/{other}/read", json={}, headers=HEADERS).status_code == 503
        assert web.get(f"/uploads/{ident}").get_json()["stage"] == "reading"
    finally:
        started[0].communicate()


def test_files_that_are_fetched_keep_nobody_from_reading_others(
    given_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = client(replace(given_settings, upload_hosts=("files.example.com", "db.example.com:5432")))
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def waiting(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        assert not any("secret" in part for part in command), "others may see the command of a process"
        started.append(real(["sleep", "60"], stdin=options["stdin"], pass_fds=options["pass_fds"]))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", waiting)
    monkeypatch.setattr(processes, "MOST_FETCHED", 2)
    address = "https://files.example.com/a.csv?key=secret"
    told = [web.post("/uploads/address", json={"address": address}, headers=HEADERS) for _ in range(3)]
    assert [answer.status_code for answer in told] == [200, 200, 503]
    ident = sent(web, ("orders.csv", ORDERS))
    assert web.post(f"/uploads/{ident}/read", json={}, headers=HEADERS).status_code == 200
    for process in started:
        process.kill()
        process.wait()
    again = {"address": "postgresql://me:secret@db.example.com/shop", "tables": "orders"}
    answer = web.post("/uploads/address", json=again, headers=HEADERS)
    assert answer.status_code == 200
    assert "secret" not in answer.get_data(as_text=True)
    started[-1].kill()
    started[-1].wait()


# --- who may
@pytest.mark.parametrize(
    ("changed", "headers", "address", "says"),
    [
        ({"uploads": None}, HEADERS, "127.0.0.1", "STORESIGHT_UPLOADS"),
        ({"proxies": 1}, HEADERS, "127.0.0.1", "only from the machine"),
        ({}, HEADERS, "10.0.0.9", "only from the machine"),
        ({}, HEADERS | {"X-Forwarded-For": "10.0.0.9"}, "127.0.0.1", "only from the machine"),
        ({"uploads_from": "anyone"}, {}, "10.0.0.9", "did not come from the page"),
        ({}, HEADERS | {"Sec-Fetch-Site": "cross-site"}, "127.0.0.1", "did not come from the page"),
    ],
    ids=[
        "off",
        "behind a proxy",
        "from elsewhere",
        "behind a proxy nobody named",
        "without the header",
        "another site",
    ],
)
def test_who_may_not(
    given_settings: Settings, changed: dict[str, Any], headers: dict[str, str], address: str, says: str
) -> None:
    web = client(Settings(**(vars(given_settings) | changed)))
    answer = web.post(
        "/uploads",
        json={"files": [{"name": "a.csv", "size": 1}]},
        headers=headers,
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 403
    assert says in answer.get_json()["error"]
    assert web.get("/add", environ_base={"REMOTE_ADDR": address}).status_code == 200


def test_anyone_may_where_that_is_set(given_settings: Settings) -> None:
    web = client(Settings(**(vars(given_settings) | {"uploads_from": "anyone", "proxies": 1})))
    answer = web.post(
        "/uploads",
        json={"files": [{"name": "a.csv", "size": 1}]},
        headers=HEADERS,
        environ_base={"REMOTE_ADDR": "10.0.0.9"},
    )
    assert answer.status_code == 200


# --- what is refused
@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("orders.csv", "orders.csv"),
        ("../../etc/Passwd.CSV", "Passwd.csv"),
        ("C:\\shop\\März <1>.xlsx", "März _1_.xlsx"),
        (".csv", "file.csv"),
        ("...csv", "file.csv"),
        ("a" * 300 + ".csv", "a" * 80 + ".csv"),
        ("a\x00\n.csv", "a__.csv"),
    ],
)
def test_a_name_is_never_a_path(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_names_that_are_taken_or_cannot_be_read() -> None:
    assert safe_name("A.csv", ["a.csv"]) == "A 2.csv"
    assert len(safe_name("𠀀" * 80 + ".csv").encode()) < 255
    for name in ("a.exe", "csv", "", "a.csv/"):
        with pytest.raises(RequestError):
            safe_name(name)


@pytest.mark.parametrize(
    ("files", "status", "says"),
    [
        ([], 413, "choose 1 to 20"),
        ([{"name": "a.csv", "size": 1}] * 21, 413, "choose 1 to 20"),
        ([{"name": "a.csv", "size": 2 * 2**20}], 413, "STORESIGHT_UPLOAD_MB"),
        ([{"name": "x/orders.csv", "size": 0}], 400, "“orders.csv” is empty."),
        ([{"name": "a.csv", "size": "9"}], 400, "whole number"),
        ([{"name": "a.exe", "size": 1}], 400, "cannot be read"),
        (["a.csv"], 400, "list of objects"),
        ([{"name": 5, "size": 1}], 400, "text"),
    ],
)
def test_uploads_that_cannot_begin(web: FlaskClient, files: list[Any], status: int, says: str) -> None:
    answer = web.post("/uploads", json={"files": files}, headers=HEADERS)
    assert answer.status_code == status
    assert says in answer.get_json()["error"]


def test_parts_follow_one_another(web: FlaskClient) -> None:
    begun = web.post("/uploads", json={"files": [{"name": "a.csv", "size": 10}]}, headers=HEADERS).get_json()["id"]
    for address, part in (("0?at=5", b"x"), ("0?at=0", b"x" * 11), ("1?at=0", b"x"), ("0?at=-1", b"x"), ("0", b"x")):
        assert web.post(f"/uploads/{begun}/files/{address}", data=part, headers=HEADERS).status_code == 400
    assert web.post(f"/uploads/{begun}/read", json={}, headers=HEADERS).status_code == 400, "not whole"
    assert web.post(f"/uploads/{begun}/load", json={"name": "a"}, headers=HEADERS).status_code == 400, "not read"
    for ident in ("0" * 32, "..", "%2e%2e", "a"):
        assert web.get(f"/uploads/{ident}").status_code in (404, 308)


def test_the_audit_log_is_told_which_data_set_files_were_loaded_as(
    web: FlaskClient, given_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = sent(web, ("orders.csv", ORDERS))
    assert given_settings.uploads
    Upload.find(given_settings.uploads, ident).say(State("read", toml="x", found={"orders": 1}))
    monkeypatch.setattr("dashboard.uploads.routes.start_reading", lambda *_: None)
    with web:
        assert web.post(f"/uploads/{ident}/load", json={"title": "Shop 5"}, headers=HEADERS).status_code == 200
        assert g.audited == "data=shop_5&mode=new"


def test_a_data_set_that_was_not_added_is_not_replaced(web: FlaskClient, given_settings: Settings) -> None:
    ident = sent(web, ("orders.csv", ORDERS))
    assert given_settings.uploads
    Upload.find(given_settings.uploads, ident).say(State("read", toml="x", found={"orders": 1}))
    taken = stores.names(given_settings.store)[0]
    declared_only = "bytronix"  # in data/, and not in this store
    assert declared_only in catalog.find(given_settings.catalog_folders)
    for name in (taken, declared_only, "../x", "A", ""):
        answer = web.post(f"/uploads/{ident}/load", json={"name": name, "mode": "replace"}, headers=HEADERS)
        assert answer.status_code == 400
        assert "no such data set was added" in answer.get_json()["error"]
        assert web.post(f"/uploads/sets/{name or 'x'}/undo", json={}, headers=HEADERS).status_code in (400, 404)
    assert web.post(f"/uploads/{ident}/load", json={"title": "a", "mode": "x"}, headers=HEADERS).status_code == 400


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My shop", "my_shop"),
        ("  Läden   2025 ", "laden_2025"),
        ("Straße & Co.", "strasse_co"),
        ("2025", "data_2025"),
        ("Магазин", "data"),
        ("bytronix", "bytronix_2"),
        ("x" * 80, "x" * 40),
    ],
)
def test_any_title_gives_a_name_that_is_free(web: FlaskClient, title: str, name: str) -> None:
    assert web.get("/uploads/name", query_string={"title": title}).get_json()["name"] == name


@pytest.mark.parametrize(
    ("title", "says"),
    [("", "nter a title"), (" \n", "nter a title"), ("x" * 81, "at most 80"), ("a\x07b", "visible characters")],
)
def test_what_is_no_title_is_told(web: FlaskClient, title: str, says: str) -> None:
    answer = web.get("/uploads/name", query_string={"title": title}).get_json()
    assert answer["name"] == ""
    assert says in answer["problem"]


def test_a_title_is_taken_once(web: FlaskClient, given_settings: Settings) -> None:
    title = f"{stores.names(given_settings.store)[0]} SHOP"
    assert "already a data set called" in web.get("/uploads/name", query_string={"title": title}).get_json()["problem"]


FIELDS = '[fields]\norder_id = "a"\nordered_at = "b"\nproduct = "c"\nquantity = "d"\namount = "e"\n'


@pytest.mark.parametrize(
    "source",
    [
        '[source]\nfiles = "/etc/passwd"\n',
        '[source]\nfiles = "orders.csv"\n',
        '[source]\nfiles = "./../orders.csv"\n',
        '[source]\nkind = "sql"\nurl_env = "STORESIGHT_A_URL"\nquery = "select 1"\n',
        '[source]\nfiles = "./a.csv"\n[tables.stock]\nfiles = "other.csv"\n[tables.stock.fields]\nproduct = "a"\n',
        '[engine]\nkind = "duckdb"\n[source]\nfiles = "./a.csv"\n',
    ],
    ids=["absolute", "of the sources", "above", "database", "table", "engine"],
)
def test_a_toml_from_the_browser_reads_its_own_files_and_nothing_else(tmp_path: Path, source: str) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(f'title = "T"\n{source}{FIELDS}')
    with pytest.raises(CatalogError):
        declared(path)


def test_a_state_is_written_whole(tmp_path: Path) -> None:
    upload = Upload.begin(tmp_path, [("a.csv", 1)], 10)
    upload.say(State("read", "x", "y", {"orders": 1}))
    assert upload.state == State("read", "x", "y", {"orders": 1})
    assert sorted(p.name for p in upload.folder.iterdir()) == ["a.csv", "files.json", "state.json"]


def test_two_requests_with_the_same_part_add_it_once(tmp_path: Path) -> None:
    part = b"x" * 500_000
    for _ in range(10):
        upload = Upload.begin(tmp_path, [("a.csv", 2 * len(part))], 2**20)
        with ThreadPoolExecutor(4) as threads:
            taken = [threads.submit(upload.append, 0, 0, part) for _ in range(4)]
        assert sum(each.exception() is None for each in taken) == 1
        assert upload.paths[0].stat().st_size == len(part)
        upload.forget()


def test_many_threads_tell_a_state(tmp_path: Path) -> None:
    upload = Upload.begin(tmp_path, [("a.csv", 1)], 10)
    with ThreadPoolExecutor(8) as threads:
        for told in [threads.submit(upload.say, State("failed", str(n))) for n in range(400)]:
            told.result()
    assert upload.state.stage == "failed"


def test_a_full_disk_is_told_and_the_part_can_come_again(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from dashboard.uploads.folder import Upload\n"
        "upload = Upload.begin(Path(sys.argv[1]), [('a.csv', 200_000)], 10**6)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "upload.append(0, 0, b'x' * 60_000)\n"
        "try: upload.append(0, 60_000, b'x' * 60_000)\n"
        "except Exception as fault: print(type(fault).__name__, fault, upload.paths[0].stat().st_size)\n"
    )
    told = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("StoreError")
    assert "cannot be written" in told.stdout
    assert told.stdout.endswith("60000\n")


def test_an_upload_that_was_just_deleted_is_not_an_error_of_the_server(tmp_path: Path) -> None:
    upload = Upload.begin(tmp_path, [("a.csv", 1)], 10)
    upload.forget()
    for ask in (lambda: upload.state, lambda: upload.files):
        with pytest.raises(NotInData):
            ask()


def test_uploads_under_way_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    Upload.begin(tmp_path, [("a.csv", 30)], 100)
    with pytest.raises(TooLarge, match="free disk space"):
        Upload.begin(tmp_path, [("a.csv", 30)], 100)
    monkeypatch.setattr("dashboard.uploads.folder.MOST_PENDING", 1)
    with pytest.raises(Busy):
        Upload.begin(tmp_path, [("a.csv", 1)], 100)


# --- the process that reads
def test_the_loader_waits_while_files_are_moved_and_reads_what_is_there_then(given_settings: Settings) -> None:
    assert given_settings.uploads
    folder = given_settings.uploads / "sets" / "shop"
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_bytes(ORDERS)
    (folder / "shop.toml").write_text(SHOP.format("orders.csv"))
    loader = Loader(given_settings)
    spec = catalog.load(folder / "shop.toml")
    with (given_settings.uploads / CHANGING).open("a") as lock, ThreadPoolExecutor(1) as threads:
        fcntl.flock(lock, fcntl.LOCK_EX)
        loading = threads.submit(loader._load_one, spec)
        (folder / "more.csv").write_bytes(MORE)
        (folder / "shop.toml").write_text(SHOP.format("more.csv"))
        (folder / "orders.csv").unlink()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert loading.result(), loader._failures
    assert revenue(given_settings.store, "shop") == (9.0, 1)


def test_files_that_a_killed_process_had_moved_away_come_back(tmp_path: Path) -> None:
    for folder, holds in ((".tea.old", "a"), ("cup", "new"), (".cup.old", "old"), (".tea.new", "half")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "orders.csv").write_text(holds)
    settle(tmp_path)
    kept = {str(p.relative_to(tmp_path)): p.read_text() for p in tmp_path.glob("*/*.csv")}
    assert kept == {"tea/orders.csv": "a", "cup/orders.csv": "new", ".cup.old/orders.csv": "old"}
    settle(tmp_path / "absent")


@pytest.mark.long
def test_the_last_change_can_be_undone_and_one_version_is_kept(tmp_path: Path) -> None:
    sets, store = tmp_path / "sets", tmp_path / "store"
    last = set_of(tmp_path, store, ORDERS)
    assert [(each.title, each.files, each.undo) for each in added(sets)] == [("Tea & Co", 1, False)]
    with pytest.raises(DataError, match="no longer kept"):
        undo(last, sets, store, "tea")
    set_of(tmp_path, store, MORE, "replace")
    set_of(tmp_path, store, ORDERS + b"9,2024-03-09,Cup,1,4.50,jo,Austin\n", "replace")
    assert sorted(p.name for p in sets.iterdir()) == [".tea.old", "tea"]
    assert revenue(store, "tea") == (24.0, 3)
    for figures in ((9.0, 1), (24.0, 3), (9.0, 1)):
        undo(last, sets, store, "tea")
        assert revenue(store, "tea") == figures
        assert sorted(p.name for p in sets.iterdir()) == [".tea.old", "tea"]
    assert [(each.title, each.undo) for each in added(sets)] == [("Tea & Co", True)]


@pytest.mark.long
def test_a_button_reads_the_files_in_another_way(tmp_path: Path) -> None:
    sets, store = tmp_path / "sets", tmp_path / "store"
    head, *rows = ORDERS.splitlines(keepends=True)
    rows += [rows[-1], b"3,2024-03-03,tea,1,5.00,jo,Austin\n", b"4,2024-03-04,Tea,-1,-5.00,jo,Austin\n"]
    last = set_of(tmp_path, store, head + b"".join(rows))
    assert revenue(store, "tea") == (24.5, 3)
    for fix, field, figures in (
        ("drop_copies", "", (19.5, 3)),
        ("one_name", "product", (19.5, 3)),
        ("drop_refunds", "", (24.5, 3)),
        ("keep_copies", "", (29.5, 3)),
        ("end_before", "", (29.5, 3)),
        ("count_all_days", "", (29.5, 3)),
    ):
        change(last, sets, store, "tea", fix, field)
        assert revenue(store, "tea") == figures, fix
    engine = open_engine(store, "tea")
    names = engine.values("product", "", engine.resolve(Selection()), 9)[0]["value"]
    assert sorted(names) == ["Cup", "Tea"]
    undo(last, sets, store, "tea")
    assert 'data_until = "2024-03-02"' in (sets / "tea" / "tea.toml").read_text()
    for fix, field in (("one_name", "customer"), ("one_name", "nothing"), ("other_dates", "")):
        with pytest.raises(DataError):
            change(last, sets, store, "tea", fix, field if fix == "one_name" else "")
    assert revenue(store, "tea") == (29.5, 3)


def test_only_known_changes_are_made(web: FlaskClient, given_settings: Settings) -> None:
    assert given_settings.uploads
    set_of(given_settings.uploads, given_settings.store, ORDERS)
    for body in ({"fix": "rm"}, {"fix": "one_name", "field": "a.b"}, {"fix": 3}, {}):
        answer = web.post("/uploads/sets/tea/change", json=body, headers=HEADERS)
        assert answer.status_code == 400
    assert web.post("/uploads/sets/cup/change", json={"fix": "drop_copies"}, headers=HEADERS).status_code == 400
    assert web.post("/uploads/sets/tea/change", json={"fix": "drop_copies"}).status_code == 403


@pytest.mark.long
def test_a_version_that_cannot_be_read_any_more_does_not_come_back(tmp_path: Path) -> None:
    sets, store = tmp_path / "sets", tmp_path / "store"
    set_of(tmp_path, store, ORDERS)
    last = set_of(tmp_path, store, MORE, "replace")
    (sets / ".tea.old" / "orders.csv").write_text("")
    with pytest.raises(StoresightError):
        undo(last, sets, store, "tea")
    assert revenue(store, "tea") == (9.0, 1)
    assert (sets / "tea" / "orders.csv").read_bytes() == MORE


def test_an_exchange_that_was_killed_is_finished(tmp_path: Path) -> None:
    for at, folders in enumerate(({".tea.aside": "new", ".tea.old": "old"}, {".tea.aside": "new", "tea": "old"})):
        for folder, holds in folders.items():
            (tmp_path / str(at) / folder).mkdir(parents=True)
            (tmp_path / str(at) / folder / "orders.csv").write_text(holds)
        settle(tmp_path / str(at))
        kept = {p.parent.name: p.read_text() for p in (tmp_path / str(at)).glob("*/*.csv")}
        assert kept == {"tea": "old", ".tea.old": "new"}


def test_they_come_back_when_the_application_starts(given_settings: Settings) -> None:
    assert given_settings.uploads
    old = given_settings.uploads / "sets" / ".tea.old"
    old.mkdir(parents=True)
    client(given_settings)
    assert (given_settings.uploads / "sets" / "tea").is_dir()


def test_its_memory_is_half_of_what_there_is(tmp_path: Path) -> None:
    dyno, boundless = tmp_path / "dyno", tmp_path / "boundless"
    dyno.write_text("536870912\n")
    boundless.write_text("max\n")
    assert most_memory([dyno]) == 256 * 2**20
    assert most_memory([boundless, tmp_path / "absent"]) == most_memory([])
    assert most_memory([]) <= 3 * 2**30


def test_its_limits_never_rise(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from dashboard.uploads.process.limits import limit\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (100, 100))\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (2**29, 2**29))\n"
        "limit(Path(sys.argv[1]))\n"
        "print(resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_DATA)[1] <= 2**29)\n"
    )
    told = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert told.stdout == "(100, 100) True\n"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (MemoryError(), "more memory"),
        (RuntimeError("can't start new thread"), "more memory"),
        (OSError(28, "No space left on device"), "No space left"),
        (ZeroDivisionError("x"), "unexpected error (ZeroDivisionError)"),
        (RequestError("so."), "So."),
    ],
)
def test_what_went_wrong_is_explained(fault: Exception, says: str) -> None:
    assert says in explained(fault)


def test_old_uploads_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Upload.begin(tmp_path, [("a.csv", 1)], 10)
    monkeypatch.setattr("dashboard.uploads.folder.FORGOTTEN_SECONDS", -1)
    Upload.begin(tmp_path, [("a.csv", 1)], 10)
    assert not first.folder.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["files", "name", "size", "toml", "mode"]), inner)
    ),
    max_leaves=8,
)


@given(
    JSON, st.sampled_from(["", "/x", f"/{'0' * 32}", f"/{'0' * 32}/read", f"/{'0' * 32}/load", f"/{'0' * 32}/files/0"])
)
@settings(deadline=None, max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_is_an_error_of_the_server(web: FlaskClient, body: Any, address: str) -> None:
    answer = web.post(
        f"/uploads{address}", data=json.dumps(body), headers=HEADERS | {"Content-Type": "application/json"}
    )
    assert answer.status_code < 500


def test_the_page_says_which_file_to_export_from_each_platform_of_the_documents() -> None:
    page = (ROOT / "docs" / "exports.md").read_text("utf-8")
    headings = re.findall("^## (.+)$", page, re.MULTILINE)
    assert [name for name, _ in EXPORTS[:-1]] == headings


def test_the_page_names_what_is_missing(given_settings: Settings) -> None:
    assert "Drop your order files here" in client(given_settings).get("/add").get_data(as_text=True)
    off = client(Settings(store=given_settings.store)).get("/add").get_data(as_text=True)
    assert "STORESIGHT_UPLOADS" in off
    assert "adding.js" not in off


def test_files_are_added_wherever_a_toml_reads_files_of_their_kind() -> None:
    both = '[source]\nfiles = "./a.csv"\n[tables.paths]\nfiles = "./a.csv"\n'
    one = '[source]\nfiles = "./b*.csv"\n'
    assert _by_place(one, ["b1.csv"], both) == {"source.files": ["b1.csv"], "tables.paths.files": ["b1.csv"]}
    kinds = '[source]\nfiles = "./a.csv"\n[join.other]\nfiles = ["./o.csv"]\n'
    more = '[source]\nfiles = "./b.csv"\n[join.other]\nfiles = ["./p.csv", "./q.csv"]\n'
    names = ["b.csv", "p.csv", "q.csv"]
    assert _by_place(more, names, kinds) == {"source.files": ["b.csv"], "join.other.files": ["p.csv", "q.csv"]}
    with pytest.raises(DataError, match=r"has one \[source\]"):
        _by_place('[[source]]\nfiles = "./a.csv"\n[[source]]\nfiles = "./o.csv"\n', ["a.csv"])


@pytest.mark.long
def test_orders_and_their_payments_are_added_together(tmp_path: Path) -> None:
    store = tmp_path / "store"
    known = orders(1, 20)
    for mode, part in (("new", known[:10]), ("append", known[10:])):
        upload = Upload.begin(tmp_path / "uploads", [("orders.csv", 1), ("refunds.csv", 1)], 1 << 30)
        for name, writer in (("orders.csv", shopify), ("refunds.csv", shopify_transactions)):
            rows = [row for order in part for row in writer(order)]
            (upload.folder / name).write_text(text(rows), encoding="utf-8")
        read(upload)
        load(upload, tmp_path / "sets", store, "shop", mode, "Shop")
    found = ledger_from(open_engine(store, "shop"))
    assert {item: found[item] for item in account(known)} == account(known)
    alone = Upload.begin(tmp_path / "uploads", [("later.csv", 1)], 1 << 30)
    (alone.folder / "later.csv").write_text(text([row for order in orders(2, 5) for row in shopify(order)]))
    read(alone)
    with pytest.raises(DataError, match="files of several kinds"):
        load(alone, tmp_path / "sets", store, "shop", "append")


def test_errors_name_fields_and_files_as_the_page_does() -> None:
    assert explained(DataError("no number", where="fields.amount")) == "Amount: no number."
    assert explained(DataError("the file is empty.", where="a.csv")) == "a.csv: the file is empty."


def test_the_process_that_reads_files_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORESIGHT_SECRET", "STORESIGHT_SHOP_URL", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "do-not-tell")
    monkeypatch.setenv("LANG", "C.UTF-8")
    known = processes._environment()
    assert "do-not-tell" not in known.values()
    assert known["LANG"] == "C.UTF-8"


def test_files_with_an_open_question_are_not_loaded(web: FlaskClient, given_settings: Settings) -> None:
    ident = sent(web, ("orders.csv", ORDERS))
    upload = Upload.find(cast("Path", given_settings.uploads), ident)
    upload.say(State("read", toml="title = 'S'", found={"orders": 2, "mapping": {"price": "Preis/Stk"}}))
    answer = web.post(f"/uploads/{ident}/load", json={"mode": "new", "title": "Prices"}, headers=HEADERS)
    assert (answer.status_code, "how many pieces a line sells" in answer.get_json()["error"]) == (400, True)
