"""A viewer with a policy, at every route and in every callback: no engine is reached without the policy, nothing of the
hidden rows is in what comes back, and the figures are those of a company that has no other rows."""

from __future__ import annotations

import inspect
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from dash import Dash
from plotly.io.json import to_json_plotly

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotInData, StoresightError, UnknownName
from analytics.quality import Quality
from analytics.selection import Clause, Selection
from dashboard.answers import viewers
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS, EVERYTHING, OPERATOR, Viewer, current_viewer
from dashboard.app import create_app
from dashboard.background.loader import EXTENSION
from dashboard.page import menus
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.report.content import collect
from dashboard.settings import Settings
from dashboard.uploads.routes import HEADER, Desk, install
from tests.analytics import companies
from tests.calls import ROUTE as PAGE
from tests.calls import callback, page_request
from tests.dashboard.conftest import NoCache, no_outlines, routes

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

SECRET = "Zyxel"  # begins every text of the hidden rows
LIMITED = Viewer("limited", (Clause("channel", ("web",)),))
HREF = "http://localhost/overview?data=shop&range=all"
ITEMS = ("Lamp", "Chair", "Table", "Rug", "Sofa", "Shelf")


def shop(hidden: bool) -> companies.Tables:
    """A hundred orders of the web and, where `hidden`, as many larger ones of another channel whose every text begins
    with SECRET."""
    random = np.random.default_rng(5)
    rows = []
    for order, channel in product(range(100), ("web", f"{SECRET} shops")):
        mark = "" if channel == "web" else f"{SECRET} "
        day = np.datetime64("2023-01-02T10:00") + np.timedelta64(5 * order, "D")
        customer = int(random.integers(0, 30))
        for item in random.choice(ITEMS, size=int(random.integers(1, 4)), replace=False):
            rows.append({
                "order_id": f"{mark}{order}", "ordered_at": str(day), "product": f"{mark}{item}",
                "category": f"{mark}{item[:1]}", "quantity": 1,
                "amount": float(random.integers(10, 90)) * (50 if mark else 1),
                "customer": f"{mark}{customer}", "customer_name": f"{mark}Name {customer}", "channel": channel,
                "country": f"{mark}US", "region": f"{mark}OR", "city": f"{mark}Town {customer % 4}",
                "payment_method": f"{mark}card", "cost": 5.0,
            })  # fmt: skip
    lines = companies.frame([r for r in rows if hidden or not str(r["order_id"]).startswith(SECRET)])
    days = lines.groupby([lines["ordered_at"].dt.normalize(), "channel"]).size().reset_index()
    visits = pd.DataFrame({"date": days["ordered_at"], "channel": days["channel"], "sessions": 9})
    tables = companies.Tables(lines, extras={"sessions": visits}, quality=Quality(files=[f"{SECRET}.csv"]))
    tables.profile = replace(tables.profile, name="shop", title="Shop")
    if hidden:
        tables.extras["stock"] = pd.DataFrame({
            "product": [f"{SECRET} {i}" for i in ITEMS], "on_hand": 5.0,
            "date": np.datetime64("2024-05-01", "us"),
        })  # fmt: skip
        tables.extras["events"] = pd.DataFrame(
            {"date": [np.datetime64("2024-03-01", "us")], "name": [f"{SECRET} sale"]}
        )
        tables.quality.add("bad_date", "bad dates", "left out", 1, [f"{SECRET}.csv: row 3"])
    return tables


def other() -> companies.Tables:
    """A data set without channels: the policy cannot limit it."""
    tables = companies.bare()
    tables.profile = replace(tables.profile, name="aside", title=f"{SECRET} aside")
    return tables


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    stores.write(folder, shop(hidden=True))
    stores.write(folder, other())
    return folder


@pytest.fixture(scope="module")
def app(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Dash:
    import logging

    handlers, level = logging.root.handlers[:], logging.root.level
    made = create_app(Settings(store=root, load=False, cache_dir=tmp_path_factory.mktemp("cache")))
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    made.server.extensions[EXTENSION].failures = lambda: {f"{SECRET}-set": f"{SECRET}.toml is wrong"}
    viewers.install(made.server, lambda: LIMITED)
    return made


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every use of an engine outside a policy fails, and is listed."""
    found: list[str] = []

    def guard(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def called(self: ColumnarEngine, *args: Any, **kwargs: Any) -> Any:
            if not self.policy:
                found.append(name)
                raise AssertionError(f"{name} of an engine that no viewer's policy limits")
            return method(self, *args, **kwargs)

        return called

    for name in ("aggregate", "entities", "values", "unknown_values", "baskets", "lines", "table", "resolve"):
        monkeypatch.setattr(ColumnarEngine, name, guard(name, getattr(ColumnarEngine, name)))
    yield found
    assert found == []


def text_of(body: bytes) -> str:
    """A body as text; the parts of a workbook or a deck one after another, with those of the workbooks in it."""
    if not body.startswith(b"PK"):
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return "\n".join(text_of(book.read(name)) for name in book.namelist())


QUERY = "data=shop&range=all"
# Every route, with addresses that reach whatever stands behind it. A new route fails the test below until it is here.
ROUTES: dict[str, list[str]] = {
    "/": ["/", f"/?{QUERY}", "/?data=aside"],
    "/<path:path>": [f"{path}?{QUERY}" for path in BY_PATH],
    "/_dash-layout": ["/_dash-layout"],
    "/data/": ["/data/"],
    "/data/<name>": [f"/data/{c}.{form}?{QUERY}" for c in CHARTS for form in ("csv", "json")]
    + ["/data/kpis.csv?data=aside", "/data/kpis.csv", f"/data/kpis.csv?{QUERY}&product={SECRET}"],
    "/lines.csv": [f"/lines.csv?{QUERY}", "/lines.csv", "/lines.csv?data=aside", f"/lines.csv?{QUERY}&channel=!web"],
    "/lines.xlsx": [
        f"/lines.xlsx?{QUERY}",
        "/lines.xlsx",
        "/lines.xlsx?data=aside",
        f"/lines.xlsx?{QUERY}&columns=cost",
    ],
    "/export/<name>.xlsx": [f"/export/page-{p.name}.xlsx?{QUERY}" for p in PAGES] + [f"/export/kpis.xlsx?{QUERY}"],
    "/export/report.html": [f"/export/report.html?{QUERY}"],
    "/export/report.pptx": [f"/export/report.pptx?{QUERY}"],
    "/quality/<name>.json": ["/quality/shop.json", "/quality/aside.json", "/quality/nothing.json"],
    "/quality/<name>": [f"/quality/shop?show=refund:{n}" for n in range(3)] + ["/quality/aside", "/quality/nothing"],
    "/metrics": ["/metrics"],
    "/readyz": ["/readyz"],
    "/healthz": ["/healthz"],
    "/add": ["/add"],
    "/glossary": ["/glossary"],
    "/find": [f"/find?at=/overview%3F{quote(QUERY)}&search={quote(text)}" for text in ("", SECRET[:4], "lamp", "o")],
}
UPLOADS = {  # nobody with a policy may add data
    "/uploads": "/uploads",
    "/uploads/<ident>": f"/uploads/{'a' * 32}",
    "/uploads/name": "/uploads/name?title=x",
    "/uploads/address": "/uploads/address",
    "/uploads/sets/<name>/undo": "/uploads/sets/shop/undo",
    "/uploads/sets/<name>/change": "/uploads/sets/shop/change",
    "/uploads/<ident>/read": f"/uploads/{'a' * 32}/read",
    "/uploads/<ident>/load": f"/uploads/{'a' * 32}/load",
    "/uploads/<ident>/files/<int:number>": f"/uploads/{'a' * 32}/files/0?at=0",
}  # fmt: skip
# What is posted to the other route to data.
PAGE_REQUESTS = [
    page_request(f"http://localhost{path}?{query}", *charts, action=action)
    for path in BY_PATH
    for charts in ((), tuple(c.name for c in BY_PATH[path].charts))
    for query, action in (
        (QUERY, None),
        ("", None),
        ("data=aside", None),
        (QUERY, {"kind": "data", "value": "aside"}),
        (QUERY, {"kind": "toggle", "field": "product", "value": f"{SECRET} Lamp"}),
    )
]
STILL = {  # no data behind them: files, and a page of links
    "/static/<path:filename>", "/assets/<path:filename>", "/vendor/bs/<path:filename>", "/shapes/<name>.json",
    "/client/<release>/<name>.js", "/scripts/<name>.js", "/styles/<release>.css", "/tour", "/language",
}  # fmt: skip
AGENTS = "/mcp"  # tests/mcp/test_mcp.py walks what is behind it
DASH = "/_"  # how the routes begin that Dash adds; its callbacks are walked one by one below

MENUS = (
    "data", "range", "compare", "grain", "more", "quality", "page", "card:kpis", "filter:product", "filter:channel",
    "filter:customer_name", "notes:revenue_over_time:2023-01-01..2025-01-01", "note:revenue_over_time",
    "filter:attach_rates.product", "option:attach_rates.product",
)  # fmt: skip
# Every callback of the server, with arguments as a page sends them.
CALLS: dict[str, list[tuple[Any, ...]]] = {
    "menu": [
        ({"name": m, "href": HREF}, search) for m in MENUS for search in ("", SECRET[:2])
    ],
    "dialog": [
        ({"kind": "dialog", "show": show, "chart": chart, "href": HREF},)
        for chart in CHARTS
        for show in ("table", "lines", "how")
    ],
    "rows": [({"startRow": 0, "endRow": 500, "sortModel": []}, {"show": "lines", "chart": "kpis", "href": HREF})],
    "poll": [(1, "")],
}  # fmt: skip


def callbacks(app: Dash) -> dict[str, Callable[..., Any]]:
    """The functions behind the callbacks of the server, by name."""
    names = [c["callback"].__name__ for c in app.callback_map.values() if "callback" in c]
    return {name: callback(app, name) for name in names}


def test_every_route_is_known_to_this_test(app: Dash) -> None:
    rules = {r.rule for r in app.server.url_map.iter_rules()}
    walked = {*ROUTES, PAGE, *STILL, *UPLOADS, AGENTS}
    assert {r for r in rules if r in walked or not r.startswith(DASH)} == walked


def test_every_callback_is_known_to_this_test(app: Dash) -> None:
    app.server.test_client().get("/", buffered=True)  # Dash completes its callbacks at the first request
    assert set(callbacks(app)) == set(CALLS)


@pytest.mark.parametrize("rule", ROUTES)
def test_a_route_shows_nothing_of_the_hidden_rows(
    app: Dash, guarded: list[str], rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.report.downloads.outlines", no_outlines)  # they need not have been made
    web = app.server.test_client()
    seen = 0
    for address in ROUTES[rule]:
        answer = web.get(address)
        assert answer.status_code < 500 or answer.status_code == 501, (address, answer.get_data(as_text=True)[:500])
        if SECRET not in address:  # a refusal repeats what was sent
            assert SECRET not in text_of(answer.get_data()), address
        seen += answer.status_code == 200
    assert seen or rule == "/quality/<name>.json", "the report of the loading is not for this viewer"


def test_who_has_a_policy_may_not_add_data(root: Path, tmp_path: Path) -> None:
    desk = Desk(Settings(store=root, uploads=tmp_path), dict)
    flask = routes(Service(root, NoCache()), LIMITED)
    install(flask, desk)
    web = flask.test_client()
    for address in UPLOADS.values():
        answer = web.post(address, json={"files": [{"name": "a.csv", "size": 1}]}, headers={HEADER: "1"})
        asked = web.get(address) if answer.status_code == 405 else answer
        assert asked.status_code == 403, address
        assert "may not add data" in asked.get_data(as_text=True)


# Every seventh request: of each page one or two, each of another kind.
@pytest.mark.sampled(7)
@pytest.mark.parametrize("first", range(7))
def test_a_page_request_shows_nothing_of_the_hidden_rows(app: Dash, guarded: list[str], first: int) -> None:
    web = app.server.test_client()
    for body in PAGE_REQUESTS[first::7]:
        answer = web.post(PAGE, json=body)
        assert answer.status_code == 200, (body, answer.get_data(as_text=True)[:500])
        if SECRET not in str(body):
            assert SECRET not in answer.get_data(as_text=True), body


@pytest.mark.parametrize("name", CALLS)
def test_a_callback_shows_nothing_of_the_hidden_rows(app: Dash, guarded: list[str], name: str) -> None:
    call = callbacks(app)[name]
    seen = 0
    for arguments in CALLS[name]:
        with app.server.test_request_context("/", method="POST"):
            try:
                told = to_json_plotly(call(*arguments))
            except StoresightError as error:
                told = str(error)
        if SECRET[:2] not in str(arguments):
            assert SECRET not in told, (name, arguments)
            seen += len(told) > 2
    assert seen


def test_a_search_for_a_hidden_name_finds_none(app: Dash, guarded: list[str]) -> None:
    with app.server.test_request_context("/", method="POST"):
        menu = to_json_plotly(callbacks(app)["menu"]({"name": "filter:product", "href": HREF}, SECRET))
    assert "0 of 0" in menu
    assert "Nothing matches" in menu


def test_a_report_shows_nothing_of_the_hidden_rows(root: Path, guarded: list[str]) -> None:
    report = collect(Service(root, NoCache()).for_viewer(LIMITED), Selection(data="shop"), appendix=True)
    assert SECRET not in repr(report)
    assert report.quality == []
    assert report.rows == ""
    assert sum(len(s.cards) for s in report.sections) > 10


def test_extra_tables_are_cut_or_not_there(root: Path) -> None:
    engine = Service(root, NoCache()).for_viewer(LIMITED).engine("shop")
    assert set(engine.table("sessions")["channel"]) == {"web"}
    with pytest.raises(NotInData, match="channel"):
        engine.table("stock")


def test_a_data_set_that_cannot_be_limited_is_not_there(root: Path) -> None:
    service = Service(root, NoCache(), lambda: {"broken": "broken.toml is wrong"})
    limited = service.for_viewer(LIMITED)
    assert [d.name for d in limited.datasets()] == ["shop"]
    assert limited.versions().startswith("shop=")
    assert "aside" not in limited.versions()
    with pytest.raises(UnknownName, match="unknown data set 'aside'") as refused:
        limited.select("data=aside", strict=True)
    assert "Known: shop" in str(refused.value), "no other name is told"
    assert limited.select("data=aside")[1].name == "shop"
    assert [d.name for d in service.for_viewer(OPERATOR).datasets()] == ["aside", "shop", "broken"]


def test_values_of_source_rows_are_for_those_who_may_see_them(tmp_path: Path) -> None:
    tables = companies.nasty()
    tables.quality.add("bad_date", "bad dates", "left out", 1, [f"shop.csv:3: {SECRET}", "shop.csv:9: b: c"])
    stores.write(tmp_path, tables)
    service = Service(tmp_path, NoCache())
    own = service.for_viewer(OPERATOR).quality("toy")
    others = service.for_viewer(ANONYMOUS).quality("toy")
    assert own is not None
    assert others is not None
    assert own.findings[0].examples == [f"shop.csv:3: {SECRET}", "shop.csv:9: b: c"]
    assert others.findings[0].examples == ["shop.csv:3", "shop.csv:9"]
    assert routes(service).test_client().get("/quality/toy.json").get_json() == others.to_dict()
    asked = menus.MenuRequest("quality", "http://localhost/overview?data=toy", "")
    menu = menus.content(service.for_viewer(ANONYMOUS), asked)
    assert SECRET not in to_json_plotly(menu)


def test_a_clause_without_values_lets_nothing_be_seen(root: Path) -> None:
    nobody = Service(root, NoCache()).for_viewer(Viewer("nobody", (Clause("channel"),)))
    assert (
        json.loads(
            routes(Service(root, NoCache()), nobody.viewer).test_client().get(f"/data/top_products.json?{QUERY}").data
        )["rows"]
        == []
    )
    assert (
        routes(Service(root, NoCache()), nobody.viewer)
        .test_client()
        .get("/lines.csv?data=shop")
        .get_data(as_text=True)
        .count("\n")
        == 1
    )


def test_everything_is_said_in_so_many_words() -> None:
    assert Viewer("all", EVERYTHING).unlimited
    with pytest.raises(ValueError, match="write EVERYTHING"):
        Viewer("lost", ())
    with pytest.raises(TypeError):
        Viewer("nobody said")  # type: ignore[call-arg]
    for function in (Service.for_viewer, ViewerService.__init__, create_app):
        said = inspect.signature(function).parameters
        assert [name for name, p in said.items() if p.default is not p.empty] in ([], ["computes"])


def test_who_may_see_nothing_is_told_of_nothing(root: Path) -> None:
    service = Service(root, NoCache()).for_viewer(Viewer("nobody", (Clause("channel"),)))
    selection, engine, _ = service.select("data=shop")
    for name in ("insights_overview", "insights_customers"):
        assert service.answer(CHARTS[name], engine.resolve(selection), {}, engine).frame.empty


def test_without_a_viewer_nothing_is_answered(root: Path) -> None:
    with pytest.raises(RuntimeError, match="there is no viewer"):
        current_viewer()
    server = routes(Service(root, NoCache()), None)
    with server.app_context(), pytest.raises(RuntimeError, match="there is no viewer"):
        current_viewer()
    for address in (f"/data/kpis.csv?{QUERY}", "/lines.csv", f"/export/kpis.xlsx?{QUERY}", "/quality/shop.json"):
        answer = server.test_client().get(address)
        assert answer.status_code == 500, address
        assert "orders" not in answer.get_data(as_text=True)
