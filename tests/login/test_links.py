"""Share links: who sees what by them, for how long, and what they never show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics import store as stores
from analytics.calendar import TimeRange
from analytics.errors import NotAllowed, RequestError
from analytics.questions.targets.target import Target
from dashboard.answers.service import Service
from dashboard.answers.viewers import EVERYTHING, LinkedView, Viewer
from dashboard.company import audit, backup, owners, tokens, users
from dashboard.login.guard import MOST_OFTEN
from dashboard.login.rights import access_of, for_links
from dashboard.page.menus import MENUS
from dashboard.pages import BY_PATH
from dashboard.sharing import shares, wrong
from dashboard.sharing.shares import Terms
from tests.calls import page_request
from tests.company.conftest import Clock, clock
from tests.dashboard.conftest import NoCache
from tests.dashboard.test_callbacks import CALLBACKS
from tests.dashboard.test_viewers import SECRET, other, text_of
from tests.login.conftest import OWN_PAGE, WORD, Company
from tests.login.test_rights import addresses

pytestmark = pytest.mark.slow
__all__ = ["clock"]

VIEW = "/products?data=shop&range=all"
PUBLIC = {"who": "anybody"}


def made(web: FlaskClient, view: str = VIEW, **more: str) -> str:
    """The path of a new link."""
    fields = {"address": view, "title": "The shop", "days": "30", "who": "people"} | more
    answer = web.post("/shares", data=fields, headers=OWN_PAGE)
    told = answer.get_data(as_text=True)
    assert answer.status_code == 200, told
    told_who = (
        "It works on this machine only." if fields["who"] == "anybody" else "Whoever has it and signs in can open it."
    )
    assert told_who in told
    found = re.search(r'value="http://127\.0\.0\.1:8050(/shared/[\w-]{43})/"', told)
    assert found is not None
    return found[1]


def opened(web: FlaskClient, link: str) -> TestResponse:
    """The page behind a link."""
    first = web.get(f"{link}/")
    if first.status_code == 302 and first.headers["Location"].startswith(link):
        return web.get(first.headers["Location"])
    return first


def posted(web: FlaskClient, link: str, *charts: str, path: str = "/products", action: object = None) -> TestResponse:
    """The answer to a page's request."""
    body = page_request(f"http://localhost{link}{path}?data=shop&range=all", *charts, action=action)
    return web.post(f"{link}/page", data=json.dumps(body), headers=OWN_PAGE)


def lines_of(web: FlaskClient) -> str:
    return text_of(web.get("/lines.csv?data=shop").get_data())


@pytest.fixture(autouse=True)
def no_shares(company: Company) -> Iterator[None]:
    yield
    for share in shares.listed(company.state):
        shares.end(company.state, share.id)


# --- whose policy


@pytest.mark.long
def test_sharing_never_runs_as_its_owner(company: Company) -> None:
    """S#28214: a shared page showed what its owner may see. Here it shows what its reader may see."""
    link = made(company.signed_in("root"))
    own = opened(company.signed_in("root"), link).get_data(as_text=True)
    assert f"{SECRET} Lamp" in own
    theirs = opened(company.signed_in("wendy"), link)
    assert theirs.status_code == 200
    assert SECRET not in theirs.get_data(as_text=True)
    assert SECRET not in posted(company.signed_in("wendy"), link, "revenue_by_product").get_data(as_text=True)
    nobody = company.signed_in("nora").get(f"{link}/")
    assert nobody.status_code in (403, 410)
    assert "Lamp" not in nobody.get_data(as_text=True)


def test_who_is_not_signed_in_gets_the_form_and_then_the_view(company: Company) -> None:
    link, web = made(company.signed_in("root")), company.browser()
    asked = web.get(f"{link}/")
    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/login?next=%2Fshared%2F")
    answer = web.post("/login", data={"name": "rita", "password": WORD, "next": f"{link}/"}, headers=OWN_PAGE)
    assert answer.headers["Location"] == f"{link}/"
    assert opened(web, link).status_code == 200
    assert posted(company.browser(), link).status_code == 401


def test_a_published_link_shows_what_its_owner_may_see_now(company: Company) -> None:
    link, web = made(company.signed_in("pia"), **PUBLIC), company.browser()
    page = opened(web, link)
    assert page.status_code == 200
    told = page.get_data(as_text=True)
    assert "Lamp" in told
    assert SECRET not in told
    assert "Set-Cookie" not in page.headers
    pia = users.find(company.state, "pia")
    users.change(company.state, pia, groups=["readers"])  # who may not publish
    assert opened(web, link).status_code == 410
    users.change(company.state, pia, groups=["publishers"])
    assert opened(web, link).status_code == 200
    users.change(company.state, pia, active=False)
    assert opened(web, link).status_code == 410
    users.change(company.state, pia, active=True)
    assert opened(web, link).status_code == 200


def test_a_link_that_rests_shows_nothing_and_is_named_so(company: Company) -> None:
    terms = Terms("/products", "data=shop", "shop", public=True)
    token = shares.create(company.state, Viewer("u-1", EVERYTHING, groups=("publishers",)), "Mine", terms, 9)
    link = f"/shared/{token}/products"
    assert company.browser().get(link).status_code == 200
    owners.rest(company.state, "u-1")
    assert company.browser().get(link).status_code == 410
    assert "paused until its owner signs in again" in company.signed_in("root").get("/shares").get_data(as_text=True)


def test_a_public_link_fills_no_log_from_however_many_addresses(company: Company) -> None:
    terms = Terms("/products", "data=shop", "shop", public=True, files=True)
    pia = users.find(company.state, "pia")
    token = shares.create(company.state, Viewer("pia", EVERYTHING), "Many", terms, 9, pia.id)
    chart = BY_PATH["/products"].charts[0].name
    for number in range(MOST_OFTEN + 5):
        where = {"REMOTE_ADDR": f"203.0.113.{number}"}
        answer = company.browser().get(f"/shared/{token}/data/{chart}.csv", environ_overrides=where)
        assert answer.status_code == 200
    found = [e for e in audit.entries(company.state, action="took figures away by the link") if "Many" in e.action]
    assert MOST_OFTEN // 2 <= len(found) <= 2 * MOST_OFTEN, "of a minute, or of two"


def test_only_who_may_publish_shares_without_a_login(company: Company) -> None:
    for name in ("wendy", "rita"):
        web = company.signed_in(name)
        fields = {"address": VIEW, "title": "x", "days": "3", **PUBLIC}
        assert web.post("/shares", data=fields, headers=OWN_PAGE).status_code == 403
        assert "Anybody with the link" not in web.get(f"/shares/new?view={VIEW}").get_data(as_text=True)
    form = company.signed_in("pia").get("/shares/new").get_data(as_text=True)
    assert "Anybody with the link" in form
    assert "what you see on this page, without targets and notes" in form
    link = made(company.signed_in("wendy"), changeable="yes", lines="yes", files="yes", parents="https://a.example")
    terms = shares.listed(company.state)[0].terms
    assert (terms.public, terms.parents, terms.changeable, terms.lines, terms.files) == (False, (), False, False, False)
    assert opened(company.browser(), link).status_code == 302


# --- what a link reaches


@pytest.mark.no_cover
def test_a_link_reaches_one_view_and_nothing_else(company: Company) -> None:
    link, web = made(company.signed_in("root"), "/products?data=shop&channel=web", **PUBLIC), company.browser()
    for method, address, endpoint in addresses(company.app.server):
        answer = web.open(f"{link}{address}", method=method, headers=OWN_PAGE)
        told = text_of(answer.get_data())
        assert SECRET not in told, address
        if not for_links(endpoint):
            assert answer.status_code == 403, (address, answer.status_code)
    reached = (
        "/data/revenue_by_product.csv",
        "/lines.csv",
        "/export/page-products.xlsx",
        "/export/revenue_by_product.xlsx",
    )
    for address in reached:
        assert web.get(f"{link}{address}?data=shop").status_code == 403, address
    queries = ("", "?data=shop&range=all", f"?data=shop&channel={SECRET}+shops", "?data=aside")
    for path in BY_PATH:
        for query in queries if path == "/overview" else queries[2:3]:
            answer = web.get(f"{link}{path}{query}")
            assert answer.status_code == 200
            assert SECRET not in answer.get_data(as_text=True)
            assert "nav-item" not in answer.get_data(as_text=True)
    action = {"kind": "clear"}
    answer = posted(web, link, "revenue_by_product", "kpis", action=action)
    assert SECRET not in answer.get_data(as_text=True)
    assert set(answer.get_json()["cards"]) <= {c.name for c in BY_PATH["/products"].charts}
    assert web.get(f"{link}/nowhere").status_code == 404


def called(web: FlaskClient, link: str, callback: str, **inputs: object) -> tuple[int, str]:
    """What one of Dash's callbacks answers under a link."""
    outputs = {
        "menu": ("menu-body.children", ["menu.data", "menu-search.value"]),
        "dialog": ("..dialog-title.children...dialog-body.children..", ["dialog-request.data"]),
    }
    output, names = outputs[callback]
    values = list(inputs.values())
    parts = [
        {"id": n.split(".")[0], "property": n.split(".")[1], "value": v} for n, v in zip(names, values, strict=True)
    ]
    outs = [{"id": o.split(".")[0], "property": o.split(".")[1]} for o in output.strip(".").split("...")]
    body = {
        "output": output, "outputs": outs if len(outs) > 1 else outs[0], "inputs": parts, "changedPropIds": [names[0]],
    }  # fmt: skip
    answer = web.post(f"{link}{CALLBACKS}", data=json.dumps(body), content_type="application/json", headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


def test_every_callback_was_looked_at_for_links(company: Company) -> None:
    """All callbacks have one address, which links reach: a new one belongs into the tests below."""
    company.app.server.test_client().get("/login")
    names = {c["callback"].__name__ for c in company.app.callback_map.values() if "callback" in c}
    assert names <= {"menu", "dialog", "rows", "poll", "add_context"}


def test_targets_are_not_for_strangers(company: Company) -> None:
    """Whoever follows a link without a login sees figures, and not what the company has set itself."""
    target = Target("revenue", TimeRange(np.datetime64("2023-01-01"), np.datetime64("2024-01-01")), 1_000_000.0)
    view = LinkedView("/shared/x", "/overview", "data=shop", frozenset({"kpis"}))
    service = Service(company.settings.store, NoCache())
    service.stored_targets = lambda _: (target,)

    def seen(linked: LinkedView | None) -> tuple[Target, ...]:
        answers = service.for_viewer(Viewer("x", EVERYTHING, linked=linked))
        return answers.goals.seen(answers.engine("shop"))

    assert seen(None) == seen(replace(view, signed_in=True)) == (target,)
    assert seen(view) == ()


def test_menus_and_dialogs_of_a_link_lead_nowhere(company: Company) -> None:
    link, web = made(company.signed_in("root"), **PUBLIC), company.browser()
    href = f"http://localhost{link}{VIEW}"
    subjects = {
        "card": ":revenue_by_product", "filter": ":channel", "option": ":revenue_by_product.metric", "kpi": ":revenue",
    }  # fmt: skip
    for name in MENUS:
        subject = subjects.get(name, "")
        status, told = called(web, link, "menu", opened={"name": f"{name}{subject}", "href": href}, search="")
        assert status == {"card": 200, "kpi": 200, "notes": 400, "noted": 400}.get(name, 403), (
            name,
            told,
        )  # no mark is named
        for way in ("/export/", "/data/", "/views", "/shares", "/targets", "_over_time", "Order lines", "Sign out"):
            assert way not in told.replace("\\u002f", "/"), (name, way)
    show = {"kind": "dialog", "href": href}
    assert called(web, link, "dialog", opened={**show, "show": "table", "chart": "revenue_by_product"})[0] == 200
    told = called(web, link, "dialog", opened={**show, "show": "lines", "chart": "revenue_by_product"})[1]
    assert "order lines are not part of this link" in told
    told = called(web, link, "dialog", opened={**show, "show": "table", "chart": "by_gender"})[1]
    assert "one page only" in told or "unknown chart" in told


def test_every_menu_button_on_the_page_of_a_link_opens_a_menu(company: Company) -> None:
    terms = {"changeable": "yes", "lines": "yes", **PUBLIC}
    link, web = made(company.signed_in("pia"), "/overview?data=shop&range=all", **terms), company.browser()
    page = opened(web, link).get_data(as_text=True)
    names = set(re.findall(r'data-menu=\\?"([^"\\]+)', page.replace("\\u003c", "<")))
    assert {name.partition(":")[0] for name in names} >= {"range", "filter", "card", "kpi", "option"}
    for name in sorted(names):
        told = {"name": name, "href": f"http://localhost{link}/overview?data=shop&range=all"}
        assert called(web, link, "menu", opened=told, search="")[0] == 200, name


def test_what_a_link_allows_it_gives(company: Company) -> None:
    link = made(company.signed_in("pia"), **PUBLIC, lines="yes", files="yes", changeable="yes")
    web = company.browser()
    table = web.get(f"{link}/data/revenue_by_product.csv?data=shop")
    assert table.status_code == 200
    assert web.get(f"{link}/data/by_gender.csv?data=shop").status_code in (403, 404)
    assert SECRET not in text_of(web.get(f"{link}/lines.csv?data=shop").get_data())
    assert web.get(f"{link}/export/revenue_by_product.xlsx?data=shop").status_code == 200
    assert web.get(f"{link}/export/page-customers.xlsx?data=shop").status_code == 403
    own = "/export/basket_size.xlsx?data=shop&range=all"
    assert company.signed_in("pia").get(own).status_code == 200
    assert web.get(f"{link}{own}").status_code == 403, "nor from the cache"
    assert web.get(f"{link}/data/").status_code == 403
    for flags in ({}, {"files": "yes"}):
        fields = {"address": "/reconciliation?data=shop", "title": "x", "days": "3", **PUBLIC, **flags}
        answer = company.signed_in("pia").post("/shares", data=fields, headers=OWN_PAGE)
        assert answer.status_code == 400, "that page shows order lines"
    narrowed = posted(web, link, action={"kind": "toggle", "field": "product", "value": "Lamp"}).get_json()
    assert "product=Lamp" in narrowed["href"]
    href = f"http://localhost{link}{VIEW}"
    status, told = called(web, link, "menu", opened={"name": "card:revenue_by_product", "href": href}, search="")
    assert status == 200
    assert f"{link}/export/revenue_by_product.xlsx" in told.replace("\\u002f", "/")
    assert called(web, link, "menu", opened={"name": "data", "href": href}, search="")[0] == 403


# --- how long, and what of it is told


def test_a_link_ends_when_it_expires_or_is_ended(company: Company, clock: Clock) -> None:
    root, web = company.signed_in("root"), company.browser()
    link = made(root, days="2", **PUBLIC)
    assert opened(web, link).status_code == 200
    clock.pass_by(2 * shares.DAY + 1)
    gone = opened(web, link)
    assert gone.status_code == 410
    assert "This link has expired or was turned off." in gone.get_data(as_text=True)
    answer = posted(web, link)
    assert (answer.status_code, answer.get_json()["kind"]) == (410, "LinkEnded")
    root = company.signed_in("root")
    link = made(root, **PUBLIC)
    number = shares.listed(company.state)[0].id
    assert company.signed_in("pia").post(f"/shares/{number}", headers=OWN_PAGE).status_code == 400
    assert root.post(f"/shares/{number}").status_code == 403, "from another site"
    assert root.post(f"/shares/{number}", headers=OWN_PAGE).status_code == 303
    assert opened(web, link).status_code == 410
    assert root.post(f"/shares/{number}", headers=OWN_PAGE).status_code == 400, "twice"
    own = made(company.signed_in("pia"), **PUBLIC)
    number = shares.listed(company.state)[0].id
    assert root.post(f"/shares/{number}", headers=OWN_PAGE).status_code == 303, "administrators end every link"
    assert opened(web, own).status_code == 410


def test_the_page_says_who_shares_it_and_until_when(company: Company) -> None:
    link = made(company.signed_in("pia"), "/products?data=shop&range=2023-03-01..2023-05-01&channel=web", **PUBLIC)
    told = opened(company.browser(), link).get_data(as_text=True)
    assert re.search(r"Shared by Pia on \d+ \w{3} 20\d\d, until \d+ \w{3} 20\d\d", told)
    assert "The shop</h1>" in told
    assert "Data through" in told
    assert 'class="chip fixed">Channel: web' in told
    assert "Open in Storesight" not in told
    assert "Open in Storesight" in opened(company.signed_in("rita"), made(company.signed_in("pia"))).get_data(
        as_text=True
    )


@pytest.mark.long
def test_a_frozen_link_keeps_its_days_and_its_data(company: Company) -> None:
    root, web = company.signed_in("root"), company.browser()
    kept = (
        stores.current_version(company.settings.store, "aside")
        if "aside" in stores.names(company.settings.store)
        else stores.write(company.settings.store, other())
    )
    link = made(root, "/overview?data=aside&range=all", frozen="yes", **PUBLIC)
    share = shares.listed(company.state)[0]
    assert share.terms.version == kept
    assert ".." in share.terms.query
    before = posted(web, link, "kpis", path="/overview").get_json()["cards"]["kpis"]["body"]
    assert "newer data exist" not in opened(web, link).get_data(as_text=True)
    for amount in (7.0, 8.0, 9.0):
        tables = other()
        tables.lines["amount"] = amount
        stores.write(company.settings.store, tables)
    assert posted(web, link, "kpis", path="/overview").get_json()["cards"]["kpis"]["body"] == before
    assert "newer data exist" in opened(web, link).get_data(as_text=True)
    live = made(root, "/overview?data=aside&range=all", **PUBLIC)
    assert posted(web, live, "kpis", path="/overview").get_json()["cards"]["kpis"]["body"] != before
    (company.settings.store / "aside" / ".kept" / kept).write_text("1")
    tables.lines["amount"] = 11.0
    stores.write(company.settings.store, tables)
    assert "are no longer kept" in opened(web, link).get_data(as_text=True)


# --- tokens


def test_a_token_is_stored_as_a_hash_and_never_written_down(company: Company) -> None:
    link = made(company.signed_in("root"), **PUBLIC)
    token = link.rpartition("/")[2]
    page = opened(company.browser(), link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in page.headers["Cache-Control"]
    stored = "\n".join(backup.dump(company.state))
    assert token not in stored
    assert tokens.stored(token) in stored
    assert token not in company.signed_in("root").get("/shares").get_data(as_text=True)
    entries = audit.entries(company.state, limit=100)
    said = " ".join(f"{e.who} {e.action} {e.what}" for e in entries)
    assert "published a view The shop" in said
    assert re.search(r"link \d+ opened a page by the link \d+ “The shop” from 127\.0\.0\.1 /products", said)
    assert "opened 1 time, last on" in company.signed_in("root").get("/shares").get_data(as_text=True)


def test_wrong_tokens_are_limited(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrong, "MOST_WRONG", 3)
    link, web = made(company.signed_in("root"), **PUBLIC), company.browser()
    stranger = {"REMOTE_ADDR": "192.0.2.7"}
    for n in range(3):
        assert web.get(f"/shared/{'x' * 42}{n}/", environ_overrides=stranger).status_code == 410
    assert web.get(f"/shared/{'x' * 43}/", environ_overrides=stranger).status_code == 429
    assert web.get(f"/embed/{'x' * 43}.x/", environ_overrides=stranger).status_code == 429
    assert web.get(f"{link}/products", environ_overrides=stranger).status_code == 200, "many people share an address"
    assert web.get(f"/shared/{'x' * 43}/", environ_overrides={"REMOTE_ADDR": "192.0.2.8"}).status_code == 410


def test_a_link_can_be_presented_on_a_screen_and_has_no_palette(company: Company) -> None:
    link = made(company.signed_in("root"), **PUBLIC)
    web = company.browser()
    there = web.get(f"{link}/?present=30").headers["Location"]
    assert there.endswith("&present=30")
    assert "script" not in web.get(f"{link}/?present=%3Cscript").headers["Location"]
    shown = web.get(there)
    assert shown.status_code == 200
    assert "seconds from" not in shown.get_data(as_text=True)
    assert "chip warning" not in shown.get_data(as_text=True)
    assert web.get(f"{link}/find?at=/overview&search=o").status_code in (401, 403, 404)


def test_what_is_no_link_is_refused(company: Company) -> None:
    web = company.browser()
    for address in ("/shared/", "/shared", "/shared/%00/", "/shared/é/", f"/shared/{'x' * 6001}/", "/embed//overview"):
        assert web.get(address).status_code in (302, 401, 404), address  # whoever is not signed in is asked to be
    for address in ("/shared/x", "/shared/../lines.csv", "/embed/x.y.z/overview", "/embed/./page"):
        assert web.get(address).status_code in (302, 404, 410, 403), address
    link = made(company.signed_in("root"), **PUBLIC)
    bearer = {"Authorization": "Bearer ss_nonsense"}
    assert web.get(f"{link}/products", headers=bearer).status_code == 200, "the link counts, and nothing else"


@pytest.mark.parametrize(
    "fields",
    [
        {"days": "0"}, {"days": "367"}, {"days": "x"}, {"days": ""}, {"title": ""}, {"title": "x" * 81},
        {"title": "a\u202eb"},
        {"address": "/login"}, {"parents": "https://*.example.com", **PUBLIC},
        {"parents": "javascript:alert(1)", **PUBLIC}, {"parents": "http://portal.example.com", **PUBLIC},
        {"parents": "https://a.example;script-src", **PUBLIC},
        {"parents": " ".join(["https://a.example"] * 11), **PUBLIC},
    ],
)  # fmt: skip
def test_a_link_that_makes_no_sense_is_not_made(company: Company, fields: dict[str, str]) -> None:
    web = company.signed_in("root")
    given = {"address": VIEW, "title": "x", "days": "3", "who": "people"} | fields
    assert web.post("/shares", data=given, headers=OWN_PAGE).status_code == 400
    assert shares.listed(company.state) == []


def test_a_refused_form_keeps_what_was_entered(company: Company) -> None:
    web = company.signed_in("root")
    given = {"address": VIEW, "title": "", "days": "14", "frozen": "yes", "files": "yes", **PUBLIC}
    given |= {"parents": 'https://a.example"><b>'}
    answer = web.post("/shares", data=given, headers=OWN_PAGE)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'name="days" value="14"' in page
    ticked = re.findall(r'name="(\w+)" value="(\w*)" checked', page)
    assert ticked == [("frozen", "yes"), ("who", "anybody"), ("files", "yes")]
    assert "a.example&#34;&gt;&lt;b&gt;" in page
    forged = web.post("/shares", data={**given, "who": "me", "days": "x" * 3000}, headers=OWN_PAGE)
    assert re.findall(r'name="who" value="(\w*)" checked', forged.get_data(as_text=True)) == ["people"]
    assert 'name="days" value="30"' in forged.get_data(as_text=True)


def test_names_of_links_are_shown_as_text(company: Company) -> None:
    link = made(company.signed_in("root"), title="<b>shop</b>", **PUBLIC)
    for page in (opened(company.browser(), link), company.signed_in("root").get("/shares")):
        assert "<b>shop" not in page.get_data(as_text=True)


def test_nobody_shares_without_end(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MOST_SHARES", 1)
    web = company.signed_in("root")
    made(web)
    fields = {"address": VIEW, "title": "x", "days": "3", "who": "people"}
    assert web.post("/shares", data=fields, headers=OWN_PAGE).status_code == 400


def test_every_route_of_links_has_its_right(company: Company) -> None:
    reached = {rule.endpoint for rule in company.app.server.url_map.iter_rules() if for_links(rule.endpoint)}
    assert {access_of(endpoint) for endpoint in reached} == {"view", "export"}
    assert issubclass(NotAllowed, Exception)
    with pytest.raises(RequestError):
        shares.end(company.state, 10**9)
