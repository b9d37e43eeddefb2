"""Digests sent: to the right people, with their figures, once, and never too early."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from analytics.calendar import TimeRange
from analytics.errors import NotAllowed, RequestError
from analytics.questions.targets.target import Target
from dashboard.changes.recap import Recap
from dashboard.company import backup, users
from dashboard.company.owners import Owner
from dashboard.company.policies import Policy
from dashboard.company.state import State, open_state
from dashboard.company.tables import ALERTS, JOBS
from dashboard.delivery.jobs import BACK_OFF
from dashboard.digests import content, kept, sending
from dashboard.digests.kept import Draft
from dashboard.languages import kept as languages
from dashboard.notes import kept as notes
from dashboard.notes.draft import Draft as Note
from dashboard.settings import Settings
from dashboard.targets import store
from tests.changes.conftest import Clock, Shop
from tests.digests.conftest import POLICIES, VIEW, Office

NEXT_DAY = [("2026-11-21", "web", 70.0), ("2026-11-21", "shops", 30.0)]


def text_of(office: Office, mail: str) -> str:
    return office.sink.to(mail).text


def figure(text: str, label: str) -> str:
    found = re.search(rf"^{label}: (\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def test_a_digest_waits_for_its_hour_and_for_the_data(office: Office) -> None:
    office.digest(office.account("ann", "managers"))
    assert office.tick() == [], "what was due before it was made is not sent"
    office.at("2026-11-22T06:59")
    office.shop.load(*NEXT_DAY)
    assert office.tick() == []
    office.at("2026-11-22T07:00")
    assert office.tick() == ["ann@example.org"]
    told = text_of(office, "ann@example.org")
    assert "Shop, 21 Nov 2026" in told
    assert (figure(told, "Revenue"), figure(told, "Orders")) == ("$100.00", "2")
    assert office.tick() == []
    office.at("2026-11-23T09:00")
    assert office.tick() == [], "never an incomplete period: the data lack the 22nd"
    digest = kept.active(office.state)[0]
    service = office.shop.service.for_viewer(sending.shares(office.state, POLICIES, digest)[0].viewer)
    status = office.post.status(digest, service)
    assert (status.waits, str(status.next.start), str(status.through)) == (True, "2026-11-22", "2026-11-21")
    office.shop.load(("2026-11-22", "web", 5.0))
    assert office.tick() == ["ann@example.org"]
    assert not office.post.status(digest, service).waits


def test_filters_are_applied(office: Office) -> None:
    """lightdash#5726: a scheduled delivery left the filters of its dashboard out."""
    ann = office.account("ann", "managers")
    office.digest(ann, address=f"{VIEW}&channel=web")
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert office.tick() == ["ann@example.org"]
    told = text_of(office, "ann@example.org")
    assert figure(told, "Revenue") == "$70.00"
    assert "Only Channel: web" in told
    assert "channel=web" in office.sink.to("ann@example.org").link


def test_a_filter_that_cannot_be_applied_is_never_left_out(office: Office) -> None:
    office.digest(office.account("ann", "managers"), address=f"{VIEW}&channel=gone")
    office.digest(office.account("wendy", "web"), address=f"{VIEW}&channel=shops")
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert office.tick() == []


@pytest.mark.long
def test_several_at_once_are_each_right(office: Office) -> None:
    """lightdash#8267: 17 deliveries of one dashboard that ran at once had wrong results."""
    ann = office.account("ann", "managers")
    amounts = {f"c{n}": 10.0 + n for n in range(12)}
    office.shop.load(*(("2026-11-21", name, amount) for name, amount in amounts.items()))
    office.at("2026-11-21T12:00")
    for name in amounts:
        office.digest(ann, title=name, address=f"{VIEW}&channel={name}")
    office.at("2026-11-22T08:00")
    processes = [office.process() for _ in range(4)]
    for post, _ in processes:
        post.plan()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda process: process[1].tick(), processes))
    found = {message.subject.split(" ")[0]: figure(message.text, "Revenue") for _, message, _ in office.sink.sent}
    assert found == {name: f"${amount:.2f}" for name, amount in amounts.items()}
    assert len(office.sink.sent) == len(amounts), "each once"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York", "Asia/Kolkata"])
def test_the_hour_is_that_of_the_data_sets_time_zone(office: Office, zone: str) -> None:
    """superset#13954: schedules were in UTC only."""
    office.shop.zone = zone
    office.shop.load(("2026-11-20", "web", 1.0))
    office.at("2026-11-21T12:00", zone)
    office.digest(office.account("ann", "managers"))
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T06:59", zone)
    assert office.tick() == []
    office.at("2026-11-22T07:00", zone)
    assert office.tick() == ["ann@example.org"]
    assert "21 Nov 2026" in text_of(office, "ann@example.org")


def test_unsubscribed_people_get_nothing(office: Office) -> None:
    ident = office.digest(office.account("ann", "managers"), audience="mails", mails=("a@example.org", "b@example.org"))
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert sorted(office.tick()) == ["a@example.org", "b@example.org"]
    digest = kept.find(office.state, ident)
    assert digest is not None
    message = office.sink.to("a@example.org")
    token = message.unsubscribe.rpartition("/")[2]
    assert message.unsubscribe == f"https://shop.example.com/digests/{ident}/leave/{token}"
    assert token in message.html
    assert token in message.text
    kept.leave(office.state, ident, kept.who_leaves(digest, token))
    office.shop.load(("2026-11-22", "web", 5.0))
    office.at("2026-11-23T07:00")
    assert office.tick() == ["b@example.org"]
    kept.leave(office.state, ident, "a@example.org", again=True)
    kept.leave(office.state, ident, "b@example.org")
    kept.leave(office.state, ident, "b@example.org")
    office.shop.load(("2026-11-23", "web", 5.0))
    office.at("2026-11-24T07:00")
    assert office.tick() == ["a@example.org"]


def test_a_link_of_another_digest_or_made_up_unsubscribes_nobody(office: Office) -> None:
    ann = office.account("ann", "managers")
    one, other = (kept.find(office.state, office.digest(ann, hour=hour)) for hour in (7, 8))
    assert one is not None
    assert other is not None
    token = kept.leave_token(one, "ann@example.org")
    for forged in (kept.leave_token(other, "ann@example.org"), token[:-1], f"x{token}", "", "a.b.c", "é"):
        with pytest.raises(NotAllowed):
            kept.who_leaves(one, forged)


def test_a_group_gets_one_mail_a_policy_and_nobody_more_than_they_may_see(office: Office) -> None:
    """Members of the group who are in a stricter one get its figures; accounts without an address, none."""
    root = office.account("root", "administrators")
    office.account("rita", "readers")
    office.account("wendy", "web", "readers")
    office.account("walt", "readers", "web")
    users.add(office.state, "nameless", "", ["readers"])
    off = users.add(office.state, "off@example.org", "", ["readers"])
    users.change(office.state, off, active=False)
    office.account("mary", "managers")
    office.digest(root, audience="group", group="readers", mails=())
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert sorted(office.tick()) == ["rita@example.org", "walt@example.org", "wendy@example.org"]
    seen = {mail: figure(text_of(office, f"{mail}@example.org"), "Revenue") for mail in ("rita", "wendy", "walt")}
    assert seen == {"rita": "$100.00", "wendy": "$70.00", "walt": "$70.00"}
    with office.state.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(JOBS.c.kind == "digest")).scalar_one() == 2


def test_addresses_get_the_view_of_the_owner_who_must_be_allowed_to(office: Office) -> None:
    office.digest(office.account("wendy", "web"))
    office.digest(office.account("rita", "readers"), audience="mails", mails=("x@example.org",))
    office.digest(office.account("mary", "managers"), audience="mails", mails=("y@example.org",))
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert sorted(office.tick()) == ["wendy@example.org", "y@example.org"], "rita may take no figures away"
    assert figure(text_of(office, "wendy@example.org"), "Revenue") == "$70.00"
    told = text_of(office, "y@example.org")
    assert figure(told, "Revenue") == "$100.00"
    assert "Figures as Mary sees them." in told


def test_nothing_is_sent_for_who_may_see_nothing_any_more(office: Office) -> None:
    ann, ben = office.account("ann", "managers"), office.account("ben", "managers")
    gone = Owner("cleo", None, ("managers",), int(office.clock.now) - 40 * 86_400)
    for owner in (ann, ben, gone):
        office.digest(owner, mails=("x@example.org",))
    users.change(office.state, users.find(office.state, "ann@example.org"), active=False)
    users.change(office.state, users.find(office.state, "ben@example.org"), groups=["nowhere"])
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert office.tick() == []
    office.digest(office.account("dora", "readers"), audience="group", group="managers", mails=())
    office.shop.load(("2026-11-22", "web", 5.0))
    office.at("2026-11-23T07:00")
    assert office.tick() == [], "she is not in that group"


def test_two_instances_with_one_killed_in_between_send_each_mail_once(office: Office) -> None:
    mails = tuple(f"p{n}@example.org" for n in range(5))
    office.digest(office.account("ann", "managers"), audience="mails", mails=mails)
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    _, runner = office.process()
    real = office.sink.send

    def killed(channel: str, message: Any, ident: str) -> None:
        if len(office.sink.sent) == 2:
            raise KeyboardInterrupt
        real(channel, message, ident)

    office.sink.send = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        runner.tick()
    office.sink.send = real  # type: ignore[method-assign]
    assert office.tick() == [], "the lease of the one that died still holds"
    office.clock.pass_by(601)
    assert office.tick() == list(mails[2:])
    assert sorted(office.sink.mails) == sorted(mails)
    assert len({ident for _, _, ident in office.sink.sent}) == 5


def test_who_cannot_be_reached_gets_it_later_and_nobody_twice(office: Office) -> None:
    office.digest(office.account("ann", "managers"), audience="mails", mails=("a@example.org", "b@example.org"))
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.sink.broken = {"b@example.org": False}
    assert office.tick() == ["a@example.org"]
    office.sink.broken = {}
    office.clock.pass_by(BACK_OFF[0] + 1)
    assert office.tick() == ["b@example.org"]
    office.sink.broken = {"a@example.org": True}
    office.shop.load(("2026-11-22", "web", 5.0))
    office.at("2026-11-23T07:00")
    assert office.tick() == ["b@example.org"], "one that is refused for good holds nobody else up"
    assert office.tick() == []


@pytest.mark.long
def test_what_was_restated_since_the_digest_before_is_told(office: Office) -> None:
    office.digest(office.account("ann", "managers"))
    office.digest(office.account("wendy", "web"))
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.tick()
    assert "SINCE THE DIGEST" not in text_of(office, "ann@example.org")
    office.shop.load(("2026-11-22", "web", 5.0), ("2026-10-12", "shops", -40.0))
    office.at("2026-11-23T07:00")
    assert sorted(office.tick()) == ["ann@example.org", "wendy@example.org"]
    told = text_of(office, "ann@example.org")
    assert "SINCE THE DIGEST OF YESTERDAY" in told
    assert "October 2026 fell by 0.6% (−$40.00): 1 late refund, all on 12 Oct." in told
    assert "October" not in text_of(office, "wendy@example.org"), "it is not hers to see"
    assert "new day" not in told


def test_a_late_load_brings_one_digest_of_the_newest_period(office: Office) -> None:
    office.digest(office.account("ann", "managers"))
    office.at("2026-11-25T07:00")
    assert office.tick() == []
    office.shop.load(*((f"2026-11-2{n}", "web", 10.0 * n) for n in range(1, 5)))
    assert office.tick() == ["ann@example.org"]
    assert "24 Nov 2026" in text_of(office, "ann@example.org")
    assert office.tick() == []


def test_a_paused_or_deleted_digest_is_not_sent(office: Office) -> None:
    ann = office.account("ann", "managers")
    one, two = office.digest(ann), office.digest(ann, title="Other")
    viewer = POLICIES.groups["managers"].viewer(ann.subject, "Ann", ("managers",), signs_out=True)
    stranger = POLICIES.groups["managers"].viewer("zoe", "Zoe", ("managers",), signs_out=True)
    for do in (
        lambda: kept.delete(office.state, stranger, one),
        lambda: kept.pause(office.state, stranger, one, active=False),
    ):
        with pytest.raises(RequestError, match="you have no digest"):
            do()
    kept.pause(office.state, viewer, one, active=False)
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.post.plan()
    kept.delete(office.state, viewer, two)
    assert office.tick() == [], "its job had been planned"
    kept.pause(office.state, viewer, one, active=True)
    office.clock.pass_by(sending.QUARTER)
    assert office.tick() == ["ann@example.org"]


def test_a_deleted_digest_leaves_nothing_to_the_next_one(office: Office) -> None:
    """SQLite gives its number to the next digest, which may be somebody else's: neither does a trial that waits send
    the figures of one to the address of the other, nor is what was told of one held for told of the other."""
    ann, wes = office.account("ann", "managers"), office.account("wes", "web")
    viewer = POLICIES.groups["managers"].viewer(ann.subject, "Ann", ("managers",), signs_out=True)
    first = office.digest(ann)
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert office.tick() == ["ann@example.org"]
    digest = kept.find(office.state, first)
    assert digest is not None
    office.post.try_now(digest, "ann@example.org")
    kept.delete(office.state, viewer, first)
    assert office.digest(wes) == first
    assert office.tick() == []
    with office.state.read() as connection:
        assert not connection.execute(sa.select(JOBS.c.id).where(JOBS.c.kind == kept.KIND)).all()


def test_no_trial_is_sent_to_who_may_see_no_pages(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = office.account("ann", "managers")
    digest = kept.find(office.state, office.digest(ann))
    assert digest is not None
    office.post.try_now(digest, "ann@example.org")
    monkeypatch.setitem(POLICIES.groups, "managers", Policy(rights=frozenset({"export"})))
    assert office.tick() == []


def test_files_go_only_to_who_may_take_figures_away(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "collect", lambda service, selection: service.viewer.name)
    monkeypatch.setattr(sending, "write", lambda report, _: f"<p>{report}</p>")
    office.digest(office.account("mary", "managers"), files=("report", "workbook"))
    office.digest(office.account("rita", "readers"), files=("report", "workbook"))
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.tick()
    files = {a.name: a for a in office.sink.to("mary@example.org").attachments}
    assert list(files) == ["shop 2026-11-21.html", "shop 2026-11-21.xlsx"]
    assert files["shop 2026-11-21.html"].data == b"<p>mary@example.org</p>"
    assert files["shop 2026-11-21.xlsx"].data.startswith(b"PK")
    assert office.sink.to("rita@example.org").attachments == ()
    assert "Without the attached files" in text_of(office, "rita@example.org")


def test_a_mail_is_html_without_images_and_escapes_what_is_in_the_data(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        content, "_stories", lambda *_: (content.Item("<b>A</b> & “Ü”", "<script>", "/trends?data=shop#kpis"),)
    )
    office.digest(office.account("ann", "managers"), title="<i>Daily</i> figures")
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.tick()
    message = office.sink.to("ann@example.org")
    page = message.html
    assert "<img" not in page
    assert "<script" not in page
    assert "<style" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;A&lt;/b&gt; &amp; “Ü”" in page
    assert "https://shop.example.com/trends?data=shop#kpis" in page
    assert "* <b>A</b> & “Ü” <script>" in message.text
    links = re.findall(r'href="([^"]+)"', page)
    assert links
    assert all(link.startswith("https://shop.example.com/") for link in links)
    assert message.link == "https://shop.example.com/overview?data=shop&range=2026-11-21..2026-11-22"
    assert message.subject == "<i>Daily</i> figures · Shop, 21 Nov 2026: Revenue $100.00, ▼ −50.0%"


@pytest.mark.long
def test_the_period_and_the_filters_survive_a_restore_into_another_version(office: Office, tmp_path: Path) -> None:
    """superset#25538: after an upgrade the time filter of scheduled reports was gone."""
    ann = office.account("ann", "managers")
    office.digest(ann, address=f"{VIEW}&channel=web")
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.tick()
    other = open_state(Settings(state=tmp_path / "other.db"))
    assert other is not None
    backup.restore(other, backup.dump(office.state))
    restored = Office(office.shop, other, office.clock)
    assert restored.tick() == [], "what was sent is not sent again"
    office.shop.load(("2026-11-22", "web", 5.0), ("2026-11-22", "shops", 9.0), ("2026-10-12", "web", -40.0))
    restored.at("2026-11-23T07:00")
    assert restored.tick() == ["ann@example.org"]
    message = restored.sink.to("ann@example.org")
    assert figure(message.text, "Revenue") == "$5.00"
    assert message.link.endswith("/overview?data=shop&range=2026-11-22..2026-11-23&channel=web")
    assert "October 2026 fell by 1.3% (−$40.00)" in message.text
    other.engine.dispose()


def test_the_same_digest_sent_twice_is_kept_once(office: Office) -> None:
    ann = office.account("ann", "managers")
    assert office.digest(ann) == office.digest(ann)
    assert office.digest(ann) != office.digest(ann, hour=8)
    assert len(kept.active(office.state)) == 2


@pytest.mark.long
def test_stories_of_the_period_are_told(office: Office, monkeypatch: pytest.MonkeyPatch, shop: Shop) -> None:
    monkeypatch.undo()
    viewer = POLICIES.groups["readers"].viewer("x", "X", (), signs_out=False)
    service = shop.service.for_viewer(viewer)
    draft = Draft("Monthly", VIEW, "monthly", 7, "me", mails=("x@example.org",))
    _, _, engine = content.place_of(service, draft)
    told = content.compose(service, draft, content.whole_period(draft, engine), None)
    assert (told.period, told.compared) == ("October 2026", "September 2026")
    assert len(told.stories) <= content.MOST_STORIES
    assert all(s.text and s.link.startswith("/") for s in told.stories)
    assert told.bars_title == "Best sellers"
    product = told.bars[0].label
    some = replace(draft, address=f"{VIEW}&product={product}")
    assert content.compose(service, some, content.whole_period(some, engine), None).bars == ()


def test_each_address_gets_the_digest_in_its_own_language(office: Office) -> None:
    """Of one group and one policy: one reads German, one English."""
    office.account("ann", "managers")
    office.account("ben", "managers")
    languages.keep(office.state, "ann@example.org", "de")
    office.digest(office.account("root", "administrators"), audience="group", group="managers", mails=())
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    assert sorted(office.tick()) == ["ann@example.org", "ben@example.org"]
    german, english = text_of(office, "ann@example.org"), text_of(office, "ben@example.org")
    assert figure(german, "Umsatz") == figure(english, "Revenue") == "$100.00"
    assert "KENNZAHLEN" in german
    assert "KEY FIGURES" not in german
    assert "KEY FIGURES" in english
    assert "Umsatz" not in english
    assert "Abbestellen: https://" in german


@pytest.mark.long
def test_targets_notes_and_alerts_are_told_to_who_may_see_them(office: Office) -> None:
    office.shop.service.stored_targets = store.Stored(office.state).of
    november = TimeRange(np.datetime64("2026-11-01", "D"), np.datetime64("2026-12-01", "D"))
    yesterday = TimeRange(np.datetime64("2026-11-21", "D"), np.datetime64("2026-11-22", "D"))
    store.save(office.state, "ben", "shop", [(Target("revenue", november, 8200.0), "")])
    boss = POLICIES.groups["administrators"].viewer("boss", "The boss", (), signs_out=True)
    for text, audience, days in (("The fair", "*", yesterday), ("Secret", "", yesterday), ("Later", "*", november)):
        days = TimeRange(november.end, november.end + 1) if text == "Later" else days
        notes.add(office.state, boss, "shop", "", VIEW, Note(days, "note", text, audience))
    row = {"owner": "ann@example.org", "title": "Weak day", "data": "shop", "condition": "{}", "state": "firing"}
    with office.state.write() as connection:
        connection.execute(ALERTS.insert().values(**row, changed_at=1, created_at=0))
    office.digest(office.account("ann", "managers"))
    office.digest(office.account("wendy", "web"))
    office.digest(office.account("root", "administrators"), audience="group", group="managers", mails=())
    office.shop.load(*NEXT_DAY)
    office.at("2026-11-22T07:00")
    office.tick()
    told = {name: text_of(office, f"{name}@example.org") for name in ("ann", "wendy")}
    assert "Revenue, November 2026: $4,100 of $8,200 (50%)" in told["ann"]
    assert "TARGETS" not in told["wendy"], "a target of all rows is not for her"
    assert "21 Nov 2026: The fair (The boss)" in told["ann"]
    assert "21 Nov 2026: The fair" in told["wendy"]
    assert not [text for text in told.values() if "Secret" in text or "Later" in text]
    group, own = (message.text for mail, message, _ in office.sink.sent if mail == "ann@example.org")
    assert ("Alert fires: Weak day" in group) != ("Alert fires: Weak day" in own), (
        "the group is not told of her own alerts"
    )
    assert "Weak day" not in told["wendy"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": " "}, "enter a name"),
        ({"title": "a\u202eb"}, "enter a name"),
        ({"rhythm": "hourly"}, "rhythm must be"),
        ({"hour": 24}, "choose an hour"),
        ({"audience": "all"}, "for must be"),
        ({"mails": ()}, "at least one e-mail address"),
        ({"mails": tuple(f"{n}@example.org" for n in range(51))}, "at most 50"),
        ({"files": ("passwords",)}, "files must be"),
    ],
)
def test_a_draft_is_checked(wrong: dict[str, Any], told: str) -> None:
    given = {"title": "A", "address": VIEW, "rhythm": "daily", "hour": 7, "audience": "me", "mails": ("a@example.org",)}
    with pytest.raises(RequestError, match=told):
        kept.checked(Draft(**{**given, **wrong}))


@pytest.mark.sampled(2)
def test_digests_are_kept_in_a_store_of_each_kind(each_state: State, shop: Shop, clock: Clock) -> None:
    office = Office(shop, each_state, clock)
    ann = office.account("ann", "managers")
    ident = office.digest(ann, files=("report",))
    viewer = POLICIES.groups["managers"].viewer(ann.subject, "Ann", ("managers",), signs_out=True)
    draft = Draft("Weekly", VIEW, "weekly", 0, "group", "managers", ("x@example.org",), ())
    assert kept.save(each_state, ann, draft, "", ident) == ident
    (digest,) = kept.seen_by(each_state, viewer)
    assert (digest.draft.title, digest.draft.mails, digest.active) == ("Weekly", (), True)
    kept.leave(each_state, ident, "ann@example.org")
    assert kept.leavers(each_state, ident) == {"ann@example.org"}
    for until in ("2026-11-16", "2026-11-23"):
        kept.sent(each_state, ident, "s", until, Recap("v", until))
    issue = kept.newest_issue(each_state, ident, "s")
    assert issue is not None
    assert (issue.until, issue.recap.until) == ("2026-11-23", "2026-11-23")
    assert kept.newest_issue(each_state, ident, "other") is None
    assert office.post.last_job(digest) is None
    office.post.try_now(digest, "ann@example.org")
    assert office.post.last_job(digest) == ("waiting", 0, "")
    with pytest.raises(RequestError, match="you have no digest"):
        kept.save(each_state, Owner("zoe", None, (), 0), draft, "", ident)
    kept.delete(each_state, viewer, ident)
    assert kept.leavers(each_state, ident) == set()
    kept.sent(each_state, ident, "s", "2026-11-30", Recap("v", ""))
    assert kept.newest_issue(each_state, ident, "s") is None
