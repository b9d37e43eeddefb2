"""What is said of changes is true: each test holds a sentence against data whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.insights import briefing
from analytics.insights.claim import Claim, write
from analytics.insights.expected import against_expected
from analytics.insights.kinds.portrait import periods
from analytics.insights.kinds.revenue import change, growth, movers
from analytics.insights.significance import LEVEL
from analytics.insights.words import PLAIN
from analytics.questions import trends
from tests.analytics.simulated_days import persistent
from tests.analytics.simulated_movers import QUERY, company, days, sold


def sentence(claim: Claim) -> str:
    return write(claim.says, claim.evidence)


def advice(claim: Claim) -> str:
    return write(claim.advice, claim.evidence)


def _less(claim: Claim) -> bool:
    return claim.says[1].endswith(".less")


# --- change
@pytest.mark.long
def test_good_and_bad_weeks_are_no_change() -> None:
    told = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        mean = 8 * np.exp(0.5 * persistent(rng, 1, 731, 0.9)[0] - 0.125)
        day = np.repeat(days(), rng.poisson(mean))
        lines = pd.DataFrame({"day": day, "customer": rng.integers(0, 500, len(day)).astype(str)})
        asked = company(lines, "range=2024-12-01..2025-01-01&compare=previous")
        told += bool(change.prices(asked)) + bool(change.bridge(asked))
    assert told <= 6, "more than 3 of 12 companies, each with two claims"


def test_a_change_beyond_chance_is_told_with_what_is_usual() -> None:
    rng = np.random.default_rng(1)
    mean = np.where(days() >= np.datetime64("2024-12-01"), 12.0, 24.0)
    day = np.repeat(days(), rng.poisson(mean))
    lines = pd.DataFrame({"day": day, "customer": rng.integers(0, 500, len(day)).astype(str)})
    (claim,) = change.bridge(company(lines, "range=2024-12-01..2025-01-01&compare=previous"))
    assert claim.evidence["change"].value == pytest.approx(-50, abs=10)
    assert 2 < float(claim.evidence["usual"].value) < 25


def test_prices_that_did_not_move_are_not_said_to_make_a_difference() -> None:
    day = np.concatenate([np.repeat(days(), 4), np.repeat(days("2024-12-01"), 4)])
    (claim,) = change.prices(company(pd.DataFrame({"day": day}), "range=2024-12-01..2025-01-01&compare=previous"))
    assert claim.says == ("prices.rose", "prices.volume")
    assert "prices 0.00" in write(claim.caveats, claim.evidence)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("range=2024-01-01..2025-01-01&compare=year", "with 2023."),
        ("range=2024-04-01..2024-07-01&compare=previous", "with Q1 2024."),
        ("range=2024-12-01..2025-01-01&compare=previous", "with 2024-11-01 to 2024-11-30."),
    ],
)
def test_a_whole_year_or_quarter_is_called_by_its_name(query: str, named: str) -> None:
    day = np.concatenate([np.repeat(days(), 4), days("2024-04-01"), days("2024-12-01")])
    (claim,) = against_expected(company(pd.DataFrame({"day": day}), query))
    assert named in sentence(claim)


# --- movers
def moved(lines: pd.DataFrame) -> list[Claim]:
    return movers.movers(company(lines, QUERY))


def test_what_falls_as_everything_falls_is_no_mover() -> None:
    assert moved(sold(lambda cells: np.full(len(cells), 0.7))) == []


def test_a_company_of_one_thing_has_no_movers() -> None:
    assert moved(pd.DataFrame({"day": np.repeat(days(), 2)})) == []


def test_what_falls_while_everything_rises_is_told_with_its_excess() -> None:
    claim, *_ = moved(sold(lambda cells: np.where(cells["product"] == "B", 0.6, 1.4)))
    assert claim.about == {"product": "B"}
    values = {
        name: float(value.value) for name, value in claim.evidence.items() if name in ("base", "revenue", "whole")
    }
    assert claim.gap == pytest.approx(values["base"] * (1 + values["whole"] / 100) - values["revenue"])
    assert sentence(claim).startswith("B fell ")
    assert "less than at the pace of total revenue (+" in sentence(claim)


def test_what_is_gone_is_told_and_not_what_stayed() -> None:
    (claim,) = moved(sold(lambda cells: np.where(cells["country"] == "Y", 0.0, 1.0)))
    assert claim.about == {"country": "Y"}
    assert "fell 100.0%" in sentence(claim)


@pytest.mark.long
def test_a_product_that_is_gone_is_told_in_one_sentence_and_its_story_once() -> None:
    asked = company(sold(lambda cells: np.where(cells["product"] == "B", 0.0, 1.0)), QUERY)
    claim = next(claim for claim in movers.movers(asked) if claim.about == {"product": "B"})
    assert claim.says == "mover.gone"
    assert "fell 100.0%" not in sentence(claim)
    (story,) = [story for story in briefing(asked) if story.about == {"product": "B"} and story.list == "news"]
    said = " ".join((story.sentence(PLAIN), story.why(PLAIN), story.recommendation(PLAIN)))
    assert said.count("no longer sold") == 1
    assert "It no longer sells" not in said


def test_what_rises_less_than_everything_rose_only() -> None:
    claims = moved(sold(lambda cells: np.where(cells["product"] == "B", 1.1, 2.0)))
    (fell,) = [claim for claim in claims if claim.about == {"product": "B"}]
    assert "rose only" in sentence(fell)


def test_a_pair_that_moved_alone_is_told_once() -> None:
    def only_one_cell(cells: pd.DataFrame) -> np.ndarray:
        return np.where((cells["product"] == "A") & (cells["country"] == "X"), 0.2, 1.0)

    assert [claim.about for claim in moved(sold(only_one_cell)) if _less(claim)] == [{"product": "A", "country": "X"}]


def test_two_names_of_one_thing_are_told_once() -> None:
    lines = sold(lambda cells: np.where(cells["product"] == "B", 0.4, 1.0))
    lines = lines.assign(
        category=lines["product"].map({"A": "K", "B": "L", "C": "K", "D": "K"}), brand=lines["product"]
    )
    assert len([claim for claim in moved(lines) if _less(claim)]) == 1
    city = sold(lambda cells: np.where(cells["country"] == "Y", 0.4, 1.0))
    city = city.assign(region="R" + city["country"], city="C" + city["country"])
    (claim,) = [claim for claim in moved(city) if _less(claim)]
    assert claim.about == {"country": "Y"}


# --- growth
def test_three_orders_that_become_seven_are_no_growth() -> None:
    day = [f"2024-{month:02d}-{n + 1:02d}" for month, orders in ((1, 3), (2, 7), (3, 7), (4, 6)) for n in range(orders)]
    few = company(pd.DataFrame({"day": day}), "range=2024-01-01..2024-05-01", "2024-04-30")
    assert growth.by_month(few) == []


def test_growth_says_by_what_and_how_much_is_missing() -> None:
    day = np.concatenate(
        [np.repeat(days("2024-01-01", "2024-03-01"), 4), np.repeat(days("2024-03-01", "2024-05-01"), 2)]
    )
    claims = growth.by_month(company(pd.DataFrame({"day": day}), "range=2024-01-01..2024-05-01", "2024-04-30"))
    fall = next(claim for claim in claims if claim.about == {"month": "2024-03"})
    assert advice(fall) == (
        "Mainly fewer orders: 62, down from 116. 54 more orders of the same size would have made up for it."
    )


def test_few_orders_are_planned_by_the_week_and_larger_ones_by_their_money() -> None:
    few = np.concatenate([days("2024-01-01", "2024-03-01")[::2], days("2024-03-01", "2024-05-01")])
    claims = growth.by_month(company(pd.DataFrame({"day": few}), "range=2024-01-01..2024-05-01", "2024-04-30"))
    rise = next(claim for claim in claims if claim.about == {"month": "2024-03"})
    assert advice(rise).endswith("If it lasts, plan for 7 orders a week.")
    day = np.repeat(days("2024-01-01", "2024-05-01"), 4)
    lines = pd.DataFrame({"day": day, "amount": np.where(day < np.datetime64("2024-03-01"), 50.0, 100.0)})
    claims = growth.by_month(company(lines, "range=2024-01-01..2024-05-01", "2024-04-30"))
    rise = next(claim for claim in claims if claim.about == {"month": "2024-03"})
    assert advice(rise).endswith("If it lasts, plan for 400.00 a day.")


@pytest.mark.parametrize(("orders", "chance"), [(4, False), (1, True)])
def test_a_fall_far_beyond_what_is_typical_is_not_called_chance(orders: int, chance: bool) -> None:
    """Most customers came in the first months: too few days for a test, and no chance."""
    first = np.repeat(days("2024-01-01", "2024-03-01"), 3 * orders)
    day = np.concatenate([first, np.repeat(days("2024-03-01", "2024-09-01"), orders)])
    claims = growth.by_month(company(pd.DataFrame({"day": day}), "range=2024-01-01..2024-09-01", "2024-08-31"))
    (fall,) = [claim for claim in claims if claim.about == {"month": "2024-03"}]
    assert ("growth.chance.but" in fall.caveats) is (chance and float(fall.evidence["q"].value) > LEVEL)


# --- seasons
def years_of(*shares: list[float]) -> pd.DataFrame:
    """Orders a day by month, one list of twelve for each year up to 2024."""
    number = np.concatenate(
        [
            np.repeat(
                year[month - 1],
                (np.datetime64(f"{y}-{month:02d}") + 1).astype("datetime64[D]").astype(int)
                - np.datetime64(f"{y}-{month:02d}").astype("datetime64[D]").astype(int),
            )
            for y, year in zip(range(2025 - len(shares), 2025), shares, strict=True)
            for month in range(1, 13)
        ]
    )
    start = np.datetime64(f"{2025 - len(shares)}-01-01")
    return pd.DataFrame({"day": np.repeat(days(str(start)), np.asarray(number, int))})


def test_two_equal_peaks_are_told_together() -> None:
    flat = [4.0] * 10
    claims = periods.seasonality(company(years_of([*flat, 9, 8], [*flat, 8, 9], [*flat, 9, 8]), "range=all"))
    assert [claim.evidence["month"].words(PLAIN) for claim in claims] == ["November and December"]
    (one,) = periods.seasonality(company(years_of([*flat, 5, 9], [*flat, 5, 9]), "range=all"))
    assert one.evidence["month"].words(PLAIN) == "December"


def test_a_short_february_of_busy_days_is_the_peak() -> None:
    year = [10.0, 11.0, *[10.0] * 10]
    (claim,) = periods.seasonality(company(years_of(year, year), "range=all"))
    assert claim.evidence["month"].words(PLAIN) == "February", "its 28 days bring less than 31 of January"


def test_a_month_as_strong_is_named_beside_the_strongest() -> None:
    rng = np.random.default_rng(6)
    lines = years_of([*[20.0] * 10, 40, 40])
    lines = lines[rng.random(len(lines)) < 0.9]
    (peak,) = [c for c in periods.peak_and_trough(company(lines, "range=all")) if c.says == "extreme.strongest"]
    assert peak.q <= LEVEL
    said = write(peak.caveats, peak.evidence)
    assert "was about as strong" in said
    assert "too short to know whether this happens every year" in said, "one year shows no season"


@pytest.mark.parametrize(
    ("years", "advice"),
    [
        (([*[20.0] * 10, 20, 60],), "extreme.strongest.new.do"),
        (([*[20.0] * 10, 20, 50], [*[20.0] * 10, 20, 60]), "extreme.strongest.do"),
        (([*[20.0] * 10, 20, 10], [*[20.0] * 10, 20, 60]), "extreme.strongest.once.do"),
    ],
)
def test_a_strong_month_is_planned_for_only_where_it_comes_again(years: tuple[list[float], ...], advice: str) -> None:
    rng = np.random.default_rng(6)
    lines = years_of(*years)
    claims = periods.peak_and_trough(company(lines[rng.random(len(lines)) < 0.9], "range=all"))
    assert [claim.advice for claim in claims if claim.says == "extreme.strongest"] == [advice]


def test_a_rise_of_every_year_is_called_the_season_not_chance() -> None:
    claims = growth.by_month(company(years_of(*[[4.0] * 10 + [10, 4]] * 2), "range=2024-01-01..2025-01-01"))
    (rise,) = [c for c in claims if c.about == {"month": "2024-11"}]
    assert "growth.season.month.but" in rise.caveats
    assert rise.evidence["year_before"].value == pytest.approx((10 * 30) / (4 * 31) * 100 - 100)


# --- days against the year before
@pytest.mark.parametrize("grain", ["day", "week", "hour"])
@pytest.mark.parametrize("span", ["2024-12-01..2025-01-01", "2024-02-01..2024-03-01", "2024-01-03..2025-01-01"])
def test_days_of_equal_weeks_equal_those_of_the_year_before(grain: str, span: str) -> None:
    week = np.array([3, 4, 5, 6, 7, 12, 1])
    every = days("2022-12-01")
    lines = pd.DataFrame({"day": np.repeat(every, week[(every.astype(int) + 3) % 7])})
    asked = company(lines, f"range={span}&compare=year&grain={grain}")
    frame = trends.over_time(asked.engine, asked.now, {}, metric="orders").frame
    assert frame["base_orders"].tolist() == frame["orders"].tolist()
    assert asked.now.matched == asked.now.span.shifted(-364)


def test_months_and_ranges_before_are_compared_in_order() -> None:
    lines = pd.DataFrame({"day": days()})
    by_month = company(lines, "range=2024-01-01..2025-01-01&compare=year&grain=month").now
    before = company(lines, "range=2024-12-01..2025-01-01&compare=previous&grain=day").now
    assert by_month.matched == by_month.base
    assert before.matched == before.base
    assert company(lines, "range=all").now.matched is None


def test_growth_bears_months_of_refunds_and_of_nothing() -> None:
    day = np.repeat(days("2024-01-01", "2025-01-01"), 2)
    lines = pd.DataFrame({"day": day, "amount": 50.0, "quantity": 1.0, "sale": True})
    month = lines["day"].dt.month
    refunded = lines["day"].dt.month.isin([3, 4, 5, 6])
    lines.loc[refunded, ["amount", "quantity"]] *= -1
    lines["sale"] = ~refunded
    found = growth.by_month(company(lines[month != 9], "range=all"))
    assert all(np.isfinite(float(claim.evidence["change"].value)) for claim in found)
