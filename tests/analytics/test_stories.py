"""The list a viewer sees: one error rate, what is new first, one thing told once with its causes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.calendar import TimeRange
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import briefing
from analytics.insights.claim import Claim, Insight, Proof, Value, as_reason, count, money_change
from analytics.insights.company import Company
from analytics.insights.rank import newness, ranked, weight
from analytics.insights.stories import MOST, stories
from analytics.insights.words import PLAIN
from analytics.methods.inference.false_discovery import benjamini_hochberg, over_families
from analytics.profile import Profile
from analytics.selection import Selection
from tests.analytics.companies import Tables

SPAN = TimeRange(np.datetime64("2024-11-01"), np.datetime64("2024-12-01"))


def insight(kind: str, weight: float = 1.0, q: float = np.nan, **about: str) -> Insight:
    claim = Claim(f"{kind} {sorted(about.items())}.", {"n": count(1)}, about, "n", 1.0, Proof("kpis"), p=q, q=q)
    return Insight(kind, "business", claim, "", (), "news", q, weight)


# --- one error rate
def test_families_are_read_as_one_list() -> None:
    first, second = over_families([[0.01, 0.4], [0.3]])
    assert list(first) == pytest.approx([0.02, 0.4])
    assert list(second) == pytest.approx([0.3])
    assert over_families([[0.01]], families=20)[0][0] == pytest.approx(0.2), "those that found nothing count too"
    assert [len(each) for each in over_families([[], [0.5]])] == [0, 1]


def test_where_nothing_is_true_a_list_says_something_one_time_in_twenty() -> None:
    random = np.random.default_rng(1)
    sizes = (1, 1, 1, 2, 5, 10, 40, 200)
    said = 0
    for _ in range(1000):
        q = [benjamini_hochberg(random.random(n)) for n in sizes]
        said += any((each <= 0.05).any() for each in over_families(q))
    assert 20 <= said <= 75


def test_a_true_family_does_not_open_the_door_to_the_others() -> None:
    random = np.random.default_rng(2)
    false = 0
    for _ in range(500):
        true = benjamini_hochberg(np.full(300, 1e-9))
        others = [benjamini_hochberg(random.random(5)) for _ in range(9)]
        false += sum(bool((each <= 0.05).any()) for each in over_families([true, *others])[1:])
    assert false <= 0.1 * 500, "of ten families one is true: two tenths of the rate are left to the others"


# --- the same days
@pytest.mark.parametrize(("period", "days", "told"), [("2024-11-06", 7, False), ("2024-11-07", 1, False),
                                                      ("2024-11-08", 1, True), ("2024-11", 1, True)])  # fmt: skip
def test_an_alert_of_days_that_are_told_as_unusual_is_left_out(period: str, days: int, told: bool) -> None:
    def of_days(kind: str, name: str, last: str, length: int) -> Insight:
        made = insight(kind, rule=kind)
        evidence = {name: Value(last, "period"), "days": count(length)}
        return replace(made, claim=replace(made.claim, evidence=evidence))

    found = stories([of_days("unusual_day", "day", "2024-11-07", 7), of_days("alert", "period", period, days)])
    assert [story.kind for story in found] == (["unusual_day", "alert"] if told else ["unusual_day"])


# --- the order
def test_what_has_held_for_long_sinks() -> None:
    day = np.timedelta64(1, "D")
    assert newness(None, SPAN) == 1.0
    assert newness(SPAN.end - 3 * day, SPAN) == 1.0
    assert newness(SPAN.end - 35 * day, SPAN) == 0.5
    assert weight(1000.0, "clear", 1.0, 0.5, 0.0) < weight(600.0, "clear", 1.0, 1.0, 0.0)
    assert weight(1000.0, "likely", 1.0, 1.0, 0.0) < weight(1000.0, "clear", 1.0, 1.0, 0.0)


def test_chance_comes_last() -> None:
    found = ranked([insight("a", 9.0, 0.5), insight("b", 1.0, 0.001), insight("c", 2.0)])
    assert [i.kind for i in found] == ["c", "b", "a"]


# --- stories
def test_revenue_as_a_whole_is_one_story_and_the_first() -> None:
    found = stories([insight("mover", 9.0, product="A"), insight("change", 5.0), insight("expected", 1.0)])
    assert [(s.kind, [b.says for b in s.because]) for s in found] == [("expected", ["change []."]), ("mover", [])]


def test_a_margin_follows_revenue_and_stands_before_what_can_be_acted_on_today() -> None:
    act = replace(insight("running_out", 9.0, product="B"), can_do=1.0)
    found = stories([act, insight("mover", 8.0, product="A"), insight("margin", 1.0), insight("change", 0.5)])
    assert [s.kind for s in found] == ["change", "margin", "running_out", "mover"]
    assert stories([insight("ends_early", 0.1), insight("margin", 1.0)])[0].kind == "ends_early"


def test_reasons_are_said_as_reasons_and_at_most_three() -> None:
    whole = replace(insight("expected"), claim=replace(insight("expected").claim, says="nothing"))
    because = Claim(("prices.rose", "prices.volume"), {"volume": money_change(5.0)}, {}, "volume", 1.0, Proof("kpis"))
    others = [Claim(f"{n}.", {}, {}, "n", 1.0, Proof("kpis")) for n in range(4)]
    (story,) = stories([whole], lambda _: [because, *others])
    assert len(story.because) == 3
    (story,) = stories([whole], lambda _: [because])
    assert story.why(PLAIN) == "By product, the number of units sold made the difference (+5.00)."
    assert as_reason("mover.fell") == ("mover.fell",), "it is said in full where the language has no shorter form"


def test_claims_about_one_thing_are_one_story() -> None:
    news = [
        insight("running_out", 9.0, product="A"),
        insight("mover", 5.0, product="A"),
        insight("mover", 4.0, product="A", city="X"),
        insight("mover", 3.0, product="B"),
    ]
    found = stories(news)
    assert [(s.kind, len(s.because)) for s in found] == [("running_out", 2), ("mover", 0)]


def test_what_can_be_acted_on_today_follows_revenue() -> None:
    act = replace(insight("running_out", 1.0, product="B"), can_do=1.0)
    found = stories([insight("mover", 9.0, product="A"), act, insight("expected", 1.0)])
    assert [s.kind for s in found] == ["expected", "running_out", "mover"]


def test_at_most_five_stories_and_two_of_a_kind() -> None:
    news = [insight(f"kind{n // 3}", 9.0 - n, product=f"P{n}") for n in range(9)]
    assert [s.about["product"] for s in stories([*news, insight("k", product="x"), insight("l", product="y")])] == [
        "P0",
        "P1",
        "P3",
        "P4",
        "P6",
    ]
    assert len(stories([insight(f"k{n}", product=f"P{n}") for n in range(20)])) == MOST


def test_chance_is_no_story_but_for_revenue_itself() -> None:
    assert [s.kind for s in stories([insight("mover", 1.0, 0.3, product="A"), insight("expected", 1.0, 0.3)])] == [
        "expected"
    ]


def test_a_reason_is_given_once() -> None:
    (story,) = stories([insight("expected"), insight("change"), insight("change")])
    assert len(story.because) == 1


# --- revenue against what was to be expected
def shop(factor: float, first: str = "2022-01-01", swings: float = 0.0, seed: int = 1) -> ColumnarEngine:
    """About 30 orders a day, months up and down by `swings`, Decembers double; the last one `factor` times as many."""
    random = np.random.default_rng(seed)
    days = np.arange(np.datetime64(first), np.datetime64("2025-01-01"))
    december = days.astype("datetime64[M]").astype(int) % 12 == 11
    rate = np.where(december, 60.0, 30.0) * np.where(days >= np.datetime64("2024-12-01"), factor, 1.0)
    months = days.astype("datetime64[M]").astype(int) % 12
    rate *= np.exp(swings * np.array([1.0, -1, 1, -1, 1, -1, 1, -1, 1, -1, 0, 0]))[months]
    day = np.repeat(days, random.poisson(rate))
    frame = pd.DataFrame({"ordered_at": day.astype("datetime64[us]"), "amount": random.lognormal(3, 0.3, len(day))})
    frame = frame.assign(order_id=[str(n) for n in range(len(frame))], product="Thing", quantity=1.0, sale=True)
    return ColumnarEngine(store.in_memory(Tables(frame, Profile("toy", "Toy", data_until="2024-12-31"))))


def first_story(engine: ColumnarEngine, query: str) -> Insight:
    selection, _ = Selection.from_query(f"data=toy&{query}")
    return briefing(Company(engine, engine.resolve(selection), selection))[0]


def test_a_december_like_any_other_is_no_rise() -> None:
    story = first_story(shop(1.0), "range=2024-12-01..2025-01-01")
    assert (story.kind, story.certainty) == ("expected", "may be chance")
    assert "expected for the time of year: nothing unusual" in story.sentence()
    assert story.value("change") > 80
    assert story.value("gap_share") < 10


def test_what_may_be_chance_says_that_days_vary_and_not_how_many_orders_there_were() -> None:
    random = np.random.default_rng(4)
    day = np.repeat(
        np.arange("2024-10-15", "2025-01-01", dtype="datetime64[D]"), random.poisson(random.lognormal(2.0, 0.8, 78))
    )
    frame = pd.DataFrame({"ordered_at": day.astype("datetime64[us]"), "amount": 20.0, "sale": True})
    frame = frame.assign(order_id=[str(n) for n in range(len(frame))], product="Thing", quantity=1.0)
    engine = ColumnarEngine(store.in_memory(Tables(frame, Profile("toy", "Toy", data_until="2024-12-31"))))
    story = first_story(engine, "range=2024-12-01..2025-01-01")
    assert story.certainty == "may be chance"
    assert "common here, as sales vary from day to day" in story.sentence()


def test_with_one_year_of_data_nobody_can_tell_the_season() -> None:
    engine = shop(1.0, "2024-01-01", 0.25)
    query = "range=2024-12-01..2025-01-01"
    story = first_story(engine, query)
    assert (story.kind, story.certainty) == ("expected", "may be chance")
    assert "the history is too short to know the season" in story.sentence()
    selection, _ = Selection.from_query(f"data=toy&{query}")
    of_products = briefing(Company(engine, engine.resolve(selection), selection), "products")
    assert {i.certainty for i in of_products if i.kind == "price_volume_mix"} == {"may be chance"}, "as everywhere"


@pytest.mark.long
def test_a_december_that_is_missing_its_third_is_a_fall_although_revenue_rose() -> None:
    story = first_story(shop(0.67), "range=2024-12-01..2025-01-01")
    assert (story.kind, story.certainty) == ("expected", "clear")
    assert "Revenue rose only" in story.sentence(), "both sentences tell one story"
    assert re.search(r"That is .* less than expected for the time of year", story.sentence())
    assert story.gap == pytest.approx(story.value("expected") - story.value("revenue"))
    assert story.value("gap_share") == pytest.approx(33, abs=6)


@pytest.mark.long
def test_without_a_comparison_the_last_full_month_is_told() -> None:
    story = first_story(shop(0.67), "range=all")
    assert story.sentence().startswith("December 2024: revenue fell")
    assert story.evidence["base_span"].value == "2023-12-01..2024-01-01"
    assert story.certainty == "clear"
