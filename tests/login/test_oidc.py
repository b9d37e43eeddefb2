"""Signing in with an identity provider: a real one, which runs in a thread of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from oidc_provider_mock import User, run_server_in_thread

from analytics.errors import ConfigError, NotAllowed
from dashboard import login
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit, owners
from dashboard.company.owners import Owner
from dashboard.company.state import EXTENSION, State
from dashboard.digests import kept
from dashboard.digests.kept import Draft
from dashboard.digests.recipients import of_group
from dashboard.login.oidc import groups_of
from dashboard.settings import Settings
from dashboard.web import server
from tests.login.conftest import OWN_PAGE
from tests.processes import free_port

pytestmark = pytest.mark.slow

MANY = [f"group-{n:03d}-of-a-large-company" for n in range(300)]
PEOPLE = [
    User(
        sub="u-ann",
        claims={"name": "Ann", "email": "ann@shop.example", "email_verified": True, "groups": ["leeds"]},
    ),
    User(sub="u-bea", claims={"name": "Bea", "groups": [*MANY, "leeds"]}),
    User(sub="u-cleo", claims={"email": "cleo@shop.example"}),
    User(sub="u-dee", claims={"name": "Dee", "_claim_names": {"groups": "src1"}}),
    User(sub="u-eve", claims={"name": "Eve", "groups": "leeds", "email": "ann@shop.example"}),
    User(sub="u-fay", claims={"name": "Fay", "groups": ["administrators"]}),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of an identity provider that knows PEOPLE."""
    with run_server_in_thread(user_claims=PEOPLE) as running:
        yield f"http://localhost:{running.server_port}"


def application(folder: Path, issuer: str, **more: Any) -> Flask:
    """A server with the login and two pages behind it."""
    (folder / "policies.toml").write_text('[groups.leeds]\nonly = { region = ["North"] }\nrights = ["view"]\n')
    settings = Settings(
        state=folder / "state.db",
        login="oidc",
        policies=folder / "policies.toml",
        url="http://localhost",
        secret="a secret of all processes",
        oidc_issuer=issuer,
        oidc_client="storesight",
        oidc_secret="known to both",
        **more,
    )
    flask = Flask("tested")
    server.install_errors(flask)
    login.install(flask, settings)
    flask.add_url_rule("/", "/", lambda: f"{current_viewer().name}: {current_viewer().policy}")
    flask.add_url_rule("/<path:path>", "/<path:path>", lambda path: path)
    flask.add_url_rule("/metrics", "_metrics", lambda: "all")
    return flask


@pytest.fixture(scope="module")
def app(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application behind the provider."""
    return application(tmp_path_factory.mktemp("oidc"), provider)


def started(web: FlaskClient, target: str = "/") -> str:
    """The address of the provider to which the browser is sent."""
    answer = web.get("/oidc/start", query_string={"next": target})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def allowed(address: str, person: str) -> str:
    """What the provider sends the browser back with, when the person agrees."""
    answer = requests.post(address, data={"sub": person}, allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def signed_in(app: Flask, person: str, target: str = "/") -> FlaskClient:
    """A browser in which the person has signed in."""
    web = app.test_client()
    back = urlsplit(allowed(started(web, target), person))
    answer = web.get(f"{back.path}?{back.query}")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return web


def test_a_person_signs_in_and_lands_where_they_wanted_to_go(app: Flask) -> None:
    web = app.test_client()
    asked = web.get("/trends?data=shop", headers={"Accept": "text/html"})
    page = web.get(asked.headers["Location"]).get_data(as_text=True)
    assert "/oidc/start?next=%2Ftrends%3Fdata%3Dshop" in page
    back = urlsplit(allowed(started(web, "/trends?data=shop"), "u-ann"))
    answer = web.get(f"{back.path}?{back.query}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/trends?data=shop")
    told = web.get("/").get_data(as_text=True)
    assert told.startswith("u-ann: ")
    assert "North" in told
    assert web.get("/metrics").status_code == 403


def test_what_somebody_owns_goes_on_with_the_groups_of_the_last_sign_in(app: Flask) -> None:
    """An alert, digest or link of somebody who is no longer in a group must not show more than they see themselves."""
    state = app.extensions[EXTENSION]
    draft = Draft("Mine", "/overview", "daily", 7, "mails", mails=("a@example.org",))
    ident = kept.save(state, Owner("u-ann", None, ("administrators",), 1), draft, "2026-01-01")
    signed_in(app, "u-ann")
    digest = kept.find(state, ident)
    assert digest is not None
    assert "administrators" not in digest.owner.groups
    assert digest.owner.confirmed_at > 1


def test_a_digest_for_a_group_goes_to_addresses_that_the_provider_has_verified(app: Flask) -> None:
    state: State = app.extensions[EXTENSION]
    found = owners.policies_of(app)()
    for person in ("u-ann", "u-cleo", "u-eve", "u-bea"):
        signed_in(app, person)
    (share,) = of_group(state, found, "leeds")
    assert share.mails == ("ann@shop.example",), "neither who has no address nor who only says that it is theirs"
    assert owners.verified_mail(state, "u-ann") == "ann@shop.example"
    assert owners.verified_mail(state, "u-eve") == owners.verified_mail(state, "u-cleo") == ""
    owners.rest(state, "u-ann")
    assert of_group(state, found, "leeds") == []


def test_the_request_is_bound_to_the_browser_and_to_the_code(app: Flask) -> None:
    query = parse_qs(urlsplit(started(app.test_client())).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://localhost/oidc/callback"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(query[name][0]) >= 20, name


def test_the_address_of_the_settings_wins_over_headers(app: Flask) -> None:
    answer = app.test_client().get("/oidc/start", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil" not in answer.headers["Location"]


def test_a_forged_or_foreign_state_is_refused_with_a_way_on(app: Flask) -> None:
    """mismatching_state: a lost cookie, another browser, a state that somebody made up, or none at all."""
    web, other = app.test_client(), app.test_client()
    back = urlsplit(allowed(started(web), "u-ann"))
    code = parse_qs(back.query)["code"][0]
    for browser, address in (
        (other, f"{back.path}?{back.query}"),
        (web, f"{back.path}?code={code}&state=made-up"),
        (web, f"{back.path}?code={code}"),
        (web, back.path),
        (web, f"{back.path}?error=access_denied&state=x"),
    ):
        answer = browser.get(address)
        assert answer.status_code == 403, address
        assert "Try again" in answer.get_data(as_text=True)
        assert browser.get("/").status_code == 401
    assert web.get(f"{back.path}?{back.query}").status_code == 303, "the right browser is still let in"


def test_a_code_serves_once(app: Flask) -> None:
    web = app.test_client()
    back = urlsplit(allowed(started(web), "u-ann"))
    assert web.get(f"{back.path}?{back.query}").status_code == 303
    again = app.test_client()
    assert again.get(f"{back.path}?{back.query}").status_code == 403
    assert again.get("/").status_code == 401


def test_two_tabs_may_sign_in_at_once(app: Flask) -> None:
    web = app.test_client()
    first, second = started(web, "/a"), started(web, "/b")
    for address, target in ((second, "/b"), (first, "/a")):
        back = urlsplit(allowed(address, "u-ann"))
        answer = web.get(f"{back.path}?{back.query}")
        assert (answer.status_code, answer.headers["Location"]) == (303, target), "each where it wanted to go"
    assert web.get("/").status_code == 200


def test_many_attempts_do_not_make_the_cookie_too_long(app: Flask) -> None:
    web = app.test_client()
    for _ in range(30):
        address = started(web, "/trends?" + "x=1&" * 100)
    cookie = web.get_cookie("storesight-signing-in")
    assert cookie is not None
    assert len(cookie.value) < 4000
    back = urlsplit(allowed(address, "u-ann"))
    assert web.get(f"{back.path}?{back.query}").status_code == 303


def test_hundreds_of_groups_work_and_stay_on_the_server(app: Flask) -> None:
    web = signed_in(app, "u-bea")
    assert "North" in web.get("/").get_data(as_text=True)
    cookies = [web.get_cookie(name) for name in ("storesight", "storesight-signing-in")]
    assert sum(len(c.value) for c in cookies if c) < 1000


def test_a_missing_claim_of_groups_neither_promotes_nor_stops(app: Flask) -> None:
    web = signed_in(app, "u-cleo")
    answer = web.get("/")
    assert answer.status_code == 403
    assert "cleo@shop.example" in answer.get_data(as_text=True)


def test_a_group_in_place_of_a_list_counts(app: Flask) -> None:
    assert "North" in signed_in(app, "u-eve").get("/").get_data(as_text=True)


def test_groups_that_did_not_fit_into_the_token_are_refused(app: Flask) -> None:
    web = app.test_client()
    back = urlsplit(allowed(started(web), "u-dee"))
    answer = web.get(f"{back.path}?{back.query}")
    assert answer.status_code == 403
    assert "more groups than your identity provider sends" in answer.get_data(as_text=True)


def test_keys_that_the_provider_replaced_are_asked_for_again(app: Flask) -> None:
    signed_in(app, "u-ann")
    kept = app.extensions["authlib.integrations.flask_client"].provider.server_metadata
    former = RSAKey.generate_key(2048, {"kid": kept["jwks"]["keys"][0]["kid"]}, private=False)
    kept["jwks"] = {"keys": [former.as_dict()]}
    web = app.test_client()
    back = urlsplit(allowed(started(web), "u-ann"))
    assert web.get(f"{back.path}?{back.query}").status_code == 403
    signed_in(app, "u-ann")


def test_people_are_told_apart_by_their_subject(app: Flask) -> None:
    state: State = app.extensions[EXTENSION]
    web = signed_in(app, "u-ann")
    assert web.get("/").get_data(as_text=True).startswith("u-ann: ")
    newest = audit.entries(state, who="u-ann", action="signed in", limit=1)[0]
    assert "Ann" in newest.detail
    assert "leeds" in newest.detail


def test_administrators_are_a_group_of_the_provider(app: Flask) -> None:
    assert signed_in(app, "u-fay").get("/metrics").status_code == 200


def test_signing_out_signs_out_at_the_provider_too(app: Flask, provider: str) -> None:
    web = signed_in(app, "u-ann")
    cookie = web.get_cookie("storesight")
    assert cookie is not None
    answer = web.post("/logout", headers=OWN_PAGE)
    assert answer.status_code == 200, "a browser follows no redirection of a form to another site: form-action"
    address = urlsplit(answer.headers["Refresh"].partition("url=")[2])
    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}" == provider
    assert query["post_logout_redirect_uri"] == ["http://localhost/login"]
    assert query["id_token_hint"][0].count(".") == 2
    web.set_cookie("storesight", cookie.value)
    assert web.get("/").status_code == 401


def test_a_provider_that_is_gone_is_told_without_a_traceback(tmp_path: Path) -> None:
    flask = application(tmp_path, f"http://localhost:{free_port()}")
    answer = flask.test_client().get("/oidc/start")
    assert answer.status_code == 403
    assert "cannot be reached" in answer.get_data(as_text=True)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("document", ["[]", "{}", "null", "<html>", '"x"', '{"authorization_endpoint": 5}'])
def test_a_provider_that_answers_nonsense_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    def sent(*_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer._content = 200, document.encode()
        return answer

    monkeypatch.setattr(requests.Session, "send", sent)
    web = application(tmp_path, "http://provider.example").test_client()
    answer = web.get("/oidc/start")
    assert answer.status_code in (302, 403)
    assert answer.status_code == 403 or "authorization_endpoint" in document


@pytest.mark.parametrize(
    ("claims", "groups"),
    [
        ({}, ()),
        ({"groups": None}, ()),
        ({"groups": 7}, ()),
        ({"groups": {"a": 1}}, ()),
        ({"groups": ["a", 3, "", "a", "b", "x" * 300]}, ("a", "b")),
        ({"groups": "a"}, ("a",)),
        ({"roles": ["a"]}, ()),
    ],
)
def test_odd_claims_give_no_group_that_is_not_there(claims: dict[str, Any], groups: tuple[str, ...]) -> None:
    assert groups_of(claims, "groups") == groups


def test_too_many_groups_are_refused() -> None:
    with pytest.raises(NotAllowed, match="more than 500 groups"):
        groups_of({"groups": [str(n) for n in range(501)]}, "groups")


def test_missing_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"STORESIGHT_OIDC_ISSUER, .*STORESIGHT_SECRET too"):
        login.install(Flask("x"), Settings(state=tmp_path / "s.db", login="oidc"))
