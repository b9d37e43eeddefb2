"""A company with much that belongs to others, and requests of all kinds against it."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from flask.testing import FlaskClient

from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import api_tokens, users
from dashboard.company.tables import ALERTS, API_TOKENS, DIGESTS, NOTES, SHARES, TARGET_VERSIONS, VIEWS
from dashboard.login.rights import FOR_TOKENS, for_links
from dashboard.pages import CHARTS
from dashboard.sharing import shares, signed
from dashboard.sharing.shares import Terms
from tests.calls import page_request
from tests.dashboard.test_viewers import SECRET, text_of
from tests.login.conftest import EMBED_SECRET, OWN_PAGE, Company
from tests.login.test_rights import addresses

JUNK: Final = (
    "%00", "\x00", "é", "%ff", "../", "..%2f", "//", "9" * 30, "-1", "a" * 3000, "<b>", "\u202e", "%0d%0a", "?", "/",
)  # fmt: skip
QUERIES: Final = (
    "", "data=shop", "data=shop&range=all", "data=aside", "range=%ff", "next=//evil.example", "show=x:1", "channel=%00",
    "product=!", "limit=99999999999", "who=%00", "days=99999", "number=1", "rule=1", "version=1", "data=shop&first=x",
    "view=/overview?data=shop", "view=//evil.example", "do=again", "address=/trends?data=shop",
)  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, True, 1, 1e308, 9**99, "x", [], {}, [[[]]], "\ud800", "\x00", "//x", {"kind": "data"},
)  # fmt: skip
PAGE: Final = "/overview?data=shop"
# What a browser would send to a route, so that requests come further than to the first check.
FORMS: Final[dict[str, tuple[dict[str, str], ...]]] = {
    "sign_in": ({"name": "wendy", "password": "x", "next": "//evil.example"},),
    "saved.save": ({"title": "A", "address": PAGE, "frozen": "yes", "audience": "web"},),
    "saved.change": tuple({"do": do, "title": "B", "audience": "*"} for do in
                          ("rename", "share", "up", "start", "start-all", "delete")),
    "changes.seen": ({"data": "shop"},),
    "account.change": tuple({"do": do, "before": "x", "password": "y", "current": "x", "key": "A" * 32, "code": "1"}
                            for do in ("password", "begin", "on", "off")),
    "digests.save": ({"do": "save", "title": "D", "address": PAGE, "rhythm": "daily", "hour": "7", "for": "mails",
                      "mails": "a@example.org"},
                     {"do": "save", "title": "D", "address": PAGE, "rhythm": "weekly", "hour": "7", "for": "group:web",
                      "number": "1"}),
    "digests.change": tuple({"do": do} for do in ("pause", "resume", "delete", "try")),
    "digests.leave": ({"do": "again"}, {}),
    "tokens.add": ({"title": "T", "days": "30", "scope": "read", "conditions": "channel=web"},),
    "tokens.change": ({"do": "rotate"}, {"do": "revoke"}),
    "notebook.add": ({"address": PAGE, "first": "2024-05-01", "kind": "note", "text": "N", "audience": ""},
                     {"address": PAGE, "first": "2024-05-01", "kind": "decision", "text": "N", "audience": "*",
                      "metric": "revenue", "direction": "up", "percent": "5", "check": "2024-05-20"}),
    "notebook.change": tuple({"do": do, "first": "2024-05-01", "kind": "note", "text": "M", "audience": ""} for do in
                             ("change", "remove", "check")),
    "sharing.create": ({"address": PAGE, "title": "S", "days": "9", "who": "anybody", "parents": "https://a.example"},
                       {"address": PAGE, "title": "S", "days": "9"}),
    "sharing.end": ({},),
    "targets.add": ({"metric": "revenue", "period": "2024-05", "value": "5", "filters": "channel=web"},),
    "targets.change": ({"do": "change", "value": "7", "seen": "1"}, {"do": "end", "seen": "1"}),
    "targets.load": ({"do": "apply", "text": "metric,period,value\nrevenue,2024-05,5"},),
    "alerts.save": tuple({"do": do, "query": "data=shop", "title": "A", "metric": "revenue", "grain": "day",
                          "kind": "below", "number": "20", "mails": "a@example.org", "rule": "1"} for do in
                         ("try", "save")),
    "alerts.change": tuple({"do": do} for do in ("pause", "resume", "delete", "test")),
    "alerts.again": ({},),
    "people.add": ({"name": "eve", "groups": "administrators"},),
    "people.change": tuple({"do": do, "groups": "administrators"} for do in ("groups", "off", "reset", "factor")),
    "people.member": ({"do": "invite", "name": "eve@example.org", "groups": "administrators"},
                      *({"do": do, "subject": "u-1", "groups": "administrators"} for do in
                        ("groups", "off", "on", "out", "withdraw"))),
    "looking.begin": ({"group": "administrators"}, {"person": "1"}, {"member": "u-1"}),
    "policies.change": ({"do": "save", "text": "[default]\nrights = ['view']", "digest": "x"},),
    "uploads.fetch": ({"address": "http://0177.0.0.1/x.csv"},
                      {"address": "http://[::ffff:127.0.0.1]/x.csv"}),
}  # fmt: skip
TOOLS: Final = ("ask_table", "verify", "find_values", "list_stories", "list_notes", "list_targets", "x")
ORIGINS: Final[tuple[dict[str, str], ...]] = (OWN_PAGE, OWN_PAGE, OWN_PAGE, {}, {"Sec-Fetch-Site": "cross-site"})
UNTOUCHED: Final = (VIEWS, ALERTS, DIGESTS, NOTES, API_TOKENS, SHARES, TARGET_VERSIONS)
WEIGHTS: Final = (1, 4, 2, 3, 1)  # how often nobody, wendy, her program, an administrator with her eyes, nora
NOT_SENT: Final = ("sign_out", "looking.end")  # whoever sent them would be somebody else from then on


@dataclass
class Seen:
    """How many requests were answered with something, by whom."""

    requests: int = 0
    answered: int = 0
    followed: int = 0
    programs: int = 0


class Attack:
    """Requests against a company, drawn from a seed."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company, self.pick = company, random.Random(seed)
        self.before = theirs(company)
        self.good = links_of(company)
        self.prefixes = (*self.good, f"{self.good[1]}x", "/shared/x", "/embed/a.b", "")
        wendy = users.find(company.state, "wendy")
        token = api_tokens.create(company.state, "wendy", "Fuzz", 9, user_id=wendy.id)
        carried = ({}, {}, {}, {"Authorization": "Bearer ss_x"}, {"Accept": "*/*"})
        bearer = {"Authorization": f"Bearer {token}"}
        eyes = company.signed_in("root")
        eyes.post("/look-as", data={"person": str(wendy.id)}, headers=OWN_PAGE)
        self.browsers: dict[str, tuple[FlaskClient, tuple[dict[str, str], ...]]] = {
            "nobody": (company.browser(), carried),
            "wendy": (company.signed_in("wendy"), carried),
            "program": (company.browser(), (bearer,)),
            "eyes": (eyes, carried),
            "nora": (company.signed_in("nora"), carried),
        }
        routes = [route for route in addresses(company.app.server) if route[2] not in NOT_SENT]
        self.routes = routes + 10 * [route for route in routes if route[2] in FOR_TOKENS]  # those that give figures
        self.behind = [route for route in routes if for_links(route[2])]
        self.seen = Seen()

    def send(self, number: int) -> None:
        """One request, and what must hold of its answer."""
        pick = self.pick
        who = pick.choices(tuple(self.browsers), WEIGHTS)[0]
        prefix = pick.choice(self.prefixes) if number % 5 == 0 else ""
        method, address, endpoint = pick.choice(self.behind if prefix in self.good else self.routes)
        address = self._named(address, endpoint)
        if pick.random() < 0.2:
            at = pick.randrange(len(address) + 1)
            address = address[:at] + pick.choice(JUNK) + address[at:]
        if pick.random() < 0.1:
            method = pick.choice(("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "POST"))
        sent = self._body(endpoint) if method in ("POST", "PUT") else {}
        address += ("&" if "?" in address else "?") + pick.choice(QUERIES)
        web, carried = self.browsers[who]
        headers = {**pick.choice(ORIGINS), **pick.choice(carried)}
        with web.open(prefix + address, method=method, headers=headers, **sent) as answer:
            sent_back = answer.get_data()
        told = text_of(sent_back) if sent_back.startswith(b"PK") else sent_back.decode("utf-8", "replace")
        about = (who, method, prefix[:20], address, str(sent)[:300], answer.status_code, told[:300])
        assert answer.status_code < 500 or answer.status_code == 501, about
        assert SECRET not in told + str(answer.headers), (about, told[max(told.find(SECRET) - 200, 0) :][:400])
        assert who in ("wendy", "program", "eyes") or prefix in self.good or "Lamp" not in told, about
        assert "evil.example" not in answer.headers.get("Location", "").partition("?")[0], about
        ok = answer.status_code in (200, 303)
        self.seen.requests += 1
        self.seen.answered += ok and who == "wendy"
        self.seen.programs += ok and who == "program"
        self.seen.followed += ok and prefix in self.good

    def check(self) -> None:
        """Nothing that belongs to others is changed, and nobody has come to more rights."""
        assert theirs(self.company) == self.before
        named = {user.name: user.groups for user in users.all_users(self.company.state)}
        assert sorted(name for name, groups in named.items() if "administrators" in groups) == ["admin", "root"]

    def _named(self, address: str, endpoint: str) -> str:
        """The address with a chart, or with the number of something that may be somebody else's."""
        if endpoint == "_data":
            return f"/data/{self.pick.choice(sorted(CHARTS))}.{self.pick.choice(('csv', 'json'))}"
        return re.sub(r"/0(?=/|$)", f"/{self.pick.randrange(6)}", address)

    def _body(self, endpoint: str) -> dict[str, Any]:
        """A body that a route may or may not expect."""
        pick = self.pick
        forms = FORMS.get(endpoint)
        if forms and pick.random() < 0.7:
            form: dict[str, str] = dict(pick.choice(forms))
            if pick.random() < 0.4 and form:
                form[pick.choice(sorted(form))] = pick.choice(
                    ("", "\x00", "x" * 5000, "9" * 40, "*", "<b>", "\u202e", "=1")
                )
            return {"data": form}
        value = pick.choice(VALUES)
        message = {"name": pick.choice(TOOLS), "arguments": {"metrics": ["revenue", value], "field": value}}
        charts = pick.sample(sorted(CHARTS), 2)
        bodies: list[dict[str, Any]] = [
            {"data": dict(pick.choice(pick.choice(sorted(FORMS.values(), key=str))))},
            {"data": "[" * 50_000, "content_type": "application/json"},
            {"data": b"\x00\xff{[", "content_type": "application/json"},
            {"json": value},
            {"json": {"jsonrpc": "2.0", "id": value, "method": "tools/call", "params": message}},
            {"json": page_request(f"http://localhost{PAGE}", *charts, action=value)},
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


def furnish(company: Company) -> None:
    """Give the administrator one or two of everything, the text of which nobody else may see."""
    root = company.signed_in("root")
    hidden = f"/overview?data=shop&channel={SECRET}+shops"

    def post(to: str, /, **fields: str) -> str:
        answer = root.post(to, data=fields, headers=OWN_PAGE)
        text = answer.get_data(as_text=True)
        assert answer.status_code in (200, 303), text
        return text

    days = {"first": "2024-05-01", "kind": "note"}
    post("/notes", address=hidden, text=f"{SECRET} for all", audience="*", **days)
    post("/notes", address=PAGE, text=f"{SECRET} for me", audience="", **days)
    post("/views", title=f"{SECRET} view", address=hidden, audience="")
    post("/targets?data=shop", metric="revenue", period="2024-05", value="5", name=f"{SECRET} goal",
         filters=f"channel={SECRET} shops")  # fmt: skip
    post(
        "/targets?data=shop", metric="profit", period="2024-05", value="5", name=f"{SECRET} cost", filters="channel=web"
    )
    post("/shares", address=hidden, title=f"{SECRET} link", days="9")
    post("/tokens", title=f"{SECRET} token", days="30", scope="read")
    alert = {"query": "data=shop", "title": f"{SECRET} alert", "metric": "revenue", "grain": "day", "kind": "below",
             "number": "20", "mails": f"{SECRET}@example.org"}  # fmt: skip
    tried = re.search(r'name="tried" value="([0-9a-f]+)"', post("/alerts", do="try", **alert))
    assert tried is not None
    post("/alerts", do="save", tried=tried[1], **alert)
    post("/digests", do="save", title=f"{SECRET} digest", address=hidden, rhythm="daily", hour="7",
         **{"for": "mails"}, mails=f"{SECRET}@example.org")  # fmt: skip


def theirs(company: Company) -> list[Any]:
    """What the administrator owns, as it stands in the store."""
    found: list[Any] = []
    with company.state.read() as connection:
        for table in UNTOUCHED:
            owner = next(table.c[n] for n in ("owner", "author", "subject", "who") if n in table.c)
            left = [c for c in table.c if c.name not in ("used_at", "opens", "opened_at", "confirmed_at")]
            found.append(connection.execute(sa.select(*left).where(owner == "root").order_by(table.c.id)).all())
    assert all(found), found
    return found
