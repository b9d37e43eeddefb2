"""Every kind of engine gives the answers of the embedded one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from analytics import store
from analytics.selection import Clause, Selection
from analytics.store import StoredDataset
from tests.analytics import companies
from tests.analytics.engine_checks import GROUPINGS, POLICY_FIELDS, answers_as_embedded, compared, everything
from tests.analytics.engines import EMBEDDED, EngineKind

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

REAL = (
    Selection("bytronix"),
    Selection("bytronix", "2019-03-01..2019-06-01", "year", "week", (Clause("city", ("Boston", "Dallas")),)),
    Selection("bytronix", "last_90d", clauses=(Clause("product", (), ("iPhone",)), Clause("hour", ("11", "19")))),
    Selection("bytronix", clauses=(Clause("product", ("iPhone",), whole_orders=True), Clause("place", ("US/TX",)))),
    Selection("bytronix", "2019-04-01..2019-12-01", clauses=(Clause("new_or_returning", ("Returning",)),)),
    Selection("bytronix", clauses=(Clause("order_products", ("2", "3")), Clause("order_units", exclude=("2",)))),
    Selection("bytronix", clauses=(Clause("rfm_segment", ("Champions", "At Risk")), Clause("value_tier", ("High",)))),
)
REAL_GROUPINGS = (
    (), ("period",), ("product",), ("place",), ("hour", "weekday"), ("city", "product"),
    ("first_order_month", "period"), ("new_or_returning",), ("order_products", "order_units"), ("rfm_segment",),
    ("value_tier", "part_of_day"), ("quarter",),
)  # fmt: skip


@pytest.fixture(scope="module")
def bytronix(sources: Path, request: pytest.FixtureRequest) -> StoredDataset:
    return store.open(request.getfixturevalue("store"), "bytronix")


def compare(kind: EngineKind, data: StoredDataset, policy: tuple[Clause, ...], selections: Sequence[Selection]) -> None:
    """Everything that engines answer, under these selections of REAL."""
    embedded = EMBEDDED.make(data).within(policy)
    engine = kind.make(data).within(policy)
    chance = np.random.default_rng(len(policy))
    for selection in selections:
        asked = embedded.resolve(selection)
        number = REAL.index(selection)
        for by in REAL_GROUPINGS[number % 3 :: 3]:
            names = everything(embedded)
            frames = (e.aggregate(by, names, asked) for e in (engine, embedded))
            pd.testing.assert_frame_equal(*frames, check_column_type=False)  # names are texts of either kind
        compared(embedded, engine, asked, REAL_GROUPINGS[number], chance)


@pytest.mark.drawn
def test_any_question_has_the_same_answer(other_kind: EngineKind) -> None:
    groupings = st.sampled_from((*GROUPINGS, ("rfm_segment",), ("rfm_segment", "period"), ("value_tier",)))
    policies = companies.policies(POLICY_FIELDS)
    seeds = st.integers(0, 10**6)
    other_kind.check(answers_as_embedded, companies.tables(), companies.selections(), groupings, policies, seeds)


@pytest.mark.long
def test_real_data_have_the_same_answers(other_kind: EngineKind, bytronix: StoredDataset) -> None:
    compare(other_kind, bytronix, (), REAL if other_kind.examples > 1 else REAL[2:3])


@pytest.mark.long
def test_real_data_inside_a_policy_have_the_same_answers(other_kind: EngineKind, bytronix: StoredDataset) -> None:
    policy = (Clause("city", ("Austin", "Boston", "Dallas")), Clause("product", (), ("TV",)))
    compare(other_kind, bytronix, policy, REAL[1:5] if other_kind.examples > 1 else REAL[1:2])
