"""What agents are answered: by the official client, for each viewer, and for whatever anybody sends."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from werkzeug.serving import make_server

from analytics import store as stores
from analytics.selection import Clause
from dashboard.answers import viewers
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS, Viewer
from dashboard.mcp import questions, routes
from dashboard.mcp.protocol import LARGEST_MESSAGE, answered
from dashboard.mcp.receipts import Receipt
from dashboard.mcp.tools import TOOLS
from dashboard.pages import BY_PATH
from dashboard.web import server
from dashboard.web.slots import Slots
from tests.dashboard.conftest import Memory, NoCache
from tests.dashboard.test_viewers import LIMITED, SECRET, shop
from tests.processes import ROOT, clean_environment
from tests.samples import examples

pytestmark = pytest.mark.slow

TOTALS: dict[str, Any] = {"data": "shop", "range": "all", "metrics": ["revenue", "orders"]}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    stores.write(folder, shop(hidden=True))
    return folder


@pytest.fixture(scope="module")
def service(root: Path) -> Service:
    return Service(root, Memory())


@pytest.fixture(scope="module")
def everybody(service: Service) -> ViewerService:
    return service.for_viewer(ANONYMOUS)


@pytest.fixture(scope="module")
def address(service: Service) -> Iterator[str]:
    """The address of a running server."""
    flask = Flask("tested")
    viewers.install(flask, lambda: ANONYMOUS)
    server.install_errors(flask)
    routes.install(flask, service, Slots(2))
    running = make_server("127.0.0.1", 0, flask, threaded=True)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/mcp"
    running.shutdown()
    thread.join()


def call(service: ViewerService, name: str, **given: Any) -> dict[str, Any]:
    """The structured answer of a tool."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": given}}
    told = answered(service, json.dumps(message).encode())
    assert told is not None
    assert not told["result"]["isError"], told["result"]["content"][0]["text"]
    assert json.loads(told["result"]["content"][0]["text"]) == told["result"]["structuredContent"]
    found: dict[str, Any] = told["result"]["structuredContent"]
    return found


def refused(service: ViewerService, name: str, **given: Any) -> str:
    """What a tool that refuses says."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": given}}
    told = answered(service, json.dumps(message).encode())
    assert told is not None
    assert told["result"]["isError"]
    text: str = told["result"]["content"][0]["text"]
    return text


async def walked(session: ClientSession) -> tuple[list[str], dict[str, Any], str]:
    """What a client does: begin, list the tools, ask a table, be refused."""
    await session.initialize()
    await session.send_ping()
    names = [tool.name for tool in (await session.list_tools()).tools]
    asked = await session.call_tool("ask_table", TOTALS)
    wrong = await session.call_tool("ask_table", {"data": "shop", "metrics": ["revenu"]})
    structured = asked.structured_content
    assert structured is not None
    assert wrong.is_error
    return names, structured, str(wrong.content[0])


def test_the_official_client_is_served_over_http(address: str, everybody: ViewerService) -> None:
    async def run() -> tuple[list[str], dict[str, Any], str]:
        async with streamable_http_client(address) as streams, ClientSession(streams[0], streams[1]) as session:
            return await walked(session)

    names, asked, wrong = asyncio.run(run())
    assert names == [t["name"] for t in TOOLS]
    assert (
        asked["rows"] == call(everybody, "ask_table", data="shop", range="all", metrics=["revenue", "orders"])["rows"]
    )
    assert "Did you mean 'revenue'" in wrong


@pytest.mark.long
def test_the_official_client_is_served_over_standard_input(
    root: Path, tmp_path: Path, everybody: ViewerService
) -> None:
    environment = clean_environment(STORESIGHT_STORE=str(root), STORESIGHT_CACHE_DIR=str(tmp_path))
    command = StdioServerParameters(command=sys.executable, args=["-m", "dashboard", "mcp"], cwd=ROOT, env=environment)

    async def run() -> tuple[list[str], dict[str, Any], str]:
        async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
            return await walked(session)

    names, asked, _ = asyncio.run(run())
    assert len(names) == len(TOOLS)
    assert (
        asked["rows"] == call(everybody, "ask_table", data="shop", range="all", metrics=["revenue", "orders"])["rows"]
    )


def test_every_answer_with_figures_carries_what_must_be_known(everybody: ViewerService) -> None:
    for name, more in (
        ("ask_table", {"metrics": ["aov"], "by": ["channel"]}),
        ("explain_change", {"range": "last_90d", "compare": "previous"}),
        ("list_stories", {}),
    ):
        found = call(everybody, name, data="shop", **more)
        for part in ("rows", "selection", "caveats", "page", "receipt"):
            assert part in found, (name, part)
        assert found["selection"]["Data version"] == everybody.engine("shop").version
        assert found["selection"]["Currency"]
    definitions = call(everybody, "ask_table", data="shop", metrics=["aov"])["definitions"]
    assert definitions["aov"] == {"label": "Average order value", "unit": "money", "definition": "revenue / orders"}


@pytest.mark.parametrize(
    ("name", "given", "place"),
    [
        ("ask_table", {"metrics": ["revenue"]}, "/overview #kpis"),
        ("ask_table", {"metrics": ["revenue"], "by": ["period"]}, "/overview #revenue_over_time"),
        ("ask_table", {"metrics": ["aov"], "by": ["period"]}, "/trends #aov_over_time"),
        ("ask_table", {"metrics": ["units"], "by": ["product"]}, "/products #units_by_product"),
        (
            "ask_table",
            {"metrics": ["profit"], "by": ["product"]},
            "/overview #top_products top_products.metric=profit",
        ),
        ("ask_table", {"metrics": ["revenue"], "by": ["channel"]}, "/trends/why #breakdown"),
        (
            "ask_table",
            {"metrics": ["revenue"], "by": ["payment_method"]},
            "/trends/why #breakdown breakdown.by=payment_method",
        ),
        ("ask_table", {"metrics": ["revenue"], "by": ["city"]}, "/geography/places #revenue_by_city"),
        (
            "ask_table",
            {"metrics": ["revenue"], "by": ["payment_method", "period"]},
            "/trends/why #breakdown_over_time breakdown_over_time.by=payment_method",
        ),
        ("ask_table", {"metrics": ["orders"], "by": ["product", "channel"]}, "/overview #kpis"),
        ("explain_change", {"range": "last_90d", "compare": "previous"}, "/trends/why #revenue_bridge"),
        ("list_stories", {}, "/overview #insights_overview"),
        ("list_targets", {}, "/overview #kpis"),
    ],
)
def test_a_page_is_that_of_the_chart_which_shows_the_figures(
    everybody: ViewerService, name: str, given: dict[str, Any], place: str
) -> None:
    page = urlsplit(call(everybody, name, data="shop", **given)["page"])
    path, fragment, *options = place.split()
    assert (page.path, f"#{page.fragment}") == (path, fragment)
    said = dict(parse_qsl(page.query))
    assert said["data"] == "shop"
    assert {f"{key}={said.get(key)}" for key, _ in (o.split("=") for o in options)} == set(options)
    assert page.fragment in [chart.name for chart in BY_PATH[page.path].charts]


def test_periods_that_the_data_do_not_fill_are_named(everybody: ViewerService) -> None:
    found = call(everybody, "ask_table", data="shop", range="all", metrics=["revenue"], by=["period"], grain="month")
    assert any("days" in caveat for caveat in found["caveats"])


def test_lists_and_values_lead_to_a_question(everybody: ViewerService) -> None:
    told = call(everybody, "list_data")["data_sets"][0]
    assert told["data"] == "shop"
    assert datetime.fromisoformat(told["loaded_at"]).tzinfo == UTC
    metrics = call(everybody, "list_metrics", data="shop")
    assert {"revenue", "orders", "aov"} <= {m["metric"] for m in metrics["metrics"]}
    assert {"period", "product", "channel"} <= {d["dimension"] for d in metrics["dimensions"]}
    values = call(everybody, "find_values", data="shop", field="product", search="lamp")
    assert {v["value"] for v in values["values"]} == {"Lamp", f"{SECRET} Lamp"}


# --- receipts
def test_a_receipt_is_confirmed_and_a_changed_one_is_not(everybody: ViewerService) -> None:
    found = call(everybody, "ask_table", data="shop", range="all", metrics=["revenue"], by=["channel"])
    assert call(everybody, "verify", receipt=found["receipt"])["confirmed"]
    read = Receipt.read(found["receipt"])
    forged = Receipt(read.tool, read.arguments, read.version, "0" * 32).text()
    told = call(everybody, "verify", receipt=forged)
    assert not told["confirmed"]
    assert told["now"]["rows"] == found["rows"]


def test_a_receipt_of_other_data_says_that_they_changed(root: Path, tmp_path: Path, everybody: ViewerService) -> None:
    found = call(everybody, "ask_table", data="shop", range="all", metrics=["revenue"])
    stores.write(tmp_path, shop(hidden=False))
    later = Service(tmp_path, NoCache()).for_viewer(ANONYMOUS)
    told = call(later, "verify", receipt=found["receipt"])
    assert not told["confirmed"]
    assert "data have changed" in told["told"]


def test_a_receipt_shows_nothing_that_one_may_not_see(service: Service, everybody: ViewerService) -> None:
    found = call(everybody, "ask_table", data="shop", range="all", metrics=["revenue"], by=["product"])
    told = call(service.for_viewer(LIMITED), "verify", receipt=found["receipt"])
    assert not told["confirmed"]
    assert SECRET not in json.dumps(told)


# --- policies
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_data", {}),
    ("list_metrics", {"data": "shop"}),
    ("find_values", {"data": "shop", "field": "product", "search": SECRET}),
    ("find_values", {"data": "shop", "field": "channel"}),
    ("ask_table", {"data": "shop", "range": "all", "metrics": ["revenue", "profit"], "by": ["product", "channel"]}),
    ("ask_table", {"data": "shop", "range": "all", "metrics": ["orders"], "by": ["customer_name"]}),
    ("explain_change", {"data": "shop", "range": "last_90d", "compare": "previous"}),
    ("list_notes", {"data": "shop", "range": "all"}),
]  # list_stories asks the chart of that name, which tests/dashboard/test_viewers.py walks


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "given"), CALLS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(CALLS)])
def test_a_policy_holds_for_every_tool(service: Service, tmp_path: Path, name: str, given: dict[str, Any]) -> None:
    stores.write(tmp_path, shop(hidden=False))
    alone = Service(tmp_path, NoCache()).for_viewer(ANONYMOUS)
    inside, outside = call(service.for_viewer(LIMITED), name, **given), call(alone, name, **given)
    assert SECRET not in json.dumps(inside).replace(json.dumps(given)[1:-1], "")
    assert inside.get("rows", inside.get("values")) == outside.get("rows", outside.get("values"))


def test_hidden_fields_are_no_metrics_and_no_dimensions(service: Service) -> None:
    viewer = Viewer("x", (Clause("channel", ("web",)),), hidden=frozenset({"cost", "city"}))
    limited = service.for_viewer(viewer)
    known = call(limited, "list_metrics", data="shop")
    assert "profit" not in {m["metric"] for m in known["metrics"]}
    assert "city" not in {d["dimension"] for d in known["dimensions"]}
    assert "cost" in refused(limited, "ask_table", data="shop", metrics=["profit"])
    assert "unknown dimension 'city'" in refused(limited, "ask_table", data="shop", metrics=["revenue"], by=["city"])


# --- what anybody sends
@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("ask_table", {"data": "shop"}, "'metrics' is missing"),
        ("ask_table", {"data": "shop", "metrics": []}, "from 1 to 12"),
        ("ask_table", {"data": "shop", "metrics": "revenue"}, "type array"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"] * 13}, "from 1 to 12"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "by": ["a", "b", "c", "d"]}, "from 0 to 3"),
        ("ask_table", {"data": "nothing", "metrics": ["revenue"]}, "unknown data set"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "rang": "all"}, "Did you mean 'range'"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "range": "next year"}, "range"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "filters": {"product": ["Lam"]}}, "Lamp"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "filters": {"produkt": ["x"]}}, "product"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "filters": {"product": ["\ud800"]}}, "product"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "filters": {"data": ["other"]}}, "data"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "limit": 0}, "from 1 to 200"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "limit": True}, "type integer"),
        ("ask_table", {"data": "shop", "metrics": ["revenue"], "order": "orders"}, "order"),
        ("find_values", {"data": "shop", "field": "amount"}, "unknown dimension"),
        ("find_values", {"data": "shop", "field": "product", "search": "x" * 101}, "from 0 to 100"),
        ("explain_change", {"data": "shop", "range": "all"}, "compar"),
        ("verify", {"receipt": "nonsense"}, "no receipt"),
        ("verify", {"receipt": Receipt("verify", {"receipt": "x"}, "v", "h").text()}, "no answer with figures"),
        ("verify", {"receipt": Receipt("ask_table", {"metrics": [1]}, "v", "h").text()}, "type string"),
    ],
)
def test_what_is_wrong_is_answered_with_what_to_do(
    everybody: ViewerService, name: str, given: dict[str, Any], told: str
) -> None:
    assert told in refused(everybody, name, **given)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"[" * 60_000, -32700),
        (b"[]", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "drop"}}', -32602),
        (b" " * (LARGEST_MESSAGE + 1), -32600),
    ],
)
def test_messages_that_are_none(everybody: ViewerService, message: bytes, code: int) -> None:
    told = answered(everybody, message)
    assert told is not None
    assert told["error"]["code"] == code


def test_a_notification_is_not_answered(everybody: ViewerService) -> None:
    assert answered(everybody, b'{"jsonrpc": "2.0", "method": "notifications/initialized"}') is None


def test_an_older_client_is_answered_in_its_version(everybody: ViewerService) -> None:
    for asked, spoken in (("2025-06-18", "2025-06-18"), ("1999-01-01", "2025-11-25"), (None, "2025-11-25")):
        message = {"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": {"protocolVersion": asked}}
        told = answered(everybody, json.dumps(message).encode())
        assert told is not None
        assert told["result"]["protocolVersion"] == spoken


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([t["name"] for t in TOOLS])
KEYS = st.sampled_from(
    ["data", "range", "metrics", "by", "filters", "field", "search", "receipt", "limit", "order", "x"]
)
VALUES = JSON | st.sampled_from(["shop", "all", ["revenue"], ["product"], {"product": ["Lamp"]}, 5])


@pytest.mark.long
@settings(max_examples=examples(25))
@given(NAMES, st.dictionaries(KEYS, VALUES, max_size=4))
def test_no_arguments_bring_a_tool_down(everybody: ViewerService, name: str, given: dict[str, Any]) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": given}}
    told = answered(everybody, json.dumps(message).encode())
    assert told is not None
    assert "result" in told, told


def test_a_browser_of_another_site_is_refused(address: str, service: Service) -> None:
    flask = Flask("tested")
    viewers.install(flask, lambda: ANONYMOUS)
    server.install_errors(flask)
    routes.install(flask, service, Slots(2))
    web = flask.test_client()
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert web.post("/mcp", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert web.post("/mcp", json=body, headers={"Origin": "http://localhost"}).status_code == 200
    assert web.post("/mcp", json=body).get_json()["result"] == {}
    assert web.get("/mcp").status_code == 405


def test_every_tool_is_declared_and_answered() -> None:
    assert [t["name"] for t in TOOLS] == list(questions.TOOLS)
