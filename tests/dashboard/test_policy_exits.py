"""On every exit a viewer with a policy gets what a company gets that has no other rows: cards, tables, explanations,
menus, files, workbooks, reports and agents. tests/dashboard/test_viewers.py walks every route and callback."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from plotly.io.json import to_json_plotly

from analytics import store as stores
from analytics.answer import Answer
from analytics.errors import StoresightError
from analytics.selection import Clause, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS, EVERYTHING, Viewer
from dashboard.mcp.protocol import answered
from dashboard.page import menus
from dashboard.page.bar import foot
from dashboard.page.cards import card
from dashboard.page.dialog import DialogRequest
from dashboard.page.dialog import content as dialog
from dashboard.pages import CHARTS, PAGES
from dashboard.report.content import collect
from tests.dashboard.conftest import Memory, NoCache, routes
from tests.dashboard.test_viewers import HREF, LIMITED, QUERY, SECRET, shop, text_of

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

Pair = tuple[ViewerService, ViewerService]
VERSIONS = re.compile(r"[0-9a-f]{12,64}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")  # differ: other data, stored later


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The store of the whole company, and of one that has the visible rows and no others."""
    found = []
    for hidden in (True, False):
        folder = tmp_path_factory.mktemp("whole" if hidden else "cut")
        stores.write(folder, shop(hidden=hidden))
        found.append(folder)
    return found[0], found[1]


@pytest.fixture(scope="module")
def pair(folders: tuple[Path, Path]) -> Pair:
    """A viewer with a policy over the whole company, and one without over the company that has no other rows. Each
    answer is computed once for all exits."""
    whole, cut = (Service(folder, Memory()) for folder in folders)
    return whole.for_viewer(LIMITED), cut.for_viewer(ANONYMOUS)


@pytest.fixture
def alike(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """The same, where the other company too is not told how many values its dimensions have: inside a policy that is
    counted nowhere."""
    alone = pair[1].engine("shop")
    monkeypatch.setattr(alone, "_schema", replace(alone.schema, single=frozenset(), sizes={}))
    return pair


# A row of the explanations that only those get who may see all rows.
LEFT_OUT = re.compile(
    r'\{"props":\{"children":\[\{"props":\{"children":"Rows left out at loading"\}.*?"type":"Tr"[^}]*\},?'
)


def told(what: Any) -> str:
    """As JSON, without what names a version of the data or is counted in all rows."""
    text = to_json_plotly(what).replace('"Rows left out at loading":"none",', "")
    return VERSIONS.sub("…", LEFT_OUT.sub("", text))


@pytest.mark.sampled(20)
@pytest.mark.parametrize("name", CHARTS)
def test_cards_tables_and_explanations_are_those_of_a_company_without_the_hidden_rows(alike: Pair, name: str) -> None:
    shown: list[list[str]] = []
    for service in alike:
        selection, engine, _ = service.select(QUERY)
        exits = [told(card(service, CHARTS[name], selection, engine.resolve(selection), engine))]
        for show in ("table", "how", "lines"):
            request = DialogRequest.read({"kind": "dialog", "show": show, "chart": name, "href": HREF})
            try:
                exits.append(told(dialog(service, request)))
            except StoresightError as refused:
                exits.append(str(refused))
        shown.append(exits)
    assert shown[0] == shown[1]


@pytest.mark.sampled(14)
@pytest.mark.parametrize("name", ["/lines.csv", *(f"/data/{c}.csv" for c in CHARTS)])
def test_figures_are_those_of_a_company_without_the_hidden_rows(pair: Pair, name: str) -> None:
    """Numbers to their last digit, refusals to their last word."""
    for query in (QUERY, "data=shop&range=last_90d&compare=previous&product=Lamp"):
        inside, alone = (routes(s._service, s.viewer).test_client().get(f"{name}?{query}") for s in pair)
        told, expected = inside.get_data(as_text=True), alone.get_data(as_text=True)
        assert inside.status_code == alone.status_code, (told, expected)
        assert told == expected


@pytest.mark.parametrize(
    "name", ["range", "more", *(f"filter:{f}" for f in ("product", "channel", "city", "customer"))]
)
def test_menus_offer_and_count_what_such_a_company_has(pair: Pair, name: str) -> None:
    with Flask("menus").app_context():
        one, other = (menus.content(service, menus.MenuRequest(name, HREF, "")) for service in pair)
    assert told(one) == told(other)


@pytest.mark.long
def test_a_report_is_that_of_such_a_company(alike: Pair) -> None:
    one, other = (collect(service, Selection(data="shop"), appendix=True) for service in alike)
    assert repr(one.summary) == repr(other.summary)
    assert repr(one.sheets) == repr(other.sheets)
    for inside, alone in zip(one.sections, other.sections, strict=True):
        for got, expected in zip(inside.cards, alone.cards, strict=True):
            assert repr(got) == repr(expected), got.id
        assert (inside.news, inside.portrait, inside.left_out) == (alone.news, alone.portrait, alone.left_out)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", [f"page-{page.name}" for page in PAGES])
def test_workbooks_have_the_same_sheets(pair: Pair, name: str) -> None:
    sheets = []
    for service in pair:
        web = routes(service._service, service.viewer).test_client()
        body = web.get(f"/export/{name}.xlsx?{QUERY}").get_data()
        with zipfile.ZipFile(BytesIO(body)) as book:
            # The first sheet says which rows the figures stand for, and how many were left out at loading.
            parts = [n for n in book.namelist() if re.search(r"worksheets/sheet(?!1\.)\d", n)]
            sheets.append({n: book.read(n) for n in parts})
        assert SECRET not in text_of(body)
    assert sheets[0] == sheets[1]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_metrics", {"data": "shop"}),
        ("ask_table", {"data": "shop", "metrics": ["revenue", "orders", "customers"], "by": ["city"], "range": "all"}),
        ("find_values", {"data": "shop", "field": "product"}),
        ("list_stories", {"data": "shop"}),
    ],
)
def test_agents_are_answered_alike(pair: Pair, tool: str, arguments: dict[str, Any]) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    one, other = (answered(service, json.dumps(message).encode()) for service in pair)
    assert one is not None
    assert not one["result"].get("isError"), one

    def figures(found: Any) -> str:  # without what says who is answered, and from which rows
        kept = found["result"]["structuredContent"]
        return told({k: v for k, v in kept.items() if k not in ("receipt", "receipts", "caveats", "rows_left_out")})

    assert figures(one) == figures(other)


# --- pitfalls of row-level policies
def test_a_policy_is_no_filter_that_one_can_take_away(pair: Pair) -> None:
    """As where a policy is one of the filters in the address."""
    web = routes(pair[0]._service, LIMITED).test_client()
    expected = web.get(f"/lines.csv?{QUERY}").get_data()
    for more in ("&channel=web", "&channel=", "&policy=", "&clauses=[]"):
        answer = web.get(f"/lines.csv?{QUERY}{more}")
        assert answer.status_code == 400 or answer.get_data() == expected, more
    for more in (f"&channel={SECRET} shops", "&channel=!web"):
        assert SECRET not in web.get(f"/lines.csv?{QUERY}{more}").get_data(as_text=True).replace(f"{SECRET} shops", "")


def test_a_cached_answer_is_for_viewers_of_the_same_policy_only(folders: tuple[Path, Path]) -> None:
    service = Service(folders[0], Memory())  # one cache for all, as Redis is
    address = f"/data/kpis.csv?{QUERY}"
    everybody = Viewer("root", EVERYTHING)
    others = Viewer("other", (Clause("channel", (f"{SECRET} shops",)),))
    seen = [routes(service, v).test_client().get(address).get_data() for v in (everybody, LIMITED, others, everybody)]
    assert len(set(seen)) == 3
    assert seen[0] == seen[3]
    twin = Viewer("somebody else", LIMITED.policy)
    assert routes(service, twin).test_client().get(address).get_data() == seen[1]


def test_what_a_browser_kept_of_another_viewer_is_not_confirmed(folders: tuple[Path, Path]) -> None:
    """An ETag of somebody else's answer must not be answered with "not modified"."""
    service = Service(folders[0], Memory())
    for address in (
        f"/data/kpis.csv?{QUERY}",
        f"/lines.csv?{QUERY}",
        f"/lines.xlsx?{QUERY}",
        f"/export/kpis.xlsx?{QUERY}",
        "/quality/shop.json",
    ):
        first = routes(service, Viewer("root", EVERYTHING)).test_client().get(address)
        known = {"If-None-Match": first.headers.get("ETag", "*")}
        second = routes(service, LIMITED).test_client().get(address, headers=known)
        assert second.status_code != 304, address
        assert "no-store" in first.headers["Cache-Control"], address


def test_who_has_no_conversion_rate_is_told_why(folders: tuple[Path, Path]) -> None:
    """Visits are counted by channel here: not by region, as which a policy or a filter may limit orders."""
    service = Service(folders[1], NoCache())

    def told(viewer: Viewer, query: str) -> Answer:
        seen = service.for_viewer(viewer)
        selection, engine, _ = seen.select(f"data=shop&range=all{query}")
        return seen.answer(CHARTS["kpis"], engine.resolve(selection), {}, engine)

    def notes(viewer: Viewer, query: str) -> str:
        return " ".join(told(viewer, query).notes)

    regional = Viewer("x", (Clause("region", ("OR",)),))
    assert "conversion" not in notes(LIMITED, "")
    assert "the fields that limit what you may see" in notes(regional, "")
    assert "conversion_rate" not in set(told(regional, "").frame["metric"]), "no card says n/a for ever"
    assert "conversion_rate" in set(told(LIMITED, "&region=OR").frame["metric"]), "a filter can be taken away"
    assert "not counted by region" in notes(LIMITED, "&region=OR")
    assert "conversion" not in notes(LIMITED, "&channel=web")


def test_a_group_without_a_row_is_told_so_below_the_page(folders: tuple[Path, Path]) -> None:
    nobody = Service(folders[1], NoCache()).for_viewer(Viewer("lost", (Clause("channel", ("no such",)),)))
    told = str(foot(nobody.engine("shop"), ""))
    assert "No orders that you may see" in told
    assert "19" not in told.partition("loaded")[0], "no day of 1969"


def test_pages_are_offered_whatever_rows_a_policy_hides(pair: Pair) -> None:
    """Which dimensions have one value is counted over all rows: a limited viewer must not be offered less for it."""
    assert pair[0].engine("shop").schema.single == frozenset()
    assert "channel" in pair[1].engine("shop").schema.single, "the same rows, as a company's own"
