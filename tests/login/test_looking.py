"""Administrators who look with somebody else's eyes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from dashboard.answers.viewers import current_viewer
from dashboard.company import audit, users
from dashboard.login.guard import CHANGING
from dashboard.login.rights import access_of, reads
from tests.calls import page_request
from tests.dashboard.test_viewers import SECRET, text_of
from tests.login.conftest import OWN_PAGE, Company
from tests.login.test_rights import addresses

pytestmark = pytest.mark.slow

LINES = "/lines.csv?data=shop"
PAGE = "/overview?data=shop&range=all"
BANNER = "You are viewing as"


def looking(company: Company, **fields: str) -> FlaskClient:
    """A browser in which an administrator looks with somebody's eyes."""
    web = company.signed_in("root")
    assert web.post("/look-as", data=fields, headers=OWN_PAGE).status_code == 303
    return web


@pytest.mark.long
def test_an_administrator_sees_what_the_person_sees(company: Company) -> None:
    web = looking(company, person=str(users.find(company.state, "wendy").id))
    for address in (LINES, "/data/kpis.csv?data=shop", "/data/top_products.json?data=shop"):
        assert web.get(address).get_data() == company.signed_in("wendy").get(address).get_data(), address
    page = web.get(PAGE).get_data(as_text=True)
    assert SECRET not in page
    assert BANNER in page
    assert "Wendy" in page
    assert BANNER not in company.signed_in("root").get(PAGE).get_data(as_text=True), "only in that browser"
    assert web.get("/audit").status_code == 403


def test_one_click_ends_it(company: Company) -> None:
    web = looking(company, group="web")
    assert web.post("/look-as/end", headers=OWN_PAGE).status_code == 303
    assert SECRET in text_of(web.get(LINES).get_data())
    assert BANNER not in web.get(PAGE).get_data(as_text=True)
    assert web.post("/look-as/end", headers=OWN_PAGE).status_code == 303, "twice is no fault"


@pytest.mark.parametrize(("group", "name"), [("web", "the group web"), ("", "somebody in no group")])
def test_a_group_or_nobody_is_looked_as(company: Company, group: str, name: str) -> None:
    web = looking(company, group=group)
    answer = web.get(PAGE)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, BANNER in page, name in page) == (200 if group else 403, True, True)
    assert SECRET not in page


def test_nothing_can_be_changed_meanwhile(company: Company) -> None:
    """Not even as another administrator; whatever is posted."""
    company.add("ruth", "administrators")
    web = looking(company, person=str(users.find(company.state, "ruth").id))
    for method, address, endpoint in addresses(company.app.server):
        if method in CHANGING and not reads(endpoint) and access_of(endpoint) != "open":
            answer = web.open(address, method=method, data={"do": "revoke"}, headers=OWN_PAGE)
            assert answer.status_code == 403, address
            assert "cannot change anything" in answer.get_data(as_text=True), address
    assert web.post("/page", json=page_request(PAGE), headers=OWN_PAGE).status_code == 200


def test_it_is_logged_under_the_administrators_name(company: Company) -> None:
    web = looking(company, group="web")
    web.get(LINES)
    web.post("/look-as/end", headers=OWN_PAGE)
    found = [(e.action, e.what) for e in audit.entries(company.state, who="root", limit=3)]
    assert found == [
        ("looked as themselves again", "the group web"),
        ("took order lines away as the group web", "/lines.csv"),
        ("began to look as", "the group web"),
    ]


def test_what_belongs_to_the_person_alone_is_neither_shown_nor_touched(company: Company) -> None:
    web = looking(company, person=str(users.find(company.state, "wendy").id))
    with web:
        web.get(PAGE)
        assert current_viewer().name == "root as Wendy"
        assert current_viewer().groups == ("web", "readers")


def test_who_is_no_administrator_any_more_sees_with_their_own_eyes(company: Company) -> None:
    company.add("ralf", "administrators")
    web = company.signed_in("ralf")
    web.post("/look-as", data={"person": str(users.find(company.state, "root").id)}, headers=OWN_PAGE)
    users.change(company.state, users.find(company.state, "ralf"), groups=["web"])
    assert SECRET not in text_of(web.get(LINES).get_data())
    assert web.get("/people").status_code == 403


@pytest.mark.parametrize(
    "fields", [{"person": "999999"}, {"person": "x"}, {"person": "\u0663"}, {"group": "a\nb"}, {"group": "x" * 201}]
)
def test_nobody_is_looked_as_who_is_not_there(company: Company, fields: dict[str, str]) -> None:
    assert company.signed_in("root").post("/look-as", data=fields, headers=OWN_PAGE).status_code == 400


def test_nobody_else_may(company: Company) -> None:
    for name in ("wendy", "rita", "nora"):
        web = company.signed_in(name)
        assert web.post("/look-as", data={"group": "administrators"}, headers=OWN_PAGE).status_code == 403
        assert SECRET not in text_of(web.get(LINES).get_data())
