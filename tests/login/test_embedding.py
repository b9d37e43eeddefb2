"""Embedded pages: signed links, what they show inside another site, and what went wrong with such pages elsewhere."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.errors import ConfigError, RequestError
from dashboard import login
from dashboard.__main__ import main
from dashboard.company import audit
from dashboard.settings import Settings, from_env
from dashboard.sharing import shares, signed
from tests.calls import page_request
from tests.company.conftest import Clock, clock
from tests.dashboard.test_callbacks import CALLBACKS
from tests.dashboard.test_viewers import SECRET, other, text_of
from tests.login.conftest import EMBED_SECRET, OWN_PAGE, WORD, Company
from tests.processes import ROOT

pytestmark = pytest.mark.slow
__all__ = ["clock"]

PORTAL = "https://portal.example.com"
CROSS = {"Sec-Fetch-Site": "cross-site", "Origin": PORTAL}  # how a sandboxed frame sends


def claims(**more: Any) -> dict[str, Any]:
    view, until = "/products?data=shop&range=all", int(time.time()) + 3600
    return {"view": view, "group": "partners", "until": until, "parents": [PORTAL], "name": "visitor 1"} | more


def link_of(**more: Any) -> str:
    return f"/embed/{signed.sign(claims(**more), EMBED_SECRET)}"


def opened(web: FlaskClient, link: str, headers: dict[str, str] | None = None) -> TestResponse:
    return web.get(f"{link}/products?data=shop&range=all", headers=headers)


def posted(web: FlaskClient, link: str, *charts: str, action: object = None) -> TestResponse:
    body = page_request(f"http://localhost{link}/products?data=shop&range=all", *charts, action=action)
    return web.post(f"{link}/page", data=json.dumps(body), headers=CROSS)


# --- the pitfalls of others


@pytest.mark.long
def test_no_cookie_is_needed_or_set(company: Company) -> None:
    """S#8382: in a frame of another site the browser sends no cookie, so nothing may depend on one."""
    web, link = company.app.server.test_client(use_cookies=False), link_of()
    first = web.get(f"{link}/", headers=CROSS)
    assert first.headers["Location"] == f"{link}/products?data=shop&range=all"
    page = opened(web, link, CROSS)
    answer = posted(web, link, "revenue_by_product")
    assert (page.status_code, answer.status_code) == (200, 200)
    assert "Lamp" in page.get_data(as_text=True)
    assert answer.get_json()["cards"]["revenue_by_product"]["state"] == "ok"
    for each in (first, page, answer):
        assert "Set-Cookie" not in each.headers


@pytest.mark.long
def test_a_guest_and_a_session_in_one_browser_do_not_disturb_each_other(company: Company) -> None:
    """S#32903, aspects#759: the guest's page and one's own shared a cookie and signed each other out."""
    web, link = company.signed_in("root"), link_of()
    cookie = web.get_cookie("storesight")
    guest = opened(web, link).get_data(as_text=True)
    assert SECRET not in guest, "an administrator's session does not widen the guest's page"
    assert SECRET not in posted(web, link, "revenue_by_product").get_data(as_text=True)
    assert f"{SECRET} Lamp" in web.get("/products?data=shop&range=all").get_data(as_text=True)
    assert web.get_cookie("storesight") == cookie
    web.post(f"{link}/logout", headers=OWN_PAGE)
    assert web.get("/products?data=shop&range=all").status_code == 200


def test_only_the_sites_that_the_link_names_may_show_it(company: Company) -> None:
    """L#13821: frame-ancestors could not be set. Here each link names its own."""
    web = company.browser()
    page = opened(web, link_of(parents=[PORTAL, "http://localhost:8000"]))
    assert f"frame-ancestors {PORTAL} http://localhost:8000;" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    for address in ("/products?data=shop", "/login", "/embed/nonsense/products"):
        answer = company.signed_in("root").get(address)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address
        assert answer.headers["X-Frame-Options"] == "DENY", address


def test_a_frame_in_a_sandbox_may_ask(company: Company) -> None:
    """S#15819: looking at storage is an error there, and the page is of no origin. Its own requests and files say that
    any page may read them; those of the application itself never do."""
    web, link = company.browser(), link_of()
    for address, method in ((f"{link}/page", "OPTIONS"), (f"{link}/page", "POST"), (f"{link}/_dash-layout", "GET")):
        answer = web.open(
            address, method=method, data=b"{}", headers={"Origin": "null", "Sec-Fetch-Site": "cross-site"}
        )
        assert answer.headers["Access-Control-Allow-Origin"] == "*", address
        assert "Access-Control-Allow-Credentials" not in answer.headers
    ended = link_of(group="nobody")
    assert web.options(f"{ended}/page").status_code == 200, "so that the page hears that it has ended"
    assert web.post(f"{ended}/page", data=b"{}").headers["Access-Control-Allow-Origin"] == "*"
    root = company.signed_in("root")
    page = root.get("/overview?data=shop").get_data(as_text=True)
    script = re.search(r'src="(/assets/first-paint\.js[^"]*)"', page)
    assert script is not None
    assert web.get(script[1]).headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for address in ("/page", "/overview?data=shop", "/data/kpis.csv?data=shop", "/login"):
        answer = root.get(address)
        assert "Access-Control-Allow-Origin" not in answer.headers, address
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", address


@pytest.mark.parametrize(
    "parent",
    ["*", "https://*", "https://*.example.com", "http://portal.example.com", "https://a.example/path", "data:", "",
     "https://a.example; script-src *", "https://a.example 'unsafe-inline'", "javascript:x", "https://user@a.example",
     "https://[", "https://a.example:99999", "//a.example", None, 3],
)  # fmt: skip
def test_what_is_no_site_cannot_be_a_parent(parent: object) -> None:
    with pytest.raises(RequestError):
        signed.checked(claims(parents=[parent]))


def test_a_token_that_ends_while_the_page_is_idle_is_told(company: Company, clock: Clock) -> None:
    """aspects#759: the guest's token ended while nobody did anything, and the page failed without a word."""
    web, link = company.browser(), link_of()
    page = opened(web, link).get_data(as_text=True)
    assert f'data-until="{int(clock.now) + 3600}"' in page, "so that the page asks again when it ends"
    assert posted(web, link).status_code == 200
    clock.pass_by(3601)
    answer = posted(web, link)
    assert answer.status_code == 410
    assert answer.get_json() == {
        "error": "this link has expired or was turned off. Reload the page that embeds it.", "kind": "LinkEnded",
    }  # fmt: skip
    again = opened(web, link)
    assert again.status_code == 410
    assert "Reload the page that embeds it" in again.get_data(as_text=True)
    assert f"frame-ancestors {PORTAL};" in again.headers["Content-Security-Policy"], "its frame can show the words"


def test_the_first_page_leaks_nothing(company: Company) -> None:
    """S PR#17529: the page's first data held names of users, roles and data sets."""
    from analytics import store as stores

    stores.write(company.settings.store, other())
    web, link = company.browser(), link_of()
    layout = web.get(f"{link}/_dash-layout").get_data(as_text=True)
    dependencies = web.get(f"{link}/_dash-dependencies").get_data(as_text=True)
    page = opened(web, link).get_data(as_text=True)
    for told in (layout, dependencies, page):
        for name in (
            SECRET,
            "aside",
            "rita",
            "wendy",
            "partners",
            "administrators",
            EMBED_SECRET,
            "Sign out",
            "/views",
        ):
            assert name not in told, name
    assert web.get(f"{link}/readyz").status_code == 403


# --- policies


def test_each_visitor_gets_their_own_clauses(company: Company) -> None:
    web = company.browser()
    town = posted(web, link_of(only={"city": ["Town 1"]}), "revenue_by_product").get_data(as_text=True)
    all_towns = posted(web, link_of(), "revenue_by_product").get_data(as_text=True)
    assert town != all_towns
    wide = posted(web, link_of(only={"channel": [f"{SECRET} shops"]}), "revenue_by_product")
    assert f"{SECRET} Lamp" not in wide.get_data(as_text=True), "a link cannot widen the group's policy"
    assert wide.get_json()["cards"]["revenue_by_product"]["state"] == "empty"
    elsewhere = opened(web, link_of(view="/products?data=aside"))
    assert SECRET not in elsewhere.get_data(as_text=True)
    nowhere = opened(web, link_of(only={"field_that_no_data_have": ["x"]})).get_data(as_text=True)
    assert "No data" in nowhere
    assert "Lamp" not in nowhere


def test_what_may_be_changed_stays_within_the_policy(company: Company) -> None:
    web, link = company.browser(), link_of(change=True, files=True)
    answer = posted(web, link, "revenue_by_product", action={"kind": "toggle", "field": "channel", "value": "web"})
    assert "channel=web" in answer.get_json()["href"]
    table = text_of(web.get(f"{link}/data/revenue_by_product.csv?data=shop&range=all").get_data())
    assert "Lamp" in table
    assert SECRET not in table
    assert web.get(f"{link}/lines.csv?data=shop").status_code == 403, "files do not include order lines"
    assert posted(web, link_of(), action={"kind": "clear"}).get_json().get("href") is None
    assert web.get(f"{link_of()}/data/revenue_by_product.csv").status_code == 403
    lines = web.get(f"{link_of(lines=True, files=True)}/lines.csv").get_data(as_text=True)
    assert "cost" not in lines.splitlines()[0]


def test_a_group_that_is_gone_shows_nothing(company: Company) -> None:
    web = company.browser()
    assert opened(web, link_of(group="nobody")).status_code == 410
    assert "without a policy" in opened(web, link_of(group="nobody")).get_data(as_text=True)


def test_the_audit_log_names_the_visitor(company: Company) -> None:
    opened(company.browser(), link_of(name="visitor 4711"))
    found = audit.entries(company.state, who="embedded: visitor 4711")
    assert found[0].action == "opened a page by the embedded page for visitor 4711 from 127.0.0.1"
    assert found[0].what == "/products"


# --- signatures


def test_another_server_signs_as_the_documents_say(company: Company) -> None:
    """What docs/sharing.md shows in Python, as it stands there."""
    shown = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "sharing.md").read_text("utf-8"), re.DOTALL)
    assert shown is not None
    names: dict[str, Any] = {}
    exec(shown[1], names)
    made = names["link"](EMBED_SECRET, "OR", "visitor 7").removeprefix("https://shop.example.com").rstrip("/")
    answer = company.browser().get(f"{made}/overview")
    assert answer.status_code == 200
    assert f"frame-ancestors {PORTAL};" in answer.headers["Content-Security-Policy"]
    assert SECRET not in answer.get_data(as_text=True)


def test_a_frame_never_acquires_a_session(company: Company) -> None:
    """S#44363: pages of signing in inside a frame. A link that needs a login is shown in none, and no form of a login
    is answered from there."""
    assert company.browser().get("/login").headers["X-Frame-Options"] == "DENY"
    fields = {
        "address": "/overview?data=shop", "title": "x", "days": "3", "who": "people", "parents": PORTAL,
    }  # fmt: skip
    company.signed_in("root").post("/shares", data=fields, headers=OWN_PAGE)
    share = shares.listed(company.state)[0]
    assert (share.terms.public, share.terms.parents) == (False, ())
    shares.end(company.state, share.id)
    signing = {"name": "rita", "password": WORD}
    assert company.browser().post("/login", data=signing, headers=CROSS).status_code == 403
    assert company.browser().post(f"{link_of()}/login", data=signing, headers=OWN_PAGE).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"until": 1}, {"until": 2**39}, {"until": "soon"}, {"until": True}, {"view": "/nowhere?data=shop"},
        {"view": "/products"}, {"view": "//["}, {"view": 5}, {"group": ""}, {"group": None}, {"parents": []},
        {"only": []}, {"only": {"amount": ["x"]}}, {"only": {"channel": "web"}}, {"owner": "root"}, {"change": 1},
        {"hidden": ["amount"]}, {"hidden": ["channel"], "only": {"channel": ["web"]}}, {"name": "x" * 101},
        {"name": "line\nbreak"}, {"view": "/reconciliation?data=shop"},
    ],
)  # fmt: skip
def test_a_link_that_is_signed_but_wrong_shows_nothing(company: Company, change: dict[str, object]) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(claims() | change).encode()).rstrip(b"=")
    token = signed._signer(EMBED_SECRET).sign(payload).decode()
    answer = opened(company.browser(), f"/embed/{token}")
    assert answer.status_code == 410
    assert "Lamp" not in answer.get_data(as_text=True)


def test_a_forged_link_shows_nothing(company: Company) -> None:
    token = signed.sign(claims(), EMBED_SECRET)
    payload, _, signature = token.partition(".")
    wider = base64.urlsafe_b64encode(json.dumps(claims(group="administrators")).encode()).rstrip(b"=").decode()
    forged = (
        f"{wider}.{signature}", f"{payload}.{signature[:-2]}AA", payload, f"{payload}.", f".{signature}", f"{token}.x",
        signed.sign(claims(), "another-secret-of-thirty-two-signs"), "a.b", "....",
    )  # fmt: skip
    web = company.browser()
    for n, text in enumerate(forged):
        answer = web.get(f"/embed/{text}/products", environ_overrides={"REMOTE_ADDR": f"192.0.2.{n}"})
        assert answer.status_code == 410, text
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for garbage in ("not json", '"text"', "[]", "null", "{" * 3000):
        signed_garbage = signed._signer(EMBED_SECRET).sign(base64.urlsafe_b64encode(garbage.encode()).rstrip(b"="))
        assert web.get(f"/embed/{signed_garbage.decode()}/").status_code == 410


def test_a_secret_can_be_replaced_while_both_are_good() -> None:
    old, new = "the-old-secret-which-portals-still-use", "the-new-secret-which-they-take-over"
    assert signed.read(signed.sign(claims(), old), (new, old)).group == "partners"
    assert from_env({"STORESIGHT_EMBED_SECRET": "a" * 32 + " " + "b" * 32}).embed_secrets == ("a" * 32, "b" * 32)
    with pytest.raises(ConfigError) as refused:
        from_env({"STORESIGHT_EMBED_SECRET": "short-secret"})
    assert "short-secret" not in str(refused.value)
    with pytest.raises(ConfigError, match="need a login"):
        login.install(Flask("x"), Settings(embed_secrets=("a" * 32,)))


def test_the_command_line_signs_a_link(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORESIGHT_EMBED_SECRET", EMBED_SECRET)
    monkeypatch.setenv("STORESIGHT_POLICIES", str(company.settings.policies))
    given = ["embed", "/products?data=shop", "--group", "partners", "--parent", PORTAL, "--only", "city=Town 1"]
    assert main(given) == 0
    printed = capsys.readouterr().out
    link = printed.splitlines()[0].removeprefix("http://127.0.0.1:8050").rstrip("/")
    assert f'<iframe src="http://127.0.0.1:8050{link}/"' in printed
    assert opened(company.browser(), link).status_code == 200
    for wrong in (["--group", "nobody"], ["--days", "0"], ["--only", "city"], ["--parent", "*"]):
        assert main([*given, *wrong]) == 2
    monkeypatch.delenv("STORESIGHT_EMBED_SECRET")
    assert main(given) == 2
    assert "STORESIGHT_EMBED_SECRET" in capsys.readouterr().err


def test_dash_calls_the_server_under_the_links_address(company: Company) -> None:
    web, link = company.browser(), link_of()
    page = opened(web, link).get_data(as_text=True)
    assert f'"requests_pathname_prefix":"{link}/"' in page.replace("\\u002f", "/")
    assert f'<html data-root="{link}" data-only="/products"' in page
    own = company.signed_in("root").get("/overview?data=shop").get_data(as_text=True)
    assert '"requests_pathname_prefix":"/"' in own.replace("\\u002f", "/")
    body = {
        "output": "data-versions.data", "outputs": {"id": "data-versions", "property": "data"},
        "inputs": [{"id": "poll", "property": "n_intervals", "value": 1}],
        "state": [{"id": "data-versions", "property": "data", "value": ""}], "changedPropIds": ["poll.n_intervals"],
    }  # fmt: skip
    answer = web.post(f"{link}{CALLBACKS}", data=json.dumps(body), content_type="application/json", headers=CROSS)
    assert answer.status_code == 200
    assert "shop=" in answer.get_data(as_text=True)
    assert "aside" not in answer.get_data(as_text=True)
