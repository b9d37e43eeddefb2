"""Alerts, from new data to the message: once, of complete days, when it may be sent, and never a storm."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from analytics.language import in_language
from analytics.methods.alarms.alerts import AlertRule
from dashboard.alerts import rules
from dashboard.alerts.checking import KIND, quiet_until
from dashboard.alerts.conditions import Age, Stock
from dashboard.alerts.judging import Course
from dashboard.company import users
from dashboard.company.owners import Owner
from dashboard.delivery import deliveries, jobs
from dashboard.delivery.jobs import LEASE_SECONDS
from dashboard.languages import kept as languages
from dashboard.text.told import said
from tests.alerts.conftest import HOOK, LEE, LOW, MAIL, Shop, Subjects
from tests.delivery.sinks import HookSink, MailSink


def body(mails: MailSink, number: int = -1) -> str:
    part = mails.mails[number].get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


@pytest.mark.long
def test_a_rule_fires_once_tells_when_it_is_over_and_fires_again(
    shop: Shop, mails: MailSink, subjects: Subjects
) -> None:
    ident = shop.add()
    assert shop.rule(ident).state == "ok"
    shop.tick()
    assert subjects() == []
    for revenue in (400, 300, 450, 900, 900, 100):
        shop.next_day(revenue)
        shop.tick()
        shop.tick()
    assert subjects() == ["Alert: Weak day · Shop", "Back to normal: Weak day · Shop", "Alert: Weak day · Shop"]
    assert "Revenue on 15 Jan 2027: $400.00, below $500.00." in body(mails, 0)
    assert "https://shop.example.org/trends?data=shop&range=" in body(mails, 0)
    assert "Data of Shop up to 15 Jan 2027. Shows what ann may see." in body(mails, 0)
    assert "Revenue on 18 Jan 2027: $900.00." in body(mails, 1)
    rule = shop.rule(ident)
    assert (rule.state, rule.checked, rule.told) == ("firing", "2027-01-20", "2027-01-20")
    assert [d.period for d in deliveries.newest(shop.state)] == ["2027-01-20", "2027-01-15 over", "2027-01-15"]


def test_doubles_with_two_servers(shop: Shop, subjects: Subjects) -> None:
    """Four instances come to new data at once; another one died while it checked (grafana#7437, superset#22664)."""
    shop.add()
    shop.next_day(400)
    dead = shop.instance()
    dead[1].notice()
    assert jobs.claim(shop.state, [KIND]) is not None
    shop.tick()
    assert subjects() == [], "the check is in the hands of the one that died"
    shop.clock.pass_by(LEASE_SECONDS + 1)
    instances = [shop.instance()[0] for _ in range(4)]
    together = threading.Barrier(4)

    def work(runner: Any) -> None:
        together.wait(30)
        for _ in range(3):
            runner.tick()

    threads = [threading.Thread(target=work, args=(runner,)) for runner in instances]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert subjects() == ["Alert: Weak day · Shop"]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dies_in", ["note", "settle"])
def test_a_process_that_dies_while_it_checks_doubles_nothing(
    shop: Shop, subjects: Subjects, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    shop.add()
    shop.next_day(400)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    runner, _ = shop.instance()
    with monkeypatch.context() as patch:
        patch.setattr(*{"note": (rules, "note"), "settle": (jobs, "settle")}[dies_in], die)
        with pytest.raises(KeyboardInterrupt):
            runner.tick()
    shop.clock.pass_by(LEASE_SECONDS + 1)
    shop.tick()
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]


@pytest.mark.long
def test_per_block_duplicates(shop: Shop, subjects: Subjects) -> None:
    """The same days loaded again, with late rows, tell nothing again (mage-ai#2711)."""
    shop.add()
    shop.next_day(400)
    shop.tick()
    for late in (410, 390, 20):
        shop.days[-1] = late
        shop.load()
        shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]


@pytest.mark.long
def test_storms_after_a_data_source_outage(shop: Shop, mails: MailSink, subjects: Subjects) -> None:
    """Six days come at once and six rules fire on several: one message for each channel (grafana#58386)."""
    for number in range(6):
        shop.add(replace(LOW, name=f"Rule {number}"), channels=(MAIL, HOOK))
    shop.next_day(400, 300, 1000, 200, 100, 150)
    shop.tick()
    assert subjects() == ["6 alerts · Shop"]
    text = body(mails)
    assert text.count("Alert: Rule") == 6
    assert "on 20 Jan 2027: $150.00" in text
    assert "on 15 Jan 2027: $400.00" in text
    assert len(deliveries.newest(shop.state)) == 12


def test_no_reminder_or_too_many() -> None:
    """What goes on firing is told again once a week, not daily and not never (grafana#20494, #8817, #7330)."""
    days = [f"2027-01-{day:02}" for day in range(1, 31)]
    course = Course("", 7, days)
    for number, day in enumerate(days):
        course.step(day, fired=number < 16 or number == 20)
    assert course.began == [days[0], days[20]]
    assert course.still == [days[7], days[14]]
    assert (course.told, course.ended) == ("", days[21])


@pytest.mark.long
def test_freshness_first(shop: Shop, mails: MailSink, subjects: Subjects) -> None:
    """Orders that have not come are missing data, not low sales; what comes later is judged then."""
    ident = shop.add()
    shop.next_day(0)
    shop.tick()
    shop.next_day(0)
    shop.tick()
    assert subjects() == ["No data: Weak day · Shop"]
    assert "No orders at all since 15 Jan 2027: data are probably missing." in body(mails)
    assert "Revenue on" not in body(mails)
    assert shop.rule(ident).state == "no data"
    shop.days[-2:] = [400, 1000]
    shop.next_day(1000)
    shop.tick()
    assert subjects()[1:] == ["Alert: Weak day · Shop"]
    assert "on 15 Jan 2027: $400.00" in body(mails)
    assert "Back to normal: " in body(mails)


def test_data_that_come_back_without_an_alert_are_told(shop: Shop, subjects: Subjects) -> None:
    shop.add()
    for revenue in (0, 1000):
        shop.next_day(revenue)
        shop.tick()
    assert subjects() == ["No data: Weak day · Shop", "Back to normal: Weak day · Shop"]


def test_a_part_that_falls_to_nothing_while_the_rest_sells_is_no_gap_in_the_data(
    shop: Shop, mails: MailSink, subjects: Subjects
) -> None:
    shop.add(replace(LOW, below=100.0), query="data=shop&channel=shops")
    shop.shops = 0
    shop.next_day(1000)
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]
    assert "Revenue on 15 Jan 2027: $0.00" in body(mails)
    assert "Channel: shops" in body(mails)


@pytest.mark.long
def test_a_rate_of_no_orders_neither_fires_nor_ends_a_firing(shop: Shop, subjects: Subjects) -> None:
    ident = shop.add(replace(LOW, metric="aov", below=99.0), query="data=shop&channel=shops")
    shop.next_day(900)
    shop.tick()
    shop.shops = 0
    shop.next_day(1000)
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]
    rule = shop.rule(ident)
    assert (rule.state, rule.checked) == ("firing", "2027-01-15"), "the day after is not known"
    assert "n/a" not in rule.note
    shop.shops = 1
    shop.next_day(1000)
    shop.tick()
    assert subjects()[1:] == ["Back to normal: Weak day · Shop"]


@pytest.mark.long
def test_an_incomplete_day_is_not_judged(shop: Shop, subjects: Subjects) -> None:
    shop.add()
    shop.add(replace(LOW, name="Weak week", grain="week", below=6500.0))
    shop.profile = {"data_until": "2027-01-14"}
    shop.next_day(10)
    shop.tick()
    assert subjects() == [], "data of the day go on coming"
    shop.profile = {}
    shop.load()
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"], "the week is not over"
    shop.next_day(1000, 1000)
    shop.tick()
    assert subjects()[1:] == ["2 alerts · Shop"], "Sunday has ended: the week is weak, the day is over"


def test_nothing_is_checked_without_new_data(shop: Shop, subjects: Subjects, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add()
    shop.next_day(400)
    runner, checker = shop.instance()
    runner.tick()
    monkeypatch.setattr(checker, "check", None)
    for _ in range(5):
        shop.clock.pass_by(40 * 3600)
        runner.tick()
        shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]


def test_old_data_are_told_when_they_are_old_and_when_new_ones_come(
    shop: Shop, mails: MailSink, subjects: Subjects
) -> None:
    ident = shop.add(Age(2), title="Freshness")
    shop.tick()
    shop.clock.pass_by(2 * 86_400 - 8 * 3600 - 1)  # a second before midnight: the data are two days old
    shop.tick()
    assert subjects() == []
    shop.clock.pass_by(2)
    shop.tick()
    assert subjects() == ["Alert: Freshness · Shop"]
    assert "The data are 3 days old: they end on 14 Jan 2027." in body(mails)
    shop.clock.pass_by(5 * 86_400)
    shop.tick()
    assert len(subjects()) == 1
    shop.days += [1000.0] * 7
    shop.load()
    shop.tick()
    assert subjects()[1:] == ["Back to normal: Freshness · Shop"]
    assert shop.rule(ident).state == "ok"


@pytest.mark.long
def test_stock_names_only_what_joined(shop: Shop, mails: MailSink, subjects: Subjects) -> None:
    shop.stock = {"Item 0": 0.0, "Item 1": 900.0, "Item 2": 500.0}
    shop.load()
    ident = shop.add(Stock(14), title="Stock")
    assert shop.rule(ident).state == "firing"
    shop.stock["Item 1"] = 3.0
    shop.next_day(1000)
    shop.tick()
    assert subjects() == ["Alert: Stock · Shop"]
    assert "Item 1" in body(mails)
    assert "Item 0" not in body(mails)
    shop.next_day(1000)
    shop.tick()
    shop.stock = dict.fromkeys(shop.stock, 900.0)
    shop.next_day(1000)
    shop.tick()
    assert subjects()[1:] == ["Back to normal: Stock · Shop"]


def test_quiet_hours(shop: Shop, subjects: Subjects) -> None:
    """It is 08:00 in UTC when the data come."""
    shop.add(quiet=(20, 9))
    shop.next_day(400)
    shop.tick()
    assert subjects() == []
    shop.clock.pass_by(3500)
    shop.tick()
    assert subjects() == []
    shop.clock.pass_by(101)
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]


def test_what_waits_is_not_sent_for_an_owner_who_was_switched_off_meanwhile(shop: Shop, subjects: Subjects) -> None:
    """The message holds what she could see; that of somebody else on the same channel is sent."""
    ann, lee = users.add(shop.state, "ann", groups=["everything"]), users.add(shop.state, "lee", groups=["everything"])
    for user in (ann, lee):
        owner = Owner(user.name, user.id, (), 0)
        shop.add(title=f"Day of {user.name}", owner=owner, quiet=(20, 9))
    shop.next_day(400)
    shop.tick()
    users.change(shop.state, ann, active=False)
    shop.clock.pass_by(3601)
    for _ in range(2):
        shop.tick()
    assert subjects() == ["Alert: Day of lee · Shop"]
    (told,) = deliveries.newest(shop.state, ["alert:1"])
    assert (told.state, said(told.error)) == ("failed", "it was not sent: the account of ann is turned off.")


@pytest.mark.parametrize(
    ("quiet", "hour", "ends"),
    [((20, 7), 19, None), ((20, 7), 20, 31), ((20, 7), 23, 31), ((20, 7), 0, 7), ((20, 7), 6, 7), ((20, 7), 7, None),
     ((1, 5), 0, None), ((1, 5), 1, 5), ((1, 5), 5, None), ((22, 0), 23, 24), ((0, 6), 0, 6)],
)  # fmt: skip
def test_when_quiet_hours_end(quiet: tuple[int, int], hour: int, ends: int | None) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/New_York")
    now = datetime(2027, 1, 15, hour, 30, tzinfo=zone)
    begin = datetime(2027, 1, 15, tzinfo=zone).timestamp()
    assert quiet_until(quiet, now) == (0 if ends is None else begin + ends * 3600)


def test_a_rule_sees_what_its_owner_sees(shop: Shop, mails: MailSink, subjects: Subjects) -> None:
    """Lee sees the web alone: half of everything."""
    ident = shop.add(owner=LEE)
    assert "$500.00" in shop.rule(ident).note
    with in_language("de"):
        assert said(shop.rule(ident).note).startswith("Umsatz am ")
    shop.add(replace(LOW, name="Her own", below=200.0), owner=LEE)
    shop.shops = 0.0
    shop.next_day(900)
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]
    assert "Revenue on 15 Jan 2027: $450.00" in body(mails)
    assert "what lee may see" in body(mails)


@pytest.mark.sampled(20)
@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"owner": replace(LEE, groups=("nowhere",))}, "lee may not see any data now"),
        ({"owner": replace(LEE, groups=("readers",))}, "lee may not download figures now"),
        ({"owner": replace(LEE, confirmed_at=1_700_000_000)}, "has not signed in for 30 days"),
        ({"owner": LEE, "condition": replace(LOW, metric="profit")}, "cost"),
        ({"owner": LEE, "query": "data=shop&channel=shops"}, "shops"),
        ({"query": "data=shop&channel=gone"}, "gone"),
        ({"query": "data=elsewhere"}, "elsewhere"),
        ({"condition": Stock(3)}, "has no stock levels"),
    ],
)
def test_a_rule_that_cannot_be_checked_says_so_once(
    shop: Shop, mails: MailSink, subjects: Subjects, more: dict[str, Any], why: str
) -> None:
    given = {"owner": LEE, "query": "data=shop", "condition": LOW, **more}
    kept = rules.Rule(0, title="Odd", data="shop", channels=(MAIL,), state="ok", checked="2027-01-14", **given)
    ident = rules.save(shop.state, kept)
    for _ in range(3):
        shop.next_day(400)
        shop.tick()
    assert [subject.lower() for subject in subjects()] == ["not checked: odd · shop"]
    assert why in body(mails)
    assert shop.rule(ident).state == "error"


def test_one_bad_rule_keeps_no_other_from_being_checked(
    shop: Shop, subjects: Subjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.alerts import checking

    judge = checking.judge

    def fails(rule: rules.Rule, *given: Any) -> Any:
        if rule.title == "Bad":
            raise ZeroDivisionError
        return judge(rule, *given)

    shop.add(title="Bad", channels=("hook:slack",))
    shop.add()
    shop.next_day(400)
    monkeypatch.setattr(checking, "judge", fails)
    shop.tick()
    assert subjects() == ["Alert: Weak day · Shop"]


def test_names_that_are_markup_are_text(shop: Shop, mails: MailSink, hooks: HookSink) -> None:
    evil = "<b>Kü\u202f& co</b> \u201c"
    shop.add(replace(LOW, name=evil), title=evil, channels=(MAIL, HOOK))
    shop.next_day(400)
    shop.tick()
    part = mails.mails[0].get_body(("html",))
    assert part is not None
    assert "&lt;b&gt;Kü" in part.get_content()
    assert "<b>" not in part.get_content()
    assert hooks.posts[0].json["facts"]["alerts"][0]["kind"] == "fired"


@pytest.mark.long
def test_alerts_of_a_file_are_told_where_the_settings_say(shop: Shop, subjects: Subjects) -> None:
    stated = {"name": "From the file", "metric": "revenue", "grain": "day", "when": "threshold", "below": 500.0}
    shop.profile = {"alerts": (stated,)}
    shop.load()
    shop.tick()
    assert rules.about(shop.state, "shop") == []
    shop.settings = replace(shop.settings, alert_channels=(MAIL,))
    shop.next_day(1000)
    shop.tick()
    shop.next_day(400)
    shop.tick()
    assert subjects() == ["Alert: From the file · Shop"]
    shop.profile = {"alerts": ({**stated, "below": 300.0},)}
    shop.next_day(400)
    shop.tick()
    assert [r.state for r in rules.about(shop.state, "shop")] == ["ok"], "it is another rule now"
    shop.profile = {}
    shop.next_day(100)
    shop.tick()
    assert rules.about(shop.state, "shop") == []
    assert len(subjects()) == 1


def test_a_rule_that_changes_while_it_is_checked_keeps_the_change(shop: Shop) -> None:
    ident = shop.add()
    rule = shop.rule(ident)
    changed = replace(rule, condition=replace(LOW, below=10.0), state="ok")
    rules.save(shop.state, changed)
    rules.note(shop.state, rule, replace(rule, state="firing", told="2027-01-15", checked="2027-01-15"))
    assert shop.rule(ident).state == "ok"


def test_messages_are_in_the_language_of_the_alerts_owner(shop: Shop, mails: MailSink, subjects: Subjects) -> None:
    """Nobody reads a page then: what the owner chose for pages counts for messages too."""
    shop.add()
    languages.keep(shop.state, "ann", "de")
    shop.next_day(400)
    shop.tick()
    assert subjects() == ["Warnung: Weak day · Shop"]
    assert "Umsatz am 15. Jan. 2027: $400.00, unter $500.00." in body(mails)
    assert "below" not in body(mails)


def test_changes_by_the_week_and_ratios_are_told(shop: Shop, mails: MailSink, subjects: Subjects) -> None:
    shop.add(AlertRule("Falls", "revenue", "week", "change", falls_by=20.0))
    shop.add(AlertRule("Basket", "aov", "month", "threshold", below=95.0))
    shop.add(AlertRule("Odd", "orders", "day", "outside", direction="down"))
    shop.next_day(*[1000.0] * 3, *[700.0] * 7, *[700] * 9)
    shop.tick()
    text = body(mails)
    fell = "Revenue in the week from 18 Jan 2027: $4,900.00, down 30.0% from $7,000.00 in the period before."
    assert fell in text
    assert "Average order value in Jan 2027: " in text
    assert "Odd" not in text
