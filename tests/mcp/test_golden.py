"""Sixty questions as people ask them, the call that answers each, and the answer that pandas counts from the lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import store as stores
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS
from dashboard.mcp.questions import call
from tests.dashboard.conftest import Memory
from tests.dashboard.test_viewers import SECRET, shop

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

Lines = pd.DataFrame
SHOPS = f"{SECRET} shops"

# What is asked for: words, metric, and how to count it from order lines.
METRICS: list[tuple[str, str, Callable[[Lines], float]]] = [
    ("How much revenue", "revenue", lambda x: x["amount"].sum()),
    ("How many orders", "orders", lambda x: x["order_id"].nunique()),
    ("How many units", "units", lambda x: x["quantity"].sum()),
    ("How many customers", "customers", lambda x: x["customer"].nunique()),
    ("What average order value", "aov", lambda x: x["amount"].sum() / x["order_id"].nunique()),
    ("How many items per order", "items_per_order", lambda x: x["quantity"].sum() / x["order_id"].nunique()),
]
# Of what: words, arguments of the call, and the lines meant.
PARTS: list[tuple[str, dict[str, Any], Callable[[Lines], pd.Series]]] = [
    ("in all", {}, lambda x: x["amount"].notna()),
    ("on the web", {"filters": {"channel": ["web"]}}, lambda x: x["channel"] == "web"),
    ("in shops", {"filters": {"channel": [SHOPS]}}, lambda x: x["channel"] == SHOPS),
    ("in 2023", {"range": "2023-01-01..2024-01-01"}, lambda x: x["ordered_at"].dt.year == 2023),
    (
        "in the first quarter of 2024",
        {"range": "2024-01-01..2024-04-01"},
        lambda x: x["ordered_at"].between("2024-01-01", "2024-03-31 23:59:59"),
    ),
    ("with lamps", {"filters": {"product": ["Lamp"]}}, lambda x: x["product"] == "Lamp"),
    ("with lamps or sofas", {"filters": {"product": ["Lamp", "Sofa"]}}, lambda x: x["product"].isin(["Lamp", "Sofa"])),
    ("without lamps", {"filters": {"product": ["!Lamp"]}}, lambda x: x["product"] != "Lamp"),
    (
        "in Town 1 on the web in 2023",
        {"filters": {"city": ["Town 1"], "channel": ["web"]}, "range": "2023-01-01..2024-01-01"},
        lambda x: (x["city"] == "Town 1") & (x["channel"] == "web") & (x["ordered_at"].dt.year == 2023),
    ),
    ("paid by card", {"filters": {"payment_method": ["card"]}}, lambda x: x["payment_method"] == "card"),
]
GOLDEN = [
    (f"{words} {of}?", {"data": "shop", "range": "all", "metrics": [metric], **given}, count, part)
    for words, metric, count in METRICS
    for of, given, part in PARTS
]


@pytest.fixture(scope="module")
def lines() -> Lines:
    return shop(hidden=True).lines


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ViewerService:
    root: Path = tmp_path_factory.mktemp("store")
    stores.write(root, shop(hidden=True))
    return Service(root, Memory()).for_viewer(ANONYMOUS)


def test_there_are_sixty_questions() -> None:
    assert len({words for words, *_ in GOLDEN}) == 60


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("words", "given", "count", "part"), GOLDEN, ids=[words for words, *_ in GOLDEN])
def test_the_answer_is_what_one_counts(
    service: ViewerService,
    lines: Lines,
    words: str,
    given: dict[str, Any],
    count: Callable[[Lines], float],
    part: Callable[[Lines], pd.Series],
) -> None:
    meant = lines[part(lines)]
    assert len(meant), words
    row = call(service, "ask_table", given)["rows"][0]
    np.testing.assert_allclose(row[given["metrics"][0]], count(meant), rtol=1e-6)


@pytest.mark.parametrize("by", ["product", "city", "channel"])
def test_the_first_by_revenue_are_what_one_counts(service: ViewerService, lines: Lines, by: str) -> None:
    given = {"data": "shop", "range": "all", "metrics": ["revenue", "orders"], "by": [by], "limit": 3}
    found = call(service, "ask_table", given)
    counted = lines.groupby(by)["amount"].sum().sort_values(ascending=False)
    assert [row[by] for row in found["rows"]] == list(counted.index[:3])
    assert [row["revenue"] for row in found["rows"]] == pytest.approx(list(counted.iloc[:3]))
    assert found["rows_in_all"] == len(counted)
