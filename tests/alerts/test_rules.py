"""Rules: what the form makes, what the store keeps, whose they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.engines.base import Engine
from analytics.errors import RequestError
from analytics.language import in_language
from analytics.methods.alarms.alerts import AlertRule
from analytics.selection import Resolved
from dashboard.alerts import conditions, rules, trials
from dashboard.alerts.checking import Checker
from dashboard.alerts.conditions import Age, Condition, Stock, form_of, kept, made, read, sentence
from dashboard.alerts.rules import Rule, checked_title, read_quiet
from dashboard.alerts.trials import trial
from dashboard.answers.service import Service
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import backup, owners
from dashboard.company.owners import Owner
from dashboard.company.state import State, open_state
from dashboard.company.tables import JOBS
from dashboard.delivery import deliveries
from dashboard.delivery.messages import Message
from dashboard.delivery.senders import Senders
from dashboard.settings import Settings
from tests.alerts.conftest import ANN, LEE, LOW, MAIL, Shop, no_policies
from tests.company.conftest import Clock
from tests.dashboard.conftest import NoCache

MADE: list[tuple[tuple[str, str, str, str], Condition, str]] = [
    (("below", "revenue", "day", " 4,000.00 "), AlertRule("x", "revenue", "day", "threshold", below=4000),
     "Revenue per day: below $4,000.00"),
    (("below", "revenue", "day", "1.450.000 €"), AlertRule("x", "revenue", "day", "threshold", below=1.45e6),
     "Revenue per day: below $1,450,000.00"),
    (("above", "refund_rate", "month", "12.5"), AlertRule("x", "refund_rate", "month", "threshold", above=12.5),
     "Refund rate per month: above 12.5%"),
    (("falls", "orders", "week", "20 %"), AlertRule("x", "orders", "week", "change", falls_by=20),
     "Orders per week: down 20% or more on the period before"),
    (("rises", "units", "day", "50"), AlertRule("x", "units", "day", "change", rises_by=50),
     "Units per day: up 50% or more on the period before"),
    (("low", "revenue", "day", ""), AlertRule("x", "revenue", "day", "outside", direction="down"),
     "Revenue per day: unusually low"),
    (("unusual", "orders", "week", ""), AlertRule("x", "orders", "week", "outside"), "Orders per week: unusual"),
    (("age", "", "", "2"), Age(2), "Data more than 2 days old"),
    (("stock", "", "", "0"), Stock(0), "A product out of stock"),
    (("stock", "", "", "14"), Stock(14), "Stock of a product for less than 14 days"),
]  # fmt: skip


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """Of a shop with stock and two falls; it stores nothing."""
    nowhere: Any = None
    shop = Shop(tmp_path_factory.mktemp("shop"), Clock(), nowhere, Settings(), stock={"Item 0": 5.0})
    shop.days[40:43] = [400.0, 300.0, 450.0]
    shop.days[50] = 100.0
    shop.load()
    return Checker(nowhere, Service(shop.root, NoCache()), no_policies, Senders(Settings()), lambda: Clock().now)


@pytest.fixture(scope="module")
def engine(checker: Checker) -> Engine:
    return opened(checker)[0]


def opened(checker: Checker) -> tuple[Engine, Resolved]:
    """All that there is, as the data set's own rules see it."""
    return checker.opened(Rule(0, Owner("", None, (), 0), "x", "shop", "data=shop", LOW))


def test_what_the_form_makes(engine: Engine) -> None:
    for (kind, metric, grain, number), condition, words in MADE:
        assert made("x", kind, metric, grain, number, engine) == condition
        assert sentence(condition, engine) == words
        assert read(kept(condition)) == condition
        again = form_of(condition)
        filled = (again[name] for name in ("kind", "metric", "grain", "number") if name in again)
        given = {"metric": metric, "grain": grain, **dict(zip(again, filled, strict=True))}
        assert made("x", given["kind"], given["metric"], given["grain"], given["number"], engine) == condition
    assert sentence(LOW, None) == "Revenue per day: below 500"
    assert "margin" in conditions.metrics_of(engine)


@pytest.mark.parametrize(
    "given",
    [
        ("", "revenue", "day", "1"), ("below", "", "day", "1"), ("below", "conversion_rate", "day", "1"),
        ("below", "revenue", "quarter", "1"), ("below", "revenue", "day", ""), ("below", "revenue", "day", "1e9"),
        ("below", "revenue", "day", "nan"), ("below", "revenue", "day", "٣"), ("below", "revenue", "day", "9" * 15),
        ("below", "revenue", "day", "4.000"), ("below", "revenue", "day", "4.000,50"),
        ("below", "revenue", "day", "12,5"), ("below", "revenue", "day", "1,00"), ("falls", "revenue", "day", "101"),
        ("falls", "revenue", "day", "0"), ("rises", "revenue", "day", "-5"), ("low", "aov", "day", ""),
        ("low", "customers", "day", ""), ("low", "revenue", "month", ""), ("age", "", "", "0"),
        ("age", "", "", "1001"), ("stock", "", "", "-1"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(engine: Engine, given: tuple[str, str, str, str]) -> None:
    with pytest.raises(RequestError):
        made("x", *given, engine)


@pytest.mark.parametrize("text", ["20", "20-24", "7-7", "x", "20-7-8", "-1-5", "٢-٣"])
def test_quiet_hours_that_are_none(text: str) -> None:
    with pytest.raises(RequestError):
        read_quiet(text)


def test_quiet_hours_and_names() -> None:
    assert read_quiet(" 20 – 7 ") == (20, 7)
    assert read_quiet("") is None
    assert checked_title("  A  weak\nday ") == "A weak day"
    for title in ("", " ", "x" * 81, "a\x00", "a\u202eb"):
        with pytest.raises(RequestError):
            checked_title(title)


def viewer(name: str, *rights: Any) -> Viewer:
    return Viewer(name, EVERYTHING, rights=frozenset(rights or ("view", "export")))


@pytest.mark.sampled(4)
def test_rules_are_their_owners_and_administrators_may_end_them(any_state: State, tmp_path: Any) -> None:
    one = Rule(0, ANN, "Ä weak day", "shop", "data=shop", LOW, (MAIL, "hook:ops"), (20, 7))
    ident = rules.save(any_state, one)
    assert rules.of(any_state, "ann") == [replace(one, id=ident, changed_at=rules.of(any_state, "ann")[0].changed_at)]
    ann, lee, root = viewer("ann"), viewer("lee"), viewer("root", "view", "export", "administer")
    assert rules.seen_by(any_state, lee) == []
    assert len(rules.seen_by(any_state, root)) == 1
    for end in (lambda: rules.delete(any_state, lee, ident), lambda: rules.pause(any_state, lee, ident, active=False),
                lambda: rules.save(any_state, replace(one, id=ident, owner=LEE)),
                lambda: rules.delete(any_state, ann, ident + 1)):  # fmt: skip
        with pytest.raises(RequestError, match="no alert"):
            end()
    rules.pause(any_state, root, ident, active=False)
    assert rules.about(any_state, "shop") == []
    rules.pause(any_state, ann, ident, active=True)
    assert rules.about(any_state, "shop")[0].state == "new"
    assert rules.watched(any_state) == {"shop"}
    other = open_state(Settings(state=tmp_path / "other.db"))
    assert other is not None
    backup.restore(other, list(backup.dump(any_state)))
    assert rules.of(other, "ann")[0].condition == LOW
    rules.delete(any_state, root, ident)
    assert rules.of(any_state, "ann") == []


def test_a_deleted_rule_leaves_nothing_to_the_next_one(any_state: State) -> None:
    """SQLite gives its number to the next rule, which may be somebody else's."""
    one = Rule(0, ANN, "a", "shop", "data=shop", LOW, (MAIL,))
    kept_one, gone = rules.save(any_state, one), rules.save(any_state, one)
    both = [(rules.key_of(gone), "2026-01-01"), (rules.key_of(kept_one), "2026-01-01")]
    alone = deliveries.queue(any_state, MAIL, both[:1], Message("figures", "of Ann"))
    deliveries.queue(any_state, "hook:ops", both, Message("figures", "of both"))
    rules.delete(any_state, viewer("ann"), gone)
    assert [(d.rule, d.channel) for d in deliveries.newest(any_state)] == [(rules.key_of(kept_one), "hook:ops")]
    with any_state.read() as connection:
        assert alone not in connection.execute(sa.select(JOBS.c.id)).scalars().all(), "it is not sent any more"
    assert deliveries.queue(any_state, MAIL, both[:1], Message("figures", "of Lee")) is not None, "it is told"


def test_there_is_an_end_to_rules(any_state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_RULES", 1)
    one = Rule(0, ANN, "a", "shop", "data=shop", LOW)
    rules.save(any_state, one)
    with pytest.raises(RequestError, match="the most"):
        rules.save(any_state, one)
    rules.save(any_state, replace(one, owner=LEE))


def test_who_comes_again_is_known_again(any_state: State) -> None:
    for owner in (ANN, LEE, Owner("", None, (), 0)):
        rules.save(any_state, Rule(0, owner, "a", "shop", "data=shop", LOW))
    owners.confirm(any_state, Owner("lee", None, ("managers",), 2_000_000_000))
    owners.confirm(any_state, Owner("ann", 7, ("managers",), 2_000_000_000))
    owners.confirm(any_state, Owner("", None, ("managers",), 2_000_000_000))
    found = {r.owner.subject: r.owner for r in rules.about(any_state, "shop")}
    assert found["lee"].groups == ("managers",)
    assert found["ann"] == ANN, "a local account is looked at when it is needed"
    assert found[""].groups == ()


def test_a_trial_says_how_often_and_when(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    given = (*opened(checker), checker.today("UTC"))
    found = trial(LOW, *given)
    assert found.sentence == "It would have alerted you twice in the last 2 months."
    assert found.times == [
        "Revenue on 6 Jan 2027: $100.00, below $500.00.",
        "Revenue on 27 Dec 2026: $400.00, below $500.00. It lasted 2 more days.",
    ]
    assert found.advice == ""
    never = trial(replace(LOW, below=1.0), *given)
    assert "would not have alerted" in never.sentence
    assert never.advice == "The lowest value was $100.00, the highest $1,000.00."
    monkeypatch.setattr(trials, "MANY_A_YEAR", 1)
    assert "That is often" in trial(LOW, *given).advice
    assert "It would not alert you now" in trial(Age(2), *given).sentence
    assert trial(Stock(30), *given).times == ["Item 0"]


def test_names_that_the_product_gives_are_told_in_the_readers_language() -> None:
    given, own = (Rule(1, Owner("a", None, (), 0), title, "shop", "", Stock(0)) for title in (*rules.GIVEN[:1], "Mine"))
    with in_language("de"):
        assert (given.called, own.called) == ("Ein Produkt ist ausverkauft", "Mine")
    assert given.called == "A product is out of stock"
