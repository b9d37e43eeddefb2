"""Events of Google Analytics: orders, visits and the paths that led to them, flat or nested."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import SourceError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing.guess import guess
from tests.analytics.shop import FIELDS, HEAD, declared, reasons, shop, toml
from tests.packs.events import ga4, nested, without_discounts
from tests.packs.orders import account, orders, shuffled
from tests.packs.platforms import shopify, text
from tests.packs.ways import ledger_of

VISITS = """
who,when,what,source,sale,worth
A,9,visit,ads,,
A,10,visit,mail,,
A,11,buy,,7,20
A,11,buy,,7,20
A,15,buy,,7,20
B,12,visit,mail,,
C,13,buy,,8,5
,14,visit,ads,,
""".lstrip()
PATHS = """
[tables.paths]
files = "visits.csv"
touches = { by = "who", at = "when", channel = "source", goal = { what = "buy" }, goal_id = "sale", value = "worth" }
fields = { path = "path", conversions = "conversions", conversion_value = "conversion_value", null_paths = "null_paths" }
"""  # noqa: E501


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_orders_visits_and_paths_of_events(tmp_path: Path, kind: str) -> None:
    known = orders(6, 60)
    rows = shuffled(6, [ga4(order) for order in known])
    path = tmp_path / f"events.{kind}"
    if kind == "csv":
        path.write_text(text(rows), encoding="utf-8")
    else:
        nested(rows, path)
    written = guess([path], tmp_path)
    assert "# Google Analytics 4 events: " in written
    tables = read(load(declared(tmp_path, written)), tmp_path)
    found = ledger_of(tables)
    expected = {k: v for k, v in account(map(without_discounts, known)).items() if k != "discounts"}
    assert {item: found[item] for item in expected} == expected
    _check_extras(tables, sum(order.paid for order in known), sum(o.goods for o in known if o.paid) / 100, len(known))


def _check_extras(tables: Tables, sold: int, worth: float, known: int) -> None:
    paths = tables.extras["paths"].set_index("path")
    assert paths["conversions"].sum() == sold
    assert round(paths["conversion_value"].sum(), 2) == worth
    assert {"ads > mail", "ads > (direct)"} <= set(paths.index)
    assert tables.extras["sessions"]["sessions"].sum() == 2 * known
    assert set(tables.extras["sessions"]["channel"]) == {"ads", "mail", "(direct)"}


@pytest.mark.long
def test_beside_the_shop_s_own_orders_only_visits_and_paths_are_used(tmp_path: Path) -> None:
    known = orders(7, 60)
    (tmp_path / "shop.csv").write_text(text([row for order in known for row in shopify(order)]), encoding="utf-8")
    (tmp_path / "events.csv").write_text(text([row for order in known for row in ga4(order)]), encoding="utf-8")
    written = guess([tmp_path], tmp_path)
    assert "# Of events.csv only sessions and paths are used, not the sales: they are sales that the shop" in written
    tables = read(load(declared(tmp_path, written)), tmp_path)
    found = ledger_of(tables)
    assert {item: found[item] for item in account(known)} == account(known)
    _check_extras(tables, sum(order.paid for order in known), sum(o.goods for o in known if o.paid) / 100, len(known))


def test_paths_are_made_of_rows(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(VISITS)
    tables = shop(tmp_path, "order,day,item,pieces,total,who\n1,2026-01-05,Mug,1,5,A\n", toml(PATHS))
    assert sorted(tables.extras["paths"].to_numpy().tolist()) == [
        ["(none)", 1, 5, 0],
        ["ads > mail", 1, 20, 0],
        ["mail", 0, 0, 1],
    ]
    noticed = reasons(tables, "noticed")
    assert noticed["table_paths_touch_of_nobody"] == 1
    assert noticed["table_paths_goal_again"] == 1


def test_the_first_of_rows_that_agree_counts(tmp_path: Path) -> None:
    mugs = ("1,2026-01-05,Mug,1,5,A", "1,2026-01-04,Mug,1,5,A", ",2026-01-03,Mug,1,1,A", ",2026-01-09,Mug,1,1,A")
    rows = "\n".join((HEAD.strip(), *mugs, "1,2026-01-04,Cup,2,6,A\n"))
    fields = FIELDS.replace('order_id = "order"', 'order_id = { column = "order", default = "?" }')
    tables = shop(tmp_path, rows, toml('[rows]\nfirst = { by = "order", at = "day" }', fields=fields))
    assert sorted(tables.lines["amount"]) == [1, 1, 5, 6]
    assert reasons(tables) == {"not_first": 1}


def test_structures_of_parquet_are_columns_and_the_elements_of_a_list_are_rows(tmp_path: Path) -> None:
    rows = [
        {
            "order": "1",
            "buyer": {"place": {"town": "Ulm"}},
            "lines": [{"item": "Mug", "n": 1}, {"item": "Cup", "n": 2}],
        },
        {"order": "2", "buyer": None, "lines": []},
        {"order": "3", "buyer": {"place": None}, "lines": None},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "shop.parquet")
    text = """
        title = "Shop"
        [source]
        files = "shop.parquet"
        rows_of = "lines"
        [fields]
        order_id = "order"
        ordered_at = { constant = "2026-01-05" }
        product = { column = "lines.item", default = "none" }
        quantity = { column = "lines.n", default = 0 }
        amount = { constant = 1 }
        city = "buyer.place.town"
    """
    lines = read(load(declared(tmp_path, text)), tmp_path).lines
    assert lines["product"].tolist() == ["Mug", "Cup", "none", "none"]
    assert lines["quantity"].tolist() == [1, 2, 0, 0]
    assert lines["city"].tolist() == ["Ulm", "Ulm", "", ""]
    with pytest.raises(SourceError, match=r"has no list 'line'.*lines"):
        read(load(declared(tmp_path, text.replace('"lines"', '"line"'))), tmp_path)
