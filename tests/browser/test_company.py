"""A company of two regions, from its first administrator to what an agent of one manager may ask.

Two instances share one state store, PostgreSQL where it is installed: administrators have accounts on one of them,
everybody else signs in with the company's identity provider on the other.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import numpy as np
import pytest
from oidc_provider_mock import User, run_server_in_thread
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from analytics import store as stores
from tests.analytics import companies
from tests.browser.pages import Page
from tests.browser.watch import console_errors
from tests.delivery.sinks import MailSink
from tests.processes import AppServer, PostgresServer, free_port, postgres_programs, wait_until

MARA = "mara@shop.example"
WORD = "several words together"
HIDDEN = "Zyxel"  # begins every text of the other region
DAYS = 40
ITEMS = ("Tea", "Jam")
CENTRE = {"block": "center", "behavior": "instant"}
OFTEN = "from dashboard.background import loader\nloader.WATCH_SECONDS = 0.3"  # looks for new data and messages
GROUP = """
[groups.north]
only = { region = ["North"] }
hidden = ["cost"]
rights = ["view", "export", "targets"]
"""


def write_days(root: Path, last: np.datetime64, revenue: float) -> None:
    """A version of the data whose last day is `last`, on which the north took so much; $200 on any other day."""
    rows = []
    for ago, number, region in product(range(DAYS), range(2), ("North", "South")):
        day, mark = last - np.timedelta64(ago, "D"), "" if region == "North" else f"{HIDDEN} "
        rows.append({
            "order_id": f"{mark}{day}-{number}", "ordered_at": f"{day}T10:00", "product": f"{mark}{ITEMS[number]}",
            "quantity": 1, "amount": revenue / 2 if region == "North" and not ago else 100.0, "cost": 5.0,
            "customer": f"{mark}{ago % 9}", "country": "GB", "region": f"{mark}{region}", "city": f"{mark}Town",
        })  # fmt: skip
    tables = companies.Tables(companies.frame(rows))
    tables.profile = replace(tables.profile, name="shop", title="Shop", data_until=str(last))
    stores.write(root, tables)


class Company:
    """Its data up to the day before yesterday, its two instances, and what receives the mails of each."""

    def __init__(self, folder: Path, issuer: str, database: PostgresServer | None) -> None:
        self.store, self.today = folder / "store", np.datetime64("today", "D")
        self.database, self.file = database, folder / "state.db"
        self.state = {"DATABASE_URL": database.url} if database else {"STORESIGHT_STATE": str(self.file)}
        write_days(self.store, self.today - np.timedelta64(2, "D"), 200.0)
        (folder / "policies.toml").write_text("")
        self.sinks = MailSink(), MailSink()
        port = free_port()
        self.url = f"http://localhost:{port}"  # another host than that of the administrators: cookies know no ports
        common = {
            **self.state, "STORESIGHT_POLICIES": str(folder / "policies.toml"),
            "STORESIGHT_MAIL_FROM": "reports@shop.example", "STORESIGHT_SECRET": "a secret of both instances",
            "STORESIGHT_URL": self.url, "WEB_CONCURRENCY": "1", "STORESIGHT_OIDC_ISSUER": issuer,
        }  # fmt: skip
        self.administration = AppServer(
            self.store, folder, first=OFTEN, STORESIGHT_LOGIN="local", STORESIGHT_SMTP=self.sinks[0].address, **common
        )
        self.application = AppServer(
            self.store, folder, first=OFTEN, STORESIGHT_LOGIN="oidc", STORESIGHT_SMTP=self.sinks[1].address,
            PORT=str(port), STORESIGHT_OIDC_CLIENT="storesight", STORESIGHT_OIDC_SECRET="known to both", **common,
        )  # fmt: skip
        self.instances = self.administration, self.application

    def run(self, statement: str) -> None:
        """Change the state store, where a test cannot wait for time to pass."""
        if self.database:
            self.database.run(statement)
            return
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            connection.execute(statement)

    def mails(self) -> list[Any]:
        """What arrived, wherever it did."""
        return [mail for sink in self.sinks for mail in sink.mails]

    def new_data(self) -> None:
        """Yesterday comes, a weak day of the north. The instance that first has a mail to hand over is killed before it
        does, and its jobs are anybody's once their lease has ended; afterwards it starts again."""
        for sink in self.sinks:
            sink.open.clear()
        write_days(self.store, self.today - np.timedelta64(1, "D"), 40.0)
        wait_until(lambda: any(sink.reached.is_set() for sink in self.sinks), "a mail")
        dead = next(n for n, sink in enumerate(self.sinks) if sink.reached.is_set())
        self.instances[dead].kill()
        self.sinks[1 - dead].open.set()
        self.run("UPDATE jobs SET claimed_until = 0 WHERE state = 'waiting'")
        wait_until(lambda: len(self.mails()) >= 2, "the alert and the digest")
        self.sinks[dead].open.set()
        self.instances[dead].start()

    def ask(self, token: str, tool: str, **arguments: object) -> dict[str, Any]:
        """What an agent is answered that carries a token."""
        call = {"name": tool, "arguments": arguments}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
        with urlopen(Request(f"{self.url}/mcp", json.dumps(body).encode(), headers), timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)["result"]
        return found


@pytest.fixture
def company(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Company]:
    """A company that nobody has signed in to yet. Its provider knows Mara and her address, and no groups of hers."""
    database: PostgresServer | None = None
    if postgres_programs():
        database = request.getfixturevalue("postgres_server")
        assert database is not None
        database.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    claims = {"name": "Mara", "email": MARA, "email_verified": True}
    with run_server_in_thread(user_claims=[User(sub="u-mara", claims=claims)]) as provider:
        made = Company(tmp_path, f"http://localhost:{provider.server_port}", database)
        try:
            with ThreadPoolExecutor() as pool:
                list(pool.map(AppServer.start, made.instances))
            yield made
        finally:
            for instance in made.instances:
                instance.kill()  # nobody waits for its last answers
            for sink in made.sinks:
                sink.open.set()
                sink.stop()


@pytest.fixture
def driver(open_browser: Any) -> Iterator[Any]:
    """A browser in which nobody is signed in, now and afterwards."""
    open_browser.driver.get("about:blank")
    console_errors(open_browser.driver)
    yield open_browser.driver
    open_browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    open_browser.driver.get("about:blank")
    console_errors(open_browser.driver)


def send(page: Page, button: str, within: str = "body", **fields: str) -> None:
    """Fill in the form of a button, and press it; return when the next page is there."""
    found = page.one(f"{within} button", button)
    form = found.find_element(By.XPATH, "./ancestor::form")
    for name, text in fields.items():
        box = form.find_element(By.NAME, name)
        if box.get_attribute("type") == "checkbox":
            form.find_element(By.CSS_SELECTOR, f"[name={name}][value={text}]").click()
        elif box.tag_name == "select":
            Select(box).select_by_value(text)
        else:
            page.driver.execute_script("arguments[0].value = arguments[1]", box, text)
    page.driver.execute_script("window.before = true; arguments[0].scrollIntoView(arguments[1])", found, CENTRE)
    found.click()
    page.wait(lambda: not page.driver.execute_script("return window.before || !document.body"), "the next page")


def test_from_the_first_administrator_to_what_an_agent_may_ask(driver: Any, company: Company) -> None:
    admin, mara = Page(driver, company.administration.url), Page(driver, company.url)

    # The first administrator, by the link of the log, says what the group of one region may see.
    link = re.search(r"/password/[\w.-]+", company.administration.log.read_text())
    assert link is not None
    driver.get(admin.url + link[0])
    send(admin, "Save password", password=WORD)
    driver.get(f"{admin.url}/policies")
    send(admin, "Save", text=GROUP)
    assert "Shop: 80 of 160" in admin.one("main").text

    # He invites a manager to the group by her address: her provider knows nothing of it.
    driver.get(f"{admin.url}/people")
    send(admin, "Invite", "[action='/people/provider']", name=MARA, title="Mara", groups="north")
    assert "invited, has not signed in yet" in admin.one("main").text

    # She signs in with the provider, and sees her region and nothing else.
    driver.get(f"{mara.url}/overview?data=shop&range=all")
    driver.find_element(By.CSS_SELECTOR, "a.apply").click()
    mara.click("button", "u-mara")
    mara.arrive()
    assert mara.numbers()["revenue"] == "8000.0"
    assert HIDDEN not in driver.page_source
    assert "profit" not in mara.numbers()

    # She saves a view, sets a target, adds a note, orders a digest and an alert, makes a token.
    view = "/overview?data=shop&range=last_7d&product=Tea"
    mara.open(view)
    mara.menu("views")
    send(mara, "Save, dates move on", title="Tea")
    driver.get(f"{mara.url}/targets?data=shop&product=Tea")
    send(mara, "Set target", value="9000", why="Board")
    assert "Product: Tea" in mara.one("main").text
    mara.open(view)
    mara.menu("card:revenue_over_time")
    mara.menu("note:revenue_over_time")
    send(mara, "Add note", text="New label")
    driver.get(f"{mara.url}/digests?view={quote(view)}")
    send(mara, "Save digest", title="My days", rhythm="daily", hour="0")
    driver.get(f"{mara.url}/alerts?data=shop")
    send(mara, "Test on past data", title="Weak day", number="50", mails=MARA)
    send(mara, "Save alert")
    driver.get(f"{mara.url}/tokens")
    send(mara, "Create token", title="Agent", scope="mcp")
    token = mara.one("code.secret").text
    assert [e for e in console_errors(driver) if e.startswith((admin.url, mara.url))] == []

    # New data: the digest and the alert arrive once, though an instance dies before it hands the first over.
    company.run(f"UPDATE digests SET since = '{company.today - np.timedelta64(1, 'D')}'")
    company.new_data()
    digest, alert = sorted(company.mails(), key=lambda mail: str(mail["Subject"]).startswith("Alert"))
    assert {digest["To"], alert["To"]} == {MARA}
    assert alert["Subject"] == "Alert: Weak day · Shop"
    assert ": $40.00, below $50.00" in text_of(alert)
    told = text_of(digest)
    assert "Revenue: $20.00 (before: $100.00" in told, "of one product, in one region"
    assert "of $9,000" in told
    assert HIDDEN not in told + text_of(alert)

    # The link of the digest opens the same view with the same figure.
    link = re.search(rf"{mara.url}(/overview\?\S+)", told)
    assert link is not None
    mara.open(link[1])
    assert "Product: Tea" in mara.chips()
    assert mara.numbers()["revenue"] == "20.0"

    # An agent with her token is told what she sees, and nothing else.
    totals = company.ask(token, "ask_table", data="shop", range="all", metrics=["revenue"], by=["region"])
    assert totals["structuredContent"]["rows"] == [{"region": "North", "revenue": 200.0 * (DAYS - 1) + 40.0}]
    for more in ({"metrics": ["profit"]}, {"metrics": ["revenue"], "filters": {"region": [f"{HIDDEN} South"]}}):
        assert company.ask(token, "ask_table", data="shop", **more)["isError"], more
    assert len(company.mails()) == 2, "nothing was sent again"


def text_of(mail: Any) -> str:
    """The plain text of a mail."""
    text: str = mail.get_body(("plain",)).get_content()
    return text
