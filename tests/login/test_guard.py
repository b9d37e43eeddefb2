"""Signing in and out: where a request comes from, what the cookie is, where one lands."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.errors import CatalogError, ConfigError, StateError
from analytics.language import in_language
from dashboard import login
from dashboard.app import told_of
from dashboard.company import audit, policies, sessions, users
from dashboard.company.policies import ADMINISTRATOR, Policies, watched
from dashboard.company.state import open_state
from dashboard.login import guard, routes
from dashboard.settings import Settings
from dashboard.web import server
from tests.dashboard.test_callbacks import CALLBACKS
from tests.login.conftest import OWN_PAGE, WORD, Company

pytestmark = pytest.mark.slow


def bare_guard() -> tuple[Flask, FlaskClient]:
    """A server with nothing but the guard and the routes of signing in, and a browser of its administrator."""
    import tempfile

    flask = Flask("guarded")
    state = open_state(Settings(state=Path(tempfile.mkdtemp()) / "state.db"))
    assert state is not None
    server.install_errors(flask)
    guard.install(flask, guard.Guard(state, Policies))
    routes.install(flask, state, 400)
    web = flask.test_client()
    web.set_cookie(guard.PLAIN_COOKIE, sessions.begin(state, "root", "Root", ["administrators"], "local"))
    return flask, web


def test_one_lands_where_one_wanted_to_go(company: Company) -> None:
    web = company.browser()
    asked = web.get("/trends?data=shop&channel=web", headers={"Accept": "text/html"})
    assert asked.status_code == 302
    assert asked.headers["Location"] == "/login?next=%2Ftrends%3Fdata%3Dshop%26channel%3Dweb"
    form = web.get(asked.headers["Location"]).get_data(as_text=True)
    assert 'name="next" value="/trends?data=shop&amp;channel=web"' in form
    data = {"name": "rita", "password": WORD, "next": "/trends?data=shop&channel=web#revenue_over_time"}
    answer = web.post("/login", data=data, headers=OWN_PAGE)
    assert answer.headers["Location"] == "/trends?data=shop&channel=web#revenue_over_time"
    assert web.get("/trends?data=shop").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example/x",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "\\/x",
        "/a\r\nX: y",
        "overview",
    ],
)
def test_one_never_lands_elsewhere(company: Company, target: str) -> None:
    data = {"name": "rita", "password": WORD, "next": target}
    answer = company.browser().post("/login", data=data, headers=OWN_PAGE)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(company: Company, headers: dict[str, str]) -> None:
    web = company.signed_in("root")
    for address in ("/logout", "/page", "/login", "/password", "/uploads", CALLBACKS):
        assert web.post(address, data=b"{}", headers=headers).status_code == 403, address
    assert web.get("/data/kpis.csv?data=shop").status_code == 200


def test_an_older_browser_proves_itself_with_its_origin(company: Company) -> None:
    data = {"name": "rita", "password": WORD}
    assert company.browser().post("/login", data=data, headers={"Origin": "http://localhost"}).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(company: Company) -> None:
    data = {"name": "rita", "password": WORD}
    plain = company.browser().post("/login", data=data, headers=OWN_PAGE).headers["Set-Cookie"]
    assert plain.startswith("storesight=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in plain
    secure = (
        company.browser()
        .post("/login", data=data, headers=OWN_PAGE, base_url="https://localhost")
        .headers["Set-Cookie"]
    )
    assert secure.startswith("__Host-storesight=")
    assert "Secure" in secure
    assert "Domain" not in secure


def test_a_cookie_that_another_name_of_the_site_planted_counts_for_nothing(company: Company) -> None:
    """A page of a sibling subdomain can set a cookie without the prefix __Host-."""
    web = company.signed_in("root")
    cookie = web.get_cookie("storesight")
    assert cookie is not None
    other = company.browser()
    other.set_cookie("storesight", cookie.value)
    assert other.get("/data/kpis.csv?data=shop", base_url="https://localhost").status_code == 401


def test_signing_out_signs_out(company: Company) -> None:
    web = company.signed_in("rita")
    cookie = web.get_cookie("storesight")
    assert cookie is not None
    answer = web.post("/logout", headers=OWN_PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    web.set_cookie("storesight", cookie.value)
    assert web.get("/data/").status_code == 401


def test_signing_in_gives_a_new_token_each_time(company: Company) -> None:
    """A token that was planted before signing in is not the one of the session."""
    web = company.browser()
    web.set_cookie("storesight", "planted")
    web.post("/login", data={"name": "rita", "password": WORD}, headers=OWN_PAGE)
    cookie = web.get_cookie("storesight")
    assert cookie is not None
    assert cookie.value != "planted"
    planted = company.browser()
    planted.set_cookie("storesight", "planted")
    assert planted.get("/data/").status_code == 401


def test_a_wrong_password_is_told_beside_the_form_and_kept_in_the_log(company: Company) -> None:
    answer = company.browser().post("/login", data={"name": "<b>rita", "password": "wrong"}, headers=OWN_PAGE)
    told = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "The user name or the password is wrong." in told
    assert "<b>rita" not in told
    assert "wrong" not in answer.headers.get("Set-Cookie", "")
    newest = audit.entries(company.state, action="sign-in refused", limit=1)[0]
    assert newest.who == "<b>rita"


def test_a_link_of_invitation_leads_to_the_application(company: Company) -> None:
    token = users.invite(company.state, users.add(company.state, "ivy", "Ivy", ["readers"]))
    web = company.browser()
    assert "ivy" in web.get(f"/password/{token}").get_data(as_text=True)
    short = web.post("/password", data={"token": token, "password": "short"}, headers=OWN_PAGE)
    assert short.status_code == 400
    assert "Use at least 12 characters" in short.get_data(as_text=True)
    done = web.post("/password", data={"token": token, "password": WORD}, headers=OWN_PAGE)
    assert done.status_code == 303
    assert web.get("/overview?data=shop").status_code == 200
    again = company.browser().post("/password", data={"token": token, "password": WORD}, headers=OWN_PAGE)
    assert again.status_code == 403
    assert company.browser().get(f"/password/{token}").status_code == 403


def test_pages_of_accounts_are_never_kept_by_a_browser(company: Company) -> None:
    token = users.invite(company.state, users.add(company.state, "kay", "Kay", ["readers"]))
    for address in ("/login", f"/password/{token}"):
        answer = company.browser().get(address)
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_policy_that_is_taken_away_ends_at_once(company: Company) -> None:
    web = company.signed_in("rita")
    assert web.get("/overview?data=shop").status_code == 200
    user = users.find(company.state, "rita")
    users.change(company.state, user, groups=[])
    assert web.get("/overview?data=shop").status_code == 403
    users.change(company.state, user, groups=["readers"])
    assert web.get("/overview?data=shop").status_code == 200


def test_a_login_without_a_state_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs a state store"):
        login.install(Flask("x"), Settings(login="local"))


def test_the_first_administrator_gets_one_link_until_it_was_used(tmp_path: Path) -> None:
    state = open_state(Settings(state=tmp_path / "state.db"))
    assert state is not None
    first = routes.first_administrator(state, "https://shop.example")
    second = routes.first_administrator(state, "https://shop.example")
    assert first.startswith("https://shop.example/password/")
    assert [u.name for u in users.all_users(state)] == ["admin"]
    with pytest.raises(Exception, match="used or has expired"):
        users.invited(state, first.rpartition("/")[2])
    users.choose_password(state, second.rpartition("/")[2], WORD)
    assert routes.first_administrator(state, "https://shop.example") == ""


def test_an_administrator_is_found_whatever_became_of_the_first(tmp_path: Path) -> None:
    state = open_state(Settings(state=tmp_path / "state.db"))
    assert state is not None
    users.change(state, users.add(state, "admin", groups=["administrators"]), active=False)
    token = routes.first_administrator(state, "").rpartition("/")[2]
    assert users.invited(state, token).name == "admin-2"
    token = routes.first_administrator(state, "").rpartition("/")[2]
    assert users.invited(state, token).name == "admin-2", "there is one now, who may yet choose a password"


def test_what_cannot_be_logged_is_refused_in_words(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    web = company.signed_in("root")

    def locked(*_: object) -> None:
        raise StateError("the state store cannot be used: database is locked.")

    monkeypatch.setattr(audit, "record", locked)
    for address in ("/overview?data=shop", "/data/kpis.csv?data=shop", "/lines.csv?data=shop"):
        answer = web.get(address)
        assert answer.status_code == 503, address
        assert answer.get_json()["error"] == "the state store cannot be used: database is locked."
        assert "Refresh" not in answer.headers, "a program decides by itself"
    shown = web.get("/trends?data=shop", headers={"Accept": "text/html"})
    assert (shown.status_code, shown.headers["Refresh"], shown.headers["Retry-After"]) == (503, "5", "5")
    assert "tries again by itself" in shown.get_data(as_text=True)


def test_nobody_learns_the_names_of_data_sets_from_the_state_of_health() -> None:
    reasons = ["secret: it was stored in format 1"]
    assert told_of(lambda: reasons, Settings())() == reasons
    assert "secret" not in str(told_of(lambda: reasons, Settings(login="local"))())
    assert told_of(list, Settings(login="local"))() == []


def test_the_log_tells_who_took_what_away(company: Company) -> None:
    web = company.signed_in("wendy")
    web.get("/trends?data=shop&channel=web")
    web.get("/data/top_products.csv?data=shop")
    web.get("/lines.csv?data=shop")
    web.get("/data/nothing.csv")
    web.get("/metrics")
    found = [(e.action, e.what, e.detail) for e in audit.entries(company.state, who="wendy", limit=5)]
    assert found == [
        ("was refused", "/metrics", ""),
        ("took order lines away", "/lines.csv", "data=shop"),
        ("took figures away", "/data/top_products.csv", "data=shop"),
        ("opened a page", "/trends", "data=shop&channel=web"),
        ("signed in", "", "127.0.0.1"),
    ]


# --- policies
def read(text: str) -> Policies:
    import tomllib

    return policies.read(tomllib.loads(text), "policies.toml")


def test_the_first_group_of_the_file_that_somebody_is_in_counts() -> None:
    found = read('[groups.b]\nrights = ["view"]\n[groups.a]\nrights = ["export"]\n[default]\ndata = ["shop"]\n')
    assert found.of(["a", "b"]) is found.groups["b"]
    assert found.of(["a"]) is found.groups["a"]
    assert found.of(["c"]) is found.default
    assert found.of(["administrators", "b"]) is ADMINISTRATOR
    assert read("").of(["anything"]) is None
    assert read("").of(["administrators"]) is ADMINISTRATOR


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[group.a]", "no such key"),
        ("[groups.a]\nright = ['view']", "Did you mean 'rights'"),
        ("[groups.a]\nrights = ['fly']", "found 'fly'"),
        ("[groups.a]\nonly = { region = [] }", "a text or a list of texts"),
        ("[groups.a]\nonly = { amount = ['3'] }", "cannot be chosen by this field"),
        ("[groups.a]\nhidden = ['amount']", "every figure needs it"),
        ("[groups.a]\nhidden = ['region']\nonly = { region = ['North'] }", "rows are chosen by it"),
        ("[groups.a]\nrights = ['administer']\nhidden = ['cost']", "sees everything"),
        ("[groups.a]\ndata = 3", "a text or a list of texts"),
        ("groups = 3", "expected a table"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(text: str, told: str) -> None:
    with pytest.raises(CatalogError, match=r"policies\.toml") as refused:
        read(text)
    assert told in str(refused.value)
    for code in ("de", "fr"):
        with in_language(code):
            assert told not in str(refused.value)


def test_a_hidden_field_that_may_be_misspelt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(policies.log, "warning", lambda text, *given: told.append(text % given))
    read = policies.read({"groups": {"a": {"hidden": ["cost", "costs"]}}}, "policies.toml")
    assert read.groups["a"].hidden == {"cost", "costs"}
    assert told == ["policies.toml, groups.a: 'costs' hides a field only where a data set declares one so itself"]


def test_a_file_that_becomes_wrong_lets_only_administrators_in(tmp_path: Path) -> None:
    path = tmp_path / "policies.toml"
    path.write_text('[groups.a]\nrights = ["view"]\n')
    now = watched(path)
    assert now().of(["a"]) is not None
    path.write_text("[groups.a\n")
    assert now().of(["a"]) is None
    assert now().of(["administrators"]) is ADMINISTRATOR
    path.write_text('[groups.a]\nrights = ["view", "export"]\n')
    assert now().of(["a"]) is not None
    path.unlink()
    assert now().of(["a"]) is None


def test_many_may_sign_in_at_once(company: Company) -> None:
    found: list[int] = []

    def attempt() -> None:
        data = {"name": "wendy", "password": WORD}
        status = 503
        while status == 503:  # others are having their passwords checked
            status = company.browser().post("/login", data=data, headers=OWN_PAGE).status_code
        found.append(status)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [303] * 12


def test_who_sends_many_passwords_does_not_take_all_threads(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    checking, go_on = threading.Semaphore(0), threading.Event()
    verify = users.verify

    def slow(*given: str) -> users.User:
        checking.release()
        go_on.wait()
        return verify(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(users, "verify", slow)
    data = {"name": "wendy", "password": WORD}

    def attempt() -> int:
        return company.browser().post("/login", data=data, headers=OWN_PAGE).status_code

    with ThreadPoolExecutor(routes.HASHES_AT_ONCE) as pool:
        first = [pool.submit(attempt) for _ in range(routes.HASHES_AT_ONCE)]
        for _ in first:
            checking.acquire()
        answer = company.browser().post("/login", data=data, headers=OWN_PAGE)
        go_on.set()
        assert [done.result() for done in first] == [303, 303]
    assert answer.status_code == 503
    assert "Many people are signing in right now." in answer.get_data(as_text=True)
    assert attempt() == 303
