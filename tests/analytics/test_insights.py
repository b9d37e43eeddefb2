"""What the reports' authors wrote, said right: the true claims with their numbers, and none of the false ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import orjson
import pandas as pd
import pytest

from analytics import insights as told_of
from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import UnknownName
from analytics.insights import COLUMNS, KINDS, TOPICS, Insight, insights_question
from analytics.insights.claim import Claim, Proof, Value, money, percent, period, with_also, write
from analytics.insights.company import Company, written
from analytics.insights.english import SENTENCES
from analytics.insights.kinds import Kind
from analytics.insights.significance import LEVEL
from analytics.insights.words import PlainWords
from analytics.questions.ledger import ledger
from analytics.selection import Clause, Selection
from tests.analytics.companies import Tables, bare, nasty, one_row
from tests.analytics.told import insights

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

IPHONE, GOOGLE, WIRED = "iPhone", "Google Phone", "Wired Headphones"
LIGHTNING, USB_C = "Lightning Charging Cable", "USB-C Charging Cable"
BATTERIES = {"AA Batteries (4-pack)", "AAA Batteries (4-pack)"}
CABLES = {LIGHTNING, USB_C}


@cache
def said(engine: ColumnarEngine, query: str = "range=all", topic: str | None = None) -> list[Insight]:
    selection, _ = Selection.from_query(f"data={engine.name}&{query}")
    return insights(engine, engine.resolve(selection), selection, topic)


def of(found: list[Insight], kind: str, **about: str) -> list[Insight]:
    return [i for i in found if i.kind == kind and about.items() <= i.about.items()]


def one(found: list[Insight], kind: str, **about: str) -> Insight:
    (insight,) = of(found, kind, **about)
    return insight


def pairs(found: list[Insight], kind: str) -> dict[frozenset[str], Insight]:
    return {frozenset((i.about["product"], i.about["with"])): i for i in of(found, kind)}


@pytest.fixture(scope="module")
def opened(store: Path) -> Callable[[str], ColumnarEngine]:
    """The engine of a data set: one for all tests, so that each list is found once."""
    return cache(lambda name: ColumnarEngine(stores.open(store, name)))


def company(name: str) -> Callable[..., ColumnarEngine]:
    @pytest.fixture(scope="module", name=name)
    def engine(sources: Path, opened: Callable[[str], ColumnarEngine]) -> ColumnarEngine:
        return opened(name)

    return engine


bytronix, atliq, classic_models = company("bytronix"), company("atliq"), company("classic_models")


# --- Bytronix
@pytest.mark.long
def test_bytronix_december_is_the_peak(bytronix: ColumnarEngine) -> None:
    peak = one(said(bytronix), "extreme_month", month="2019-12")
    assert peak.value("revenue") == pytest.approx(4_608_295.70)
    assert peak.value("apart") == pytest.approx(60.5, abs=0.05)
    assert peak.claim.q < 0.001
    assert "too short to know whether this happens every year" in peak.caveat(), "one year shows no season"
    assert peak.sentence().startswith("December 2019 was the best month: 4,608,295.70.")


@pytest.mark.long
def test_bytronix_months_rise_and_fall(bytronix: ColumnarEngine) -> None:
    october = one(said(bytronix), "month_growth", month="2019-10")
    assert round(october.value("change"), 1) == 78.3
    assert (october.value("revenue_before"), october.value("revenue")) == pytest.approx((2_094_465.69, 3_734_777.86))
    assert october.value("a_day") == pytest.approx((3_734_777.86 / 31) / (2_094_465.69 / 30) * 100 - 100)


def test_bytronix_quarters(bytronix: ColumnarEngine) -> None:
    found = said(bytronix)
    second, third = (one(found, "quarter_growth", quarter=q) for q in ("2019-Q2", "2019-Q3"))
    # +33.5% in the report, whose first quarter holds the stray day of January 2020; without it +33.7%.
    stray = 8_670.29
    assert round((second.value("revenue") / (second.value("revenue_before") + stray) - 1) * 100, 1) == 33.5
    assert round(second.value("change"), 1) == 33.7
    assert round(third.value("change"), 1) == -23.4


def test_bytronix_san_francisco(bytronix: ColumnarEngine) -> None:
    leader = one(said(bytronix), "leading_place")
    assert leader.about == {"place": "US/CA/San Francisco"}
    assert round(leader.value("share"), 1) == 24.0
    assert leader.value("revenue") == pytest.approx(8_254_743.55)
    assert leader.value("rest") == pytest.approx(34_465_537.94 - 8_254_743.55)


def test_bytronix_cables_go_with_phones(bytronix: ColumnarEngine) -> None:
    found = pairs(said(bytronix), "affinity")
    for pair, joint in ((frozenset((IPHONE, LIGHTNING)), 1_011), (frozenset((GOOGLE, USB_C)), 997)):
        insight = found[pair]
        assert insight.value("joint") == joint
        assert insight.value("lift") > 1.2
        assert insight.value("lift_multi") > 2
        assert insight.claim.q < 1e-6
        assert insight.value("orders") == 178_437
        assert insight.value("orders_multi") == 6_832


def test_bytronix_phones_and_wired_headphones_do_not(bytronix: ColumnarEngine) -> None:
    insight = pairs(said(bytronix), "no_affinity")[frozenset((IPHONE, WIRED))]
    assert insight.value("joint") == 462
    assert round(insight.value("lift"), 3) == 0.639
    assert round(insight.value("lift_multi"), 3) == 1.055
    assert insight.value("p") > 0.5


def test_bytronix_portland_is_two(bytronix: ColumnarEngine) -> None:
    split = one(said(bytronix), "namesakes", city="Portland")
    assert split.value("revenue") == pytest.approx(1_870_010.56)
    assert split.value("second_revenue") == pytest.approx(449_321.38)
    assert (split.evidence["first"].value, split.evidence["second"].value) == ("Portland (Oregon)", "Portland (Maine)")


def test_bytronix_hours_products_and_customers(bytronix: ColumnarEngine) -> None:
    found = said(bytronix)
    hours = one(found, "busy_hours")
    assert (hours.about["hour"], hours.value("orders"), hours.value("quiet_orders")) == ("19", 12_377, 804)
    assert one(found, "part_of_day").value("orders") == 64_483
    leader, last = one(found, "leading_product"), one(found, "trailing_product")
    assert (leader.about["product"], leader.value("revenue")) == ("Macbook Pro Laptop", pytest.approx(8_032_500))
    assert (last.about["product"], last.value("revenue"), last.value("units")) == (
        "AAA Batteries (4-pack)",
        pytest.approx(92_648.14),
        30_986,
    )
    assert "most units" in last.sentence()
    repeat = one(found, "repeat_rate")
    assert (round(repeat.value("rate"), 2), repeat.value("once"), repeat.value("customers")) == (
        21.87,
        109_998,
        140_787,
    )


def is_pair(insight: Insight, *products: set[str]) -> bool:
    """Whether an affinity is claimed between one product of each set."""
    of_pair = {insight.about.get("product", ""), insight.about.get("with", "")}
    return insight.kind == "affinity" and all(of_pair & each for each in products)


def amounts(insight: Insight) -> list[float]:
    return [float(v.value) for v in insight.evidence.values() if v.unit == "money"]


FALSE_OF_BYTRONIX: dict[str, Callable[[Insight], bool]] = {
    "Q1 to Q2 steady decline": lambda i: i.about.get("quarter") == "2019-Q2" and i.value("change") < 0,
    "Q3 stagnant": lambda i: i.about.get("quarter") == "2019-Q3" and i.value("change") > -20,
    "strong cross-sell of iPhone and Wired Headphones": lambda i: is_pair(i, {IPHONE}, {WIRED}),
    "batteries appear with cables": lambda i: is_pair(i, BATTERIES, CABLES),
    "mid-tier cities are similar": lambda i: (
        "place" in i.about and ("similar" in i.sentence() or "level" in i.sentence())
    ),
    "one Portland": lambda i: i.kind != "namesakes" and i.about.get("city") == "Portland",
    "one Portland of 2.32 M": lambda i: i.kind != "namesakes" and any(abs(a - 2_319_331.94) < 1 for a in amounts(i)),
    "a season from one year": lambda i: i.kind == "seasonality",
    "the stray day is a month": lambda i: (
        {i.about.get("month"), i.about.get("quarter")} & {"2020-01", "2020-Q1"} != set()
    ),
}


@pytest.mark.sampled(60)
@pytest.mark.parametrize(
    "query",
    [
        "range=all",
        "range=last_12m",
        "range=2019-04-01..2019-10-01",
        "range=all&city=Portland",
        "range=all&product=iPhone",
    ],
)
@pytest.mark.parametrize("sentence", FALSE_OF_BYTRONIX)
def test_bytronix_false_sentences_stay_unsaid(bytronix: ColumnarEngine, sentence: str, query: str) -> None:
    assert not [i.sentence() for i in said(bytronix, query) if FALSE_OF_BYTRONIX[sentence](i)]


# --- AtliQ
@pytest.mark.long
def test_atliq_depends_on_electricalsara(atliq: ColumnarEngine) -> None:
    insight = one(said(atliq), "dependency")
    assert insight.about == {"customer": "Cus006"}
    assert insight.evidence["name"].value == "Electricalsara Stores", "without the code: nobody else is called so"
    assert insight.evidence["next"].value.startswith("Premium")
    assert round(insight.value("share"), 2) == 31.65
    assert round(insight.value("top_share"), 1) == 68.5
    assert insight.value("top_revenue") == 572_181 + 407_084 + 259_200


def test_atliq_rises_in_november_2017(atliq: ColumnarEngine) -> None:
    found = said(atliq)
    rise = one(found, "month_growth", month="2017-11")
    assert (rise.value("revenue_before"), rise.value("revenue")) == (262_339, 442_429)
    assert round(rise.value("change"), 1) == 68.6
    assert (rise.value("q") > LEVEL) == ("chance" in rise.caveat())
    assert one(found, "extreme_month").about == {"month": "2017-11"}


def test_atliq_years_that_are_not_whole(atliq: ColumnarEngine) -> None:
    found = said(atliq)
    assert {i.about["year"] for i in of(found, "partial_year")} == {"2017", "2020"}
    last = one(found, "partial_year", year="2020")
    assert last.value("days") == 31 + 29 + 31 + 30 + 31 + 16
    assert last.evidence["before"].value == "2019-01-01..2019-06-17", "compared over the same days"


FALSE_OF_ATLIQ: dict[str, Callable[[Insight], bool]] = {
    "Premium Stores leads": lambda i: i.kind == "dependency" and i.about["customer"] != "Cus006",
    "a rise in November 2020": lambda i: any(v.startswith("2020-11") for v in i.about.values()),
    "June, September and November every year": lambda i: i.kind == "seasonality",
    "2017 or 2020 as a whole year": lambda i: i.kind != "partial_year" and i.about.get("year") in ("2017", "2020"),
    "the months after the end": lambda i: (
        i.about.get("month", "") >= "2020-06" or i.about.get("quarter", "") >= "2020-Q2"
    ),
}


@pytest.mark.parametrize("sentence", FALSE_OF_ATLIQ)
def test_atliq_false_sentences_stay_unsaid(atliq: ColumnarEngine, sentence: str) -> None:
    assert not [i.sentence() for i in said(atliq) if FALSE_OF_ATLIQ[sentence](i)]


# --- Classic Models
@pytest.mark.long
def test_classic_models_medium_deals_lead(classic_models: ColumnarEngine) -> None:
    insight = one(said(classic_models), "deal_size")
    assert insight.about == {"deal_size": "Medium", "most_frequent": "Medium"}
    assert insight.value("revenue") == pytest.approx(6_087_432.24)
    assert (insight.value("lines"), insight.evidence["second"].value, insight.value("second_lines")) == (
        1_384,
        "Small",
        1_282,
    )


def test_classic_models_november_every_year(classic_models: ColumnarEngine) -> None:
    season = one(said(classic_models), "seasonality")
    assert season.about == {"month": "11"}
    assert (season.value("first"), season.value("last")) == pytest.approx((1_029_837.66, 1_089_048.01))
    assert (season.evidence["first_year"].value, season.evidence["last_year"].value) == ("2003", "2004")
    assert season.claim.p < 0.01


def test_classic_models_2005_is_partial(classic_models: ColumnarEngine) -> None:
    found = said(classic_models)
    year = one(found, "partial_year")
    assert year.about == {"year": "2005"}, "2003 begins on January 6th: five days without an order are usual there"
    assert (year.value("days"), year.evidence["before"].value) == (151, "2004-01-01..2004-06-01")
    assert not [i for i in found if i.about.get("quarter") == "2005-Q2"]


def test_classic_models_cars_and_countries(classic_models: ColumnarEngine) -> None:
    found = said(classic_models)
    category, country = (
        one(found, "leading_product", category="Classic Cars"),
        one(found, "leading_place", country="USA"),
    )
    assert category.value("revenue") == pytest.approx(3_919_615.66)
    assert (country.value("revenue"), country.value("next_revenue")) == pytest.approx((3_627_982.83, 1_215_686.92))
    assert one(found, "trailing_product", category="Trains").value("revenue") == pytest.approx(226_243.47)


FALSE_OF_CLASSIC_MODELS: dict[str, Callable[[Insight], bool]] = {
    "large deals bring most": lambda i: i.about.get("deal_size") == "Large",
    "small deals are more frequent": lambda i: i.about.get("most_frequent") == "Small",
    "peaks in October and December": lambda i: (
        i.kind in ("seasonality", "extreme_month") and i.about["month"][-2:] in ("10", "12") and i.strength > 0
    ),
    "2005 as a year like the others": lambda i: i.kind != "partial_year" and i.about.get("year") == "2005",
}


@pytest.mark.parametrize("sentence", FALSE_OF_CLASSIC_MODELS)
def test_classic_models_false_sentences_stay_unsaid(classic_models: ColumnarEngine, sentence: str) -> None:
    assert not [i.sentence() for i in said(classic_models) if FALSE_OF_CLASSIC_MODELS[sentence](i)]


# --- the demonstration company
A_YEAR = "range=last_12m&compare=year"


@pytest.mark.long
def test_the_demo_shows_the_kinds_of_the_other_reports(opened: Callable[[str], ColumnarEngine]) -> None:
    engine = opened("demo")
    found = said(engine, A_YEAR)
    assert {"kept_customers", "value_tier", "leading_group", "discount", "repeat_rate", "at_risk", "conversion"} <= {
        i.kind for i in found
    }
    assert of(found, "conversion", channel="E-mail"), "planted: the newsletter's readers buy"
    discount = one(found, "discount")
    now = engine.resolve(Selection.from_query(f"data=demo&{A_YEAR}")[0])
    items = ledger(engine, now, {}).frame.set_index("item")["amount"]
    assert discount.value("given") == pytest.approx(-items["discounts"]), (
        "what came back was discounted when it was sold"
    )
    assert "Includes whatever else changed" in discount.caveat()


@pytest.mark.long
def test_what_changed_and_can_be_acted_on_comes_before_what_is_large(opened: Callable[[str], ColumnarEngine]) -> None:
    """REVIEW 6: "US leads" took a top place; the stock-out was last of 16, and a launch was missing."""
    engine = opened("demo")
    kinds = [i.kind for i in said(engine, A_YEAR)]
    most = min(10, kinds.index("leading_place"))
    assert "new_products" in kinds[:most]
    assert {"lost_sales", "running_out"} & set(kinds[:most]), "a product is out of stock"


# --- every insight
HEADLINE, SENTENCE, NAME = 90, 140, 20  # characters; of a name from the data only as many count, as it is not ours


def _too_long(insight: Insight) -> list[str]:
    """The headline and the sentences that are longer than a reader takes in at a glance."""
    cut = {n: v._replace(value=str(v.value)[:NAME]) for n, v in insight.evidence.items() if v.unit == "text"}
    headline, *others = with_also(insight.claim.says)
    told = [(headline, HEADLINE), *((name, SENTENCE) for name in (*others, *with_also(insight.claim.advice)))]
    cents = re.compile(r"(?<=\d,\d{3})\.\d\d\b")  # which screens leave out of large amounts
    written = [(cents.sub("", write(name, {**insight.evidence, **cut})), most) for name, most in told]
    return [said for said, most in written if len(said) > most]


@pytest.mark.long
def test_every_insight_is_complete(data_set: str, opened: Callable[[str], ColumnarEngine]) -> None:
    engine = opened(data_set)
    found = said(engine)
    known = {k.name: k for k in KINDS}
    assert len(found) > 10
    for i in found:
        assert i.topic in TOPICS
        assert i.topic == known[i.kind].topics[0]
        assert i.calls, i.kind
        assert i.claim.effect in i.evidence
        assert i.gap >= 0
        assert "{" not in i.sentence() + i.recommendation() + i.caveat()
        assert "nan" not in i.sentence().lower().replace("nano", "")
        assert i.sentence().endswith(".")
        assert _too_long(i) == []
        assert not i.recommendation() or i.recommendation().endswith(".")
        selection, dropped = Selection.from_query(i.claim.proof.query, strict=True)
        assert (selection.data, dropped) == (data_set, ())
        assert engine.unknown_values(engine.resolve(selection)) == ()
        if i.tested:
            assert 0 <= i.claim.p <= i.claim.q <= 1


def test_sure_and_costly_first(data_set: str, opened: Callable[[str], ColumnarEngine]) -> None:
    found = said(opened(data_set))
    assert [i.list for i in found] == sorted(i.list for i in found), "news first"
    news = [i for i in found if i.list == "news"]
    doubtful = [i.certainty == "may be chance" for i in news]
    assert doubtful == sorted(doubtful)
    for part in (False, True):
        weights = [i.weight for i, d in zip(news, doubtful, strict=True) if d == part]
        assert weights == sorted(weights, reverse=True)
    assert all(i.certainty != "may be chance" for i in found if i.list == "portrait")


@pytest.mark.long
def test_the_topics_together_are_the_whole(data_set: str, opened: Callable[[str], ColumnarEngine]) -> None:
    engine = opened(data_set)
    whole = {(i.kind, i.sentence()) for i in said(engine) if not i.tested}
    topics = [said(engine, topic=topic) for topic in TOPICS]
    assert {(i.kind, i.sentence()) for found in topics for i in found if not i.tested} == whole, (
        "what is tested depends on how much the list tests"
    )
    assert all(i.topic == topic for topic, found in zip(TOPICS, topics, strict=True) for i in found)
    with pytest.raises(UnknownName, match="places"):
        said(engine, topic="place")


def test_the_question_lists_them_with_evidence_and_proof(bytronix: ColumnarEngine) -> None:
    now = bytronix.resolve(Selection("bytronix", clauses=(Clause("city", ("Portland",)),)))
    frame = insights_question(bytronix, now, topic="places").frame
    assert tuple(frame.columns) == COLUMNS
    row = frame[frame["kind"] == "namesakes"].iloc[0]
    evidence = orjson.loads(row["evidence"])
    assert evidence["values"]["revenue"] == {"value": pytest.approx(1_870_010.56), "unit": "money"}
    assert evidence["about"] == {"city": "Portland"}
    assert evidence["asked"][0]["by"] == ["place"]
    assert row["proof"] == "data=bytronix&city=Portland"
    assert row["proof_chart"] == "revenue_by_city"
    assert row["sentence"].startswith("2 places are called Portland")
    assert (row["list"], row["certainty"], row["gap"]) == ("portrait", "", 0.0), "a standing fact has no gap"
    assert pd.isna(row["q"])


def test_a_link_shows_what_is_seen_now(bytronix: ColumnarEngine) -> None:
    for query in (
        "data=bytronix",
        "data=bytronix&range=last_90d",
        "data=bytronix&range=2019-03-01..2019-06-01&compare=none&grain=day&city=Boston",
    ):
        now = bytronix.resolve(Selection.from_query(query)[0])
        again = bytronix.resolve(written(now))
        assert (again.span, again.base, again.grain, again.clauses) == (now.span, now.base, now.grain, now.clauses)


def test_what_one_page_found_the_next_one_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Company] = []

    def find(company: Company) -> list[Claim]:
        looked.append(company)
        return []

    monkeypatch.setattr(told_of, "LISTS", {"news": (Kind("mover", ("business", "products"), find),)})
    engine, other = (ColumnarEngine(stores.in_memory(nasty())) for _ in range(2))
    now = engine.resolve(Selection("toy"))
    for topic in ("", "business", "products"):
        insights_question(engine, now, topic=topic)
    assert len(looked) == 1
    insights_question(engine, engine.resolve(Selection("toy", "2020-01-01..2020-03-01")))
    insights_question(other, now)
    assert len(looked) == 3, "other selections and what others may see are looked at for themselves"


@pytest.mark.long
def test_a_page_says_the_same_whatever_page_was_seen_before() -> None:
    fresh, seen = (ColumnarEngine(stores.in_memory(nasty())) for _ in range(2))
    now = fresh.resolve(Selection("toy"))
    insights_question(seen, now)
    for topic in TOPICS[::-1]:
        pd.testing.assert_frame_equal(
            insights_question(seen, now, topic=topic).frame, insights_question(fresh, now, topic=topic).frame
        )


# --- nasty companies
@pytest.mark.sampled(18)
@pytest.mark.parametrize("tables", [nasty, bare, one_row])
@pytest.mark.parametrize("when", ["all", "2020-01-01..2020-03-01", "2020-02-29..2020-03-01", "1999-01-01..2000-01-01"])
def test_nasty_companies_are_borne(tables: Callable[[], Tables], when: str) -> None:
    engine = ColumnarEngine(stores.in_memory(tables()))
    frame = insights_question(engine, engine.resolve(Selection("toy", when))).frame
    assert tuple(frame.columns) == COLUMNS
    assert not (set(frame["kind"]) - {k.name for k in KINDS} - {"nothing"})


def test_a_dimension_is_asked_once_for_all_kinds_that_look_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = ColumnarEngine(stores.in_memory(nasty()))
    company = Company(engine, engine.resolve(Selection("toy")))
    asked = []
    aggregate = ColumnarEngine.aggregate
    monkeypatch.setattr(
        ColumnarEngine, "aggregate", lambda self, by, *more: asked.append(by) or aggregate(self, by, *more)
    )
    first = company.groups("product")
    calls = list(company.calls)
    company.calls.clear()
    first["share"] = 0.0  # what one kind does to its table is nothing to another
    again = company.groups("product")
    assert again["share"].sum() == pytest.approx(100)
    assert (asked.count(["product"]), company.calls) == (1, calls)


def test_nothing_to_say_is_said() -> None:
    lines = one_row().lines
    whole = [
        lines.assign(order_id=str(n), ordered_at=pd.Timestamp("2020-01-01") + pd.Timedelta(days=n)) for n in range(19)
    ]
    tables = Tables(pd.concat(whole, ignore_index=True).drop(columns="customer"), nasty().profile)
    engine = ColumnarEngine(stores.in_memory(tables))
    now = engine.resolve(Selection("toy"))
    told = insights_question(engine, now).frame
    assert list(told[told["list"] == "news"]["sentence"]) == [SENTENCES["nothing.alone"]]
    assert insights_question(engine, now.only(Clause("city", ("Nowhere",)))).frame.empty


def test_words_write_each_unit() -> None:
    words = PlainWords("EUR")
    written_as = {
        money(-1234.5): "−1,234.50 EUR",
        percent(13.37): "13.4%",
        Value(78.3, "change"): "+78.3%",
        Value(-5.0, "change"): "−5.0%",
        Value(5.0, "money_change"): "+5.00 EUR",
        Value(float("nan"), "money"): "n/a",
        Value(1234, "count"): "1,234",
        Value(1.218, "ratio"): "1.22",
        Value(0.0001, "p"): "p < 0.001",
        Value(0.066, "p"): "p = 0.066",
        period("2019-12"): "December 2019",
        period("2019-Q4"): "Q4 2019",
        period("FY2020-Q1"): "Q1 FY2020",
        period("2019"): "2019",
        period("2019-12-01"): "1 December 2019",
        Value("2019-01-01..2019-02-01", "span"): "2019-01-01 to 2019-01-31",
        Value("{odd}", "text"): "{odd}",
    }
    assert {v: v.words(words) for v in written_as} == written_as
    claim = Claim("leading.place.do", {"rest": Value("{money}", "text")}, {}, "rest", 0.0, Proof("overview", "kpis"))
    said = Insight("odd", "overview", claim, "").sentence()
    assert said == "All others together bring {money}.", "names from data are no templates"
