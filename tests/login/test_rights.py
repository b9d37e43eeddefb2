"""Every route has a right, and nothing is answered without it."""

from __future__ import annotations

import pandas as pd
import pytest
from flask import Flask
from plotly.io.json import to_json_plotly

from analytics import errors
from analytics.selection import Clause, Selection
from dashboard.answers.service import Service
from dashboard.answers.viewers import EVERYTHING, RIGHTS, Viewer
from dashboard.login.rights import ACCESS, DASH, access_of, called_by_dash
from dashboard.page.destinations import DESTINATIONS, Destination
from dashboard.page.menus import MenuRequest, content
from dashboard.uploads.routes import HEADER
from tests.dashboard.conftest import NoCache
from tests.dashboard.test_viewers import SECRET, text_of
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow

EXAMPLES = {
    "filename": "x.css",
    "path": "overview",
    "package_name": "dash",
    "fingerprinted_path": "x.js",
    "name": "kpis.csv",
    "ident": "a" * 32,
    "number": "0",
    "release": "0",
    "token": "x",
}
# Of days without data, which are refused after whoever may not ask: a whole report takes seconds.
NO_DAYS = {"_report": "?range=2031-01-01..2031-02-01", "_deck": "?range=2031-01-01..2031-02-01"}


def addresses(server: Flask) -> list[tuple[str, str, str]]:
    """(method, address, endpoint) of every route."""
    found = []
    for rule in server.url_map.iter_rules():
        address = rule.rule
        for argument in rule.arguments:
            for kind in ("", "path:", "string:", "int:"):
                address = address.replace(f"<{kind}{argument}>", EXAMPLES[argument])
        address += NO_DAYS.get(rule.endpoint, "")
        found += [(method, address, rule.endpoint) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return found


def test_every_route_names_its_right(company: Company) -> None:
    endpoints = {rule.endpoint for rule in company.app.server.url_map.iter_rules()}
    assert None not in map(access_of, endpoints)
    endpoints = {endpoint for endpoint in endpoints if not endpoint.startswith(DASH)}
    assert endpoints == set(ACCESS) - {"oidc_start", "oidc_callback"}, "those are there with a provider"
    assert set(ACCESS.values()) <= {*RIGHTS, "open", "signed in"}


def test_what_an_open_page_calls_of_dash_reads(company: Company) -> None:
    """Its layout, the list of its callbacks, and the callbacks: one more, with another version, is looked at first."""
    called = sorted(method for method, _, endpoint in addresses(company.app.server) if called_by_dash(endpoint))
    assert called == ["GET", "GET", "POST"]


@pytest.mark.parametrize("entry", DESTINATIONS, ids=lambda entry: entry.path)
def test_a_link_is_shown_to_those_who_may_follow_it(company: Company, entry: Destination) -> None:
    rule = next(rule for rule in company.app.server.url_map.iter_rules() if rule.endpoint == entry.endpoint)
    assert (rule.rule, access_of(rule.endpoint)) == (entry.path, entry.right)


def test_nobody_gets_anything_that_is_not_open(company: Company) -> None:
    web, refused = company.browser(), 0
    for method, address, endpoint in addresses(company.app.server):
        answer = web.open(address, method=method, headers=OWN_PAGE)
        if access_of(endpoint) == "open":
            assert answer.status_code != 401, address
            continue
        refused += 1
        assert answer.status_code in (302, 401), (address, answer.status_code)
        assert "shop" not in text_of(answer.get_data()).lower(), address
    assert refused > 15


def test_nobody_without_a_policy_gets_anything(company: Company) -> None:
    web = company.signed_in("nora")
    for method, address, endpoint in addresses(company.app.server):
        if access_of(endpoint) in ("open", "signed in"):
            continue
        answer = web.open(address, method=method, headers=OWN_PAGE)
        assert answer.status_code == 403, (address, answer.status_code)
        assert "shop" not in text_of(answer.get_data()).lower(), address
    assert "Nora" in web.get("/overview").get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "rights"),
    [("rita", {"view"}), ("wendy", {"view", "export"}), ("root", set(RIGHTS))],
)
def test_a_person_has_the_rights_of_their_group_and_no_other(company: Company, name: str, rights: set[str]) -> None:
    web = company.signed_in(name)
    for method, address, endpoint in addresses(company.app.server):
        access = access_of(endpoint)
        if access in ("open", "signed in"):
            continue
        answer = web.open(address, method=method, headers={**OWN_PAGE, HEADER: "1"})
        told = text_of(answer.get_data())
        if access in rights:
            assert "you may not do this" not in told, address
            assert answer.status_code != 401, address
        else:
            assert answer.status_code == 403, address
        if endpoint == "looking.begin":
            web.post("/look-as/end", headers=OWN_PAGE)


def test_a_browser_gets_a_page_where_a_script_gets_a_sentence(company: Company) -> None:
    shown = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for name, address, says in (
        ("rita", "/add", "You do not have the right to add data."),
        ("wendy", "/audit", "This page is for administrators"),
    ):
        web = company.signed_in(name)
        page = web.get(address, headers=shown)
        assert (page.status_code, page.mimetype) == (403, "text/html")
        assert says in page.get_data(as_text=True)
        told = web.get(address, headers={"Accept": "*/*"})
        assert (told.status_code, told.mimetype) == (403, "application/json")
    nobody = company.browser()
    assert nobody.get("/add", headers=shown).headers["Location"] == "/login?next=%2Fadd"
    assert nobody.get("/add", headers={"Accept": "*/*"}).status_code == 401


def test_a_route_that_nobody_listed_is_refused_even_to_administrators() -> None:
    """Adding a route without a right fails the first test; until it is mended, nobody reaches the route."""
    from tests.login.test_guard import bare_guard

    flask, web = bare_guard()
    flask.add_url_rule("/new", "brand_new", lambda: "everything")
    answer = web.get("/new")
    assert answer.status_code == 403
    assert isinstance(errors.NotAllowed(""), errors.StoresightError)


def test_a_person_sees_the_rows_and_fields_of_their_policy(company: Company) -> None:
    web = company.signed_in("wendy")
    for address in ("/overview?data=shop&range=all", "/data/top_products.csv?data=shop", "/lines.csv?data=shop"):
        answer = web.get(address)
        assert answer.status_code == 200
        assert SECRET not in text_of(answer.get_data()), address
    assert "cost" not in web.get("/lines.csv?data=shop").get_data(as_text=True).splitlines()[0]
    everything = company.signed_in("root").get("/lines.csv?data=shop").get_data(as_text=True)
    assert SECRET in everything
    assert "cost" in everything.splitlines()[0]


def test_menus_offer_only_what_one_may_do(company: Company) -> None:

    service = Service(company.settings.store, NoCache())

    def menus(viewer: Viewer) -> str:
        names = ("data", "page", "account", "card:kpis", "quality")
        href = "http://localhost/overview?data=shop"
        with company.app.server.app_context():
            shown = [content(service.for_viewer(viewer), MenuRequest(name, href, "")) for name in names]
        return "".join(to_json_plotly(menu) for menu in shown).replace("\\u002f", "/")

    reader = menus(Viewer("rita", EVERYTHING, rights=frozenset({"view"}), title="Rita", signs_out=True))
    for address in ("/export/", "/data/", ".json", "/add"):
        assert address not in reader
    assert "Sign out" in reader
    everybody = menus(Viewer("anonymous", EVERYTHING))
    for address in ("/export/", "/data/", ".json", "/add"):
        assert address in everybody
    assert "Sign out" not in everybody


@pytest.mark.parametrize("metric", ["revenue", "orders", "units", "refunds"])
def test_what_two_groups_see_adds_up_to_all(company: Company, metric: str) -> None:
    """Two policies that exclude each other and together cover all: their sums are the whole, day by day."""
    service = Service(company.settings.store, NoCache())
    seen = []
    for clauses in ((Clause("channel", ("web",)),), (Clause("channel", (), ("web",)),), EVERYTHING):
        engine = service.for_viewer(Viewer("x", clauses)).engine("shop")
        by = engine.aggregate(["period"], [metric], engine.resolve(Selection(range="all", grain="month")))
        seen.append(by.set_index("period")[metric])
    one, other, whole = seen
    assert len(whole) > 5
    pd.testing.assert_series_equal(one.add(other, fill_value=0), whole, check_dtype=False)
