"""Saved views in the browser: the menu, the page, and where "/" leads."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from analytics import store as stores
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import audit, views
from dashboard.components.markup import markup
from dashboard.page.menus import MenuRequest, content
from tests.calls import callback
from tests.dashboard.test_viewers import SECRET, other
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow


def saved(web: FlaskClient, title: str, address: str, **more: str) -> str:
    answer = web.post("/views", data={"title": title, "address": address, **more}, headers=OWN_PAGE)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def number_of(web: FlaskClient, title: str) -> str:
    page = web.get("/views").get_data(as_text=True)
    found = re.search(rf'action="/views/(\d+)"(?:(?!</form>).)*{title}', page)
    assert found is not None
    return found[1]


def change(web: FlaskClient, number: str, **fields: str) -> int:
    return web.post(f"/views/{number}", data=fields, headers=OWN_PAGE).status_code


@pytest.mark.long
def test_a_view_moves_on_with_the_data_or_keeps_its_days(company: Company) -> None:
    web = company.signed_in("root")
    moving = saved(web, "Moving", "/trends?data=shop&range=last_12m&channel=web")
    assert moving == "/trends?data=shop&range=last_12m&channel=web#view-saved"
    frozen = saved(web, "Frozen", "/trends?data=shop&range=last_12m&channel=web", frozen="yes")
    assert re.fullmatch(r"/trends\?data=shop&range=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d&channel=web#view-saved", frozen)
    page = web.get("/views").get_data(as_text=True)
    assert "Moving" in page
    assert "Frozen" in page
    with company.app.server.test_request_context("/", method="POST"):
        assert web.get(moving).status_code == 200
    for title in ("Moving", "Frozen"):
        assert change(web, number_of(web, title), do="delete") == 303
    assert "You have no saved views yet" in web.get("/views").get_data(as_text=True)


@pytest.mark.long
def test_the_first_page_is_what_one_starts_with(company: Company) -> None:
    root, rita = company.signed_in("root"), company.signed_in("rita")
    assert rita.get("/").status_code == 200
    saved(root, "For all", "/geography?data=shop")
    number = number_of(root, "For all")
    assert change(root, number, do="start-all") == 403
    change(root, number, do="share", audience=views.EVERYBODY)
    assert change(root, number, do="start-all") == 303
    answer = rita.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/geography?data=shop&range=last_month")
    assert rita.get("/?data=shop").status_code == 200, "an address of one's own is not replaced"
    saved(rita, "My own", "/basket?data=shop")
    change(rita, number_of(rita, "My own"), do="start")
    assert rita.get("/").headers["Location"] == "/basket?data=shop&range=last_month"
    change(root, number, do="delete")
    change(rita, number_of(rita, "My own"), do="delete")
    assert rita.get("/").status_code == 200


def test_a_shared_view_shows_each_person_what_they_may_see(company: Company) -> None:
    root, wendy = company.signed_in("root"), company.signed_in("wendy")
    address = saved(root, "Shops", f"/products?data=shop&channel={SECRET}+shops")
    change(root, number_of(root, "Shops"), do="share", audience=views.EVERYBODY)
    assert "Shops" in wendy.get("/views").get_data(as_text=True)
    answer = wendy.get(address)
    assert answer.status_code == 200
    assert "matches nothing" in answer.get_data(as_text=True) or "not in the data" in answer.get_data(as_text=True)
    assert f"{SECRET} Lamp" not in answer.get_data(as_text=True)
    change(root, number_of(root, "Shops"), do="delete")


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("https://evil.example/overview", "x"),
        ("//evil.example/overview", "x"),
        ("/nowhere?data=shop", "x"),
        ("/overview?data=shop&range=nonsense", ""),
        ("/login", "x"),
        ("", "x"),
        ("/overview?" + "x" * 20_000, "x"),
    ],
)
def test_what_is_no_view_is_not_saved(company: Company, address: str, title: str) -> None:
    web = company.signed_in("rita")
    answer = web.post("/views", data={"title": title, "address": address}, headers=OWN_PAGE)
    assert answer.status_code in (303, 400, 413)
    if answer.status_code == 303:
        assert answer.headers["Location"].startswith("/overview?")
        change(web, number_of(web, title), do="delete")


def test_filters_are_there_after_going_to_another_page_and_back(company: Company) -> None:
    """S#43057: filters were gone after navigating away and back. Here the links between pages carry them."""
    web = company.signed_in("root")
    page = web.get("/overview?data=shop&range=last_12m&channel=web").get_data(as_text=True)
    there = re.search(r'href="(/trends\?[^"]+)"', page)
    assert there is not None
    assert there[1].endswith("range=last_12m&amp;channel=web")
    back = web.get(there[1].replace("&amp;", "&")).get_data(as_text=True)
    assert there[1].replace("/trends", 'href="/overview') in back


def test_nothing_is_remembered_that_nobody_saved(company: Company) -> None:
    """M#28181: "remember what was used last" surprised people. Here a filter is in the address, or it is not set."""
    web = company.signed_in("rita")
    web.get("/overview?data=shop&range=all&channel=web")
    first = web.get("/")
    assert first.status_code == 200
    assert "Channel: web" not in first.get_data(as_text=True)


def test_a_value_that_is_gone_is_named(company: Company) -> None:
    """A saved view whose value the data have no more, or whose data set is gone, says so instead of showing zero."""
    web = company.signed_in("rita")
    gone = saved(web, "Gone", "/products?data=shop&range=all&product=Discontinued")
    assert "Product “Discontinued” is not in the data" in web.get(gone).get_data(as_text=True)
    assert "There is no data set “gone” here." in web.get("/products?data=gone").get_data(as_text=True)
    change(web, number_of(web, "Gone"), do="delete")


def test_a_data_set_of_others_is_not_there(company: Company) -> None:
    """Whether a data set exists that somebody may not see, no address tells."""
    stores.write(company.settings.store, other())
    web = company.signed_in("rita")
    there, gone = (web.get(f"/products?data={name}") for name in ("aside", "besides"))
    assert (there.status_code, gone.status_code) == (404, 404)
    shown = [
        answer.get_data(as_text=True).replace(name, "NAME") for answer, name in ((there, "aside"), (gone, "besides"))
    ]
    plain = [re.sub(r'nonce="[^"]*"|"versions":"[^"]*"|"end_id":"[^"]*"', "", text) for text in shown]
    assert plain[0] == plain[1]
    assert "There is no data set “NAME” here." in plain[0]
    assert company.signed_in("root").get("/products?data=aside").status_code == 200


def test_the_menu_names_the_data_set_of_a_view_of_another_one(company: Company) -> None:
    stores.write(company.settings.store, other())
    web = company.signed_in("root")
    for title, data in (("Here", "shop"), ("There", "aside")):
        saved(web, title, f"/trends?data={data}")
    service = company.app.server.view_functions["targets.listed"].__self__.service  # type: ignore[attr-defined]
    asked = MenuRequest("views", "http://localhost/overview?data=shop", "")
    with company.app.server.app_context():
        menu = content(service.for_viewer(Viewer("root", EVERYTHING, title="Root")), asked)
    links = [str(markup(entry)) for entry in menu[:2]]
    shown = [re.sub("<[^>]+>", "|", link).strip("|").split("||") for link in links]
    assert shown == [["Here"], ["There", f"{SECRET} aside"]]
    for title in ("Here", "There"):
        change(web, number_of(web, title), do="delete")


def test_a_view_is_saved_for_a_group_or_for_everybody_at_once(company: Company) -> None:
    root, rita, pia = (company.signed_in(name) for name in ("root", "rita", "pia"))
    saved(root, "Company view", "/overview?data=shop&range=last_12m&channel=web", audience=views.EVERYBODY)
    told = rita.get("/views").get_data(as_text=True)
    assert "Company view" in told
    assert "Overview, Shop · Channel: web · Last 12 months, always up to date" in told
    saved(rita, "Readers’ view", "/overview?data=shop", audience="readers", frozen="yes")
    assert "Readers’ view" not in pia.get("/views").get_data(as_text=True)
    for audience in ("publishers", views.EVERYBODY):
        fields = {"title": "x", "address": "/overview?data=shop", "audience": audience}
        assert rita.post("/views", data=fields, headers=OWN_PAGE).status_code == 403
    change(root, number_of(root, "Company view"), do="delete")
    change(rita, number_of(rita, "Readers’ view"), do="delete")


def test_names_are_shown_as_text(company: Company) -> None:
    web = company.signed_in("rita")
    saved(web, "<script>alert(1)</script>", "/overview?data=shop")
    page = web.get("/views").get_data(as_text=True)
    assert "<script>alert" not in page
    change(web, number_of(web, "&lt;script&gt;"), do="delete")


def test_other_peoples_views_and_odd_wishes_are_refused(company: Company) -> None:
    root, rita = company.signed_in("root"), company.signed_in("rita")
    saved(root, "Private", "/overview?data=shop")
    number = number_of(root, "Private")
    for do in ("rename", "share", "up", "delete", "start"):
        assert change(rita, number, do=do, title="x", audience="") == 400, do
    for do in ("", "explode", "start-all"):
        assert change(rita, number, do=do) in (400, 403), do
    assert "Private" not in rita.get("/views").get_data(as_text=True)
    assert change(root, number, do="delete") == 303
    assert audit.entries(company.state, who="root", limit=1)[0].detail == ""


def test_the_menu_offers_views_to_who_is_signed_in(company: Company) -> None:
    web = company.signed_in("rita")
    saved(web, "Mondays", "/overview?data=shop")
    assert 'data-menu="views"' in web.get("/overview?data=shop").get_data(as_text=True)
    page = web.get("/overview?data=shop")
    assert page.status_code == 200
    menu = callback(company.app, "menu")
    with company.app.server.test_request_context("/", method="POST", headers={"Cookie": cookie_of(web)}):
        told = str(menu({"name": "views", "href": "http://localhost/overview?data=shop"}, ""))
    assert "Mondays" in told
    assert "'/views'" in told
    change(web, number_of(web, "Mondays"), do="delete")


def cookie_of(web: FlaskClient) -> str:
    cookie = web.get_cookie("storesight")
    assert cookie is not None
    return f"storesight={cookie.value}"


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_that_shows_the_answer_is_refused_in_a_page(company: Company) -> None:
    rita = company.signed_in("rita")
    told = rita.get("/notes/999", headers=BROWSER)
    assert (told.status_code, told.mimetype) == (400, "text/html")
    assert "You have no note 999." in told.get_data(as_text=True)
    assert 'href="/notes" aria-current="true"' in told.get_data(as_text=True)
    assert rita.get("/notes/999").mimetype == "application/json"
    fields = {"title": "<b>", "address": "/<b>elsewhere"}
    answer = rita.post("/views", data=fields, headers=OWN_PAGE | BROWSER)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "<b>" not in answer.get_data(as_text=True)


def test_nobody_is_refused_in_a_page_that_says_where_to_sign_in(company: Company) -> None:
    answer = company.browser().post("/views", data={}, headers=OWN_PAGE | BROWSER)
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "Sign in at /login" in answer.get_data(as_text=True)
