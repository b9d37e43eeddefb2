"""One thing happened in each of these companies, and a kind of insight tells it; where nothing happened, none does."""

from __future__ import annotations

import pytest

from analytics.insights.claim import write
from analytics.selection import Selection
from tests.analytics import simulated_stories as stories
from tests.analytics.simulated_stories import HARDER, PLANTED, QUERY, TELLING, claims, found
from tests.analytics.told import insights

SURE = 0.005  # what a kind may claim on noise once in a while is not this sure


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found(name: str) -> None:
    told = found(PLANTED[name](7))
    assert len(told) == 1
    assert told[0].gap > 0
    said = " ".join(write(names, told[0].evidence) for names in (told[0].says, told[0].advice, told[0].caveats))
    assert "{" not in said
    assert "nan" not in said


@pytest.mark.parametrize("name", ["five_days_without_a_product", "the_end_missing", "a_last_day_of_few_orders"])
def test_smaller_ones_are_found_too(name: str) -> None:
    assert len(found(HARDER[name](7))) == 1


def test_where_nothing_happened_nothing_is_told() -> None:
    sure = [c for c in claims(stories.nothing(4), QUERY, *TELLING) if not c.q > SURE]
    assert sure == []


LEADERS = ("leading_place", "leading_product", "leading_group", "trailing_place", "trailing_product", "top_customers")


@pytest.mark.long
def test_no_gap_is_a_total() -> None:
    engine = stories.nothing(4)
    asked = engine.resolve(Selection("planted", QUERY.removeprefix("range=")))
    found = [i for topic in ("products", "places") for i in insights(engine, asked, topic=topic)]
    revenue = float(engine.aggregate([], ["revenue"], asked)["revenue"].iloc[0])
    assert {i.kind for i in found} & set(LEADERS)
    assert [i.kind for i in found if i.gap >= (0.5 * revenue if i.kind not in LEADERS else 0.01)] == []


def test_a_counted_stock_says_that_it_was_out_of_stock() -> None:
    planted = stories.stock_out(7, counted=True)
    (claim,) = found(planted)
    assert claim.says == ("lost_sales.out", "lost_sales.missed")
    assert claim.evidence["days"].value == 13


def test_customers_who_did_not_come_back_cost_a_range_its_part_of_the_days_in_which_they_were_won() -> None:
    (claim,) = found(stories.channel_repeats_less(7))
    lost, watched = (float(claim.evidence[name].value) for name in ("lost", "watched"))
    missing = float(claim.evidence["missing"].value)
    assert lost == pytest.approx(missing * float(claim.evidence["worth"].value), rel=0.5 / missing)
    assert claim.gap == pytest.approx(lost * 30 / watched), "November has 30 days"
    assert claim.advice == "worse_repeat.do_part"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", stories.EACH_NOVEMBER)
def test_what_comes_each_november_is_a_season(name: str) -> None:
    assert found(stories.EACH_NOVEMBER[name](7)) == []
