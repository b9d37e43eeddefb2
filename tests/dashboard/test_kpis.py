"""Cards of key figures: what the arrow and the colour of a change say."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.questions.overview import kpis
from analytics.questions.targets.standing import Goal, declared
from analytics.questions.targets.target import Target
from analytics.selection import Selection
from dashboard.components.kpis import arrow, customer_cards, first_of, kpi_cards
from dashboard.components.markup import markup
from dashboard.context import Context
from dashboard.report.cards import key_figures
from dashboard.text.formats import formats

CHANGES = [
    (12.5, "better", "▲ +12.5%"),
    (-12.5, "worse", "▼ −12.5%"),
    (-12.5, "better", "▼ −12.5%"),  # fewer refunds
    (12.5, "worse", "▲ +12.5%"),
    (0.0, "flat", "■ ±0.0%"),
    (0.02, "flat", "■ ±0.0%"),
    (3.0, "changed", "▲ +3.0%"),
    (np.nan, "", "n/a"),
]


def context_of(engine: ColumnarEngine) -> Context:
    now = engine.resolve(Selection("demo", "2025-03-01..2025-04-01"))
    return Context("Key figures", now, {}, formats("USD", "en-US"), engine.schema)


@pytest.mark.parametrize(("delta", "direction", "shown"), CHANGES)
def test_the_arrow_is_the_way_of_the_number_and_the_colour_its_meaning_on_every_card(
    demo: ColumnarEngine, delta: float, direction: str, shown: str
) -> None:
    row = {"metric": "refunds", "value": 90.0, "base": 100.0, "delta": delta, "direction": direction}
    frame = pd.DataFrame([row])
    trend = pd.DataFrame({"refunds": [1.0, 2.0]})
    window = pd.DataFrame({"days": [90]})
    span = f'<span class="kpi-delta {direction or "none"}">{shown}</span>'
    cards = str(markup(kpi_cards(Answer(frame, (), {"trend": trend}), context_of(demo))))
    assert span in cards or (not direction and "kpi-change" not in cards), "no word of a change that is not known"
    assert cards.count('"kpis-versus">vs February') == 1, "said once on a phone"
    assert span in str(markup(customer_cards(Answer(frame, (), {"window": window}), context_of(demo))))


def test_without_a_comparison_a_card_says_nothing_of_one(demo: ColumnarEngine) -> None:
    now = demo.resolve(Selection("demo", "all"))
    assert now.base is None
    context = Context("Key figures", now, {}, formats("USD", "en-US"), demo.schema)
    answer = kpis(demo, now, {})
    cards = str(markup(kpi_cards(answer, context)))
    assert 'data-metric="revenue"' in cards
    assert "kpi-change" not in cards
    assert "kpis-versus" not in cards
    assert "n/a" not in cards


def test_a_change_of_nothing_points_nowhere() -> None:
    assert arrow("better", 0.0) == "■"
    assert arrow("", 5.0) == ""


def test_a_sparkline_needs_two_known_points(demo: ColumnarEngine) -> None:
    frame = pd.DataFrame([{"metric": "revenue", "value": 1.0, "base": 1.0, "delta": 0.0, "direction": "flat"}])
    for values, drawn in (([1.0, 2.0], True), ([1.0], False), ([], False), ([np.nan, 1.0], False)):
        answer = Answer(frame, (), {"trend": pd.DataFrame({"revenue": values})})
        assert ("polyline" in str(markup(kpi_cards(answer, context_of(demo))))) == drawn


def test_a_card_and_a_report_tell_of_the_target(demo: ColumnarEngine) -> None:
    """The demo company declares a target of revenue for each month."""
    context = context_of(demo)
    wanted = next(t for t in declared(demo)[0] if str(t.span.start) == "2025-03-01")
    answer = kpis(demo, context.selection, {}, targets=(Goal(wanted),))
    card = str(markup(kpi_cards(answer, context)))
    assert card.count("target-bar") == 1
    row = answer.more["targets"].iloc[0]
    assert f"{row['progress']:.0f}% of $" in card
    assert f"<span>{row['state']}</span>" in card
    table = key_figures(answer.frame, context)
    assert ("Target", True) in table.head
    assert table.rows[0][-3][0] == f"{row['progress']:.0f}%"
    assert all(cells[-4][0] == "" for cells in table.rows[1:]), "no target, no text"
    plain = key_figures(kpis(demo, context.selection, {}).frame, context)
    assert len(plain.head) == len(table.head) - 3


def test_four_figures_come_first_and_the_others_on_demand(demo: ColumnarEngine) -> None:
    context = context_of(demo)
    answer = kpis(demo, context.selection, {})
    few = str(markup(kpi_cards(answer, context)))
    assert re.findall(r'data-metric="(\w+)"', few) == ["revenue", "profit", "orders", "customers"]
    assert f"{len(answer.frame) - 4} more figures" in few
    all_of_them = str(markup(kpi_cards(answer, replace(context, options={"figures": "all"}))))
    assert sorted(re.findall(r'data-metric="(\w+)"', all_of_them)) == sorted(answer.frame["metric"])
    assert "Fewer figures" in all_of_them


@pytest.mark.parametrize(
    ("known", "first"),
    [
        (["revenue", "orders", "aov", "customers"], ["revenue", "aov", "orders", "customers"]),
        (["revenue", "orders", "aov", "units", "refunds"], ["revenue", "aov", "orders", "units", "refunds"]),
        (["revenue", "orders", "aov", "units", "refunds", "tips"], ["revenue", "aov", "orders", "units"]),
        (["revenue", "orders", "aov"], ["revenue", "aov", "orders"]),
        (["refunds", "tips"], ["refunds", "tips"]),
    ],
)
def test_the_four_are_filled_with_what_the_data_have_and_none_is_left_alone(known: list[str], first: list[str]) -> None:
    assert first_of(known) == first


def test_a_figure_with_a_target_is_never_behind_more(demo: ColumnarEngine) -> None:
    context = context_of(demo)
    goal = Goal(Target("aov", context.selection.span, 200.0))
    shown = str(markup(kpi_cards(kpis(demo, context.selection, {}, targets=[goal]), context)))
    assert re.findall(r'data-metric="(\w+)"', shown) == ["revenue", "profit", "orders", "customers", "aov"]
    assert "target-bar" in shown
