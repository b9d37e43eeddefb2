"""One's own account: another password, a second factor, other browsers."""

from __future__ import annotations

import re
import time

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from analytics.errors import NotAllowed
from dashboard.company import audit, users
from dashboard.company.tables import USERS
from dashboard.login import totp
from tests.company.conftest import Clock, clock
from tests.login.conftest import OWN_PAGE, WORD, Company

pytestmark = pytest.mark.slow
__all__ = ["clock"]

NEW = "several other words"
DATA = "/data/"


def sent(web: FlaskClient, address: str = "/account", **fields: str) -> tuple[int, str]:
    answer = web.post(address, data=fields, headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.fixture
def person(company: Company, request: pytest.FixtureRequest) -> str:
    """The name of a new account."""
    name = re.sub(r"\W", "-", request.node.name)[:60].strip("-")
    company.add(name, "web")
    return name


def asked(company: Company, name: str, password: str = WORD) -> tuple[FlaskClient, str]:
    """A browser in which the password was right, and the token of the form for the code."""
    web = company.browser()
    _, page = sent(web, "/login", name=name, password=password)
    found = re.search(r'name="token" value="([\w-]+)"', page)
    return web, found[1] if found else ""


def with_factor(company: Company, name: str) -> tuple[str, list[str]]:
    """Set a second factor up on the page; its key and recovery codes."""
    web = company.signed_in(name)
    page = sent(web, do="begin")[1]
    key = re.search(r'name="key" value="(\w{32})"', page)
    assert key is not None
    assert f"secret={key[1]}" in page
    now = totp.code(key[1], int(time.time()) // 30)
    status, page = sent(web, do="on", key=key[1], code=f" {now[:3]} {now[3:]}", current=WORD)
    assert status == 200, page
    assert web.get(DATA).status_code == 200, "this session goes on"
    return key[1], re.findall(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", page)


def test_the_key_is_a_picture_too_and_stored_where_only_the_application_reads_it(
    company: Company, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company.state, "secret", "a secret of all processes")
    assert '<svg width="' in sent(company.signed_in(person), do="begin")[1]
    key, codes = with_factor(company, person)

    def stored() -> str:
        with company.state.read() as connection:
            return str(connection.execute(sa.select(USERS.c.totp).where(USERS.c.name == person)).scalar_one())

    assert key not in stored()
    user = users.find(company.state, person)
    totp.check(company.state, user, totp.code(key, int(time.time()) // 30 + 1))
    monkeypatch.setattr(company.state, "secret", "another one")
    with pytest.raises(NotAllowed):
        totp.check(company.state, user, totp.code(key, int(time.time()) // 30 + 1))
    totp.check(company.state, user, codes[0])


def test_a_key_that_was_stored_plainly_is_encrypted_with_its_next_use(
    company: Company, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = with_factor(company, person)
    monkeypatch.setattr(company.state, "secret", "a secret of all processes")
    user = users.find(company.state, person)
    totp.check(company.state, user, totp.code(key, int(time.time()) // 30 + 1))
    with company.state.read() as connection:
        assert connection.execute(sa.select(USERS.c.totp).where(USERS.c.name == person)).scalar_one() != key


# --- RFC 6238, appendix B: the last six digits of its values for SHA-1
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp.code(KEY, seconds // totp.SECONDS) == code


def test_a_browser_is_told_whose_password_a_form_asks_for(company: Company, person: str) -> None:
    shown = company.signed_in(person).get("/account").text
    assert shown.count('autocomplete="username"') == 1, "else Chromium complains in its console"


def test_a_password_is_changed_by_who_knows_it(company: Company, person: str) -> None:
    web, other = company.signed_in(person), company.signed_in(person)
    for fields, told in (
        ({"before": "wrong", "password": NEW}, "is wrong"),
        ({"before": WORD, "password": "short"}, "at least 12 characters"),
    ):
        status, page = sent(web, do="password", **fields)
        assert (status, told in page) == (400, True)
    assert sent(web, do="password", before=WORD, password=NEW)[0] == 200
    assert web.get(DATA).status_code == 200
    assert other.get(DATA).status_code == 401
    assert users.verify(company.state, person, NEW).name == person
    assert audit.entries(company.state, who=person, action="changed", limit=1)[0].what == "password"


def test_one_signs_out_everywhere_else(company: Company, person: str) -> None:
    web, other = company.signed_in(person), company.signed_in(person)
    assert "Signed out of 1 other session" in sent(web, do="out")[1]
    assert (web.get(DATA).status_code, other.get(DATA).status_code) == (200, 401)


def test_a_second_factor_is_asked_for_and_each_code_serves_once(company: Company, person: str, clock: Clock) -> None:
    key, recovery = with_factor(company, person)
    web, token = asked(company, person)
    assert web.get(DATA).status_code == 401, "a password alone is no session"
    web.set_cookie("storesight", token)
    assert web.get(DATA).status_code == 401, "nor is the token of the form"
    used = totp.code(key, int(clock.now) // 30)
    assert sent(web, "/login/code", token=token, code=used)[0] == 403, "it was used to set the factor up"
    clock.pass_by(30)
    fresh = totp.code(key, int(clock.now) // 30)
    assert sent(web, "/login/code", token=token, code=fresh, next="//evil.example")[0] == 303
    assert web.get(DATA).status_code == 200
    again, token = asked(company, person)
    assert sent(again, "/login/code", token=token, code=fresh)[0] == 403
    assert sent(again, "/login/code", token=token, code=recovery[0].upper())[0] == 303
    last, token = asked(company, person)
    assert sent(last, "/login/code", token=token, code=recovery[0])[0] == 403
    assert len(set(recovery)) == totp.RECOVERY_CODES
    assert recovery[1].replace("-", "").encode() not in (company.folder / "state.db").read_bytes()


def test_a_code_is_awaited_for_a_few_minutes(company: Company, person: str, clock: Clock) -> None:
    _, recovery = with_factor(company, person)
    web, token = asked(company, person)
    clock.pass_by(totp.WAIT_SECONDS + 1)
    status, page = sent(web, "/login/code", token=token, code=recovery[0])
    assert (status, "It took too long" in page) == (403, True)
    assert sent(web, "/login/code", token="forged", code=recovery[0])[0] == 403


def test_wrong_codes_lock_and_a_right_password_does_not_begin_the_count_again(
    company: Company, person: str, clock: Clock
) -> None:
    _, recovery = with_factor(company, person)
    for _ in range(users.FREE_FAILURES):
        web, token = asked(company, person)
        assert token
        assert sent(web, "/login/code", token=token, code="000000")[0] == 403
    assert asked(company, person)[1] == "", "locked"
    assert sent(web, "/login/code", token=token, code=recovery[0])[0] == 403, "for a code that was awaited, too"
    clock.pass_by(31)
    web, token = asked(company, person)
    assert sent(web, "/login/code", token=token, code=recovery[0])[0] == 303


def test_a_link_for_a_new_password_does_not_go_round_the_second_factor(company: Company, person: str) -> None:
    with_factor(company, person)
    link = users.invite(company.state, users.find(company.state, person))
    web = company.browser()
    status, page = sent(web, "/password", token=link, password=NEW)
    assert (status, "Code from your authenticator app" in page) == (200, True)
    assert web.get(DATA).status_code == 401


def test_it_is_switched_off_with_the_password_or_by_an_administrator(company: Company, person: str) -> None:
    with_factor(company, person)
    ident = users.find(company.state, person).id
    root = company.signed_in("root")
    assert "Turn off two-step sign-in" in root.get("/people").get_data(as_text=True)
    assert sent(root, f"/people/{ident}", do="factor")[0] == 303
    web = company.signed_in(person)
    with_factor(company, person)
    assert sent(web, do="on", key=KEY, code="000000", current=WORD)[0] == 400, "there is one already"
    assert sent(web, do="off", current="wrong")[0] == 400
    assert asked(company, person)[1]
    assert sent(web, do="off", current=WORD)[0] == 200
    assert not users.find(company.state, person).second


@pytest.mark.parametrize(
    "fields",
    [
        {"key": KEY, "code": "000000", "current": WORD},
        {"key": KEY, "code": "", "current": WORD},
        {"key": "short", "code": "287082", "current": WORD},
        {"key": KEY.lower(), "code": "é" * 6, "current": WORD},
        {"key": KEY, "code": "\u0662\u0668\u0667\u0660\u0668\u0662", "current": WORD},
        {"key": KEY, "code": "287082", "current": "wrong"},
    ],
)
def test_nobody_locks_themselves_out_with_a_wrong_key_or_code(company: Company, fields: dict[str, str]) -> None:
    web = company.signed_in("wendy")
    assert sent(web, do="on", **fields)[0] == 400
    assert not users.find(company.state, "wendy").second
    company.signed_in("wendy")  # a right password, so that wrong ones do not add up over these tests
