"""Digests in the browser: the page, previews, and the link with which anybody unsubscribes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from dashboard import delivery
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import audit, owners, users
from dashboard.company.owners import Owner
from dashboard.company.tables import DIGESTS, JOBS
from dashboard.delivery.mail import MailServer, server_of
from dashboard.digests import content, kept
from dashboard.digests.kept import Draft
from dashboard.digests.recipients import own_mail
from dashboard.digests.routes import MOST_LEFT
from tests.dashboard.test_viewers import SECRET, text_of
from tests.delivery.sinks import MailSink
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow

FORM = {
    "title": "Monday figures",
    "address": "/overview?data=shop",
    "rhythm": "weekly",
    "hour": "7",
    "for": "group:readers",
}


@pytest.fixture(autouse=True)
def office(company: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mail can be sent, to example.org; no digest is there. Stories are looked at in tests/digests."""
    runner = delivery.of(company.app.server)
    assert runner is not None
    server = MailServer("127.0.0.1", 9, "", "", "off", "reports@example.org")
    for name, value in (("_mail", server), ("_domains", ("example.org",)), ("base", "https://shop.example.org")):
        monkeypatch.setattr(runner.senders, name, value)
    monkeypatch.setattr(content, "_stories", lambda *_: ())
    yield
    with company.state.write() as connection:
        connection.execute(DIGESTS.delete())
        connection.execute(JOBS.delete())


def saved(web: FlaskClient, **more: str) -> str:
    """What the page says after a form was sent; "" where it was taken."""
    answer = web.post("/digests", data={"do": "save", **FORM, **more}, headers=OWN_PAGE)
    if answer.status_code == 303:
        return ""
    found = re.search(r'class="fault"[^>]*>([^<]+)', answer.get_data(as_text=True))
    return found[1] if found else f"status {answer.status_code}"


def kept_by(company: Company, name: str) -> list[kept.Digest]:
    return [d for d in kept.active(company.state) if d.owner.subject == name]


def test_a_digest_is_made_changed_paused_and_deleted(company: Company) -> None:
    web = company.signed_in("rita")
    page = web.get("/digests").get_data(as_text=True)
    assert "You have no digests yet" in page
    assert ">Overview, Shop</option>" in page
    assert "aside" not in page, "a data set that is not hers"
    assert saved(web) == ""
    (digest,) = kept_by(company, "rita")
    assert digest.draft == Draft("Monday figures", "/overview?data=shop&range=all", "weekly", 7, "group", "readers")
    page = web.get("/digests").get_data(as_text=True)
    assert "Monday figures" in page
    assert "Nobody gets it: no member of the group has a known e-mail address" in page
    assert "To send it to others, choose “Addresses”" in page
    assert saved(web, number=str(digest.id), title="Daily", rhythm="daily") == ""
    assert [d.draft.title for d in kept_by(company, "rita")] == ["Daily"]
    assert 'value="Daily"' in web.get(f"/digests?number={digest.id}").get_data(as_text=True)
    for do in ("pause", "resume", "delete"):
        assert web.post(f"/digests/{digest.id}", data={"do": do}, headers=OWN_PAGE).status_code == 303
        assert len(kept_by(company, "rita")) == (do == "resume")
    assert web.post(f"/digests/{digest.id}", data={"do": "explode"}, headers=OWN_PAGE).status_code == 400
    assert {e.action for e in audit.entries(company.state, who="rita")} >= {"saved a digest", "changed a digest"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"for": "group:web"}, "ou may not send a digest to them"),
        ({"for": "mails", "mails": "a@example.org"}, "ou may not send a digest to them"),
        ({"for": "me"}, "ou may not send a digest to them"),
        ({"hour": "25"}, "n hour from 0 to 23"),
        ({"hour": "x"}, "n hour from 0 to 23"),
        ({"rhythm": "hourly"}, "must be one of"),
        ({"files": "passwords"}, "iles must be"),
        ({"title": " "}, "nter a name"),
        ({"address": "https://evil.example/"}, "not the address of a page"),
        ({"address": "/overview?data=nothing"}, "nknown data set"),
        ({"address": "/overview?data=shop&channel=nowhere"}, "nknown value"),
        ({"number": "99999"}, "ou have no digest"),
    ],
)
def test_what_a_form_sends_is_checked(company: Company, more: dict[str, str], told: str) -> None:
    assert told in saved(company.signed_in("rita"), **more)
    assert kept_by(company, "rita") == []


def test_addresses_are_for_those_who_may_take_figures_away_and_of_allowed_domains(company: Company) -> None:
    web = company.signed_in("wendy")
    assert saved(web, **{"for": "mails", "mails": "a@example.org, b@EXAMPLE.org;a@example.org"}) == ""
    (digest,) = kept_by(company, "wendy")
    assert digest.draft.mails == ("a@example.org", "b@example.org")
    assert "may not be sent to evil.example" in saved(web, **{"for": "mails", "mails": "a@evil.example"})
    assert "not an e-mail address" in saved(web, **{"for": "mails", "mails": "nobody"})
    assert "at least one" in saved(web, **{"for": "mails", "mails": " , "})


def test_nobody_sees_or_changes_the_digest_of_another(company: Company) -> None:
    assert saved(company.signed_in("root"), title="Board") == ""
    (digest,) = kept_by(company, "root")
    web = company.signed_in("rita")
    assert "Board" not in web.get("/digests").get_data(as_text=True)
    assert web.get(f"/digests/{digest.id}").status_code == 400
    assert "ou have no digest" in web.get(f"/digests?number={digest.id}").get_data(as_text=True)
    for do in ("delete", "pause", "try"):
        assert web.post(f"/digests/{digest.id}", data={"do": do}, headers=OWN_PAGE).status_code == 400
    assert "ou have no digest" in saved(web, number=str(digest.id))
    assert saved(web, title="Mine") == ""
    page = company.signed_in("root").get("/digests").get_data(as_text=True)
    assert "Other people’s digests" in page, "administrators see all of them"


def test_a_preview_shows_what_the_person_may_see(company: Company) -> None:
    web, root = company.signed_in("wendy"), company.signed_in("root")
    told = []
    for who in (root, web):
        answer = who.post("/digests", data={"do": "preview", **FORM, "rhythm": "monthly"}, headers=OWN_PAGE)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert answer.headers["Cache-Control"] == "private, no-store"
        told.append(answer.get_data(as_text=True))
    assert SECRET in told[0]
    assert SECRET not in told[1]
    assert "Figures as Wendy sees them." in told[1]
    assert kept.active(company.state) == []


def test_a_trial_goes_to_the_owner_alone(company: Company) -> None:
    if not any(u.name == "mary@example.org" for u in users.all_users(company.state)):
        company.add("mary@example.org", "readers")
    web = company.signed_in("mary@example.org")
    assert saved(web, **{"for": "me"}) == ""
    (digest,) = kept_by(company, "mary@example.org")
    assert digest.draft.mails == ("mary@example.org",)
    assert "Send it to me now" in web.get("/digests").get_data(as_text=True)
    assert web.post(f"/digests/{digest.id}", data={"do": "try"}, headers=OWN_PAGE).status_code == 303
    with company.state.read() as connection:
        assert '"trial": "mary@example.org"' in connection.execute(JOBS.select()).one().payload
    assert (
        company.signed_in("root").post(f"/digests/{digest.id}", data={"do": "try"}, headers=OWN_PAGE).status_code == 403
    )


def test_who_calls_themselves_an_address_has_nothing_sent_there(company: Company) -> None:
    """With a provider people choose their name themselves: that must not stand for the right to take figures away."""
    person = Viewer("u-1", EVERYTHING, rights=frozenset({"view"}), title="boss@example.org")
    assert own_mail(company.state, person) == ""
    assert own_mail(company.state, replace(person, rights=frozenset({"view", "export"}))) == "boss@example.org"
    assert own_mail(company.state, replace(person, name="ann@example.org")) == "ann@example.org"
    owners.remember(company.state, Owner("u-1", None, (), int(time.time())), "me@example.org")
    assert own_mail(company.state, person) == "me@example.org", "which the provider has verified"
    owners.rest(company.state, "u-1")


def test_anybody_unsubscribes_with_the_link_alone(company: Company) -> None:
    draft = Draft("Figures", "/overview?data=shop", "daily", 7, "mails", mails=("a@example.org",))
    digest = kept.find(company.state, kept.save(company.state, Owner("root", None, (), 0), draft, "2026-01-01"))
    assert digest is not None
    link, nobody = f"/digests/{digest.id}/leave/{kept.leave_token(digest, 'a@example.org')}", company.browser()
    page = nobody.get(link)
    assert page.status_code == 200
    assert "a@example.org" in page.get_data(as_text=True)
    assert kept.leavers(company.state, digest.id) == set(), (
        "a look at the link, as scanners of mail do, changes nothing"
    )
    one_click = nobody.post(link, data={"List-Unsubscribe": "One-Click"})  # as a mail program sends it
    assert one_click.status_code == 200
    assert kept.leavers(company.state, digest.id) == {"a@example.org"}
    assert "Subscribe again" in nobody.get(link).get_data(as_text=True)
    assert nobody.post(link, data={"do": "again"}).status_code == 200
    assert kept.leavers(company.state, digest.id) == set()
    for forged in (
        link[:-2],
        f"/digests/{digest.id + 1}{link[link.index('/leave') :]}",
        f"/digests/{digest.id}/leave/x",
    ):
        assert nobody.get(forged).status_code == 403
        assert nobody.post(forged).status_code == 403


def test_the_link_to_unsubscribe_fills_no_log_and_tells_no_numbers(company: Company) -> None:
    draft = Draft("Figures", "/overview?data=shop", "daily", 7, "mails", mails=("b@example.org",))
    digest = kept.find(company.state, kept.save(company.state, Owner("root", None, (), 0), draft, "2026-01-01"))
    assert digest is not None
    nobody, link = company.browser(), f"/digests/{digest.id}/leave/{kept.leave_token(digest, 'b@example.org')}"
    for _ in range(20):
        for do in ("again", ""):
            assert nobody.post(link, data={"do": do}).status_code == 200
    assert len(audit.entries(company.state, who="b@example.org")) <= 4 * MOST_LEFT, "of a minute, or of two"
    assert kept.leavers(company.state, digest.id) == {"b@example.org"}
    told = [nobody.get(f"/digests/{number}/leave/x").get_data() for number in (digest.id, digest.id + 1)]
    assert told[0] == told[1], "not which digests there are"


def test_without_a_mail_server_the_page_says_so(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = delivery.of(company.app.server)
    assert runner is not None
    web = company.signed_in("rita")
    monkeypatch.setattr(runner.senders, "base", "")
    assert "set STORESIGHT_URL" in web.get("/digests").get_data(as_text=True)
    monkeypatch.setattr(runner.senders, "_mail", None)
    assert "STORESIGHT_SMTP" in web.get("/digests").get_data(as_text=True)
    assert "STORESIGHT_SMTP" in saved(web)
    assert kept.active(company.state) == []


def test_from_the_form_over_a_mail_server_to_the_view_behind_the_link(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager of one group makes a digest, gets it as mail, and its links open what she may see."""
    sink, runner = MailSink(), delivery.of(company.app.server)
    assert runner is not None
    monkeypatch.setattr(runner.senders, "_mail", server_of(sink.address, "Storesight <reports@example.org>"))
    if not any(u.name == "wilma@example.org" for u in users.all_users(company.state)):
        company.add("wilma@example.org", "web")
    web = company.signed_in("wilma@example.org")
    try:
        assert saved(web, **{"for": "me", "rhythm": "monthly", "files": "workbook"}) == ""
        with company.state.write() as connection:  # as if it had been made before the last month that the data have
            connection.execute(DIGESTS.update().values(since="2000-01-01"))
        for watch in runner.watch:  # nothing but the digest changed since they looked
            if hasattr(getattr(watch, "__self__", None), "_seen"):
                watch.__self__._seen = ()
        runner.tick()
    finally:
        sink.stop()
    (mail,) = sink.mails
    assert mail["To"] == "wilma@example.org"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page, plain = (part.get_content() for part in (mail.get_body(("html",)), mail.get_body(("plain",))) if part)
    assert SECRET not in page + plain
    (book,) = mail.iter_attachments()
    assert str(book.get_filename()).endswith(".xlsx")
    assert SECRET not in text_of(book.get_content())
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="https://shop\.example\.org([^"]+)"', page)}
    assert {link.partition("?")[0].split("/")[1] for link in links} >= {"overview", "digests"}
    for link in links:
        answer = web.get(link.partition("#")[0])
        assert answer.status_code == 200, link
        assert SECRET not in answer.get_data(as_text=True)
    assert "Last sent" in web.get("/digests").get_data(as_text=True)
