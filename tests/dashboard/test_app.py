"""The application as a whole: what it serves, to whom it speaks, what it allows."""

from __future__ import annotations

import json
import logging
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from analytics import store as stores
from analytics.profile import Profile
from dashboard.answers.service import Service
from dashboard.answers.viewers import ANONYMOUS, EVERYTHING, Viewer
from dashboard.app import create_app
from dashboard.chart import Chart
from dashboard.page import routes
from dashboard.page.protocol import PageAnswer
from dashboard.pages import BY_PATH, PAGES
from dashboard.screens import MOST_CARDS
from dashboard.settings import Settings
from dashboard.web import static
from tests.analytics import companies
from tests.calls import ROUTE, page_request
from tests.dashboard.conftest import NoCache
from tests.processes import ROOT

# Names of XML languages are no addresses: nothing is asked of them.
NAMES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink")
ADDRESS = re.compile(
    r"(?:https?|wss?):\\?/\\?/[^\s\"'`)<>\\]+|(?<![\w:'\"/])//[a-z0-9-]+(?:\.[a-z0-9-]+)+/[^\s\"')]*", re.IGNORECASE
)


DRAW = re.compile(r"Plotly\??\.(?:react|newPlot)\(.*")


def outside(text: str) -> list[str]:
    """Addresses of other hosts in a text."""
    return [a for a in ADDRESS.findall(text) if not a.startswith(NAMES)]


def page(web: FlaskClient, path: str = "/") -> str:
    answer = web.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_address_is_found_when_there_is_one() -> None:
    assert outside("a { background: url(//cdn.example.com/x.png) }") == ["//cdn.example.com/x.png"]
    assert outside("<script src='https://cdn.example.com/p.js'>") == ["https://cdn.example.com/p.js"]
    assert outside("<svg xmlns='http://www.w3.org/2000/svg'> // a remark") == []


# --- nothing from outside
@pytest.mark.parametrize("path", ["/", *(p.path for p in PAGES)])
def test_pages_name_no_other_host(web: FlaskClient, path: str) -> None:
    text = page(web, path)
    assert outside(text) == []
    for source in re.findall(r"(?:src|href)=\"([^\"]+)\"", text):
        assert source.startswith(("/", "#")), source
        assert not source.startswith("//"), source


@pytest.mark.long
def test_every_file_of_the_page_is_there(web: FlaskClient) -> None:
    sources = re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page(web))
    assert len(sources) > 10
    for source in sources:
        assert web.get(source.replace("&amp;", "&")).status_code == 200, source


def test_our_own_files_name_no_other_host(web: FlaskClient) -> None:
    files = [f for f in (ROOT / "assets").rglob("*") if f.suffix in (".css", ".js", ".html", ".svg")]
    assert len(files) >= 6
    for file in files:
        assert outside(file.read_text("utf-8")) == [], file.name


def test_styles_fetch_nothing_from_outside(web: FlaskClient) -> None:
    for source in re.findall(r"href=\"([^\"]+\.css[^\"]*)\"", page(web)):
        text = web.get(source).get_data(as_text=True)
        for target in re.findall(r"url\(([^)]*)\)|@import\s+([^;]+)", text):
            address = "".join(target).strip("\"' ")
            assert not address.startswith(("http", "//")), (source, address)


def test_the_layout_and_the_callbacks_name_no_other_host(web: FlaskClient) -> None:
    for path in ("/_dash-layout", "/_dash-dependencies", "/data/"):
        assert outside(page(web, path)) == [], path


# --- plotly stays at home
def test_pictures_are_drawn_in_one_place_with_the_cloud_button_and_the_logo_off() -> None:
    assert not [f for f in (ROOT / "dashboard").rglob("*.py") if "dcc.Graph(" in f.read_text("utf-8")]
    drawn = [
        c
        for f in (*ROOT.glob("assets/js/*.js"), *ROOT.glob("dashboard/report/*.js"))
        for c in DRAW.findall(f.read_text("utf-8"))
    ]
    assert len(drawn) == 2
    assert all("CONFIG)" in call for call in drawn)
    config = re.search(r"CONFIG = \{(.*?)\}", (ROOT / "assets/js/figures.js").read_text("utf-8"), re.DOTALL)
    assert config is not None
    for setting in ("showSendToCloud: false", 'plotlyServerURL: ""', "displaylogo: false", "displayModeBar: false"):
        assert setting in config[1]


# --- what the browser may do
@pytest.mark.parametrize("path", ["/", "/data/kpis.csv?data=demo", "/nope", "/_dash-layout"])
def test_the_content_policy_forbids_eval_and_other_hosts(web: FlaskClient, path: str) -> None:
    headers = web.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not [
        word for rule in policy.values() for word in rule.split() if "." in word or word in ("*", "http:", "https:")
    ]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_every_inline_script_is_allowed_by_its_hash(web: FlaskClient) -> None:
    import base64
    import hashlib

    answer = web.get("/")
    policy = answer.headers["Content-Security-Policy"]
    inline = re.findall(
        r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL
    )
    assert inline
    for script in inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy, script[:80]


# --- pages
def test_pages_are_listed_once_and_their_charts_have_one_name_each() -> None:
    assert len({p.title for p in PAGES}) == len(PAGES) >= 6
    assert list(BY_PATH) == [s.path for p in PAGES for s in p.screens]
    by_name: dict[str, Chart] = {}
    for chart in (c for p in PAGES for c in p.charts):
        assert by_name.setdefault(chart.name, chart) is chart, f"two charts are called {chart.name}"
        assert re.fullmatch(r"[a-z_]+", chart.name)


def test_a_tab_is_short_and_its_rows_fill_twelve_columns() -> None:
    for screen in BY_PATH.values():
        cards = [chart for chart in screen.charts if not chart.bare]  # the headline and the strip of figures are none
        assert 1 <= len(cards) <= MOST_CARDS, screen.path
        for row in screen.tab.rows:
            assert sum(width for _, width in row) == 12, [c.name for c, _ in row]


def test_a_chart_stands_once_on_its_page_and_tabs_have_addresses_of_their_own() -> None:
    for listed in PAGES:
        names = [c.name for c in listed.charts]
        assert len(set(names)) == len(names), listed.name
        tabs = [tab.name for tab in listed.tabs]
        assert len(set(tabs)) == len(tabs)
        assert all(re.fullmatch("[a-z-]+", name) for name in tabs) or tabs == [""]
        assert [s.path for s in listed.screens] == [listed.path, *(f"{listed.path}/{name}" for name in tabs[1:])]


@pytest.mark.sampled(14)
@pytest.mark.parametrize("path", ["/", *BY_PATH, *(f"{p.path}/" for p in PAGES)])
def test_every_page_is_served(web: FlaskClient, path: str) -> None:
    assert "Storesight" in page(web, path)


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/overview/x",
        "/products/nothing",
        "/products/sales",
        "/products/stock/x",
        "/Overview",
        "/.env",
        "/assets/../pyproject.toml",
        "/store",
        "/data",
        "/wp-login.php",
    ],
)
def test_what_is_no_page_is_404(web: FlaskClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code in (404, 308)
    if answer.status_code == 404:
        assert "Traceback" not in answer.get_data(as_text=True)


def test_an_address_without_a_page_looks_like_the_application_and_leads_back(web: FlaskClient) -> None:
    answer = web.get("/trend?data=demo")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert 'class="rail"' in text
    assert re.search('href="/trends\\?data=demo"[^>]*>Trends', text), "what may have been meant"
    removed = web.get("/products/gone").get_data(as_text=True)
    assert re.search('href="/products/stock"[^>]*>Products · Stock', removed), "the tabs that are there"
    assert re.search('href="/"[^>]*>Go to the overview', text)
    hostile = web.get("/%3Cscript%3Ealert(1)%3C/script%3E")
    assert hostile.status_code == 404
    assert b"<script>alert" not in hostile.data


def test_a_defect_is_a_page_with_an_id_or_json_with_it(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect() -> str:
        raise KeyError("what only the log may say")

    flask = web.application
    monkeypatch.setitem(flask.view_functions, "healthz", defect)
    monkeypatch.setitem(flask.config, "PROPAGATE_EXCEPTIONS", False)
    for accepted, told in (("text/html", "Something went wrong"), ("application/json", "error id")):
        answer = web.get("/healthz", headers={"Accept": accepted, "X-Request-ID": "abc123"})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 500
        assert told in text
        assert "abc123" in text
        assert "only the log" not in text


TRAVERSALS = (
    "/assets/..%2fpyproject.toml",
    "/assets/%2e%2e/pyproject.toml",
    "/vendor/bs/../../../../etc/passwd",
    "/export/..%2f..%2fx.xlsx",
    "/_dash-component-suites/dash/../../../etc/passwd",
    "/quality/..%2f..%2fetc.json",
)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out(web: FlaskClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code in (400, 404)
    assert "[project]" not in answer.get_data(as_text=True)


def test_the_first_page_shows_the_default_view(web: FlaskClient, store: Path) -> None:
    shown = told(web, "http://localhost/")
    first = json.loads(web.get("/data/kpis.json").data)["data"]
    usual = stores.open(store, first).profile.default_view or "range=last_month"
    assert shown["href"] == f"/overview?data={first}&{usual}", "the address says what it shows"
    assert "href" not in told(web, shown["href"])
    assert f"/trends?data={first}" in shown["nav"]
    assert "nav-item nav-link-in current" in shown["nav"]
    assert shown["cards"]["kpis"]["state"] == "ok"
    assert "data-chart" in shown["body"]
    assert "There is no such page" in told(web, "http://localhost/nope")["body"]


def test_an_address_of_a_data_set_that_is_not_there_shows_no_other_one(web: FlaskClient) -> None:
    for name, said in (
        ("gone", "gone"),
        ("Gone%20Shop", "Gone Shop"),
        ("%3Cb%3E", "&lt;b&gt;"),
        ("..%2fdemo", "../demo"),
    ):
        shown = told(web, f"http://localhost/products/stock?data={name}&range=all")
        assert f"There is no data set “{said}” here." in shown["body"]
        assert 'href="/products/stock?data=demo"' in shown["body"]
        assert (shown["cards"], "data=" in shown["nav"]) == ({}, False)
        answer = web.get(f"/overview?data={name}")
        assert answer.status_code == 404
        assert "There is no data set" in answer.get_data(as_text=True)
    assert web.get("/overview?data=demo").status_code == 200


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("citty=Boston", "The address names a filter that does not exist: “citty”. Did you mean “city”?"),
        ("city=Atlantis", "City “Atlantis” is not in the data"),
        ("range=someday", "is not a range."),
        ("compare=never", "The address names a comparison that does not exist: “never”."),
        ("grain=decade", "The address divides time in a way that does not exist: “decade”."),
        ("a.B.c=1", "A part of the address cannot be read: “a.B.c”."),
    ],
)
def test_what_an_address_says_wrongly_is_told_in_plain_words(web: FlaskClient, query: str, said: str) -> None:
    bar = told(web, f"http://localhost/overview?data=demo&{query}")["bar"]
    assert said in bar.replace("&#39;", "&#x27;")
    assert "URL" not in bar


def told(web: FlaskClient, href: str) -> dict[str, Any]:
    return dict(json.loads(web.post(ROUTE, json=page_request(href)).data))


def test_the_head_is_sent_before_the_answer_is_made(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """And each part can be read when it arrives, however it is compressed."""
    for encoding, reader in (("identity", None), ("gzip", gunzip), ("zstd", unzstd)):
        made: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(routes, "first_answer", lambda *_, made=made: made.append("answer") or NOTHING)
            parts = web.get("/", headers={"Accept-Encoding": encoding}, buffered=False).iter_encoded()
            first = next(parts)
            head = first if reader is None else reader(first)
            assert b"modulepreload" in head
            assert head.rstrip().endswith(b"<body>")
            assert not made
            assert b"".join(parts)
            assert made == ["answer"]


NOTHING = PageAnswer(0, "none", {})


def gunzip(part: bytes) -> bytes:
    return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(part)


def unzstd(part: bytes) -> bytes:
    return bytes(static.zstd.ZstdDecompressor().decompress(part))


def test_an_index_page_that_fails_says_so_and_logs_why(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(routes, "first_answer", broken)
    shown = page(web)
    assert "This page failed" in shown
    assert "secret" not in shown
    assert "secret" in caplog.text


def test_a_worker_that_served_no_page_yet_has_the_scripts_of_one(web: FlaskClient, tmp_path: Path) -> None:
    page = web.get("/").get_data(as_text=True)
    scripts = re.findall(r'(?:src|href)="(/[^"]+\.js[^"]*)"', page)
    assert any("plotly" in s for s in scripts)
    another = _app(tmp_path).server.test_client()
    assert {another.get(s).status_code for s in scripts} == {200}


def _app(folder: Path) -> Dash:
    """An application without data, and the log as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = create_app(Settings(store=folder / "store", load=False, cache_dir=folder / "cache"))
    root.handlers[:], root.level = handlers, level
    return app


def test_without_data_the_pages_are_served_and_say_so(tmp_path: Path) -> None:
    web = _app(tmp_path).server.test_client()
    assert web.get("/", buffered=True).status_code == 200
    assert web.get("/healthz").status_code == 200
    assert web.get("/readyz").status_code == 503
    assert json.loads(web.get("/readyz").data)["reasons"]
    shown = told(web, "http://localhost/")
    assert "No data" in shown["body"]
    assert shown["cards"] == {}


def test_components_are_served_from_here(real_app: Dash) -> None:
    assert real_app.config.serve_locally
    assert not real_app.config.external_scripts
    assert all(str(s).startswith("/") for s in real_app.config.external_stylesheets)


# --- which data set opens
def test_the_data_set_used_last_opens_again(web: FlaskClient) -> None:
    """Kept by a cookie, which allows nothing: a name that is not known is ignored."""
    first = web.get("/overview?data=demo")
    assert "storesight_data=demo" in first.headers["Set-Cookie"]
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in web.get("/overview?data=demo").headers, "it is known already"
    assert "Set-Cookie" not in web.get("/overview?data=nope").headers
    web.set_cookie("storesight_data", "../nope")
    assert web.get("/").status_code == 200


def test_invented_data_open_last_and_a_setting_comes_before_all(tmp_path: Path) -> None:
    for name, invented in (("a", True), ("b", False), ("c", False)):
        tables = companies.one_row()
        tables.profile = Profile(name, name.upper(), invented=invented)
        stores.write(tmp_path, tables)
    service = Service(tmp_path, NoCache())
    assert service.for_viewer(ANONYMOUS).default_dataset() == "b"
    for wanted, found in ((("c", "a"), "c"), (("", "a"), "a"), (("gone", ""), "b")):
        service.wanted = lambda wanted=wanted: wanted
        assert service.for_viewer(ANONYMOUS).default_dataset() == found
    only_c = Viewer("limited", EVERYTHING, datasets=frozenset("c"))
    service.wanted = lambda: ("a",)
    assert service.for_viewer(only_c).default_dataset() == "c", "nobody learns of others"
