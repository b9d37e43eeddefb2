"""How the server behaves: logs, headers, health, 404s, static files, limits, proxies."""

from __future__ import annotations

import gzip
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from backports import zstd
from dash import Dash, Input, Output, html
from flask import Flask, Response, request
from flask.testing import FlaskClient

from dashboard import journal
from dashboard.bundles import plotly
from dashboard.web import server, static

INLINE = "document.documentElement.dataset.bsTheme='dark'"
DECODERS = {"zstd": zstd.decompress, "br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture
def unready() -> list[str]:
    """Reasons why the application is not ready; a test may add some."""
    return []


@pytest.fixture
def app(tmp_path: Path, unready: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Dash]:
    """A Dash application of one component with every manner installed, in the order create_app uses; none of its files
    was compressed before."""
    monkeypatch.setattr(plotly, "FOLDER", tmp_path / "scripts")
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "style.css").write_text("body { color: red }\n" * 100)
    (assets / "tiny.js").write_text("1;")
    (assets / "picture.png").write_bytes(b"\x89PNG" * 1000)
    dash = Dash("tested", assets_folder=str(assets), compress=False, serve_locally=True)
    dash.layout = html.Div([html.Div(id="a"), html.Div(id="b")])
    dash.clientside_callback("function(x) { return x; }", Output("b", "children"), Input("a", "children"))
    flask: Flask = dash.server
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    server.install_log(flask, "debug")
    server.install_limits(flask)
    server.install_security(flask, dash.csp_hashes, (INLINE,))
    server.install_health(flask, lambda: unready, lambda: {"cache": "closed"})
    server.install_pages_only(flask, ("/", "/trends"))
    server.install_compression(flask)
    static.install(flask)

    @flask.get("/data/long.csv")
    def long_csv() -> Response:
        journal.note(chart="kpis", hit=True)
        return Response("product,revenue\n" * 500, mimetype="text/csv")

    @flask.get("/fails")
    def fails() -> Response:
        raise ZeroDivisionError("no orders")

    @flask.post("/echo")
    def echo() -> Response:
        return Response(request.get_data())

    @flask.get("/address")
    def address() -> Response:
        return Response(f"{request.remote_addr} {request.url}")

    yield dash
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def client(app: Dash) -> FlaskClient:
    return app.server.test_client()


class Lines(logging.Handler):
    """Log lines as dictionaries."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(journal.JsonLines())
        self.found: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(json.loads(self.format(record)))


@pytest.fixture
def lines(app: Dash) -> Iterator[Lines]:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def requests(lines: Lines) -> list[dict[str, object]]:
    return [line for line in lines.found if line["message"] == "request"]


def test_a_request_writes_one_line_with_what_was_noted(client: FlaskClient, lines: Lines) -> None:
    response = client.get("/data/long.csv?data=demo")
    (line,) = requests(lines)
    assert {k: line[k] for k in ("level", "method", "path", "status", "chart", "hit")} == {
        "level": "info",
        "method": "GET",
        "path": "/data/long.csv",
        "status": 200,
        "chart": "kpis",
        "hit": True,
    }
    assert isinstance(line["ms"], float)
    assert response.headers["X-Request-ID"] == line["request"]
    assert journal.facts() == {}  # nothing is left for what the thread does next


def test_facts_of_one_request_do_not_reach_the_next(client: FlaskClient, lines: Lines) -> None:
    client.get("/data/long.csv")
    client.get("/address")
    first, second = requests(lines)
    assert "chart" in first
    assert "chart" not in second
    assert first["request"] != second["request"]


@pytest.mark.parametrize(("given", "kept"), [("abc-123.x", True), ("a" * 65, False), ("a b", False), ("é", False)])
def test_a_routers_request_id_is_kept_if_it_is_one(client: FlaskClient, given: str, kept: bool) -> None:
    answered = client.get("/address", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (answered == given) is kept
    assert answered


def test_an_error_is_logged_with_its_request(client: FlaskClient, lines: Lines) -> None:
    client.application.testing = False
    response = client.get("/fails")
    assert response.status_code == 500
    assert b"ZeroDivisionError" not in response.data
    (line,) = requests(lines)
    (fault,) = [one for one in lines.found if "traceback" in one]
    assert line["status"] == 500
    assert "no orders" in str(fault["traceback"])
    assert fault["request"] == line["request"] == response.headers["X-Request-ID"]


def test_static_files_and_health_are_quiet_unless_they_fail(client: FlaskClient, lines: Lines) -> None:
    client.get("/healthz")
    client.get("/assets/style.css")
    client.get("/assets/none.css")
    assert [line["level"] for line in requests(lines)] == ["debug", "debug", "info"]


def test_a_log_line_is_one_line(client: FlaskClient, lines: Lines) -> None:
    client.get("/data/%0a%22injected")
    assert "\n" not in lines.format(logging.makeLogRecord({"msg": 'two\nlines "quoted"'}))
    assert requests(lines)[0]["path"] == '/data/\n"injected'


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/", "/nowhere", "/assets/style.css", "/vendor/bs/css/bootstrap.min.css"):
        headers = client.get(path).headers
        own_file = path.startswith(("/assets/", "/vendor/"))  # which any frame may load; nothing else may be
        for name, value in (server.HEADERS | (static.FOR_ANY_FRAME if own_file else {})).items():
            assert headers[name] == value, path
        assert ("Access-Control-Allow-Origin" in headers) == own_file, path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-eval" not in headers["Content-Security-Policy"]


def test_the_policy_allows_each_inline_script_and_no_other(client: FlaskClient, app: Dash) -> None:
    client.get("/healthz")  # the first answer must not fix a policy that lacks scripts
    page = client.get("/")
    scripts = page.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0].split()
    assert set(app.csp_hashes()) <= set(scripts)
    assert len(scripts) == 1 + len(app.csp_hashes()) + 1  # 'self', Dash's, ours
    assert "'unsafe-inline'" not in scripts


def test_strict_transport_only_over_https(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    assert "Strict-Transport-Security" in client.get("/healthz", base_url="https://shop.example").headers


def test_health_and_readiness(client: FlaskClient, unready: list[str]) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "reasons": [], "cache": "closed"})
    unready.append("no data set is loaded yet")
    refused = client.get("/readyz")
    assert refused.status_code == 503
    assert refused.json["reasons"] == ["no data set is loaded yet"]
    assert refused.headers["Cache-Control"] == "no-store"
    assert client.get("/healthz").status_code == 200


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/trends", 200),
        ("/trends/", 200),
        ("/trends?range=all", 200),
        ("/Trends", 404),
        ("/nowhere", 404),
        ("/trends/more", 404),
        ("/_mcp", 404),
        ("/.env", 404),
        ("/health", 404),
        ("/_dash-layout", 200),
        ("/_dash-component-suites/dash/none.js", 404),
        ("/_dash-component-suites/os/path.py", 404),
        ("/assets/../server.py", 404),
        ("/assets/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/vendor/bs/../../../app.py", 404),
    ],
)
def test_only_pages_and_routes_answer(client: FlaskClient, path: str, status: int) -> None:
    client.application.testing = False
    assert client.get(path).status_code == status


def test_a_body_over_the_limit_is_refused(client: FlaskClient) -> None:
    assert client.post("/echo", data=b"x" * server.LARGEST_BODY).status_code == 200
    assert client.post("/echo", data=b"x" * (server.LARGEST_BODY + 1)).status_code == 413


@pytest.mark.parametrize(("accepts", "encoding"), [("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "gzip"), ("", "")])
def test_answers_are_compressed_as_the_browser_asks(client: FlaskClient, accepts: str, encoding: str) -> None:
    plain = client.get("/data/long.csv").data
    response = client.get("/data/long.csv", headers={"Accept-Encoding": accepts})
    assert response.headers.get("Content-Encoding", "") == encoding
    assert (DECODERS[encoding](response.data) if encoding else response.data) == plain


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("accepts", "encoding"), [("gzip, br, zstd", "zstd"), ("gzip, br", "br"), ("gzip", "gzip"), ("", "")]
)
@pytest.mark.parametrize("path", ["/assets/style.css", "/vendor/bs/css/bootstrap.min.css", "/_favicon.ico"])
def test_static_files_come_whole_in_every_encoding(client: FlaskClient, path: str, accepts: str, encoding: str) -> None:
    plain = client.get(path)
    assert plain.status_code == 200
    for _ in range(2):  # computed, then remembered
        response = client.get(path, headers={"Accept-Encoding": accepts})
        used = response.headers.get("Content-Encoding", "")
        assert used == ("" if path.endswith(".ico") else encoding)
        assert (DECODERS[used](response.data) if used else response.data) == plain.data
        assert response.content_type == plain.content_type
        assert "Accept-Encoding" in response.headers["Vary"]


def test_a_static_file_is_compressed_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setitem(static.ENCODERS, "br", lambda data: calls.append(len(data)) or brotli.compress(data))
    for _ in range(3):
        client.get("/assets/style.css", headers={"Accept-Encoding": "br"})
    assert calls == [2000]


def test_small_files_and_pictures_are_left_alone(client: FlaskClient) -> None:
    for path in ("/assets/tiny.js", "/assets/picture.png"):
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "br"}).headers


def test_a_fingerprint_that_is_true_is_kept_for_good_and_else_asked_again(client: FlaskClient, app: Dash) -> None:
    named = client.get("/").text.split('"')
    bundle = next(s for s in named if "dash_renderer" in s and s.endswith(".js"))
    style = next(s for s in named if s.startswith("/assets/style.css?m="))
    caching = {
        style: static.FOR_GOOD,
        f"{style}9": static.ASK_AGAIN,
        "/assets/style.css": static.ASK_AGAIN,
        static.bootstrap_url("css/bootstrap.min.css"): static.FOR_GOOD,
        "/vendor/bs/css/bootstrap.min.css": static.ASK_AGAIN,
        "/vendor/bs/css/bootstrap.min.css?v=0": static.ASK_AGAIN,
        bundle: static.FOR_GOOD,
    }
    assert {path: client.get(path).headers["Cache-Control"] for path in caching} == caching


def test_an_unchanged_file_is_not_sent_again(client: FlaskClient, app: Dash) -> None:
    for accepts in ("", "br", "zstd"):
        headers = {"Accept-Encoding": accepts}
        tag = client.get("/assets/style.css", headers=headers).headers["ETag"]
        again = client.get("/assets/style.css", headers={**headers, "If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
    (Path(app.config.assets_folder) / "style.css").write_text("body { color: blue }\n" * 100)
    changed = client.get("/assets/style.css", headers={**headers, "If-None-Match": tag})
    assert changed.status_code == 200
    assert b"blue" in zstd.decompress(changed.data)


def test_a_first_request_may_be_conditional_or_for_a_part(client: FlaskClient) -> None:
    whole = client.get("/assets/style.css?x").data
    date = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT", "If-None-Match": '"other"', "Accept-Encoding": "gzip"}
    first = client.get("/assets/style.css", headers=date)
    assert (first.status_code, gzip.decompress(first.data)) == (200, whole)
    part = client.get("/assets/tiny.js", headers={"Range": "bytes=0-0"})
    assert part.data in (b"1;", b"1")
    assert client.get("/assets/tiny.js").data == b"1;"


def test_head_has_no_body(client: FlaskClient) -> None:
    assert client.head("/assets/style.css").data == b""
    assert len(client.get("/assets/style.css").data) == 2000


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1 http://localhost/address"), (1, "9.9.9.9 https://shop.example/address")]
)
def test_forwarded_headers_count_only_behind_a_trusted_proxy(proxies: int, seen: str) -> None:
    flask = Flask("proxied")
    server.install_proxy(flask, proxies)
    flask.add_url_rule("/address", view_func=lambda: f"{request.remote_addr} {request.url}")
    forwarded = {
        "X-Forwarded-For": "6.6.6.6, 9.9.9.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.example",
    }
    assert flask.test_client().get("/address", headers=forwarded).text == seen


def test_the_log_configuration_writes_json_on_standard_error() -> None:
    configuration = journal.configuration("warning")
    assert configuration["root"]["level"] == "WARNING"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(journal.JsonLines())
    handler.emit(logging.LogRecord("n", logging.INFO, "f", 1, "%s — é", ("x",), None))
    assert json.loads(stream.getvalue())["message"] == "x — é"
