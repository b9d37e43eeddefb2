"""An application with accounts, a store and policies."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics import store as stores
from dashboard.app import create_app
from dashboard.company import users
from dashboard.company.state import State
from dashboard.page import handler
from dashboard.settings import Settings
from tests.dashboard.test_viewers import shop
from tests.processes import PATIENCE

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
WORD = "several words together"
EMBED_SECRET = "the-portal-knows-this-secret-too-and-nobody-else"
POLICIES = """
[groups.web]
only = { channel = ["web"] }
hidden = ["cost"]
rights = ["view", "export"]

[groups.publishers]
only = { channel = ["web"] }
rights = ["view", "export", "publish"]

[groups.partners]
data = ["shop"]
only = { channel = ["web"] }
hidden = ["cost"]
rights = ["view", "export"]

[groups.readers]
data = ["shop"]
"""


class Browser(FlaskClient):
    """Reads each answer to its end, as a browser does: an index page that is left half read keeps its request open."""

    def open(self, *given: Any, buffered: bool = True, **more: Any) -> TestResponse:
        """As of any client."""
        return super().open(*given, buffered=buffered, **more)


class Company:
    """A running application whose people the test signs in."""

    def __init__(self, folder: Path, **more: Any) -> None:
        (folder / "policies.toml").write_text(POLICIES)
        stores.write(folder / "store", shop(hidden=True))
        self.folder = folder
        self.settings = Settings(
            store=folder / "store",
            load=False,
            cache_dir=folder / "cache",
            state=folder / "state.db",
            login="local",
            policies=folder / "policies.toml",
            embed_secrets=(EMBED_SECRET,),
            oidc_issuer="https://login.example.org",  # others sign in there, at another instance
            **more,
        )
        handlers, level = logging.root.handlers[:], logging.root.level
        self.app = create_app(self.settings)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        self.app.server.test_client_class = Browser
        self.state: State = self.app.server.extensions["storesight.state"]

    def browser(self) -> FlaskClient:
        """A browser in which nobody is signed in."""
        return self.app.server.test_client()

    def add(self, name: str, *groups: str) -> None:
        """An account with the password WORD."""
        users.choose_password(
            self.state, users.invite(self.state, users.add(self.state, name, name.title(), groups)), WORD
        )

    def signed_in(self, name: str) -> FlaskClient:
        """A browser in which somebody has signed in with the form."""
        web = self.browser()
        answer = web.post("/login", data={"name": name, "password": WORD}, headers=OWN_PAGE)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return web


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords that cost little to check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))
        users._nobody.cache_clear()
        yield
        users._nobody.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def patient_answers() -> Iterator[None]:
    """An answer has all cards that were asked for, however slow the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "AT_ONCE", PATIENCE)
        yield


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, quick_hashes: None) -> Company:
    """The application with an administrator, somebody of the web shop, a reader, and somebody in no group."""
    made = Company(tmp_path_factory.mktemp("company"))
    made.add("root", "administrators")
    made.add("wendy", "web", "readers")
    made.add("rita", "readers")
    made.add("pia", "publishers")
    made.add("nora", "nowhere")
    return made
