"""Names beside codes: shown in place of the code, searched by either, filtered by the code."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.engines.base import Engine
from analytics.selection import Clause, Selection
from tests.analytics.companies import Tables
from tests.analytics.engines import DUCKDB, EMBEDDED

ROWS = (  # order, day, product, name, amount, customer, customer's name
    ("1", "2024-01-01", "M-1", "Blue Mug", 5.0, "C1", "Ann"),
    ("1", "2024-01-01", "M-2", "Red Mug", 6.0, "C1", "Ann"),
    ("2", "2024-01-02", "P-1", "Plate", 9.0, "C2", "Ann"),
    ("3", "2024-02-01", "M-1", "Ocean Mug", 5.0, "C3", "Bo"),
    ("4", "2024-02-02", "M-1", "", 5.0, "", ""),
    ("5", "2024-02-03", "P-2", "Plate", 9.0, "C3", "Bo"),
    ("6", "2024-02-04", "X-9", "", 1.0, "C3", "Bo"),
)


@pytest.fixture(params=[EMBEDDED, DUCKDB], ids=lambda kind: kind.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    columns = ["order_id", "ordered_at", "product", "product_name", "amount", "customer", "customer_name"]
    lines = pd.DataFrame(ROWS, columns=columns).assign(quantity=1.0, sale=True)
    lines["ordered_at"] = pd.to_datetime(lines["ordered_at"]).astype("datetime64[us]")
    found: Engine = request.param.of(Tables(lines))
    return found


def test_a_code_is_called_by_its_latest_name(engine: Engine) -> None:
    label = engine.schema.label
    assert label("product", "M-1") == "Ocean Mug"
    assert label("product", "M-2") == "Red Mug"
    assert label("product", "X-9") == "X-9", "without a name the code stands for itself"
    assert label("product", "gone") == "gone"
    assert label("customer", "C3") == "Bo"
    assert label("customer", "") == "(not given)"
    assert label("weekday", 0) == "Monday"


def test_codes_of_one_name_are_told_apart(engine: Engine) -> None:
    assert engine.schema.label("product", "P-1") == "Plate (P-1)"
    assert engine.schema.label("product", "P-2") == "Plate (P-2)"
    assert engine.schema.label("customer", "C1") == "Ann (C1)"


@pytest.mark.parametrize(("search", "codes"), [("mug", ["M-1", "M-2"]), ("m-1", ["M-1"]), ("plate", ["P-1", "P-2"])])
def test_a_search_finds_name_and_code(engine: Engine, search: str, codes: list[str]) -> None:
    found, total = engine.values("product", search, engine.resolve(Selection()), 10)
    assert sorted(found["value"]) == codes
    assert total == len(codes)


def test_filters_use_the_code(engine: Engine) -> None:
    now = engine.resolve(Selection(clauses=(Clause("product", ("M-1",)),)))
    assert engine.aggregate([], ["revenue"], now)["revenue"].tolist() == [15]


def test_a_viewer_sees_no_name_of_hidden_lines(engine: Engine) -> None:
    inside = engine.within((Clause("month", ("1",)),))
    assert inside.schema.label("product", "M-1") == "Blue Mug"
    assert inside.schema.label("product", "P-2") == "P-2"
    assert inside.schema.label("product", "P-1") == "Plate"
