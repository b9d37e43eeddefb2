"""The application as a whole: what it serves, to whom it speaks, what it allows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.chart import Chart
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.settings import Settings
from dashboard.tiles import GRAPH_CONFIG, tile
from tests.processes import ROOT

# Names of XML languages are no addresses: nothing is asked of them.
NAMES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink")
ADDRESS = re.compile(
    r"(?:https?|wss?):\\?/\\?/[^\s\"'`)<>\\]+|(?<![\w:'\"/])//[a-z0-9-]+(?:\.[a-z0-9-]+)+/[^\s\"')]*", re.IGNORECASE
)


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
@pytest.mark.parametrize("path", ["/", *BY_PATH])
def test_pages_name_no_other_host(web: FlaskClient, path: str) -> None:
    text = page(web, path)
    assert outside(text) == []
    for source in re.findall(r"(?:src|href)=\"([^\"]+)\"", text):
        assert source.startswith("/"), source
        assert not source.startswith("//"), source


def test_every_file_of_the_page_is_there(web: FlaskClient) -> None:
    sources = re.findall(r"(?:src|href)=\"([^\"]+)\"", page(web))
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
def graphs(component: Any) -> list[Any]:
    found = [component] if type(component).__name__ == "Graph" else []
    children = getattr(component, "children", None)
    for child in children if isinstance(children, list | tuple) else [children]:
        if hasattr(child, "to_plotly_json"):
            found += graphs(child)
    return found


def test_every_graph_has_the_cloud_button_and_the_logo_off() -> None:
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["plotlyServerURL"] == ""
    assert GRAPH_CONFIG["displaylogo"] is False
    drawn = [c for c in CHARTS.values() if c.kind == "figure"]
    for chart in drawn:
        found = graphs(tile(chart, 6))
        assert len(found) == 1, chart.name
        assert found[0].config["showSendToCloud"] is False
        assert found[0].config["plotlyServerURL"] == ""
        assert found[0].config.get("displayModeBar") is False


def test_no_graph_is_made_anywhere_else() -> None:
    makers = [
        f.relative_to(ROOT).as_posix()
        for f in (ROOT / "dashboard").rglob("*.py")
        if "dcc.Graph(" in f.read_text("utf-8")
    ]
    assert makers == ["dashboard/tiles.py"]


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
    assert [p.title for p in PAGES] == ["Overview", "Trends", "Products", "Basket", "Geography", "Customers"]
    assert list(BY_PATH.values()) == list(PAGES)
    by_name: dict[str, Chart] = {}
    for chart in (c for p in PAGES for c in p.charts):
        assert by_name.setdefault(chart.name, chart) is chart, f"two charts are called {chart.name}"
        assert re.fullmatch(r"[a-z_]+", chart.name)


def test_rows_fill_twelve_columns() -> None:
    for listed in PAGES:
        for row in listed.rows:
            assert sum(width for _, width in row) == 12, [c.name for c, _ in row]


@pytest.mark.parametrize("path", ["/", *BY_PATH, *(f"{p}/" for p in BY_PATH)])
def test_every_page_is_served(web: FlaskClient, path: str) -> None:
    assert "Storesight" in page(web, path)


@pytest.mark.parametrize(
    "path",
    ["/nope", "/overview/x", "/Overview", "/.env", "/assets/../pyproject.toml", "/store", "/data", "/wp-login.php"],
)
def test_what_is_no_page_is_404(web: FlaskClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code in (404, 308)
    if answer.status_code == 404:
        assert "Traceback" not in answer.get_data(as_text=True)


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


def test_the_first_page_shows_the_default_view(real_app: Dash, web: FlaskClient) -> None:
    from tests.dashboard.test_callbacks import answered, body

    nav = json.dumps(answered(web, body(real_app, "nav.children", {"url.href": "http://localhost/"})))
    first = json.loads(web.get("/data/kpis.json").data)["data"]
    assert f"/trends?data={first}" in nav
    assert "nav-item nav-link-in current" in nav
    shown = json.dumps(answered(web, body(real_app, "page.children", {"url.href": "http://localhost/"})))
    assert '"chart": "kpis"' in shown
    assert "There is no such page" in json.dumps(
        answered(web, body(real_app, "page.children", {"url.href": "http://localhost/nope"}))
    )


def test_without_data_the_pages_are_served_and_say_so(tmp_path: Path) -> None:
    import logging

    from tests.dashboard.test_callbacks import answered, body

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = create_app(Settings(store=tmp_path / "store", load=False, cache_dir=tmp_path / "cache"))
    root.handlers[:], root.level = handlers, level
    web = app.server.test_client()
    assert web.get("/").status_code == 200
    assert web.get("/healthz").status_code == 200
    assert web.get("/readyz").status_code == 503
    assert json.loads(web.get("/readyz").data)["reasons"]
    for output in ("nav.children", "page.children"):
        assert "No data" in json.dumps(answered(web, body(app, output, {"url.href": "http://localhost/"})))


def test_components_are_served_from_here(real_app: Dash) -> None:
    assert real_app.config.serve_locally
    assert not real_app.config.external_scripts
    assert all(str(s).startswith("/") for s in real_app.config.external_stylesheets)
