"""The page of alerts: tried before it is kept, shown to its owner, sent only where that is allowed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from dashboard.alerts import rules
from dashboard.alerts.conditions import Age
from dashboard.alerts.routes import CHANGED, MOST_TESTS
from dashboard.company import audit, owners
from dashboard.company.owners import Owner
from dashboard.company.tables import ALERTS
from dashboard.delivery import deliveries, jobs
from tests.dashboard.test_viewers import SECRET
from tests.login.conftest import OWN_PAGE, Company, quick_hashes

__all__ = ["quick_hashes"]
pytestmark = pytest.mark.slow

FORM = {"query": "data=shop", "title": "A weak day", "metric": "revenue", "grain": "day", "kind": "below",
        "number": "20", "mails": "ann@example.org", "quiet": "20-7"}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, quick_hashes: None) -> Company:
    """A company that can send mail, and post to one place."""

    made = Company(
        tmp_path_factory.mktemp("company"),
        smtp="smtp://127.0.0.1:9",
        mail_from="a@example.org",
        webhooks=("ops=slack+https://h.example/x",),
    )
    made.add("root", "administrators")
    made.add("wendy", "web")
    made.add("rita", "readers")
    return made


@pytest.fixture
def wendy(company: Company) -> FlaskClient:
    """Somebody who sees the web alone, without alerts."""
    with company.state.write() as connection:
        connection.execute(ALERTS.delete())
    return company.signed_in("wendy")


def sent(web: FlaskClient, do: str, status: int = 200, **fields: str) -> str:
    answer = web.post("/alerts", data={**FORM, **fields, "do": do}, headers=OWN_PAGE)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def tried(page: str) -> str:
    found = re.search(r'name="tried" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_an_alert_is_tried_and_then_kept(company: Company, wendy: FlaskClient) -> None:
    page = sent(wendy, "try")
    assert "would have alerted" in page
    assert "Save alert" in page
    assert rules.of(company.state, "wendy") == []
    sent(wendy, "save", 303, tried=tried(page))
    rule = rules.of(company.state, "wendy")[0]
    assert (rule.title, rule.channels, rule.quiet) == ("A weak day", ("mail:ann@example.org",), (20, 7))
    assert rule.checked
    assert rule.owner.user_id
    listed = wendy.get("/alerts").get_data(as_text=True)
    assert "Revenue per day: below $20.00" in listed
    entry = audit.entries(company.state, who="wendy", limit=1, action="saved an alert")[0]
    assert "to mail:ann@example.org" in entry.what


def test_what_was_not_tried_is_not_kept(company: Company, wendy: FlaskClient) -> None:
    digest = tried(sent(wendy, "try"))
    for fields in ({}, {"tried": "x"}, {"tried": digest, "number": "30"}, {"tried": digest, "grain": "week"},
                   {"tried": digest, "query": "data=shop&product=Lamp"}):  # fmt: skip
        assert "then save" in sent(wendy, "save", 200, **fields)
    assert rules.of(company.state, "wendy") == []
    sent(wendy, "save", 303, tried=digest, title="Another name", quiet="")
    assert len(rules.of(company.state, "wendy")) == 1


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("mails", "eve@example.net", "may not be sent to example.net"),
        ("mails", "ann@example.org\r\nBcc: eve@example.net", "is not an e-mail address"),
        ("mails", ",".join(f"a{n}@example.org" for n in range(11)), "at most 10 addresses"),
        ("hook", "https://evil.example/x", "there is no webhook"),
        ("title", "", "enter a name"),
        ("number", "much", "enter a number"),
        ("metric", "profit", "unknown metric"),
        ("kind", "often", "unknown condition"),
        ("quiet", "always", "quiet hours like 20-7"),
        ("query", f"data=shop&channel={SECRET} shops", "unknown value"),
        ("query", "data=shop&cost=3", "unknown"),
    ],
)
def test_what_cannot_be_an_alert_is_told(
    company: Company, wendy: FlaskClient, field: str, text: str, told: str
) -> None:
    page = sent(wendy, "try", 400, **{field: text})
    assert told in page.lower()
    assert f"{SECRET} Lamp" not in page
    assert "Save alert" not in page


def test_the_form_takes_the_filters_of_a_page_and_the_fields_of_an_alert(company: Company, wendy: FlaskClient) -> None:
    page = wendy.get("/alerts?view=/overview%3Fdata%3Dshop%26product%3DLamp%26range%3Dlast_7d").get_data(as_text=True)
    assert "Product: Lamp" in page
    assert 'value="data=shop&amp;product=Lamp"' in page
    digest = tried(sent(wendy, "try", hook="ops"))
    sent(wendy, "save", 303, tried=digest, hook="ops")
    number = rules.of(company.state, "wendy")[0].id
    page = wendy.get(f"/alerts?rule={number}").get_data(as_text=True)
    assert 'value="A weak day"' in page
    assert 'value="ops" checked' in page
    assert f'name="rule" value="{number}"' in page
    digest = tried(sent(wendy, "try", rule=str(number), number="33"))
    sent(wendy, "save", 303, rule=str(number), number="33", tried=digest)
    assert [r.id for r in rules.of(company.state, "wendy")] == [number]
    assert "below $33.00" in wendy.get("/alerts").get_data(as_text=True)
    for address in ("?rule=999999", "?rule=x", "?view=%00", "?data=aside", "?view=" + "x" * 20_000):
        assert wendy.get(f"/alerts{address}").status_code in (200, 413)


def test_nobody_changes_or_sees_the_alerts_of_others(company: Company, wendy: FlaskClient) -> None:
    sent(wendy, "save", 303, tried=tried(sent(wendy, "try", title="<i>Hers")), title="<i>Hers")
    number = rules.of(company.state, "wendy")[0].id
    rita, root = company.signed_in("rita"), company.signed_in("root")
    assert rita.get("/alerts").status_code == 403, "who may not take figures away has no alerts"
    page = root.get("/alerts").get_data(as_text=True)
    assert "&lt;i&gt;Hers" in page
    assert "wendy" in page
    assert "Revenue on" not in page, "what she sees is not for others"
    web = company.signed_in("root")
    assert web.post(f"/alerts/{number}", data={"do": "explode"}, headers=OWN_PAGE).status_code == 400
    sent(web, "save", 400, rule=str(number), tried=tried(sent(root, "try")))
    assert web.post(f"/alerts/{number}", data={"do": "pause"}, headers=OWN_PAGE).status_code == 303
    assert "paused" in wendy.get("/alerts").get_data(as_text=True)
    assert wendy.post(f"/alerts/{number}", data={"do": "resume"}, headers=OWN_PAGE).status_code == 303
    assert web.post(f"/alerts/{number}", data={"do": "delete"}, headers=OWN_PAGE).status_code == 303
    assert wendy.post(f"/alerts/{number}", data={"do": "pause"}, headers=OWN_PAGE).status_code == 400
    assert wendy.post(f"/alerts/{number}", data={"do": "pause"}).status_code == 403, "another site"


def test_a_test_is_sent_once_a_minute_and_what_failed_is_sent_again(company: Company, wendy: FlaskClient) -> None:
    sent(wendy, "save", 303, tried=tried(sent(wendy, "try", hook="ops")), hook="ops")
    number = rules.of(company.state, "wendy")[0].id
    root, web = company.signed_in("root"), wendy
    for _ in range(2):
        assert web.post(f"/alerts/{number}", data={"do": "test"}, headers=OWN_PAGE).status_code == 303
    assert root.post(f"/alerts/{number}", data={"do": "test"}, headers=OWN_PAGE).status_code == 400, "it is hers"
    for _ in range(MOST_TESTS - 2):
        audit.record(company.state, "wendy", CHANGED, f"{number}: test")
    refused = web.post(f"/alerts/{number}", data={"do": "test"}, headers=OWN_PAGE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    told = deliveries.newest(company.state, [f"alert:{number}"])
    assert len({d.period for d in told}) * 2 == len(told)
    job = jobs.claim(company.state, [deliveries.KIND])
    assert job is not None
    again = f"/alerts/messages/{job.id}"
    assert web.post(again, headers=OWN_PAGE).status_code == 400, "it did not fail"
    jobs.settle(company.state, job, "failed", error="<b>no")
    page = web.get("/alerts").get_data(as_text=True)
    assert "not sent: &lt;b&gt;no" in page
    assert f'action="{again}"' in page
    assert web.post(again, headers=OWN_PAGE).status_code == 303
    with company.state.write() as connection:
        connection.execute(ALERTS.update().values(owner="rita"))
    jobs.settle(company.state, replace(job, claim=""), "failed")
    assert web.post(again, headers=OWN_PAGE).status_code == 400, "a message of somebody else"


def test_who_has_left_is_told_no_more(company: Company) -> None:
    gone = rules.Rule(0, Owner("lee", None, ("web",), 1_900_000_000), "x", "shop", "data=shop", Age(2))
    rules.save(company.state, gone)
    owners.rest(company.state, "lee")
    assert rules.of(company.state, "lee")[0].owner.confirmed_at == 0


def test_what_is_typed_is_shown_as_text(company: Company, wendy: FlaskClient) -> None:
    page = sent(wendy, "try", 400, title='"><script>alert(1)</script>', mails='"><img src=x>', number="<b>")
    for evil in ("<script>alert", "<img src=x", "<b>"):
        assert evil not in page


def test_figures_are_those_of_the_owner(company: Company, wendy: FlaskClient) -> None:
    """The web's orders are a fiftieth of the others': no value of those is in what she is told."""
    root = company.signed_in("root")
    hers, all_of_it = (sent(web, "try", kind="above", number="1000") for web in (wendy, root))
    assert "would not have alerted" in hers
    assert "times" in all_of_it
