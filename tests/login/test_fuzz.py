"""Requests of all kinds with and without a session: none makes the server fail, and none shows what is hidden."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import users
from dashboard.login.rights import FOR_LINKS, FOR_TOKENS
from dashboard.pages import CHARTS
from dashboard.sharing import shares, signed, wrong
from dashboard.sharing.shares import Terms
from tests.calls import page_request
from tests.dashboard.test_viewers import SECRET, text_of
from tests.login.conftest import EMBED_SECRET, OWN_PAGE, Company
from tests.login.test_rights import addresses

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

REQUESTS = 500  # every fifth by a link
JUNK = (
    "%00",
    "\x00",
    "é",
    "%ff",
    "../",
    "..%2f",
    "//",
    "9" * 30,
    "-1",
    "a" * 3000,
    "<b>",
    "\u202e",
    "%0d%0a",
    "?",
    "/",
)
QUERIES = (
    "", "data=shop", "data=shop&range=all", "data=aside", "range=%ff", "next=//evil.example", "show=x:1", "channel=%00",
    "product=!", "limit=99999999999", "who=%00", "days=99999",
)  # fmt: skip
VALUES: tuple[Any, ...] = (None, True, 1, 1e308, 9**99, "x", [], {}, [[[]]], "\ud800", "\x00", "//x", {"kind": "data"})
FIELDS = (
    "name", "password", "next", "token", "title", "address", "do", "audience", "groups", "first", "last",
    "kind", "text", "query", "metric", "grain", "number", "mails", "hook", "quiet", "tried", "rule",
    "period", "value", "filters", "why", "seen", "first_day",
)  # fmt: skip
TEXTS = (
    "a", "\x00", "//x", "/overview?data=shop", "rename", "share", "start", "start-all", "up", "*", "x" * 5000, "try",
    "save", "data=shop", "revenue", "day", "below", "20-7", "1",
    "2024-05", "change", "end", "add", "apply", "metric,period,value\nrevenue,2024-05,5", "region=x&kpis.y=1",
)  # fmt: skip
TOOLS = ("ask_table", "verify", "find_values", "list_stories", "list_notes", "list_targets", "x")
ORIGINS: tuple[dict[str, str], ...] = (OWN_PAGE, OWN_PAGE, OWN_PAGE, {}, {"Sec-Fetch-Site": "cross-site"})
CARRIED: tuple[dict[str, str], ...] = ({}, {}, {}, {"Authorization": "Bearer ss_x"}, {"Accept": "*/*"})


def body(pick: random.Random) -> dict[str, Any]:
    """A body that a route may or may not expect."""
    value = pick.choice(VALUES)
    message = {"name": pick.choice(TOOLS), "arguments": {"metrics": ["revenue", value], "field": value}}
    charts = pick.sample(sorted(CHARTS), 2)
    bodies: list[dict[str, Any]] = [
        {"data": {name: pick.choice(TEXTS) for name in pick.sample(FIELDS, 4)}},
        {"data": "[" * 50_000, "content_type": "application/json"},
        {"data": b"\x00\xff{[", "content_type": "application/json"},
        {"json": value},
        {"json": {"jsonrpc": "2.0", "id": value, "method": "tools/call", "params": message}},
        {"json": page_request("http://localhost/overview?data=shop", *charts, action=value)},
        {"json": {"output": value, "inputs": value, "changedPropIds": value}},
    ]
    return pick.choice(bodies)


def links_of(company: Company) -> tuple[str, ...]:
    """What the addresses of a public link and of a signed one begin with, each of somebody who may see the web only."""
    terms = Terms("/products", "data=shop", "shop", public=True, changeable=True, lines=True, files=True)
    pia = users.find(company.state, "pia")
    token = shares.create(company.state, Viewer("pia", EVERYTHING), "Fuzzed", terms, 9, pia.id)
    claims = {
        "view": "/products?data=shop", "group": "partners", "until": int(time.time()) + 900,
        "parents": ["https://a.example"], "files": True,
    }  # fmt: skip
    return f"/shared/{token}", f"/embed/{signed.sign(claims, EMBED_SECRET)}"


def test_no_request_makes_the_server_fail_or_shows_what_is_hidden(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong, "MOST_WRONG", 10**9)
    pick = random.Random(12)
    good = links_of(company)
    prefixes = (*good, f"{good[1]}x", "/shared/x", "/embed/a.b", "")
    browsers = {"": company.browser(), "wendy": company.signed_in("wendy"), "nora": company.signed_in("nora")}
    routes = [route for route in addresses(company.app.server) if route[2] != "sign_out"]
    routes += 10 * [route for route in routes if route[2] in FOR_TOKENS]  # those that give figures
    behind = [route for route in routes if route[2] in FOR_LINKS]
    seen = followed = 0
    for number in range(REQUESTS):
        who = pick.choice(sorted(browsers))
        prefix = pick.choice(prefixes) if number % 5 == 0 else ""
        method, address, endpoint = pick.choice(behind if prefix in good else routes)
        if endpoint == "_data":
            address = f"/data/{pick.choice(sorted(CHARTS))}.{pick.choice(('csv', 'json'))}"
        if pick.random() < 0.3:
            at = pick.randrange(len(address) + 1)
            address = address[:at] + pick.choice(JUNK) + address[at:]
        if pick.random() < 0.3:
            method = pick.choice(("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "POST"))
        sent = body(pick) if method in ("POST", "PUT") else {}
        address += ("&" if "?" in address else "?") + pick.choice(QUERIES)
        headers = {**pick.choice(ORIGINS), **pick.choice(CARRIED)}
        with browsers[who].open(prefix + address, method=method, headers=headers, **sent) as answer:
            sent_back = answer.get_data()
        told = text_of(sent_back) if sent_back.startswith(b"PK") else sent_back.decode("utf-8", "replace")
        about = (who, method, prefix[:20], address, str(sent)[:300], told[:300])
        assert answer.status_code < 500 or answer.status_code == 501, about
        assert SECRET not in told, about
        assert who == "wendy" or prefix in good or "Lamp" not in told, about
        assert "evil.example" not in answer.headers.get("Location", "").partition("?")[0], about
        seen += answer.status_code == 200 and who == "wendy"
        followed += answer.status_code == 200 and prefix in good
    assert seen > 15
    assert followed > 1
