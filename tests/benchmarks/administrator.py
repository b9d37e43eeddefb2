"""What an administrator does who has only the documents: from a clone to an application behind TLS that people of two
groups sign in to with an identity provider.

    python -m tests.benchmarks.administrator

It clones this repository, installs what `make run` installs, takes the configuration of nginx and the settings from the
documents, with ports of this machine, and signs people in through the proxy. It needs git, make, nginx and openssl, and
a package index that pip knows."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from oidc_provider_mock import User, run_server_in_thread
from urllib3.util import connection

from tests.benchmarks.results import Result, found, table
from tests.processes import ROOT, clean_environment, free_port, wait_until

HOST = "shop.example.com"
POLICIES = """
[groups.leeds]
only = { region = ["CA"] }
rights = ["view", "export"]

[groups.analysts]
rights = ["view", "export"]
"""
PEOPLE = [
    User(sub="u-ann", claims={"name": "Ann", "email": "ann@example.org", "email_verified": True}),
    User(sub="u-lea", claims={"name": "Lea", "groups": ["leeds"]}),
    User(sub="u-ari", claims={"name": "Ari", "groups": ["analysts"]}),
    User(sub="u-nil", claims={"name": "Nil"}),
]
MINUTES = 20
NGINX = """
pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{server} }}
"""


def block(document: str, language: str, holds: str) -> str:
    """The block of a document that holds this text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / document).read_text(), re.DOTALL)
    return str(next(text for text in blocks if holds in text))


def settings_of(text: str) -> dict[str, str]:
    """What a block of shell exports."""
    pairs = re.findall(r"(STORESIGHT_\w+)=(\S*)", "\n".join(line for line in text.splitlines() if "export" in line))
    return dict(pairs)


class Installation:
    """A clone of this repository, with a proxy in front, in a folder."""

    def __init__(self, folder: Path, issuer: str) -> None:
        self.folder, self.shop = folder, folder / "shop"
        self.port, self.tls = free_port(), free_port()
        self.url = f"https://{HOST}:{self.tls}"
        given = settings_of(block("people.md", "sh", "STORESIGHT_OIDC_ISSUER"))
        given |= settings_of(block("deployment.md", "sh", "STORESIGHT_PROXIES=1 STORESIGHT_HOSTS"))
        given |= {
            "STORESIGHT_URL": self.url, "STORESIGHT_OIDC_ISSUER": issuer, "STORESIGHT_OIDC_SECRET": "known to both",
            "STORESIGHT_SECRET": "long and random, as the documents say", "STORESIGHT_STATE": "state/state.db",
            "STORESIGHT_POLICIES": "policies.toml", "PORT": str(self.port),
        }  # fmt: skip
        self.environment = clean_environment(**given)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Install, configure and start it; it is ready when the block begins."""
        self.run("git", "clone", "--quiet", str(ROOT), str(self.shop), cwd=self.folder)
        (self.shop / "policies.toml").write_text(POLICIES)
        names = (
            "-keyout",
            "shop.key",
            "-out",
            "shop.pem",
            "-subj",
            f"/CN={HOST}",
            "-addext",
            f"subjectAltName=DNS:{HOST}",
        )
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, cwd=self.folder)
        server = block("deployment.md", "nginx", "listen 443").replace("443", f"127.0.0.1:{self.tls}")
        server = server.replace("/etc/ssl", str(self.folder)).replace("127.0.0.1:8050", f"127.0.0.1:{self.port}")
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, server=server))
        self.run("make", ".venv/.requirements-company")
        invite = ("users", "invite", "ann@example.org", "--group", "administrators")
        self.run(".venv/bin/python", "-m", "dashboard", *invite)
        self.run("nginx", "-c", str(self.folder / "nginx.conf"), cwd=self.folder)
        with (self.folder / "log").open("wb") as log:
            made = subprocess.Popen(
                ["make", "run"], cwd=self.shop, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            wait_until(self.ready, "an application that is ready")
            yield
        finally:
            os.killpg(made.pid, signal.SIGTERM)
            made.wait(30)
            os.kill(int((self.folder / "nginx.pid").read_text()), signal.SIGQUIT)

    def run(self, *command: str, cwd: Path | None = None) -> None:
        """One command of the administrator's."""
        subprocess.run(command, cwd=cwd or self.shop, env=self.environment, check=True, stderr=subprocess.DEVNULL)

    def ready(self) -> bool:
        try:
            return self.browser().get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def browser(self) -> requests.Session:
        """A browser that knows the certificate, and in which nobody is signed in."""
        made = requests.Session()
        made.trust_env, made.verify = False, str(self.folder / "shop.pem")
        return made

    def orders_of(self, person: str) -> int:
        """How many orders of the demo company somebody sees who signs in; 0 who may see nothing."""
        web = self.browser()
        there = web.get(f"{self.url}/oidc/start", params={"next": "/overview"}, allow_redirects=False)
        back = requests.post(there.headers["Location"], data={"sub": person}, allow_redirects=False, timeout=30)
        landed = web.get(back.headers["Location"], allow_redirects=False)
        assert landed.status_code == 303, landed.text[:300]
        assert all(cookie.secure for cookie in web.cookies)
        answer = web.get(f"{self.url}/data/kpis.csv", params={"data": "demo", "range": "all"})
        orders = re.search(r"^orders,(\d+)", answer.text, re.MULTILINE)
        return int(orders[1]) if answer.status_code == 200 and orders else 0


def measure() -> list[Result]:
    """Minutes until people of two groups have signed in, each to the orders of their group."""
    began = time.monotonic()
    create = connection.create_connection

    def local(address: tuple[str, int], *more: object, **named: object) -> object:
        host, port = address
        return create(("127.0.0.1" if host == HOST else host, port), *more, **named)  # type: ignore[arg-type]

    connection.create_connection = local  # type: ignore[assignment]
    try:
        with tempfile.TemporaryDirectory() as name, run_server_in_thread(user_claims=PEOPLE) as provider:
            made = Installation(Path(name), f"http://localhost:{provider.server_port}")
            with made.running():
                seen = {person.sub: made.orders_of(person.sub) for person in PEOPLE}
    finally:
        connection.create_connection = create
    minutes = (time.monotonic() - began) / 60
    everything = seen["u-ann"]
    return [
        found("from a clone to an instance that people of two groups sign in to", minutes, "min", at_most=MINUTES),
        found("orders that an administrator sees, who was invited", everything, "", at_least=1),
        found("orders that the group without limits sees", seen["u-ari"], "", at_least=everything),
        found("orders that the group of one region sees", seen["u-lea"], "", at_least=1, at_most=everything / 2),
        found("orders that somebody without a group sees", seen["u-nil"], "", at_most=0),
    ]


if __name__ == "__main__":
    print(table(measure()))
