"""Dimensions that a data set declares itself: read, stored, filtered, grouped and listed as the canonical ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analytics import store
from analytics.engines.base import Engine
from analytics.errors import CatalogError, NotInData, UnknownName
from analytics.loading.catalog import load
from analytics.loading.ingest import ingest
from analytics.profile import Profile
from analytics.schema import FIELDS, Field, Fields, Schema
from analytics.selection import Clause, Selection, filterable
from analytics.store import StoredDataset
from tests.analytics.engines import DUCKDB, EMBEDDED
from tests.analytics.shop import declared, toml

MAPPED = """
[fields]
order_id = "order"
ordered_at = { column = "day", format = "%Y-%m-%d" }
product = "item"
category = "group"
quantity = "pieces"
amount = "total"
customer = "who"
store = "branch"
sub_category = "sub"
size = "size"
rep = "rep"
"""
OWN = """
[dimensions]
store = { label = "Branch", plural = "branches", level = "order" }
sub_category = { label = "Sub-category", plural = "sub-categories", parent = "category" }
size = { parent = "sub_category" }
rep = { label = "Sales rep", level = "customer" }
"""
ROWS = """order,day,item,group,sub,size,pieces,total,who,branch,rep
1,2024-01-05,Tea,Drinks,Hot,S,1,10.00,Ann,Leeds,Kim
1,2024-01-05,Cola,Drinks,Cold,L,2,6.00,Ann,Leeds,Kim
2,2024-01-06,Tea,Drinks,Hot,S,1,10.00,Bo,York,Lou
3,2024-02-01,Bun,Food,Bread,S,3,9.00,,,
4,2024-02-02,Cola,Drinks,Cold,L,1,3.00,Ann,York,Kim
"""


@pytest.fixture
def data(tmp_path: Path) -> StoredDataset:
    (tmp_path / "shop.csv").write_text(ROWS)
    ingest(load(declared(tmp_path, toml(OWN, fields=MAPPED))), tmp_path, tmp_path / "store")
    return store.open(tmp_path / "store", "shop")


@pytest.fixture(params=[EMBEDDED, DUCKDB], ids=lambda kind: kind.name)
def engine(request: pytest.FixtureRequest, data: StoredDataset) -> Engine:
    make: Callable[[StoredDataset], Engine] = request.param.make
    return make(data)


def selected(engine: Engine, query: str = "") -> pd.DataFrame:
    selection, dropped = Selection.from_query(query, filterable(engine.schema))
    assert not dropped
    return engine.resolve(selection)


def grouped(engine: Engine, by: list[str], query: str = "") -> dict[object, float]:
    frame = engine.aggregate(by, ["revenue"], selected(engine, query))
    return {row[0] if len(by) == 1 else row[:-1]: row[-1] for row in frame.itertuples(index=False, name=None)}


# --- the TOML
def test_a_dimension_is_a_label_or_a_table(tmp_path: Path) -> None:
    fields = MAPPED + 'campaign = "who"\n'
    profile = load(declared(tmp_path, toml(OWN + 'campaign = "Campaign"\n', fields=fields))).profile
    assert profile.dimensions == (
        Field("store", "category", "order", "Branch", "branches"),
        Field("sub_category", "category", "line", "Sub-category", "sub-categories", parent="category"),
        Field("size", "category", "line", "Size", parent="sub_category"),
        Field("rep", "category", "customer", "Sales rep"),
        Field("campaign", "category", "line", "Campaign"),
    )
    assert Profile.from_dict(profile.to_dict()) == profile


@pytest.mark.parametrize(
    ("dimensions", "said"),
    [
        ('city = "City"', "dimensions.city: this name means something else already"),
        ('revenue = "R"', "dimensions.revenue: this name means something else already"),
        ('range = "Range"', "dimensions.range: this name means something else already"),
        ('on_hand = "X"', "dimensions.on_hand: this name means something else already"),
        ('"Store" = "Store"', "dimensions.Store: a name has small letters"),
        ('"a b" = "Store"', "a name has small letters"),
        (f'{"x" * 41} = "X"', "at most 40"),
        ('store = ""', "dimensions.store: the label is empty"),
        ("store = 5", "dimensions.store: expected a table, found 5"),
        ('store = { label = " " }', "dimensions.store.label: is empty"),
        ('store = { level = "shop" }', "dimensions.store.level: expected one of"),
        ('store = { parent = "cty" }', "no such dimension 'cty'. Did you mean 'city'"),
        ('store = { parent = "hour" }', "no such dimension 'hour'"),
        ('store = { parent = "city" }', "the field 'city' is not in [fields]"),
        ('store = { parent = "store" }', "'store' is above itself"),
        ('store = { parent = "rep" }\nrep = { parent = "store" }', "is above itself"),
        ('store = { parent = "category", level = "order" }', "'order' is coarser than 'line'"),
        ('store = "Store"\nnowhere = "Nowhere"', "the field 'nowhere' is not in [fields]"),
        ("\n".join(f'own_{i} = "x"' for i in range(25)), "25 dimensions; at most 24"),
        ('store = { labl = "x" }', "dimensions.store.labl: no such key. Did you mean 'label'"),
    ],
)
def test_a_dimension_that_cannot_be_is_one_clear_error(tmp_path: Path, dimensions: str, said: str) -> None:
    fields = MAPPED.partition("sub_category")[0]
    with pytest.raises(CatalogError) as error:
        load(declared(tmp_path, toml(f"[dimensions]\n{dimensions}\n", fields=fields)))
    assert said in str(error.value)


def test_a_field_that_is_not_declared_says_where_one_of_ones_own_is(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"A dimension of your own is declared under \[dimensions\]"):
        load(declared(tmp_path, toml(fields=MAPPED.replace("store", "zzz"))))


# --- the schema
def test_fields_of_a_data_set_are_the_canonical_ones_and_its_own() -> None:
    own = (Field("family", "category", "line", "Family", "families", parent="category"),)
    fields = Fields(own)
    assert list(fields) == [*FIELDS, "family"]
    assert len(fields) == len(FIELDS) + 1
    assert fields["family"] is own[0]
    assert fields["city"] is FIELDS["city"]
    assert "family" not in FIELDS
    assert fields.levels(("category", "brand")) == ("category", "family", "brand")
    schema = Schema((FIELDS["category"], FIELDS["product"], own[0]))
    assert schema.own == own
    assert schema.product_levels == ("category", "family", "product")
    assert schema.hierarchy("family") == schema.hierarchy("category") == ("category", "family")
    assert schema.hierarchy("product") == ("product",)


def test_own_fields_are_kept_at_their_levels(data: StoredDataset) -> None:
    assert {f.name: f.level for f in data.schema.own} == {
        "store": "order",
        "sub_category": "line",
        "size": "line",
        "rep": "customer",
    }
    assert data.schema.product_levels == ("category", "sub_category", "size", "product")
    assert data.finer("sub_category") == "product", "the product decides it, so sums by product answer"


# --- engines
def test_own_fields_group(engine: Engine) -> None:
    assert grouped(engine, ["store"]) == {"": 9, "Leeds": 16, "York": 13}
    assert grouped(engine, ["sub_category"]) == {"Bread": 9, "Cold": 9, "Hot": 20}
    assert grouped(engine, ["rep", "store"]) == {
        ("", ""): 9,
        ("Kim", "Leeds"): 16,
        ("Kim", "York"): 3,
        ("Lou", "York"): 10,
    }
    assert grouped(engine, ["period", "size"], "grain=month") == {
        ("2024-01", "L"): 6,
        ("2024-01", "S"): 20,
        ("2024-02", "L"): 3,
        ("2024-02", "S"): 9,
    }


def test_own_fields_filter(engine: Engine) -> None:
    assert grouped(engine, ["product"], "store=York") == {"Cola": 3, "Tea": 10}
    assert grouped(engine, ["store"], "sub_category=!Hot&rep=Kim") == {"Leeds": 6, "York": 3}
    assert grouped(engine, ["product"], "with=sub_category:Hot") == {"Cola": 6, "Tea": 20}
    assert grouped(engine, ["product"], "store=") == {"Bun": 9}
    now = selected(engine, "store=Hull")
    assert engine.unknown_values(now) == (("store", "Hull"),)
    found, total = engine.values("store", "yo", selected(engine), 10)
    assert (found.to_dict("records"), total) == ([{"value": "York", "orders": 2}], 1)


def test_a_policy_may_be_about_an_own_field(engine: Engine) -> None:
    inside = engine.within((Clause("store", ("York",)),))
    assert grouped(inside, ["store"]) == {"York": 13}
    assert inside.bounds.start.astype(str) == "2024-01-06"
    assert [f.name for f in inside.schema.own] == ["store", "sub_category", "size", "rep"]


def test_own_fields_are_columns_of_lines(engine: Engine) -> None:
    page = engine.lines(
        selected(engine), ["product", "store", "sub_category"], [("store", False), ("size", True)], 0, 3
    )
    assert page.rows.to_dict("records") == [
        {"product": "Tea", "store": "York", "sub_category": "Hot"},
        {"product": "Cola", "store": "York", "sub_category": "Cold"},
        {"product": "Cola", "store": "Leeds", "sub_category": "Cold"},
    ] or page.rows["store"].tolist() == ["York", "York", "Leeds"]


def test_baskets_hold_own_levels_of_products_and_nothing_else(engine: Engine) -> None:
    found = engine.baskets("sub_category", selected(engine, "sub_category=Hot"))
    assert sorted(found.items) == ["Cold", "Hot"], "a filter on a level of products keeps whole orders"
    with pytest.raises(UnknownName, match="store"):
        engine.baskets("store", selected(engine))


def test_a_field_of_another_data_set_is_unknown(engine: Engine) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'store'"):
        engine.aggregate(["stor"], ["revenue"], selected(engine))
    with pytest.raises(NotInData):
        engine.aggregate(["brand"], ["revenue"], selected(engine))


# --- addresses
def test_an_address_names_own_fields_of_its_data_set_only(engine: Engine) -> None:
    selection, dropped = Selection.from_query("store=York&brand=X&stor=Y", filterable(engine.schema))
    assert {c.field for c in selection.clauses} == {"store", "brand"}
    assert len(dropped) == 1
    assert "“stor”" in dropped[0]
    assert Selection.from_query(selection.to_query(), filterable(engine.schema)) == (selection, ())
    assert Selection.from_query("store=York")[0] == Selection()


def test_newer_rows_of_a_database_keep_own_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("create table shop_lines (id integer, o text, d text, p text, a real, store text)")
        base.execute("insert into shop_lines values (1, 'A', '2024-01-01', 'Tea', 3, 'Leeds')")
        base.execute("insert into shop_lines values (2, 'B', '2024-01-02', 'Bun', 2, 'York')")
    monkeypatch.setenv("STORESIGHT_SHOP_URL", f"sqlite:///{tmp_path}/shop.db")
    source = """kind = "sql"
url_env = "STORESIGHT_SHOP_URL"
query = "select * from shop_lines where id > coalesce(:high_water, 0)"
high_water = "id"
replace_by = "order_id"
"""
    fields = """
[fields]
order_id = "o"
ordered_at = { column = "d", format = "%Y-%m-%d" }
product = "p"
quantity = { constant = 1 }
amount = "a"
store = "store"
"""
    text = toml('[dimensions]\nstore = { label = "Store", level = "order" }', fields=fields, source=source)
    spec = load(declared(tmp_path, text))
    ingest(spec, tmp_path, tmp_path / "store")
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("insert into shop_lines values (3, 'A', '2024-01-01', 'Tea', 5, 'Hull')")
    ingest(spec, tmp_path, tmp_path / "store")
    made = EMBEDDED.make(store.open(tmp_path / "store", "shop"))
    assert grouped(made, ["store"]) == {"Hull": 5, "York": 2}
    assert made.schema["store"].level == "order"


def test_an_extra_table_may_have_an_own_field(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(ROWS)
    (tmp_path / "visits.csv").write_text("day,branch,visits\n2024-01-05,Leeds,10\n2024-01-06,York,4\n")
    visits = """
[tables.sessions]
files = "visits.csv"
fields = { date = { column = "day", format = "%Y-%m-%d" }, sessions = "visits", store = "branch" }
"""
    ingest(load(declared(tmp_path, toml(OWN + visits, fields=MAPPED))), tmp_path, tmp_path / "store")
    made = EMBEDDED.make(store.open(tmp_path / "store", "shop"))
    frame = made.aggregate(["store"], ["sessions", "conversion_rate"], selected(made)).set_index("store")
    assert frame["sessions"].to_dict() == {"": 0, "Leeds": 10, "York": 4}
    assert frame.loc["York", "conversion_rate"] == 50
    inside = made.within((Clause("store", ("York",)),))
    assert inside.table("sessions")["sessions"].tolist() == [4]
