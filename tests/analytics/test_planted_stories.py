"""One thing happened in each of these companies, and a kind of insight tells it; where nothing happened, none does."""

from __future__ import annotations

import pytest

from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import KINDS
from analytics.insights.claim import Claim, write
from analytics.insights.company import Company
from analytics.selection import Selection
from tests.analytics import simulated_stories as stories
from tests.analytics.simulated_stories import PLANTED, QUERY, Planted

LEVEL = 0.05
SURE = 0.005  # what a kind may claim on noise once in a while is not this sure
NEW = (
    "departing_group",
    "worse_repeat",
    "lost_sales",
    "missing_part",
    "missing_days",
    "losing_discounts",
    "loss_makers",
    "rising_refunds",
    "one_place_only",
    "mix_shift",
    "ends_early",
    "new_products",
    "gone_products",
)


def claims(engine: ColumnarEngine, query: str, *kinds: str) -> list[Claim]:
    """What these kinds claim beyond chance."""
    selection, _ = Selection.from_query(f"data={engine.name}&{query}")
    company = Company(engine, engine.resolve(selection), selection)
    asked = [k for k in KINDS if k.name in kinds and not engine.schema.missing(k.needs)]
    return [c for k in asked for c in k.find(company) if not c.q > LEVEL]


def found(planted: Planted) -> list[Claim]:
    return [
        c for c in claims(planted.engine, planted.query, planted.kind) if planted.about.items() <= dict(c.about).items()
    ]


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found(name: str) -> None:
    told = found(PLANTED[name](7))
    assert len(told) == 1
    assert told[0].gap > 0
    said = " ".join(write(names, told[0].evidence) for names in (told[0].says, told[0].advice, told[0].caveats))
    assert "{" not in said
    assert "nan" not in said


def test_where_nothing_happened_nothing_is_told() -> None:
    sure = [c for c in claims(stories.nothing(4), QUERY, *NEW) if not c.q > SURE]
    assert sure == []


def test_a_counted_stock_says_that_it_was_out_of_stock() -> None:
    planted = stories.stock_out(7, counted=True)
    (claim,) = found(planted)
    assert claim.says == "lost_sales.out"
    assert claim.evidence["days"].value == 13
