"""People of the identity provider: invited, given groups, signed out and switched off by an administrator."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient

from analytics.errors import NotAllowed, RequestError
from dashboard.company import api_tokens, audit, members, owners, sessions
from dashboard.company.owners import Owner
from dashboard.login.guard import PLAIN_COOKIE
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow


def sent(web: FlaskClient, **fields: str) -> tuple[int, str]:
    answer = web.post("/people/provider", data=fields, headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


def comes(company: Company, subject: str, mail: str, named: Sequence[str]) -> FlaskClient:
    """A browser in which somebody has signed in whom the provider calls so."""
    groups = members.admitted(company.state, subject, mail, named)
    owners.remember(company.state, Owner(subject, None, tuple(named), 2_000_000_000), mail, subject.title())
    web = company.browser()
    web.set_cookie(PLAIN_COOKIE, sessions.begin(company.state, subject, subject.title(), named, "oidc"))
    assert groups[: len(named)] == tuple(named)
    return web


def page(web: FlaskClient) -> str:
    text: str = web.get("/people").get_data(as_text=True)
    return text


def test_who_was_invited_by_address_gets_the_groups_when_they_sign_in(company: Company) -> None:
    root = company.signed_in("root")
    assert sent(root, do="invite", name="Mia@Shop.example", title="Mia", groups="web")[0] == 303
    assert "invited, has not signed in yet" in page(root)
    mia = comes(company, "u-mia", "mia@shop.example", ["staff"])
    assert mia.get("/overview?data=shop").status_code == 200
    assert "has not signed in yet" not in page(root)
    assert members.find(company.state, "u-mia").groups == ("staff", "web")
    newest = audit.entries(company.state, who="root", limit=1)[0]
    assert (newest.action, newest.what) == ("changed somebody of the provider", "Mia@Shop.example: invite")


def test_an_invitation_is_for_whoever_comes_first_and_for_nobody_without_a_verified_address(company: Company) -> None:
    members.invite(company.state, "vip@shop.example", groups=["web"])
    assert members.admitted(company.state, "u-unverified", "", []) == ()
    assert members.admitted(company.state, "u-vip", "VIP@shop.example", []) == ("web",)
    assert members.admitted(company.state, "u-later", "vip@shop.example", []) == (), "who has the address later"
    assert members.admitted(company.state, "u-vip", "new@shop.example", ["a"]) == ("a", "web"), "and with another one"
    with pytest.raises(RequestError, match="invited already"):
        members.invite(company.state, "vip@shop.example")


def test_changes_count_from_the_next_request_also_for_what_they_own(company: Company) -> None:
    root, ned = company.signed_in("root"), comes(company, "u-ned", "ned@shop.example", [])
    assert ned.get("/overview?data=shop").status_code == 403
    assert sent(root, do="groups", subject="u-ned", groups="web, web")[0] == 303
    assert ned.get("/overview?data=shop").status_code == 200
    api_tokens.create(company.state, "u-ned", "Sheet", 9, groups=("web",))
    assert sent(root, do="groups", subject="u-ned", groups="")[0] == 303
    assert api_tokens.all_tokens(company.state, "u-ned")[0].groups == ()
    assert sent(root, do="out", subject="u-ned")[0] == 303
    assert ned.get("/overview?data=shop").status_code == 401
    assert api_tokens.all_tokens(company.state, "u-ned") == []


def test_who_is_switched_off_is_out_and_stays_out(company: Company) -> None:
    root, sam = company.signed_in("root"), comes(company, "u-sam", "", ["web"])
    assert sent(root, do="off", subject="u-sam")[0] == 303
    assert sam.get("/overview?data=shop").status_code == 401
    with pytest.raises(NotAllowed, match="turned off"):
        members.admitted(company.state, "u-sam", "", ["web"])
    assert "U-Sam" in page(root), "the list knows them by name"
    assert sent(root, do="on", subject="u-sam")[0] == 303
    assert members.admitted(company.state, "u-sam", "", ["web"]) == ("web",)


def test_somebody_who_was_here_before_gets_the_groups_at_once(company: Company) -> None:
    una = comes(company, "u-una", "Una@shop.example", [])
    members.invite(company.state, "una@shop.example", groups=["web"])
    assert una.get("/overview?data=shop").status_code == 200
    assert ("Una@shop.example", ("web",)) in owners.visitors(company.state)


def test_nobody_takes_the_administration_from_themselves_and_nobody_else_reaches_it(company: Company) -> None:
    company.signed_in("root").post(
        "/people/provider", data={"do": "invite", "name": "a@shop.example"}, headers=OWN_PAGE
    )
    chief = comes(company, "u-chief", "", ["administrators"])
    assert sent(chief, do="off", subject="u-chief")[0] == 400
    assert sent(chief, do="groups", subject="u-chief", groups="web")[0] == 303, "the provider still says it"
    other = comes(company, "u-other", "other@shop.example", [])
    members.change(company.state, members.find(company.state, "u-other"), groups=["administrators"])
    assert sent(other, do="groups", subject="u-other", groups="web")[0] == 400
    for fields in ({"do": "withdraw", "subject": "u-chief"}, {"do": "off", "subject": "u-none"}, {"do": "explode"}):
        assert sent(chief, **fields)[0] == 400
    assert sent(chief, do="invite", name="<b>")[0] == 400
    assert sent(chief, do="withdraw", mail="a@shop.example")[0] == 303
    assert sent(company.signed_in("wendy"), do="invite", name="eve@shop.example", groups="administrators")[0] == 403


def test_an_account_of_the_provider_tells_who_one_is_and_ends_other_sessions(company: Company) -> None:
    here, there = (comes(company, "u-flo", "", ["web"]) for _ in range(2))
    told = here.get("/account").get_data(as_text=True)
    assert "U-Flo (u-flo)</dd><dt>Signed in with</dt><dd>your identity provider" in told
    assert "the group web" in told
    assert "Another browser" in told
    assert 'name="password"' not in told
    sessions.end_others(
        company.state, sessions.Session(sessions.opened(company.state, "u-flo")[0].token, "u-flo", "", (), "")
    )
    assert sorted(web.get("/account").status_code for web in (here, there)) == [200, 401]


DELETES = ("delete", "revoke", "withdraw", "off", "out", "factor", "remove", "end")


def test_what_cannot_be_taken_back_asks_first(company: Company) -> None:
    root = company.signed_in("root")
    members.invite(company.state, "pat@shop.example")
    comes(company, "u-kim", "", [])
    root.post("/views", data={"title": "Tea", "address": "/overview?data=shop"}, headers=OWN_PAGE)
    root.post("/tokens", data={"title": "Sheet", "days": "9", "scope": "read"}, headers=OWN_PAGE)
    asked = set()
    for path in ("/people", "/views", "/tokens"):
        for button in re.findall(r"<button[^>]*>", root.get(path).get_data(as_text=True)):
            does = re.search(r'value="([\w-]+)"', button)
            if does and does[1] in DELETES:
                asked.add(does[1])
                assert "data-confirm=" in button, (path, button)
    assert asked == {"delete", "revoke", "withdraw", "off", "out"}
