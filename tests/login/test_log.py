"""The audit log on its page: what it holds, how much of it, and how it is read."""

from __future__ import annotations

import csv
import io

import pytest
from flask import g

from dashboard.company import audit
from dashboard.login.guard import MOST_OFTEN
from dashboard.login.routes import MOST_REFUSED
from tests.company.conftest import Clock, clock
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow
__all__ = ["clock"]


def actions(company: Company, who: str) -> list[tuple[str, str]]:
    return [(e.action, e.what) for e in audit.entries(company.state, who=who)]


def test_the_log_is_read_by_person_action_and_day_and_shows_text_as_text(company: Company) -> None:
    company.browser().post("/login", data={"name": "<script>x</script>", "password": "y"}, headers=OWN_PAGE)
    root = company.signed_in("root")
    page = root.get("/audit?action=sign-in+refused").get_data(as_text=True)
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page
    assert "signed in</td>" not in page
    assert "signed in</td>" in root.get("/audit?who=root").get_data(as_text=True)
    assert "signed in</td>" not in root.get("/audit?until=2020-01-01&since=2019-01-01").get_data(as_text=True)
    for day in ("0", "x", "2026-02-30", "9" * 50, "\u0663\u0663\u0663\u0663-01-01", "2026-12-31T00:00"):
        assert root.get("/audit", query_string={"since": day}).status_code == 400, day
        assert root.get("/audit.csv", query_string={"until": day}).status_code == 400, day


def test_an_action_is_found_by_how_it_begins(company: Company) -> None:
    audit.record(company.state, "ann", "took figures away with the token “50%_”", "/data/kpis.csv")
    root = company.signed_in("root")
    assert "50%_" in root.get("/audit?who=ann&action=took+figures").get_data(as_text=True)
    assert "/data/kpis.csv" not in root.get("/audit?who=ann&action=%25figures").get_data(as_text=True)


def test_the_file_has_the_same_entries_and_no_formula(company: Company) -> None:
    audit.record(company.state, "=1+1", "signed in", "ä\n", "x,y")
    answer = company.signed_in("root").get("/audit.csv", query_string={"who": "=1+1"})
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert [row[1:] for row in rows[1:]] == [["'=1+1", "signed in", "ä\\n", "x,y"]]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_refusals_and_reads_of_the_log_are_in_it(company: Company) -> None:
    wendy = company.signed_in("wendy")
    wendy.get("/people")
    wendy.get("/look-as")
    assert actions(company, "wendy")[0] == ("was refused", "/people")
    root = company.signed_in("root")
    root.get("/audit?who=wendy")
    root.get("/audit.csv")
    assert actions(company, "root")[:2] == [("took the audit log away", "/audit.csv"), ("read the audit log", "/audit")]


def test_what_a_route_tells_of_itself_is_in_it(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(ident: str) -> str:
        g.audited = f"data=shop&mode=new of {ident[:1]}"
        return "loaded"

    monkeypatch.setitem(company.app.server.view_functions, "uploads.load", load)
    ident = "a" * 32
    assert company.signed_in("root").post(f"/uploads/{ident}/load", headers=OWN_PAGE).status_code == 200
    entry = audit.entries(company.state, who="root")[0]
    assert (entry.action, entry.what, entry.detail) == (
        "added data",
        f"/uploads/{ident}/load",
        "data=shop&mode=new of a",
    )


def test_many_refusals_of_a_minute_are_one_entry_with_their_number(company: Company, clock: Clock) -> None:
    clock.now -= clock.now % 60 - 60
    rita = company.signed_in("rita")
    for _ in range(MOST_OFTEN + 7):
        assert rita.get("/people").status_code == 403
    assert actions(company, "rita").count(("was refused", "/people")) == MOST_OFTEN
    clock.pass_by(60)
    rita.get("/people")
    assert actions(company, "rita")[:2] == [("was refused", "/people"), ("was refused", "7 more within a minute")]


@pytest.mark.long
def test_refused_sign_ins_are_bounded_whatever_name_is_typed(company: Company, clock: Clock) -> None:
    clock.now -= clock.now % 60 - 600
    for number in range(MOST_REFUSED + 5):
        company.browser().post("/login", data={"name": f"guess-{number}", "password": "x"}, headers=OWN_PAGE)
    since = int(clock.now)
    assert len(audit.entries(company.state, action="sign-in refused", since=since)) == MOST_REFUSED
    clock.pass_by(60)
    company.browser().post("/login", data={"name": "guess", "password": "x"}, headers=OWN_PAGE)
    assert actions(company, "everybody") == [("sign-in refused", "5 more within a minute")]


def test_entries_go_after_the_days_that_the_settings_say(company: Company, clock: Clock) -> None:
    audit.record(company.state, "old", "signed in")
    clock.pass_by(company.settings.audit_days * audit.DAY + 1)
    company.signed_in("root").get("/audit")
    assert actions(company, "old") == []
