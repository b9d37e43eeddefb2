"""Tokens of programs: what they may ask, and that it is never more than their person may."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from analytics.errors import RequestError
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
    assert {endpoint for endpoint in reached if access_of(endpoint) != "open"} == FOR_TOKENS


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
