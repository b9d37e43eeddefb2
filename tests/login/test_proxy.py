"""A proxy in front names the person: it is believed, and nobody else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dashboard import login
from dashboard.answers.viewers import current_viewer
from dashboard.login.proxy import trusted
from dashboard.settings import Settings, from_env
from dashboard.web import server

pytestmark = pytest.mark.slow

ANN = {"X-Forwarded-User": "ann@shop.example", "X-Forwarded-Groups": "staff, leeds"}


def application(folder: Path, **more: Any) -> Flask:
    (folder / "policies.toml").write_text('[groups.leeds]\nonly = { region = ["North"] }\n')
    settings = Settings(state=folder / "state.db", login="proxy", policies=folder / "policies.toml", proxies=1, **more)
    flask = Flask("tested")
    server.install_errors(flask)
    server.install_proxy(flask, settings.proxies)
    login.install(flask, settings)
    flask.add_url_rule("/", "/", lambda: f"{current_viewer().name}: {current_viewer().policy}")
    return flask


def test_the_proxy_is_believed(tmp_path: Path) -> None:
    answer = application(tmp_path).test_client().get("/", headers=ANN)
    assert answer.get_data(as_text=True).startswith("ann@shop.example: ")
    assert "North" in answer.get_data(as_text=True)


def test_nobody_else_is(tmp_path: Path) -> None:
    web = application(tmp_path).test_client()
    forged = {**ANN, "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-Ip": "127.0.0.1"}
    answer = web.get("/", headers=forged, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 401


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "headers", [{}, {"X-Forwarded-User": ""}, {"X-Forwarded-User": "x" * 201}, {"X-Forwarded-Groups": "leeds"}]
)
def test_a_request_without_a_name_is_from_nobody(tmp_path: Path, headers: dict[str, str]) -> None:
    assert application(tmp_path).test_client().get("/", headers=headers).status_code == 401


def test_a_person_without_a_group_may_do_nothing(tmp_path: Path) -> None:
    answer = application(tmp_path).test_client().get("/", headers={"X-Forwarded-User": "bea"})
    assert answer.status_code == 403


def test_other_headers_and_networks_can_be_named(tmp_path: Path) -> None:
    more = {"proxy_user": "Remote-User", "proxy_groups": "Remote-Groups", "login_from": ("10.0.0.0/8",)}
    web = application(tmp_path, **more).test_client()
    named = {"Remote-User": "ann", "Remote-Groups": "leeds"}
    assert web.get("/", headers=named, environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200
    assert web.get("/", headers=named).status_code == 401
    assert web.get("/", headers=ANN, environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 401


@pytest.mark.parametrize(
    ("peer", "believed"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("::1", True),
        ("127.0.0.2", False),
        ("", False),
        ("unix:", False),
    ],
)
def test_addresses_are_compared_as_addresses(peer: str, believed: bool) -> None:
    import ipaddress

    networks = tuple(ipaddress.ip_network(text) for text in from_env({}).login_from)
    assert trusted(peer, networks) is believed
