"""The pages of administrators: people and the audit log."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from dashboard.company import audit, users
from tests.calls import callback, page_request
from tests.login.conftest import OWN_PAGE, WORD, Company
from tests.login.test_saved import cookie_of
from tests.processes import wait_until

pytestmark = pytest.mark.slow


def sent(web: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    answer = web.post(address, data=fields, headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


def test_an_administrator_invites_changes_and_switches_off(company: Company) -> None:
    root = company.signed_in("root")
    status, page = sent(root, "/people", name="Mia@shop.example", title="Mia", groups="readers, web")
    link = re.search(r"http://127\.0\.0\.1:8050(/password/[\w-]+)", page)
    assert status == 200
    assert link is not None
    assert link[1] not in root.get("/people").get_data(as_text=True), "it is shown once"
    mia = company.browser()
    assert "mia@shop.example" in mia.get(link[1]).get_data(as_text=True)
    token = link[1].rpartition("/")[2]
    assert sent(mia, "/password", token=token, password=WORD)[0] == 303
    user = users.find(company.state, "mia@shop.example")
    assert user.groups == ("readers", "web")
    assert sent(root, f"/people/{user.id}", do="groups", groups="")[0] == 303
    assert mia.get("/overview?data=shop").status_code == 403
    assert "sees nothing" in root.get("/people").get_data(as_text=True)
    assert sent(root, f"/people/{user.id}", do="off")[0] == 303
    assert mia.get("/overview?data=shop").status_code == 401
    assert sent(root, f"/people/{user.id}", do="on")[0] == 303
    status, page = sent(root, f"/people/{user.id}", do="reset")
    assert "within an hour" in page
    newest = [(e.who, e.action, e.what) for e in audit.entries(company.state, who="root", limit=3)]
    assert newest[0] == ("root", "made a link for a new password", "mia@shop.example")
    assert newest[1] == ("root", "changed an account", "mia@shop.example: on")


def test_an_administrator_cannot_lock_themselves_out(company: Company) -> None:
    root, ident = company.signed_in("root"), users.find(company.state, "root").id
    for fields in ({"do": "off"}, {"do": "groups", "groups": "readers"}, {"do": "explode"}):
        status, page = sent(root, f"/people/{ident}", **fields)
        assert status == 400
        assert 'role="alert"' in page
    assert root.get("/people").status_code == 200


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "rita"}, {"name": "<b>"}, {"name": "new", "groups": "x" * 201}]
)
def test_what_cannot_be_an_account_is_told_beside_the_form(company: Company, fields: dict[str, str]) -> None:
    status, page = sent(company.signed_in("root"), "/people", **fields)
    assert status == 400
    assert 'role="alert"' in page


def test_nobody_else_reaches_them(company: Company) -> None:
    wendy = company.signed_in("wendy")
    ident = users.find(company.state, "wendy").id
    assert wendy.get("/people").status_code == 403
    assert wendy.get("/audit").status_code == 403
    assert sent(wendy, "/people", name="evil", groups="administrators")[0] == 403
    assert sent(wendy, f"/people/{ident}", do="groups", groups="administrators")[0] == 403
    assert users.find(company.state, "wendy").groups == ("web", "readers")


def test_the_menu_leads_administrators_there(company: Company) -> None:
    menu = callback(company.app, "menu")
    for name, shown in (("root", True), ("rita", False)):
        cookie = cookie_of(company.signed_in(name))
        with company.app.server.test_request_context("/", method="POST", headers={"Cookie": cookie}):
            told = str(menu({"name": "account", "href": "http://localhost/overview?data=shop"}, ""))
        assert ("'/people'" in told) is shown
        assert ("'/audit'" in told) is shown


def test_a_group_without_a_row_is_told_so_instead_of_a_range_of_dates(company: Company) -> None:
    """As where a policy has a mistyped value."""
    company.add("lost", "lost")
    policies = company.folder / "policies.toml"
    policies.write_text(policies.read_text() + '\n[groups.lost]\nonly = { channel = ["no such channel"] }\n')
    web = company.signed_in("lost")

    def told() -> bool:  # a card that takes a while comes with one of the next answers
        page = web.post("/page", json=page_request("/overview?data=shop", "kpis"), headers=OWN_PAGE)
        return "no orders in this data set that you may see" in page.get_data(as_text=True)

    wait_until(told, "what is told to a group without a row")
