"""Unusual days and weeks as they are told: with the orders behind them, learnt from before the range."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights.claim import write
from analytics.insights.company import Company
from analytics.insights.kinds.changes import outlooks
from analytics.insights.kinds.changes.unusual import unusual_days
from analytics.profile import Profile
from analytics.questions import outlook
from analytics.selection import Clause, Selection
from tests.analytics.companies import Tables

DAYS = pd.date_range("2023-01-01", "2023-12-31")
NUMBERS = re.compile(r"(\d[\d,.]*)(?:, about| expected| orders| are usual)")
LAST_MONTH = "2023-12-01..2024-01-01"


def company(orders: np.ndarray, amount: float | np.ndarray = 20.0, **more: object) -> ColumnarEngine:
    """So many orders of one line on each day of 2023."""
    day = np.repeat(DAYS.to_numpy(), orders)
    lines = pd.DataFrame(
        {
            "order_id": np.arange(len(day)).astype(str),
            "ordered_at": (day + np.timedelta64(12, "h")).astype("datetime64[us]"),
            "product": "thing",
            "quantity": 1.0,
            "amount": np.broadcast_to(amount, len(day)),
            "sale": True,
        }
    )
    return ColumnarEngine(store.in_memory(Tables(lines, Profile("toy", "Toy", data_until="2023-12-31", **more))))  # type: ignore[arg-type]


def told(engine: ColumnarEngine, span: str = LAST_MONTH) -> list[str]:
    found = unusual_days(Company(engine, engine.resolve(Selection("toy", span))))
    return [write(claim.says, claim.evidence) for claim in found]


def steady(level: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).poisson(level, len(DAYS))


@pytest.mark.long
def test_a_week_that_lost_a_third_is_told_with_its_orders() -> None:
    orders = steady(120)
    orders[-21:-14] = orders[-21:-14] * 2 // 3
    engine = company(orders)
    sentences = told(engine)
    assert len(sentences) == 1
    assert re.match(r"The [5-8] days to 1[678] December 2023 were unusually weak: ", sentences[0])
    assert " expected. There were " in sentences[0]
    assert told(engine, "2023-11-01..2023-12-01") == [], "it happened after this range"


def test_a_day_is_told_by_itself_and_only_once() -> None:
    orders = steady(120)
    orders[-10] = 15
    sentences = told(company(orders))
    assert len(sentences) == 1
    assert sentences[0].startswith("22 December 2023 was unusually weak: 300.00, about 2,")
    assert re.search(r"There were 15 orders; about 1\d\d are usual\.$", sentences[0])


def test_a_new_level_is_told_once_with_numbers_for_all_seven_days() -> None:
    orders = steady(120)
    orders[-25:] = orders[-25:] * 9 // 5
    sentences = told(company(orders))
    assert len(sentences) == 1
    assert "unusually strong" in sentences[0]
    event, _, since = sentences[0].partition(" It lasted: ")
    revenue, before, came, usual = (float(n.replace(",", "")) for n in NUMBERS.findall(event))
    assert re.match(r"4,[\d.]+ a day in the 2 weeks after", since)
    assert revenue == pytest.approx(20 * came)
    assert before == pytest.approx(20 * usual, rel=0.05)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("since", "lasts", "advice"),
    [
        (28, True, "unusual_day.strong_run_lasts.do"),
        (60, True, "unusual_day.strong_run.do"),
        (7, False, "unusual_day.strong_run.do"),
    ],
)
def test_a_new_level_is_said_to_last_and_planned_for_while_it_is_the_present_one(
    since: int, lasts: bool, advice: str
) -> None:
    orders = steady(120)
    end = len(orders) - 21 if since == 7 else len(orders)
    orders[end - since : end] = orders[end - since : end] * 9 // 5
    engine = company(orders)
    found = unusual_days(Company(engine, engine.resolve(Selection("toy", "2023-10-01..2024-01-01"))))
    (claim,) = [claim for claim in found if claim.says[0] == "unusual_day.strong_run"]
    assert ("unusual_day.lasts" in claim.says) is lasts
    assert claim.advice == advice
    if lasts:
        after, before = (float(claim.evidence[name].value) for name in ("after", "before"))
        assert after / before == pytest.approx(1.8, abs=0.15)


def test_orders_of_seven_days_are_those_of_the_seven_days() -> None:
    orders = steady(120)
    orders[-7:] = orders[-7:] * 4 // 5
    sentences = told(company(orders))
    assert len(sentences) == 1
    assert sentences[0].startswith("The 7 days to 3")
    revenue, _, came, usual = (float(n.replace(",", "")) for n in NUMBERS.findall(sentences[0]))
    assert revenue == pytest.approx(20 * came)
    assert usual == pytest.approx(7 * 120, rel=0.1)


def test_larger_orders_are_told_apart_from_more() -> None:
    orders = steady(120)
    orders[-10] = 120
    amount = np.full(orders.sum(), 20.0)
    amount[orders[:-10].sum() : orders[:-9].sum()] = 60.0
    sentences = told(company(orders, amount))
    assert len(sentences) == 1
    assert "unusually strong" in sentences[0]
    assert sentences[0].endswith("The number of orders was usual (120), but they were larger.")


def test_days_without_an_order_are_no_news_in_a_small_shop() -> None:
    orders = steady(4, seed=1)
    assert (orders == 0).sum() >= 3
    assert told(company(orders, 27.0), "2023-04-01..2024-01-01") == []
    rule = {"name": "unusual", "metric": "revenue", "grain": "day", "when": "outside"}
    engine = company(orders, 27.0, alerts=(rule,))
    tried = outlook.tried_rules(engine, engine.resolve(Selection("toy")))[0]
    assert tried.tested > 250
    assert tried.fired <= 1


def test_a_rule_fires_for_seven_days_together_and_says_so() -> None:
    orders = steady(120)
    orders[-7:] = orders[-7:] * 4 // 5
    rule = {"name": "unusual", "metric": "revenue", "grain": "day", "when": "outside", "direction": "down"}
    engine = company(orders, alerts=(rule,))
    tried = outlook.tried_rules(engine, engine.resolve(Selection("toy")))[0]
    last = tried.firings.iloc[-1]
    assert last["until"] >= "2023-12-30"
    assert last["days"] == 7
    assert last["why"].startswith("the 7 days to it brought ")
    assert last["change"] < -10


RULES = {
    "outside": {"metric": "revenue", "grain": "day", "when": "outside", "direction": "down"},
    "change": {"metric": "revenue", "grain": "week", "when": "change", "falls_by": 15},
    "threshold": {"metric": "orders", "grain": "day", "when": "threshold", "below": 60},
    "month": {"metric": "orders", "grain": "month", "when": "change", "falls_by": 5},
}


@pytest.mark.parametrize(
    ("rule", "said", "gap", "chart"),
    [
        (
            "outside",
            r"“outside”, 7 days to \d+ December 2023: Revenue [\d,.]+, usually [\d,.]+\. ",
            1,
            "anomalies",
        ),
        (
            "change",
            r"Alert “change”, week of \d+ December 2023: Revenue [\d,.]+, [\d,.]+ before\. ",
            1,
            "alerts",
        ),
        (
            "threshold",
            r"Alert “threshold”, 31 December 2023: Orders 5\d\. It has fired once in 12",
            0,
            "alerts",
        ),
        ("month", r"Alert “month”, December 2023: Orders [\d,]+, [\d,]+ before\. ", 0, "alerts"),
    ],
)
def test_an_alert_says_when_it_fired_and_against_what(rule: str, said: str, gap: int, chart: str) -> None:
    """Only a rule about money has a gap in money; the link goes where the rule's mark is."""
    orders = steady(120)
    orders[-7:] = orders[-7:] * 4 // 5
    orders[-1] = 55 if rule == "threshold" else orders[-1]
    orders[-31:-7] = orders[-31:-7] * 9 // 10 if rule == "month" else orders[-31:-7]
    engine = company(orders, alerts=({"name": rule, **RULES[rule]},))
    selection = Selection("toy", LAST_MONTH)
    (claim,) = outlooks.alerts(Company(engine, engine.resolve(selection), selection))
    assert re.match(said, write(claim.says, claim.evidence)), write(claim.says, claim.evidence)
    missing = float(claim.evidence["base"].value) - float(claim.evidence["value"].value) if gap else 0.0
    assert claim.gap == pytest.approx(missing, abs=0.01)
    assert claim.proof.chart == chart
    assert outlooks.alerts(Company(engine, engine.resolve(selection.with_clause(Clause("product", ("thing",)))))) == []
