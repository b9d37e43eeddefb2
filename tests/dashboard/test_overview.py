"""The Overview in ten seconds: one sentence with the numbers of the cards, doors, what drove it, what needs action."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

from analytics import store as stores
from analytics.answer import Answer
from analytics.calendar import TimeRange
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import needs_action
from analytics.insights.kinds import ACTED_ON, KINDS
from analytics.language import in_language
from analytics.selection import Clause, Selection
from dashboard.components.markup import markup
from dashboard.components.summary import action_list, driver_lists, headline
from dashboard.context import Context
from dashboard.figures.describe import describe
from dashboard.opening import default_selection
from dashboard.pages import BY_PATH, CHARTS
from dashboard.text.formats import formats
from dashboard.text.insight_formats import insight_formats
from tests.analytics.odd_shapes import SHAPES, one_order
from tests.calls import ROUTE, page_request

MONTH = "2025-12-01..2026-01-01"


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def context(engine: ColumnarEngine, selection: Selection, options: dict[str, str] | None = None) -> Context:
    return Context("", engine.resolve(selection), options or {}, formats("USD", "en-US"), engine.schema)


# --- the same numbers
def test_the_sentence_has_the_numbers_of_the_cards(data_set: str, store: Path) -> None:
    """REVIEW 4: the cards said +14.9%, the headline +15.7%."""
    engine = ColumnarEngine(stores.open(store, data_set))
    now = engine.resolve(default_selection(engine))
    shown = {}
    for name in ("headline", "kpis"):
        chart = CHARTS[name]
        about = Context("", now, chart.read_options({}), formats("USD", "en-US"), engine.schema)
        shown[name] = str(markup(chart.draw(chart.compute(engine, now, {}), about)))
    card = re.search(r'<div class="kpi"[^>]*data-metric="revenue".*?</div></div>', shown["kpis"], re.DOTALL)
    assert card is not None
    value, delta = (re.search(rf'class="{c}[^>]*>([^<]+)<', card[0]) for c in ("kpi-value", "kpi-delta"))
    assert value is not None
    assert delta is not None, "a first screen has something to compare with"
    said = text(shown["headline"])
    assert f"Revenue {value[1]}" in said
    assert re.sub(r"[▲▼■+−±]", "", delta[1]).strip() in said
    assert "n/a" not in shown["kpis"]
    assert "n/a" not in said


# --- the sentence
def spoken(engine: ColumnarEngine, selection: Selection | None = None, **more: Any) -> str:
    blank = {"factor": "", "field": "", "value": "", "change": np.nan, "share": np.nan}
    row = {"revenue": 2_400_000.0, "base": 2_000_000.0, "delta": 20.0, "direction": "better"} | blank
    about = context(engine, selection or Selection("demo", MONTH))
    return text(str(markup(headline(Answer(pd.DataFrame([row | more])), about))))


def test_the_sentence_says_how_revenue_stands_and_why(demo: ColumnarEngine) -> None:
    assert spoken(demo) == "Revenue $2.4M , up 20.0% on November."
    audio = {"factor": "customers", "field": "category", "value": "Audio", "change": 128_000.0}
    assert spoken(demo, **audio).endswith("Mainly more customers; Audio accounts for $128K of the rise.")
    assert spoken(demo, **(audio | {"change": 500_000.0})).endswith("Audio alone rose by $500K.")
    fell = {"revenue": 1_000_000.0, "delta": -50.0, "direction": "worse", "factor": "size"}
    assert spoken(demo, **fell) == "Revenue $1M , down 50.0% on November. Mainly smaller orders."
    assert "as in November" in spoken(demo, delta=0.0, direction="flat")
    assert "after $0 in November 2025" in spoken(demo, base=0.0, delta=np.nan, direction="")


def test_the_sentence_names_what_it_compares_with_as_people_do(demo: ColumnarEngine) -> None:
    year = Selection("demo", "2025-01-01..2026-01-01")
    assert spoken(demo, year) == "Revenue $2.4M , up 20.0% on 2024."
    with in_language("de"):
        assert spoken(demo).endswith("20.0% mehr als im November.")
        assert spoken(demo, year).endswith("20.0% mehr als 2024.")
    with in_language("fr"):
        assert spoken(demo).endswith("en hausse de 20.0% par rapport à novembre.")
        assert "clients ; Audio" in spoken(demo, factor="customers", field="category", value="Audio", change=1.0)


def test_without_a_comparison_the_sentence_names_the_time_and_what_brings_most(demo: ColumnarEngine) -> None:
    alone = {"base": np.nan, "delta": np.nan, "direction": "", "field": "country", "value": "US", "share": 83.0}
    said = spoken(demo, Selection("demo", MONTH, "none"), **alone)
    assert said == "Revenue $2.4M in December 2025. The United States brings 83% of it."
    odd = spoken(demo, Selection("demo", MONTH, "none"), **(alone | {"value": "SP"}))
    assert "SP brings" in odd, "no code of a country"
    moved = {"factor": "customers", "field": "place", "change": 100_000.0}
    assert "; the United States accounts for $100K" in spoken(demo, **moved, value="US")
    assert "; California accounts for" in spoken(demo, **moved, value="US/CA")
    assert "; Austin accounts for" in spoken(demo, **moved, value="US/TX/Austin")
    with in_language("de"):
        assert "; Vereinigte Staaten: $100K des Anstiegs" in spoken(demo, **moved, value="US"), "needs no article"
    with in_language("fr"):
        said = spoken(demo, **moved, value="US").replace("\u202f", " ")
        assert "; États-Unis : $100K de la hausse" in said, "needs no verb, which would be plural"


def test_a_name_cannot_become_markup(demo: ColumnarEngine) -> None:
    evil = {"factor": "orders", "field": "product", "value": "<img src=x onerror=alert(1)>", "change": 1000.0}
    row = {"revenue": 2.0, "base": 1.0, "delta": 100.0, "direction": "better", "share": 1.0} | evil
    assert "<img" not in str(markup(headline(Answer(pd.DataFrame([row])), context(demo, Selection("demo", MONTH)))))


# --- what drove it
def test_a_line_filters_and_the_chosen_one_clears(demo: ColumnarEngine) -> None:
    rows = [("product", "Tea", 10.0, 4.0, 6.0, 50.0), ("product", "Salt", 10.0, 14.0, -4.0, 50.0)]
    answer = Answer(pd.DataFrame(rows, columns=["field", "value", "revenue", "base_revenue", "change", "share"]))
    whole = Selection("demo", MONTH)
    shown = str(markup(driver_lists(answer, context(demo, whole))))
    assert '{"kind":"only","field":"product","value":"Tea","chart":"drivers"}'.replace('"', "&#34;") in shown
    assert "+$6.00" in shown
    assert shown.count('class="driver-name"') == 2
    assert "Salt: −$4.00. Show only this" in shown
    assert "−$4.00" in shown
    chosen = context(demo, whole.with_clause(Clause("product", ("Tea",))))
    again = str(markup(driver_lists(answer, chosen)))
    assert "Not in the filter:" not in shown
    assert again.index("Tea") < again.index("Not in the filter:") < again.index("Salt")
    assert '{"kind":"field","field":"product"}'.replace('"', "&#34;") in again


# --- what needs action
def test_what_needs_action_is_short_and_most_money_first(demo: ColumnarEngine) -> None:
    now = demo.resolve(default_selection(demo))
    frame = needs_action(demo, now, words=insight_formats).frame
    assert 1 < len(frame) <= 4
    assert frame["gap"].is_monotonic_decreasing
    assert (frame["sentence"].str.len() <= 90).all()
    assert {"lost_sales", "running_out"} & set(frame["kind"]), "planted: a product is out of stock"
    assert frame["recommendation"].str.len().gt(0).all()


def test_each_thing_to_do_leads_to_its_chart(web: FlaskClient) -> None:
    rows = json.loads(web.get("/data/needs_action.json?data=demo&range=last_month").data)["rows"]
    assert rows
    for link in (row["proof"] for row in rows):
        path, _, rest = link.partition("?")
        query, _, chart = rest.partition("#")
        assert chart in [c.name for c in BY_PATH[path].charts], link
        assert Selection.from_query(query)[1] == ()


@pytest.mark.sampled(6)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_data_breaks_what_needs_action(shape: str) -> None:
    engine = ColumnarEngine(stores.in_memory(SHAPES[shape]()))
    for selection in (default_selection(engine), Selection("odd")):
        frame = needs_action(engine, engine.resolve(selection), words=insight_formats).frame
        assert len(frame) <= 4


def test_where_nothing_needs_action_the_card_says_so() -> None:
    engine = ColumnarEngine(stores.in_memory(one_order()))
    frame = needs_action(engine, engine.resolve(Selection("odd"))).frame
    assert frame["sentence"].tolist() == ["Nothing needs action."]
    nowhere = replace(
        engine.resolve(Selection("odd")), span=TimeRange(np.datetime64("1999-01-01"), np.datetime64("1999-02-01"))
    )
    assert needs_action(engine, nowhere).frame.empty


def test_kinds_to_act_on_exist() -> None:
    assert {kind.name for kind in KINDS} >= ACTED_ON


# --- the page
def test_the_overview_opens_with_the_sentence_and_the_doors() -> None:
    shown = [c.name for c in BY_PATH["/overview"].charts]
    assert shown == [
        "headline", "kpis", "revenue_over_time", "drivers", "needs_action", "top_products", "top_places",
        "insights_overview",
    ]  # fmt: skip


def test_what_is_computed_from_all_pages_waits_for_the_others(web: FlaskClient) -> None:
    """It never slows the first paint."""
    first = json.loads(web.post(ROUTE, json=page_request("http://localhost/overview?data=demo&range=last_7d")).data)
    assert "needs_action" not in first["cards"]
    assert "headline" in first["cards"]


# --- for who listens
def test_a_summary_names_its_extremes_as_people_do(demo: ColumnarEngine) -> None:
    """Days, steps and bands in the reader's words; no number that only sorts the rows, and no name twice."""
    about = context(demo, Selection("demo", MONTH))

    def told(**columns: list[object]) -> str:
        return describe(Answer(pd.DataFrame(columns)), about).partition("Umsatz: ")[2]

    with in_language("de"):
        days = told(period=["2025-12-01", "2025-12"], kind=["history", "history"], revenue=[2.0, 1.0])
        assert days == "Höchstwert 1. Dez. 2025 $2.00, Tiefstwert Dez. 2025 $1.00."
        steps = told(step=["now", "AOV"], revenue=[2.0, 1.0])
        assert steps == "Höchstwert Dez. 2025 $2.00, Tiefstwert Bestellwert $1.00."
        bands = told(discount_band=["no discount", "10 to 20 %"], revenue=[2.0, 1.0])
        assert bands == "Höchstwert ohne Rabatt $2.00, Tiefstwert 10 bis 20\u00a0% $1.00."
        rows = told(customer=["Ann", "Bob"], customer_name=["Ann", "Bob"], recency=[10.5, 3.0], revenue=[2.0, 1.0])
        assert rows == "Höchstwert Ann $2.00, Tiefstwert Bob $1.00."
        values = told(field=["weekday", "month"], value=["0", "3"], revenue=[2.0, 1.0])
        assert values == "Höchstwert Montag $2.00, Tiefstwert März $1.00."


def test_an_action_has_its_words_apart_for_a_page_that_cannot_lead_to_its_chart() -> None:
    """A shared link shows one page; `keepInside` of assets/js/linked.js keeps the words of a link to another."""
    row = {
        "kind": "lapsing",
        "sentence": "441 customers lapse.",
        "recommendation": "Write to them.",
        "proof": "/customers",
    }
    line = action_list(Answer(pd.DataFrame([row])), cast("Context", None)).children[0].children
    words, _arrow = line.children
    assert words.className == "words"
    assert [part.children for part in words.children] == ["441 customers lapse.", "Write to them."]
