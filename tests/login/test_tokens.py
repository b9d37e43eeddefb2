"""Tokens of programs: what they may ask, and that it is never more than their person may."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from analytics.errors import RequestError, TooManyRequests
from analytics.selection import Clause
from dashboard.company import api_tokens, audit, users
from dashboard.login.rights import FOR_TOKENS, access_of
from tests.company.conftest import Clock, clock
from tests.dashboard.test_viewers import SECRET, text_of
from tests.login.conftest import OWN_PAGE, Company
from tests.login.test_rights import addresses

pytestmark = pytest.mark.slow
__all__ = ["clock"]

LINES = "/lines.csv?data=shop"


def token_of(company: Company, name: str, **more: object) -> str:
    user = users.find(company.state, name)
    return api_tokens.create(company.state, name, "A sheet", 30, user_id=user.id, **more)  # type: ignore[arg-type]


def asked(company: Company, token: str, address: str = LINES) -> tuple[int, str]:
    answer = company.browser().get(address, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, text_of(answer.get_data())


def test_a_token_sees_what_its_person_sees(company: Company) -> None:
    status, told = asked(company, token_of(company, "wendy"))
    assert (status, SECRET in told, "cost" in told.splitlines()[0]) == (200, False, False)
    assert told == text_of(company.signed_in("wendy").get(LINES).get_data())
    assert SECRET in asked(company, token_of(company, "root"))[1]


def test_a_token_may_see_less(company: Company) -> None:
    narrow = token_of(company, "wendy", clauses=[Clause("city", ("Town 1",))])
    towns = {line.split(",")[-2] for line in asked(company, narrow)[1].splitlines()[1:]}
    assert "Town 1" in asked(company, narrow)[1]
    assert "Town 2" not in asked(company, narrow)[1]
    assert towns
    wide = token_of(company, "wendy", clauses=[Clause("channel", (f"{SECRET} shops",))])
    assert asked(company, wide)[1].count("\n") == 1, "a token cannot widen what its person may see"
    elsewhere = token_of(company, "wendy", datasets=["other"])
    assert asked(company, elsewhere)[0] == 400


def test_a_token_reads_figures_and_does_nothing_else(company: Company) -> None:
    token = token_of(company, "root")
    reached = set()
    for method, address, endpoint in addresses(company.app.server):
        answer = company.browser().open(address, method=method, headers={"Authorization": f"Bearer {token}"})
        if answer.status_code == 403:
            continue
        reached.add(endpoint)
    assert {endpoint for endpoint in reached if access_of(endpoint) != "open"} == set(FOR_TOKENS)


def test_a_reader_who_may_not_export_gets_no_token_that_does(company: Company) -> None:
    assert asked(company, token_of(company, "rita"))[0] == 403


@pytest.mark.parametrize("token", ["", "x", "ss_", "ss_wrong", "ss_" + "x" * 100_000, "ss_ä"])
def test_what_is_no_token_is_refused(company: Company, token: str) -> None:
    assert asked(company, token.encode("utf-8").decode("latin-1"))[0] == 401


def test_a_wrong_token_is_not_helped_by_a_session(company: Company) -> None:
    web: FlaskClient = company.signed_in("root")
    assert web.get(LINES, headers={"Authorization": "Bearer ss_wrong"}).status_code == 401


def test_a_token_ends_with_its_day_its_person_or_by_itself(company: Company, clock: Clock) -> None:
    company.add("tom", "web")
    first, second, third = (token_of(company, "tom") for _ in range(3))
    number = api_tokens.all_tokens(company.state, "tom")[0].id
    with pytest.raises(RequestError, match="no token"):
        api_tokens.revoke(company.state, number, "rita")
    api_tokens.revoke(company.state, number, "tom")
    assert [asked(company, t)[0] for t in (first, second, third)] == [200, 200, 401]
    tom = users.find(company.state, "tom")
    users.change(company.state, tom, groups=["readers"])
    assert asked(company, first)[0] == 403
    users.change(company.state, tom, groups=["web"], active=False)
    assert asked(company, first)[0] == 401
    users.change(company.state, tom, active=True)
    clock.pass_by(30 * api_tokens.DAY + 1)
    assert asked(company, first)[0] == 401
    assert api_tokens.all_tokens(company.state, "tom") == []


def test_only_its_hash_is_kept_and_its_use_is_logged(company: Company) -> None:
    token = token_of(company, "wendy")
    asked(company, token, "/data/kpis.csv?data=shop")
    newest = audit.entries(company.state, who="wendy", limit=1)[0]
    assert newest.action == "took figures away with the token “A sheet”"
    assert api_tokens.all_tokens(company.state, "wendy")[0].used_at > 0
    assert token not in (company.folder / "state.db").read_bytes().decode("latin-1")


@pytest.mark.parametrize(("title", "days"), [("", 30), (" ", 30), ("x" * 101, 30), ("a", 0), ("a", 367), ("a", -1)])
def test_a_token_has_a_purpose_and_an_end(company: Company, title: str, days: int) -> None:
    with pytest.raises(RequestError):
        api_tokens.create(company.state, "root", title, days)


def test_a_page_of_another_site_cannot_use_a_token(company: Company) -> None:
    """A token lies in no cookie, so no browser adds it by itself; what changes something refuses it anyway."""
    token = token_of(company, "root")
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://evil.example", **OWN_PAGE}
    assert company.browser().post("/page", data=b"{}", headers=headers).status_code == 403


# --- the page
def made(web: FlaskClient, **fields: object) -> tuple[int, str, str]:
    """Status, page and text of the token that the form makes."""
    given = {"title": "A sheet", "days": "30", "scope": ["read"]} | fields
    answer = web.post("/tokens", data=given, headers=OWN_PAGE)
    page = answer.get_data(as_text=True)
    found = re.search(r"ss_[\w-]{43}", page)
    return answer.status_code, page, found[0] if found else ""


def test_a_person_makes_a_token_that_is_shown_once(company: Company) -> None:
    wendy = company.signed_in("wendy")
    status, page, token = made(wendy, title="<b>Sheet", conditions="city=Town 1\n\ncity = Town 2", data=["shop"])
    assert status == 200
    assert "&lt;b&gt;Sheet" in page
    assert token not in wendy.get("/tokens").get_data(as_text=True)
    assert "City: Town 1, Town 2" in page
    status, lines = asked(company, token)
    assert (status, "Town 1" in lines, "Town 2" in lines, "Town 3" in lines) == (200, True, True, False)
    newest = audit.entries(company.state, who="wendy", action="made a token", limit=1)[0]
    assert newest.what == "<b>Sheet"
    assert "<b>Sheet" not in company.signed_in("root").get("/tokens").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": " "}, "what the token is for"),
        ({"days": "367"}, "1 to 366 days"),
        ({"days": "-1"}, "whole number"),
        ({"days": "\u0663"}, "whole number"),
        ({"scope": []}, "at least one thing that the token may read"),
        ({"scope": ["read", "fly"]}, "at least one thing that the token may read"),
        ({"data": ["aside"]}, "may not see one of these"),
        ({"conditions": "city"}, "not a field and a value"),
        ({"conditions": "cost=5"}, "not a field and a value"),
        ({"conditions": "city=Nroth"}, "o row that you may see has city = Nroth"),
        ({"conditions": f"channel={SECRET} shops"}, "o row that you may see has channel"),
    ],
)
def test_a_token_that_cannot_be_is_told_on_the_page(company: Company, fields: dict[str, object], told: str) -> None:
    before = len(api_tokens.all_tokens(company.state, "wendy"))
    status, page, token = made(company.signed_in("wendy"), **fields)
    assert (status, token) == (400, "")
    assert told in page
    assert len(api_tokens.all_tokens(company.state, "wendy")) == before


def test_a_token_is_only_for_what_it_was_made_for(company: Company) -> None:
    wendy = company.signed_in("wendy")
    figures, agent = made(wendy)[2], made(wendy, scope=["mcp"])[2]
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    def asks(token: str) -> tuple[int, int]:
        headers = {"Authorization": f"Bearer {token}"}
        return asked(company, token)[0], company.browser().post("/mcp", json=ping, headers=headers).status_code

    assert (asks(figures), asks(agent)) == ((200, 403), (403, 200))


def test_a_changed_text_leaves_a_day_to_change_the_programs(company: Company, clock: Clock) -> None:
    wendy = company.signed_in("wendy")
    first = made(wendy)[2]
    number = api_tokens.all_tokens(company.state, "wendy")[0].id
    for other in ("root", "rita"):  # not even an administrator gets a text in another's name
        answer = company.signed_in(other).post(f"/tokens/{number}", data={"do": "rotate"}, headers=OWN_PAGE)
        assert answer.status_code in (400, 403)
    page = wendy.post(f"/tokens/{number}", data={"do": "rotate"}, headers=OWN_PAGE).get_data(as_text=True)
    second = re.findall(r"ss_[\w-]{43}", page)[0]
    assert (asked(company, first)[0], asked(company, second)[0]) == (200, 200)
    clock.pass_by(api_tokens.GRACE_SECONDS + 1)
    assert (asked(company, first)[0], asked(company, second)[0]) == (401, 200)


def test_everybody_revokes_their_own_and_administrators_any(company: Company) -> None:
    wendy, token = company.signed_in("wendy"), token_of(company, "wendy")
    own = token_of(company, "root")
    number, of_root = (api_tokens.all_tokens(company.state, name)[0].id for name in ("wendy", "root"))
    assert wendy.post(f"/tokens/{of_root}", data={"do": "revoke"}, headers=OWN_PAGE).status_code == 400
    assert wendy.post(f"/tokens/{number}", data={"do": "explode"}, headers=OWN_PAGE).status_code == 400
    assert asked(company, own)[0] == 200
    root = company.signed_in("root")
    assert "Other people’s tokens" in root.get("/tokens").get_data(as_text=True)
    assert "Other people’s tokens" not in wendy.get("/tokens").get_data(as_text=True)
    assert root.post(f"/tokens/{number}", data={"do": "revoke"}, headers=OWN_PAGE).status_code == 303
    assert asked(company, token)[0] == 401


def test_who_may_not_export_makes_none(company: Company) -> None:
    rita = company.signed_in("rita")
    assert made(rita)[0] == 403
    assert rita.get("/tokens").status_code == 403


def test_more_requests_than_a_token_may_are_told_when_to_come_again(company: Company, clock: Clock) -> None:
    clock.now -= clock.now % 60
    token = token_of(company, "wendy")
    guard = company.app.server.extensions["storesight.session"].__self__
    for _ in range(guard.per_minute):
        api_tokens.count(company.state, api_tokens.find(company.state, token), guard.per_minute)  # type: ignore[arg-type]
    clock.pass_by(10)
    answer = company.browser().get(LINES, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "50")
    assert answer.get_json()["kind"] == "TooManyRequests"
    assert asked(company, token_of(company, "wendy"))[0] == 200, "another token is not meant"
    clock.pass_by(50)
    assert asked(company, token)[0] == 200


def test_uses_at_the_same_time_are_all_counted(company: Company, clock: Clock) -> None:
    """As by two workers, which both have read the token before either counts."""
    token = api_tokens.find(company.state, token_of(company, "wendy"))
    assert token is not None
    for _ in range(3):
        api_tokens.count(company.state, token, 3)
    with pytest.raises(TooManyRequests):
        api_tokens.count(company.state, token, 3)


def test_tokens_of_a_person_without_an_account_rest_unless_they_come(company: Company, clock: Clock) -> None:
    token = api_tokens.create(company.state, "sub-7", "A sheet", 366, groups=["web"])
    assert asked(company, token)[0] == 200
    clock.pass_by(api_tokens.STANDING_DAYS * api_tokens.DAY)
    assert asked(company, token)[0] == 401
    api_tokens.confirm(company.state, "sub-7", ["nowhere"])
    assert asked(company, token)[0] == 403, "their groups are those of the last visit"
    assert api_tokens.end_all(company.state, "sub-7") == 1
    assert api_tokens.end_all(company.state, "wendy") == 0, "an account's end with the account"


def test_a_person_has_a_bounded_number(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_tokens, "MOST_TOKENS", len(api_tokens.all_tokens(company.state, "wendy")))
    assert "the most" in made(company.signed_in("wendy"))[1]
