"""Files to take away: how large they may be, how many are made at once, what their cells may hold; and what every data
route says of itself to browsers and proxies."""

from __future__ import annotations

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from analytics import store as stores
from analytics.answer import Answer
from analytics.calendar import TimeRange
from analytics.questions.targets.target import Target
from dashboard.answers.cache import AnswerCache, install
from dashboard.answers.service import Service
from dashboard.answers.viewers import EVERYTHING, LinkedView, Viewer
from dashboard.pages import CHARTS
from dashboard.settings import Settings
from dashboard.web import csv_text, data_urls, exports, hosts, server, workbook
from tests.analytics import companies
from tests.dashboard.conftest import Memory, NoCache, routes
from tests.processes import PATIENCE, wait_until
from tests.samples import examples

EVERY = "data=toy&range=all"
YEAR = "data=toy&range=2020-01-01..2021-01-01"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    stores.write(tmp_path, companies.nasty())
    return tmp_path


@pytest.fixture
def web(root: Path) -> FlaskClient:
    return routes(Service(root, NoCache())).test_client()


def sheets(body: bytes) -> dict[str, list[tuple[object, ...]]]:
    return {s.title: list(s.iter_rows(values_only=True)) for s in load_workbook(io.BytesIO(body)).worksheets}


# --- how large
def test_small_sheets_are_whole_and_large_ones_share_what_is_left() -> None:
    assert workbook.rows_kept([(5, 4), (50, 4)], 100) == [5, 20]
    assert workbook.rows_kept([(50, 4), (5, 4), (60, 2)], 100) == [10, 5, 20]
    assert workbook.rows_kept([], 100) == []
    assert workbook.rows_kept([(3, 0), (0, 3)], 0) == [0, 0]
    assert workbook.rows_kept([(10**7, 1)], 10**9) == [workbook.MOST_ROWS]


def test_numbers_of_charts_have_two_more_decimals_than_screens_show_at_most() -> None:
    frame = pd.DataFrame(
        {"product": ["A"], "revenue": [0.1 + 0.2], "days_since": [99.99999999520294], "odd": [1.408e-06]}
    )
    heads = {"slow_movers": {"days_since": "Days since last sale"}}
    head, row = sheets(workbook.workbook([(CHARTS["slow_movers"], Answer(frame))], [], None, heads))["Slow movers"]
    assert head == ("Product", "Revenue", "Days since last sale", "Odd")
    assert row == ("A", 0.3, 100, 0)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 20)), max_size=8), st.integers(0, 5000))
def test_a_workbook_never_holds_more_cells_than_it_may(shapes: list[tuple[int, int]], most: int) -> None:
    kept = workbook.rows_kept(shapes, most)
    assert sum(n * columns for n, (_, columns) in zip(kept, shapes, strict=True)) <= most
    assert all(n <= rows for n, (rows, _) in zip(kept, shapes, strict=True))


def test_a_workbook_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook.rows_kept, "__defaults__", (40,))
    few = Answer(pd.DataFrame({"product": ["A", "B"], "revenue": [2.0, 1.0]}))
    many = Answer(pd.DataFrame({"place": [f"P{n}" for n in range(50)], "revenue": np.arange(50.0)}))
    found = sheets(workbook.workbook([(CHARTS["top_products"], few), (CHARTS["top_places"], many)], []))
    assert len(found["Best sellers"]) == 1 + 2
    assert len(found["Top places"]) == 1 + 18
    about = dict(row[:2] for row in found["About"])
    assert about["Top places: rows"] == "The first 18 of 50. CSV and JSON have all of them."
    assert "Best sellers: rows" not in about


def test_order_lines_come_in_parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = routes(Service(root, NoCache())).test_client().get(f"/lines.csv?{EVERY}").get_data(as_text=True)
    monkeypatch.setattr(csv_text, "ROWS_AT_ONCE", 5)
    parts = list(routes(Service(root, NoCache())).test_client().get(f"/lines.csv?{EVERY}").iter_encoded())
    assert len(parts) == 3
    assert b"".join(parts).decode() == whole


# --- how many
@pytest.mark.long
def test_a_workbook_is_made_once_and_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    write = exports.workbook
    monkeypatch.setattr(exports, "workbook", lambda *args: made.append(1) or write(*args))
    cache = Memory()
    web = routes(Service(root, cache)).test_client()
    first = web.get(f"/export/page-overview.xlsx?{EVERY}").data
    assert web.get(f"/export/page-overview.xlsx?{EVERY}").data == first
    assert len(made) == 1
    for other in (f"/export/page-overview.xlsx?{EVERY}&channel=web", f"/export/page-trends.xlsx?{EVERY}"):
        assert web.get(other).data != first
    assert len(made) == 3


def test_a_workbook_shows_the_targets_of_now_and_none_to_whoever_follows_a_link(root: Path) -> None:
    """Targets change while the data stay, and are not for strangers: another viewer's file does not have them."""
    address = f"/export/kpis.xlsx?{YEAR}"
    service = Service(root, Memory())
    web = routes(service).test_client()
    before = web.get(address).data
    target = Target("revenue", TimeRange(np.datetime64("2020-01-01"), np.datetime64("2021-01-01")), 1_000_000.0)
    service.stored_targets = lambda _: (target,)
    assert web.get(address).data != before
    linked = LinkedView("/shared/x", "/overview", YEAR, frozenset({"kpis"}))
    stranger = routes(service, viewer=Viewer("x", EVERYTHING, linked=linked)).test_client()
    assert stranger.get(address).data == before


def test_many_who_want_one_workbook_make_it_once(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    go = threading.Event()
    monkeypatch.setattr(exports, "workbook_of", lambda *args: made.append(1) or wait(go))
    app = routes(Service(root, kept(tmp_path)), threads=16)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, app, f"/export/kpis.xlsx?{EVERY}") for _ in range(8)]
        wait_until(lambda: len(made) == 1, "the first")
        go.set()
        assert {w.result() for w in waiting} == {200}
    assert len(made) == 1


def wait(go: threading.Event) -> bytes:
    assert go.wait(PATIENCE)
    return b"PK"


def ask(app: Flask, address: str) -> int:
    with app.test_client().get(address) as answer:
        return answer.status_code


def kept(folder: Path) -> AnswerCache:
    return install(Flask("worker"), Settings(cache_dir=folder / "answers"))


def test_one_export_too_many_is_refused_at_once_and_pages_are_not(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = threading.Event(), threading.Semaphore(0)
    monkeypatch.setattr(exports, "workbook_of", lambda *args: begun.release() or wait(go))
    app = routes(Service(root, NoCache()), threads=4)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(ask, app, f"/export/kpis.xlsx?{EVERY}") for _ in range(2)]
        for _ in waiting:
            assert begun.acquire(timeout=PATIENCE)
        for address in (f"/export/top_places.xlsx?{EVERY}", f"/lines.csv?{EVERY}"):
            refused = app.test_client().get(address)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
            assert "Try again" in refused.get_json()["error"]
        assert app.test_client().get(f"/data/kpis.csv?{EVERY}").status_code == 200
        go.set()
        assert [w.result() for w in waiting] == [200, 200]
    assert app.test_client().get(f"/lines.csv?{EVERY}").status_code == 200


def test_a_slot_is_free_again_when_the_lines_are_read_or_given_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "ROWS_AT_ONCE", 5)
    web = routes(Service(root, NoCache()), threads=2).test_client()
    held = web.get(f"/lines.csv?{EVERY}")
    assert web.get(f"/lines.csv?{EVERY}").status_code == 503
    held.close()
    read = web.get(f"/lines.csv?{EVERY}")
    assert read.status_code == 200
    read.get_data()
    assert web.get(f"/lines.csv?{EVERY}").status_code == 200


def test_a_large_table_of_data_takes_a_slot_and_a_small_one_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = routes(Service(root, NoCache())).test_client().get(f"/data/top_places.json?{EVERY}").get_json()
    monkeypatch.setattr(data_urls, "ROWS_AT_ONCE", 2)
    web = routes(Service(root, NoCache()), threads=2).test_client()
    held = web.get(f"/lines.csv?{EVERY}")
    assert web.get(f"/data/top_places.json?{EVERY}").get_json() == small
    monkeypatch.setattr(data_urls, "LARGE_CELLS", 3)
    for form in ("csv", "json"):
        assert web.get(f"/data/top_places.{form}?{EVERY}").status_code == 503
    held.close()
    for form in ("csv", "json", "csv"):
        with web.get(f"/data/top_places.{form}?{EVERY}") as answer:
            assert answer.status_code == 200
    assert web.get(f"/data/top_places.json?{EVERY}").get_json() == small
    assert web.get(f"/data/top_places.json?{EVERY}&limit=0").get_json()["rows"] == []


def test_an_export_that_fails_gives_its_slot_back(root: Path) -> None:
    web = routes(Service(root, NoCache()), threads=2).test_client()
    for _ in range(3):
        assert web.get(f"/export/stock_cover.xlsx?{EVERY}").status_code == 404
    assert web.get(f"/export/kpis.xlsx?{EVERY}").status_code == 200


# --- what cells may hold
def test_names_with_characters_that_excel_cannot_hold_are_exported(tmp_path: Path) -> None:
    rows = companies.nasty()
    rows.lines["product"] = rows.lines["product"].map(lambda p: f"a\x07{p}\x1b\uffff" if p == "TV" else p)
    rows.profile = companies.Tables(rows.lines).profile.__class__("toy", "To\x08y")
    stores.write(tmp_path, rows)
    answer = routes(Service(tmp_path, NoCache())).test_client().get(f"/export/revenue_by_product.xlsx?{EVERY}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = sheets(answer.data)
    assert "a\ufffdTV\ufffd\ufffd" in {row[0] for row in found["Revenue by product"]}
    assert ("Data set", "To\ufffdy") in found["About"]


def test_every_kind_of_value_has_its_kind_of_cell() -> None:
    frame = pd.DataFrame({
        "product": ["=1+1", "", None, "x" * 40_000], "orders": [1, 2, 3, 2**40],
        "revenue": [0.5, np.nan, np.inf, -1e300], "sure": [True, False, True, True],
        "date": pd.to_datetime(["2020-02-29 12:00", None, "1970-01-01 00:00", "2100-12-31 00:00"]),
        "value": [1, "two", None, 3.5], "base": pd.array([1, None, 2, 3], dtype="Int64"),
    })  # fmt: skip
    rows = sheets(workbook.workbook([(CHARTS["top_products"], Answer(frame))], []))["Best sellers"][1:]
    columns = dict(zip(frame.columns, zip(*rows, strict=True), strict=True))
    assert columns["product"] == ("'=1+1", None, None, "x" * 32_767)
    assert columns["orders"] == (1, 2, 3, 2**40)
    assert columns["revenue"] == (0.5, None, None, -1e300)
    assert [None if d is None else str(d) for d in columns["date"]] == [
        "2020-02-29 12:00:00", None, "1970-01-01 00:00:00", "2100-12-31 00:00:00",
    ]  # fmt: skip
    assert columns["sure"] == (True, False, True, True)
    assert columns["value"] == (1, "two", None, 3.5)
    assert columns["base"] == (1, None, 2, 3)


def test_names_of_sheets_are_as_long_as_excel_counts_them() -> None:
    """It counts UTF-16: a letter beyond U+FFFF is two, and a file with a longer name is damaged to it."""
    frame = pd.DataFrame({"product": ["a"], "orders": [1]})
    chart = replace(CHARTS["top_products"], title="\U0001f4c8" * 20)
    names = list(sheets(workbook.workbook([(chart, Answer(frame)), (chart, Answer(frame))], [])))
    assert names[1:] == ["\U0001f4c8" * 14, "\U0001f4c8" * 14 + " 2"]
    assert all(len(name.encode("utf-16-le")) // 2 <= 31 for name in names)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\t@y", "x\t'@y"),
        ("a\n+b", "a\n'+b"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("x;－1", "x;'－1"),
        ("\tx", "'\tx"),
        ("-2 °C", "'-2 °C"),
        ("x; y", "x; y"),
        ("a=b", "a=b"),
        ("50 % - 60 %", "50 % - 60 %"),
        ("", ""),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_made_safe(text: str, safe: str) -> None:
    assert csv_text.safe_text(text) == safe
    assert csv_text.to_csv(pd.DataFrame({"a": ["b", text]})) == pd.DataFrame({"a": ["b", safe]}).to_csv(index=False)


# --- what routes say to browsers and proxies
def test_data_are_kept_by_no_browser_and_no_proxy(web: FlaskClient) -> None:
    for address in (f"/data/kpis.csv?{EVERY}", f"/data/kpis.json?{EVERY}", "/data/", f"/lines.csv?{EVERY}",
                    f"/export/kpis.xlsx?{EVERY}", "/quality/toy.json", "/data/nothing.csv"):  # fmt: skip
        assert web.get(address).headers["Cache-Control"] == "private, no-store", address


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["nothing", "a b", "..", "%2e%2e", "toy%00", "x" * 300, "toy%2f..%2ftoy", "CURRENT"])
def test_a_quality_report_of_no_data_set_is_refused(web: FlaskClient, name: str) -> None:
    assert web.get(f"/quality/{name}.json").status_code in (400, 404)


# --- host names
def served(names: tuple[str, ...] = (), proxies: int = 0) -> FlaskClient:
    flask = Flask("tested")
    server.install_errors(flask)
    hosts.install(flask, names, proxies)
    flask.add_url_rule("/base", "base", lambda: hosts.trusted_base() or "none")
    flask.add_url_rule("/healthz", "healthz", lambda: "well")
    return flask.test_client()


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8050", "app.localhost", "127.0.0.1:8050", "[::1]:8050", "192.168.1.7", "10.0.0.1:81"],
)
def test_this_machine_and_addresses_are_always_answered(host: str) -> None:
    for web in (served(), served(("shop.example.com",)), served(proxies=1)):
        assert web.get("/base", headers={"Host": host}).get_data(as_text=True) == f"http://{host}"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b", "[x"])
def test_another_name_is_refused(host: str) -> None:
    for web in (served(), served(("shop.example.com",)), served(("shop.example.com",), proxies=1)):
        assert web.get("/base", headers={"Host": host}).status_code == 400
        assert web.get("/healthz", headers={"Host": host}).status_code == 200


def test_named_hosts_are_answered() -> None:
    web = served(("shop.example.com", ".example.org"))
    for host in ("shop.example.com", "SHOP.example.com:443", "example.org", "a.b.example.org"):
        assert web.get("/base", headers={"Host": host}).status_code == 200, host
    for host in ("example.com", "evilshop.example.com", "evilexample.org"):
        refused = web.get("/base", headers={"Host": host})
        assert refused.status_code == 400
        assert "STORESIGHT_HOSTS" in refused.get_json()["error"]


def test_behind_a_router_every_name_is_answered_but_none_stands_in_a_file(root: Path) -> None:
    assert served(proxies=1).get("/base", headers={"Host": "shop.platform.example"}).get_data(as_text=True) == "none"
    flask = routes(Service(root, NoCache()))
    hosts.install(flask, (), 1)
    for host, link in (
        ("evil.example", "/overview?data=toy&range=all"),
        ("127.0.0.1:8050", "http://127.0.0.1:8050/overview?data=toy&range=all"),
    ):
        book = flask.test_client().get("/export/kpis.xlsx?data=toy", headers={"Host": host}).data
        assert dict(row[:2] for row in sheets(book)["About"])["Link"] == link


def test_order_lines_are_a_workbook_with_the_columns_and_the_filter_of_the_address(root: Path) -> None:
    web = routes(Service(root, NoCache())).test_client()
    csv = pd.read_csv(io.StringIO(web.get(f"/lines.csv?{EVERY}").get_data(as_text=True)))
    file = web.get(f"/lines.xlsx?{EVERY}")
    assert re.search(r'"order_lines_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.xlsx"', file.headers["Content-Disposition"])
    found = sheets(file.get_data())
    assert list(found) == ["Order lines", "About"], "it opens on the lines"
    head, *body = found["Order lines"]
    assert len(head) == len(csv.columns)
    assert len(body) == len(csv)
    about = dict(row[:2] for row in found["About"])
    assert about["Order lines"] == str(len(csv))
    amount = head.index("Amount")
    assert sum(row[amount] for row in body) == pytest.approx(csv["amount"].sum())
    few = sheets(web.get(f"/lines.xlsx?{EVERY}&columns=amount,order_id").get_data())["Order lines"]
    assert few[0] == ("Order", "Amount"), "in the order of the fields"
    assert (
        web.get(f"/lines.csv?{EVERY}&columns=amount%2Corder_id").get_data(as_text=True).startswith("order_id,amount\n")
    )
    assert "did you mean" in web.get(f"/lines.xlsx?{EVERY}&columns=amounts").get_data(as_text=True).lower()
    assert len(sheets(web.get(f"/lines.xlsx?{EVERY}&customer=").get_data())["Order lines"]) <= 1 + len(csv)


def test_files_of_order_lines_follow_the_order_of_their_address(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "ROWS_AT_ONCE", 7)  # the order goes on from part to part
    web = routes(Service(root, NoCache())).test_client()
    whole = pd.read_csv(io.StringIO(web.get(f"/lines.csv?{EVERY}").get_data(as_text=True)))
    told = web.get(f"/lines.csv?{EVERY}&sort=product,-amount").get_data(as_text=True)
    expected = whole.sort_values(["product", "amount"], ascending=[True, False], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(told)), expected)
    found = sheets(web.get(f"/lines.xlsx?{EVERY}&columns=order_id&sort=-ordered_at").get_data())
    newest = whole.sort_values("ordered_at", ascending=False, kind="stable")["order_id"]
    assert [str(row[0]) for row in found["Order lines"][1:]] == newest.astype(str).tolist()
    assert dict(row[:2] for row in found["About"])["Sorted by"].endswith(" ↓")
    assert "did you mean" in web.get(f"/lines.csv?{EVERY}&sort=-amounts").get_data(as_text=True).lower()
    assert web.get(f"/lines.csv?{EVERY}&sort=product,amount,order_id,quantity,-amount").status_code == 400


def test_a_workbook_of_lines_is_written_in_parts_and_cut_where_it_would_be_too_large(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_text, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(workbook.rows_kept, "__defaults__", (14,))
    web = routes(Service(root, NoCache())).test_client()
    found = sheets(web.get(f"/lines.xlsx?{EVERY}&columns=order_id,product").get_data())
    assert len(found["Order lines"]) == 1 + 7
    assert dict(row[:2] for row in found["About"])["Rows"].startswith("The first 7 of ")


def test_a_line_that_would_be_a_formula_is_a_text_in_excel(tmp_path: Path) -> None:
    stores.write(tmp_path, companies.nasty())
    body = routes(Service(tmp_path, NoCache())).test_client().get("/lines.xlsx?data=toy&range=all").get_data()
    cells = load_workbook(io.BytesIO(body))["Order lines"].iter_rows()
    assert all(cell.data_type != "f" for row in cells for cell in row)


def test_a_file_holds_what_the_filter_on_its_own_marks_says(web: FlaskClient) -> None:
    """As its About sheet says: the page shows all bars there, so that they can be clicked."""
    for chart, query in (("top_products", "product=iPhone"), ("revenue_by_city", "place=US%7E1OR%2F%2FSalem")):
        found = sheets(web.get(f"/export/{chart}.xlsx?{EVERY}&{query}").get_data())
        assert len(list(found.values())[1]) == 1 + 1, chart
        assert web.get(f"/data/{chart}.csv?{EVERY}&{query}").get_data(as_text=True).count("\n") == 2
