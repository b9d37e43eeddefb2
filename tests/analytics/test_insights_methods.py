"""Insights that rest on methods follow the data: forecast, alerts, stock, attribution, worth of customers, bridges."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import Insight, briefing
from analytics.insights.claim import a_day, write
from analytics.insights.company import Company
from analytics.insights.kinds.changes import outlooks
from analytics.insights.kinds.portrait import affinities
from analytics.insights.words import PLAIN, PlainWords
from analytics.profile import Profile
from analytics.questions import operations, outlook
from analytics.questions.customers.models import learn, models_of
from analytics.questions.customers.prospects import people_ahead, prospects
from analytics.questions.customers.segments import rfm_migration
from analytics.selection import Clause, Selection
from tests.analytics.companies import Tables, frame
from tests.analytics.simulated_series import KINDS, made
from tests.analytics.test_insights_mutation import lines, of, one
from tests.analytics.told import insights

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

TWO_YEARS = "2024-01-01..2025-01-01"


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return lines()


def company(frame: pd.DataFrame, until: str = "2023-12-31", **more: object) -> ColumnarEngine:
    extras = {name: more.pop(name) for name in ("stock", "paths") if name in more}
    profile = Profile("toy", "Toy", data_until=until, **more)  # type: ignore[arg-type]
    return ColumnarEngine(store.in_memory(Tables(frame.reset_index(drop=True), profile, extras=extras)))


def seen(engine: ColumnarEngine, *clauses: Clause, span: str = "all") -> list[Insight]:
    selection = Selection("toy", span, clauses=clauses)
    return insights(engine, engine.resolve(selection), selection)


# --- forecast and alerts
@pytest.mark.long
def test_a_forecast_is_that_of_the_chart(shop: pd.DataFrame) -> None:
    known = shop[shop["ordered_at"] < "2023-12-01"]
    engine = company(known, "2023-11-30")
    claim = one(seen(engine), "forecast")
    frame = outlook.forecast(engine, engine.resolve(Selection("toy")), {}).frame
    ahead = frame[frame["kind"] == "forecast"]
    assert claim.value("mean") == pytest.approx(ahead["revenue"].mean())
    assert (claim.value("low"), claim.value("high")) == pytest.approx(
        (ahead["lower_80"].mean(), ahead["upper_80"].mean())
    )
    assert claim.value("missed") < claim.value("rival"), "it is shown only where it beats repeating"
    assert claim.value("recent") == pytest.approx(frame[frame["kind"] == "history"]["revenue"].tail(len(ahead)).mean())
    twice = one(seen(company(known.assign(amount=known["amount"] * 2), "2023-11-30")), "forecast")
    assert twice.value("mean") == pytest.approx(2 * claim.value("mean"))


@pytest.mark.long
def test_a_december_that_is_set_aside_is_no_fall(shop: pd.DataFrame) -> None:
    claim = one(seen(company(shop)), "forecast")
    assert "are left out" in claim.caveat()
    assert claim.claim.says == "forecast.average", "it is not held against the peak"


def test_a_refused_forecast_says_why(shop: pd.DataFrame) -> None:
    claim = one(seen(company(shop[shop["ordered_at"] < "2023-03-01"], "2023-02-28")), "forecast")
    assert claim.sentence() == "Revenue cannot be forecast yet."
    assert claim.caveat().startswith("The data hold only 59 days")
    assert claim.gap == 0


@pytest.mark.long
def test_a_rule_that_fired_in_the_range_is_told(shop: pd.DataFrame) -> None:
    rule = {"name": "A month falls", "metric": "revenue", "grain": "month", "when": "change", "falls_by": 50}
    gap = (shop["ordered_at"].dt.month == 7) & (shop.index % 5 > 0)
    hit = company(shop[~gap], alerts=(rule,))
    claim = one(seen(hit), "alert")
    revenue = shop[~gap].groupby(shop["ordered_at"].dt.month)["amount"].sum()
    assert (claim.value("value"), claim.value("base")) == pytest.approx((revenue[7], revenue[6]))
    assert claim.gap == pytest.approx(revenue[6] - revenue[7])
    assert claim.sentence().startswith("Alert “A month falls”, July 2023: Revenue ")
    assert not of(seen(hit, span="2023-09-01..2023-11-01"), "alert"), "it fired before this range"
    assert not of(seen(company(shop, alerts=(rule,))), "alert"), "July is as it was"
    assert not of(seen(hit, Clause("city", ("Ashford",))), "alert"), "the rule is the whole company's"


# --- stock
def counted(**on_hand: float) -> pd.DataFrame:
    days = pd.to_datetime(["2023-11-27", "2023-12-04", "2023-12-11", "2023-12-18", "2023-12-25"])
    rows = [(day, product, pieces) for day in days for product, pieces in on_hand.items()]
    table = pd.DataFrame(rows, columns=["date", "product", "on_hand"])
    return table.assign(date=table["date"].astype("datetime64[us]"), on_hand=table["on_hand"].astype(float))


@pytest.mark.long
def test_what_runs_out_is_told_with_what_it_would_have_sold(shop: pd.DataFrame) -> None:
    plenty = dict.fromkeys(("Phone", "Cable", "Lamp", "Chair", "Desk"), 2_000.0)
    assert not of(seen(company(shop, stock=counted(**plenty))), "running_out")
    engine = company(shop, stock=counted(**(plenty | {"Desk": 5.0})))
    claim = one(seen(engine), "running_out")
    assert claim.about == {"product": "Desk"}
    window = shop["ordered_at"].between("2023-11-27", "2023-12-25", inclusive="left")
    daily = (window & (shop["product"] == "Desk")).sum() / 28
    assert claim.value("missed") == pytest.approx((14 - 5 / daily) * daily * 400.0)
    assert one(seen(engine, Clause("product", ("Desk",))), "running_out")
    assert not of(seen(engine, Clause("city", ("Ashford",))), "running_out"), "stock knows no cities"
    gone = one(seen(company(shop, stock=counted(**(plenty | {"Desk": 0.0, "Chair": 0.0})))), "running_out")
    assert "out of stock" in gone.sentence()
    assert [a_day(sold).words(PLAIN) for sold in (0.036, 0.25, 3.29, 3.0, 12.4)] == ["0.04", "0.25", "3.3", "3", "12"]
    assert gone.value("others") == 1


@pytest.mark.long
def test_what_lies_idle_is_told_at_its_worth(shop: pd.DataFrame) -> None:
    some = dict.fromkeys(("Phone", "Cable", "Lamp", "Chair", "Desk"), 200.0)
    assert not of(seen(company(shop, stock=counted(**some))), "idle_stock")
    claim = one(seen(company(shop, stock=counted(**(some | {"Lamp": 9_000.0})))), "idle_stock")
    assert claim.about == {"product": "Lamp"}
    sold = claim.value("sold")
    assert re.match(r"Lamp has stock for \d+ months: 540,000\.00 at selling prices\.", claim.sentence())
    assert claim.value("months") == round(9_000 * 28 / sold / (365.25 / 12))
    assert (claim.value("pieces"), claim.value("worth")) == (9_000, pytest.approx(9_000 * 60.0))
    dear = company(shop.assign(cost=shop["amount"] / 4), stock=counted(**(some | {"Lamp": 9_000.0})))
    assert one(seen(dear), "idle_stock").value("worth") == pytest.approx(9_000 * 15.0)


# --- attribution
def journeys(*rows: tuple[str, int, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["path", "conversions", "null_paths"])
    return table.assign(conversion_value=table["conversions"] * 50.0)


@pytest.mark.long
def test_channels_that_change_places_are_told(shop: pd.DataFrame) -> None:
    opener = journeys(("Ads > Mail", 60, 20), ("Ads", 10, 40), ("Ads > Web", 30, 10), ("Mail", 15, 60), ("Web", 20, 20))
    engine = company(shop, paths=opener)
    claim = one(seen(engine), "attribution")
    frame = operations.attribution(engine, engine.resolve(Selection("toy")), {}).frame.set_index("channel")
    ahead, behind = claim.about["channel"], claim.about["against"]
    assert frame.loc[ahead, "markov"] > frame.loc[behind, "markov"]
    assert frame.loc[ahead, "last"] < frame.loc[behind, "last"]
    moved = (frame["markov"] - frame["last"]).clip(lower=0).sum()
    assert claim.value("moved") == pytest.approx(moved / 135 * 100)
    assert claim.gap == pytest.approx(moved * 50.0)
    assert not of(seen(engine, Clause("city", ("Ashford",))), "attribution"), "journeys know no cities"
    alone = journeys(("Ads", 60, 20), ("Mail", 40, 60), ("Web", 20, 20))
    assert not of(seen(company(shop, paths=alone)), "attribution"), "with one touch all models agree on last"


# --- worth of customers
def buyers(heavy: int, light: int, orders: int = 30, amount: float = 90.0) -> pd.DataFrame:
    """Two years in which a few buy often to the end, and many once or twice."""
    random = np.random.default_rng(2)
    days = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
    rows = [(f"H{n}", day) for n in range(heavy) for day in random.choice(days, orders, replace=False)]
    rows += [(f"L{n}", day) for n in range(light) for day in random.choice(days, random.integers(1, 4), replace=False)]
    frame = pd.DataFrame(rows, columns=["customer", "day"])
    return pd.DataFrame(
        {
            "order_id": [str(n) for n in range(len(frame))],
            "ordered_at": frame["day"].astype("datetime64[us]"),
            "product": "Thing",
            "quantity": 1.0,
            "amount": np.round(random.gamma(4.0, amount / 4, len(frame)), 2),
            "customer": frame["customer"],
            "city": "Town",
            "country": "Land",
            "sale": True,
        }
    )


@pytest.mark.long
def test_a_segment_that_carries_the_next_year_is_named() -> None:
    engine = company(buyers(40, 400), "2024-12-31")
    now = engine.resolve(Selection("toy"))
    claim = one(seen(engine), "segment_value")
    people, _ = prospects(engine, now)
    assert claim.about == {"rfm_segment": "Champions"}
    assert claim.value("share") == pytest.approx(claim.value("value") / people["value"].sum() * 100)
    assert claim.value("value") <= people["value"].sum()
    assert not of(seen(company(buyers(0, 440), "2024-12-31")), "segment_value"), "all alike: nothing hangs on one"


@pytest.mark.long
def test_customers_silent_for_longer_than_usual_are_counted_with_what_it_costs() -> None:
    engine = company(buyers(40, 400), "2024-12-31")
    people, fitted = people_ahead(engine, engine.resolve(Selection("toy")))
    assert fitted.calibration is not None
    claim = one(seen(engine), "churn")
    late = people[people["at_stake"] > 0]
    stakes = late["at_stake"].sort_values(ascending=False)
    half = int(claim.value("half"))
    assert (claim.value("late"), claim.value("customers")) == (len(late), len(people))
    assert claim.value("on_schedule") - claim.value("value") == pytest.approx(stakes.sum())
    assert claim.value("at_stake") == pytest.approx(stakes.sum())
    assert claim.value("held") == pytest.approx(stakes.head(half).sum())
    assert stakes.head(half - 1).sum() < stakes.sum() / 2 <= claim.value("held")


@pytest.mark.long
def test_who_fell_and_who_rose_is_counted_with_the_money() -> None:
    steady = buyers(40, 400)
    assert not of(seen(company(steady, "2024-12-31")), "segment_moves"), "some fall and some rise in any year"
    left = steady["customer"].str.endswith(("0", "2", "4", "6", "8")) & (steady["ordered_at"] >= "2024-02-01")
    frame = steady[~left]
    engine = company(frame, "2024-12-31")
    claim = one(seen(engine), "segment_moves")
    moved = rfm_migration(engine, engine.resolve(Selection("toy")), {}).frame
    moved = moved.assign(step=moved["monetary_now"] - moved["monetary_then"])
    spent = frame.groupby(["customer", frame["ordered_at"].dt.year])["amount"].sum().unstack(fill_value=0.0)
    gone = spent[(spent[2023] > 0) & (spent[2024] == 0)]
    assert moved.loc[moved["moved"] == "gone", "customers"].sum() == len(gone)
    fell = moved[moved["moved"].isin(["down", "gone"])]
    rose = moved[moved["moved"].isin(["up", "new"])]
    assert (claim.value("fell"), claim.value("rose")) == (fell["customers"].sum(), rose["customers"].sum())
    stayed = moved.loc[moved["moved"] == "same", "step"].sum()
    change = spent[2024].sum() - spent[2023].sum()
    assert stayed - claim.value("lost") == pytest.approx(change)
    segment = claim.about["rfm_segment"]
    assert claim.value("left") == fell.loc[fell["segment_then"] == segment, "customers"].sum() > claim.value("came")
    assert claim.value("came") == rose.loc[rose["segment_now"] == segment, "customers"].sum()
    early = frame[frame["ordered_at"] < "2023-04-01"]
    assert not of(seen(company(early, "2023-03-31")), "segment_moves"), "there are no two windows of a year"


@pytest.mark.long
def test_models_that_are_given_are_taken() -> None:
    engine = company(buyers(40, 400), "2024-12-31")
    now = engine.resolve(Selection("toy"))
    learnt = learn(engine, now)
    assert models_of(learnt).purchases is not None
    given = insights(engine, now, Selection("toy"), "customers", learnt)
    assert [i.sentence() for i in given] == [i.sentence() for i in insights(engine, now, Selection("toy"), "customers")]


@pytest.mark.long
def test_too_few_customers_are_not_foretold(shop: pd.DataFrame) -> None:
    few = seen(company(shop[shop["customer"].isin(["Big & Co", "Buyer 1", "Buyer 2"])]))
    assert not of(few, "segment_value")
    assert not of(few, "churn")


# --- bridges
def two_years(shop: pd.DataFrame, **now: object) -> ColumnarEngine:
    """2023 again in 2024, changed so."""
    later = shop.assign(
        order_id="again " + shop["order_id"], ordered_at=shop["ordered_at"] + pd.DateOffset(years=1)
    ).assign(**now)  # type: ignore[arg-type]
    return company(pd.concat([shop, later]), "2024-12-31")


def against(engine: ColumnarEngine) -> list[Insight]:
    selection = Selection("toy", TWO_YEARS, compare="year")
    return insights(engine, engine.resolve(selection), selection)


@pytest.mark.long
def test_dearer_is_told_apart_from_more(shop: pd.DataFrame) -> None:
    dearer = one(against(two_years(shop, amount=shop["amount"] * 1.3)), "price_volume_mix")
    more = one(against(two_years(shop, amount=shop["amount"] * 1.3, quantity=1.3)), "price_volume_mix")
    assert (dearer.about["part"], more.about["part"]) == ("price", "volume")
    for claim in (dearer, more):
        parts = [claim.value(name) for name in ("volume", "mix", "price", "others")]
        assert sum(parts) == pytest.approx(claim.value("step"))
        assert max(parts) == pytest.approx(claim.value("step"), rel=0.02)
    assert not of(against(two_years(shop)), "price_volume_mix"), "nothing changed"


@pytest.mark.long
def test_a_mix_that_hides_what_each_part_did(shop: pd.DataFrame) -> None:
    """Simpson's toy: order values 100 and 200 fall to 95 and 190, their orders move from 4 : 1 to 1 : 1."""

    def year(start: str, cheap: float, dear: float, dear_orders: int, orders: int = 1000) -> pd.DataFrame:
        day = pd.Timestamp(start) + pd.to_timedelta(np.arange(orders) % 365, unit="D")
        region = np.where(np.arange(orders) < dear_orders, "Dear", "Cheap")
        noise = np.random.default_rng(4).uniform(0.9, 1.1, orders)
        return pd.DataFrame(
            {
                "order_id": [f"{start} {n}" for n in range(orders)],
                "ordered_at": day.astype("datetime64[us]"),
                "product": "Thing",
                "quantity": 1.0,
                "amount": np.round(np.where(region == "Dear", dear, cheap) * noise, 2),
                "customer": [f"C{n}" for n in range(orders)],
                "city": region,
                "region": region,
                "country": "Land",
                "sale": True,
            }
        )

    before = year("2023-01-01", 100, 200, 200)
    both = pd.concat([before, year("2024-01-01", 95, 190, 500)])
    claim = one(against(company(both, "2024-12-31")), "mix_against_rate")
    assert "rose" in claim.sentence()
    assert claim.value("mix") > 0 > claim.value("rate")
    assert claim.value("mix") + claim.value("rate") == pytest.approx(claim.value("now") - claim.value("base"))
    honest = company(pd.concat([before, year("2024-01-01", 130, 260, 500)]), "2024-12-31")
    assert not of(against(honest), "mix_against_rate"), "the parts rose with the whole"


# --- words
def test_nothing_is_written_as_minus_zero() -> None:
    words = PlainWords("USD")
    assert words.money(-0.001) == words.money(0.0) == "0.00 USD"
    assert words.signed_money(-1e-9) == words.signed_money(1e-9) == "0.00 USD"
    assert words.number(-0.2) == "0"
    assert words.percent(-0.01) == "0.0%"
    assert words.signed(-0.01) == words.signed(0.01) == "+0.0%"
    assert words.signed_money(-2.5) == "−2.50 USD"


@pytest.mark.long
def test_a_forecast_says_that_the_season_is_the_reason() -> None:
    simulated = made(np.random.default_rng(3), "2024-12-31", 731, height=1.5)
    values = simulated.history[simulated.history > 0]
    sold = pd.DataFrame({"ordered_at": values.index, "amount": values.to_numpy().round(2)})
    sold = sold.assign(order_id=[str(n) for n in range(len(sold))], product="a", quantity=1, customer="c")
    claim = one(seen(company(frame(sold.to_dict("records")), "2024-12-31")), "forecast")
    assert "as at this time last year (−" in claim.sentence()
    assert claim.value("season") == pytest.approx(claim.value("change"), abs=12)
    assert claim.value("change") < -25


def test_a_forecast_by_week_ends_with_the_last_day_of_its_last_week() -> None:
    simulated = KINDS["intermittent"](np.random.default_rng(3))
    values = simulated.history[simulated.history > 0]
    sold = pd.DataFrame({"ordered_at": values.index, "amount": values.to_numpy().round(2)})
    sold = sold.assign(order_id=[str(n) for n in range(len(sold))], product="a", quantity=1, customer="c")
    engine = company(frame(sold.to_dict("records")), str(simulated.history.index[-1].date()))
    grain = outlook.forecast(engine, engine.resolve(Selection("toy")), {}).more["grain"].iloc[0]
    assert (grain["grain"], grain["until"]) == ("week", "2025-07-27")


@pytest.mark.long
def test_a_page_tells_its_subject_before_few_comparisons_of_groups(shop: pd.DataFrame) -> None:
    random = np.random.default_rng(3)
    fields = {"channel": ("Web", "Mail", "Shop"), "segment": ("Home", "Office", "School"), "brand": ("Ka", "Lo", "Mu")}
    for field, names in fields.items():
        order = random.choice(names, shop["order_id"].nunique(), p=[0.7, 0.2, 0.1])
        shop = shop.assign(**{field: order[shop["order_id"].astype(int)]})
    engine = company(shop)
    now = engine.resolve(Selection("toy", "all"))
    every = of(insights(engine, now, topic="customers"), "leading_group")
    assert len(every) > 2
    facts = [i for i in briefing(Company(engine, now), "customers") if i.list == "portrait"]
    compared = [i for i in facts if i.kind in ("leading_group", "order_value")]
    assert len(compared) <= 2
    assert facts[-len(compared) :] == compared
    assert compared[0].about == {"segment": "Home"}


@pytest.mark.parametrize(("low", "advice"), [(60.0, "forecast.do"), (10.0, "forecast.wide.do")])
def test_nobody_is_told_to_plan_by_a_band_that_says_nothing(
    low: float, advice: str, shop: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = company(shop[shop["ordered_at"] < "2023-12-01"], "2023-11-30")
    asked = Company(engine, engine.resolve(Selection("toy")))
    answer = asked.ask(outlook.forecast)
    ahead = answer.frame["kind"] == "forecast"
    frame = answer.frame.assign(lower_80=np.where(ahead, low, np.nan), upper_80=np.where(ahead, 120.0, np.nan))
    monkeypatch.setattr(asked, "ask", lambda *_: Answer(frame, answer.notes, answer.more))
    (claim,) = outlooks.forecast(asked)
    assert claim.advice == advice


@pytest.mark.parametrize(("joint", "says"), [(30, "between"), (42, "about"), (19, "about")])
def test_chance_is_never_said_to_give_a_range_that_lacks_the_count(joint: int, says: str, shop: pd.DataFrame) -> None:
    nearer = 20.0 if joint < 30 else 40.0
    row = {"a": "A", "b": "B", "n_a": 9, "n_b": 9, "n_ab": joint, "expected_low": 20.0, "expected_high": 40.0}
    row |= {"confidence_ab": 1.0, "confidence_ba": 1.0, "lift": 1.0, "lift_multi": 1.0, "several": 99, "N": 99}
    engine = company(shop)
    asked = Company(engine, engine.resolve(Selection("toy")))
    claim = affinities._absence(asked, row | {"expected": nearer, "q": 1.0, "p": 1.0, "money": 1.0, "affinity": ""})
    assert claim.says == ("no_affinity.level", f"no_affinity.{says}")
    assert ("about" in write(claim.says, claim.evidence)) == (says == "about")
