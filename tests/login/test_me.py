"""Without a login: whoever opens the application on this machine is one person, and nobody else gets in."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from analytics import store as stores
from analytics.errors import ConfigError
from dashboard import languages, login, saved, sharing
from dashboard.answers.service import Service
from dashboard.answers.viewers import EVERYTHING, RIGHTS, current_viewer
from dashboard.company import views
from dashboard.company.owners import ALWAYS, owner_of, viewer_of
from dashboard.company.state import EXTENSION
from dashboard.login import me
from dashboard.login.guard import current_session
from dashboard.settings import Settings, from_env
from dashboard.sharing.address import Link
from dashboard.sharing.shares import Share, Terms
from dashboard.sharing.visits import _shown
from dashboard.web import hosts, server
from tests.dashboard.conftest import NoCache
from tests.dashboard.test_viewers import shop

pytestmark = pytest.mark.slow

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("me")
    stores.write(folder / "store", shop(hidden=True))
    return Settings(state=folder / "state.db", login="me", store=folder / "store")


@pytest.fixture(scope="module")
def flask(settings: Settings) -> Flask:
    made = Flask("tested")
    server.install_errors(made)
    hosts.install(made, settings.hosts, settings.proxies)
    languages.follow_browsers(made)
    login.install(made, settings)
    service = Service(settings.store, NoCache())
    languages.install(made, service)
    saved.install(made, service)
    sharing.install(made, service, settings)
    made.add_url_rule("/", "/", lambda: f"{current_viewer().name} {sorted(current_viewer().rights)}")
    made.add_url_rule("/metrics", "_metrics", lambda: "figures of operation")
    return made


def test_whoever_is_at_this_machine_is_one_person(flask: Flask) -> None:
    web = flask.test_client()
    assert web.get("/").get_data(as_text=True) == f"me {sorted(set(RIGHTS) - {'administer'})}"
    with flask.test_request_context("/", environ_base=HERE):
        viewer = current_viewer()
        assert (viewer.title, viewer.policy, viewer.signs_out, viewer.sees_source_rows) == (
            "Me",
            EVERYTHING,
            False,
            False,
        )
    assert web.get("/metrics").status_code == 403, "there is nobody to administer"
    assert "Set-Cookie" not in web.get("/").headers


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.9", {}),
        ("10.0.0.1", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"X-Real-Ip": "203.0.113.9"}),
        ("203.0.113.9", {"X-Forwarded-User": "me"}),
    ],
)
def test_nobody_else_gets_in(flask: Flask, peer: str, headers: dict[str, str]) -> None:
    answer = flask.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == 403
    assert "me [" not in answer.get_data(as_text=True)


def test_another_site_cannot_act_as_the_person(flask: Flask) -> None:
    web, view = flask.test_client(), {"title": "Mine", "address": "/overview?data=shop"}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert web.post("/views", data=view, headers=headers).status_code == 403, headers
    assert web.get("/", base_url="http://rebound.example").status_code == 400, "a name that points to this machine"


def test_what_the_person_makes_is_kept(flask: Flask, settings: Settings) -> None:
    web = flask.test_client()
    view = {"title": "Mine", "address": "/overview?data=shop"}
    assert web.post("/views", data=view, headers=OWN_PAGE).status_code == 303
    again = Flask("again")
    server.install_errors(again)
    login.install(again, settings)
    saved.install(again, Service(settings.store, NoCache()))
    assert "Mine" in again.test_client().get("/views").get_data(as_text=True)


def test_each_browser_keeps_its_own_language_until_the_choice_is_undone(flask: Flask) -> None:
    one, other = flask.test_client(), flask.test_client()

    def spoken() -> list[bool]:
        asked = {"Accept-Language": "de"}
        return [
            f'<html lang="{code}"' in web.get("/views", headers=asked).text
            for web, code in ((one, "fr"), (other, "de"))
        ]

    assert one.post("/language", data={"language": "fr"}, headers=OWN_PAGE).status_code == 204
    assert spoken() == [True, True]
    assert one.post("/language", data={"language": "browser"}, headers=OWN_PAGE).status_code == 204
    assert spoken() == [False, True]


@pytest.mark.parametrize(
    ("who", "said"),
    [("people", "Only you can open it, on this machine."), ("anybody", "It works on this machine only.")],
)
def test_a_new_link_says_who_can_open_it(flask: Flask, who: str, said: str) -> None:
    fields = {"address": "/overview?data=shop", "title": "Mine", "days": "30", "who": who}
    told = flask.test_client().post("/shares", data=fields, headers=OWN_PAGE).text
    assert said in told
    assert "sign in" not in told
    assert "Anyone who has it" not in told


def test_the_one_person_has_neither_a_name_nor_a_group_for_others(flask: Flask) -> None:
    with flask.test_request_context("/", environ_base=HERE):
        viewer = current_viewer()
    assert views.audiences(viewer) == (views.ONLY_ME,)
    terms = Terms("/overview", "data=shop&range=all", "shop", public=True)
    share = Share(1, "Mine", viewer.name, viewer.title, viewer.groups, terms, 0, 86400, 0, 0, False)
    told = _shown(Link("shared", "x"), share).told
    assert told == "Shared link of 1 Jan 1970, until 2 Jan 1970"
    assert _shown(Link("shared", "x"), replace(share, subject="pia", person="Pia")).told.startswith("Shared by Pia on")


def test_there_is_nothing_to_sign_in_or_out_with(flask: Flask) -> None:
    known = {rule.rule for rule in flask.url_map.iter_rules()}
    assert not known & {"/login", "/logout", "/password", "/people", "/account"}


def test_what_runs_later_does_not_rest(flask: Flask) -> None:
    with flask.test_request_context("/", environ_base=HERE):
        session = current_session()
        assert session is not None
        owner = owner_of(flask.extensions[EXTENSION], session)
    assert owner.confirmed_at == ALWAYS > time.time() + 1e9
    assert viewer_of(flask.extensions[EXTENSION], me.POLICIES, owner).may("export")


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"proxies": 1}, "STORESIGHT_PROXIES"),
        ({"policies": Path("policies.toml")}, "STORESIGHT_POLICIES"),
        ({"embed_secrets": ("x" * 32,)}, "STORESIGHT_EMBED_SECRET"),
        ({"state": None}, "environment"),
    ],
)
def test_settings_that_let_others_in_end_the_start(tmp_path: Path, more: dict[str, Any], where: str) -> None:
    given = Settings(**{"state": tmp_path / "state.db", "login": "me", **more})
    with pytest.raises(ConfigError, match=where):
        login.install(Flask("tested"), given)


def test_the_setting_is_read() -> None:
    assert from_env({"STORESIGHT_LOGIN": "me"}).login == "me"
    assert from_env({}).login == "off", "without it the application is as before"
