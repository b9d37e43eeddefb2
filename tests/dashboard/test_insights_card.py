"""The card: its charts exist, its sentences are written as the data set writes them, its proofs lead to charts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from dash import html

from analytics import store as stores
from analytics.answer import Answer
from analytics.calendar import TimeRange
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import TOPICS
from analytics.insights.stories import MOST
from analytics.ranges import parse_span
from analytics.selection import Selection
from dashboard import pages
from dashboard.components.insights import FIRST, insight_list
from dashboard.context import Context
from dashboard.text.formats import formats
from dashboard.text.insight_formats import InsightFormats
from tests.analytics.told import insights
from tests.samples import one_of

pytestmark = pytest.mark.slow

EVERYTHING = pages.CHARTS["insights"]
NAMES = ("demo", *one_of(3, ("classic_models", "atliq", "bytronix")))


def context(engine: ColumnarEngine, now: object) -> Context:
    f = formats(engine.profile.currency, engine.profile.locale)
    return Context("What changed", now, {}, f, engine.schema)  # type: ignore[arg-type]


def texts(component: object) -> str:
    """All text of a component, in order."""
    if isinstance(component, (list, tuple)):
        return " ".join(texts(c) for c in component)
    return texts(getattr(component, "children", None)) if hasattr(component, "to_plotly_json") else str(component or "")


def found_of(component: object, kind: type) -> list[object]:
    own = [component] if isinstance(component, kind) else []
    children = getattr(component, "children", None)
    inner = children if isinstance(children, (list, tuple)) else [children]
    return own + [hit for c in inner if c is not None for hit in found_of(c, kind)]


def test_one_card_a_page() -> None:
    topics = [p.topic for p in pages.PAGES if p.topic]
    assert sorted(topics) == sorted(TOPICS)
    for page in pages.PAGES:
        cards = [c.name for c in page.charts if c.role == "insights" and c.name != "needs_action"]
        assert cards == ([f"insights_{page.name}"] if page.topic else [])


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_proof_is_a_chart_of_its_page_that_the_data_can_show(name: str, store: Path) -> None:
    if name not in stores.names(store):
        pytest.skip(f"the source of {name} is absent")
    engine = ColumnarEngine(stores.open(store, name))
    view = "range=last_12m&compare=year" if name == "demo" else "range=all"
    selection, _ = Selection.from_query(f"data={name}&{view}")
    found = insights(engine, engine.resolve(selection), selection)
    assert found
    for insight in found:
        proof = insight.claim.proof
        assert any(proof.chart == c.name for p in pages.PAGES for c in p.charts), (insight.kind, proof)
        chart = pages.CHARTS[proof.chart]
        assert chart.missing(engine.schema) == (), (insight.kind, proof.chart)
        asked, _ = Selection.from_query(proof.query, strict=True)
        chart.read_options(asked.options_of(chart.name))


@pytest.mark.long
def test_the_list_shows_a_few_and_folds_the_others(store: Path) -> None:
    engine = ColumnarEngine(stores.open(store, "demo"))
    now = engine.resolve(Selection("demo"))
    answer = EVERYTHING.compute(engine, now, {"page": ""})
    shown = insight_list(answer, context(engine, now))
    news, portrait = ((answer.frame["list"] == name).sum() for name in ("news", "portrait"))
    first, more, facts = shown.children[:3]
    assert len(first.children) == FIRST
    assert texts(more.children[0]) == f"{news - FIRST} more"
    assert len(found_of(more, html.Li)) == news - FIRST <= MOST - FIRST
    assert texts(facts.children[0]) == f"Key facts: {portrait}"
    assert len(found_of(facts, html.Li)) == portrait
    links = [a.href for a in found_of(shown, html.A)]
    assert sorted(links) == sorted(answer.frame["proof"])
    assert all(sentence in texts(shown) for sentence in answer.frame["sentence"])
    gaps = [span for span in found_of(facts, html.Span) if "insight-gap" in str(span.className)]
    assert gaps == [], "nothing is at stake in a standing fact"


@pytest.mark.sampled(9)
@pytest.mark.parametrize(("stories", "open_facts"), [(0, 2), (1, 1), (2, 0)])
def test_where_little_changed_key_facts_fill_the_card(demo: ColumnarEngine, stories: int, open_facts: int) -> None:
    now = demo.resolve(Selection("demo"))
    frame = EVERYTHING.compute(demo, now, {"page": ""}).frame
    news, portrait = (frame[frame["list"] == name] for name in ("news", "portrait"))
    told = news.head(max(stories, 1)).copy()
    if not stories:
        told["kind"] = "nothing"
    shown = insight_list(Answer(pd.concat([told, portrait])), context(demo, now))
    seen = [div for div in shown.children if div.className == "insight-portrait"]
    assert sum(len(found_of(div, html.Li)) for div in seen) == open_facts
    assert len(found_of(shown, html.Li)) == len(told) + len(portrait), "each fact stands once"


def test_money_and_dates_are_those_of_the_data_set() -> None:
    written = InsightFormats(formats("EUR", "de-DE"))
    assert written.money(4_608_295.7) == "4.608.296\xa0€"
    assert written.money(12.5) == "12,50\xa0€"
    assert written.signed_money(-1_000.0) == "−1.000\xa0€"
    assert written.percent(13.37) == "13,4\u00a0%"
    assert written.period("2019-12") == "December 2019", "a sentence has one language"
    assert written.period("2019-Q4") == "Q4 2019"
    assert written.period("2019") == "2019"
    assert written.period("2019-12-31") == "31 Dec 2019"
    assert written.span(parse_span("2019-01-01..2020-01-01")) == formats("EUR", "en-GB").span(
        TimeRange(parse_span("2019-01-01..2019-01-02").start, parse_span("2020-01-01..2020-01-02").start)
    )


# What the chart must show: its frame's dimension and metric for the value that the claim is about.
SHOWN = {
    "leading_place": "revenue",
    "trailing_place": "revenue",
    "leading_product": "revenue",
    "trailing_product": "revenue",
    "deal_size": "revenue",
    "extreme_month": "revenue",
    "month_growth": "revenue",
    "quarter_growth": "revenue",
    "busy_hours": "orders",
    "part_of_day": "orders",
}


@pytest.mark.long
def test_the_proof_shows_the_number(data_set: str, store: Path) -> None:
    engine = ColumnarEngine(stores.open(store, data_set))
    selection = Selection(data_set)
    checked = set()
    for insight in insights(engine, engine.resolve(selection), selection):
        if insight.kind not in SHOWN:
            continue
        proof, metric = insight.claim.proof, SHOWN[insight.kind]
        chart = pages.CHARTS[proof.chart]
        asked, _ = Selection.from_query(proof.query, strict=True)
        options = chart.read_options(asked.options_of(chart.name))
        frame = chart.compute(engine, chart.own(engine.resolve(asked), options, engine.schema), options).frame
        field, value = next(iter(insight.about.items()))
        column = "period" if field in ("month", "quarter") else field
        row = frame[frame[column].astype(str) == value]
        assert row[metric].tolist() == pytest.approx([insight.value(metric)]), (insight.kind, proof)
        checked.add(insight.kind)
    assert len(checked) >= 3
